import { expect } from "chai";
import fc from "fast-check";
import {
	cellsOf,
	drawMap,
	framesByUse,
	planMap,
} from "../../../scripts/report/map";
import { LOOK_INDEX, LOOKS } from "../../../scripts/report/palette";
import type { FrameUse } from "../../../scripts/report/report";
import { width } from "../../../scripts/report/text";
import { stageTerminal } from "../stage";
import { runs, sampleReport } from "./sample";

const usesOf = (...parts: readonly (readonly [number, FrameUse])[]): string[] =>
	cellsOf(runs(...parts), { cellFrames: 4, rowCells: 4, rows: 1 }).map(
		({ look }) => look.use,
	);

describe("the plan of the map", () => {
	it("fits every machine into the terminal, in powers of two (G1)", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 2 ** 24 }),
				fc.integer({ min: 40, max: 160 }),
				(frameCount, columns) => {
					const { cellFrames, rowCells, rows } = planMap(frameCount, columns);
					expect(rows).to.be.within(1, 16);
					expect(rowCells + 15).to.be.at.most(columns);
					expect(cellFrames * rowCells * rows).to.be.at.least(frameCount);
					expect(Math.log2(cellFrames) % 1).to.equal(0);
					expect(Math.log2(rowCells) % 1).to.equal(0);
				},
			),
		);
	});

	it("is as fine as the rows allow", () => {
		expect(planMap(65536, 80)).to.deep.equal({
			cellFrames: 64,
			rowCells: 64,
			rows: 16,
		});
		expect(planMap(65536, 160).rowCells).to.equal(128);
	});
});

describe("a cell of the map", () => {
	it("shows the use that all its frames have", () => {
		const shown = usesOf([4, "kernel"], [4, "free"], [4, "slab"], [4, "hole"]);
		expect(shown).to.deep.equal(["kernel", "free", "slab", "hole"]);
	});

	it("shows what is in use before what is free", () => {
		expect(usesOf([3, "free"], [1, "slab"], [12, "free"])[0]).to.equal("slab");
	});

	it("shows the rare before the common", () => {
		const shown = usesOf([3, "slab"], [1, "table"], [12, "slab"]);
		expect(shown).to.deep.equal(["table", "slab", "slab", "slab"]);
	});

	it("counts as used the part of the present frames that somebody has", () => {
		const [cell] = cellsOf(runs([1, "slab"], [1, "pcp"], [2, "hole"]), {
			cellFrames: 4,
			rowCells: 1,
			rows: 1,
		});
		expect(cell?.usedShare).to.equal(0.5);
	});
});

describe("the memory map", () => {
	const picture = (columns: number, colour: boolean): string[] =>
		drawMap(sampleReport(), stageTerminal(columns, colour));

	it("is drawn with letters where there is no colour", () => {
		const rows = picture(80, false).filter((line) => /^ +\d+M? {2}/.test(line));
		expect(rows[0]).to.equal(`    0  F.........      ${".".repeat(48)}  DMA`);
		expect(rows[4]).to.equal(`  16M  ${"K".repeat(64)}  DMA32`);
		expect(rows[5]).to.equal(
			`  20M  ${"K".repeat(30)}SSSSSSUUUTSS${".".repeat(22)}`,
		);
	});

	it("draws rows that are all the same once", () => {
		const lines = picture(80, false);
		expect(lines).to.include("       same for 7 rows");
	});

	it("never leaves the terminal", () => {
		for (const columns of [80, 81, 100, 120, 160])
			for (const colour of [true, false])
				for (const line of picture(columns, colour).slice(1))
					expect(width(line), line).to.be.at.most(columns);
	});

	it("says in its legend how much each has, all frames together", () => {
		const text = picture(80, false).join("\n");
		expect(text).to.match(/K {2}kernel image +5\.9 MiB +1,500 frames +9 %/);
		expect(text).to.match(/T {2}page tables +20 KiB +5 frames +<1 %/);
		expect(text).to.not.match(/no memory/);
		const totals = framesByUse(sampleReport().frames);
		expect(totals.reduce((sum, count) => sum + count)).to.equal(16384);
		expect(totals[LOOK_INDEX.hole]).to.equal(97);
		expect(totals).to.have.length(LOOKS.length);
	});

	it("shows heights on a terminal with colour", () => {
		const lines = picture(80, true).map((line) =>
			line.replace(/\p{Cc}\[[0-9;]*m/gu, ""),
		);
		expect(lines).to.include(`  16M  ${"█".repeat(64)}  DMA32`);
		expect(lines.some((line) => line.startsWith("    0  ▁·········"))).to.equal(
			true,
		);
	});
});
