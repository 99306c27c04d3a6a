import { expect } from "chai";
import {
	AREA,
	AREA_COPY,
	BULK,
	ENTRY,
	HOLDER,
	isFreedByRcu,
	isNodeRequest,
	LONG_NAME,
	PLAIN,
	RCU_OF_LAST_HOLDER,
	RCU_OF_NEXT_HOLDER,
	SYSFS_WRITE,
	specialCaller,
} from "../../../../kernel/replay/objects/special-callers";
import { GFP_KERNEL, GFP_NOWAIT } from "../../../../mm/gfp";

describe("special callers", () => {
	it("are known by function and size, whatever the offset", () => {
		const kinds = [
			["kernfs_fop_open+0x300", 96, RCU_OF_LAST_HOLDER],
			["kernfs_fop_open+0x2f0", 96, RCU_OF_LAST_HOLDER],
			["kernfs_fop_open+0xbe", 192, HOLDER],
			["__do_sys_timerfd_create+0x58", 256, RCU_OF_NEXT_HOLDER],
			["security_file_alloc+0x29", 24, HOLDER],
			["mas_alloc_nodes+0x6c", 256, BULK],
			["vm_area_dup+0x21", 152, AREA_COPY],
			["vm_area_alloc+0x1a", 152, AREA],
			["kernfs_fop_write_iter+0x183", 8, SYSFS_WRITE],
			["kernfs_fop_opener+0x1", 96, PLAIN],
		] as const;
		for (const [site, bytes, kind] of kinds)
			expect(specialCaller(site, bytes, true), site).to.equal(kind);
	});

	it("ask for nodes beforehand when they may sleep", () => {
		expect(isNodeRequest(BULK, GFP_KERNEL)).to.equal(true);
		expect(isNodeRequest(BULK, GFP_NOWAIT)).to.equal(false);
		expect(isNodeRequest(HOLDER, GFP_KERNEL)).to.equal(false);
	});

	it("tell a long name from the entry that it belongs to", () => {
		expect(specialCaller("__d_alloc+0x160", 64, true)).to.equal(LONG_NAME);
		expect(specialCaller("__d_alloc+0x160", 192, true)).to.equal(LONG_NAME);
		expect(specialCaller("__d_alloc+0x29", 192, false)).to.equal(ENTRY);
	});

	it("tell what kfree_rcu may get", () => {
		const kinds = [RCU_OF_LAST_HOLDER, RCU_OF_NEXT_HOLDER, LONG_NAME];
		for (const kind of kinds) expect(isFreedByRcu(kind)).to.equal(true);
		for (const kind of [PLAIN, HOLDER, ENTRY, BULK])
			expect(isFreedByRcu(kind)).to.equal(false);
	});
});
