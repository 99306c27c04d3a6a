// What a score says about caches: geometry, slabs made and freed, slabs and objects held.
//
//   Geometry  all 1,383 numbers of 150 caches and 5 zones are equal
//   Slabs     all caches, by order, the caches that differ most
//   slabinfo  one line for each snapshot, then the caches that differ most at the last one
//
// Each function returns finished lines, its title first, or no line at all where there is nothing to tell.

import type {
	GeometryDifference,
	GeometryScore,
} from "../../kernel/replay/score/geometry";
import type { Pair } from "../../kernel/replay/score/pair";
import type { SlabinfoScore } from "../../kernel/replay/score/slabinfo";
import type { SlabsScore } from "../../kernel/replay/score/slabs";
import type { Terminal } from "../terminal";
import {
	apartCell,
	apartText,
	CAUSE_COLUMNS,
	causeCells,
	errorText,
	left,
	moreText,
	pairCells,
	ROWS_SHOWN,
	right,
	rightText,
	section,
	signed,
} from "./score-table";
import { counted, grouped } from "./text";

/** What of caches and zones is another number. */
export function drawGeometry(
	{ caches, cacheLists, zones }: GeometryScore,
	terminal: Terminal,
	rowsShown = ROWS_SHOWN,
): string[] {
	const parts = [caches, zones, cacheLists];
	const differences = parts.flatMap((part) => part.differences);
	const numbers = parts.reduce((sum, part) => sum + part.numbers, 0);
	const what = `${grouped(numbers)} numbers of ${counted(caches.subjects, "cache")} and ${counted(zones.subjects, "zone")}`;
	const equal = numbers - differences.length;
	const note =
		differences.length === 0
			? `all ${what} are equal`
			: `${grouped(equal)} of ${what} are equal`;
	const columns = [
		left("of"),
		left("number"),
		right("there"),
		right("here"),
		right("+/-"),
	];
	const shown = differences.slice(0, rowsShown);
	const rows = shown.map((row) => geometryRow(row, terminal));
	const more =
		differences.length === 0
			? ""
			: moreText(differences.length, shown.length, numbers);
	return section("Geometry", note, columns, rows, terminal, [more]);
}

function geometryRow(
	{ subject, what, recorded, ours }: GeometryDifference,
	terminal: Terminal,
): string[] {
	if (ours === null) return [subject, what, grouped(recorded), "none", ""];
	return [subject, what, ...pairCells({ recorded, ours }, terminal)];
}

/** New and freed slabs: all, by order, and the caches that differ most. */
export function drawSlabs(
	{ made, freed, orders, caches, rows, causes }: SlabsScore,
	terminal: Terminal,
	rowsShown = ROWS_SHOWN,
): string[] {
	const columns = [
		left("cache"),
		right("new"),
		right("here"),
		right("+/-"),
		right("freed"),
		right("here"),
		right("+/-"),
		...CAUSE_COLUMNS,
	];
	const line = (name: string, one: Pair, other: Pair): string[] => [
		name,
		...pairCells(one, terminal),
		...pairCells(other, terminal),
	];
	const shown = rows.slice(0, rowsShown);
	const cells = [
		[...line("all caches", made, freed), ...causeCells(causes, terminal)],
		...orders.map((row) => line(`order ${row.order}`, row.made, row.freed)),
		...shown.map((row) => [
			...line(row.cache, row.made, row.freed),
			...causeCells(row.causes, terminal),
		]),
	];
	const note = `new ones apart ${apartText(made)}, freed ones ${apartText(freed)}`;
	const close = `new ones of ${rightText(made.withinTolerance)} of the caches within 2 %, of ${rightText(made.withinOne)} within one slab`;
	const more = moreText(rows.length, shown.length, caches);
	return section("Slabs", note, columns, cells, terminal, [close, more]);
}

/** Slabs and objects at each snapshot, and the caches that differ most at the last one. */
export function drawSlabinfo(
	snapshots: readonly SlabinfoScore[],
	terminal: Terminal,
	rowsShown = ROWS_SHOWN,
): string[] {
	const last = snapshots.at(-1);
	if (!last) return [];
	const note = "slabs and objects held; apart is over all caches";
	return [
		...section(
			"slabinfo",
			note,
			SNAPSHOT_COLUMNS,
			snapshots.map((row) => snapshotRow(row, terminal)),
			terminal,
			[onlyText(last)],
		),
		...slabinfoRows(last, terminal, rowsShown),
	];
}

const SNAPSHOT_COLUMNS = [
	left("snapshot"),
	right("slabs there"),
	right("here"),
	right("apart"),
	right("error"),
	right("of change"),
	right("objects apart"),
	right("active apart"),
];

function snapshotRow(
	{ snapshot, now, changes }: SlabinfoScore,
	terminal: Terminal,
): string[] {
	return [
		snapshot,
		grouped(now.slabs.recorded),
		grouped(now.slabs.ours),
		apartCell(now.slabs.apart, terminal),
		errorText(now.slabs.error),
		changes ? errorText(changes.slabs.error) : "",
		apartCell(now.objects.apart, terminal),
		apartCell(now.activeObjects.apart, terminal),
	];
}

function onlyText({ onlyRecorded, onlyOurs }: SlabinfoScore): string {
	const texts = [];
	if (onlyRecorded.length > 0)
		texts.push(`${counted(onlyRecorded.length, "cache")} only there`);
	if (onlyOurs.length > 0)
		texts.push(`${counted(onlyOurs.length, "cache")} only here`);
	return texts.join(", ");
}

function slabinfoRows(
	{ snapshot, caches, rows }: SlabinfoScore,
	terminal: Terminal,
	rowsShown: number,
): string[] {
	if (rows.length === 0) return [];
	const columns = [
		left(`at ${snapshot}`),
		right("slabs there"),
		right("here"),
		right("+/-"),
		right("objects"),
		...CAUSE_COLUMNS,
	];
	const shown = rows.slice(0, rowsShown);
	const cells = shown.map(({ cache, slabs, objects, causes }) => [
		cache,
		...pairCells(slabs, terminal),
		signed(objects, terminal),
		...causeCells(causes, terminal),
	]);
	const more = moreText(rows.length, shown.length, caches);
	return ["", ...section("", "", columns, cells, terminal, [more]).slice(1)];
}
