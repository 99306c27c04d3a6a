// The least that a page allocator of this kind can do in JavaScript: what no design of ours can be faster than here.
//
//   orders 0 to 3   head <-> block <-> block ...    last in, first out, never merged: as the per-CPU lists, without limits
//   orders 4 to 10  head <-> block <-> block ...    split from larger blocks, merged with their buddies
//
//   record of a frame, 64 bytes like a struct page
//   word   0       1        2      3      4 .. 12    13         14 .. 15
//       +-------+--------+------+------+---------+----------+----------+
//       | state | unused | next | prev | unused  | refcount |  unused  |     state: order + 1 of a free block, else 0
//       +-------+--------+------+------+---------+----------+----------+
//
// No zones, types, marks, counters, CPUs, locks, clock or checks: it breaks every rule but three, that blocks are aligned
// to their size, that free ones are linked through the records of their first frames, and that buddies merge.

import { parseSize } from "../../../hw/memory-map";
import { PAGE_SIZE } from "../../../hw/units";
import { SLOTS } from "../streams";
import { drive, type Heap, header, readStream } from "./drive";
import { type Subject, serve, timed } from "./subject";

const RECORD_SHIFT = 4; // words of a record
const STATE = 0;
const NEXT = 2;
const PREV = 3;
const REFCOUNT = 13;
const TOP = 10;
const LISTED_TOP = 3; // largest order that is kept apart
const FREE_HEADS = 16; // index of the buddy's lists, behind the others
const ORDER_BITS = 4; // of a block's number, below the frame

/** A buddy system on bare words, as a heap whose "bytes" are orders. */
class BareBuddy implements Heap {
	private readonly words: Int32Array;
	private readonly heads = new Int32Array(2 * FREE_HEADS);

	/** All frames but those of the first block of the top order, so that frame 0 is nobody's. */
	constructor(frameCount: number) {
		const bytes = (frameCount << RECORD_SHIFT) * 4;
		this.words = new Int32Array(new SharedArrayBuffer(bytes));
		for (let pfn = 1 << TOP; pfn < frameCount; pfn += 1 << TOP)
			this.link(FREE_HEADS + TOP, pfn, TOP + 1);
	}

	alloc(order: number): number {
		let pfn = 0;
		if (order <= LISTED_TOP) pfn = this.pop(order);
		if (pfn === 0) pfn = this.take(order);
		this.words[(pfn << RECORD_SHIFT) | REFCOUNT] = 1;
		return (pfn << ORDER_BITS) | order;
	}

	free(block: number): void {
		const order = block & ((1 << ORDER_BITS) - 1);
		const pfn = block >>> ORDER_BITS;
		this.words[(pfn << RECORD_SHIFT) | REFCOUNT] = 0;
		if (order <= LISTED_TOP) this.link(order, pfn, 0);
		else this.give(pfn, order);
	}

	touch(): void {} // what is measured is pages, not the memory in them

	private take(order: number): number {
		for (let from = order; from <= TOP; from++) {
			const pfn = this.pop(FREE_HEADS + from);
			if (pfn === 0) continue;
			for (let size = from - 1; size >= order; size--)
				this.link(FREE_HEADS + size, pfn + (1 << size), size + 1);
			return pfn;
		}
		throw new Error("the memory is full");
	}

	private give(pfn: number, order: number): void {
		const words = this.words;
		let block = pfn;
		let size = order;
		for (; size < TOP; size++) {
			const buddy = block ^ (1 << size);
			if (words[buddy << RECORD_SHIFT] !== size + 1) break;
			this.unlink(FREE_HEADS + size, buddy);
			block &= buddy;
		}
		this.link(FREE_HEADS + size, block, size + 1);
	}

	private link(list: number, pfn: number, state: number): void {
		const words = this.words;
		const record = pfn << RECORD_SHIFT;
		const first = this.heads[list] as number;
		words[record | STATE] = state;
		words[record | NEXT] = first;
		if (first !== 0) words[(first << RECORD_SHIFT) | PREV] = pfn;
		this.heads[list] = pfn;
	}

	private unlink(list: number, pfn: number): void {
		const words = this.words;
		const record = pfn << RECORD_SHIFT;
		const next = words[record | NEXT] as number;
		words[record | STATE] = 0;
		if (this.heads[list] === pfn) {
			this.heads[list] = next;
			return;
		}
		const prev = words[record | PREV] as number;
		words[(prev << RECORD_SHIFT) | NEXT] = next;
		if (next !== 0) words[(next << RECORD_SHIFT) | PREV] = prev;
	}

	private pop(list: number): number {
		const pfn = this.heads[list] as number;
		if (pfn === 0) return 0;
		const record = pfn << RECORD_SHIFT;
		this.words[record | STATE] = 0;
		this.heads[list] = this.words[record | NEXT] as number;
		return pfn;
	}
}

/** Runs the stream of a file on the frames of a machine of `memory`. */
export function bareBuddy(memory = "", streamFile = ""): Subject {
	const heap = new BareBuddy(parseSize(memory) / PAGE_SIZE);
	const stream = readStream(streamFile);
	const slots = new Int32Array(header(stream, SLOTS));
	drive(heap, stream, slots);
	return { round: () => timed(() => drive(heap, stream, slots)) };
}

if (require.main === module) void serve(bareBuddy);
