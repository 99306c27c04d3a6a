// Lists of frames as a fold keeps them: doubly linked by number, any number of lists over one pair of columns.
//
//   heads   tails   counts         one entry for each list
//   next    prev    list           one entry for each frame; list: number of the list + 1, 0 for none
//
// FL1: a frame is on at most one list, and `list` says on which, so it can be taken off without being told.
// FL2: next and prev of neighbours agree; 0 ends a list, as frame 0 is never handed out.
// FL3: frames and lists that there are not are passed over: events come from files, and no event makes a list without an end.

import type { StateColumns } from "./state";

/** Lists 0 to `lists` - 1 over frames 0 to `frames` - 1. */
export class FrameLists {
	private readonly heads: Int32Array;
	private readonly tails: Int32Array;
	private readonly counts: Int32Array;
	private readonly next: Int32Array;
	private readonly prev: Int32Array;
	private readonly list: Int32Array;

	constructor(lists: number, frames: number) {
		this.heads = new Int32Array(lists);
		this.tails = new Int32Array(lists);
		this.counts = new Int32Array(lists);
		this.next = new Int32Array(frames);
		this.prev = new Int32Array(frames);
		this.list = new Int32Array(frames);
	}

	/** Frames on a list. */
	count(list: number): number {
		return this.counts[list] as number;
	}

	/** The list that a frame is on; -1 for none. */
	listOf(pfn: number): number {
		return (this.list[pfn] as number) - 1;
	}

	/** Puts a frame at the head of a list, off the one it was on. */
	pushHead(list: number, pfn: number): void {
		if (!this.has(list, pfn)) return;
		this.remove(pfn);
		const first = this.heads[list] as number;
		this.next[pfn] = first;
		this.prev[pfn] = 0;
		if (first === 0) this.tails[list] = pfn;
		else this.prev[first] = pfn;
		this.heads[list] = pfn;
		this.enter(list, pfn);
	}

	/** Puts a frame at the tail of a list, off the one it was on. */
	pushTail(list: number, pfn: number): void {
		if (!this.has(list, pfn)) return;
		this.remove(pfn);
		const last = this.tails[list] as number;
		this.prev[pfn] = last;
		this.next[pfn] = 0;
		if (last === 0) this.heads[list] = pfn;
		else this.next[last] = pfn;
		this.tails[list] = pfn;
		this.enter(list, pfn);
	}

	/** Takes a frame off its list, if it is on one. */
	remove(pfn: number): void {
		const list = (this.list[pfn] as number) - 1;
		if (!(list >= 0)) return; // on none, or no frame
		const before = this.prev[pfn] as number;
		const after = this.next[pfn] as number;
		if (before === 0) this.heads[list] = after;
		else this.next[before] = after;
		if (after === 0) this.tails[list] = before;
		else this.prev[after] = before;
		this.list[pfn] = 0;
		this.counts[list] = (this.counts[list] as number) - 1;
	}

	/** The frames of a list, head first. */
	members(list: number): number[] {
		const found: number[] = [];
		const most = this.next.length; // a damaged key frame may close a ring
		for (let pfn = this.heads[list] as number; pfn > 0; ) {
			if (found.push(pfn) > most) break;
			pfn = this.next[pfn] as number;
		}
		return found;
	}

	/** The columns, for a key frame. */
	columns(): StateColumns {
		const { heads, tails, counts, next, prev, list } = this;
		return [heads, tails, counts, next, prev, list];
	}

	/** FL3 */
	private has(list: number, pfn: number): boolean {
		return (
			pfn > 0 && pfn < this.list.length && list >= 0 && list < this.heads.length
		);
	}

	private enter(list: number, pfn: number): void {
		this.list[pfn] = list + 1;
		this.counts[list] = (this.counts[list] as number) + 1;
	}
}
