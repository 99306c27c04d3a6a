import { expect } from "chai";
import type { Pfn } from "../../../hw/units";
import { checkBuddy } from "../../../mm/check/buddy-check";
import { __GFP_COMP, GFP_KERNEL } from "../../../mm/gfp";
import type { MemoryManager } from "../../../mm/memory-manager";
import { PG_BUDDY, PG_PCP, PG_SLAB } from "../../../mm/page";
import { PCP_WORD, PCP_WORDS } from "../../../mm/percpu";
import { freeLists, perCpuList, world } from "../world";

const pfn = (n: number) => n as Pfn;

/** A machine with something of everything: free, waiting, allocated, reserved. */
function make() {
	const mm = world({ memory: "32M" });
	const { zone } = mm.allocator.zones[1]!;
	const single = mm.allocator.allocPages(0, GFP_KERNEL);
	const block = mm.allocator.allocPages(4, GFP_KERNEL | __GFP_COMP);
	const plain = mm.allocator.allocPages(5, GFP_KERNEL);
	const other = mm.allocator.allocPages(0, GFP_KERNEL);
	mm.allocator.freePages(other, 0);
	return { mm, zone, single, block, plain };
}
/** Numbers of the invariants that the auditor names. */
const named = (mm: MemoryManager): string[] => [
	...new Set(checkBuddy(mm).map((text) => text.split(":")[0]!)),
];
/** A free block of at least two frames that has a buddy of its order in use. */
function freeBlock(mm: MemoryManager) {
	const { zone } = mm.allocator.zones[1]!;
	const lists = freeLists({ pages: mm.pages, zone }, 0);
	const order = Number(Object.keys(lists).find((key) => Number(key) > 0));
	return { order, block: pfn(lists[order]![0]!) };
}
/** The first two blocks of a list that has as many. */
function longList(mm: MemoryManager) {
	const { zone } = mm.allocator.zones[1]!;
	for (const type of [0, 1, 2])
		for (const list of Object.values(
			freeLists({ pages: mm.pages, zone }, type),
		))
			if (list.length > 1)
				return { first: pfn(list[0]!), second: pfn(list[1]!) };
	throw new Error("every list is short");
}

describe("buddy auditor", () => {
	it("has nothing to say about a sound machine", () => {
		expect(checkBuddy(make().mm)).to.deep.equal([]);
	});

	it("looks at a machine of 64 MiB in a few milliseconds", () => {
		const mm = world({ memory: "64M" });
		expect(checkBuddy(mm)).to.deep.equal([]); // the time is not asserted
	});

	it("B1: names two free buddies", () => {
		const { mm } = make();
		const { zone, buddy } = mm.allocator.zones[1]!;
		const { order, block } = freeBlock(mm);
		const half = pfn(block + 2 ** (order - 1));
		buddy.takeOfType(0, 0); // makes sure that the lists are in use
		const first = pfn(freeLists({ pages: mm.pages, zone }, 0)[order]![0]!);
		expect(first).to.equal(block);
		mm.lists.remove(zone.words, zone.listAt(order, 0), block);
		zone.words[zone.countAt(order)]! -= 1;
		for (const piece of [block, half]) {
			mm.pages.setFlags(piece, PG_BUDDY);
			mm.pages.setTypeOrder(piece, 0, order - 1);
			mm.lists.pushTail(zone.words, zone.listAt(order - 1, 0), piece);
			zone.words[zone.countAt(order - 1)]! += 1;
		}
		expect(checkBuddy(mm)).to.include(
			`B1: pfn ${block} and its buddy ${half} are both free at order ${order - 1}`,
		);
	});

	it("B2: names a block that is not aligned", () => {
		const { mm, zone } = make();
		const { order, block } = freeBlock(mm);
		const at = zone.listAt(order, 0);
		mm.lists.remove(zone.words, at, block);
		mm.pages.setFlags(block, 0);
		const askew = pfn(block + 1);
		mm.pages.setFlags(askew, PG_BUDDY);
		mm.pages.setTypeOrder(askew, 0, order);
		mm.lists.pushHead(zone.words, at, askew);
		expect(named(mm)).to.include("B2");
	});

	it("B3: names a listed block without its flag, and a flag without a list", () => {
		const { mm, single } = make();
		mm.pages.setFlags(freeBlock(mm).block, 0);
		expect(named(mm)).to.deep.equal(["B3"]);
		const other = make().mm;
		other.pages.setFlags(single, PG_BUDDY);
		expect(named(other)).to.deep.equal(["B3"]);
	});

	it("B3: names a frame inside a free block that somebody uses", () => {
		const { mm } = make();
		mm.pages.setRefcount(pfn(freeBlock(mm).block + 1), 1);
		expect(named(mm)).to.deep.equal(["B3"]);
	});

	it("B3: names a block that is free twice", () => {
		const { mm, zone } = make();
		const { order, block } = freeBlock(mm);
		const inner = pfn(block + 1);
		mm.pages.setFlags(inner, PG_BUDDY);
		mm.pages.setTypeOrder(inner, 0, 0);
		mm.lists.pushHead(zone.words, zone.listAt(0, 0), inner);
		expect(order).to.be.greaterThan(0);
		expect(named(mm)).to.include("B3");
	});

	it("B4: names wrong counts and wrong records", () => {
		const counts = make();
		counts.zone.words[counts.zone.countAt(3)]! += 1;
		counts.zone.addFree(5);
		expect(named(counts.mm)).to.deep.equal(["B4"]);
		const records = make().mm;
		const { block, order } = freeBlock(records);
		records.pages.setTypeOrder(block, 2, order);
		expect(named(records)).to.deep.equal(["B4"]);
	});

	it("L1, L2: names broken links", () => {
		const { mm, zone } = make();
		const { order, block } = freeBlock(mm);
		const { first, second } = longList(mm);
		mm.pages.setPrev(first, pfn(77)); // the head's means nothing
		expect(named(mm)).to.deep.equal([]);
		mm.pages.setPrev(second, pfn(77));
		expect(named(mm)).to.deep.equal(["L2"]);
		mm.pages.setPrev(second, first);
		zone.words[zone.listAt(order, 0) + 1] = block + 77;
		expect(named(mm)).to.deep.equal(["L1"]);
	});

	it("G5: names a free page that keeps a private word", () => {
		const { mm } = make();
		mm.pages.setPrivate(freeBlock(mm).block, 5);
		expect(named(mm)).to.deep.equal(["G5"]);
	});

	it("L2: names a list that runs in a circle, and ends", () => {
		const { mm } = make();
		const { block } = freeBlock(mm);
		mm.pages.setNext(block, block);
		expect(named(mm)).to.include("L2");
	});

	it("Q1: names a wrong count and a page on the wrong list", () => {
		const { mm } = make();
		const area = mm.turn.areaOf(0);
		area[PCP_WORD + PCP_WORDS]! += 1;
		expect(named(mm)).to.deep.equal(["Q1"]);
		area[PCP_WORD + PCP_WORDS]! -= 1;
		const [page] = perCpuList(mm, 0, 1);
		mm.pages.setTypeOrder(pfn(page!), 1, 0);
		expect(named(mm)).to.deep.equal(["Q1"]);
	});

	it("B3: names a page that waits and has another state too", () => {
		const { mm } = make();
		const [page] = perCpuList(mm, 0, 1);
		mm.pages.setFlags(pfn(page!), PG_PCP | PG_SLAB);
		expect(named(mm)).to.deep.equal(["B3"]);
	});

	it("Z1: names frames that nobody has", () => {
		const { mm, single, zone } = make();
		mm.pages.setRefcount(single, 0);
		expect(named(mm)).to.deep.equal(["Z1"]);
		mm.pages.setRefcount(single, 1);
		zone.setManaged(zone.spanned + 1);
		expect(named(mm)).to.deep.equal(["Z1"]);
	});

	it("A1: names an allocated block that is not aligned or overlaps another", () => {
		const { mm, single, plain } = make();
		mm.pages.setTypeOrder(single, 0, 5);
		expect(named(mm)).to.include("A1");
		const other = make().mm;
		other.pages.setRefcount(pfn(plain + 3), 1);
		expect(named(other)).to.deep.equal(["A1"]);
	});

	it("A2: names a frame with fewer than no users", () => {
		const { mm } = make();
		mm.pages.setRefcount(pfn(mm.zones[1]!.end - 1), -1);
		expect(named(mm)).to.deep.equal(["A2"]);
	});

	it("G1, G4: names flags of a reserved frame, and a tail without its head", () => {
		const { mm, block } = make();
		mm.pages.setFlags(pfn(mm.zones[1]!.end - 1), PG_SLAB);
		expect(named(mm)).to.deep.equal(["G1"]);
		mm.pages.setFlags(pfn(mm.zones[1]!.end - 1), 0);
		mm.pages.setHead(pfn(block + 2), pfn(block + 1));
		expect(named(mm)).to.deep.equal(["G4"]);
	});

	it("only reads", () => {
		const { mm } = make();
		const before = mm.pages.words.slice();
		checkBuddy(mm);
		expect(mm.pages.words).to.deep.equal(before);
	});
});
