// Safe text: what a file says cannot give orders to the terminal.
//
//   name of a task in a trace:   wor\x1b[2Jker      shown:   wor\x1b[2Jker, in letters
//   what a command paints:       \x1b[1mFrame       shown:   in bold
//
// Names, lines of the log, call sites, file names and sentences about them come from files that anybody may have made. Every
// text goes through here on its way out (cli.ts), so no command has to think of it.
//
// SA1: of control characters only line feeds and tabs stay, and the sequences that set a colour or weight; those that hide
//      text are not among them. Everything else is shown as \xNN or \u{NNNN}.
// SA2: a text without control characters is not changed.
// [ECMA-48 section 8.3.117 SGR; Unicode UAX 9, bidirectional formatting characters]

import type { Host } from "./host";
import type { Console } from "./step/console";

const ORDERS =
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
	/\x1b\[[\d;]*m|[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const HIDING = new Set(["5", "6", "8"]); // blinks, and is concealed

/** The text as a terminal may get it (SA1). */
export function safeText(text: string): string {
	return text.replace(ORDERS, (order) =>
		isPaint(order) ? order : visible(order),
	);
}

/** A host whose texts are safe; what people type reaches it as before. */
export function safeHost(host: Host): Host {
	return {
		...host,
		out: (text) => host.out(safeText(text)),
		note: (text) => host.note(safeText(text)),
		console: () => {
			const console = host.console();
			return console && safeConsole(console);
		},
	};
}

function safeConsole(console: Console): Console {
	return {
		get columns() {
			return console.columns;
		},
		get rows() {
			return console.rows;
		},
		draw: (lines) => console.draw(lines.map(safeText)),
		onKey: (heard) => console.onKey(heard),
		onResize: (changed) => console.onResize(changed),
		close: () => console.close(),
	};
}

function isPaint(order: string): boolean {
	if (!order.endsWith("m")) return false;
	const codes = order.slice(2, -1).split(";");
	const isColour = codes[0] === "38" || codes[0] === "48"; // 5 means something else there
	return isColour || !codes.some((code) => HIDING.has(code));
}

/** Each character by its number. */
function visible(order: string): string {
	const [first = ""] = order;
	const code = first.charCodeAt(0);
	const number = code.toString(16);
	const shown = code < 256 ? `\\x${number.padStart(2, "0")}` : `\\u{${number}}`;
	return shown + order.slice(1);
}
