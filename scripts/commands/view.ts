// flagstone view FILE|SCENARIO: one HTML file in which every event of a trace can be looked at.
//
//   FILE      a trace                          --> NAME.html, or what -o says
//   SCENARIO  recorded in memory while it runs     the page also shows raw bytes, by running it again
//
//   stdout   the name of the page that was written, its events and its size
//   exit     0 written | 2 bad usage or input

import { spawn } from "node:child_process";
import { Command, Option } from "commander";
import type { Host } from "../host";
import { writeOutput } from "../output-file";
import { bytesText, counted } from "../report/text";
import { type Bundle, readBundle } from "../viewer/bundle";
import { pageHtml } from "../viewer/html";
import { recordingOf, type ViewRequest } from "../viewer/recording";
import { seedOption, sizeOptions, ticksOption } from "./options";

interface Options {
	readonly output?: string;
	readonly open?: true;
	readonly memory?: number;
	readonly cpus?: number;
	readonly seed?: number;
	readonly ticks?: number;
	readonly cmdline?: string;
	readonly salvage?: true;
	readonly quiet?: true;
}

/** The command, ready to be added to a program. It hands its exit code to `done`. */
export function viewCommand(
	host: Host,
	done: (exitCode: number) => void,
	bundle: () => Bundle = readBundle,
): Command {
	const command = new Command("view")
		.summary("make a page that shows every event")
		.description(
			"Makes one HTML file in which the memory can be seen at every event of a trace or of a scenario.",
		)
		.argument("<file|scenario>", "a trace, a shipped scenario or a YAML file");
	for (const option of viewOptions()) command.addOption(option);
	return command
		.addHelpText("after", EXAMPLE)
		.action((input: string, options: Options) => {
			runView(requestOf(input, options), options, host, bundle());
			done(0);
		});
}

const EXAMPLE = `
Example:
  $ flagstone view buddy -o buddy.html --open`;

const viewOptions = (): Option[] => [
	new Option("-o, --output <file>", "the page to write (default: NAME.html)"),
	new Option("--open", "open the page in a browser"),
	...sizeOptions(),
	seedOption(),
	ticksOption(),
	new Option("--cmdline <text>", "kernel command line, for a scenario"),
	new Option("--salvage", "show what is left of a damaged trace"),
	new Option("--quiet", "do not say what was written"),
];

const requestOf = (input: string, options: Options): ViewRequest => ({
	input,
	memoryBytes: options.memory ?? null,
	cpus: options.cpus ?? null,
	seed: options.seed ?? null,
	ticks: options.ticks ?? null,
	commandLine: options.cmdline ?? null,
	salvage: options.salvage === true,
});

function runView(
	request: ViewRequest,
	options: Options,
	host: Host,
	bundle: Bundle,
): void {
	const recording = recordingOf(request);
	host.note(recording.losses);
	const html = pageHtml(recording, bundle);
	const path = options.output ?? `${recording.title}.html`;
	writeOutput(path, html);
	const events = counted(recording.events, "event");
	if (!options.quiet)
		host.out(`${path}: ${events}, ${bytesText(Buffer.byteLength(html))}\n`);
	if (options.open) openInBrowser(path, host);
}

/** Hands the page to whatever opens pages here; that there is nothing is told, and no failure. */
function openInBrowser(path: string, host: Host): void {
	const [program, ...words] =
		process.platform === "darwin"
			? ["open", path]
			: process.platform === "win32"
				? ["cmd", "/c", "start", "", path]
				: ["xdg-open", path];
	const child = spawn(program as string, words, {
		detached: true,
		stdio: "ignore",
	});
	child.on("error", () =>
		host.note(
			`flagstone: no browser could be started; open ${path} yourself.\n`,
		),
	);
	child.unref();
}
