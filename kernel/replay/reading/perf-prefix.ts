// What stands before the event in a line of perf script.
//
//    ld-linux-x86-64   101/101   [000]     5.079213469:         kmem:kmalloc: call_site=... ffffffff812b95b7 __kmalloc_node
//   |---- comm ----|  pid/tid     cpu       stamp               ^name        ^text          ^trailer
//
// pid/ is there with -F pid,tid; [cpu] may be missing; a number of events may stand before the name (-F period). A thread's
// name may hold blanks, so the line is read from the bracket (or else the stamp) to both sides.

import { Digits } from "./digits";
import type { KmemEvent } from "./event";
import type { Names } from "./names";
import { Stamp } from "./stamp";
import type { Window } from "./window";

const BLANK = 32;
const SLASH = 47;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;
const DASH = 45;
const PID_MAX = 0x7fffffff;
const CPU_MAX = 8191;
const COMM_MAX = 64; // bytes; perf has names of its own, a little longer than the kernel's 15

const NO_THREAD = "does not begin with a thread's name and number";
const NO_CPU = "has a [CPU] that cannot be";
const NO_STAMP = "has no time stamp";
const NO_EVENT = "names no event";

/** Reads that part; holds where the event begins. */
export class PerfPrefix {
	/** The event's name is [nameStart .. nameEnd) of the window, its text begins at textStart. */
	nameStart = 0;
	nameEnd = 0;
	textStart = 0;
	/** The stamp is a whole number without a unit: never in perf. */
	isCount = false;
	private readonly bytes: Uint8Array;
	private readonly digits: Digits;
	/** Where it found the stamp. */
	readonly stamp: Stamp;

	constructor(
		private readonly window: Window,
		private readonly event: KmemEvent,
		private readonly names: Names,
	) {
		this.bytes = window.bytes;
		this.digits = new Digits(window);
		this.stamp = new Stamp(window);
	}

	/** Fills cpu, pid, comm and time of the record. Says what is wrong with the line, or null. */
	read(start: number, end: number): string | null {
		const { event, digits, stamp } = this;
		const bracket = this.bracket(start, end);
		let at = bracket;
		event.cpu = -1;
		if (bracket < 0) at = this.beforeStamp(start, end);
		else {
			at = digits.decimal(bracket + 1, end) + 1;
			if (digits.value > CPU_MAX) return NO_CPU;
			event.cpu = digits.value;
		}
		if (at < 0) return NO_STAMP;
		const threadEnd = bracket < 0 ? at : bracket;
		at = stamp.read(this.skipBlanks(at, end), end);
		if (at < 0 || at >= end || this.bytes[at] !== COLON) return NO_STAMP;
		if (stamp.isCount) return NO_STAMP;
		event.time = stamp.value;
		if (!this.thread(start, threadEnd)) return NO_THREAD;
		return this.name(this.skipBlanks(at + 1, end), end);
	}

	/** The bracket of " [000] ", or -1. */
	private bracket(start: number, end: number): number {
		for (let at = start + 1; at < end; at++) {
			if (this.bytes[at] !== OPEN_SQUARE || this.bytes[at - 1] !== BLANK)
				continue;
			const to = this.digits.decimal(at + 1, end);
			if (to >= 0 && to < end && this.bytes[to] === CLOSE_SQUARE) return at;
		}
		return -1;
	}

	/** The blank before the first "123.456789:", or -1. */
	private beforeStamp(start: number, end: number): number {
		for (let at = start; at + 1 < end; at++) {
			if (this.bytes[at] !== BLANK || !isDigit(this.bytes[at + 1])) continue;
			const to = this.stamp.read(at + 1, end);
			if (to < 0 || to >= end || this.stamp.isCount) continue;
			if (this.bytes[to] === COLON) return at;
		}
		return -1;
	}

	/** Name and number of the thread in [start .. end): false when they are not there. */
	private thread(start: number, end: number): boolean {
		let to = end;
		while (to > start && this.bytes[to - 1] === BLANK) to--;
		let from = to;
		while (from > start && isDigit(this.bytes[from - 1])) from--;
		if (from === to) return false;
		this.digits.decimal(from, to);
		if (this.digits.value > PID_MAX) return false;
		this.event.pid = this.digits.value;
		if (from > start && this.bytes[from - 1] === DASH) {
			from--; // -1: no thread any more
			this.event.pid = -1;
		}
		if (from > start && this.bytes[from - 1] === SLASH) {
			from--;
			while (from > start && isDigit(this.bytes[from - 1])) from--;
		}
		if (from > start && this.bytes[from - 1] !== BLANK) return false;
		while (from > start && this.bytes[from - 1] === BLANK) from--;
		const first = this.skipBlanks(start, from);
		if (from - first > COMM_MAX) return false;
		this.event.comm = this.names.intern(this.window, first, from);
		return true;
	}

	private skipBlanks(at: number, end: number): number {
		let to = at;
		while (to < end && this.bytes[to] === BLANK) to++;
		return to;
	}

	/** The name is all before the colon that a blank follows: kmem:kmalloc. */
	private name(at: number, end: number): string | null {
		let from = at;
		while (from < end && isDigit(this.bytes[from])) from++; // a period
		from = from === at ? at : this.skipBlanks(from, end);
		let to = from;
		while (to < end && this.bytes[to] !== BLANK) to++;
		if (to - 1 <= from || this.bytes[to - 1] !== COLON) return NO_EVENT;
		this.nameStart = from;
		this.nameEnd = to - 1;
		this.textStart = this.skipBlanks(to, end);
		return null;
	}
}

function isDigit(byte: number | undefined): boolean {
	return byte !== undefined && byte >= ZERO && byte <= NINE;
}
