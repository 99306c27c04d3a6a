import { expect } from "chai";
import {
	OPS,
	PAIR,
	REPLACEMENT,
	streamWords,
} from "../../../../scripts/bench/streams";
import { bareBuddy } from "../../../../scripts/bench/subjects/bare-buddy";
import { withOps } from "../samples";

const ORDERS = streamWords(REPLACEMENT, 3, 1, 0, [0, 10, 4, 0, 3, 2, 5, 1, 9]);
// Twelve blocks of order 7 go back to back, so that what follows needs all of them merged.
const HALVES = Array.from({ length: 24 }, () => 7);
const MERGED = streamWords(OPS, 27, 2, 0, [
	...HALVES,
	...HALVES.map((_, i) => i - 24),
	...[10, 10, 10, -3, -2, -1],
]);

describe("a bare buddy as a subject", () => {
	it("takes orders for bytes, round after round", () =>
		withOps(ORDERS, (path) => {
			const subject = bareBuddy("64M", path);
			expect(subject.round()).to.be.greaterThan(0);
			expect(subject.round()).to.be.greaterThan(0);
		}));

	it("splits what is too large, and merges it again", () =>
		withOps(MERGED, (path) => {
			expect(bareBuddy("16M", path).round()).to.be.greaterThan(0);
		}));

	it("gives up when no block is left", () =>
		withOps(streamWords(PAIR, 1, 1, 10), (path) => {
			expect(() => bareBuddy("4M", path)).to.throw("full");
		}));
});
