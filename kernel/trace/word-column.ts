// One word of all events of one code, packed: a byte that says how, then as little as that needs.
//
//   SAME   one value                 all events have it
//   LAST   a difference each         to the event of this code before it
//   LIKE   a difference each         to the last event of this code on the same CPU with the same word c: the same slot
//
//   slot = hash(c, cpu)       before[slot] = the word of the last event with that slot, at first 0
//
// Objects of one cache lie side by side, and each CPU has a slab of its own: for a pointer LIKE halves what LAST needs.
// Which of both is shorter is found out by adding up the bits of a sample.
//
// W1: what was written is read back, whatever the words are; two keys in one slot only cost bits.
// W2: nothing is remembered from one column to the next.

import type { VarintInput, VarintOutput } from "./varint";

/** The words of a batch, in the order of events. */
type Words = Int32Array | Uint16Array;

const SAME = 0;
const LAST = 1;
const LIKE = 2;

const SLOT_BITS = 12;
const SAMPLE = 2048; // events
const SAMPLE_MIN = 16; // events; with fewer it does not matter
const GOLDEN = 0x9e3779b1; // spreads c over the slots
const CPU_STEP = 0x3d4d51cb; // and CPUs away from each other

/** Packs and unpacks columns of one batch. `order` lists the batch's events; a stretch of it, [start, end), is one code. */
export class WordColumn {
	private readonly before = new Int32Array(1 << SLOT_BITS);
	private readonly slots: Uint16Array; // of the events of `order`, for LIKE
	private readonly oneSlot: Uint16Array; // the same for LAST

	constructor(private readonly order: Uint16Array) {
		this.slots = new Uint16Array(order.length);
		this.oneSlot = new Uint16Array(order.length);
	}

	/** Says what LIKE means in the stretch from now on. */
	setLikeness(
		c: Int32Array,
		cpus: Uint8Array,
		start: number,
		end: number,
	): void {
		const { order, slots } = this;
		for (let at = start; at < end; at++) {
			const index = order[at] as number;
			const key =
				Math.imul(c[index] as number, GOLDEN) +
				Math.imul(cpus[index] as number, CPU_STEP);
			slots[at] = (key ^ (key >>> 15)) >>> (32 - SLOT_BITS);
		}
	}

	/** Writes a column. LIKE is tried only if `mayBeLike`; then the likeness of the stretch must have been set. */
	write(
		out: VarintOutput,
		words: Words,
		start: number,
		end: number,
		mayBeLike: boolean,
	): void {
		if (this.isSame(words, start, end)) {
			out.byte(SAME);
			out.zigzag(words[this.order[start] as number] as number);
			return;
		}
		const form = mayBeLike ? this.shorter(words, start, end) : LAST;
		out.byte(form);
		this.writeDifferences(out, words, start, end, this.slotsOf(form));
	}

	/** Reads a column into `words`. Throws an Error when its form is none. */
	read(input: VarintInput, words: Words, start: number, end: number): void {
		const form = input.byte();
		if (form > LIKE) throw new Error(`a column has the unknown form ${form}`);
		if (form === SAME) this.readSame(input, words, start, end);
		else this.readDifferences(input, words, start, end, this.slotsOf(form));
	}

	private slotsOf(form: number): Uint16Array {
		return form === LIKE ? this.slots : this.oneSlot;
	}

	private isSame(words: Words, start: number, end: number): boolean {
		const order = this.order;
		const first = words[order[start] as number];
		for (let at = start + 1; at < end; at++)
			if (words[order[at] as number] !== first) return false;
		return true;
	}

	private shorter(words: Words, start: number, end: number): number {
		if (end - start < SAMPLE_MIN) return LAST;
		const sampleEnd = Math.min(end, start + SAMPLE);
		const last = this.bits(words, start, sampleEnd, this.oneSlot);
		const like = this.bits(words, start, sampleEnd, this.slots);
		return like < last ? LIKE : LAST;
	}

	private bits(
		words: Words,
		start: number,
		end: number,
		slots: Uint16Array,
	): number {
		const { order, before } = this;
		before.fill(0);
		let bits = 0;
		for (let at = start; at < end; at++) {
			const slot = slots[at] as number;
			const word = words[order[at] as number] as number;
			const difference = (word - (before[slot] as number)) | 0;
			bits += 32 - Math.clz32((difference << 1) ^ (difference >> 31));
			before[slot] = word;
		}
		return bits;
	}

	private writeDifferences(
		out: VarintOutput,
		words: Words,
		start: number,
		end: number,
		slots: Uint16Array,
	): void {
		const { order, before } = this;
		before.fill(0);
		for (let at = start; at < end; at++) {
			const slot = slots[at] as number;
			const word = words[order[at] as number] as number;
			out.zigzag((word - (before[slot] as number)) | 0);
			before[slot] = word;
		}
	}

	private readSame(
		input: VarintInput,
		words: Words,
		start: number,
		end: number,
	): void {
		const order = this.order;
		const word = input.zigzag();
		for (let at = start; at < end; at++) words[order[at] as number] = word;
	}

	private readDifferences(
		input: VarintInput,
		words: Words,
		start: number,
		end: number,
		slots: Uint16Array,
	): void {
		const { order, before } = this;
		before.fill(0);
		for (let at = start; at < end; at++) {
			const slot = slots[at] as number;
			const word = ((before[slot] as number) + input.zigzag()) | 0;
			words[order[at] as number] = word;
			before[slot] = word;
		}
	}
}
