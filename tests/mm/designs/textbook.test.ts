import { expect } from "chai";
import { asPhys, type PhysAddr, pfnOf } from "../../../hw/units";
import { Textbook, type TextbookCache } from "../../../mm/designs/textbook";
import { GFP_KERNEL } from "../../../mm/gfp";
import { panicOf, world } from "../world";
import { freeFrames } from "./designs";

function make(size = 1000) {
	const mm = world({ memory: "16M" });
	const design = Textbook.create(mm, GFP_KERNEL)!;
	const cache = design.createCache({ name: "things", size }) as TextbookCache;
	const take = (count: number): PhysAddr[] =>
		Array.from({ length: count }, () => cache.alloc(GFP_KERNEL));
	const slabOf = (at: PhysAddr) => cache.slab(mm.pages.head(pfnOf(at)));
	return { mm, design, cache, take, slabOf };
}

describe("textbook: a slab", () => {
	it("knows its memory, object size and count, free list and allocated count", () => {
		const { take, slabOf } = make();
		const [first] = take(1);
		const slab = slabOf(first!);
		expect(slab.memory).to.equal(first);
		expect(slab.objectSize).to.equal(1000);
		expect(slab.objectCount).to.equal(4);
		expect(slab.allocatedCount).to.equal(1);
		expect(slab.freeList).to.equal(first! + 1000);
	});

	it("hands objects out by rising address at first", () => {
		const { take, slabOf } = make();
		const objects = take(4);
		const { memory } = slabOf(objects[0]!);
		expect(objects.map((at) => at - memory)).to.deep.equal([
			0, 1000, 2000, 3000,
		]);
	});

	it("puts a freed object at the head of its list: the last freed is the next", () => {
		const { mm, cache, take, slabOf } = make();
		const [a, b, c] = take(3) as [PhysAddr, PhysAddr, PhysAddr];
		cache.free(a);
		cache.free(c);
		cache.free(b);
		expect(slabOf(a).freeList).to.equal(b);
		expect(mm.memory.readPointer(b)).to.equal(c);
		expect(mm.memory.readPointer(c)).to.equal(a);
		expect(take(3)).to.deep.equal([b, c, a]);
	});

	it("keeps the link behind an object that has a constructor", () => {
		const { mm, design } = make();
		const cache = design.createCache({
			name: "made",
			size: 20,
			ctor: (object, memory) => memory.fill(object, 20, 7),
		})!;
		const object = cache.alloc(GFP_KERNEL);
		cache.free(object);
		expect([...mm.memory.bytesAt(object, 20)].every((it) => it === 7)).to.equal(
			true,
		);
		const next = mm.memory.readPointer(asPhys(object + 24));
		expect(next).to.equal(object + 32);
	});
});

describe("textbook: a cache", () => {
	it("makes a slab when all are full, and finds the one that has room again", () => {
		const { cache, take, slabOf } = make();
		const objects = take(12);
		expect(cache.usage().slabs).to.equal(3);
		cache.free(objects[5]!);
		expect(take(1)).to.deep.equal([objects[5]]);
		const [more] = take(1);
		expect(cache.usage().slabs).to.equal(4);
		expect(slabOf(more!).allocatedCount).to.equal(1);
	});

	it("the slab that became free last is the first to be used", () => {
		const { cache, take } = make();
		const objects = take(12);
		cache.free(objects[1]!);
		cache.free(objects[9]!);
		expect(take(2)).to.deep.equal([objects[9], objects[1]]);
	});

	it("keeps empty slabs until it is shrunk", () => {
		const { mm, design, cache, take } = make();
		const before = freeFrames(mm);
		const objects = take(40);
		for (const object of objects) cache.free(object);
		expect(cache.usage()).to.include({ slabs: 10, active: 0, pages: 10 });
		expect(freeFrames(mm)).to.equal(before - 10);
		design.shrink();
		expect(cache.usage()).to.include({ slabs: 0, total: 0, pages: 0 });
		expect(freeFrames(mm)).to.equal(before);
	});

	it("takes the smallest block that holds one object", () => {
		for (const [size, pages, objects] of [
			[8, 1, 512],
			[3000, 1, 1],
			[4096, 1, 1],
			[4097, 2, 1],
			[5000, 2, 1],
			[20000, 8, 1],
		] as const) {
			const { cache, take } = make(size);
			take(1);
			expect(cache.usage(), `${size}`).to.include({ pages, total: objects });
		}
	});

	it("counts what no user can get", () => {
		const { cache, take } = make();
		take(5);
		expect(cache.usage().wasted).to.equal(2 * 96);
	});
});

describe("textbook: sizes", () => {
	it("are powers of two up to a page, aligned to themselves, then whole blocks", () => {
		const { design } = make();
		for (const [bytes, size] of [
			[1, 8],
			[8, 8],
			[9, 16],
			[16, 16],
			[17, 32],
			[65, 128],
			[1025, 2048],
			[4096, 4096],
			[4097, 8192],
			[16385, 32768],
		] as const) {
			const at = design.kmalloc(bytes, GFP_KERNEL);
			expect(design.ksize(at), `${bytes}`).to.equal(size);
			expect(at % size, `${bytes}`).to.equal(0);
		}
	});
});

describe("textbook: misuse and damage", () => {
	it("a second free panics when the object heads its list, or the slab is empty", () => {
		const { cache, take } = make();
		const [a, b] = take(2) as [PhysAddr, PhysAddr];
		cache.free(a);
		expect(panicOf(() => cache.free(a))).to.match(/TB2 double free/);
		const again = make();
		const [c, d] = again.take(2) as [PhysAddr, PhysAddr];
		again.cache.free(c);
		again.cache.free(d);
		expect(panicOf(() => again.cache.free(c))).to.match(/TB2 double free/);
		expect(b).to.be.greaterThan(0);
	});

	it("the auditor finds a broken chain, wrong counts and a slab on the wrong list", () => {
		const texts: string[] = [];
		for (const damage of [
			({ mm, slab }) => mm.memory.writePointer(slab.freeList, asPhys(64)),
			({ mm, slab }) => mm.memory.writePointer(slab.freeList, slab.freeList),
			({ mm, slab }) => mm.pages.setCounters(slab.pfn, 3, 4, false),
			({ mm, slab }) => mm.pages.setFreelist(slab.pfn, asPhys(0)),
			({ cache }) => cache.head.addActive(1),
			({ mm, slab }) => mm.pages.setCache(slab.pfn, asPhys(4096)),
		] as ((parts: {
			mm: ReturnType<typeof make>["mm"];
			cache: TextbookCache;
			slab: ReturnType<TextbookCache["slab"]>;
		}) => void)[]) {
			const { mm, design, cache, take, slabOf } = make();
			const slab = slabOf(take(1)[0]!);
			expect(design.check()).to.deep.equal([]);
			damage({ mm, cache, slab });
			texts.push(design.check()[0] ?? "nothing");
		}
		expect(texts.map((text) => text.slice(0, 3))).to.deep.equal([
			"TB2",
			"TB2",
			"TB2",
			"TB1",
			"TB3",
			"TB1",
		]);
	});

	it("attaching to what is no root panics", () => {
		const { mm } = make();
		const page = mm.allocator.allocPages(0, GFP_KERNEL);
		expect(panicOf(() => Textbook.attach(mm, asPhys(page * 4096)))).to.match(
			/textbook: BK1/,
		);
	});
});
