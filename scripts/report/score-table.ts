// Tables that compare: a number there, the number here, the difference; worst rows first, up to a limit.
//
//   Slabs  new ones apart 12, 0.15 %
//     cache        new there   here  +/-
//     kmalloc-64       1,542  1,540   -2
//     3 more differ, 130 more equal
//
// D1: no line of a table is wider than the terminal, as long as its first column is not: columns that explain stand last, and
//     are left out first.
// D2: rounding never makes something look equal that is not.

import type { Causes } from "../../kernel/replay/score/causes";
import { shareText } from "../../kernel/replay/score/fidelity";
import type { Pair, PairSum, Share } from "../../kernel/replay/score/pair";
import type { Terminal } from "../terminal";
import { colourOf } from "./palette";
import { type Column, grouped, table, width } from "./text";

/** Rows of a table that are shown unless somebody wants more. */
export const ROWS_SHOWN = 12;
export const GOOD_COLOUR = colourOf("user");
export const BAD_COLOUR = colourOf("kernel");

/** A column of words. */
export const left = (head: string): Column => ({ head, side: "left" });
/** A column of numbers. */
export const right = (head: string): Column => ({ head, side: "right" });

/** A title and its note, a table without the last columns that there is no room for (D1), and lines about the rest. */
export function section(
	title: string,
	note: string,
	columns: readonly Column[],
	rows: readonly (readonly string[])[],
	terminal: Terminal,
	more: readonly string[] = [],
): string[] {
	const { paint } = terminal;
	const [head, ...lines] = fitting(columns, rows, terminal.columns - 2);
	return [
		`${paint.bold(title)}  ${paint.dim(note)}`.trimEnd(),
		...(rows.length === 0 ? [] : [`  ${paint.dim(head as string)}`]),
		...(rows.length === 0 ? [] : lines.map((line) => `  ${line}`)),
		...more.filter((line) => line !== "").map((line) => `  ${paint.dim(line)}`),
	];
}

/** The table without so many of its last columns that it is at most `columns` wide. */
function fitting(
	columns: readonly Column[],
	rows: readonly (readonly string[])[],
	room: number,
): string[] {
	for (let count = columns.length; count > 1; count--) {
		const lines = table(columns.slice(0, count), rows);
		if (lines.every((line) => width(line) <= room)) return lines;
	}
	return table(columns.slice(0, 1), rows);
}

/** What a limited table leaves out: `5 more differ, 130 are equal`. */
export function moreText(differ: number, shown: number, all: number): string {
	const texts = [];
	if (differ > shown) texts.push(`${grouped(differ - shown)} more differ`);
	if (all > differ)
		texts.push(`${grouped(all - differ)} ${differ > 0 ? "more " : ""}equal`);
	return texts.join(", ");
}

/** A difference with its sign; a dot for none. */
export function signed({ recorded, ours }: Pair, { paint }: Terminal): string {
	const difference = ours - recorded;
	if (difference === 0) return paint.dim("·");
	const sign = difference > 0 ? "+" : "-";
	return paint.hex(BAD_COLOUR)(`${sign}${grouped(Math.abs(difference))}`);
}

/** There, here, difference. */
export const pairCells = (pair: Pair, terminal: Terminal): string[] => [
	grouped(pair.recorded),
	grouped(pair.ours),
	signed(pair, terminal),
];

/** An error in percent, never rounded down (D2). */
export const errorText = (error: Share): string =>
	error === null ? "-" : shareText(error, "at most");
/** A share of what is right in percent, never rounded up (D2). */
export const rightText = (part: Share): string =>
	part === null ? "-" : shareText(part, "at least");

/** The parts of a difference: first what is the simulator's own mistake, for the other two there may be no room. */
export const CAUSE_COLUMNS = [right("model"), right("unseen"), right("start")];
export const causeCells = (
	{ model, unseen, start }: Causes,
	terminal: Terminal,
): string[] =>
	[model, unseen, start].map((part) =>
		part === 0 ? terminal.paint.dim("·") : grouped(part),
	);

/** Differences of many pairs, in numbers and as a share: `12, 0.15 %`. */
export const apartText = (sum: PairSum): string =>
	sum.apart === 0 ? "0" : `${grouped(sum.apart)}, ${errorText(sum.error)}`;

/** A sum of differences; a dot for none. */
export const apartCell = (count: number, { paint }: Terminal): string =>
	count === 0 ? paint.dim("·") : paint.hex(BAD_COLOUR)(grouped(count));
