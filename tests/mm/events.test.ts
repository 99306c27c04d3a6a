import { expect } from "chai";
import type { RecordedEvent } from "../../hw/recorder";
import * as events from "../../mm/events";
import { MM_EVENT_NAMES } from "../../mm/events";
import { __GFP_ZERO, GFP_KERNEL } from "../../mm/gfp";
import type { MemoryManager } from "../../mm/memory-manager";
import { world } from "./world";

/** What the deed records, as `[name, a, b, c, d]`. */
function recordOf(mm: MemoryManager, deed: () => void): (string | number)[][] {
	const found: (string | number)[][] = [];
	const note = ({ code, a, b, c, d }: RecordedEvent) => {
		found.push([MM_EVENT_NAMES[code] as string, a, b, c, d]);
	};
	mm.recorder?.drain(0, () => {});
	deed();
	mm.recorder?.drain(0, note);
	return found;
}

const names = (record: (string | number)[][]) => record.map(([name]) => name);

describe("events of the memory manager", () => {
	it("each code has a name, and no two the same", () => {
		const codes = Object.entries(events)
			.filter(([name]) => name.startsWith("EV_"))
			.map(([, code]) => code);
		expect(new Set(codes).size).to.equal(codes.length);
		expect(codes.length).to.equal(MM_EVENT_NAMES.length - 1);
		for (const code of codes)
			expect(MM_EVENT_NAMES[code as number]).to.match(/^[a-z_]+$/);
	});

	it("a block from the buddy: taken, split, given", () => {
		const mm = world({ records: 1024 });
		let pfn = 0;
		const record = recordOf(mm, () => {
			pfn = mm.allocator.allocPages(5, GFP_KERNEL);
		});
		expect(record.at(-2)?.slice(0, 2)).to.deep.equal(["buddy_take", pfn]);
		expect(record.at(-1)).to.deep.equal(["page_alloc", pfn, 5, GFP_KERNEL, 0]);
	});

	it("a page through the per-CPU list is recorded once a call", () => {
		const mm = world({ records: 1024, memory: "64M" });
		const first = mm.allocator.allocPages(0, GFP_KERNEL);
		const record = recordOf(mm, () => {
			mm.allocator.freePages(first, 0);
			mm.allocator.allocPages(0, GFP_KERNEL);
		});
		expect(record.filter(([name]) => name !== "pcp_drain")).to.deep.equal([
			["page_free", first, 0, 1, 0],
			["page_alloc", first, 0, GFP_KERNEL, 0],
		]);
	});

	it("an object: what was asked for, where it is, whose it is", () => {
		const mm = world({ records: 1024 });
		const cache = mm.kmalloc.cacheFor(100, GFP_KERNEL)!;
		let object = 0;
		const record = recordOf(mm, () => {
			object = mm.kmalloc.kmalloc(100, GFP_KERNEL | __GFP_ZERO);
			mm.kmalloc.kfree(mm.kmalloc.kmalloc(20000, GFP_KERNEL));
		});
		const gfp = (GFP_KERNEL | __GFP_ZERO) << 8;
		const words = [object, gfp, cache.slot, 100];
		expect(record).to.deep.include(["slab_alloc", ...words]);
		expect(names(record)).to.include("slab_new");
		expect(names(record)).to.include.members(["kmalloc_large", "kfree_large"]);
		expect(names(record).indexOf("page_free")).to.be.greaterThan(
			names(record).indexOf("kfree_large"),
		);
	});

	it("without a recorder nothing is recorded", () => {
		expect(world().recorder).to.equal(null);
	});
});
