// The frame of an answer about a trace: a title with a note, lines below it, and a word about what is not shown.
//
//   Owners  by call site, most live bytes first
//     live      count  call site
//     16.9 KiB    108  start_kernel > mm_init > kmem_cache_init
//     and 12 more
//
// TI1: every line but the title is indented by two, the head of the table dimmed.

import type { Terminal } from "../../terminal";
import { bytesText, type Column, counted, grouped, table } from "../text";

export const left = (head: string): Column => ({ head, side: "left" });
export const right = (head: string): Column => ({ head, side: "right" });

/** A title and its note. */
export function title(text: string, note: string, { paint }: Terminal): string {
	return `${paint.bold(text)}  ${paint.dim(note)}`.trimEnd();
}

/** A title, and a table of at most `most` rows. */
export function titled(
	heading: string,
	columns: readonly Column[],
	rows: readonly (readonly string[])[],
	most: number,
	terminal: Terminal,
): string[] {
	const [head = "", ...lines] = table(columns, rows.slice(0, most));
	const hidden = rows.length - most;
	return [
		heading,
		`  ${terminal.paint.dim(head)}`,
		...lines.map((line) => `  ${line}`),
		...(hidden > 0 ? [`  ${terminal.paint.dim(`and ${hidden} more`)}`] : []),
	];
}

/** A number with its sign; nothing for 0. */
export function signed(value: number): string {
	if (value === 0) return "";
	return `${value > 0 ? "+" : "-"}${grouped(Math.abs(value))}`;
}

/** Bytes with their sign; nothing for 0. */
export function signedBytes(bytes: number): string {
	if (bytes === 0) return "";
	return `${bytes > 0 ? "+" : "-"}${bytesText(Math.abs(bytes))}`;
}

/** A moment in words. */
export const momentText = (moment: number): string =>
	moment < 0 ? "the start" : `event ${moment}`;

/** `count` allocations of so many bytes. */
export const trafficText = (count: number, bytes: number): string =>
	`${counted(count, "allocation")} of ${bytesText(bytes)}`;
