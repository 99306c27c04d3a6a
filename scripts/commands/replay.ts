// flagstone replay FILE...: a recorded kernel's requests, made again of this one.
//
//   stdout   kernel log as it happens, what was read and asked for, summary or score, /proc texts    without --quiet
//            /proc texts to the byte                                                                 --quiet
//            the report as one JSON document                                                         --json
//   stderr   how far it is, where that is a terminal
//   exit     0 done, and every aim of --compare that can be judged was reached | 1 one missed, damage, or a kernel panic
//            2 bad usage or input

import { Command, Option } from "commander";
import type { StartFlavour } from "../../kernel/replay/pages/start-state";
import { shareText } from "../../kernel/replay/score/fidelity";
import { isTrue } from "../../kernel/replay/score/score";
import type { Engine, ReplayRequest } from "../engine";
import type { Host } from "../host";
import { eventFile } from "../recording-folder";
import { drawReplay, type ReplayReport } from "../report/replay";
import { succeeded } from "../report/report";
import { UsageError } from "../usage";
import {
	kernelOptions,
	procOption,
	seedOption,
	sizeOptions,
	traceOption,
} from "./options";
import { noteTrace, noteTrouble, paintLog, printProc } from "./outcome";

const FLAVOURS: readonly StartFlavour[] = ["learned", "lists", "snapshot"];

interface Options {
	readonly compare?: string;
	readonly from?: string;
	readonly start?: StartFlavour;
	readonly memory?: number;
	readonly cpus?: number;
	readonly seed?: number;
	readonly cmdline?: string;
	readonly policy?: string;
	readonly proc: readonly string[];
	readonly trace?: string;
	readonly json?: true;
	readonly quiet?: true;
	readonly color: boolean;
}

/** The command, ready to be added to a program. It hands its exit code to `done`. */
export function replayCommand(
	engine: Engine,
	host: Host,
	done: (exitCode: number) => void,
): Command {
	const command = new Command("replay")
		.summary("make the requests of a recorded kernel again")
		.description(
			"Reads a recorded trace, makes its requests of a simulated kernel and shows what became of the memory.",
		)
		.argument(
			"[file...]",
			"ftrace, trace-cmd report, perf script, .rep or mtrace text, packed or not; - for stdin; with --compare the events in its folder, if none is named",
		);
	for (const option of replayOptions(engine)) command.addOption(option);
	return command
		.addHelpText("after", HELP)
		.action(async (files: readonly string[], options: Options) => {
			done(await runReplay(requestOf(files, options), options, engine, host));
		});
}

const HELP = `
A trace that lies in the folder of a recording, beside meta/ and snap/, is replayed on that machine from its first
snapshot on; any other on an ordinary machine, from boot on.

How the frames on free lists are ordered when the replay starts (--start):
  learned   as the whole recording lets it be known
  lists     as the events before the snapshot tell
  snapshot  as the snapshot alone tells

Example:
  $ flagstone replay --compare recording`;

const replayOptions = ({ procNames }: Engine): Option[] => [
	new Option(
		"--compare <folder>",
		"tell how true the replay was to the recording in this folder",
	),
	new Option(
		"--from <snapshot>",
		"snapshot to start from, or empty (default: the first)",
	),
	new Option("--start <flavour>", "what the start state is made from").choices(
		FLAVOURS,
	),
	...sizeOptions(),
	seedOption(),
	...kernelOptions(),
	procOption(procNames),
	traceOption(),
	new Option("--json", "print the whole report as one JSON document"),
	new Option("--quiet", "print neither kernel log nor report"),
	new Option("--no-color", "letters instead of colours"),
];

function requestOf(files: readonly string[], options: Options): ReplayRequest {
	return {
		files: files.length > 0 ? files : eventsOf(options),
		compare: options.compare ?? null,
		from: options.from ?? null,
		flavour: options.start ?? null,
		memoryBytes: options.memory ?? null,
		cpus: options.cpus ?? null,
		seed: options.seed ?? null,
		commandLine: options.cmdline ?? null,
		policy: options.policy ?? null,
		proc: options.proc,
		trace: options.trace ?? null,
	};
}

function eventsOf({ compare }: Options): string[] {
	if (compare === undefined)
		throw new UsageError("missing required argument 'file'.");
	try {
		return [eventFile(compare)];
	} catch (error) {
		throw new UsageError((error as Error).message);
	}
}

async function runReplay(
	request: ReplayRequest,
	options: Options,
	engine: Engine,
	host: Host,
): Promise<number> {
	const terminal = host.terminal(!options.color);
	const silent = options.quiet === true || options.json === true;
	const print = silent
		? () => {}
		: (line: string) => host.out(`${paintLog(line, terminal)}\n`);
	const { stdin, progress } = host;
	const report = await engine.replay(request, { stdin, progress, print });
	if (options.json) host.out(`${JSON.stringify(report, null, "\t")}\n`);
	else if (!silent) host.out(`\n${drawReplay(report, terminal).join("\n")}\n`);
	if (!options.json) printProc(report, options, host);
	if (!silent) noteTrace(report.trace, host);
	noteTrouble(report, silent, host);
	if (silent) noteMissed(report, host);
	return succeeded(report) && isTrueEnough(report) ? 0 : 1;
}

const isTrueEnough = ({ score }: ReplayReport): boolean =>
	score === null || isTrue(score);

/** Says on stderr which aims were missed, where the score is not printed. */
function noteMissed({ score }: ReplayReport, host: Host): void {
	for (const { name, bound, found, wanted, reached } of score?.aims ?? [])
		if (reached === false && found !== null)
			host.note(
				`aim missed: ${name}: ${shareText(found, bound)}, wanted ${bound} ${shareText(wanted, bound)}\n`,
			);
}
