import { expect } from "chai";
import { scoreOf } from "../../../kernel/replay/score/score";
import {
	drawAims,
	drawScore,
	drawScoreHeading,
} from "../../../scripts/report/score";
import { width } from "../../../scripts/report/text";
import {
	cacheLine,
	sampleInput,
	stateInput,
	tallies,
	traffic,
} from "../../kernel/replay/score/sample";
import { stageTerminal } from "../stage";

const plain = stageTerminal(80);
const score = scoreOf(sampleInput());

/** Names and numbers as long as those of a large recording of which little is right. */
function large() {
	const name = (at: number) => `a_rather_long_cache_${at}`;
	const unknown = tallies({
		untracedWindows: 12,
		pages: { unknownFrees: 54_321, lostRequests: 1234, unknownStart: 9999 },
	});
	const slabs = Array.from({ length: 200 }, (_, at) =>
		traffic(name(at), at % 4, 543, 540, 321, 318 - (at % 7)),
	);
	const lines = (slabCount: number) =>
		slabs.map(({ cache }) => cacheLine(cache, slabCount));
	const counts = Array.from({ length: 11 }, () => 123_456);
	return scoreOf(
		sampleInput({
			events: 2_100_000,
			slabs,
			slabinfo: [
				{
					snapshot: "b-something",
					recorded: lines(543),
					ours: lines(540),
					tallies: unknown,
				},
			],
			states: [
				stateInput(
					"b-something",
					counts,
					counts.map((it) => it / 2),
					unknown,
				),
			],
			tallies: unknown,
		}),
	);
}

describe("a score, drawn", () => {
	it("says first what was replayed and what could not be seen", () => {
		expect(drawScoreHeading(score, plain)).to.deep.equal([
			"sample-256m  against the recorded kernel",
			"12,345 events replayed · at least 1 not recorded · 0 untraced windows",
		]);
	});

	it("ends with the aims: reached, missed, or not judged", () => {
		const aims = drawAims(score.aims, plain);
		expect(aims[0]).to.equal("Aims  4 of 6 reached");
		expect(aims[2]).to.match(/^ {2}reached +geometry +100 % +at least 100 %$/);
		expect(aims[5]).to.match(/^ {2}MISSED +free pages +50 % +at least 100 %$/);
		const none = drawAims(scoreOf({ recording: "x", events: 0 }).aims, plain);
		expect(none[0]).to.equal("Aims  none could be judged");
		expect(none[2]).to.match(/^ {2}not judged +geometry +- /);
		const wide = drawAims(score.aims, stageTerminal(120, true)).join();
		expect(wide).to.match(/✓.*✗/);
		expect(drawScore(score, plain).slice(-8)).to.deep.equal(aims);
	});

	it("leaves out parts that are missing", () => {
		const lines = drawScore(scoreOf({ recording: "x", events: 0 }), plain);
		const titles = lines.filter((line) => /^[A-Za-z]/.test(line));
		expect(titles.map((line) => line.split("  ")[0])).to.deep.equal([
			"x",
			"Aims",
		]);
	});

	for (const columns of [80, 100, 160])
		it(`stays inside a terminal of ${columns} columns (D1)`, () => {
			for (const each of [score, large()])
				for (const line of drawScore(each, stageTerminal(columns)))
					expect(width(line), line).to.be.at.most(columns);
		});

	it("shows what is the model's part also on 80 columns", () => {
		const lines = drawScore(large(), plain);
		const heads = lines.filter((line) => / model\b/.test(line));
		expect(heads).to.have.length(3);
	});

	it("shows more rows where more are wanted", () => {
		const few = drawScore(large(), plain, 3).length;
		expect(drawScore(large(), plain, 30).length).to.be.at.least(few + 50);
	});
});
