import { expect } from "chai";
import { sumPairs } from "../../../kernel/replay/score/pair";
import {
	apartCell,
	apartText,
	causeCells,
	errorText,
	left,
	moreText,
	pairCells,
	right,
	rightText,
	section,
	signed,
} from "../../../scripts/report/score-table";
import { width } from "../../../scripts/report/text";
import { stageTerminal } from "../stage";

const plain = stageTerminal(80);

describe("tables that compare", () => {
	it("have a title, a note, a table and lines about the rest", () => {
		const columns = [left("cache"), right("n")];
		expect(
			section("Slabs", "all", columns, [["dentry", "7"]], plain, ["", "more"]),
		).to.deep.equal(["Slabs  all", "  cache   n", "  dentry  7", "  more"]);
		expect(section("Slabs", "none", columns, [], plain)).to.deep.equal([
			"Slabs  none",
		]);
	});

	it("leave out the last columns that there is no room for (D1)", () => {
		const columns = [left("a"), left("b"), left("c")];
		const rows = [["x".repeat(30), "y".repeat(30), "z".repeat(30)]];
		const lines = section("T", "", columns, rows, plain);
		expect(lines[1]).to.match(/^ {2}a +b$/);
		for (const line of lines) expect(width(line)).to.be.at.most(80);
		const long = [["x".repeat(99), "y"]];
		expect(section("T", "", columns, long, plain)[1]).to.equal("  a");
	});

	it("show differences with their signs, and none as a dot", () => {
		expect(signed({ recorded: 5, ours: 1305 }, plain)).to.equal("+1,300");
		expect(signed({ recorded: 5, ours: 4 }, plain)).to.equal("-1");
		expect(pairCells({ recorded: 5, ours: 5 }, plain)).to.deep.equal([
			"5",
			"5",
			"·",
		]);
		expect(apartCell(0, plain)).to.equal("·");
		expect(apartCell(1200, plain)).to.equal("1,200");
	});

	it("never round in favour of the simulator (D2)", () => {
		expect(errorText(0.000001)).to.equal("0.01 %");
		expect(rightText(0.999999)).to.equal("99.99 %");
		expect([errorText(null), rightText(null)]).to.deep.equal(["-", "-"]);
		const sum = sumPairs([{ recorded: 8000, ours: 8001 }]);
		expect(apartText(sum)).to.equal("1, 0.02 %");
		expect(apartText(sumPairs([]))).to.equal("0");
	});

	it("put the model's part of a difference first", () => {
		const causes = { unseen: 3, start: 0, model: 1000 };
		expect(causeCells(causes, plain)).to.deep.equal(["1,000", "3", "·"]);
	});

	it("say how many rows there are beyond those that are shown", () => {
		expect(moreText(20, 12, 150)).to.equal("8 more differ, 130 more equal");
		expect(moreText(3, 3, 3)).to.equal("");
		expect(moreText(0, 0, 5)).to.equal("5 equal");
	});
});
