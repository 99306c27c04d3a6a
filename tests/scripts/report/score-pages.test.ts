import { expect } from "chai";
import { allocationsScore } from "../../../kernel/replay/score/allocations";
import { scoreOf } from "../../../kernel/replay/score/score";
import { stateScore } from "../../../kernel/replay/score/state";
import {
	drawAllocations,
	drawFrames,
	drawFreeBlocks,
	drawLists,
	drawStates,
} from "../../../scripts/report/score-pages";
import {
	allocation,
	sampleInput,
	stateInput,
	tallies,
} from "../../kernel/replay/score/sample";
import { stageTerminal } from "../stage";

const plain = stageTerminal(80);
const wide = stageTerminal(120, true);
const score = scoreOf(sampleInput());

/** Words of a line. */
const words = (line: string | undefined): string[] => line!.trim().split(/ +/);

describe("what a score says about pages", () => {
	it("shows the share of same frames by order and type, and how it went", () => {
		const lines = drawAllocations(score.allocations!, plain);
		expect(lines[0]).to.equal("Same frame  192 of 200, 96 %");
		expect(lines[2]).to.match(/^ {2}order 0 +180 +172 +95\.55 % {2}#+\.$/);
		expect(lines[4]).to.match(/^ {2}Movable +180/);
		expect(lines.at(-1)).to.equal(
			"  from 100 % at the start to 90 % at the end",
		);
	});

	it("draws many slices in one line", () => {
		const counts = Array.from({ length: 300 }, (_, slice) =>
			allocation(slice, 0, "Movable", 100, 100 - Math.floor(slice / 3)),
		);
		const lines = drawAllocations(allocationsScore(counts), wide);
		expect(lines.at(-1)).to.match(/█.*▁.* {2}from 100 % .* 1 % at the end/);
	});

	it("counts movements between lists, also where there are none", () => {
		const lines = drawLists(score.lists!, plain);
		expect(words(lines[2])).to.deep.equal(
			"refill 300 300 · 290 96.66 %".split(" "),
		);
		expect(words(lines[4])).to.deep.equal("fallback 0 0 · 0 -".split(" "));
	});

	it("shows a line for each snapshot", () => {
		const lines = drawStates(score.states, plain);
		expect(words(lines[2]).slice(0, 6)).to.deep.equal(
			"a 90 90 · · 0".split(" "),
		);
		expect(words(lines[3]).slice(0, 6)).to.deep.equal(
			"c 172 155 17 5 10.21".split(" "),
		);
		expect(drawStates([], plain)).to.deep.equal([]);
	});

	it("says where free pages are not judged, and shows missing texts as dashes", () => {
		const { snapshot, recorded, ours } = stateInput("a", [4], [4]);
		const unseen = tallies({ untracedWindows: 1 });
		const bare = stateScore({
			snapshot,
			recorded: { flags: recorded.flags },
			ours: { frames: ours.frames! },
			tallies: unseen,
		});
		const lines = drawStates([bare], plain);
		expect(words(lines[2]).slice(0, 6)).to.deep.equal("a - - - - -".split(" "));
		expect(lines.at(-1)).to.match(/free pages are not judged at 1 snapshot:/);
		expect(drawFreeBlocks([bare], plain)).to.deep.equal([]);
	});

	it("shows the worst orders of the worst snapshot, with their causes", () => {
		const worse = stateScore(stateInput("b-x", [9, 9, 9], [1, 9, 9]));
		const lines = drawFreeBlocks([...score.states, worse], plain);
		expect(lines[0]).to.equal("Free blocks  at b-x, apart 8, 29.63 %");
		expect(words(lines[2])).to.deep.equal(
			"DMA32 0 9 1 -8 88.89 % 8 · ·".split(" "),
		);
		expect(lines[3]).to.equal("  2 more equal");
		expect(drawFreeBlocks(score.states.slice(0, 1), plain)).to.deep.equal([]);
	});

	it("shows what frames are there and here, at the last snapshot that tells", () => {
		const lines = drawFrames(score.states, plain);
		expect(lines[0]).to.equal("Frames  at c, 19 of 20 alike");
		expect(words(lines[2])).to.deep.equal("free 9 1 · · · ·".split(" "));
		expect(words(lines[6])).to.deep.equal("reserved · · · · 4 ·".split(" "));
		expect(drawFrames([], plain)).to.deep.equal([]);
	});
});
