// What a page is made of: a trace from a file, or one that is recorded in memory while a scenario runs.
//
//   FILE      --> its bytes
//   SCENARIO  --recordedScenario--> bytes          header: the scenario's text and options --> the plan to run it again
//
// RE1: a kernel that panics ends its trace: the page shows everything up to there.
// RE2: there is a plan only where the page can follow it: a scenario whose tasks need no other file, and no policy.

import { readFileSync } from "node:fs";
import type { TraceHeader } from "../../kernel/trace/header";
import { EventReader } from "../../kernel/trace/reader";
import { namesPrograms, scenarioDocument } from "../scenario-files";
import { isTraceFile, ZLIB } from "../trace-file";
import { recordedScenario, type ScenarioChanges } from "../trace-input";
import type { Page } from "./html";

/** What a person asked to see; null leaves the choice to the scenario. */
export interface ViewRequest extends ScenarioChanges {
	/** A trace file, the name of a shipped scenario, or a YAML file. */
	readonly input: string;
}

/** Everything that a page shows, and how many events it has. */
export interface Recording extends Page {
	readonly events: number;
}

/** Reads or records. Throws an Error with one sentence when there is nothing to see. */
export function recordingOf(request: ViewRequest): Recording {
	const { input, ...changes } = request;
	const trace = isTraceFile(input)
		? new Uint8Array(readFileSync(input))
		: recordedScenario(input, changes);
	const { header, events } = opened(trace, input);
	const title = header.scenario?.name ?? input.replace(/^.*[\\/]/, "");
	return { title, trace, plan: planOf(header), events };
}

function opened(bytes: Uint8Array, name: string): EventReader {
	const source = {
		size: bytes.length,
		read: (offset: number, length: number) =>
			bytes.subarray(offset, offset + length),
	};
	try {
		return EventReader.open(source, ZLIB);
	} catch (error) {
		throw new Error(`${name}: ${(error as Error).message}.`);
	}
}

/** How a page runs the scenario of a trace again; null where it cannot (RE2). */
function planOf({ scenario }: TraceHeader): unknown {
	if (scenario === null || scenario.source === null) return null;
	const { ticks = null, policy = null, ...overrides } = scenario.options;
	const document = scenarioDocument(scenario.source, scenario.name);
	if (policy !== null || namesPrograms(document)) return null;
	return { document, overrides, ticks };
}
