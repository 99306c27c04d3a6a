// A recording as a workload: its requests, one after the other, on a machine like the recorded one.
//
//   FOLDER/trace.txt.xz  --reading--> how many events: a hundred of the moments between them are looked at
//                                     the events themselves, if there is room for all
//                        --for each policy--> replayOn: every request, on a machine that has just booted
//   FOLDER/meta, snap    --> the machine; without them a plain one of 512 MiB
//
// The recorder's own buffer is part of the recorded machine, but not of one whose memory has another size by a policy.
//
// Nothing is in use on that machine when the first event comes, whatever was on the recorded one: what is compared are the
// requests, and no snapshot is. A free of what was taken before the recording began is left out.
//
// RW1: every variant gets the same events in the same order.
// RW2: the text is never in memory as a whole. Where there are more events than may be kept, it is read again for each policy.

import type { BootOptions } from "../kernel";
import {
	KeptEvents,
	type KeptReading,
} from "../kernel/replay/reading/kept-events";
import { TraceReader } from "../kernel/replay/reading/trace-reader";
import { type Replay, replayOn } from "../kernel/replay/replay";
import { machineOptions } from "../kernel/replay/snapshot/machine";
import type { Recording } from "../kernel/replay/snapshot/recording";
import { type ReadingSurroundings, RecordedFiles } from "./recorded-files";
import { recordingBeside } from "./recording-folder";
import { counted } from "./report/text";
import type { Beside, Workload } from "./workload";

/** RAM of the machine for a recording of which nothing is known. */
export const MEMORY_DEFAULT = "512M";
const SAMPLES = 100;

const KEPT_MAX = 1 << 28; // bytes of events that are kept for the runs
const EVENTS_AT_ONCE = 1 << 16;

/**
 * Opens recorded files. Throws an Error with one sentence when they hold no event, or no machine can be made for them. Whoever
 * opens the workload ends it.
 */
export async function recordingWorkload(
	names: readonly string[],
	seed: number | null,
	surroundings: ReadingSurroundings,
): Promise<Workload> {
	const files = new RecordedFiles(names, surroundings);
	try {
		return await openedWorkload(files, seed);
	} catch (error) {
		files.end();
		throw error;
	}
}

async function openedWorkload(
	files: RecordedFiles,
	seed: number | null,
): Promise<Workload> {
	await files.begin();
	const { reader, kept } = await survey(files);
	const { events } = reader.tally;
	const path = files.firstPath;
	const recording = path === null ? null : await recordingBeside(path);
	const every = Math.max(1, Math.ceil(events / SAMPLES));
	const machine = machineFor(recording);
	return {
		name: nameOf(files),
		title: `a recording of ${counted(events, "event")} (${reader.format})`,
		step: { word: "event", nanoseconds: null },
		steps: events,
		every,
		machine: (policy) => {
			const options = machine(policy.memoryBytes === null);
			return seed === null ? options : { ...options, seed };
		},
		run: async (kernel, watch) => {
			const look = (played: number): void => {
				if (played % every === 0) watch(played, besideOf(replay));
			};
			const replay = replayOn(kernel, recording, look, kept);
			if (kept === null)
				await files.readSilently((bytes) => replay.push(bytes));
			else while (replay.playKept(EVENTS_AT_ONCE));
			replay.finish();
			const { played: steps } = replay;
			return { held: 0, total: 0, steps, beside: besideOf(replay) };
		},
		end: () => files.end(),
	};
}

function nameOf({ title, names }: RecordedFiles): string {
	return names.length === 1 ? title : `${title} and ${names.length - 1} more`;
}

/** What a program's heap has beyond what was asked for; of the kernel's own objects that is not counted. */
const besideOf = ({ failed, heap }: Replay): Beside => ({
	failedRequests: failed,
	roundingBytes: heap.counts.bytesHeld - heap.counts.bytes,
});

/** Reads the files for the first time; keeps their events, if there is room for all. */
async function survey(
	files: RecordedFiles,
): Promise<{ reader: TraceReader; kept: KeptReading | null }> {
	const events = new KeptEvents(KEPT_MAX);
	const reader = new TraceReader((event) => events.keep(event));
	await files.read("reading", (bytes) => reader.push(bytes));
	reader.finish();
	files.refuse(reader);
	return { reader, kept: events.isWhole ? { reader, events } : null };
}

/** The machine to run on, with the buffer that the recorder had in its memory or without. */
function machineFor(
	recording: Recording | null,
): (traceBuffer: boolean) => BootOptions {
	if (recording === null) return () => ({ memory: MEMORY_DEFAULT });
	const { machine } = recording; // throws when nothing tells of one
	return (traceBuffer) => machineOptions(machine, { traceBuffer });
}
