// Numbers of any size in as few bytes as they need: seven bits a byte, the lowest first, the top bit says that more follow.
//
//   300  =  0b10_0101100   ->   1 0101100 | 0 0000010
//   zigzag, for numbers with a sign:   0 -> 0   -1 -> 1   1 -> 2   -2 -> 3 ...
//
// V1: what was put comes back: every int32 by zigzag(), every whole number from 0 to 2^53 by whole().
// V2: reading never runs away: bytes behind the end read as 0, and atEnd() tells whether all bytes were read and no more.

const LARGE = 2 ** 31; // from here on a number is no int32 and is taken apart as a double

/** Bytes that an int32 can need. */
export const ZIGZAG_BYTES = 5;

/** Bytes that a whole number up to 2^53 can need. */
export const WHOLE_BYTES = 8;

/** Bytes going out; the buffer must have room, nobody checks. */
export class VarintOutput {
	/** Bytes that were put so far. */
	length = 0;

	constructor(readonly buffer: Uint8Array) {}

	byte(value: number): void {
		this.buffer[this.length++] = value;
	}

	/** The first `count` bytes of `bytes`. */
	bytes(bytes: Uint8Array, count: number): void {
		this.buffer.set(bytes.subarray(0, count), this.length);
		this.length += count;
	}

	/** An int32; of larger numbers the low 32 bits. */
	zigzag(value: number): void {
		this.bits((value << 1) ^ (value >> 31));
	}

	/** A whole number from 0 to 2^53. */
	whole(value: number): void {
		let rest = value;
		while (rest >= LARGE) {
			this.byte((rest % 128) | 128);
			rest = Math.floor(rest / 128);
		}
		this.bits(rest | 0);
	}

	/** 32 bits, as a number without a sign. */
	private bits(value: number): void {
		const buffer = this.buffer;
		let at = this.length;
		let rest = value;
		while ((rest & ~127) !== 0) {
			buffer[at++] = (rest & 127) | 128;
			rest >>>= 7;
		}
		buffer[at++] = rest;
		this.length = at;
	}
}

/** The same bytes coming in. */
export class VarintInput {
	private at = 0;

	constructor(private readonly buffer: Uint8Array) {}

	/** True when every byte was read and none behind the last. */
	get atEnd(): boolean {
		return this.at === this.buffer.length;
	}

	byte(): number {
		return this.next(this.at++);
	}

	/** Fills the first `count` places of `target`. */
	bytes(target: Uint8Array, count: number): void {
		const end = Math.min(this.at + count, this.buffer.length);
		if (this.at < end) target.set(this.buffer.subarray(this.at, end));
		this.at += count;
	}

	/** The next byte, which stays the next one. */
	peek(): number {
		return this.next(this.at);
	}

	/** An int32. */
	zigzag(): number {
		const byte = this.next(this.at++);
		const value = byte < 128 ? byte : this.longer(byte & 127);
		return (value >>> 1) ^ -(value & 1);
	}

	/** A whole number. */
	whole(): number {
		let byte = this.byte();
		let value = byte & 127;
		for (let scale = 128; byte > 127; scale *= 128) {
			byte = this.byte();
			value += (byte & 127) * scale;
		}
		return value;
	}

	/** A number of 32 bits of which the lowest seven are known. */
	private longer(low: number): number {
		let at = this.at;
		let value = low;
		let byte = 128;
		for (let shift = 7; byte > 127; shift += 7) {
			byte = this.next(at++);
			value |= (byte & 127) << shift;
		}
		this.at = at;
		return value;
	}

	private next(at: number): number {
		return at < this.buffer.length ? (this.buffer[at] as number) : 0;
	}
}
