// flagstone compare INPUT VARIANT VARIANT...: what if the machine were run another way?
//
//   stdout   the table of figures and the sparklines      without --quiet
//            the comparison as one JSON document          --json
//   FILE     the picture over time                        --svg FILE
//   stderr   how far it is, where that is a terminal
//   exit     0 every variant ran | 1 a kernel panicked, or an auditor found damage | 2 bad usage or input
//
// What the input expects, it expects of its own machine. How many of its expectations held is a figure like the others and
// decides nothing.

import { Command, Option } from "commander";
import type { CompareRequest, Engine } from "../engine";
import type { Host } from "../host";
import { writeOutput } from "../output-file";
import { type Comparison, ranSoundly } from "../report/comparison";
import { drawComparison } from "../report/comparison-table";
import { drawPicture, VARIANTS_MAX } from "../report/picture";
import { UsageError } from "../usage";
import { seedOption, ticksOption } from "./options";

interface Options {
	readonly part: readonly string[];
	readonly seed?: number;
	readonly ticks?: number;
	readonly svg?: string;
	readonly json?: true;
	readonly quiet?: true;
	readonly color: boolean;
}

/** The command, ready to be added to a program. It hands its exit code to `done`. */
export function compareCommand(
	engine: Engine,
	host: Host,
	done: (exitCode: number) => void,
): Command {
	const command = new Command("compare")
		.summary(
			"run a scenario or a recording under several policies, side by side",
		)
		.description(
			"Runs the same input under several policies and shows side by side what became of the memory.",
		)
		.argument(
			"<input>",
			"a shipped scenario, a YAML file, or a recording of real requests; - for one on stdin",
		)
		.argument("<variant...>", 'policies, each one text; "default" for none');
	for (const option of compareOptions()) command.addOption(option);
	return command
		.addHelpText("after", WORDS)
		.action(
			async (input: string, variants: readonly string[], options: Options) => {
				const request = requestOf(input, variants, options);
				const { stdin, progress } = host;
				const comparison = await engine.compare(request, { stdin, progress });
				done(show(comparison, options, host));
			},
		);
}

const WORDS = `
A recording is a text of ftrace, trace-cmd report, perf script, mtrace or a malloc lab, compressed or not. Its requests are made of
the recorded machine where folders meta/ or snap/ beside the file tell of it, else of one with 512 MiB.

Words of a policy:
  objects=NAME               object allocator of the tasks: slub, bonwick, slob, textbook
  freelist=random|ascending  order of the objects in a fresh slab
  grouping=off               pages of all mobility types together
  pcp=off|HIGH:BATCH         frames on each per-CPU list, and how many move at once
  memory=SIZE cpus=COUNT     another machine
  default                    nothing is different
  any other word             a kernel parameter: slab_nomerge, slub_max_order=0, ...

Examples:
  $ flagstone compare fragmentation default "grouping=off" "objects=slob pcp=off" --svg what-if.svg
  $ flagstone compare trace.txt.gz default "objects=slob"`;

function compareOptions(): Option[] {
	return [
		new Option(
			"--part <file>",
			"the next file of a recording that lies in several (repeatable)",
		)
			.default([], "none")
			.argParser((file: string, before: readonly string[]) => [
				...before,
				file,
			]),
		ticksOption(),
		seedOption(),
		new Option("--svg <file>", "draw the variants over time into an SVG file"),
		new Option("--json", "print the whole comparison as one JSON document"),
		new Option("--quiet", "print no table"),
		new Option("--no-color", "marks instead of colours"),
	];
}

function requestOf(
	input: string,
	variants: readonly string[],
	options: Options,
): CompareRequest {
	if (variants.length < 2)
		throw new UsageError(
			`There is nothing to compare ${JSON.stringify(variants[0])} with; name a second policy, or "default" for the machine as it is.`,
		);
	if (variants.length > VARIANTS_MAX)
		throw new UsageError(
			`${variants.length} policies are too many to tell apart; name at most ${VARIANTS_MAX}.`,
		);
	const { part: parts, seed = null, ticks = null } = options;
	return { input, parts, variants, seed, ticks };
}

function show(comparison: Comparison, options: Options, host: Host): number {
	if (options.svg !== undefined)
		writeOutput(options.svg, drawPicture(comparison));
	const silent = options.quiet === true || options.json === true;
	if (options.json) host.out(`${JSON.stringify(comparison, null, "\t")}\n`);
	else if (!silent)
		host.out(
			`${drawComparison(comparison, host.terminal(!options.color)).join("\n")}\n`,
		);
	if (silent) noteTrouble(comparison, host);
	return ranSoundly(comparison) ? 0 : 1;
}

/** Says on stderr why the exit code is 1, where the table does not. */
function noteTrouble({ variants }: Comparison, host: Host): void {
	for (const { policy, panic, damage } of variants) {
		if (panic !== null)
			host.note(`${policy}: Kernel panic - not syncing: ${panic}\n`);
		for (const sentence of damage)
			host.note(`${policy}: damage: ${sentence}\n`);
	}
}
