import { expect } from "chai";
import { isMet } from "../../../../scripts/bench/report";
import { kmallocAims } from "../../../../scripts/bench/sections/kmalloc";
import { pairStream } from "../../../../scripts/bench/streams";
import { seriesOf } from "../samples";

const PAIR = pairStream(64, 1);
const MIXED = { ...PAIR, name: "churn", mixed: true };

const SERIES = [
	seriesOf("flagstone", 4),
	seriesOf("with recorder", 25),
	seriesOf("recorded", 2), // events for an op
	seriesOf("C malloc", 8),
	seriesOf("jemalloc", 5),
	seriesOf("mimalloc"),
	seriesOf("TLSF wasm", 1),
];

describe("aims for kmalloc", () => {
	it("compare with the fastest native allocator that took part", () => {
		const [speed] = kmallocAims(PAIR, SERIES);
		expect(speed?.text).to.equal("pair, of the fastest native (jemalloc)");
		expect(speed?.value).to.equal(0.8);
	});

	it("ask for less than it on simple streams, and 0.6 of it on mixed ones", () => {
		const verdicts = [PAIR, MIXED].map((stream) =>
			kmallocAims(stream, SERIES).map(isMet),
		);
		expect(verdicts).to.deep.equal([
			[true, true],
			[false, true],
		]);
	});

	it("say what bare SLUB reaches, and what an event costs bare freelists", () => {
		const [speed, recording] = kmallocAims(PAIR, [
			...SERIES,
			seriesOf("bare SLUB", 3),
			seriesOf("bare freelist", 2),
			seriesOf("bare, recorded", 10),
		]);
		expect(speed?.floor).to.equal(0.6);
		expect(recording?.floor).to.equal(8);
	});

	it("are not judged without a native allocator", () => {
		const aims = kmallocAims(PAIR, [seriesOf("flagstone", 4)]);
		expect(aims.map(isMet)).to.deep.equal([undefined, undefined]);
	});
});
