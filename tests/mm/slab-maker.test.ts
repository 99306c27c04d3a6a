import { expect } from "chai";
import type { Pfn } from "../../hw/units";
import {
	__GFP_DMA,
	__GFP_HIGHMEM,
	__GFP_RECLAIMABLE,
	GFP_KERNEL,
} from "../../mm/gfp";
import { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE } from "../../mm/pageblock";
import {
	SLAB_RECLAIM_ACCOUNT,
	SLAB_TYPESAFE_BY_RCU,
} from "../../mm/slab-geometry";
import {
	NR_SLAB_RECLAIMABLE_B,
	NR_SLAB_UNRECLAIMABLE_B,
} from "../../mm/vmstat-names";
import { give, make, slabOf, take } from "./objects";
import { audit } from "./world";

describe("slab maker: slabs and their pages", () => {
	it("S6: slabs and objects are counted, and their frames as slab memory", () => {
		const { mm, cache } = make();
		const before = mm.counters.node(NR_SLAB_UNRECLAIMABLE_B);
		const objects = take(cache, 17);
		expect(mm.counters.node(NR_SLAB_UNRECLAIMABLE_B) - before).to.equal(24);
		give(cache, objects);
		cache.shrink();
		expect(mm.counters.node(NR_SLAB_UNRECLAIMABLE_B)).to.equal(before);
	});

	it("reclaimable caches use reclaimable pages, and are counted apart", () => {
		const { mm, cache } = make({}, { flags: SLAB_RECLAIM_ACCOUNT });
		const before = mm.counters.node(NR_SLAB_RECLAIMABLE_B);
		const [object] = take(cache, 1);
		expect(mm.pages.type(slabOf(mm, object!))).to.equal(MIGRATE_RECLAIMABLE);
		expect(mm.counters.node(NR_SLAB_RECLAIMABLE_B) - before).to.equal(8);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("pages of a cache that is typesafe by RCU go when those who wait for grace periods say so", () => {
		const { mm, cache } = make({}, { flags: SLAB_TYPESAFE_BY_RCU });
		const gone: number[] = [];
		mm.allocator.postpone = (pfn, order) => gone.push(pfn, order);
		const objects = take(cache, 1);
		const slab = slabOf(mm, objects[0]!);
		give(cache, objects);
		cache.shrink();
		expect(cache.usage().slabs).to.equal(0);
		expect(gone).to.deep.equal([slab, 3]);
		mm.allocator.postpone = null;
		mm.allocator.freeAfterGrace(slab, 3);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("zone and mobility are the cache's choice, whatever the caller says", () => {
		for (const gfp of [
			GFP_KERNEL | __GFP_RECLAIMABLE,
			GFP_KERNEL | __GFP_HIGHMEM,
			GFP_KERNEL | __GFP_DMA,
		]) {
			const { mm, cache } = make();
			const slab = slabOf(mm, cache.alloc(gfp));
			expect(mm.pages.type(slab)).to.equal(MIGRATE_UNMOVABLE);
			expect(mm.allocator.zoneOf(slab).zone.name).to.equal("DMA32");
		}
	});

	it("when no large block can be had, a slab of the least order does", () => {
		const { mm, cache } = make();
		mm.allocator.injector = { shouldFail: (order) => order > 0 };
		const objects = take(cache, 3);
		expect(
			objects.map((object) => mm.pages.order(slabOf(mm, object))),
		).to.deep.equal([0, 0, 0]);
		expect(cache.usage()).to.include({ slabs: 3, total: 3 });
		expect(audit(mm)).to.deep.equal([]);
		give(cache, objects);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("without memory there is no object, and nothing has changed", () => {
		const { mm, cache } = make();
		mm.allocator.injector = { shouldFail: () => true };
		expect(cache.alloc(GFP_KERNEL)).to.equal(0);
		expect(cache.usage()).to.include({ slabs: 0, total: 0 });
		expect(audit(mm)).to.deep.equal([]);
	});

	it("every frame of a slab leads to its cache and its first frame, and to neither when it is gone", () => {
		const { mm, cache } = make();
		const objects = take(cache, 8);
		const head = slabOf(mm, objects[0]!);
		const frames = Array.from({ length: 8 }, (_, i) => (head + i) as Pfn);
		for (const frame of frames)
			expect([mm.pages.head(frame), mm.pages.slot(frame)]).to.deep.equal([
				head,
				cache.slot,
			]);
		give(cache, objects);
		cache.shrink();
		for (const frame of frames) expect(mm.pages.slot(frame)).to.equal(0);
		expect(audit(mm)).to.deep.equal([]);
	});
});
