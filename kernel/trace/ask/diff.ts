// The difference of two moments: what came, went, grew and moved from A to B, signed.
//
//   zones       free frames, and free blocks of each order
//   uses        frames by what they are used for
//   caches      slabs, objects and frames of each cache; made and destroyed ones
//   tasks       pages of each task's memory
//   sites       bytes and allocations in use, by call site
//   moves       slabs that are elsewhere, pageblocks of another type, free blocks that grew or shrank
//
// Both states come from the fold; a number is B's less A's, so what came is positive whichever moment is the earlier.
//
// DF1: the difference of a moment to itself is empty; that of B and A is that of A and B with the signs changed.
// DF2: the changes of all uses add up to 0: frames do not come or go, only their use.
// DF3: what came is what leaks() tells between the same moments: an allocation that is put to its use, split or joined between
//      them neither comes nor goes.

import { EV_PAGE_FREE } from "../../../mm/events";
import type { Fold } from "../fold/fold";
import {
	FREE,
	RESERVED,
	SLAB,
	STATE_NAMES,
	TRANSIT,
	USER,
	WAITING,
	type ZoneSpan,
} from "../fold/frames";
import { PLACE_NAMES } from "../fold/objects";
import type { Trace } from "../trace";
import { siteText, typeName } from "./phrases";

const PAGE = 4096;
const MOVES_MAX = 64; // moves of one kind that are told one by one
const BLOCK_SHIFT = 9; // from a frame to its pageblock

/** A number at both moments. */
export interface Change {
	readonly before: number;
	readonly after: number;
	/** after less before. */
	readonly change: number;
}

/** Allocations that are there at one moment only. */
export interface Traffic {
	readonly count: number;
	readonly bytes: number;
}

export interface ZoneDifference {
	readonly zone: string;
	/** Frames on the free lists. */
	readonly free: Change;
	/** Frames that wait with the CPUs. */
	readonly waiting: Change;
	/** Free blocks, by order. */
	readonly orders: readonly Change[];
}

export interface CacheDifference {
	readonly slot: number;
	readonly name: string;
	readonly slabs: Change;
	/** Objects in use, and all. */
	readonly active: Change;
	readonly total: Change;
	readonly frames: Change;
	/** It exists at one of the moments only. */
	readonly fate: "stayed" | "came" | "went";
}

export interface TaskDifference {
	readonly pid: number;
	readonly name: string;
	readonly pages: Change;
}

export interface SiteDifference {
	readonly context: number;
	readonly name: string;
	readonly came: Traffic;
	readonly went: Traffic;
	/** Bytes that came less those that went. */
	readonly bytes: number;
	readonly count: number;
}

/** Something that is there at both moments, but not the same. */
export interface Move {
	readonly what: "slab" | "pageblock" | "free block";
	/** First frame. */
	readonly frame: number;
	/** Cache of a slab; empty for others. */
	readonly name: string;
	readonly before: string;
	readonly after: string;
}

export interface Difference {
	readonly a: number;
	readonly b: number;
	/** Frames that are in use at B and were free at A, the reverse, and those that changed hands. */
	readonly frames: {
		readonly came: number;
		readonly went: number;
		readonly changed: number;
	};
	readonly objects: { readonly came: Traffic; readonly went: Traffic };
	readonly zones: readonly ZoneDifference[];
	readonly uses: readonly (Change & { readonly use: string })[];
	/** Only caches, and below only tasks and sites, of which something changed; most bytes first. */
	readonly caches: readonly CacheDifference[];
	readonly tasks: readonly TaskDifference[];
	readonly sites: readonly SiteDifference[];
	/** The first of each kind, and how many there are of each. */
	readonly moves: readonly Move[];
	readonly moveCounts: Readonly<Record<Move["what"], number>>;
}

/** What changed from moment `a` to moment `b`. */
export const diff = (trace: Trace, a: number, b: number): Difference =>
	differenceOf(trace, trace.copyAt(a), trace.copyAt(b));

/** What is different in state `after`; both are states of the trace. */
export function differenceOf(
	trace: Trace,
	before: Fold,
	after: Fold,
): Difference {
	const sites = new Sites(trace);
	const objects = compareObjects(before, after, sites);
	comparePages(trace, before, after, sites);
	const moves = movesOf(before, after);
	return {
		a: before.events - 1,
		b: after.events - 1,
		frames: compareFrames(before, after),
		objects,
		zones: compareZones(trace.header.machine.zones, before, after),
		uses: compareUses(before, after),
		caches: compareCaches(before, after),
		tasks: compareTasks(before, after),
		sites: sites.rows(),
		moves: MOVE_KINDS.flatMap((kind) =>
			moves.filter(({ what }) => what === kind).slice(0, MOVES_MAX),
		),
		moveCounts: countMoves(moves),
	};
}

const changeOf = (before: number, after: number): Change => ({
	before,
	after,
	change: after - before,
});

// --- allocations

/** What came and went, by call site. */
class Sites {
	private readonly known = new Map<
		number,
		{ came: { count: number; bytes: number }; went: typeof NOTHING }
	>();

	constructor(private readonly trace: Trace) {}

	add(context: number, bytes: number, hasCome: boolean): void {
		let site = this.known.get(context);
		if (site === undefined) {
			site = { came: { ...NOTHING }, went: { ...NOTHING } };
			this.known.set(context, site);
		}
		const side = hasCome ? site.came : site.went;
		side.count++;
		side.bytes += bytes;
	}

	rows(): SiteDifference[] {
		return [...this.known]
			.map(([context, { came, went }]) => ({
				context,
				name: siteText(this.trace, context),
				came,
				went,
				bytes: came.bytes - went.bytes,
				count: came.count - went.count,
			}))
			.sort(
				(one, other) =>
					Math.abs(other.bytes) - Math.abs(one.bytes) ||
					other.came.bytes - one.came.bytes ||
					one.context - other.context,
			);
	}
}

const NOTHING = { count: 0, bytes: 0 };

/** Visits the objects of `fold` that `other` does not have. */
function eachStranger(
	fold: Fold,
	other: Fold,
	visit: (context: number, bytes: number) => void,
): void {
	const { objects, frames } = fold;
	objects.eachSlab((slab) => {
		const slot = frames.owner[slab] as number;
		const cache = objects.cache(slot);
		if (cache === null) return;
		objects.eachOf(slab, cache, ({ address, since, context }) => {
			const twin = other.objects.at(address, slot);
			if (twin?.since !== since) visit(context, cache.size);
		});
	});
}

function compareObjects(
	before: Fold,
	after: Fold,
	sites: Sites,
): Difference["objects"] {
	const came = { ...NOTHING };
	const went = { ...NOTHING };
	eachStranger(after, before, (context, bytes) => {
		came.count++;
		came.bytes += bytes;
		sites.add(context, bytes, true);
	});
	eachStranger(before, after, (context, bytes) => {
		went.count++;
		went.bytes += bytes;
		sites.add(context, bytes, false);
	});
	return { came, went };
}

/** Blocks in use that hold no slab (DF3). */
function comparePages(
	trace: Trace,
	before: Fold,
	after: Fold,
	sites: Sites,
): void {
	const sides = [
		{ blocks: changedBlocks(after, before), hasCome: true },
		{ blocks: changedBlocks(before, after), hasCome: false },
	];
	const doubtful = sides.flatMap(({ blocks }) =>
		blocks.filter(({ wasUsed }) => wasUsed).map(({ head }) => head),
	);
	const freed = freedOf(new Set(doubtful), trace, before.events, after.events);
	for (const { blocks, hasCome } of sides)
		for (const { head, frames, context, wasUsed } of blocks)
			if (!wasUsed || freed.has(head))
				sites.add(context, frames * PAGE, hasCome);
}

interface ChangedBlock {
	readonly head: number;
	readonly frames: number;
	readonly context: number;
	/** Its first frame is in use at the other moment too: whether by the same allocation only events tell. */
	readonly wasUsed: boolean;
}

/** Blocks of `fold` that hold no slab and are not the same in `other`. */
function changedBlocks(fold: Fold, other: Fold): ChangedBlock[] {
	const blocks: ChangedBlock[] = [];
	fold.frames.eachBlock((head, frames) => {
		const { state, context } = fold.frames;
		if (!isUsed(state[head] as number) || state[head] === SLAB) return;
		if (isSameBlock(fold, other, head)) return;
		const around = other.frames.headOf(head);
		const wasUsed = around >= 0 && isUsed(other.frames.state[around] as number);
		blocks.push({ head, frames, context: context[head] as number, wasUsed });
	});
	return blocks;
}

/** Those of some frames that were freed by an event between two, whichever of these is the earlier. */
function freedOf(
	frames: ReadonlySet<number>,
	trace: Trace,
	one: number,
	other: number,
): Set<number> {
	const freed = new Set<number>();
	if (frames.size === 0) return freed;
	const [from, to] = [Math.min(one, other), Math.max(one, other)];
	trace.each(from, to, ({ codes, a, b }, index) => {
		if (codes[index] !== EV_PAGE_FREE) return;
		const head = a[index] as number;
		for (let pfn = head; pfn < head + 2 ** (b[index] as number); pfn++)
			if (frames.has(pfn)) freed.add(pfn);
	});
	return freed;
}

const isUsed = (state: number): boolean =>
	state !== RESERVED &&
	state !== FREE &&
	state !== WAITING &&
	state !== TRANSIT;

const isSameBlock = (
	{ frames: one }: Fold,
	{ frames: other }: Fold,
	head: number,
): boolean =>
	one.state[head] === other.state[head] &&
	one.since[head] === other.since[head] &&
	one.order[head] === other.order[head];

// --- frames

/** State, and event since when, of every frame, those inside blocks included. */
function spread(fold: Fold): { state: Uint8Array; since: Int32Array } {
	const { frames } = fold;
	const state = new Uint8Array(frames.frames);
	const since = new Int32Array(frames.frames);
	frames.eachBlock((head, count) => {
		state.fill(frames.state[head] as number, head, head + count);
		since.fill(frames.since[head] as number, head, head + count);
	});
	return { state, since };
}

function compareFrames(before: Fold, after: Fold): Difference["frames"] {
	const one = spread(before);
	const other = spread(after);
	let came = 0;
	let went = 0;
	let changed = 0;
	for (let pfn = 0; pfn < one.state.length; pfn++) {
		const was = isUsed(one.state[pfn] as number);
		const is = isUsed(other.state[pfn] as number);
		if (is && !was) came++;
		else if (was && !is) went++;
		else if (was && one.since[pfn] !== other.since[pfn]) changed++;
	}
	return { came, went, changed };
}

function compareUses(before: Fold, after: Fold): Difference["uses"] {
	const one = framesByState(before);
	const other = framesByState(after);
	return STATE_NAMES.map((use, state) => ({
		use,
		...changeOf(one[state] as number, other[state] as number),
	}));
}

function framesByState({ frames }: Fold): number[] {
	const counts = STATE_NAMES.map(() => 0);
	frames.eachBlock((head, count) => {
		const state = frames.state[head] as number;
		counts[state] = (counts[state] as number) + count;
	});
	return counts;
}

function compareZones(
	zones: readonly ZoneSpan[],
	{ frames: one }: Fold,
	{ frames: other }: Fold,
): ZoneDifference[] {
	return zones.map(({ name }, at) => {
		const blocks = other.freeBlocks(at);
		return {
			zone: name,
			free: changeOf(one.freeFrames(at), other.freeFrames(at)),
			waiting: changeOf(waitingIn(one, at), waitingIn(other, at)),
			orders: one
				.freeBlocks(at)
				.map((count, order) => changeOf(count, blocks[order] as number)),
		};
	});
}

function waitingIn(frames: Fold["frames"], zone: number): number {
	let sum = 0;
	for (let cpu = 0; cpu < frames.cpus; cpu++)
		sum += frames.waitingFrames(cpu, zone);
	return sum;
}

// --- caches

const NO_CACHE = { slabs: 0, active: 0, total: 0, frames: 0 };

function compareCaches(before: Fold, after: Fold): CacheDifference[] {
	const one = cachesByBirth(before);
	const other = cachesByBirth(after);
	const births = new Set([...one.keys(), ...other.keys()]);
	return [...births]
		.flatMap((birth) => {
			const was = one.get(birth);
			const is = other.get(birth);
			const had = was ?? NO_CACHE;
			const has = is ?? NO_CACHE;
			return {
				slot: (is ?? was)?.slot ?? 0,
				name: (is ?? was)?.name ?? "",
				slabs: changeOf(had.slabs, has.slabs),
				active: changeOf(had.active, has.active),
				total: changeOf(had.total, has.total),
				frames: changeOf(had.frames, has.frames),
				fate: fateOf(was !== undefined, is !== undefined),
			};
		})
		.filter(hasChanged)
		.sort(
			(x, y) =>
				Math.abs(y.frames.change) - Math.abs(x.frames.change) ||
				Math.abs(y.active.change) - Math.abs(x.active.change) ||
				(x.name < y.name ? -1 : 1),
		);
}

const fateOf = (was: boolean, is: boolean): CacheDifference["fate"] =>
	was && is ? "stayed" : is ? "came" : "went";

const hasChanged = ({ fate, slabs, active, total }: CacheDifference): boolean =>
	fate !== "stayed" ||
	slabs.change !== 0 ||
	active.change !== 0 ||
	total.change !== 0;

/** Caches by the slot and the event that made them: a slot may be used again. */
function cachesByBirth({ objects }: Fold) {
	return new Map(
		objects
			.all()
			.map((cache) => [`${cache.slot} ${cache.since}`, cache] as const),
	);
}

// --- tasks

function compareTasks(before: Fold, after: Fold): TaskDifference[] {
	const one = pagesByTask(before);
	const other = pagesByTask(after);
	return [...new Set([...one.keys(), ...other.keys()])]
		.map((pid) => ({
			pid,
			name: (after.tasks.tasks.get(pid) ?? before.tasks.tasks.get(pid))?.name,
			pages: changeOf(one.get(pid) ?? 0, other.get(pid) ?? 0),
		}))
		.map((task) => ({ ...task, name: task.name ?? `pid ${task.pid}` }))
		.filter(({ pages }) => pages.change !== 0)
		.sort(
			(x, y) =>
				Math.abs(y.pages.change) - Math.abs(x.pages.change) || x.pid - y.pid,
		);
}

/** Pages of each task's memory, by pid. */
export function pagesByTask({ frames }: Fold): Map<number, number> {
	const pages = new Map<number, number>();
	frames.eachBlock((head, count) => {
		if (frames.state[head] !== USER) return;
		const pid = frames.owner[head] as number;
		pages.set(pid, (pages.get(pid) ?? 0) + count);
	});
	return pages;
}

// --- moves

const MOVE_KINDS = ["slab", "pageblock", "free block"] as const;

function movesOf(before: Fold, after: Fold): Move[] {
	return [
		...movedSlabs(before, after),
		...retypedBlocks(before, after),
		...resizedBlocks(before, after),
	];
}

function countMoves(moves: readonly Move[]): Difference["moveCounts"] {
	const counts = { slab: 0, pageblock: 0, "free block": 0 };
	for (const { what } of moves) counts[what]++;
	return counts;
}

function movedSlabs(before: Fold, after: Fold): Move[] {
	const moves: Move[] = [];
	after.objects.eachSlab((slab) => {
		if (before.frames.since[slab] !== after.frames.since[slab]) return;
		const was = placeText(before, slab);
		const is = placeText(after, slab);
		if (was === is) return;
		const slot = after.frames.owner[slab] as number;
		const name = after.objects.cache(slot)?.name ?? "";
		moves.push({ what: "slab", frame: slab, name, before: was, after: is });
	});
	return moves;
}

function placeText({ objects }: Fold, slab: number): string {
	const place = PLACE_NAMES[objects.place[slab] as number] ?? "new";
	const isOwned = place === "current" || place === "chained";
	return isOwned ? `${place} on CPU ${objects.cpu[slab]}` : place;
}

function retypedBlocks(before: Fold, after: Fold): Move[] {
	const moves: Move[] = [];
	after.frames.blockTypes.forEach((type, block) => {
		const was = before.frames.blockTypes[block] as number;
		if (was === type) return;
		moves.push({
			what: "pageblock",
			frame: block << BLOCK_SHIFT,
			name: "",
			before: typeName(was),
			after: typeName(type),
		});
	});
	return moves;
}

/** Free blocks that begin at the same frame at both moments and have merged or been split. */
function resizedBlocks({ frames: one }: Fold, { frames: other }: Fold): Move[] {
	const moves: Move[] = [];
	for (let pfn = 0; pfn < one.frames; pfn++) {
		if (one.state[pfn] !== FREE || other.state[pfn] !== FREE) continue;
		if (one.order[pfn] === other.order[pfn]) continue;
		moves.push({
			what: "free block",
			frame: pfn,
			name: "",
			before: `order ${one.order[pfn]}`,
			after: `order ${other.order[pfn]}`,
		});
	}
	return moves;
}
