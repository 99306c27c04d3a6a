// Bars and sparklines: a share as a length, a row of amounts as heights.
//
//   bar    ██████▌·····    on a terminal, to an eighth of a column
//          ######......    without colour
//   spark  ▂  ▁█ ▃         one column for each amount, nothing for 0

import type { Terminal } from "../terminal";

const LENGTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]; // eighths of a column
const HEIGHTS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]; // eighths of a line

/** A bar of `columns` columns, `share` (0 to 1) of it filled. What is not 0 shows at least a trace. */
export function bar(
	share: number,
	columns: number,
	terminal: Terminal,
	colour: string,
): string {
	const clamped = Math.max(0, Math.min(1, share));
	if (!terminal.colour) {
		const full = Math.round(clamped * columns);
		return "#".repeat(full) + ".".repeat(columns - full);
	}
	const least = clamped > 0 ? 1 : 0;
	const eighths = Math.max(least, Math.round(clamped * columns * 8));
	const full = Math.floor(eighths / 8);
	const filled = "█".repeat(full) + (LENGTHS[eighths % 8] ?? "");
	const rest = "·".repeat(columns - Math.ceil(eighths / 8));
	return terminal.paint.hex(colour)(filled) + terminal.paint.dim(rest);
}

/** The block character whose height is `share` (0 to 1) of a line; what is not 0 shows at least the lowest. */
export function heightBlock(share: number): string {
	const eighth = Math.ceil(Math.max(0, Math.min(1, share)) * 8);
	return eighth === 0 ? " " : (HEIGHTS[eighth - 1] as string);
}

/** One column for each amount, the largest as high as the line. */
export function spark(amounts: readonly number[]): string {
	const largest = Math.max(0, ...amounts);
	if (largest === 0) return " ".repeat(amounts.length);
	return amounts.map((amount) => heightBlock(amount / largest)).join("");
}
