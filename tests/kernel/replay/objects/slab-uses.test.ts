import { expect } from "chai";
import { SlabUses } from "../../../../kernel/replay/objects/slab-uses";

describe("uses of slabs", () => {
	it("are 0 until they are told", () => {
		const uses = new SlabUses();
		expect(uses.when(9)).to.equal(0);
		uses.set(9, 70, 2);
		uses.set(3, 80, -1);
		expect([uses.when(9), uses.cpu(9)]).to.deep.equal([70, 2]);
		expect([uses.when(3), uses.cpu(3)]).to.deep.equal([80, 0]);
		expect(uses.when(4)).to.equal(0);
	});
});
