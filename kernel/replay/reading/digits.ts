// Numbers and pointers in a line of bytes.
//
//   ... bytes_req=64 ptr=ffff888104b90000 node=-1 ...
//                 ^at ---decimal()--> returns where it stopped, or BAD; the value is in `number`
//                     ^at ---pointer()--> the same; the value is in `low` and `high`
//
// The position goes through the arguments and the value through a field, so nothing is allocated. A reader owns one Digits.
//
// G1: a method reads at least one digit, or it answers BAD.
// G2: a number that a double does not hold exactly is BAD: it is never rounded silently.
// G3: `end` is where the line ends; nothing at or behind it is read.

import type { Window } from "./window";

/** No number where one must be, or an absurd one. */
export const BAD = -1;

const FAILED = -1; // the same, private: a constant of this file is a literal
const MINUS = 45;
const OPEN = 40; // (
const CLOSE = 41; // )
const ZERO = 48;
const NIL = 0x6c696e28; // "(nil" as a word
const NUL = 0x6c756e28; // "(nul"
const L_CLOSE = 0x296c; // "l)"
const LETTER_X = 120;
const SMALL_DIGITS = 9; // decimal digits that always fit an int32
const EXACT_MAX = Number.MAX_SAFE_INTEGER;
const IDENTITY_DIGITS = 10; // of a number of 32 bits
const POINTER_DIGITS = 16; // of 64 bits
const HIGH_DIGITS = 8; // of those, the ones of the high word
const NOT_HEX = -1;

/** Value of each hexadecimal digit; NOT_HEX for all other bytes. */
const HEX = Int8Array.from({ length: 256 }, (_, byte) => {
	const digit = "0123456789abcdef".indexOf(
		String.fromCharCode(byte).toLowerCase(),
	);
	return digit >= 0 ? digit : NOT_HEX;
});

/** Value of each pair of digits, by the two bytes as they lie in memory; NOT_HEX unless both are digits. */
const PAIRS = pairs();

/** Reads numbers in a window; holds the last one. */
export class Digits {
	/** What decimal(), signed(), hexadecimal() and number() read. */
	value = 0;
	/** What pointer() read, as two int32. */
	low = 0;
	high = 0;
	private readonly bytes: Uint8Array;
	private readonly words: DataView;

	constructor(window: Window) {
		this.bytes = window.bytes;
		this.words = window.words;
	}

	/** Decimal digits. */
	decimal(at: number, end: number): number {
		const bytes = this.bytes;
		let value = 0;
		let to = at;
		const small = at + SMALL_DIGITS < end ? at + SMALL_DIGITS : end;
		for (; to < small; to++) {
			const digit = (bytes[to] as number) - ZERO;
			if (digit < 0 || digit > 9) break;
			value = (value * 10 + digit) | 0;
		}
		if (to === at) return FAILED;
		this.value = value;
		return to === small && to < end ? this.more(to, end) : to;
	}

	/**
	 * Decimal digits of a number of 32 bits into `low`. For marks of identity: they are large, and a single large number in
	 * `value` would make it a double for good, which costs every reader of small ones.
	 */
	identity(at: number, end: number): number {
		const bytes = this.bytes;
		let low = 0;
		let to = at;
		for (; to < end; to++) {
			const digit = (bytes[to] as number) - ZERO;
			if (digit < 0 || digit > 9) break;
			low = (Math.imul(low, 10) + digit) | 0;
		}
		this.low = low;
		return to === at || to - at > IDENTITY_DIGITS ? FAILED : to;
	}

	/** Decimal digits, perhaps with a minus before them. */
	signed(at: number, end: number): number {
		if (at >= end || this.bytes[at] !== MINUS) return this.decimal(at, end);
		const to = this.decimal(at + 1, end);
		this.value = -this.value;
		return to;
	}

	/** Decimal digits, or hexadecimal ones behind 0x. */
	integer(at: number, end: number): number {
		const bytes = this.bytes;
		const isHex =
			at + 2 < end && bytes[at] === ZERO && bytes[at + 1] === LETTER_X;
		return isHex ? this.hexadecimal(at + 2, end) : this.decimal(at, end);
	}

	/** Hexadecimal digits, without 0x. All ones in 64 bits is -1, as the kernel's "no frame". */
	hexadecimal(at: number, end: number): number {
		const to = this.some(at, end);
		if (to === FAILED) return FAILED;
		const high = this.high >>> 0;
		if (high === 0) this.value = this.low >>> 0;
		else if ((this.high & this.low) === -1) this.value = -1;
		else if (high > 0x1fffff) return FAILED;
		else this.value = high * 2 ** 32 + (this.low >>> 0);
		return to;
	}

	/** A pointer: up to 16 hexadecimal digits with or without 0x; (nil) and (null) are 0/0. */
	pointer(at: number, end: number): number {
		if (at >= end) return FAILED;
		if (this.bytes[at] === OPEN) return this.nil(at, end);
		const from = this.bytes[at + 1] === LETTER_X ? at + 2 : at;
		return this.full(from, end) ? from + POINTER_DIGITS : this.some(from, end);
	}

	/** The rest of a pointer behind what behindMark() told. */
	rest(at: number, end: number): number {
		if (this.full(at, end)) return at + POINTER_DIGITS;
		if (this.bytes[at - 1] === OPEN) return this.nil(at - 1, end);
		return this.some(at, end);
	}

	/** Behind the 0x or the bracket with which a pointer begins. */
	behindMark(at: number): number {
		if (this.bytes[at] === OPEN) return at + 1;
		return this.bytes[at + 1] === LETTER_X ? at + 2 : at;
	}

	/** Exactly 16 hexadecimal digits into low and high, two at a time; false when they are not that. */
	private full(at: number, end: number): boolean {
		const words = this.words;
		if (at + POINTER_DIGITS > end) return false;
		const a = PAIRS[words.getUint16(at, true)] as number;
		const b = PAIRS[words.getUint16(at + 2, true)] as number;
		const c = PAIRS[words.getUint16(at + 4, true)] as number;
		const d = PAIRS[words.getUint16(at + 6, true)] as number;
		const e = PAIRS[words.getUint16(at + 8, true)] as number;
		const f = PAIRS[words.getUint16(at + 10, true)] as number;
		const g = PAIRS[words.getUint16(at + 12, true)] as number;
		const h = PAIRS[words.getUint16(at + 14, true)] as number;
		if ((a | b | c | d | e | f | g | h) < 0) return false;
		const next = words.getUint8(at + POINTER_DIGITS);
		if ((HEX[next] as number) >= 0 && at + POINTER_DIGITS < end) return false;
		this.high = (a << 24) | (b << 16) | (c << 8) | d;
		this.low = (e << 24) | (f << 16) | (g << 8) | h;
		return true;
	}

	/** Up to 16 hexadecimal digits into low and high. */
	private some(at: number, end: number): number {
		const bytes = this.bytes;
		let low = 0;
		let high = 0;
		let to = at;
		for (; to < end; to++) {
			const digit = HEX[bytes[to] as number] as number;
			if (digit < 0) break;
			high = (high << 4) | (low >>> 28);
			low = (low << 4) | digit;
		}
		const digits = to - at;
		if (digits === 0 || digits > POINTER_DIGITS) return FAILED;
		this.low = low;
		this.high = digits > HIGH_DIGITS ? high : 0;
		return to;
	}

	/** (nil) as trace-cmd and perf print it, or (null). What hides a pointer, such as (____ptrval____), is none. */
	private nil(at: number, end: number): number {
		const { bytes, words } = this;
		const start = words.getInt32(at, true);
		const isNil = start === NIL && bytes[at + 4] === CLOSE;
		const isNull = start === NUL && words.getInt16(at + 4, true) === L_CLOSE;
		const to = isNil ? at + 5 : at + 6;
		if ((!isNil && !isNull) || to > end) return FAILED;
		this.low = 0;
		this.high = 0;
		return to;
	}

	/** Digits beyond those that fit an int32. */
	private more(at: number, end: number): number {
		const bytes = this.bytes;
		let value = this.value;
		let to = at;
		for (; to < end; to++) {
			const digit = (bytes[to] as number) - ZERO;
			if (digit < 0 || digit > 9) break;
			value = value * 10 + digit;
			if (value > EXACT_MAX) return FAILED;
		}
		this.value = value;
		return to;
	}
}

function pairs(): Int16Array {
	const values = new Int16Array(1 << 16).fill(NOT_HEX);
	for (let first = 0; first < 256; first++)
		for (let second = 0; second < 256; second++) {
			const high = HEX[first] as number;
			const low = HEX[second] as number;
			if (high >= 0 && low >= 0)
				values[(second << 8) | first] = (high << 4) | low;
		}
	return values;
}
