// Two moments against each other, signed: free blocks, uses of frames, caches, call sites, moves.
//
//   Difference  from event 100 to event 900
//     128 frames came into use, 64 went, 3 changed hands; ...
//   Free blocks
//     zone   0   1   2  ...  free
//     DMA32  +2      -1      -512
//
// DD1: what did not change is left out; where nothing did, one sentence says so.

import type {
	CacheDifference,
	Difference,
	Move,
	SiteDifference,
	TaskDifference,
	ZoneDifference,
} from "../../../kernel/trace/ask/diff";
import type { Terminal } from "../../terminal";
import { counted, grouped } from "../text";
import {
	left,
	momentText,
	right,
	signed,
	signedBytes,
	title,
	titled,
	trafficText,
} from "./titled";

const ROWS_MAX = 20;
const MOVES_MAX = 8; // of each kind

/** Everything that changed. */
export function drawDiff(data: Difference, terminal: Terminal): string[] {
	const { a, b, frames, objects } = data;
	const note = `from ${momentText(a)} to ${momentText(b)}`;
	const sections = [
		...drawZones(data.zones, terminal),
		...drawUses(data, terminal),
		...drawCacheChanges(data.caches, terminal),
		...drawTasks(data.tasks, terminal),
		...drawSites(data.sites, terminal),
		...drawMoves(data, terminal),
	];
	const head = title("Difference", note, terminal);
	if (sections.length === 0) return [head, "  nothing changed"];
	return [
		head,
		`  ${counted(frames.came, "frame")} came into use, ${grouped(frames.went)} became free, ${grouped(frames.changed)} changed hands`,
		`  objects: ${trafficText(objects.came.count, objects.came.bytes)} came, ${trafficText(objects.went.count, objects.went.bytes)} went`,
		...sections,
	];
}

function drawZones(
	zones: readonly ZoneDifference[],
	terminal: Terminal,
): string[] {
	const changed = zones.filter(
		({ free, waiting, orders }) =>
			free.change !== 0 ||
			waiting.change !== 0 ||
			orders.some(({ change }) => change !== 0),
	);
	if (changed.length === 0) return [];
	const orders = changed[0]?.orders ?? [];
	const columns = [
		left("zone"),
		...orders.map((_, order) => right(String(order))),
		right("free"),
		right("per CPU"),
	];
	const rows = changed.map((zone) => [
		zone.zone,
		...zone.orders.map(({ change }) => signed(change)),
		signed(zone.free.change),
		signed(zone.waiting.change),
	]);
	const head = title(
		"Free blocks",
		"by order; free and per CPU in pages",
		terminal,
	);
	return titled(head, columns, rows, ROWS_MAX, terminal);
}

function drawUses({ uses }: Difference, terminal: Terminal): string[] {
	const changed = uses.filter(({ change }) => change !== 0);
	if (changed.length === 0) return [];
	const columns = [
		left("use"),
		right("before"),
		right("after"),
		right("change"),
	];
	const rows = changed.map(({ use, before, after, change }) => [
		use,
		grouped(before),
		grouped(after),
		signed(change),
	]);
	const head = title("Frames", "by what they are used for", terminal);
	return titled(head, columns, rows, ROWS_MAX, terminal);
}

function drawCacheChanges(
	caches: readonly CacheDifference[],
	terminal: Terminal,
): string[] {
	if (caches.length === 0) return [];
	const columns = [
		left("cache"),
		right("slabs"),
		right("in use"),
		right("objects"),
		right("pages"),
		left(""),
	];
	const rows = caches.map(({ name, slabs, active, total, frames, fate }) => [
		name,
		signed(slabs.change),
		signed(active.change),
		signed(total.change),
		signed(frames.change),
		fate === "stayed" ? "" : fate === "came" ? "made" : "destroyed",
	]);
	return titled(
		title("Caches", "", terminal),
		columns,
		rows,
		ROWS_MAX,
		terminal,
	);
}

function drawTasks(
	tasks: readonly TaskDifference[],
	terminal: Terminal,
): string[] {
	if (tasks.length === 0) return [];
	const columns = [
		left("task"),
		right("before"),
		right("after"),
		right("change"),
	];
	const rows = tasks.map(({ pid, name, pages }) => [
		`${name} (pid ${pid})`,
		grouped(pages.before),
		grouped(pages.after),
		signed(pages.change),
	]);
	const head = title("Tasks", "pages of their memory", terminal);
	return titled(head, columns, rows, ROWS_MAX, terminal);
}

function drawSites(
	sites: readonly SiteDifference[],
	terminal: Terminal,
): string[] {
	if (sites.length === 0) return [];
	const columns = [
		right("bytes"),
		right("came"),
		right("went"),
		left("call site"),
	];
	const rows = sites.map(({ bytes, came, went, name }) => [
		signedBytes(bytes),
		signed(came.count),
		signed(-went.count),
		name,
	]);
	const head = title("Call sites", "objects and pages in use", terminal);
	return titled(head, columns, rows, ROWS_MAX, terminal);
}

function drawMoves(
	{ moves, moveCounts }: Difference,
	terminal: Terminal,
): string[] {
	const total = Object.values(moveCounts).reduce(
		(sum, count) => sum + count,
		0,
	);
	if (total === 0) return [];
	const note = Object.entries(moveCounts)
		.filter(([, count]) => count > 0)
		.map(([what, count]) => counted(count, what))
		.join(", ");
	const shown = Object.keys(moveCounts).flatMap((kind) =>
		moves.filter(({ what }) => what === kind).slice(0, MOVES_MAX),
	);
	const hidden = total - shown.length;
	return [
		title("Moved or resized", note, terminal),
		...shown.map((move) => `  ${moveText(move)}`),
		...(hidden > 0 ? [`  ${terminal.paint.dim(`and ${hidden} more`)}`] : []),
	];
}

const moveText = ({ what, frame, name, before, after }: Move): string =>
	`${what} at frame ${frame}${name === "" ? "" : ` (${name})`}: ${before} -> ${after}`;
