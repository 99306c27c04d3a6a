import { expect } from "chai";
import { framesAt } from "../../../../kernel/trace/ask/map";
import {
	frameCells,
	LOOK_NAMES,
} from "../../../../kernel/trace/export/frame-cells";
import { groundOf } from "../../../../kernel/trace/ground";
import {
	heatOf,
	heatStep,
	heatWindow,
	heatWords,
} from "../../../../scripts/viewer/model/heat";
import {
	MODES,
	paint,
	painterOf,
} from "../../../../scripts/viewer/model/paint";
import { shown } from "../shows";

describe("painting the map", () => {
	it("PA1: every frame of a block has its ink, in every mode", () => {
		const { film, survey, ground } = shown("page-tables");
		for (const mode of MODES) {
			const fold = film.at(1500);
			const painter = painterOf(mode, {
				survey,
				columns: film.columns,
				before: null,
			});
			const frames = new Uint8Array(ground.length);
			const counts = paint(fold, painter, ground, frames);
			if (painter.eachFrame) continue;
			expect(counts.reduce((sum, it) => sum + it, 0)).to.equal(frames.length);
			fold.frames.eachBlock((head, count) => {
				if (fold.frames.state[head] === 0) return;
				const ink = painter.of(fold, head, head);
				expect(painter.inks[ink], mode).not.to.equal(undefined);
				for (let pfn = head; pfn < head + count; pfn++)
					if (frames[pfn] !== ink) expect.fail(`${mode}: frame ${pfn}`);
			});
		}
	});

	it("colours frames by temperature, one by one", () => {
		const { film, survey, ground } = shown("page-tables");
		const { columns } = film;
		const painter = painterOf("heat", { survey, columns, before: null });
		const frames = new Uint8Array(ground.length);
		const counts = paint(film.at(1500), painter, ground, frames);
		expect(counts.reduce((sum, it) => sum + it, 0)).to.equal(frames.length);
		const window = heatWindow(survey.events);
		const heat = heatOf(columns, 1501, ground.length, window);
		const warm = heatWords(2, window);
		const hot = painter.inks.findIndex(({ words }) => words === warm);
		expect(counts[hot]).to.be.greaterThan(0);
		heat.forEach((value, pfn) => {
			if (frames[pfn] === hot) expect(heatStep(value)).to.equal(2);
		});
	});

	it("counts frames by use as the fold does", () => {
		const { film, survey, ground } = shown("buddy");
		const fold = film.at(900);
		const painter = painterOf("use", {
			survey,
			columns: film.columns,
			before: null,
		});
		const counts = paint(fold, painter, ground, new Uint8Array(ground.length));
		const free = painter.inks.findIndex(({ words }) => words === "free");
		expect(counts[free]).to.equal(
			fold.frames.freeFrames(0) + fold.frames.freeFrames(1),
		);
	});

	it("shows what came and went between two moments", () => {
		const { film, survey, ground } = shown("buddy");
		const before = film.copyAt(760);
		const painter = painterOf("change", {
			survey,
			columns: film.columns,
			before,
		});
		const count = (event: number, sign: string): number => {
			const fold = film.at(event);
			const counts = paint(
				fold,
				painter,
				ground,
				new Uint8Array(ground.length),
			);
			const at = painter.inks.findIndex(({ words }) => words.startsWith(sign));
			return counts[at]!;
		};
		expect(count(760, "+")).to.equal(0);
		expect(count(760, "−")).to.equal(0);
		expect(count(1060, "+")).to.be.greaterThan(100);
		expect(count(film.events - 1, "−")).to.be.greaterThan(100);
	});

	it("shows as much firmware as the map of trace", () => {
		const { trace, film } = shown("buddy");
		const { machine } = trace.header;
		const ground = groundOf(machine);
		const last = film.events - 1;
		const use = painterOf("use", {
			survey: shown("buddy").survey,
			columns: film.columns,
			before: null,
		});
		const counts = paint(film.at(last), use, ground, new Uint8Array(ground));
		const firmware = framesAt(trace.foldAt(last), machine)
			.filter((run) => run.use === "firmware")
			.reduce((sum, { count }) => sum + count, 0);
		const ink = use.inks.findIndex(({ words }) => words === "firmware");
		expect(counts[ink]).to.equal(firmware);
		const cells = frameCells(trace.foldAt(last), trace.header);
		const look = LOOK_NAMES.indexOf("firmware");
		expect(cells.totals[look]).to.equal(firmware);
	});
});
