import { expect } from "chai";
import { Counters } from "../../../../kernel/trace/export/counters";
import { recordedTrace } from "../recorded";

type Point = [name: string, cycles: number, value: number];

/** Points of a scenario's counters, and the number of changes of its free pages. */
function points(name: string, rest: number): Point[] {
	const trace = recordedTrace(name);
	const fold = trace.copyAt(-1);
	const seen: Point[] = [];
	const visit = (...point: Point): void => {
		seen.push(point);
	};
	const counters = new Counters(fold, rest, visit, 0);
	trace.each(0, trace.events, (columns, index) => {
		fold.applyAll(columns, index, index + 1);
		counters.after(columns, index);
	});
	counters.finish();
	return seen;
}

describe("counters over time", () => {
	const NAME = "free pages DMA32";
	const of = (seen: Point[]): Point[] => seen.filter(([name]) => name === NAME);

	it("CO1: end with the value of the end, and do not go back", () => {
		const trace = recordedTrace("buddy");
		const { frames } = trace.foldAt(trace.events - 1);
		for (const rest of [0, 500, 1e12]) {
			const seen = of(points("buddy", rest));
			expect(seen.at(-1)![2]).to.equal(frames.freeFrames(1));
			const stamps = seen.map(([, cycles]) => cycles);
			expect(stamps).to.deep.equal([...stamps].sort((a, b) => a - b));
		}
	});

	it("tells every change when no rest is asked for", () => {
		const trace = recordedTrace("buddy");
		const fold = trace.copyAt(-1);
		const values = [0];
		trace.each(0, trace.events, (columns, index) => {
			fold.applyAll(columns, index, index + 1);
			const free = fold.frames.freeFrames(1);
			if (free !== values.at(-1)) values.push(free);
		});
		const seen = of(points("buddy", 0)).map(([, , value]) => value);
		expect(seen).to.deep.equal(values);
	});

	it("CO2: tells fewer when they have to rest", () => {
		const all = of(points("buddy", 0)).length;
		const some = of(points("buddy", 10_000)).length;
		expect(some).to.be.within(2, all / 3);
		expect(of(points("buddy", 1e12))).to.have.length(2);
	});
});
