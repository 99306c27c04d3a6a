import { expect } from "chai";
import {
	differenceText,
	drawComparison,
	figureText,
	squeeze,
} from "../../../scripts/report/comparison-table";
import { width } from "../../../scripts/report/text";
import { stageTerminal } from "../stage";
import { sampleComparison, sampleVariant } from "./sample";

const lines = (...variants: Parameters<typeof sampleComparison>) =>
	drawComparison(sampleComparison(...variants), stageTerminal(100));

describe("the table of a comparison", () => {
	it("has a column for each policy, its words over each other", () => {
		const [title, machine, , first, second, group, used] = lines();
		expect(title).to.equal("sample  a machine that never was");
		expect(machine).to.equal("2 policies on 2 CPUs, 64 MiB, seed 7");
		expect(first?.trim()).to.equal("objects=slob");
		expect(second).to.match(/^ +default +pcp=off$/);
		expect(group).to.equal("Memory");
		expect(used).to.match(
			/^ {2}used, at most +11\.7 MiB +! +11\.3 MiB +-3 % \+$/,
		);
	});

	it("does not mark what is the same", () => {
		const row = lines().find((line) => line.includes("page records"));
		expect(row).to.match(/1\.0 MiB +1\.0 MiB +=$/);
	});

	it("shows how it went, on one scale", () => {
		const text = lines().join("\n");
		expect(text).to.match(
			/Free memory over time {2}every 10 ticks, from 45\.1 MiB to 53\.3 MiB\n {2}default +\S+\n {2}objects=slob pcp=off {2}#\S+\n/,
		);
		expect(text).to.match(
			/Largest free block over time {2}4 MiB all the time$/,
		);
	});

	it("tells how often it looked in steps of the input", () => {
		const step = { word: "event", nanoseconds: null } as const;
		const comparison = { ...sampleComparison(), step, everySteps: 404 };
		const text = drawComparison(comparison, stageTerminal(100)).join("\n");
		expect(text).to.include("over time  every 404 events, from");
	});

	it("says what ended a variant", () => {
		const dead = sampleVariant("memory=8M", 0, {
			samples: [],
			panic: "Out of memory",
		});
		const text = lines([sampleVariant("default", 1000), dead]).join("\n");
		expect(text).to.include("panicked");
		expect(text).to.match(
			/Trouble\n {2}memory=8M: Kernel panic: Out of memory$/,
		);
		const used = text
			.split("\n")
			.find((line) => line.includes("used, at most"));
		expect(used).to.match(/-$/);
	});

	it("says so when nothing could be measured at all", () => {
		const dead = sampleVariant("a", 0, { samples: [], panic: "dead" });
		expect(lines([dead, dead]).join("\n")).not.to.include("over time");
	});

	it("is as wide with colour as without", () => {
		const widths = (colour: boolean) =>
			drawComparison(sampleComparison(), stageTerminal(100, colour)).map(width);
		expect(widths(true)).to.deep.equal(widths(false));
	});
});

describe("texts of figures", () => {
	it("have units", () => {
		expect(figureText(2 ** 21, "bytes")).to.equal("2 MiB");
		expect(figureText(213, "perMille")).to.equal("21.3 %");
		expect(figureText(12345, "count")).to.equal("12,345");
		expect(figureText(2.5e6, "nanoseconds")).to.equal("2.5 ms");
	});

	it("tell differences in percent, large ones as factors", () => {
		expect(differenceText(94, 100)).to.equal("-6 %");
		expect(differenceText(150, 100)).to.equal("+50 %");
		expect(differenceText(100.2, 100)).to.equal("+<1 %");
		expect(differenceText(420, 100)).to.equal("x4.2");
		expect(differenceText(5, 5)).to.equal("=");
		expect(differenceText(5, 0)).to.equal("");
	});

	it("squeeze a curve into few columns", () => {
		const curve = [1, 2, 3, 4, 5, 6, 7, 8];
		expect(squeeze(curve, 8, 4)).to.deep.equal([2, 4, 6, 8]);
		expect(squeeze(curve, 8, 48)).to.deep.equal(curve);
		expect(squeeze([1, 2, 3], 8, 4)).to.deep.equal([2, 3]);
	});
});
