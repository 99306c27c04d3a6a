import { expect } from "chai";
import { FrameIndex } from "../../../../scripts/viewer/model/frame-index";
import { historyOf } from "../../../../scripts/viewer/model/selection";
import { shown } from "../shows";

describe("the index of frames", () => {
	for (const name of ["page-tables", "buddy", "fragmentation"])
		it(`IX1: has the whole history of any frame of ${name}`, () => {
			const { film, trace } = shown(name);
			const { frames } = trace.header.machine;
			const index = new FrameIndex(film.columns, frames);
			for (let i = 0; i < 25; i++) {
				const pfn = (i * 3571 + 4096) % frames;
				expect([...index.of(pfn)], `frame ${pfn}`).to.deep.equal([
					...historyOf({ kind: "frame", pfn }, film.columns),
				]);
			}
			expect(index.of(frames + 5).length).to.equal(0);
		});
});
