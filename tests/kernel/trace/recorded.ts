// Traces of real runs, in memory, for the tests.

import {
	type BootOptions,
	boot,
	bootOptionsOf,
	type Kernel,
	runScenario,
	scenarioKernel,
} from "../../../kernel";
import { EventReader } from "../../../kernel/trace/reader";
import { Trace } from "../../../kernel/trace/trace";
import { TraceTracer } from "../../../kernel/trace/trace-tracer";
import { loadScenario, scenarioSource } from "../../../scripts/scenario-files";
import { MemorySink, MemorySource, ZLIB } from "./sample";

/** A trace with the machine that it is of. */
export interface Recorded {
	readonly trace: Trace;
	readonly kernel: Kernel;
	readonly bytes: Uint8Array;
}

/** Boots, lets `deed` happen, and opens the trace. */
export function recordRun(
	options: BootOptions,
	deed: (kernel: Kernel) => void,
	scenario: string | null = null,
): Recorded {
	const sink = new MemorySink();
	const source = scenario === null ? null : scenarioSource(scenario);
	const tracer = new TraceTracer(sink, ZLIB, {
		flagstone: "0.1.0",
		commandLine: options.cmdline ?? "",
		seed: options.seed ?? 1,
		scenario:
			scenario === null ? null : { name: scenario, source, options: {} },
		replay: null,
	});
	const kernel = boot({ ...options, tracer });
	deed(kernel);
	tracer.close();
	const { bytes } = sink;
	return { trace: opened(bytes), kernel, bytes };
}

const opened = (bytes: Uint8Array): Trace =>
	new Trace(EventReader.open(new MemorySource(bytes), ZLIB));

const known = new Map<string, Recorded>();

/** A shipped scenario, recorded once for all tests. */
export function recordedRun(name: string): Recorded {
	const before = known.get(name);
	if (before !== undefined) return before;
	const scenario = loadScenario(name);
	const run = recordRun(
		bootOptionsOf(scenario),
		(kernel) => void runScenario(scenarioKernel(kernel), scenario),
		name,
	);
	known.set(name, run);
	return run;
}

/** Its trace, opened anew: who changes its events changes nobody else's. */
export const recordedTrace = (name: string): Trace =>
	opened(recordedRun(name).bytes);

/** The trace of a machine that boots and then does what `work` asks of it. */
export const tracedWork = (
	options: BootOptions,
	work: (kernel: Kernel) => void,
): Trace => recordRun(options, work).trace;

/** Number of the first event of a code; -1 where there is none. */
export function firstOf(trace: Trace, code: number): number {
	let first = -1;
	trace.each(0, trace.events, ({ codes }, index, event) => {
		if (codes[index] === code) first = event;
		return first >= 0;
	});
	return first;
}
