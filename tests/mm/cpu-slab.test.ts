import { expect } from "chai";
import { MemoryMap } from "../../hw/memory-map";
import { asPhys, MIB, pfnOf } from "../../hw/units";
import {
	ALLOC_SLAB,
	GIVEN,
	LAST_OBJECT,
	NO_SLAB,
	SLOW_PATH_COUNTS,
} from "../../mm/cpu-slab";
import { GFP_KERNEL } from "../../mm/gfp";
import { audit, panicOf, type WorldOptions, world } from "./world";

function make(options: WorldOptions = {}) {
	const mm = world(options);
	const cache = mm.caches.create({
		name: "things",
		size: 256,
		mayMerge: false,
	})!;
	return { mm, cache, slabs: mm.cpuSlabs, slot: cache.slot };
}

/** A machine with RAM above 4 GiB, and next to none below. */
const HIGH_MAP = new MemoryMap([
	{ start: 0, end: 640 * 1024, type: "usable" },
	{ start: MIB, end: 8 * MIB, type: "usable" },
	{ start: 4096 * MIB, end: 4128 * MIB, type: "usable" },
]);

describe("the CPU's side of a slab cache", () => {
	it("is empty at first: no slab, no object", () => {
		const { slabs, slot } = make();
		expect(slabs.slab(slot)).to.equal(0);
		expect(slabs.freelist(slot)).to.equal(0);
		expect(slabs.alloc(slot)).to.equal(0);
	});

	it("hands out what was freed last, as long as it lies in the current slab", () => {
		const { cache, slabs, slot } = make();
		const [a, b] = [cache.alloc(GFP_KERNEL), cache.alloc(GFP_KERNEL)];
		expect(slabs.free(a)).to.equal(GIVEN);
		expect(slabs.free(b)).to.equal(GIVEN);
		expect(slabs.freelist(slot)).to.equal(b);
		expect([slabs.alloc(slot), slabs.alloc(slot)]).to.deep.equal([b, a]);
	});

	it("S3: slot 0 is nobody's: no object comes from it, no frame belongs to it", () => {
		const { slabs, mm } = make();
		expect(slabs.alloc(0)).to.equal(0);
		const page = mm.allocator.allocPages(0, GFP_KERNEL);
		expect(slabs.free(asPhys(page * 4096))).to.equal(NO_SLAB);
		expect(slabs.alloc(0)).to.equal(0);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("leaves the last object of a slab on the node's list to those who hold the lock", () => {
		const { cache, slabs, mm } = make();
		const a = cache.alloc(GFP_KERNEL);
		cache.flush();
		expect(slabs.free(a)).to.equal(LAST_OBJECT);
		expect(
			mm.pages.inuse(mm.pages.head(pfnOf(a))),
			"nothing was done",
		).to.equal(1);
	});

	it("other CPUs' records can be read, for reports", () => {
		const { cache, slabs, slot, mm } = make({ cpus: 2 });
		const a = cache.alloc(GFP_KERNEL);
		mm.turn.seat(1);
		expect(slabs.slab(slot)).to.equal(0);
		expect(slabs.slabOf(0, slot)).to.equal(mm.pages.head(pfnOf(a)));
		expect(slabs.freelistOf(0, slot)).to.equal(a + 256);
		expect(slabs.partialOf(0, slot)).to.equal(0);
	});

	it("slow paths are counted on each CPU and summed", () => {
		const { cache, slabs, slot, mm } = make({ cpus: 2 });
		cache.alloc(GFP_KERNEL);
		mm.turn.seat(1);
		cache.alloc(GFP_KERNEL);
		expect(slabs.counted(slot, ALLOC_SLAB)).to.equal(2);
		expect(SLOW_PATH_COUNTS[ALLOC_SLAB]).to.equal("alloc_slab");
	});

	it("an object freed twice in a row ends the kernel", () => {
		const { cache, slabs } = make();
		const a = cache.alloc(GFP_KERNEL);
		slabs.free(a);
		expect(panicOf(() => slabs.free(a))).to.include("double free");
	});

	it("costs the CPU's time", () => {
		const { cache, mm } = make();
		cache.free(cache.alloc(GFP_KERNEL));
		const before = mm.turn.cpu.cycles;
		cache.free(cache.alloc(GFP_KERNEL));
		expect(mm.turn.cpu.cycles).to.be.greaterThan(before);
	});

	it("links objects above 4 GiB with whole pointers", () => {
		const { cache, slabs, slot, mm } = make({ map: HIGH_MAP });
		expect(mm.memory.wide).to.equal(true);
		const objects = Array.from({ length: 100 }, () => cache.alloc(GFP_KERNEL));
		expect(Math.max(...objects)).to.be.greaterThan(2 ** 32);
		for (const object of objects) mm.memory.writeU32(object, 7);
		for (const object of objects) cache.free(object);
		expect(slabs.freelist(slot)).to.be.greaterThan(2 ** 32);
		expect(audit(mm)).to.deep.equal([]);
		expect(cache.shrink()).to.equal(true);
		expect(audit(mm)).to.deep.equal([]);
	});
});
