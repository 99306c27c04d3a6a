import { expect } from "chai";
import {
	mappedMemory,
	reading,
	readPages,
	type Translator,
} from "../../../../scripts/bench/subjects/mapped-pages";

/** Translates by rote, and says that every access missed. */
class Rote implements Translator {
	misses = 0;
	readonly asked: number[] = [];

	translate(va: number): number {
		this.misses++;
		this.asked.push(va);
		return 4096 * 16;
	}
}

describe("mapped pages", () => {
	it("are read in turn, a page and a cache line apart, over and over", () => {
		const rote = new Rote();
		const { words } = mappedMemory(0);
		expect(readPages(rote, words, 2, 3)).to.equal(3);
		const [first, second, third] = rote.asked as [number, number, number];
		expect([second - first, third - first]).to.deep.equal([4160, 0]);
	});

	it("are not measured when an access is not of the kind", () => {
		const { words } = mappedMemory(0);
		const rote = new Rote();
		expect(() => reading(rote, rote, words, "hit", "1")).to.throw("hit");
		const subject = reading(rote, rote, words, "miss", "1");
		expect(subject.round()).to.be.greaterThan(0);
	});
});
