// What a question of `flagstone trace` is: its words, its options, and how it is answered.
//
//   Question --asked of a trace at a moment--> data --> one JSON document, or lines that are drawn of them
//
// TQ1: with --json exactly one document goes to stdout.

import type { Option } from "commander";
import type { Trace } from "../../kernel/trace/trace";
import type { Host } from "../host";
import type { Terminal } from "../terminal";

/** Options of all questions together. */
export interface Answering {
	readonly at?: string;
	readonly json?: true;
	readonly salvage?: true;
	readonly color: boolean;
	readonly from?: string;
	readonly to?: string;
	readonly kind?: string;
	readonly frame?: string;
	readonly cache?: string;
	readonly task?: number;
	readonly limit?: number;
	readonly all?: true;
	readonly by?: string;
	readonly sort?: string;
	readonly format?: string;
	readonly output?: string;
	readonly lifetimes?: string;
}

/** A question with everything that an answer needs. */
export interface Asked {
	/** Where the trace is. */
	readonly file: string;
	readonly trace: Trace;
	/** What follows the question: a frame, an address, a name; empty for those that take nothing. */
	readonly subject: string;
	/** What follows that; empty for those that take one thing or nothing. */
	readonly second: string;
	/** Event after which it is asked. */
	readonly moment: number;
	readonly options: Answering;
	readonly terminal: Terminal;
	readonly host: Host;
}

/** One question. */
export interface Question {
	readonly name: string;
	/** What has to follow it, and what that is. */
	readonly subject?: readonly [name: string, what: string];
	readonly second?: readonly [name: string, what: string];
	readonly summary: string;
	/** Words behind `flagstone trace FILE`. */
	readonly example: string;
	/** Options of its own. */
	readonly options?: () => Option[];
	/** It is asked of a moment. */
	readonly hasMoment: boolean;
	readonly answer: (asked: Asked) => void;
}

/** Prints data as one JSON document, or as the lines that are drawn of them. */
export function give(
	{ options, host, terminal }: Asked,
	data: unknown,
	draw: (terminal: Terminal) => readonly string[],
): void {
	if (options.json) host.out(`${JSON.stringify(data, null, "\t")}\n`);
	else host.out(`${draw(terminal).join("\n")}\n`);
}
