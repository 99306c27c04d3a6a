// Where a trace comes from that is to be looked at: a file, or a scenario that is recorded into memory for it.
//
//   FILE      --openTrace--> Trace
//   SCENARIO  --boot, run--> bytes in memory --> Trace
//
// TN1: a name that is a file's is that file; what is no trace and no scenario is an Error with one sentence.

import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import {
	boot,
	bootOptionsOf,
	KernelPanic,
	runScenario,
	scenarioKernel,
} from "../kernel";
import type { MachineOverrides } from "../kernel/scenario/machine";
import { EventReader } from "../kernel/trace/reader";
import { Trace } from "../kernel/trace/trace";
import { TraceTracer } from "../kernel/trace/trace-tracer";
import { packageVersion } from "./package-root";
import {
	isScenarioName,
	loadScenario,
	recordedSource,
	shippedNames,
} from "./scenario-files";
import { isTraceFile, lossesOf, openWhole, ZLIB } from "./trace-file";
import { givenOptions } from "./trace-recording";

/** What of a scenario is to be different; null leaves it. */
export interface ScenarioChanges extends MachineOverrides {
	readonly ticks: number | null;
}

const NO_CHANGES: ScenarioChanges = {
	...{ memoryBytes: null, cpus: null, seed: null },
	...{ commandLine: null, ticks: null },
};

/** A trace to look at. */
export interface TraceInput {
	readonly trace: Trace;
	/** What a person calls it. */
	readonly title: string;
	/** What is missing of it, in lines; empty when nothing is. */
	readonly losses: string;
	/** The whole trace, where it was made in memory; null for a file. */
	readonly bytes: Uint8Array | null;
	close(): void;
}

/** Opens the trace in a file, or records the scenario of that name or in that file, with `changes` (TN1). */
export function traceInput(
	name: string,
	salvage = false,
	changes: ScenarioChanges = NO_CHANGES,
): TraceInput {
	if (existsSync(name) && !shippedNames().includes(name)) refuseDevice(name);
	const isNamed = existsSync(name) && !isScenarioName(name);
	if (isNamed || isTraceFile(name)) {
		const { trace, close } = openWhole(name, salvage);
		return {
			trace: new Trace(trace),
			title: basename(name),
			losses: lossesOf(name, trace),
			bytes: null,
			close,
		};
	}
	const bytes = recordedScenario(name, changes);
	const source = {
		size: bytes.length,
		read: (offset: number, length: number) =>
			bytes.subarray(offset, offset + length),
	};
	const trace = new Trace(EventReader.open(source, ZLIB));
	return { trace, title: name, losses: "", bytes, close: () => {} };
}

/** A trace is read at any place of it, which only files allow; devices and pipes may have no end either. */
function refuseDevice(path: string): void {
	if (!statSync(path).isFile())
		throw new Error(`${path} cannot be read (it is no file).`);
}

/** The trace of a scenario that is run for it; of a kernel that panics, up to the panic. */
export function recordedScenario(
	name: string,
	changes: ScenarioChanges,
): Uint8Array {
	const scenario = loadScenario(name);
	const options = bootOptionsOf(scenario, changes);
	const pieces: Uint8Array[] = [];
	const sink = {
		write: (bytes: Uint8Array) => void pieces.push(bytes.slice()),
	};
	const source = recordedSource(name);
	const tracer = new TraceTracer(sink, ZLIB, {
		flagstone: packageVersion(),
		commandLine: options.cmdline ?? "",
		seed: options.seed ?? 1,
		scenario: { name: scenario.name, source, options: givenOptions(changes) },
		replay: null,
	});
	let panic: string | null = null;
	try {
		const kernel = boot({ ...options, tracer });
		const ticks = changes.ticks ?? scenario.ticks;
		runScenario(scenarioKernel(kernel), scenario, ticks);
	} catch (error) {
		if (!(error instanceof KernelPanic)) throw error;
		panic = error.message;
	}
	tracer.close(panic);
	return new Uint8Array(Buffer.concat(pieces));
}
