// /proc/zoneinfo: each zone's size, watermarks, protection, counters and per-CPU lists.
//
//   Node 0, zone      DMA
//     per-node stats                        once a node, under its first zone that has frames
//         nr_inactive_anon 1131
//     pages free     3808
//           boost    0
//           min .. cma                      watermarks, then spanned, present and managed pages
//           protection: (0, 25, 274, 274, 274)
//         nr_free_pages 3808                the zone's own counters
//     pagesets
//       cpu: 0
//                 count: 0                  pages on the CPU's lists; high and batch rule them
//                 high:  35
//                 batch: 1
//     vm stats threshold: 2
//     node_unreclaimable:  0
//     start_pfn:           1
//
// ZI1: a zone without frames (present = 0) ends after its protection line.
// ZI2: managed <= present <= spanned. ZI3: min <= low <= high, boost not included.
// ZI4: protection has a number for each zone: pages that a request which would rather have that zone must leave here.
// [mm/vmstat.c zoneinfo_show_print]

import { joinLines, left, right } from "./pad";
import { type Amounts, Scanner, takeAmounts } from "./scan";

/** The page lists that one CPU keeps of one zone. */
export interface Pageset {
	readonly cpu: number;
	/** Pages on the lists. */
	readonly count: number;
	/** From this count on, pages go back to the zone. */
	readonly high: number;
	/** Pages that go to or come from the zone at a time. */
	readonly batch: number;
	/** How far the CPU's share of a counter may drift before it is added to the zone's. */
	readonly statThreshold: number;
}

/** One zone. Sizes and marks are in pages. */
export interface ZoneInfo {
	readonly node: number;
	readonly zone: string;
	/** The node's counters, under the first populated zone of the node; null under the others. */
	readonly nodeStats: Amounts | null;
	readonly free: number;
	readonly boost: number;
	readonly min: number;
	readonly low: number;
	readonly high: number;
	readonly spanned: number;
	readonly present: number;
	readonly managed: number;
	readonly cma: number;
	readonly protection: readonly number[];
	/** The zone's counters and numa events; empty when nothing is present (ZI1). */
	readonly stats: Amounts;
	/** One for each online CPU; empty when nothing is present. */
	readonly pagesets: readonly Pageset[];
	/** Reclaim has given the node up. */
	readonly unreclaimable: boolean;
	/** 0 when nothing is present. */
	readonly startPfn: number;
}

const SIZES = [
	"boost",
	"min",
	"low",
	"high",
	"spanned",
	"present",
	"managed",
	"cma",
] as const;
type SizeName = (typeof SIZES)[number];

const STAT = /^ {6}(\w+) +(\d+)$/;

/** The text of /proc/zoneinfo. */
export function formatZoneinfo(zones: readonly ZoneInfo[]): string {
	return joinLines(zones.flatMap(zoneLines));
}

function zoneLines(zone: ZoneInfo): string[] {
	const node = zone.nodeStats;
	return [
		`Node ${zone.node}, zone ${right(zone.zone, 8)}`,
		...(node ? ["  per-node stats", ...statLines(node)] : []),
		`  pages free     ${zone.free}`,
		...SIZES.map((name) => `        ${left(name, 8)} ${zone[name]}`),
		`        protection: (${zone.protection.join(", ")})`,
		...(zone.present === 0 ? [] : populatedLines(zone)),
	];
}

const statLines = (stats: Amounts): string[] =>
	Object.entries(stats).map(
		([name, value]) => `      ${left(name, 12)} ${value}`,
	);

const populatedLines = (zone: ZoneInfo): string[] => [
	...statLines(zone.stats),
	"  pagesets",
	...zone.pagesets.flatMap(pagesetLines),
	`  node_unreclaimable:  ${zone.unreclaimable ? 1 : 0}`,
	`  start_pfn:           ${zone.startPfn}`,
];

const pagesetLines = (set: Pageset): string[] => [
	`    cpu: ${set.cpu}`,
	`              count: ${set.count}`,
	`              high:  ${set.high}`,
	`              batch: ${set.batch}`,
	`  vm stats threshold: ${set.statThreshold}`,
];

/** What a /proc/zoneinfo text says. Throws an Error naming the line that does not fit. */
export function parseZoneinfo(text: string): ZoneInfo[] {
	const scanner = new Scanner("zoneinfo", text);
	return scanner.rest(() => takeZone(scanner));
}

function takeZone(scanner: Scanner): ZoneInfo {
	const [node, zone] = scanner.take(
		/^Node (\d+), zone +(\w+)$/,
		"`Node N, zone NAME`",
	) as [string, string];
	const perNode = scanner.tryTake(/^ {2}per-node stats$/);
	const nodeStats = perNode && takeAmounts(scanner, STAT);
	const free = takeNumber(scanner, /^ {2}pages free {5}(\d+)$/, "`pages free`");
	const sizes = takeSizes(scanner);
	const [protection] = scanner.take(
		/^ {8}protection: \(([\d, ]*)\)$/,
		"`protection: (...)`",
	) as [string];
	return {
		node: Number(node),
		zone,
		nodeStats,
		free,
		...sizes,
		protection: protection.split(", ").map(Number),
		...(sizes.present === 0 ? NOT_POPULATED : takePopulated(scanner)),
	};
}

const NOT_POPULATED = {
	stats: {},
	pagesets: [],
	unreclaimable: false,
	startPfn: 0,
};

function takeSizes(scanner: Scanner): Record<SizeName, number> {
	const sizes = {} as Record<SizeName, number>;
	for (const name of SIZES) {
		const pattern = new RegExp(`^ {8}${left(name, 8)} (\\d+)$`);
		sizes[name] = takeNumber(scanner, pattern, `\`${name}\``);
	}
	return sizes;
}

function takePopulated(scanner: Scanner) {
	const stats = takeAmounts(scanner, STAT);
	scanner.take(/^ {2}pagesets$/, "`pagesets`");
	const pagesets: Pageset[] = [];
	for (;;) {
		const cpu = scanner.tryTake(/^ {4}cpu: (\d+)$/);
		if (!cpu) break;
		pagesets.push(takePageset(scanner, Number(cpu[0])));
	}
	const number = (pattern: RegExp, what: string) =>
		takeNumber(scanner, pattern, what);
	return {
		stats,
		pagesets,
		unreclaimable:
			number(/^ {2}node_unreclaimable: {2}(\d+)$/, "`node_unreclaimable`") > 0,
		startPfn: number(/^ {2}start_pfn: {11}(\d+)$/, "`start_pfn`"),
	};
}

function takePageset(scanner: Scanner, cpu: number): Pageset {
	const number = (pattern: RegExp, what: string) =>
		takeNumber(scanner, pattern, what);
	return {
		cpu,
		count: number(/^ {14}count: (\d+)$/, "`count`"),
		high: number(/^ {14}high: {2}(\d+)$/, "`high`"),
		batch: number(/^ {14}batch: (\d+)$/, "`batch`"),
		statThreshold: number(
			/^ {2}vm stats threshold: (\d+)$/,
			"`vm stats threshold`",
		),
	};
}

const takeNumber = (scanner: Scanner, pattern: RegExp, what: string): number =>
	Number(scanner.take(pattern, what)[0]);
