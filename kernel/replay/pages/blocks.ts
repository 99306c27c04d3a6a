// Blocks as a recording frees them: the same frames as here, but perhaps cut otherwise.
//
//   allocated here   |       order 2       |          freed there   |order 0|order 0|order 0|order 0|    split first
//                    |order 0|order 0|                              |    order 1    |                    join first
//
// A block that is split there (split_page, a huge page in parts) is split when its first part is freed here; frames that
// were in use at the start are single pages, whatever they were there.

import { NIL, type Pfn } from "../../../hw/units";
import type { MemoryManager } from "../../../mm/memory-manager";
import { type Pages, PG_HEAD, PG_SLAB, PG_TAIL } from "../../../mm/page";
import type { PageAllocator } from "../../../mm/page-allocator";

const TOP = 10;
const OTHERS = ~(PG_HEAD | PG_TAIL);

/** Cuts and joins blocks in use. */
export class Blocks {
	private readonly pages: Pages;
	private readonly allocator: PageAllocator;

	constructor({ pages, allocator }: MemoryManager) {
		this.pages = pages;
		this.allocator = allocator;
	}

	/** Makes the frames one block of that order in use; false, and they cannot be freed, when they are not all in use. */
	shape(pfn: Pfn, order: number): boolean {
		const { pages } = this;
		if (pages.refcount(pfn) === 1 && pages.order(pfn) === order) return true;
		return this.reshape(pfn, order);
	}

	private reshape(pfn: Pfn, order: number): boolean {
		const end = pfn + (1 << order);
		for (let at = pfn as number; at < end; at++)
			if (!this.makeSingle(at as Pfn)) return false;
		if (order > 0) this.allocator.joinPages(pfn, order);
		return true;
	}

	/** Splits the block that holds a frame into single pages. */
	private makeSingle(pfn: Pfn): boolean {
		const { pages } = this;
		for (let order = 0; order <= TOP; order++) {
			const head = (pfn & ~((1 << order) - 1)) as Pfn;
			if (!pages.has(head) || pages.refcount(head) !== 1) continue;
			if (pages.order(head) !== order) continue;
			if ((pages.flags(head) & PG_SLAB) !== 0) return false;
			if (order > 0) this.split(head, order);
			return true;
		}
		return false;
	}

	private split(head: Pfn, order: number): void {
		const { pages } = this;
		for (let at = head as number; at < head + (1 << order); at++) {
			pages.setFlags(at as Pfn, pages.flags(at as Pfn) & OTHERS);
			pages.setHead(at as Pfn, NIL);
		}
		this.allocator.splitPages(head, order);
	}
}
