// As SVG: the frame map at a moment, one picture that stands alone.
//
//   title, what moment it is
//      0  ################....  DMA        a row is 128 cells, low addresses first
//   512K  ####................
//   4M    ....................  DMA32
//   [] slab caches  412 KiB  0.6 %  ...    legend: who, how much, which part
//
// A cell is as high as the part of its frames that is in use; free frames are the ground it stands on. Runs of equal cells are
// one piece of a path, and each look has one path, so that a picture of any machine stays small.
//
// SV1: the document stands alone: no script, no font, no picture from elsewhere.
// SV2: colours follow the reader's scheme, light or dark; without one they are the light ones. Each keeps a contrast of 3 to 1
//      against its ground, and the legend names it in words and numbers.
// [Okabe and Ito, Color Universal Design; WCAG 2.1, 1.4.11 non-text contrast]

import type { Fold } from "../fold/fold";
import type { TraceZone } from "../header";
import type { Trace } from "../trace";
import {
	type FrameCell,
	type FrameCells,
	frameCells,
	LOOK_NAMES,
	type LookName,
	ROW_CELLS,
} from "./frame-cells";
import type { Span } from "./span";

const MARGIN = 28;
const LABELS = 56; // columns of the addresses at the left
const ZONES = 80; // and of the zones' names at the right
const CELL = 6;
const QUARTER = CELL / 4;
const MAP_LEFT = MARGIN + LABELS;
const MAP_TOP = 84;
const MAP_WIDTH = ROW_CELLS * CELL;
const WIDTH = MAP_LEFT + MAP_WIDTH + ZONES + MARGIN;
const LABEL_STEP = 5; // rows of cells from one address to the next, at least
const LEGEND_COLUMNS = 3;
const LEGEND_LINE = 24;
const PAGE_BYTES = 4096;
const FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";

/** Words and colours of each look. */
export const LOOKS: Readonly<
	Record<
		LookName,
		{ readonly words: string; readonly light: string; readonly dark: string }
	>
> = {
	kernel: { words: "kernel image, boot", light: "#ad2418", dark: "#e2604f" },
	slab: { words: "slab caches", light: "#5468cf", dark: "#8fa0f0" },
	large: { words: "kmalloc of pages", light: "#0e7c86", dark: "#35b9c4" },
	table: { words: "page tables", light: "#9d228e", dark: "#d86bc9" },
	stack: { words: "kernel stacks", light: "#6b4a1f", dark: "#c39a63" },
	user: { words: "tasks", light: "#24803f", dark: "#4cc477" },
	pages: { words: "kernel pages", light: "#b06f00", dark: "#e5a93b" },
	firmware: { words: "firmware", light: "#6e6e6e", dark: "#9a9a9a" },
	pcp: { words: "free, per CPU", light: "#547891", dark: "#6d8fa8" },
	free: { words: "free", light: "#e9edf1", dark: "#20262e" },
	hole: { words: "no memory", light: "none", dark: "none" },
};

const HOLE = LOOK_NAMES.indexOf("hole");
/** Looks in the order in which they are drawn: the ground first. */
const DRAWN: readonly LookName[] = [
	"free",
	...LOOK_NAMES.filter((name) => name !== "free" && name !== "hole"),
];

/** Pieces of the document. */
export function* exportSvg(trace: Trace, { at }: Span): Generator<string> {
	const fold = trace.foldAt(at);
	const picture = frameCells(fold, trace.header);
	const head = headline(trace, fold, picture, at); // before anybody else can ask for the fold
	const legend = legendOf(picture);
	const mapBottom = MAP_TOP + picture.rows * CELL;
	const lines = Math.ceil(legend.length / LEGEND_COLUMNS);
	const height = mapBottom + 24 + lines * LEGEND_LINE + MARGIN;
	yield opening(height, titleOf(trace));
	yield style();
	yield head;
	for (const look of DRAWN) yield cellsOf(picture, look);
	yield labels(picture, trace.header.machine.zones);
	yield drawLegend(legend, mapBottom + 40);
	yield "</svg>\n";
}

function opening(height: number, title: string): string {
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title" font-family="${FONT}">`,
		`<title id="title">${escaped(title)}</title>`,
		"",
	].join("\n");
}

/** Colours of both schemes (SV2). */
function style(): string {
	const fills = (scheme: "light" | "dark") =>
		LOOK_NAMES.map((name) => `.${name}{fill:${LOOKS[name][scheme]}}`).join("");
	return [
		"<style>",
		`.paper{fill:#ffffff}.ink{fill:#1b1f24}.soft{fill:#57606a}.edge{stroke:#8c959f}${fills("light")}`,
		"@media (prefers-color-scheme: dark){",
		`.paper{fill:#0d1117}.ink{fill:#e6edf3}.soft{fill:#9da7b3}.edge{stroke:#6e7681}${fills("dark")}}`,
		"</style>",
		`<rect class="paper" width="100%" height="100%"/>`,
		"",
	].join("\n");
}

const titleOf = ({ header }: Trace): string =>
	`Physical memory${header.scenario ? ` of ${header.scenario.name}` : ""}`;

function headline(
	trace: Trace,
	{ tasks, frames }: Fold,
	{ cellFrames }: FrameCells,
	at: number,
): string {
	const { cyclesPerSecond } = trace.header;
	const cycles = Math.max(...tasks.cycles);
	const millis = ((cycles / cyclesPerSecond) * 1000).toFixed(3);
	const moment =
		at < 0
			? "before the first event"
			: `after event ${at}, tick ${tasks.tick}, ${millis} ms of simulated time`;
	const size = bytesText(frames.frames * PAGE_BYTES);
	const cell = cellFrames === 1 ? "1 frame" : `${cellFrames} frames`;
	const cut = `${size}; one cell is ${cell}, ${bytesText(cellFrames * PAGE_BYTES)}`;
	return [
		text("ink", MARGIN, 36, titleOf(trace), `font-size="19" font-weight="600"`),
		text("soft", MARGIN, 58, `${moment}; ${cut}`, `font-size="13"`),
		"",
	].join("\n");
}

/** Every cell of one look, as one path; of free ones every cell that has memory, for the others to stand on. */
function cellsOf(picture: FrameCells, look: LookName): string {
	const isGround = look === "free";
	const wanted = LOOK_NAMES.indexOf(look);
	const parts: string[] = [];
	for (let row = 0; row < picture.rows; row++)
		rowRuns(picture, row, isGround, (first, count, cell) => {
			const isShown = isGround ? cell.look !== HOLE : cell.look === wanted;
			if (isShown) parts.push(runPath(row, first, count, cell, isGround));
		});
	if (parts.length === 0) return "";
	return `<path class="${look}" d="${parts.join("")}"><title>${LOOKS[look].words}</title></path>\n`;
}

/** Visits runs of cells of a row that are equal, or, for the ground, equally memory or not. */
function rowRuns(
	{ cells }: FrameCells,
	row: number,
	isGround: boolean,
	visit: (first: number, count: number, cell: FrameCell) => void,
): void {
	const own = cells.slice(row * ROW_CELLS, (row + 1) * ROW_CELLS);
	const isSame = (one: FrameCell, other: FrameCell): boolean =>
		isGround
			? (one.look === HOLE) === (other.look === HOLE)
			: one.look === other.look && one.quarters === other.quarters;
	let first = 0;
	own.forEach((cell, at) => {
		const next = own[at + 1];
		if (next !== undefined && isSame(next, cell)) return;
		visit(first, at + 1 - first, cell);
		first = at + 1;
	});
}

function runPath(
	row: number,
	first: number,
	count: number,
	{ quarters }: FrameCell,
	isGround: boolean,
): string {
	const x = MAP_LEFT + first * CELL;
	const bottom = MAP_TOP + (row + 1) * CELL;
	const height = isGround || quarters === 0 ? CELL : quarters * QUARTER;
	return `M${x} ${bottom}v${-height}h${count * CELL}v${height}z`;
}

/** Addresses at the left, zones at the right. */
function labels(
	{ cellFrames, rows }: FrameCells,
	zones: readonly TraceZone[],
): string {
	const lines: string[] = [];
	const rowFrames = ROW_CELLS * cellFrames;
	let step = 1;
	while (step < LABEL_STEP) step *= 2;
	for (let row = 0; row < rows; row += step)
		lines.push(
			text(
				"soft",
				MAP_LEFT - 8,
				MAP_TOP + row * CELL + 9,
				addressText(row * rowFrames),
				`font-size="11" text-anchor="end"`,
			),
		);
	for (const { name, start, end } of zones) {
		if (start >= end) continue;
		const y = MAP_TOP + Math.floor(start / rowFrames) * CELL;
		lines.push(
			`<path class="edge" d="M${MAP_LEFT + MAP_WIDTH + 4} ${y + 0.5}h10"/>`,
			text("soft", MAP_LEFT + MAP_WIDTH + 18, y + 9, name, `font-size="11"`),
		);
	}
	return `${lines.join("\n")}\n`;
}

/** An entry of the legend. */
interface Entry {
	readonly look: LookName;
	readonly frames: number;
	readonly share: string;
}

function legendOf({ totals }: FrameCells): Entry[] {
	const hole = totals[LOOK_NAMES.indexOf("hole")] as number;
	const whole = totals.reduce((sum, count) => sum + count, 0) - hole;
	return LOOK_NAMES.flatMap((look, at) => {
		const frames = totals[at] as number;
		if (frames === 0 || look === "hole") return [];
		const share = `${((frames / whole) * 100).toFixed(1)} %`;
		return [{ look, frames, share }];
	});
}

function drawLegend(entries: readonly Entry[], top: number): string {
	const down = Math.ceil(entries.length / LEGEND_COLUMNS);
	const wide = (WIDTH - 2 * MARGIN) / LEGEND_COLUMNS;
	const lines = entries.flatMap(({ look, frames, share }, at) => {
		const x = MARGIN + Math.floor(at / down) * wide;
		const y = top + (at % down) * LEGEND_LINE;
		const amount = `${bytesText(frames * PAGE_BYTES)}, ${share}`;
		return [
			`<rect class="${look} edge" x="${x + 0.5}" y="${y - 10.5}" width="12" height="12" stroke-width="0.5"/>`,
			text("ink", x + 22, y, LOOKS[look].words, `font-size="13"`),
			text("soft", x + 160, y, amount, `font-size="13"`),
		];
	});
	return `${lines.join("\n")}\n`;
}

function text(
	look: "ink" | "soft",
	x: number,
	y: number,
	words: string,
	style: string,
): string {
	return `<text class="${look}" x="${x}" y="${y}" ${style}>${escaped(words)}</text>`;
}

/** Address of the frame that begins a row: 0, 512K, 3M, 5G. */
function addressText(frame: number): string {
	const kib = frame * 4;
	if (kib === 0) return "0";
	if (kib % 2 ** 20 === 0) return `${kib / 2 ** 20}G`;
	return kib % 1024 === 0 ? `${kib / 1024}M` : `${kib}K`;
}

function bytesText(bytes: number): string {
	const units = ["KiB", "MiB", "GiB"];
	let amount = bytes / 1024;
	let unit = 0;
	for (; amount >= 1024 && unit < 2; unit++) amount /= 1024;
	return `${Number(amount.toFixed(1))} ${units[unit]}`;
}

const escaped = (words: string): string =>
	words
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;");
