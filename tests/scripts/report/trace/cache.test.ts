import { expect } from "chai";
import type { CacheAnswer } from "../../../../kernel/trace/ask/cache";
import { drawCache } from "../../../../scripts/report/trace/cache";
import { at, deed, plain } from "./sample";

const slab = {
	pfn: 291,
	pointer: "0xffff888000123000",
	place: "current",
	cpu: 0,
	inUse: 12,
	objects: 64,
};
const cache: CacheAnswer = {
	name: "kmalloc-64",
	slot: 16,
	objectBytes: 64,
	slotBytes: 64,
	objectsPerSlab: 64,
	order: 0,
	reclaimable: false,
	made: deed(7),
	ended: null,
	slabs: [slab, { ...slab, place: "listed", cpu: null }],
	inUse: 24,
	objects: 128,
	askedBytes: 1400,
	wasteBytes: 6792,
	allocations: 30,
	frees: 6,
	slabsMade: 3,
	slabsDiscarded: 1,
	most: { objects: 26, event: 300 },
	sites: [{ path: ["worker", "kmalloc"], objects: 24, bytes: 1400 }],
};

describe("a drawn cache", () => {
	it("tells its geometry, its story, its slabs and its call sites", () => {
		const text = drawCache(cache, at, plain).join("\n");
		expect(text).to.match(/^Cache kmalloc-64 {2}after event 500, tick 5/);
		expect(text).to.include("64 bytes, take 64; 64 in a slab of order 0");
		expect(text).to.include("24 of 128; at most 26 at event 300");
		expect(text).to.include("30 allocations, 6 frees");
		expect(text).to.include("2 now; 3 made, 1 discarded");
		expect(text).to.include("8 KiB, of which 6.6 KiB (83 %)");
		expect(text).to.match(
			/291 {2}0xffff888000123000 {2}current, CPU 0 +12 +64/,
		);
		expect(text).to.match(/24 +1,400 {2}worker > kmalloc/);
	});

	it("tells when it ended", () => {
		const gone = { ...cache, ended: deed(400), slabs: [], sites: [] };
		const text = drawCache(gone, at, plain).join("\n");
		expect(text).to.match(/ended +event 400, tick 4/);
	});

	it("shows the first slabs of many", () => {
		const many = { ...cache, slabs: Array(50).fill(slab) };
		const text = drawCache(many, at, plain).join("\n");
		expect(text).to.include("and 30 more slabs; --json has all");
	});
});
