// The buddy system: one zone's free memory as blocks of 2^k frames that split and merge.
//
//   order 3  |               P               |        buddy of the block at pfn p of order k:  p XOR 2^k
//   order 2  |       P       |      P+4      |        merged block begins at:                  p AND buddy
//   order 1  |   P   |  P+2  |
//   order 0  | P |P+1|
//
// One list for each order and migratetype; a block is on the list of its pageblock's type as it was when it was freed.
// Taking starts at the head of the smallest sufficient list; what is split off goes, upper half first, to the heads of
// the lists below. When no block of the wanted type is left, the largest block of another type is taken, so that as few
// pageblocks as possible get mixed, and its whole pageblock may change hands.
//
// B1: below the top order, the buddy of a free block is not free at that same order (it would have been merged),
//     unless the pageblocks' types forbid it (B5) or the zone ends between them.
// B2: a free block is aligned to its size and lies in one zone.
// B3: a frame that is handed out or given back was not free, or free, exactly once.
// B4: nr_free counts the blocks of an order over all types, and free counts their frames.
// B5: from pageblock order up, blocks merge only if both types are ordinary or both are the same.
// [mm/page_alloc.c __free_one_page, __rmqueue_smallest, expand, __rmqueue_fallback, steal_suitable_fallback]

import { COST_BUDDY, COST_SPLIT } from "../hw/costs";
import type { Cpu, Seated, Turn } from "../hw/cpu";
import type { Locks } from "../hw/lock";
import { panic } from "../hw/panic";
import type { Recorder } from "../hw/recorder";
import type { Rng } from "../hw/rng";
import { NIL, type Pfn } from "../hw/units";
import {
	EV_BUDDY_GIVE,
	EV_BUDDY_MOVE,
	EV_BUDDY_TAKE,
	EV_FALLBACK,
	EV_PCP_DRAIN,
} from "./events";
import { FreeAreas } from "./free-area";
import {
	ALLOC_HIGHATOMIC,
	ALLOC_KSWAPD,
	ALLOC_NOFRAGMENT,
	ALLOC_NON_BLOCK,
	ALLOC_OOM,
} from "./gfp";
import type { Pages } from "./page";
import {
	MIGRATE_HIGHATOMIC,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_UNMOVABLE,
	PAGEBLOCK_FRAMES,
	PAGEBLOCK_ORDER,
	type Pageblocks,
} from "./pageblock";
import { WMARK_HIGH, type Zone } from "./zone";

const TOP = 10; // MAX_ORDER - 1
const TAIL_ORDER_MAX = 8; // above it a likely merge does not matter (MAX_ORDER - 2, exclusive)
const STEAL_ORDER = 4; // pageblock_order / 2: blocks this large may claim their pageblock
const HALF_BLOCK = PAGEBLOCK_FRAMES / 2;
const BOOST_FACTOR = 15000; // watermark_boost_factor, in 1/10000 of the high mark

/** Any of these lets a request have a block of the highatomic reserve when there is no other. */
const LAST_RESORT = ALLOC_OOM | ALLOC_NON_BLOCK;
const MAY_USE_RESERVE = ALLOC_HIGHATOMIC | LAST_RESORT;

// Aliases in this file: an imported constant is looked up whenever it is used.
const END = NIL;
const BLOCK_ORDER = PAGEBLOCK_ORDER;
const HIGHATOMIC = MIGRATE_HIGHATOMIC;
const BASE_COST = COST_BUDDY;
const STEP_COST = COST_SPLIT;

/** Types to try, in order, when a list is empty; index = wanted type. */
const FALLBACKS: readonly (readonly number[])[] = [
	[MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE],
	[MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE],
	[MIGRATE_UNMOVABLE, MIGRATE_MOVABLE],
];

/** Why a block is given back. */
export const GIVE_FREE = 0;
/** Boot and hotplug put blocks at the tail (FPI_TO_TAIL). */
export const GIVE_TAIL = 1;
const BEHIND = GIVE_TAIL; // an exported constant is looked up, too

/** Bit k: blocks of order k pass through per-CPU lists, orders 0 to 3 and huge pages (pcp_allowed_order). */
export const PCP_ORDERS = 0xf | (1 << PAGEBLOCK_ORDER);
/** Whether blocks of this order and type do. */
export const hasPcpList = (order: number, type: number): boolean =>
	((PCP_ORDERS >>> order) & 1) === 1 && type < MIGRATE_HIGHATOMIC;

/** What all buddies of a machine work with. */
export interface BuddyParts {
	readonly pages: Pages;
	readonly blocks: Pageblocks;
	readonly turn: Turn;
	readonly locks: Locks;
	readonly recorder: Recorder | null;
	/** Draws where top-order blocks go when shuffling is on (page_alloc.shuffle=1); null when off. */
	readonly shuffle: Rng | null;
	/** False on machines too small to keep types apart (page_group_by_mobility_disabled). */
	readonly grouping: boolean;
}

/** The free blocks of one zone. Who takes, gives, moves or looks for blocks holds the zone lock. */
export class Buddy extends FreeAreas implements Seated {
	private readonly blocks: Pageblocks;
	private readonly locks: Locks;
	private cpu: Cpu; // whose turn it is
	private readonly recorder: Recorder | null;

	constructor(
		private readonly parts: BuddyParts,
		zone: Zone,
	) {
		super(parts.pages, zone);
		this.blocks = parts.blocks;
		this.locks = parts.locks;
		this.cpu = parts.turn.cpu;
		this.recorder = parts.recorder;
		parts.turn.follow(this);
	}

	sit(_unit: Int32Array, cpu: Cpu): void {
		this.cpu = cpu;
	}

	/** Takes the zone lock. */
	lock(): void {
		this.locks.lock(this.words, this.zone.lockAt);
	}
	unlock(): void {
		this.locks.unlock(this.words, this.zone.lockAt);
	}

	/**
	 * Takes a block of 2^order frames of the wanted migratetype (__rmqueue).
	 * @param flags ALLOC_NOFRAGMENT falls back to whole pageblocks only; ALLOC_KSWAPD lets a boosted mark wake reclaim
	 * @returns its first frame, or NIL
	 */
	take(order: number, type: number, flags: number): Pfn {
		const pfn = this.takeOfType(order, type);
		return pfn === END ? this.takeOther(order, type, flags) : pfn;
	}

	/**
	 * `take` for a request past the lists of the CPUs (rmqueue_buddy): with ALLOC_HIGHATOMIC it may have a block of the highatomic
	 * reserve before all others, with ALLOC_NON_BLOCK or ALLOC_OOM when there is no other.
	 */
	takePast(order: number, type: number, flags: number): Pfn {
		if ((flags & MAY_USE_RESERVE) === 0) return this.take(order, type, flags);
		let pfn: Pfn = END;
		if ((flags & ALLOC_HIGHATOMIC) !== 0)
			pfn = this.takeOfType(order, HIGHATOMIC);
		if (pfn === END) pfn = this.take(order, type, flags);
		if (pfn === END && (flags & LAST_RESORT) !== 0)
			pfn = this.takeOfType(order, HIGHATOMIC);
		return pfn;
	}

	private takeOther(order: number, type: number, flags: number): Pfn {
		let pfn: Pfn = END;
		while (pfn === END && this.claim(order, type, flags))
			pfn = this.takeOfType(order, type);
		return pfn;
	}

	/** Takes from the lists of one type only, for reserves (__rmqueue_smallest). */
	takeOfType(order: number, type: number): Pfn {
		for (let from = order; from <= TOP; from++) {
			const pfn = this.takeHead(from, type, order);
			if (pfn === END) continue;
			this.zone.addFree(-(1 << order));
			if (from > order) this.expand(pfn, order, from, type);
			this.cpu.charge(BASE_COST + (from - order) * STEP_COST);
			if (this.recorder !== null) this.recordTake(pfn, order, from, type);
			return pfn;
		}
		return END;
	}

	private recordTake(
		pfn: Pfn,
		order: number,
		from: number,
		type: number,
	): void {
		const listed = hasPcpList(order, type) ? 1 : 0;
		const what = order | (type << 8);
		this.recorder?.emit(EV_BUDDY_TAKE, pfn, what, from, listed);
	}

	/** Gives a block back to the lists of `type` and merges it as far as it goes (__free_one_page). */
	give(pfn: Pfn, order: number, type: number, why: number): void {
		const { zone } = this;
		let block = pfn;
		let size = order;
		if (this.isListed(pfn)) alreadyFree(pfn);
		zone.addFree(1 << order);
		for (; size < TOP; size++) {
			const buddy = (block ^ (1 << size)) as Pfn;
			if (!this.isFree(buddy, size)) break;
			if (size >= BLOCK_ORDER && !this.mayMerge(type, buddy)) break;
			this.remove(buddy, size);
			block = (block & buddy) as Pfn;
		}
		if (size > order) {
			this.silence(pfn);
			zone.countMerges(size - order);
		}
		const tail = this.goesToTail(block, size, why);
		this.push(block, size, type, tail);
		this.cpu.charge(BASE_COST + (size - order) * STEP_COST);
		if (this.recorder !== null) this.recordGive(block, size, type, tail);
	}

	private recordGive(
		pfn: Pfn,
		order: number,
		type: number,
		tail: boolean,
	): void {
		this.recorder?.emit(EV_BUDDY_GIVE, pfn, order, type, tail ? 1 : 0);
	}

	/**
	 * Gives a block of the top order at boot: behind the others. There is nothing to merge it with, and its record is only
	 * written: to read what nobody has written yet would cost the host a second page fault.
	 */
	giveTop(pfn: Pfn, type: number): void {
		this.zone.addFree(1 << TOP);
		this.push(pfn, TOP, type, true);
		this.cpu.charge(BASE_COST);
		if (this.recorder !== null) this.recordGive(pfn, TOP, type, true);
	}

	/** As `give`, for a page that leaves a per-CPU list. */
	drain(pfn: Pfn, order: number, type: number): void {
		this.recorder?.emit(EV_PCP_DRAIN, pfn, order | (type << 8), 0, 0);
		this.give(pfn, order, type, GIVE_FREE);
	}

	/**
	 * Some block of at least `order` that a request of an ordinary type could take. The largest are looked at first: where
	 * there is plenty, one of them is there.
	 */
	hasBlock(order: number, mayUseHighatomic: boolean): boolean {
		const { zone } = this;
		const types = mayUseHighatomic ? HIGHATOMIC + 1 : HIGHATOMIC;
		for (let size = TOP; size >= order; size--) {
			if (zone.freeBlocks(size) === 0) continue;
			for (let type = 0; type < types; type++)
				if (this.head(size, type) !== END) return true;
		}
		return false;
	}

	/**
	 * Moves the free blocks of the pageblock that holds `pfn` to the tails of another type's lists
	 * (move_freepages_block). The pageblock's own type stays.
	 * @returns the frames moved: none when the zone ends inside the pageblock
	 */
	movePageblock(pfn: Pfn, type: number): number {
		const first = pfn & ~(PAGEBLOCK_FRAMES - 1);
		if (!this.zone.contains(first + PAGEBLOCK_FRAMES - 1)) return 0;
		let moved = 0;
		this.eachBlockIn(this.blockStart(pfn), (block, order) => {
			if (!this.isListed(block)) return;
			this.moveToTail(block, order, type);
			moved += 1 << order;
		});
		return moved;
	}

	/** Where the pageblock of `pfn` begins for this zone: at `pfn` itself when the zone begins inside the pageblock. */
	private blockStart(pfn: Pfn): number {
		const first = pfn & ~(PAGEBLOCK_FRAMES - 1);
		return this.zone.contains(first) ? first : pfn;
	}

	/** Keeps the lowest piece and returns the upper halves, largest first, to the heads of their lists. */
	private expand(pfn: Pfn, order: number, from: number, type: number): void {
		for (let size = from - 1; size >= order; size--)
			this.push((pfn + (1 << size)) as Pfn, size, type, false);
		this.zone.countSplits(from - order);
	}

	private moveToTail(pfn: Pfn, order: number, type: number): void {
		this.remove(pfn, order);
		this.push(pfn, order, type, true);
		this.recorder?.emit(EV_BUDDY_MOVE, pfn, order, type, 0);
	}

	private mayMerge(type: number, buddy: Pfn): boolean {
		const other = this.blocks.type(buddy);
		if (type === other) return true;
		return type < MIGRATE_HIGHATOMIC && other < MIGRATE_HIGHATOMIC; // B5
	}

	/** Tail when asked for, or when the buddy one level up is free, so that this block is likely to merge soon. */
	private goesToTail(pfn: Pfn, order: number, why: number): boolean {
		if (why === BEHIND) return true;
		if (order > TAIL_ORDER_MAX) return order === TOP && this.shuffles();
		const merged = pfn & (pfn ^ (1 << order));
		const above = (merged ^ (1 << (order + 1))) as Pfn;
		return this.isFree(above, order + 1);
	}

	private shuffles(): boolean {
		return this.parts.shuffle !== null && this.parts.shuffle.below(2) === 1;
	}

	/**
	 * Moves memory of another type onto the wanted lists, so that the take that follows succeeds (__rmqueue_fallback).
	 * Largest block first; a movable request that cannot claim a pageblock takes the smallest instead.
	 */
	private claim(order: number, type: number, flags: number): boolean {
		if (type >= FALLBACKS.length) return false;
		const whole = (flags & ALLOC_NOFRAGMENT) !== 0;
		const least = whole ? Math.max(order, PAGEBLOCK_ORDER) : order;
		for (let size = TOP; size >= least; size--) {
			const other = this.fallbackType(size, type);
			if (other < 0) continue;
			const mayClaim = this.maySteal(size, type);
			if (!mayClaim && type === MIGRATE_MOVABLE && size > order)
				return this.claimSmallest(order, type, flags);
			this.steal(size, other, order, type, flags);
			return true;
		}
		return false;
	}

	private claimSmallest(order: number, type: number, flags: number): boolean {
		for (let size = order; size <= TOP; size++) {
			const other = this.fallbackType(size, type);
			if (other < 0) continue;
			this.steal(size, other, order, type, flags);
			return true;
		}
		return false;
	}

	/** First type of the fallback table that has a free block of this order; -1 for none. */
	private fallbackType(order: number, type: number): number {
		if (this.zone.freeBlocks(order) === 0) return -1;
		for (const other of FALLBACKS[type] as readonly number[])
			if (this.head(order, other) !== END) return other;
		return -1;
	}

	/** Whether a fallback may take over the whole pageblock (can_steal_fallback). */
	private maySteal(order: number, type: number): boolean {
		return (
			order >= STEAL_ORDER ||
			type === MIGRATE_RECLAIMABLE ||
			type === MIGRATE_UNMOVABLE ||
			!this.parts.grouping
		);
	}

	/** Takes the first block of `other` for `type`, with its pageblock where that pays (steal_suitable_fallback). */
	private steal(
		size: number,
		other: number,
		order: number,
		type: number,
		flags: number,
	): void {
		const pfn = this.head(size, other);
		const had = this.blocks.type(pfn);
		this.zone.countFallback();
		if (had === MIGRATE_HIGHATOMIC) this.moveToTail(pfn, size, type);
		else if (size >= PAGEBLOCK_ORDER) {
			this.retype(pfn, size, type);
			this.moveToTail(pfn, size, type);
		} else {
			if (this.boostWatermark() && (flags & ALLOC_KSWAPD) !== 0)
				this.zone.setBoosted(true);
			if (!this.maySteal(size, type) || !this.stealPageblock(pfn, had, type))
				this.moveToTail(pfn, size, type);
		}
		this.recorder?.emit(
			EV_FALLBACK,
			pfn,
			order | (size << 8),
			type | (other << 8),
			this.blocks.type(pfn) === type ? 1 : 0,
		);
	}

	private retype(pfn: Pfn, order: number, type: number): void {
		for (let at = 0; at < 1 << order; at += PAGEBLOCK_FRAMES)
			this.blocks.setType((pfn + at) as Pfn, type);
	}

	/**
	 * Moves the pageblock's free blocks over. The pageblock itself changes type when half of it is free or of the new
	 * kind. Returns false when nothing could be moved because the zone ends inside the pageblock.
	 */
	private stealPageblock(pfn: Pfn, had: number, type: number): boolean {
		const movable = this.movableFrames(this.blockStart(pfn));
		const free = this.movePageblock(pfn, type);
		if (free === 0) return false;
		const alike = this.alikeFrames(type, had, free, movable);
		if (free + alike >= HALF_BLOCK || !this.parts.grouping)
			this.blocks.setType(pfn, type);
		return true;
	}

	/** Allocated frames of the pageblock that suit the new type, as far as anybody can tell. */
	private alikeFrames(
		type: number,
		had: number,
		free: number,
		movable: number,
	): number {
		if (type === MIGRATE_MOVABLE) return movable;
		if (had === MIGRATE_MOVABLE) return PAGEBLOCK_FRAMES - (free + movable);
		return 0;
	}

	/** Allocated frames of user programs in the pageblock. */
	private movableFrames(start: number): number {
		let movable = 0;
		this.eachBlockIn(start, (block, order) => {
			if (this.pages.mapcount(block) > 0) movable += 1 << order;
		});
		return movable;
	}

	/** Visits the pageblock from `start` on: free blocks whole, every other frame singly. */
	private eachBlockIn(
		start: number,
		visit: (pfn: Pfn, order: number) => void,
	): void {
		const next = (start | (PAGEBLOCK_FRAMES - 1)) + 1;
		const end = Math.min(next, this.zone.end);
		for (let pfn = start; pfn < end; ) {
			if (!this.pages.has(pfn)) return;
			const block = pfn as Pfn;
			const isFree = this.isListed(block);
			const order = isFree ? this.pages.order(block) : 0;
			visit(block, order);
			pfn += 1 << order;
		}
	}

	/** Raises the marks for a while after a fallback, so that reclaim makes room (boost_watermark). */
	private boostWatermark(): boolean {
		const zone = this.zone;
		if (PAGEBLOCK_FRAMES * 4 > zone.managed) return false;
		const high = zone.watermark(WMARK_HIGH) - zone.boost;
		const most = Math.floor((high * BOOST_FACTOR) / 10000);
		if (most === 0) return false;
		const limit = Math.max(most, PAGEBLOCK_FRAMES);
		zone.setBoost(Math.min(zone.boost + PAGEBLOCK_FRAMES, limit));
		return true;
	}
}

function alreadyFree(pfn: Pfn): never {
	panic(`buddy: B3 pfn ${pfn} is already free`);
}
