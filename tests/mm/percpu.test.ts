import { expect } from "chai";
import {
	COUNTERS,
	initUnit,
	PCP_WORD,
	PCP_WORDS,
	PERCPU_UNIT_BYTES,
	percpuCounters,
	percpuWords,
	SLOT_WORDS,
	SLOTS,
	SlotAllocator,
} from "../../mm/percpu";
import { panicOf } from "./world";

describe("per-CPU units", () => {
	it("are whole frames, with words and counters apart", () => {
		const buffer = new ArrayBuffer(PERCPU_UNIT_BYTES * 2);
		const words = percpuWords(buffer, PERCPU_UNIT_BYTES);
		const counters = percpuCounters(buffer, PERCPU_UNIT_BYTES);
		expect(PERCPU_UNIT_BYTES % 4096).to.equal(0);
		expect(words.byteOffset).to.equal(PERCPU_UNIT_BYTES);
		expect(counters).to.have.lengthOf(COUNTERS);
		expect(words.byteOffset + words.byteLength).to.equal(counters.byteOffset);
		expect(counters.byteOffset + counters.byteLength).to.equal(
			PERCPU_UNIT_BYTES * 2,
		);
	});

	it("U1: slot 0 has no free object and a slab that no frame is in", () => {
		const words = percpuWords(new ArrayBuffer(PERCPU_UNIT_BYTES), 0);
		initUnit(words);
		expect([...words.subarray(0, 3)]).to.deep.equal([0, 0, -1]);
	});

	it("have room for the page lists of five zones behind the slots", () => {
		expect(PCP_WORD).to.equal(SLOTS * SLOT_WORDS);
		const words = percpuWords(new ArrayBuffer(PERCPU_UNIT_BYTES), 0);
		expect(PCP_WORD + 5 * PCP_WORDS).to.be.lessThan(words.length);
	});
});

describe("slots of per-CPU units", () => {
	const make = () =>
		new SlotAllocator(percpuWords(new ArrayBuffer(PERCPU_UNIT_BYTES), 0));

	it("are handed out from 1 on, lowest first, and used again", () => {
		const slots = make();
		const taken = [slots.alloc(), slots.alloc(), slots.alloc()];
		expect(taken).to.deep.equal([1, 2, 3].map((slot) => slot * SLOT_WORDS));
		slots.free(2 * SLOT_WORDS);
		expect(slots.alloc()).to.equal(2 * SLOT_WORDS);
	});

	it("are 319; then there is none", () => {
		const slots = make();
		const taken = new Set<number>();
		for (let i = 1; i < SLOTS; i++) taken.add(slots.alloc());
		expect(taken.size).to.equal(SLOTS - 1);
		expect(slots.alloc()).to.equal(0);
		slots.free(200 * SLOT_WORDS);
		expect(slots.alloc()).to.equal(200 * SLOT_WORDS);
	});

	it("U2: a slot that nobody has cannot be freed", () => {
		const slots = make();
		expect(panicOf(() => slots.free(SLOT_WORDS))).to.include("U2");
	});
});
