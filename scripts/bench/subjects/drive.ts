// The driver of all JavaScript allocators: one loop for each shape of stream (streams.ts), the same as in C and AssemblyScript.
//
// A process has one allocator and one stream, so each loop sees one class behind `Heap` and the compiler puts its methods
// right into the loop: the interface costs nothing. The loops keep to local numbers and typed arrays.

import { readFileSync } from "node:fs";
import {
	BATCH,
	BYTES,
	HEADER_WORDS,
	LAPS,
	OPS,
	PAIR,
	REPLACEMENT,
	SHAPE,
	SLOTS,
} from "../streams";
import { type Subject, timed } from "./subject";

/** An allocator that can be driven. */
export interface Heap {
	/** An object of `bytes`, as a number; the slot is only for a heap that is none. */
	alloc(bytes: number, slot: number): number;
	free(object: number): void;
	/** Writes the first word of an object. */
	touch(object: number, value: number): void;
}

/** Reads the words of a stream's file. */
export function readStream(path: string): Int32Array {
	const bytes = readFileSync(path);
	const words = new Int32Array(bytes.length / 4);
	new Uint8Array(words.buffer).set(bytes);
	return words;
}

/** One word of a stream's header. */
export const header = (stream: Int32Array, word: number): number =>
	stream[word] as number;

/** A subject that runs the stream of a file on a heap. */
export function driven(heap: Heap, path: string): Subject {
	const stream = readStream(path);
	const slots = new Int32Array(header(stream, SLOTS));
	return { round: () => timed(() => drive(heap, stream, slots)) };
}

/** Runs a whole stream; `slots` has a word for each of its slots. */
export function drive(heap: Heap, stream: Int32Array, slots: Int32Array): void {
	const shape = header(stream, SHAPE);
	const laps = header(stream, LAPS);
	const bytes = header(stream, BYTES);
	const body = stream.subarray(HEADER_WORDS);
	if (shape === PAIR) pairs(heap, bytes, laps);
	for (let lap = 0; lap < laps && shape !== PAIR; lap++) {
		if (shape === BATCH) batch(heap, bytes, slots);
		if (shape === REPLACEMENT) replacement(heap, body, slots);
		if (shape === OPS) ops(heap, body, slots);
	}
}

function pairs(heap: Heap, bytes: number, laps: number): void {
	for (let lap = 0; lap < laps; lap++) {
		const object = heap.alloc(bytes, 0);
		heap.touch(object, 0);
		heap.free(object);
	}
}

function batch(heap: Heap, bytes: number, slots: Int32Array): void {
	for (let slot = 0; slot < slots.length; slot++) {
		const object = heap.alloc(bytes, slot);
		heap.touch(object, slot);
		slots[slot] = object;
	}
	empty(heap, slots);
}

function replacement(heap: Heap, body: Int32Array, slots: Int32Array): void {
	fill(heap, body, slots);
	for (let i = slots.length; i < body.length; i += 2) {
		const slot = body[i] as number;
		heap.free(slots[slot] as number);
		const object = heap.alloc(body[i + 1] as number, slot);
		heap.touch(object, slot);
		slots[slot] = object;
	}
	empty(heap, slots);
}

function fill(heap: Heap, sizes: Int32Array, slots: Int32Array): void {
	for (let slot = 0; slot < slots.length; slot++) {
		const object = heap.alloc(sizes[slot] as number, slot);
		heap.touch(object, slot);
		slots[slot] = object;
	}
}

function empty(heap: Heap, slots: Int32Array): void {
	for (let slot = 0; slot < slots.length; slot++)
		heap.free(slots[slot] as number);
}

function ops(heap: Heap, body: Int32Array, slots: Int32Array): void {
	let next = 0;
	for (let i = 0; i < body.length; i++) {
		const op = body[i] as number;
		if (op > 0) {
			const object = heap.alloc(op, next);
			heap.touch(object, next);
			slots[next++] = object;
		} else {
			heap.free(slots[next + op] as number);
		}
	}
}
