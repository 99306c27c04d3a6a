import { expect } from "chai";
import { ALL_KNOWN } from "../../../../kernel/replay/score/causes";
import { slabsScore } from "../../../../kernel/replay/score/slabs";
import { tallies, traffic } from "./sample";

describe("kernel/replay/score/slabs", () => {
	it("judges new and freed slabs of all caches, without signs", () => {
		const { made, freed, caches } = slabsScore(
			[
				traffic("dentry", 0, 100, 102, 10, 9),
				traffic("inode", 1, 50, 48, 5, 6),
				traffic("file", 0, 50, 50, 0, 0),
			],
			ALL_KNOWN,
		);
		expect(caches).to.equal(3);
		expect(made).to.deep.include({ recorded: 200, ours: 200, apart: 4 });
		expect(made.error).to.equal(0.02);
		expect(made.withinTolerance).to.equal(2 / 3);
		expect(made.withinOne).to.equal(1 / 3);
		expect(freed).to.deep.include({ apart: 2, withinOne: 1 });
	});

	it("puts the worst cache first and leaves out equal ones", () => {
		const { rows } = slabsScore(
			[
				traffic("a", 0, 5, 6, 0, 0),
				traffic("b", 0, 5, 5, 0, 0),
				traffic("c", 0, 5, 5, 1, 9),
			],
			ALL_KNOWN,
		);
		expect(rows.map(({ cache }) => cache)).to.deep.equal(["c", "a"]);
		expect(rows[0]).to.deep.include({
			apart: 8,
			causes: { unseen: 0, start: 0, model: 8 },
		});
	});

	it("adds up the orders of one cache, and tells all orders apart (SS1)", () => {
		const { rows, orders } = slabsScore(
			[traffic("a", 3, 10, 8, 0, 0), traffic("a", 1, 0, 2, 0, 0)],
			ALL_KNOWN,
		);
		expect(rows).to.deep.equal([]);
		expect(orders.map(({ order, made }) => [order, made.ours])).to.deep.equal([
			[1, 2],
			[3, 8],
		]);
	});

	it("does not count caches without slabs (SS2)", () => {
		const score = slabsScore([traffic("idle", 0, 0, 0, 0, 0)], ALL_KNOWN);
		expect(score.caches).to.equal(0);
		expect(score.orders).to.deep.equal([]);
		expect(score.made).to.deep.include({ error: null, withinOne: null });
	});

	it("counts caches that only one side has, and nothing recorded as wholly wrong", () => {
		const { made } = slabsScore([traffic("ours", 0, 0, 3, 0, 0)], ALL_KNOWN);
		expect(made).to.include({ recorded: 0, ours: 3, error: 1 });
		expect(made.withinTolerance).to.equal(0);
	});

	it("divides differences by cause, new and freed slabs alone (SS3)", () => {
		const known = tallies({
			caches: { a: { unknownFrees: 1, lostRequests: 1, unknownStart: 1 } },
		});
		const { rows, causes } = slabsScore(
			[traffic("a", 0, 10, 14, 3, 4), traffic("b", 0, 1, 2, 0, 0)],
			known,
		);
		expect(rows[0]?.causes).to.deep.equal({ unseen: 3, start: 1, model: 1 });
		expect(causes).to.deep.equal({ unseen: 3, start: 1, model: 2 });
	});

	it("takes an empty replay", () => {
		const score = slabsScore([], ALL_KNOWN);
		expect(score.rows).to.deep.equal([]);
		expect(score.made.count).to.equal(0);
	});
});
