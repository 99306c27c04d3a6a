// What two designs have in common: caches in a book, large blocks beside them, and one way from an address to its owner.
//
//   kfree(address) --> frame --> head of the block --private--> LARGE: a block of whole pages
//                                       |                       id: the cache with that number
//                                       `--cache--> must be the address of that cache's record, or of the root
//
// The textbook allocator and Bonwick's differ in their caches only: how they hand objects out. Everything that needs to know
// all caches is here.
//
// BA1: the number in `private` finds the view; the address in `cache` proves that it is the right one (OA3).

import { panic } from "../../hw/panic";
import { NIL, NULL, type Pfn, type PhysAddr } from "../../hw/units";
import { ZERO_SIZE } from "../kmalloc";
import type { CacheWish } from "../slab-caches";
import {
	type Booked,
	CacheBook,
	type RootRecord,
	type ViewMaker,
} from "./cache-book";
import { LargeBlocks } from "./large-blocks";
import type {
	DesignParts,
	ObjectAllocator,
	ObjectCache,
	ObjectUsage,
	SlabCounts,
} from "./object-allocator";
import { LARGE, ObjectFrames } from "./object-frames";

/** Takes the sentences of an auditor. */
export type Say = (sentence: string) => void;

/** What a cache of such a design can do. */
export interface BookedCache extends ObjectCache, Booked {
	/** Frees an object of the slab that begins at `slab`, which is this cache's. */
	freeIn(slab: Pfn, object: PhysAddr): void;
	/** Audits the cache; `owned` are the slabs that name it as their owner. */
	check(owned: readonly Pfn[], say: Say): void;
	/** Gives empty slabs back. */
	shrink(): void;
}

/** Makes the view of a record, with the frames that its design uses. */
export type CacheMaker<C> = (frames: ObjectFrames) => ViewMaker<C>;

/** A design whose caches stand in a book. */
export abstract class BookedAllocator<C extends BookedCache>
	implements ObjectAllocator
{
	abstract readonly name: string;
	protected readonly book: CacheBook<C>;
	protected readonly large: LargeBlocks;
	private readonly frames: ObjectFrames;

	constructor(
		protected readonly parts: DesignParts,
		private readonly root: RootRecord,
		recordBytes: number,
		maker: CacheMaker<C>,
	) {
		const { memory, locks } = parts;
		this.frames = new ObjectFrames(parts, root);
		this.large = new LargeBlocks(parts, this.frames, root);
		const make = maker(this.frames);
		this.book = new CacheBook(memory, locks, root, recordBytes, make);
	}

	abstract createCache(wish: CacheWish): ObjectCache | null;
	abstract kmalloc(bytes: number, gfp: number): PhysAddr;

	get rootAddress(): PhysAddr {
		return this.root.address;
	}

	caches(): readonly C[] {
		return this.book.all();
	}

	kfree(address: PhysAddr): void {
		if (address === NULL || address === ZERO_SIZE) return;
		const head = this.ownBlock(address);
		const cache = this.cacheOf(head);
		if (cache === null) this.large.free(head, address);
		else cache.freeIn(head, address);
	}

	ksize(address: PhysAddr): number {
		if (address === NULL || address === ZERO_SIZE) return 0;
		const head = this.ownBlock(address);
		return this.cacheOf(head)?.objectSize ?? this.large.bytesOf(head);
	}

	usage(): ObjectUsage[] {
		return [
			...this.caches().map((cache) => cache.usage()),
			this.large.usage(),
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
		const blocks = new Map<PhysAddr, Pfn[]>();
		this.frames.each((pfn, owner) => {
			const known = blocks.get(owner);
			if (known === undefined) blocks.set(owner, [pfn]);
			else known.push(pfn);
		});
		for (const cache of this.caches())
			cache.check(blocks.get(cache.head.address) ?? [], say);
		this.large.check(blocks.get(this.rootAddress) ?? [], say);
		return broken;
	}

	shrink(): void {
		for (const cache of this.caches()) cache.shrink();
	}

	/** First frame of the block that holds `address`. */
	private ownBlock(address: PhysAddr): Pfn {
		const head = this.frames.headOf(address);
		if (head === NIL)
			panic(`kfree: OA3 nothing was allocated at 0x${address.toString(16)}`);
		return head;
	}

	/** The cache that a block belongs to; null for a large block. */
	private cacheOf(head: Pfn): C | null {
		const { pages } = this.parts;
		const id = pages.private_(head);
		const owner = pages.cache(head);
		if (id === LARGE && owner === this.rootAddress) return null;
		return this.book.find(id, owner) ?? this.refuse(head);
	}

	private refuse(head: Pfn): never {
		panic(`${this.name}: BA1 pfn ${head} belongs to another design (OA3)`);
	}
}
