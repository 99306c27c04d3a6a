import { expect } from "chai";
import { asPhys, type PhysAddr, pfnOf, physOf } from "../../../hw/units";
import { Bonwick, type BonwickCache } from "../../../mm/designs/bonwick";
import { bonwickShape } from "../../../mm/designs/bonwick-slabs";
import { GFP_KERNEL } from "../../../mm/gfp";
import type { CacheWish } from "../../../mm/slab-caches";
import { panicOf, world } from "../world";
import { failNth } from "./designs";

/** The slab layer of one cache, without its magazines. */
function make(size: number, more: Partial<CacheWish> = {}) {
	const mm = world({ memory: "16M" });
	const design = Bonwick.create(mm, GFP_KERNEL)!;
	const wish = { name: "things", size, ...more };
	const cache = design.createCache(wish) as BonwickCache;
	const { slabs } = cache;
	const take = (count: number): PhysAddr[] =>
		Array.from({ length: count }, () => slabs.take(GFP_KERNEL));
	const slabOf = (at: PhysAddr) => mm.pages.head(pfnOf(at));
	return { mm, design, cache, slabs, take, slabOf };
}

const shape = (size: number, more: Partial<CacheWish> = {}) =>
	bonwickShape({ name: "things", size, ...more })!;

describe("bonwick slabs: geometry", () => {
	it("small buffers share their page with a record of 32 bytes", () => {
		expect(shape(200)).to.include({ size: 200, order: 0, objects: 20 });
		expect(shape(8)).to.include({ size: 8, order: 0, objects: 508 });
		expect(shape(504)).to.include({ order: 0, objects: 8 });
	});

	it("large buffers lie in the least block that wastes at most 1/8", () => {
		for (const [size, order, objects] of [
			[512, 0, 8],
			[896, 0, 4],
			[1152, 1, 7],
			[1344, 0, 3],
			[1600, 1, 5],
			[2048, 0, 2],
			[2688, 1, 3],
			[4096, 0, 1],
			[12288, 2, 1], // nothing up to order 3 wastes less than a quarter
			[40000, 4, 1],
		] as const)
			expect(shape(size), `${size}`).to.include({ order, objects });
	});

	it("a constructor costs a word behind the object", () => {
		expect(shape(200, { ctor: () => undefined }).size).to.equal(208);
		expect(shape(64, { align: 64, ctor: () => undefined }).size).to.equal(128);
	});

	it("nothing holds more than 4 MiB", () => {
		expect(shape(4 * 2 ** 20)).to.include({ order: 10, objects: 1 });
		const ctor = () => undefined;
		expect(bonwickShape({ name: "huge", size: 4 * 2 ** 20, ctor })).to.equal(
			null,
		);
	});
});

describe("bonwick slabs: colours", () => {
	/** Colours of the first `count` slabs. */
	function colours(size: number, count: number, more: Partial<CacheWish> = {}) {
		const { slabs, cache, take, slabOf } = make(size, more);
		return Array.from({ length: count }, () => {
			const [first] = take(cache.head.objects);
			return slabs.base(slabOf(first!)) - physOf(slabOf(first!));
		});
	}

	it("BW3: 200-byte objects leave 64 bytes: 0, 8, .. 64, then 0 again", () => {
		expect(colours(200, 11)).to.deep.equal([
			0, 8, 16, 24, 32, 40, 48, 56, 64, 0, 8,
		]);
	});

	it("BW3: go by the alignment of the cache", () => {
		expect(colours(400, 4, { align: 16 })).to.deep.equal([0, 16, 32, 48]);
		expect(colours(256, 3, { align: 256 })).to.deep.equal([0, 0, 0]);
		expect(colours(1000, 5, { align: 32 })).to.deep.equal([0, 0, 0, 0, 0]);
		expect(colours(600, 8, { align: 32 })).to.deep.equal([
			0, 32, 64, 96, 128, 160, 192, 224,
		]);
	});
});

describe("bonwick slabs: lists", () => {
	it("buffers come by rising address; the one freed last is the next", () => {
		for (const size of [200, 600]) {
			const { slabs, take, slabOf } = make(size);
			const [a, b, c] = take(3) as [PhysAddr, PhysAddr, PhysAddr];
			expect([b - a, c - b].every((gap) => gap >= size)).to.equal(true);
			slabs.give(a);
			slabs.give(b);
			expect(slabs.freeBuffers(slabOf(a)).slice(0, 2)).to.deep.equal([b, a]);
			expect(take(2)).to.deep.equal([b, a]);
		}
	});

	it("a partial slab is used before an empty one, and an empty one before a new one", () => {
		const { slabs, cache, take } = make(600);
		const per = cache.head.objects;
		const all = take(3 * per);
		const last = all.slice(2 * per);
		for (const at of last) slabs.give(at); // the third is empty
		slabs.give(all[0]!); // the first is partial
		expect(take(1)).to.deep.equal([all[0]]);
		expect(last).to.include(take(1)[0]);
		expect(cache.head.slabs).to.equal(3);
		take(per);
		expect(cache.head.slabs).to.equal(4);
	});

	it("empty slabs stay until they are reaped, the records of large ones with them", () => {
		for (const size of [200, 600]) {
			const { design, slabs, cache, take } = make(size);
			const records = design
				.caches()
				.find(({ name }) => name === "kmem_slab_cache")!;
			const all = take(3 * cache.head.objects);
			expect(records.usage().active).to.equal(size === 600 ? 3 : 0);
			for (const at of all) slabs.give(at);
			expect(cache.usage()).to.include({ slabs: 3, active: 0 });
			slabs.reap();
			expect(cache.usage()).to.include({ slabs: 0, total: 0, pages: 0 });
			expect(records.usage().active).to.equal(0);
			expect(design.check()).to.deep.equal([]);
		}
	});

	it("a slab whose record or block cannot be had is not made", () => {
		for (const n of [1, 2]) {
			const { mm, design, slabs } = make(600);
			failNth(mm, n);
			expect(slabs.take(GFP_KERNEL)).to.equal(0);
			expect(design.check()).to.deep.equal([]);
			const records = design.caches().at(-2)!;
			expect(records.name).to.equal("kmem_slab_cache");
			expect(records.usage().active).to.equal(0);
			expect(slabs.take(GFP_KERNEL)).to.be.greaterThan(0);
		}
	});
});

describe("bonwick slabs: misuse and damage", () => {
	it("a duplicate free panics when the buffer heads the chain, or all are free", () => {
		for (const size of [200, 600]) {
			const { slabs, take } = make(size);
			const [a, b] = take(2) as [PhysAddr, PhysAddr];
			slabs.give(a);
			expect(panicOf(() => slabs.give(a))).to.match(/BW2 duplicate free/);
			const again = make(size);
			const [c, d] = again.take(2) as [PhysAddr, PhysAddr];
			again.slabs.give(c);
			again.slabs.give(d);
			expect(panicOf(() => again.slabs.give(c))).to.match(/BW2 duplicate/);
			expect(b).to.be.greaterThan(a);
		}
	});

	it("an address inside a buffer panics", () => {
		const { slabs, take } = make(200);
		const [a] = take(1);
		expect(panicOf(() => slabs.give(asPhys(a! + 8)))).to.match(/BW2 no buffer/);
		expect(slabs.slabOf(asPhys(a! + 200))).to.equal(slabs.slabOf(a!));
	});

	it("the auditor finds damage", () => {
		const texts: string[] = [];
		const damages = [
			({ record, mm }) => mm.memory.writeU32(record, 2),
			({ record, mm }) =>
				mm.memory.writePointer(asPhys(record + 16), asPhys(0)),
			({ record, mm }) => mm.memory.writeU32(record, 0),
			({ cache }) => cache.head.addSlabs(1, 0),
			({ record, mm }) =>
				mm.memory.writePointer(asPhys(record + 24), asPhys(4096)),
		] as ((parts: {
			mm: ReturnType<typeof make>["mm"];
			cache: BonwickCache;
			record: PhysAddr;
		}) => void)[];
		for (const damage of damages) {
			const { mm, design, cache, take, slabOf } = make(200);
			const [at] = take(1);
			expect(design.check()).to.deep.equal([]);
			damage({ mm, cache, record: mm.pages.freelist(slabOf(at!)) });
			texts.push(design.check()[0]?.slice(0, 3) ?? "none");
		}
		expect(texts).to.deep.equal(["BW2", "BW2", "BW1", "BW4", "BW4"]);
	});
});
