// Free areas: the free blocks of one zone, in a list for each order and migratetype.
//
//   zone record, for each order:                          records of the blocks' first frames:
//   +--------------------------------+---------+          +-------------------------+------+------+
//   | head, tail of each type's list | nr_free |  head -> | PG_BUDDY | type | order | next | prev | -> ... -> tail
//   +--------------------------------+---------+          +-------------------------+------+------+
//
// FA1: a free block is on the list of the order and type that its first frame names; its other frames say nothing.
// FA2: nr_free counts the blocks of an order over all types.
// FA3: what leaves a list keeps its type and has the order of what is taken, or says nothing when it becomes part of another.
// Lists are linked as list.ts says. The words are written here themselves, not through its calls: this is where a machine that
// allocates and frees larger blocks spends its time.
// [include/linux/mmzone.h struct free_area; mm/page_alloc.c add_to_free_list, del_page_from_free_list, page_is_buddy]

import { NIL, type Pfn } from "../hw/units";
import {
	PAGE_LISTED,
	PAGE_NEXT,
	PAGE_ORDER_MASK,
	PAGE_PREV,
	PAGE_STATE,
	PAGE_TYPE_MASK,
	PAGE_TYPE_SHIFT,
	type Pages,
} from "./page";
import type { Zone } from "./zone";

// Aliases in this file: an imported constant is looked up whenever it is used.
const END = NIL;
const STATE = PAGE_STATE;
const NEXT = PAGE_NEXT;
const PREV = PAGE_PREV;
const LISTED = PAGE_LISTED;
const LISTED_ORDER = PAGE_LISTED | PAGE_ORDER_MASK;
const TYPE_MASK = PAGE_TYPE_MASK;
const TYPE_SHIFT = PAGE_TYPE_SHIFT;

/** The free lists of one zone. The caller holds the zone lock. */
export class FreeAreas {
	protected readonly pages: Pages;
	protected readonly words: Int32Array; // of the zone
	private readonly start: number; // where the zone lies does not change
	private readonly frames: number;

	constructor(
		pages: Pages,
		readonly zone: Zone,
	) {
		this.pages = pages;
		this.words = zone.words;
		this.start = zone.start;
		this.frames = zone.spanned;
	}

	/** First block of a list; NIL when it is empty. */
	head(order: number, type: number): Pfn {
		return this.words[this.zone.listAt(order, type)] as Pfn;
	}

	/** True if a free block begins at this frame. */
	isListed(pfn: Pfn): boolean {
		const { pages } = this;
		return ((pages.words[pages.at(pfn) | STATE] as number) & LISTED) !== 0;
	}

	/** True if a free block of exactly this order begins at this frame of this zone (page_is_buddy). */
	isFree(pfn: Pfn, order: number): boolean {
		const at = pfn - this.start;
		if (at < 0 || at >= this.frames) return false;
		const { pages } = this;
		const state = pages.words[pages.at(pfn) | STATE] as number;
		return (state & LISTED_ORDER) === (LISTED | order);
	}

	/** Puts a block in front of its list, or behind all others. */
	push(pfn: Pfn, order: number, type: number, behind: boolean): void {
		const { words, pages } = this;
		const records = pages.words;
		const record = pages.at(pfn);
		const list = this.zone.listAt(order, type);
		const first = words[list] as Pfn;
		records[record | STATE] = LISTED | (type << TYPE_SHIFT) | order;
		if (behind && first !== END) {
			const last = words[list + 1] as Pfn;
			records[record | NEXT] = END;
			records[record | PREV] = last;
			records[pages.at(last) | NEXT] = pfn;
			words[list + 1] = pfn;
		} else {
			records[record | NEXT] = first;
			words[list] = pfn;
			if (first === END) words[list + 1] = pfn;
			else records[pages.at(first) | PREV] = pfn;
		}
		(words[this.zone.countAt(order)] as number) += 1;
	}

	/** Takes a block of this order off its list; its first frame says nothing then. */
	remove(pfn: Pfn, order: number): void {
		const { words, pages } = this;
		const records = pages.words;
		const record = pages.at(pfn);
		const state = records[record | STATE] as number;
		const next = records[record | NEXT] as Pfn;
		const list = this.zone.listAt(order, (state & TYPE_MASK) >>> TYPE_SHIFT);
		records[record | STATE] = 0;
		if (words[list] === pfn) words[list] = next;
		else {
			const prev = records[record | PREV] as Pfn;
			records[pages.at(prev) | NEXT] = next;
			if (next === END) words[list + 1] = prev;
			else records[pages.at(next) | PREV] = prev;
		}
		(words[this.zone.countAt(order)] as number) -= 1;
	}

	/**
	 * Takes the first block of a list, of which a block of `order` will be the caller's.
	 * @param from order of the list
	 * @returns NIL when the list is empty
	 */
	takeHead(from: number, type: number, order: number): Pfn {
		const { words, pages } = this;
		const list = this.zone.listAt(from, type);
		const pfn = words[list] as Pfn;
		if (pfn === END) return pfn;
		const record = pages.at(pfn);
		pages.words[record | STATE] = (type << TYPE_SHIFT) | order;
		words[list] = pages.words[record | NEXT] as number;
		(words[this.zone.countAt(from)] as number) -= 1;
		return pfn;
	}

	/** Makes the first frame of a block an inner one that says nothing: the block becomes part of a larger one. */
	silence(pfn: Pfn): void {
		const { pages } = this;
		pages.words[pages.at(pfn) | STATE] = 0;
	}
}
