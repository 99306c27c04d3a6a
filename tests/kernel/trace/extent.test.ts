import { expect } from "chai";
import { STRETCH_SHIFT } from "../../../kernel/trace/block-summary";
import { makeColumns } from "../../../kernel/trace/columns";
import {
	concernsFrame,
	firstFrame,
	firstMapped,
	frameCount,
	namesBlock,
} from "../../../kernel/trace/extent";
import {
	EV_BLOCK_TYPE,
	EV_BOOT_TAKE,
	EV_BUDDY_TAKE,
	EV_MEMBLOCK,
	EV_PAGE_ALLOC,
	EV_PAGE_FREE,
	EV_PTE_RUN,
	EV_PTE_SET,
	EV_SLAB_ALLOC,
	EV_ZONE_REFUSED,
	MEMBLOCK_HANDED,
	MEMBLOCK_RESERVED,
} from "../../../mm/events";
import { recordedTrace } from "./recorded";

/** Frames from 0 to 4095 that an event is about. */
function frames(code: number, a: number, b = 0, c = 0, d = 0): number[] {
	const columns = makeColumns(1);
	columns.codes[0] = code;
	columns.a[0] = a;
	columns.b[0] = b;
	columns.c[0] = c;
	columns.d[0] = d;
	return Array.from({ length: 4096 }, (_, pfn) => pfn).filter((pfn) =>
		concernsFrame(columns, 0, pfn),
	);
}

describe("the extent of events", () => {
	it("is the block that they name", () => {
		expect(frames(EV_PAGE_FREE, 8, 2)).to.deep.equal([8, 9, 10, 11]);
		expect(frames(EV_PAGE_ALLOC, 8, 1 | (2 << 8))).to.deep.equal([8, 9]);
		expect(frames(EV_BOOT_TAKE, 8, 1)).to.deep.equal([8, 9]);
		expect(frames(EV_BUDDY_TAKE, 8, 0, 1)).to.deep.equal([8, 9]);
		expect(frames(EV_ZONE_REFUSED, 8)).to.deep.equal([]);
	});

	it("is the frame of an object, also beyond 4 GiB", () => {
		expect(frames(EV_SLAB_ALLOC, 3 * 4096 + 64)).to.deep.equal([3]);
		expect(frames(EV_SLAB_ALLOC, 3 * 4096, 1)).to.deep.equal([]);
	});

	it("is the table and the frame that it maps", () => {
		expect(frames(EV_PTE_SET, 5, 17, 7 * 4096 + 1)).to.deep.equal([5, 7]);
		expect(frames(EV_PTE_SET, 5, 17, 7 * 4096)).to.deep.equal([5]);
	});

	it("is the whole pageblock, wherever in it the named frame is", () => {
		const found = frames(EV_BLOCK_TYPE, 1100, 1);
		expect([found[0], found.at(-1), found.length]).to.deep.equal([
			1024, 1535, 512,
		]);
	});

	it("is every frame of a run of entries, and of a range of memblock", () => {
		const run = 17 | (2 << 9); // two entries of one frame each
		expect(frames(EV_PTE_RUN, 5, run, 7 * 4096 + 1)).to.deep.equal([5, 7, 8]);
		const taken = MEMBLOCK_RESERVED << 8;
		expect(frames(EV_MEMBLOCK, 5000, taken, 4096)).to.deep.equal([1, 2]);
		const handed = MEMBLOCK_HANDED << 8;
		expect(frames(EV_MEMBLOCK, 5000, handed, 4096)).to.deep.equal([]);
	});

	it("is told by first frame and count as well", () => {
		const trace = recordedTrace("page-tables");
		trace.each(0, trace.events, (columns, index) => {
			const first = firstFrame(columns, index);
			const count = frameCount(columns, index);
			expect(first < 0).to.equal(count === 0);
			if (first < 0) return;
			expect(concernsFrame(columns, index, first)).to.equal(true);
			expect(concernsFrame(columns, index, first + count - 1)).to.equal(true);
			if (firstMapped(columns, index) >= 0) return;
			expect(concernsFrame(columns, index, first + count)).to.equal(false);
		});
	});

	it("EX1: never leaves 1024 frames that begin at a multiple of 1024", () => {
		const trace = recordedTrace("buddy");
		trace.each(0, trace.events, (columns, index) => {
			if (!namesBlock(columns.codes[index] as number)) return;
			const first = columns.a[index] as number;
			const end = ((first >>> STRETCH_SHIFT) + 1) << STRETCH_SHIFT;
			expect(concernsFrame(columns, index, end)).to.equal(false);
		});
	});
});
