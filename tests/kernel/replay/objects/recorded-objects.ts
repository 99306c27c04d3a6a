// A whole replay of a recording's objects, for tests. The pages of programs are not played: what was free at the start is
// free, and slabs take from it.

import { asPfn } from "../../../../hw/units";
import { layGround } from "../../../../kernel/replay/ground";
import { SlubStore } from "../../../../kernel/replay/objects/object-store";
import { ObjectPlayer } from "../../../../kernel/replay/objects/player";
import {
	attributionFor,
	type CacheTally,
	cacheListOf,
	prepare,
	surveyFor,
	tallies,
} from "../../../../kernel/replay/objects/preparation";
import type { Survey } from "../../../../kernel/replay/objects/survey";
import { type KmemEvent, MARK } from "../../../../kernel/replay/reading/event";
import { TraceReader } from "../../../../kernel/replay/reading/trace-reader";
import type { Snapshot } from "../../../../kernel/replay/snapshot/snapshot";
import { traceBytes, traceRecording } from "../snapshot/traces";

const CHUNK = 1 << 16;
const MOVABLE = 1;

type Sink = (event: KmemEvent) => void;

/** Reads bytes; `begin` gets the reader before the first event. */
function read(bytes: Uint8Array, begin: (reader: TraceReader) => Sink): void {
	let sink: Sink = () => {};
	const reader: TraceReader = new TraceReader((event) => sink(event));
	sink = begin(reader);
	for (let at = 0; at < bytes.length; at += CHUNK)
		reader.push(bytes.subarray(at, at + CHUNK));
	reader.finish();
}

/** Sum of the differences between the slabs here and those that a snapshot counts. */
function slabDifference(snapshot: Snapshot, ours: readonly CacheTally[]) {
	const byName = new Map(ours.map((tally) => [tally.name, tally]));
	let sum = 0;
	for (const { name, slabs } of snapshot.slabinfo ?? [])
		sum += Math.abs(slabs - (byName.get(name)?.ours?.slabs ?? 0));
	return sum;
}

/** What came of a replay. */
export interface Outcome {
	readonly recordedSlabs: number;
	readonly ownSlabs: number;
	/** Sum over the caches of the differences in new slabs. */
	readonly newSlabs: number;
	/** The same in all slabs at each snapshot. */
	readonly slabsAt: ReadonlyMap<string, number>;
	readonly leftOver: number;
	readonly problems: readonly string[];
	readonly player: ObjectPlayer;
}

/** Replays the objects of the large recording called `name` from its first snapshot on. */
export function replayObjects(name: string, file: string): Outcome {
	const bytes = traceBytes(name, file);
	const recording = traceRecording(name);
	const snapshot = recording.snapshot("a") as Snapshot;
	const caches = cacheListOf(recording);
	let survey!: Survey;
	read(bytes, ({ names }) => {
		const attribution = attributionFor(recording, names, caches);
		survey = surveyFor(recording, snapshot, names, attribution);
		return (event) => survey.event(event);
	});
	survey.finish();
	const { kernel } = layGround(recording, snapshot.flags!);
	const store = new SlubStore(kernel, caches);
	const parts = { kernel, caches, store, survey, snapshot };
	const { start, plan } = prepare(recording, parts);
	const { allocator, turn } = kernel.mm;
	const { pfns, orders, length } = snapshot.freeBlocks!;
	for (let at = 0; at < length; at++) {
		allocator.seize(asPfn(pfns[at]!), orders[at]!, MOVABLE, 0);
		allocator.freePages(asPfn(pfns[at]!), orders[at]!);
	}
	const slabsAt = new Map<string, number>();
	let player!: ObjectPlayer;
	read(bytes, (reader) => {
		const { names } = reader;
		const { attribution } = survey;
		player = new ObjectPlayer({
			names,
			attribution,
			store,
			turn,
			reader,
			plan,
		});
		let isStarted = false;
		return (event) => {
			if (isStarted) player.event(event);
			if (event.kind !== MARK) return;
			isStarted ||= event.text === snapshot.doneText("kpageflags");
			for (const other of recording.snapshots)
				if (isStarted && event.text === other.doneText("slabinfo"))
					slabsAt.set(
						other.name,
						slabDifference(other, tallies(caches, store, null)),
					);
		};
	});
	player.finish();
	const rows = tallies(caches, store, survey);
	const sum = (of: (row: CacheTally) => number): number =>
		rows.reduce((total, row) => total + of(row), 0);
	return {
		recordedSlabs: sum(({ recorded }) => recorded?.made ?? 0),
		ownSlabs: sum(({ ours }) => ours?.made ?? 0),
		newSlabs: sum(({ ours, recorded }) =>
			Math.abs((recorded?.made ?? 0) - (ours?.made ?? 0)),
		),
		slabsAt,
		leftOver: start.leftOver,
		problems: kernel.check(),
		player,
	};
}
