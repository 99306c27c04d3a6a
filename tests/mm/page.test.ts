import { expect } from "chai";
import { asPhys, type Pfn } from "../../hw/units";
import {
	PAGE_RECORD_BYTES,
	Pages,
	PagesWithGap,
	PG_BUDDY,
	PG_PCP,
	PG_SLAB,
} from "../../mm/page";

const pfn = (n: number) => n as Pfn;
const make = (frames: number) =>
	new Pages(new Int32Array((frames * PAGE_RECORD_BYTES) / 4), frames);

describe("struct page", () => {
	it("has 64 bytes, 1.5625 % of a frame", () => {
		expect(PAGE_RECORD_BYTES / 4096).to.equal(0.015625);
	});

	it("G1: a zeroed record is a reserved page: no flags, no users, on no list", () => {
		const pages = make(4);
		expect(pages.flags(pfn(2))).to.equal(0);
		expect(pages.refcount(pfn(2))).to.equal(0);
		expect(pages.next(pfn(2))).to.equal(0);
		expect(pages.slot(pfn(2))).to.equal(0);
		expect(pages.frozen(pfn(2))).to.equal(false);
	});

	it("keeps every field of every frame apart", () => {
		const pages = make(4);
		const fields = [
			[pages.flags, pages.setFlags],
			[pages.next, pages.setNext],
			[pages.prev, pages.setPrev],
			[pages.head, pages.setHead],
			[pages.slot, pages.setSlot],
			[pages.mapcount, pages.setMapcount],
			[pages.refcount, pages.setRefcount],
			[pages.context, pages.setContext],
			[pages.private_, pages.setPrivate],
		] as const;
		fields.forEach(([, set], index) => {
			for (let frame = 0; frame < 4; frame++)
				set.call(pages, pfn(frame), pfn(100 * index + frame));
		});
		fields.forEach(([get], index) => {
			for (let frame = 0; frame < 4; frame++)
				expect(get.call(pages, pfn(frame))).to.equal(100 * index + frame);
		});
	});

	it("adds and clears flags one by one", () => {
		const pages = make(4);
		pages.addFlags(pfn(1), PG_BUDDY);
		pages.addFlags(pfn(1), PG_SLAB);
		expect(pages.flags(pfn(1))).to.equal(PG_BUDDY | PG_SLAB);
		pages.clearFlags(pfn(1), PG_BUDDY);
		expect(pages.flags(pfn(1))).to.equal(PG_SLAB);
	});

	it("keeps migratetype and order in one word", () => {
		const pages = make(4);
		pages.setTypeOrder(pfn(3), 4, 10);
		expect(pages.type(pfn(3))).to.equal(4);
		expect(pages.order(pfn(3))).to.equal(10);
	});

	it("keeps inuse, objects and frozen in one word, up to 32767 objects", () => {
		const pages = make(4);
		for (const [inuse, objects, frozen] of [
			[0, 1, true],
			[7, 8, false],
			[32767, 32767, true],
			[0, 32767, false],
		] as const) {
			pages.setCounters(pfn(2), inuse, objects, frozen);
			expect(pages.inuse(pfn(2))).to.equal(inuse);
			expect(pages.objects(pfn(2))).to.equal(objects);
			expect(pages.frozen(pfn(2))).to.equal(frozen);
		}
	});

	it("stores pointers to any byte of RAM, below and above 4 GiB", () => {
		const pages = make(4);
		for (const at of [
			0,
			8,
			0x1000,
			0xfffffff8,
			2 ** 32,
			5 * 2 ** 32 + 0x1238,
		]) {
			pages.setFreelist(pfn(1), asPhys(at));
			pages.setCache(pfn(1), asPhys(at));
			expect(pages.freelist(pfn(1))).to.equal(at);
			expect(pages.cache(pfn(1))).to.equal(at);
		}
	});

	it("stores them as the kernel's pointers: 0xffff888000000000 + address", () => {
		const pages = make(4);
		pages.setFreelist(pfn(0), asPhys(0x12345678));
		expect(pages.words[9]! >>> 0).to.equal(0xffff8880);
		expect(pages.words[8]! >>> 0).to.equal(0x12345678);
		pages.setFreelist(pfn(0), asPhys(2 ** 32 + 16));
		expect(pages.words[9]! >>> 0).to.equal(0xffff8881);
	});

	it("has no records for the hole, and those above it follow those below", () => {
		const words = new Int32Array((2048 * PAGE_RECORD_BYTES) / 4);
		const pages = new PagesWithGap(words, 3072, 1024, 1024);
		expect(pages.has(1023)).to.equal(true);
		expect(pages.has(1024)).to.equal(false);
		expect(pages.has(2047)).to.equal(false);
		expect(pages.has(2048)).to.equal(true);
		expect(pages.at(pfn(2048)) - pages.at(pfn(1023))).to.equal(16);
	});

	it("has no record for frame 0, which is NIL, nor past the end of RAM", () => {
		const pages = make(8);
		expect(pages.has(0)).to.equal(false);
		expect(pages.has(8)).to.equal(false);
		expect(pages.has(-1)).to.equal(false);
	});

	it("a block is claimed with one user, and dropped only with its own order", () => {
		const pages = make(8);
		pages.claim(pfn(4), 2, 2, 77);
		expect(pages.refcount(pfn(4))).to.equal(1);
		expect([pages.type(pfn(4)), pages.order(pfn(4))]).to.deep.equal([2, 2]);
		expect(pages.context(pfn(4))).to.equal(77);
		expect(pages.drop(pfn(4), 3)).to.equal(-1);
		expect(pages.drop(pfn(4), 2)).to.equal(0);
		expect(pages.drop(pfn(4), 2)).to.equal(-1);
		expect(pages.refcount(pfn(4))).to.equal(0);
	});

	it("drops the only user of a plain block, and of no other", () => {
		const pages = make(8);
		pages.claim(pfn(4), 1, 2, 7);
		expect(pages.dropPlain(pfn(4), 1), "another order").to.equal(false);
		pages.setRefcount(pfn(4), 2);
		expect(pages.dropPlain(pfn(4), 2), "further users").to.equal(false);
		pages.setRefcount(pfn(4), 1);
		pages.setFlags(pfn(4), PG_SLAB);
		expect(pages.dropPlain(pfn(4), 2), "flags").to.equal(false);
		pages.setFlags(pfn(4), 0);
		expect(pages.refcount(pfn(4))).to.equal(1);
		expect(pages.dropPlain(pfn(4), 2)).to.equal(true);
		expect(pages.refcount(pfn(4))).to.equal(0);
		expect(pages.dropPlain(pfn(4), 2), "free").to.equal(false);
		expect(pages.dropPlain(pfn(99), 0), "no frame").to.equal(false);
	});

	it("a block that is parked waits on a per-CPU list, with its type and order", () => {
		const pages = make(8);
		pages.park(pfn(6), 3, 1);
		expect(pages.flags(pfn(6))).to.equal(PG_PCP);
		expect([pages.type(pfn(6)), pages.order(pfn(6))]).to.deep.equal([3, 1]);
	});

	it("clears one record and no other", () => {
		const pages = make(4);
		pages.words.fill(-1);
		pages.clear(pfn(2));
		expect(pages.refcount(pfn(1))).to.equal(-1);
		expect(pages.refcount(pfn(2))).to.equal(0);
		expect(pages.flags(pfn(3))).to.equal(0xffff);
	});
});
