// FIDELITY.md stays true: its table is made from the kept results.
//
// FLAGSTONE_FIDELITY=write npx mocha tests/kernel/replay/score/fidelity.test.ts puts the table of tests/fixtures/fidelity.json
// into the document.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import {
	aimText,
	type FidelityRow,
	fidelityRow,
	fidelityTable,
	shareText,
	withResults,
} from "../../../../kernel/replay/score/fidelity";
import { scoreOf } from "../../../../kernel/replay/score/score";
import { sampleInput } from "./sample";

const ROOT = join(__dirname, "..", "..", "..", "..");
const DOCUMENT = join(ROOT, "kernel", "replay", "FIDELITY.md");
const RESULTS = join(ROOT, "tests", "fixtures", "fidelity.json");

describe("kernel/replay/score/fidelity", () => {
	const row = fidelityRow(scoreOf(sampleInput()));

	it("makes a row of a score, missed aims bold (FD2)", () => {
		const lines = fidelityTable([row]).split("\n");
		expect(lines).to.have.length(3);
		expect(lines[0]).to.match(
			/^\| recording \| events \| geometry \| new slabs/,
		);
		expect(lines[2]).to.equal(
			"| sample-256m | 12,345 | 100 % | 2 % | 1.82 % | **50 %** | **83.33 %** | 96 % | 3: 1 + 1 + 1 | 5: 0 + 0 + 5 |",
		);
	});

	it("sorts by name and gives each line as many cells", () => {
		const lines = fidelityTable([row, { ...row, recording: "a" }]).split("\n");
		expect(lines[2]).to.match(/^\| a \|/);
		const cells = lines.map((line) => line.split(" | ").length);
		expect(new Set(cells).size).to.equal(1);
	});

	it("shows what cannot be judged as a dash", () => {
		const bare = fidelityRow(scoreOf({ recording: "x", events: 0 }));
		expect(fidelityTable([bare]).split("\n")[2]).to.equal(
			`| x | 0 | ${new Array(8).fill("-").join(" | ")} |`,
		);
		expect(fidelityTable([])).to.equal("No recording has been replayed yet.");
	});

	it("rounds against the simulator (FD1)", () => {
		expect(shareText(0.999999, "at least")).to.equal("99.99 %");
		expect(shareText(0.000001, "at most")).to.equal("0.01 %");
		expect(shareText(1, "at least")).to.equal("100 %");
		expect(shareText(0, "at most")).to.equal("0 %");
		expect(shareText(0.07, "at most")).to.equal("7 %"); // 0.07 * 10000 is not 700
		expect(shareText(0.29, "at least")).to.equal("29 %");
		expect(aimText({ ...row.aims[0]!, found: null, reached: null })).to.equal(
			"-",
		);
	});

	it("puts the table between its marks and leaves the rest", () => {
		const document = "a\n<!-- results -->\nold\n<!-- /results -->\nb\n";
		const filled = withResults(document, [row]);
		expect(filled).to.match(/^a\n<!-- results -->\n\| recording/);
		expect(filled).to.match(/\n<!-- \/results -->\nb\n$/);
		expect(withResults(filled, [row])).to.equal(filled);
		expect(() => withResults("nothing", [row])).to.throw(
			"no place for results",
		);
	});

	it("agrees with FIDELITY.md about the kept results", () => {
		const rows: FidelityRow[] = JSON.parse(readFileSync(RESULTS, "utf8"));
		const document = readFileSync(DOCUMENT, "utf8");
		const wanted = withResults(document, rows);
		if (process.env.FLAGSTONE_FIDELITY === "write")
			writeFileSync(DOCUMENT, wanted);
		else expect(document).to.equal(wanted);
	});
});
