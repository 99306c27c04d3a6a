// A recording as a workload: its requests, one after the other, on a machine like the recorded one.
//
//   FOLDER/trace.txt.xz  --first reading--> how many events: a hundred of the moments between them are looked at
//                        --again for each policy--> replayOn: every request, on a machine that has just booted
//   FOLDER/meta, snap    --> the machine; without them a plain one of 512 MiB
//
// The recorder's own buffer is part of the recorded machine, but not of one whose memory has another size by a policy.
//
// Nothing is in use on that machine when the first event comes, whatever was on the recorded one: what is compared are the
// requests, and no snapshot is. A free of what was taken before the recording began is left out.
//
// RW1: every variant gets the same events in the same order.
// RW2: the file is never in memory as a whole.

import { basename } from "node:path";
import { Readable } from "node:stream";
import type { BootOptions } from "../kernel";
import { TraceReader } from "../kernel/replay/reading/trace-reader";
import { type Replay, replayOn } from "../kernel/replay/replay";
import { machineOptions } from "../kernel/replay/snapshot/machine";
import type { Recording } from "../kernel/replay/snapshot/recording";
import { openInput } from "./input";
import { recordingBeside } from "./recording-folder";
import { counted } from "./report/text";
import type { Beside, Workload } from "./workload";

/** RAM of the machine for a recording of which nothing is known. */
export const MEMORY_DEFAULT = "512M";
const SAMPLES = 100;

/** What takes the bytes of a file. */
interface Taker {
	push(bytes: Uint8Array): void;
	finish(): void;
}

/** Opens a recorded file. Throws an Error with one sentence when it holds no event, or no machine can be made for it. */
export async function recordingWorkload(
	file: string,
	seed: number | null,
): Promise<Workload> {
	const reader = await survey(file);
	const { events } = reader.tally;
	const recording = await recordingBeside(file);
	const every = Math.max(1, Math.ceil(events / SAMPLES));
	const machine = machineFor(recording);
	return {
		name: basename(file),
		title: `a recording of ${counted(events, "event")} (${reader.format})`,
		step: { word: "event", nanoseconds: null },
		every,
		machine: (policy) => {
			const options = machine(policy.memoryBytes === null);
			return seed === null ? options : { ...options, seed };
		},
		run: async (kernel, watch) => {
			const replay = replayOn(kernel, recording, (played) => {
				if (played % every === 0) watch(played, besideOf(replay));
			});
			await readInto(replay, file);
			const { played: steps } = replay;
			return { held: 0, total: 0, steps, beside: besideOf(replay) };
		},
	};
}

/** What a program's heap has beyond what was asked for; of the kernel's own objects that is not counted. */
const besideOf = ({ failed, heap }: Replay): Beside => ({
	failedRequests: failed,
	roundingBytes: heap.counts.bytesHeld - heap.counts.bytes,
});

/** Reads the file for the first time. */
async function survey(file: string): Promise<TraceReader> {
	const reader = new TraceReader(() => {});
	await readInto(reader, file);
	if (reader.complaint !== null)
		throw new Error(`${file} ${reader.complaint}.`);
	return reader;
}

async function readInto(taker: Taker, file: string): Promise<void> {
	for await (const chunk of openInput(file, Readable.from([])))
		taker.push(chunk);
	taker.finish();
}

/** The machine to run on, with the buffer that the recorder had in its memory or without. */
function machineFor(
	recording: Recording | null,
): (traceBuffer: boolean) => BootOptions {
	if (recording === null) return () => ({ memory: MEMORY_DEFAULT });
	const { machine } = recording; // throws when nothing tells of one
	return (traceBuffer) => machineOptions(machine, { traceBuffer });
}
