// The simulator behind the commands: a scenario is read, booted and run, and what is left becomes a report.
//
//   request --> scenario-files.ts --> boot --> runScenario --> run-report.ts --> BootReport
//                                      |            |
//                                      `-- log lines, as they happen --> print
//
// J1: a panic of the simulated kernel is a result, not an error: the report carries its text and the log up to it.

import {
	type BootOptions,
	boot as bootKernel,
	bootOptionsOf,
	type Kernel,
	KernelPanic,
	parsePolicy,
	runScenario,
	type Scenario,
	scenarioKernel,
	withPolicy,
} from "../kernel";
import { PROC_NAMES } from "../kernel/proc";
import { compare } from "./compare";
import type { BootRequest, Engine } from "./engine";
import { refuseInput } from "./output-file";
import { runReplay } from "./replay-run";
import type { BootReport } from "./report/report";
import { type Run, reportOf } from "./run-report";
import {
	DEFAULT_SCENARIO,
	loadScenario,
	recordedSource,
	scenarioPath,
	shippedScenarios,
} from "./scenario-files";
import { givenOptions, TraceRecording } from "./trace-recording";

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
	const options = withPolicy(bootOptionsOf(scenario, request), policy);
	const recording = recordingOf(request, scenario, options);
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
		runKernel(run, { ...options, ...recording?.options, onLog }, () => {
			const ticks = request.ticks ?? undefined;
			const view = scenarioKernel(run.kernel as Kernel);
			run.expectations = runScenario(view, scenario, ticks).outcomes;
		});
		if (recording) run.trace = recording.finish(run.panic);
	} catch (error) {
		recording?.discard();
		throw error;
	}
	return reportOf(run, request);
}

/** Boots and goes on; a panic ends both, and is noted (J1). */
function runKernel(run: Run, options: BootOptions, goOn: () => void): void {
	try {
		run.kernel = bootKernel(options);
		goOn();
	} catch (error) {
		if (!(error instanceof KernelPanic)) throw error;
		run.panic = error.message;
	}
}

/** The trace that was asked for; null for none. */
function recordingOf(
	request: BootRequest,
	scenario: Scenario,
	options: BootOptions,
): TraceRecording | null {
	if (request.trace === null) return null;
	const name = request.scenario ?? DEFAULT_SCENARIO;
	refuseInput(request.trace, [scenarioPath(name)]);
	const source = recordedSource(name);
	const { memoryBytes, cpus, seed, ticks, commandLine, policy } = request;
	const changes = { memoryBytes, cpus, seed, ticks, commandLine, policy };
	return new TraceRecording(request.trace, {
		commandLine: options.cmdline ?? "",
		seed: options.seed ?? 1,
		scenario: { name: scenario.name, source, options: givenOptions(changes) },
		replay: null,
	});
}
