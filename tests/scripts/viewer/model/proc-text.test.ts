import { expect } from "chai";
import {
	boot,
	bootOptionsOf,
	runScenario,
	scenarioKernel,
} from "../../../../kernel";
import { loadScenario } from "../../../../scripts/scenario-files";
import {
	PROC_TEXTS,
	procText,
} from "../../../../scripts/viewer/model/proc-text";
import { shown } from "../shows";

describe("/proc texts of the page", () => {
	for (const scenario of ["buddy", "slab-life", "per-cpu"])
		it(`PT1: are those of the machine at the end of ${scenario}`, () => {
			const plan = loadScenario(scenario);
			const kernel = boot({ ...bootOptionsOf(plan), recorder: true });
			runScenario(scenarioKernel(kernel), plan);
			const show = shown(scenario);
			for (const name of PROC_TEXTS)
				expect(procText(name, show.film.at(show.events - 1))).to.equal(
					kernel.proc(name),
				);
		});
});
