import { expect } from "chai";
import { asPhys, type Pfn, pfnOf, physOf } from "../../../hw/units";
import { RootRecord } from "../../../mm/designs/cache-book";
import { LargeBlocks } from "../../../mm/designs/large-blocks";
import { LARGE, ObjectFrames } from "../../../mm/designs/object-frames";
import { __GFP_DMA, __GFP_ZERO, GFP_KERNEL } from "../../../mm/gfp";
import { audit, panicOf, world } from "../world";

function make() {
	const mm = world({ memory: "32M" });
	const root = new RootRecord(
		mm.memory,
		physOf(mm.allocator.allocPages(0, GFP_KERNEL)),
	);
	root.init(1, 0);
	const frames = new ObjectFrames(mm);
	return { mm, root, large: new LargeBlocks(mm, frames, root) };
}

describe("large blocks", () => {
	it("LB1: lie at a multiple of their size, which is the next power of two", () => {
		const { mm, large } = make();
		for (const [bytes, order] of [
			[4097, 1],
			[8192, 1],
			[8193, 2],
			[100000, 5],
			[4 * 2 ** 20, 10],
		] as const) {
			const at = large.alloc(bytes, GFP_KERNEL);
			const head = pfnOf(at);
			expect(mm.pages.order(head)).to.equal(order);
			expect(at % (4096 * 2 ** order)).to.equal(0);
			expect(large.bytesOf(head)).to.equal(4096 * 2 ** order);
			expect(mm.pages.private_(head)).to.equal(LARGE);
			large.free(head, at);
		}
		expect(audit(mm)).to.deep.equal([]);
	});

	it("LB1: only the first address frees", () => {
		const { large } = make();
		const at = large.alloc(10000, GFP_KERNEL);
		const inside = asPhys(at + 4096);
		expect(panicOf(() => large.free(pfnOf(at), inside))).to.match(/LB1/);
	});

	it("LB2: the root counts them; the auditor compares", () => {
		const { large, root, mm } = make();
		const one = large.alloc(10000, GFP_KERNEL);
		const two = large.alloc(5000, GFP_KERNEL);
		const found: Pfn[] = [pfnOf(one), pfnOf(two)];
		const said: string[] = [];
		const say = (text: string) => {
			said.push(text);
		};
		large.check(found, say);
		expect(said).to.deep.equal([]);
		expect(large.usage()).to.include({ active: 2, slabs: 2, pages: 6 });
		large.check(found.slice(1), say);
		root.addLarge(mm.locks, 1, 0);
		large.check(found, say);
		expect(said.map((text) => text.slice(0, 3))).to.deep.equal(["LB2", "LB2"]);
		expect(large.rootUsage()).to.include({ name: "records", pages: 1 });
	});

	it("honour zones and zeroing, and refuse what is no size", () => {
		const { mm, large } = make();
		const dirty = large.alloc(9000, GFP_KERNEL);
		mm.memory.fill(dirty, 16384, 0xee);
		large.free(pfnOf(dirty), dirty);
		const clean = large.alloc(9000, GFP_KERNEL | __GFP_ZERO);
		expect(mm.memory.bytesAt(clean, 16384).some((byte) => byte > 0)).to.equal(
			false,
		);
		expect(large.alloc(9000, GFP_KERNEL | __GFP_DMA)).to.be.below(2 ** 24);
		for (const bytes of [0, -1, Number.NaN, 4 * 2 ** 20 + 1])
			expect(large.alloc(bytes, GFP_KERNEL)).to.equal(0);
	});
});
