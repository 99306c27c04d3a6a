// Waiting objects: what kfree_rcu has and has not freed yet, by recorded pointer and by the frame where it lies.
//
//   frame    98051    98052    98053         a page goes: whatever waits in it was freed before
//            a b c             d
//
// Where pointers are hashed, nobody knows where an object lies: then it waits in no frame.
//
// WO1: a frame's count is the number of objects in the map that lie in it.

import { asPhys } from "../../../hw/units";
import { PointerMap } from "../pointer-map";
import type { DirectMap } from "./direct-map";

const PRESENT = asPhys(8);
const PAGE = 4096;
const SLAB_ORDER_MAX = 3; // slub_max_order

/** Objects that wait, each with a number. */
export class WaitingObjects {
	private readonly map = new PointerMap();
	private readonly counts = new Map<number, number>(); // by frame
	/** The number of what `has` or `take` found last. */
	number = 0;

	/** Without a direct map no object lies in a known frame. */
	constructor(private readonly directMap: DirectMap | null) {}

	get size(): number {
		return this.map.size;
	}

	/** An object waits from now on, under this number only. */
	add(low: number, high: number, number: number): void {
		if (this.map.get(low, high) === 0) this.count(low, high, 1);
		this.map.set(low, high, PRESENT, number);
	}

	has(low: number, high: number): boolean {
		const isThere = this.map.get(low, high) !== 0;
		if (isThere) this.number = this.map.tag;
		return isThere;
	}

	/** As `has`, and forgets it. */
	take(low: number, high: number): boolean {
		if (this.map.size === 0 || this.map.take(low, high) === 0) return false;
		this.number = this.map.tag;
		this.count(low, high, -1);
		return true;
	}

	/** Those that lie in a block: low and high words in turn. */
	inBlock(pfn: number, order: number): number[] {
		const found: number[] = [];
		if (this.counts.size === 0 || order > SLAB_ORDER_MAX) return found;
		const end = pfn + 2 ** order;
		let left = 0;
		for (let frame = pfn; frame < end; frame++)
			left += this.counts.get(frame) ?? 0;
		if (left === 0) return found;
		this.map.each((low, high) => {
			const frame = this.frameOf(low, high);
			if (frame >= pfn && frame < end) found.push(low, high);
		});
		return found;
	}

	private count(low: number, high: number, more: number): void {
		const frame = this.frameOf(low, high);
		if (frame < 0) return;
		const count = (this.counts.get(frame) ?? 0) + more;
		if (count > 0) this.counts.set(frame, count);
		else this.counts.delete(frame);
	}

	/** -1 where nobody knows. */
	private frameOf(low: number, high: number): number {
		return Math.floor((this.directMap?.physical(low, high) ?? -1) / PAGE);
	}
}
