import { expect } from "chai";
import fc from "fast-check";
import { Rng } from "../../../hw/rng";
import {
	type AmountText,
	compileAmount,
	isFixed,
	sizeOf,
} from "../../../kernel/scenario/distribution";

describe("kernel/scenario/distribution", () => {
	const rng = (seed = 1): Rng => {
		const source = new Rng(new Int32Array(2));
		source.seed(seed);
		return source;
	};
	const draws = (text: AmountText, count = 4000): number[] => {
		const amount = compileAmount(text);
		const source = rng();
		return Array.from({ length: count }, () => amount(source));
	};
	const mean = (values: number[]): number =>
		values.reduce((sum, value) => sum + value, 0) / values.length;

	it("takes numbers and sizes as they are", () => {
		expect(draws(64, 3)).to.deep.equal([64, 64, 64]);
		expect(draws("4K", 1)).to.deep.equal([4096]);
		expect(sizeOf("0x10")).to.equal(16);
		expect(isFixed("2M")).to.equal(true);
		expect(isFixed({ uniform: [1, 2] })).to.equal(false);
	});

	it("uniform: each whole number is as likely, both ends included", () => {
		const counts = new Map<number, number>();
		for (const value of draws({ uniform: [3, 6] }))
			counts.set(value, (counts.get(value) ?? 0) + 1);
		expect([...counts.keys()].sort()).to.deep.equal([3, 4, 5, 6]);
		for (const count of counts.values()) expect(count).to.be.within(900, 1100);
	});

	it("normal: about two thirds lie within one deviation", () => {
		const values = draws({ normal: { mean: 1000, deviation: 100 } });
		expect(mean(values)).to.be.within(990, 1010);
		const near = values.filter((value) => Math.abs(value - 1000) <= 100);
		expect(near.length / values.length).to.be.within(0.65, 0.72);
	});

	it("exponential: has its mean, and half of it below 0.69 of that", () => {
		const values = draws({ exponential: { mean: 1000 } });
		expect(mean(values)).to.be.within(950, 1050);
		const low = values.filter((value) => value < 693);
		expect(low.length / values.length).to.be.within(0.47, 0.53);
	});

	it("pareto: never below its minimum, a tail as heavy as its shape", () => {
		const values = draws({ pareto: { min: 100, shape: 1 } });
		expect(Math.min(...values)).to.be.at.least(100);
		const large = values.filter((value) => value > 1000);
		expect(large.length / values.length).to.be.within(0.08, 0.12);
	});

	it("weighted: in proportion", () => {
		const values = draws({ weighted: { 64: 3, "4K": 1 } });
		expect(new Set(values)).to.deep.equal(new Set([64, 4096]));
		const small = values.filter((value) => value === 64);
		expect(small.length / values.length).to.be.within(0.72, 0.78);
	});

	it("keeps to its limits", () => {
		const limits = { min: 90, max: "110" };
		for (const text of [
			{ normal: { mean: 100, deviation: 50, ...limits } },
			{ exponential: { mean: 100, ...limits } },
			{ pareto: { min: 90, shape: 1, max: 110 } },
		] as AmountText[])
			for (const value of draws(text, 500)) expect(value).to.be.within(90, 110);
	});

	it("refuses limits that cannot be met", () => {
		expect(() => compileAmount({ uniform: [9, 3] })).to.throw(
			"uniform: the first amount, 9, is above the second, 3",
		);
		expect(() =>
			compileAmount({ exponential: { mean: 1, min: 5, max: 4 } }),
		).to.throw("min, 5, is above max, 4");
	});

	it("draws whole numbers at or above 0, the same for the same seed", () => {
		const any: fc.Arbitrary<AmountText> = fc.oneof(
			fc.nat(),
			fc.nat(1000).map((low) => ({ uniform: [low, low + 50] as const })),
			fc
				.tuple(fc.nat(1000), fc.nat(1000))
				.map(([m, d]) => ({ normal: { mean: m, deviation: d } })),
			fc.nat(1000).map((m) => ({ exponential: { mean: m } })),
			fc
				.tuple(fc.nat(100), fc.double({ min: 0.5, max: 4, noNaN: true }))
				.map(([min, shape]) => ({ pareto: { min, shape, max: 10_000 } })),
		);
		fc.assert(
			fc.property(any, fc.nat(), (text, seed) => {
				const amount = compileAmount(text);
				const value = amount(rng(seed));
				expect(Number.isSafeInteger(value)).to.equal(true);
				expect(value).to.be.at.least(0);
				expect(amount(rng(seed))).to.equal(value);
			}),
		);
	});
});
