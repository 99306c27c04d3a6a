// Boot logs: what a recorded kernel said about its machine when it started (dmesg).
//
//   BIOS-e820: [mem 0x0000000000100000-0x000000000ffd9fff] usable        the firmware's memory map
//   RAMDISK: [mem 0x0fdae000-0x0ffcffff]                                 where the loader left the initial RAM disk
//   smpboot: Allowing 1 CPUs, 0 hotplug CPUs
//   mem auto-init: stack:all(zero), heap alloc:on, heap free:off
//   Memory: 200244K/261600K available (14343K kernel code, ..., 2824K init, 17344K bss, 61100K reserved, ...)
//   Freeing initrd memory: 2184K                                         pages that the zones got after the marks
//
// A line may have a time stamp or anything else in front. A log that was cut at its beginning lacks lines: then the
// answer is null or 0, but for the memory map, of which a part would be worse than nothing.
//
// BL1: the memory map is complete or missing: its heading is in the log.
// [arch/x86/kernel/e820.c e820__print_table; mm/page_alloc.c mem_init_print_info, free_reserved_area]

import type { MemoryRange, RangeType } from "../../../hw/memory-map";
import { KIB } from "../../../hw/units";

const NAME = "dmesg";
const HEADING = "BIOS-provided physical RAM map:";
const E820 = /BIOS-e820: \[mem 0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\] (.+)$/;
const EARLY = "SMP alternatives"; // freed before the marks are computed
const PAGE_KIB = 4;

/** One range of the firmware's memory map. */
export interface FirmwareRange {
	readonly base: number;
	readonly size: number;
	/** `usable`, `reserved`, `ACPI data`, ... */
	readonly kind: string;
}

/** The line `Memory: ...`, in KiB; 0 for a part that it does not name. */
export interface MemoryLine {
	readonly available: number;
	readonly total: number;
	readonly reserved: number;
	/** The parts of the kernel image. */
	readonly code: number;
	readonly data: number;
	readonly rodata: number;
	readonly init: number;
	readonly bss: number;
}

/** The number in the log behind `before`, a regular expression; null when the log has no such line. */
export function told(log: string, before: string): number | null {
	const found = new RegExp(`${before}(\\d+)`).exec(log);
	return found ? Number(found[1]) : null;
}

/** The range in the log behind `before`, a regular expression; null when the log has no such line. */
export function toldRange(
	log: string,
	before: string,
): { readonly start: number; readonly end: number } | null {
	const range = new RegExp(`${before}\\[mem 0x(\\w+)-0x(\\w+)\\]`).exec(log);
	if (!range) return null;
	const [start, last] = range.slice(1).map((it) => Number.parseInt(it, 16));
	return { start: start as number, end: (last as number) + 1 };
}

/**
 * The firmware's memory map, lowest range first; null when the log has none or begins in the middle of it (BL1).
 * `name` is the file's. Throws an Error naming the line that is damaged.
 */
export function firmwareRanges(
	log: string,
	name: string = NAME,
): FirmwareRange[] | null {
	if (!log.includes(HEADING)) return null;
	const ranges: FirmwareRange[] = [];
	log.split("\n").forEach((line, index) => {
		if (!line.includes("BIOS-e820:")) return;
		const range = firmwareRange(line);
		if (!range)
			throw new Error(
				`${name}, line ${index + 1}: expected \`BIOS-e820: [mem 0xFIRST-0xLAST] KIND\`, found "${line}".`,
			);
		ranges.push(range);
	});
	return ranges.length === 0
		? null
		: ranges.sort((one, other) => one.base - other.base);
}

function firmwareRange(line: string): FirmwareRange | null {
	const found = E820.exec(line);
	if (!found) return null;
	const base = Number.parseInt(found[1] as string, 16);
	const end = Number.parseInt(found[2] as string, 16) + 1;
	if (!(base < end && end <= 2 ** 52)) return null;
	return { base, size: end - base, kind: found[3] as string };
}

const TYPES: ReadonlyMap<string, RangeType> = new Map<string, RangeType>([
	["usable", "usable"],
	["System RAM", "usable"],
	["ACPI data", "acpi"],
	["ACPI Tables", "acpi"],
	["ACPI NVS", "nvs"],
	["ACPI Non-volatile Storage", "nvs"],
	["unusable", "unusable"],
	["Unusable memory", "unusable"],
]);

/** The type of memory that a log or /proc/iomem calls `kind`; everything unknown is reserved. */
export const rangeType = (kind: string): RangeType =>
	TYPES.get(kind) ?? "reserved";

/** A range cut to whole KiB, the grain of memory maps; null when nothing is left. */
export function wholeRange(
	start: number,
	end: number,
	type: RangeType,
): MemoryRange | null {
	const from = Math.ceil(start / KIB) * KIB;
	const to = Math.floor(end / KIB) * KIB;
	return from < to ? { start: from, end: to, type } : null;
}

/** The line `Memory: ...`; null when the log has none. */
export function memoryLine(log: string): MemoryLine | null {
	const line = /Memory: (\d+)K\/(\d+)K available (.*)/.exec(log);
	if (!line) return null;
	const part = (name: string): number =>
		told(line[3] as string, `(?=\\d+K ${name}[,)])`) ?? 0;
	return {
		available: Number(line[1]),
		total: Number(line[2]),
		reserved: part("reserved"),
		code: part("kernel code"),
		data: part("rwdata"),
		rodata: part("rodata"),
		init: part("init"),
		bss: part("bss"),
	};
}

/** Where the loader left the initial RAM disk; null for none. */
export const ramDiskIn = (log: string) => toldRange(log, "RAMDISK: ");

/** Possible CPUs; null when the log does not tell. */
export function possibleCpus(log: string): number | null {
	const found = /Allowing (\d+) (?:present )?CPUs, (\d+) hotplug CPUs/.exec(
		log,
	);
	return found ? Number(found[1]) : null;
}

/** Whether pages and objects are zeroed when they are handed out; null when the log does not tell. */
export function initOnAlloc(log: string): boolean | null {
	const found = /mem auto-init: .*heap alloc:(on|off)/.exec(log);
	return found ? found[1] === "on" : null;
}

/** Pages that came free before the watermarks were computed: code for several CPUs, patched away. */
export const pagesFreedEarly = (log: string): number =>
	pagesFreed(log, (what) => what === EARLY);

/**
 * Pages that the kernel gave to the zones after it had computed the watermarks: the initial RAM disk and the parts of its
 * image that only boot needs. They are in `managed`, but not in the numbers derived from it.
 */
export const pagesFreedLate = (log: string): number =>
	pagesFreed(log, (what) => what !== EARLY);

function pagesFreed(log: string, counts: (what: string) => boolean): number {
	let kib = 0;
	for (const found of log.matchAll(/Freeing (.*) memory: (\d+)K/g))
		if (counts(found[1] as string)) kib += Number(found[2]);
	return kib / PAGE_KIB;
}
