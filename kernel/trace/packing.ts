// A batch of events as few bytes, which a general packer (deflate) then makes fewer.
//
//   +-------+------------------+--------------------------+-----------------------------------------------+
//   | codes | cpus             | cycles                   | for each code that occurs, rising:            |
//   | u8 x n| 0 u8 | 1 u8 x n  | cycle-column.ts          |    c | context | a | b | d   word-column.ts   |
//   +-------+------------------+--------------------------+-----------------------------------------------+
//             one CPU | several
//
//   letters (recorder.ts) are no numbers:   | LETTERS u8 | 16 bytes x n | context |
//
// Word by word, not event by event: what is alike lies side by side. Word c comes first because it tells which cache or
// which kind of request an event is about, and by that the others are foretold.
//
// P1: unpack(pack(events), count) are the same events, whatever the numbers are.
// P2: a pack stands alone: nothing of another is needed to read it.
// P3: bytes that are no pack of `count` events make unpack throw, or give some events: it always ends.

import { EV_TEXT } from "../../hw/events";
import { assert } from "../../hw/panic";
import { ByCode, ORDER_MAX } from "./by-code";
import { type EventColumns, makeColumns } from "./columns";
import { CycleColumn } from "./cycle-column";
import { VarintInput, VarintOutput, WHOLE_BYTES, ZIGZAG_BYTES } from "./varint";
import { WordColumn } from "./word-column";

const TEXT = EV_TEXT;

/** Events that one pack can hold. */
export const PACK_MAX = ORDER_MAX;

const ONE_CPU = 0;
const MANY_CPUS = 1;
const LETTERS = 3; // where a column of words has its form, of which there are three
const EVENT_BYTES = 2 + WHOLE_BYTES + 5 * ZIGZAG_BYTES; // at most
const CODE_BYTES = 5 * (1 + ZIGZAG_BYTES); // at most, for forms and single values
const FORM_BYTES = 3; // of cpus and cycles

/** Packs and unpacks batches of at most `capacity` events, one after the other, without new memory for each. */
export class Packing {
	private readonly byCode: ByCode;
	private readonly words: WordColumn;
	private readonly cycles: CycleColumn;
	private readonly buffer: Uint8Array;
	private readonly letters = new Int32Array(4); // of one event, little endian as the host is
	private readonly letterBytes = new Uint8Array(this.letters.buffer);

	constructor(private readonly capacity: number) {
		assert(capacity <= PACK_MAX, "packing: too many events in a pack");
		this.byCode = new ByCode(capacity);
		this.words = new WordColumn(this.byCode.order);
		this.cycles = new CycleColumn(this.byCode.order);
		const codesBytes = 256 * CODE_BYTES;
		this.buffer = new Uint8Array(
			capacity * EVENT_BYTES + codesBytes + FORM_BYTES,
		);
	}

	/** The events as bytes: a view that is good until the next call. */
	pack(columns: EventColumns): Uint8Array {
		const { codes, cpus, count } = columns;
		assert(count <= this.capacity, "packing: more events than there is room");
		const out = new VarintOutput(this.buffer);
		this.byCode.sort(codes, count);
		out.bytes(codes, count);
		const isOne = isOneCpu(cpus, count);
		out.byte(isOne ? ONE_CPU : MANY_CPUS);
		out.bytes(cpus, isOne ? Math.min(1, count) : count);
		this.cycles.write(out, columns.cycles, cpus, count);
		this.byCode.eachCode((start, end, code) => {
			if (code === TEXT) this.packLetters(out, columns, start, end);
			else this.packCode(out, columns, start, end);
		});
		return this.buffer.subarray(0, out.length);
	}

	/** The `count` events that were packed, in columns of their own. Throws an Error when the bytes are no such pack. */
	unpack(bytes: Uint8Array, count: number): EventColumns {
		if (count > this.capacity)
			throw new Error(`a block says that it holds ${count} events`);
		const columns = makeColumns(count);
		const { codes, cpus } = columns;
		const input = new VarintInput(bytes);
		columns.count = count;
		input.bytes(codes, count);
		this.byCode.sort(codes, count);
		if (input.byte() === MANY_CPUS) input.bytes(cpus, count);
		else if (count > 0) cpus.fill(input.byte());
		this.cycles.read(input, columns.cycles, cpus, count);
		this.byCode.eachCode((start, end) => {
			if (input.peek() === LETTERS)
				this.unpackLetters(input, columns, start, end);
			else this.unpackCode(input, columns, start, end);
		});
		if (!input.atEnd) throw new Error("a block has not the length it needs");
		return columns;
	}

	private packCode(
		out: VarintOutput,
		columns: EventColumns,
		start: number,
		end: number,
	): void {
		const { words } = this;
		words.setLikeness(columns.c, columns.cpus, start, end);
		words.write(out, columns.c, start, end, false);
		words.write(out, columns.contexts, start, end, false);
		words.write(out, columns.a, start, end, true);
		words.write(out, columns.b, start, end, true);
		words.write(out, columns.d, start, end, true);
	}

	private packLetters(
		out: VarintOutput,
		columns: EventColumns,
		start: number,
		end: number,
	): void {
		const { letters, letterBytes, byCode } = this;
		out.byte(LETTERS);
		for (let at = start; at < end; at++) {
			const index = byCode.order[at] as number;
			letters[0] = columns.a[index] as number;
			letters[1] = columns.b[index] as number;
			letters[2] = columns.c[index] as number;
			letters[3] = columns.d[index] as number;
			out.bytes(letterBytes, letterBytes.length);
		}
		this.words.write(out, columns.contexts, start, end, false);
	}

	private unpackLetters(
		input: VarintInput,
		columns: EventColumns,
		start: number,
		end: number,
	): void {
		const { letters, letterBytes, byCode } = this;
		input.byte();
		for (let at = start; at < end; at++) {
			const index = byCode.order[at] as number;
			input.bytes(letterBytes, letterBytes.length);
			columns.a[index] = letters[0] as number;
			columns.b[index] = letters[1] as number;
			columns.c[index] = letters[2] as number;
			columns.d[index] = letters[3] as number;
		}
		this.words.read(input, columns.contexts, start, end);
	}

	private unpackCode(
		input: VarintInput,
		columns: EventColumns,
		start: number,
		end: number,
	): void {
		const { words } = this;
		words.read(input, columns.c, start, end);
		words.setLikeness(columns.c, columns.cpus, start, end);
		words.read(input, columns.contexts, start, end);
		words.read(input, columns.a, start, end);
		words.read(input, columns.b, start, end);
		words.read(input, columns.d, start, end);
	}
}

function isOneCpu(cpus: Uint8Array, count: number): boolean {
	const first = cpus[0];
	for (let index = 1; index < count; index++)
		if (cpus[index] !== first) return false;
	return true;
}
