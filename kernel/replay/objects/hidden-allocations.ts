// Hidden allocations: objects that were taken many at a time, untraced, and whose frees show that they were there.
//
//   moments           1            2            3              a request for one node, after which many may have been taken
//   an address   free |--- hidden allocation ? --->| free      so it was taken at moment 1, the first after its last free
//
// Nodes that were taken and given back so are seen neither way, and change little.
//
// HA1: an address is taken at most once between two of its frees.

import { asPhys } from "../../../hw/units";
import { PointerMap } from "../pointer-map";
import { GrowingNumbers } from "./growing";

const PRESENT = asPhys(8);

/** Allocations by moments, which the replay counts as the survey did. */
export class HiddenAllocations {
	/** Moments since the start. */
	moments = 0;
	private isStarted = false;
	private readonly lastFree = new PointerMap(); // tag: moments at that time
	private readonly births = new GrowingNumbers(); // by life: moments when it began
	private readonly found = {
		at: [] as number[],
		low: [] as number[],
		high: [] as number[],
	};
	private order = new Int32Array(0); // of the found ones, by moment

	/** From here on moments count. */
	start(): void {
		this.isStarted = true;
	}

	/** How many were found. */
	get size(): number {
		return this.found.at.length;
	}
	/** The moment, from 1 on, of the nth allocation in the order of moments. */
	momentOf(nth: number): number {
		return this.found.at[this.order[nth] as number] as number;
	}
	low(nth: number): number {
		return this.found.low[this.order[nth] as number] as number;
	}
	high(nth: number): number {
		return this.found.high[this.order[nth] as number] as number;
	}

	/** A moment at which more may be taken than the trace shows. */
	moment(): void {
		if (this.isStarted) this.moments++;
	}

	/** A slab began. */
	born(life: number): void {
		if (this.moments > 0) this.births.add(life, this.moments);
	}

	/** An address that nobody was seen to take was freed: it was taken at the first moment that allows it, if there is one. */
	freed(low: number, high: number, life: number): void {
		const born = life < this.births.length ? this.births.at(life) : 0;
		const wasFreed = this.lastFree.get(low, high) !== 0;
		const last = wasFreed ? this.lastFree.tag : 0;
		const moment = Math.max(born, last) + 1;
		if (moment > this.moments) return;
		this.found.at.push(moment);
		this.found.low.push(low);
		this.found.high.push(high);
	}

	/** An object of the cache was freed. */
	noteFree(low: number, high: number): void {
		if (this.isStarted) this.lastFree.set(low, high, PRESENT, this.moments);
	}

	/** Sorts what was found. */
	finish(): void {
		const { at } = this.found;
		this.order = Int32Array.from(at.keys()).sort(
			(one, other) =>
				(at[one] as number) - (at[other] as number) || one - other,
		);
	}
}
