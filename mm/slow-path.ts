// The slow path: what is tried for a request when every zone that it may use is below its LOW mark.
//
//   wake background reclaim --> pass at MIN --> without marks, for those who free memory themselves
//        --> direct reclaim, for those who can wait:
//                +--> reclaim --> pass --> give back what lies idle --> pass --+
//                |                                                             |
//                +------------- again, while reclaim makes progress -----------+
//        --> failure: told, or a panic for requests that must not fail
//
// What lies idle: pageblocks of the highatomic reserve, and the pages on every CPU's lists.
//
// SP1: a request that cannot wait is decided after the passes at MIN and without marks.
// SP2: direct reclaim goes on for 16 rounds at most, a costly request's for one.
// SP3: a zone keeps one highatomic pageblock until nothing else is left to try.
// Reclaim and the OOM killer are collaborators that may be absent: then the slow path ends in failure.
// [mm/page_alloc.c __alloc_pages_slowpath, gfp_to_alloc_flags, should_reclaim_retry, unreserve_highatomic_pageblock]

import type { Turn } from "../hw/cpu";
import { panic } from "../hw/panic";
import type { Recorder } from "../hw/recorder";
import { NIL, type Pfn } from "../hw/units";
import type { Counters } from "./counters";
import { EV_PAGE_FAIL } from "./events";
import {
	__GFP_DIRECT_RECLAIM,
	__GFP_HIGH,
	__GFP_MEMALLOC,
	__GFP_NOFAIL,
	__GFP_NOMEMALLOC,
	__GFP_NORETRY,
	__GFP_NOWARN,
	ALLOC_HIGHATOMIC,
	ALLOC_KSWAPD,
	ALLOC_MIN_RESERVE,
	ALLOC_NO_WATERMARKS,
	ALLOC_NON_BLOCK,
} from "./gfp";
import {
	MIGRATE_HIGHATOMIC,
	PAGEBLOCK_FRAMES,
	type Pageblocks,
} from "./pageblock";
import { ALLOCSTALL_DMA } from "./vmstat-names";
import { MAX_ORDER, WMARK_MIN, ZONE_MOVABLE } from "./zone";
import type { Route, ZoneAllocator, Zonelists } from "./zonelist";

const COSTLY_ORDER = 3; // larger requests give up sooner
const RETRIES_MAX = 16; // of direct reclaim, however much it finds (MAX_RECLAIM_RETRIES)

/** What the slow path is made of. */
export interface SlowPathParts {
	readonly blocks: Pageblocks;
	readonly zones: readonly ZoneAllocator[]; // populated zones of the node, lowest first
	readonly turn: Turn;
	readonly counters: Counters;
	readonly recorder: Recorder | null;
}

/** The last resorts of a page allocator. */
export class SlowPath {
	/** Told of requests that failed and may be complained about (warn_alloc). */
	onFailure: ((order: number, gfp: number) => void) | null = null;
	/** Set in boot: asks the other CPUs to drain their lists. */
	onDrainOthers: (() => void) | null = null;

	constructor(
		private readonly parts: SlowPathParts,
		private readonly zonelists: Zonelists,
	) {}

	/** A block that is nobody's yet, or NIL; then the failure was told. The caller saw every zone below its LOW mark. */
	alloc(route: Route, order: number, gfp: number): Pfn {
		const flags = slowFlags(order, gfp);
		this.wakeReclaim(route, order, flags);
		let pfn = this.zonelists.pass(route, order, flags);
		const reserve = gfp & (__GFP_MEMALLOC | __GFP_NOMEMALLOC);
		if (pfn === NIL && reserve === __GFP_MEMALLOC)
			pfn = this.zonelists.pass(route, order, ALLOC_NO_WATERMARKS);
		if (pfn === NIL && (gfp & __GFP_DIRECT_RECLAIM) !== 0)
			pfn = this.directly(route, order, gfp, flags);
		if (pfn === NIL) this.fail(order, gfp);
		return pfn;
	}

	/** Empties this CPU's page lists into the buddy. */
	drainLocal(): void {
		const { zones, turn } = this.parts;
		for (const { pcp } of zones) pcp.drain(turn.cpu.id);
	}

	private wakeReclaim(route: Route, order: number, flags: number): void {
		const { reclaimer } = this.zonelists;
		if ((flags & ALLOC_KSWAPD) === 0 || reclaimer === null) return;
		for (const { zone } of route.zones)
			reclaimer.wake(zone, order, route.highest);
	}

	/** Direct reclaim: make room, then try again; once more with what lay idle (SP2). */
	private directly(
		route: Route,
		order: number,
		gfp: number,
		flags: number,
	): Pfn {
		const costly = order > COSTLY_ORDER || (gfp & __GFP_NORETRY) !== 0;
		const stall = ALLOCSTALL_DMA + Math.min(route.highest, ZONE_MOVABLE);
		this.parts.counters.countEvent(stall, 1);
		for (let tries = 0; tries < RETRIES_MAX; tries++) {
			const progress = this.zonelists.reclaimer?.reclaim(order, gfp) ?? 0;
			let pfn = this.zonelists.pass(route, order, flags);
			if (pfn !== NIL) return pfn;
			this.releaseHeldBack(route);
			pfn = this.zonelists.pass(route, order, flags);
			if (pfn !== NIL || costly) return pfn;
			if (progress === 0 && !this.unreserveHighatomic(route, true)) return NIL;
		}
		return NIL;
	}

	/** Frees what lies idle: a pageblock of the highatomic reserve, and every CPU's lists. */
	private releaseHeldBack(route: Route): void {
		this.unreserveHighatomic(route, false);
		this.drainLocal();
		this.onDrainOthers?.();
	}

	/**
	 * Gives one reserved pageblock to the type that needs it (unreserve_highatomic_pageblock). A zone's last one is kept
	 * unless `force` says that nothing else is left to try (SP3).
	 */
	private unreserveHighatomic(route: Route, force: boolean): boolean {
		for (const owner of route.zones) {
			const { zone, buddy } = owner;
			if (!force && zone.highatomic <= PAGEBLOCK_FRAMES) continue;
			buddy.lock();
			const isDone = this.unreserveIn(owner, route.type);
			buddy.unlock();
			if (isDone) return true;
		}
		return false;
	}

	private unreserveIn({ zone, buddy }: ZoneAllocator, type: number): boolean {
		const { blocks } = this.parts;
		for (let order = 0; order < MAX_ORDER; order++) {
			const pfn = zone.words[zone.listAt(order, MIGRATE_HIGHATOMIC)] as Pfn;
			if (pfn === NIL) continue;
			if (blocks.type(pfn) === MIGRATE_HIGHATOMIC)
				zone.setHighatomic(Math.max(0, zone.highatomic - PAGEBLOCK_FRAMES));
			blocks.setType(pfn, type);
			if (buddy.movePageblock(pfn, type) > 0) return true;
		}
		return false;
	}

	private fail(order: number, gfp: number): void {
		if ((gfp & __GFP_NOFAIL) !== 0) panic("System is deadlocked on memory");
		this.parts.recorder?.emit(EV_PAGE_FAIL, order, gfp, 0, 0);
		if ((gfp & __GFP_NOWARN) === 0) this.onFailure?.(order, gfp);
	}
}

/** Flags of the slow path (gfp_to_alloc_flags). */
function slowFlags(order: number, gfp: number): number {
	let flags = WMARK_MIN | (gfp & (ALLOC_MIN_RESERVE | ALLOC_KSWAPD));
	const mayWait = (gfp & __GFP_DIRECT_RECLAIM) !== 0;
	if (!mayWait && (gfp & __GFP_NOMEMALLOC) === 0) {
		flags |= ALLOC_NON_BLOCK;
		if (order > 0 && (gfp & __GFP_HIGH) !== 0) flags |= ALLOC_HIGHATOMIC;
	}
	return flags;
}
