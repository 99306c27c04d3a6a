import { expect } from "chai";
import { asPhys, pfnOf } from "../../../hw/units";
import { Bonwick } from "../../../mm/designs/bonwick";
import { Textbook } from "../../../mm/designs/textbook";
import { GFP_KERNEL } from "../../../mm/gfp";
import { panicOf, world } from "../world";

describe("booked allocators", () => {
	it("BA1: a block whose owner is none of this design's caches is refused", () => {
		const mm = world();
		const one = Textbook.create(mm, GFP_KERNEL)!;
		const two = Bonwick.create(mm, GFP_KERNEL)!;
		const ones = one.kmalloc(100, GFP_KERNEL);
		const twos = two.kmalloc(100, GFP_KERNEL);
		expect(panicOf(() => one.kfree(twos))).to.match(/^textbook: BA1.*OA3/);
		expect(panicOf(() => two.ksize(ones))).to.match(/^bonwick: BA1.*OA3/);
	});

	it("kfree takes objects of caches too: the page record knows the cache", () => {
		const mm = world();
		for (const design of [
			Textbook.create(mm, GFP_KERNEL)!,
			Bonwick.create(mm, GFP_KERNEL)!,
		]) {
			const cache = design.createCache({ name: "things", size: 77 })!;
			const object = cache.alloc(GFP_KERNEL);
			expect(design.ksize(object)).to.equal(77);
			design.kfree(object);
			expect(cache.usage().active).to.equal(0);
			expect(design.check()).to.deep.equal([]);
		}
	});

	it("the auditor notices a block that names a cache and is on no list", () => {
		const mm = world();
		const design = Textbook.create(mm, GFP_KERNEL)!;
		const at = design.kmalloc(100, GFP_KERNEL);
		const page = mm.allocator.allocPages(0, GFP_KERNEL);
		mm.pages.setFlags(page, mm.pages.flags(pfnOf(at)));
		mm.pages.setHead(page, page);
		mm.pages.setCache(page, mm.pages.cache(pfnOf(at)));
		expect(design.check().join()).to.match(/TB4: slab \d+ of bytes-128/);
	});

	it("usage ends with the large blocks and the records", () => {
		const mm = world();
		const design = Textbook.create(mm, GFP_KERNEL)!;
		design.kmalloc(5000, GFP_KERNEL);
		const names = design.usage().map(({ name }) => name);
		expect(names.slice(-2)).to.deep.equal(["large", "records"]);
		expect(names[0]).to.equal("bytes-4096");
		expect(names).to.have.length(13);
	});

	it("an address inside an object is refused", () => {
		const mm = world();
		for (const design of [
			Textbook.create(mm, GFP_KERNEL)!,
			Bonwick.create(mm, GFP_KERNEL)!,
		]) {
			const at = design.kmalloc(1000, GFP_KERNEL);
			expect(panicOf(() => design.kfree(asPhys(at + 8)))).to.match(/B2|W2/);
		}
	});
});
