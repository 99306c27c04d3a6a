// flagstone record [SCENARIO|FILE] -o FILE: runs a scenario and writes a trace of everything that happens.
//
//   stdout   what was recorded, and what can be asked of it          --json: one JSON document
//   file     written as the machine runs: whatever ends this process leaves a trace that opens
//   exit     0 every expectation held | 1 one failed, damage, or a kernel panic (the trace ends there) | 2 bad usage or input

import { Command, Option } from "commander";
import type { BootRequest, Engine } from "../engine";
import type { Host } from "../host";
import { type BootReport, succeeded, type TraceReport } from "../report/report";
import {
	kernelOptions,
	type RunOptions,
	runRequest,
	seedOption,
	sizeOptions,
	ticksOption,
} from "./options";
import { noteTrouble, traceText } from "./outcome";

interface Options extends RunOptions {
	readonly output: string;
	readonly json?: true;
}

/** The command, ready to be added to a program. It hands its exit code to `done`. */
export function recordCommand(
	engine: Engine,
	host: Host,
	done: (exitCode: number) => void,
): Command {
	const command = new Command("record")
		.summary("run a scenario and write a trace of it")
		.description(
			"Boots a simulated machine, runs a scenario on it and writes every allocation, frame by frame, to a trace.",
		)
		.argument(
			"[scenario|file]",
			`a shipped scenario or a YAML file (default: ${engine.defaultScenario})`,
		)
		.requiredOption("-o, --output <file>", "the trace to write");
	for (const option of recordOptions()) command.addOption(option);
	return command
		.addHelpText("after", EXAMPLE)
		.action((scenario: string | undefined, options: Options) => {
			const { output } = options;
			const own = { proc: [], trace: output };
			const request = { ...runRequest(scenario, options), ...own };
			done(runRecord(request, options, engine, host));
		});
}

const EXAMPLE = `
Example:
  $ flagstone record buddy -o buddy.trace
  $ flagstone trace buddy.trace summary`;

const recordOptions = (): Option[] => [
	...sizeOptions(),
	seedOption(),
	ticksOption(),
	...kernelOptions(),
	new Option("--json", "print what was recorded as one JSON document"),
];

function runRecord(
	request: BootRequest,
	options: Options,
	engine: Engine,
	host: Host,
): number {
	const report = engine.boot(request, () => {});
	const { trace } = report;
	if (trace !== undefined)
		host.out(options.json ? jsonOf(report, trace) : textOf(trace));
	noteTrouble(report, true, host);
	return succeeded(report) ? 0 : 1;
}

const jsonOf = (report: BootReport, trace: TraceReport): string =>
	`${JSON.stringify({ ...trace, scenario: report.scenario, panic: report.panic }, null, "\t")}\n`;

const textOf = (trace: TraceReport): string =>
	trace.bytes === 0
		? `${traceText(trace)}\n`
		: `${traceText(trace)}\nAsk it with: flagstone trace ${trace.file} summary\n`;
