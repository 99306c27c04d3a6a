// A scenario that runs while it is traced into memory, and what its machine said of itself on the way.

import {
	boot,
	bootOptionsOf,
	type Kernel,
	runScenario,
	scenarioKernel,
} from "../../../../kernel";
import { EventReader } from "../../../../kernel/trace/reader";
import { Trace } from "../../../../kernel/trace/trace";
import { TraceTracer } from "../../../../kernel/trace/trace-tracer";
import { loadScenario } from "../../../../scripts/scenario-files";
import { ZLIB } from "../../../../scripts/trace-file";

/** A trace of these bytes. */
export function traceOf(bytes: Uint8Array, salvage = false): Trace {
	const source = {
		size: bytes.length,
		read: (offset: number, length: number) =>
			bytes.subarray(offset, offset + length),
	};
	return new Trace(EventReader.open(source, ZLIB, { salvage }));
}

/** Runs a shipped scenario; `look` sees the machine now and then, with the number of the last event, and at the end. */
export function watched(
	name: string,
	everyTicks: number,
	look: (kernel: Kernel, moment: number) => void,
): {
	readonly trace: Trace;
	readonly kernel: Kernel;
	readonly bytes: Uint8Array;
} {
	const chunks: Uint8Array[] = [];
	const scenario = loadScenario(name);
	const options = bootOptionsOf(scenario);
	const tracer = new TraceTracer(
		{ write: (bytes) => chunks.push(Uint8Array.from(bytes)) },
		ZLIB,
		{
			flagstone: "0.1.0",
			commandLine: scenario.commandLine,
			seed: 1,
			scenario: { name, source: null, options: {} },
			replay: null,
		},
	);
	const kernel = boot({ ...options, tracer });
	const note = (): void => {
		kernel.mm.recorder?.flush();
		look(kernel, tracer.events - 1);
	};
	runScenario(scenarioKernel(kernel), scenario, scenario.ticks, (passed) => {
		if (passed % everyTicks === 0) note();
	});
	note();
	tracer.close();
	const bytes = Uint8Array.from(Buffer.concat(chunks));
	return { trace: traceOf(bytes), kernel, bytes };
}
