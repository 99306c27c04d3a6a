// What a run of the simulated kernel leaves behind, as plain data: the shape of `flagstone boot --json` and what
// the summary on the terminal is drawn from.
//
//   Kernel  --simulator.ts-->  BootReport  --summary.ts-->  lines for people
//                                        --JSON-------->  one document for programs
//
// P1: a report holds only plain values, so JSON.parse(JSON.stringify(report)) equals the report.
// P2: the runs in `frames` are in order, do not overlap and cover every frame from 0 to machine.frameCount.
// P3: all sizes are bytes and say so in their names; counts of frames say pages or frames.

import type { FrameRun, FrameUse } from "../../kernel";

export type { FrameRun, FrameUse };

/** The machine and how long it ran. */
export interface MachineReport {
	readonly memoryBytes: number;
	readonly frameCount: number;
	readonly cpus: number;
	readonly seed: number;
	readonly ticks: number;
	/** Simulated time since power-on. */
	readonly nanoseconds: number;
	readonly commandLine: string;
}

/** One zone. `freeByOrder[n]` counts free blocks of 2^n pages. */
export interface ZoneReport {
	readonly name: string;
	readonly startFrame: number;
	readonly managedPages: number;
	readonly freePages: number;
	readonly freeByOrder: readonly number[];
}

/** One slab cache. */
export interface CacheReport {
	readonly name: string;
	/** Bytes that a caller asked for with an object. */
	readonly objectBytes: number;
	/** Bytes from one object to the next. */
	readonly slotBytes: number;
	/** Objects that somebody has; those on a CPU's freelist do not count. */
	readonly activeObjects: number;
	readonly totalObjects: number;
	readonly slabs: number;
	readonly pages: number;
	/** Slabs made since boot, those that are gone too: the measure of how busy the cache is. */
	readonly slabsMade: number;
	/** Bytes of the cache's pages that hold no live object. */
	readonly wasteBytes: number;
}

/** One task, alive or gone. */
export interface TaskReport {
	readonly pid: number;
	readonly name: string;
	readonly state: string;
	/** null while the task is alive. */
	readonly exitCode: number | null;
	readonly nanoseconds: number;
	readonly residentPages: number;
}

/** One `expect` line of the scenario and what became of it. */
export interface ExpectationReport {
	readonly text: string;
	readonly held: boolean;
	/** What was found instead; empty when it held. */
	readonly detail: string;
}

/** A trace that was written. */
export interface TraceReport {
	readonly file: string;
	readonly events: number;
	readonly bytes: number;
}

/** Everything that one boot leaves behind. */
export interface BootReport {
	readonly scenario: { readonly name: string; readonly title: string };
	readonly machine: MachineReport;
	readonly log: readonly string[];
	readonly frames: readonly FrameRun[];
	readonly zones: readonly ZoneReport[];
	readonly caches: readonly CacheReport[];
	readonly tasks: readonly TaskReport[];
	/** Counters by their names in /proc/vmstat. */
	readonly counters: Readonly<Record<string, number>>;
	readonly expectations: readonly ExpectationReport[];
	/** Sentences of the auditors about broken invariants; empty on a sound machine. */
	readonly damage: readonly string[];
	/** Text of the kernel panic that ended the run, or null. */
	readonly panic: string | null;
	/** Texts that were asked for with --proc, by name. */
	readonly proc: Readonly<Record<string, string>>;
	/** What was asked for with --trace; absent when nothing was. */
	readonly trace?: TraceReport;
}

/** Whether the run counts as a success: no panic, no damage, every expectation held. */
export function succeeded(report: BootReport): boolean {
	return (
		report.panic === null &&
		report.damage.length === 0 &&
		report.expectations.every((expectation) => expectation.held)
	);
}
