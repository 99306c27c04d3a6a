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
import {
	kernelOptions,
	procOption,
	type RunOptions,
	runRequest,
	seedOption,
	sizeOptions,
	ticksOption,
	traceOption,
} from "./options";
import { noteTrace, noteTrouble, paintLog, printProc } from "./outcome";

interface Options extends RunOptions {
	readonly proc: readonly string[];
	readonly trace?: string;
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
	for (const option of bootOptions(engine)) command.addOption(option);
	return command
		.addHelpText("after", EXAMPLE)
		.action((scenario: string | undefined, options: Options) => {
			const { proc, trace = null } = options;
			const request = { ...runRequest(scenario, options), proc, trace };
			done(runBoot(request, options, engine, host));
		});
}

const EXAMPLE = `
Example:
  $ flagstone boot per-cpu --seed 9 --proc zoneinfo`;

const bootOptions = ({ procNames }: Engine): Option[] => [
	...sizeOptions(),
	seedOption(),
	ticksOption(),
	...kernelOptions(),
	procOption(procNames),
	traceOption(),
	new Option("--json", "print the whole report as one JSON document"),
	new Option("--quiet", "print neither kernel log nor summary"),
	new Option("--no-color", "letters instead of colours"),
];

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
	if (!silent) noteTrace(report.trace, host);
	noteTrouble(report, silent, host);
	return succeeded(report) ? 0 : 1;
}

function printSummary(
	report: BootReport,
	terminal: Terminal,
	host: Host,
): void {
	if (report.frames.length === 0) return; // it panicked before there was anything to see
	host.out(`\n${drawSummary(report, terminal).join("\n")}\n`);
}
