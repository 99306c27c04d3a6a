import { expect } from "chai";
import fc from "fast-check";
import {
	apart,
	errorOf,
	isWithin,
	type Pair,
	share,
	sumPairs,
	worstFirst,
} from "../../../../kernel/replay/score/pair";

const pair = (recorded: number, ours: number): Pair => ({ recorded, ours });

describe("kernel/replay/score/pair", () => {
	it("has no share of nothing (PA1)", () => {
		expect(share(0, 0)).to.equal(null);
		expect(share(3, 0)).to.equal(null);
		expect(share(1, 4)).to.equal(0.25);
	});

	it("adds up differences without their signs, so that none hides another (PA2)", () => {
		const sum = sumPairs([pair(10, 10), pair(4, 5), pair(0, 2), pair(7, 6)]);
		expect(sum).to.deep.equal({
			recorded: 21,
			ours: 23,
			count: 4,
			equal: 1,
			apart: 4,
			error: 4 / 21,
		});
	});

	it("leaves out pairs of nothing", () => {
		expect(sumPairs([pair(0, 0)])).to.deep.include({ count: 0, error: null });
		expect(sumPairs([])).to.deep.include({ count: 0, error: null });
	});

	it("is wholly wrong where something is here and nothing was recorded (PA3)", () => {
		expect(errorOf(pair(0, 3))).to.equal(1);
		expect(errorOf(pair(0, 0))).to.equal(null);
		expect(errorOf(pair(50, 49))).to.equal(0.02);
	});

	it("judges changes, which may be negative, by their sizes", () => {
		expect(sumPairs([pair(-10, -9), pair(10, 10)]).error).to.equal(0.05);
	});

	it("is close within a tolerance or a leeway", () => {
		expect(isWithin(pair(100, 102), 0.02)).to.equal(true);
		expect(isWithin(pair(100, 103), 0.02)).to.equal(false);
		expect(isWithin(pair(0, 1), 0.02, 1)).to.equal(true);
		expect(isWithin(pair(0, 2), 0.02, 1)).to.equal(false);
	});

	it("puts the worst first and leaves out what is equal", () => {
		const rows = [
			{ name: "b", ...pair(1, 2) },
			{ name: "a", ...pair(2, 1) },
			{ name: "c", ...pair(3, 3) },
			{ name: "d", ...pair(0, 9) },
		];
		const names = worstFirst(rows, apart, ({ name }) => name).map(
			({ name }) => name,
		);
		expect(names).to.deep.equal(["d", "a", "b"]);
	});

	it("is never less apart than the sums are (PA2)", () => {
		const numbers = fc.record({ recorded: fc.nat(99), ours: fc.nat(99) });
		fc.assert(
			fc.property(fc.array(numbers), (pairs) => {
				const sum = sumPairs(pairs);
				expect(sum.apart).to.be.at.least(Math.abs(sum.ours - sum.recorded));
				expect(sum.apart === 0).to.equal(sum.equal === sum.count);
				expect(JSON.parse(JSON.stringify(sum))).to.deep.equal(sum);
			}),
		);
	});
});
