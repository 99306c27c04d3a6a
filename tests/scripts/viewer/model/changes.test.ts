import { expect } from "chai";
import {
	changesBetween,
	pagesByTask,
} from "../../../../scripts/viewer/model/changes";
import { shown } from "../shows";

describe("changes between two moments", () => {
	it("CH1: are later minus earlier, and only what is different", () => {
		const { film } = shown("buddy");
		const before = film.copyAt(600);
		const after = film.copyAt(900);
		const changes = changesBetween(before, after, String);
		const free = changes.find(({ name }) => name === "free DMA32");
		expect(free?.before).to.equal(before.frames.freeFrames(1));
		expect(free?.after).to.be.below(free!.before);
		expect(changes.some((it) => it.before === it.after)).to.equal(false);
		expect(changesBetween(before, before, String)).to.deep.equal([]);
	});

	it("count the pages of each task", () => {
		const { film } = shown("page-tables");
		const fold = film.copyAt(1500);
		const pages = [...pagesByTask(fold).values()];
		expect(pages.reduce((sum, it) => sum + it, 0)).to.be.greaterThan(500);
		const named = changesBetween(film.copyAt(500), fold, (pid) => `task${pid}`);
		expect(
			named.some(
				({ group, name }) => group === "task" && name.startsWith("task1 "),
			),
		).to.equal(true);
	});
});
