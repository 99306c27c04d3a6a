// Scores: how true this kernel was to a recorded one in one replay, as one plain value.
//
//   what the replay counted  --scoreOf-->  Score  --scripts/report/score.ts-->  tables for people
//                                                --JSON-------------------->  one document for programs
//                                                --fidelity.ts------------->  a row in FIDELITY.md
//
// Six aims say what is true enough:
//
//   geometry       every number of every cache's shape and of every zone is equal
//   new slabs      what all caches differ by, without signs, is at most 2 % of the new slabs recorded
//   slabs held     the same for the slabs in slabinfo, at the worst snapshot
//   free pages     equal in every zone at every snapshot up to which every page event is known
//   free blocks    each order of each zone within 5 % or one block, at every snapshot
//   same frame     at least 95 % of the page allocations got exactly the recorded frame
//
// SC1: a score holds only plain values: JSON.parse(JSON.stringify(score)) equals it.
// SC2: an aim by which nothing can be judged (its texts are missing, or it had no events) is neither reached nor missed.
// SC3: aims are judged by whole differences, whatever their causes (causes.ts CS4).
// SC4: `found` of an aim is a share; it is reached when it is at most, or at least, `wanted`.

import type { CacheLine } from "../../proc/slabinfo";
import type { AllocationsScore } from "./allocations";
import { type AllocationCount, allocationsScore } from "./allocations";
import { ALL_KNOWN, type Causes, type Tallies } from "./causes";
import {
	type GeometryInput,
	type GeometryScore,
	geometryScore,
} from "./geometry";
import { type ListCount, type ListRow, listsScore } from "./lists";
import { apart, type Share, share } from "./pair";
import {
	type SlabinfoInput,
	type SlabinfoScore,
	slabinfoScores,
} from "./slabinfo";
import {
	SLABS_TOLERANCE,
	type SlabsScore,
	type SlabTraffic,
	slabsScore,
} from "./slabs";
import { type StateInput, type StateScore, stateScore } from "./state";

const SAME_FRAME_WANTED = 0.95;

/** What a replay brings; a part that it does not have is left out. */
export interface ScoreInput {
	/** Name of the recording. */
	readonly recording: string;
	/** Events of the trace that were replayed. */
	readonly events: number;
	readonly geometry?: GeometryInput;
	/** Slabs made and freed from the start to the end of the trace. */
	readonly slabs?: readonly SlabTraffic[];
	/** The earliest first. */
	readonly slabinfo?: readonly SlabinfoInput[];
	/** Our slabinfo before the start snapshot was filled in. */
	readonly groundSlabinfo?: readonly CacheLine[];
	readonly allocations?: readonly AllocationCount[];
	readonly lists?: readonly ListCount[];
	/** The earliest first. */
	readonly states?: readonly StateInput[];
	/** What the replay could not know, up to its end. */
	readonly tallies?: Tallies;
}

export const AIM_NAMES = [
	"geometry",
	"new slabs",
	"slabs held",
	"free pages",
	"free blocks",
	"same frame",
] as const;
export type AimName = (typeof AIM_NAMES)[number];

/** One aim and what became of it. */
export interface Aim {
	readonly name: AimName;
	/** Whether `found` should be as low or as high as `wanted`. */
	readonly bound: "at most" | "at least";
	readonly wanted: number;
	readonly found: Share;
	/** null when nothing can be judged (SC2). */
	readonly reached: boolean | null;
}

/** What is not the recorded number, divided by cause. */
export interface CauseSums {
	/** In slabs made and freed. */
	readonly slabs: Causes | null;
	/** In slabs that slabinfo shows at the last snapshot. */
	readonly held: Causes | null;
	/** In free blocks at the last snapshot that has buddyinfo. */
	readonly blocks: Causes | null;
}

/** Everything about one replay. */
export interface Score {
	readonly recording: string;
	readonly events: number;
	readonly aims: readonly Aim[];
	readonly causes: CauseSums;
	readonly tallies: Tallies;
	readonly geometry: GeometryScore | null;
	readonly slabs: SlabsScore | null;
	readonly slabinfo: readonly SlabinfoScore[];
	readonly allocations: AllocationsScore | null;
	readonly lists: readonly ListRow[] | null;
	readonly states: readonly StateScore[];
}

/** Judges a replay. */
export function scoreOf(input: ScoreInput): Score {
	const tallies = input.tallies ?? ALL_KNOWN;
	const parts = {
		geometry: input.geometry ? geometryScore(input.geometry) : null,
		slabs: input.slabs ? slabsScore(input.slabs, tallies) : null,
		slabinfo: slabinfoScores(input.slabinfo ?? [], input.groundSlabinfo),
		allocations: input.allocations ? allocationsScore(input.allocations) : null,
		lists: input.lists ? listsScore(input.lists) : null,
		states: (input.states ?? []).map(stateScore),
	};
	return {
		recording: input.recording,
		events: input.events,
		aims: aimsOf(parts),
		causes: causesIn(parts),
		tallies,
		...parts,
	};
}

/** No aim was missed. */
export const isTrue = ({ aims }: Score): boolean =>
	aims.every(({ reached }) => reached !== false);

type Parts = Pick<
	Score,
	"geometry" | "slabs" | "slabinfo" | "allocations" | "lists" | "states"
>;

const aimsOf = (parts: Parts): Aim[] => [
	atLeast("geometry", 1, geometryShare(parts.geometry)),
	atMost("new slabs", SLABS_TOLERANCE, parts.slabs?.made.error ?? null),
	atMost("slabs held", SLABS_TOLERANCE, worstHeld(parts.slabinfo)),
	atLeast("free pages", 1, exactZones(parts.states)),
	atLeast("free blocks", 1, closeOrders(parts.states)),
	atLeast("same frame", SAME_FRAME_WANTED, parts.allocations?.share ?? null),
];

/** SC4 */
const atLeast = (name: AimName, wanted: number, found: Share): Aim => ({
	name,
	bound: "at least",
	wanted,
	found,
	reached: found === null ? null : found >= wanted,
});
const atMost = (name: AimName, wanted: number, found: Share): Aim => ({
	name,
	bound: "at most",
	wanted,
	found,
	reached: found === null ? null : found <= wanted,
});

/** Equal numbers of caches and zones; what caches keep on their lists is shown, but no part of the aim. */
function geometryShare(geometry: GeometryScore | null): Share {
	if (!geometry) return null;
	const { caches, zones } = geometry;
	return share(caches.equal + zones.equal, caches.numbers + zones.numbers);
}

function worstHeld(snapshots: readonly SlabinfoScore[]): Share {
	const errors = snapshots
		.map(({ now }) => now.slabs.error)
		.filter((error) => error !== null);
	return errors.length === 0 ? null : Math.max(...errors);
}

/** Zones with exactly the recorded free pages, of those that can be judged. */
function exactZones(states: readonly StateScore[]): Share {
	const zones = states
		.filter(({ isKnown }) => isKnown)
		.flatMap((state) => state.zones ?? []);
	const exact = zones.filter(({ pages }) => apart(pages) === 0);
	return share(exact.length, zones.length);
}

/** Orders of zones within their tolerance, over all snapshots. */
function closeOrders(states: readonly StateScore[]): Share {
	const parts = states.flatMap(({ blocks }) => (blocks ? [blocks] : []));
	const sum = (of: (part: (typeof parts)[number]) => number): number =>
		parts.reduce((total, part) => total + of(part), 0);
	return share(
		sum(({ within }) => within),
		sum((part) => part.sum.count),
	);
}

const causesIn = ({ slabs, slabinfo, states }: Parts): CauseSums => ({
	slabs: slabs?.causes ?? null,
	held: slabinfo.at(-1)?.causes ?? null,
	blocks: states.filter(({ blocks }) => blocks).at(-1)?.blocks?.causes ?? null,
});
