import { expect } from "chai";
import fc from "fast-check";
import {
	ALL_KNOWN,
	addCauses,
	cacheCauses,
	causesOf,
	knowsAllPages,
	NO_CAUSES,
	pageCauses,
} from "../../../../kernel/replay/score/causes";
import { tallies } from "./sample";

const TALLY = { unknownFrees: 2, lostRequests: 1, unknownStart: 4 };

describe("kernel/replay/score/causes", () => {
	it("blames unseen events first, then the start, then the model", () => {
		expect(causesOf(2, TALLY, 0)).to.deep.equal({
			unseen: 2,
			start: 0,
			model: 0,
		});
		expect(causesOf(5, TALLY, 0)).to.deep.equal({
			unseen: 3,
			start: 2,
			model: 0,
		});
		expect(causesOf(9, TALLY, 0)).to.deep.equal({
			unseen: 3,
			start: 4,
			model: 2,
		});
		expect(causesOf(0, TALLY, 0)).to.deep.equal(NO_CAUSES);
	});

	it("knows no bound behind a window without tracing (CS3)", () => {
		expect(causesOf(9, TALLY, 1)).to.deep.equal({
			unseen: 9,
			start: 0,
			model: 0,
		});
	});

	it("blames the model alone where nothing is unknown", () => {
		const model = { unseen: 0, start: 0, model: 3 };
		expect(pageCauses(3, ALL_KNOWN)).to.deep.equal(model);
		expect(cacheCauses(3, "dentry", ALL_KNOWN)).to.deep.equal(model);
		expect(cacheCauses(3, "toString", ALL_KNOWN)).to.deep.equal(model);
	});

	it("looks at the cache's own tally", () => {
		const known = tallies({ caches: { dentry: TALLY } });
		expect(cacheCauses(3, "dentry", known).unseen).to.equal(3);
		expect(cacheCauses(3, "inode", known).unseen).to.equal(0);
		expect(pageCauses(3, known).unseen).to.equal(0);
	});

	it("knows all pages only if nothing about them is unknown", () => {
		expect(knowsAllPages(ALL_KNOWN)).to.equal(true);
		expect(knowsAllPages(tallies({ caches: { dentry: TALLY } }))).to.equal(
			true,
		);
		expect(knowsAllPages(tallies({ pages: TALLY }))).to.equal(false);
		expect(knowsAllPages(tallies({ untracedWindows: 1 }))).to.equal(false);
	});

	it("adds up to the difference and keeps its bounds (CS1, CS2)", () => {
		const tally = fc.record({
			unknownFrees: fc.nat(9),
			lostRequests: fc.nat(9),
			unknownStart: fc.nat(9),
		});
		fc.assert(
			fc.property(fc.nat(40), tally, fc.nat(1), (difference, it, windows) => {
				const { unseen, start, model } = causesOf(difference, it, windows);
				expect(unseen + start + model).to.equal(difference);
				expect(Math.min(unseen, start, model)).to.be.at.least(0);
				if (windows > 0) return;
				expect(unseen).to.be.at.most(it.unknownFrees + it.lostRequests);
				expect(start).to.be.at.most(it.unknownStart);
			}),
		);
	});

	it("adds several up", () => {
		expect(addCauses([])).to.deep.equal(NO_CAUSES);
		const one = causesOf(9, TALLY, 0);
		expect(addCauses([one, one])).to.deep.equal({
			unseen: 6,
			start: 8,
			model: 4,
		});
	});
});
