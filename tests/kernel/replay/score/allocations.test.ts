import { expect } from "chai";
import fc from "fast-check";
import { allocationsScore } from "../../../../kernel/replay/score/allocations";
import { allocation } from "./sample";

describe("kernel/replay/score/allocations", () => {
	it("gives shares of all, by order, by type and by slice", () => {
		const score = allocationsScore([
			allocation(1, 0, "Movable", 80, 60),
			allocation(0, 0, "Movable", 100, 100),
			allocation(0, 3, "Unmovable", 20, 10),
		]);
		expect(score).to.deep.include({ count: 200, same: 170, share: 0.85 });
		expect(score.orders).to.deep.equal([
			{ order: 0, count: 180, same: 160, share: 160 / 180 },
			{ order: 3, count: 20, same: 10, share: 0.5 },
		]);
		expect(score.types.map(({ type }) => type)).to.deep.equal([
			"Movable",
			"Unmovable",
		]);
		expect(score.slices.map(({ share }) => share)).to.deep.equal([
			110 / 120,
			0.75,
		]);
	});

	it("has no share of no allocations", () => {
		const score = allocationsScore([allocation(0, 0, "Movable", 0, 0)]);
		expect(score).to.deep.equal({
			count: 0,
			same: 0,
			share: null,
			orders: [],
			types: [],
			slices: [],
		});
	});

	it("adds up to the same numbers whichever way (AL1)", () => {
		const count = fc
			.tuple(
				fc.nat(5),
				fc.nat(3),
				fc.constantFrom("M", "U"),
				fc.nat(9),
				fc.nat(9),
			)
			.map(([slice, order, type, same, more]) =>
				allocation(slice, order, type, same + more, same),
			);
		fc.assert(
			fc.property(fc.array(count), (counts) => {
				const score = allocationsScore(counts);
				for (const rows of [score.orders, score.types, score.slices]) {
					expect(rows.reduce((sum, row) => sum + row.count, 0)).to.equal(
						score.count,
					);
					expect(rows.reduce((sum, row) => sum + row.same, 0)).to.equal(
						score.same,
					);
				}
			}),
		);
	});
});
