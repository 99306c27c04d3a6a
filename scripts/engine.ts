// What the commands need of the simulator: the shipped scenarios, and a run that ends in a report.

import type { StartFlavour } from "../kernel/replay/pages/start-state";
import type { ReadingSurroundings } from "./recorded-files";
import type { Comparison } from "./report/comparison";
import type { ReplayReport } from "./report/replay";
import type { BootReport } from "./report/report";

/** What the options of `flagstone boot` ask for; null leaves the choice to the scenario. */
export interface BootRequest {
	/** Name of a shipped scenario or path of a YAML file; null for the default. */
	readonly scenario: string | null;
	readonly memoryBytes: number | null;
	readonly cpus: number | null;
	readonly seed: number | null;
	readonly ticks: number | null;
	readonly commandLine: string | null;
	/** What else is to be different, in the words of a policy (kernel/policy.ts). */
	readonly policy: string | null;
	/** /proc texts to put into the report. */
	readonly proc: readonly string[];
	/** File to write a trace to; null for none. */
	readonly trace: string | null;
}

/** What `flagstone compare` asks for; null leaves the choice to the input. */
export interface CompareRequest {
	/** Name of a shipped scenario, or path of a YAML file or of a recorded file; - for a recording that comes in. */
	readonly input: string;
	/** Further files of the same recording. */
	readonly parts: readonly string[];
	/** Policies, in the order in which they are shown. */
	readonly variants: readonly string[];
	readonly seed: number | null;
	readonly ticks: number | null;
}

/** What the options of `flagstone replay` ask for; null leaves the choice to the recording. */
export interface ReplayRequest {
	readonly files: readonly string[];
	/** Folder of a recording to compare with. */
	readonly compare: string | null;
	/** Name of the snapshot to start from, or `empty`. */
	readonly from: string | null;
	readonly flavour: StartFlavour | null;
	readonly memoryBytes: number | null;
	readonly cpus: number | null;
	readonly seed: number | null;
	readonly commandLine: string | null;
	readonly policy: string | null;
	readonly proc: readonly string[];
	/** File to write a trace to; null for none. */
	readonly trace: string | null;
}

/** What a run needs of its surroundings. */
export interface ReplaySurroundings extends ReadingSurroundings {
	/** Gets the lines of the kernel log. */
	readonly print: (line: string) => void;
}

/** One shipped scenario. */
export interface ScenarioEntry {
	readonly name: string;
	/** What it teaches, in a few words. */
	readonly title: string;
}

/** The simulator, as the commands see it. */
export interface Engine {
	/** The scenario that runs when none is named. */
	readonly defaultScenario: string;
	/** Names that --proc takes; PID stands for the number of a task. */
	readonly procNames: readonly string[];
	scenarios(): readonly ScenarioEntry[];
	/**
	 * Boots and runs to the end. `print` gets each line of the kernel log when it happens. A panic of the simulated
	 * kernel ends up in the report; bad input is thrown as an Error with one sentence.
	 */
	boot(request: BootRequest, print: (line: string) => void): BootReport;
	/**
	 * Runs the same input under several policies. A variant whose kernel panics is a variant that says so; bad input is
	 * thrown as an Error with one sentence.
	 */
	compare(
		request: CompareRequest,
		surroundings: ReadingSurroundings,
	): Promise<Comparison>;
	/**
	 * Replays recorded requests. A panic of the simulated kernel ends up in the report; bad input is thrown as an Error
	 * with one sentence.
	 */
	replay(
		request: ReplayRequest,
		surroundings: ReplaySurroundings,
	): Promise<ReplayReport>;
}
