// Frames that hold objects of a design other than SLUB: taken, marked, found again by address, given back.
//
//   address --> frame --> PG_SLAB?  no: no object lies here
//                            |
//                          slot?    not 0: SLUB's (cpu-slab.ts), and none of ours
//                            |
//                          head --> record of the block's first frame
//                                   cache    address of the root of the design, or of the record of its cache
//                                   private  a number of the owner's: which cache, or which list
//
//   frame     0               1               2               3
//        +---------------+---------------+---------------+---------------+
//        | slab, head    | slab, tail    | slab, tail    | slab, tail    |     slot 0 in all of them
//        +---------------+---------------+---------------+---------------+
//
// SLUB's kfree meets slot 0, looks for PG_LARGE, and panics: an object of another design is never mistaken for its own. A
// design meets a slot that is not 0, or an address in `cache` that is not its own, and panics likewise.
//
// OF1: a frame with PG_SLAB and slot 0 belongs to a block whose head names its owner in `cache`.
// OF2: the frames of all such blocks count as unreclaimable slab memory, as SLUB's do.
// A page that a kernel marks for SLAB or SLOB carries the same mark (PG_slab), and the cache in its `struct page`.

import { NIL, NULL, type Pfn, type PhysAddr, pfnOf } from "../../hw/units";
import { __GFP_COMP, __GFP_HIGHMEM, __GFP_MOVABLE, __GFP_ZERO } from "../gfp";
import { PG_SLAB } from "../page";
import { NR_SLAB_UNRECLAIMABLE_B } from "../vmstat-names";
import type { RootRecord } from "./cache-book";
import type { DesignParts } from "./object-allocator";

/** `private` of a block that is no slab but one large object; caches and lists count from 1. */
export const LARGE = 0;
/** What nobody may ask of frames that are cut into objects. */
const NOT_FOR_OBJECTS = __GFP_ZERO | __GFP_MOVABLE | __GFP_HIGHMEM;

/** Takes and gives back the blocks of one design. */
export class ObjectFrames {
	/** `root` counts the slabs among them; null where nobody counts. */
	constructor(
		private readonly parts: DesignParts,
		private readonly root: RootRecord | null = null,
	) {}

	/**
	 * Takes a block of 2^order frames and marks it as the owner's.
	 * @param owner address that `cache` of the head is to name
	 * @param mark number for `private` of the head
	 * @returns its first frame; NIL when there is no memory
	 */
	take(order: number, gfp: number, owner: PhysAddr, mark: number): Pfn {
		const { pages, allocator, counters } = this.parts;
		const flags = order > 0 ? gfp | __GFP_COMP : gfp;
		const pfn = allocator.allocPages(order, flags);
		if (pfn === NIL) return NIL;
		for (let i = 0; i < 1 << order; i++) {
			const frame = (pfn + i) as Pfn;
			pages.addFlags(frame, PG_SLAB);
			pages.setHead(frame, pfn);
		}
		pages.setCache(pfn, owner);
		pages.setPrivate(pfn, mark);
		pages.setFreelist(pfn, NULL);
		pages.setCounters(pfn, 0, 0, false);
		counters.addNode(NR_SLAB_UNRECLAIMABLE_B, 1 << order);
		return pfn;
	}

	/** As `take`, for a block that will be cut into objects: what only whole pages can be is not asked for. */
	takeForObjects(
		order: number,
		gfp: number,
		owner: PhysAddr,
		mark: number,
	): Pfn {
		const pfn = this.take(order, gfp & ~NOT_FOR_OBJECTS, owner, mark);
		if (pfn !== NIL) this.root?.countSlabMade(this.parts.locks);
		return pfn;
	}

	/** Gives back a block that `take` gave and that is on no list. */
	give(pfn: Pfn): void {
		const { pages, allocator, counters } = this.parts;
		const order = pages.order(pfn);
		if (pages.private_(pfn) !== LARGE)
			this.root?.countSlabGiven(this.parts.locks);
		for (let i = 0; i < 1 << order; i++)
			pages.clearFlags((pfn + i) as Pfn, PG_SLAB);
		if (order === 0) pages.setHead(pfn, NIL);
		pages.setCache(pfn, NULL);
		pages.setPrivate(pfn, 0);
		pages.setFreelist(pfn, NULL);
		pages.setCounters(pfn, 0, 0, false);
		counters.addNode(NR_SLAB_UNRECLAIMABLE_B, -(1 << order));
		allocator.freePages(pfn, order);
	}

	/** First frame of the block of a design's objects that `address` lies in; NIL when there is none. */
	headOf(address: PhysAddr): Pfn {
		const { pages } = this.parts;
		const pfn = pfnOf(address);
		if (!pages.has(pfn) || (pages.flags(pfn) & PG_SLAB) === 0) return NIL;
		return pages.slot(pfn) === 0 ? pages.head(pfn) : NIL;
	}

	/** Visits the head of each block that has PG_SLAB and slot 0, of all designs; for auditors and reports. */
	each(visit: (head: Pfn, owner: PhysAddr) => void): void {
		const { pages } = this.parts;
		for (let frame = 1; frame < pages.frameCount; frame++) {
			const pfn = frame as Pfn;
			if (!pages.has(pfn) || (pages.flags(pfn) & PG_SLAB) === 0) continue;
			if (pages.slot(pfn) === 0 && pages.head(pfn) === pfn)
				visit(pfn, pages.cache(pfn));
		}
	}
}
