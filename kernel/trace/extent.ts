// Extent: which frames an event is about.
//
//   page_free   pfn 1024  order 3      -->  1024 .. 1031        most events name a block: first frame, order
//   buddy_take  pfn 1024  from 10      -->  1024 .. 2047        here the block that was split
//   slab_alloc  object ffff8880...     -->  the frame that holds its first byte
//   pte_set     table, entry           -->  the table; the frame that the entry maps is told apart
//   block_type  pfn 1100               -->  1024 .. 1535        the whole pageblock, wherever in it the pfn is
//   memblock    base, bytes            -->  every frame that has a byte of it
//
// EX1: blocks have at most 1024 frames and begin at a multiple of their size, so whatever an event does to the block of a frame,
//      its pfn has the same number of 1024 frames as the frame.

import { EV_PTE_MARK } from "../../hw/events";
import { entryPfn, isMapped } from "../../hw/pte";
import {
	EV_BLOCK_TYPE,
	EV_BOOT_FREE,
	EV_BOOT_TAKE,
	EV_BUDDY_GIVE,
	EV_BUDDY_MOVE,
	EV_BUDDY_TAKE,
	EV_FALLBACK,
	EV_KFREE_LARGE,
	EV_KMALLOC_LARGE,
	EV_MEMBLOCK,
	EV_PAGE_ALLOC,
	EV_PAGE_FREE,
	EV_PAGE_JOIN,
	EV_PAGE_SPLIT,
	EV_PAGE_USE,
	EV_PCP_DRAIN,
	EV_PCP_STOCK,
	EV_PTE_RUN,
	EV_PTE_SET,
	EV_SLAB_ALLOC,
	EV_SLAB_DISCARD,
	EV_SLAB_FREE,
	EV_SLAB_MOVE,
	EV_SLAB_NEW,
	EV_TABLE_FREE,
	EV_TABLE_NEW,
	MEMBLOCK_HANDED,
	objectAddress,
	runEntries,
	runFrames,
} from "../../mm/events";
import type { EventColumns } from "./columns";
import { rangeOf } from "./fold/memblock";

const SLAB_ALLOC = EV_SLAB_ALLOC;
const SLAB_FREE = EV_SLAB_FREE;
const PTE_SET = EV_PTE_SET;
const PTE_RUN = EV_PTE_RUN;
const MEMBLOCK = EV_MEMBLOCK;
const BLOCK_TYPE = EV_BLOCK_TYPE;
const PAGE_BYTES = 4096;
const PAGEBLOCK_ORDER = 9;
const PAGEBLOCK_FRAMES = 2 ** PAGEBLOCK_ORDER;

type Order = (b: number, c: number) => number;
const whole: Order = (b) => b;
const packed: Order = (b) => b & 255;
const single: Order = () => 0;

/** Order of the block that an event is about, by code; those that are about no block have none. */
const ORDERS: readonly (Order | undefined)[] = (() => {
	const orders: (Order | undefined)[] = [];
	for (const code of [EV_PAGE_ALLOC, EV_PCP_DRAIN, EV_PCP_STOCK])
		orders[code] = packed;
	for (const code of [
		EV_PAGE_FREE,
		EV_BUDDY_GIVE,
		EV_BOOT_FREE,
		EV_BOOT_TAKE,
		EV_SLAB_NEW,
		EV_SLAB_DISCARD,
		EV_KMALLOC_LARGE,
		EV_KFREE_LARGE,
		EV_BUDDY_MOVE,
		EV_PAGE_SPLIT,
		EV_PAGE_JOIN,
	])
		orders[code] = whole;
	for (const code of [EV_PAGE_USE, EV_TABLE_NEW, EV_TABLE_FREE, EV_SLAB_MOVE])
		orders[code] = single;
	orders[EV_BUDDY_TAKE] = (_, c) => c;
	orders[EV_FALLBACK] = (b) => b >>> 8;
	orders[EV_BLOCK_TYPE] = () => PAGEBLOCK_ORDER;
	return orders;
})();

/** Codes of events about an entry of the table in the frame that word a names. */
const NAMES_TABLE: readonly (boolean | undefined)[] = (() => {
	const names: boolean[] = [];
	for (const code of [EV_PTE_SET, EV_PTE_RUN, EV_PTE_MARK]) names[code] = true;
	return names;
})();

/** True for events that name a block by its first frame in word a. */
export const namesBlock = (code: number): boolean => ORDERS[code] !== undefined;

/** The first frame that an event is about; -1 for none. */
export function firstFrame(columns: EventColumns, index: number): number {
	const code = columns.codes[index] as number;
	const a = columns.a[index] as number;
	if (code === SLAB_ALLOC || code === SLAB_FREE)
		return Math.floor(
			objectAddress(a, columns.b[index] as number) / PAGE_BYTES,
		);
	if (code === BLOCK_TYPE) return a & -PAGEBLOCK_FRAMES;
	if (ORDERS[code] !== undefined || NAMES_TABLE[code] === true) return a;
	return code === MEMBLOCK ? firstInRange(columns, index) : -1;
}

/** How many frames an event is about, from its first on. */
export function frameCount(columns: EventColumns, index: number): number {
	const code = columns.codes[index] as number;
	const order = ORDERS[code];
	if (order !== undefined)
		return 2 ** order(columns.b[index] as number, columns.c[index] as number);
	if (code === MEMBLOCK) return countInRange(columns, index);
	return firstFrame(columns, index) < 0 ? 0 : 1;
}

/** The frame that an entry of a page table maps, the first one of a run; -1 where the event is about no entry that maps. */
export function firstMapped(
	{ codes, c, d }: EventColumns,
	index: number,
): number {
	const code = codes[index] as number;
	const low = c[index] as number;
	if ((code !== PTE_SET && code !== PTE_RUN) || !isMapped(low)) return -1;
	return entryPfn(low, d[index] as number);
}

/** How many frames the entries of a run map; 1 for one entry. */
export function mappedCount({ codes, b }: EventColumns, index: number): number {
	if (codes[index] !== PTE_RUN) return 1;
	const word = b[index] as number;
	return runEntries(word) * runFrames(word);
}

/** Whether the event is about a frame. */
export function concernsFrame(
	columns: EventColumns,
	index: number,
	pfn: number,
): boolean {
	const first = firstFrame(columns, index);
	if (first < 0) return false;
	if (pfn >= first && pfn < first + frameCount(columns, index)) return true;
	const mapped = firstMapped(columns, index);
	return (
		mapped >= 0 && pfn >= mapped && pfn < mapped + mappedCount(columns, index)
	);
}

/** True for events about frames that are no block: their first frame may be anywhere, and they any number (EX1). */
export const isWide = ({ codes }: EventColumns, index: number): boolean =>
	codes[index] === MEMBLOCK || codes[index] === PTE_RUN;

/** The first frame that a memblock event has a byte of; -1 for what is handed over, which is told block by block besides. */
function firstInRange({ a, b }: EventColumns, index: number): number {
	const high = b[index] as number;
	if (high >>> 8 === MEMBLOCK_HANDED) return -1;
	return Math.floor(objectAddress(a[index] as number, high) / PAGE_BYTES);
}

function countInRange({ a, b, c, d }: EventColumns, index: number): number {
	const { base, end, kind } = rangeOf(
		a[index] as number,
		b[index] as number,
		c[index] as number,
		d[index] as number,
	);
	if (kind === MEMBLOCK_HANDED) return 0;
	return Math.ceil(end / PAGE_BYTES) - Math.floor(base / PAGE_BYTES);
}
