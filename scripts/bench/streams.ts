// Op streams: what every allocator of the benchmark is asked to do, generated once and given to all of them.
//
//   word   0       1       2      3       4 ..
//       +-------+-------+------+-------+---------- - -+
//       | shape | slots | laps | bytes | body         |
//       +-------+-------+------+-------+---------- - -+
//
//   shape          a lap                                                              body
//   0 PAIR         allocate `bytes`, free it                                          -
//   1 BATCH        fill all slots with objects of `bytes`, free them in that order    -
//   2 REPLACEMENT  fill all slots, replace, free all                                  a size for each slot, then (slot, bytes) ..
//   3 OPS          op by op                                                           +bytes: allocate | -n: free the n-th last
//
// Each shape has a loop of its own in every language, so that the driver decodes as little as it can and all allocators
// are driven alike. Whoever allocates writes the object's first word, as a program would.
//
// S1: the same seed gives the same words on every host.
// S2: at the end of a lap everything is free, so a stream can be run again and again on one allocator.
// S3: a replacement frees what is in a slot and fills the slot anew: two ops, and no branch that nobody can predict.
// S4: in OPS, the slots are the lap's allocations in their order; -1 frees the last one.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Rng } from "../../hw/rng";
import { benchFile } from "./files";

export const SHAPE = 0;
export const SLOTS = 1;
export const LAPS = 2;
export const BYTES = 3;
export const HEADER_WORDS = 4;

export const PAIR = 0;
export const BATCH = 1;
export const REPLACEMENT = 2;
export const OPS = 3;

/** One stream, ready to be run. */
export interface Stream {
	readonly name: string;
	/** Header and body. */
	readonly words: Int32Array;
	/** Allocations and frees of one run. */
	readonly opCount: number;
	/** Whether it mixes sizes and lifetimes as real programs do. */
	readonly mixed: boolean;
}

/** Header and body as one array. */
export function streamWords(
	shape: number,
	slots: number,
	laps: number,
	bytes: number,
	body: ArrayLike<number> = [],
): Int32Array {
	const words = new Int32Array(HEADER_WORDS + body.length);
	words.set([shape, slots, laps, bytes]);
	words.set(body, HEADER_WORDS);
	return words;
}

/** Allocates and frees one object of `bytes`, `pairs` times. */
export function pairStream(bytes: number, pairs: number): Stream {
	const words = streamWords(PAIR, 1, pairs, bytes);
	return { name: "pair", words, opCount: 2 * pairs, mixed: false };
}

/** Allocates `size` objects, frees them in the order in which they came, `batches` times. */
export function batchStream(
	bytes: number,
	size: number,
	batches: number,
): Stream {
	const words = streamWords(BATCH, size, batches, bytes);
	return { name: "batch", words, opCount: 2 * size * batches, mixed: false };
}

/** What a churn draws from. */
export interface Churn {
	readonly name: string;
	readonly slotCount: number;
	readonly bytesMin: number;
	readonly bytesMax: number;
	/** Ops in all, filling and emptying included. */
	readonly opCount: number;
	readonly seed: number;
}

/** Fills all slots, replaces what is in random ones by something of a random size, frees all. */
export function churnStream(churn: Churn): Stream {
	const { name, slotCount, bytesMin, bytesMax } = churn;
	const rng = new Rng(new Int32Array(2));
	rng.seed(churn.seed);
	const size = (): number => bytesMin + rng.below(bytesMax - bytesMin + 1);
	const steps = Math.max(1, Math.ceil(churn.opCount / 2) - slotCount);
	const body = new Int32Array(slotCount + 2 * steps);
	for (let slot = 0; slot < slotCount; slot++) body[slot] = size();
	for (let i = slotCount; i < body.length; i += 2) {
		body[i] = rng.below(slotCount);
		body[i + 1] = size();
	}
	const words = streamWords(REPLACEMENT, slotCount, 1, 0, body);
	return { name, words, opCount: 2 * (slotCount + steps), mixed: true };
}

/** The kmalloc and kfree calls of a recorded boot, then frees of what the boot kept; `laps` times. */
export function bootStream(laps: number): Stream {
	const packed = gunzipSync(readFileSync(benchFile("boot-stream.bin.gz")));
	const ops = unpackOps(packed);
	const allocations = ops.filter((op) => op > 0).length;
	const words = streamWords(OPS, allocations, laps, 0, ops);
	return { name: "boot", words, opCount: ops.length * laps, mixed: true };
}

/** The five streams of the benchmark; `scale` 1 is the full length. */
export function allStreams(scale: number): Stream[] {
	const ops = Math.ceil(1_000_000 * scale);
	return [
		pairStream(64, Math.ceil(ops / 2)),
		batchStream(64, 1024, Math.ceil(ops / 2048)),
		churnStream({
			name: "churn-4k",
			slotCount: 4096,
			bytesMin: 8,
			bytesMax: 1100,
			opCount: ops,
			seed: 1,
		}),
		churnStream({
			name: "churn-64k",
			slotCount: 65536,
			bytesMin: 8,
			bytesMax: 8000,
			opCount: ops,
			seed: 2,
		}),
		bootStream(Math.ceil(16 * scale)),
	];
}

/** Ops as bytes for a file: sign into the lowest bit, then groups of seven bits, low first, the top bit on all but the last. */
export function packOps(ops: ArrayLike<number>): Uint8Array {
	const bytes: number[] = [];
	for (let i = 0; i < ops.length; i++) {
		const op = ops[i] as number;
		let word = ((op << 1) ^ (op >> 31)) >>> 0;
		for (; word > 127; word >>>= 7) bytes.push((word & 127) | 128);
		bytes.push(word);
	}
	return Uint8Array.from(bytes);
}

/** The ops that `packOps` packed. */
export function unpackOps(bytes: Uint8Array): Int32Array {
	const ops: number[] = [];
	let word = 0;
	let shift = 0;
	for (const byte of bytes) {
		word |= (byte & 127) << shift;
		shift += 7;
		if (byte > 127) continue;
		ops.push((word >>> 1) ^ -(word & 1));
		word = 0;
		shift = 0;
	}
	return Int32Array.from(ops);
}
