import { expect } from "chai";
import {
	PAIR,
	REPLACEMENT,
	streamWords,
} from "../../../../scripts/bench/streams";
import { pageOps } from "../../../../scripts/bench/subjects/page-ops";
import { withOps } from "../samples";

const ORDERS = streamWords(REPLACEMENT, 2, 1, 0, [0, 10, 0, 3]);
const TOO_HIGH = streamWords(PAIR, 1, 1, 11);

describe("the page allocator as a subject", () => {
	it("takes orders for bytes", () =>
		withOps(ORDERS, (path) => {
			const subject = pageOps("64M", path);
			expect(subject.note).to.equal("");
			expect(subject.round()).to.be.greaterThan(0);
		}));

	it("says how many allocations failed", () =>
		withOps(TOO_HIGH, (path) => {
			expect(pageOps("64M", path).note).to.equal("1 allocations failed");
		}));
});
