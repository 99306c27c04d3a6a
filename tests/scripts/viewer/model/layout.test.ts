import { expect } from "chai";
import * as fc from "fast-check";
import { Layout } from "../../../../scripts/viewer/model/layout";

describe("the layout of the map", () => {
	const sizes = fc.record({
		frames: fc.integer({ min: 1, max: 300_000 }),
		width: fc.integer({ min: 50, max: 2000 }),
		height: fc.integer({ min: 50, max: 1500 }),
		pick: fc.nat(299_999),
	});

	it("LA1: finds a frame at the middle of its cell, inside the map", () => {
		fc.assert(
			fc.property(sizes, ({ frames, width, height, pick }) => {
				const layout = new Layout(frames, width, height);
				const pfn = pick % frames;
				const [rect] = layout.rectsOf(pfn, 1);
				const { x, y } = rect!;
				expect(
					layout.frameAt(x + rect!.width / 2, y + rect!.height / 2),
				).to.equal(pfn);
				expect(layout.width).to.be.at.most(width + 0.001);
				expect(layout.height).to.be.at.most(height + 0.001);
			}),
		);
	});

	it("a run is covered by rectangles that together have its area", () => {
		const layout = new Layout(8192, 600, 300);
		for (const [pfn, count] of [
			[0, 1],
			[100, 300],
			[127, 2],
			[0, 8192],
			[512, 1024],
		] as const) {
			const rects = layout.rectsOf(pfn, count);
			const area = rects.reduce((sum, it) => sum + it.width * it.height, 0);
			const cell = layout.cellWidth * layout.cellHeight;
			expect(area / cell).to.be.closeTo(count, 0.001);
			expect(rects.length).to.be.at.most(3);
		}
		expect(layout.frameAt(-1, 5)).to.equal(-1);
		expect(layout.frameAt(5, 1e6)).to.equal(-1);
	});
});
