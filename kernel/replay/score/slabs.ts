// The score of slabs: how many each cache took from the page allocator and gave back, there and here.
//
//   cache         order   new there  here   freed there  here
//   kmalloc-64        0         542   542            12    11
//   dentry            1         573   571            80    80
//
// Which object of a slab is taken is chance there (random freelists); when a cache needs a new slab is not: it follows from
// which slabs have free objects, and that from every allocation and free before. So this is the sharpest number about slabs.
//
// SS1: rows of one cache and order are added up; a cache is judged as a whole, whatever orders its slabs have.
// SS2: a cache of which neither side made or freed a slab does not count.
// SS3: the causes of a cache are those of its new slabs and of its freed slabs, each bounded alone (causes.ts).

import { addCauses, type Causes, cacheCauses, type Tallies } from "./causes";
import {
	apart,
	isEmpty,
	isWithin,
	type Pair,
	type PairSum,
	type Share,
	share,
	sumPairs,
	worstFirst,
} from "./pair";

/** By how much new slabs of a cache may differ to count as close. */
export const SLABS_TOLERANCE = 0.02;

/** Slabs of one cache and order. */
export interface SlabTraffic {
	/** The recorded name. */
	readonly cache: string;
	readonly order: number;
	readonly recordedNew: number;
	readonly ourNew: number;
	readonly recordedFreed: number;
	readonly ourFreed: number;
}

/** All caches together. */
export interface TrafficSum extends PairSum {
	/** Share of the caches that differ by at most SLABS_TOLERANCE, and by at most one slab. */
	readonly withinTolerance: Share;
	readonly withinOne: Share;
}

/** One cache that differs. */
export interface SlabRow {
	readonly cache: string;
	readonly made: Pair;
	readonly freed: Pair;
	/** Both differences together. */
	readonly apart: number;
	readonly causes: Causes;
}

export interface SlabsScore {
	readonly made: TrafficSum;
	readonly freed: TrafficSum;
	/** Lowest order first; orders without slabs are left out. */
	readonly orders: readonly {
		readonly order: number;
		readonly made: Pair;
		readonly freed: Pair;
	}[];
	/** Caches that made or freed slabs on either side (SS2). */
	readonly caches: number;
	/** Those that differ, the worst first. */
	readonly rows: readonly SlabRow[];
	readonly causes: Causes;
}

/** Judges the slabs of all caches. */
export function slabsScore(
	traffic: readonly SlabTraffic[],
	tallies: Tallies,
): SlabsScore {
	const caches = [...group(traffic, ({ cache }) => cache)]
		.map(([cache, rows]) => rowOf(cache, rows, tallies))
		.filter(({ made, freed }) => !isEmpty(made) || !isEmpty(freed));
	const orders = [...group(traffic, ({ order }) => order)]
		.map(([order, rows]) => ({ order, ...pairsOf(rows) }))
		.filter(({ made, freed }) => !isEmpty(made) || !isEmpty(freed))
		.sort((one, other) => one.order - other.order);
	return {
		made: sumOf(caches.map(({ made }) => made)),
		freed: sumOf(caches.map(({ freed }) => freed)),
		orders,
		caches: caches.length,
		rows: worstFirst(
			caches,
			(row) => row.apart,
			(row) => row.cache,
		),
		causes: addCauses(caches.map(({ causes }) => causes)),
	};
}

/** The rows by what `keyOf` says of them, in the order of their first appearance. */
function group<Key>(
	rows: readonly SlabTraffic[],
	keyOf: (row: SlabTraffic) => Key,
): Map<Key, SlabTraffic[]> {
	const groups = new Map<Key, SlabTraffic[]>();
	for (const row of rows) {
		const found = groups.get(keyOf(row));
		if (found) found.push(row);
		else groups.set(keyOf(row), [row]);
	}
	return groups;
}

/** New and freed slabs of several rows together (SS1). */
function pairsOf(rows: readonly SlabTraffic[]): { made: Pair; freed: Pair } {
	const sum = (number: (row: SlabTraffic) => number): number =>
		rows.reduce((total, row) => total + number(row), 0);
	return {
		made: {
			recorded: sum((row) => row.recordedNew),
			ours: sum((row) => row.ourNew),
		},
		freed: {
			recorded: sum((row) => row.recordedFreed),
			ours: sum((row) => row.ourFreed),
		},
	};
}

/** SS3 */
function rowOf(
	cache: string,
	rows: readonly SlabTraffic[],
	tallies: Tallies,
): SlabRow {
	const { made, freed } = pairsOf(rows);
	const causes = [made, freed].map((pair) =>
		cacheCauses(apart(pair), cache, tallies),
	);
	return {
		cache,
		made,
		freed,
		apart: apart(made) + apart(freed),
		causes: addCauses(causes),
	};
}

function sumOf(pairs: readonly Pair[]): TrafficSum {
	const counted = pairs.filter((pair) => !isEmpty(pair));
	const part = (isClose: (pair: Pair) => boolean): Share =>
		share(counted.filter(isClose).length, counted.length);
	return {
		...sumPairs(pairs),
		withinTolerance: part((pair) => isWithin(pair, SLABS_TOLERANCE)),
		withinOne: part((pair) => isWithin(pair, 0, 1)),
	};
}
