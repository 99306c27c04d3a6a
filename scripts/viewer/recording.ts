// What a page is made of: a trace from a file, or one that is recorded in memory while a scenario runs.
//
//   FILE      --> its bytes
//   SCENARIO  --boot, run, with a tracer--> bytes, and the plan by which the page runs it again
//
// RE1: a kernel that panics ends its trace: the page shows everything up to there.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
	boot,
	bootOptionsOf,
	KernelPanic,
	runScenario,
	scenarioKernel,
} from "../../kernel";
import type { MachineOverrides } from "../../kernel/scenario/machine";
import type { Scenario } from "../../kernel/scenario/scenario";
import { TraceTracer } from "../../kernel/trace/trace-tracer";
import { packageRoot } from "../package-root";
import { loadScenario, scenarioDocument } from "../scenario-files";
import { openTrace, ZLIB } from "../trace-file";
import type { Page } from "./html";

/** What a person asked to see; null leaves the choice to the scenario. */
export interface ViewRequest extends MachineOverrides {
	/** A trace file, the name of a shipped scenario, or a YAML file. */
	readonly input: string;
	readonly ticks: number | null;
}

/** Everything that a page shows, and how many events it has. */
export interface Recording extends Page {
	readonly events: number;
}

/** Reads or records. Throws an Error with one sentence when there is nothing to see. */
export function recordingOf(request: ViewRequest): Recording {
	const { input } = request;
	const isFile = existsSync(input) && !/\.ya?ml$/.test(input);
	return isFile ? readRecording(input) : runRecording(request);
}

function readRecording(path: string): Recording {
	const { trace, close } = openTrace(path);
	try {
		const title = trace.header.scenario?.name ?? path.replace(/^.*[\\/]/, "");
		return {
			title,
			trace: new Uint8Array(readFileSync(path)),
			plan: null,
			events: trace.events,
		};
	} finally {
		close();
	}
}

function runRecording(request: ViewRequest): Recording {
	const { input, ticks, ...overrides } = request;
	const scenario = loadScenario(input);
	const chunks: Uint8Array[] = [];
	const sink = {
		write: (bytes: Uint8Array): void => {
			chunks.push(bytes.slice());
		},
	};
	const tracer = new TraceTracer(sink, ZLIB, titleOf(scenario, overrides));
	try {
		const kernel = boot({ ...bootOptionsOf(scenario, overrides), tracer });
		try {
			runScenario(scenarioKernel(kernel), scenario, ticks ?? undefined);
		} finally {
			kernel.mm.recorder?.flush();
		}
	} catch (error) {
		if (!(error instanceof KernelPanic)) throw error;
	}
	tracer.close();
	const document = scenarioDocument(input);
	const plan = namesPrograms(document) ? null : { document, overrides, ticks };
	const trace = new Uint8Array(Buffer.concat(chunks)); // no Buffer: a slice of one is no copy
	return { title: scenario.name, trace, plan, events: tracer.events };
}

function titleOf(scenario: Scenario, overrides: MachineOverrides) {
	const options = bootOptionsOf(scenario, overrides);
	const { map } = options;
	const file = join(packageRoot(), "package.json");
	const { version } = JSON.parse(readFileSync(file, "utf8")) as {
		version: string;
	};
	return {
		flagstone: version,
		commandLine: options.cmdline ?? "",
		seed: options.seed ?? 1,
		scenario: { name: scenario.name, source: null, options: { ...overrides } },
		replay: null,
		ranges: (map?.ranges ?? []).map(
			({ start, end, type }) => [start, end, type] as const,
		),
	};
}

/** Whether a task of the document runs a program of another file, which a page does not have. */
function namesPrograms(document: unknown): boolean {
	const { tasks } = document as { tasks?: readonly { program?: unknown }[] };
	return tasks?.some(({ program }) => program !== undefined) ?? false;
}
