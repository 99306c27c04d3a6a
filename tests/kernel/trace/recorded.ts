// Traces of real runs, in memory, for the tests.

import {
	type BootOptions,
	boot,
	bootOptionsOf,
	type Kernel,
	runScenario,
	scenarioKernel,
} from "../../../kernel";
import { TraceReader } from "../../../kernel/trace/reader";
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
	const reader = TraceReader.open(new MemorySource(bytes), ZLIB);
	return { trace: new Trace(reader), kernel, bytes };
}

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

/** Its trace. */
export const recordedTrace = (name: string): Trace => recordedRun(name).trace;

/** The trace of a scenario, opened once more: a test may change it, which it must not do to the one that all share. */
export const ownTrace = (name: string): Trace =>
	new Trace(TraceReader.open(new MemorySource(recordedRun(name).bytes), ZLIB));

/** The trace of a machine that boots and then does what `work` asks of it. */
export const tracedWork = (
	options: BootOptions,
	work: (kernel: Kernel) => void,
): Trace => recordRun(options, work).trace;
