import { expect } from "chai";
import { MemoryMap } from "../../hw/memory-map";
import { asPhys, MIB, type Pfn, physOf } from "../../hw/units";
import { GIVE_TAIL } from "../../mm/buddy";
import {
	__GFP_COMP,
	__GFP_DMA,
	__GFP_MEMALLOC,
	__GFP_RECLAIMABLE,
	__GFP_ZERO,
	GFP_ATOMIC,
	GFP_HIGHUSER_MOVABLE,
	GFP_KERNEL,
	GFP_NOWAIT,
	migratetypeOf,
} from "../../mm/gfp";
import { PG_HEAD, PG_TAIL } from "../../mm/page";
import {
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_UNMOVABLE,
} from "../../mm/pageblock";
import { WMARK_LOW } from "../../mm/zone";
import {
	audit,
	exhaust,
	freeAll,
	freeBlocks,
	marked,
	panicOf,
	world,
	type ZoneWorld,
	zoneWorld,
} from "./world";

const pfn = (n: number) => n as Pfn;

describe("page allocator: what it hands out", () => {
	it("has blocks of orders 0 to 10, and of no others", () => {
		const { allocator } = world({ memory: "32M" });
		for (const order of [-1, 11, 1.5, Number.NaN])
			expect(allocator.allocPages(order, GFP_KERNEL)).to.equal(0);
	});

	it("A1: blocks of every order, aligned to their size, with one user", () => {
		const mm = world({ memory: "64M" });
		for (let order = 0; order <= 10; order++) {
			const block = mm.allocator.allocPages(order, GFP_KERNEL);
			expect(block).to.be.greaterThan(0);
			expect(block % 2 ** order).to.equal(0);
			expect(mm.pages.refcount(block)).to.equal(1);
			expect(mm.pages.order(block)).to.equal(order);
		}
		expect(audit(mm)).to.deep.equal([]);
	});

	it("seizes reserved frames as if they had been handed out, and gets them back as such", () => {
		const { allocator, pages, zone } = marked(2048, 0, 0);
		const before = zone.managed;
		for (const block of [pfn(512), pfn(520), pfn(528)])
			allocator.seize(block, 3, MIGRATE_UNMOVABLE, GFP_KERNEL | __GFP_COMP);
		expect(zone.managed).to.equal(before + 24);
		expect(pages.head(pfn(527))).to.equal(520);
		allocator.freePages(pfn(512), 3);
		expect(() =>
			allocator.seize(pfn(520), 0, MIGRATE_UNMOVABLE, GFP_KERNEL),
		).to.throw("A1");
	});

	it("an order over 10 is never served", () => {
		expect(world().allocator.allocPages(11, GFP_KERNEL)).to.equal(0);
	});

	it("on a machine too small to keep types apart every request is unmovable", () => {
		const small = world({ memory: "8M" });
		const large = world({ memory: "64M" });
		for (const gfp of [GFP_KERNEL, GFP_HIGHUSER_MOVABLE, __GFP_RECLAIMABLE]) {
			for (const order of [0, 2, 5]) {
				const block = small.allocator.allocPages(order, gfp);
				expect(small.pages.type(block)).to.equal(MIGRATE_UNMOVABLE);
				expect(small.blocks.type(block)).to.equal(MIGRATE_UNMOVABLE);
				const other = large.allocator.allocPages(order, gfp);
				expect(large.pages.type(other)).to.equal(migratetypeOf(gfp));
			}
		}
		expect(audit(small)).to.deep.equal([]);
	});

	it("frame 0 and the first MiB are never handed out", () => {
		const mm = world({ memory: "8M" });
		const lowest = Math.min(...exhaust(mm, GFP_ATOMIC | __GFP_MEMALLOC));
		expect(lowest).to.be.at.least(MIB / 4096);
	});

	it("pages are zeroed when asked for, or always with init_on_alloc", () => {
		for (const [initOnAlloc, gfp, byte] of [
			[false, GFP_KERNEL, 0xab],
			[false, GFP_KERNEL | __GFP_ZERO, 0],
			[true, GFP_KERNEL, 0],
		] as const) {
			const mm = world({ switches: { initOnAlloc } });
			const first = mm.allocator.allocPages(2, GFP_KERNEL);
			mm.memory.fill(physOf(first), 4 * 4096, 0xab);
			mm.allocator.freePages(first, 2);
			const again = mm.allocator.allocPages(2, gfp);
			expect(again).to.equal(first);
			for (const at of [0, 4095, 4096, 16383])
				expect(mm.memory.readU8(asPhys(physOf(again) + at))).to.equal(byte);
		}
	});

	it("a compound block's tails lead to its head, until it is freed", () => {
		const mm = world({ memory: "32M" });
		const block = mm.allocator.allocPages(5, GFP_KERNEL | __GFP_COMP);
		expect(mm.pages.flags(block)).to.equal(PG_HEAD);
		for (let i = 1; i < 32; i++) {
			expect(mm.pages.flags(pfn(block + i))).to.equal(PG_TAIL);
			expect(mm.pages.head(pfn(block + i))).to.equal(block);
		}
		expect(audit(mm)).to.deep.equal([]);
		mm.allocator.freePages(block, 5);
		expect(mm.pages.flags(pfn(block + 1))).to.equal(0);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("remembers in which calling context a block was asked for", () => {
		const mm = world();
		mm.turn.cpu.setContext(42);
		const block = mm.allocator.allocPages(1, GFP_KERNEL);
		expect(mm.pages.context(block)).to.equal(42);
	});
});

describe("page allocator: zones", () => {
	it("below 4 GiB there is no Normal zone", () => {
		const { allocator } = world({ memory: "64M" });
		expect(allocator.zones.map(({ zone }) => zone.name)).to.deep.equal([
			"DMA",
			"DMA32",
		]);
	});

	it("holes between ranges are no zone's to give", () => {
		const map = new MemoryMap([
			{ start: 0, end: 640 * 1024, type: "usable" },
			{ start: MIB, end: 12 * MIB, type: "usable" },
			{ start: 20 * MIB, end: 40 * MIB, type: "usable" },
		]);
		const mm = world({ map });
		const taken = exhaust(mm, GFP_ATOMIC | __GFP_MEMALLOC);
		expect(taken.some((page) => page >= 3072 && page < 5120)).to.equal(false);
		expect(audit(mm)).to.deep.equal([]);
	});
});

describe("page allocator: freeing", () => {
	it("everything that was taken can be taken again", () => {
		const mm = world({ memory: "32M" });
		mm.allocator.drainAll();
		const before = mm.allocator.freeFrames;
		const taken = exhaust(mm, GFP_KERNEL);
		freeAll(mm, taken);
		mm.allocator.drainAll();
		expect(mm.allocator.freeFrames).to.equal(before);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("a block with another user stays until that one lets go", () => {
		const mm = world();
		const page = mm.allocator.allocPages(0, GFP_KERNEL);
		mm.allocator.getPages(page);
		mm.allocator.freePages(page, 0);
		expect(mm.pages.refcount(page)).to.equal(1);
		mm.allocator.freePages(page, 0);
		expect(mm.pages.refcount(page)).to.equal(0);
		expect(audit(mm)).to.deep.equal([]);
	});

	for (const compound of [0, __GFP_COMP])
		it(`an extra reference cannot leak a block of order 3 (${compound ? "compound" : "not compound"})`, () => {
			const mm = world({ memory: "32M" });
			mm.allocator.drainAll();
			const before = mm.allocator.freeFrames;
			for (let i = 0; i < 200; i++) {
				const block = mm.allocator.allocPages(3, GFP_KERNEL | compound);
				mm.allocator.getPages(block);
				mm.allocator.freePages(block, 3);
				expect(audit(mm)).to.deep.equal([]);
				mm.allocator.freePages(block, compound ? 3 : 0);
			}
			mm.allocator.drainAll();
			expect(mm.allocator.freeFrames).to.equal(before);
		});

	it("a block that is not compound goes back in pieces when its first page is still held", () => {
		const zone = marked(1024, 0, 0);
		const block = zone.allocator.allocPages(3, GFP_NOWAIT);
		zone.allocator.getPages(block);
		zone.allocator.freePages(block, 3);
		expect(zone.zone.free).to.equal(1023);
		expect(zone.pages.order(block)).to.equal(0);
		zone.allocator.freePages(block, 0);
		expect(zone.zone.free).to.equal(1024);
	});

	it("a split block is freed page by page", () => {
		const zone = marked(1024, 0, 0);
		const block = zone.allocator.allocPages(4, GFP_NOWAIT);
		zone.allocator.splitPages(block, 4);
		for (let i = 0; i < 16; i++) zone.allocator.freePages(pfn(block + i), 0);
		expect(zone.zone.free).to.equal(1024);
	});
});

describe("page allocator: misuse", () => {
	const make = () => {
		const mm = world({ memory: "32M" });
		return { mm, block: mm.allocator.allocPages(4, GFP_KERNEL | __GFP_COMP) };
	};

	it("A2: freeing twice ends the kernel", () => {
		const { mm, block } = make();
		mm.allocator.freePages(block, 4);
		expect(panicOf(() => mm.allocator.freePages(block, 4))).to.include("A2");
		const page = mm.allocator.allocPages(0, GFP_KERNEL);
		mm.allocator.freePages(page, 0);
		expect(panicOf(() => mm.allocator.freePages(page, 0))).to.include("A2");
	});

	it("A2: so does another order", () => {
		const { mm, block } = make();
		expect(panicOf(() => mm.allocator.freePages(block, 3))).to.include("A2");
		expect(panicOf(() => mm.allocator.freePages(block, 5))).to.include("A2");
		expect(audit(mm)).to.deep.equal([]);
	});

	it("A2: and a page inside a block, a reserved one, one that does not exist", () => {
		const { mm, block } = make();
		for (const page of [block + 1, 1, 300, mm.memory.frameCount + 5])
			expect(
				panicOf(() => mm.allocator.freePages(pfn(page), 0)),
				`pfn ${page}`,
			).to.include("A2");
	});

	it("A2: and a reference of a page that nobody has", () => {
		const { mm, block } = make();
		mm.allocator.freePages(block, 4);
		expect(panicOf(() => mm.allocator.getPages(block))).to.include("A2");
	});

	it("A2: and the pages of a slab", () => {
		const mm = world();
		const object = mm.kmalloc.kmalloc(64, GFP_KERNEL);
		const page = pfn(Math.floor(object / 4096));
		expect(panicOf(() => mm.allocator.freePages(page, 0))).to.include("A2");
	});
});

describe("page allocator: failures on purpose", () => {
	it("an injector sees every request and its refusal is final", () => {
		const mm = world({ memory: "32M" });
		const seen: [number, number][] = [];
		mm.allocator.injector = {
			shouldFail: (order, gfp) => {
				seen.push([order, gfp]);
				return order === 1;
			},
		};
		expect(mm.allocator.allocPages(0, GFP_KERNEL)).not.to.equal(0);
		expect(mm.allocator.allocPages(1, GFP_KERNEL)).to.equal(0);
		expect(seen).to.deep.equal([
			[0, GFP_KERNEL],
			[1, GFP_KERNEL],
		]);
	});
});

describe("page allocator: in bulk, and past the per-CPU lists", () => {
	it("bulk takes from the head of this CPU's list and refills it", () => {
		const made = marked(4096, 10, 20, { high: 400, batch: 31 });
		const first = made.allocator.allocPages(0, GFP_KERNEL);
		const pages = made.allocator.allocBulk(100, GFP_KERNEL);
		const wanted = Array.from({ length: 100 }, (_, i) => first + 1 + i);
		expect(pages).to.deep.equal(wanted);
		expect(made.allocator.zones[0]!.pcp.state(0).count).to.equal(4 * 31 - 101);
	});

	it("bulk leaves the low mark and what it asks for behind, or takes nothing", () => {
		const made = marked(1024, 10, 20);
		expect(made.allocator.allocBulk(1004, GFP_KERNEL)).to.deep.equal([]);
		expect(made.allocator.allocBulk(1003, GFP_KERNEL)).to.have.length(1003);
	});

	it("bulk does not end a row of frees: the next drain is as large as it would have been", () => {
		const drained = (between: (made: ZoneWorld) => void): number => {
			const made = marked(4096, 10, 20, { high: 400, batch: 31 });
			const { pcp } = made.allocator.zones[0]!;
			const pages = made.allocator.allocBulk(1000, GFP_KERNEL);
			let before = 0;
			let at = 0;
			const untilDrain = (): void => {
				do {
					before = pcp.state(0).count;
					made.allocator.freePages(pages[at++]!, 0);
				} while (pcp.state(0).count > before);
			};
			untilDrain();
			between(made);
			untilDrain();
			return before + 1 - pcp.state(0).count;
		};
		expect(drained((made) => made.allocator.allocBulk(2, GFP_KERNEL))).to.equal(
			62,
		);
		expect(
			drained((made) => made.allocator.allocPages(0, GFP_KERNEL)),
		).to.equal(31);
	});

	it("what an exact allocation has too much of goes to the tail of the free lists", () => {
		const made = marked(1024, 10, 20, { high: 400, batch: 31 });
		const { allocator, zone } = made;
		const block = allocator.allocPages(4, GFP_KERNEL);
		const waiting = allocator.zones[0]!.pcp.state(0).count;
		allocator.splitPages(block, 4);
		const free = zone.free;
		for (let i = 13; i < 16; i++)
			allocator.freeToBuddy(pfn(block + i), 0, GIVE_TAIL);
		expect(allocator.zones[0]!.pcp.state(0).count).to.equal(waiting);
		expect(zone.free).to.equal(free + 3);
		expect(freeBlocks(made, 1, MIGRATE_UNMOVABLE)).to.include(block + 14);
		expect(freeBlocks(made, 0, MIGRATE_UNMOVABLE).at(-1)).to.equal(block + 13);
	});

	it("frees past the lists while the task that it interrupts holds them, and only then", () => {
		const { allocator, zone } = marked(1024, 10, 20);
		const { pcp } = allocator.zones[0]!;
		pcp.configure(64, 8);
		const one = allocator.allocPages(0, GFP_KERNEL);
		const four = allocator.allocPages(2, GFP_KERNEL);
		const last = allocator.allocPages(0, GFP_KERNEL);
		const waiting = pcp.state(0).count;
		const { free } = zone;
		allocator.holdLists(true);
		allocator.freePages(one, 0);
		allocator.freePages(four, 2);
		expect(pcp.state(0).count).to.equal(waiting);
		expect(zone.free).to.equal(free + 5);
		allocator.holdLists(false);
		allocator.freePages(last, 0);
		expect(pcp.state(0).count).to.equal(waiting + 1);
		expect(zone.free).to.equal(free + 5);
	});

	it("A2: what is still in use cannot be given past the lists", () => {
		const { allocator } = marked(1024, 10, 20);
		const block = allocator.allocPages(0, GFP_KERNEL);
		allocator.getPages(block);
		expect(panicOf(() => allocator.freeToBuddy(block, 0, GIVE_TAIL))).to.match(
			/A2/,
		);
	});
});

describe("page allocator: for a machine that is being copied", () => {
	it("puts free blocks on the lists that they were on", () => {
		const made = zoneWorld({ zones: [{ start: 1024, frames: 1024 }] });
		made.allocator.adopt(pfn(1040), 2, MIGRATE_RECLAIMABLE);
		made.allocator.adopt(pfn(1048), 2);
		expect(freeBlocks(made, 2, MIGRATE_RECLAIMABLE)).to.deep.equal([1040]);
		expect(freeBlocks(made, 2, MIGRATE_MOVABLE)).to.deep.equal([1048]);
	});

	it("joins single pages to one block, which is freed as one", () => {
		const { allocator, pages, zone } = marked(1024, 0, 0);
		const block = allocator.allocPages(3, GFP_KERNEL);
		allocator.splitPages(block, 3);
		allocator.joinPages(pfn(block + 4), 2);
		expect(pages.order(pfn(block + 4))).to.equal(2);
		allocator.freePages(pfn(block + 4), 2);
		for (let n = 0; n < 4; n++) allocator.freePages(pfn(block + n), 0);
		expect(zone.free).to.equal(1024);
		expect(panicOf(() => allocator.joinPages(block, 1))).to.match(/A2/);
	});

	it("who asks slowly is content with the MIN marks at once", () => {
		const made = zoneWorld({
			zones: [
				{ start: 1024, frames: 1024 },
				{ start: 2048, frames: 1024 },
			],
		});
		const { allocator } = made;
		for (const start of [1024, 2048]) allocator.adopt(pfn(start), 10);
		const [low, high] = allocator.zones;
		high!.zone.setWatermark(WMARK_LOW, 1024);
		expect(allocator.allocPages(0, GFP_KERNEL)).to.be.lessThan(2048);
		expect(allocator.allocSlowly(0, GFP_KERNEL)).to.be.at.least(2048);
		expect(allocator.zonesFor(GFP_KERNEL)).to.deep.equal([high, low]);
		expect(allocator.zonesFor(__GFP_DMA)).to.deep.equal([low]);
		expect(allocator.zonesFor(3), "no zone's").to.deep.equal([]);
		expect(panicOf(() => allocator.allocSlowly(0, 3))).to.match(/ZL1/);
	});
});
