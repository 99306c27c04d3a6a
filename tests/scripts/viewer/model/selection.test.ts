import { expect } from "chai";
import {
	historyOf,
	matcherOf,
	parseSelection,
	placeIn,
	type Selection,
	selectionText,
} from "../../../../scripts/viewer/model/selection";
import { shown } from "../shows";

describe("the selection", () => {
	it("is text and back", () => {
		const all: Selection[] = [
			{ kind: "frame", pfn: 4096 },
			{ kind: "object", address: 19_088_448, slot: 16 },
			{ kind: "cache", slot: 32 },
			{ kind: "task", pid: 7 },
			{ kind: "context", node: 3 },
		];
		for (const selection of all)
			expect(parseSelection(selectionText(selection))).to.deep.equal(selection);
		for (const text of [
			"",
			"frame",
			"frame:x",
			"frame:-1",
			"object:1",
			"dog:1",
		])
			expect(parseSelection(text), text).to.equal(null);
	});

	it("SL1: the history of a frame has every event whose block holds it, and no other", () => {
		const show = shown("page-tables");
		const { columns } = show.film;
		for (const pfn of [0, 1, 159, 4096, 4130, 5000, 5184, 9000, 16_383]) {
			const matches = matcherOf({ kind: "frame", pfn });
			const slow: number[] = [];
			for (let i = 0; i < columns.count; i++)
				if (matches(columns, i, columns.codes[i]!)) slow.push(i);
			const history = show.historyOf({ kind: "frame", pfn });
			expect([...history], `frame ${pfn}`).to.deep.equal(slow);
		}
	});

	it("the block of a frame changes only at events of its history", () => {
		const { film } = shown("buddy");
		const pfn = 5184;
		const history = new Set(historyOf({ kind: "frame", pfn }, film.columns));
		let before = "";
		for (let event = 0; event < film.events; event++) {
			const { frames } = film.at(event);
			const head = frames.headOf(pfn);
			const now = `${head} ${frames.state[head]} ${frames.order[head]}`;
			if (event > 0 && now !== before)
				expect(history.has(event), `event ${event}`).to.equal(true);
			before = now;
		}
	});

	it("follows objects, caches and tasks", () => {
		const { film, survey } = shown("slab-life");
		const [slot] = survey.cacheSlots().find(([, it]) => it === "specimen")!;
		const cache = historyOf({ kind: "cache", slot }, film.columns);
		expect(cache.length).to.be.greaterThan(100);
		expect(
			historyOf({ kind: "task", pid: 1 }, film.columns).length,
		).to.be.greaterThan(2);
		const object = film.columns.codes.indexOf(8);
		const address = film.columns.a[object]!;
		const own = historyOf({ kind: "object", address, slot: 0 }, film.columns);
		expect(own[0]).to.equal(object);
	});

	it("finds places by halving", () => {
		const history = Int32Array.of(3, 7, 7, 20);
		expect(
			[2, 3, 6, 7, 19, 99].map((at) => placeIn(history, at)),
		).to.deep.equal([-1, 0, 0, 2, 2, 3]);
	});
});
