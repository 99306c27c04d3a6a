// Marks: when each text of a snapshot was read, as the reading process wrote it into the trace.
//
//   3.144688229  SNAPSHOT-a READ buddyinfo            seconds of CLOCK_MONOTONIC, a tab, the text of the mark
//   3.144807136  SNAPSHOT-a READ-DONE buddyinfo       the instant to compare the file with
//
// The same texts stand in the trace between the events, which is how a replay finds the instant: the trace may have
// another clock.
//
// MK1: times do not fall.

import { Scanner } from "../../proc/scan";

const NAME = "marks.tsv";
const LINE = /^(\d{1,6})\.(\d{1,9})\t(.+)$/;

/** One mark. */
export interface Mark {
	/** Since the machine was switched on. */
	readonly nanoseconds: number;
	readonly text: string;
}

/** What a marks.tsv text says. Throws an Error naming the line that does not fit. */
export function parseMarks(text: string): Mark[] {
	const scanner = new Scanner(NAME, text);
	let last = 0;
	let lineNumber = 0;
	return scanner.rest(() => {
		const mark = takeMark(scanner);
		lineNumber++;
		if (mark.nanoseconds < last)
			throw new Error(
				`${NAME}, line ${lineNumber}: the mark "${mark.text}" is earlier than the mark before it.`,
			);
		last = mark.nanoseconds;
		return mark;
	});
}

function takeMark(scanner: Scanner): Mark {
	const [seconds, fraction, text] = scanner.take(
		LINE,
		"`SECONDS.NANOSECONDS`, a tab and the text of a mark",
	) as [string, string, string];
	const nanoseconds = Number(seconds) * 1e9 + Number(fraction.padEnd(9, "0"));
	return { nanoseconds, text };
}

/** The mark after which the snapshot called `snapshot` holds the text of `file`: that of /proc/kpageflags is `kpageflags`. */
export const readDoneText = (snapshot: string, file: string): string =>
	`SNAPSHOT-${snapshot} READ-DONE ${file}`;
