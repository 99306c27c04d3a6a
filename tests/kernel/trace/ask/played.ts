// Traces of what a test does with a kernel, and the events in a trace.

import { type BootOptions, boot, type Kernel } from "../../../../kernel";
import type { Explanation } from "../../../../kernel/trace/ask/why";
import type { TraceEvent } from "../../../../kernel/trace/columns";
import { EventReader } from "../../../../kernel/trace/reader";
import { Trace } from "../../../../kernel/trace/trace";
import { TraceTracer } from "../../../../kernel/trace/trace-tracer";
import { ZLIB } from "../../../../scripts/trace-file";

/** The trace of a kernel that boots and is played with. */
export function playedTrace(
	options: BootOptions,
	play: (kernel: Kernel) => void,
): Trace {
	const chunks: Uint8Array[] = [];
	const tracer = new TraceTracer(
		{ write: (bytes) => chunks.push(Uint8Array.from(bytes)) },
		ZLIB,
		{
			flagstone: "0",
			commandLine: "",
			seed: 1,
			scenario: null,
			replay: null,
		},
	);
	const kernel = boot({ ...options, tracer });
	play(kernel);
	kernel.mm.recorder?.flush();
	tracer.close();
	const whole = Uint8Array.from(Buffer.concat(chunks));
	const read = (offset: number, length: number) =>
		whole.subarray(offset, offset + length);
	return new Trace(EventReader.open({ size: whole.length, read }, ZLIB, {}));
}

/** The events of a code, in order. */
export function eventsOf(trace: Trace, code: number): TraceEvent[] {
	const found: TraceEvent[] = [];
	trace.each(0, trace.events, (columns, index, event) => {
		if (columns.codes[index] === code) found.push(trace.event(event));
	});
	return found;
}

/** All sentences of an explanation in one text. */
export const textOf = ({ chain }: Explanation): string =>
	chain.map(({ sentence }) => sentence).join("\n");
