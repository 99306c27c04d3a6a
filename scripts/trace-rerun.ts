// The machine of a trace at a moment: its scenario, run again up to there.
//
//   header: YAML text, options --> scenario, boot options --rerunTo--> Kernel, or a sentence why there is none
//
// TY1: a trace of a replay, of a program that uses the library, or of another version has no such machine, and says so.
// TY2: options in a header that no command can have written are an Error with one sentence.
// TY3: nothing that a trace names is loaded from the disk: a scenario with programs of its own is not run again.

import { bootOptionsOf, type Kernel, parsePolicy, withPolicy } from "../kernel";
import type { MachineOverrides } from "../kernel/scenario/machine";
import type { TraceScenario } from "../kernel/trace/header";
import { rerunTo } from "../kernel/trace/rerun";
import type { Trace } from "../kernel/trace/trace";
import {
	namesPrograms,
	parseScenario,
	scenarioDocument,
} from "./scenario-files";

/** Options of the command that recorded, as the header keeps them. */
interface Changes extends MachineOverrides {
	readonly ticks: number | null;
	readonly policy: string | null;
}

const NUMBERS = ["memoryBytes", "cpus", "seed", "ticks"] as const;
const TEXTS = ["commandLine", "policy"] as const;

/** The kernel after event `moment`. Throws an Error with one sentence where there is none (TY1). */
export function kernelAt(trace: Trace, moment: number): Kernel {
	const { scenario } = trace.header;
	if (scenario === null || scenario.source === null)
		throw new Error(
			"the machine itself is known only in traces of scenarios, which can be run again; this one is not of a scenario",
		);
	const changes = changesOf(scenario.options);
	const path = `${scenario.name}.yaml`;
	if (namesPrograms(scenarioDocument(scenario.source, path)))
		throw new Error(
			"the scenario of this trace runs programs from other files, which a trace does not hold, so it is not run again",
		);
	const read = parseScenario(scenario.source, path);
	const options = withPolicy(
		bootOptionsOf(read, changes),
		parsePolicy(changes.policy ?? ""),
	);
	const run = { scenario: read, options, ticks: changes.ticks };
	const kernel = moment < 0 ? null : rerunTo(run, trace, moment);
	if (kernel !== null) return kernel;
	throw new Error(
		`the kernel was still booting at event ${moment}: ask for a moment after stage:run_init_process`,
	);
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
