import { expect } from "chai";
import { owners } from "../../../../kernel/trace/ask/owners";
import { drawOwners } from "../../../../scripts/report/trace/owners";
import { makeTerminal } from "../../../../scripts/terminal";
import { recordedTrace } from "../../../kernel/trace/recorded";

const terminal = makeTerminal({
	isTerminal: false,
	columns: 80,
	noColour: true,
	environment: {},
	depth: 0,
});

describe("the table of owners", () => {
	const trace = recordedTrace("slab-life");

	it("DO1: has a row for each, names last, and the sum below", () => {
		const lines = drawOwners(owners(trace, { by: "cache" }), terminal);
		expect(lines[0]).to.equal(
			`Owners  by cache, most live first, after event ${trace.events - 1}`,
		);
		expect(lines[1]).to.match(
			/^ +live +blocks +total +count +waste +temporary +cache$/,
		);
		expect(lines.find((line) => line.endsWith("specimen"))).to.match(
			/^ +0 B +0 +126 KiB +201 +0 B +\d+ +specimen$/,
		);
		expect(lines.at(-2)).to.match(/ all$/);
		expect(lines.at(-1)).to.include("freed at most 64 events later");
	});

	it("names tasks with their pid", () => {
		const lines = drawOwners(owners(trace, { by: "task" }), terminal);
		expect(lines.join("\n")).to.include("biologist (pid 1)");
	});

	it("says how many rows it does not show", () => {
		const data = owners(trace, { by: "cache" });
		const rows = Array.from({ length: 50 }, () => data.rows[0]!);
		const lines = drawOwners({ ...data, rows }, terminal);
		expect(lines).to.have.length(2 + 40 + 2);
		expect(lines.at(-2)).to.include("all, 10 more included");
	});
});
