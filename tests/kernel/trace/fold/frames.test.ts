import { expect } from "chai";
import {
	FoldedFrames,
	FREE,
	PAGES,
	SLAB,
	TRANSIT,
	WAITING,
} from "../../../../kernel/trace/fold/frames";

const ZONES = [
	{ index: 0, name: "DMA", start: 1, end: 64 },
	{ index: 1, name: "DMA32", start: 64, end: 1024 },
];
const UNMOVABLE = 0;

/** Frames 64 to 71 of the second zone free as one block. */
function fresh(): FoldedFrames {
	const frames = new FoldedFrames(1024, ZONES, 2);
	frames.hand(0, 64, 3);
	frames.give(1, 64, 3, UNMOVABLE, true);
	return frames;
}

const stateOf = (frames: FoldedFrames, pfn: number) => frames.state[pfn];

describe("folded frames", () => {
	it("split a block when a part is taken, and merge it when it comes back", () => {
		const frames = fresh();
		frames.take(2, 0, 64, 0, UNMOVABLE, 3, false);
		expect(stateOf(frames, 64)).to.equal(TRANSIT);
		expect(frames.freeBlocks(1).slice(0, 4)).to.deep.equal([1, 1, 1, 0]);
		expect(
			frames.lists.members(frames.freeList(1, 2, UNMOVABLE)),
		).to.deep.equal([68]);
		frames.give(3, 64, 3, UNMOVABLE, false);
		expect(frames.freeBlocks(1).slice(0, 4)).to.deep.equal([0, 0, 0, 1]);
		expect(frames.freeFrames(1)).to.equal(8);
		expect(frames.headOf(70)).to.equal(64);
	});

	it("wait with the CPU that took or freed them", () => {
		const frames = fresh();
		frames.take(2, 1, 64, 1, UNMOVABLE, 3, true);
		expect(stateOf(frames, 64)).to.equal(WAITING);
		expect(frames.waitingFrames(1, 1)).to.equal(2);
		expect(frames.waitingFrames(0, 1)).to.equal(0);
		frames.allocate(3, 64, 1, UNMOVABLE, 7);
		expect(stateOf(frames, 64)).to.equal(PAGES);
		expect(frames.context[64]).to.equal(7);
		frames.release(4, 0, 64, 1, true, UNMOVABLE);
		expect(frames.waitingFrames(0, 1)).to.equal(2);
		frames.drain(5, 64);
		expect(stateOf(frames, 64)).to.equal(TRANSIT);
		expect(frames.waitingFrames(0, 1)).to.equal(0);
	});

	it("say what a block is used for, since when, and whose it is", () => {
		const frames = fresh();
		frames.take(2, 0, 64, 1, UNMOVABLE, 3, false);
		frames.allocate(3, 64, 1, UNMOVABLE, 0);
		frames.use(4, 64, SLAB, 48);
		expect(frames.headOf(65)).to.equal(64);
		expect([frames.owner[64], frames.since[64]]).to.deep.equal([48, 4]);
	});

	it("fall into single pages and become one block again", () => {
		const frames = fresh();
		frames.take(2, 0, 64, 2, UNMOVABLE, 3, false);
		frames.allocate(3, 64, 2, UNMOVABLE, 5);
		frames.split(4, 64, 2, false);
		expect([64, 65, 66, 67].map((pfn) => frames.headOf(pfn))).to.deep.equal([
			64, 65, 66, 67,
		]);
		expect(frames.context[67]).to.equal(5);
		frames.join(5, 64, 2);
		expect([64, 65, 66, 67].map((pfn) => frames.headOf(pfn))).to.deep.equal([
			64, 64, 64, 64,
		]);
		frames.split(6, 64, 2, true);
		expect([64, 65, 66, 67].map((pfn) => frames.headOf(pfn))).to.deep.equal([
			64, 65, 66, 66,
		]);
	});

	it("FS1: cover the machine in blocks and reserved runs", () => {
		const frames = fresh();
		frames.take(2, 0, 64, 0, UNMOVABLE, 3, false);
		const seen: [number, number, number][] = [];
		frames.eachBlock((head, count) => {
			seen.push([head, count, frames.state[head] as number]);
		});
		expect(seen).to.deep.equal([
			[0, 64, 0],
			[64, 1, TRANSIT],
			[65, 1, FREE],
			[66, 2, FREE],
			[68, 4, FREE],
			[72, 952, 0],
		]);
	});

	it("know the zone of a frame", () => {
		expect([1, 63, 64, 1023].map((pfn) => fresh().zoneOf(pfn))).to.deep.equal([
			0, 0, 1, 1,
		]);
	});
});
