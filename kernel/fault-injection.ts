// Fault injection: allocations that fail on purpose, so that the code behind a failure gets to run.
//
//   words of one injector, in the kernel's static record
//   word   0          1             2       3       4       5             6              7           8
//       +----------+-------------+-------+-------+-------+-------------+--------------+-----------+---------+
//       | interval | probability | space | times | count | spare those | spare those  | min order | failed  |
//       |          | in percent  | left  | left  |       | who wait    | of highmem   |           |         |
//       +----------+-------------+-------+-------+-------+-------------+--------------+-----------+---------+
//
//   candidate --> times left? --> space used up? --> every interval-th --> probability --> fails
//
// The command line asks for it: failslab=interval,probability,space,times for objects, fail_page_alloc= for pages. As in
// Linux, requests that may wait (GFP_KERNEL) are spared unless that is switched off, and so are single pages.
//
// I1: without the parameter there is no injector, and nothing is tested in any path.
// I2: `times` counts down to 0 and stays there; -1 never ends.
// [lib/fault-inject.c should_fail_ex, setup_fault_attr; mm/failslab.c __should_failslab; mm/page_alloc.c should_fail_alloc_page]

import type { Rng } from "../hw/rng";
import type { CacheRecord } from "../mm/cache-record";
import { __GFP_DIRECT_RECLAIM, __GFP_HIGHMEM, __GFP_NOFAIL } from "../mm/gfp";
import type { FaultInjector } from "../mm/page-allocator";
import type { SlabFaultInjector } from "../mm/slab-maker";
import type { FaultAttributes } from "./command-line";

const INTERVAL = 0;
const PROBABILITY = 1;
const SPACE = 2;
const TIMES = 3;
const COUNT = 4;
const SPARES_WAITING = 5;
const SPARES_HIGHMEM = 6;
const MIN_ORDER = 7;
const FAILED = 8;

const ENDLESS = -1;
const PAGE_MIN_ORDER = 1; // single pages are spared
const CACHE_OF_CACHES = "kmem_cache"; // never made to fail: nothing could be created any more

/** The words of an injector and the rule by which it picks. */
class FaultState {
	constructor(
		private readonly words: Int32Array,
		private readonly rng: Rng,
	) {}

	/** Writes the attributes down, with Linux's defaults for the rest. */
	init(attributes: FaultAttributes): void {
		this.words[INTERVAL] = attributes.interval;
		this.words[PROBABILITY] = attributes.probability;
		this.words[SPACE] = attributes.space;
		this.words[TIMES] = attributes.times;
		this.words[COUNT] = 0;
		this.words[SPARES_WAITING] = 1;
		this.words[SPARES_HIGHMEM] = 1;
		this.words[MIN_ORDER] = PAGE_MIN_ORDER;
	}

	/** Requests that may wait never fail (ignore-gfp-wait); on at first. */
	get sparesWaiting(): boolean {
		return this.words[SPARES_WAITING] === 1;
	}
	setSparesWaiting(spares: boolean): void {
		this.words[SPARES_WAITING] = spares ? 1 : 0;
	}
	/** Requests for user memory never fail (ignore-gfp-highmem); on at first. */
	get sparesHighmem(): boolean {
		return this.words[SPARES_HIGHMEM] === 1;
	}
	setSparesHighmem(spares: boolean): void {
		this.words[SPARES_HIGHMEM] = spares ? 1 : 0;
	}
	/** Smallest order that may fail (min-order); 1 at first. */
	get minOrder(): number {
		return this.words[MIN_ORDER] as number;
	}
	setMinOrder(order: number): void {
		this.words[MIN_ORDER] = order;
	}
	/** Requests that were made to fail. */
	get failed(): number {
		return this.words[FAILED] as number;
	}

	isSpared(gfp: number): boolean {
		if ((gfp & __GFP_NOFAIL) !== 0) return true;
		return this.sparesWaiting && (gfp & __GFP_DIRECT_RECLAIM) !== 0;
	}

	/** Decides about one candidate of `size` bytes or pages (should_fail). */
	decide(size: number): boolean {
		const words = this.words;
		if (words[TIMES] === 0) return false; // I2
		if ((words[SPACE] as number) > size) {
			words[SPACE] = (words[SPACE] as number) - size;
			return false;
		}
		if (!this.isTurn()) return false;
		if ((words[PROBABILITY] as number) <= this.rng.below(100)) return false;
		if (words[TIMES] !== ENDLESS) words[TIMES] = (words[TIMES] as number) - 1;
		words[FAILED] = (words[FAILED] as number) + 1;
		return true;
	}

	private isTurn(): boolean {
		const interval = this.words[INTERVAL] as number;
		if (interval <= 1) return true;
		const count = (this.words[COUNT] as number) + 1;
		this.words[COUNT] = count;
		return count % interval === 0;
	}
}

/** failslab=: fails allocations of objects. */
export class SlabFaults extends FaultState implements SlabFaultInjector {
	shouldFail(cache: CacheRecord, gfp: number): boolean {
		if (this.isSpared(gfp) || cache.name === CACHE_OF_CACHES) return false;
		return this.decide(cache.geometry().objectSize);
	}
}

/** fail_page_alloc=: fails allocations of pages. */
export class PageFaults extends FaultState implements FaultInjector {
	shouldFail(order: number, gfp: number): boolean {
		if (order < this.minOrder || this.isSpared(gfp)) return false;
		if (this.sparesHighmem && (gfp & __GFP_HIGHMEM) !== 0) return false;
		return this.decide(2 ** order);
	}
}
