import { expect } from "chai";
import type { Replay } from "../../../kernel/replay/replay";
import type { Score } from "../../../kernel/replay/score/score";
import { replayed } from "./late";

describe("the score of a whole replay", () => {
	let replay: Replay;
	let score: Score;
	before(function () {
		this.timeout(60_000);
		replay = replayed({ scores: true });
		score = replay.moments!.score();
	});
	after(() => {
		replay = null as never; // its machine is large
	});

	const aim = (name: string) => score.aims.find((it) => it.name === name)!;

	it("has every event from the start on", () => {
		expect(score.recording).to.equal("s5-tracecmd-small-2cpu");
		expect(score.events).to.equal(replay.played);
		expect(score.events).to.equal(38_893);
	});

	it("finds every cache and every zone of the recorded shape", () => {
		expect(aim("geometry")).to.include({ found: 1, reached: true });
	});

	it("holds the recorded number of slabs, within two in a hundred", () => {
		expect(aim("slabs held").reached).to.equal(true);
		expect(aim("slabs held").found).to.be.at.most(0.02);
	});

	it("looks at each snapshot whose marks it met after the start", () => {
		const names = score.states.map(({ snapshot }) => snapshot);
		expect(names).to.deep.equal(["c"]);
		expect(score.slabinfo.map(({ snapshot }) => snapshot)).to.deep.equal(names);
	});

	it("MO2: counts what it could not know", () => {
		const { pages } = score.tallies;
		expect(pages.lostRequests).to.equal(replay.pages.inferred.lost);
		expect(pages.unknownFrees).to.equal(replay.pages.oddFrees.unknown);
		expect(score.tallies.untracedWindows).to.equal(0);
	});

	it("SC1: is plain data, the same every time it is asked for", () => {
		expect(replay.moments!.score()).to.deep.equal(score);
		expect(JSON.parse(JSON.stringify(score))).to.deep.equal(score);
	});

	it("MO1: looking changes nothing", () => {
		const { kernel, moments } = replay;
		const hash = kernel.stateHash();
		for (const file of ["slabinfo", "buddyinfo", "zoneinfo", "kpageflags"])
			moments!.mark(`SNAPSHOT-c READ-DONE ${file}`);
		moments!.mark("SNAPSHOT-c TRACING-OFF slab.tsv");
		moments!.mark("anything");
		expect(kernel.stateHash()).to.equal(hash);
		expect(moments!.score().tallies.untracedWindows).to.equal(1);
	});
});
