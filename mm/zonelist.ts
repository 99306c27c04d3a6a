// Zonelists: which zones a request may use, and what one pass over them finds.
//
//   gfp & 31 --> route:  Normal ----------> DMA32 ----------> DMA        highest zone that the flags allow, then downwards
//                          |                  |                |
//                       above its mark?    above its mark?    ...        mark: LOW, or MIN on the slow path
//                          |
//                          +--> per-CPU list (orders 0-3, 9) --> buddy   the first block found is the answer
//
// ZL1: a request never climbs above the zone that its flags name, and names at most one zone and one mobility.
// ZL2: the marks are respected: what is left is more than the mark, less what the caller's urgency takes off it, plus the
//      reserve of the request's class, and there is a block of the order.
// ZL3: a request that shall not mix types in Normal first looks everywhere for a whole pageblock, then takes what there is.
// ZL4: the highatomic reserve grows with an atomic high-order success only, to a hundredth of the zone and one pageblock.
// [mm/page_alloc.c get_page_from_freelist, zone_watermark_fast, __zone_watermark_ok, rmqueue, GFP_ZONE_TABLE]

import { panic } from "../hw/panic";
import type { Recorder } from "../hw/recorder";
import { NIL, type Pfn } from "../hw/units";
import { type Buddy, PCP_ORDERS } from "./buddy";
import { EV_ZONE_REFUSED } from "./events";
import {
	__GFP_DMA,
	__GFP_DMA32,
	__GFP_MOVABLE,
	__GFP_RECLAIMABLE,
	ALLOC_HIGHATOMIC,
	ALLOC_KSWAPD,
	ALLOC_MIN_RESERVE,
	ALLOC_NO_WATERMARKS,
	ALLOC_NOFRAGMENT,
	ALLOC_NON_BLOCK,
	ALLOC_OOM,
	ALLOC_WMARK_MASK,
	GFP_MOBILITY_SHIFT,
} from "./gfp";
import {
	MIGRATE_HIGHATOMIC,
	MIGRATE_RECLAIMABLE,
	PAGEBLOCK_FRAMES,
	type Pageblocks,
} from "./pageblock";
import type { PerCpuPages } from "./pcp";
import {
	STRICTEST_CLASS,
	WMARK_LOW,
	WMARK_MIN,
	ZONE_DMA,
	ZONE_DMA32,
	ZONE_MOVABLE,
	ZONE_NORMAL,
	type Zone,
} from "./zone";

const ROUTE_BITS = 31; // of a gfp mask: zones and mobility
const MOBILITY = __GFP_MOVABLE | __GFP_RECLAIMABLE;
const LOW_ZONES = __GFP_DMA | __GFP_DMA32; // what asks for another zone than the highest

// Aliases in this file: an imported constant is looked up whenever it is used.
const NONE = NIL;
const LISTED_ORDERS = PCP_ORDERS;
const LAST_TYPE = MIGRATE_RECLAIMABLE;
const MOBILITY_SHIFT = GFP_MOBILITY_SHIFT;
const STRICTEST = STRICTEST_CLASS;
const HIGHATOMIC = ALLOC_HIGHATOMIC;
const KSWAPD = ALLOC_KSWAPD;
/** Any of these lets a request go below the mark. */
const RESERVES =
	ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE | ALLOC_HIGHATOMIC | ALLOC_OOM;

/** Highest zone class for the zone bits of a gfp mask (GFP_ZONE_TABLE); -1 for combinations that are bugs. */
const ZONE_OF_GFP: readonly number[] = [
	ZONE_NORMAL, // none
	ZONE_DMA,
	ZONE_NORMAL, // HIGHMEM: there is none on 64 bits
	-1, // DMA | HIGHMEM
	ZONE_DMA32,
	-1, // DMA | DMA32
	-1, // HIGHMEM | DMA32
	-1,
	ZONE_NORMAL, // MOVABLE
	ZONE_DMA,
	ZONE_MOVABLE, // MOVABLE | HIGHMEM: falls to Normal when Movable is empty
	-1,
	ZONE_DMA32,
	-1,
	-1,
	-1,
];

/** A zone with what hands its frames out. */
export interface ZoneAllocator {
	readonly zone: Zone;
	readonly buddy: Buddy;
	readonly pcp: PerCpuPages;
}

/** Who can make room. Absent in a machine without reclaim. */
export interface Reclaimer {
	/** Asks for background reclaim of a zone (wakeup_kswapd). */
	wake(zone: Zone, order: number, highest: number): void;
	/** Reclaims in the caller's name; returns the frames that became free. */
	reclaim(order: number, gfp: number): number;
}

/** Where the pages of a request come from, as far as its flags say it. */
export interface Route {
	/** Zones that it may use, the one it would rather have first. */
	readonly zones: readonly ZoneAllocator[];
	/** Highest zone class: decides which reserves it must leave. */
	readonly highest: number;
	readonly type: number;
	/** ALLOC_ flags of the first pass. */
	readonly flags: number;
}

/** What zonelists are made of. */
export interface ZonelistParts {
	readonly blocks: Pageblocks;
	readonly zones: readonly ZoneAllocator[]; // populated zones of the node, lowest first
	readonly recorder: Recorder | null;
	/** False on machines too small to keep types apart: there every request is unmovable. */
	readonly grouping: boolean;
}

/** The routes of all requests, and the pass over a route. */
export class Zonelists {
	/** Set by whoever can make room: woken when a fallback boosted the marks. */
	reclaimer: Reclaimer | null = null;

	private readonly blocks: Pageblocks;
	private readonly recorder: Recorder | null;
	/** By the bits of a gfp mask that matter; none for masks that are bugs. */
	private readonly routes: readonly (Route | undefined)[];
	/** The highest zone, and the flags of a first pass that begins there. */
	private readonly top: ZoneAllocator;
	private readonly topFlags: number;
	/** Bits of a gfp mask that say the migratetype; none where types are not kept apart. */
	private readonly mobility: number;

	constructor(parts: ZonelistParts) {
		this.blocks = parts.blocks;
		this.recorder = parts.recorder;
		this.routes = Array.from({ length: ROUTE_BITS + 1 }, (_, gfp) =>
			routeFor(parts, gfp),
		);
		this.top = parts.zones.at(-1) as ZoneAllocator;
		this.topFlags = firstFlags(this.top);
		this.mobility = parts.grouping ? MOBILITY : 0;
	}

	/** Migratetype that a request wants (gfp_migratetype); for flags that are a bug, none that there is. */
	typeOf(gfp: number): number {
		return (gfp & this.mobility) >> MOBILITY_SHIFT;
	}

	/** The route of requests with these flags; panics when they name two zones or two mobilities (ZL1). */
	route(gfp: number): Route {
		return this.routes[gfp & ROUTE_BITS] ?? badMask(gfp);
	}

	/** Zones that a request with these flags may use, the one it would rather have first; none for flags that are a bug. */
	zonesFor(gfp: number): readonly ZoneAllocator[] {
		return this.routes[gfp & ROUTE_BITS]?.zones ?? [];
	}

	/**
	 * A block of the highest zone while that has plenty of them: what most requests get, with a cheaper look at the same
	 * marks as in `pass`.
	 * @returns NIL when it has not, or when the flags want something else: a pass may still find one
	 */
	fromPlenty(order: number, gfp: number): Pfn {
		const { zone, buddy, pcp } = this.top;
		const type = this.typeOf(gfp);
		if ((gfp & LOW_ZONES) !== 0 || type > LAST_TYPE) return NONE;
		if (!zone.isPlentifulFor(order, STRICTEST)) return NONE;
		const flags = this.topFlags | (gfp & KSWAPD);
		let pfn: Pfn = NONE;
		if (((LISTED_ORDERS >>> order) & 1) === 0)
			pfn = pcp.takePast(order, type, flags);
		else if (order === 0 || buddy.hasBlock(order, false))
			pfn = pcp.take(order, type, flags);
		if (pfn !== NONE) this.tellTaken(this.top, order, flags);
		return pfn;
	}

	/**
	 * The first block that a zone of the route can spare (get_page_from_freelist; ZL2, ZL3); nobody's yet, or NIL.
	 * @param flags ALLOC_ flags: the mark, and what the caller may do beyond it
	 */
	pass(route: Route, order: number, flags: number): Pfn {
		const { zones, type, highest } = route;
		for (let i = 0; i < zones.length; i++) {
			const owner = zones[i] as ZoneAllocator;
			if (!this.maySpend(owner, order, flags, highest)) {
				if (this.recorder !== null)
					this.recordRefusal(owner, route, order, flags);
				continue;
			}
			const pfn = this.take(owner, order, type, flags);
			if (pfn !== NONE) return pfn;
		}
		if ((flags & ALLOC_NOFRAGMENT) === 0) return NONE;
		return this.pass(route, order, flags & ~ALLOC_NOFRAGMENT);
	}

	/** Whether a zone may serve a request (__zone_watermark_ok; ZL2). */
	watermarkOk(
		owner: ZoneAllocator,
		order: number,
		mark: number,
		highest: number,
		flags: number,
	): boolean {
		const zone = owner.zone;
		let free = zone.seenFree - ((1 << order) - 1);
		if ((flags & RESERVES) === 0) free -= zone.highatomic;
		const least = lowered(mark, flags) + zone.lowmemReserve(highest);
		if (free <= least) return false;
		const mayUseHighatomic = (flags & (ALLOC_HIGHATOMIC | ALLOC_OOM)) !== 0;
		return order === 0 || owner.buddy.hasBlock(order, mayUseHighatomic);
	}

	private recordRefusal(
		{ zone }: ZoneAllocator,
		{ type, highest }: Route,
		order: number,
		flags: number,
	): void {
		const mark = lowered(zone.watermark(flags & ALLOC_WMARK_MASK), flags);
		const stays = mark + zone.lowmemReserve(highest);
		const what = order | (type << 8);
		const { seenFree } = zone;
		this.recorder?.emit(EV_ZONE_REFUSED, zone.index, what, seenFree, stays);
	}

	/** The watermark test with its shortcut for single pages (zone_watermark_fast). */
	private maySpend(
		owner: ZoneAllocator,
		order: number,
		flags: number,
		highest: number,
	): boolean {
		if ((flags & ALLOC_NO_WATERMARKS) !== 0) return true;
		const zone = owner.zone;
		const mark = zone.watermark(flags & ALLOC_WMARK_MASK);
		if (order === 0) {
			const usable = zone.seenFree - zone.highatomic;
			if (usable > mark + zone.lowmemReserve(highest)) return true;
		}
		if (this.watermarkOk(owner, order, mark, highest, flags)) return true;
		const atomicAtMin =
			order === 0 &&
			(flags & ALLOC_MIN_RESERVE) !== 0 &&
			(flags & ALLOC_WMARK_MASK) === WMARK_MIN;
		if (!atomicAtMin || zone.boost === 0) return false;
		return this.watermarkOk(owner, 0, mark - zone.boost, highest, flags);
	}

	/** From the per-CPU list where the order has one, else from the buddy (rmqueue). */
	private take(
		owner: ZoneAllocator,
		order: number,
		type: number,
		flags: number,
	): Pfn {
		let pfn: Pfn = NONE;
		if (((LISTED_ORDERS >>> order) & 1) === 1)
			pfn = owner.pcp.take(order, type, flags);
		if (pfn === NONE) pfn = owner.pcp.takePast(order, type, flags);
		if (pfn === NONE) return pfn;
		if ((flags & HIGHATOMIC) !== 0) this.reserveHighatomic(owner, pfn);
		this.tellTaken(owner, order, flags);
		return pfn;
	}

	private tellTaken(owner: ZoneAllocator, order: number, flags: number): void {
		const { zone } = owner;
		owner.pcp.countTaken(order);
		if (zone.isBoosted && (flags & KSWAPD) !== 0) this.tellBoost(zone);
	}

	private tellBoost(zone: Zone): void {
		zone.setBoosted(false);
		if (this.reclaimer !== null) this.reclaimer.wake(zone, 0, zone.index);
		else zone.setBoost(0); // as kswapd does when it has found nothing to reclaim
	}

	/** Keeps the pageblock of an atomic high-order success for the next one (reserve_highatomic_pageblock; ZL4). */
	private reserveHighatomic(owner: ZoneAllocator, pfn: Pfn): void {
		const { zone, buddy } = owner;
		const most = Math.floor(zone.managed / 100) + PAGEBLOCK_FRAMES;
		buddy.lock();
		const isOrdinary = this.blocks.type(pfn) < MIGRATE_HIGHATOMIC;
		if (isOrdinary && zone.highatomic < most) {
			zone.setHighatomic(zone.highatomic + PAGEBLOCK_FRAMES);
			this.blocks.setType(pfn, MIGRATE_HIGHATOMIC);
			buddy.movePageblock(pfn, MIGRATE_HIGHATOMIC);
		}
		buddy.unlock();
	}
}

function routeFor(parts: ZonelistParts, gfp: number): Route | undefined {
	const highest = ZONE_OF_GFP[gfp & 15] as number;
	if (highest < 0 || (gfp & MOBILITY) === MOBILITY) return undefined;
	const zones = parts.zones
		.filter(({ zone }) => zone.index <= highest)
		.reverse();
	const first = zones[0];
	return {
		zones,
		highest,
		type: parts.grouping ? (gfp & MOBILITY) >> MOBILITY_SHIFT : 0,
		flags: first === undefined ? WMARK_LOW : firstFlags(first),
	};
}

/** ALLOC_ flags of a first pass that begins in this zone: Normal's pageblocks are kept whole (alloc_flags_nofragment). */
function firstFlags({ zone }: ZoneAllocator): number {
	return WMARK_LOW | (zone.index === ZONE_NORMAL ? ALLOC_NOFRAGMENT : 0);
}

function badMask(gfp: number): never {
	const zones = ZONE_OF_GFP[gfp & 15] as number;
	if (zones < 0) panic("zonelist: ZL1 gfp names two zones");
	panic("zonelist: ZL1 gfp is movable and reclaimable");
}

/** The mark after what the caller's urgency takes off it. */
function lowered(mark: number, flags: number): number {
	let least = mark;
	if ((flags & ALLOC_MIN_RESERVE) !== 0) {
		least -= Math.floor(least / 2);
		if ((flags & ALLOC_NON_BLOCK) !== 0) least -= Math.floor(least / 4);
	}
	if ((flags & ALLOC_OOM) !== 0) least -= Math.floor(least / 2);
	return least;
}
