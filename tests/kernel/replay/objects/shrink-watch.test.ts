import { expect } from "chai";
import {
	orderFor,
	ShrinkWatch,
	shrinkMark,
} from "../../../../kernel/replay/objects/shrink-watch";

describe("a program that shrinks all caches", () => {
	it("is known by its marks", () => {
		expect(shrinkMark("SHRINK-c BEGIN")).to.equal("BEGIN");
		expect(shrinkMark("SHRINK-c END")).to.equal("END");
		expect(shrinkMark("SNAPSHOT-c BEGIN")).to.equal(null);
	});

	it("has its writes counted, and nobody else's", () => {
		const watch = new ShrinkWatch();
		watch.write(5);
		watch.mark("SHRINK-c BEGIN", 5);
		for (const pid of [5, 5, 6, 5]) watch.write(pid);
		watch.mark("SHRINK-c END", 5);
		watch.write(5);
		watch.mark("SHRINK-d BEGIN", 7);
		watch.write(7);
		expect(watch.writes).to.deep.equal([3, 1]);
	});

	it("goes through the table that has as many directories", () => {
		const tables = [["a", "b"], ["a"], ["a", "b", "c"]];
		expect(orderFor(tables, 1)).to.deep.equal(["a"]);
		expect(orderFor(tables, 2)).to.deep.equal(["a", "b"]);
		expect(orderFor(tables, 9)).to.deep.equal(["a", "b", "c"]);
		expect(orderFor([], 9)).to.deep.equal([]);
	});
});
