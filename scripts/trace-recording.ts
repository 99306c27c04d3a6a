// Recording: a machine's trace goes to a file while the machine runs.
//
//   boot, run --events--> TraceTracer --blocks--> FILE          finish(): what waits, and the end
//                                                               discard(): no file is left, as before the run
//
// The file is written in place, so that whatever ends this process leaves a trace that opens.
//
// TX1: a kernel that panics is recorded up to its panic. TX2: input that is refused leaves no file,
// and one that was there as it was. TX3: what is recorded from is never overwritten.

import type { TraceHeader, TraceScenario } from "../kernel/trace/header";
import { TraceTracer } from "../kernel/trace/trace-tracer";
import type { Tracer } from "../kernel/trace/tracer";
import { packageVersion } from "./package-root";
import type { TraceReport } from "./report/report";
import { FileSink, ZLIB } from "./trace-file";

/** What is recorded. */
export interface RecordingTitle {
	readonly commandLine: string;
	readonly seed: number;
	readonly scenario: TraceScenario | null;
	readonly replay: TraceHeader["replay"];
}

/** The options that change something: what leaves a scenario as it is, null, is not told. */
export const givenOptions = (options: object): TraceScenario["options"] =>
	Object.fromEntries(
		Object.entries(options).filter(([, value]) => value !== null),
	);

/** A trace that is being written. */
export class TraceRecording {
	private readonly sink: FileSink;
	private readonly writer: TraceTracer;

	/** Makes the file, or empties it. Throws an Error with one sentence when it cannot. */
	constructor(
		private readonly path: string,
		title: RecordingTitle,
	) {
		this.sink = new FileSink(path);
		this.writer = new TraceTracer(this.sink, ZLIB, {
			...title,
			flagstone: packageVersion(),
		});
	}

	/** What the machine is to be booted with. */
	get options(): { readonly tracer: Tracer } {
		return { tracer: this.writer };
	}

	/** Events that were recorded so far. */
	get events(): number {
		return this.writer.events;
	}

	/** Ends the trace; `panic` is what the kernel said when it ended that way. Without a first byte there is no file (TX2). */
	finish(panic: string | null = null): TraceReport {
		this.writer.close(panic);
		const { events, bytes } = this.writer;
		if (bytes === 0) this.sink.discard();
		else this.sink.close();
		return { file: this.path, events, bytes };
	}

	/** Leaves no file (TX2). */
	discard(): void {
		this.sink.discard();
	}
}
