// Order of the free lists at the beginning of a recording, learned from what happened to the blocks later.
//
//   list of order 2    ?  ?  ?         first taken of them   was the head
//                                      next taken            came behind it
//                                      never taken           behind all others: by address, which nearly all lists go by
//
// The blocks are followed through splits and merges as the recorded kernel made them. A block that merged, or that a
// fallback moved with its pageblock, tells nothing any more.
//
// LO1: a rank is the entry at which a block of the beginning was the head of its list; a block that was found by a fallback
//      comes half an entry earlier, before the take that follows.

import { PAGEBLOCK_FRAMES, PAGEBLOCK_ORDER } from "../../../mm/pageblock";
import type { FreeFrames } from "./free-frames";
import type { FreeKinds } from "./frees";
import {
	PAGE_DRAIN,
	PAGE_FALLBACK,
	PAGE_LOCKED,
	type PageLog,
} from "./page-log";
import type { RecordedZones } from "./recorded-zones";

const TOP = 10;
const NONE = -1;

/** What became of the free blocks of the beginning. */
export class ListOrder {
	/** First frame of a block of the beginning to the instant at which it headed its list (LO1). */
	readonly ranks = new Map<number, number>();
	/** First frame to the type of the list that it was found on. */
	readonly types = new Map<number, number>();
	private readonly orders: Int8Array; // of the free block that begins here, by frame
	private readonly first: Int8Array; // the same at the beginning
	private readonly touched: Uint8Array;

	constructor(
		private readonly log: PageLog,
		frees: FreeKinds,
		private readonly zones: RecordedZones,
		free: FreeFrames,
	) {
		this.orders = new Int8Array(zones.frames + 1).fill(NONE);
		for (const zone of zones.all)
			free.eachBlock(zone, (pfn, order) => {
				this.orders[pfn] = order;
			});
		this.first = this.orders.slice();
		this.touched = new Uint8Array(zones.frames + 1);
		for (let at = 0; at < log.length; at++) {
			const kind = log.kind(at);
			if (kind === PAGE_LOCKED) this.take(at);
			else if (kind === PAGE_FALLBACK) this.fallBack(at);
			else if (kind === PAGE_DRAIN || frees.direct(at)) this.give(at);
		}
	}

	private isUntouched(pfn: number, order: number): boolean {
		return this.first[pfn] === order && this.touched[pfn] === 0;
	}

	private take(at: number): void {
		const { log, orders, touched } = this;
		const pfn = log.pfn(at);
		const order = log.order(at);
		let from = order;
		while (from <= TOP && orders[pfn] !== from) from++;
		if (from > TOP) return; // not the lowest part of a free block: the recording contradicts itself
		if (this.isUntouched(pfn, from)) {
			this.types.set(pfn, log.type(at));
			this.ranks.set(pfn, at);
			touched[pfn] = 1;
		}
		orders[pfn] = NONE;
		for (let size = from - 1; size >= order; size--) {
			orders[pfn + (1 << size)] = size;
			touched[pfn + (1 << size)] = 1;
		}
	}

	private fallBack(at: number): void {
		const { log, touched } = this;
		const pfn = log.pfn(at);
		if (this.isUntouched(pfn, log.gotOrder(at))) {
			this.ranks.set(pfn, at - 0.5);
			this.types.set(pfn, log.hadType(at));
			touched[pfn] = 1;
		}
		if (log.gotOrder(at) < PAGEBLOCK_ORDER) this.touchPageblock(pfn);
	}

	/** The other free blocks of the pageblock may be moved with it. */
	private touchPageblock(pfn: number): void {
		const start = pfn & ~(PAGEBLOCK_FRAMES - 1);
		for (let near = start; near < start + PAGEBLOCK_FRAMES; near++)
			if ((this.orders[near] ?? NONE) >= 0) this.touched[near] = 1;
	}

	private give(at: number): void {
		const { orders, touched } = this;
		let pfn = this.log.pfn(at);
		let order = this.log.order(at);
		const { start, end } = this.zones.at(this.zones.of(pfn));
		for (; order < TOP; order++) {
			const buddy = pfn ^ (1 << order);
			if (buddy < start || buddy >= end || orders[buddy] !== order) break;
			orders[buddy] = NONE;
			touched[buddy] = 1;
			pfn &= buddy;
		}
		orders[pfn] = order;
		touched[pfn] = 1;
	}
}
