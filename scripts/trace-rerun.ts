// The machine of a trace at a moment: its scenario, run again up to there.
//
//   header: YAML text, options --planOf--> RerunPlan --kernelAfter--> Kernel, or a sentence why there is none
//
// TY1: a trace of a replay, of a program that uses the library, or of another version has no such machine, and says so.
// TY2: options in a header that no command can have written are an Error with one sentence.
// TY3: nothing that a trace names is loaded from the disk: a scenario with programs of its own is not run again.

import type { Kernel } from "../kernel";
import type { MachineOverrides } from "../kernel/scenario/machine";
import type { TraceHeader, TraceScenario } from "../kernel/trace/header";
import { kernelAfter, type RerunPlan, rerunOf } from "../kernel/trace/rerun";
import type { Trace } from "../kernel/trace/trace";
import { namesPrograms, scenarioDocument } from "./scenario-files";

/** Options of the command that recorded, as the header keeps them. */
interface Changes extends MachineOverrides {
	readonly ticks: number | null;
	readonly policy: string | null;
}

const NUMBERS = ["memoryBytes", "cpus", "seed", "ticks"] as const;
const TEXTS = ["commandLine", "policy"] as const;

/** The kernel after event `moment`. Throws an Error with one sentence where there is none (TY1). */
export const kernelAt = (trace: Trace, moment: number): Kernel =>
	kernelAfter(rerunOf(planOf(trace.header)), trace, moment);

/** How the scenario of a trace is run again. Throws an Error with one sentence where it is not (TY1, TY3). */
export function planOf({ scenario }: TraceHeader): RerunPlan {
	if (scenario === null || scenario.source === null)
		throw new Error(
			"the machine itself is known only in traces of scenarios, which can be run again; this one is not of a scenario",
		);
	const { ticks, policy, ...overrides } = changesOf(scenario.options);
	const document = scenarioDocument(scenario.source, `${scenario.name}.yaml`);
	if (namesPrograms(document))
		throw new Error(
			"the scenario of this trace runs programs from other files, which a trace does not hold, so it is not run again",
		);
	return { document, overrides, ticks, policy };
}

/** The options of a header, each a number, a text or null (TY2). */
function changesOf(options: TraceScenario["options"]): Changes {
	const read = (names: readonly string[], type: "number" | "string") =>
		names.map((name) => {
			const value = options[name] ?? null;
			if (value === null || typeof value === type) return [name, value];
			const wanted = type === "number" ? "a number" : "a text";
			throw new Error(
				`the header of the trace is damaged: scenario.options.${name} must be ${wanted} or null`,
			);
		});
	const entries = [...read(NUMBERS, "number"), ...read(TEXTS, "string")];
	return Object.fromEntries(entries) as Changes;
}
