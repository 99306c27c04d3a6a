import { expect } from "chai";
import { asPhys, type Pfn, physOf } from "../../../hw/units";
import { ObjectFrames } from "../../../mm/designs/object-frames";
import {
	__GFP_COMP,
	__GFP_ZERO,
	GFP_KERNEL,
	GFP_NOWAIT,
} from "../../../mm/gfp";
import { PG_HEAD, PG_SLAB, PG_TAIL } from "../../../mm/page";
import { NR_SLAB_UNRECLAIMABLE_B } from "../../../mm/vmstat-names";
import { audit, panicOf, world } from "../world";
import { failNth, freeFrames } from "./designs";

const OWNER = asPhys(0x5000);

function make() {
	const mm = world();
	return { mm, frames: new ObjectFrames(mm) };
}

describe("object frames", () => {
	it("OF1: every frame of a block leads to its head, and the head to the owner", () => {
		const { mm, frames } = make();
		const pfn = frames.take(2, GFP_KERNEL, OWNER, 7);
		expect(mm.pages.cache(pfn)).to.equal(OWNER);
		expect(mm.pages.private_(pfn)).to.equal(7);
		for (let i = 0; i < 4; i++) {
			const part = i === 0 ? PG_HEAD : PG_TAIL;
			expect(mm.pages.flags((pfn + i) as Pfn)).to.equal(part | PG_SLAB);
			expect(mm.pages.slot((pfn + i) as Pfn)).to.equal(0);
			expect(frames.headOf(asPhys(physOf(pfn) + i * 4096 + 12))).to.equal(pfn);
		}
		expect(audit(mm)).to.deep.equal([]);
	});

	it("what was given back is nobody's", () => {
		const { mm, frames } = make();
		const before = freeFrames(mm);
		const slabs = mm.counters.node(NR_SLAB_UNRECLAIMABLE_B);
		for (const order of [0, 1, 3, 5]) {
			const pfn = frames.take(order, GFP_KERNEL, OWNER, 1);
			expect(mm.counters.node(NR_SLAB_UNRECLAIMABLE_B)).to.equal(
				slabs + 2 ** order,
			);
			frames.give(pfn);
			expect(frames.headOf(physOf(pfn))).to.equal(0);
			expect(panicOf(() => frames.give(pfn))).to.match(/A2/);
			mm.counters.addNode(NR_SLAB_UNRECLAIMABLE_B, 2 ** order); // what the refused one took off
		}
		expect(freeFrames(mm)).to.equal(before);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("finds no block in free pages, SLUB's slabs, plain pages and beyond the RAM", () => {
		const { mm, frames } = make();
		const object = mm.kmalloc.kmalloc(100, GFP_KERNEL);
		const page = mm.allocator.allocPages(1, GFP_KERNEL | __GFP_COMP);
		for (const address of [0, 16, object, physOf(page), 2 ** 40, -4096])
			expect(frames.headOf(asPhys(address)), `${address}`).to.equal(0);
	});

	it("a block for objects is never zeroed for its caller", () => {
		const { mm, frames } = make();
		const pfn = mm.allocator.allocPages(0, GFP_KERNEL);
		mm.memory.fill(physOf(pfn), 4096, 0xaa);
		mm.allocator.freePages(pfn, 0);
		const again = frames.takeForObjects(0, GFP_KERNEL | __GFP_ZERO, OWNER, 1);
		expect(again).to.equal(pfn);
		expect(mm.memory.readU8(physOf(pfn))).to.equal(0xaa);
	});

	it("without a page there is no block, and nothing was counted", () => {
		const { mm, frames } = make();
		failNth(mm, 1);
		expect(frames.take(0, GFP_NOWAIT, OWNER, 1)).to.equal(0);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("visits the heads of all blocks, of every owner", () => {
		const { frames } = make();
		const other = asPhys(0x9000);
		const one = frames.take(1, GFP_KERNEL, OWNER, 1);
		const two = frames.take(0, GFP_KERNEL, other, 2);
		const found: [number, number][] = [];
		frames.each((head, owner) => {
			found.push([head, owner]);
		});
		expect(found).to.have.deep.members([
			[one, OWNER],
			[two, other],
		]);
	});
});
