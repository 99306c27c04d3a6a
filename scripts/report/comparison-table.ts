// A comparison as text: figures as rows, variants as columns, and how each went over time.
//
//   Slabs              default     objects=slob
//     slabs, at most  18.2 MiB   17.1 MiB  -6 % +      + the best of the row, ! the worst; on a terminal in colour
//
//   Free memory over time    every 4 ticks, from 380 to 510 MiB
//     default         ===---____---===                 all variants on one scale
//
// Differences are to the first variant. What is the same for most of the variants has no mark.

import type { Terminal } from "../terminal";
import { heightBlock } from "./bars";
import {
	type Comparison,
	FIGURE_GROUPS,
	type Figure,
	type FigureGroup,
	type FigureUnit,
	intervalText,
	type Measures,
	type VariantReport,
} from "./comparison";
import { colourOf } from "./palette";
import { bytesText, counted, grouped, pad, timeText, width } from "./text";

const BEST_COLOUR = colourOf("user");
const WORST_COLOUR = colourOf("kernel");
const PAGE_BYTES = 4096;
const SPARK_COLUMNS = 48;
const ASCII_HEIGHTS = "_.-=+*#"; // from nothing to the most

/** What a cell of the table says. */
interface Cell {
	readonly value: string;
	/** Against the first variant; empty in its own column. */
	readonly difference: string;
	readonly rank: "best" | "worst" | null;
}

/** A number as people read it. */
export function figureText(value: number, unit: FigureUnit): string {
	if (unit === "bytes") return bytesText(value);
	if (unit === "perMille") return `${(value / 10).toFixed(1)} %`;
	if (unit === "nanoseconds") return timeText(value);
	return grouped(value);
}

/** How much a value is above or below a first one: -6 %, x3.4; empty when nothing can be said. */
export function differenceText(value: number, first: number): string {
	if (value === first) return "=";
	if (first === 0) return "";
	const ratio = value / first;
	if (ratio >= 3) return `x${ratio.toFixed(ratio >= 10 ? 0 : 1)}`;
	const percent = 100 * (ratio - 1);
	const sign = percent > 0 ? "+" : "-";
	const size = Math.abs(percent);
	return `${sign}${size < 1 ? "<1" : size.toFixed(0)} %`;
}

/** Lines of the whole comparison. */
export function drawComparison(
	comparison: Comparison,
	terminal: Terminal,
): string[] {
	return [
		...drawHeading(comparison, terminal),
		"",
		...drawTable(comparison.variants, terminal),
		...drawCurve(
			comparison,
			"Free memory",
			(m) => (m.freePages + m.pcpPages) * PAGE_BYTES,
			(bytes) => bytes,
			terminal,
		),
		...drawCurve(
			comparison,
			"Largest free block",
			(m) => m.largestFreePages * PAGE_BYTES,
			(bytes) => Math.log2(Math.max(bytes, PAGE_BYTES / 2)), // sizes of blocks are powers of two
			terminal,
		),
		...drawTrouble(comparison.variants, terminal),
	];
}

function drawHeading({ input, variants }: Comparison, { paint }: Terminal) {
	const facts = new Set(
		variants.map(
			({ memoryBytes, cpus, seed }) =>
				`${counted(cpus, "CPU")}, ${bytesText(memoryBytes)}, seed ${seed}`,
		),
	);
	const machine = facts.size === 1 ? [...facts].join() : "different machines";
	return [
		`${paint.bold(input.name)}  ${input.title}`.trimEnd(),
		paint.dim(`${variants.length} policies on ${machine}`),
	];
}

/** The table: a head with the policies, word by word, then group after group. */
function drawTable(
	variants: readonly VariantReport[],
	terminal: Terminal,
): string[] {
	const rows = FIGURE_GROUPS.map((group) => groupRows(group, variants));
	const label = Math.max(
		...FIGURE_GROUPS.flatMap(({ figures }) =>
			figures.map(({ words }) => words.length + 2),
		),
	);
	const heads = variants.map(({ policy }) => policy.split(" "));
	const columns = variants.map((_, at) =>
		columnOf(
			heads[at] as string[],
			rows.flat().map((row) => row[at] as Cell),
		),
	);
	const lines = drawHeads(heads, columns, label, terminal);
	FIGURE_GROUPS.forEach(({ title, figures }, group) => {
		lines.push(terminal.paint.bold(title));
		figures.forEach(({ words }, index) => {
			const cells = (rows[group] as Cell[][])[index] as Cell[];
			const drawn = cells.map((cell, at) =>
				drawCell(cell, columns[at] as ColumnWidths, terminal),
			);
			lines.push(`  ${pad(words, label - 2)}${drawn.join("")}`.trimEnd());
		});
	});
	return [...lines, ...drawExpected(variants, columns, label)];
}

function groupRows(
	{ figures }: FigureGroup,
	variants: readonly VariantReport[],
): Cell[][] {
	return figures.map((figure) => cellsOf(figure, variants));
}

/** The cells of one figure. */
function cellsOf(
	{ value, unit, better }: Figure,
	variants: readonly VariantReport[],
): Cell[] {
	const values = variants.map(value);
	const known = values.filter((it) => it !== null);
	const first = values[0] ?? null;
	return values.map((it, at) => {
		if (it === null) return { value: "-", difference: "", rank: null };
		return {
			value: figureText(it, unit),
			difference: at === 0 || first === null ? "" : differenceText(it, first),
			rank: better === null ? null : rankOf(it, known, better),
		};
	});
}

/** Best or worst of a row, as long as it is not so for most of the variants. */
function rankOf(
	value: number,
	all: readonly number[],
	better: "less" | "more",
): Cell["rank"] {
	const alike = all.filter((other) => other === value).length;
	if (alike * 2 > all.length) return null;
	const isLeast = value === Math.min(...all);
	const isMost = value === Math.max(...all);
	if (better === "less" ? isLeast : isMost) return "best";
	return isLeast || isMost ? "worst" : null;
}

interface ColumnWidths {
	readonly value: number;
	readonly difference: number;
}

/** Widths of a column: the value at the right, the difference behind it, then the mark. */
function columnOf(head: readonly string[], cells: readonly Cell[]) {
	const difference = Math.max(...cells.map((cell) => width(cell.difference)));
	const value = Math.max(...cells.map((cell) => width(cell.value)));
	const behind = difference === 0 ? 2 : difference + 3;
	const headWidth = Math.max(...head.map(width));
	return { value: Math.max(value, headWidth - behind), difference };
}

const columnWidth = ({ value, difference }: ColumnWidths): number =>
	2 + value + (difference === 0 ? 0 : 1 + difference) + 2;

function drawCell(
	{ value, difference, rank }: Cell,
	column: ColumnWidths,
	{ paint, colour }: Terminal,
): string {
	const mark = rank === "best" ? "+" : rank === "worst" ? "!" : " ";
	const shade =
		rank === null
			? (text: string) => text
			: paint.hex(rank === "best" ? BEST_COLOUR : WORST_COLOUR);
	const behind =
		column.difference === 0
			? ""
			: ` ${paint.dim(pad(difference, column.difference, "right"))}`;
	const shown = shade(pad(value, column.value, "right"));
	return `  ${shown}${behind} ${colour ? shade(mark) : mark}`;
}

/** The policies over their columns, one word a line. */
function drawHeads(
	heads: readonly (readonly string[])[],
	columns: readonly ColumnWidths[],
	label: number,
	{ paint }: Terminal,
): string[] {
	const height = Math.max(...heads.map((head) => head.length));
	return Array.from({ length: height }, (_, line) => {
		const words = heads.map((head, at) =>
			pad(
				head[line - height + head.length] ?? "",
				columnWidth(columns[at] as ColumnWidths) - 2,
				"right",
			),
		);
		return paint.bold(
			`${" ".repeat(label)}${words.map((word) => `${word}  `).join("")}`.trimEnd(),
		);
	});
}

/** How many expectations of the input held, where it has any. */
function drawExpected(
	variants: readonly VariantReport[],
	columns: readonly ColumnWidths[],
	label: number,
): string[] {
	if (variants.every(({ expectations }) => expectations.total === 0)) return [];
	const cells = variants.map(({ expectations: { held, total }, panic }, at) => {
		const text = panic === null ? `${held} of ${total}` : "panicked";
		return `${pad(text, columnWidth(columns[at] as ColumnWidths) - 2, "right")}  `;
	});
	return [
		`  ${pad("expectations held", label - 2)}${cells.join("")}`.trimEnd(),
	];
}

/** A sparkline for each variant, all on one scale from the least to the most of all. */
function drawCurve(
	comparison: Comparison,
	title: string,
	look: (measures: Measures) => number,
	height: (value: number) => number,
	terminal: Terminal,
): string[] {
	const { paint } = terminal;
	const { variants } = comparison;
	const curves = variants.map(({ samples }) =>
		samples.map(({ measures }) => look(measures)),
	);
	const all = curves.flat();
	if (all.length === 0) return [];
	const least = Math.min(...all);
	const most = Math.max(...all);
	const note =
		least === most
			? `${bytesText(most)} all the time`
			: `every ${intervalText(comparison)}, from ${bytesText(least)} to ${bytesText(most)}`;
	const heading = `${paint.bold(`${title} over time`)}  ${paint.dim(note)}`;
	if (least === most) return ["", heading];
	const names = Math.max(...variants.map(({ policy }) => width(policy)));
	const longest = Math.max(...curves.map(({ length }) => length));
	const lines = variants.map(({ policy }, at) => {
		const shares = squeeze(curves[at] as number[], longest, SPARK_COLUMNS).map(
			(value) =>
				(height(value) - height(least)) / (height(most) - height(least)),
		);
		return `  ${pad(policy, names)}  ${sparkline(shares, terminal)}`.trimEnd();
	});
	return ["", heading, ...lines];
}

/** At most `most` values of a curve, each the last of its part; a curve shorter than the longest stays shorter. */
export function squeeze(
	curve: readonly number[],
	longest: number,
	most: number,
): number[] {
	const columns = Math.min(most, longest);
	const squeezed: number[] = [];
	for (let column = 0; column < columns; column++) {
		const start = Math.floor((column * longest) / columns);
		const end = Math.floor(((column + 1) * longest) / columns);
		const value = curve[Math.min(end, curve.length) - 1];
		if (start < curve.length && value !== undefined) squeezed.push(value);
	}
	return squeezed;
}

function sparkline(shares: readonly number[], { colour }: Terminal): string {
	const steps = ASCII_HEIGHTS.length - 1;
	return shares
		.map((share) =>
			colour
				? heightBlock(Math.max(share, 0.01)) // the least of all is a line, not a hole
				: (ASCII_HEIGHTS[Math.round(share * steps)] as string),
		)
		.join("");
}

/** What ended a variant early, and what the auditors found. */
function drawTrouble(
	variants: readonly VariantReport[],
	{ paint }: Terminal,
): string[] {
	const lines = variants.flatMap(({ policy, panic, damage }) => [
		...(panic === null ? [] : [`  ${policy}: Kernel panic: ${panic}`]),
		...damage.map((sentence) => `  ${policy}: ${sentence}`),
	]);
	if (lines.length === 0) return [];
	return [
		"",
		paint.bold("Trouble"),
		...lines.map((line) => paint.hex(WORST_COLOUR)(line)),
	];
}
