import { expect } from "chai";
import { why } from "../../../../kernel/trace/ask/why";
import { drawWhy, wrap } from "../../../../scripts/report/trace/why";
import { makeTerminal } from "../../../../scripts/terminal";
import { recordedTrace } from "../../../kernel/trace/recorded";

const terminal = makeTerminal({
	isTerminal: false,
	columns: 60,
	noColour: true,
	environment: {},
	depth: 0,
});

describe("the text of an explanation", () => {
	it("numbers the reasons and names the events that they are about", () => {
		const lines = drawWhy(
			{
				event: 9,
				name: "page_fail",
				title: "no block of 1 page could be found",
				chain: [
					{ event: 7, sentence: "Zone DMA refused.", numbers: {} },
					{ event: null, sentence: "It is full.", numbers: {} },
					{ event: 9, sentence: "So it failed.", numbers: {} },
				],
			},
			terminal,
		);
		expect(lines).to.deep.equal([
			"page_fail  event 9: no block of 1 page could be found",
			"  1. Zone DMA refused. [7]",
			"  2. It is full.",
			"  3. So it failed.",
		]);
	});

	it("DW1: no line is wider than the terminal", () => {
		const trace = recordedTrace("buddy");
		for (let event = 80; event < 1690; event += 70)
			for (const line of drawWhy(why(trace, event), terminal).slice(1))
				expect(line.length).to.be.at.most(60);
	});

	it("wraps between words", () => {
		expect(wrap("one two three", 7)).to.deep.equal(["one two", "three"]);
		expect(wrap("longer-than-that a", 4)).to.deep.equal([
			"longer-than-that",
			"a",
		]);
		expect(wrap("", 10)).to.deep.equal([""]);
	});
});
