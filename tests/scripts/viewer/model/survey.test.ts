import { expect } from "chai";
import { fragmentedPercent } from "../../../../scripts/viewer/model/survey";
import { shown } from "../shows";

describe("the survey", () => {
	it("SV1: its samples are the states of the film", () => {
		const { survey, film } = shown("per-cpu");
		expect(survey.every).to.be.greaterThan(1);
		for (const at of [10, 2000, survey.samples - 1]) {
			const event = Math.min((at + 1) * survey.every, survey.events) - 1;
			const fold = film.at(event);
			const values = survey.tracks.map(({ values }) => values[at]);
			const zones = fold.frames.zones.length;
			const caches = fold.objects.all();
			expect(values.slice(0, zones)).to.deep.equal(
				fold.frames.zones.map((_, zone) => fold.frames.freeFrames(zone)),
			);
			expect(values[zones]).to.equal(
				caches.reduce((sum, { frames }) => sum + frames, 0),
			);
			expect(values.at(-2)).to.equal(
				caches.reduce((sum, { active }) => sum + active, 0),
			);
			expect(values.at(-1)).to.equal(fragmentedPercent(fold));
		}
	});

	it("counts page tables and the pages of tasks", () => {
		const { survey, film } = shown("page-tables");
		const { frames } = film.at(1500);
		let user = 0;
		let tables = 0;
		frames.eachBlock((head, count) => {
			if (frames.state[head] === 8) user += count;
			if (frames.state[head] === 7) tables += count;
		});
		const at = Math.floor(1500 / survey.every);
		const sampleOf = (name: string) =>
			survey.tracks.find((track) => track.name === name)?.values[at];
		expect(user).to.be.greaterThan(0);
		expect(sampleOf("tasks")).to.equal(user);
		expect(sampleOf("page tables")).to.equal(tables);
	});

	it("knows stages, ticks, tasks and lines of the log", () => {
		const { survey } = shown("buddy");
		expect(survey.stages.map(({ name }) => name)).to.include("fork_init");
		expect(survey.ticks[0]?.number).to.equal(1);
		expect(survey.taskName(1, survey.events)).to.equal("builder");
		expect(survey.log.some(({ text }) => text.includes("order 7"))).to.equal(
			true,
		);
		const [stage] = survey.stages;
		expect(survey.stagesAt(stage!.from)).to.include(stage);
		const [tick] = survey.ticks;
		expect(survey.tickAt(tick!.event)).to.equal(tick);
		expect(survey.tickAt(tick!.event - 1)).to.equal(null);
	});
});
