// Options that several commands take, each checked where it is read.

import { Option } from "commander";
import type { BootRequest } from "../engine";
import { memorySize, oneOf, UsageError, wholeNumber } from "../usage";

const CPUS_MAX = 64;
const SEED_MAX = 2 ** 32 - 1;
const TICKS_MAX = 1_000_000_000;

/** RAM and CPUs of the machine. */
export const sizeOptions = (): Option[] => [
	new Option("--memory <size>", "RAM, such as 64M or 4G").argParser((text) =>
		memorySize("--memory", text),
	),
	new Option("--cpus <count>", "number of CPUs").argParser((text) =>
		wholeNumber("--cpus", text, 1, CPUS_MAX),
	),
];

export const seedOption = (): Option =>
	new Option("--seed <number>", "seed of everything random").argParser((text) =>
		wholeNumber("--seed", text, 0, SEED_MAX),
	);

export const ticksOption = (): Option =>
	new Option("--ticks <count>", "timer ticks to run for").argParser((text) =>
		wholeNumber("--ticks", text, 0, TICKS_MAX),
	);

/** How the machine is to be run. */
export const kernelOptions = (): Option[] => [
	new Option(
		"--cmdline <text>",
		"kernel command line, such as 'slab_nomerge init_on_alloc=1'",
	),
	new Option(
		"--policy <words>",
		"another policy, such as 'objects=slob grouping=off'; see help compare",
	),
];

/** The options by which a scenario runs on another machine, or otherwise. */
export interface RunOptions {
	readonly memory?: number;
	readonly cpus?: number;
	readonly seed?: number;
	readonly ticks?: number;
	readonly cmdline?: string;
	readonly policy?: string;
}

/** What they ask of a run; null leaves the choice to the scenario. */
export const runRequest = (
	scenario: string | undefined,
	options: RunOptions,
): Omit<BootRequest, "proc" | "trace"> => ({
	scenario: scenario ?? null,
	memoryBytes: options.memory ?? null,
	cpus: options.cpus ?? null,
	seed: options.seed ?? null,
	ticks: options.ticks ?? null,
	commandLine: options.cmdline ?? null,
	policy: options.policy ?? null,
});

/** --trace, for commands whose result is something else. */
export const traceOption = (): Option =>
	new Option("--trace <file>", "write a trace of everything that happens");

/** --proc, with the names that are known. */
export const procOption = (names: readonly string[]): Option =>
	new Option("--proc <name>", "print a /proc text at the end (repeatable)")
		.default([], "none")
		.argParser((name: string, before: readonly string[]) => [
			...before,
			procText(name, names),
		]);

/** Name of a /proc text as the engine takes it: meminfo, 3/status, with or without /proc/ in front. */
function procText(name: string, known: readonly string[]): string {
	const path = name.replace(/^\/proc\//, "");
	const general = path.replace(/^\d+\//, "PID/");
	const found = oneOf("/proc text", general, known);
	if (path !== found || !found.startsWith("PID/")) return path;
	throw new UsageError(
		`--proc ${JSON.stringify(name)}: write the number of a task instead of PID.`,
	);
}
