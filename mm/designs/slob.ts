// SLOB, a simple list of blocks: first fit, in pages that hold whatever fits.
//
//   three lists of pages with free units, by the size of what is asked for
//     below 256 bytes    small  --> page --> page --> page          the search begins where the last one ended: the list is
//     below 1024         medium --> page                            turned so that the page which served comes first
//     up to a page       large  --> page --> page
//
//   a page, 512 units of 8 bytes                                          record of its frame
//        +--------+-----------+------+--------+----------------+----+       freelist   first free block
//        | in use | free, 3   | used | header | object of      |free|       counters   units in use, 512
//        |        | next -.   |      | bytes  | kmalloc        |    |       private    number of its list
//        +--------+-------|---+------+--------+----------------+----+
//                    ^    `-------------------------------------^
//   a free block   word 0: units   word 1: number of the next free block's first unit; 512 for none
//   an object of kmalloc has a unit in front that says how many bytes were asked for; an object of a cache has none, because
//   its cache knows: it can be freed to its cache only.
//
//   alloc   first page of the list with enough free units, first block in it that is large enough; the rest stays free
//   free    back into the page's chain by address, joined with its neighbours; an empty page is given back at once; a page
//           that was full goes to the list of the size that was freed
//
// SB1: a page's free blocks are in order of address, never touch, and are the units that are not in use.
// SB2: a page with free units is on the list that its record names, a full one on none; no page is empty.
// SB3: the root counts the pages, and the units of them that are in use.
// Larger requests, and large objects of caches, are blocks of whole pages. Constructors run at every allocation, for a free
// object's bytes are overwritten.
//
// Linux counts in units of 2 bytes, but aligns to 8 on this machine, and so wastes the same; from 5.4 on it also aligns
// powers of two to their size, which is not done here. Linux has had no SLOB since 6.4.
// One lock guards everything: SLOB was made for small machines with one CPU.
// [mm/slob.c slob_alloc, slob_page_alloc, slob_free, __kmalloc; Knuth: The Art of Computer Programming 1, section 2.5]

import {
	COST_LIST_STEP,
	COST_NEW_SLAB,
	COST_SHARED_LIST,
} from "../../hw/costs";
import { panic } from "../../hw/panic";
import {
	asPhys,
	NIL,
	NULL,
	orderFor,
	type Pfn,
	type PhysAddr,
	pfnOf,
	physOf,
} from "../../hw/units";
import { __GFP_ZERO, GFP_KERNEL } from "../gfp";
import { ZERO_SIZE } from "../kmalloc";
import type { CacheWish } from "../slab-caches";
import type { Constructor } from "../slab-maker";
import type { Say } from "./booked-allocator";
import {
	CacheBook,
	type CacheHead,
	HEAD_BYTES,
	ROOT_OWN,
	RootRecord,
	zoneBits,
} from "./cache-book";
import { LargeBlocks } from "./large-blocks";
import {
	checkWish,
	type DesignParts,
	type ObjectAllocator,
	type ObjectCache,
	type ObjectUsage,
	roundUp,
	type SlabCounts,
} from "./object-allocator";
import { LARGE, ObjectFrames } from "./object-frames";

const MAGIC_WORD = 0x534c4f42; // "SLOB"
const UNIT = 8; // bytes
const PAGE_UNITS = 512;
const END = PAGE_UNITS; // ends a page's chain of free blocks
const SMALL_BYTES = 256; // sizes below go to the first list
const MEDIUM_BYTES = 1024; // sizes below to the second
const LISTS = 3; // numbered from 1; 0 is LARGE
// Words of the root.
const LOCK = ROOT_OWN;
const PAGES = ROOT_OWN + 1;
const OBJECTS = ROOT_OWN + 2; // of kmalloc
const USED = ROOT_OWN + 3; // units in use
const ANCHORS = ROOT_OWN + 4; // two words for each list

/** List that serves a size in bytes. */
const listFor = (bytes: number): number =>
	bytes < SMALL_BYTES ? 1 : bytes < MEDIUM_BYTES ? 2 : 3;
const unitsFor = (bytes: number): number => Math.ceil(bytes / UNIT);
const anchorOf = (list: number): number => ANCHORS + (list - 1) * 2;

/** The pages that hold blocks, and the blocks in them. */
export class SlobHeap {
	private readonly words: Int32Array;

	constructor(
		private readonly parts: DesignParts,
		private readonly frames: ObjectFrames,
		private readonly root: RootRecord,
	) {
		this.words = root.words;
	}

	/** Pages held. */
	get pages(): number {
		return this.words[PAGES] as number;
	}

	/** Units of those pages that are in use. */
	get usedUnits(): number {
		return this.words[USED] as number;
	}

	/** A block of at least `bytes`, at most a page, at a multiple of `align`; 0 when there is no memory. */
	alloc(bytes: number, align: number, gfp: number): PhysAddr {
		const { locks, turn } = this.parts;
		const list = listFor(bytes);
		const units = unitsFor(bytes);
		turn.cpu.charge(COST_SHARED_LIST);
		locks.lock(this.words, LOCK);
		let block = this.search(list, units, align);
		locks.unlock(this.words, LOCK);
		if (block !== NULL) return block;
		const pfn = this.newPage(list, gfp);
		if (pfn === NIL) return NULL;
		locks.lock(this.words, LOCK);
		this.parts.lists.pushHead(this.words, anchorOf(list), pfn);
		this.words[PAGES] = (this.words[PAGES] as number) + 1;
		block = this.takeFrom(pfn, list, units, align);
		locks.unlock(this.words, LOCK);
		return block;
	}

	/** Frees `bytes` at `block`, which `alloc` gave for as many. */
	free(block: PhysAddr, bytes: number): void {
		const { pages, lists, locks, turn } = this.parts;
		const pfn = pfnOf(block);
		const units = unitsFor(bytes);
		turn.cpu.charge(COST_SHARED_LIST);
		locks.lock(this.words, LOCK);
		const used = pages.inuse(pfn);
		this.insert(pfn, block, units);
		pages.setCounters(pfn, used - units, PAGE_UNITS, false);
		this.words[USED] = this.usedUnits - units;
		if (used === PAGE_UNITS) {
			pages.setPrivate(pfn, listFor(bytes));
			lists.pushHead(this.words, anchorOf(listFor(bytes)), pfn);
		}
		const isEmpty = used === units;
		if (isEmpty) {
			lists.remove(this.words, anchorOf(pages.private_(pfn)), pfn);
			this.words[PAGES] = (this.words[PAGES] as number) - 1;
		}
		locks.unlock(this.words, LOCK);
		if (isEmpty) this.frames.give(pfn);
	}

	/** Whether `address` lies in a page of blocks of this design. */
	holds(address: PhysAddr): boolean {
		const pfn = this.frames.headOf(address);
		if (pfn === NIL) return false;
		const { pages } = this.parts;
		const isOurs = pages.cache(pfn) === this.root.address;
		return isOurs && pages.private_(pfn) !== LARGE;
	}

	/** First frames of the pages on a list, in the order in which they are searched. */
	listed(list: number): Pfn[] {
		const found: Pfn[] = [];
		this.parts.lists.each(this.words, anchorOf(list), (pfn) => {
			found.push(pfn);
			return found.length <= this.pages;
		});
		return found;
	}

	/** Free blocks of a page as [first unit, units], lowest first. */
	freeBlocks(pfn: Pfn): [number, number][] {
		const found: [number, number][] = [];
		let at = this.parts.pages.freelist(pfn);
		while (at !== NULL && found.length < PAGE_UNITS) {
			found.push([(at - physOf(pfn)) / UNIT, this.units(at)]);
			at = this.next(at);
		}
		return found;
	}

	/** SB1 to SB3; `owned` are the pages that name this design. */
	check(owned: readonly Pfn[], say: Say): void {
		const listed = new Map<Pfn, number>();
		for (let list = 1; list <= LISTS; list++)
			for (const pfn of this.listed(list)) {
				if (listed.has(pfn)) say(`SB2: page ${pfn} is listed twice`);
				listed.set(pfn, list);
			}
		for (const pfn of owned) this.checkPage(pfn, listed.get(pfn) ?? 0, say);
		const known = new Set(owned);
		for (const pfn of listed.keys())
			if (!known.has(pfn)) say(`SB2: listed page ${pfn} is none of slob's`);
		if (this.pages !== owned.length)
			say(`SB3: ${this.pages} pages are counted, ${owned.length} were found`);
		let used = 0;
		for (const pfn of owned) used += this.parts.pages.inuse(pfn);
		if (this.usedUnits !== used)
			say(
				`SB3: ${this.usedUnits} units in use are counted, ${used} were found`,
			);
	}

	private checkPage(pfn: Pfn, list: number, say: Say): void {
		const { pages } = this.parts;
		let free = 0;
		let end = -1;
		for (const [first, units] of this.freeBlocks(pfn)) {
			if (first <= end || units < 1 || first + units > PAGE_UNITS)
				say(`SB1: page ${pfn} has a free block of ${units} units at ${first}`);
			free += units;
			end = first + units;
		}
		if (pages.inuse(pfn) + free !== PAGE_UNITS)
			say(
				`SB1: page ${pfn} counts ${pages.inuse(pfn)} units in use, and ${free} are free`,
			);
		const right = free === 0 ? 0 : pages.private_(pfn);
		if (list !== right)
			say(`SB2: page ${pfn} is on list ${list}, not on ${right}`);
		if (free === PAGE_UNITS) say(`SB2: page ${pfn} is empty`);
	}

	/** First fit, from the page that served last; that page becomes the first of its list. */
	private search(list: number, units: number, align: number): PhysAddr {
		const { pages, turn } = this.parts;
		let steps = 0;
		let block: PhysAddr = NULL;
		let pfn = this.words[anchorOf(list)] as Pfn;
		for (; pfn !== NIL && block === NULL; pfn = pages.next(pfn)) {
			steps++;
			if (PAGE_UNITS - pages.inuse(pfn) < units) continue;
			block = this.takeFrom(pfn, list, units, align);
			if (block !== NULL) break; // the page may be on no list any more
		}
		turn.cpu.charge(steps * COST_LIST_STEP);
		return block;
	}

	/** Takes units from a page of a list; 0 when no free block of it is large enough. */
	private takeFrom(
		pfn: Pfn,
		list: number,
		units: number,
		align: number,
	): PhysAddr {
		const { pages, lists } = this.parts;
		const block = this.takeUnits(pfn, units, align);
		if (block === NULL) return block;
		const used = pages.inuse(pfn) + units;
		pages.setCounters(pfn, used, PAGE_UNITS, false);
		this.words[USED] = this.usedUnits + units;
		this.turnTo(anchorOf(list), pfn);
		if (used === PAGE_UNITS) lists.remove(this.words, anchorOf(list), pfn);
		return block;
	}

	private takeUnits(pfn: Pfn, units: number, align: number): PhysAddr {
		let before: PhysAddr = NULL;
		let at = this.parts.pages.freelist(pfn);
		let steps = 0;
		while (at !== NULL) {
			const skipped = (roundUp(at, align) - at) / UNIT;
			if (this.units(at) >= skipped + units) break;
			before = at;
			at = this.next(at);
			steps++;
		}
		this.parts.turn.cpu.charge(steps * COST_LIST_STEP);
		return at === NULL ? at : this.cut(pfn, before, at, units, align);
	}

	/** Cuts units out of a free block; what lies before and behind them stays free. */
	private cut(
		pfn: Pfn,
		before: PhysAddr,
		block: PhysAddr,
		units: number,
		align: number,
	): PhysAddr {
		const object = asPhys(roundUp(block, align));
		const skipped = (object - block) / UNIT;
		const rest = this.units(block) - skipped - units;
		let next = this.next(block);
		if (rest > 0) {
			const tail = asPhys(object + units * UNIT);
			this.setBlock(tail, rest, next);
			next = tail;
		}
		if (skipped > 0) {
			this.setBlock(block, skipped, next);
			next = block;
		}
		this.link(pfn, before, next);
		return object;
	}

	/** Puts a block into the page's chain at its place, joined with the free blocks that it touches. */
	private insert(pfn: Pfn, block: PhysAddr, units: number): void {
		let before: PhysAddr = NULL;
		let next = this.parts.pages.freelist(pfn);
		let steps = 0;
		while (next !== NULL && next < block) {
			before = next;
			next = this.next(next);
			steps++;
		}
		this.parts.turn.cpu.charge(steps * COST_LIST_STEP);
		const end = block + units * UNIT;
		const endBefore = before === NULL ? 0 : before + this.units(before) * UNIT;
		if (endBefore > block || (next !== NULL && end > next))
			panic("slob: SB1 double free, the block is free");
		let size = units;
		let follower = next;
		if (end === next) {
			size += this.units(next);
			follower = this.next(next);
		}
		if (endBefore === block) {
			this.setBlock(before, this.units(before) + size, follower);
			return;
		}
		this.setBlock(block, size, follower);
		this.link(pfn, before, block);
	}

	/** A page that is one free block and on no list; NIL when there is none to be had. */
	private newPage(list: number, gfp: number): Pfn {
		const pfn = this.frames.takeForObjects(0, gfp, this.root.address, list);
		if (pfn === NIL) return NIL;
		this.setBlock(physOf(pfn), PAGE_UNITS, NULL);
		this.parts.pages.setFreelist(pfn, physOf(pfn));
		this.parts.pages.setCounters(pfn, 0, PAGE_UNITS, false);
		this.parts.turn.cpu.charge(COST_NEW_SLAB);
		return pfn;
	}

	/** Turns a list so that it begins with `pfn`: what was before it comes last. */
	private turnTo(anchor: number, pfn: Pfn): void {
		const { words } = this;
		const { pages } = this.parts;
		const head = words[anchor] as Pfn;
		if (head === pfn) return;
		const tail = words[anchor + 1] as Pfn;
		const last = pages.prev(pfn);
		pages.setNext(tail, head);
		pages.setPrev(head, tail);
		pages.setNext(last, NIL);
		pages.setPrev(pfn, NIL);
		words[anchor] = pfn;
		words[anchor + 1] = last;
	}

	private link(pfn: Pfn, before: PhysAddr, next: PhysAddr): void {
		if (before === NULL) this.parts.pages.setFreelist(pfn, next);
		else this.setBlock(before, this.units(before), next);
	}

	private units(block: PhysAddr): number {
		return this.parts.memory.readU32(block);
	}
	private next(block: PhysAddr): PhysAddr {
		const unit = this.parts.memory.readU32(asPhys(block + 4));
		return unit === END ? NULL : asPhys(physOf(pfnOf(block)) + unit * UNIT);
	}
	private setBlock(block: PhysAddr, units: number, next: PhysAddr): void {
		const { memory } = this.parts;
		memory.writeU32(block, units);
		const unit = next === NULL ? END : (next & 4095) / UNIT;
		memory.writeU32(asPhys(block + 4), unit);
	}
}

/** Objects of one size among all the others. */
export class SlobCache implements ObjectCache {
	readonly objectSize: number;

	constructor(
		private readonly parts: DesignParts,
		private readonly heap: SlobHeap,
		private readonly large: LargeBlocks,
		private readonly frames: ObjectFrames,
		readonly head: CacheHead,
		private readonly construct: Constructor | null,
	) {
		this.objectSize = head.objectSize;
	}

	get name(): string {
		return this.head.name;
	}
	get address(): PhysAddr {
		return this.head.address;
	}

	alloc(gfp: number): PhysAddr {
		const { size, align } = this.head;
		const flags = gfp | this.head.gfp;
		const object =
			size < 4096
				? this.heap.alloc(size, align, flags)
				: this.large.alloc(size, flags);
		if (object === NULL) return object;
		this.count(1);
		if (this.construct !== null) this.construct(object, this.parts.memory);
		else if ((gfp & __GFP_ZERO) !== 0)
			this.parts.memory.fill(object, this.objectSize, 0);
		return object;
	}

	free(object: PhysAddr): void {
		const { size, align } = this.head;
		const isSmall = size < 4096;
		if (this.heap.holds(object) !== isSmall || object % align !== 0)
			panic(`slob: OA3 ${this.name} has no object there`);
		if (isSmall) this.heap.free(object, size);
		else this.large.free(this.frames.headOf(object), object);
		this.count(-1);
	}

	usage(): ObjectUsage {
		const { name, objectSize, active, size } = this.head;
		const wasted = size < 4096 ? active * (size - objectSize) : 0;
		return {
			name,
			objectSize,
			active,
			total: active,
			slabs: 0,
			pages: 0,
			wasted,
			free: 0,
			internal: false,
		};
	}

	private count(objects: number): void {
		const { locks } = this.parts;
		locks.lock(this.head.words, this.head.lockAt);
		this.head.addActive(objects);
		locks.unlock(this.head.words, this.head.lockAt);
	}
}

/** The whole design. */
export class Slob implements ObjectAllocator {
	readonly name = "slob";
	readonly heap: SlobHeap;
	private readonly book: CacheBook<SlobCache>;
	private readonly frames: ObjectFrames;
	private readonly large: LargeBlocks;
	private readonly words: Int32Array;

	private constructor(
		private readonly parts: DesignParts,
		private readonly root: RootRecord,
	) {
		this.words = root.words;
		this.frames = new ObjectFrames(parts, root);
		this.large = new LargeBlocks(parts, this.frames, root);
		this.heap = new SlobHeap(parts, this.frames, root);
		this.book = new CacheBook(
			parts.memory,
			parts.locks,
			root,
			HEAD_BYTES,
			(head, ctor) =>
				new SlobCache(parts, this.heap, this.large, this.frames, head, ctor),
		);
	}

	/** Makes an allocator: its root page. Null when there is none. */
	static create(parts: DesignParts, gfp: number): Slob | null {
		const pfn = parts.allocator.allocPages(0, gfp);
		if (pfn === NIL) return null;
		const root = new RootRecord(parts.memory, physOf(pfn));
		root.init(MAGIC_WORD, 0);
		return new Slob(parts, root);
	}

	/** Views of the allocator whose root lies at `rootAddress`. */
	static attach(parts: DesignParts, rootAddress: PhysAddr): Slob {
		const root = new RootRecord(parts.memory, rootAddress);
		root.expect(MAGIC_WORD, "slob");
		return new Slob(parts, root);
	}

	get rootAddress(): PhysAddr {
		return this.root.address;
	}

	createCache(wish: CacheWish): ObjectCache | null {
		checkWish(wish);
		const align = Math.max(wish.align ?? 0, UNIT);
		const size = roundUp(wish.size, UNIT);
		const record = this.heap.alloc(HEAD_BYTES, UNIT, GFP_KERNEL);
		if (record === NULL) return null;
		const order = size < 4096 ? 0 : orderFor(size);
		const { name, size: objectSize } = wish;
		const gfp = zoneBits(wish);
		const shape = { name, objectSize, size, align, order, objects: 1, gfp };
		return this.book.enter(record, shape, wish.ctor);
	}

	caches(): readonly SlobCache[] {
		return this.book.all();
	}

	kmalloc(bytes: number, gfp: number): PhysAddr {
		if (bytes === 0) return ZERO_SIZE;
		if (!(bytes > 0 && bytes < 4096 - UNIT))
			return this.large.alloc(bytes, gfp);
		const block = this.heap.alloc(bytes + UNIT, UNIT, gfp);
		if (block === NULL) return block;
		this.parts.memory.writeU32(block, bytes);
		this.count(1);
		const object = asPhys(block + UNIT);
		if ((gfp & __GFP_ZERO) !== 0) this.parts.memory.fill(object, bytes, 0);
		return object;
	}

	kfree(address: PhysAddr): void {
		if (address === NULL || address === ZERO_SIZE) return;
		if (!this.heap.holds(address)) {
			this.large.free(this.largeBlock(address), address);
			return;
		}
		const bytes = this.asked(address);
		this.heap.free(asPhys(address - UNIT), bytes + UNIT);
		this.count(-1);
	}

	ksize(address: PhysAddr): number {
		if (address === NULL || address === ZERO_SIZE) return 0;
		if (this.heap.holds(address)) return roundUp(this.asked(address), UNIT);
		return this.large.bytesOf(this.largeBlock(address));
	}

	usage(): ObjectUsage[] {
		const { pages } = this.heap;
		const active = this.words[OBJECTS] as number;
		const caches = this.caches();
		const heap: ObjectUsage = {
			name: "heap",
			objectSize: 0,
			active,
			total: active,
			slabs: pages,
			pages,
			wasted: active * UNIT + caches.length * HEAD_BYTES, // headers, and records of caches
			free: pages * 4096 - this.heap.usedUnits * UNIT,
			internal: false,
		};
		let ofCaches = 0; // large blocks that are objects of caches, and counted there
		for (const { head } of caches)
			if (head.size >= 4096) ofCaches += head.active;
		const large = this.large.usage();
		const others = large.active - ofCaches;
		return [
			...caches.map((cache) => cache.usage()),
			heap,
			{ ...large, active: others, total: others },
			this.large.rootUsage(),
		];
	}

	slabCounts(): SlabCounts {
		return { made: this.root.slabsMade, discarded: this.root.slabsGiven };
	}

	check(): string[] {
		const broken: string[] = [];
		const say = (sentence: string): void => {
			broken.push(sentence);
		};
		const heap: Pfn[] = [];
		const large: Pfn[] = [];
		this.frames.each((pfn, owner) => {
			if (owner !== this.rootAddress) return;
			if (this.parts.pages.private_(pfn) === LARGE) large.push(pfn);
			else heap.push(pfn);
		});
		this.heap.check(heap, say);
		this.large.check(large, say);
		return broken;
	}

	/** There is nothing to do: empty pages are given back at once. */
	shrink(): void {}

	/** Bytes that were asked for at an address of a page of blocks. */
	private asked(address: PhysAddr): number {
		const offset = address & 4095;
		const isPlace = offset >= UNIT && (offset & (UNIT - 1)) === 0;
		const bytes = isPlace
			? this.parts.memory.readU32(asPhys(address - UNIT))
			: 0;
		if (bytes === 0 || offset + bytes > 4096)
			panic(`kfree: OA3 nothing was allocated at 0x${address.toString(16)}`);
		return bytes;
	}

	private largeBlock(address: PhysAddr): Pfn {
		const { pages } = this.parts;
		const head = this.frames.headOf(address);
		if (head === NIL || pages.cache(head) !== this.rootAddress)
			panic(`kfree: OA3 nothing was allocated at 0x${address.toString(16)}`);
		return head;
	}

	private count(objects: number): void {
		this.parts.locks.add(this.words, OBJECTS, objects);
	}
}
