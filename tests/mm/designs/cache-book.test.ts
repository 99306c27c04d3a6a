import { expect } from "chai";
import { asPhys, physOf } from "../../../hw/units";
import {
	CacheBook,
	type CacheHead,
	HEAD_BYTES,
	ROOT_BYTES,
	RootRecord,
	zoneBits,
} from "../../../mm/designs/cache-book";
import { __GFP_DMA, __GFP_DMA32, GFP_KERNEL } from "../../../mm/gfp";
import { constructNothing } from "../../../mm/slab-caches";
import { SLAB_CACHE_DMA, SLAB_CACHE_DMA32 } from "../../../mm/slab-geometry";
import type { Constructor } from "../../../mm/slab-maker";
import { panicOf, world } from "../world";

const MAGIC = 0x1234;
const SHAPE = {
	name: "things",
	objectSize: 30,
	size: 32,
	align: 8,
	order: 1,
	objects: 256,
	gfp: 0,
};

function make() {
	const mm = world();
	const at = physOf(mm.allocator.allocPages(0, GFP_KERNEL));
	const root = new RootRecord(mm.memory, at);
	root.init(MAGIC, 0);
	const book = () =>
		new CacheBook(
			mm.memory,
			mm.locks,
			new RootRecord(mm.memory, at),
			HEAD_BYTES,
			(head: CacheHead, ctor: Constructor | null) => ({ head, ctor }),
		);
	const record = (index: number) =>
		asPhys(at + ROOT_BYTES + index * HEAD_BYTES);
	return { mm, root, at, book, record };
}

describe("cache book", () => {
	it("BK1: caches stand newest first and are numbered as they came", () => {
		const { book, record, root } = make();
		const mine = book();
		for (let i = 0; i < 3; i++)
			mine.enter(record(i), { ...SHAPE, name: `cache-${i}` });
		expect(mine.all().map(({ head }) => [head.name, head.id])).to.deep.equal([
			["cache-2", 3],
			["cache-1", 2],
			["cache-0", 1],
		]);
		expect(root.caches).to.equal(3);
	});

	it("a record tells what the cache was born with, and its counts", () => {
		const { book, record } = make();
		const { head } = book().enter(record(0), { ...SHAPE, gfp: __GFP_DMA });
		const { name, objectSize, size, align, order, objects, gfp } = head;
		expect({
			name,
			objectSize,
			size,
			align,
			order,
			objects,
			gfp,
		}).to.deep.equal({ ...SHAPE, gfp: __GFP_DMA });
		head.addSlabs(2, 512);
		head.addActive(5);
		head.addActive(-1);
		expect([head.slabs, head.total, head.active]).to.deep.equal([2, 512, 4]);
	});

	it("a name may have 63 characters", () => {
		const { book, record } = make();
		const name = "n".repeat(63);
		expect(book().enter(record(0), { ...SHAPE, name }).head.name).to.equal(
			name,
		);
	});

	it("BK2: another book on the same RAM knows the same caches, also later ones", () => {
		const { book, record } = make();
		const mine = book();
		const other = book();
		mine.enter(record(0), SHAPE);
		expect(other.find(1, record(0))?.head.name).to.equal("things");
		mine.enter(record(1), { ...SHAPE, name: "late" });
		expect(other.find(2, record(1))?.head.name).to.equal("late");
		expect(other.find(2, record(0))).to.equal(undefined);
		expect(other.find(3, record(2))).to.equal(undefined);
	});

	it("code stays with the thread that brought it", () => {
		const { mm, book, record } = make();
		let runs = 0;
		const ctor: Constructor = () => {
			runs++;
		};
		const mine = book();
		mine.enter(record(0), SHAPE, ctor).ctor?.(record(3), mm.memory);
		mine.enter(record(1), SHAPE, ctor);
		expect(mine.all().map(({ head }) => head.ctor)).to.deep.equal([2, 2]);
		expect(runs).to.equal(1);
		const stranger = book().find(1, record(0))!;
		expect(panicOf(() => stranger.ctor?.(record(3), mm.memory))).to.match(
			/BK2/,
		);
	});

	it("every thread knows the constructor that does nothing", () => {
		const { mm, book, record } = make();
		book().enter(record(0), SHAPE, constructNothing);
		const stranger = book().find(1, record(0))!;
		expect(stranger.head.ctor).to.equal(1);
		stranger.ctor?.(record(3), mm.memory);
	});

	it("a root that is another design's is refused", () => {
		const { root } = make();
		root.expect(MAGIC, "mine");
		expect(panicOf(() => root.expect(MAGIC + 1, "yours"))).to.match(
			/^yours: BK1/,
		);
		expect(root.frames).to.equal(1);
	});

	it("zone bits follow from the wish's flags", () => {
		const wish = { name: "dma", size: 8 };
		expect(zoneBits(wish)).to.equal(0);
		expect(zoneBits({ ...wish, flags: SLAB_CACHE_DMA })).to.equal(__GFP_DMA);
		expect(zoneBits({ ...wish, flags: SLAB_CACHE_DMA32 })).to.equal(
			__GFP_DMA32,
		);
	});
});
