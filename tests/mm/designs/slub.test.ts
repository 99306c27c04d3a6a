import { expect } from "chai";
import { Slub } from "../../../mm/designs/slub";
import { GFP_KERNEL } from "../../../mm/gfp";
import { SLAB_DEBUG_FLAGS } from "../../../mm/slab-geometry";
import { world } from "../world";

describe("slub behind the interface", () => {
	it("is the machine's own allocator", () => {
		const mm = world();
		const slub = new Slub(mm, () => ["a sentence"]);
		const at = slub.kmalloc(100, GFP_KERNEL);
		expect(mm.kmalloc.ksize(at)).to.equal(128);
		mm.kmalloc.kfree(at);
		expect(slub.kmalloc(100, GFP_KERNEL)).to.equal(at);
		expect(slub.check()).to.deep.equal(["a sentence"]);
		expect(slub.caches().map(({ name }) => name)).to.include("kmalloc-64");
	});

	it("counts objects that lie free on a CPU's lists as free, which slabinfo does not", () => {
		const mm = world({ cpus: 2 });
		const slub = new Slub(mm, () => []);
		const wish = { name: "things", size: 512, mayMerge: false };
		const things = slub.createCache(wish)!;
		const objects = Array.from({ length: 50 }, (_, i) => {
			mm.turn.seat(i & 1);
			return things.alloc(GFP_KERNEL);
		});
		expect(things.usage().active).to.equal(50);
		const cache = mm.caches.byName("things")!;
		expect(cache.usage().active).to.be.greaterThan(50);
		for (const object of objects.splice(0, 20)) things.free(object);
		expect(things.usage().active).to.equal(30);
	});

	it("counts the frames of slabs of both orders", () => {
		const mm = world({ memory: "32M" });
		const slub = new Slub(mm, () => []);
		const wish = { name: "things", size: 1024, mayMerge: false };
		const things = slub.createCache(wish)!;
		const { objectCount, order } = mm.caches.byName("things")!.geometry;
		expect(order).to.be.greaterThan(0);
		for (let i = 0; i < objectCount; i++) things.alloc(GFP_KERNEL);
		expect(things.usage().pages).to.equal(2 ** order);
		mm.allocator.injector = { shouldFail: (wanted) => wanted === order };
		things.alloc(GFP_KERNEL);
		expect(things.usage()).to.include({
			pages: 2 ** order + 1,
			slabs: 2,
			total: objectCount + 4,
			active: objectCount + 1,
		});
	});

	it("has caches with debugging like all others", () => {
		const mm = world();
		const slub = new Slub(mm, () => []);
		const flags = SLAB_DEBUG_FLAGS;
		const things = slub.createCache({ name: "things", size: 100, flags })!;
		const object = things.alloc(GFP_KERNEL);
		expect(things.usage().active).to.equal(1);
		things.free(object);
		expect(things.usage().active).to.equal(0);
	});
});
