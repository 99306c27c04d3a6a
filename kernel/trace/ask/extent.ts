// Extent: which frames an event is about.
//
//   page_free   pfn 1024  order 3      -->  1024 .. 1031        most events name a block: first frame, order
//   buddy_take  pfn 1024  from 10      -->  1024 .. 2047        here the block that was split
//   slab_alloc  object ffff8880...     -->  the frame that holds its first byte
//   pte_set     table, entry           -->  the table; the frame that the entry maps is told apart
//   memblock    base, bytes            -->  every frame that has a byte of it
//
// EX1: blocks have at most 1024 frames and begin at a multiple of their size, so whatever an event does to the block of a frame,
//      its pfn has the same number of 1024 frames as the frame.

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
	runEntries,
	runFrames,
} from "../../../mm/events";
import type { EventColumns } from "../columns";
import { rangeOf } from "../fold/memblock";

const SLAB_ALLOC = EV_SLAB_ALLOC;
const SLAB_FREE = EV_SLAB_FREE;
const PTE_SET = EV_PTE_SET;
const PTE_RUN = EV_PTE_RUN;
const MEMBLOCK = EV_MEMBLOCK;
const PAGE_BYTES = 4096;
const PAGEBLOCK_ORDER = 9;
const FRAMES_PER_4G = 2 ** 20;
const PRESENT = 0x101; // mapped, or mapped for nobody (hw/pte.ts)
const FRAME_HIGH = 0x7ff; // frame bits in the high word of an entry

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

/** True for events that name a block by its first frame in word a. */
export const namesBlock = (code: number): boolean => ORDERS[code] !== undefined;

/** Whether the event is about a frame. */
export function concernsFrame(
	columns: EventColumns,
	index: number,
	pfn: number,
): boolean {
	const code = columns.codes[index] as number;
	const a = columns.a[index] as number;
	const b = columns.b[index] as number;
	const order = ORDERS[code];
	if (order !== undefined)
		return pfn >= a && pfn < a + 2 ** order(b, columns.c[index] as number);
	if (code === SLAB_ALLOC || code === SLAB_FREE)
		return (b & 255) * FRAMES_PER_4G + (a >>> 12) === pfn;
	if (code === PTE_SET) return a === pfn || mappedBy(columns, index) === pfn;
	if (code === PTE_RUN) return a === pfn || isInRun(columns, index, pfn);
	return code === MEMBLOCK && isInRange(columns, index, pfn);
}

/** Whether the range of a memblock event has bytes of a frame. What is handed over is told block by block besides. */
export function isInRange(
	{ a, b, c, d }: EventColumns,
	index: number,
	pfn: number,
): boolean {
	const { base, end, kind } = rangeOf(
		a[index] as number,
		b[index] as number,
		c[index] as number,
		d[index] as number,
	);
	const start = pfn * PAGE_BYTES;
	return kind !== MEMBLOCK_HANDED && base < start + PAGE_BYTES && start < end;
}

/** Whether one of the entries of a pte_run maps a frame. */
function isInRun(columns: EventColumns, index: number, pfn: number): boolean {
	const word = columns.b[index] as number;
	const first = mappedBy(columns, index);
	return pfn >= first && pfn < first + runEntries(word) * runFrames(word);
}

/** The frame that the entry of a pte_set, or the first of a pte_run, maps; -1 for none. */
function mappedBy(columns: EventColumns, index: number): number {
	const low = columns.c[index] as number;
	const high = columns.d[index] as number;
	if ((low & PRESENT) === 0) return -1;
	return (high & FRAME_HIGH) * FRAMES_PER_4G + (low >>> 12);
}
