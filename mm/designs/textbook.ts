// The slab allocator of a textbook: slabs cut into objects of one size, each with a list of its free ones.
//
//   cache of 1000-byte objects
//     with room --> slab C --> slab A                   full --> slab B
//                     |
//      memory         v                                        a slab is one page, or the smallest block
//        +----------+----------+----------+----------+--+      that holds one object
//        | in use   | free     | in use   | free     |  |
//        +----------+----------+----------+----------+--+      record of its first frame:
//                     ^    |                ^   |                freelist   first free object
//          freeList --'    `----------------'   `--> NULL        counters   allocatedCount, objectCount
//
//   alloc: the first slab with room; its first free object. None has room: a new slab.
//   free:  to the head of its slab's list. A full slab has room again and becomes the first.
//
// The link to the next free object lies in the object's first word; behind it where a constructor's work must survive.
// A textbook keeps one list and looks for a slab with room. Here the full ones have a list of their own, so that nobody has
// to pass them; the slab that is found is the same.
//
// TB1: a slab with a free object is on the first list, a full one on the second, and both belong to its cache.
// TB2: a slab's free objects are on its list, each once, and allocatedCount is the number of the others.
// TB3: the record's counts are sums over the slabs.
// TB4: no slab is lost: every block that names the cache as its owner is on a list.
//
// kmalloc has ten classes, powers of two from 8 to 4096; more is a block of whole pages. Empty slabs are kept until
// `shrink`. The root and the slabs that hold cache records stay for good.
// Real kernels add what this one lacks: lists of each CPU's own, so that no lock is taken; slabs of several pages, for less
// waste; sizes between the powers of two; and giving empty slabs back unasked.
// [Silberschatz, Galvin, Gagne: Operating System Concepts, section Allocating Kernel Memory; Bonwick 1994]

import {
	COST_NEW_SLAB,
	COST_SHARED_LIST,
	COST_SLOW_ALLOC,
} from "../../hw/costs";
import { panic } from "../../hw/panic";
import {
	asPhys,
	NIL,
	NULL,
	orderFor,
	type Pfn,
	type PhysAddr,
	physOf,
} from "../../hw/units";
import { __GFP_ZERO, GFP_KERNEL } from "../gfp";
import { ZERO_SIZE } from "../kmalloc";
import type { CacheWish } from "../slab-caches";
import type { Constructor } from "../slab-maker";
import {
	BookedAllocator,
	type BookedCache,
	type Say,
} from "./booked-allocator";
import {
	type CacheHead,
	type CacheShape,
	HEAD_BYTES,
	HEAD_OWN,
	ROOT_BYTES,
	RootRecord,
	zoneBits,
} from "./cache-book";
import {
	checkWish,
	type DesignParts,
	type ObjectCache,
	type ObjectUsage,
	roundUp,
	slabsUsage,
} from "./object-allocator";
import type { ObjectFrames } from "./object-frames";

const ROOM = HEAD_OWN; // list anchor, two words: slabs with room
const FULL = HEAD_OWN + 2; // list anchor: slabs without
const RECORD_BYTES = HEAD_BYTES + 32; // a multiple of 32
const MAGIC_WORD = 0x54455854; // "TEXT"
const LINK_BYTES = 8; // a pointer to the next free object
const CLASSES = [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
const CLASS_BYTES_MAX = 4096;
const RECORDS_ID = 1; // of the cache of cache records
const ORDER_MAX = 10; // largest block of the page allocator

/** One slab: a view of its block, made from the first frame's record. */
export class TextbookSlab {
	constructor(
		private readonly parts: DesignParts,
		private readonly head: CacheHead,
		private readonly linkAt: number,
		/** First frame of the block. */
		readonly pfn: Pfn,
	) {}

	/** Where the objects lie. */
	get memory(): PhysAddr {
		return physOf(this.pfn);
	}
	get objectSize(): number {
		return this.head.objectSize;
	}
	get objectCount(): number {
		return this.parts.pages.objects(this.pfn);
	}
	/** First free object; NULL for none. */
	get freeList(): PhysAddr {
		return this.parts.pages.freelist(this.pfn);
	}
	get allocatedCount(): number {
		return this.parts.pages.inuse(this.pfn);
	}

	/** Takes the head of the list, which must not be empty. */
	alloc(): PhysAddr {
		const object = this.freeList;
		this.set(this.next(object), this.allocatedCount + 1);
		return object;
	}

	/** Puts an object at the head of the list. */
	free(object: PhysAddr): void {
		if (object === this.freeList || this.allocatedCount === 0)
			panic("textbook: TB2 double free, object is on its slab's list");
		this.parts.memory.writePointer(asPhys(object + this.linkAt), this.freeList);
		this.set(object, this.allocatedCount - 1);
	}

	/** The free object after `object`. */
	next(object: PhysAddr): PhysAddr {
		return this.parts.memory.readPointer(asPhys(object + this.linkAt));
	}

	/** Whether an object begins at this address of the block. */
	hasObject(address: PhysAddr): boolean {
		const index = Math.floor((address - this.memory) / this.head.size);
		const begins = this.memory + index * this.head.size === address;
		return begins && index < this.objectCount;
	}

	/** Cuts a fresh block: all objects free, chained by rising address. */
	build(construct: Constructor | null): void {
		const { memory } = this.parts;
		const { size, objects } = this.head;
		let next: PhysAddr = NULL;
		for (let i = objects - 1; i >= 0; i--) {
			const object = asPhys(this.memory + i * size);
			construct?.(object, memory);
			memory.writePointer(asPhys(object + this.linkAt), next);
			next = object;
		}
		this.parts.pages.setCounters(this.pfn, 0, objects, false);
		this.parts.pages.setFreelist(this.pfn, next);
	}

	private set(freeList: PhysAddr, allocated: number): void {
		this.parts.pages.setFreelist(this.pfn, freeList);
		this.parts.pages.setCounters(this.pfn, allocated, this.objectCount, false);
	}
}

/** Slabs of one object size. */
export class TextbookCache implements BookedCache {
	readonly objectSize: number;
	private readonly words: Int32Array;
	private readonly linkAt: number;

	constructor(
		private readonly parts: DesignParts,
		private readonly frames: ObjectFrames,
		readonly head: CacheHead,
		private readonly construct: Constructor | null,
	) {
		this.objectSize = head.objectSize;
		this.words = head.words;
		this.linkAt = construct === null ? 0 : roundUp(head.objectSize, LINK_BYTES);
	}

	get name(): string {
		return this.head.name;
	}
	get address(): PhysAddr {
		return this.head.address;
	}

	alloc(gfp: number): PhysAddr {
		const { locks, lists, turn } = this.parts;
		turn.cpu.charge(COST_SHARED_LIST);
		locks.lock(this.words, this.head.lockAt);
		let pfn = lists.head(this.words, ROOM);
		if (pfn === NIL) {
			locks.unlock(this.words, this.head.lockAt); // nothing is held while pages are asked for
			pfn = this.make(gfp);
			if (pfn === NIL) return NULL;
			locks.lock(this.words, this.head.lockAt);
			lists.pushHead(this.words, ROOM, pfn);
			this.head.addSlabs(1, this.head.objects);
		}
		const slab = this.slab(pfn);
		const object = slab.alloc();
		this.head.addActive(1);
		if (slab.freeList === NULL) this.move(pfn, ROOM, FULL);
		locks.unlock(this.words, this.head.lockAt);
		if ((gfp & __GFP_ZERO) !== 0 && this.construct === null)
			this.parts.memory.fill(object, this.objectSize, 0);
		return object;
	}

	free(object: PhysAddr): void {
		const { pages } = this.parts;
		const pfn = this.frames.headOf(object);
		if (pfn === NIL || pages.cache(pfn) !== this.head.address)
			panic(`textbook: OA3 ${this.name} has no slab there`);
		this.freeIn(pfn, object);
	}

	/** Frees an object of the slab that begins at `pfn`, which is this cache's. */
	freeIn(pfn: Pfn, object: PhysAddr): void {
		const { locks, turn } = this.parts;
		const slab = this.slab(pfn);
		if (!slab.hasObject(object))
			panic(`textbook: TB2 no object of ${this.name} begins there`);
		turn.cpu.charge(COST_SHARED_LIST);
		locks.lock(this.words, this.head.lockAt);
		const wasFull = slab.freeList === NULL;
		slab.free(object);
		this.head.addActive(-1);
		if (wasFull) this.move(pfn, FULL, ROOM);
		locks.unlock(this.words, this.head.lockAt);
	}

	/** The slab whose first frame is `pfn`. */
	slab(pfn: Pfn): TextbookSlab {
		return new TextbookSlab(this.parts, this.head, this.linkAt, pfn);
	}

	usage(): ObjectUsage {
		const { name, objectSize, active, total, slabs, order } = this.head;
		const pages = slabs * 2 ** order;
		const internal = this.head.id === RECORDS_ID;
		return slabsUsage({
			name,
			objectSize,
			active,
			total,
			slabs,
			pages,
			internal,
		});
	}

	/** Gives empty slabs back. */
	shrink(): void {
		const { locks, lists, pages } = this.parts;
		const empty: Pfn[] = [];
		locks.lock(this.words, this.head.lockAt);
		lists.each(this.words, ROOM, (pfn) => {
			if (pages.inuse(pfn) > 0) return true;
			lists.remove(this.words, ROOM, pfn);
			this.head.addSlabs(-1, -this.head.objects);
			empty.push(pfn);
			return true;
		});
		locks.unlock(this.words, this.head.lockAt);
		for (const pfn of empty) this.frames.give(pfn);
	}

	/** TB1 to TB4; `owned` are the blocks that name this cache. */
	check(owned: readonly Pfn[], say: Say): void {
		const { name, head } = this;
		const listed = new Set<Pfn>();
		let active = 0;
		for (const anchor of [ROOM, FULL])
			this.parts.lists.each(this.words, anchor, (pfn) => {
				if (listed.has(pfn)) {
					say(`TB1: slab ${pfn} of ${name} is listed twice`);
					return false;
				}
				listed.add(pfn);
				active += this.checkSlab(pfn, anchor, say);
				return true;
			});
		for (const pfn of owned)
			if (!listed.has(pfn)) say(`TB4: slab ${pfn} of ${name} is on no list`);
		const total = listed.size * head.objects;
		if (
			head.slabs !== listed.size ||
			head.total !== total ||
			head.active !== active
		)
			say(
				`TB3: ${name} counts ${head.slabs} slabs, ${head.total} objects, ${head.active} in use; there are ${listed.size}, ${total}, ${active}`,
			);
	}

	/** Returns the objects in use of one slab. */
	private checkSlab(pfn: Pfn, anchor: number, say: Say): number {
		const { name } = this;
		const slab = this.slab(pfn);
		if (this.parts.pages.cache(pfn) !== this.head.address)
			say(`TB1: slab ${pfn} on a list of ${name} is another's`);
		if ((slab.freeList === NULL) !== (anchor === FULL))
			say(`TB1: slab ${pfn} of ${name} is on the wrong list`);
		const free = new Set<PhysAddr>();
		let at = slab.freeList;
		while (at !== NULL && slab.hasObject(at) && !free.has(at)) {
			free.add(at);
			at = slab.next(at);
		}
		if (at !== NULL)
			say(`TB2: the list of slab ${pfn} of ${name} does not end`);
		if (slab.allocatedCount !== slab.objectCount - free.size)
			say(
				`TB2: slab ${pfn} of ${name} counts ${slab.allocatedCount} objects in use; ${free.size} of ${slab.objectCount} are free`,
			);
		return slab.allocatedCount;
	}

	/** A new slab that is on no list yet; NIL when there is no memory. */
	private make(gfp: number): Pfn {
		const { order, address, id } = this.head;
		const flags = gfp | this.head.gfp;
		this.parts.turn.cpu.charge(COST_SLOW_ALLOC);
		const pfn = this.frames.takeForObjects(order, flags, address, id);
		if (pfn === NIL) return NIL;
		this.slab(pfn).build(this.construct);
		this.parts.turn.cpu.charge(COST_NEW_SLAB);
		return pfn;
	}

	private move(pfn: Pfn, from: number, to: number): void {
		this.parts.lists.remove(this.words, from, pfn);
		this.parts.lists.pushHead(this.words, to, pfn);
	}
}

/** The whole design. */
export class Textbook extends BookedAllocator<TextbookCache> {
	readonly name = "textbook";

	private constructor(parts: DesignParts, root: RootRecord) {
		super(
			parts,
			root,
			RECORD_BYTES,
			(frames) => (head, ctor) => new TextbookCache(parts, frames, head, ctor),
		);
	}

	/** Makes an allocator: its root page, with the records of the first caches. Null when there is no page. */
	static create(parts: DesignParts, gfp: number): Textbook | null {
		const pfn = parts.allocator.allocPages(0, gfp);
		if (pfn === NIL) return null;
		const root = new RootRecord(parts.memory, physOf(pfn));
		root.init(MAGIC_WORD, 0);
		const design = new Textbook(parts, root);
		design.enterFirst(0, "cache-records", RECORD_BYTES);
		CLASSES.forEach((bytes, index) => {
			design.enterFirst(index + 1, `bytes-${bytes}`, bytes);
		});
		return design;
	}

	/** Views of the allocator whose root lies at `rootAddress`. */
	static attach(parts: DesignParts, rootAddress: PhysAddr): Textbook {
		const root = new RootRecord(parts.memory, rootAddress);
		root.expect(MAGIC_WORD, "textbook");
		return new Textbook(parts, root);
	}

	createCache(wish: CacheWish): ObjectCache | null {
		checkWish(wish);
		const shape = textbookShape(wish);
		if (shape.order > ORDER_MAX) return null;
		const record = this.first(0).alloc(GFP_KERNEL);
		return record === NULL ? null : this.book.enter(record, shape, wish.ctor);
	}

	kmalloc(bytes: number, gfp: number): PhysAddr {
		if (bytes === 0) return ZERO_SIZE;
		if (!(bytes > 0 && bytes <= CLASS_BYTES_MAX))
			return this.large.alloc(bytes, gfp);
		const index = bytes <= 8 ? 1 : 30 - Math.clz32(bytes - 1); // 9 .. 16 -> 2
		return this.first(index).alloc(gfp);
	}

	/** One of the caches whose records lie in the root page. */
	private first(index: number): TextbookCache {
		return this.book.find(index + 1, this.firstAt(index)) as TextbookCache;
	}
	private firstAt(index: number): PhysAddr {
		return asPhys(this.rootAddress + ROOT_BYTES + index * RECORD_BYTES);
	}
	private enterFirst(index: number, name: string, size: number): void {
		const align = (size & (size - 1)) === 0 ? size : LINK_BYTES;
		const shape = textbookShape({ name, size, align });
		this.book.enter(this.firstAt(index), shape);
	}
}

/** The numbers of a cache: one object in the smallest block that holds it, and as many more as fit. */
function textbookShape(wish: CacheWish): CacheShape {
	const align = Math.max(wish.align ?? 0, LINK_BYTES);
	const link = wish.ctor === undefined ? 0 : LINK_BYTES;
	const size = roundUp(roundUp(wish.size, LINK_BYTES) + link, align);
	const order = orderFor(size);
	const objects = Math.floor((4096 * 2 ** order) / size);
	const gfp = zoneBits(wish);
	const { name, size: objectSize } = wish;
	return { name, objectSize, size, align, order, objects, gfp };
}

/** The first records fit the root page. */
if (ROOT_BYTES + (CLASSES.length + 1) * RECORD_BYTES > 4096)
	panic("textbook: the first records do not fit the root page");
