import { expect } from "chai";
import { bootOptionsOf } from "../../../kernel";
import { machineAfter, rerunOf, rerunTo } from "../../../kernel/trace/rerun";
import { EV_PTE_SET } from "../../../mm/events";
import {
	loadScenario,
	scenarioDocument,
	scenarioSource,
} from "../../../scripts/scenario-files";
import { differences } from "./fold/compare";
import { recordedRun } from "./recorded";

function plain(name: string) {
	const scenario = loadScenario(name);
	return { scenario, options: bootOptionsOf(scenario), ticks: null };
}

describe("running a scenario again", () => {
	it("RN1: gives the machine of any moment, as the fold knows it", () => {
		for (const name of ["slab-life", "page-tables", "per-cpu"]) {
			const { trace } = recordedRun(name);
			const run = plain(name);
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
		expect(rerunTo(plain("buddy"), trace, 10)).to.equal(null);
	});

	it("gives the machine when what an event tells is done, booting or not, up to the last one", () => {
		const { trace, kernel } = recordedRun("page-tables");
		const run = plain("page-tables");
		const booting = machineAfter(run, trace, 10);
		expect(booting.kernel).to.equal(null);
		expect(booting.memory.byteLength).to.be.greaterThan(0);
		let set = -1;
		trace.each(0, trace.events, ({ codes }, index, event) => {
			if (codes[index] === EV_PTE_SET) set = event;
		});
		const { a, b, c } = trace.event(set);
		const words = new Int32Array(machineAfter(run, trace, set).memory);
		expect(words[a * 1024 + b * 2]).to.equal(c);
		const last = machineAfter(run, trace, trace.events - 1);
		expect(last.kernel?.proc("vmstat")).to.equal(kernel.proc("vmstat"));
	});

	it("follows a plan, and says when its scenario is not sound", () => {
		const { trace, kernel } = recordedRun("buddy");
		const document = scenarioDocument(scenarioSource("buddy"), "buddy.yaml");
		const overrides = {
			...{ memoryBytes: null, cpus: null, seed: null, commandLine: null },
		};
		const plan = { document, overrides, ticks: null, policy: null };
		const again = rerunTo(rerunOf(plan), trace, trace.events - 1);
		expect(again?.proc("vmstat")).to.equal(kernel.proc("vmstat"));
		expect(() => rerunOf({ ...plan, document: null })).to.throw(
			"the scenario of the trace is not sound",
		);
	});

	it("RN2: refuses what is not the recorded run", () => {
		const { trace } = recordedRun("buddy");
		const other = { ...plain("buddy"), ...{ options: { memory: "48M" } } };
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
