import { expect } from "chai";
import { type PhysAddr, pfnOf, physOf } from "../../hw/units";
import { GFP_KERNEL } from "../../mm/gfp";
import { SLAB_RED_ZONE } from "../../mm/slab-geometry";
import { world } from "./world";

/** The current slab of a cache of its own, nothing allocated. */
function make(size = 100, flags = 0) {
	const mm = world();
	const cache = mm.caches.create({
		name: "things",
		size,
		flags,
		mayMerge: false,
	})!;
	const object = cache.alloc(GFP_KERNEL);
	cache.free(object);
	cache.flush();
	return { mm, cache, slab: cache.slab(mm.pages.head(pfnOf(object))) };
}

describe("slab", () => {
	it("knows its memory, objects and free list", () => {
		const { slab } = make();
		expect(slab.memory).to.equal(physOf(slab.pfn));
		expect(slab.objectSize).to.equal(100);
		expect(slab.objectCount).to.equal(Math.floor(4096 / 104));
		expect(slab.allocatedCount).to.equal(0);
		expect(slab.freeList).to.equal(slab.object(0));
		expect([slab.isEmpty, slab.isFull]).to.deep.equal([true, false]);
	});

	it("chains its free objects through their own bytes, by rising address", () => {
		const { slab } = make();
		const chained: PhysAddr[] = [];
		slab.eachFree(slab.freeList, (object) => {
			chained.push(object);
			return true;
		});
		expect(chained).to.deep.equal(
			Array.from({ length: slab.objectCount }, (_, i) => slab.object(i)),
		);
		expect(slab.next(slab.object(0))).to.equal(slab.object(1));
		expect(slab.next(slab.object(slab.objectCount - 1))).to.equal(0);
	});

	it("the link lies in the middle of the object", () => {
		const { mm, slab } = make();
		const link = slab.object(0) + 48;
		expect(mm.memory.readU32(link as PhysAddr)).to.equal(slab.object(1));
		expect(mm.memory.readU32((link + 4) as PhysAddr)).to.equal(0xffff8880);
	});

	it("takes the first free object, and a freed one becomes the first", () => {
		const { slab } = make();
		const [a, b] = [slab.alloc(), slab.alloc()];
		expect([a, b]).to.deep.equal([slab.object(0), slab.object(1)]);
		expect(slab.allocatedCount).to.equal(2);
		slab.free(a);
		expect(slab.freeList).to.equal(a);
		expect(slab.alloc()).to.equal(a);
	});

	it("is full when all are taken: then there is none", () => {
		const { slab } = make();
		for (let i = 0; i < slab.objectCount; i++) slab.alloc();
		expect(slab.isFull).to.equal(true);
		expect(slab.alloc()).to.equal(0);
		expect(slab.allocatedCount).to.equal(slab.objectCount);
	});

	it("O3: tells objects from addresses between them, and from the rest of the block", () => {
		const { slab } = make();
		const at = (offset: number) =>
			slab.indexOf((slab.memory + offset) as PhysAddr);
		expect([at(0), at(104), at(104 * 38)]).to.deep.equal([0, 1, 38]);
		expect([at(8), at(103), at(104 * 39), at(-104)]).to.deep.equal([
			-1, -1, -1, -1,
		]);
	});

	it("objects begin behind their left red zone", () => {
		const { slab } = make(64, SLAB_RED_ZONE);
		expect(slab.object(0) - slab.memory).to.equal(8);
		expect(slab.indexOf(slab.object(3))).to.equal(3);
		expect(slab.indexOf(slab.memory)).to.equal(-1);
	});

	it("a visit of the chain may stop", () => {
		const { slab } = make();
		let seen = 0;
		slab.eachFree(slab.freeList, () => ++seen < 3);
		expect(seen).to.equal(3);
	});
});
