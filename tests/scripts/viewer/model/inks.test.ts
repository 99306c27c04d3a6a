import { expect } from "chai";
import {
	colourOf,
	GROUND,
	type Ink,
	NAMED,
	namedInk,
	STATE_INKS,
	STEPS,
	STEPS_DARK,
	WARM,
} from "../../../../scripts/viewer/model/inks";

function lightness(colour: string): number {
	const value = Number.parseInt(colour.slice(1, 7), 16);
	const parts = [value >>> 16, (value >>> 8) & 255, value & 255].map((it) => {
		const share = it / 255;
		return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * parts[0]! + 0.7152 * parts[1]! + 0.0722 * parts[2]!;
}

function contrast(one: string, other: string): number {
	const [dark, light] = [lightness(one), lightness(other)].sort(
		(a, b) => a - b,
	);
	return (light! + 0.05) / (dark! + 0.05);
}

describe("inks", () => {
	const named: Ink[] = NAMED.map((_, place) => namedInk("", place));

	it("IN1: can be seen on paper and on a dark screen", () => {
		for (const ink of [...STATE_INKS.slice(3), ...named]) {
			expect(
				contrast(ink.light, "#fdfcfa"),
				ink.words + ink.light,
			).to.be.at.least(3);
			expect(
				contrast(ink.dark, "#191c1f"),
				ink.words + ink.dark,
			).to.be.at.least(3);
		}
		expect(GROUND.length).to.equal(3);
	});

	it("steps get brighter one by one", () => {
		for (const steps of [STEPS, STEPS_DARK])
			for (let at = 1; at < steps.length; at++)
				expect(lightness(steps[at]!)).to.be.greaterThan(
					lightness(steps[at - 1]!),
				);
	});

	it("warm ones get darker on paper and brighter on a dark screen, and differ without any sense of hue", () => {
		for (let at = 0; at < WARM.length; at++) {
			const [light, dark] = WARM[at]!;
			const [pale, dim] = WARM[at - 1] ?? ["#fdfcfa", "#191c1f"];
			expect(contrast(light, pale)).to.be.at.least(1.25);
			expect(contrast(dark, dim)).to.be.at.least(1.25);
			expect(lightness(light)).to.be.below(lightness(pale));
			expect(lightness(dark)).to.be.above(lightness(dim));
		}
	});

	it("has one colour for each theme", () => {
		expect(colourOf(namedInk("x", 0), false)).to.equal(NAMED[0]![0]);
		expect(colourOf(namedInk("x", 99), true)).to.equal(NAMED.at(-1)![1]);
	});
});
