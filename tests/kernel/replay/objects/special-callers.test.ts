import { expect } from "chai";
import {
	BULK,
	FREED_BY_RCU,
	PLAIN,
	SYSFS_WRITE,
	specialCaller,
} from "../../../../kernel/replay/objects/special-callers";

describe("special callers", () => {
	it("are known by function and size, whatever the offset", () => {
		expect(specialCaller("kernfs_fop_open+0x300", 96, true)).to.equal(
			FREED_BY_RCU,
		);
		expect(specialCaller("kernfs_fop_open+0x2f0", 96, true)).to.equal(
			FREED_BY_RCU,
		);
		expect(specialCaller("kernfs_fop_open+0xbe", 192, true)).to.equal(PLAIN);
		expect(specialCaller("mas_alloc_nodes+0x6c", 256, false)).to.equal(BULK);
		expect(specialCaller("kernfs_fop_write_iter+0x183", 8, true)).to.equal(
			SYSFS_WRITE,
		);
		expect(specialCaller("kernfs_fop_opener+0x1", 96, true)).to.equal(PLAIN);
	});

	it("tell a long name from the dentry that it belongs to", () => {
		expect(specialCaller("__d_alloc+0x160", 64, true)).to.equal(FREED_BY_RCU);
		expect(specialCaller("__d_alloc+0x29", 192, false)).to.equal(PLAIN);
	});
});
