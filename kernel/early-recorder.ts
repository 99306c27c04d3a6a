// The early recorder: what happens before there is memory for rings is recorded too.
//
//   power-on                       early_trace_init        mm_init
//   |-- one ring in the init section ----------------------|-- rings of their own ------->
//      lines of the log, stages, memblock, direct map      ^ what nobody has heard yet goes along
//
// Whoever listens hears everything from the first line on. Without a listener the newest records of these first stages are
// kept, as many as the init section has room for.
//
// ER1: a kernel that records nothing has no recorder at all.

import { Recorder, ringBytes } from "../hw/recorder";
import type { CommandLine } from "./command-line";
import type { EarlyParts } from "./wiring";

const RECORD_BYTES = 32;
const RECORDS_MAX = 8192; // of each CPU, if nobody says how many: 256 KiB stay in the host's second-level cache
const RECORDER_SHARE = 32; // of the RAM

/** What the options of boot say about recording (bringup.ts). */
interface RecorderWish {
	readonly recorder?: boolean | { readonly records: number };
	readonly tracer?: object;
}

/** Records that each CPU's ring is to hold; 0 for no recorder. */
export function recordsWanted(
	options: RecorderWish,
	{ traceBufferBytes }: CommandLine,
	{ machine }: EarlyParts,
): number {
	const { recorder = options.tracer !== undefined } = options;
	if (typeof recorder === "object") return recorder.records;
	if (traceBufferBytes !== null)
		return Math.max(1, Math.floor(traceBufferBytes / RECORD_BYTES));
	if (!recorder) return 0;
	const share = machine.map.usableBytes / RECORDER_SHARE / machine.cpus.length;
	const fitting = 2 ** Math.floor(Math.log2(share / RECORD_BYTES));
	return Math.min(RECORDS_MAX, fitting);
}

/** The recorder of a kernel that was just started. */
export function earlyRecorder({ machine, statics }: EarlyParts): Recorder {
	const { earlyRing, earlyRecords } = statics;
	const words = ringBytes(earlyRecords) / 4;
	const ring = machine.memory.wordsAt(earlyRing, words);
	return new Recorder(machine.turn, [ring], earlyRecords);
}
