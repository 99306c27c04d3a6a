// A trace in memory: what a shipped scenario did on the machine that it asks for.

import { parseSize, pcMemoryMap } from "../../../hw/memory-map";
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
import { loadScenario } from "../../../scripts/scenario-files";
import { ZLIB } from "../../../scripts/trace-file";

const known = new Map<string, Uint8Array>();

/** The trace of a shipped scenario; each call opens it anew. */
export function recordedTrace(name: string): Trace {
	const bytes = known.get(name) ?? recordScenario(name);
	known.set(name, bytes);
	return openBytes(bytes);
}

/** The trace of a machine that boots and then does what `work` asks of it. */
export const tracedWork = (
	options: BootOptions,
	work: (kernel: Kernel) => void,
): Trace => openBytes(record(options, null, work));

function recordScenario(name: string): Uint8Array {
	const scenario = loadScenario(name);
	return record(bootOptionsOf(scenario), name, (kernel) =>
		runScenario(scenarioKernel(kernel), scenario),
	);
}

function record(
	options: BootOptions,
	name: string | null,
	work: (kernel: Kernel) => void,
): Uint8Array {
	const chunks: Uint8Array[] = [];
	const tracer = new TraceTracer(
		{ write: (bytes) => chunks.push(Uint8Array.from(bytes)) },
		ZLIB,
		{
			flagstone: "0",
			commandLine: options.cmdline ?? "",
			seed: options.seed ?? 1,
			scenario: name === null ? null : { name, source: null, options: {} },
			replay: null,
			ranges: rangesOf(options),
		},
	);
	const kernel = boot({ ...options, tracer });
	work(kernel);
	kernel.mm.recorder?.flush();
	tracer.close();
	return Uint8Array.from(Buffer.concat(chunks));
}

function rangesOf({
	map,
	memory,
}: BootOptions): (readonly [number, number, string])[] {
	if (map === undefined && memory === undefined) return [];
	const bytes = typeof memory === "string" ? parseSize(memory) : memory;
	const whole = map ?? pcMemoryMap(bytes ?? 0);
	return whole.ranges.map(
		({ start, end, type }) => [start, end, type] as const,
	);
}

function openBytes(bytes: Uint8Array): Trace {
	const source = {
		size: bytes.length,
		read: (offset: number, length: number) =>
			bytes.subarray(offset, offset + length),
	};
	return new Trace(TraceReader.open(source, ZLIB, {}));
}
