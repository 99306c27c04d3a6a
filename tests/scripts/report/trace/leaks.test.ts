import { expect } from "chai";
import { EV_UNMAP } from "../../../../kernel/events";
import { leaks } from "../../../../kernel/trace/ask/leaks";
import { parseMoment } from "../../../../kernel/trace/moment";
import { drawLeaks } from "../../../../scripts/report/trace/leaks";
import { makeTerminal } from "../../../../scripts/terminal";
import { firstOf, recordedTrace } from "../../../kernel/trace/recorded";

const terminal = makeTerminal({
	isTerminal: false,
	columns: 80,
	noColour: true,
	environment: {},
	depth: 0,
});

describe("the list of what is left", () => {
	const trace = recordedTrace("page-tables");

	it("tells each site, its sizes and where to look", () => {
		const from = parseMoment("stage:run_init_process", trace);
		const to = firstOf(trace, EV_UNMAP) - 1;
		const data = leaks(trace, from, to);
		const lines = drawLeaks(data, terminal);
		const [first] = data.sites;
		const example = first!.examples[0]!;
		expect(lines[0]).to.equal(
			`Leaks  from event ${from} to event ${to}: 122 allocations of 2.5 MiB are still there`,
		);
		expect(lines[1]).to.equal("  109 allocations of 2.4 MiB  tourist > mmap");
		expect(lines[2]).to.include(
			"1 x 2 MiB user pages, 100 x 4 KiB user pages, 5 x 4 KiB page tables",
		);
		expect(lines[4]).to.include(
			`oldest: 0x${example.address.toString(16)} (event ${example.event}, tourist)`,
		);
	});

	it("DL2: keeps to the width of the terminal", () => {
		const from = parseMoment("stage:run_init_process", trace);
		for (const line of drawLeaks(leaks(trace, from, 800), terminal).slice(1))
			expect(line.length).to.be.at.most(80);
	});

	it("DL1: says when nothing is left", () => {
		expect(drawLeaks(leaks(trace, 500, 500), terminal)).to.deep.equal([
			"Leaks  from event 500 to event 500: nothing of what was allocated is still there",
		]);
	});

	it("says how many sites it does not show", () => {
		const from = parseMoment("stage:run_init_process", trace);
		const to = firstOf(trace, EV_UNMAP) - 1;
		const data = leaks(trace, from, to);
		const sites = Array.from({ length: 33 }, () => data.sites[0]!);
		const lines = drawLeaks({ ...data, sites }, terminal);
		expect(lines.at(-1)).to.equal("  and 3 more sites");
	});
});
