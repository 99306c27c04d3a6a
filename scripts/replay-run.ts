// Running a replay: files in, a report out.
//
//   FILE beside meta/ and snap/   machine, caches and start from there       two passes: survey, then play what was kept of it
//   FILE alone                    an ordinary machine, started empty          one pass
//
// RR1: what is damaged in a file is told and passed over.
// RR2: what can be refused is refused before the machine boots, and no option is passed over silently.
// RR3: memory does not grow with the length of the files, but for the events that are kept up to a bound; where there are more,
//      the files are read again.

import { basename } from "node:path";
import {
	type BootOptions,
	KernelPanic,
	parsePolicy,
	withPolicy,
} from "../kernel";
import { FirstPass } from "../kernel/replay/first-pass";
import { type Replay, replayEmpty, replayFrom } from "../kernel/replay/replay";
import { machineOptions } from "../kernel/replay/snapshot/machine";
import type { Recording } from "../kernel/replay/snapshot/recording";
import type { Snapshot } from "../kernel/replay/snapshot/snapshot";
import type { ReplayRequest, ReplaySurroundings } from "./engine";
import { refuseInput } from "./output-file";
import { RecordedFiles } from "./recorded-files";
import { openRecording, recordingBeside } from "./recording-folder";
import { MEMORY_DEFAULT } from "./recording-workload";
import { replayReport } from "./replay-report";
import type { ReplayReport } from "./report/replay";
import { TraceRecording } from "./trace-recording";

const EMPTY = "empty";
const KEPT_MAX = 1 << 27; // bytes of events that are kept for the second pass
const STEPS = 1 << 16; // events that are played between two looks at how far it is

/** Replays. Bad input is an Error with one sentence; a panic of the simulated kernel ends up in the report. */
export async function runReplay(
	request: ReplayRequest,
	surroundings: ReplaySurroundings,
): Promise<ReplayReport> {
	const run = new ReplayRun(request, surroundings);
	try {
		return await run.run();
	} finally {
		run.end();
	}
}

class ReplayRun {
	private readonly log: string[] = [];
	private readonly files: RecordedFiles;
	private trace: TraceRecording | null = null;

	constructor(
		private readonly request: ReplayRequest,
		private readonly surroundings: ReplaySurroundings,
	) {
		this.files = new RecordedFiles(request.files, surroundings);
	}

	async run(): Promise<ReplayReport> {
		const recording = await this.recording();
		const snapshot = this.startSnapshot(recording);
		this.refuseUseless(snapshot);
		const cpus = await this.files.begin();
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
		const { log, request } = this;
		const trace = this.trace?.finish(panic);
		return replayReport(request, {
			...{ log, replay, recording, snapshot, panic, trace },
		});
	}

	end(): void {
		this.surroundings.progress.finish();
		this.files.end();
	}

	private beginTrace(): void {
		const { trace, seed, commandLine, files } = this.request;
		if (trace === null) return;
		refuseInput(trace, files);
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
		const path = this.files.firstPath;
		return path === null ? null : recordingBeside(path);
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

	/** Refuses options that would change nothing (RR2). */
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
		const first = new FirstPass(recording, snapshot, KEPT_MAX);
		await this.files.read("surveying", (bytes) => first.push(bytes));
		this.files.refuse(first.reader);
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

	private async play(replay: Replay): Promise<void> {
		const { files, surroundings } = this;
		if (replay.isKept) {
			const label = `playing ${files.title}`;
			const { events } = replay.reader.tally;
			for (let done = 0; replay.playKept(STEPS); done += STEPS)
				surroundings.progress.report(label, done, events);
		} else await files.read("playing", (bytes) => replay.push(bytes));
		replay.finish();
		files.refuse(replay.reader);
	}

	private readonly onLog = (line: string): void => {
		this.log.push(line);
		this.surroundings.print(line);
	};
}

/** Whether the recorded state would not fit what is asked for. */
const isAnotherMachine = (request: ReplayRequest): boolean =>
	request.memoryBytes !== null ||
	request.cpus !== null ||
	request.commandLine !== null ||
	(request.policy ?? "") !== "";

/** The recorded machine; what it lacks is told with the name of the recording. */
function recordedMachine(recording: Recording): BootOptions {
	try {
		return machineOptions(recording.machine, { traceBuffer: false });
	} catch (error) {
		if ((error as Error).constructor !== Error) throw error;
		throw new Error(`${recording.name}: ${(error as Error).message}`);
	}
}
