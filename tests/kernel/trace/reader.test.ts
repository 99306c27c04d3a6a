import { expect } from "chai";
import fc from "fast-check";
import { EV_TEXT as TEXT } from "../../../hw/events";
import { makeColumns } from "../../../kernel/trace/columns";
import { DICTIONARY } from "../../../kernel/trace/dictionary";
import {
	blockHeader,
	END_BLOCK,
	EVENTS_BLOCK,
	HEADER_BLOCK,
	KEY_FRAME_BLOCK,
	magicBytes,
	NAMES_BLOCK,
} from "../../../kernel/trace/file";
import { jsonBytes } from "../../../kernel/trace/json-bytes";
import { Packing } from "../../../kernel/trace/packing";
import { EventReader } from "../../../kernel/trace/reader";
import { TraceWriter } from "../../../kernel/trace/writer";
import {
	addAll,
	anyRows,
	columnsOf,
	HEADER,
	likelyRows,
	MemorySink,
	MemorySource,
	type Row,
	rowsOf,
	traceOf,
	ZLIB,
} from "./sample";

const open = (bytes: Uint8Array, salvage = false): EventReader =>
	EventReader.open(new MemorySource(bytes), ZLIB, { salvage });

function eventsOf(trace: EventReader): Row[] {
	return trace.blocks.flatMap((_, index) => rowsOf(trace.columns(index)));
}

const block = (
	kind: number,
	events: number,
	first: number,
	payload: Uint8Array,
): Uint8Array =>
	Uint8Array.of(...blockHeader(kind, events, first, payload), ...payload);

const eventsBlock = (first: number, rows: readonly Row[]): Uint8Array =>
	block(
		EVENTS_BLOCK,
		rows.length,
		first,
		ZLIB.deflate(new Packing(64).pack(columnsOf(rows))),
	);

/** A trace of these blocks behind a sound header. */
const fileOf = (...blocks: readonly Uint8Array[]): Uint8Array =>
	Uint8Array.from(
		Buffer.concat([
			magicBytes(),
			block(HEADER_BLOCK, 0, 0, packed(HEADER)),
			...blocks,
		]),
	);

const LISTS = [likelyRows(20, 1), likelyRows(10, 2), likelyRows(15, 3)];
const packed = (value: unknown): Uint8Array => ZLIB.deflate(jsonBytes(value));

const END = block(END_BLOCK, 0, 45, jsonBytes({ lost: 2, cycles: 7 }));

describe("the trace reader", () => {
	it("reads every event back (Q1)", () => {
		fc.assert(
			fc.property(fc.array(anyRows, { maxLength: 4 }), (lists) => {
				const trace = open(traceOf(lists));
				expect(trace.isComplete).to.equal(true);
				expect(trace.damage).to.equal(null);
				const { dictionary, ...header } = trace.header;
				expect({ ...HEADER, ...header }).to.deep.equal(HEADER);
				expect(dictionary.length).to.be.at.least(DICTIONARY.length);
				expect(trace.events).to.equal(lists.flat().length);
				expect(eventsOf(trace)).to.deep.equal(lists.flat());
			}),
		);
	});

	it("knows what a trace says of its events, and of all others what this package says", () => {
		const { dictionary } = open(traceOf([likelyRows(5)])).header;
		const of = (code: number) => dictionary.find((word) => word.code === code);
		expect(of(8)).to.deep.equal(HEADER.dictionary[0]);
		expect(of(1)?.name).to.equal("page_alloc");
		const codes = dictionary.map(({ code }) => code);
		expect(codes).to.deep.equal([...codes].sort((a, b) => a - b));
	});

	it("reads a trace of version 1", () => {
		const word = { code: 200, name: "later", words: ["one"] };
		const columns = makeColumns(3);
		columns.count = 3;
		columns.codes.fill(TEXT - 1);
		columns.a.set([0x64636261, -7, 3]);
		columns.d.set([1, 2, 3]);
		const pack = new Packing(8).pack(columns);
		pack.fill(TEXT, 0, 3); // letters were packed as numbers
		const header = { ...HEADER, version: 1, dictionary: [word] };
		const trace = open(
			Uint8Array.of(
				...Buffer.from("FLAGTRC1"),
				...block(HEADER_BLOCK, 0, 0, packed(header)),
				...block(NAMES_BLOCK, 0, 0, packed([[1, 0, "boot"]])),
				...block(EVENTS_BLOCK, 3, 0, ZLIB.deflate(pack)),
			),
		);
		expect(trace.damage).to.equal(null);
		expect(trace.contexts.path(1)).to.deep.equal(["boot"]);
		expect(trace.header.dictionary.at(-1)).to.deep.equal(word);
		const events = [0, 1, 2].map((number) => trace.event(number));
		expect(
			events.map((event) => [event?.code, event?.a, event?.d]),
		).to.deep.equal([
			[TEXT, 0x64636261, 1],
			[TEXT, -7, 2],
			[TEXT, 3, 3],
		]);
	});

	it("finds one event", () => {
		const rows = LISTS.flat();
		const trace = open(traceOf(LISTS));
		for (const number of [0, 19, 20, 29, 30, 44])
			expect(trace.event(number)).to.deep.equal({ number, ...rows[number] });
		expect(trace.event(45)).to.equal(null);
		expect(trace.event(-1)).to.equal(null);
		expect(trace.blockOf(29)).to.equal(1);
		expect(() => trace.columns(3)).to.throw("there is no block 3");
	});

	it("keeps unpacked what was used last (Q4)", () => {
		const trace = open(traceOf(Array.from({ length: 12 }, () => LISTS[0]!)));
		const first = trace.columns(0);
		for (let index = 1; index < 8; index++) trace.columns(index);
		expect(trace.columns(0)).to.equal(first);
		for (let index = 1; index < 12; index++) trace.columns(index);
		expect(trace.columns(0)).to.not.equal(first);
		expect(trace.columns(0)).to.deep.equal(first);
	});

	it("opens a file cut anywhere, up to its last whole block (Q2)", () => {
		const whole = traceOf(LISTS);
		const { blocks } = open(whole);
		const begin = blocks[2]!.at;
		const end = begin + blocks[2]!.bytes;
		for (let size = blocks[1]!.at; size < whole.length; size++) {
			const trace = open(whole.subarray(0, size));
			const kept = blocks.filter(({ at, bytes }) => at + bytes <= size);
			expect(trace.blocks).to.deep.equal(kept);
			expect(eventsOf(trace)).to.deep.equal(LISTS.slice(0, kept.length).flat());
			expect(trace.isComplete).to.equal(false);
			const isEven = [blocks[1]!.at, begin, end].includes(size);
			expect(trace.damage === null, `size ${size}`).to.equal(isEven);
			if (!isEven) expect(trace.damage?.why).to.match(/cut short/);
		}
	});

	it("notices every single damaged byte (Q2)", () => {
		const whole = traceOf([LISTS[0]!, LISTS[1]!]);
		for (let at = 0; at < whole.length; at++) {
			const bytes = whole.slice();
			bytes[at]! ^= 1 << (at % 8);
			let isComplete = false;
			try {
				isComplete = open(bytes).isComplete;
			} catch (error) {
				expect((error as Error).message).to.match(/trace/);
			}
			expect(isComplete, `byte ${at}`).to.equal(false);
		}
	});

	it("salvages what is behind damage, and knows what is missing", () => {
		const whole = traceOf(LISTS);
		const { blocks } = open(whole);
		const { at, bytes: length } = blocks[1]!;
		for (let byte = at; byte < at + length; byte += 3) {
			const bytes = whole.slice();
			bytes[byte]! ^= 0x55;
			expect(open(bytes).events).to.equal(20);
			const trace = open(bytes, true);
			expect(trace.events).to.equal(45);
			expect(trace.holes).to.deep.equal([{ first: 20, count: 10 }]);
			expect(trace.damage?.at).to.equal(at);
			expect(trace.end?.cycles).to.equal(1);
			expect(trace.isComplete).to.equal(false);
			expect(trace.event(25)).to.equal(null);
			expect(trace.event(30)?.a).to.equal(LISTS[2]![0]!.a);
			expect([trace.hasHole(0, 20), trace.hasHole(29, 45)]).to.deep.equal([
				false,
				true,
			]);
		}
	});

	it("refuses what is no trace, what is later, and what has no header", () => {
		const good = traceOf([]);
		const later = good.slice();
		later[7] = 0x33;
		expect(() => open(later)).to.throw(
			/^trace of version 3: this flagstone reads versions 1 to 2$/,
		);
		expect(() => open(Buffer.from("ready to go\n"))).to.throw(
			/^this is no trace that Flagstone wrote$/,
		);
		expect(() => open(new Uint8Array(0))).to.throw(/this is no trace/);
		expect(() => open(good.subarray(0, 50))).to.throw(
			/^the header of the trace cannot be read: a block was cut short/,
		);
		const odd = block(HEADER_BLOCK, 0, 0, packed({ ...HEADER, seed: "x" }));
		expect(() => open(Uint8Array.of(...magicBytes(), ...odd))).to.throw(
			"seed must be a number",
		);
		expect(() => open(Uint8Array.of(...magicBytes(), ...END))).to.throw(
			"header of the trace is damaged",
		);
	});

	it("tells what does not fit together", () => {
		const first = eventsBlock(0, LISTS[0]!);
		const second = eventsBlock(20, LISTS[1]!);
		const third = eventsBlock(30, LISTS[2]!);
		const cases: readonly (readonly [Uint8Array, string])[] = [
			[fileOf(first, third), "events 20 to 29 are missing"],
			[
				fileOf(first, first),
				"event 20 was expected, a block begins with event 0",
			],
			[fileOf(block(EVENTS_BLOCK, 0, 0, END)), "it holds 0 events"],
			[fileOf(block(HEADER_BLOCK, 0, 0, packed(HEADER))), "a second header"],
			[fileOf(block(NAMES_BLOCK, 0, 0, packed([1]))), "names of contexts"],
			[fileOf(block(END_BLOCK, 0, 0, jsonBytes(null))), "end of the trace"],
			[fileOf(first, END), "events 20 to 44 are missing"],
			[fileOf(first, second, third, END, END), "more behind the end"],
		];
		for (const [bytes, why] of cases) {
			expect(open(bytes).damage?.why).to.contain(why);
			expect(open(bytes, true).damage?.why).to.contain(why);
		}
		expect(open(fileOf(first, third), true).events).to.equal(45);
		expect(open(fileOf(first, second, third, END)).lost).to.equal(2);
	});

	it("passes over blocks of kinds that it does not know", () => {
		const trace = open(fileOf(block(77, 0, 0, END), eventsBlock(0, LISTS[0]!)));
		expect(trace.events).to.equal(20);
		expect(trace.damage).to.equal(null);
	});

	it("says which block cannot be unpacked", () => {
		const wrong = block(EVENTS_BLOCK, 3, 0, Uint8Array.of(255, 255, 255));
		const trace = open(fileOf(wrong));
		const { at } = trace.blocks[0]!;
		expect(() => trace.columns(0)).to.throw(
			`the block at byte ${at} cannot be read`,
		);
	});

	it("gives no key frame from behind a hole", () => {
		const frame = (first: number) =>
			block(KEY_FRAME_BLOCK, 0, first, ZLIB.deflate(Uint8Array.of(first)));
		const bytes = fileOf(
			eventsBlock(0, LISTS[0]!),
			frame(20),
			eventsBlock(30, LISTS[2]!),
			frame(45),
		);
		const trace = open(bytes, true);
		expect(trace.keyFrameBefore(19)).to.equal(null);
		const { first, bytes: state } = trace.keyFrameBefore(20)!;
		expect([first, ...state]).to.deep.equal([20, 20]);
		expect(trace.keyFrameBefore(31)).to.equal(null);
		expect(trace.keyFrameBefore(45)?.first).to.equal(45);
	});

	it("reads a trace that is still being written", () => {
		const sink = new MemorySink();
		const writer = new TraceWriter(sink, ZLIB, HEADER, null);
		addAll(writer, LISTS[0]!);
		expect(open(sink.bytes).events).to.equal(0);
		writer.flush();
		const trace = open(sink.bytes);
		expect(trace.events).to.equal(20);
		expect([trace.isComplete, trace.lost]).to.deep.equal([false, 0]);
	});
});
