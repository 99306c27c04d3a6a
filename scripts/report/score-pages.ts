// What a score says about pages: same frames, movements between lists, what lay where at the snapshots.
//
//   Same frame   by order and migratetype, and how the share went with time
//   Lists        refills, drains, fallbacks
//   State        one line for each snapshot
//   Free blocks  the orders that differ most at the snapshot that differs most
//   Frames       state there by state here, at the last snapshot that tells
//
// Each function returns finished lines, its title first, or no line at all where there is nothing to tell.

import {
	FRAME_STATES,
	type FramesScore,
} from "../../kernel/replay/score/frame-states";
import type { ListRow } from "../../kernel/replay/score/lists";
import { errorOf, sumPairs } from "../../kernel/replay/score/pair";
import type { Score } from "../../kernel/replay/score/score";
import type { BlockRow, StateScore } from "../../kernel/replay/score/state";
import type { Terminal } from "../terminal";
import { bar, spark } from "./bars";
import {
	apartCell,
	apartText,
	CAUSE_COLUMNS,
	causeCells,
	errorText,
	GOOD_COLOUR,
	left,
	moreText,
	pairCells,
	ROWS_SHOWN,
	right,
	rightText,
	section,
} from "./score-table";
import { counted, grouped } from "./text";

const SLICES_SHOWN = 48;
const BAR_COLUMNS = 20;

/** How many page allocations got the recorded frame, by order and type, and how that went with time. */
export function drawAllocations(
	{
		count,
		same,
		share,
		orders,
		types,
		slices,
	}: NonNullable<Score["allocations"]>,
	terminal: Terminal,
): string[] {
	const columns = [
		left("of"),
		right("allocated"),
		right("same frame"),
		right("share"),
		left(""),
	];
	const named = [
		...orders.map((row) => ({ ...row, name: `order ${row.order}` })),
		...types.map((row) => ({ ...row, name: row.type })),
	];
	const rows = named.map((row) => [
		row.name,
		grouped(row.count),
		grouped(row.same),
		rightText(row.share),
		bar(row.share ?? 0, BAR_COLUMNS, terminal, GOOD_COLOUR),
	]);
	const note = `${grouped(same)} of ${grouped(count)}, ${rightText(share)}`;
	const shares = slices.map((slice) => slice.share ?? 0);
	const more = slices.length > 1 ? developmentText(shares, terminal) : "";
	return section("Same frame", note, columns, rows, terminal, [more]);
}

/** The shares of all slices, as a picture and in words: how it began and how it ended. */
function developmentText(
	shares: readonly number[],
	{ colour }: Terminal,
): string {
	const first = rightText(shares[0] as number);
	const last = rightText(shares.at(-1) as number);
	const words = `from ${first} at the start to ${last} at the end`;
	const step = Math.ceil(shares.length / SLICES_SHOWN);
	const shown = shares.filter((_, index) => index % step === 0);
	return colour ? `${spark(shown)}  ${words}` : words;
}

/** How pages moved between zones, lists and types. */
export function drawLists(
	rows: readonly ListRow[],
	terminal: Terminal,
): string[] {
	const columns = [
		left("event"),
		right("there"),
		right("here"),
		right("+/-"),
		right("equal in all"),
		right("share"),
	];
	const cells = rows.map((row) => [
		row.event,
		...pairCells(row, terminal),
		grouped(row.equal),
		rightText(row.share),
	]);
	const note = "pages between zones, per-CPU lists and types";
	return section("Lists", note, columns, cells, terminal);
}

/** One line for each snapshot. */
export function drawStates(
	states: readonly StateScore[],
	terminal: Terminal,
): string[] {
	if (states.length === 0) return [];
	const columns = [
		left("snapshot"),
		right("free pages"),
		right("here"),
		right("apart"),
		right("blocks apart"),
		right("error"),
		right("frames alike"),
		right("by type"),
		right("on CPUs"),
	];
	const rows = states.map((state) => stateRow(state, terminal));
	const note = "apart is over all zones and orders, types, CPUs";
	const unknown = states.filter(({ isKnown }) => !isKnown).length;
	const more =
		unknown > 0
			? `free pages are not judged at ${counted(unknown, "snapshot")}: not every page event is known`
			: "";
	return section("State", note, columns, rows, terminal, [more]);
}

function stateRow(state: StateScore, terminal: Terminal): string[] {
	const { zones, blocks, types, cpus, frames } = state;
	const free = zones && sumPairs(zones.map(({ pages }) => pages));
	return [
		state.snapshot,
		free ? grouped(free.recorded) : "-",
		free ? grouped(free.ours) : "-",
		free ? apartCell(free.apart, terminal) : "-",
		blocks ? apartCell(blocks.sum.apart, terminal) : "-",
		errorText(blocks?.sum.error ?? null),
		rightText(frames?.alikeShare ?? null),
		types ? apartCell(types.sum.apart, terminal) : "-",
		cpus ? apartCell(sumPairs(cpus).apart, terminal) : "-",
	];
}

/** The orders that differ most at the snapshot that differs most. */
export function drawFreeBlocks(
	states: readonly StateScore[],
	terminal: Terminal,
	rowsShown = ROWS_SHOWN,
): string[] {
	const worst = states
		.filter(({ blocks }) => blocks && blocks.rows.length > 0)
		.sort((one, other) => blocksApart(other) - blocksApart(one))[0];
	if (!worst?.blocks) return [];
	const { rows, sum } = worst.blocks;
	const columns = [
		left("zone"),
		right("order"),
		right("there"),
		right("here"),
		right("+/-"),
		right("error"),
		...CAUSE_COLUMNS,
	];
	const shown = rows.slice(0, rowsShown);
	const cells = shown.map((row) => blockCells(row, terminal));
	const more = moreText(rows.length, shown.length, sum.count);
	const note = `at ${worst.snapshot}, apart ${apartText(sum)}`;
	return section("Free blocks", note, columns, cells, terminal, [more]);
}

const blocksApart = ({ blocks }: StateScore): number => blocks?.sum.apart ?? 0;

function blockCells(row: BlockRow, terminal: Terminal): string[] {
	return [
		row.zone,
		String(row.order ?? ""),
		...pairCells(row, terminal),
		errorText(errorOf(row)),
		...causeCells(row.causes, terminal),
	];
}

/** What each frame is there and here, at the last snapshot that tells. */
export function drawFrames(
	states: readonly StateScore[],
	terminal: Terminal,
): string[] {
	const last = states.filter(({ frames }) => frames).at(-1);
	if (!last?.frames) return [];
	const { paint } = terminal;
	const { counts, frames, alike, own } = last.frames;
	const columns = [left("there, here:"), ...FRAME_STATES.map(right)];
	const rows = FRAME_STATES.map((state, row) => [
		state,
		...FRAME_STATES.map((_, column) => {
			const count = counts[row]?.[column] as number;
			if (count === 0) return paint.dim("·");
			return row === column ? paint.bold(grouped(count)) : grouped(count);
		}),
	]);
	const note = `at ${last.snapshot}, ${grouped(alike)} of ${grouped(frames - own)} alike${ownText(last.frames)}`;
	return section("Frames", note, columns, rows, terminal);
}

const ownText = ({ own }: FramesScore): string =>
	own === 0 ? "" : `, ${grouped(own)} more for our own books`;
