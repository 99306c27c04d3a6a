// Time stamps: seconds with a fraction, or the whole numbers of clocks that count.
//
//   2.797259:     2797259000    nanoseconds; six digits in most texts, nine with trace-cmd -t and perf --ns
//   171591:       171591        trace_clock=counter, x86-tsc and the like: no unit
//
// Nanoseconds since boot are exact in a double for 104 days; later ones are off by less than two.

import { Digits } from "./digits";
import type { Window } from "./window";

const DOT = 46;
const FRACTION_MAX = 9; // digits
/** What one unit of a fraction of n digits is in nanoseconds; index = n. */
const NANOSECONDS = [
	0, 1e8, 1e7, 1e6, 1e5, 1e4, 1000, 100, 10, 1,
] as readonly number[];
const SECOND = 1e9; // nanoseconds
const SECONDS_MAX = 1e10; // three hundred years
const BAD = -1;

/** What the `length` digits of a fraction of a second come to. */
export const nanosecondsOf = (digits: number, length: number): number =>
	digits * (NANOSECONDS[length] as number);

/** Reads stamps; holds the last one. */
export class Stamp {
	/** The stamp. */
	value = 0;
	/** The last stamp was a whole number. */
	isCount = false;
	/** Where its last digits are: the fraction, or all of a whole number. */
	fractionAt = 0;
	fractionEnd = 0;
	/** The value without them. */
	seconds = 0;
	private readonly digits: Digits;
	private readonly bytes: Uint8Array;

	constructor(window: Window) {
		this.digits = new Digits(window);
		this.bytes = window.bytes;
	}

	/** Reads the stamp at `at`; returns where it stopped, or -1 when there is none. */
	read(at: number, end: number): number {
		const { digits } = this;
		const dot = digits.decimal(at, end);
		const whole = digits.value;
		this.isCount = dot < 0 || dot >= end || this.bytes[dot] !== DOT;
		this.value = whole;
		this.fractionAt = at;
		this.fractionEnd = dot;
		this.seconds = 0;
		if (this.isCount) return dot;
		const to = digits.decimal(dot + 1, end);
		const length = to - dot - 1;
		if (length < 1 || length > FRACTION_MAX || whole > SECONDS_MAX) return BAD;
		this.fractionAt = dot + 1;
		this.fractionEnd = to;
		this.seconds = whole * SECOND;
		this.value = this.seconds + nanosecondsOf(digits.value, length);
		return to;
	}
}
