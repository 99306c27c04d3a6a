// The score of slabinfo: objects and slabs of every cache at the snapshots, and how they changed since the first one.
//
//   snapshot      a            b-files       c
//   there     30 slabs   ...   42      ...   41          slabs 30 42 41     change - 12 11
//   here      30         ...   42      ...   40                30 42 40            - 12 10
//                 |
//                 each text of ours is made at the instant READ-DONE of the recorded one
//
// Linux counts whole slabs that a CPU works on as active objects, here and there, so active objects follow slabs and say
// little of their own, except on a kernel that keeps no slabs on its CPUs (slub_debug=F).
//
// SI1: a cache that only the recording has counts as one without slabs here; one that only this kernel has is its own
//      business and is named, not compared.
// SI2: `ground` is what caches held before the start snapshot was filled in: objects of this kernel itself. It is taken off.
// SI3: a change is judged against the first snapshot that has both texts; that one itself has no changes.

import type { CacheLine } from "../../proc/slabinfo";
import { addCauses, type Causes, cacheCauses, type Tallies } from "./causes";
import { apart, type Pair, type PairSum, sumPairs, worstFirst } from "./pair";

/** The numbers of a cache that are compared. */
export interface CacheCounts {
	readonly activeObjects: number;
	readonly objects: number;
	readonly slabs: number;
}

/** One snapshot: the recorded text, ours at the same instant, and what the replay could not know up to it. */
export interface SlabinfoInput {
	readonly snapshot: string;
	readonly recorded: readonly CacheLine[];
	readonly ours: readonly CacheLine[];
	readonly tallies: Tallies;
}

/** Sums over all caches. */
export interface CacheSums {
	readonly activeObjects: PairSum;
	readonly objects: PairSum;
	readonly slabs: PairSum;
}

/** One cache whose slabs differ. */
export interface CacheRow {
	readonly cache: string;
	readonly activeObjects: Pair;
	readonly objects: Pair;
	readonly slabs: Pair;
	/** Change of `slabs` since the first snapshot; null there. */
	readonly slabsChange: Pair | null;
	readonly causes: Causes;
}

export interface SlabinfoScore {
	readonly snapshot: string;
	/** Caches that hold slabs on either side. */
	readonly caches: number;
	readonly now: CacheSums;
	/** null at the first snapshot (SI3). */
	readonly changes: CacheSums | null;
	/** Caches with other counts of slabs or objects, the worst first. */
	readonly rows: readonly CacheRow[];
	/** Caches that the other side does not have at all (SI1). */
	readonly onlyRecorded: readonly string[];
	readonly onlyOurs: readonly string[];
	/** Of the differences in slabs. */
	readonly causes: Causes;
}

const NO_OBJECTS: CacheCounts = { activeObjects: 0, objects: 0, slabs: 0 };
const COUNTS = ["activeObjects", "objects", "slabs"] as const;

type Counts = ReadonlyMap<string, CacheCounts>;
interface Side {
	readonly recorded: Counts;
	readonly ours: Counts;
}

/** Judges every snapshot, the earliest first; `ground` is our text before anything was filled in (SI2). */
export function slabinfoScores(
	snapshots: readonly SlabinfoInput[],
	ground: readonly CacheLine[] = [],
): SlabinfoScore[] {
	const own = countsOf(ground);
	const sides = snapshots.map(({ recorded, ours }) => ({
		recorded: countsOf(recorded),
		ours: without(countsOf(ours), own),
	}));
	return snapshots.map((input, index) =>
		scoreOf(
			input,
			sides[index] as Side,
			index === 0 ? null : (sides[0] as Side),
		),
	);
}

const countsOf = (lines: readonly CacheLine[]): Counts =>
	new Map(
		lines.map(({ name, activeObjects, objects, slabs }) => [
			name,
			{ activeObjects, objects, slabs },
		]),
	);

/** SI2 */
const without = (counts: Counts, own: Counts): Counts =>
	new Map(
		[...counts].map(([name, count]) => [name, minus(count, own.get(name))]),
	);

const minus = (
	one: CacheCounts,
	other: CacheCounts = NO_OBJECTS,
): CacheCounts => ({
	activeObjects: one.activeObjects - other.activeObjects,
	objects: one.objects - other.objects,
	slabs: one.slabs - other.slabs,
});

function scoreOf(
	{ snapshot, tallies }: SlabinfoInput,
	side: Side,
	start: Side | null,
): SlabinfoScore {
	const names = [...side.recorded.keys()];
	const rows = names.map((name) => rowOf(name, side, start, tallies));
	return {
		snapshot,
		caches: rows.filter(({ slabs }) => slabs.recorded + slabs.ours > 0).length,
		now: sumsOf(names, side, null),
		changes: start && sumsOf(names, side, start),
		rows: worstFirst(
			rows,
			({ slabs, objects }) => apart(slabs) || apart(objects) / 1e9, // slabs first
			({ cache }) => cache,
		),
		onlyRecorded: names.filter((name) => !side.ours.has(name)),
		onlyOurs: [...side.ours.keys()].filter((name) => !side.recorded.has(name)),
		causes: addCauses(rows.map(({ causes }) => causes)),
	};
}

const at = (counts: Counts, name: string): CacheCounts =>
	counts.get(name) ?? NO_OBJECTS;

/** A count of a cache on both sides, or how much more it is than at the start. */
function pairAt(
	name: string,
	what: keyof CacheCounts,
	{ recorded, ours }: Side,
	start: Side | null,
): Pair {
	const before = (side: "recorded" | "ours"): number =>
		start ? at(start[side], name)[what] : 0;
	return {
		recorded: at(recorded, name)[what] - before("recorded"),
		ours: at(ours, name)[what] - before("ours"),
	};
}

function rowOf(
	name: string,
	side: Side,
	start: Side | null,
	tallies: Tallies,
): CacheRow {
	const pair = (what: keyof CacheCounts): Pair =>
		pairAt(name, what, side, null);
	const slabs = pair("slabs");
	return {
		cache: name,
		activeObjects: pair("activeObjects"),
		objects: pair("objects"),
		slabs,
		slabsChange: start && pairAt(name, "slabs", side, start),
		causes: cacheCauses(apart(slabs), name, tallies),
	};
}

function sumsOf(
	names: readonly string[],
	side: Side,
	start: Side | null,
): CacheSums {
	const [activeObjects, objects, slabs] = COUNTS.map((what) =>
		sumPairs(names.map((name) => pairAt(name, what, side, start))),
	) as [PairSum, PairSum, PairSum];
	return { activeObjects, objects, slabs };
}
