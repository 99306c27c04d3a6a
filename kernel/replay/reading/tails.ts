// What one call site said last behind the pointer, and what it meant.
//
//   call_site=getname_flags+0x2b/0x1c0 ptr=ffff888004ab0000 bytes_req=4096 bytes_alloc=4096 gfp_flags=... accounted=false
//             '--- site and kind ---'                       '--------------- tail: nearly always the same -------------'
//                       |
//                       v
//   entry:  tag | length | 6 values | TAIL_MAX bytes
//
// A call site mostly asks for the same thing, so comparing the tail with the last one replaces reading its fields. An entry
// belongs to one site and kind at a time; another one that falls on it replaces it.
//
// S1: a tail that is found has the same bytes, so it has the same meaning: with or without this table the events are the same.

import type { KmemEvent } from "./event";
import type { Window } from "./window";

const ENTRIES = 2048; // a power of two
const TAIL_MAX = 192; // bytes
const VALUES = 6;
const NO_TAG = -1;
const KIND_BITS = 4;

/** The last tail of each call site. */
export class Tails {
	private readonly words: DataView;
	private readonly tails = new DataView(
		new ArrayBuffer(ENTRIES * TAIL_MAX + 4),
	);
	private readonly tags = new Int32Array(ENTRIES).fill(NO_TAG);
	private readonly lengths = new Int32Array(ENTRIES);
	private readonly values = new Int32Array(ENTRIES * VALUES);

	constructor(
		window: Window,
		private readonly event: KmemEvent,
	) {
		this.words = window.words;
	}

	/** True when [at .. end) is what the event's site and kind said last: the record is filled from it. */
	recall(at: number, end: number): boolean {
		const { event, words, tails, values } = this;
		const tag = (event.site << KIND_BITS) | event.kind;
		const entry = entryOf(tag);
		const length = end - at;
		if (this.tags[entry] !== tag || this.lengths[entry] !== length)
			return false;
		const shift = entry * TAIL_MAX - at;
		const last = end - 4;
		for (let from = at; from < last; from += 4)
			if (tails.getInt32(from + shift, true) !== words.getInt32(from, true))
				return false;
		if (tails.getInt32(last + shift, true) !== words.getInt32(last, true))
			return false;
		const from = entry * VALUES;
		event.bytesRequested = values[from] as number;
		event.bytesAllocated = values[from + 1] as number;
		event.gfp = values[from + 2] as number;
		event.node = values[from + 3] as number;
		event.accounted = values[from + 4] as number;
		event.cache = values[from + 5] as number;
		return true;
	}

	/** Remembers that [at .. end) means what the record holds. */
	keep(at: number, end: number): void {
		const { event, words, tails, values } = this;
		const { bytesRequested, bytesAllocated } = event;
		const length = end - at;
		const isSmall = (bytesRequested | bytesAllocated) >>> 0 < 2 ** 31;
		const isExact = (bytesRequested | 0) === bytesRequested;
		if (length < 4 || length > TAIL_MAX || !isSmall || !isExact) return;
		if ((bytesAllocated | 0) !== bytesAllocated) return;
		const tag = (event.site << KIND_BITS) | event.kind;
		const entry = entryOf(tag);
		this.tags[entry] = tag;
		this.lengths[entry] = length;
		const shift = entry * TAIL_MAX - at;
		for (let from = at; from < end; from += 4)
			tails.setInt32(from + shift, words.getInt32(from, true), true);
		const to = entry * VALUES;
		values[to] = bytesRequested;
		values[to + 1] = bytesAllocated;
		values[to + 2] = event.gfp;
		values[to + 3] = event.node;
		values[to + 4] = event.accounted;
		values[to + 5] = event.cache;
	}
}

/** Kinds of one site, and sites that follow one another, get entries of their own. */
const entryOf = (tag: number): number =>
	((tag >>> KIND_BITS) ^ (tag << 7)) & (ENTRIES - 1);
