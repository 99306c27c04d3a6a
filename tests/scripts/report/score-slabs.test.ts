import { expect } from "chai";
import { ALL_KNOWN } from "../../../kernel/replay/score/causes";
import { scoreOf } from "../../../kernel/replay/score/score";
import { slabinfoScores } from "../../../kernel/replay/score/slabinfo";
import { slabsScore } from "../../../kernel/replay/score/slabs";
import {
	drawGeometry,
	drawSlabinfo,
	drawSlabs,
} from "../../../scripts/report/score-slabs";
import {
	cacheLine,
	sampleInput,
	tallies,
	traffic,
	zoneInfo,
} from "../../kernel/replay/score/sample";
import { stageTerminal } from "../stage";

const plain = stageTerminal(80);
const score = scoreOf(sampleInput());

/** Words of a line. */
const words = (line: string | undefined): string[] => line!.trim().split(/ +/);

describe("what a score says about caches", () => {
	it("is one line where all geometry is equal", () => {
		expect(drawGeometry(score.geometry!, plain)).to.deep.equal([
			"Geometry  all 27 numbers of 2 caches and 1 zone are equal",
		]);
	});

	it("names each number that is another, and what is not here at all", () => {
		const { geometry } = sampleInput();
		const { made } = geometry!;
		const other = scoreOf(
			sampleInput({
				geometry: {
					...geometry!,
					made: (name) => (name === "inode" ? undefined : made(name)),
					ourZones: [zoneInfo({ high: 31 })],
				},
			}),
		);
		const lines = drawGeometry(other.geometry!, plain, 6);
		expect(lines[0]).to.equal(
			"Geometry  18 of 27 numbers of 2 caches and 1 zone are equal",
		);
		expect(words(lines[2])).to.deep.equal([
			"inode",
			"objectSize",
			"640",
			"none",
		]);
		expect(words(lines[7])).to.deep.equal(["DMA32", "high", "30", "31", "+1"]);
		expect(lines[8]).to.equal("  3 more differ, 18 more equal");
	});

	it("shows all caches, orders, and the worst caches with their causes", () => {
		const lines = drawSlabs(score.slabs!, plain);
		expect(lines[0]).to.equal("Slabs  new ones apart 3, 2 %, freed ones 0");
		expect(words(lines[1])).to.deep.equal(
			"cache new here +/- freed here +/- model unseen start".split(" "),
		);
		expect(words(lines[2])).to.deep.equal(
			"all caches 150 153 +3 15 15 · 1 1 1".split(" "),
		);
		expect(words(lines[3])).to.deep.equal(
			"order 0 100 103 +3 10 10 ·".split(" "),
		);
		expect(words(lines[5])).to.deep.equal(
			"dentry 100 103 +3 10 10 · 1 1 1".split(" "),
		);
		expect(lines.slice(6)).to.deep.equal([
			"  new ones of 50 % of the caches within 2 %, of 50 % within one slab",
			"  1 more equal",
		]);
	});

	it("does not list caches without end", () => {
		const many = Array.from({ length: 40 }, (_, at) =>
			traffic(`cache-${at}`, 0, 9, 10 + at, 0, 0),
		);
		const lines = drawSlabs(slabsScore(many, ALL_KNOWN), plain, 5);
		expect(lines.at(-1)).to.equal("  35 more differ");
		expect(words(lines[4])[0]).to.equal("cache-39");
		expect(lines).to.have.length(2 + 2 + 5 + 2);
	});

	it("shows a line for each snapshot, and the worst caches of the last", () => {
		const lines = drawSlabinfo(score.slabinfo, plain);
		expect(words(lines[2]).slice(0, 5)).to.deep.equal([
			"a",
			"30",
			"30",
			"·",
			"0",
		]);
		expect(words(lines[3]).slice(0, 8)).to.deep.equal(
			"c 165 168 3 1.82 % 2.23 %".split(" "), // 3 of 90 + 45 new ones
		);
		expect(lines[4]).to.equal("");
		expect(words(lines[6])).to.deep.equal(
			"dentry 110 113 +3 +30 1 1 1".split(" "),
		);
		expect(lines.at(-1)).to.equal("  1 more equal");
	});

	it("says how many caches only one side has", () => {
		const scores = slabinfoScores([
			{
				snapshot: "a",
				recorded: [cacheLine("dentry", 1), cacheLine("gone", 0)],
				ours: [cacheLine("dentry", 1), cacheLine("flagstone", 1)],
				tallies: tallies(),
			},
		]);
		expect(drawSlabinfo(scores, plain).at(-1)).to.equal(
			"  1 cache only there, 1 cache only here",
		);
		expect(drawSlabinfo([], plain)).to.deep.equal([]);
	});
});
