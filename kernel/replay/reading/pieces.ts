// Pieces of text that come again and again, kept one behind the other, to be compared with what a window shows.
//
//   arena   |       init-1       [000] .....     2.|: kfree: call_site=kfree_skb+0x1c/0x90 ptr=| ...
//            ^ starts[0]     lengths[0]             ^ starts[1]
//
// Eight bytes are compared at once, as one double: two doubles that are equal have the same bytes, but for the two zeros, and
// where bytes make up no number at all, they are not equal, which is only a pity.
//
// I1: `is` says true only where the bytes are the same. Hence no piece holds a byte of zero.
// I2: a piece that finds no room is not kept. Who keeps them forgets them all then, and begins anew.

import type { Window } from "./window";

/** The piece was not kept. */
export const NO_PIECE = -1;

const NOT_KEPT = -1; // the same: a constant of this file is a literal
const PIECE_MAX = 512; // bytes
const STEP = 8; // bytes of a double

/** Texts that were seen in one window. */
export class Pieces {
	private readonly words: DataView;
	private readonly arena: Uint8Array;
	private readonly arenaWords: DataView;
	private readonly starts: Int32Array;
	private readonly lengths: Int32Array;
	private count = 0;
	private used = 0;

	/** Room for `pieces` pieces of `bytes` bytes together. */
	constructor(
		private readonly window: Window,
		readonly pieces: number,
		bytes: number,
	) {
		this.words = window.words;
		this.arena = new Uint8Array(bytes + STEP);
		this.arenaWords = new DataView(this.arena.buffer);
		this.starts = new Int32Array(pieces);
		this.lengths = new Int32Array(pieces);
	}

	/** There is no room for one more. */
	get isFull(): boolean {
		const room = this.arena.length - STEP - this.used;
		return this.count === this.pieces || room < PIECE_MAX;
	}

	/** Forgets all pieces. */
	clear(): void {
		this.count = 0;
		this.used = 0;
	}

	/** Keeps [from .. to) of the window: the number of the piece, or NO_PIECE. */
	add(from: number, to: number): number {
		const { bytes } = this.window;
		const length = to - from;
		if (length < 1 || length > PIECE_MAX || this.isFull) return NOT_KEPT;
		for (let at = from; at < to; at++) if (bytes[at] === 0) return NOT_KEPT; // I1
		this.arena.set(bytes.subarray(from, to), this.used);
		this.starts[this.count] = this.used;
		this.lengths[this.count] = length;
		this.used += length;
		return this.count++;
	}

	/** Bytes of a piece. */
	length(piece: number): number {
		return this.lengths[piece] as number;
	}

	/** The window shows the piece at `at`, before `limit`. */
	is(piece: number, at: number, limit: number): boolean {
		const length = this.lengths[piece] as number;
		if (piece >= this.count || at + length > limit) return false;
		const start = this.starts[piece] as number;
		return length < STEP
			? this.isShort(start, at, length)
			: this.isLong(start, at, length);
	}

	/** Eight bytes at once; the last eight overlap with those before. */
	private isLong(start: number, at: number, length: number): boolean {
		const { words, arenaWords } = this;
		const last = at + length - STEP;
		const shift = start - at;
		for (let from = at; from < last; from += STEP)
			if (
				arenaWords.getFloat64(from + shift, true) !==
				words.getFloat64(from, true)
			)
				return false;
		return (
			arenaWords.getFloat64(last + shift, true) === words.getFloat64(last, true)
		);
	}

	private isShort(start: number, at: number, length: number): boolean {
		const { bytes } = this.window;
		for (let n = 0; n < length; n++)
			if (this.arena[start + n] !== bytes[at + n]) return false;
		return true;
	}
}
