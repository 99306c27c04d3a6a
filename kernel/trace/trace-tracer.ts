// From a running machine to a trace: a tracer that writes what it hears.
//
//   boot --> begin(machine) --> header
//   rings --> event(...) ----> names of new contexts, event --> TraceWriter --> sink
//                                                                  `--> Fold --> key frames
//
// TT1: the names of contexts stand in the trace before the first event that needs them.

import type { RecordVisitor } from "../../hw/recorder";
import type { ContextRow } from "./context-tree";
import { DICTIONARY } from "./dictionary";
import type { Deflate, TraceSink } from "./file";
import { Fold } from "./fold/fold";
import {
	TRACE_FORMAT,
	TRACE_VERSION,
	type TraceHeader,
	type TraceScenario,
} from "./header";
import type { TracedMachine, Tracer } from "./tracer";
import { TraceWriter } from "./writer";

/** What the header says besides the machine. */
export interface TraceTitle {
	/** Version of the package. */
	readonly flagstone: string;
	readonly commandLine: string;
	readonly seed: number;
	readonly scenario: TraceScenario | null;
	readonly replay: TraceHeader["replay"];
}

/** Writes the trace of one machine. */
export class TraceTracer implements Tracer {
	private writer: TraceWriter | null = null;
	private machine: TracedMachine | null = null;
	private named = 1; // contexts that the trace knows; 0 is nobody's
	private lastCycles = 0;

	constructor(
		private readonly sink: TraceSink,
		private readonly deflate: Deflate,
		private readonly title: TraceTitle,
	) {}

	begin(machine: TracedMachine): void {
		const fold = new Fold(machine);
		this.machine = machine;
		this.writer = new TraceWriter(
			this.sink,
			this.deflate,
			headerOf(this.title, machine),
			{
				apply: (columns, from, to) => fold.applyAll(columns, from, to),
				save: () => fold.save(),
			},
		);
	}

	readonly event: RecordVisitor = (cycles, code, cpu, context, a, b, c, d) => {
		if (context >= this.named) this.tellContexts();
		if (cycles > this.lastCycles) this.lastCycles = cycles;
		this.writer?.add(cycles, code, cpu, context, a, b, c, d);
	};

	/** Events so far. */
	get events(): number {
		return this.writer?.events ?? 0;
	}

	/** Bytes written so far. */
	get bytes(): number {
		return this.writer?.bytes ?? 0;
	}

	/** Ends the trace; what happens afterwards is not in it. `panic` is what the kernel said when it ended that way. */
	close(panic: string | null = null): void {
		this.machine?.flush();
		const end = { lost: 0, cycles: this.lastCycles };
		this.writer?.close(panic === null ? end : { ...end, panic });
	}

	private tellContexts(): void {
		const { contexts } = this.machine as TracedMachine;
		const rows: ContextRow[] = [];
		for (; this.named < contexts.size; this.named++)
			rows.push([
				this.named,
				contexts.parent(this.named),
				contexts.name(this.named),
			]);
		this.writer?.contexts(rows);
	}
}

function headerOf(title: TraceTitle, machine: TracedMachine): TraceHeader {
	const { frames, cpus, zones, memoryBytes, ranges, image } = machine;
	return {
		format: TRACE_FORMAT,
		version: TRACE_VERSION,
		flagstone: title.flagstone,
		machine: { memoryBytes, frames, cpus, ranges, image, zones },
		commandLine: title.commandLine,
		scenario: title.scenario,
		replay: title.replay,
		seed: title.seed,
		cyclesPerSecond: machine.cyclesPerSecond,
		cyclesPerTick: machine.cyclesPerTick,
		dictionary: DICTIONARY,
	};
}
