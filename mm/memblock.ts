// Memblock: who owns which physical range before there is a page allocator.
//
//   physical memory   0    1M        kernel             array        struct pages      end
//     memory          [#########################################################]        what exists
//     reserved        [####]         [######]           [##]          [########]         what is taken
//     free                  [-------]        [---------]    [--------]          []       the difference
//
//   the struct, in the kernel's data section (words)
//      0      1       2 3     4                                   12           20          788         1556
//     +------+-------+-------+-----------------------------------+------------+-----------+-----------+
//     | lock | state | limit | memory: count, doublings, bytes,  | reserved:  | 128       | 128       |
//     |      |       |       | array, -                          | the same   | regions   | regions   |
//     +------+-------+-------+-----------------------------------+------------+-----------+-----------+
//   a region (24 bytes):     | base 8 | size 8 | node 4 | - 4 |
//
// A zeroed struct is an empty memblock: no regions, arrays of 128 in their own place, no limit. An array that is full
// is replaced by one of twice the size, which memblock allocates from itself: that is why room is made before a change
// begins, and why the new array must keep clear of the range that is just being taken.
//
// MB1: regions are sorted by base, none is empty, none overlaps the next.
// MB2: regions that touch belong to different nodes; else they are one.
// MB3: the byte counts are the sums of the sizes.
// MB4: an array that has grown lies in reserved memory, on page boundaries.
// MB5: no region reaches beyond 2^48, and no array holds more regions than it has room for.
// MB6: once the free ranges went to the page allocator nothing changes any more.
// MB7: a recorder hears of each change when it is done, of a grown array's place too.
//
// The lock is innermost: nothing else is taken while it is held. Real kernels differ in that an empty array holds one
// dummy region, and in that they have no lock here, because only one CPU runs so early. [mm/memblock.c]

import type { Locks } from "../hw/lock";
import type { PhysicalMemory } from "../hw/memory";
import { panic } from "../hw/panic";
import type { Recorder } from "../hw/recorder";
import { asPhys, NULL, type Pfn, type PhysAddr } from "../hw/units";
import {
	EV_MEMBLOCK,
	MEMBLOCK_FREED,
	MEMBLOCK_HANDED,
	MEMBLOCK_MEMORY,
	MEMBLOCK_REMOVED,
	MEMBLOCK_RESERVED,
} from "./events";

const LOCK = 0;
const STATE = 1;
const LIMIT = 2;
const MEMORY = 4; // where the header of the memory list begins
const RESERVED = 12;
const MEMORY_REGIONS = 20; // the static arrays
const RESERVED_REGIONS = 788;
const END = 1556;

// Words of a list's header.
const COUNT = 0;
const DOUBLINGS = 1;
const BYTES = 2;
const ARRAY = 4; // 0: the static array

// Bytes of a region.
const BASE = 0;
const SIZE = 8;
const NODE = 16;
const REGION_BYTES = 24;

const STATIC_REGIONS = 128;
const BOTTOM_UP = 1; // state bits
const HANDED_OVER = 2;
const PAGE = 4096;
const CACHE_LINE = 64;
const ORDER_MAX = 10;

/** Bytes of one region in an array. */
export const MEMBLOCK_REGION_BYTES = REGION_BYTES;
/** Bytes of the struct. */
export const MEMBLOCK_BYTES = END * 4;
/** No physical address reaches this one. */
export const PHYS_ADDR_END = 2 ** 48;
/** Any node will do. */
export const NO_NODE = -1;

/** A range of physical addresses, `end` excluded. */
export interface MemblockRange {
	readonly base: PhysAddr;
	readonly end: PhysAddr;
	readonly node: number;
}

/** Where a list of regions is kept. */
export interface RegionArray {
	readonly base: PhysAddr;
	/** Regions it has room for, and how many there are. */
	readonly capacity: number;
	readonly count: number;
	/** It is no longer the static one: it was allocated, and is reserved. */
	readonly hasGrown: boolean;
}

/** Where an allocation may lie. */
export interface MemblockWish {
	/** Lowest address; dropped when nothing is free above it. */
	readonly min?: number;
	/** First address behind it; never above the limit. */
	readonly max?: number;
	/** Lowest fitting place instead of the highest. */
	readonly bottomUp?: boolean;
	/** Node to try first. */
	readonly node?: number;
	/** Fail when the node has no room, instead of trying the others. */
	readonly isExactNode?: boolean;
}

const roundUp = (value: number, step: number): number =>
	Math.ceil(value / step) * step;
const roundDown = (value: number, step: number): number =>
	Math.floor(value / step) * step;
const clamp = (value: number, low: number, high: number): number =>
	Math.min(Math.max(value, low), high);
/** End of a range that begins at `base`, cut at the end of physical addresses. */
const endOf = (base: number, size: number): number =>
	Math.min(base + size, PHYS_ADDR_END);
const arrayBytes = (capacity: number): number =>
	roundUp(capacity * REGION_BYTES, PAGE);

/** One sorted list of regions: its header in the struct and its array. */
class Regions {
	constructor(
		private readonly memory: PhysicalMemory,
		private readonly header: PhysAddr,
		private readonly staticArray: PhysAddr,
	) {}

	get count(): number {
		return this.memory.readU32(this.headerAt(COUNT));
	}

	get capacity(): number {
		return STATIC_REGIONS << this.memory.readU32(this.headerAt(DOUBLINGS));
	}

	/** Bytes in all regions. */
	get bytes(): number {
		return this.memory.readU64(this.headerAt(BYTES));
	}

	get array(): PhysAddr {
		const grown = this.memory.readPointer(this.headerAt(ARRAY));
		return grown === NULL ? this.staticArray : grown;
	}

	get hasGrown(): boolean {
		return this.array !== this.staticArray;
	}

	describe(): RegionArray {
		const { array, capacity, count, hasGrown } = this;
		return { base: array, capacity, count, hasGrown };
	}

	base(index: number): number {
		return this.memory.readU64(this.regionAt(index, BASE));
	}

	end(index: number): number {
		const region = this.regionAt(index, BASE);
		const size = this.memory.readU64(asPhys(region + SIZE));
		return this.memory.readU64(region) + size;
	}

	node(index: number): number {
		return this.memory.readU32(this.regionAt(index, NODE)) | 0;
	}

	/** Index of the first region that ends above `address`. */
	firstAbove(address: number): number {
		const count = this.count;
		let index = 0;
		while (index < count && this.end(index) <= address) index++;
		return index;
	}

	ranges(): MemblockRange[] {
		return Array.from({ length: this.count }, (_, index) => ({
			base: asPhys(this.base(index)),
			end: asPhys(this.end(index)),
			node: this.node(index),
		}));
	}

	/** Regions that covering [base, end) would add before neighbours are merged. */
	gapCount(base: number, end: number): number {
		let gaps = 0;
		let from = base;
		for (let i = this.firstAbove(base); i < this.count && from < end; i++) {
			if (this.base(i) > from) gaps++;
			from = this.end(i);
		}
		return from < end ? gaps + 1 : gaps;
	}

	/** Adds what of [base, end) no region covers. Needs room for `gapCount` regions. */
	cover(base: number, end: number, node: number): void {
		let from = base;
		let index = this.firstAbove(base);
		for (; index < this.count && this.base(index) < end; index++) {
			const next = this.base(index);
			if (next > from) this.insert(index++, from, next, node);
			from = this.end(index);
		}
		if (from < end) this.insert(index, from, end, node);
		this.mergeNeighbours();
	}

	/** Takes [base, end) out of all regions. Needs room for one region, because the range may lie within one. */
	uncover(base: number, end: number): void {
		if (base >= end) return;
		let index = this.firstAbove(base);
		while (index < this.count && this.base(index) < end) {
			const from = this.base(index);
			const to = this.end(index);
			const node = this.node(index);
			this.removeAt(index);
			if (from < base) this.insert(index++, from, base, node);
			if (to > end) this.insert(index++, end, to, node);
		}
	}

	/** Moves the list into an array of twice the room. */
	moveTo(array: PhysAddr): void {
		const doublings = this.memory.readU32(this.headerAt(DOUBLINGS));
		this.memory.copy(this.array, array, this.count * REGION_BYTES);
		this.memory.writeU32(this.headerAt(DOUBLINGS), doublings + 1);
		this.memory.writePointer(this.headerAt(ARRAY), array);
	}

	private insert(index: number, base: number, end: number, node: number): void {
		const count = this.count;
		if (count === this.capacity) panic("memblock: MB5 no room for a region");
		this.shift(index, index + 1, count - index);
		this.memory.writeU32(this.headerAt(COUNT), count + 1);
		this.memory.writeU64(this.regionAt(index, BASE), base);
		this.memory.writeU64(this.regionAt(index, SIZE), end - base);
		this.memory.writeU32(this.regionAt(index, NODE), node);
		this.addBytes(end - base);
	}

	private removeAt(index: number): void {
		this.addBytes(this.base(index) - this.end(index));
		const count = this.count - 1;
		this.shift(index + 1, index, count - index);
		this.memory.writeU32(this.headerAt(COUNT), count);
	}

	private mergeNeighbours(): void {
		for (let index = this.count - 2; index >= 0; index--) {
			const next = index + 1;
			if (this.end(index) !== this.base(next)) continue;
			if (this.node(index) !== this.node(next)) continue;
			const size = this.end(next) - this.base(index);
			const grown = size - (this.end(index) - this.base(index));
			this.removeAt(next);
			this.memory.writeU64(this.regionAt(index, SIZE), size);
			this.addBytes(grown);
		}
	}

	private shift(from: number, to: number, count: number): void {
		const room = this.capacity * REGION_BYTES;
		const start = from * REGION_BYTES;
		this.memory
			.bytesAt(this.array, room)
			.copyWithin(to * REGION_BYTES, start, start + count * REGION_BYTES);
	}

	private addBytes(bytes: number): void {
		this.memory.writeU64(this.headerAt(BYTES), this.bytes + bytes);
	}

	private headerAt(word: number): PhysAddr {
		return asPhys(this.header + word * 4);
	}

	private regionAt(index: number, byte: number): PhysAddr {
		return asPhys(this.array + index * REGION_BYTES + byte);
	}
}

/** The allocator of early boot. */
export class Memblock {
	/** Hears of every change; null for nobody. */
	recorder: Recorder | null = null;
	private readonly words: Int32Array;
	private readonly memoryList: Regions;
	private readonly reservedList: Regions;

	/** A view of the struct at `at`, which must be a multiple of 8 in the kernel's data; zeroed, it is empty. */
	constructor(
		private readonly memory: PhysicalMemory,
		private readonly locks: Locks,
		private readonly at: PhysAddr,
	) {
		this.words = memory.wordsAt(at, MEMORY);
		const address = (word: number) => asPhys(at + word * 4);
		this.memoryList = new Regions(
			memory,
			address(MEMORY),
			address(MEMORY_REGIONS),
		);
		this.reservedList = new Regions(
			memory,
			address(RESERVED),
			address(RESERVED_REGIONS),
		);
	}

	/** First address that allocations may not reach; PHYS_ADDR_END when there is none. */
	get limit(): number {
		const limit = this.memory.readU64(asPhys(this.at + LIMIT * 4));
		return limit === 0 ? PHYS_ADDR_END : limit;
	}

	setLimit(end: number): void {
		this.memory.writeU64(asPhys(this.at + LIMIT * 4), end);
	}

	/** Allocations take the lowest fitting place unless they say otherwise. */
	get isBottomUp(): boolean {
		return ((this.words[STATE] as number) & BOTTOM_UP) !== 0;
	}

	setBottomUp(isBottomUp: boolean): void {
		const others = (this.words[STATE] as number) & ~BOTTOM_UP;
		this.words[STATE] = others | (isBottomUp ? BOTTOM_UP : 0);
	}

	/** The free ranges belong to the page allocator. */
	get isHandedOver(): boolean {
		return ((this.words[STATE] as number) & HANDED_OVER) !== 0;
	}

	get memoryBytes(): number {
		return this.memoryList.bytes;
	}

	get reservedBytes(): number {
		return this.reservedList.bytes;
	}

	/** How the two lists are kept. */
	get arrays(): {
		readonly memory: RegionArray;
		readonly reserved: RegionArray;
	} {
		const { memoryList, reservedList } = this;
		return { memory: memoryList.describe(), reserved: reservedList.describe() };
	}

	/** Memory exists at [base, base + size). False when the array is full and there is no memory for a larger one. */
	add(base: number, size: number, node = 0): boolean {
		return this.change(() => {
			const end = endOf(base, size);
			if (!this.ensureRoom(this.memoryList, base, end, 0, 0)) return false;
			this.memoryList.cover(base, end, node);
			this.tell(MEMBLOCK_MEMORY, base, end);
			return true;
		});
	}

	/** There is no memory at [base, base + size). What is reserved there stays reserved. False as for `add`. */
	remove(base: number, size: number): boolean {
		return this.change(() =>
			this.uncover(this.memoryList, base, endOf(base, size)),
		);
	}

	/** [base, base + size) is taken, whether memory is there or not. False as for `add`. */
	reserve(base: number, size: number): boolean {
		return this.change(() => this.cover(base, endOf(base, size)));
	}

	/** [base, base + size) is no longer taken. False as for `add`. */
	free(base: number, size: number): boolean {
		return this.change(() =>
			this.uncover(this.reservedList, base, endOf(base, size)),
		);
	}

	/** Reserves `size` zeroed bytes at a multiple of `align`; 0 when there is no room. See `allocRaw`. */
	alloc(size: number, align: number, wish: MemblockWish = {}): PhysAddr {
		const base = this.allocRaw(size, align, wish);
		if (base !== NULL) this.zero(base, base + size);
		return base;
	}

	/**
	 * Reserves `size` bytes at a multiple of `align` (a power of two; 0 for a cache line), in the highest place that
	 * fits, never in frame 0. The bytes are left as they are. 0 when there is no room, or for 0 bytes.
	 */
	allocRaw(size: number, align: number, wish: MemblockWish = {}): PhysAddr {
		if (size <= 0) return NULL;
		const step = align === 0 ? CACHE_LINE : align;
		this.lock();
		let base = this.take(size, step, wish.min ?? 0, wish);
		if (base === NULL && wish.min) base = this.take(size, step, 0, wish);
		this.unlock();
		return base;
	}

	/** Cuts all memory to multiples of `align`; regions without a whole piece disappear. */
	trim(align: number): void {
		this.change(() => {
			for (const { base, end } of this.memoryList.ranges()) {
				const from = Math.min(roundUp(base, align), end);
				const to = Math.max(roundDown(end, align), from);
				this.memoryList.uncover(base, from);
				this.tell(MEMBLOCK_REMOVED, base, from);
				this.memoryList.uncover(to, end);
				this.tell(MEMBLOCK_REMOVED, to, end);
			}
			return true;
		});
	}

	/** What exists, lowest first. */
	memoryRanges(): MemblockRange[] {
		return this.memoryList.ranges();
	}

	/** What is taken, lowest first. */
	reservedRanges(): MemblockRange[] {
		return this.reservedList.ranges();
	}

	/** What exists and is not taken, lowest first; of one node, or of all. */
	freeRanges(node = NO_NODE): MemblockRange[] {
		const free: MemblockRange[] = [];
		const taken = this.reservedList;
		const takenCount = taken.count;
		let next = 0;
		for (const range of this.memoryList.ranges()) {
			if (node !== NO_NODE && range.node !== node) continue;
			let from: number = range.base;
			while (next < takenCount && taken.end(next) <= from) next++;
			for (let i = next; i < takenCount && taken.base(i) < range.end; i++) {
				const to = taken.base(i);
				if (to > from)
					free.push({ base: asPhys(from), end: asPhys(to), node: range.node });
				from = taken.end(i);
			}
			if (from < range.end) free.push({ ...range, base: asPhys(from) });
		}
		return free;
	}

	/** All of [base, base + size) is memory. */
	isMemory(base: number, size = 1): boolean {
		return this.memoryList.gapCount(base, base + size) === 0;
	}

	/** Some of [base, base + size) is taken. */
	isReserved(base: number, size = 1): boolean {
		const index = this.reservedList.firstAbove(base);
		return (
			index < this.reservedList.count &&
			this.reservedList.base(index) < base + size
		);
	}

	/** First address behind the highest memory; 0 when there is none. */
	endOfMemory(): PhysAddr {
		const count = this.memoryList.count;
		return asPhys(count === 0 ? 0 : this.memoryList.end(count - 1));
	}

	/**
	 * Gives every whole free page to the page allocator, lowest first, in the largest blocks that are aligned and fit;
	 * `visit` gets each block. Afterwards memblock only answers questions. Returns the pages given.
	 */
	freeAll(visit: (pfn: Pfn, order: number) => void): number {
		this.lock();
		const ranges = this.freeRanges();
		this.words[STATE] = (this.words[STATE] as number) | HANDED_OVER;
		this.unlock();
		const whole = wholePages(ranges);
		const pages = whole.reduce((sum, [first, last]) => sum + last - first, 0);
		const [[lowest] = [0]] = whole;
		this.tell(MEMBLOCK_HANDED, lowest * PAGE, (lowest + pages) * PAGE);
		for (const [first, last] of whole) freeBlocks(first, last, visit);
		return pages;
	}

	/** Finds a place and reserves it. */
	private take(
		size: number,
		align: number,
		min: number,
		wish: MemblockWish,
	): PhysAddr {
		const node = wish.node ?? NO_NODE;
		const max = Math.min(wish.max || PHYS_ADDR_END, this.limit);
		const low = Math.max(min, PAGE); // never frame 0
		const bottomUp = wish.bottomUp ?? this.isBottomUp;
		let base = this.find(size, align, low, max, bottomUp, node);
		if (base === NULL && node !== NO_NODE && !wish.isExactNode)
			base = this.find(size, align, low, max, bottomUp, NO_NODE);
		if (base === NULL || !this.cover(base, base + size)) return NULL;
		return base;
	}

	/** A free place within [min, max), or 0. */
	private find(
		size: number,
		align: number,
		min: number,
		max: number,
		bottomUp: boolean,
		node: number,
	): PhysAddr {
		const ranges = this.freeRanges(node);
		if (!bottomUp) ranges.reverse();
		for (const range of ranges) {
			const from = clamp(range.base, min, Math.max(min, max));
			const to = clamp(range.end, min, Math.max(min, max));
			const base = bottomUp
				? roundUp(from, align)
				: roundDown(to - size, align);
			if (base >= from && base + size <= to) return asPhys(base);
		}
		return NULL;
	}

	private cover(base: number, end: number): boolean {
		const list = this.reservedList;
		if (!this.ensureRoom(list, base, end, base, end)) return false;
		list.cover(base, end, NO_NODE);
		this.tell(MEMBLOCK_RESERVED, base, end);
		return true;
	}

	private uncover(list: Regions, base: number, end: number): boolean {
		while (list.count === list.capacity)
			if (!this.grow(list, base, end)) return false;
		list.uncover(base, end);
		const isMemory = list === this.memoryList;
		this.tell(isMemory ? MEMBLOCK_REMOVED : MEMBLOCK_FREED, base, end);
		return true;
	}

	/** Makes room for what covering [base, end) adds; a new array keeps clear of [clearBase, clearEnd). */
	private ensureRoom(
		list: Regions,
		base: number,
		end: number,
		clearBase: number,
		clearEnd: number,
	): boolean {
		while (list.count + list.gapCount(base, end) > list.capacity)
			if (!this.grow(list, clearBase, clearEnd)) return false;
		return true;
	}

	/** Replaces a list's array by one of twice the room, outside [clearBase, clearEnd). */
	private grow(list: Regions, clearBase: number, clearEnd: number): boolean {
		const bytes = arrayBytes(list.capacity * 2);
		const limit = this.limit;
		const below = Math.min(clearBase, limit);
		let array = this.find(bytes, PAGE, clearEnd || PAGE, limit, false, NO_NODE);
		if (array === NULL)
			array = this.find(bytes, PAGE, PAGE, below, false, NO_NODE);
		if (array === NULL) return false;
		const old = list.hasGrown ? list.array : NULL;
		const oldBytes = arrayBytes(list.capacity);
		list.moveTo(array);
		if (!this.cover(array, array + bytes))
			panic("memblock: MB4 a grown array could not be reserved");
		if (old !== NULL) this.uncover(this.reservedList, old, old + oldBytes);
		return true;
	}

	/** Records what was done to [base, end). */
	private tell(kind: number, base: number, end: number): void {
		if (this.recorder === null || base >= end) return;
		const bytes = end - base;
		const high = Math.floor(base / 2 ** 32) | (kind << 8);
		this.recorder.emit(EV_MEMBLOCK, base | 0, high, bytes | 0, bytes / 2 ** 32);
	}

	private zero(base: number, end: number): void {
		const first = roundUp(base, PAGE);
		const last = roundDown(end, PAGE);
		if (first >= last) {
			this.memory.fill(asPhys(base), end - base, 0);
			return;
		}
		this.memory.fill(asPhys(base), first - base, 0);
		for (let page = first; page < last; page += PAGE)
			this.memory.zeroFrame((page / PAGE) as Pfn);
		this.memory.fill(asPhys(last), end - last, 0);
	}

	/** Runs a change under the lock. */
	private change(work: () => boolean): boolean {
		this.lock();
		const isDone = work();
		this.unlock();
		return isDone;
	}

	private lock(): void {
		if (this.isHandedOver)
			panic("memblock: MB6 used after its memory went to the page allocator");
		this.locks.lock(this.words, LOCK);
	}

	private unlock(): void {
		this.locks.unlock(this.words, LOCK);
	}
}

/** First page and the one behind the last of each range that has any, frame 0 left out. */
function wholePages(ranges: readonly MemblockRange[]): [number, number][] {
	return ranges
		.map(({ base, end }): [number, number] => [
			Math.max(Math.ceil(base / PAGE), 1),
			Math.floor(end / PAGE),
		])
		.filter(([first, last]) => first < last);
}

/** Cuts pages [first, last) into the largest blocks that are aligned to their size. */
function freeBlocks(
	first: number,
	last: number,
	visit: (pfn: Pfn, order: number) => void,
): void {
	let pfn = first;
	while (pfn < last) {
		const alignment = 31 - Math.clz32(pfn & -pfn);
		let order = Math.min(ORDER_MAX, alignment);
		while (pfn + 2 ** order > last) order--;
		visit(pfn as Pfn, order);
		pfn += 2 ** order;
	}
}
