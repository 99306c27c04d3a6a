import { expect } from "chai";
import { Roster } from "../../../../kernel/trace/export/roster";
import { EV_CACHE_NEW } from "../../../../mm/events";
import { recordedTrace } from "../recorded";

describe("the roster", () => {
	it("RO1: knows what a fold knows, from wherever it began", () => {
		const trace = recordedTrace("time-slices");
		for (const first of [0, 60, 300, 500, 800]) {
			const roster = new Roster(trace, first);
			trace.each(first, 1000, (columns, index) => {
				roster.apply(columns, index);
			});
			const { tasks, objects } = trace.foldAt(999);
			expect([...roster.running]).to.deep.equal([...tasks.running]);
			for (const { pid, name } of tasks.tasks.values())
				expect(roster.task(pid)).to.equal(name);
			for (const { slot, name, size, objectSize, accounted } of objects.all())
				expect(roster.cache(slot)).to.deep.equal({
					...{ name, size, objectSize, isAccounted: accounted },
				});
		}
	});

	it("RO1: gives an event the letters that stand before it", () => {
		const trace = recordedTrace("buddy");
		let made = -1;
		trace.each(0, trace.events, ({ codes }, index, event) => {
			if (codes[index] === EV_CACHE_NEW) made = event;
		});
		const roster = new Roster(trace, made);
		const texts: string[] = [];
		trace.each(made, made + 1, (columns, index) => {
			texts.push(roster.apply(columns, index));
		});
		expect(texts).to.deep.equal(["holding"]);
	});

	it("RO2: forgets tasks that are gone, and says so of the unknown", () => {
		const trace = recordedTrace("time-slices");
		const roster = new Roster(trace, trace.events);
		expect(roster.task(99)).to.equal("");
		expect(roster.cache(-16).name).to.equal("(unknown)");
	});
});
