import { expect } from "chai";
import { bootOptionsOf } from "../../../kernel";
import { rerunTo } from "../../../kernel/trace/rerun";
import { loadScenario } from "../../../scripts/scenario-files";
import { differences } from "./fold/compare";
import { recordedRun } from "./recorded";

function rerunOf(name: string) {
	const scenario = loadScenario(name);
	return { scenario, options: bootOptionsOf(scenario), ticks: null };
}

describe("running a scenario again", () => {
	it("RN1: gives the machine of any moment, as the fold knows it", () => {
		for (const name of ["slab-life", "page-tables", "per-cpu"]) {
			const { trace } = recordedRun(name);
			const run = rerunOf(name);
			for (const share of [0.5, 0.77, 1]) {
				const moment = settled(trace, Math.floor((trace.events - 1) * share));
				const kernel = rerunTo(run, trace, moment);
				if (kernel === null) continue;
				const found = differences(trace.foldAt(moment), kernel);
				expect(found, `${name} ${moment}`).to.deep.equal([]);
			}
		}
	});

	it("has no kernel before it has booted", () => {
		const { trace } = recordedRun("buddy");
		expect(rerunTo(rerunOf("buddy"), trace, 10)).to.equal(null);
	});

	it("RN2: refuses what is not the recorded run", () => {
		const { trace } = recordedRun("buddy");
		const other = { ...rerunOf("buddy"), ...{ options: { memory: "48M" } } };
		const last = trace.events - 1;
		expect(() => rerunTo(other, trace, last)).to.throw(
			"does not run as it was",
		);
	});
});

/** The next event at or after `moment` that begins a tick, when nothing is half done; else the last event. */
function settled(
	trace: ReturnType<typeof recordedRun>["trace"],
	moment: number,
): number {
	let found = trace.events - 1;
	trace.each(moment, trace.events, ({ codes }, index, event) => {
		if (codes[index] !== 98) return false;
		found = event;
		return true;
	});
	return found;
}
