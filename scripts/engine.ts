// What the commands need of the simulator: the shipped scenarios, and a run that ends in a report.

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
	/** /proc texts to put into the report. */
	readonly proc: readonly string[];
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
}
