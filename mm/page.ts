// struct page: what the kernel knows about each frame of RAM.
//
//   64 bytes for each frame, in one array (the mem_map) that boot takes from memblock:
//   word   0       1        2      3      4      5      6 .. 7    8 .. 9     10        11
//       +-------+--------+------+------+------+------+---------+----------+----------+------+
//       | state | unused | next | prev | head | slot |  cache  | freelist | counters | lock |
//       +-------+--------+------+------+------+------+---------+----------+----------+------+
//   word   12         13         14        15
//       +----------+----------+---------+---------+
//       | mapcount | refcount | context | private |
//       +----------+----------+---------+---------+
//
//   state          flags:16 migratetype:8 order:8
//   free block     first frame only: PG_BUDDY, order, type, next and prev in a free list
//   per-CPU page   first frame only: PG_PCP, order, type, next and prev in a per-CPU list
//   allocated      first frame: refcount, order, context (who asked), private (the user's word)
//   compound       PG_HEAD on the first frame, PG_TAIL and head (the first frame's number) on the others
//   slab           all frames: PG_SLAB, head, slot (the cache's per-CPU slot); the first one also has the rest:
//                  cache, freelist, counters = inuse:16 objects:15 frozen:1, lock
//
// G1: a zeroed record is a valid reserved page: no flags, no references, on no list.
// G2: a frame is on at most one list. G3: `slot` is zero on every frame that is not a slab's.
// G5: `private` is zero on every frame that is nobody's: who wrote it clears it before giving the block back.
// G4: frames inside a block, other than the first, have no flags, users or slot unless the block is compound or a slab.
//
// Linux names frames by the address of their record; here a frame's name is its number, and lists link numbers.
// A machine with a large hole keeps no records for it: numbers above the hole are moved down by its length.
// [include/linux/mm_types.h struct page, mm/slab.h struct slab]

import { panic } from "../hw/panic";
import type { Pfn, PhysAddr } from "../hw/units";

const WORDS = 16;
const RECORD_SHIFT = 4; // from a frame's number to its record
const STATE = 0; // order in bits 0..7, migratetype in bits 8..15, flags from bit 16 on
const NEXT = 2;
const PREV = 3;
const HEAD = 4;
const SLOT = 5;
const CACHE = 6; // pointer, two words
const FREELIST = 8; // pointer, two words
const FREELIST_HIGH = 9;
const COUNTERS = 10;
const LOCK = 11;
const MAPCOUNT = 12;
const REFCOUNT = 13;
const CONTEXT = 14;
const PRIVATE = 15;
const HIGH = 0xffff8880 | 0; // high word of a direct-map pointer (DIRECT_MAP_HIGH)
const ORDER_MASK = 0xff;
const TYPE_SHIFT = 8;
const TYPE_MASK = 0xff << TYPE_SHIFT;
const TYPE_ORDER_MASK = 0xffff;
const NOT_TYPE = ~TYPE_MASK; // of these, a plain single page in use has none
const FLAGS_SHIFT = 16;
const IN_BUDDY = 1 << FLAGS_SHIFT; // PG_BUDDY in its place
const ON_PCP = 2 << FLAGS_SHIFT; // PG_PCP in its place
const INUSE_MASK = 0xffff;
const OBJECTS_SHIFT = 16;
const OBJECTS_MASK = 0x7fff;
const FROZEN = 1 << 31;

/** Bytes of one record. */
export const PAGE_RECORD_BYTES = WORDS * 4;
/** Words of a record that link it into a list (list.ts). */
export const PAGE_NEXT = NEXT;
export const PAGE_PREV = PREV;
/** The word that says what the frame is, and its parts: the bit of a free block, migratetype, order (free-area.ts). */
export const PAGE_STATE = STATE;
export const PAGE_LISTED = IN_BUDDY;
export const PAGE_TYPE_SHIFT = TYPE_SHIFT;
export const PAGE_TYPE_MASK = TYPE_MASK;
export const PAGE_ORDER_MASK = ORDER_MASK;

export const PG_BUDDY = 1; // first frame of a block in a free list
export const PG_PCP = 2; // first frame of a block in a per-CPU list
export const PG_SLAB = 4;
export const PG_HEAD = 8; // first frame of a compound block
export const PG_TAIL = 16;
export const PG_TABLE = 32; // a page table
export const PG_ANON = 64; // memory of a user program
export const PG_LARGE = 128; // a kmalloc too large for any cache
export const PG_STACK = 256; // a kernel stack

/** The records of all frames. */
export class Pages {
	/** Words of the array, record 0 first. */
	readonly words: Int32Array;

	/**
	 * @param words view of the array
	 * @param frameCount frames from 0 to the end of RAM, holes included
	 */
	constructor(
		words: Int32Array,
		readonly frameCount: number,
	) {
		this.words = words;
	}

	/** Index of the first word of a frame's record. */
	at(pfn: Pfn): number {
		return pfn << RECORD_SHIFT;
	}

	/** True for frames that have a record. */
	has(pfn: number): boolean {
		return pfn > 0 && pfn < this.frameCount;
	}

	/** PG_ flags of the frame. */
	flags(pfn: Pfn): number {
		return (this.words[this.at(pfn) | STATE] as number) >>> FLAGS_SHIFT;
	}
	setFlags(pfn: Pfn, flags: number): void {
		const at = this.at(pfn) | STATE;
		const rest = (this.words[at] as number) & TYPE_ORDER_MASK;
		this.words[at] = rest | (flags << FLAGS_SHIFT);
	}
	addFlags(pfn: Pfn, flags: number): void {
		const at = this.at(pfn) | STATE;
		(this.words[at] as number) |= flags << FLAGS_SHIFT;
	}
	clearFlags(pfn: Pfn, flags: number): void {
		const at = this.at(pfn) | STATE;
		(this.words[at] as number) &= ~(flags << FLAGS_SHIFT);
	}

	/** Order of the block that begins here; valid on the first frame of free, per-CPU and allocated blocks. */
	order(pfn: Pfn): number {
		return (this.words[this.at(pfn) | STATE] as number) & ORDER_MASK;
	}
	/** Migratetype of the list that a free or per-CPU block is on; of an allocated one, the type it was taken as. */
	type(pfn: Pfn): number {
		const state = this.words[this.at(pfn) | STATE] as number;
		return (state & TYPE_ORDER_MASK) >>> TYPE_SHIFT;
	}
	setTypeOrder(pfn: Pfn, type: number, order: number): void {
		const at = this.at(pfn) | STATE;
		const flags = (this.words[at] as number) & ~TYPE_ORDER_MASK;
		this.words[at] = flags | (type << TYPE_SHIFT) | order;
	}

	next(pfn: Pfn): Pfn {
		return this.words[this.at(pfn) | NEXT] as Pfn;
	}
	setNext(pfn: Pfn, to: Pfn): void {
		this.words[this.at(pfn) | NEXT] = to;
	}
	/** The same for a record that was looked up already. */
	nextAt(record: number): Pfn {
		return this.words[record | NEXT] as Pfn;
	}
	setNextAt(record: number, to: Pfn): void {
		this.words[record | NEXT] = to;
	}
	prev(pfn: Pfn): Pfn {
		return this.words[this.at(pfn) | PREV] as Pfn;
	}
	setPrev(pfn: Pfn, to: Pfn): void {
		this.words[this.at(pfn) | PREV] = to;
	}

	/** First frame of the compound block or slab that holds this frame; NIL for other frames. */
	head(pfn: Pfn): Pfn {
		return this.words[this.at(pfn) | HEAD] as Pfn;
	}
	setHead(pfn: Pfn, head: Pfn): void {
		this.words[this.at(pfn) | HEAD] = head;
	}

	/** Per-CPU slot of the cache that owns this slab frame; 0 for other frames. */
	slot(pfn: Pfn): number {
		return this.words[this.at(pfn) | SLOT] as number;
	}
	/** `slot` and `head` of a record that was looked up already, or of no frame at all. */
	slotAt(record: number): number {
		return (this.words[record | SLOT] as number) | 0; // 0 also for what no frame has
	}
	headAt(record: number): Pfn {
		return this.words[record | HEAD] as Pfn;
	}
	setSlot(pfn: Pfn, slot: number): void {
		this.words[this.at(pfn) | SLOT] = slot;
	}

	/** Address of the descriptor of the cache that owns this slab. */
	cache(pfn: Pfn): PhysAddr {
		return this.pointer(this.at(pfn) | CACHE);
	}
	setCache(pfn: Pfn, cache: PhysAddr): void {
		this.setPointer(this.at(pfn) | CACHE, cache);
	}

	/** First free object of the slab that no CPU has taken over; NULL when there is none. */
	freelist(pfn: Pfn): PhysAddr {
		return this.pointer(this.at(pfn) | FREELIST);
	}
	setFreelist(pfn: Pfn, object: PhysAddr): void {
		this.setPointer(this.at(pfn) | FREELIST, object);
	}

	/** Objects of the slab that are not on its own freelist; those on a CPU's freelist count. */
	inuse(pfn: Pfn): number {
		return (this.words[this.at(pfn) | COUNTERS] as number) & INUSE_MASK;
	}
	/** Objects that the slab was cut into. */
	objects(pfn: Pfn): number {
		const counters = this.words[this.at(pfn) | COUNTERS] as number;
		return (counters >>> OBJECTS_SHIFT) & OBJECTS_MASK;
	}
	/** True while the slab belongs to one CPU: its current slab or one of its partial list. */
	frozen(pfn: Pfn): boolean {
		return (this.words[this.at(pfn) | COUNTERS] as number) < 0;
	}
	setCounters(pfn: Pfn, inuse: number, objects: number, frozen: boolean): void {
		this.words[this.at(pfn) | COUNTERS] =
			inuse | (objects << OBJECTS_SHIFT) | (frozen ? FROZEN : 0);
	}

	/**
	 * Makes `object` the first of the slab's free objects and counts it as free; a slab that was full becomes frozen,
	 * for the CPU that frees. The object's link is written to `link[at]`. The caller holds the slab lock.
	 * @param record index of the slab's record (`at`)
	 * @param high high word of the pointer to the object
	 * @returns the counters as they were: negative when the slab was frozen already; 0, and nothing is done, when this
	 * would be the last object of a slab on the node's list
	 */
	pushObject(
		record: number,
		object: PhysAddr,
		high: number,
		link: Int32Array,
		at: number,
	): number {
		const words = this.words;
		const counters = words[record | COUNTERS] as number;
		const priorHigh = words[record | FREELIST_HIGH] as number;
		if ((counters & (FROZEN | INUSE_MASK)) === 1 && priorHigh !== 0) return 0;
		if ((counters & INUSE_MASK) === 0)
			panic("slab: O2 double free, the slab has no object in use");
		if (words[record | FREELIST] === (object | 0) && priorHigh === high)
			panic("slab: O1 double free, object heads its slab's chain");
		link[at] = words[record | FREELIST] as number;
		link[at + 1] = priorHigh;
		words[record | FREELIST] = object;
		words[record | FREELIST_HIGH] = high;
		words[record | COUNTERS] = (counters - 1) | (priorHigh === 0 ? FROZEN : 0);
		return counters;
	}

	/**
	 * Moves the slab's free objects to a CPU: their first pointer goes to `to[at]`, and all of them count as in use. The
	 * slab stays frozen if there were any, else it is full and nobody's. The caller holds the slab lock.
	 * @returns whether there were any
	 */
	moveObjects(record: number, to: Int32Array, at: number): boolean {
		const words = this.words;
		const high = words[record | FREELIST_HIGH] as number;
		const counters = words[record | COUNTERS] as number;
		if (high === 0) {
			words[record | COUNTERS] = counters & ~FROZEN; // all in use already
			return false;
		}
		to[at] = words[record | FREELIST] as number;
		to[at + 1] = high;
		words[record | FREELIST] = 0;
		words[record | FREELIST_HIGH] = 0;
		const objects = (counters >>> OBJECTS_SHIFT) & OBJECTS_MASK;
		words[record | COUNTERS] = objects | (objects << OBJECTS_SHIFT) | FROZEN;
		return true;
	}

	/** Index into `words` of the lock that guards the freelist and counters of the slab at `record`. */
	lockAt(record: number): number {
		return record | LOCK;
	}

	/** Page-table entries that map this frame. */
	mapcount(pfn: Pfn): number {
		return this.words[this.at(pfn) | MAPCOUNT] as number;
	}
	setMapcount(pfn: Pfn, count: number): void {
		this.words[this.at(pfn) | MAPCOUNT] = count;
	}

	/** Users of the block that begins here; 0 when it is free or reserved. */
	refcount(pfn: Pfn): number {
		return this.words[this.at(pfn) | REFCOUNT] as number;
	}
	setRefcount(pfn: Pfn, count: number): void {
		this.words[this.at(pfn) | REFCOUNT] = count;
	}

	/** Calling context in which the block was allocated. */
	context(pfn: Pfn): number {
		return this.words[this.at(pfn) | CONTEXT] as number;
	}
	setContext(pfn: Pfn, node: number): void {
		this.words[this.at(pfn) | CONTEXT] = node;
	}

	/** One word for whoever owns the block: pid of a user page, slabs on a per-CPU list. */
	private_(pfn: Pfn): number {
		return this.words[this.at(pfn) | PRIVATE] as number;
	}
	setPrivate(pfn: Pfn, value: number): void {
		this.words[this.at(pfn) | PRIVATE] = value;
	}

	/** Makes the block that begins here somebody's: one user, no flags. */
	claim(pfn: Pfn, type: number, order: number, context: number): void {
		const words = this.words;
		const record = this.at(pfn);
		words[record | STATE] = (type << TYPE_SHIFT) | order;
		words[record | REFCOUNT] = 1;
		words[record | CONTEXT] = context;
	}

	/**
	 * Drops one user of an allocated block.
	 * @returns users that are left; negative when the block was not allocated or has another order
	 */
	drop(pfn: Pfn, order: number): number {
		const words = this.words;
		const record = this.at(pfn);
		if (((words[record | STATE] as number) & ORDER_MASK) !== order) return -1;
		const left = (words[record | REFCOUNT] as number) - 1;
		if (left >= 0) words[record | REFCOUNT] = left;
		return left;
	}

	/**
	 * Drops the only user of a block of this order without flags.
	 * @returns false, and nothing is done, for every other block
	 */
	dropPlain(pfn: Pfn, order: number): boolean {
		const words = this.words;
		const record = this.at(pfn);
		const state = words[record | STATE] as number;
		if (words[record | REFCOUNT] !== 1 || (state & NOT_TYPE) !== order)
			return false;
		words[record | REFCOUNT] = 0;
		return true;
	}

	/**
	 * `claim` for a single page that heads a per-CPU list.
	 * @returns the page behind it, or NIL
	 */
	claimHead(pfn: Pfn, type: number, context: number): Pfn {
		const words = this.words;
		const record = this.at(pfn);
		words[record | STATE] = type << TYPE_SHIFT;
		words[record | REFCOUNT] = 1;
		words[record | CONTEXT] = context;
		return words[record | NEXT] as Pfn;
	}

	/**
	 * Drops the only user of a single page without flags and parks the page in front of `first`, the head of a per-CPU
	 * list, or NIL.
	 * @returns false, and nothing is done, for every other page
	 */
	parkSingle(pfn: Pfn, type: number, first: Pfn): boolean {
		const words = this.words;
		const record = this.at(pfn);
		const users = record | REFCOUNT;
		const state = record | STATE;
		if (words[users] !== 1 || ((words[state] as number) & NOT_TYPE) !== 0)
			return false;
		words[users] = 0;
		words[state] = ON_PCP | (type << TYPE_SHIFT);
		words[record | NEXT] = first;
		if (first !== 0) words[this.at(first) | PREV] = pfn;
		return true;
	}

	/** Marks a block as waiting on a per-CPU list. */
	park(pfn: Pfn, type: number, order: number): void {
		this.words[this.at(pfn) | STATE] = ON_PCP | (type << TYPE_SHIFT) | order;
	}

	/** Zeroes a record: the frame is reserved, as far as anybody can tell. */
	clear(pfn: Pfn): void {
		const at = this.at(pfn);
		this.words.fill(0, at, at + WORDS);
	}

	private pointer(at: number): PhysAddr {
		const high = this.words[at + 1] as number;
		if (high === 0) return 0 as PhysAddr;
		const low = (this.words[at] as number) >>> 0;
		return ((high - HIGH) * 2 ** 32 + low) as PhysAddr;
	}
	private setPointer(at: number, target: PhysAddr): void {
		this.words[at] = target;
		this.words[at + 1] = target === 0 ? 0 : HIGH + Math.floor(target / 2 ** 32);
	}
}

/** The records of a machine with a large hole in its memory. */
export class PagesWithGap extends Pages {
	/**
	 * @param gapStart first frame of the hole that has no records
	 * @param gapFrames length of that hole
	 */
	constructor(
		words: Int32Array,
		frameCount: number,
		private readonly gapStart: number,
		private readonly gapFrames: number,
	) {
		super(words, frameCount);
	}

	override at(pfn: Pfn): number {
		return (pfn < this.gapStart ? pfn : pfn - this.gapFrames) << RECORD_SHIFT;
	}

	override has(pfn: number): boolean {
		const inGap = pfn >= this.gapStart && pfn < this.gapStart + this.gapFrames;
		return super.has(pfn) && !inGap;
	}
}
