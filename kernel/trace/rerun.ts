// Running a scenario again up to an event of its trace: the machine itself, with every byte, at that moment.
//
//   scenario, options --boot, run--> event 0, 1, 2 ... n --Stop--> the kernel as it was when it had told event n
//
// The machine is deterministic, so the n-th event is the same one; what it holds besides what events tell can then be read
// off it. It stands still in the middle of what it was doing: it may be read, and not be used any more.
// Some events are recorded before their words are written, some after it: what event n tells is done for sure when event
// n + 1 is about to be recorded. memoryAfter() waits for that; what else is written in between is done as well.
//
// RN1: the machine is exactly the recorded one: the rings have the same size, whoever listens.
// RN2: any other event than the recorded one is an Error with one sentence, and not another machine's bytes.

import { KernelPanic } from "../../hw/panic";
import { boot } from "../boot";
import type { BootOptions } from "../bringup";
import type { Kernel } from "../kernel";
import { parsePolicy, withPolicy } from "../policy";
import { scenarioKernel } from "../scenario/kernel-view";
import { bootOptionsOf, type MachineOverrides } from "../scenario/machine";
import { runScenario } from "../scenario/runner";
import { readScenario, type Scenario } from "../scenario/scenario";
import type { EventReader } from "./reader";
import type { Trace } from "./trace";
import type { TracedMachine, Tracer } from "./tracer";

/** Thrown where the run is to end, through everything that is going on. */
class Stop {}

/** How the scenario ran when it was recorded. */
export interface Rerun {
	readonly scenario: Scenario;
	readonly options: BootOptions;
	/** Null for as many as the scenario says. */
	readonly ticks: number | null;
}

/** The same as plain data: what a trace's header says of it. */
export interface RerunPlan {
	/** The scenario's document. */
	readonly document: unknown;
	readonly overrides: MachineOverrides;
	readonly ticks: number | null;
	readonly policy: string | null;
}

/** What a plan says. Throws an Error with one sentence when its scenario is not sound. */
export function rerunOf(plan: RerunPlan): Rerun {
	const scenario = readScenario(plan.document, (path) => {
		throw new Error(`${path} is in another file, which a trace does not hold`);
	});
	if ("problems" in scenario)
		throw new Error(
			`the scenario of the trace is not sound: ${scenario.problems[0]?.message}`,
		);
	const options = withPolicy(
		bootOptionsOf(scenario, plan.overrides),
		parsePolicy(plan.policy ?? ""),
	);
	return { scenario, options, ticks: plan.ticks };
}

/** The kernel after event `moment`. Throws an Error with one sentence while there is none. */
export function kernelAfter(run: Rerun, trace: Trace, moment: number): Kernel {
	const kernel = moment < 0 ? null : rerunTo(run, trace, moment);
	if (kernel !== null) return kernel;
	throw new Error(
		`the kernel was still booting at event ${moment}: ask for a moment after stage:run_init_process`,
	);
}

/** A machine that stands still. */
export interface Standing {
	/** All RAM from address 0 on. */
	readonly memory: ArrayBufferLike;
	/** Null while it was still booting. */
	readonly kernel: Kernel | null;
}

/** The machine when what event `moment` tells is done; -1 is before everything. */
export function machineAfter(
	run: Rerun,
	trace: Trace,
	moment: number,
): Standing {
	let memory: ArrayBufferLike | null = null;
	const begin = ({ buffer }: TracedMachine): void => {
		memory = buffer;
	};
	const stop = stopAfter(trace.reader, moment, true);
	const { kernel } = runUntil(run, { ...stop, begin });
	if (memory === null) throw new Error(NOT_THE_SAME);
	return { memory, kernel };
}

/**
 * The kernel after event `moment` of its trace; null while it was still booting, when there is no kernel to be asked yet.
 * Throws an Error when the scenario does not do what was recorded.
 */
export function rerunTo(
	run: Rerun,
	trace: Trace,
	moment: number,
): Kernel | null {
	const { kernel, hasEnded } = runUntil(run, stopAfter(trace.reader, moment));
	if (hasEnded) throw new Error(NOT_THE_SAME);
	return kernel;
}

const NOT_THE_SAME =
	"the scenario does not run as it was recorded: it was recorded with another version, or its programs have changed";

/** Runs until the tracer stops it, or to its end, which may be a panic. */
function runUntil(
	run: Rerun,
	tracer: Tracer,
): { readonly kernel: Kernel | null; readonly hasEnded: boolean } {
	let kernel: Kernel | null = null;
	try {
		kernel = boot({ ...run.options, tracer });
		const ticks = run.ticks ?? run.scenario.ticks;
		runScenario(scenarioKernel(kernel), run.scenario, ticks);
		kernel.mm.recorder?.flush();
	} catch (error) {
		if (error instanceof Stop) return { kernel, hasEnded: false };
		if (!(error instanceof KernelPanic)) throw error;
	}
	return { kernel, hasEnded: true };
}

/** Compares each event with the recorded one (RN2), and stops after the last, or, `isDone`, before the one behind it. */
function stopAfter(
	reader: EventReader,
	moment: number,
	isDone = false,
): Tracer {
	const { blocks } = reader;
	let number = 0;
	let place = 0;
	let block = blocks[0];
	let columns = reader.columns(0);
	return {
		begin: () => {},
		isEager: true,
		event: (_cycles, code, cpu, _context, a, b, c, d) => {
			if (block === undefined || number > moment) throw new Stop();
			const index = number - block.first; // below 0 for events that the file has lost
			const isSame =
				index < 0 ||
				(columns.codes[index] === code &&
					columns.cpus[index] === cpu &&
					columns.a[index] === a &&
					columns.b[index] === b &&
					columns.c[index] === c &&
					columns.d[index] === d);
			if (!isSame) throw new Error(NOT_THE_SAME);
			if (number++ === moment && !isDone) throw new Stop();
			if (index + 1 < block.count) return;
			block = blocks[++place];
			if (block !== undefined) columns = reader.columns(place);
		},
	};
}
