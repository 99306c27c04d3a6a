// Replaced names: long names of directory entries that a rename replaced, which frees them by kfree_rcu.
//
//   __d_alloc         alloc dentry D, kmalloc name N        by one thread: N is D's name
//   rename            (no event)                            D has another name, N is put aside
//   __d_free_external kfree another name, free D            so N was replaced
//   or                N's address is given out again        so N was replaced
//
// When it happened shows nowhere. A rename makes an entry for the new name, so it was at the earliest when the thread made its
// next long name; files are mostly renamed soon.
//
// RN1: names are counted from the start of the replay on, in both passes.

import { asPhys } from "../../../hw/units";
import { PointerMap } from "../pointer-map";

const PRESENT = asPhys(8);

/** Names, by the order of their allocations. */
export class ReplacedNames {
	private readonly nameAt = new PointerMap(); // tag: nth name
	private readonly nameOf = new PointerMap(); // by entry; tag: nth name
	private readonly lastEntry = new Map<number, readonly [number, number]>(); // by thread
	private readonly replaced = new Set<number>();
	private readonly gone = new Set<number>(); // freed with an event, whose entries were not yet
	private isStarted = false;
	private count = 0;

	/** From here on names are counted. */
	start(): void {
		this.isStarted = true;
	}

	/** A thread made an entry, of which the name may follow. */
	entry(pid: number, low: number, high: number): void {
		this.nameOf.take(low, high);
		if (this.isStarted) this.lastEntry.set(pid, [low, high]);
	}

	/** A thread made a long name. */
	name(pid: number, low: number, high: number): void {
		if (!this.isStarted) return;
		const nth = this.count++;
		this.nameAt.set(low, high, PRESENT, nth);
		const entry = this.lastEntry.get(pid);
		if (entry === undefined) return;
		this.lastEntry.delete(pid);
		this.nameOf.set(entry[0], entry[1], PRESENT, nth);
	}

	/** An address is given out, by whomever. Before the calls above. */
	reuse(low: number, high: number): void {
		if (this.nameAt.take(low, high) !== 0) this.replaced.add(this.nameAt.tag);
	}

	/** An object was freed. */
	free(low: number, high: number): void {
		if (this.nameAt.take(low, high) !== 0) {
			this.gone.add(this.nameAt.tag);
			return;
		}
		if (this.nameOf.take(low, high) === 0) return;
		const nth = this.nameOf.tag;
		if (!this.gone.delete(nth)) this.replaced.add(nth);
	}
	/** Whether the nth name, from 0 on, was replaced. */
	has(nth: number): boolean {
		return this.replaced.has(nth);
	}
}
