import { expect } from "chai";
import {
	AIM_NAMES,
	type AimName,
	isTrue,
	type Score,
	scoreOf,
} from "../../../../kernel/replay/score/score";
import { sampleInput, stateInput, tallies, traffic } from "./sample";

const aim = (score: Score, name: AimName) =>
	score.aims.find((each) => each.name === name)!;

describe("kernel/replay/score/score", () => {
	const score = scoreOf(sampleInput());

	it("is plain data (SC1)", () => {
		expect(JSON.parse(JSON.stringify(score))).to.deep.equal(score);
		const nothing = scoreOf({ recording: "x", events: 0 });
		expect(JSON.parse(JSON.stringify(nothing))).to.deep.equal(nothing);
	});

	it("judges each aim", () => {
		const found = score.aims.map(({ name, found, reached }) => [
			name,
			found,
			reached,
		]);
		expect(found).to.deep.equal([
			["geometry", 1, true],
			["new slabs", 3 / 150, true],
			["slabs held", 3 / 165, true],
			["free pages", 0.5, false],
			["free blocks", 5 / 6, false],
			["same frame", 192 / 200, true],
		]);
		expect(isTrue(score)).to.equal(false);
	});

	it("neither reaches nor misses what cannot be judged (SC2)", () => {
		const nothing = scoreOf({ recording: "x", events: 0 });
		expect(nothing.aims.map(({ name }) => name)).to.deep.equal([...AIM_NAMES]);
		for (const { found, reached } of nothing.aims) {
			expect(found).to.equal(null);
			expect(reached).to.equal(null);
		}
		expect(isTrue(nothing)).to.equal(true);
	});

	it("misses an aim where something is here and nothing was recorded", () => {
		const slabs = [traffic("dentry", 0, 0, 3, 0, 0)];
		expect(aim(scoreOf(sampleInput({ slabs })), "new slabs")).to.deep.include({
			found: 1,
			reached: false,
		});
	});

	it("judges free pages only where every page event is known", () => {
		const unknown = tallies({
			pages: { unknownFrees: 1, lostRequests: 0, unknownStart: 0 },
		});
		const states = [
			stateInput("a", [4], [4]),
			stateInput("c", [4], [9], unknown),
		];
		const judged = scoreOf(sampleInput({ states }));
		expect(aim(judged, "free pages")).to.deep.include({
			found: 1,
			reached: true,
		});
		const none = scoreOf(sampleInput({ states: states.slice(1) }));
		expect(aim(none, "free pages").reached).to.equal(null);
	});

	it("judges by whole differences, whatever their causes (SC3)", () => {
		const states = [
			stateInput("a", [100], [110], tallies({ untracedWindows: 1 })),
		];
		const judged = scoreOf(sampleInput({ states }));
		expect(judged.causes.blocks).to.deep.equal({
			unseen: 10,
			start: 0,
			model: 0,
		});
		expect(aim(judged, "free blocks").reached).to.equal(false);
	});

	it("takes the worst snapshot of slabinfo, and the causes of the last", () => {
		const [first, last] = sampleInput().slabinfo!;
		const turned = scoreOf(sampleInput({ slabinfo: [last!, first!] }));
		expect(aim(turned, "slabs held").found).to.equal(3 / 165);
		expect(turned.causes.held).to.deep.equal({ unseen: 0, start: 0, model: 0 });
		expect(score.causes.held).to.deep.equal({ unseen: 1, start: 1, model: 1 });
	});

	it("has no causes of parts that are missing", () => {
		expect(scoreOf({ recording: "x", events: 0 }).causes).to.deep.equal({
			slabs: null,
			held: null,
			blocks: null,
		});
	});
});
