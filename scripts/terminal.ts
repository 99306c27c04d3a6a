// What the output goes to: how wide it is and whether it shows colour. Everything that draws receives a Terminal and
// asks it, so a test draws on a terminal of its own and a file or pipe gets plain text.
//
//   --no-color, NO_COLOR, TERM=dumb, no terminal  -> letters and ASCII bars
//   a terminal, or FORCE_COLOR                    -> colour and block characters
//
// [no-color.org]

import { Chalk, type ChalkInstance, supportsColor } from "chalk";

const COLUMNS_DEFAULT = 80; // where the host does not say
const COLUMNS_MIN = 40; // narrower is drawn as this and wraps
const COLUMNS_MAX = 160; // wider gets hard to read

/** Where lines are drawn. */
export interface Terminal {
	readonly columns: number;
	/** Colours and block characters may be used. */
	readonly colour: boolean;
	/** Paints text; returns it unchanged where there is no colour. */
	readonly paint: ChalkInstance;
}

/** What decides about colour and width. */
export interface TerminalFacts {
	readonly isTerminal: boolean;
	readonly columns: number | undefined;
	readonly noColour: boolean;
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Colour depth of the terminal: 1 is 16 colours, 2 is 256, 3 is all. */
	readonly depth: 0 | 1 | 2 | 3;
}

/** A terminal with these facts. */
export function makeTerminal(facts: TerminalFacts): Terminal {
	const colour = wantsColour(facts);
	const columns = facts.columns || COLUMNS_DEFAULT;
	return {
		columns: Math.max(COLUMNS_MIN, Math.min(COLUMNS_MAX, columns)),
		colour,
		paint: new Chalk({ level: colour ? facts.depth || 1 : 0 }),
	};
}

function wantsColour(facts: TerminalFacts): boolean {
	const { NO_COLOR, FORCE_COLOR, TERM } = facts.environment;
	if (facts.noColour || NO_COLOR) return false;
	if (FORCE_COLOR !== undefined)
		return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
	return facts.isTerminal && TERM !== "dumb";
}

/** The terminal behind a stream of this process. */
export function terminalOf(
	stream: NodeJS.WriteStream,
	noColour: boolean,
): Terminal {
	return makeTerminal({
		isTerminal: stream.isTTY === true,
		columns: stream.columns,
		noColour,
		environment: process.env,
		depth: supportsColor ? supportsColor.level : 0,
	});
}
