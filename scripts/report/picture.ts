// The picture of a comparison: small multiples over time, one line a variant, as one SVG document.
//
//   +--------------------------------------------------+
//   | title                                            |
//   | -- default   -.- objects=slob   ...              |   legend
//   | +----------------------+ +---------------------+ |
//   | | Memory used, MiB     | | Slabs, MiB          | |   all panels have the same steps
//   | +----------------------+ +---------------------+ |
//   | | Waste in slabs, MiB  | | Largest free block  | |
//   | +----------------------+ +---------------------+ |
//   +--------------------------------------------------+
//
// A line is told from the others by its colour and by its dashes, so neither print nor colour blindness joins two of them. The
// first variant's line is the widest and lies below: where another covers it, it shows at both sides.
//
// PI1: the document stands alone: no script, no font, no picture from elsewhere.
// PI2: colours follow the reader's scheme, light or dark; without one they are the light ones.
// [Okabe and Ito, Color Universal Design; WCAG 2.1, 1.4.11 non-text contrast]

import { type Axis, blocksAxis, bytesAxis, countAxis, timeAxis } from "./axis";
import {
	type Comparison,
	CURVES,
	type Curve,
	intervalText,
	type VariantReport,
} from "./comparison";

const WIDTH = 960;
const MARGIN = 28;
const TITLE_HEIGHT = 64;
const LEGEND_LINE = 24;
const PANEL_WIDTH = 438;
const PANEL_HEIGHT = 236;
const PANEL_GAP = WIDTH - 2 * MARGIN - 2 * PANEL_WIDTH;
const PLOT = { left: 58, top: 34, right: 8, bottom: 44 }; // from a panel's edges to its plot
const CHARACTER = 7.6; // about, of the legend's font
const SAMPLE = 34; // length of a line in the legend
const FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";

/** How a variant's line looks in a light and in a dark scheme. */
const LOOKS = [
	{ light: "#0072b2", dark: "#56b4e9", dashes: "", width: 3.6 },
	{ light: "#c44e00", dark: "#ff9d5c", dashes: "", width: 1.8 },
	{ light: "#00795a", dark: "#35d0a5", dashes: "7 4", width: 2 },
	{ light: "#a03a85", dark: "#ec9fd4", dashes: "2 3", width: 2.2 },
	{ light: "#7d6200", dark: "#f0dc52", dashes: "10 3 2 3", width: 2 },
	{ light: "#404040", dark: "#d6d6d6", dashes: "4 2", width: 1.6 },
] as const;

/** More lines than this cannot be told apart. */
export const VARIANTS_MAX = LOOKS.length;

/** Where something is drawn. */
interface Box {
	readonly left: number;
	readonly top: number;
	readonly right: number;
	readonly bottom: number;
}

/** The SVG document. */
export function drawPicture(comparison: Comparison): string {
	const { input, variants } = comparison;
	const legend = legendRows(variants);
	const top = TITLE_HEIGHT + legend.length * LEGEND_LINE + 14;
	const height = top + 2 * PANEL_HEIGHT + MARGIN;
	const across = stepAxis(comparison);
	const title = `${input.name}: ${input.title}`;
	const note = `${variants.length} policies, ${measuredText(comparison)}`;
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="${FONT}">`,
		`<title>${escaped(title)}</title>`,
		`<desc>${escaped(`${CURVES.map((curve) => curve.title).join(", ")} over time under ${variants.map(({ policy }) => policy).join("; ")}`)}</desc>`,
		style(),
		`<rect class="paper" width="${WIDTH}" height="${height}"/>`,
		`<text class="ink" x="${MARGIN}" y="34" font-size="19" font-weight="600">${escaped(clipped(title))}</text>`,
		`<text class="soft" x="${MARGIN}" y="55" font-size="13">${escaped(note)}</text>`,
		...drawLegend(legend),
		...CURVES.flatMap((curve, index) =>
			drawPanel(comparison, curve, across, {
				x: MARGIN + (index % 2) * (PANEL_WIDTH + PANEL_GAP),
				y: top + Math.floor(index / 2) * PANEL_HEIGHT,
			}),
		),
		"</svg>",
		"",
	].join("\n");
}

/** What lies along the bottom of every panel. */
interface StepAxis {
	readonly axis: Axis;
	readonly title: string;
	/** How far a step goes on the axis. */
	readonly perStep: number;
}

/** Time where steps have any, else the steps themselves. */
function stepAxis({ variants, step }: Comparison): StepAxis {
	const steps = Math.max(1, ...variants.map((variant) => variant.steps));
	if (step.nanoseconds !== null) {
		const axis = timeAxis(steps * step.nanoseconds);
		const title = `simulated time, ${axis.unit}`;
		return { axis, title, perStep: step.nanoseconds };
	}
	const axis = countAxis(steps);
	const title = [`${step.word}s`, axis.unit].filter(Boolean).join(", ");
	return { axis, title, perStep: 1 };
}

/** How often the variants were looked at. */
function measuredText(comparison: Comparison): string {
	const { nanoseconds } = comparison.step;
	const length = nanoseconds === null ? "" : ` of ${nanoseconds / 1e6} ms`;
	return `measured every ${intervalText(comparison)}${length}`;
}

/** Colours of both schemes (PI2). */
function style(): string {
	const lines = (scheme: "light" | "dark") =>
		LOOKS.map((look, at) => `.v${at}{stroke:${look[scheme]}}`).join("");
	return [
		"<style>",
		".paper{fill:#ffffff}.ink{fill:#1b1f24}.soft{fill:#57606a}.grid{stroke:#d8dee4}.axis{stroke:#8c959f}",
		`.line{fill:none;stroke-linejoin:round;stroke-linecap:butt}${lines("light")}`,
		"@media (prefers-color-scheme: dark){",
		".paper{fill:#0d1117}.ink{fill:#e6edf3}.soft{fill:#9da7b3}.grid{stroke:#2a313a}.axis{stroke:#6e7681}",
		`${lines("dark")}}`,
		"</style>",
	].join("\n");
}

/** One entry of the legend and where it begins. */
interface LegendEntry {
	readonly text: string;
	readonly at: number;
	readonly x: number;
}

/** Entries of the legend, as many in a row as fit. */
function legendRows(variants: readonly VariantReport[]): LegendEntry[][] {
	const rows: LegendEntry[][] = [[]];
	let x = MARGIN;
	variants.forEach(({ policy, panic }, at) => {
		const text = panic === null ? policy : `${policy} (kernel panic)`;
		const width = SAMPLE + 8 + text.length * CHARACTER + 26;
		if (x + width > WIDTH && x > MARGIN) {
			rows.push([]);
			x = MARGIN;
		}
		rows.at(-1)?.push({ text, at, x });
		x += width;
	});
	return rows;
}

function drawLegend(rows: readonly (readonly LegendEntry[])[]): string[] {
	return rows.flatMap((row, index) => {
		const y = TITLE_HEIGHT + 14 + index * LEGEND_LINE;
		return row.flatMap(({ text, at, x }) => [
			`<path ${lineLook(at)} d="M${x} ${y}h${SAMPLE}"/>`,
			`<text class="ink" x="${x + SAMPLE + 8}" y="${y + 4.5}" font-size="13.5">${escaped(text)}</text>`,
		]);
	});
}

function lineLook(at: number): string {
	const look = LOOKS[at % LOOKS.length] as (typeof LOOKS)[number];
	const dashes = look.dashes ? ` stroke-dasharray="${look.dashes}"` : "";
	return `class="line v${at}" stroke-width="${look.width}"${dashes}`;
}

/** One panel: title, grid, axes, lines. */
function drawPanel(
	{ variants }: Comparison,
	curve: Curve,
	steps: StepAxis,
	{ x, y }: { readonly x: number; readonly y: number },
): string[] {
	const box: Box = {
		left: x + PLOT.left,
		top: y + PLOT.top,
		right: x + PANEL_WIDTH - PLOT.right,
		bottom: y + PANEL_HEIGHT - PLOT.bottom,
	};
	const all = variants.flatMap(({ samples }) =>
		samples.map(({ measures }) => curve.look(measures)),
	);
	const axis =
		curve.scale === "logarithmic"
			? blocksAxis()
			: bytesAxis(Math.min(...all, Number.MAX_VALUE), Math.max(1, ...all));
	const across = (step: number): number =>
		place(step * steps.perStep, steps.axis, box.left, box.right);
	const up = (value: number): number =>
		curve.scale === "logarithmic"
			? placeLogarithmic(value, axis, box)
			: place(value, axis, box.bottom, box.top);
	const title = axis.unit === "" ? curve.title : `${curve.title}, ${axis.unit}`;
	return [
		`<text class="ink" x="${x}" y="${y + 18}" font-size="14" font-weight="600">${escaped(title)}</text>`,
		...drawAxes(axis, steps, box, up),
		...variants.flatMap((variant, at) =>
			drawLine(variant, at, curve, across, up),
		),
	];
}

/** A value between the ends of an axis as a coordinate between two others. */
const place = (value: number, axis: Axis, from: number, to: number): number =>
	from + ((value - axis.from) / (axis.to - axis.from)) * (to - from);

function placeLogarithmic(value: number, axis: Axis, box: Box): number {
	const shown = Math.max(value, axis.from);
	const share = Math.log2(shown / axis.from) / Math.log2(axis.to / axis.from);
	return box.bottom + share * (box.top - box.bottom);
}

function drawAxes(
	axis: Axis,
	{ axis: along, title }: StepAxis,
	box: Box,
	up: (value: number) => number,
): string[] {
	const grid = axis.ticks.flatMap(({ value, text }) => {
		const y = short(up(value));
		return [
			`<path class="grid" d="M${box.left} ${y}H${box.right}"/>`,
			`<text class="soft" x="${box.left - 7}" y="${short(up(value) + 4)}" font-size="11.5" text-anchor="end">${text}</text>`,
		];
	});
	const marks = along.ticks.flatMap(({ value, text }) => {
		const x = short(place(value, along, box.left, box.right));
		return [
			`<path class="axis" d="M${x} ${box.bottom}v5"/>`,
			`<text class="soft" x="${x}" y="${box.bottom + 18}" font-size="11.5" text-anchor="middle">${text}</text>`,
		];
	});
	return [
		...grid,
		`<path class="axis" d="M${box.left} ${box.bottom}H${box.right}"/>`,
		...marks,
		`<text class="soft" x="${(box.left + box.right) / 2}" y="${box.bottom + 35}" font-size="11.5" text-anchor="middle">${title}</text>`,
	];
}

/** A variant's line, with a cross where a panic ended it; blocks change their size at once, amounts are joined. */
function drawLine(
	{ samples, panic }: VariantReport,
	at: number,
	curve: Curve,
	across: (step: number) => number,
	up: (value: number) => number,
): string[] {
	const points = samples.map(
		({ step, measures }) =>
			[short(across(step)), short(up(curve.look(measures)))] as const,
	);
	const [first, ...rest] = points;
	if (first === undefined) return [];
	const isStep = curve.scale === "logarithmic";
	const steps = rest.map(([x, y]) => (isStep ? `H${x}V${y}` : `L${x} ${y}`));
	const line = `<path ${lineLook(at)} d="M${first.join(" ")}${steps.join("") || "h0.1"}"/>`;
	if (panic === null) return [line];
	const [x, y] = points.at(-1) as (typeof points)[number];
	const cross = `M${x - 5} ${y - 5}l10 10m0 -10l-10 10`;
	return [line, `<path class="line v${at}" stroke-width="2.4" d="${cross}"/>`];
}

const short = (coordinate: number): number => Math.round(coordinate * 10) / 10;

/** A title that fits one line. */
const clipped = (text: string): string =>
	text.length > 90 ? `${text.slice(0, 89)}…` : text;

function escaped(text: string): string {
	return text
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll('"', "&quot;");
}
