// The kernel log up to a moment, as dmesg would print it then.
//
//   text, text, log --> [    0.004123] Memory: 504812K/523900K available
//
// GQ1: the lines are those of dmesg, from the first one on.

import { EV_LOG } from "../../events";
import { recordText } from "../../printk";
import type { Trace } from "../trace";
import { Scene } from "./scene";

const CYCLES_OF_STAMP = 1_000_000_000; // a second of the log's stamps

/** One record of the log. */
export interface LogLine {
	readonly event: number;
	/** KERN_ level: smaller is graver. */
	readonly level: number;
	/** With its stamp; a record of several lines has several. */
	readonly line: string;
}

/** Records up to event `moment`, oldest first. */
export function logAt(trace: Trace, moment: number): LogLine[] {
	const scene = new Scene(trace);
	const { cyclesPerSecond } = trace.header;
	const lines: LogLine[] = [];
	trace.each(0, moment + 1, (columns, index, event) => {
		if (!scene.see(columns, index) || columns.codes[index] !== EV_LOG) return;
		const level = columns.a[index] as number;
		const cycles =
			((columns.cycles[index] as number) * CYCLES_OF_STAMP) / cyclesPerSecond;
		const record = { number: lines.length, level, cycles, text: scene.text };
		lines.push({ event, level, line: recordText(record) });
	});
	return lines;
}
