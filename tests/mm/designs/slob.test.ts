import { expect } from "chai";
import { asPhys, type PhysAddr, pfnOf, physOf } from "../../../hw/units";
import { Slob } from "../../../mm/designs/slob";
import { GFP_KERNEL } from "../../../mm/gfp";
import { panicOf, world } from "../world";
import { freeFrames } from "./designs";

function make() {
	const mm = world({ memory: "16M" });
	const design = Slob.create(mm, GFP_KERNEL)!;
	const kmalloc = (bytes: number): PhysAddr =>
		design.kmalloc(bytes, GFP_KERNEL);
	const free = (at: PhysAddr) => design.heap.freeBlocks(pfnOf(at));
	return { mm, design, heap: design.heap, kmalloc, free };
}

describe("slob: blocks", () => {
	it("lie one behind the other, each behind a header with the bytes asked for", () => {
		const { mm, kmalloc, design } = make();
		const [a, b, c] = [kmalloc(10), kmalloc(100), kmalloc(1)];
		expect(a! & 4095).to.equal(8);
		expect(b! - a!).to.equal(24);
		expect(c! - b!).to.equal(112);
		expect(mm.memory.readU32(asPhys(a! - 8))).to.equal(10);
		expect([a, b, c].map((at) => design.ksize(at!))).to.deep.equal([
			16, 104, 8,
		]);
	});

	it("first fit: the first free block that is large enough, not the best", () => {
		const { kmalloc, design } = make();
		const blocks = [120, 40, 56, 40].map(kmalloc) as PhysAddr[];
		kmalloc(8);
		design.kfree(blocks[2]!); // 64 bytes with its header, fits exactly
		design.kfree(blocks[0]!); // 128 bytes, lies before it
		expect(kmalloc(56)).to.equal(blocks[0]);
		expect(kmalloc(56)).to.equal(blocks[0]! + 64);
		expect(kmalloc(56)).to.equal(blocks[2]);
	});

	it("freed neighbours become one block, in any order", () => {
		for (const order of [
			[0, 1, 2],
			[0, 2, 1],
			[1, 0, 2],
			[1, 2, 0],
			[2, 0, 1],
			[2, 1, 0],
		]) {
			const { kmalloc, design, free } = make();
			const blocks = [24, 24, 24].map(kmalloc) as PhysAddr[];
			const guard = kmalloc(24);
			for (const index of order) design.kfree(blocks[index]!);
			expect(free(guard), `${order}`).to.deep.equal([
				[0, 12],
				[16, 496],
			]);
			expect(design.check()).to.deep.equal([]);
		}
	});

	it("what is cut off for alignment stays free", () => {
		const { kmalloc, design, free } = make();
		const first = kmalloc(8);
		const cache = design.createCache({ name: "wide", size: 64, align: 256 })!;
		const object = cache.alloc(GFP_KERNEL);
		expect(object % 256).to.equal(0);
		expect(pfnOf(object)).to.equal(pfnOf(first));
		const [hole] = free(object);
		expect(hole).to.deep.equal([18, 14]); // two units of kmalloc, sixteen of the cache's record
		expect(design.check()).to.deep.equal([]);
	});
});

describe("slob: pages", () => {
	it("are in three lists, by size", () => {
		const { kmalloc, heap } = make();
		const of = [100, 247, 248, 1000, 1016, 3000].map((bytes) =>
			pfnOf(kmalloc(bytes)!),
		);
		expect(new Set(of).size).to.equal(3);
		expect([1, 2, 3].map((list) => heap.listed(list))).to.deep.equal([
			[of[0]],
			[of[2]],
			[of[4]],
		]);
		expect(of[1]).to.equal(of[0]);
		expect(of[3]).to.equal(of[2]);
		expect(of[5]).to.equal(of[4]);
	});

	it("the search begins at the page that served last", () => {
		const { kmalloc, design, heap } = make();
		const halves = Array.from({ length: 5 }, () => kmalloc(2000)); // two to a page
		const pages = halves.map((at) => pfnOf(at!));
		expect(heap.listed(3)).to.deep.equal([pages[4], pages[2], pages[0]]);
		design.kfree(halves[0]!);
		design.kfree(halves[2]!);
		expect(pfnOf(kmalloc(1900))).to.equal(pages[4]);
		const next = pfnOf(kmalloc(1900));
		expect(next).to.equal(pages[2]);
		expect(heap.listed(3)).to.deep.equal([pages[2], pages[0], pages[4]]);
		expect(pfnOf(kmalloc(1900))).to.equal(pages[0]);
		expect(design.check()).to.deep.equal([]);
	});

	it("a full page is on no list; freed, it goes to the list of the size that was freed", () => {
		const { kmalloc, design, heap } = make();
		const large = kmalloc(3000);
		const rest = kmalloc(4096 - 3008 - 8); // also large: 1080 bytes
		expect(pfnOf(rest)).to.equal(pfnOf(large));
		expect(heap.listed(3)).to.deep.equal([]);
		design.kfree(rest);
		expect(heap.listed(3)).to.deep.equal([pfnOf(large)]);
		const small = Array.from({ length: 64 }, () => kmalloc(56)); // fills a page
		expect(heap.listed(1)).to.deep.equal([]);
		design.kfree(small[7]!);
		expect(heap.listed(1)).to.deep.equal([pfnOf(small[7]!)]);
		expect(design.check()).to.deep.equal([]);
	});

	it("an empty page is given back at once", () => {
		const { mm, kmalloc, design, heap } = make();
		const before = freeFrames(mm);
		const blocks = [10, 300, 2000, 100].map(kmalloc) as PhysAddr[];
		expect(heap.pages).to.equal(3);
		for (const at of blocks) design.kfree(at);
		expect(heap.pages).to.equal(0);
		expect(freeFrames(mm)).to.equal(before);
	});

	it("a page and more comes from the page allocator", () => {
		const { mm, kmalloc, design, heap } = make();
		const inPage = kmalloc(4087);
		expect(heap.pages).to.equal(1);
		expect(inPage & 4095).to.equal(8);
		const page = kmalloc(4088);
		expect(page & 4095).to.equal(0);
		expect(design.ksize(page)).to.equal(4096);
		expect(mm.pages.order(pfnOf(kmalloc(5000)))).to.equal(1);
		expect(heap.pages).to.equal(1);
	});
});

describe("slob: caches", () => {
	it("have no headers: objects of a multiple of 8 bytes fill their pages", () => {
		const { design } = make();
		const cache = design.createCache({ name: "things", size: 512 })!;
		const objects = Array.from({ length: 8 }, () => cache.alloc(GFP_KERNEL));
		const [pfn] = new Set(objects.map((at) => pfnOf(at)));
		expect(objects.map((at) => at - physOf(pfn!))).to.deep.equal(
			[0, 1, 2, 3, 4, 5, 6, 7].map((index) => index * 512),
		);
	});

	it("share their pages with everything else", () => {
		const { design, kmalloc, heap } = make();
		const one = design.createCache({ name: "one", size: 40 })!;
		const two = design.createCache({ name: "two", size: 72 })!;
		const pages = new Set(
			[one.alloc(GFP_KERNEL), two.alloc(GFP_KERNEL), kmalloc(30)].map((at) =>
				pfnOf(at),
			),
		);
		expect(pages.size).to.equal(1);
		expect(heap.pages).to.equal(1);
		expect(one.usage()).to.include({ active: 1, pages: 0 });
	});

	it("objects of a page and more are blocks, counted once", () => {
		const { design } = make();
		const cache = design.createCache({ name: "huge", size: 6000 })!;
		const object = cache.alloc(GFP_KERNEL);
		const rows = new Map(design.usage().map((row) => [row.name, row]));
		expect(rows.get("huge")).to.include({ active: 1 });
		expect(rows.get("large")).to.include({ active: 0, pages: 2 });
		cache.free(object);
		expect(design.check()).to.deep.equal([]);
	});
});

describe("slob: misuse and damage", () => {
	it("a free of what lies in a free block panics", () => {
		const { kmalloc, design } = make();
		const [a, b, c] = [kmalloc(40), kmalloc(40), kmalloc(40)];
		design.kfree(a!);
		design.kfree(b!); // joined with the block before it
		expect(panicOf(() => design.kfree(b!))).to.match(/SB1 double free/);
		expect(c).to.be.greaterThan(b!);
	});

	it("an address without a header panics", () => {
		const { kmalloc, design } = make();
		const at = kmalloc(40);
		for (const wrong of [at - 8, at + 4, at + 3])
			expect(panicOf(() => design.kfree(asPhys(wrong)))).to.match(/OA3/);
	});

	it("the auditor finds damage", () => {
		const texts: string[] = [];
		for (const damage of [
			({ mm, pfn }) => mm.pages.setCounters(pfn, 7, 512, false),
			({ mm, pfn }) => mm.memory.writeU32(mm.pages.freelist(pfn), 600),
			({ mm, pfn }) => mm.pages.setPrivate(pfn, 2),
			({ mm, design }) => {
				const pages = asPhys(design.rootAddress + 17 * 4);
				mm.memory.writeU32(pages, 5);
			},
			({ mm, pfn }) => mm.pages.setCache(pfn, asPhys(4096)),
		] as ((parts: {
			mm: ReturnType<typeof make>["mm"];
			design: Slob;
			pfn: ReturnType<typeof pfnOf>;
		}) => void)[]) {
			const { mm, design, kmalloc } = make();
			const at = kmalloc(40);
			expect(design.check()).to.deep.equal([]);
			damage({ mm, design, pfn: pfnOf(at) });
			texts.push(design.check()[0]?.slice(0, 3) ?? "none");
		}
		expect(texts).to.deep.equal(["SB1", "SB1", "SB2", "SB3", "SB2"]);
	});
});
