// Names in a file, each kept once and known by a number: call sites, caches, threads.
//
//   bytes "kfree_skb+0x1c" --hash--> slots [ . 7 . . 3 . ] --> number 7 --> starts[7] .. starts[8] of the arena
//                                                              arena  ...|kfree_skb+0x1c|...
//
// A reader meets the same few thousand names millions of times. They are looked up as bytes, so that a line costs no string;
// the string is made when somebody asks for it.
//
// N1: two numbers are equal exactly when the bytes are equal: the hash only proposes, the bytes decide.
// N2: memory is bounded. When NAMES_MAX names or ARENA_MAX bytes are reached, further names all become MORE.

import { utf8 } from "./utf8";
import { Window } from "./window";

const NAMES_MAX = 1 << 18;
const ARENA_MAX = 1 << 24; // bytes
const SLOTS_FIRST = 1 << 10; // a power of two; at least half of the slots are empty
const ARENA_FIRST = 1 << 14; // bytes
const EMPTY = -1;
const MIX = 0x9e3779b1; // an odd number with well mixed bits

/** Number of the name that stands for all names for which there was no room. */
export const MORE = 0;
const MORE_TEXT = "(more)";

/** The names of one file. */
export class Names {
	/** Lookups that ended at MORE. */
	overflows = 0;
	private count = 0;
	private arena = new Uint8Array(ARENA_FIRST);
	private arenaWords = new DataView(this.arena.buffer);
	private used = 0;
	private slots = new Int32Array(SLOTS_FIRST).fill(EMPTY);
	private hashes = new Int32Array(SLOTS_FIRST / 2);
	private starts = new Int32Array(SLOTS_FIRST / 2 + 1);
	private texts: (string | undefined)[] = [];

	constructor() {
		this.add(MORE_TEXT);
	}

	/** How many names there are; their numbers are 0 .. size - 1. */
	get size(): number {
		return this.count;
	}

	/** The name with this number; empty for -1 and for numbers that nobody was given. */
	text(id: number): string {
		if (id < 0 || id >= this.count) return "";
		const known = this.texts[id];
		if (known !== undefined) return known;
		const from = this.starts[id] as number;
		const text = utf8(this.arena, from, this.starts[id + 1] as number);
		this.texts[id] = text;
		return text;
	}

	/** Number of a name given as text of Latin letters; for tables that are made beforehand. */
	add(text: string): number {
		return this.intern(Window.of(text), 0, text.length);
	}

	/** Number of the name in [start .. end) of the window, which becomes known. */
	intern(window: Window, start: number, end: number): number {
		const hash = hashOf(window.words, start, end);
		const slot = this.slotOf(hash, window.words, start, end);
		const id = this.slots[slot] as number;
		return id !== EMPTY ? id : this.insert(slot, hash, window, start, end);
	}

	/** Number of the name in [start .. end) of the window, or -1 when it is not known. */
	find(window: Window, start: number, end: number): number {
		const hash = hashOf(window.words, start, end);
		return this.slots[this.slotOf(hash, window.words, start, end)] as number;
	}

	/** The slot that holds the name, or the empty one where it belongs. */
	private slotOf(
		hash: number,
		words: DataView,
		start: number,
		end: number,
	): number {
		const slots = this.slots;
		const mask = slots.length - 1;
		for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
			const id = slots[slot] as number;
			if (id === EMPTY) return slot;
			if (this.hashes[id] === hash && this.isName(id, words, start, end))
				return slot;
		}
	}

	private isName(
		id: number,
		words: DataView,
		start: number,
		end: number,
	): boolean {
		const arena = this.arenaWords;
		const shift = (this.starts[id] as number) - start;
		if ((this.starts[id + 1] as number) - shift !== end) return false;
		let at = start;
		for (; at + 4 <= end; at += 4)
			if (arena.getInt32(at + shift, true) !== words.getInt32(at, true))
				return false;
		for (; at < end; at++)
			if (arena.getUint8(at + shift) !== words.getUint8(at)) return false;
		return true;
	}

	private insert(
		slot: number,
		hash: number,
		window: Window,
		start: number,
		end: number,
	): number {
		const length = end - start;
		if (this.count === NAMES_MAX || this.used + length > ARENA_MAX) {
			this.overflows++;
			return MORE;
		}
		while (this.used + length > this.arena.length) this.growArena();
		const id = this.count++;
		this.arena.set(window.bytes.subarray(start, end), this.used);
		this.used += length;
		this.hashes[id] = hash;
		this.starts[id + 1] = this.used;
		this.slots[slot] = id;
		if (this.count * 2 >= this.slots.length) this.growSlots();
		return id;
	}

	private growArena(): void {
		const arena = new Uint8Array(this.arena.length * 2);
		arena.set(this.arena);
		this.arena = arena;
		this.arenaWords = new DataView(arena.buffer);
	}

	private growSlots(): void {
		const length = this.slots.length * 2;
		const slots = new Int32Array(length).fill(EMPTY);
		const hashes = new Int32Array(length / 2);
		const starts = new Int32Array(length / 2 + 1);
		hashes.set(this.hashes);
		starts.set(this.starts);
		for (let id = 0; id < this.count; id++) {
			let slot = (hashes[id] as number) & (length - 1);
			while (slots[slot] !== EMPTY) slot = (slot + 1) & (length - 1);
			slots[slot] = id;
		}
		this.slots = slots;
		this.hashes = hashes;
		this.starts = starts;
	}
}

/** Four bytes a step: a lookup waits for the chain of multiplications. */
function hashOf(words: DataView, start: number, end: number): number {
	let hash = end - start;
	let at = start;
	for (; at + 4 <= end; at += 4)
		hash = Math.imul(hash ^ words.getInt32(at, true), MIX);
	if (at < end) {
		const rest = words.getInt32(at, true) << ((4 - (end - at)) * 8);
		hash = Math.imul(hash ^ rest, MIX);
	}
	hash = Math.imul(hash ^ (hash >>> 15), MIX);
	return hash ^ (hash >>> 13);
}
