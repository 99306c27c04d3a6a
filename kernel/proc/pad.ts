// Columns: the few things that the kernel's printf does to a value before it prints it.
//
//   right("DMA", 8)   |     DMA|   %8s  %8lu
//   left("high", 12)  |high        |   %-12s
//   hexPad(40960, 8)  |0000a000|   %08llx
//
// P1: nothing is ever cut: a value wider than its column pushes the rest of the line to the right, as printf does.

/** `value` at the right end of a column of `width` characters. */
export const right = (value: number | string, width: number): string =>
	String(value).padStart(width);

/** `value` at the left end of a column of `width` characters. */
export const left = (value: number | string, width: number): string =>
	String(value).padEnd(width);

/** `value` in hexadecimal with at least `digits` digits, zeros in front, no 0x. */
export const hexPad = (value: number, digits: number): string =>
	value.toString(16).padStart(digits, "0");

/** A row of numbers, each in a column of `width` and followed by a blank, the last one too. */
export const row = (values: readonly number[], width: number): string =>
	values.map((value) => `${right(value, width)} `).join("");

/** The lines as one text: each ends with a newline, no lines give the empty text. */
export const joinLines = (lines: readonly string[]): string =>
	lines.map((line) => `${line}\n`).join("");
