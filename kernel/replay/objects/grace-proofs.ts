// Grace proofs: how soon addresses that kfree_rcu had were given out again, told by a first pass.
//
//   put aside         0  1  2  3 ... 509 510 ...   of all CPUs, counted from the start of the replay on
//   given out again                       2  0     so 2 was free when 510 had been put aside, 0 when 511 had
//
// A batch of which much was given out again before the next one can have gone shows how far it reached: what lies free is
// taken before new slabs are made.
//
// The first page that goes with objects of a batch goes with the batch: what frees it in bulk shows no event of an object.
//
// GP1: objects have the same numbers in both passes.

import type { DirectMap } from "./direct-map";
import { GrowingNumbers } from "./growing";
import { WaitingObjects } from "./waiting-objects";

const NEVER_AGAIN = 0x7fffffff;

/** Objects by the order in which they were put aside. */
export class GraceProofs {
	private readonly waiting: WaitingObjects;
	private readonly again = new GrowingNumbers(); // by number
	private readonly pages = new GrowingNumbers();

	/** Without a direct map pages tell nothing. */
	constructor(directMap: DirectMap | null = null) {
		this.waiting = new WaitingObjects(directMap);
	}

	/** How many were put aside. */
	get size(): number {
		return this.again.length;
	}

	/** An object is put aside. */
	add(low: number, high: number): void {
		this.waiting.add(low, high, this.again.length);
		this.again.push(NEVER_AGAIN);
		this.pages.push(NEVER_AGAIN);
	}

	/** An address is given out. */
	reuse(low: number, high: number): void {
		if (!this.waiting.take(low, high)) return;
		this.again.set(this.waiting.number, this.again.length);
	}

	/** A thread gives the pages of a block back, of which it freed no object with an event. */
	pagesGo(pfn: number, order: number): void {
		const { waiting, pages } = this;
		const there = waiting.inBlock(pfn, order);
		for (let at = 0; at < there.length; at += 2) {
			waiting.has(there[at] as number, there[at + 1] as number);
			if (pages.at(waiting.number) === NEVER_AGAIN)
				pages.set(waiting.number, this.size);
		}
	}

	/** The object was freed with an event. */
	forget(low: number, high: number): void {
		this.waiting.take(low, high);
	}

	/** How many had been put aside when the address of the nth, from 0 on, was given out again; a great number for never. */
	goneBy(nth: number): number {
		return nth < this.again.length ? this.again.at(nth) : NEVER_AGAIN;
	}

	/** The same for the page where it lay. */
	pageGoneBy(nth: number): number {
		return nth < this.pages.length ? this.pages.at(nth) : NEVER_AGAIN;
	}
}
