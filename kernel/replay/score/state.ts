// The score of the state: what lay where at a snapshot, there and here.
//
//   buddyinfo       free pages of each zone     free blocks of each zone and order
//   pagetypeinfo    free blocks of each zone, type and order          pageblocks of each zone and type
//   zoneinfo        pages on the lists of each CPU
//   kpageflags      the state of every frame (frame-states.ts)
//
// Each text of ours is made at the instant READ-DONE of the recorded one of that name. A snapshot has only some texts; a part
// whose text is missing on one of the sides is null, and no aim is judged by it.
//
// ST1: free pages are counted from buddyinfo, which is exact; the counters of zoneinfo lag behind by up to a threshold a CPU.
// ST2: rows are compared by zone, order and type; what one side does not list it has none of.
// ST3: an unseen event about one frame changes the count of each order by one at most, so it bounds each row (causes.ts);
//      `causes` of a part are the sums over its rows.
// ST4: free pages must be exact where every page that was allocated or freed is known: elsewhere they are shown, not judged.

import type { FrameRun } from "../../frames";
import type { FreeBlocks } from "../../proc/buddyinfo";
import type { PageTypes } from "../../proc/pagetypeinfo";
import type { ZoneInfo } from "../../proc/zoneinfo";
import type { FrameFlags } from "../snapshot/kpageflags";
import {
	addCauses,
	type Causes,
	knowsAllPages,
	pageCauses,
	type Tallies,
} from "./causes";
import { type FramesScore, framesScore } from "./frame-states";
import {
	apart,
	isEmpty,
	isWithin,
	type Pair,
	type PairSum,
	sumPairs,
	worstFirst,
} from "./pair";

/** By how much the free blocks of one order may differ to count as close; one block always may. */
export const BLOCKS_TOLERANCE = 0.05;
const BLOCKS_LEEWAY = 1;

/** Texts of one side; a snapshot has all of them but `frames`. */
export interface StateTexts {
	readonly buddyinfo?: readonly FreeBlocks[] | undefined;
	readonly pagetypeinfo?: PageTypes | undefined;
	readonly zoneinfo?: readonly ZoneInfo[] | undefined;
}

/** One snapshot there and here. */
export interface StateInput {
	readonly snapshot: string;
	readonly recorded: StateTexts & { readonly flags?: FrameFlags | undefined };
	readonly ours: StateTexts & { readonly frames?: readonly FrameRun[] };
	/** What the replay could not know up to here. */
	readonly tallies: Tallies;
}

/** The buddyinfo of one zone. */
export interface ZoneBlocks {
	readonly zone: string;
	/** Free blocks by order, order 0 first. */
	readonly recorded: readonly number[];
	readonly ours: readonly number[];
	/** Free pages that they are. */
	readonly pages: Pair;
}

/** Blocks of one kind; `order` null for pageblocks, `type` null for all migratetypes together. */
export interface BlockRow extends Pair {
	readonly zone: string;
	readonly type: string | null;
	readonly order: number | null;
	readonly causes: Causes;
}

/** Blocks of many kinds. */
export interface BlocksPart {
	readonly sum: PairSum;
	/** Rows of `sum.count` that differ by at most BLOCKS_TOLERANCE or one block. */
	readonly within: number;
	/** Rows that differ, the worst first. */
	readonly rows: readonly BlockRow[];
	readonly causes: Causes;
}

/** Pages on the lists of one CPU. */
export interface CpuPages extends Pair {
	readonly zone: string;
	readonly cpu: number;
}

export interface StateScore {
	readonly snapshot: string;
	/** Free pages are judged (ST4). */
	readonly isKnown: boolean;
	readonly zones: readonly ZoneBlocks[] | null;
	/** Free blocks by zone and order. */
	readonly blocks: BlocksPart | null;
	/** Free blocks by zone, type and order. */
	readonly types: BlocksPart | null;
	/** Pageblocks by zone and type. */
	readonly pageblocks: BlocksPart | null;
	readonly cpus: readonly CpuPages[] | null;
	readonly frames: FramesScore | null;
}

/** Judges one snapshot. */
export function stateScore(input: StateInput): StateScore {
	const { snapshot, recorded, ours, tallies } = input;
	const buddy = both(recorded.buddyinfo, ours.buddyinfo);
	const types = both(recorded.pagetypeinfo, ours.pagetypeinfo);
	const zones = both(recorded.zoneinfo, ours.zoneinfo);
	return {
		snapshot,
		isKnown: knowsAllPages(tallies),
		zones: buddy && zoneBlocks(buddy),
		blocks: buddy && blocksPart(match(buddy.map(orderEntries)), tallies),
		types: types && blocksPart(match(types.map(typeEntries)), tallies),
		pageblocks:
			types && blocksPart(match(types.map(pageblockEntries)), tallies),
		cpus: zones && cpuPages(zones),
		frames:
			recorded.flags && ours.frames
				? framesScore(recorded.flags, ours.frames)
				: null,
	};
}

const both = <T>(
	recorded: T | undefined,
	ours: T | undefined,
): readonly [recorded: T, ours: T] | null =>
	recorded === undefined || ours === undefined ? null : [recorded, ours];

/** Blocks of one kind on one side. */
interface Entry {
	readonly zone: string;
	readonly type: string | null;
	readonly order: number | null;
	readonly count: number;
}
type Kind = Omit<BlockRow, "causes">;

const orderEntries = (zones: readonly FreeBlocks[]): Entry[] =>
	zones.flatMap(({ zone, counts }) =>
		counts.map((count, order) => ({ zone, type: null, order, count })),
	);

const typeEntries = ({ free }: PageTypes): Entry[] =>
	free.flatMap(({ zone, type, counts }) =>
		counts.map((count, order) => ({ zone, type, order, count })),
	);

const pageblockEntries = ({ blocks, types }: PageTypes): Entry[] =>
	blocks.flatMap(({ zone, counts }) =>
		counts.map((count, index) => ({
			zone,
			type: types[index] ?? `type ${index}`,
			order: null,
			count,
		})),
	);

/** The kinds of both sides, those of one node after the other added up (ST2). */
function match(sides: readonly Entry[][]): Kind[] {
	const kinds = new Map<string, Kind>();
	sides.forEach((entries, side) => {
		for (const { zone, type, order, count } of entries) {
			const key = `${zone} ${type} ${order}`;
			const kind = kinds.get(key) ?? {
				zone,
				type,
				order,
				recorded: 0,
				ours: 0,
			};
			const what = side === 0 ? "recorded" : "ours";
			kinds.set(key, { ...kind, [what]: kind[what] + count });
		}
	});
	return [...kinds.values()];
}

function blocksPart(kinds: readonly Kind[], tallies: Tallies): BlocksPart {
	const rows = kinds.map((kind) => ({
		...kind,
		causes: pageCauses(apart(kind), tallies),
	}));
	const close = rows.filter(
		(row) => !isEmpty(row) && isWithin(row, BLOCKS_TOLERANCE, BLOCKS_LEEWAY),
	);
	return {
		sum: sumPairs(rows),
		within: close.length,
		rows: worstFirst(rows, apart, nameOf),
		causes: addCauses(rows.map(({ causes }) => causes)),
	};
}

const nameOf = ({ zone, type, order }: Kind): string =>
	`${zone} ${type} ${String(order).padStart(2, "0")}`;

function zoneBlocks([recorded, ours]: readonly [
	readonly FreeBlocks[],
	readonly FreeBlocks[],
]): ZoneBlocks[] {
	const names = new Set([...recorded, ...ours].map(({ zone }) => zone));
	return [...names].map((zone) => {
		const [there, here] = [countsIn(zone, recorded), countsIn(zone, ours)];
		const pages = { recorded: pagesOf(there), ours: pagesOf(here) };
		return { zone, recorded: there, ours: here, pages };
	});
}

/** Free blocks of a zone by order, over all nodes. */
function countsIn(name: string, zones: readonly FreeBlocks[]): number[] {
	const sums: number[] = [];
	for (const { zone, counts } of zones)
		if (zone === name)
			counts.forEach((count, order) => {
				sums[order] = (sums[order] ?? 0) + count;
			});
	return sums;
}

/** ST1 */
const pagesOf = (counts: readonly number[]): number =>
	counts.reduce((sum, count, order) => sum + count * 2 ** order, 0);

/** Pages on the lists of every CPU that the recording knows. */
const cpuPages = ([recorded, ours]: readonly [
	readonly ZoneInfo[],
	readonly ZoneInfo[],
]): CpuPages[] =>
	recorded.flatMap(({ node, zone, pagesets }) => {
		const here = ours.find((it) => it.node === node && it.zone === zone);
		return pagesets.map(({ cpu, count }) => ({
			zone,
			cpu,
			recorded: count,
			ours: here?.pagesets.find((set) => set.cpu === cpu)?.count ?? 0,
		}));
	});
