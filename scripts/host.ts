// The process around a command: where results and remarks go, and what the terminal is like. Commands receive a Host,
// so a test runs them without a process.
//
//   out   stdout   results: the kernel log, the summary, /proc texts, the one document of --json
//   note  stderr   everything else: refusals, a panic, what failed under --quiet

import type { Readable } from "node:stream";
import { type Progress, progressOn } from "./progress";
import { type Console, openConsole } from "./step/console";
import { type Terminal, terminalOf } from "./terminal";

/** What a command may do to the world. */
export interface Host {
	/** Writes to stdout, as it is. */
	out(text: string): void;
	/** Writes to stderr, as it is. */
	note(text: string): void;
	/** What comes in where a command is told to read "-". */
	readonly stdin: Readable;
	/** Shows how far the work is, to people. */
	readonly progress: Progress;
	/** The terminal as a screen with keys; null where there is none. */
	console(): Console | null;
	/** The terminal behind stdout. */
	terminal(noColour: boolean): Terminal;
}

const EXIT_IO = 74; // sysexits.h EX_IOERR
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The host that is this process. A reader that goes away early ends it without a word, a full disk with a sentence. */
export function processHost(): Host {
	process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
		if (code === "EPIPE") process.exit(0);
		process.stderr.write(`flagstone: stdout cannot be written (${code}).\n`);
		process.exit(EXIT_IO);
	});
	return {
		out: (text) => process.stdout.write(text),
		note: (text) => process.stderr.write(text),
		stdin: process.stdin,
		progress: progressOn(process.stderr),
		console: () => closedBySignals(openConsole(process.stdin, process.stdout)),
		terminal: (noColour) => terminalOf(process.stdout, noColour),
	};
}

/** The same console; signals that end the process give the terminal back first. */
function closedBySignals(console: Console | null): Console | null {
	for (const signal of console === null ? [] : SIGNALS)
		process.once(signal, () => {
			console?.close();
			process.kill(process.pid, signal); // now without a listener: it ends as it would have
		});
	return console;
}
