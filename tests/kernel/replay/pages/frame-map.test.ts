import { expect } from "chai";
import type { Pfn } from "../../../../hw/units";
import {
	FOUND_NAMED,
	FOUND_NOT,
	FOUND_START,
	FOUND_UNNAMED,
	FrameMap,
} from "../../../../kernel/replay/pages/frame-map";

const pfn = (value: number): Pfn => value as Pfn;

describe("the frame map", () => {
	it("maps frame by frame, so that a block may be freed in parts", () => {
		const map = new FrameMap(100);
		map.set(8, pfn(40), 2);
		expect(map.at(9)).to.equal(41);
		expect(map.take(10, 1)).to.equal(42);
		expect(map.found).to.equal(FOUND_NAMED);
		expect(map.take(8, 0)).to.equal(40);
		expect(map.take(8, 0)).to.equal(0);
		expect(map.found).to.equal(FOUND_NOT);
		expect(map.at(9)).to.equal(41);
	});

	it("frames of the start stand for themselves, once", () => {
		const map = new FrameMap(100);
		map.keep(20, 4);
		expect(map.take(20, 1)).to.equal(20);
		expect(map.found).to.equal(FOUND_START);
		expect(map.take(20, 0)).to.equal(0);
		expect(map.take(22, 2), "not all of them").to.equal(0);
	});

	it("FM1: a frame that stands for another is not taken for itself", () => {
		const map = new FrameMap(100);
		map.keep(20, 1);
		map.take(20, 0);
		map.set(50, pfn(20), 0);
		expect(map.take(20, 0)).to.equal(0);
	});

	it("FM2: frees of the unknown are pages of bulk allocations, while there are any", () => {
		const map = new FrameMap(100);
		map.setUnnamed(pfn(30));
		map.setUnnamed(pfn(31));
		expect(map.take(31, 0)).to.equal(31);
		expect(map.found).to.equal(FOUND_UNNAMED);
		expect(map.take(70, 1), "no single page").to.equal(0);
		expect(map.take(70, 0)).to.equal(30);
		expect(map.take(70, 0)).to.equal(0);
	});

	it("what is no aligned block is forgotten, and not freed", () => {
		const map = new FrameMap(100);
		map.set(8, pfn(40), 2);
		expect(map.take(9, 1)).to.equal(0);
		expect(map.found).to.equal(FOUND_NOT);
		expect([8, 9, 10, 11].map((at) => map.at(at))).to.deep.equal([
			40, 0, 0, 43,
		]);
		map.set(12, pfn(60), 0);
		map.set(13, pfn(80), 0);
		expect(map.take(12, 1), "not side by side here").to.equal(0);
	});

	it("the recorded machine may be larger, even very large", () => {
		const map = new FrameMap(100);
		for (const recorded of [1 << 20, 2 ** 26 - 2, 2 ** 30]) {
			map.set(recorded, pfn(4), 2);
			expect(map.at(recorded + 3)).to.equal(7);
			expect(map.take(recorded, 2)).to.equal(4);
			expect(map.at(recorded + 3)).to.equal(0);
			expect(map.take(recorded, 2)).to.equal(0);
		}
	});
});
