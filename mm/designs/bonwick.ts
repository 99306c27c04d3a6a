// Bonwick's allocator: caches with magazines over coloured slabs, and kmem_alloc on top of them.
//
//   kmem_alloc 1 .. 4096          object caches
//      29 size classes  \          /
//                        \        /                        caches that serve the others have no magazines:
//                     BonwickCache                            kmem_cache           records of caches
//                   magazines --miss--> slabs                 kmem_slab_cache      records of large objects' slabs
//                       |                 |                   kmem_magazine_1 .. 143
//                 magazine caches     page allocator
//
//   root block:  | root | kmem_cache | kmem_slab_cache | kmem_magazine_1 .. | kmem_alloc_8 .. kmem_alloc_4096 |
//                  the records of the first caches lie in it, so an allocator is made with one request for pages
//
//   kmem_alloc     8 16 24 32 40 48 56 64   80 96 112 128   160 192 224 256   320 384 448 512   640 768 896
//                  1152 1344 1600 2048 2688 4096 (8192/7, 8192/6 .. rounded down to 64)      more: whole pages
//
// BN1: a multiple of 64 bytes is aligned to 64, other sizes to 8.
// BN2: an object in use is taken from its slab and in no magazine: in use = taken - rounds.
// BN3: a cache that magazines are made from has none itself, so freeing cannot go round in circles.
// The constructor runs when a slab is made, and free objects keep their bytes; in the paper of 2001 it runs when an object
// leaves the slabs for the magazines.
//
// Lock order: CPU of a cache, depot, cache record. Nothing is held while pages, slab records or magazines are asked for. When
// memory is short, whoever notices calls `shrink` (kmem_reap).
// The papers are named in bonwick-slabs.ts and bonwick-magazines.ts. [illumos kmem.c kmem_alloc_sizes, kmem_cache_create]

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
	MAGAZINES,
	type MagazineCounts,
	type MagazineSource,
	Magazines,
	magazineBytes,
	recordWords,
} from "./bonwick-magazines";
import {
	BonwickSlabs,
	bonwickShape,
	OUTER_SLAB_BYTES,
	type SlabRecords,
} from "./bonwick-slabs";
import {
	BookedAllocator,
	type BookedCache,
	type Say,
} from "./booked-allocator";
import {
	type CacheHead,
	type CacheShape,
	ROOT_BYTES,
	RootRecord,
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

const MAGIC_WORD = 0x4b4d454d; // "KMEM"
// Caches whose records lie in the root block, by their place there.
const CACHE_CACHE = 0;
const SLAB_CACHE = 1;
const MAGAZINE_CACHES = 2;
const ALLOC_CACHES = MAGAZINE_CACHES + MAGAZINES.length;
const CLASS_BYTES_MAX = 4096;
const LINE_BYTES = 64; // a CPU's cache line

/** Sizes of kmem_alloc. */
export const KMEM_SIZES: readonly number[] = [
	8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
	448, 512, 640, 768, 896, 1152, 1344, 1600, 2048, 2688, 4096,
];

/** What the caches of one allocator take from each other. */
interface Stores {
	readonly records: SlabRecords;
	readonly magazines: MagazineSource;
}

/** Objects of one size. */
export class BonwickCache implements BookedCache {
	readonly objectSize: number;
	readonly slabs: BonwickSlabs;
	/** Null for the caches that serve other caches (BN3). */
	readonly magazines: Magazines | null;

	constructor(
		private readonly parts: DesignParts,
		frames: ObjectFrames,
		readonly head: CacheHead,
		private readonly construct: Constructor | null,
		stores: Stores,
	) {
		this.objectSize = head.objectSize;
		this.slabs = new BonwickSlabs(
			parts,
			frames,
			head,
			construct,
			stores.records,
		);
		this.magazines =
			head.id > ALLOC_CACHES // ids count from 1
				? new Magazines(parts, head, stores.magazines)
				: null;
	}

	get name(): string {
		return this.head.name;
	}
	get address(): PhysAddr {
		return this.head.address;
	}

	/** Fills what the layers keep in a fresh record. */
	open(): void {
		this.slabs.open();
		this.magazines?.open();
	}

	alloc(gfp: number): PhysAddr {
		let object: PhysAddr = NULL;
		if (this.magazines !== null) object = this.magazines.alloc();
		if (object === NULL) object = this.slabs.take(gfp);
		if (object !== NULL && (gfp & __GFP_ZERO) !== 0 && this.construct === null)
			this.parts.memory.fill(object, this.objectSize, 0);
		return object;
	}

	free(object: PhysAddr): void {
		const slab = this.slabs.slabOf(object);
		if (slab === NIL) this.refuse();
		this.put(object);
	}

	freeIn(slab: Pfn, object: PhysAddr): void {
		if (!this.slabs.hasBuffer(slab, object)) this.refuse();
		this.put(object);
	}

	usage(): ObjectUsage {
		const { name, objectSize, total, slabs, order } = this.head;
		const rounds = this.magazines?.counts().rounds ?? 0;
		const active = this.head.active - rounds;
		const pages = slabs * 2 ** order;
		const internal = this.magazines === null; // BN3
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

	/** Empties the magazines, then gives empty slabs back. */
	shrink(): void {
		this.magazines?.purge(this.slabs);
		this.slabs.reap();
	}

	/** Grows the magazines if the CPUs stood in each other's way. */
	update(): boolean {
		return this.magazines?.update(this.slabs) ?? false;
	}

	/** What the magazines hold and have done; null where there are none. */
	counts(): MagazineCounts | null {
		return this.magazines?.counts() ?? null;
	}

	check(owned: readonly Pfn[], say: Say): void {
		this.slabs.check(owned, say);
		this.magazines?.check(this.slabs, say);
		const { active } = this.usage();
		if (active < 0)
			say(`BN2: ${this.name} has ${-active} more rounds than taken objects`);
	}

	private put(object: PhysAddr): void {
		if (this.magazines === null || !this.magazines.free(object))
			this.slabs.give(object);
	}

	private refuse(): never {
		panic(`bonwick: BW2 no object of ${this.name} begins there (OA3)`);
	}
}

/** The whole design. */
export class Bonwick extends BookedAllocator<BonwickCache> {
	readonly name = "bonwick";
	private readonly recordBytes: number;
	/** Place of the class for (bytes + 7) / 8. */
	private readonly classes = new Uint8Array(CLASS_BYTES_MAX / 8 + 1);

	private constructor(parts: DesignParts, root: RootRecord) {
		const bytes = recordWords(parts.turn.cpus.length) * 4;
		const stores: Stores = {
			records: {
				take: (gfp) => this.first(SLAB_CACHE).alloc(gfp),
				give: (record) => this.first(SLAB_CACHE).free(record),
			},
			magazines: {
				take: (type, gfp) => this.first(MAGAZINE_CACHES + type).alloc(gfp),
				give: (type, it) => this.first(MAGAZINE_CACHES + type).free(it),
			},
		};
		super(
			parts,
			root,
			bytes,
			(frames) => (head, ctor) =>
				new BonwickCache(parts, frames, head, ctor, stores),
		);
		this.recordBytes = bytes;
		for (let eighth = 1, at = 0; eighth < this.classes.length; eighth++) {
			if (eighth * 8 > (KMEM_SIZES[at] as number)) at++;
			this.classes[eighth] = ALLOC_CACHES + at;
		}
	}

	/** Makes an allocator: its root block, with the records of the first caches. Null when there is no block. */
	static create(parts: DesignParts, gfp: number): Bonwick | null {
		const order = rootOrder(parts.turn.cpus.length);
		const pfn = parts.allocator.allocPages(order, gfp);
		if (pfn === NIL) return null;
		const root = new RootRecord(parts.memory, physOf(pfn));
		root.init(MAGIC_WORD, order);
		const design = new Bonwick(parts, root);
		design.enterFirst(CACHE_CACHE, "kmem_cache", design.recordBytes);
		design.enterFirst(SLAB_CACHE, "kmem_slab_cache", OUTER_SLAB_BYTES);
		MAGAZINES.forEach(({ rounds }, type) => {
			const name = `kmem_magazine_${rounds}`;
			design.enterFirst(MAGAZINE_CACHES + type, name, magazineBytes(rounds));
		});
		KMEM_SIZES.forEach((bytes, index) => {
			design.enterFirst(ALLOC_CACHES + index, `kmem_alloc_${bytes}`, bytes);
		});
		return design;
	}

	/** Views of the allocator whose root lies at `rootAddress`. */
	static attach(parts: DesignParts, rootAddress: PhysAddr): Bonwick {
		const root = new RootRecord(parts.memory, rootAddress);
		root.expect(MAGIC_WORD, "bonwick");
		return new Bonwick(parts, root);
	}

	createCache(wish: CacheWish): ObjectCache | null {
		checkWish(wish);
		const shape = bonwickShape(wish);
		if (shape === null) return null;
		const record = this.first(CACHE_CACHE).alloc(GFP_KERNEL);
		return record === NULL ? null : this.enter(record, shape, wish.ctor);
	}

	kmalloc(bytes: number, gfp: number): PhysAddr {
		if (bytes === 0) return ZERO_SIZE;
		if (!(bytes > 0 && bytes <= CLASS_BYTES_MAX))
			return this.large.alloc(bytes, gfp);
		return this.first(this.classes[(bytes + 7) >>> 3] as number).alloc(gfp);
	}

	/** Lets the magazines of all caches grow that have to. */
	update(): void {
		for (const cache of this.caches()) cache.update();
	}

	private enter(
		address: PhysAddr,
		shape: CacheShape,
		ctor?: Constructor,
	): BonwickCache {
		const cache = this.book.enter(address, shape, ctor);
		cache.open();
		return cache;
	}

	/** One of the caches whose records lie in the root block. */
	private first(index: number): BonwickCache {
		return this.book.find(index + 1, this.firstAt(index)) as BonwickCache;
	}
	private firstAt(index: number): PhysAddr {
		return asPhys(this.rootAddress + ROOT_BYTES + index * this.recordBytes);
	}
	private enterFirst(index: number, name: string, size: number): void {
		const align = size % LINE_BYTES === 0 ? LINE_BYTES : 8;
		const shape = bonwickShape({ name, size, align });
		if (shape === null) panic(`bonwick: no block holds ${name}`);
		this.enter(this.firstAt(index), shape);
	}
}

/** Order of the block that holds the root and the first records. */
function rootOrder(cpus: number): number {
	const records = ALLOC_CACHES + KMEM_SIZES.length;
	return orderFor(roundUp(ROOT_BYTES + records * recordWords(cpus) * 4, 4096));
}
