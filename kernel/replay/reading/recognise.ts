// Which recorder wrote a file: told by its first lines, not by its name.
//
//   # tracer: nop                 ftrace        comm-pid [000] ... 1.2: kmalloc: ...       ftrace without its header
//   cpus=2                        trace-cmd     comm-pid [000]     1.2: kmalloc:    ...    trace-cmd without its header
//   comm 101 [000] 1.2: kmem:kfree: ...   perf
//   = Start      @ prog:[0x1] + 0x5 0x6   mtrace
//   four whole numbers on four lines      malloclab
//
// Recordings in binary form (trace.dat, perf.data) are known by their first bytes, to say how to make text of them.

import { DashedPrefix } from "./dashed-prefix";
import { KmemEvent } from "./event";
import { Names } from "./names";
import { PerfPrefix } from "./perf-prefix";
import { utf8 } from "./utf8";
import type { Window } from "./window";

/** A form of text that can be read. */
export type TraceFormat =
	| "ftrace"
	| "trace-cmd"
	| "perf"
	| "malloclab"
	| "mtrace";

const LOOK_MAX = 256; // bytes of a line that are looked at as text
const NUMBERS_NEEDED = 4; // lines of a .rep header

const MTRACE =
	/^(?:= Start$|(?:@ .*)?(?:^|\s)[-+<>!] 0x[0-9a-f]+(?: 0x[0-9a-f]+)?$)/;
const NUMBER = /^\s*\d{1,15}\s*$/;
const FTRACE_HEADER = /^# (?:tracer: |entries-in-buffer)/;
const TRACE_CMD_HEADER = /^cpus=\d{1,4}$/;
const TOLD_BY_TRACE_CMD = /\[\d+\] +\d+\.\d+: \S+:(?: {2,}|$)/; // no flags, and the text in a column

const TOLD_BY_PERF = /\d\.\d+: +(?:\d+ +)?[\w-]+:[\w-]+: /; // the subsystem before the event

/** Files that hold a recording in a form that is not text. */
const BINARIES: readonly (readonly [start: string, sentence: string])[] = [
	[
		"\x17\x08Dtracing",
		"is a binary recording of trace-cmd: make text of it with `trace-cmd report`",
	],
	[
		"PERFILE2",
		"is a binary recording of perf: make text of it with `perf script`",
	],
	["\x7fELF", "is a program, not a trace"],
];

/** Looks at lines until one tells the format. */
export class Recogniser {
	private readonly event = new KmemEvent();
	private readonly names = new Names();
	private readonly dashed: DashedPrefix;
	private readonly perf: PerfPrefix;
	/** Whole numbers on lines of their own at the beginning of the file: maybe a .rep header. */
	readonly numbers: number[] = [];
	private hasOtherLines = false;

	constructor(private readonly window: Window) {
		this.dashed = new DashedPrefix(window, this.event, this.names);
		this.perf = new PerfPrefix(window, this.event, this.names);
	}

	/** True while the file may still turn out to begin with a .rep header. */
	get isInHeader(): boolean {
		return !this.hasOtherLines && this.numbers.length > 0;
	}

	/** The format that this line tells, or null. */
	look(start: number, end: number): TraceFormat | null {
		const line = utf8(
			this.window.bytes,
			start,
			Math.min(end, start + LOOK_MAX),
		);
		if (FTRACE_HEADER.test(line)) return "ftrace";
		if (TRACE_CMD_HEADER.test(line)) return "trace-cmd";
		if (MTRACE.test(line)) return "mtrace";
		if (this.isRepHeader(line)) return "malloclab";
		if (!TOLD_BY_PERF.test(line) && this.dashed.read(start, end) === null)
			return TOLD_BY_TRACE_CMD.test(line) ? "trace-cmd" : "ftrace";
		return this.perf.read(start, end) === null ? "perf" : null;
	}

	private isRepHeader(line: string): boolean {
		if (line.trim() === "") return false;
		if (!NUMBER.test(line)) this.hasOtherLines = true;
		if (this.hasOtherLines) return false;
		this.numbers.push(Number(line));
		return this.numbers.length === NUMBERS_NEEDED;
	}
}

/** What kind of binary file begins with these bytes, as a sentence's end, or null. */
export function binaryFile(first: Uint8Array): string | null {
	for (const [start, sentence] of BINARIES) {
		const matches = Array.from(start).every(
			(letter, at) => first[at] === letter.charCodeAt(0),
		);
		if (matches) return sentence;
	}
	return null;
}
