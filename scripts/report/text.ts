// Numbers as people read them, and lines whose columns stand under each other.
//
// T1: the width of a text is what the terminal shows: colour sequences count nothing.

const ESCAPE = String.fromCharCode(27);
const COLOUR_SEQUENCE = new RegExp(`${ESCAPE}\\[[0-9;]*m`, "g");
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** Columns that `text` takes on a terminal. */
export function width(text: string): number {
	return [...text.replace(COLOUR_SEQUENCE, "")].length;
}

/** `text` with spaces up to `columns`, on its right or, for numbers, on its left. */
export function pad(
	text: string,
	columns: number,
	side: "left" | "right" = "left",
): string {
	const spaces = " ".repeat(Math.max(0, columns - width(text)));
	return side === "left" ? text + spaces : spaces + text;
}

/** 65536 as 65,536. */
export function grouped(value: number): string {
	return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Bytes in the largest unit that keeps the number at least 1: 1.5 MiB. */
export function bytesText(bytes: number): string {
	let value = bytes;
	let unit = 0;
	while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
		value /= 1024;
		unit++;
	}
	const digits = Number.isInteger(value) || value >= 100 ? 0 : 1;
	return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** Frames as MiB with one digit. */
export function pagesText(pages: number): string {
	return `${(pages / 256).toFixed(1)} MiB`;
}

/** Simulated time: 1.250 s, 4.0 ms, 12 us. */
export function timeText(nanoseconds: number): string {
	if (nanoseconds >= 1e9) return `${(nanoseconds / 1e9).toFixed(3)} s`;
	if (nanoseconds >= 1e6) return `${(nanoseconds / 1e6).toFixed(1)} ms`;
	if (nanoseconds >= 1e3) return `${(nanoseconds / 1e3).toFixed(0)} us`;
	return `${nanoseconds} ns`;
}

/** Simulated time to the microsecond, as the kernel log stamps it. */
export const secondsText = (nanoseconds: number): string =>
	`${(Math.floor(nanoseconds / 1000) / 1e6).toFixed(6)} s`;

/** `count` and its noun: 1 page, 2 pages. */
export function counted(count: number, noun: string): string {
	return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A part of a whole as a whole number of percent; 0 of 0 is 0. */
export function percent(part: number, whole: number): string {
	if (whole === 0) return "0 %";
	const value = (100 * part) / whole;
	return value > 0 && value < 1 ? "<1 %" : `${Math.round(value)} %`;
}

/** One column of a table. */
export interface Column {
	readonly head: string;
	/** Numbers stand at the right, words at the left. */
	readonly side: "left" | "right";
}

/** Lines of a table, its head first; columns are two spaces apart. */
export function table(
	columns: readonly Column[],
	rows: readonly (readonly string[])[],
): string[] {
	const heads = columns.map(({ head }) => head);
	const widths = columns.map((_, index) =>
		Math.max(...[heads, ...rows].map((row) => width(row[index] ?? ""))),
	);
	return [heads, ...rows].map((row) =>
		columns
			.map(({ side }, index) => pad(row[index] ?? "", widths[index] ?? 0, side))
			.join("  ")
			.trimEnd(),
	);
}
