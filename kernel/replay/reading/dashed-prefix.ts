// What stands before the event in a line of ftrace (trace, trace_pipe) and of trace-cmd report.
//
//               rig-113     (    113) [001] d..3.     7.921331: mm_page_alloc: page=...
//   |-- comm 16 --|pid      |--tgid--| cpu  flags      stamp    ^name          ^text
//                 ^dash                   ^ up to here most lines are like the one before
//
// tgid and flags are there or not; flags have 4 to 6 letters. A thread may have any name, with blanks, dashes and brackets, so
// the dash is looked for where the column ends, and only where that fails (a line that lost its leading blanks) by what follows it.

import { Digits } from "./digits";
import type { KmemEvent } from "./event";
import type { Names } from "./names";
import { Stamp } from "./stamp";
import type { Window } from "./window";

const BLANK = 32;
const OPEN_ROUND = 40;
const CLOSE_ROUND = 41;
const DASH = 45;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;
const COMM_COLUMN = 16; // bytes; names have at most 15
const FLAGS_MIN = 4;
const FLAGS_MAX = 6;
const PID_MAX = 0x7fffffff;
const CPU_MAX = 8191;
const INTERRUPT_AT = 2; // letter of the flags: . in a task, s in a soft interrupt, h, H, z and Z in a hard one
const DEPTH_AT = 3; // letter of the flags: a dot for 0, a digit
const SOFT = 115;
const DOT = 46;

const NO_THREAD = "does not begin with a thread's name and number";
const NO_CPU = "has no [CPU] behind the thread";
const NO_STAMP = "has no time stamp";
const NO_EVENT = "names no event";

/** Reads that part; holds where the event begins. */
export class DashedPrefix {
	/** The event's name is [nameStart .. nameEnd) of the window, its text begins at textStart. */
	nameStart = 0;
	nameEnd = 0;
	textStart = 0;
	/** The stamp is a whole number without a unit. */
	isCount = false;
	private readonly bytes: Uint8Array;
	private readonly digits: Digits;
	/** Where it found the stamp. */
	readonly stamp: Stamp;
	private threadEnd = 0;

	constructor(
		private readonly window: Window,
		private readonly event: KmemEvent,
		private readonly names: Names,
	) {
		this.bytes = window.bytes;
		this.digits = new Digits(window);
		this.stamp = new Stamp(window);
	}

	/** Fills cpu, pid, comm, time, interrupt and depth of the record. Says what is wrong with the line, or null. */
	read(start: number, end: number): string | null {
		const { bytes, stamp } = this;
		const wrong = this.thread(start, end);
		if (wrong !== null) return wrong;
		const at = stamp.read(this.behindFlags(this.threadEnd, end), end);
		if (at < 0 || at >= end || bytes[at] !== COLON) return NO_STAMP;
		this.event.time = stamp.value;
		this.isCount = stamp.isCount;
		const from = this.skipBlanks(at + 1, end);
		const to = this.window.find(COLON, from, end);
		if (to === from || to === end) return NO_EVENT;
		this.nameStart = from;
		this.nameEnd = to;
		this.textStart = this.skipBlanks(to + 1, end);
		return null;
	}

	/** Reads the part up to the CPU's bracket; threadEnd is behind it. */
	private thread(start: number, end: number): string | null {
		const { bytes, digits, event } = this;
		const from = this.skipBlanks(start, end);
		const dash = this.dash(start, from, end);
		if (dash < 0) return NO_THREAD;
		let at = digits.decimal(dash + 1, end);
		if (at < 0 || digits.value > PID_MAX) return NO_THREAD;
		event.pid = digits.value;
		at = this.skipBlanks(at, end);
		if (at < end && bytes[at] === OPEN_ROUND)
			at = this.skipBlanks(this.window.find(CLOSE_ROUND, at, end) + 1, end);
		if (at >= end || bytes[at] !== OPEN_SQUARE) return NO_CPU;
		at = digits.decimal(at + 1, end);
		if (at < 0 || at >= end || bytes[at] !== CLOSE_SQUARE) return NO_CPU;
		if (digits.value > CPU_MAX) return NO_CPU;
		event.cpu = digits.value;
		event.comm = this.names.intern(this.window, from, dash);
		this.threadEnd = at + 1;
		return null;
	}

	/** The dash between name and number, or -1. */
	private dash(start: number, from: number, end: number): number {
		const usual = start + COMM_COLUMN;
		if (usual < end && usual >= from && this.bytes[usual] === DASH)
			return usual;
		for (let at = from; at < end && at <= from + COMM_COLUMN; at++)
			if (this.bytes[at] === DASH && this.isDash(at, end)) return at;
		return -1;
	}

	/** Behind the dash are a number, blanks and a bracket. */
	private isDash(dash: number, end: number): boolean {
		const to = this.digits.decimal(dash + 1, end);
		if (to < 0) return false;
		const next = this.skipBlanks(to, end);
		const byte = this.bytes[next];
		return (
			next > to && next < end && (byte === OPEN_SQUARE || byte === OPEN_ROUND)
		);
	}

	/** Behind the latency flags, if there are any, and the blanks around them. */
	private behindFlags(at: number, end: number): number {
		const bytes = this.bytes;
		const from = this.skipBlanks(at, end);
		if (from >= end) return from;
		const first = bytes[from] as number;
		this.event.interrupt = -1;
		this.event.depth = -1;
		if (first >= ZERO && first <= NINE) return from;
		let to = from + 1;
		while (to < end && bytes[to] !== BLANK) to++;
		const length = to - from;
		if (length < FLAGS_MIN || length > FLAGS_MAX) return from;
		this.context(from);
		return this.skipBlanks(to, end);
	}

	/** Where the CPU was, by the flags at `at`. */
	private context(at: number): void {
		const where = this.bytes[at + INTERRUPT_AT] as number;
		const depth = this.bytes[at + DEPTH_AT] as number;
		this.event.interrupt = where === DOT ? 0 : where === SOFT ? 1 : 2;
		this.event.depth = depth > ZERO && depth <= NINE ? depth - ZERO : 0;
	}

	private skipBlanks(at: number, end: number): number {
		const bytes = this.bytes;
		let to = at;
		while (to < end && bytes[to] === BLANK) to++;
		return to;
	}
}
