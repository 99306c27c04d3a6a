// An explanation as text: its title, then the reasons in their order, wrapped to the terminal.
//
//   buddy_give  event 812: 1 page at frame 688 returned and did not merge
//     1. A free on CPU 0 made its lists as long as they may be, so some blocks go back to the zone.        [811]
//     2. ...
//
// DW1: no line is wider than the terminal, unless one word is.

import type { Explanation, Step } from "../../../kernel/trace/ask/why";
import type { Terminal } from "../../terminal";
import { pad, width } from "../text";

/** Title and reasons of one event. */
export function drawWhy(data: Explanation, terminal: Terminal): string[] {
	const { name, event, title, chain } = data;
	const { paint } = terminal;
	const digits = String(chain.length).length;
	return [
		`${paint.bold(name)}  ${paint.dim(`event ${event}:`)} ${title}`,
		...chain.flatMap((step, at) =>
			stepLines(step, pad(`${at + 1}.`, digits + 1, "right"), event, terminal),
		),
	];
}

function stepLines(
	{ event, sentence }: Step,
	number: string,
	own: number,
	terminal: Terminal,
): string[] {
	const indent = " ".repeat(width(number) + 3);
	const source = event === null || event === own ? "" : ` [${event}]`;
	const lines = wrap(sentence + source, terminal.columns - indent.length);
	return lines.map((line, at) =>
		at === 0 ? `  ${number} ${line}` : indent + line,
	);
}

/** The words of a text in lines of at most `columns`. */
export function wrap(text: string, columns: number): string[] {
	const lines: string[] = [];
	let line = "";
	for (const word of text.split(" ")) {
		if (line !== "" && width(line) + 1 + width(word) > columns) {
			lines.push(line);
			line = word;
		} else line = line === "" ? word : `${line} ${word}`;
	}
	return [...lines, line];
}
