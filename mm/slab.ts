// A slab: a block of pages cut into objects of one size, the free ones chained through their own bytes.
//
//   freeList
//      |      slot 0        slot 1        slot 2        slot 3              tail
//      |   +------------+------------+------------+------------+- - - -+----------+
//      |   |   in use   |  .. next-. |   in use   | .. NULL    |       | left over|
//      |   +------------+------------|+------------+------------+- - - -+----------+
//      +---------------->            '------------->
//
// The free pointer lies in the middle of the object (or behind it, when a free object must keep its bytes): an overrun of
// the neighbour then hits data before it hits the chain. A slab's record is its first frame's `struct page` (page.ts).
//
// O1: the free objects of a slab are on exactly one chain: its own, or that of the CPU that took it over.
// O2: inuse = objects - length of the slab's own chain; objects on a CPU's chain count as in use.
// O3: objects x size fits the block, and every object begins at a slot.
// With a randomised freelist each slab gets a permutation of its own; Linux draws one for a cache and enters it at a random
// place, which looks the same from outside.
// This class is a view: it keeps nothing that is not in RAM, so it can be made and dropped at will.
// [mm/slub.c allocate_slab, setup_object, shuffle_freelist]

import type { Rng } from "../hw/rng";
import { asPhys, type Pfn, type PhysAddr, physOf } from "../hw/units";
import type { CpuSlabs } from "./cpu-slab";
import type { Pages } from "./page";
import type { SlabGeometry } from "./slab-geometry";

/** One slab of a cache. */
export class Slab {
	/** Physical address of the block. */
	readonly memory: PhysAddr;

	constructor(
		private readonly pages: Pages,
		private readonly chain: CpuSlabs,
		private readonly geometry: SlabGeometry,
		/** First frame of the block. */
		readonly pfn: Pfn,
	) {
		this.memory = physOf(pfn);
	}

	/** Bytes that a user of an object may write. */
	get objectSize(): number {
		return this.geometry.objectSize;
	}
	/** Objects that the slab was cut into. */
	get objectCount(): number {
		return this.pages.objects(this.pfn);
	}
	/** First free object of the slab's own chain; 0 for none. */
	get freeList(): PhysAddr {
		return this.pages.freelist(this.pfn);
	}
	/** Objects that are not on the slab's own chain. */
	get allocatedCount(): number {
		return this.pages.inuse(this.pfn);
	}
	get isFull(): boolean {
		return this.freeList === 0;
	}
	get isEmpty(): boolean {
		return this.allocatedCount === 0;
	}

	/** Address of the object in slot `index`. */
	object(index: number): PhysAddr {
		const { size, redLeftPad } = this.geometry;
		return asPhys(this.memory + index * size + redLeftPad);
	}

	/** Slot of an address inside the slab; -1 when no object begins there. */
	indexOf(object: PhysAddr): number {
		const { size, redLeftPad } = this.geometry;
		const index = (object - this.memory - redLeftPad) / size;
		const isSlot = Number.isInteger(index) && index >= 0;
		return isSlot && index < this.objectCount ? index : -1;
	}

	/** Takes the first free object; 0 when the slab is full. */
	alloc(): PhysAddr {
		const object = this.freeList;
		if (object === 0) return object;
		this.setState(this.next(object), this.allocatedCount + 1);
		return object;
	}

	/** Puts an object at the head of the chain. The caller vouches that it was allocated. */
	free(object: PhysAddr): void {
		this.chain.setNext(object, this.geometry.offset, this.freeList);
		this.setState(object, this.allocatedCount - 1);
	}

	/** The free object after `object` in its chain; 0 at the end. */
	next(object: PhysAddr): PhysAddr {
		return this.chain.next(object, this.geometry.offset);
	}

	/** Visits a chain that begins at `first`; stops when `visit` returns false. */
	eachFree(
		first: PhysAddr,
		visit: (object: PhysAddr) => boolean | undefined,
	): void {
		for (let at = first; at !== 0; at = this.next(at))
			if (visit(at) === false) return;
	}

	/**
	 * Cuts a fresh block into objects: all free, chained by rising address, or by a permutation drawn from `rng`
	 * when the freelist is randomised.
	 */
	build(objectCount: number, rng: Rng | null): void {
		this.pages.setCounters(this.pfn, 0, objectCount, false);
		if (rng !== null && objectCount > 1) this.chainShuffled(objectCount, rng);
		else this.chainAscending(objectCount);
	}

	private chainAscending(objectCount: number): void {
		const { size, offset } = this.geometry;
		const first = this.object(0);
		let object = first;
		for (let i = 1; i < objectCount; i++) {
			const next = asPhys(object + size);
			this.chain.setNext(object, offset, next);
			object = next;
		}
		this.chain.setNext(object, offset, asPhys(0));
		this.pages.setFreelist(this.pfn, first);
	}

	/** Fisher and Yates over the slots (CONFIG_SLAB_FREELIST_RANDOM). */
	private chainShuffled(objectCount: number, rng: Rng): void {
		const order = new Uint16Array(objectCount).map((_, index) => index);
		for (let i = objectCount - 1; i > 0; i--) {
			const j = rng.below(i + 1);
			const kept = order[i] as number;
			order[i] = order[j] as number;
			order[j] = kept;
		}
		let next = asPhys(0);
		for (const index of order) {
			const object = this.object(index);
			this.chain.setNext(object, this.geometry.offset, next);
			next = object;
		}
		this.pages.setFreelist(this.pfn, next);
	}

	private setState(freeList: PhysAddr, inuse: number): void {
		this.pages.setFreelist(this.pfn, freeList);
		const frozen = this.pages.frozen(this.pfn);
		this.pages.setCounters(this.pfn, inuse, this.objectCount, frozen);
	}
}
