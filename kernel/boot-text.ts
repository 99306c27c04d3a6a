// What boot says: the lines of the log whose numbers have to be worked out.
//
//   Zone ranges, early memory node ranges, pages in unavailable ranges        from memblock and the zones
//   Memory: ...K/...K available (...)                                         from the zones and the image's sections
//
// The words are Linux's to the letter, so that people and tools that read a boot log read this one.
// [mm/page_alloc.c free_area_init, init_unavailable_range, mem_init_print_info; arch/x86/kernel/e820.c e820__print_table]

import type { KernelImage, MemoryMap } from "../hw/memory-map";
import type { MemblockRange } from "../mm/memblock";
import { PAGE_RECORD_BYTES } from "../mm/page";
import { ZONE_LIMITS, ZONE_NAMES, type Zone } from "../mm/zone";

const PAGE = 4096;
const SECTION_FRAMES = 32768; // 128 MiB: memory comes and goes in such pieces

/** A physical address with 16 digits, as boot prints ranges. */
const long = (address: number): string =>
	`0x${address.toString(16).padStart(16, "0")}`;
/** The same with at least 8 digits. */
const short = (address: number): string =>
	`0x${address.toString(16).padStart(8, "0")}`;
/** `[mem first-last]` of a range whose end is excluded. */
export const memRange = (start: number, end: number): string =>
	`[mem ${long(start)}-${long(end - 1)}]`;
export const shortRange = (start: number, end: number): string =>
	`[mem ${short(start)}-${short(end - 1)}]`;
const kib = (bytes: number): number => Math.floor(bytes / 1024);

/** The firmware's ranges under another heading: what mem= left. */
export const userMapLines = (map: MemoryMap): string[] => [
	"user-defined physical RAM map:",
	...map.lines().map((line) => line.replace("BIOS-e820", "user")),
];

/** First and last address of each zone. */
export function zoneRangeLines(zones: readonly Zone[]): string[] {
	const last = zones.filter((zone) => zone.isPopulated).at(-1)?.end ?? 0;
	const lines = ZONE_LIMITS.map((limit, index) => {
		const start = index === 0 ? 1 : (ZONE_LIMITS[index - 1] as number);
		const end = Math.min(limit, last);
		const name = (ZONE_NAMES[index] as string).padEnd(8);
		const range = start < end ? memRange(start * PAGE, end * PAGE) : "empty";
		return `  ${name} ${range}`;
	});
	return ["Zone ranges:", ...lines, "  Device   empty"];
}

/** The memory of node 0. */
export const nodeRangeLines = (ranges: readonly MemblockRange[]): string[] => [
	"Movable zone start for each node",
	"Early memory node ranges",
	...ranges.map(
		({ base, end }) => `  node   0: ${memRange(base, roundDown(end))}`,
	),
	`Initmem setup node 0 ${memRange(ranges[0]?.base ?? 0, roundDown(ranges.at(-1)?.end ?? 0))}`,
];

const roundDown = (address: number): number =>
	Math.floor(address / PAGE) * PAGE;

/** Holes that have page records though there is no memory: those in pieces of 128 MiB that have some. */
export function unavailableLines(
	ranges: readonly MemblockRange[],
	zones: readonly Zone[],
): string[] {
	const sections = sectionsOf(ranges);
	const lines: string[] = [];
	const tell = (from: number, to: number, zone: Zone | undefined): void => {
		const pages = framesIn(sections, from, to);
		if (pages > 0 && zone)
			lines.push(
				`On node 0, zone ${zone.name}: ${pages} pages in unavailable ranges`,
			);
	};
	const populated = zones.filter((zone) => zone.isPopulated);
	let hole = 0;
	for (const { base, end } of ranges) {
		const first = Math.ceil(base / PAGE);
		tell(
			hole,
			first,
			populated.find((zone) => zone.contains(first)),
		);
		hole = Math.floor(end / PAGE);
	}
	const last = populated.at(-1);
	const edge = Math.ceil((last?.end ?? 0) / SECTION_FRAMES) * SECTION_FRAMES;
	tell(hole, edge, last);
	return lines;
}

/** Numbers of the pieces of 128 MiB that the ranges touch. */
function sectionsOf(ranges: readonly MemblockRange[]): Set<number> {
	const sections = new Set<number>();
	for (const { base, end } of ranges) {
		const first = Math.floor(base / PAGE / SECTION_FRAMES);
		for (let at = first; at * SECTION_FRAMES < end / PAGE; at++)
			sections.add(at);
	}
	return sections;
}

/** Frames of [from, to) that lie in one of the sections. */
function framesIn(
	sections: ReadonlySet<number>,
	from: number,
	to: number,
): number {
	let frames = 0;
	for (let at = from; at < to; ) {
		const section = Math.floor(at / SECTION_FRAMES);
		const next = Math.min(to, (section + 1) * SECTION_FRAMES);
		if (sections.has(section)) frames += next - at;
		at = next;
	}
	return frames;
}

/** Pages that zones can expect to get: what is there without page records and without what is taken in zone DMA. */
export function expectedPages(
	zones: readonly Zone[],
	ranges: readonly MemblockRange[],
	free: readonly MemblockRange[],
): number {
	let pages = 0;
	for (const zone of zones) {
		const sparse = zone.spanned > zone.present + Math.floor(zone.present / 16);
		const recorded = sparse ? zone.present : zone.spanned;
		const records = Math.ceil((recorded * PAGE_RECORD_BYTES) / PAGE);
		pages += Math.max(0, zone.present - records);
	}
	const limit = ZONE_LIMITS[0];
	return pages - (wholePages(ranges, limit) - wholePages(free, limit));
}

function wholePages(ranges: readonly MemblockRange[], limit: number): number {
	let pages = 0;
	for (const { base, end } of ranges) {
		const first = Math.min(Math.ceil(base / PAGE), limit);
		const last = Math.min(Math.floor(end / PAGE), limit);
		pages += Math.max(0, last - first);
	}
	return pages;
}

/** How much memory there is, how much of it is free, and where the rest went. */
export function memoryLine(zones: readonly Zone[], image: KernelImage): string {
	const sum = (value: (zone: Zone) => number): number =>
		zones.reduce((total, zone) => total + value(zone), 0) * 4;
	const present = sum((zone) => zone.present);
	const managed = sum((zone) => zone.managed);
	const free = sum((zone) => zone.free);
	const { code, data, rodata, init, bss } = image;
	return (
		`Memory: ${free}K/${present}K available (${kib(code.bytes)}K kernel code, ` +
		`${kib(data.bytes)}K rwdata, ${kib(rodata.bytes)}K rodata, ${kib(init.bytes)}K init, ` +
		`${kib(bss.bytes)}K bss, ${present - managed}K reserved, 0K cma-reserved)`
	);
}

/** `.... node  #0, CPUs:      #1 #2`: the CPUs behind the first. */
export function cpuLine(count: number): string {
	const width = String(count).length + 1;
	let line = `.... node  #0, CPUs:  ${" ".repeat(width + 1)}`;
	for (let cpu = 1; cpu < count; cpu++)
		line += `${" ".repeat(width - String(cpu).length)}#${cpu}`;
	return line;
}
