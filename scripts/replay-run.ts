// Running a replay: files in, a report out.
//
//   FILE beside meta/ and snap/   machine, caches and start from there       two readings: survey, then play
//   FILE alone                    an ordinary machine, started empty          one reading
//   -                             kept in a file of its own while it is read, if it has to be read twice
//
// RR1: a file in which nothing can be understood is refused with a sentence; what is damaged in others is told and passed over.
// RR2: memory does not grow with the length of the files.

import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
	type BootOptions,
	KernelPanic,
	parsePolicy,
	withPolicy,
} from "../kernel";
import { FirstPass } from "../kernel/replay/first-pass";
import { total } from "../kernel/replay/objects/object-counts";
import { cacheIn, callerIn } from "../kernel/replay/objects/player";
import { KIND_NAMES } from "../kernel/replay/reading/event";
import { TraceReader } from "../kernel/replay/reading/trace-reader";
import { type Replay, replayEmpty, replayFrom } from "../kernel/replay/replay";
import { machineOptions } from "../kernel/replay/snapshot/machine";
import type { Recording } from "../kernel/replay/snapshot/recording";
import type { Snapshot } from "../kernel/replay/snapshot/snapshot";
import type { ReplayRequest, ReplaySurroundings } from "./engine";
import { openInput } from "./input";
import { openRecording, recordingBeside } from "./recording-folder";
import { MEMORY_DEFAULT } from "./recording-workload";
import type {
	OddRequests,
	ReadingReport,
	ReplayReport,
	RequestsReport,
} from "./report/replay";
import { reportOf } from "./simulator";

const STDIN = "-";
const EMPTY = "empty";
const PEEK_BYTES = 1 << 18;
const ROWS_KEPT = 50; // of tables by cache and call site

/** Replays. Bad input is an Error with one sentence; a panic of the simulated kernel ends up in the report. */
export async function runReplay(
	request: ReplayRequest,
	surroundings: ReplaySurroundings,
): Promise<ReplayReport> {
	const run = new ReplayRun(request, surroundings);
	try {
		return await run.run();
	} finally {
		run.close();
	}
}

class ReplayRun {
	private readonly log: string[] = [];
	private files: readonly string[];
	private kept: string | null = null; // folder of what came from stdin

	constructor(
		private readonly request: ReplayRequest,
		private readonly surroundings: ReplaySurroundings,
	) {
		this.files = request.files;
		if (this.files.length > 1 && this.files.includes(STDIN))
			throw new Error("- stands for one file, and the only one.");
	}

	async run(): Promise<ReplayReport> {
		const recording = await this.recording();
		const snapshot = this.startSnapshot(recording);
		await this.keepStdin();
		const replay =
			recording && snapshot
				? await this.fromSnapshot(recording, snapshot)
				: await this.fromNothing(recording);
		const panic = await this.play(replay);
		this.surroundings.progress.finish();
		return this.report(replay, recording, snapshot, panic);
	}

	close(): void {
		if (this.kept !== null) rmSync(this.kept, { recursive: true, force: true });
	}

	/** The recording to compare with, or the one that the first file is part of. */
	private async recording(): Promise<Recording | null> {
		const { compare } = this.request;
		if (compare !== null) return openRecording(compare);
		const file = this.files[0] as string;
		return file === STDIN ? null : recordingBeside(file);
	}

	/** The snapshot to start from; null to start empty. */
	private startSnapshot(recording: Recording | null): Snapshot | null {
		const { from, compare, memoryBytes, cpus, policy } = this.request;
		if (from === EMPTY || recording === null) {
			if (from !== null && from !== EMPTY)
				throw new Error(
					`--from ${from}: there is no recording beside the trace that could have such a snapshot.`,
				);
			return null;
		}
		const isChanged =
			memoryBytes !== null || cpus !== null || (policy ?? "") !== "";
		if (isChanged && (from !== null || compare !== null))
			throw new Error(
				"Another machine or policy cannot start from a snapshot: leave --from and --compare out.",
			);
		if (isChanged) return null;
		const usable = recording.snapshots.filter(
			({ flags, zoneinfo }) => flags && zoneinfo,
		);
		const found = usable.find(({ name }) => from === null || name === from);
		if (found === undefined && (from !== null || compare !== null))
			throw new Error(
				`The recording ${recording.name} has no snapshot ${from ?? "with kpageflags and zoneinfo"}; it has ${usable.map(({ name }) => name).join(", ") || "none"}.`,
			);
		return found ?? null;
	}

	private async fromSnapshot(
		recording: Recording,
		snapshot: Snapshot,
	): Promise<Replay> {
		const first = new FirstPass(recording, snapshot);
		await this.read("surveying", (bytes) => first.push(bytes));
		refuse(first.reader, this.request.files);
		first.finish();
		const { flavour, seed, compare } = this.request;
		const { onLog } = this;
		return replayFrom(first, {
			scores: compare !== null,
			...(flavour ? { flavour } : {}),
			changes: { onLog, ...(seed === null ? {} : { seed }) },
		});
	}

	private async fromNothing(recording: Recording | null): Promise<Replay> {
		const { memoryBytes, cpus, seed, commandLine, policy } = this.request;
		const known: BootOptions = recording
			? machineOptions(recording.machine, { traceBuffer: false })
			: { memory: MEMORY_DEFAULT, cpus: await this.cpusSeen() };
		const { map, reserved, ...rest } = known;
		const options: BootOptions = {
			...(memoryBytes === null ? known : { ...rest, memory: memoryBytes }),
			...(cpus === null ? {} : { cpus }),
			...(seed === null ? {} : { seed }),
			cmdline: [known.cmdline, commandLine].filter(Boolean).join(" "),
			config: { ...known.config, CONFIG_INIT_ON_ALLOC_DEFAULT_ON: false },
			onLog: this.onLog,
		};
		return replayEmpty(
			recording,
			withPolicy(options, parsePolicy(policy ?? "")),
		);
	}

	/** CPUs that the beginning of the trace tells of. */
	private async cpusSeen(): Promise<number> {
		const reader = new TraceReader(() => {});
		const input = openInput(this.files[0] as string, this.surroundings.stdin);
		let left = PEEK_BYTES;
		for await (const bytes of input) {
			reader.push(bytes);
			left -= bytes.length;
			if (left < 0) break;
		}
		return Math.max(1, reader.tally.cpus);
	}

	/** Plays everything; the text of the panic that ended it, or null. */
	private async play(replay: Replay): Promise<string | null> {
		try {
			await this.read("playing", (bytes) => replay.push(bytes));
			replay.finish();
		} catch (error) {
			if (!(error instanceof KernelPanic)) throw error;
			return error.message;
		}
		refuse(replay.reader, this.request.files);
		return null;
	}

	private async read(
		what: string,
		take: (bytes: Uint8Array) => void,
	): Promise<void> {
		const { stdin, progress } = this.surroundings;
		for (const file of this.files) {
			const input = openInput(file, stdin);
			for await (const bytes of input) {
				take(bytes);
				const label = `${what} ${basename(file)}`;
				progress.report(label, input.bytesRead, input.totalBytes);
			}
		}
	}

	/** What comes from stdin is kept: it is read twice, or its beginning is. */
	private async keepStdin(): Promise<void> {
		if (this.files[0] !== STDIN) return;
		this.kept = mkdtempSync(join(tmpdir(), "flagstone-"));
		const file = join(this.kept, "stdin");
		await pipeline(this.surroundings.stdin, createWriteStream(file));
		this.files = [file];
	}

	private readonly onLog = (line: string): void => {
		this.log.push(line);
		this.surroundings.print(line);
	};

	private report(
		replay: Replay,
		recording: Recording | null,
		snapshot: Snapshot | null,
		panic: string | null,
	): ReplayReport {
		const { request, log } = this;
		const { kernel } = replay;
		const name = recording?.name ?? basename(request.files[0] as string);
		const scenario = { name, title: "a recording, replayed" };
		const run = { scenario, log, kernel, expectations: [], panic };
		return {
			...reportOf(run, request),
			reading: readingOf(replay.reader, request.files),
			requests: requestsOf(replay, snapshot),
			lacks: recording?.machine.lacks ?? [],
			score: replay.moments && panic === null ? replay.moments.score() : null,
		};
	}
}

/** RR1 */
function refuse(reader: TraceReader, files: readonly string[]): void {
	const { complaint } = reader;
	if (complaint !== null) throw new Error(`${files.join(", ")} ${complaint}.`);
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
		unknownByCache: rows(counts.unknown, (number) => caches.name(number)),
		leftBySite: rows(counts.leftByCaller, (caller) =>
			attribution.siteOf(caller),
		),
	};
}

/** Numbers that are not zero with their names, the largest first. */
function rows(
	counts: { readonly length: number; at(index: number): number },
	name: (index: number) => string,
): OddRequests[] {
	const found = new Map<string, number>();
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
