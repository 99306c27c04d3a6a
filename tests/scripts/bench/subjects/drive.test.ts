import { expect } from "chai";
import {
	allStreams,
	BATCH,
	OPS,
	PAIR,
	REPLACEMENT,
	SLOTS,
	streamWords,
} from "../../../../scripts/bench/streams";
import {
	drive,
	type Heap,
	readStream,
} from "../../../../scripts/bench/subjects/drive";
import { FEW_OPS, withOps } from "../samples";

/** A heap that numbers its objects from 100 on, notes what it is asked and insists on order. */
class NotingHeap implements Heap {
	readonly notes: string[] = [];
	readonly live = new Map<number, boolean>(); // object to whether it was touched
	calls = 0;
	private next = 100;

	alloc(bytes: number): number {
		this.calls++;
		this.notes.push(`+${bytes}`);
		this.live.set(this.next, false);
		return this.next++;
	}

	free(object: number): void {
		this.calls++;
		this.notes.push(`-${object}`);
		if (this.live.get(object) !== true)
			expect.fail(`object ${object} is not in use, or was not touched`);
		this.live.delete(object);
	}

	touch(object: number): void {
		this.live.set(object, true);
	}
}

function notesOf(words: Int32Array): string {
	const heap = new NotingHeap();
	drive(heap, words, new Int32Array(words[SLOTS]!));
	expect(heap.live.size).to.equal(0);
	return heap.notes.join(" ");
}

describe("the driver of JavaScript allocators", () => {
	it("runs pairs", () => {
		const words = streamWords(PAIR, 1, 2, 64);
		expect(notesOf(words)).to.equal("+64 -100 +64 -101");
	});

	it("runs batches, freed in the order in which they came", () => {
		const words = streamWords(BATCH, 2, 2, 64);
		const notes = "+64 +64 -100 -101 +64 +64 -102 -103";
		expect(notesOf(words)).to.equal(notes);
	});

	it("fills all slots, replaces, and empties all slots", () => {
		const words = streamWords(REPLACEMENT, 2, 1, 0, [8, 16, 1, 24, 1, 32]);
		const notes = "+8 +16 -101 +24 -102 +32 -100 -103";
		expect(notesOf(words)).to.equal(notes);
	});

	it("runs single ops; a free says how many allocations ago", () => {
		const words = streamWords(OPS, 3, 1, 0, [8, 16, -2, 24, -1, -2]);
		expect(notesOf(words)).to.equal("+8 +16 -100 +24 -102 -101");
	});

	it("touches and frees everything, and makes as many calls as a stream says", () => {
		for (const { name, words, opCount } of allStreams(0.002)) {
			const heap = new NotingHeap();
			drive(heap, words, new Int32Array(words[SLOTS]!));
			expect(heap.live.size, name).to.equal(0);
			expect(heap.calls, name).to.equal(opCount);
		}
	});

	it("reads a stream's file", () =>
		withOps(FEW_OPS, (path) => {
			expect(readStream(path)).to.deep.equal(FEW_OPS);
		}));
});
