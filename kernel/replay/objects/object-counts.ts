// Counts of a replay's objects: by cache and by caller, and what did not go as recorded.

import { GrowingNumbers } from "./growing";

/** What a player counted. */
export class ObjectCounts {
	readonly allocatedByCache = new GrowingNumbers();
	readonly freedByCache = new GrowingNumbers();
	readonly allocatedByCaller = new GrowingNumbers();
	readonly freedByCaller = new GrowingNumbers();
	/** By cache and by caller: in use when the recording ended. */
	readonly leftByCache = new GrowingNumbers();
	readonly leftByCaller = new GrowingNumbers();
	/** By cache: allocations of an address where an object was in use, and objects that went unseen with them. */
	readonly unseenByCache = new GrowingNumbers();
	/** By cache: allocations that found no memory here. */
	readonly failed = new GrowingNumbers();
	/** By cache: frees of what nobody was seen to take. */
	readonly unknown = new GrowingNumbers();
	/** The same where the event does not tell the cache: kfree. */
	unknownUnnamed = 0;
	/** Frees of objects that are older than the start and were not known by address. */
	unknownOld = 0;
	/** Frees of objects that a CPU's drivers had taken unseen. */
	unknownDriver = 0;
	driverTaken = 0;
	/** Allocations that failed in the recording. */
	failedThere = 0;
	/** kfree(NULL). */
	nulls = 0;
	/** Blocks of whole pages. */
	large = 0;
	/** Allocations without a cache: of 0 bytes. */
	withoutCache = 0;
	/** Frees under another name than the cache that the object was taken from. */
	misattributed = 0;
	/** Batches of kfree_rcu. */
	batches = 0;
	/** Objects that were taken many at a time, unseen. */
	hidden = 0;
	/** Times that an event named a CPU that the machine lacks. */
	otherCpus = 0;

	allocated(caller: number, cache: number): void {
		this.allocatedByCache.add(cache, 1);
		this.allocatedByCaller.add(caller, 1);
	}

	freed(caller: number, cache: number): void {
		this.freedByCache.add(cache, 1);
		this.freedByCaller.add(caller, 1);
	}

	freedUnseen(caller: number, cache: number): void {
		this.freed(caller, cache);
		this.unseenByCache.add(cache, 1);
	}

	left(caller: number, cache: number): void {
		this.leftByCache.add(cache, 1);
		this.leftByCaller.add(caller, 1);
	}
}

/** Sum of what was counted under all numbers. */
export function total(counts: GrowingNumbers): number {
	let sum = 0;
	for (let index = 0; index < counts.length; index++) sum += counts.at(index);
	return sum;
}
