import { expect } from "chai";
import { KernelPanic } from "../../../hw/panic";
import type { EventColumns } from "../../../kernel/trace/columns";
import { BLOCK_HEADER_BYTES, EVENTS_BLOCK } from "../../../kernel/trace/file";
import { EventReader } from "../../../kernel/trace/reader";
import {
	BLOCK_EVENTS,
	KEY_FRAME_BLOCKS,
	KEY_FRAME_SHARE,
	type TraceState,
	TraceWriter,
} from "../../../kernel/trace/writer";
import {
	addAll,
	HEADER,
	likelyRows,
	MemorySink,
	MemorySource,
	ZLIB,
} from "./sample";

/** Knows how many events it took, and has a state of `bytes()` bytes that says so. */
class Counter implements TraceState {
	taken = 0;

	constructor(private readonly bytes: () => number) {}

	apply({ count }: EventColumns, from: number, to: number): void {
		expect([from, to]).to.deep.equal([0, count]);
		this.taken += to - from;
	}

	save(): Uint8Array {
		const bytes = new Uint8Array(this.bytes());
		new DataView(bytes.buffer).setUint32(0, this.taken, true);
		return bytes;
	}
}

/** Kinds of the blocks from a byte of a trace on. */
function kindsFrom(bytes: Uint8Array, start: number): number[] {
	const kinds: number[] = [];
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	for (let at = start; at < bytes.length; ) {
		kinds.push(view.getUint32(at, true));
		at += BLOCK_HEADER_BYTES + view.getUint32(at + 4, true);
	}
	return kinds;
}

const PLAIN = {
	deflate: (bytes: Uint8Array) => bytes,
	inflate: (bytes: Uint8Array) => bytes,
};

/** Writes `blocks` blocks of ten events each with key frames of that many bytes. */
function written(blocks: number, bytes: () => number): EventReader {
	const sink = new MemorySink();
	const state = new Counter(bytes);
	const writer = new TraceWriter(sink, PLAIN, HEADER, state);
	const rows = likelyRows(10);
	for (let block = 0; block < blocks; block++) {
		addAll(writer, rows);
		writer.flush();
	}
	writer.close({ lost: 0, cycles: 0 });
	return EventReader.open(new MemorySource(sink.bytes), PLAIN);
}

describe("the trace writer", () => {
	it("writes a block when there is one, and counts", () => {
		const sink = new MemorySink();
		const writer = new TraceWriter(sink, ZLIB, HEADER, null);
		const begin = writer.bytes;
		expect(begin).to.equal(sink.bytes.length);
		for (let n = 1; n < BLOCK_EVENTS; n++) writer.add(n, 1, 0, 0, n, 0, 0, 0);
		expect(writer.bytes).to.equal(begin);
		writer.add(BLOCK_EVENTS, 1, 0, 0, 0, 0, 0, 0);
		expect(writer.bytes).to.be.above(begin);
		writer.add(BLOCK_EVENTS, 1, 0, 0, 0, 0, 0, 0);
		expect(writer.events).to.equal(BLOCK_EVENTS + 1);
		writer.close({ lost: 3, cycles: 9, exit: 1 });
		expect(writer.bytes).to.equal(sink.bytes.length);
		const trace = EventReader.open(new MemorySource(sink.bytes), ZLIB);
		expect(trace.blocks.map(({ count }) => count)).to.deep.equal([
			BLOCK_EVENTS,
			1,
		]);
		expect(trace.end).to.deep.equal({
			lost: 3,
			cycles: 9,
			exit: 1,
			events: BLOCK_EVENTS + 1,
		});
	});

	it("keeps no block (R1)", async () => {
		const packs: WeakRef<Uint8Array>[] = [];
		const deflate = (bytes: Uint8Array): Uint8Array => {
			const pack = bytes.slice();
			packs.push(new WeakRef(pack));
			return pack;
		};
		const sink = { write: () => {} };
		const writer = new TraceWriter(sink, { ...PLAIN, deflate }, HEADER, null);
		for (let n = 0; n < 12 * BLOCK_EVENTS; n++)
			writer.add(n * 40, 8, 0, 1, Math.imul(n, n), n, 3, 64);
		await new Promise((done) => setImmediate(done)); // until then references count
		globalThis.gc?.();
		const kept = packs.filter((pack) => pack.deref() !== undefined);
		expect(packs).to.have.length(26); // the header, the names and summaries too
		expect(kept.length).to.be.at.most(1);
		writer.close({ lost: 0, cycles: 0 });
	});

	it("places key frames at every eighth block at most (R3)", () => {
		const trace = written(20, () => 16);
		expect(trace.keyFrames.map(({ first }) => first)).to.deep.equal([
			KEY_FRAME_BLOCKS * 10,
			2 * KEY_FRAME_BLOCKS * 10,
		]);
		for (const { first } of trace.keyFrames) {
			const { bytes } = trace.keyFrameBefore(first)!;
			expect(bytes[0]).to.equal(first); // what the state had taken
		}
	});

	it("lets key frames cost a quarter of the events (R4)", () => {
		const trace = written(500, () => 5000);
		expect(trace.keyFrames.length).to.be.above(1);
		const sum = (list: readonly { bytes: number }[]) =>
			list.reduce((all, { bytes }) => all + bytes, 0);
		expect(trace.keyFrames[0]!.first).to.equal(KEY_FRAME_BLOCKS * 10);
		const later = sum(trace.keyFrames.slice(1));
		expect(later * KEY_FRAME_SHARE).to.be.at.most(sum(trace.blocks));
		const [, second, third] = trace.keyFrames;
		const between = trace.blocks.filter(
			({ first }) => first >= second!.first && first < third!.first,
		);
		expect(sum(between)).to.be.at.least(second!.bytes * KEY_FRAME_SHARE);
		expect(sum(between.slice(1))).to.be.below(second!.bytes * KEY_FRAME_SHARE);
	});

	it("names contexts and words before the events that need them (R5)", () => {
		const sink = new MemorySink();
		const writer = new TraceWriter(sink, ZLIB, HEADER, null);
		writer.contexts([[1, 0, "boot"]]);
		addAll(writer, likelyRows(5));
		const before = writer.bytes;
		writer.contexts([]);
		writer.contexts([[2, 1, "ünit"]]);
		expect(writer.bytes).to.equal(before); // with the events
		writer.flush();
		const cut = sink.bytes; // never closed
		const trace = EventReader.open(new MemorySource(cut), ZLIB);
		expect(trace.contexts.path(2)).to.deep.equal(["boot", "ünit"]);
		expect(trace.events).to.equal(5);
		const { dictionary } = trace.header;
		expect(dictionary.find(({ code }) => code === 8)?.words).to.deep.equal([
			...["low", "high"],
		]);
		const again = writer.bytes;
		addAll(writer, likelyRows(5));
		writer.flush();
		expect(kindsFrom(sink.bytes, again)).to.deep.equal([EVENTS_BLOCK]);
	});

	it("panics on what is no event, and after the end", () => {
		const writer = new TraceWriter(new MemorySink(), ZLIB, HEADER, null);
		const add = (code: number, cpu: number, context: number) => () =>
			writer.add(1, code, cpu, context, 0, 0, 0, 0);
		for (const deed of [
			add(0, 0, 0),
			add(256, 0, 0),
			add(1, 256, 0),
			add(1, -1, 0),
			add(1, 0, 65536),
			add(1, 0, -1),
		])
			expect(deed).to.throw(KernelPanic);
		add(255, 255, 65535)();
		writer.close({ lost: 0, cycles: 0 });
		const { bytes } = writer;
		writer.close({ lost: 0, cycles: 0 });
		expect(writer.bytes).to.equal(bytes);
		expect(add(1, 0, 0)).to.throw(KernelPanic, "after the end");
		expect(() => writer.contexts([[1, 0, "x"]])).to.throw(KernelPanic);
	});
});
