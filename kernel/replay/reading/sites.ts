// Call sites in the order in which a kernel passes them.
//
//   last site --follower--> guess --entry--> "getname_flags+0x2b/0x1c0 "  == what stands in the line?  then it is the guess
//
// A kernel runs the same paths again and again, so after one call site mostly comes the same one as last time. Comparing
// the text with that guess replaces finding its end, hashing it and looking it up. The text holds the blank behind it, so
// that no longer name is taken for a shorter one.
//
// Q1: a guess that is taken has the same bytes: with or without this table the sites are the same.

import type { Window } from "./window";

const ENTRIES = 2048; // a power of two
const TEXT_MAX = 96; // bytes
const NONE = -1;

/** Guesses the next call site of one file. */
export class Sites {
	/** Bytes of the last guess that was right, without the blank. */
	length = 0;
	private readonly words: DataView;
	private readonly texts = new DataView(new ArrayBuffer(ENTRIES * TEXT_MAX));
	private readonly owners = new Int32Array(ENTRIES).fill(NONE);
	private readonly lengths = new Int32Array(ENTRIES);
	private readonly followers = new Int32Array(ENTRIES).fill(NONE);
	private last = 0;

	constructor(window: Window) {
		this.words = window.words;
	}

	/** The site whose text is at `at`, if it is the one to be expected; -1 otherwise. */
	guess(at: number, end: number): number {
		const { words, texts } = this;
		const site = this.followers[this.last] as number;
		const entry = site & (ENTRIES - 1);
		if (site === NONE || this.owners[entry] !== site) return NONE;
		const length = this.lengths[entry] as number;
		const last = at + length - 4;
		if (last + 4 > end) return NONE;
		const shift = entry * TEXT_MAX - at;
		for (let from = at; from < last; from += 4)
			if (texts.getInt32(from + shift, true) !== words.getInt32(from, true))
				return NONE;
		if (texts.getInt32(last + shift, true) !== words.getInt32(last, true))
			return NONE;
		this.last = entry;
		this.length = length - 1;
		return site;
	}

	/** Remembers that `site` came now, and that [at .. blank] with its blank is its text. */
	keep(site: number, at: number, blank: number): void {
		const { words, texts } = this;
		const length = blank + 1 - at;
		const entry = site & (ENTRIES - 1);
		this.followers[this.last] = site;
		this.last = entry;
		if (length < 4 || length > TEXT_MAX) return;
		this.owners[entry] = site;
		this.lengths[entry] = length;
		const shift = entry * TEXT_MAX - at;
		for (let from = at; from <= blank; from += 4)
			texts.setInt32(from + shift, words.getInt32(from, true), true);
	}
}
