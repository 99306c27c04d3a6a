import { expect } from "chai";
import {
	frameCells,
	LOOK_NAMES,
	type LookName,
	ROW_CELLS,
} from "../../../../kernel/trace/export/frame-cells";
import {
	FREE,
	SLAB,
	USER,
	WAITING,
} from "../../../../kernel/trace/fold/frames";
import type { Trace } from "../../../../kernel/trace/trace";
import { recordedTrace, tracedWork } from "../recorded";

const cellsAt = (trace: Trace, at: number) =>
	frameCells(trace.foldAt(at), trace.header);

describe("frames as cells", () => {
	it("FC1: counts every frame once, as the fold has it", () => {
		const trace = recordedTrace("page-tables");
		for (const at of [100, 1200, trace.events - 1]) {
			const { totals, cells, rows } = cellsAt(trace, at);
			const { frames } = trace.foldAt(at);
			const sum = totals.reduce((all, count) => all + count, 0);
			expect(sum).to.equal(frames.frames);
			expect(cells).to.have.length(rows * ROW_CELLS);
			const states = new Map<number, number>();
			frames.eachBlock((head, count) => {
				const state = frames.state[head]!;
				states.set(state, (states.get(state) ?? 0) + count);
			});
			const total = (look: LookName) => totals[LOOK_NAMES.indexOf(look)];
			expect(total("slab")).to.equal(states.get(SLAB) ?? 0);
			expect(total("user")).to.equal(states.get(USER) ?? 0);
			expect(total("pcp")).to.equal(states.get(WAITING) ?? 0);
			expect(total("free")).to.be.at.least(states.get(FREE) ?? 0);
			expect(total("firmware")).to.be.above(0);
		}
	});

	it("shows single frames where there is room, and how full larger cells are", () => {
		const small = tracedWork({ memory: "16M" }, () => {});
		const { cellFrames, cells } = cellsAt(small, small.events - 1);
		expect(cellFrames).to.equal(1);
		for (const { quarters } of cells) expect([0, 4]).to.include(quarters);
		const large = recordedTrace("debian-boot");
		const coarse = cellsAt(large, large.events - 1);
		expect(coarse.cellFrames).to.be.above(1);
		const heights = new Set(coarse.cells.map(({ quarters }) => quarters));
		expect([...heights].sort()).to.deep.equal([0, 1, 2, 3, 4]);
	});

	it("knows holes above 3 GiB", () => {
		const trace = tracedWork({ memory: "5G" }, () => {});
		const { totals } = cellsAt(trace, trace.events - 1);
		const holes = totals[LOOK_NAMES.indexOf("hole")];
		expect(holes).to.be.at.least(2 ** 18); // the fourth GiB
	});
});
