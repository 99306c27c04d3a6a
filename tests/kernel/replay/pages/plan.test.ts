// Whole recordings, where this machine has them: what the engine's page allocator reaches when it is fed with requests.

import { expect } from "chai";
import { planPages } from "../../../../kernel/replay/pages/plan";
import type { StartFlavour } from "../../../../kernel/replay/pages/start-state";
import { PageSurvey } from "../../../../kernel/replay/pages/survey";
import { Names } from "../../../../kernel/replay/reading/names";
import { Recording } from "../../../../kernel/replay/snapshot/recording";
import { textSource } from "../../../../kernel/replay/snapshot/source";
import { fullName, playPages, type Surveyed, surveyed } from "./recorded";

/** What is reached: least share of allocations with the same page, and what the snapshots may be off. */
const REACHED: readonly [name: string, flavour: StartFlavour, same: number][] =
	[
		["m1", "boot", 0.999],
		["m1", "learned", 0.999],
		["m1", "snapshot", 0],
		["m5", "boot", 0.999],
		["m7", "boot", 0.998],
		["m7", "learned", 0.996],
		["m12", "boot", 0.999],
		["m12", "learned", 0.999],
		["m12", "lists", 0.85],
		["s5", "learned", 0.999],
	];

describe("the plan of a replay of pages", () => {
	it("needs a snapshot with flags of frames", () => {
		const recording = new Recording("empty", textSource({}));
		const plan = () => planPages(new PageSurvey(new Names()), recording);
		expect(plan).to.throw(
			/^The recording empty has no snapshot a with kpageflags/,
		);
	});

	const kept = new Map<string, Surveyed>();
	for (const [short, flavour, least] of REACHED) {
		const name = fullName(short);
		const title = `${short} from ${flavour}: ${least * 100} % of the pages are the same`;
		(name ? it : it.skip)(title, () => {
			const source = kept.get(short) ?? surveyed(name as string);
			kept.clear(); // one at a time: they are large
			kept.set(short, source);
			const { answers, complaints, kernel, plan, player } = playPages(source, {
				flavour,
			});
			expect(complaints, "the filled ground").to.deep.equal([]);
			expect(kernel.check(), "at the end").to.deep.equal([]);
			expect(plan.start.flavour).to.equal(flavour);
			const { count, same } = answers.allocations;
			expect(same / count).to.be.at.least(least);
			if (least < 0.9) return;
			expect(plan.contradictions).to.equal(0);
			expect(player.failedHere).to.equal(0);
			expect(player.oddFrees.unknown).to.equal(0);
			expect(player.inferred.lost).to.be.at.most(4);
			const { takes, drains, fallbacks } = answers;
			expect(takes.ours).to.equal(takes.recorded);
			expect(drains.ours).to.equal(drains.recorded);
			expect(fallbacks.equal).to.equal(fallbacks.recorded);
			expect(answers.snapshots.length).to.be.at.least(2);
			for (const { snapshot, apart, frames } of answers.snapshots)
				expect([snapshot, apart, ...frames]).to.deep.equal([
					snapshot,
					...[0],
					...frames.map(() => 0),
				]);
		});
	}
});
