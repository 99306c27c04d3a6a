// The memory management unit of a CPU: virtual address and kind of access in, physical address or fault out.
//
//   va --> TLB --hit, right given--> physical address
//           |
//          miss --> PGD --> PUD --> PMD --+--> PTE --> physical address
//                                         +--> 2 MiB leaf
//
//   rights of a translation, one bit for each way of access that needs no walk
//       bit   0      1       2       3      4       5
//           +------+-------+-------+------+-------+-------+
//           | read | write | fetch | read | write | fetch |
//           +------+-------+-------+------+-------+-------+
//             kernel                 user program
//
//   error code, as the processor pushes it for #PF
//       bit   0 P (1 = forbidden, 0 = not present)   1 W   2 U   3 RSVD   4 I
//
// A fault is a value: the complement of its code, so always negative. The address goes to the CPU's fault word (CR2).
//
// MU1: a page may be written, and used by programs, only if all levels say so; it may be fetched from if none says NX.
// MU2: A is set in each entry that the walk goes through; D in the leaf, on a write. A right to write is remembered only
//     for pages that are dirty, so the first write always walks.
// MU3: the kernel obeys read-only pages (CR0.WP); it may read, write and execute pages of programs (no SMAP, no SMEP).
// MU4: what is not present is never remembered.
// [arch/x86/include/asm/trap_pf.h, arch/x86/mm/fault.c show_fault_oops]

import { COST_TLB_HIT, COST_WALK_LEVEL } from "./costs";
import type { Meter, SpaceKeeper } from "./cpu";
import { EV_PTE_MARK, EV_TLB_MISS, pageHigh, pageLow } from "./events";
import type { Locks } from "./lock";
import type { PhysicalMemory } from "./memory";
import {
	entryPfn,
	hasReservedBits,
	isCanonical,
	PTE_ACCESSED,
	PTE_DIRTY,
	PTE_GLOBAL,
	PTE_LARGE,
	PTE_PRESENT,
	PTE_USER,
	PTE_WRITABLE,
} from "./pte";
import type { Recorder } from "./recorder";
import { Tlb } from "./tlb";
import { KERNEL_HALF, type Pfn, type VirtAddr, virtText } from "./units";

// Same-file constants: imported ones cost in the lookup and in the walk.
const LEVEL_CYCLES = COST_WALK_LEVEL;
const PRESENT = PTE_PRESENT;
const WRITABLE = PTE_WRITABLE;
const USER = PTE_USER;
const ACCESSED = PTE_ACCESSED;
const DIRTY = PTE_DIRTY;
const LARGE = PTE_LARGE;
const GLOBAL = PTE_GLOBAL;

const SET_SHIFT = 10; // from an address to the first entry of its page's set, of which there are 256 with 4 ways (tlb.ts)
const SET_MASK = 1020;
const TAG_STEP = 2; // from the address of a page to page number * 2^13; tags add asid + 1 (tlb.ts)
const RIGHTS = Tlb.SMALL_ENTRIES + Tlb.LARGE_ENTRIES; // behind the frames (tlb.ts)
const RECENT_HITS = Tlb.RECENT_HITS; // behind the rights
const OWNER = Tlb.OWNER; // behind the tags
const LEVEL = Tlb.LEVEL; // behind the recent hits
const USER_SHIFT = 3; // from the kernel's rights to the program's: its privilege level
const BANK_SHIFT = 20; // frames of a bank
const BANK_MASK = 0xfffff;
const BEYOND = 0xff800; // address bits that this processor does not have (pte.ts PE3)
const LARGE_MASK = 511; // frames of a large page, less one

/** Kinds of access. */
export type Access = 0 | 1 | 2;
export const ACCESS_READ = 0;
export const ACCESS_WRITE = 1;
export const ACCESS_FETCH = 2;

/** Bits of the error code of a page fault. */
export const FAULT_PROTECTION = 1; // the page is there; 0: it is not
export const FAULT_WRITE = 2;
export const FAULT_USER = 4;
export const FAULT_RESERVED = 8; // an entry had a bit set that must be zero
export const FAULT_FETCH = 16;
/** Not a page fault: an address that is not canonical (#GP). */
export const FAULT_GENERAL = 1 << 16;

const OUTSIDE = FAULT_PROTECTION | FAULT_RESERVED;
const WRITTEN = ACCESSED | DIRTY;

/** What the unit needs of its CPU. */
export interface MmuRegisters {
	/** Frame of the top-level table (CR3). */
	readonly root: Pfn;
	/** Tag of the address space, 0 .. 4095. */
	readonly asid: number;
	/** Privilege level: 0 = kernel, 3 = program; the rights of a program lie that many bits higher. */
	readonly level: number;
	/** Keeps the address of a page fault (CR2). */
	setFaultAddress(va: VirtAddr): void;
	charge(cycles: number): void;
	/** Lets the unit count hits instead of charging each. */
	addMeter(meter: Meter): void;
	/** Lets the TLB know the address space and the level, so that each access finds them there. */
	setKeeper(keeper: SpaceKeeper): void;
}

/** Writes an entry's word only if nobody changed it: what a walker needs where CPUs are threads. */
export type EntrySwap = Pick<Locks, "swap">;

/** The error code of a negative answer of `translate`. */
export const faultCode = (answer: number): number => ~answer;

/** The unit of one CPU. */
export class Mmu {
	private readonly tags: Float64Array;
	private readonly targets: Int32Array;
	/** Hears of walks and of the bits that they set; null while nobody records. */
	recorder: Recorder | null = null;

	constructor(
		private readonly memory: PhysicalMemory,
		private readonly registers: MmuRegisters,
		private readonly tlb: Tlb,
		private readonly entries: EntrySwap,
	) {
		this.tags = tlb.tags;
		this.targets = tlb.targets;
		registers.addMeter({
			words: tlb.targets,
			at: RECENT_HITS,
			cycles: COST_TLB_HIT,
			onRead: (hits) => tlb.addHits(hits),
		});
		registers.setKeeper(tlb);
	}

	/**
	 * Physical address of `va` for the current address space and privilege, or a negative number whose `faultCode`
	 * says what is wrong. Sets A and D; keeps the address of a page fault.
	 */
	translate(va: VirtAddr, access: Access): number {
		const within = va & 4095;
		const tags = this.tags;
		const tag = (va - within) * TAG_STEP + (tags[OWNER] as number);
		let entry = (va >>> SET_SHIFT) & SET_MASK;
		if (
			tags[entry] !== tag &&
			tags[++entry] !== tag &&
			tags[++entry] !== tag &&
			tags[++entry] !== tag
		)
			return this.search(va, access);
		const targets = this.targets;
		if (((targets[entry + RIGHTS] as number) & this.right(access)) === 0)
			return this.walk(va, access, true);
		(targets[RECENT_HITS] as number) += 1;
		return (targets[entry] as number) * 4096 + within;
	}

	private right(access: Access): number {
		return 1 << (access + (this.targets[LEVEL] as number));
	}

	/** Looks among global and large entries too, then walks. */
	private search(va: VirtAddr, access: Access): number {
		if (!isCanonical(va)) return ~FAULT_GENERAL;
		const entry = this.tlb.lookupRest(va, this.registers.asid);
		if (entry < 0) return this.walk(va, access, false);
		if ((this.tlb.rightsOf(entry) & this.right(access)) === 0)
			return this.walk(va, access, true);
		(this.targets[RECENT_HITS] as number) += 1;
		return this.tlb.frameAt(entry, va) * 4096 + (va & 4095);
	}

	/** `known`: the TLB has an entry for the page, which the walk's end replaces. */
	private walk(va: VirtAddr, access: Access, known: boolean): number {
		this.tlb.countMiss();
		if (this.recorder !== null) this.recordMiss(va, access);
		const { banks, frameCount } = this.memory;
		let table: number = this.registers.root;
		let common = WRITABLE | USER;
		let refused = 0;
		const upper = va / 2 ** 30; // indices of levels 4 and 3, then of 2 and 1
		const lower = va / 4096;
		for (let level = 4; ; level--) {
			if (table >= frameCount) return this.fault(va, access, OUTSIDE, level); // reads as all ones
			const words = banks[table >>> BANK_SHIFT] as Int32Array;
			const indices = level > 2 ? upper : lower;
			const index = (indices >>> ((level & 1) === 0 ? 9 : 0)) & 511;
			const at = ((table & BANK_MASK) << 10) + (index << 1);
			const low = words[at] as number;
			const high = words[at + 1] as number;
			if ((low & PRESENT) === 0) return this.fault(va, access, 0, level);
			if (((low & LARGE) | (high & BEYOND)) !== 0)
				if (hasReservedBits(low, high, level))
					return this.fault(va, access, OUTSIDE, level);
			common &= low;
			refused |= high;
			const leaf = level === 1 || (low & LARGE) !== 0;
			if (leaf && !this.allows(access, common, refused))
				return this.fault(va, access, FAULT_PROTECTION, level);
			const mark = leaf && access === ACCESS_WRITE ? WRITTEN : ACCESSED;
			if ((low & mark) !== mark) {
				if (!this.entries.swap(words, at, low, low | mark))
					return this.walk(va, access, known); // another CPU changed the entry
				this.recorder?.emit(EV_PTE_MARK, table, index, mark & ~low, 0);
			}
			if (leaf) {
				this.registers.charge((5 - level) * LEVEL_CYCLES);
				const entry = low | mark;
				return this.remember(va, entry, high, common, refused, known);
			}
			table = (low >>> 12) | (high << 20);
		}
	}

	private recordMiss(va: VirtAddr, access: Access): void {
		const high = pageHigh(va, this.registers.asid);
		this.recorder?.emit(EV_TLB_MISS, pageLow(va), high, access, 0);
	}

	/** Fills the TLB from a leaf and the rights that all levels leave; returns the physical address. */
	private remember(
		va: VirtAddr,
		low: number,
		high: number,
		common: number,
		refused: number,
		known: boolean,
	): number {
		const large = (low & LARGE) !== 0;
		const frame = entryPfn(low, high);
		const first = large ? frame & ~LARGE_MASK : frame;
		const canWrite = (common & WRITABLE) !== 0 && (low & DIRTY) !== 0;
		const kernel = 1 | (canWrite ? 2 : 0) | (refused < 0 ? 0 : 4);
		const user = (common & USER) === 0 ? 0 : kernel << USER_SHIFT;
		const global = (low & GLOBAL) !== 0 && va >= KERNEL_HALF;
		const asid = this.registers.asid;
		const rights = kernel | user;
		this.tlb.fill(va, asid, first as Pfn, rights, large, global, known);
		const within = large ? (va / 4096) & LARGE_MASK : 0;
		return (first + within) * 4096 + (va & 4095);
	}

	private allows(access: Access, common: number, refused: number): boolean {
		if (access === ACCESS_WRITE && (common & WRITABLE) === 0) return false;
		if (access === ACCESS_FETCH && refused < 0) return false; // NX is the sign bit
		return (common & USER) !== 0 || this.registers.level === 0;
	}

	private fault(
		va: VirtAddr,
		access: Access,
		cause: number,
		level: number,
	): number {
		this.registers.charge((5 - level) * LEVEL_CYCLES);
		this.registers.setFaultAddress(va);
		let code = cause;
		if (access === ACCESS_WRITE) code |= FAULT_WRITE;
		if (access === ACCESS_FETCH) code |= FAULT_FETCH;
		if (this.registers.level !== 0) code |= FAULT_USER;
		return ~code;
	}
}

/** What the kernel prints about a page fault that nothing can mend. */
export function faultLines(code: number, va: VirtAddr): string[] {
	const user = (code & FAULT_USER) !== 0;
	const address = virtText(va);
	return [
		va < 4096
			? `BUG: kernel NULL pointer dereference, address: ${address}`
			: `BUG: unable to handle page fault for address: ${address}`,
		`#PF: ${user ? "user" : "supervisor"} ${accessText(code)} in ${user ? "user" : "kernel"} mode`,
		`#PF: error_code(0x${code.toString(16).padStart(4, "0")}) - ${causeText(code)}`,
	];
}

function accessText(code: number): string {
	if ((code & FAULT_FETCH) !== 0) return "instruction fetch";
	return (code & FAULT_WRITE) !== 0 ? "write access" : "read access";
}

function causeText(code: number): string {
	if ((code & FAULT_PROTECTION) === 0) return "not-present page";
	return (code & FAULT_RESERVED) !== 0
		? "reserved bit violation"
		: "permissions violation";
}
