// Lists of frames, doubly linked through their page records.
//
//   anchor (two words of whoever owns the list)      records
//       +------+------+        +-----------+     +-----------+     +-----------+
//       | head | tail |   head |next   prev| --> |next   prev| --> |next   prev|  tail
//       +------+------+        +-----------+ <-- +-----------+ <-- +-----------+
//
// L1: a list is empty exactly when its head is NIL, else its tail is the last frame; the tail of an empty list means nothing.
// L2: next and prev of neighbours agree, and the tail's next is NIL; the head's prev means nothing, so that taking the head
//     off touches no other record.
// L3: the links of a frame that is on no list mean nothing.
//
// Linux uses rings with the anchor as a member; numbers that end in NIL need no anchor in the page array.

import { NIL, type Pfn } from "../hw/units";
import { PAGE_NEXT, PAGE_PREV, type Pages } from "./page";

// Aliases in this file: an imported constant is looked up whenever it is used.
const END = NIL;
const NEXT = PAGE_NEXT;
const PREV = PAGE_PREV;

/** Operations on lists of frames; `words[anchor]` is the head and `words[anchor + 1]` the tail. */
export class PageLists {
	constructor(private readonly pages: Pages) {}

	head(words: Int32Array, anchor: number): Pfn {
		return words[anchor] as Pfn;
	}

	/** Last frame; NIL when the list is empty. */
	tail(words: Int32Array, anchor: number): Pfn {
		return words[anchor] === END ? END : (words[anchor + 1] as Pfn);
	}

	pushHead(words: Int32Array, anchor: number, pfn: Pfn): void {
		const { pages } = this;
		const first = words[anchor] as Pfn;
		pages.words[pages.at(pfn) | NEXT] = first;
		words[anchor] = pfn;
		if (first === END) words[anchor + 1] = pfn;
		else pages.words[pages.at(first) | PREV] = pfn;
	}

	pushTail(words: Int32Array, anchor: number, pfn: Pfn): void {
		const { pages } = this;
		const record = pages.at(pfn);
		pages.words[record | NEXT] = END;
		if (words[anchor] === END) words[anchor] = pfn;
		else {
			const last = words[anchor + 1] as Pfn;
			pages.words[record | PREV] = last;
			pages.words[pages.at(last) | NEXT] = pfn;
		}
		words[anchor + 1] = pfn;
	}

	/** Takes a frame out of the list that it is on. */
	remove(words: Int32Array, anchor: number, pfn: Pfn): void {
		const { pages } = this;
		const record = pages.at(pfn);
		const next = pages.words[record | NEXT] as Pfn;
		if (words[anchor] === pfn) {
			words[anchor] = next;
			return;
		}
		const prev = pages.words[record | PREV] as Pfn;
		pages.words[pages.at(prev) | NEXT] = next;
		if (next === END) words[anchor + 1] = prev;
		else pages.words[pages.at(next) | PREV] = prev;
	}

	/** Takes the head off and returns it; NIL when the list is empty. */
	popHead(words: Int32Array, anchor: number): Pfn {
		const first = words[anchor] as Pfn;
		if (first !== END) words[anchor] = this.pages.next(first);
		return first;
	}

	/** Takes the tail off and returns it; NIL when the list is empty. */
	popTail(words: Int32Array, anchor: number): Pfn {
		const { pages } = this;
		const first = words[anchor] as Pfn;
		if (first === END) return END;
		const last = words[anchor + 1] as Pfn;
		if (first === last) words[anchor] = END;
		else {
			const prev = pages.prev(last);
			pages.words[pages.at(prev) | NEXT] = END;
			words[anchor + 1] = prev;
		}
		return last;
	}

	/** Calls `visit` for each frame from head to tail; stops when it returns false. */
	each(
		words: Int32Array,
		anchor: number,
		visit: (pfn: Pfn) => boolean | undefined,
	): void {
		let pfn = words[anchor] as Pfn;
		while (pfn !== END) {
			const next = this.pages.next(pfn);
			if (visit(pfn) === false) return;
			pfn = next;
		}
	}
}
