import { expect } from "chai";
import * as gfp from "../../mm/gfp";
import { GFP_FLAGS, gfpText, migratetypeOf } from "../../mm/gfp";

describe("GFP flags", () => {
	it("have the values of Linux 6.1", () => {
		const values = {
			GFP_KERNEL: 0xcc0,
			GFP_KERNEL_ACCOUNT: 0x400cc0,
			GFP_ATOMIC: 0xa20,
			GFP_NOWAIT: 0x800,
			GFP_NOIO: 0xc00,
			GFP_NOFS: 0xc40,
			GFP_USER: 0x100cc0,
			GFP_HIGHUSER: 0x100cc2,
			GFP_HIGHUSER_MOVABLE: 0x100cca,
			GFP_DMA: 1,
			GFP_DMA32: 4,
			__GFP_ZERO: 0x100,
			__GFP_COMP: 0x40000,
			__GFP_NOWARN: 0x2000,
			__GFP_MEMALLOC: 0x20000,
			__GFP_ACCOUNT: 0x400000,
		};
		expect(gfp).to.include(values);
	});

	it("of one bit share no bit", () => {
		const bits = Object.entries(gfp)
			.filter(([name]) => name.startsWith("__GFP_") && name !== "__GFP_RECLAIM")
			.map(([, value]) => value as number);
		expect(bits.reduce((all, bit) => all | bit, 0)).to.equal(
			bits.reduce((sum, bit) => sum + bit, 0),
		);
	});

	it("print as the kernel prints them: composites first", () => {
		expect(gfpText(gfp.GFP_KERNEL)).to.equal("GFP_KERNEL");
		expect(gfpText(gfp.GFP_KERNEL | gfp.__GFP_ZERO)).to.equal(
			"GFP_KERNEL|__GFP_ZERO",
		);
		expect(gfpText(gfp.GFP_ATOMIC | gfp.__GFP_COMP)).to.equal(
			"GFP_ATOMIC|__GFP_COMP",
		);
		expect(gfpText(gfp.GFP_HIGHUSER_MOVABLE)).to.equal("GFP_HIGHUSER_MOVABLE");
		expect(gfpText(0)).to.equal("none");
		expect(gfpText(0x40000000)).to.equal("0x40000000");
	});

	it("are found by name", () => {
		expect(GFP_FLAGS.get("GFP_NOFS")).to.equal(gfp.GFP_NOFS);
		expect(GFP_FLAGS.get("__GFP_RECLAIMABLE")).to.equal(16);
		expect(GFP_FLAGS.has("GFP_WHATEVER")).to.equal(false);
	});

	it("say the migratetype: unmovable, movable, reclaimable", () => {
		expect(migratetypeOf(gfp.GFP_KERNEL)).to.equal(0);
		expect(migratetypeOf(gfp.GFP_HIGHUSER_MOVABLE)).to.equal(1);
		expect(migratetypeOf(gfp.GFP_KERNEL | gfp.__GFP_RECLAIMABLE)).to.equal(2);
	});

	it("reserve bits equal the allocator's own", () => {
		expect(gfp.ALLOC_MIN_RESERVE).to.equal(gfp.__GFP_HIGH);
		expect(gfp.ALLOC_KSWAPD).to.equal(gfp.__GFP_KSWAPD_RECLAIM);
	});
});
