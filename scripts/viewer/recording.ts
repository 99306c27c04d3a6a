// What a page is made of: a trace from a file, or one that is recorded in memory while a scenario runs.
//
//   FILE      --> its bytes
//   SCENARIO  --traceInput--> bytes          header: the scenario's text and options --> the plan to run it again
//
// RE1: a kernel that panics ends its trace: the page shows everything up to there.
// RE2: there is a plan only where the page can follow it: a scenario whose tasks need no other file.
// RE3: a damaged trace is taken only with salvaging; what of it is missing is told in lines.

import { readFileSync } from "node:fs";
import type { TraceHeader } from "../../kernel/trace/header";
import type { RerunPlan } from "../../kernel/trace/rerun";
import { isWords } from "../trace-file";
import { type ScenarioChanges, traceInput } from "../trace-input";
import { planOf } from "../trace-rerun";
import type { Page } from "./html";

/** What a person asked to see; null leaves the choice to the scenario. */
export interface ViewRequest extends ScenarioChanges {
	/** A trace file, the name of a shipped scenario, or a YAML file. */
	readonly input: string;
	/** Show what is readable of a damaged trace. */
	readonly salvage: boolean;
}

/** Everything that a page shows, how many events it has, and what is missing of it. */
export interface Recording extends Page {
	readonly events: number;
	readonly losses: string;
}

/** Reads or records. Throws an Error with one sentence when there is nothing to see. */
export function recordingOf(request: ViewRequest): Recording {
	const { input, salvage, ...changes } = request;
	const opened = traceInput(input, salvage, changes);
	try {
		const { header, events } = opened.trace;
		return {
			title: header.scenario?.name ?? opened.title,
			trace: opened.bytes ?? new Uint8Array(readFileSync(input)),
			...planOrReason(header),
			...{ salvage, events, losses: opened.losses },
		};
	} finally {
		opened.close();
	}
}

/** How a page runs the scenario of a trace again, or why it cannot (RE2). */
function planOrReason(header: TraceHeader): {
	readonly plan: RerunPlan | null;
	readonly whyNot: string;
} {
	try {
		return { plan: planOf(header), whyNot: "" };
	} catch (error) {
		if (!isWords(error)) throw error;
		return { plan: null, whyNot: error.message };
	}
}
