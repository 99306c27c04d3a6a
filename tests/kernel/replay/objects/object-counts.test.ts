import { expect } from "chai";
import {
	ObjectCounts,
	total,
} from "../../../../kernel/replay/objects/object-counts";

describe("counts of objects", () => {
	it("are kept by cache and by caller", () => {
		const counts = new ObjectCounts();
		counts.allocated(7, 2);
		counts.allocated(7, 3);
		counts.freed(7, 2);
		counts.freedUnseen(8, 3);
		counts.left(8, 3);
		expect(counts.allocatedByCaller.at(7)).to.equal(2);
		expect(counts.allocatedByCache.at(3)).to.equal(1);
		expect(total(counts.freedByCache)).to.equal(2);
		expect(counts.unseenByCache.at(3)).to.equal(1);
		expect(counts.leftByCaller.at(8)).to.equal(1);
	});
});
