// The tables under the memory map: free blocks by order, busiest caches, tasks, counters, expectations.
//
// Each function returns finished lines, its title first, or no line at all where there is nothing to tell.

import type { Terminal } from "../terminal";
import { bar, spark } from "./bars";
import { colourOf } from "./palette";
import type {
	BootReport,
	CacheReport,
	ExpectationReport,
	TaskReport,
	ZoneReport,
} from "./report";
import {
	bytesText,
	type Column,
	counted,
	grouped,
	pad,
	pagesText,
	percent,
	table,
	timeText,
	width,
} from "./text";

const CACHES_SHOWN = 10;
const TASKS_SHOWN = 16;
const BAR_COLUMNS = 10;
const FREE_COLOUR = colourOf("pcp");
const USED_COLOUR = colourOf("slab");
const HELD_COLOUR = colourOf("user");
const FAILED_COLOUR = colourOf("kernel");

/** Counters worth a glance, in this order; what is 0 or unknown is left out. */
const COUNTERS: readonly string[] = [
	"pgalloc_dma",
	"pgalloc_dma32",
	"pgalloc_normal",
	"pgfree",
	"pgfault",
	"allocstall_dma",
	"allocstall_dma32",
	"allocstall_normal",
	"nr_free_pages",
	"nr_slab_reclaimable",
	"nr_slab_unreclaimable",
	"nr_page_table_pages",
	"nr_kernel_stack",
	"nr_anon_pages",
	"nr_tlb_remote_flush",
	"nr_tlb_remote_flush_received",
	"nr_tlb_local_flush_all",
	"nr_tlb_local_flush_one",
];

function left(head: string): Column {
	return { head, side: "left" };
}

function right(head: string): Column {
	return { head, side: "right" };
}

/** A title and a table below it, the head of the table dimmed, everything indented by two. */
function section(
	title: string,
	note: string,
	lines: readonly string[],
	{ paint }: Terminal,
): string[] {
	const [head, ...rows] = lines;
	const titled = `${paint.bold(title)}  ${paint.dim(note)}`.trimEnd();
	return [
		titled,
		`  ${paint.dim(head ?? "")}`,
		...rows.map((row) => `  ${row}`),
	];
}

/** Size of a block of 2^order pages in three columns at most: 4K, 512K, 4M. */
function blockSize(order: number): string {
	const kib = 4 * 2 ** order;
	return kib < 1024 ? `${kib}K` : `${kib / 1024}M`;
}

/** Free blocks of each zone by order, and in which orders the free memory is. */
export function drawBlocks(
	zones: readonly ZoneReport[],
	terminal: Terminal,
): string[] {
	const present = zones.filter(({ managedPages }) => managedPages > 0);
	const orders = Math.max(0, ...present.map((zone) => zone.freeByOrder.length));
	if (orders === 0) return [];
	const sizes = Array.from({ length: orders }, (_, order) => blockSize(order));
	const columns = [
		left("zone"),
		...sizes.map(right),
		right("free"),
		right("of zone"),
	];
	const rows = present.map((zone) => blocksRow(zone, terminal));
	const pictured = table(
		[...columns, left("bytes by size")],
		present.map((zone, index) => [
			...(rows[index] as string[]),
			terminal.paint.hex(FREE_COLOUR)(spark(freePagesByOrder(zone))),
		]),
	);
	const fits = pictured.every((line) => width(line) + 2 <= terminal.columns);
	const lines = terminal.colour && fits ? pictured : table(columns, rows);
	const note = "blocks of each size on the buddy lists";
	return section("Free blocks", note, lines, terminal);
}

function freePagesByOrder({ freeByOrder }: ZoneReport): number[] {
	return freeByOrder.map((count, order) => count * 2 ** order);
}

function blocksRow(zone: ZoneReport, { paint }: Terminal): string[] {
	return [
		zone.name,
		...zone.freeByOrder.map((count) =>
			count === 0 ? paint.dim("·") : String(count),
		),
		pagesText(zone.freePages),
		percent(zone.freePages, zone.managedPages),
	];
}

/** The caches that made most slabs, how full they are and what they waste. */
export function drawCaches(
	caches: readonly CacheReport[],
	terminal: Terminal,
): string[] {
	const busiest = [...caches]
		.filter(({ slabs }) => slabs > 0)
		.sort(
			(one, other) =>
				other.slabsMade - one.slabsMade ||
				other.activeObjects - one.activeObjects ||
				(one.name < other.name ? -1 : 1),
		)
		.slice(0, CACHES_SHOWN);
	if (busiest.length === 0) return [];
	const columns = [
		left("cache"),
		right("size"),
		right("live"),
		right("total"),
		left("in use"),
		right("slabs"),
		right("made"),
		right("waste"),
	];
	const rows = busiest.map((cache) => cacheRow(cache, terminal));
	const lines = table(columns, rows);
	return section("Busiest caches", cachesNote(caches), lines, terminal);
}

function cachesNote(caches: readonly CacheReport[]): string {
	const filled = caches.filter(({ slabs }) => slabs > 0).length;
	const pages = caches.reduce((sum, cache) => sum + cache.pages, 0);
	const waste = caches.reduce((sum, cache) => sum + cache.wasteBytes, 0);
	const part = percent(waste, pages * 4096);
	return `${counted(filled, "cache")} with slabs hold ${bytesText(pages * 4096)}, of which ${part} is waste`;
}

function cacheRow(cache: CacheReport, terminal: Terminal): string[] {
	const share =
		cache.totalObjects === 0 ? 0 : cache.activeObjects / cache.totalObjects;
	return [
		cache.name,
		String(cache.slotBytes),
		grouped(cache.activeObjects),
		grouped(cache.totalObjects),
		bar(share, BAR_COLUMNS, terminal, USED_COLOUR),
		grouped(cache.slabs),
		grouped(cache.slabsMade),
		bytesText(cache.wasteBytes),
	];
}

/** Tasks in the order of their numbers. */
export function drawTasks(
	tasks: readonly TaskReport[],
	terminal: Terminal,
): string[] {
	if (tasks.length === 0) return [];
	const shown = tasks.slice(0, TASKS_SHOWN);
	const columns = [right("pid"), left("name"), left("state"), right("time")];
	if (shown.some((task) => task.residentPages > 0))
		columns.push(right("memory"));
	const lines = table(columns, shown.map(taskRow));
	const hidden = tasks.length - shown.length;
	if (hidden > 0) lines.push(terminal.paint.dim(`and ${hidden} more`));
	const alive = tasks.filter(({ exitCode }) => exitCode === null).length;
	const note = `${alive} alive, ${tasks.length - alive} exited`;
	return section("Tasks", note, lines, terminal);
}

function taskRow(task: TaskReport): string[] {
	return [
		String(task.pid),
		task.name,
		task.exitCode === null ? task.state : `exited ${task.exitCode}`,
		timeText(task.nanoseconds),
		task.residentPages === 0 ? "" : bytesText(task.residentPages * 4096),
	];
}

/** The counters of /proc/vmstat that moved, as many beside each other as fit. */
export function drawCounters(
	counters: Readonly<Record<string, number>>,
	terminal: Terminal,
): string[] {
	const entries = COUNTERS.flatMap((name): [string, string][] => {
		const value = counters[name] ?? 0;
		return value === 0 ? [] : [[name, grouped(value)]];
	});
	if (entries.length === 0) return [];
	const { paint } = terminal;
	const names = Math.max(...entries.map(([name]) => width(name)));
	const values = Math.max(...entries.map(([, value]) => width(value)));
	const cells = entries.map(
		([name, value]) =>
			`${paint.dim(pad(name, names))}  ${pad(value, values, "right")}`,
	);
	const across = Math.max(
		1,
		Math.floor((terminal.columns + 2) / (names + values + 6)),
	);
	const down = Math.ceil(cells.length / across);
	const lines = Array.from({ length: down }, (_, row) =>
		cells.filter((_, index) => index % down === row).join("    "),
	);
	return [
		`${paint.bold("Counters")}  ${paint.dim("as in /proc/vmstat")}`,
		...lines.map((line) => `  ${line}`),
	];
}

/** Each expectation, held or not; what failed says what was found. */
export function drawExpectations(
	expectations: readonly ExpectationReport[],
	terminal: Terminal,
): string[] {
	if (expectations.length === 0) return [];
	const { paint } = terminal;
	const held = expectations.filter((expectation) => expectation.held).length;
	const note =
		held === expectations.length
			? `all ${held} held`
			: `${held} of ${expectations.length} held`;
	return [
		`${paint.bold("Expectations")}  ${paint.dim(note)}`,
		...expectations.map((each) => expectationLine(each, terminal)),
	];
}

function expectationLine(
	{ text, held, detail }: ExpectationReport,
	{ paint, colour }: Terminal,
): string {
	if (held) {
		const mark = colour ? paint.hex(HELD_COLOUR)("✓") : "held  ";
		return `  ${mark} ${text}`;
	}
	const mark = colour ? paint.hex(FAILED_COLOUR).bold("✗") : "FAILED";
	return `  ${mark} ${text}${detail === "" ? "" : `: ${detail}`}`;
}

/** What the auditors found broken. */
export function drawDamage(
	damage: readonly string[],
	{ paint }: Terminal,
): string[] {
	if (damage.length === 0) return [];
	return [
		paint.bold("Damage"),
		...damage.map((line) => `  ${paint.hex(FAILED_COLOUR)(line)}`),
	];
}

/** One line about the run: what booted, how long it ran, on what. */
export function drawHeading(
	{ scenario, machine }: BootReport,
	{ paint }: Terminal,
): string[] {
	const facts = [
		`${timeText(machine.nanoseconds)} in ${counted(machine.ticks, "tick")}`,
		counted(machine.cpus, "CPU"),
		bytesText(machine.memoryBytes),
		`seed ${machine.seed}`,
	];
	return [
		`${paint.bold(scenario.name)}  ${scenario.title}`.trimEnd(),
		paint.dim(facts.join(" · ")),
	];
}
