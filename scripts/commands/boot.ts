// flagstone boot [SCENARIO|FILE]: runs a scenario and shows what happened to its memory.
//
//   stdout   kernel log as it happens, summary, /proc texts        without --quiet
//            /proc texts to the byte                               --quiet
//            the report as one JSON document                       --json
//   exit     0 every expectation held | 1 one failed, damage, or a kernel panic | 2 bad usage or input

import { Command, Option } from "commander";
import type { BootRequest, Engine } from "../engine";
import type { Host } from "../host";
import { type BootReport, succeeded } from "../report/report";
import { drawSummary } from "../report/summary";
import type { Terminal } from "../terminal";
import { memorySize, oneOf, UsageError, wholeNumber } from "../usage";

const CPUS_MAX = 64;
const SEED_MAX = 2 ** 32 - 1;
const TICKS_MAX = 1_000_000_000;

interface Options {
	readonly memory?: number;
	readonly cpus?: number;
	readonly seed?: number;
	readonly ticks?: number;
	readonly cmdline?: string;
	readonly policy?: string;
	readonly proc: readonly string[];
	readonly json?: true;
	readonly quiet?: true;
	readonly color: boolean;
}

/** The command, ready to be added to a program. It hands its exit code to `done`. */
export function bootCommand(
	engine: Engine,
	host: Host,
	done: (exitCode: number) => void,
): Command {
	const command = new Command("boot")
		.summary("boot a machine, run a scenario, show its memory")
		.description(
			"Boots a simulated machine, runs a scenario on it and shows what happened to its memory.",
		)
		.argument(
			"[scenario|file]",
			`a shipped scenario or a YAML file (default: ${engine.defaultScenario})`,
		);
	for (const option of machineOptions()) command.addOption(option);
	for (const option of outputOptions(engine)) command.addOption(option);
	return command
		.addHelpText("after", EXAMPLE)
		.action((scenario: string | undefined, options: Options) => {
			done(runBoot(requestOf(scenario, options), options, engine, host));
		});
}

const EXAMPLE = `
Example:
  $ flagstone boot per-cpu --seed 9 --proc zoneinfo`;

function machineOptions(): Option[] {
	return [
		new Option("--memory <size>", "RAM, such as 64M or 4G").argParser((text) =>
			memorySize("--memory", text),
		),
		new Option("--cpus <count>", "number of CPUs").argParser((text) =>
			wholeNumber("--cpus", text, 1, CPUS_MAX),
		),
		new Option("--seed <number>", "seed of everything random").argParser(
			(text) => wholeNumber("--seed", text, 0, SEED_MAX),
		),
		new Option("--ticks <count>", "timer ticks to run for").argParser((text) =>
			wholeNumber("--ticks", text, 0, TICKS_MAX),
		),
		new Option(
			"--cmdline <text>",
			"kernel command line, such as 'slab_nomerge init_on_alloc=1'",
		),
		new Option(
			"--policy <words>",
			"another policy, such as 'objects=slob grouping=off'; see help compare",
		),
	];
}

function outputOptions({ procNames }: Engine): Option[] {
	return [
		new Option("--proc <name>", "print a /proc text at the end (repeatable)")
			.default([], "none")
			.argParser((name: string, before: readonly string[]) => [
				...before,
				procText(name, procNames),
			]),
		new Option("--json", "print the whole report as one JSON document"),
		new Option("--quiet", "print neither kernel log nor summary"),
		new Option("--no-color", "letters instead of colours"),
	];
}

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

function requestOf(
	scenario: string | undefined,
	options: Options,
): BootRequest {
	return {
		scenario: scenario ?? null,
		memoryBytes: options.memory ?? null,
		cpus: options.cpus ?? null,
		seed: options.seed ?? null,
		ticks: options.ticks ?? null,
		commandLine: options.cmdline ?? null,
		policy: options.policy ?? null,
		proc: options.proc,
	};
}

function runBoot(
	request: BootRequest,
	options: Options,
	engine: Engine,
	host: Host,
): number {
	const terminal = host.terminal(!options.color);
	const silent = options.quiet === true || options.json === true;
	const print = silent
		? () => {}
		: (line: string) => host.out(`${paintLog(line, terminal)}\n`);
	const report = engine.boot(request, print);
	if (options.json) host.out(`${JSON.stringify(report, null, "\t")}\n`);
	else if (!silent) printSummary(report, terminal, host);
	if (!options.json) printProc(report, options, host);
	noteTrouble(report, silent, host);
	return succeeded(report) ? 0 : 1;
}

/** A line of the kernel log with its time stamp dimmed. */
function paintLog(line: string, { paint }: Terminal): string {
	const stamp = /^\[ *\d+\.\d+\] /.exec(line)?.[0] ?? "";
	return paint.dim(stamp) + line.slice(stamp.length);
}

function printSummary(
	report: BootReport,
	terminal: Terminal,
	host: Host,
): void {
	if (report.frames.length === 0) return; // it panicked before there was anything to see
	host.out(`\n${drawSummary(report, terminal).join("\n")}\n`);
}

/** The /proc texts, each under its name; a single one under --quiet is printed to the byte. */
function printProc(report: BootReport, options: Options, host: Host): void {
	const bare = options.quiet === true && options.proc.length === 1;
	for (const name of options.proc) {
		if (!bare) host.out(`\n==> /proc/${name} <==\n`);
		host.out(report.proc[name] ?? "");
	}
}

/** Says on stderr why the exit code is 1, as far as stdout has not said it. */
function noteTrouble(report: BootReport, silent: boolean, host: Host): void {
	if (report.panic !== null)
		host.note(`Kernel panic - not syncing: ${report.panic}\n`);
	if (!silent) return;
	for (const sentence of report.damage) host.note(`damage: ${sentence}\n`);
	for (const { text, held, detail } of report.expectations)
		if (!held) host.note(`expectation failed: ${text}: ${detail}\n`);
}
