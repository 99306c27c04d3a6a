// The simulator behind the commands: a scenario is read, booted and run, and what is left becomes a report.
//
//   request --> scenario-files.ts --> boot --> runScenario --> run-report.ts --> BootReport
//                                      |            |
//                                      `-- log lines, as they happen --> print
//
// J1: a panic of the simulated kernel is a result, not an error: the report carries its text and the log up to it.

import {
	boot as bootKernel,
	bootOptionsOf,
	KernelPanic,
	parsePolicy,
	runScenario,
	scenarioKernel,
	withPolicy,
} from "../kernel";
import { PROC_NAMES } from "../kernel/proc";
import { compare } from "./compare";
import type { BootRequest, Engine } from "./engine";
import { runReplay } from "./replay-run";
import type { BootReport } from "./report/report";
import { type Run, reportOf } from "./run-report";
import {
	DEFAULT_SCENARIO,
	loadScenario,
	shippedScenarios,
} from "./scenario-files";

/** The engine of this package. */
export function simulator(): Engine {
	return {
		defaultScenario: DEFAULT_SCENARIO,
		procNames: PROC_NAMES,
		scenarios: shippedScenarios,
		boot,
		compare,
		replay: runReplay,
	};
}

function boot(request: BootRequest, print: (line: string) => void): BootReport {
	const scenario = loadScenario(request.scenario ?? DEFAULT_SCENARIO);
	const policy = parsePolicy(request.policy ?? "");
	const run: Run = {
		scenario,
		log: [],
		kernel: null,
		expectations: [],
		panic: null,
	};
	const onLog = (line: string): void => {
		run.log.push(line);
		print(line);
	};
	try {
		const options = withPolicy(bootOptionsOf(scenario, request), policy);
		const kernel = bootKernel({ ...options, onLog });
		run.kernel = kernel;
		const ticks = request.ticks ?? undefined;
		const view = scenarioKernel(kernel);
		run.expectations = runScenario(view, scenario, ticks).outcomes;
	} catch (error) {
		if (!(error instanceof KernelPanic)) throw error;
		run.panic = error.message;
	}
	return reportOf(run, request);
}
