import { expect } from "chai";
import type { Pfn } from "../../../../hw/units";
import { Blocks } from "../../../../kernel/replay/pages/blocks";
import { __GFP_COMP, GFP_KERNEL } from "../../../../mm/gfp";
import { audit, world } from "../../../mm/world";

describe("blocks that are freed otherwise than they were allocated", () => {
	const mm = world();
	const blocks = new Blocks(mm);
	const { allocator } = mm;
	const at = (pfn: number, n: number): Pfn => (pfn + n) as Pfn;

	it("as they are", () => {
		const pfn = allocator.allocPages(2, GFP_KERNEL);
		expect(blocks.shape(pfn, 2)).to.equal(true);
		allocator.freePages(pfn, 2);
	});

	for (const gfp of [GFP_KERNEL, GFP_KERNEL | __GFP_COMP])
		it(`in parts, flags ${gfp.toString(16)}`, () => {
			const pfn = allocator.allocPages(3, gfp);
			expect(blocks.shape(at(pfn, 2), 1)).to.equal(true);
			allocator.freePages(at(pfn, 2), 1);
			for (const n of [7, 0, 1, 4, 5, 6]) {
				expect(blocks.shape(at(pfn, n), 0)).to.equal(true);
				allocator.freePages(at(pfn, n), 0);
			}
			expect(audit(mm)).to.deep.equal([]);
		});

	it("single pages as one block", () => {
		const pfn = allocator.allocPages(2, GFP_KERNEL);
		allocator.splitPages(pfn, 2);
		expect(blocks.shape(pfn, 2)).to.equal(true);
		allocator.freePages(pfn, 2);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("not what is not in use, nor a slab", () => {
		const pfn = allocator.allocPages(1, GFP_KERNEL);
		allocator.freePages(pfn, 1);
		expect(blocks.shape(pfn, 0)).to.equal(false);
		const object = mm.kmalloc.kmalloc(64, GFP_KERNEL);
		expect(blocks.shape(Math.floor(object / 4096) as Pfn, 3)).to.equal(false);
		expect(audit(mm)).to.deep.equal([]);
	});
});
