// Traces in memory, for the tests.

import { deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import {
	type EventColumns,
	eventAt,
	makeColumns,
	type TraceEvent,
} from "../../../kernel/trace/columns";
import type {
	Deflate,
	TraceSink,
	TraceSource,
} from "../../../kernel/trace/file";
import type { TraceHeader } from "../../../kernel/trace/header";
import { TraceWriter } from "../../../kernel/trace/writer";

export type Row = Omit<TraceEvent, "number">;

export const HEADER: TraceHeader = {
	format: "flagstone-trace",
	version: 2,
	flagstone: "0.1.0",
	machine: {
		memoryBytes: 16 << 20,
		frames: 4096,
		cpus: 2,
		ranges: [[0, 16 << 20, "usable"]],
		zones: [{ index: 0, name: "DMA", start: 1, end: 4096 }],
	},
	commandLine: "nr_cpus=2",
	scenario: { name: "naïve → 🙂", source: null, options: {} },
	replay: null,
	seed: 1,
	cyclesPerSecond: 3e9,
	cyclesPerTick: 3e6,
	dictionary: [{ code: 8, name: "slab_alloc", words: ["low", "high"] }],
};

export const ZLIB: Deflate = {
	deflate: (bytes) => deflateRawSync(bytes),
	inflate: (bytes) => inflateRawSync(bytes),
};

/** Keeps what is written. */
export class MemorySink implements TraceSink {
	private readonly pieces: Uint8Array[] = [];

	write(bytes: Uint8Array): void {
		this.pieces.push(Uint8Array.from(bytes));
	}

	get bytes(): Uint8Array {
		return new Uint8Array(Buffer.concat(this.pieces));
	}
}

/** Bytes as a source; each answer is a buffer that the next one overwrites. */
export class MemorySource implements TraceSource {
	private given = new Uint8Array(0);

	constructor(private readonly file: Uint8Array) {}

	get size(): number {
		return this.file.length;
	}

	read(offset: number, length: number): Uint8Array {
		this.given.fill(0xaa);
		this.given = this.file.slice(offset, offset + length);
		return this.given;
	}
}

export function addAll(writer: TraceWriter, rows: readonly Row[]): void {
	for (const { cycles, code, cpu, context, a, b, c, d } of rows)
		writer.add(cycles, code, cpu, context, a, b, c, d);
}

/** A closed trace of these events, a block for each list. */
export function traceOf(lists: readonly (readonly Row[])[]): Uint8Array {
	const sink = new MemorySink();
	const writer = new TraceWriter(sink, ZLIB, HEADER, null);
	for (const rows of lists) {
		addAll(writer, rows);
		writer.flush();
	}
	writer.close({ lost: 0, cycles: 1 });
	return sink.bytes;
}

export function columnsOf(rows: readonly Row[]): EventColumns {
	const columns = makeColumns(rows.length);
	columns.count = rows.length;
	rows.forEach((row, at) => {
		columns.cycles[at] = row.cycles;
		columns.codes[at] = row.code;
		columns.cpus[at] = row.cpu;
		columns.contexts[at] = row.context;
		columns.a[at] = row.a;
		columns.b[at] = row.b;
		columns.c[at] = row.c;
		columns.d[at] = row.d;
	});
	return columns;
}

export function rowsOf(columns: EventColumns): Row[] {
	const rows: Row[] = [];
	for (let at = 0; at < columns.count; at++) {
		const { number: _, ...row } = eventAt(columns, at, 0);
		rows.push(row);
	}
	return rows;
}

/** `count` events as a machine makes them, from a small generator. */
export function likelyRows(count: number, seed = 1): Row[] {
	let state = seed;
	const below = (limit: number): number => {
		state = (Math.imul(state, 1664525) + 1013904223) | 0;
		return (state >>> 8) % limit;
	};
	const clocks = [0, 0];
	return Array.from({ length: count }, () => {
		const cpu = below(2);
		clocks[cpu]! += 38 + below(200);
		const cache = below(8);
		return {
			cycles: clocks[cpu]!,
			code: 8 + below(2),
			cpu,
			context: below(30),
			a: 0x100000 * cache + 64 * below(100),
			b: 0,
			c: cache,
			d: 64,
		};
	});
}

const word = fc.oneof(
	fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
	fc.integer({ min: -70, max: 70 }),
	fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0, -1, 63, 64, -64, -65),
);

const step = fc.oneof(
	fc.nat({ max: 300 }),
	fc.constantFrom(0, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40),
);

/** Lists of any events, whose clocks rise as clocks do. */
export const anyRows: fc.Arbitrary<Row[]> = fc
	.array(
		fc.record({
			cycles: step,
			code: fc.oneof(fc.constantFrom(1, 255), fc.integer({ min: 1, max: 255 })),
			cpu: fc.oneof(fc.constant(0), fc.nat({ max: 255 })),
			context: fc.nat({ max: 65535 }),
			a: word,
			b: word,
			c: fc.oneof(word, fc.constant(3)),
			d: word,
		}),
		{ maxLength: 200 },
	)
	.map((rows) => {
		const clocks = new Float64Array(256);
		return rows.map((row) => {
			clocks[row.cpu] = Math.min(2 ** 53, clocks[row.cpu]! + row.cycles);
			return { ...row, cycles: clocks[row.cpu]! };
		});
	});
