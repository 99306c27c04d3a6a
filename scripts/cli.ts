// The command line: finds the command, turns every mistake into one sentence and every outcome into an exit code.
//
//   0  done, and every expectation held
//   1  an expectation failed, or the simulated kernel panicked
//   2  bad usage or bad input: one sentence on stderr, no stack trace
//
// Anything else that is thrown is a bug of the simulator; its stack trace is left to be seen, with exit code 70. Where stdout
// cannot be written, host.ts ends with 74. [sysexits.h EX_SOFTWARE, EX_IOERR]

import { Command, CommanderError } from "commander";
import { KernelPanic } from "../hw/panic";
import { bootCommand } from "./commands/boot";
import { compareCommand } from "./commands/compare";
import { recordCommand } from "./commands/record";
import { replayCommand } from "./commands/replay";
import { scenariosCommand } from "./commands/scenarios";
import { stepCommand } from "./commands/step";
import { traceCommand } from "./commands/trace";
import { viewCommand } from "./commands/view";
import { tuneCompiler } from "./compiler";
import type { Engine } from "./engine";
import { type Host, processHost } from "./host";
import { packageVersion } from "./package-root";
import { safeHost } from "./safe-text";
import { simulator } from "./simulator";
import { oneOf, UsageError } from "./usage";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_BUG = 70;

/** Runs one command line and returns its exit code. */
export async function main(
	argv: readonly string[],
	engine: Engine,
	world: Host,
): Promise<number> {
	const host = safeHost(world);
	let exitCode = 0;
	const program = makeProgram(engine, host, (code) => {
		exitCode = code;
	});
	try {
		const words = argv.length === 0 ? ["help"] : argv;
		await program.parseAsync(words, { from: "user" });
		return exitCode;
	} catch (error) {
		return exitCodeOf(error, engine, host);
	}
}

/** Runs this process's command line; what the launcher calls. */
export function start(argv: readonly string[]): void {
	tuneCompiler();
	void main(argv, simulator(), processHost()).then((exitCode) => {
		process.exitCode = exitCode;
	});
}

function makeProgram(
	engine: Engine,
	host: Host,
	done: (exitCode: number) => void,
): Command {
	const program = new Command("flagstone")
		.description(
			"An operating-system kernel simulator with a virtual physical memory.",
		)
		.version(packageVersion(), "--version", "print the version")
		.helpCommand(false)
		.addHelpText("after", EXAMPLE);
	program.addCommand(bootCommand(engine, host, done));
	program.addCommand(compareCommand(engine, host, done));
	program.addCommand(recordCommand(engine, host, done));
	program.addCommand(replayCommand(engine, host, done));
	program.addCommand(scenariosCommand(engine, host, done));
	program.addCommand(stepCommand(host, done));
	program.addCommand(traceCommand(host, done));
	program.addCommand(viewCommand(host, done));
	program.addCommand(helpCommand(program));
	for (const command of [program, ...program.commands]) {
		command.exitOverride().configureOutput({
			writeOut: (text) => host.out(text),
			writeErr: () => {}, // exitCodeOf says it in one sentence
		});
	}
	return program;
}

const EXAMPLE = `
Example:
  $ flagstone boot`;

function helpCommand(program: Command): Command {
	return new Command("help")
		.summary("explain a command")
		.description("Explains a command, or lists the commands.")
		.argument("[command]", "name of a command")
		.addHelpText("after", "\nExample:\n  $ flagstone help boot")
		.action((name: string | undefined) => {
			const names = program.commands.map((command) => command.name());
			const known = name === undefined ? name : oneOf("command", name, names);
			const found = program.commands.find((each) => each.name() === known);
			(found ?? program).outputHelp();
		});
}

/** Says what went wrong, once, and returns the exit code for it. */
function exitCodeOf(error: unknown, engine: Engine, host: Host): number {
	if (error instanceof CommanderError) {
		if (error.exitCode === 0) return 0; // help or version was printed
		const sentence = commanderSentence(error.message);
		host.note(`flagstone: ${meantToBoot(sentence, engine) ?? sentence}\n`);
		return EXIT_USAGE;
	}
	if (error instanceof KernelPanic) {
		host.note(`Kernel panic - not syncing: ${error.message}\n`);
		return EXIT_FAILED;
	}
	if (isBadInput(error)) {
		host.note(`flagstone: ${error.message}\n`);
		return EXIT_USAGE;
	}
	host.note(`${error instanceof Error ? error.stack : error}\n`);
	return EXIT_BUG;
}

/** A plain Error is a sentence for whoever gave the input; TypeError and its like are bugs. */
function isBadInput(error: unknown): error is Error {
	if (error instanceof UsageError) return true;
	return error instanceof Error && error.constructor === Error;
}

/** Commander's message on one line: error: unknown option '--x'\n(Did you mean --y?) becomes one sentence. */
function commanderSentence(message: string): string {
	const [what = "", ...rest] = message.replace(/^error: /, "").split("\n");
	const hint = /\(Did you mean (?:one of )?(.*)\?\)/.exec(rest.join(" "));
	if (hint) return `${what}; did you mean ${hint[1]}?`;
	return what.endsWith(".") ? what : `${what}.`;
}

/** A better sentence where the unknown command is a scenario's name or file; null where it is not. */
function meantToBoot(sentence: string, engine: Engine): string | null {
	const name = /^unknown command '(.+?)'/.exec(sentence)?.[1];
	if (name === undefined) return null;
	const isScenario =
		/\.ya?ml$/.test(name) ||
		engine.scenarios().some((scenario) => scenario.name === name);
	return isScenario
		? `unknown command '${name}'; did you mean boot ${name}?`
		: null;
}
