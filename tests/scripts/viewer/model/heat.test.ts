import { expect } from "chai";
import {
	HEAT_EVENTS,
	HEAT_STEPS,
	heatOf,
	heatStep,
	heatWords,
} from "../../../../scripts/viewer/model/heat";
import { shown } from "../shows";

describe("temperature", () => {
	it("HT1: counts the events of a frame's history among the last ones", () => {
		for (const [scenario, event] of [
			["page-tables", 1500],
			["fragmentation", 90_000],
		] as const) {
			const show = shown(scenario);
			const { frames } = show.trace.header.machine;
			const heat = heatOf(show.film.columns, event + 1, frames);
			expect(heat.length).to.equal(frames);
			for (let pfn = 0; pfn < frames; pfn += 37) {
				const recent = show
					.historyOf({ kind: "frame", pfn })
					.filter((at) => at <= event && at > event - HEAT_EVENTS);
				expect(heat[pfn], `frame ${pfn}`).to.equal(recent.length);
			}
		}
	});

	it("is nothing before the first event", () => {
		const { film, ground } = shown("buddy");
		const heat = heatOf(film.columns, 0, ground.length);
		expect(heat.every((value) => value === 0)).to.equal(true);
	});

	it("has steps that the legend names", () => {
		expect([0, 1, 3, 4, 255, 256, 9999].map(heatStep)).to.deep.equal([
			-1, 0, 0, 1, 3, 4, 4,
		]);
		expect(HEAT_STEPS.map((_, step) => heatWords(step))).to.deep.equal([
			"1–3 events",
			"4–15 events",
			"16–63 events",
			"64–255 events",
			"256 events and more",
		]);
	});
});
