// Page-table entries: the 64 bits that the walker reads, as two words.
//
//   low word    31 ........ 12 | 11 .. 9  | 8 | 7  | 6 | 5 | 4   | 3   | 2  | 1  | 0
//              +---------------+----------+---+----+---+---+-----+-----+----+----+---+
//              | frame 19 .. 0 | software | G | PS | D | A | PCD | PWT | US | RW | P |
//              +---------------+----------+---+----+---+---+-----+-----+----+----+---+
//   high word    31 | 30 ........ 20 | 19 ....... 11 | 10 ......... 0
//              +----+----------------+---------------+----------------+
//              | NX | not looked at  | must be zero  | frame 30 .. 20 |
//              +----+----------------+---------------+----------------+
//
//   address      47 .... 39 | 38 .... 30 | 29 .... 21 | 20 .... 12 | 11 ...... 0
//              +------------+------------+------------+------------+-------------+
//   level      |  4 (PGD)   |  3 (PUD)   |  2 (PMD)   |  1 (PTE)   | offset      |   9 bits each
//              +------------+------------+------------+------------+-------------+
//
// Flags travel in one int: the low word's flags, and NX in bit 31, where a frame number has no place to be.
//
// PE1: an entry without P maps nothing; the walker looks at no other bit of it.
// PE2: PS is allowed at level 2 only, and then frame bits 8 .. 1 are zero. This processor knows no 1 GiB pages.
// PE3: physical addresses have 43 bits; higher address bits must be zero.
// [arch/x86/include/asm/pgtable_types.h, pgtable_64_types.h]

import type { Pfn, VirtAddr } from "./units";

export const PTE_PRESENT = 1;
export const PTE_WRITABLE = 1 << 1;
export const PTE_USER = 1 << 2;
export const PTE_WRITE_THROUGH = 1 << 3;
export const PTE_UNCACHED = 1 << 4;
export const PTE_ACCESSED = 1 << 5;
export const PTE_DIRTY = 1 << 6;
export const PTE_LARGE = 1 << 7; // PS: a leaf of 2 MiB at level 2
export const PTE_GLOBAL = 1 << 8; // survives a change of the address space
export const PTE_NONE = 1 << 8; // software, without P: the frame is mapped but nothing may be done with it
export const PTE_RETIRED = 1 << 9; // software, without P: unmapped, waits for the TLB flush
export const PTE_NX = 1 << 31; // no instruction fetch

/** Level of the root table (PGD) and of the leaf tables (PTE). */
export const TOP_LEVEL = 4;
export const LEAF_LEVEL = 1;
/** Level whose entries may be leaves of 2 MiB (PMD). */
export const LARGE_LEVEL = 2;
export const TABLE_ENTRIES = 512;
/** Frames of a 2 MiB page, and the order of its block. */
export const LARGE_FRAMES = 512;
export const LARGE_ORDER = 9;
export const LARGE_BYTES = 2 ** 21;

const MAPPED = PTE_PRESENT | PTE_NONE;
const FLAGS_LOW = 0xfff;
const NX = 1 << 31;
const FRAME_HIGH = 0x7ff; // frame bits 30..20
const RESERVED_HIGH = 0xff800; // PE3
const RESERVED_LARGE = 0x1fe000; // PE2: address bits 20..13
const LARGE = 1 << 7;
const LAST_LEAF_LEVEL = 2;
const COVERS: readonly number[] = [0, 2 ** 12, 2 ** 21, 2 ** 30, 2 ** 39];
const ADDRESS_END = 2 ** 48;
const HALF = 2 ** 47;

/** Bytes that one entry of a table at `level` covers: 4 KiB, 2 MiB, 1 GiB, 512 GiB. */
export const entryBytes = (level: number): number => COVERS[level] as number;

/** Index into the level's table for an address. */
export function tableIndex(va: VirtAddr, level: number): number {
	const pages = level > 2 ? va / 2 ** 30 : va / 4096;
	return (pages >>> ((level & 1) === 0 ? 9 : 0)) & 511;
}

/** Low word of an entry for a frame. */
export const entryLow = (pfn: Pfn, flags: number): number =>
	(pfn << 12) | (flags & FLAGS_LOW);

/** High word of an entry for a frame. */
export const entryHigh = (pfn: Pfn, flags: number): number =>
	(pfn >>> 20) | (flags & NX);

/** Frame that an entry names; also for entries without P that still hold one. */
export const entryPfn = (low: number, high: number): Pfn =>
	((low >>> 12) | ((high & FRAME_HIGH) << 20)) as Pfn;

/** Flags of an entry in one int: bits 11..0 and NX in bit 31. */
export const entryFlags = (low: number, high: number): number =>
	(low & FLAGS_LOW) | (high & NX);

/** True when an entry maps a frame or a table, even if nothing is permitted. */
export const isMapped = (low: number): boolean => (low & MAPPED) !== 0;

/** True when a present entry of a table at `level` has a bit set that must be zero. */
export function hasReservedBits(
	low: number,
	high: number,
	level: number,
): boolean {
	if ((high & RESERVED_HIGH) !== 0) return true;
	if (level === LEAF_LEVEL || (low & LARGE) === 0) return false;
	return level > LAST_LEAF_LEVEL || (low & RESERVED_LARGE) !== 0;
}

/** True for addresses that the hardware looks up; others, from 2^48 on, raise #GP. */
export const isCanonical = (va: number): boolean => va >= 0 && va < ADDRESS_END;

/**
 * The address that hexadecimal digits mean, as a number of 48 bits (units.ts U2). One whose bits 63 .. 48 do not copy
 * bit 47 comes back as a number from 2^48 on, which is not canonical either; -1 when the text is no address.
 */
export function parseVirt(text: string): VirtAddr {
	const found = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(text.trim());
	if (!found) return -1 as VirtAddr;
	const digits = (found[1] as string).padStart(16, "0");
	const extension = Number.parseInt(digits.slice(0, 4), 16);
	const address = Number.parseInt(digits.slice(4), 16);
	const wanted = address >= HALF ? 0xffff : 0;
	return (extension === wanted ? address : ADDRESS_END + address) as VirtAddr;
}

const FLAG_NAMES: readonly (readonly [flag: number, name: string])[] = [
	[PTE_WRITABLE, "RW"],
	[PTE_USER, "US"],
	[PTE_WRITE_THROUGH, "PWT"],
	[PTE_UNCACHED, "PCD"],
	[PTE_ACCESSED, "A"],
	[PTE_DIRTY, "D"],
	[PTE_LARGE, "PS"],
	[PTE_GLOBAL, "G"],
	[PTE_NX, "NX"],
];

/**
 * An entry for people: `pfn 0x1f4 P RW US A D NX`; without P `not present`, `no access` or `retired` in place of the
 * flags; `empty` for zero.
 */
export function entryText(low: number, high: number): string {
	if (low === 0 && high === 0) return "empty";
	const pfn = `pfn 0x${entryPfn(low, high).toString(16)}`;
	if ((low & PTE_PRESENT) === 0) return `${pfn} ${absenceText(low)}`;
	const flags = entryFlags(low, high);
	const names = FLAG_NAMES.filter(([flag]) => (flags & flag) !== 0);
	return [pfn, "P", ...names.map(([, name]) => name)].join(" ");
}

function absenceText(low: number): string {
	if ((low & PTE_RETIRED) !== 0) return "retired";
	return (low & PTE_NONE) !== 0 ? "no access" : "not present";
}

/** An entry as 16 hex digits, as an oops prints it. */
export function entryHex(low: number, high: number): string {
	const digits = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
	return digits(high) + digits(low);
}
