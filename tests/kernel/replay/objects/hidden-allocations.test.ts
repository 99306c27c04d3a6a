import { expect } from "chai";
import { HiddenAllocations } from "../../../../kernel/replay/objects/hidden-allocations";

describe("allocations that only their frees show", () => {
	it("lie at the first moment after the slab began and the address was freed last", () => {
		const hidden = new HiddenAllocations();
		hidden.moment(); // before the start: does not count
		hidden.start();
		hidden.moment(); // 1
		hidden.born(7);
		hidden.moment(); // 2
		hidden.moment(); // 3
		hidden.freed(100, 0, 7);
		hidden.noteFree(100, 0);
		hidden.moment(); // 4
		hidden.freed(100, 0, 7);
		hidden.freed(200, 0, 7);
		hidden.freed(300, 0, 2); // of a slab that is older than the start
		hidden.finish();
		const found = Array.from({ length: hidden.size }, (_, n) => [
			hidden.momentOf(n),
			hidden.low(n),
		]);
		expect(found).to.deep.equal([
			[1, 300],
			[2, 100],
			[2, 200],
			[4, 100],
		]);
	});

	it("are none where no moment came in between", () => {
		const hidden = new HiddenAllocations();
		hidden.start();
		hidden.moment();
		hidden.noteFree(8, 0);
		hidden.freed(8, 0, 1);
		hidden.finish();
		expect(hidden.size).to.equal(0);
	});
});
