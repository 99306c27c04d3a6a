import { expect } from "chai";
import {
	allStreams,
	BATCH,
	BYTES,
	batchStream,
	bootStream,
	churnStream,
	HEADER_WORDS,
	LAPS,
	OPS,
	PAIR,
	packOps,
	pairStream,
	REPLACEMENT,
	SHAPE,
	SLOTS,
	type Stream,
	unpackOps,
} from "../../../scripts/bench/streams";

const CHURN = {
	name: "churn",
	slotCount: 50,
	bytesMin: 8,
	bytesMax: 90,
	opCount: 5000,
	seed: 7,
};

const header = ({ words }: Stream): number[] =>
	[SHAPE, SLOTS, LAPS, BYTES].map((word) => words[word]!);
const body = ({ words }: Stream): number[] => [...words.subarray(HEADER_WORDS)];

describe("op streams of the benchmark", () => {
	it("S1: are the same for the same seed", () => {
		const first = churnStream(CHURN);
		expect(churnStream(CHURN).words).to.deep.equal(first.words);
		const other = churnStream({ ...CHURN, seed: 8 });
		expect(other.words).not.to.deep.equal(first.words);
	});

	it("are five, of about as many ops", () => {
		const streams = allStreams(1);
		const names = streams.map((stream) => stream.name);
		expect(names).to.deep.equal([
			"pair",
			"batch",
			"churn-4k",
			"churn-64k",
			"boot",
		]);
		for (const { name, opCount } of streams)
			expect(opCount, name).to.be.within(950_000, 1_002_000);
	});

	it("alternate one object", () => {
		const stream = pairStream(64, 7);
		expect(header(stream)).to.deep.equal([PAIR, 1, 7, 64]);
		expect(stream.opCount).to.equal(14);
	});

	it("fill and empty batches", () => {
		const stream = batchStream(64, 10, 3);
		expect(header(stream)).to.deep.equal([BATCH, 10, 3, 64]);
		expect(stream.opCount).to.equal(60);
	});

	it("S3: replace in random slots, with sizes within their bounds", () => {
		const stream = churnStream(CHURN);
		expect(header(stream)).to.deep.equal([REPLACEMENT, 50, 1, 0]);
		expect(stream.opCount).to.equal(5000);
		const words = body(stream);
		const steps = words.slice(50);
		const slots = steps.filter((_, i) => i % 2 === 0);
		const sizes = [...words.slice(0, 50), ...steps.filter((_, i) => i % 2)];
		expect(new Set(slots).size).to.equal(50);
		expect([Math.min(...slots), Math.max(...slots)]).to.deep.equal([0, 49]);
		expect([Math.min(...sizes), Math.max(...sizes)]).to.deep.equal([8, 90]);
		expect(sizes.length + slots.length).to.equal(words.length);
	});

	it("S2, S4: replay the recorded boot and leave nothing", () => {
		const stream = bootStream(2);
		expect(header(stream)).to.deep.equal([OPS, 29810, 2, 0]);
		expect(stream.opCount).to.equal(2 * 59620);
		const live = new Set<number>();
		let count = 0;
		for (const op of body(stream)) {
			if (op > 0) live.add(count++);
			else expect(live.delete(count + op)).to.equal(true);
		}
		expect(live.size).to.equal(0);
	});

	it("survive packing", () => {
		const ops = Int32Array.of(0, 1, -1, 63, 64, -64, -65, 996600, -29810);
		expect(unpackOps(packOps(ops))).to.deep.equal(ops);
	});
});
