// Preparation: the object side of a replay, put together for a recording, pass by pass.
//
//   first pass    cacheList, attribution --> Survey       every event goes to it, then finish()
//   between       layGround boots, makeStart              the start
//   second pass   ObjectPlayer                            object events from the start on
//   after         tallies                                 ours beside the recorded
//
// Without snapshots there is one pass: an empty list of caches, an ObjectPlayer without a plan.

import { SLAB_ACCOUNT, SLAB_NEVER_MERGE } from "../../../mm/slab-geometry";
import { parseCommandLine } from "../../command-line";
import { slabDebugFlags } from "../../slab-debug";
import type { RecordedCache } from "../snapshot/caches";
import type { Recording } from "../snapshot/recording";
import type { Snapshot } from "../snapshot/snapshot";
import { Attribution, type NameTexts } from "./attribution";
import { CacheList } from "./cache-list";
import { callSiteMap } from "./call-site-map";
import type { ObjectStore, StoreUse } from "./object-store";
import type { PlayPlan } from "./player";
import { orderFor } from "./shrink-watch";
import { makeStart, type Start, type StartParts } from "./start";
import { Survey } from "./survey";

/** The caches of a recording, directories of /sys/kernel/slab among their names; an empty list for null. */
export function cacheListOf(recording: Recording | null): CacheList {
	const known = recording?.caches ?? [];
	return new CacheList(
		known.map((cache) => ({
			name: cache.name,
			aliases:
				cache.directory === null
					? cache.aliases
					: [...cache.aliases, cache.directory],
			size: cache.size,
			objectBytes: cache.isComplete ? cache.objectSize : null,
			isAccounted: isAccounted(cache),
		})),
	);
}

/** Whether a cache has SLAB_ACCOUNT: letters before a dash in the name of a shared directory tell, and nothing else. */
const isAccounted = ({ directory, flags }: RecordedCache): boolean | null =>
	directory?.startsWith(":") ? (flags & SLAB_ACCOUNT) !== 0 : null;

/** Attribution for a recording, or for a trace of which nothing else is known. */
export function attributionFor(
	recording: Recording | null,
	names: NameTexts,
	caches: CacheList,
): Attribution {
	const used = new Set<string>();
	for (const { slabinfo } of recording?.snapshots ?? [])
		for (const { name, slabs } of slabinfo ?? []) if (slabs > 0) used.add(name);
	return new Attribution(names, caches, {
		sites: callSiteMap(recording === null || isMerging(recording)),
		hadSlabs: (name) => used.has(name),
	});
}

/** Whether caches of the recorded kernel could share slabs. */
function isMerging({ machine }: Recording): boolean {
	const { slabMerge, slubDebug } = parseCommandLine(machine.commandLine);
	return slabMerge && (slabDebugFlags(slubDebug, "") & SLAB_NEVER_MERGE) === 0;
}

/** The survey of a recording that is to be replayed from `snapshot` on. */
export const surveyFor = (
	recording: Recording,
	snapshot: Snapshot,
	names: NameTexts,
	attribution: Attribution,
): Survey =>
	new Survey(names, attribution, {
		startMark: snapshot.doneText("kpageflags"),
		blocks: snapshot.slabBlocks?.blocks ?? null,
		ramEnd: recording.machine.map.ramEnd,
	});

/** Makes the start on a kernel that `layGround` booted, and the plan for the player. */
export function prepare(
	recording: Recording,
	parts: StartParts,
): { start: Start; plan: PlayPlan } {
	const { survey, caches } = parts;
	const start = makeStart(parts);
	const tables = shrinkTables(recording);
	const shrinks = survey.shrinks.writes.map((writes) =>
		orderFor(tables, writes).map((directory) => caches.find(directory)),
	);
	const { objects, pools } = start;
	const { nodes, names, proofs, works } = survey;
	return {
		start,
		plan: {
			objects,
			pools,
			nodes,
			names,
			proofs,
			works,
			shrinks,
		},
	};
}

/** Directories of /sys/kernel/slab in their order, latest snapshot first, that of the end last. */
const shrinkTables = (recording: Recording): string[][] =>
	[
		...recording.snapshots.map(({ slabs }) => slabs).reverse(),
		recording.attributes,
	]
		.filter((table) => table !== undefined)
		.map((table) => table.map(({ name }) => name));

/** A cache in the replay beside the recording. */
export interface CacheTally {
	readonly name: string;
	/** null for a cache that was not asked for anything here. */
	readonly ours: StoreUse | null;
	/** null where the recording does not tell which pages were slabs: pointers are hashed, or there was no first pass. */
	readonly recorded: { readonly made: number; readonly freed: number } | null;
}

/** Every cache that had slabs on one of the sides; `to` is the mark up to which the recorded ones count. */
export function tallies(
	caches: CacheList,
	store: ObjectStore,
	survey: Survey | null,
	to?: string,
): CacheTally[] {
	const isTold = survey?.directMap.isKnown === true;
	const answers = isTold ? survey.answers(undefined, to) : null;
	const found: CacheTally[] = [];
	for (let number = 1; number < caches.size; number++) {
		const ours = store.use(number);
		const recorded = answers?.of(number) ?? null;
		const changed = (recorded?.made ?? 0) + (recorded?.freed ?? 0);
		if ((ours?.slabs ?? 0) + (ours?.made ?? 0) + changed > 0)
			found.push({ name: caches.name(number), ours, recorded });
	}
	return found;
}
