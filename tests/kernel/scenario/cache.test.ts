import { expect } from "chai";
import { cacheSpec } from "../../../kernel/scenario/cache";
import {
	SLAB_ACCOUNT,
	SLAB_HWCACHE_ALIGN,
	SLAB_RECLAIM_ACCOUNT,
} from "../../../mm/slab-geometry";

describe("kernel/scenario/cache", () => {
	it("asks for a plain cache when nothing else is said", () => {
		expect(cacheSpec({ name: "c", size: 40 })).to.deep.equal({
			name: "c",
			size: 40,
			align: 0,
			flags: 0,
			ctor: false,
			mayMerge: true,
		});
	});

	it("turns words into flags", () => {
		const spec = cacheSpec({
			name: "inode",
			size: 600,
			align: 64,
			flags: ["hwcache_align", "reclaim_account", "account", "no_merge"],
			ctor: true,
		});
		expect(spec.flags).to.equal(
			SLAB_HWCACHE_ALIGN | SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT,
		);
		expect([spec.align, spec.ctor, spec.mayMerge]).to.deep.equal([
			64,
			true,
			false,
		]);
	});
});
