import { expect } from "chai";
import {
	HEAT_STEPS,
	heatOf,
	heatStep,
	heatWindow,
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
			const window = heatWindow(show.events);
			const heat = heatOf(show.film.columns, event + 1, frames, window);
			expect(heat.length).to.equal(frames);
			for (let pfn = 0; pfn < frames; pfn += 37) {
				const recent = show
					.historyOf({ kind: "frame", pfn })
					.filter((at) => at <= event && at > event - window);
				expect(heat[pfn], `frame ${pfn}`).to.equal(recent.length);
			}
		}
	});

	it("is nothing before the first event", () => {
		const { film, ground } = shown("buddy");
		const heat = heatOf(film.columns, 0, ground.length, 100);
		expect(heat.every((value) => value === 0)).to.equal(true);
	});

	it("has steps that the legend names", () => {
		expect([0, 1, 3, 4, 255, 256, 9999].map(heatStep)).to.deep.equal([
			-1, 0, 0, 1, 3, 4, 4,
		]);
		expect(HEAT_STEPS.map((_, step) => heatWords(step, 1000))).to.deep.equal([
			"1–3 of the last 1,000 events",
			"4–15",
			"16–63",
			"64–255",
			"256 and more",
		]);
	});

	it("looks at a tenth of the trace at most, unless it is tiny", () => {
		const windows = [0, 1700, 10_000, 99_999, 300_000, 5e6].map(heatWindow);
		expect(windows).to.deep.equal([100, 100, 1000, 1000, 10_000, 10_000]);
	});
});
