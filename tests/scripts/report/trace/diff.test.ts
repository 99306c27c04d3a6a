import { expect } from "chai";
import { diff } from "../../../../kernel/trace/ask/diff";
import { drawDiff } from "../../../../scripts/report/trace/diff";
import { makeTerminal } from "../../../../scripts/terminal";
import { recordedTrace } from "../../../kernel/trace/recorded";

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
		const text = drawDiff(diff(trace, 484, 968), terminal).join("\n");
		expect(text).to.include("Difference  from event 484 to event 968");
		expect(text).to.include("121 frames came into use, 0 became free");
		expect(text).to.match(/DMA32 .* -117 +-4$/m);
		expect(text).to.match(/user +0 +101 +\+101/);
		expect(text).to.match(/tourist \(pid \d+\) +0 +101 +\+101/);
		expect(text).to.match(/mm_struct +\+1 +\+3 +\+14 +\+4/);
		expect(text).to.match(/\+416 KiB +\+107 +tourist > mmap/);
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
