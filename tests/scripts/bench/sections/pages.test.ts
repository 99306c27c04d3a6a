import { expect } from "chai";
import { orderAims, pairAims } from "../../../../scripts/bench/sections/pages";
import { seriesOf } from "../samples";

describe("aims for the page allocator", () => {
	it("compare a pair of pages with a pair of objects", () => {
		const aims = pairAims([seriesOf("pages", 6), seriesOf("kmalloc", 4)]);
		expect(aims.map((aim) => aim.value)).to.deep.equal([1.5]);
	});

	it("take the slower machine, and compare the two", () => {
		const aims = orderAims([seriesOf("64M", 40), seriesOf("8G", 50)]);
		expect(aims.map((aim) => aim.value)).to.deep.equal([50, 1.25]);
	});
});
