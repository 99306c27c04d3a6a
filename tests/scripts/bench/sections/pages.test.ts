import { expect } from "chai";
import { orderAims, pairAims } from "../../../../scripts/bench/sections/pages";
import { seriesOf } from "../samples";

describe("aims for the page allocator", () => {
	it("compare a pair of pages with a pair of objects", () => {
		const aims = pairAims([seriesOf("pages", 6), seriesOf("kmalloc", 4)]);
		expect(aims.map((aim) => aim.value)).to.deep.equal([1.5]);
	});

	it("say what a bare buddy reaches", () => {
		const bare = seriesOf("bare buddy", 2);
		const [pair] = pairAims([seriesOf("kmalloc", 4), bare]);
		const [slower, share] = orderAims([bare]);
		const floors = [pair, slower, share].map((aim) => aim?.floor);
		expect(floors).to.deep.equal([0.5, 2, undefined]);
	});

	it("take the slower machine, and compare the two", () => {
		const aims = orderAims([seriesOf("64M", 40), seriesOf("8G", 50)]);
		expect(aims.map((aim) => aim.value)).to.deep.equal([50, 1.25]);
	});
});
