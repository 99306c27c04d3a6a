// Lines of a log of glibc's mtrace.
//
//   = Start
//   @ ./prog:(work+0x1c)[0x5581190] + 0x558dc98dd4a0 0x64      malloc of 0x64 bytes
//   @ ./prog:(work+0x30)[0x55811a4] < 0x558dc98dd4a0           realloc of this ...
//   @ ./prog:(work+0x30)[0x55811a4] > 0x558dc98dd510 0x1388    ... which is now here
//   @ ./prog:[0x55811b8] - 0x558dc98dd510                      free
//   @ ./prog:[0x55811c0] ! 0x558dc98dd510 0x100000             realloc that failed: nothing changed
//   = End
//
// The name of the program may hold anything, so a line is read from its end: the last operator that an address follows.
// There is no clock: the time is the operation's place in the file.
//
// R1: the two halves of a realloc follow one another; a half without the other is damaged.

import { Digits } from "./digits";
import { FREE, type KmemEvent, MALLOC, REALLOC } from "./event";
import type { EventSink } from "./kernel-lines";
import type { Names } from "./names";
import type { Tally } from "./tally";
import type { Window } from "./window";

const KIND_MALLOC = MALLOC;
const KIND_FREE = FREE;
const KIND_REALLOC = REALLOC;
const BLANK = 32;
const FAILED = 33; // !
const PLUS = 43;
const MINUS = 45;
const ZERO = 48;
const LESS = 60;
const EQUALS = 61;
const GREATER = 62;
const AT = 64;
const OPEN_SQUARE = 91;
const CLOSE_ROUND = 41;
const LETTER_X = 120;
const SITE_MAX = 512; // bytes

const NO_OPERATION = "has none of the operators + - < > with an address";
const NO_SIZE = "has no size";
const HALF = "is one half of a realloc without the other";

/** Makes events of the lines of one mtrace log. */
export class MtraceLines {
	private readonly digits: Digits;
	private operations = 0;
	private isReallocOpen = false;
	private oldLow = 0;
	private oldHigh = 0;

	constructor(
		private readonly window: Window,
		private readonly event: KmemEvent,
		private readonly names: Names,
		private readonly tally: Tally,
		private readonly sink: EventSink,
	) {
		this.digits = new Digits(window);
	}

	line(start: number, end: number): void {
		const { tally } = this;
		if (start === end) tally.blank++;
		else if (this.window.bytes[start] === EQUALS) tally.headers++;
		else {
			const wrong = this.operation(start, end);
			if (wrong !== null) tally.complain(wrong);
		}
	}

	private operation(start: number, end: number): string | null {
		const operator = operatorAt(this.window.bytes, start, end);
		if (operator < 0) return NO_OPERATION;
		const { event, digits } = this;
		const sign = this.window.bytes[operator] as number;
		const kind = kindOf(sign);
		event.clear(kind);
		let at = digits.pointer(operator + 2, end);
		if (at < 0) return NO_OPERATION;
		event.low = digits.low;
		event.high = digits.high;
		if (sign !== MINUS && sign !== LESS) {
			at = digits.integer(at + 1, end);
			if (at < 0) return NO_SIZE;
			event.bytesRequested = digits.value;
		}
		if (at !== end) return NO_OPERATION;
		return this.pair(sign, kind, this.site(start, operator));
	}

	/** Puts the halves of a realloc together. */
	private pair(sign: number, kind: number, site: number): string | null {
		const { event } = this;
		const wasOpen = this.isReallocOpen;
		this.isReallocOpen = sign === LESS;
		if (sign === LESS) {
			this.oldLow = event.low;
			this.oldHigh = event.high;
		}
		if (wasOpen !== (sign === GREATER)) return HALF;
		if (sign === LESS) this.tally.headers++;
		else if (sign === FAILED) this.tally.others++;
		else this.emit(kind, site);
		return null;
	}

	private emit(kind: number, site: number): void {
		const { event, tally } = this;
		const isRealloc = kind === KIND_REALLOC;
		event.site = site;
		event.oldLow = isRealloc ? this.oldLow : 0;
		event.oldHigh = isRealloc ? this.oldHigh : 0;
		event.time = this.operations++;
		tally.event(kind, -1, event.time);
		this.sink(event);
	}

	/** The caller between @ and the operator, without [address] where a function is named. */
	private site(start: number, operator: number): number {
		const bytes = this.window.bytes;
		let from = start;
		if (bytes[from] === AT) from++;
		while (from < operator && bytes[from] === BLANK) from++;
		let to = operator;
		while (to > from && bytes[to - 1] === BLANK) to--;
		let bracket = to;
		while (bracket > from && bytes[bracket] !== OPEN_SQUARE) bracket--;
		if (bracket > from && bytes[bracket - 1] === CLOSE_ROUND) to = bracket;
		if (to === from || to - from > SITE_MAX) return -1;
		return this.names.intern(this.window, from, to);
	}
}

/** The last of + - < > ! that stands alone before 0x or (nil), or -1. */
function operatorAt(bytes: Uint8Array, start: number, end: number): number {
	for (let at = end - 3; at >= start; at--) {
		if (kindOf(bytes[at] as number) < 0 || bytes[at + 1] !== BLANK) continue;
		if (at > start && bytes[at - 1] !== BLANK) continue;
		const isAddress = bytes[at + 2] === ZERO && bytes[at + 3] === LETTER_X;
		if (isAddress) return at;
	}
	return -1;
}

function kindOf(sign: number): number {
	if (sign === PLUS) return KIND_MALLOC;
	if (sign === MINUS) return KIND_FREE;
	return sign === LESS || sign === GREATER || sign === FAILED
		? KIND_REALLOC
		: -1;
}
