// Player: makes the page events of a recording happen here.
//
//   event + ordinal --> entries of the plan that are due --> requests to the page allocator, on the event's CPU
//                                                        --> answers: our page beside theirs
//   without a plan: the event itself is played, as far as it tells
//
//   alloc     allocPages; the recorded frames stand for ours from then on
//   free      the frames that stand for them go to this CPU's list, or, where the plan says so, to the free lists
//   batched   a free that waited goes to the list now
//   locked, drain, fallback    decisions of the recorded allocator: compared, never obeyed
//   between   lost pages, bulk allocations, drains, what reclaim does to the zones: by the plan
//
// PP1: entries are played in the order of the log, each with the event with which it is due.
// PP2: no recorded frame number decides which page is taken here.
// PP3: whatever the recording says, the machine stays sound: frees of the unknown are counted and left.

import { NIL, type Pfn } from "../../../hw/units";
import { GIVE_FREE, GIVE_TAIL } from "../../../mm/buddy";
import {
	__GFP_DMA,
	__GFP_DMA32,
	__GFP_HIGHMEM,
	__GFP_MEMALLOC,
	__GFP_NOFAIL,
	__GFP_ZERO,
	GFP_KERNEL,
} from "../../../mm/gfp";
import type { PageAllocator } from "../../../mm/page-allocator";
import { ZONE_DMA, ZONE_DMA32, type Zone } from "../../../mm/zone";
import type { Kernel } from "../../kernel";
import { KMALLOC, type KmemEvent, MARK } from "../reading/event";
import type { Names } from "../reading/names";
import type { PageAnswers } from "./answers";
import { Blocks } from "./blocks";
import {
	FOUND_NOT,
	FOUND_START,
	FOUND_UNNAMED,
	FrameMap,
	FrameNumbers,
} from "./frame-map";
import {
	FREE_ADOPTED,
	FREE_BATCHED,
	FREE_CONTENDED,
	FREE_EXACT,
	HELD_DEPTH,
	HeldLists,
} from "./frees";
import {
	BULK_HINT as HINT,
	PAGE_ALLOC,
	PAGE_DRAIN,
	PAGE_FALLBACK,
	PAGE_FREE,
	PAGE_FREE_BATCHED,
	PAGE_LOCKED,
} from "./page-log";
import { HAS_ACTIONS, type PageAction, type PagePlan } from "./plan";
import type { Bulk, LostPage } from "./recorded-lists";
import { bulkPages } from "./recorded-lists";
import { SlowRequests } from "./slow-requests";
import { ArraySites, pagesAnnounced } from "./survey";

// Aliases in this file: an imported constant is looked up whenever it is used.
const ALLOC = PAGE_ALLOC;
const FREE = PAGE_FREE;
const BATCHED = PAGE_FREE_BATCHED;
const LOCKED = PAGE_LOCKED;
const DRAIN = PAGE_DRAIN;
const FALLBACK = PAGE_FALLBACK;
const REQUEST = KMALLOC;
const NONE = NIL;
const ACTIONS = HAS_ACTIONS;
const PAST_LISTS = FREE_EXACT | FREE_CONTENDED | FREE_ADOPTED;
const IS_BATCHED = FREE_BATCHED;
const LEFT_OUT = ~(__GFP_ZERO | __GFP_NOFAIL); // contents do not matter; a request may fail here that never failed there
const BULK_GFP = GFP_KERNEL | __GFP_HIGHMEM; // of vmalloc
const CHUNK = 100; // pages of a bulk allocation at most
const MOBILITY = 0x18; // both bits together are no type
const TYPE_SHIFT = 3;
const ZONE_BITS = 15;
/** Bit n: zone bits n of a gfp mask name one zone. */
const GOOD_ZONES = 0b0001_0011_0001_0111 | (1 << 9) | (1 << 10);
const BOOST_KEPT = 200; // entries behind a fallback in which its boost may be the one that lasts
const TENTHS = 10;

/** How a replay treats the pages of slabs. */
export type SlabPages =
	/** Our own slabs ask when they need pages: the recorded ones are only to be compared. */
	| "answers"
	/** They are requests like all others: for looking at pages alone. */
	| "requests";

/** How far a bulk allocation is. */
interface BulkProgress {
	/** Pages taken. */
	done: number;
	/** Interruptions until now. */
	cuts: number;
}

/** What a player works with. */
export interface PlayerOptions {
	/** null plays events as they come, with what they tell. */
	readonly plan: PagePlan | null;
	/** Of the reader that the events come from. */
	readonly names: Names;
	/** Frames of the start; absent: none is known. */
	readonly frames?: FrameMap;
	/** Default `answers`. */
	readonly slabPages?: SlabPages;
	/** Whether the event with this number is about a slab's page; for events that are played before their turn. */
	readonly isSlabPage?: (ordinal: number) => boolean;
	readonly answers?: PageAnswers | null;
}

/** Plays the page events of one recording. */
export class PagePlayer {
	readonly frames: FrameMap;
	/** Requests played. */
	requests = 0;
	/** Recorded requests that had failed there: they are left out. */
	failedThere = 0;
	/** Requests that failed here only. */
	failedHere = 0;
	/** Frees by what was freed: named pages, pages of the start, pages of bulk allocations without a name, unknown ones. */
	readonly freed = new Int32Array(4);
	/** Requests that no event shows: single pages, pages in bulk, drains of a CPU's lists. */
	readonly inferred = { lost: 0, bulk: 0, drains: 0 };
	private readonly plan: PagePlan | null;
	private readonly allocator: PageAllocator;
	private readonly answers: PageAnswers | null;
	private readonly playsSlabs: boolean;
	private readonly isSlabPage: (ordinal: number) => boolean;
	private readonly sites: ArraySites;
	private readonly blocks: Blocks;
	private readonly slow: SlowRequests | null;
	private readonly pending = new FrameNumbers(); // frame here of a recorded frame between its free and its batched free
	private readonly progress = new Map<Bulk, BulkProgress>();
	private readonly boosts: number[];
	private readonly urgent: number;
	private readonly held = new HeldLists();
	private cursor = 0;
	private nextDue: number;
	private tenth = 0;

	constructor(
		private readonly kernel: Kernel,
		options: PlayerOptions,
	) {
		const { mm } = kernel;
		this.plan = options.plan;
		this.allocator = mm.allocator;
		this.frames = options.frames ?? new FrameMap(mm.pages.frameCount);
		this.answers = options.answers ?? null;
		this.playsSlabs = options.slabPages === "requests";
		this.isSlabPage = options.isSlabPage ?? (() => false);
		this.sites = new ArraySites(options.names);
		this.blocks = new Blocks(mm);
		const isPressed = this.plan?.isUnderPressure === true;
		this.slow = isPressed ? new SlowRequests(mm.allocator) : null;
		this.urgent = isPressed ? __GFP_MEMALLOC : 0; // who had to wait there for pages has them at once here
		this.boosts = mm.zones.map(({ boost }) => boost);
		this.nextDue = this.plan?.dues[0] ?? Number.POSITIVE_INFINITY;
		this.answers?.beginPart(this.plan ? "1/10" : "start");
		mm.allocator.reclaimer = {
			wake: (zone) => this.boosted(zone),
			reclaim: () => 0,
		};
	}

	/** Whether what an event frees finds the lists of its CPU locked: it interrupts a task that holds them. */
	meetsHeldLists({ interrupt, depth, cpu }: KmemEvent): boolean {
		return interrupt > 0 && depth >= HELD_DEPTH && this.held.isHeld(cpu);
	}

	/** Plays what is due with the event that is number `ordinal` of the file. Objects come first: call this behind them. */
	event(event: KmemEvent, ordinal: number, isSlabPage: boolean): void {
		if (this.plan === null) this.direct(event, isSlabPage);
		else if (ordinal >= this.nextDue)
			this.advance(this.plan, ordinal, isSlabPage);
	}

	/** The file is at its end. */
	finish(): void {
		if (this.plan !== null) {
			this.advance(this.plan, Number.POSITIVE_INFINITY, false);
			this.perform(this.plan, this.plan.log.length);
		}
		this.answers?.collect();
	}

	// --- with a plan

	private advance(plan: PagePlan, ordinal: number, isSlab: boolean): void {
		const { log, dues, bits } = plan;
		const { length } = log;
		while (this.cursor < length && (dues[this.cursor] as number) <= ordinal) {
			const at = this.cursor++;
			const flags = bits[at] as number;
			this.held.entry(log, at, (flags & IS_BATCHED) !== 0);
			if ((flags & ACTIONS) !== 0) this.perform(plan, at);
			this.slow?.seen(log, at);
			const own = log.ordinal(at);
			const isSlabs = own === ordinal ? isSlab : this.isSlabPage(own);
			if (this.playsSlabs || !isSlabs) this.play(plan, at, flags);
			if (this.answers !== null) this.score(this.answers, plan, at);
		}
		this.nextDue =
			this.cursor < length
				? (dues[this.cursor] as number)
				: Number.POSITIVE_INFINITY;
	}

	private play(plan: PagePlan, at: number, flags: number): void {
		const { log } = plan;
		const kind = log.kind(at);
		const pfn = log.pfn(at);
		if (kind === ALLOC) {
			const order = log.order(at);
			this.seat(log.cpu(at));
			if (pfn === 0) this.failedThere++;
			else {
				const isSlow = this.slow?.request(log, at) === true;
				this.alloc(pfn, order, log.type(at), log.extra(at), isSlow);
			}
		} else if (kind === FREE) {
			this.slow?.free(log, at, (flags & IS_BATCHED) !== 0);
			this.seat(log.cpu(at));
			this.free(pfn, log.order(at), flags);
		} else if (kind === BATCHED) {
			this.seat(log.cpu(at));
			this.release(pfn, log.order(at));
		} else if (kind === HINT) {
			const bulk = plan.bulks.get(at);
			if (bulk) this.goOn(bulk);
		}
	}

	private score(answers: PageAnswers, { log }: PagePlan, at: number): void {
		const kind = log.kind(at);
		const pfn = log.pfn(at);
		if (kind === LOCKED) answers.take(pfn, log.order(at));
		else if (kind === DRAIN) answers.drain(pfn, log.order(at));
		else if (kind === FALLBACK)
			answers.fallback(
				pfn,
				log.order(at) | (log.gotOrder(at) << 8),
				log.type(at) | (log.hadType(at) << 8),
				log.extra(at),
			);
		answers.step();
		const tenth = Math.floor((at * TENTHS) / log.length);
		if (tenth === this.tenth) return;
		this.tenth = tenth;
		answers.beginPart(`${tenth + 1}/10`);
	}

	private perform(plan: PagePlan, at: number): void {
		for (const action of plan.actions.get(at) ?? []) this.act(plan, action);
	}

	private act(plan: PagePlan, action: PageAction): void {
		const { zones } = this.allocator;
		switch (action.what) {
			case "compare":
				this.answers?.compare(action.snapshot);
				break;
			case "window":
				this.answers?.beginPart(action.text);
				break;
			case "lost":
				this.takeLost(action.page, plan);
				break;
			case "calm":
				for (const { zone } of zones) this.setBoost(zone, 0);
				break;
			case "reclaiming":
				for (const { pcp } of zones) pcp.setReclaiming(action.isOn);
				break;
			case "drain":
				this.seat(action.cpu);
				zones[action.zone]?.pcp.drain(action.cpu);
				this.inferred.drains++;
				break;
			case "resume":
				this.goOn(action.bulk);
				break;
			case "pagesets":
				action.sizes.forEach(({ high, batch }, zone) => {
					zones[zone]?.pcp.configure(high, batch);
				});
				break;
			case "marks":
				this.setMarks(plan, action.areSet);
		}
	}

	/** Marks and sizes of the lists as the snapshot has them, or none yet. */
	private setMarks({ start }: PagePlan, areSet: boolean): void {
		for (const { index, info } of start.zones.all) {
			const owner = this.allocator.zones.find(
				({ zone }) => zone.index === index,
			);
			const set = info.pagesets[0];
			if (!owner || !set) continue;
			const { min, low, high, boost } = info;
			const marks = [min, low, high, 2 * high - low]; // promo is one step more
			marks.forEach((frames, mark) => {
				owner.zone.setWatermark(mark, areSet ? frames - boost : 0);
			});
			owner.pcp.configure(set.high, set.batch);
		}
	}

	private takeLost({ pfn, list }: LostPage, { start }: PagePlan): void {
		const { zones } = start;
		const { index } = zones.at(zones.zoneOf(list.cell));
		this.seat(zones.cpuOf(list.cell));
		const gfp = GFP_KERNEL | zoneBits(index) | (list.type << TYPE_SHIFT);
		const ours =
			list.order === 0
				? (this.allocator.allocBulk(1, gfp)[0] ?? NONE)
				: this.allocator.allocPages(list.order, gfp);
		this.inferred.lost++;
		if (ours !== NONE) this.frames.set(pfn, ours, list.order);
	}

	/** A bulk allocation takes pages, up to where it was interrupted next. */
	private goOn(bulk: Bulk): void {
		const progress = this.progress.get(bulk) ?? { done: 0, cuts: 0 };
		this.progress.set(bulk, progress);
		const cut = bulk.cuts[progress.cuts++];
		const end = Math.min(bulk.need, cut?.taken ?? bulk.need);
		this.seat(bulk.cpu);
		while (progress.done < end) {
			const pfns = this.bulk(Math.min(CHUNK, end - progress.done));
			if (pfns.length === 0) break;
			for (const pfn of pfns)
				this.nameBulk(pfn, bulk.pfns[progress.done++] ?? 0);
		}
	}

	private nameBulk(pfn: Pfn, recorded: number): void {
		if (recorded === 0) this.frames.setUnnamed(pfn);
		else this.frames.set(recorded, pfn, 0);
	}

	private bulk(count: number): Pfn[] {
		const pfns = this.allocator.allocBulk(count, BULK_GFP);
		this.inferred.bulk += pfns.length;
		return pfns;
	}

	// --- without a plan

	private direct(event: KmemEvent, isSlab: boolean): void {
		const { kind } = event;
		if (kind === ALLOC || kind === FREE) {
			if (!isSlab || this.playsSlabs) this.directPage(event);
		} else if (kind === REQUEST) {
			let left = bulkPages(pagesAnnounced(event, this.sites));
			if (left > 0) this.seat(event.cpu);
			while (left > 0) {
				const pfns = this.bulk(Math.min(CHUNK, left));
				for (const pfn of pfns) this.frames.setUnnamed(pfn);
				left = pfns.length > 0 ? left - pfns.length : 0;
			}
		} else if (kind === MARK) this.answers?.beginPart(event.text);
		else if (this.answers !== null) this.directScore(this.answers, event);
	}

	private directPage({ kind, cpu, pfn, order, type, gfp }: KmemEvent): void {
		if (order < 0 || order > TENTHS) return;
		this.seat(cpu);
		if (kind === FREE) this.free(pfn, order, 0);
		else if (pfn === 0) this.failedThere++;
		else this.alloc(pfn, order, Math.max(type, 0), gfp, false);
		this.answers?.step();
	}

	private directScore(answers: PageAnswers, event: KmemEvent): void {
		const { kind, pfn, order, type } = event;
		if (kind === LOCKED) answers.take(pfn, order);
		else if (kind === DRAIN) answers.drain(pfn, order);
		else if (kind === FALLBACK)
			answers.fallback(
				pfn,
				order | (event.fallbackOrder << 8),
				type | (event.fallbackType << 8),
				event.ownership,
			);
	}

	// --- requests

	private seat(cpu: number): void {
		const { turn } = this.kernel.machine;
		if (turn.cpu.id === cpu || cpu < 0 || cpu >= turn.cpus.length) return;
		this.answers?.collect();
		turn.seat(cpu);
	}

	private alloc(
		recorded: number,
		order: number,
		type: number,
		gfp: number,
		isSlow: boolean,
	): void {
		const { allocator } = this;
		const asked = soundGfp(gfp, type) | this.urgent;
		const pfn = isSlow
			? allocator.allocSlowly(order, asked)
			: allocator.allocPages(order, asked);
		this.requests++;
		if (pfn === NONE) this.failedHere++;
		else this.frames.set(recorded, pfn, order);
		if (this.answers !== null) this.answers.alloc(order, type, recorded, pfn);
	}

	private free(recorded: number, order: number, flags: number): void {
		if ((flags & FREE_ADOPTED) !== 0) {
			this.adopt(recorded, order);
			return;
		}
		const { frames, freed } = this;
		const pfn = frames.take(recorded, order);
		const { found } = frames;
		freed[found] = (freed[found] as number) + 1;
		if ((flags & IS_BATCHED) !== 0) this.pending.set(recorded, pfn);
		if (pfn === NONE || (flags & IS_BATCHED) !== 0) return;
		if (!this.blocks.shape(pfn, order)) return;
		if ((flags & PAST_LISTS) === 0) this.allocator.freePages(pfn, order);
		else {
			const why = (flags & FREE_EXACT) !== 0 ? GIVE_TAIL : GIVE_FREE;
			this.allocator.freeToBuddy(pfn, order, why);
		}
	}

	/** A free that waited for its batch. */
	private release(recorded: number, order: number): void {
		const pfn = this.pending.get(recorded) as Pfn;
		if (pfn === NONE) return;
		this.pending.set(recorded, NONE);
		if (this.blocks.shape(pfn, order)) this.allocator.freePages(pfn, order);
	}

	private adopt(recorded: number, order: number): void {
		const { pages } = this.kernel.mm;
		const pfn = recorded as Pfn;
		const isReserved =
			pages.has(pfn) && pages.refcount(pfn) === 0 && pages.flags(pfn) === 0;
		if (isReserved) this.allocator.adopt(pfn, order);
	}

	// --- boosts

	/** A fallback may have boosted a zone: the boost lasts only where the plan knows of it. */
	private boosted(zone: Zone): void {
		const before = this.boosts[zone.index] as number;
		if (zone.boost <= before) return;
		const at = this.cursor - 1;
		const lasts = this.plan?.episodes.some(
			(each) => at >= each.at && at - each.at < BOOST_KEPT && each.reset > at,
		);
		this.setBoost(zone, lasts ? zone.boost : 0);
	}

	private setBoost(zone: Zone, frames: number): void {
		zone.setBoost(frames);
		this.boosts[zone.index] = frames;
	}

	/** Frees of pages of the start, of bulk pages without a name, and of unknown ones. */
	get oddFrees(): { start: number; unnamed: number; unknown: number } {
		const { freed } = this;
		return {
			start: freed[FOUND_START] as number,
			unnamed: freed[FOUND_UNNAMED] as number,
			unknown: freed[FOUND_NOT] as number,
		};
	}
}

const zoneBits = (zone: number): number =>
	zone === ZONE_DMA ? __GFP_DMA : zone === ZONE_DMA32 ? __GFP_DMA32 : 0;

/** A gfp mask that is none of the combinations that are bugs; of the recorded type when the recorder left it out. */
function soundGfp(gfp: number, type: number): number {
	if (gfp < 0) return GFP_KERNEL | ((type < 3 ? type : 0) << TYPE_SHIFT);
	let sound = gfp & LEFT_OUT;
	if (((GOOD_ZONES >>> (sound & ZONE_BITS)) & 1) === 0) sound &= ~7;
	return (sound & MOBILITY) === MOBILITY ? sound & ~MOBILITY : sound;
}
