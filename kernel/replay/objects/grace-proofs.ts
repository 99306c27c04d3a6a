// Grace proofs: how soon addresses that kfree_rcu had were given out again, told by a first pass.
//
//   put aside         0  1  2  3 ... 509 510 ...   of all CPUs, counted from the start of the replay on
//   given out again                       2  0     so 2 was free when 510 had been put aside, 0 when 511 had
//
// A batch of which much was given out again before the next one can have gone shows how far it reached: what lies free is
// taken before new slabs are made.
//
// GP1: objects have the same numbers in both passes.

import { asPhys } from "../../../hw/units";
import { PointerMap } from "../pointer-map";
import { GrowingNumbers } from "./growing";

const PRESENT = asPhys(8);
const NEVER_AGAIN = 0x7fffffff;

/** Objects by the order in which they were put aside. */
export class GraceProofs {
	private readonly waiting = new PointerMap(); // tag: number
	private readonly again = new GrowingNumbers(); // by number

	/** How many were put aside. */
	get size(): number {
		return this.again.length;
	}

	/** An object is put aside. */
	add(low: number, high: number): void {
		this.waiting.set(low, high, PRESENT, this.again.length);
		this.again.push(NEVER_AGAIN);
	}

	/** An address is given out. */
	reuse(low: number, high: number): void {
		if (this.waiting.size === 0 || this.waiting.take(low, high) === 0) return;
		this.again.set(this.waiting.tag, this.again.length);
	}

	/** The object was freed with an event. */
	forget(low: number, high: number): void {
		if (this.waiting.size > 0) this.waiting.take(low, high);
	}

	/** How many had been put aside when the address of the nth, from 0 on, was given out again; a great number for never. */
	goneBy(nth: number): number {
		return nth < this.again.length ? this.again.at(nth) : NEVER_AGAIN;
	}
}
