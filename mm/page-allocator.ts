// The page allocator: contiguous, naturally aligned pages, given and taken back.
//
//   allocPages(order, gfp)
//     zones that gfp allows, highest first ---- above the LOW mark? ---> per-CPU list or buddy     (zonelist.ts)
//     none: wake reclaim, MIN mark, reserves for those entitled, direct reclaim ... or fail        (slow-path.ts)
//   freePages(pfn, order)
//     orders 0-3 and 9 to this CPU's list, others to the buddy of the frame's zone
//
// A single page that lies ready on this CPU's list, in a zone with plenty, takes a short way in both directions.
//
// A1: what is handed out is aligned to its size, lies in one zone the flags allow, and is on no list.
// A2: a block is freed exactly as it was allocated, once; a block with further users is only unreferenced.
// A3: the marks are respected: an ordinary request leaves more than LOW + reserve behind, a retried one MIN + reserve,
//     an atomic one three eighths of MIN.
// [mm/page_alloc.c __alloc_pages, __alloc_pages_bulk, prep_new_page, __free_pages, free_pages_prepare]

import { COST_ZERO_PAGE } from "../hw/costs";
import type { Turn } from "../hw/cpu";
import type { PhysicalMemory } from "../hw/memory";
import { panic } from "../hw/panic";
import type { Recorder } from "../hw/recorder";
import { NIL, type Pfn } from "../hw/units";
import { GIVE_FREE, GIVE_TAIL, PCP_ORDERS } from "./buddy";
import type { Counters } from "./counters";
import {
	EV_BOOT_FREE,
	EV_PAGE_ALLOC,
	EV_PAGE_FREE,
	EV_PAGE_JOIN,
	EV_PAGE_SPLIT,
} from "./events";
import {
	__GFP_COMP,
	__GFP_DMA,
	__GFP_DMA32,
	__GFP_MOVABLE,
	__GFP_RECLAIMABLE,
	__GFP_ZERO,
	ALLOC_KSWAPD,
	GFP_MOBILITY_SHIFT,
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
	MIGRATE_ISOLATE,
	MIGRATE_PCPTYPES,
	type Pageblocks,
} from "./pageblock";
import type { PerCpuPages } from "./pcp";
import { SlowPath } from "./slow-path";
import {
	MAX_ORDER,
	STRICTEST_CLASS,
	WMARK_LOW,
	ZONE_WORDS,
	Zone,
} from "./zone";
import { type Reclaimer, type ZoneAllocator, Zonelists } from "./zonelist";

const TOP = MAX_ORDER - 1;
/** Flags of a request for a single page that may need another zone than the highest, another type, or work on the page. */
const LONG_WAY = __GFP_DMA | __GFP_DMA32 | __GFP_RECLAIMABLE | __GFP_ZERO;

// Aliases in this file: an imported constant is looked up whenever it is used.
const NONE = NIL;
const LISTED_ORDERS = PCP_ORDERS;
const ISOLATE = MIGRATE_ISOLATE;
const KSWAPD = ALLOC_KSWAPD;
const MOVABLE = __GFP_MOVABLE;
const MOBILITY_SHIFT = GFP_MOBILITY_SHIFT;
const STRICTEST = STRICTEST_CLASS;
const SPECIAL = __GFP_ZERO | __GFP_COMP; // what makes more of a block than frames in use
const HEAD = PG_HEAD;
const UNFIT = PG_BUDDY | PG_PCP | PG_SLAB | PG_TAIL; // what no block that is freed may be
const FREELY = GIVE_FREE;

/** Decides which requests fail on purpose (failslab, fail_page_alloc). */
export interface FaultInjector {
	shouldFail(order: number, gfp: number): boolean;
}

/** What a page allocator is made of. */
export interface PageAllocatorParts {
	readonly memory: PhysicalMemory;
	readonly pages: Pages;
	readonly blocks: Pageblocks;
	readonly zones: readonly ZoneAllocator[]; // populated zones of the node, lowest first
	readonly turn: Turn;
	readonly counters: Counters;
	readonly recorder: Recorder | null;
	/** Zero every page that is handed out (init_on_alloc=1). */
	readonly initOnAlloc: boolean;
	/** False on machines too small to keep types apart: there every request is unmovable. */
	readonly grouping: boolean;
}

/** Hands out and takes back blocks of pages of one node. */
export class PageAllocator {
	readonly zones: readonly ZoneAllocator[];
	readonly pages: Pages;
	private readonly memory: PhysicalMemory;
	private readonly blocks: Pageblocks;
	private readonly turn: Turn;
	private readonly recorder: Recorder | null;
	private readonly zeroAll: boolean;
	/** Nobody records, and blocks stay as they are unless a request says otherwise. */
	private readonly plain: boolean;
	private readonly grouping: boolean;
	private readonly zonelists: Zonelists;
	private readonly slow: SlowPath;
	/** The highest zone and its first frame: most frames lie there. */
	private readonly top: ZoneAllocator;
	private readonly topStart: number;
	private readonly topPcp: PerCpuPages;
	/** Pageblock types below this take the short way when a single page is freed; 0 while frees are recorded or lists are held. */
	private shortTypes: number;
	/** Bit k: blocks of order k go to the lists of the CPU, unless a task that is interrupted holds these. */
	private listedOrders = LISTED_ORDERS;
	private failing: FaultInjector | null = null;
	/** Takes blocks that go only after a grace period; null where none is waited for. */
	postpone: ((pfn: Pfn, order: number) => void) | null = null;
	/** The highest zone while single pages may take the short way out of it; a zone without pages while somebody has to see them. */
	private shortZone: Zone;

	constructor(parts: PageAllocatorParts) {
		this.zones = parts.zones;
		this.pages = parts.pages;
		this.memory = parts.memory;
		this.blocks = parts.blocks;
		this.turn = parts.turn;
		this.recorder = parts.recorder;
		this.zeroAll = parts.initOnAlloc;
		this.grouping = parts.grouping;
		this.plain = parts.recorder === null && !parts.initOnAlloc;
		this.zonelists = new Zonelists(parts);
		this.slow = new SlowPath(parts, this.zonelists);
		this.top = parts.zones.at(-1) as ZoneAllocator;
		this.topStart = this.top.zone.start;
		this.topPcp = this.top.pcp;
		this.shortTypes = this.typesOfShortWay();
		this.shortZone = this.zoneOfShortWay();
	}

	/** Who can make room; null for nobody. */
	set reclaimer(reclaimer: Reclaimer | null) {
		this.zonelists.reclaimer = reclaimer;
	}
	/** Told of requests that failed and may be complained about (warn_alloc). */
	set onFailure(told: (order: number, gfp: number) => void) {
		this.slow.onFailure = told;
	}
	/** Asks the other CPUs to drain their lists. */
	set onDrainOthers(ask: () => void) {
		this.slow.onDrainOthers = ask;
	}
	/** Decides which requests fail on purpose; null for none. */
	set injector(injector: FaultInjector | null) {
		this.failing = injector;
		this.shortZone = this.zoneOfShortWay();
	}

	private zoneOfShortWay(): Zone {
		const isPlain = this.plain && this.grouping && this.failing === null;
		return isPlain ? this.top.zone : new Zone(new Int32Array(ZONE_WORDS));
	}

	/**
	 * Allocates 2^order contiguous pages, aligned to their size.
	 * @param gfp GFP_ flags: zones, migratetype, what the caller can wait for
	 * @returns the first page, or NIL when there is no memory (or order is not one of 0 to 10)
	 */
	allocPages(order: number, gfp: number): Pfn {
		const isShort = order === 0 && (gfp & LONG_WAY) === 0;
		if (isShort && this.shortZone.isPlentiful(STRICTEST)) {
			const type = (gfp & MOVABLE) >>> MOBILITY_SHIFT;
			const pfn = this.topPcp.takeSingle(type);
			if (pfn !== 0) return pfn;
		}
		return this.allocBlock(order, gfp);
	}

	/** `allocPages` for everything but a single page that lies ready. */
	private allocBlock(order: number, gfp: number): Pfn {
		if (order >>> 0 !== order || order > TOP) return NONE;
		if (this.failing?.shouldFail(order, gfp)) return NONE;
		let pfn = this.zonelists.fromPlenty(order, gfp);
		if (pfn === NONE) pfn = this.allocFromFew(order, gfp);
		if (pfn !== NONE) this.prepare(pfn, order, gfp);
		return pfn;
	}

	/** A block that the highest zone does not have in plenty, or that shall come from another. */
	private allocFromFew(order: number, gfp: number): Pfn {
		const route = this.zonelists.route(gfp);
		const flags = route.flags | (gfp & KSWAPD);
		const pfn = this.zonelists.pass(route, order, flags);
		return pfn === NONE ? this.slow.alloc(route, order, gfp) : pfn;
	}

	/**
	 * As `allocPages` for a caller who looked at the LOW marks a while ago, in vain: he goes the slow way at once, which is
	 * content with the MIN marks.
	 */
	allocSlowly(order: number, gfp: number): Pfn {
		const route = this.zonelists.route(gfp);
		const pfn = this.slow.alloc(route, order, gfp);
		if (pfn !== NONE) this.prepare(pfn, order, gfp);
		return pfn;
	}

	/** Zones that a request with these flags may use, the one it would rather have first; none for flags that are a bug. */
	zonesFor(gfp: number): readonly ZoneAllocator[] {
		return this.zonelists.zonesFor(gfp);
	}

	/** Whether a zone may serve a request (__zone_watermark_ok; A3). */
	watermarkOk(
		owner: ZoneAllocator,
		order: number,
		mark: number,
		highest: number,
		flags: number,
	): boolean {
		return this.zonelists.watermarkOk(owner, order, mark, highest, flags);
	}

	/**
	 * Allocates single pages off this CPU's list in one go, as vmalloc does for up to 100 at a time
	 * (__alloc_pages_bulk). There may be fewer than asked for: the caller then goes on page by page.
	 */
	allocBulk(count: number, gfp: number): Pfn[] {
		const { zones, highest, type } = this.zonelists.route(gfp);
		const flags = gfp & KSWAPD;
		const owner = zones.find((each) => {
			const mark = each.zone.watermark(WMARK_LOW) + count;
			return this.watermarkOk(each, 0, mark, highest, flags);
		});
		if (owner === undefined) return [];
		const taken: Pfn[] = [];
		while (taken.length < count) {
			const pfn = owner.pcp.takeOne(0, type, flags);
			if (pfn === NONE) break;
			owner.pcp.countTaken(0);
			this.prepare(pfn, 0, gfp);
			taken.push(pfn);
		}
		return taken;
	}

	/**
	 * From here on frees interrupt a task that holds the lists of this CPU, until this is said to be over: they find them
	 * locked and go to the free lists (free_unref_page, when pcp_spin_trylock fails).
	 */
	holdLists(areHeld: boolean): void {
		this.listedOrders = areHeld ? 0 : LISTED_ORDERS;
		this.shortTypes = this.typesOfShortWay();
	}

	private typesOfShortWay(): number {
		return this.recorder === null && this.listedOrders !== 0
			? MIGRATE_PCPTYPES
			: 0;
	}

	/** Drops one reference of a block; the last one gives it back. The order is that of the allocation. */
	freePages(pfn: Pfn, order: number): void {
		if (order === 0 && pfn >= this.topStart) {
			const type = this.blocks.type(pfn);
			if (type < this.shortTypes && this.topPcp.freeSingle(pfn, type)) return;
		}
		this.freeBlock(pfn, order);
	}

	/** `freePages` when a grace period is over, or at once where nobody waits for any. */
	freeAfterGrace(pfn: Pfn, order: number): void {
		if (this.postpone === null) this.freePages(pfn, order);
		else this.postpone(pfn, order);
	}

	/** `freePages` for everything but a plain single page of the highest zone. */
	private freeBlock(pfn: Pfn, order: number): void {
		if (this.pages.dropPlain(pfn, order)) this.release(pfn, order);
		else this.freeSpecial(pfn, order);
	}

	/** A block that has flags or further users, or is none. */
	private freeSpecial(pfn: Pfn, order: number): void {
		const left = this.pages.drop(pfn, order);
		if (!(left >= 0)) this.badFree(pfn, order); // also when there is no such frame
		if (left === 0) this.releaseChecked(pfn, order);
		else if (order > 0 && (this.pages.flags(pfn) & HEAD) === 0)
			this.freeTailParts(pfn, order);
	}

	/**
	 * Frees a block straight to the free lists, past the per-CPU lists (__free_pages_ok). What an allocation of an exact
	 * size has too much of goes behind the others (GIVE_TAIL), and so does what boot frees late.
	 */
	freeToBuddy(pfn: Pfn, order: number, why: number): void {
		if (this.pages.drop(pfn, order) !== 0) this.badFree(pfn, order);
		this.checkFlags(pfn, order);
		this.recordFree(pfn, order, false);
		const type = this.blocks.type(pfn);
		this.zoneOf(pfn).pcp.givePast(pfn, order, type, why);
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
		this.recorder?.emit(EV_PAGE_SPLIT, pfn, order, 0, 0);
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
		this.recorder?.emit(EV_PAGE_JOIN, pfn, order, 0, 0);
	}

	/**
	 * Gives a block to its zone for the first time, at boot: behind the others, past the per-CPU lists. On the lists of its
	 * pageblock's type, unless the machine that is being copied had it on another.
	 */
	adopt(pfn: Pfn, order: number, type = this.blocks.type(pfn)): void {
		const owner = this.zoneOf(pfn);
		const { zone, buddy } = owner;
		this.recorder?.emit(EV_BOOT_FREE, pfn, order, 0, 0);
		buddy.lock();
		zone.setManaged(zone.managed + (1 << order));
		if (order === TOP) buddy.giveTop(pfn, type);
		else buddy.give(pfn, order, type, GIVE_TAIL);
		buddy.unlock();
	}

	/**
	 * Makes reserved frames a block in use, where a machine that is being copied had one; its zone manages them from then
	 * on. The block is the caller's as if it came from `allocPages` with these flags, of which only __GFP_COMP counts.
	 */
	seize(pfn: Pfn, order: number, type: number, gfp: number): void {
		const { zone, buddy } = this.zoneOf(pfn);
		if (this.pages.refcount(pfn) !== 0 || this.pages.flags(pfn) !== 0)
			panic(`page-allocator: A1 pfn ${pfn} is seized, but not reserved`);
		buddy.lock();
		zone.setManaged(zone.managed + (1 << order));
		buddy.unlock();
		this.pages.claim(pfn, type, order, this.turn.cpu.context);
		if (order > 0 && (gfp & __GFP_COMP) !== 0) this.makeCompound(pfn, order);
		this.recorder?.emit(EV_PAGE_ALLOC, pfn, order | (type << 8), gfp, 0);
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
		this.slow.drainLocal();
	}

	/** Makes a taken block the caller's (prep_new_page). */
	private prepare(pfn: Pfn, order: number, gfp: number): void {
		const type = this.zonelists.typeOf(gfp);
		this.pages.claim(pfn, type, order, this.turn.cpu.context);
		if (!this.plain || (gfp & SPECIAL) !== 0)
			this.furnish(pfn, order, type, gfp);
	}

	/** Zeroes a block, makes it compound and records it, as far as that is wanted. */
	private furnish(pfn: Pfn, order: number, type: number, gfp: number): void {
		if (this.zeroAll || (gfp & __GFP_ZERO) !== 0) this.zero(pfn, order);
		if (order > 0 && (gfp & __GFP_COMP) !== 0) this.makeCompound(pfn, order);
		const what = order | (type << 8);
		this.recorder?.emit(EV_PAGE_ALLOC, pfn, what, gfp, 0);
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
		this.recorder?.emit(EV_PAGE_SPLIT, pfn, order, 1, 0);
		for (let size = order - 1; size >= 0; size--)
			this.releaseChecked((pfn + (1 << size)) as Pfn, size);
	}

	/** Gives a block that nobody uses any more to a list (free_the_page). */
	private release(pfn: Pfn, order: number): void {
		const { pcp } = this.zoneOf(pfn);
		const type = this.blocks.type(pfn);
		const mayList = ((this.listedOrders >>> order) & 1) === 1;
		const listed = mayList && type !== ISOLATE;
		if (this.recorder !== null) this.recordFree(pfn, order, listed);
		if (listed) pcp.free(pfn, order, type);
		else pcp.givePast(pfn, order, type, FREELY);
	}

	private releaseChecked(pfn: Pfn, order: number): void {
		this.checkFlags(pfn, order);
		this.release(pfn, order);
	}

	/** Makes sure that a block may go to a list, and undoes what its allocation made of it (free_pages_prepare). */
	private checkFlags(pfn: Pfn, order: number): void {
		const flags = this.pages.flags(pfn);
		if ((flags & UNFIT) !== 0) this.badFree(pfn, order);
		if ((flags & HEAD) !== 0) this.unmakeCompound(pfn, order);
	}

	private recordFree(pfn: Pfn, order: number, listed: boolean): void {
		const type = this.blocks.type(pfn);
		this.recorder?.emit(EV_PAGE_FREE, pfn, order, listed ? 1 : 0, type);
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
