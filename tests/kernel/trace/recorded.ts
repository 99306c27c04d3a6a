// A trace in memory: what a shipped scenario did on the machine that it asks for.

import {
	boot,
	bootOptionsOf,
	runScenario,
	scenarioKernel,
} from "../../../kernel";
import { TraceReader } from "../../../kernel/trace/reader";
import { Trace } from "../../../kernel/trace/trace";
import { TraceTracer } from "../../../kernel/trace/trace-tracer";
import { loadScenario } from "../../../scripts/scenario-files";
import { ZLIB } from "../../../scripts/trace-file";

const known = new Map<string, Uint8Array>();

/** The trace of a shipped scenario; each call opens it anew. */
export function recordedTrace(name: string): Trace {
	let bytes = known.get(name);
	if (bytes === undefined) {
		bytes = record(name);
		known.set(name, bytes);
	}
	const whole = bytes;
	const source = {
		size: whole.length,
		read: (offset: number, length: number) =>
			whole.subarray(offset, offset + length),
	};
	return new Trace(TraceReader.open(source, ZLIB, {}));
}

function record(name: string): Uint8Array {
	const chunks: Uint8Array[] = [];
	const scenario = loadScenario(name);
	const tracer = new TraceTracer(
		{ write: (bytes) => chunks.push(Uint8Array.from(bytes)) },
		ZLIB,
		{
			flagstone: "0",
			commandLine: "",
			seed: 1,
			scenario: { name, source: null, options: {} },
			replay: null,
			ranges: [],
		},
	);
	const kernel = boot({ ...bootOptionsOf(scenario), tracer });
	runScenario(scenarioKernel(kernel), scenario);
	kernel.mm.recorder?.flush();
	tracer.close();
	return Uint8Array.from(Buffer.concat(chunks));
}
