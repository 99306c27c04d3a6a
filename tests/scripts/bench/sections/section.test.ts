import { readFileSync } from "node:fs";
import { expect } from "chai";
import {
	aimsOf,
	best,
	both,
	joined,
	ratio,
	seriesOf,
	writeOps,
} from "../../../../scripts/bench/sections/section";
import { BYTES, pairStream } from "../../../../scripts/bench/streams";
import { seriesOf as sample, withFolder } from "../samples";

const RESULTS = [
	{ name: "a", samples: [20, 10], note: "" },
	{ name: "b", samples: [], note: "not present" },
];

describe("sections of the benchmark", () => {
	it("turn rounds into figures for each op", () => {
		const series = seriesOf("kmalloc", "pair", "ns/op", 10, RESULTS);
		expect(series[0]?.samples).to.deep.equal([2, 1]);
		expect(series[1]?.note).to.equal("not present");
		expect(best(series, "a")).to.equal(1);
		expect(best(series, "b")).to.equal(undefined);
		expect(best(series, "c")).to.equal(undefined);
	});

	it("form ratios only of what was measured", () => {
		expect(both(3, 2, ratio)).to.equal(1.5);
		expect(both(3, undefined, ratio)).to.equal(undefined);
	});

	it("put findings one after the other", () => {
		const aims = [aimsOf("demo")("pair", "ns", 6, 5)];
		const part = { series: [sample("a", 1)], aims };
		const { series, aims: all } = joined([part, part]);
		expect([series.length, all.length]).to.deep.equal([2, 2]);
	});

	it("write op files", () =>
		withFolder((folder) => {
			const plan = { folder, rounds: 1, scale: 1, progress: () => undefined };
			const path = writeOps(plan, "pair", pairStream(64, 1));
			expect(readFileSync(path).readInt32LE(4 * BYTES)).to.equal(64);
		}));
});
