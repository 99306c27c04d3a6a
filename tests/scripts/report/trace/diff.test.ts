import { expect } from "chai";
import { EV_UNMAP } from "../../../../kernel/events";
import { diff } from "../../../../kernel/trace/ask/diff";
import { parseMoment } from "../../../../kernel/trace/moment";
import { drawDiff } from "../../../../scripts/report/trace/diff";
import { makeTerminal } from "../../../../scripts/terminal";
import { firstOf, recordedTrace } from "../../../kernel/trace/recorded";

const terminal = makeTerminal({
	isTerminal: false,
	columns: 100,
	noColour: true,
	environment: {},
	depth: 0,
});

describe("the picture of a difference", () => {
	const trace = recordedTrace("page-tables");

	it("tells zones, uses, caches and call sites, signed", () => {
		const from = parseMoment("stage:run_init_process", trace);
		const to = firstOf(trace, EV_UNMAP) - 1;
		const text = drawDiff(diff(trace, from, to), terminal).join("\n");
		expect(text).to.include(`Difference  from event ${from} to event ${to}`);
		expect(text).to.include("646 frames came into use, 0 became free");
		expect(text).to.match(/DMA32 .* -647 +\+1$/m);
		expect(text).to.match(/user +0 +612 +\+612/);
		expect(text).to.match(/tourist \(pid \d+\) +0 +612 +\+612/);
		expect(text).to.match(/mm_struct +\+1 +\+3 +\+14 +\+4/);
		expect(text).to.match(/\+2.4 MiB +\+109 +tourist > mmap/);
	});

	it("tells what moved, and caches that were made or destroyed", () => {
		const life = recordedTrace("slab-life");
		const lines = drawDiff(diff(life, 400, 1000), terminal);
		expect(lines.join("\n")).to.match(/specimen .* made$/m);
		const fragments = recordedTrace("fragmentation");
		const quarter = Math.floor(fragments.events / 4);
		const moved = drawDiff(diff(fragments, quarter, 2 * quarter), terminal);
		const text = moved.join("\n");
		expect(text).to.match(/Moved or resized {2}\d+ slabs, \d+ pageblocks/);
		expect(text).to.match(/pageblock at frame \d+: Movable -> Unmovable/);
		expect(text).to.match(/slab at frame \d+ \(holding\): full -> listed/);
		expect(moved.at(-1)).to.match(/and \d+ more/);
	});

	it("DD1: says when nothing changed", () => {
		expect(drawDiff(diff(trace, 600, 600), terminal)).to.deep.equal([
			"Difference  from event 600 to event 600",
			"  nothing changed",
		]);
	});
});
