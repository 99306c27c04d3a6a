import { expect } from "chai";
import {
	FIGURE_GROUPS,
	intervalText,
	ranSoundly,
} from "../../../scripts/report/comparison";
import { sampleComparison, sampleVariant } from "./sample";

const figures = FIGURE_GROUPS.flatMap((group) => group.figures);
const valueFor = (key: string, variant = sampleVariant("default", 1000)) =>
	figures.find((figure) => figure.key === key)?.value(variant);

describe("figures of a comparison", () => {
	it("have keys that tell them apart", () => {
		const keys = figures.map(({ key }) => key);
		expect(new Set(keys).size).to.equal(keys.length);
	});

	it("are the most, the least and the end of what was measured", () => {
		expect(valueFor("used_most")).to.equal(3000 * 4096);
		expect(valueFor("used_end")).to.equal(3000 * 4096);
		expect(valueFor("slab_most")).to.equal(520 * 4096);
		expect(valueFor("slabs_made")).to.equal(3 * 520);
		expect(valueFor("largest_least")).to.equal(2 ** 22);
	});

	it("tell what waste consists of when it is largest", () => {
		const parts = ["waste_free", "waste_rounding", "waste_overhead"];
		const sum = parts.reduce((total, key) => total + (valueFor(key) ?? 0), 0);
		expect(sum).to.equal(valueFor("waste_most"));
	});

	it("are none of a variant that was never measured", () => {
		const variant = sampleVariant("memory=8M", 0, { samples: [] });
		for (const { key, value } of figures)
			expect(value(variant), key).to.equal(null);
	});

	it("come with a verdict: no panic and no damage", () => {
		expect(ranSoundly(sampleComparison())).to.equal(true);
		const hurt = sampleVariant("a", 1, { damage: ["B1: broken"] });
		expect(ranSoundly(sampleComparison([hurt]))).to.equal(false);
	});

	it("come with the interval in words", () => {
		const comparison = sampleComparison();
		const step = { word: "event", nanoseconds: null } as const;
		expect(intervalText(comparison)).to.equal("10 ticks");
		expect(intervalText({ ...comparison, everySteps: 1 })).to.equal("tick");
		expect(intervalText({ ...comparison, step, everySteps: 4044 })).to.equal(
			"4,044 events",
		);
	});
});
