// Running a replay: files in, a report out.
//
//   FILE beside meta/ and snap/   machine, caches and start from there       two readings: survey, then play
//   FILE alone                    an ordinary machine, started empty          one reading
//   -                             kept in a file of its own while it is read, if it has to be read twice
//
// RR1: a file in which nothing can be understood is refused with a sentence; what is damaged in others is told and passed over.
// RR2: several files are parts of one recording, in their order: all have one format, a line ends with its file, and the last
//      line of the last file is damaged where no line feed ends it.
// RR3: what can be refused is refused before the machine boots, and no option is passed over silently.
// RR4: memory does not grow with the length of the files.

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
import { KIND_NAMES } from "../kernel/replay/reading/event";
import {
	type TraceFormat,
	TraceReader,
} from "../kernel/replay/reading/trace-reader";
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
import { reportOf } from "./run-report";
import { TraceRecording } from "./trace-recording";

const LINE_FEED = 10;
const STDIN = "-";
const EMPTY = "empty";
const PEEK_BYTES = 1 << 18;
const UNNAMED = "(kfree names no cache)";
const AT_START = "(there at the start)";
const NO_SITE = "(no call site)";
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
	private trace: TraceRecording | null = null;

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
		this.refuseUseless(snapshot);
		await this.keepStdin();
		const cpus = await this.peekAll();
		this.beginTrace();
		let replay: Replay | null = null;
		let panic: string | null = null;
		try {
			replay =
				recording && snapshot
					? await this.fromSnapshot(recording, snapshot)
					: await this.fromNothing(recording, cpus);
			await this.play(replay);
		} catch (error) {
			if (!(error instanceof KernelPanic)) throw this.dropped(error);
			panic = error.message;
		}
		return this.report(replay, recording, snapshot, panic);
	}

	close(): void {
		this.surroundings.progress.finish();
		if (this.kept !== null) rmSync(this.kept, { recursive: true, force: true });
	}

	private beginTrace(): void {
		const { trace, seed, commandLine, files } = this.request;
		if (trace === null) return;
		this.trace = new TraceRecording(trace, {
			commandLine: commandLine ?? "",
			seed: seed ?? 1,
			scenario: null,
			replay: { files: files.map((file) => basename(file)) },
		});
	}

	/** What is thrown on, once no half trace is left behind. */
	private dropped(error: unknown): unknown {
		this.trace?.discard();
		return error;
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
		const { from, compare } = this.request;
		if (from === EMPTY || recording === null) {
			if (from !== null && from !== EMPTY)
				throw new Error(
					`--from ${from}: there is no recording beside the trace that could have such a snapshot.`,
				);
			return null;
		}
		const isChanged = isAnotherMachine(this.request);
		if (isChanged && (from !== null || compare !== null))
			throw new Error(
				"Another machine, command line or policy cannot start from a snapshot: leave --from and --compare out.",
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

	/** Refuses options that would change nothing (RR3). */
	private refuseUseless(snapshot: Snapshot | null): void {
		const { compare, flavour } = this.request;
		if (snapshot === null && compare !== null)
			throw new Error(
				"--compare: a replay from an empty machine cannot be compared; name a snapshot with --from.",
			);
		if (snapshot === null && flavour !== null)
			throw new Error(
				`--start ${flavour}: the replay starts from an empty machine; leave --start out.`,
			);
	}

	private async fromSnapshot(
		recording: Recording,
		snapshot: Snapshot,
	): Promise<Replay> {
		const first = new FirstPass(recording, snapshot);
		await this.read("surveying", (bytes) => first.push(bytes));
		refuse(first.reader, nameOf(this.request.files));
		first.finish();
		const { flavour, seed, compare } = this.request;
		const { onLog } = this;
		return replayFrom(first, {
			scores: compare !== null,
			...(flavour ? { flavour } : {}),
			changes: {
				onLog,
				...this.trace?.options,
				...(seed === null ? {} : { seed }),
			},
		});
	}

	private async fromNothing(
		recording: Recording | null,
		cpusSeen: number,
	): Promise<Replay> {
		const { memoryBytes, cpus, seed, commandLine, policy } = this.request;
		const known: BootOptions = recording
			? recordedMachine(recording)
			: { memory: MEMORY_DEFAULT, cpus: cpusSeen };
		const { map, reserved, ...rest } = known;
		const options: BootOptions = {
			...(memoryBytes === null ? known : { ...rest, memory: memoryBytes }),
			...(cpus === null ? {} : { cpus }),
			...(seed === null ? {} : { seed }),
			cmdline: [known.cmdline, commandLine].filter(Boolean).join(" "),
			config: { ...known.config, CONFIG_INIT_ON_ALLOC_DEFAULT_ON: false },
			onLog: this.onLog,
			...this.trace?.options,
		};
		return replayEmpty(
			recording,
			withPolicy(options, parsePolicy(policy ?? "")),
		);
	}

	/** Looks at the beginning of every file (RR1, RR2); the CPUs that they tell of. */
	private async peekAll(): Promise<number> {
		let cpus = 1;
		let format: TraceFormat | null = null;
		for (const [index, file] of this.files.entries()) {
			const reader = await this.peek(file, this.request.files[index] as string);
			format ??= reader.format;
			this.refuseMixture(index, format, reader.format);
			cpus = Math.max(cpus, reader.tally.cpus);
		}
		return cpus;
	}

	/** Reads the beginning of a file; refuses what can be read as a whole and tells nothing. */
	private async peek(file: string, name: string): Promise<TraceReader> {
		const reader = new TraceReader(() => {});
		const input = openInput(file, this.surroundings.stdin);
		let left = PEEK_BYTES;
		for await (const bytes of input) {
			reader.push(bytes);
			left -= bytes.length;
			if (left < 0) return reader;
		}
		reader.finish();
		refuse(reader, nameOf([name]));
		return reader;
	}

	/** Refuses a file that is no further part of the same recording. */
	private refuseMixture(
		index: number,
		wanted: TraceFormat | null,
		found: TraceFormat | null,
	): void {
		if (index === 0 || wanted === null || found === null) return;
		const [first, here] = [this.files[0], this.files[index]];
		if (found !== wanted)
			throw new Error(
				`${here} is of another form (${found}) than ${first} (${wanted}): name parts of one recording.`,
			);
		if (found === "malloclab")
			throw new Error(
				`${here} has a header of its own, as every .rep file: name one file.`,
			);
	}

	private async play(replay: Replay): Promise<void> {
		await this.read("playing", (bytes) => replay.push(bytes));
		replay.finish();
		refuse(replay.reader, nameOf(this.request.files));
	}

	private async read(
		what: string,
		take: (bytes: Uint8Array) => void,
	): Promise<void> {
		const { stdin, progress } = this.surroundings;
		let last = LINE_FEED;
		for (const file of this.files) {
			if (last !== LINE_FEED) take(Uint8Array.of(LINE_FEED)); // RR2
			const input = openInput(file, stdin);
			for await (const bytes of input) {
				take(bytes);
				last = bytes.at(-1) ?? last;
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
		replay: Replay | null,
		recording: Recording | null,
		snapshot: Snapshot | null,
		panic: string | null,
	): ReplayReport {
		const { request, log } = this;
		const kernel = replay?.kernel ?? null;
		const reader = replay?.reader ?? new TraceReader(() => {}); // which read nothing
		const name = recording?.name ?? basename(request.files[0] as string);
		const scenario = { name, title: "a recording, replayed" };
		const trace = this.trace?.finish();
		const run = { scenario, log, kernel, expectations: [], panic, trace };
		return {
			...reportOf(run, request),
			reading: readingOf(reader, request.files),
			requests: replay ? requestsOf(replay, snapshot) : noRequests(snapshot),
			lacks: recording?.machine.lacks ?? [],
			score: panic === null ? (replay?.moments?.score() ?? null) : null,
		};
	}
}

/** Whether the recorded state would not fit what is asked for. */
const isAnotherMachine = (request: ReplayRequest): boolean =>
	request.memoryBytes !== null ||
	request.cpus !== null ||
	request.commandLine !== null ||
	(request.policy ?? "") !== "";

/** RR1 */
function refuse(reader: TraceReader, name: string): void {
	const { complaint } = reader;
	if (complaint !== null) throw new Error(`${name} ${complaint}.`);
}

const nameOf = (files: readonly string[]): string =>
	files.map((file) => (file === STDIN ? "stdin" : file)).join(", ");

/** The recorded machine; what it lacks is told with the name of the recording. */
function recordedMachine(recording: Recording): BootOptions {
	try {
		return machineOptions(recording.machine, { traceBuffer: false });
	} catch (error) {
		if ((error as Error).constructor !== Error) throw error;
		throw new Error(`${recording.name}: ${(error as Error).message}`);
	}
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
