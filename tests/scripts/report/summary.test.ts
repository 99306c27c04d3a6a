import { expect } from "chai";
import { drawSummary } from "../../../scripts/report/summary";
import { stageTerminal } from "../stage";
import { sampleReport } from "./sample";

describe("the summary", () => {
	const titles = (lines: readonly string[]): string[] =>
		lines
			.filter((line) => /^[A-Z]/.test(line))
			.map((line) => line.split("  ")[0] as string);

	it("answers what ran, where the memory went, who took it, whether it was right", () => {
		const lines = drawSummary(sampleReport(), stageTerminal());
		expect(titles(lines)).to.deep.equal([
			"Memory",
			"Free blocks",
			"Busiest caches",
			"Tasks",
			"Counters",
			"Expectations",
		]);
	});

	it("has one empty line between sections and none at its ends", () => {
		const lines = drawSummary(sampleReport(), stageTerminal());
		expect(lines[0]).to.not.equal("");
		expect(lines.at(-1)).to.not.equal("");
		for (const [index, line] of lines.entries())
			expect(line === "" && lines[index + 1] === "").to.equal(false);
	});

	it("leaves out what there is nothing to tell about", () => {
		const bare = sampleReport({
			frames: [],
			zones: [],
			caches: [],
			tasks: [],
			counters: {},
			expectations: [],
		});
		expect(titles(drawSummary(bare, stageTerminal()))).to.deep.equal([]);
	});

	it("has no colour sequence on a plain terminal", () => {
		const text = drawSummary(sampleReport(), stageTerminal()).join("\n");
		expect(text).to.not.match(/\p{Cc}\[/u);
	});
});
