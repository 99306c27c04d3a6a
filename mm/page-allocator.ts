// The page allocator: contiguous, naturally aligned pages, given and taken back.
//
//   allocPages(order, gfp)
//     zones that gfp allows, highest first ---- above the LOW mark? ---> per-CPU list (orders 0-3, 9) or buddy
//     none: slow path: wake reclaim, MIN mark, reserves for those entitled, direct reclaim, drain, again ... or fail
//   freePages(pfn, order)
//     orders 0-3 and 9 to this CPU's list, others to the buddy of the frame's zone
//
// A1: what is handed out is aligned to its size, lies in one zone the flags allow, and is on no list.
// A2: a block is freed exactly as it was allocated, once; a block with further users is only unreferenced.
// A3: the marks are respected: an ordinary request leaves more than LOW + reserve behind, a retried one MIN + reserve,
//     an atomic one three eighths of MIN.
// Reclaim and the OOM killer are collaborators that may be absent: then the slow path ends in failure.
// [mm/page_alloc.c __alloc_pages, get_page_from_freelist, __alloc_pages_slowpath, __zone_watermark_ok, __free_pages]

import { COST_ZERO_PAGE } from "../hw/costs";
import type { Turn } from "../hw/cpu";
import type { Locks } from "../hw/lock";
import type { PhysicalMemory } from "../hw/memory";
import { panic } from "../hw/panic";
import type { Recorder } from "../hw/recorder";
import { NIL, type Pfn } from "../hw/units";
import { type Buddy, GIVE_FREE, GIVE_TAIL } from "./buddy";
import type { Counters } from "./counters";
import { EV_BOOT_FREE, EV_PAGE_ALLOC, EV_PAGE_FREE } from "./events";
import {
	__GFP_COMP,
	__GFP_DIRECT_RECLAIM,
	__GFP_HIGH,
	__GFP_MEMALLOC,
	__GFP_MOVABLE,
	__GFP_NOFAIL,
	__GFP_NOMEMALLOC,
	__GFP_NORETRY,
	__GFP_NOWARN,
	__GFP_RECLAIMABLE,
	__GFP_ZERO,
	ALLOC_HIGHATOMIC,
	ALLOC_KSWAPD,
	ALLOC_MIN_RESERVE,
	ALLOC_NO_WATERMARKS,
	ALLOC_NOFRAGMENT,
	ALLOC_NON_BLOCK,
	ALLOC_OOM,
	ALLOC_WMARK_MASK,
} from "./gfp";
import {
	type Pages,
	PG_BUDDY,
	PG_HEAD,
	PG_PCP,
	PG_SLAB,
	PG_TAIL,
} from "./page";
import {
	MIGRATE_HIGHATOMIC,
	MIGRATE_ISOLATE,
	MIGRATE_PCPTYPES,
	PAGEBLOCK_FRAMES,
	PAGEBLOCK_ORDER,
	type Pageblocks,
} from "./pageblock";
import type { PerCpuPages } from "./pcp";
import { ALLOCSTALL_DMA, PGFREE } from "./vmstat-names";
import {
	MAX_ORDER,
	WMARK_LOW,
	WMARK_MIN,
	ZONE_DMA,
	ZONE_DMA32,
	ZONE_MOVABLE,
	ZONE_NORMAL,
	type Zone,
} from "./zone";

const TOP = MAX_ORDER - 1;
const PCP_TOP = 3; // largest small order with per-CPU lists
const HUGE = PAGEBLOCK_ORDER;
const COSTLY_ORDER = 3; // larger requests give up sooner
const RETRIES_MAX = 16; // of direct reclaim, however much it finds (MAX_RECLAIM_RETRIES)
const MOBILITY = __GFP_MOVABLE | __GFP_RECLAIMABLE;
const MOBILITY_SHIFT = 3; // from these bits to the migratetype (gfp_migratetype)
const NONE = NIL; // an alias in this file: an imported constant is looked up whenever it is used
/** Bits of a gfp mask that say where a single page comes from: zone, mobility, and whether it is zeroed. */
const SHORT_BITS = 31 | __GFP_ZERO;
/** Any of these lets a request go below the mark. */
const ALLOC_RESERVES =
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

/** Decides which requests fail on purpose (failslab, fail_page_alloc). */
export interface FaultInjector {
	shouldFail(order: number, gfp: number): boolean;
}

/** Where a single page comes from when its zone has plenty and nobody has to see the request. */
interface ShortWay {
	readonly zone: Zone;
	readonly highest: number;
	readonly pcp: PerCpuPages;
	readonly type: number;
}

/** What a page allocator is made of. */
export interface PageAllocatorParts {
	readonly memory: PhysicalMemory;
	readonly pages: Pages;
	readonly blocks: Pageblocks;
	readonly zones: readonly ZoneAllocator[]; // populated zones of the node, lowest first
	readonly turn: Turn;
	readonly locks: Locks;
	readonly counters: Counters;
	readonly recorder: Recorder | null;
	/** Zero every page that is handed out (init_on_alloc=1). */
	readonly initOnAlloc: boolean;
	/** False on machines too small to keep types apart: there every request is unmovable. */
	readonly grouping: boolean;
}

/** Hands out and takes back blocks of pages of one node. */
export class PageAllocator {
	/** Set by whoever can make room. */
	reclaimer: Reclaimer | null = null;
	/** Told of requests that failed and may be complained about (warn_alloc). */
	onFailure: ((order: number, gfp: number) => void) | null = null;

	readonly zones: readonly ZoneAllocator[];
	readonly pages: Pages;
	private readonly memory: PhysicalMemory;
	private readonly blocks: Pageblocks;
	private readonly turn: Turn;
	private readonly locks: Locks;
	private readonly counters: Counters;
	private readonly recorder: Recorder | null;
	private readonly zeroAll: boolean;
	/** Bits of a gfp mask that count for the migratetype: none where types are not kept apart. */
	private readonly mobility: number;
	/** Zones that a request may use, highest first; index = highest zone class. */
	private readonly zonelists: readonly (readonly ZoneAllocator[])[];
	/** The highest zone and its first frame: most frames lie there. */
	private readonly top: ZoneAllocator;
	private readonly topStart: number;
	private readonly topPcp: PerCpuPages;
	/** Pageblock types below this take the short way when a single page is freed; 0 while frees are recorded. */
	private readonly shortTypes: number;
	private failing: FaultInjector | null = null;
	/** By the bits of a gfp mask that matter; none for what takes the long way, or while somebody has to see each request. */
	private shortWays: readonly (ShortWay | undefined)[];

	constructor(parts: PageAllocatorParts) {
		this.zones = parts.zones;
		this.pages = parts.pages;
		this.memory = parts.memory;
		this.blocks = parts.blocks;
		this.turn = parts.turn;
		this.locks = parts.locks;
		this.counters = parts.counters;
		this.recorder = parts.recorder;
		this.zeroAll = parts.initOnAlloc;
		this.mobility = parts.grouping ? MOBILITY : 0;
		const lists: ZoneAllocator[][] = [];
		for (let highest = ZONE_DMA; highest <= ZONE_MOVABLE; highest++)
			lists.push(
				parts.zones.filter((each) => each.zone.index <= highest).reverse(),
			);
		this.zonelists = lists;
		this.top = parts.zones.at(-1) as ZoneAllocator;
		this.topStart = this.top.zone.start;
		this.topPcp = this.top.pcp;
		this.shortTypes = parts.recorder === null ? MIGRATE_PCPTYPES : 0;
		this.shortWays = this.findShortWays();
	}

	/** Decides which requests fail on purpose; null for none. */
	set injector(injector: FaultInjector | null) {
		this.failing = injector;
		this.shortWays = this.findShortWays();
	}

	private findShortWays(): (ShortWay | undefined)[] {
		const isPlain =
			this.recorder === null && !this.zeroAll && this.failing === null;
		return Array.from({ length: SHORT_BITS + 1 }, (_, gfp) => {
			const highest = ZONE_OF_GFP[gfp & 15] as number;
			const owner = this.zonelists[highest]?.[0];
			const type = (gfp & this.mobility) >> MOBILITY_SHIFT;
			const isShort = isPlain && (gfp & __GFP_ZERO) === 0;
			if (!isShort || !owner || (gfp & MOBILITY) === MOBILITY) return undefined;
			return { zone: owner.zone, highest, pcp: owner.pcp, type };
		});
	}

	/**
	 * Allocates 2^order contiguous pages, aligned to their size.
	 * @param gfp GFP_ flags: zones, migratetype, what the caller can wait for
	 * @returns the first page, or NIL when there is no memory (or order is not one of 0 to 10)
	 */
	allocPages(order: number, gfp: number): Pfn {
		if (order === 0) {
			const way = this.shortWays[gfp & SHORT_BITS];
			if (way?.zone.isPlentiful(way.highest)) {
				const pfn = way.pcp.takeSingle(way.type);
				if (pfn !== 0) return pfn;
			}
		}
		return this.allocBlock(order, gfp);
	}

	/** `allocPages` for everything but a single page that lies ready. */
	private allocBlock(order: number, gfp: number): Pfn {
		if ((order | 0) !== order || order < 0 || order > TOP) return NONE;
		if (this.failing?.shouldFail(order, gfp)) return NIL;
		const highest = ZONE_OF_GFP[gfp & 15] as number;
		if (highest < 0) panic("page-allocator: A1 gfp names two zones");
		const list = this.zonelists[highest] as readonly ZoneAllocator[];
		const flags = this.firstFlags(list, gfp);
		if ((gfp & MOBILITY) === MOBILITY)
			panic("page-allocator: A1 gfp is movable and reclaimable");
		const type = (gfp & this.mobility) >> MOBILITY_SHIFT;
		let pfn = this.fromPlenty(list, order, type, flags, highest);
		if (pfn === NONE) pfn = this.fromZones(list, order, type, flags, highest);
		if (pfn === NONE) pfn = this.slowPath(list, order, type, gfp, highest);
		if (pfn !== NONE) this.prepare(pfn, order, type, gfp);
		return pfn;
	}

	/**
	 * As `allocPages` for a caller who looked at the LOW marks a while ago, in vain: he goes the slow way at once, which is
	 * content with the MIN marks.
	 */
	allocSlowly(order: number, gfp: number): Pfn {
		const highest = ZONE_OF_GFP[gfp & 15] as number;
		if (highest < 0) panic("page-allocator: A1 gfp names two zones");
		const list = this.zonelists[highest] as readonly ZoneAllocator[];
		const type = (gfp & this.mobility) >> MOBILITY_SHIFT;
		const pfn = this.slowPath(list, order, type, gfp, highest);
		if (pfn !== NONE) this.prepare(pfn, order, type, gfp);
		return pfn;
	}

	/** Zones that a request with these flags may use, the one it would rather have first. */
	zonesFor(gfp: number): readonly ZoneAllocator[] {
		return this.zonelists[ZONE_OF_GFP[gfp & 15] as number] ?? [];
	}

	/** From the first zone if it has plenty of such blocks: a cheaper look at the same marks as in `fromZones`. */
	private fromPlenty(
		list: readonly ZoneAllocator[],
		order: number,
		type: number,
		flags: number,
		highest: number,
	): Pfn {
		const owner = list[0];
		if (owner === undefined || !owner.zone.isPlentifulFor(order, highest))
			return NONE;
		if (order > 0 && !owner.buddy.hasBlock(order, false)) return NONE;
		return this.fromZone(owner, order, type, flags);
	}

	/**
	 * Allocates single pages off this CPU's list in one go, as vmalloc does for up to 100 at a time
	 * (__alloc_pages_bulk). There may be fewer than asked for: the caller then goes on page by page.
	 */
	allocBulk(count: number, gfp: number): Pfn[] {
		const highest = ZONE_OF_GFP[gfp & 15] as number;
		if (highest < 0) panic("page-allocator: A1 gfp names two zones");
		const flags = gfp & ALLOC_KSWAPD;
		const owner = this.zonelists[highest]?.find((each) => {
			const mark = each.zone.watermark(WMARK_LOW) + count;
			return this.watermarkOk(each, 0, mark, highest, flags);
		});
		if (owner === undefined) return [];
		const type = (gfp & this.mobility) >> MOBILITY_SHIFT;
		const taken: Pfn[] = [];
		while (taken.length < count) {
			const pfn = owner.pcp.takeOne(0, type, flags);
			if (pfn === NONE) break;
			this.prepare(pfn, 0, type, gfp);
			taken.push(pfn);
		}
		const { index } = owner.zone;
		this.counters.credit(this.turn.counters, index, taken.length);
		return taken;
	}

	/** Drops one reference of a block; the last one gives it back. The order is that of the allocation. */
	freePages(pfn: Pfn, order: number): void {
		if (order === 0 && pfn >= this.topStart) {
			const type = this.blocks.type(pfn);
			if (type < this.shortTypes && this.topPcp.freeSingle(pfn, type)) return;
		}
		this.freeBlock(pfn, order);
	}

	/** `freePages` for everything but a plain single page of the highest zone. */
	private freeBlock(pfn: Pfn, order: number): void {
		const left = this.pages.drop(pfn, order);
		if (!(left >= 0)) this.badFree(pfn, order); // also when there is no such frame
		if (left === 0) this.release(pfn, order);
		else if (order > 0 && (this.pages.flags(pfn) & PG_HEAD) === 0)
			this.freeTailParts(pfn, order);
	}

	/**
	 * Frees a block straight to the free lists, past the per-CPU lists (__free_pages_ok). What an allocation of an exact
	 * size has too much of goes behind the others (GIVE_TAIL), and so does what boot frees late.
	 */
	freeToBuddy(pfn: Pfn, order: number, why: number): void {
		if (this.pages.drop(pfn, order) !== 0) this.badFree(pfn, order);
		this.checkRelease(pfn, order);
		this.counters.countEvent(PGFREE, 1 << order);
		this.giveBack(this.zoneOf(pfn), pfn, order, why);
	}

	/** Takes a further reference of an allocated block. */
	getPages(pfn: Pfn): void {
		const count = this.pages.refcount(pfn);
		if (count <= 0) panic(`page-allocator: A2 reference of free pfn ${pfn}`);
		this.pages.setRefcount(pfn, count + 1);
	}

	/** Makes 2^order single pages of a block that is not compound (split_page). */
	splitPages(pfn: Pfn, order: number): void {
		const type = this.pages.type(pfn);
		const context = this.pages.context(pfn);
		for (let i = 0; i < 1 << order; i++) {
			const page = (pfn + i) as Pfn;
			this.pages.setTypeOrder(page, type, 0);
			this.pages.setRefcount(page, 1);
			this.pages.setContext(page, context);
		}
	}

	/** Makes one block of single pages that have one user each: the reverse of `splitPages`, for a machine that is being copied. */
	joinPages(pfn: Pfn, order: number): void {
		const type = this.pages.type(pfn);
		for (let i = 0; i < 1 << order; i++) {
			const page = (pfn + i) as Pfn;
			if (this.pages.refcount(page) !== 1 || this.pages.order(page) !== 0)
				panic(`page-allocator: A2 pfn ${page} is joined, but no single page`);
			if (i > 0) this.pages.clear(page);
		}
		this.pages.setTypeOrder(pfn, type, order);
	}

	/**
	 * Gives a block to its zone for the first time, at boot: behind the others, past the per-CPU lists. On the lists of its
	 * pageblock's type, unless the machine that is being copied had it on another.
	 */
	adopt(pfn: Pfn, order: number, type = this.blocks.type(pfn)): void {
		const owner = this.zoneOf(pfn);
		const zone = owner.zone;
		this.recorder?.emit(EV_BOOT_FREE, pfn, order, 0, 0);
		this.locks.lock(zone.words, zone.lockAt);
		zone.setManaged(zone.managed + (1 << order));
		if (order === TOP) owner.buddy.giveTop(pfn, type);
		else owner.buddy.give(pfn, order, type, GIVE_TAIL);
		this.locks.unlock(zone.words, zone.lockAt);
	}

	/**
	 * Makes reserved frames a block in use, where a machine that is being copied had one; its zone manages them from then
	 * on. The block is the caller's as if it came from `allocPages` with these flags, of which only __GFP_COMP counts.
	 */
	seize(pfn: Pfn, order: number, type: number, gfp: number): void {
		const { zone } = this.zoneOf(pfn);
		if (this.pages.refcount(pfn) !== 0 || this.pages.flags(pfn) !== 0)
			panic(`page-allocator: A1 pfn ${pfn} is seized, but not reserved`);
		this.locks.lock(zone.words, zone.lockAt);
		zone.setManaged(zone.managed + (1 << order));
		this.locks.unlock(zone.words, zone.lockAt);
		this.pages.claim(pfn, type, order, this.turn.cpu.context);
		if (order > 0 && (gfp & __GFP_COMP) !== 0) this.makeCompound(pfn, order);
	}

	/** The zone that holds a frame. */
	zoneOf(pfn: Pfn): ZoneAllocator {
		if (pfn >= this.topStart) return this.top;
		const zones = this.zones;
		for (let i = zones.length - 2; i > 0; i--) {
			const owner = zones[i] as ZoneAllocator;
			if (pfn >= owner.zone.start) return owner;
		}
		return zones[0] as ZoneAllocator;
	}

	/** Frames in the free lists of all zones; those on per-CPU lists are not counted. */
	get freeFrames(): number {
		let frames = 0;
		for (const owner of this.zones) frames += owner.zone.free;
		return frames;
	}

	/** Empties every CPU's page lists into the buddy (drain_all_pages). Only for machines whose CPUs take turns. */
	drainAll(): void {
		for (const owner of this.zones)
			for (const cpu of this.turn.cpus) owner.pcp.drain(cpu.id);
	}

	/** Empties this CPU's page lists. */
	drainLocal(): void {
		for (const owner of this.zones) owner.pcp.drain(this.turn.cpu.id);
	}

	/** Whether a zone may serve a request (__zone_watermark_ok; A3). */
	watermarkOk(
		owner: ZoneAllocator,
		order: number,
		mark: number,
		highest: number,
		flags: number,
	): boolean {
		const zone = owner.zone;
		let free = zone.seenFree - ((1 << order) - 1);
		if ((flags & ALLOC_RESERVES) === 0) free -= zone.highatomic;
		const least = lowered(mark, flags) + zone.lowmemReserve(highest);
		if (free <= least) return false;
		const mayUseHighatomic = (flags & (ALLOC_HIGHATOMIC | ALLOC_OOM)) !== 0;
		return order === 0 || owner.buddy.hasBlock(order, mayUseHighatomic);
	}

	private firstFlags(list: readonly ZoneAllocator[], gfp: number): number {
		const preferred = list[0];
		const keepWhole =
			preferred !== undefined && preferred.zone.index === ZONE_NORMAL;
		return (
			WMARK_LOW | (gfp & ALLOC_KSWAPD) | (keepWhole ? ALLOC_NOFRAGMENT : 0)
		);
	}

	/** One pass over the zones (get_page_from_freelist); a second without NOFRAGMENT if that was asked for. */
	private fromZones(
		list: readonly ZoneAllocator[],
		order: number,
		type: number,
		flags: number,
		highest: number,
	): Pfn {
		for (let i = 0; i < list.length; i++) {
			const owner = list[i] as ZoneAllocator;
			if (!this.maySpend(owner, order, flags, highest)) continue;
			const pfn = this.fromZone(owner, order, type, flags);
			if (pfn !== NIL) return pfn;
		}
		if ((flags & ALLOC_NOFRAGMENT) === 0) return NIL;
		return this.fromZones(
			list,
			order,
			type,
			flags & ~ALLOC_NOFRAGMENT,
			highest,
		);
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
	private fromZone(
		owner: ZoneAllocator,
		order: number,
		type: number,
		flags: number,
	): Pfn {
		let pfn: Pfn = NIL;
		if (order <= PCP_TOP || order === HUGE)
			pfn = owner.pcp.take(order, type, flags);
		if (pfn === NIL) pfn = this.fromBuddy(owner, order, type, flags);
		if (pfn === NIL) return NIL;
		if ((flags & ALLOC_HIGHATOMIC) !== 0) this.reserveHighatomic(owner, pfn);
		const zone = owner.zone;
		this.counters.countAlloc(zone.index, 1 << order);
		if (zone.isBoosted && (flags & ALLOC_KSWAPD) !== 0) {
			zone.setBoosted(false);
			if (this.reclaimer !== null) this.reclaimer.wake(zone, 0, zone.index);
			else zone.setBoost(0); // as kswapd does when it has found nothing to reclaim
		}
		return pfn;
	}

	private fromBuddy(
		owner: ZoneAllocator,
		order: number,
		type: number,
		flags: number,
	): Pfn {
		const { buddy, zone } = owner;
		let pfn: Pfn = NIL;
		this.locks.lock(zone.words, zone.lockAt);
		if ((flags & ALLOC_HIGHATOMIC) !== 0)
			pfn = buddy.takeOfType(order, MIGRATE_HIGHATOMIC);
		if (pfn === NIL) pfn = buddy.take(order, type, flags);
		if (pfn === NIL && (flags & (ALLOC_OOM | ALLOC_NON_BLOCK)) !== 0)
			pfn = buddy.takeOfType(order, MIGRATE_HIGHATOMIC);
		if (pfn !== NIL) owner.pcp.countFree(-(1 << order));
		this.locks.unlock(zone.words, zone.lockAt);
		return pfn;
	}

	/** Keeps the pageblock of an atomic high-order success for the next one (reserve_highatomic_pageblock). */
	private reserveHighatomic(owner: ZoneAllocator, pfn: Pfn): void {
		const zone = owner.zone;
		const most = Math.floor(zone.managed / 100) + PAGEBLOCK_FRAMES;
		this.locks.lock(zone.words, zone.lockAt);
		const isOrdinary = this.blocks.type(pfn) < MIGRATE_HIGHATOMIC;
		if (isOrdinary && zone.highatomic < most) {
			zone.setHighatomic(zone.highatomic + PAGEBLOCK_FRAMES);
			this.blocks.setType(pfn, MIGRATE_HIGHATOMIC);
			owner.buddy.movePageblock(pfn, MIGRATE_HIGHATOMIC);
		}
		this.locks.unlock(zone.words, zone.lockAt);
	}

	/** What is tried when every zone is below its LOW mark (__alloc_pages_slowpath). */
	private slowPath(
		list: readonly ZoneAllocator[],
		order: number,
		type: number,
		gfp: number,
		highest: number,
	): Pfn {
		const flags = slowFlags(order, gfp);
		this.wakeReclaim(list, order, flags, highest);
		let pfn = this.fromZones(list, order, type, flags, highest);
		if (
			pfn === NIL &&
			(gfp & (__GFP_MEMALLOC | __GFP_NOMEMALLOC)) === __GFP_MEMALLOC
		)
			pfn = this.fromZones(list, order, type, ALLOC_NO_WATERMARKS, highest);
		if (pfn === NIL && (gfp & __GFP_DIRECT_RECLAIM) !== 0)
			pfn = this.directly(list, order, type, gfp, flags, highest);
		if (pfn === NIL) this.fail(order, gfp);
		return pfn;
	}

	private wakeReclaim(
		list: readonly ZoneAllocator[],
		order: number,
		flags: number,
		highest: number,
	): void {
		if ((flags & ALLOC_KSWAPD) === 0 || this.reclaimer === null) return;
		for (const owner of list) this.reclaimer.wake(owner.zone, order, highest);
	}

	/** Direct reclaim: make room, then try again; once also with every CPU's lists drained. */
	private directly(
		list: readonly ZoneAllocator[],
		order: number,
		type: number,
		gfp: number,
		flags: number,
		highest: number,
	): Pfn {
		const costly = order > COSTLY_ORDER || (gfp & __GFP_NORETRY) !== 0;
		this.counters.countEvent(
			ALLOCSTALL_DMA + Math.min(highest, ZONE_MOVABLE),
			1,
		);
		for (let tries = 0; tries < RETRIES_MAX; tries++) {
			const progress = this.reclaimer?.reclaim(order, gfp) ?? 0;
			let pfn = this.fromZones(list, order, type, flags, highest);
			if (pfn !== NIL) return pfn;
			this.releaseHeldBack(list, type);
			pfn = this.fromZones(list, order, type, flags, highest);
			if (pfn !== NIL || costly) return pfn;
			if (progress === 0 && !this.unreserveHighatomic(list, type, true))
				return NIL;
		}
		return NIL;
	}

	/** Frees what lies idle: a pageblock of the highatomic reserve, and every CPU's lists. */
	private releaseHeldBack(list: readonly ZoneAllocator[], type: number): void {
		this.unreserveHighatomic(list, type, false);
		this.drainLocal();
		this.onDrainOthers?.();
	}

	/** Set in boot: asks the other CPUs to drain their lists. */
	onDrainOthers: (() => void) | null = null;

	/**
	 * Gives one reserved pageblock to the type that needs it (unreserve_highatomic_pageblock). A zone's last one is kept
	 * unless `force` says that nothing else is left to try.
	 */
	private unreserveHighatomic(
		list: readonly ZoneAllocator[],
		type: number,
		force: boolean,
	): boolean {
		for (const owner of list) {
			const { zone } = owner;
			if (!force && zone.highatomic <= PAGEBLOCK_FRAMES) continue;
			this.locks.lock(zone.words, zone.lockAt);
			const isDone = this.unreserveIn(owner, type);
			this.locks.unlock(zone.words, zone.lockAt);
			if (isDone) return true;
		}
		return false;
	}

	private unreserveIn({ zone, buddy }: ZoneAllocator, type: number): boolean {
		for (let order = 0; order <= TOP; order++) {
			const pfn = zone.words[zone.listAt(order, MIGRATE_HIGHATOMIC)] as Pfn;
			if (pfn === NIL) continue;
			if (this.blocks.type(pfn) === MIGRATE_HIGHATOMIC)
				zone.setHighatomic(Math.max(0, zone.highatomic - PAGEBLOCK_FRAMES));
			this.blocks.setType(pfn, type);
			if (buddy.movePageblock(pfn, type) > 0) return true;
		}
		return false;
	}

	private fail(order: number, gfp: number): void {
		if ((gfp & __GFP_NOFAIL) !== 0) panic("System is deadlocked on memory");
		if ((gfp & __GFP_NOWARN) === 0) this.onFailure?.(order, gfp);
	}

	/** Makes a taken block the caller's (prep_new_page). */
	private prepare(pfn: Pfn, order: number, type: number, gfp: number): void {
		this.pages.claim(pfn, type, order, this.turn.cpu.context);
		if (this.zeroAll || (gfp & __GFP_ZERO) !== 0) this.zero(pfn, order);
		if (order > 0 && (gfp & __GFP_COMP) !== 0) this.makeCompound(pfn, order);
		if (this.recorder !== null)
			this.recorder.emit(EV_PAGE_ALLOC, pfn, order | (type << 8), gfp, 0);
	}

	private zero(pfn: Pfn, order: number): void {
		for (let i = 0; i < 1 << order; i++)
			this.memory.zeroFrame((pfn + i) as Pfn);
		this.turn.cpu.charge(COST_ZERO_PAGE << order);
	}

	private makeCompound(pfn: Pfn, order: number): void {
		this.pages.setFlags(pfn, PG_HEAD);
		this.pages.setHead(pfn, pfn);
		for (let i = 1; i < 1 << order; i++) {
			const tail = (pfn + i) as Pfn;
			this.pages.setFlags(tail, PG_TAIL);
			this.pages.setHead(tail, pfn);
		}
	}

	/** A reference remains on the first page: the rest goes back in pieces, so that it cannot leak (__free_pages). */
	private freeTailParts(pfn: Pfn, order: number): void {
		this.pages.setTypeOrder(pfn, this.pages.type(pfn), 0);
		for (let size = order - 1; size >= 0; size--)
			this.release((pfn + (1 << size)) as Pfn, size);
	}

	/** Gives a block that nobody uses any more to a list (free_the_page). */
	private release(pfn: Pfn, order: number): void {
		this.checkRelease(pfn, order);
		const owner = this.zoneOf(pfn);
		const type = this.blocks.type(pfn);
		this.counters.countEvent(PGFREE, 1 << order);
		if ((order <= PCP_TOP || order === HUGE) && type !== MIGRATE_ISOLATE)
			owner.pcp.free(pfn, order, type);
		else this.giveBack(owner, pfn, order, GIVE_FREE);
	}

	/** Makes sure that a block may go to a list, and undoes what its allocation made of it (free_pages_prepare). */
	private checkRelease(pfn: Pfn, order: number): void {
		const flags = this.pages.flags(pfn);
		if ((flags & (PG_BUDDY | PG_PCP | PG_SLAB | PG_TAIL)) !== 0)
			this.badFree(pfn, order);
		if ((flags & PG_HEAD) !== 0) this.unmakeCompound(pfn, order);
		if (this.recorder !== null)
			this.recorder.emit(EV_PAGE_FREE, pfn, order, 0, 0);
	}

	/** Past the per-CPU lists, under the zone lock. */
	private giveBack(
		{ zone, buddy, pcp }: ZoneAllocator,
		pfn: Pfn,
		order: number,
		why: number,
	): void {
		this.pages.setFlags(pfn, 0);
		this.locks.lock(zone.words, zone.lockAt);
		buddy.give(pfn, order, this.blocks.type(pfn), why);
		pcp.countFree(1 << order);
		this.locks.unlock(zone.words, zone.lockAt);
	}

	private unmakeCompound(pfn: Pfn, order: number): void {
		for (let i = 1; i < 1 << order; i++) this.pages.clear((pfn + i) as Pfn);
		this.pages.setHead(pfn, NIL);
	}

	private badFree(pfn: Pfn, order: number): never {
		if (!this.pages.has(pfn))
			panic(`page-allocator: A2 pfn ${pfn.toString(16)} does not exist`);
		const users = this.pages.refcount(pfn);
		const was = this.pages.order(pfn);
		panic(
			`page-allocator: A2 bad page state, pfn ${pfn.toString(16)}: freed with order ${order}, it has order ${was}, ` +
				`${users} users and flags 0x${this.pages.flags(pfn).toString(16)}`,
		);
	}
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
