// The picture of physical memory: one cell for some consecutive frames, low addresses first.
//
//        0  ▁▇██·············································  DMA
//      16M  █████████▃·······································  DMA32
//           same for 12 rows
//
// A cell's colour says who has its frames, its height how many of them are in use; a dot is free, a blank is no memory.
// Without colour a letter says who. Where several share a cell, the one is shown that stands out most: frames in the
// cell against the root of its frames everywhere, so that a few page tables are not lost among many slabs.
//
// G1: frames in a cell and cells in a row are powers of two, so a free block of the buddy allocator is whole cells or
//     a part of one, and rows begin at round addresses.

import type { Terminal } from "../terminal";
import { heightBlock } from "./bars";
import { isIdle, LOOK_INDEX, LOOKS, type Look } from "./palette";
import type { FrameRun, ZoneReport } from "./report";
import { bytesText, counted, pad, percent, table, width } from "./text";

const ROWS_MAX = 16; // rows of cells before the cells get coarser
const LABEL_COLUMNS = 7; // the address, and two spaces
const ZONE_COLUMNS = 8; // two spaces, and the zone's name at the right
const REPEATS_MIN = 3; // so many equal rows become one line
const PAGE_BYTES = 4096;
const USES = LOOKS.length;

type ZoneStart = Pick<ZoneReport, "name" | "startFrame">;

/** What a map is drawn from; a BootReport has all of it. */
export interface MappedMemory {
	readonly frames: readonly FrameRun[];
	readonly machine: { readonly frameCount: number };
	/** By rising address. */
	readonly zones: readonly ZoneStart[];
}

/** How a machine is cut into cells. */
export interface MapPlan {
	readonly cellFrames: number;
	readonly rowCells: number;
	readonly rows: number;
}

/** One cell: who is shown, and the share of its frames that is in use. */
export interface Cell {
	readonly look: Look;
	readonly usedShare: number;
}

/** The finest cut of `frameCount` frames that fits `columns` columns and ROWS_MAX rows. */
export function planMap(frameCount: number, columns: number): MapPlan {
	const room = columns - LABEL_COLUMNS - ZONE_COLUMNS;
	let rowCells = 16;
	while (rowCells * 2 <= room) rowCells *= 2;
	let cellFrames = 1;
	while (rowCells * cellFrames * ROWS_MAX < frameCount) cellFrames *= 2;
	const rows = Math.ceil(frameCount / (rowCells * cellFrames));
	return { cellFrames, rowCells, rows };
}

/** Frames by use: `totals[LOOK_INDEX[use]]`. */
export function framesByUse(frames: readonly FrameRun[]): number[] {
	const totals = new Array<number>(USES).fill(0);
	for (const { use, count } of frames) {
		const index = LOOK_INDEX[use];
		totals[index] = (totals[index] as number) + count;
	}
	return totals;
}

/** The cells of the whole machine, row after row. */
export function cellsOf(frames: readonly FrameRun[], plan: MapPlan): Cell[] {
	const counts = countByCell(frames, plan);
	const totals = framesByUse(frames);
	const cells: Cell[] = [];
	for (let cell = 0; cell < plan.rows * plan.rowCells; cell++) {
		const own = counts.subarray(cell * USES, (cell + 1) * USES);
		cells.push(judgeCell(own, totals));
	}
	return cells;
}

/** Frames of each use in each cell: `counts[cell * USES + LOOK_INDEX[use]]`. */
function countByCell(frames: readonly FrameRun[], plan: MapPlan): Int32Array {
	const counts = new Int32Array(plan.rows * plan.rowCells * USES);
	for (const { start, count, use } of frames) {
		let frame = start;
		while (frame < start + count) {
			const cell = Math.floor(frame / plan.cellFrames);
			const end = Math.min(start + count, (cell + 1) * plan.cellFrames);
			const slot = cell * USES + LOOK_INDEX[use];
			counts[slot] = (counts[slot] as number) + end - frame;
			frame = end;
		}
	}
	return counts;
}

function judgeCell(counts: Int32Array, totals: readonly number[]): Cell {
	let best = LOOK_INDEX.hole;
	let bestWeight = 0;
	let used = 0;
	let present = 0;
	for (let index = 0; index < USES; index++) {
		const count = counts[index] as number;
		const look = LOOKS[index] as Look;
		if (count === 0 || look.use === "hole") continue;
		present += count;
		if (!isIdle(look.use)) used += count;
		const weight = weightOf(look, count, totals[index] as number);
		if (weight <= bestWeight) continue;
		best = index;
		bestWeight = weight;
	}
	return {
		look: LOOKS[best] as Look,
		usedShare: present === 0 ? 0 : used / present,
	};
}

/** How much a use stands out in a cell. Whatever is in use outweighs whatever is free. */
function weightOf(look: Look, count: number, total: number): number {
	if (isIdle(look.use)) return count * 1e-9;
	return count / Math.sqrt(total);
}

/** Lines of the map: what it is, the rows, the legend. */
export function drawMap(report: MappedMemory, terminal: Terminal): string[] {
	const { frames, machine, zones } = report;
	const plan = planMap(machine.frameCount, terminal.columns);
	return [
		mapTitle(report, plan, terminal),
		"",
		...drawRows(cellsOf(frames, plan), plan, zones, terminal),
		"",
		...drawLegend(frames, terminal),
	];
}

function mapTitle(
	{ machine }: MappedMemory,
	plan: MapPlan,
	{ paint, colour }: Terminal,
): string {
	const cell = `one cell is ${counted(plan.cellFrames, "frame")}, ${bytesText(plan.cellFrames * PAGE_BYTES)}`;
	const how = colour ? "; its height is the part in use" : "";
	const size = bytesText(machine.frameCount * PAGE_BYTES);
	return `${paint.bold("Memory")}  ${size}  ${paint.dim(`${cell}${how}`)}`;
}

function drawRows(
	cells: readonly Cell[],
	plan: MapPlan,
	zones: readonly ZoneStart[],
	terminal: Terminal,
): string[] {
	const lines: string[] = [];
	let row = 0;
	while (row < plan.rows) {
		lines.push(drawRow(row, cells, plan, zones, terminal));
		const same = repeatsAfter(row, cells, plan, zones);
		if (same >= REPEATS_MIN) {
			const note = `same for ${counted(same, "row")}`;
			lines.push(" ".repeat(LABEL_COLUMNS) + terminal.paint.dim(note));
			row += same;
		}
		row++;
	}
	return lines;
}

function drawRow(
	row: number,
	cells: readonly Cell[],
	plan: MapPlan,
	zones: readonly ZoneStart[],
	terminal: Terminal,
): string {
	const rowFrames = plan.rowCells * plan.cellFrames;
	const label = addressText(row * rowFrames);
	const own = cells.slice(row * plan.rowCells, (row + 1) * plan.rowCells);
	const picture = drawCells(own, terminal);
	const address = terminal.paint.dim(pad(label, LABEL_COLUMNS - 2, "right"));
	const zone = zoneNameAt(row, plan, zones);
	const isNew = row === 0 || zone !== zoneNameAt(row - 1, plan, zones);
	const name = terminal.paint.dim(isNew ? zone : "");
	return `${address}  ${picture}  ${name}`.trimEnd();
}

/** Address of a frame that begins a row, exactly: 0, 512K, 1152M, 3G. */
function addressText(frame: number): string {
	const kib = frame * 4;
	if (kib === 0) return "0";
	if (kib % 2 ** 20 === 0) return `${kib / 2 ** 20}G`;
	return kib % 1024 === 0 ? `${kib / 1024}M` : `${kib}K`;
}

/** Name of the zone that the first frame of `row` is in; the first zone for row 0. */
function zoneNameAt(
	row: number,
	plan: MapPlan,
	zones: readonly ZoneStart[],
): string {
	const start = row * plan.rowCells * plan.cellFrames;
	const begun = zones.filter(({ startFrame }) => startFrame <= start);
	return (begun.at(-1) ?? zones[0])?.name ?? "";
}

/** How many rows after `row` are the same to the eye: one look everywhere, in one zone. */
function repeatsAfter(
	row: number,
	cells: readonly Cell[],
	plan: MapPlan,
	zones: readonly ZoneStart[],
): number {
	const first = cells[row * plan.rowCells] as Cell;
	const zone = zoneNameAt(row, plan, zones);
	let next = row;
	while (next < plan.rows) {
		const own = cells.slice(next * plan.rowCells, (next + 1) * plan.rowCells);
		if (!own.every((cell) => isSame(cell, first))) break;
		if (zoneNameAt(next, plan, zones) !== zone) break;
		next++;
	}
	return Math.max(0, next - row - 1);
}

function isSame(one: Cell, other: Cell): boolean {
	return one.look === other.look && one.usedShare === other.usedShare;
}

/** Cells side by side; neighbours of one colour share one colour sequence. */
function drawCells(cells: readonly Cell[], terminal: Terminal): string {
	let line = "";
	let index = 0;
	while (index < cells.length) {
		const { look } = cells[index] as Cell;
		let glyphs = "";
		while (cells[index]?.look === look) {
			glyphs += glyphOf(cells[index] as Cell, terminal);
			index++;
		}
		line += paintLook(look, glyphs, terminal);
	}
	return line;
}

function glyphOf({ look, usedShare }: Cell, { colour }: Terminal): string {
	if (!colour) return look.letter;
	if (look.use === "hole") return " ";
	if (look.use === "free") return "·";
	if (look.use === "pcp") return ":";
	return heightBlock(usedShare);
}

function paintLook(look: Look, text: string, { paint }: Terminal): string {
	return look.use === "free" ? paint.dim(text) : paint.hex(look.colour)(text);
}

/** What the colours mean, with the size, the frames and the part of the whole of each. */
function drawLegend(frames: readonly FrameRun[], terminal: Terminal): string[] {
	const totals = framesByUse(frames);
	const holes = totals[LOOK_INDEX.hole] as number;
	const whole = totals.reduce((sum, count) => sum + count, 0) - holes;
	const entries = LOOKS.flatMap((look, index) => {
		const count = totals[index] as number;
		if (count === 0 || look.use === "hole") return [];
		return [legendEntry(look, count, whole, terminal)];
	});
	const wide = legendLines(entries, 2);
	const fits = wide.every((line) => width(line) <= terminal.columns);
	return fits ? wide : legendLines(entries, 1);
}

/** The legend's entries in `across` columns, filled downwards. */
function legendLines(entries: readonly string[][], across: number): string[] {
	const down = Math.ceil(entries.length / across);
	const rows = entries.slice(0, down).map((entry, row) => {
		const right = across === 1 ? undefined : entries[row + down];
		return right === undefined ? entry : [...entry, "  ", ...right];
	});
	const entry = ["left", "left", "right", "right", "right"] as const;
	const sides = [...entry, "left" as const, ...entry];
	const used = sides.slice(0, across * 6 - 1);
	const columns = used.map((side) => ({ head: "", side }));
	return table(columns, rows)
		.slice(1)
		.map((line) => `  ${line}`);
}

function legendEntry(
	look: Look,
	count: number,
	whole: number,
	terminal: Terminal,
): string[] {
	const swatch = glyphOf({ look, usedShare: 1 }, terminal);
	return [
		paintLook(look, swatch, terminal),
		look.words,
		bytesText(count * PAGE_BYTES),
		counted(count, "frame"),
		percent(count, whole),
	];
}
