// The report of a replay: what was read, asked for and left, as plain data.
//
//   reader --> reading     lines, events by kind, what is damaged
//   replay --> requests    objects, pages, a program's heap; odd ones by cache and call site
//   run    --> the rest    run-report.ts
//
// RE1: of a machine that never came up there is a report too: it read nothing and played nothing.

import { basename } from "node:path";
import { total } from "../kernel/replay/objects/object-counts";
import { KIND_NAMES } from "../kernel/replay/reading/event";
import { TraceReader } from "../kernel/replay/reading/trace-reader";
import type { Replay } from "../kernel/replay/replay";
import type { Recording } from "../kernel/replay/snapshot/recording";
import type { Snapshot } from "../kernel/replay/snapshot/snapshot";
import type { ReplayRequest } from "./engine";
import type {
	OddRequests,
	ReadingReport,
	ReplayReport,
	RequestsReport,
} from "./report/replay";
import type { TraceReport } from "./report/report";
import { reportOf } from "./run-report";

const UNNAMED = "(kfree names no cache)";
const AT_START = "(there at the start)";
const NO_SITE = "(no call site)";
const ROWS_KEPT = 50; // of tables by cache and call site

/** What a replay came to. */
export interface ReplayedRun {
	readonly log: string[];
	/** null when its machine never came up. */
	readonly replay: Replay | null;
	readonly recording: Recording | null;
	/** What it started from. */
	readonly snapshot: Snapshot | null;
	readonly panic: string | null;
	/** The trace that was written, if one was. */
	readonly trace?: TraceReport | undefined;
}

/** The report of a replay. */
export function replayReport(
	request: ReplayRequest,
	{ log, replay, recording, snapshot, panic, trace }: ReplayedRun,
): ReplayReport {
	const kernel = replay?.kernel ?? null;
	const reader = replay?.reader ?? new TraceReader(() => {}); // which read nothing
	const name = recording?.name ?? basename(request.files[0] as string);
	const scenario = { name, title: "a recording, replayed" };
	const run = { scenario, log, kernel, expectations: [], panic, trace };
	return {
		...reportOf(run, request),
		reading: readingOf(reader, request.files),
		requests: replay ? requestsOf(replay, snapshot) : noRequests(snapshot),
		lacks: recording?.machine.lacks ?? [],
		score: panic === null ? (replay?.moments?.score() ?? null) : null,
	};
}

function readingOf(
	reader: TraceReader,
	files: readonly string[],
): ReadingReport {
	const { tally } = reader;
	const events: Record<string, number> = {};
	KIND_NAMES.forEach((name, kind) => {
		const count = tally.byKind[kind] as number;
		if (count > 0) events[name] = count;
	});
	return {
		files,
		format: reader.format ?? "unknown",
		lines: tally.lines,
		bytes: tally.bytes,
		events,
		others: reader.others(),
		damaged: tally.damaged,
		complaints: [...tally.complaints],
		lost: tally.lostEvents,
		outOfOrder: tally.outOfOrder,
		hashedPointers: tally.hasHashedPointers,
	};
}

function requestsOf(replay: Replay, snapshot: Snapshot | null): RequestsReport {
	const { counts } = replay.objects;
	const { pages, caches, attribution } = replay;
	const { lost, bulk, drains } = pages.inferred;
	const odd = pages.oddFrees;
	const nobody = snapshot ? AT_START : NO_SITE;
	return {
		from: snapshot?.name ?? null,
		played: replay.played,
		objects: {
			allocated: total(counts.allocatedByCache),
			freed: total(counts.freedByCache),
			left: total(counts.leftByCache),
			failed: total(counts.failed),
			unknownFrees: total(counts.unknown) + counts.unknownUnnamed,
			unseenFrees: total(counts.unseenByCache),
			large: counts.large,
			nulls: counts.nulls,
		},
		pages: {
			requests: pages.requests,
			failed: pages.failedHere,
			freedOfStart: odd.start,
			unknownFrees: odd.unknown,
			inferred: lost + bulk + drains,
		},
		heap: heapOf(replay),
		unknownByCache: rows(
			counts.unknown,
			(number) => caches.name(number) || UNNAMED,
			[[UNNAMED, counts.unknownUnnamed]],
		),
		leftBySite: rows(
			counts.leftByCaller,
			(caller) => attribution.siteOf(caller) || nobody,
		),
	};
}

/** Of a machine that never came up. */
const noRequests = (snapshot: Snapshot | null): RequestsReport => ({
	from: snapshot?.name ?? null,
	played: 0,
	objects: {
		...{ allocated: 0, freed: 0, left: 0, failed: 0 },
		...{ unknownFrees: 0, unseenFrees: 0, large: 0, nulls: 0 },
	},
	pages: {
		...{ requests: 0, failed: 0, freedOfStart: 0 },
		...{ unknownFrees: 0, inferred: 0 },
	},
	heap: {
		...{ allocated: 0, freed: 0, resized: 0, nulls: 0 },
		...{ unknownFrees: 0, tooLarge: 0, failed: 0, bytesMost: 0 },
	},
	unknownByCache: [],
	leftBySite: [],
});

function heapOf({ heap: { counts } }: Replay): RequestsReport["heap"] {
	const { allocated, freed, resized, nulls } = counts;
	const { unknownFrees, tooLarge, failed, bytesMost } = counts;
	return {
		...{ allocated, freed, resized, nulls },
		...{ unknownFrees, tooLarge, failed, bytesMost },
	};
}

/** Numbers that are not zero with their names, the largest first. */
function rows(
	counts: { readonly length: number; at(index: number): number },
	name: (index: number) => string,
	others: readonly (readonly [name: string, count: number])[] = [],
): OddRequests[] {
	const found = new Map(others.filter(([, count]) => count > 0));
	for (let index = 0; index < counts.length; index++) {
		const count = counts.at(index);
		if (count > 0)
			found.set(name(index), (found.get(name(index)) ?? 0) + count);
	}
	return [...found]
		.map(([name, count]) => ({ name, count }))
		.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
		.slice(0, ROWS_KEPT);
}
