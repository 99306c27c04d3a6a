// Reads a recorded trace: bytes in, events out.
//
//   bytes --push--> Lines --> Recogniser, until it knows the format
//                     |
//                     '-----> KernelLines | MalloclabLines | MtraceLines --> sink(event)
//                                 with Expected for lines like those before, else DashedPrefix (ftrace, trace-cmd)
//                                 or PerfPrefix (perf), and Fields
//   beside: names (numbers <-> texts), tally (what the file holds and what is wrong with it)
//
// P1: how the bytes are cut into chunks changes nothing.
// P2: memory is bounded by the tables of names, whatever the file holds; no input makes the reader throw.
// P3: a line that does not say all that its event needs makes no event: it is counted and told as damaged.

import { DashedPrefix } from "./dashed-prefix";
import { KmemEvent } from "./event";
import { EventNames } from "./event-names";
import { Fields } from "./fields";
import { GfpNames } from "./gfp-names";
import { type EventSink, KernelLines } from "./kernel-lines";
import { LINE_MAX, Lines } from "./lines";
import { MalloclabLines } from "./malloclab";
import { MtraceLines } from "./mtrace";
import { Names } from "./names";
import { PerfPrefix } from "./perf-prefix";
import { binaryFile, Recogniser, type TraceFormat } from "./recognise";
import { takeRemark } from "./remarks";
import { Tally } from "./tally";
import type { Window } from "./window";

export type { EventSink } from "./kernel-lines";
export type { TraceFormat } from "./recognise";

const FIRST_BYTES = 16; // enough to know a binary recording
const OVERLONG = `is longer than ${LINE_MAX} bytes`;
const CUT = "is cut off: the file ends within it";
const UNKNOWN_FORM = "is of no form that is known";
const FORMS =
	"ftrace text, trace-cmd report, perf script, a malloc lab's .rep and a log of mtrace";
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/** What makes events of lines. */
type LineReader = KernelLines | MalloclabLines | MtraceLines;

/** Reads one file. */
export class TraceReader {
	/** Texts of the numbers in events: call sites, caches, threads. */
	readonly names = new Names();
	/** What the reader met. */
	readonly tally = new Tally();
	/** Masks of gfp texts, and the names in them that this kernel does not have. */
	readonly gfpNames = new GfpNames();
	private readonly event = new KmemEvent();
	private readonly eventNames = new EventNames();
	private readonly lines: Lines;
	private readonly window: Window;
	private readonly recogniser: Recogniser;
	private readonly first = new Uint8Array(FIRST_BYTES);
	private reader: LineReader | null = null;
	private kernel: KernelLines | null = null; // the same, if it is one
	private known: TraceFormat | null = null;

	constructor(private readonly sink: EventSink) {
		this.lines = new Lines(this);
		this.window = this.lines.window;
		this.recogniser = new Recogniser(this.window);
	}

	/** The format, once a line has told it. */
	get format(): TraceFormat | null {
		return this.known;
	}

	/** What the time of events is: nanoseconds, or a number that only orders them. */
	get clock(): "nanoseconds" | "count" {
		const { reader } = this;
		const isKernel = reader instanceof KernelLines;
		return isKernel && !reader.isCounterClock ? "nanoseconds" : "count";
	}

	/** Events of other subsystems by name, the most frequent first. */
	others(): [name: string, count: number][] {
		return this.eventNames.others();
	}

	/** Takes the next bytes of the file. */
	push(bytes: Uint8Array): void {
		const { tally, first } = this;
		for (let at = tally.bytes; at < FIRST_BYTES; at++)
			first[at] = bytes[at - tally.bytes] ?? 0;
		tally.bytes += bytes.length;
		this.lines.push(bytes);
	}

	/** The file is at its end. */
	finish(): void {
		this.lines.finish();
		if (this.reader === null && this.recogniser.isInHeader)
			this.rejectHeader(this.tally.lines + 1);
	}

	/** Why nothing can be made of the file, to be read after its name; null when it holds events. Ask after finish(). */
	get complaint(): string | null {
		const { tally, known } = this;
		if (tally.events > 0) return null;
		if (tally.bytes === 0) return "is empty";
		const binary = binaryFile(this.first);
		if (binary !== null) return binary;
		if (known === null)
			return `holds no line of a form that is known (${FORMS})`;
		const [other] = this.others();
		if (other)
			return `holds no kmem event (the most frequent of its ${tally.others} events is ${other[0]}): record with -e kmem`;
		const [damage] = tally.complaints;
		return damage
			? `holds no event that can be used: line ${damage.line} ${damage.text}`
			: "holds no event";
	}

	/** For Lines: a line that goes as expected, if the one at `start` does. */
	take(start: number, limit: number): number {
		const { kernel } = this;
		if (kernel === null) return -1;
		const next = kernel.take(start, limit);
		if (next >= 0) this.tally.lines++;
		return next;
	}

	/** For Lines: a line. */
	line(start: number, end: number): void {
		this.tally.lines++;
		if (this.reader !== null) this.reader.line(start, end);
		else this.earlyLine(start, end);
	}

	/** For Lines: a line that is too long to be one. */
	overlong(): void {
		this.tally.lines++;
		this.tally.complain(OVERLONG);
	}

	/** For Lines: the end of a file without a line feed. A .rep file says itself how many operations it has. */
	unclosed(start: number, end: number): void {
		if (this.known === "malloclab") this.line(start, end);
		else {
			this.tally.lines++;
			this.tally.complain(CUT);
		}
	}

	/** A line while the format is not known. */
	private earlyLine(start: number, end: number): void {
		const { tally, recogniser } = this;
		const from =
			tally.lines === 1 ? behindMark(this.window.bytes, start, end) : start;
		const wasInHeader = recogniser.isInHeader;
		const format = recogniser.look(from, end);
		if (format === "malloclab") tally.headers += recogniser.numbers.length;
		else if (wasInHeader && !recogniser.isInHeader)
			this.rejectHeader(tally.lines);
		if (format !== null) this.begin(format, from, end);
		else if (recogniser.isInHeader) return;
		else if (!takeRemark(tally, this.window.bytes, from, end))
			tally.complain(UNKNOWN_FORM);
	}

	/** The numbers before this line were no header. */
	private rejectHeader(line: number): void {
		const { tally, recogniser } = this;
		const count = recogniser.numbers.length;
		for (let n = 0; n < count; n++)
			tally.complain(UNKNOWN_FORM, line - count + n);
	}

	/** From here on the lines are of this format. */
	private begin(format: TraceFormat, start: number, end: number): void {
		this.known = format;
		const reader = this.readerFor(format);
		this.reader = reader;
		if (reader instanceof KernelLines) this.kernel = reader;
		if (format !== "malloclab") reader.line(start, end);
	}

	private readerFor(format: TraceFormat): LineReader {
		const { window, event, names, tally, sink } = this;
		if (format === "mtrace")
			return new MtraceLines(window, event, names, tally, sink);
		if (format === "malloclab")
			return new MalloclabLines(
				window,
				event,
				tally,
				sink,
				this.recogniser.numbers,
			);
		const prefix =
			format === "perf"
				? new PerfPrefix(window, event, names)
				: new DashedPrefix(window, event, names);
		const fields = new Fields(window, event, names, this.gfpNames);
		fields.hasTrailer = format === "perf";
		return new KernelLines(
			window,
			prefix,
			event,
			fields,
			this.eventNames,
			tally,
			sink,
		);
	}
}

/** Behind a byte order mark, if there is one. */
function behindMark(bytes: Uint8Array, start: number, end: number): number {
	const hasMark = BYTE_ORDER_MARK.every((byte, n) => bytes[start + n] === byte);
	return hasMark ? Math.min(end, start + BYTE_ORDER_MARK.length) : start;
}
