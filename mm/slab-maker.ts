// Making and unmaking slabs: from a block of pages to objects, and back.
//
//   make     page allocator --block--> frames marked (PG_SLAB, slot, head) --> cut and chained --> constructed
//   discard  frames cleared --block--> page allocator
//
//   frame    0            1            2            3
//        +------------+------------+------------+------------+
//        | slab, head | slab, tail | slab, tail | slab, tail |      each leads to the cache (slot) and to frame 0 (head),
//        +------------+------------+------------+------------+      so that any object's address finds its slab
//
// N1: a slab that was made is frozen for nobody and on no list: all its objects are free on its own chain.
// N2: only a slab without objects in use, and on no list, is discarded.
// [mm/slub.c new_slab, allocate_slab, discard_slab, free_slab, account_slab]

import { COST_NEW_SLAB } from "../hw/costs";
import type { Turn } from "../hw/cpu";
import type { Locks } from "../hw/lock";
import type { PhysicalMemory } from "../hw/memory";
import type { Recorder } from "../hw/recorder";
import type { Rng } from "../hw/rng";
import { NIL, NULL, type Pfn, type PhysAddr } from "../hw/units";
import type { CacheNode, CacheRecord } from "./cache-record";
import type { Counters } from "./counters";
import { ALLOC_SLAB, type CpuSlabs, FREE_SLAB } from "./cpu-slab";
import { EV_SLAB_DISCARD, EV_SLAB_NEW } from "./events";
import {
	__GFP_ATOMIC,
	__GFP_COMP,
	__GFP_DIRECT_RECLAIM,
	__GFP_DMA,
	__GFP_DMA32,
	__GFP_FS,
	__GFP_HARDWALL,
	__GFP_HIGH,
	__GFP_IO,
	__GFP_MEMALLOC,
	__GFP_NOFAIL,
	__GFP_NOMEMALLOC,
	__GFP_NORETRY,
	__GFP_NOWARN,
	__GFP_RECLAIM,
	__GFP_RECLAIMABLE,
	__GFP_RETRY_MAYFAIL,
	__GFP_THISNODE,
} from "./gfp";
import type { PageLists } from "./list";
import { type Pages, PG_HEAD, PG_SLAB, PG_TAIL } from "./page";
import type { PageAllocator } from "./page-allocator";
import { Slab } from "./slab";
import {
	SLAB_CACHE_DMA,
	SLAB_CACHE_DMA32,
	SLAB_RECLAIM_ACCOUNT,
	SLAB_TYPESAFE_BY_RCU,
	type SlabGeometry,
} from "./slab-geometry";
import { NR_SLAB_RECLAIMABLE_B, NR_SLAB_UNRECLAIMABLE_B } from "./vmstat-names";

/** What the caller of an allocation says about a new slab's pages; zone and mobility are the cache's to say. */
const CALLERS_CHOICE =
	__GFP_RECLAIM |
	__GFP_HIGH |
	__GFP_IO |
	__GFP_FS |
	__GFP_NOWARN |
	__GFP_RETRY_MAYFAIL |
	__GFP_NOFAIL |
	__GFP_NORETRY |
	__GFP_MEMALLOC |
	__GFP_NOMEMALLOC |
	__GFP_ATOMIC |
	__GFP_HARDWALL |
	__GFP_THISNODE;

/** Makes the object at an address ready for use, once, when its slab is built. */
export type Constructor = (object: PhysAddr, memory: PhysicalMemory) => void;

/** Decides which object allocations fail on purpose (failslab). */
export interface SlabFaultInjector {
	shouldFail(cache: CacheRecord, gfp: number): boolean;
}

/** What all caches of a machine work with. */
export interface SlabParts {
	readonly memory: PhysicalMemory;
	readonly pages: Pages;
	readonly lists: PageLists;
	readonly allocator: PageAllocator;
	readonly cpuSlabs: CpuSlabs;
	readonly turn: Turn;
	readonly locks: Locks;
	readonly counters: Counters;
	readonly recorder: Recorder | null;
	/** Draws the order of objects in new slabs; null for rising addresses. */
	readonly shuffle: Rng | null;
	/** Zero every object that is handed out (init_on_alloc=1). */
	readonly initOnAlloc: boolean;
	/** Fails allocations on purpose; null when no fault injection was asked for. */
	readonly injector: SlabFaultInjector | null;
	/** One of the last three, or the recorder, is on. */
	readonly isWatched: boolean;
}

/** Makes and discards the slabs of one cache. */
export class SlabMaker {
	private readonly slot: number;
	private readonly geometry: SlabGeometry;

	constructor(
		private readonly parts: SlabParts,
		private readonly record: CacheRecord,
		private readonly node: CacheNode,
		private readonly constructObject: Constructor | null,
	) {
		this.slot = record.slot;
		this.geometry = record.geometry();
	}

	/** Makes a slab, all free and on no list; NIL when there is no memory (new_slab). */
	make(gfp: number): Pfn {
		const pfn = this.allocBlock(gfp);
		if (pfn !== NIL) this.cut(pfn);
		return pfn;
	}

	/** Makes a slab of a block that was allocated for it. */
	cut(pfn: Pfn): void {
		const { geometry, node } = this;
		const { pages, cpuSlabs, locks, turn, memory, recorder } = this.parts;
		const order = pages.order(pfn);
		const objects = Math.floor((4096 << order) / geometry.size);
		this.markFrames(pfn, order, this.slot);
		pages.setCache(pfn, this.record.address);
		const slab = new Slab(pages, cpuSlabs, geometry, pfn);
		slab.build(objects, this.parts.shuffle);
		if (this.constructObject !== null)
			for (let i = 0; i < objects; i++)
				this.constructObject(slab.object(i), memory);
		this.account(1 << order);
		locks.lock(node.words, node.lockAt);
		node.addSlab(objects);
		locks.unlock(node.words, node.lockAt);
		recorder?.emit(EV_SLAB_NEW, pfn, order, this.slot, objects);
		turn.cpu.charge(COST_NEW_SLAB);
		cpuSlabs.count(this.slot, ALLOC_SLAB);
	}

	/** Gives a slab's pages back (discard_slab, __free_slab). */
	discard(pfn: Pfn): void {
		const { node } = this;
		const { pages, cpuSlabs, locks, recorder, allocator } = this.parts;
		const order = pages.order(pfn);
		const objects = pages.objects(pfn);
		locks.lock(node.words, node.lockAt);
		node.removeSlab(objects);
		locks.unlock(node.words, node.lockAt);
		recorder?.emit(EV_SLAB_DISCARD, pfn, order, this.slot, objects);
		this.account(-(1 << order));
		this.markFrames(pfn, order, 0);
		pages.setCache(pfn, NULL);
		pages.setFreelist(pfn, NULL);
		pages.setCounters(pfn, 0, 0, false);
		cpuSlabs.count(this.slot, FREE_SLAB);
		const isTypesafe = (this.geometry.flags & SLAB_TYPESAFE_BY_RCU) !== 0;
		if (isTypesafe) allocator.freeAfterGrace(pfn, order);
		else allocator.freePages(pfn, order);
	}

	/** The block of the order asked for first, or of the least order when that fails (allocate_slab). */
	private allocBlock(gfp: number): Pfn {
		const { order, minOrder } = this.geometry;
		const { allocator } = this.parts;
		const wanted = (gfp & CALLERS_CHOICE) | this.cacheFlags();
		let first = (wanted | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_NOFAIL;
		if ((first & __GFP_DIRECT_RECLAIM) !== 0 && order > minOrder)
			first = (first | __GFP_NOMEMALLOC) & ~__GFP_RECLAIM;
		const pfn = allocator.allocPages(order, first);
		return pfn !== NIL ? pfn : allocator.allocPages(minOrder, wanted);
	}

	private cacheFlags(): number {
		const { flags, order } = this.geometry;
		let gfp = order > 0 ? __GFP_COMP : 0;
		if ((flags & SLAB_CACHE_DMA) !== 0) gfp |= __GFP_DMA;
		if ((flags & SLAB_CACHE_DMA32) !== 0) gfp |= __GFP_DMA32;
		if ((flags & SLAB_RECLAIM_ACCOUNT) !== 0) gfp |= __GFP_RECLAIMABLE;
		return gfp;
	}

	/** Makes every frame of a block lead to the cache, or (slot 0) to none. */
	private markFrames(pfn: Pfn, order: number, slot: number): void {
		const { pages } = this.parts;
		for (let i = 0; i < 1 << order; i++) {
			const frame = (pfn + i) as Pfn;
			const part = order === 0 ? 0 : i === 0 ? PG_HEAD : PG_TAIL;
			pages.setFlags(frame, slot === 0 ? part : part | PG_SLAB);
			pages.setSlot(frame, slot);
			pages.setHead(frame, slot === 0 && order === 0 ? NIL : pfn);
		}
	}

	private account(frames: number): void {
		const reclaimable = (this.geometry.flags & SLAB_RECLAIM_ACCOUNT) !== 0;
		this.parts.counters.addNode(
			reclaimable ? NR_SLAB_RECLAIMABLE_B : NR_SLAB_UNRECLAIMABLE_B,
			frames,
		);
	}
}
