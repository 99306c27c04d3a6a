// The caches of a design, as records in RAM: one root, and a chain of cache records behind it.
//
//   root, 128 bytes at the beginning of the root block
//   word   0       1      2 .. 3   4        5              6              7             8 .. 15   16 .. 31
//       +-------+------+--------+--------+--------------+--------------+-------------+--------+---------------+
//       | magic | lock | newest | caches | large blocks | large frames | root order  | slabs  | the design's  |
//       +-------+------+--------+--------+--------------+--------------+-------------+--------+---------------+
//          |                                                                           8: made, 9: given back
//          newest --older--> ... --older--> first cache
//
//   head of a cache record, 128 bytes; what is behind it is the design's
//   word   0      1    2        3      4       5       6         7      8 .. 9   10    11      12      13
//       +------+----+--------+------+-------+-------+---------+------+--------+-----+-------+-------+--------+
//       | lock | id | object | size | align | order | objects | ctor | older  | gfp | slabs | total | active |
//       +------+----+--------+------+-------+-------+---------+------+--------+-----+-------+-------+--------+
//   word 16 .. 31: name, ASCII, at most 63 characters
//
//   object: bytes a user may write. size: from one object to the next. objects: in one slab. ctor: number of the constructor.
//   gfp: zone bits of the slabs. slabs, total, active: slabs held, objects cut, objects in use.
//
// BK1: the chain holds every cache once, newest first; ids count from 1 in the order of creation.
// BK2: a view exists for each record that was met, made from the record alone.
// A constructor is code and cannot lie in RAM: its number does, and a thread that does not know the code panics when it
// would have to run it. Number 1 is the one that does nothing, which every thread knows.

import type { Locks } from "../../hw/lock";
import type { PhysicalMemory } from "../../hw/memory";
import { panic } from "../../hw/panic";
import { asPhys, NULL, type PhysAddr } from "../../hw/units";
import { __GFP_DMA, __GFP_DMA32 } from "../gfp";
import { type CacheWish, constructNothing } from "../slab-caches";
import { SLAB_CACHE_DMA, SLAB_CACHE_DMA32 } from "../slab-geometry";
import type { Constructor } from "../slab-maker";

const MAGIC = 0;
const ROOT_LOCK = 1;
const NEWEST_BYTE = 2 * 4;
const CACHES = 4;
const LARGE_BLOCKS = 5;
const LARGE_FRAMES = 6;
const ROOT_ORDER = 7;
const SLABS_MADE = 8;
const SLABS_GIVEN = 9;
const ROOT_WORDS = 32;
/** First word of the root that is the design's own. */
export const ROOT_OWN = 16;
/** Bytes of the root; the design's first records may lie behind it. */
export const ROOT_BYTES = ROOT_WORDS * 4;

const LOCK = 0;
const ID = 1;
const OBJECT_SIZE = 2;
const SIZE = 3;
const ALIGN = 4;
const ORDER = 5;
const OBJECTS = 6;
const CTOR = 7;
const OLDER_BYTE = 8 * 4;
const GFP = 10;
const SLABS = 11;
const TOTAL = 12;
const ACTIVE = 13;
const NAME_BYTE = 16 * 4;
const NAME_LIMIT = 64;
/** First word of a cache record that is the design's own. */
export const HEAD_OWN = 32;
/** Bytes of the head of a cache record. */
export const HEAD_BYTES = HEAD_OWN * 4;

/** The root of a design in RAM. */
export class RootRecord {
	/** Words of the root; the lock of the chain is at `lockAt`. */
	readonly words: Int32Array;
	readonly lockAt = ROOT_LOCK;

	constructor(
		private readonly memory: PhysicalMemory,
		readonly address: PhysAddr,
	) {
		this.words = memory.wordsAt(address, ROOT_WORDS);
	}

	/** Fills a fresh root; `magic` tells the designs apart. */
	init(magic: number, order: number): void {
		this.words.fill(0);
		this.words[MAGIC] = magic;
		this.words[ROOT_ORDER] = order;
	}
	/** Makes sure that the root of the right design lies here. */
	expect(magic: number, design: string): void {
		if (this.words[MAGIC] !== magic)
			panic(
				`${design}: BK1 there is no root at 0x${this.address.toString(16)}`,
			);
	}

	get newest(): PhysAddr {
		return this.memory.readPointer(asPhys(this.address + NEWEST_BYTE));
	}
	setNewest(cache: PhysAddr): void {
		this.memory.writePointer(asPhys(this.address + NEWEST_BYTE), cache);
	}
	/** Caches that were made. */
	get caches(): number {
		return this.words[CACHES] as number;
	}
	setCaches(count: number): void {
		this.words[CACHES] = count;
	}
	get largeBlocks(): number {
		return this.words[LARGE_BLOCKS] as number;
	}
	get largeFrames(): number {
		return this.words[LARGE_FRAMES] as number;
	}
	/** Counts blocks of whole pages; several CPUs do. */
	addLarge(locks: Locks, blocks: number, frames: number): void {
		locks.add(this.words, LARGE_BLOCKS, blocks);
		locks.add(this.words, LARGE_FRAMES, frames);
	}
	/** Slabs made and given back since the design was made. */
	get slabsMade(): number {
		return (this.words[SLABS_MADE] as number) >>> 0;
	}
	get slabsGiven(): number {
		return (this.words[SLABS_GIVEN] as number) >>> 0;
	}
	countSlabMade(locks: Locks): void {
		locks.add(this.words, SLABS_MADE, 1);
	}
	countSlabGiven(locks: Locks): void {
		locks.add(this.words, SLABS_GIVEN, 1);
	}
	/** Frames of the root block. */
	get frames(): number {
		return 1 << (this.words[ROOT_ORDER] as number);
	}
}

/** The numbers that a new cache is born with. */
export interface CacheShape {
	readonly name: string;
	readonly objectSize: number;
	readonly size: number;
	readonly align: number;
	readonly order: number;
	readonly objects: number;
	readonly gfp: number;
}

/** The head of a cache record in RAM. */
export class CacheHead {
	/** Words of the whole record; its lock is at `lockAt`. */
	readonly words: Int32Array;
	readonly lockAt = LOCK;

	constructor(
		private readonly memory: PhysicalMemory,
		readonly address: PhysAddr,
		recordBytes: number,
	) {
		this.words = memory.wordsAt(address, recordBytes / 4);
	}

	/** Fills a fresh record; what is the design's own is zero. */
	init(id: number, shape: CacheShape, ctor: number): void {
		const { words } = this;
		words.fill(0);
		words[ID] = id;
		words[OBJECT_SIZE] = shape.objectSize;
		words[SIZE] = shape.size;
		words[ALIGN] = shape.align;
		words[ORDER] = shape.order;
		words[OBJECTS] = shape.objects;
		words[GFP] = shape.gfp;
		words[CTOR] = ctor;
		this.memory.writeText(asPhys(this.address + NAME_BYTE), shape.name);
	}

	get name(): string {
		return this.memory.readText(asPhys(this.address + NAME_BYTE), NAME_LIMIT);
	}
	get id(): number {
		return this.words[ID] as number;
	}
	get objectSize(): number {
		return this.words[OBJECT_SIZE] as number;
	}
	get size(): number {
		return this.words[SIZE] as number;
	}
	get align(): number {
		return this.words[ALIGN] as number;
	}
	get order(): number {
		return this.words[ORDER] as number;
	}
	get objects(): number {
		return this.words[OBJECTS] as number;
	}
	get gfp(): number {
		return this.words[GFP] as number;
	}
	get ctor(): number {
		return this.words[CTOR] as number;
	}
	get older(): PhysAddr {
		return this.memory.readPointer(asPhys(this.address + OLDER_BYTE));
	}
	setOlder(cache: PhysAddr): void {
		this.memory.writePointer(asPhys(this.address + OLDER_BYTE), cache);
	}

	// Counts; they change under the record's lock.

	get slabs(): number {
		return this.words[SLABS] as number;
	}
	/** Objects cut, in use or not. */
	get total(): number {
		return this.words[TOTAL] as number;
	}
	get active(): number {
		return this.words[ACTIVE] as number;
	}
	/** Counts slabs that came (or, negative, went), with their objects. */
	addSlabs(slabs: number, objects: number): void {
		this.words[SLABS] = (this.words[SLABS] as number) + slabs;
		this.words[TOTAL] = (this.words[TOTAL] as number) + objects;
	}
	addActive(objects: number): void {
		this.words[ACTIVE] = (this.words[ACTIVE] as number) + objects;
	}
}

/** A view of a cache: what a book keeps. */
export interface Booked {
	readonly head: CacheHead;
}

/** Makes the view of a record. */
export type ViewMaker<C> = (head: CacheHead, ctor: Constructor | null) => C;

/** The chain of caches and the views on them. */
export class CacheBook<C extends Booked> {
	private readonly views: (C | undefined)[] = []; // by id
	/** By number, as records name them. */
	private readonly constructors: (Constructor | null)[] = [
		null,
		constructNothing,
	];

	constructor(
		private readonly memory: PhysicalMemory,
		private readonly locks: Locks,
		private readonly root: RootRecord,
		private readonly recordBytes: number,
		private readonly makeView: ViewMaker<C>,
	) {}

	/** Fills the record at `address` and puts it at the head of the chain. */
	enter(address: PhysAddr, shape: CacheShape, ctor?: Constructor): C {
		const { root, locks } = this;
		const head = new CacheHead(this.memory, address, this.recordBytes);
		const number = this.numberOf(ctor);
		locks.lock(root.words, root.lockAt);
		head.init(root.caches + 1, shape, number);
		head.setOlder(root.newest);
		root.setCaches(head.id);
		root.setNewest(address);
		locks.unlock(root.words, root.lockAt);
		return this.view(address);
	}

	/** All caches, newest first. */
	all(): C[] {
		const caches: C[] = [];
		let at = this.root.newest;
		while (at !== NULL) {
			const cache = this.view(at);
			caches.push(cache);
			at = cache.head.older;
		}
		return caches;
	}

	/** The cache with an id, if its record lies at `address`; undefined when there is no such cache. */
	find(id: number, address: PhysAddr): C | undefined {
		const known = this.views[id] ?? this.meet(id);
		return known?.head.address === address ? known : undefined;
	}

	/** Follows the chain for a cache that another thread made. */
	private meet(id: number): C | undefined {
		return this.all().find(({ head }) => head.id === id);
	}

	private view(address: PhysAddr): C {
		const head = new CacheHead(this.memory, address, this.recordBytes);
		const known = this.views[head.id];
		if (known !== undefined) return known;
		const ctor = this.constructors[head.ctor];
		const cache = this.makeView(head, ctor === undefined ? unknown : ctor);
		this.views[head.id] = cache;
		return cache;
	}

	private numberOf(ctor: Constructor | undefined): number {
		if (ctor === undefined) return 0;
		const known = this.constructors.indexOf(ctor);
		return known > 0 ? known : this.constructors.push(ctor) - 1;
	}
}

/** Zone bits for the slabs of a cache. */
export function zoneBits(wish: CacheWish): number {
	const flags = wish.flags ?? 0;
	const dma = (flags & SLAB_CACHE_DMA) !== 0 ? __GFP_DMA : 0;
	return dma | ((flags & SLAB_CACHE_DMA32) !== 0 ? __GFP_DMA32 : 0);
}

function unknown(): never {
	panic("cache-book: BK2 this thread does not know the constructor");
}
