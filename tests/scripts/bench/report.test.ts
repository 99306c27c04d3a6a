import { expect } from "chai";
import {
	type Aim,
	aimTable,
	figure,
	isMet,
	median,
	minimum,
	reportJson,
	type Series,
	seriesTable,
} from "../../../scripts/bench/report";

const series = (who: string, stream: string, ...samples: number[]): Series => ({
	section: "demo",
	stream,
	who,
	unit: "ns/op",
	samples,
	note: samples.length === 0 ? "not present" : "",
});

const aim = (value: number | undefined, strict = false): Aim => ({
	section: "demo",
	text: "pair",
	unit: "ns",
	value,
	limit: 6,
	strict,
});

const SERIES = [
	series("ours", "pair", 3, 2, 10),
	series("ours", "batch", 120, 140),
	series("theirs", "pair"),
	series("theirs", "batch"),
];

describe("report of the benchmark", () => {
	it("knows minimum and median", () => {
		expect(minimum([3, 2, 10])).to.equal(2);
		expect(median([3, 2, 10])).to.equal(3);
		expect(median([4, 1, 2, 3])).to.equal(2.5);
	});

	it("writes three digits", () => {
		expect([1.234, 12.34, 123.4].map(figure)).to.deep.equal([
			"1.23",
			"12.3",
			"123",
		]);
	});

	it("draws contestants across, streams down, and says who is missing", () => {
		expect(seriesTable("demo", SERIES).split("\n")).to.deep.equal([
			"demo: minimum (median)",
			"  ns/op         ours  theirs",
			"  pair   2.00 (3.00)       -",
			"  batch    120 (130)       -",
			"  theirs: not present",
		]);
	});

	it("judges an aim by its limit", () => {
		expect(isMet(aim(6))).to.equal(true);
		expect(isMet(aim(6, true))).to.equal(false);
		expect(isMet(aim(undefined))).to.equal(undefined);
	});

	it("draws aims with their verdicts", () => {
		const bounded = { ...aim(7), floor: 6.5 };
		const rows = aimTable([aim(5), bounded, aim(undefined)]).split("\n");
		expect(rows.slice(1)).to.deep.equal([
			"  demo: pair      5.00  <= 6.00           ns           met",
			"  demo: pair      7.00  <= 6.00   6.50    ns        MISSED",
			"  demo: pair         -  <= 6.00           ns  not measured",
		]);
	});

	it("keeps every sample in the JSON file", () => {
		const findings = { series: SERIES, aims: [aim(7), aim(undefined)] };
		const report = JSON.parse(reportJson({ node: "v20" }, findings));
		expect(report.host.node).to.equal("v20");
		expect(report.series[0].samples).to.deep.equal([3, 2, 10]);
		expect(report.series[2].minimum).to.equal(null);
		expect(report.aims[0].met).to.equal(false);
		expect(report.aims[1].value).to.equal(null);
	});
});
