// Recorded memory maps: the firmware's map and the kernel image of a recorded machine, from the best text there is.
//
//   ranges   boot log, BIOS-e820 lines   else   /proc/iomem   else   /proc/zoneinfo
//            every range                        every range          sizes only: where a hole is, is a guess
//
//   image    /proc/iomem, Kernel code/rodata/data/bss (place)  +  boot log, `2824K init` (boot-only part, before the bss)
//            else the sizes in the boot log, from 16 MiB on, else the small image of default machines
//
//   zone DMA      |####|......hole......|###########|      the hole ends at 1 MiB, as on every PC
//   last zone     |##########|....hole....|##|             the last pageblock is there: the zone would not reach so far
//   other zones   |##########|.......hole...........|      devices lie at the end
//
// RM1: zones made from the map of a zoneinfo text have its spanned and present pages.
// What was not there and how it was made up is said in sentences, for the report.

import {
	DEFAULT_IMAGE,
	type KernelImage,
	layOutImage,
	MemoryMap,
	type MemoryRange,
	type Section,
} from "../../../hw/memory-map";
import { KIB, MIB, PAGE_SIZE } from "../../../hw/units";
import { ZONE_LIMITS, ZONE_NAMES } from "../../../mm/zone";
import type { Resource } from "../../proc/iomem";
import type { ZoneInfo } from "../../proc/zoneinfo";
import {
	type FirmwareRange,
	type MemoryLine,
	memoryLine,
	rangeType,
	wholeRange,
} from "./boot-log";

const IMAGE_START = 16 * MIB; // where an x86-64 kernel is loaded unless it chooses at random
const IMAGE_ALIGN = 2 * MIB;
const LOW_PAGES = MIB / PAGE_SIZE;
const LAST_PAGES = 512; // a pageblock

/** Texts that tell of a machine's memory; null for what is missing. */
export interface MapTexts {
	readonly firmware: readonly FirmwareRange[] | null;
	readonly iomem: readonly Resource[] | null;
	readonly zones: readonly ZoneInfo[] | null;
	readonly log: string | null;
	/** Files that they come from, for complaints. */
	readonly paths: Readonly<Record<"firmware" | "iomem" | "zones", string>>;
}

/**
 * The recorded machine's memory map; adds a sentence to `lacks` for everything that had to be made up. Throws an Error that
 * names the text when ranges or image cannot be.
 */
export function recordedMap(texts: MapTexts, lacks: string[]): MemoryMap {
	const { ranges, file } = rangesOf(texts, lacks);
	const { ranges: known } = named(file, () => new MemoryMap(ranges));
	const image = imageOf(texts, lacks);
	return named(texts.paths.iomem, () => new MemoryMap(known, image));
}

/** What `make` makes; what it complains about is said of `file`. */
function named<T>(file: string, make: () => T): T {
	try {
		return make();
	} catch (error) {
		if (!(error instanceof Error) || error.constructor !== Error) throw error;
		throw new Error(`${file}: ${error.message}`);
	}
}

/**
 * Sentences about zones that have other pages in the map than in zoneinfo: a line of one text is lost, or a parameter of
 * the command line took memory away.
 */
export function mapContradictions(
	map: MemoryMap,
	zones: readonly ZoneInfo[],
): string[] {
	return ZONE_LIMITS.flatMap((limit, index) => {
		const name = ZONE_NAMES[index] as string;
		const first = index === 0 ? 1 : (ZONE_LIMITS[index - 1] as number);
		const ours = pagesBetween(map, first, limit);
		const theirs = zones
			.filter(({ zone }) => zone === name)
			.reduce((sum, { present }) => sum + present, 0);
		return ours === theirs
			? []
			: [
					`The memory map has ${ours} pages in zone ${name}, but zoneinfo has ${theirs}.`,
				];
	});
}

/** Usable pages from frame `first` to frame `end`. */
function pagesBetween(map: MemoryMap, first: number, end: number): number {
	let pages = 0;
	map.forEachUsable((start, rangeEnd) => {
		const from = Math.max(start / PAGE_SIZE, first);
		pages += Math.max(0, Math.min(rangeEnd / PAGE_SIZE, end) - from);
	});
	return pages;
}

/** The ranges, and the file that tells of them. */
function rangesOf(
	texts: MapTexts,
	lacks: string[],
): { readonly ranges: MemoryRange[]; readonly file: string } {
	const { firmware, iomem, zones, paths } = texts;
	if (firmware) return { ranges: firmwareMap(firmware), file: paths.firmware };
	const missing = "The boot log with the firmware's memory map is missing";
	const ranges = iomem && iomemMap(iomem);
	if (ranges && ranges.length > 0) {
		lacks.push(`${missing}: the memory map comes from iomem.`);
		return { ranges, file: paths.iomem };
	}
	if (!zones)
		throw new Error(
			"The recording tells nothing of the machine's memory: it needs a boot log (dmesg.txt), an iomem or a zoneinfo.",
		);
	lacks.push(
		`${missing}, and so is an iomem with addresses: the memory map comes from zoneinfo, and where holes are is a guess.`,
	);
	return { ranges: zonesMap(zones), file: paths.zones };
}

const kept = (ranges: readonly (MemoryRange | null)[]): MemoryRange[] =>
	ranges.filter((range) => range !== null);

/** The ranges of the boot log. */
export const firmwareMap = (ranges: readonly FirmwareRange[]): MemoryRange[] =>
	kept(
		ranges.map(({ base, size, kind }) =>
			wholeRange(base, base + size, rangeType(kind)),
		),
	);

/** The ranges of RAM and of what the firmware keeps, in /proc/iomem; none when it hides the addresses. */
export function iomemMap(resources: readonly Resource[]): MemoryRange[] {
	const ranges = kept(
		resources
			.filter(
				({ name }) =>
					/^Reserved$/i.test(name) || rangeType(name) !== "reserved",
			)
			.map(({ start, end, name }) =>
				wholeRange(start, end + 1, rangeType(name)),
			),
	);
	return ranges.some(({ type }) => type === "usable") ? ranges : [];
}

/** Ranges that give zones of the recorded sizes (RM1). */
export function zonesMap(zones: readonly ZoneInfo[]): MemoryRange[] {
	const present = zones.filter((zone) => zone.present > 0 && zone.node === 0);
	return present.flatMap((zone, index) => {
		const end = zone.startPfn + zone.spanned;
		const hole = zone.spanned - zone.present;
		const isLast = index === present.length - 1;
		if (zone.zone === "DMA" && hole < LOW_PAGES && end > LOW_PAGES)
			return around(zone.startPfn, LOW_PAGES - hole, hole, end);
		const behind = isLast ? Math.min(LAST_PAGES, zone.present) : 0;
		return around(zone.startPfn, end - hole - behind, hole, end);
	});
}

/** The frames from `start` to `end` but for `hole` of them from `holeStart` on, in bytes. */
const around = (
	start: number,
	holeStart: number,
	hole: number,
	end: number,
): MemoryRange[] =>
	[
		[start, holeStart],
		[holeStart + hole, end],
	]
		.map(([from, to]) =>
			wholeRange(
				(from as number) * PAGE_SIZE,
				(to as number) * PAGE_SIZE,
				"usable",
			),
		)
		.filter((range) => range !== null);

function imageOf(texts: MapTexts, lacks: string[]): KernelImage {
	const { iomem, log } = texts;
	const sizes = log === null ? null : memoryLine(log);
	const placed = iomem && imageInIomem(iomem, sizes?.init ?? 0);
	if (placed) {
		if (!sizes)
			lacks.push(
				"The boot log has no line `Memory:`: nothing of the kernel image is given back after boot.",
			);
		return placed;
	}
	if (sizes && sizes.code > 0) {
		lacks.push(
			"There is no iomem with addresses: the kernel image is placed at 16 MiB, with the sizes of the boot log.",
		);
		return imageOfSizes(sizes);
	}
	lacks.push(
		"Neither iomem nor the boot log tells of the kernel image: it is the small one of default machines.",
	);
	return DEFAULT_IMAGE;
}

/** The kernel image as far as /proc/iomem shows it, and its boot-only part of `init` KiB in the gap before the bss. */
export function imageInIomem(
	resources: readonly Resource[],
	init: number,
): KernelImage | null {
	const sections = ["code", "rodata", "data", "bss"].map((name) =>
		sectionIn(resources, `Kernel ${name}`),
	);
	const [code, rodata, data, bss] = sections;
	if (!code || !rodata || !data || !bss) return null;
	const start = bss.start - init * KIB;
	return { code, rodata, data, init: { start, bytes: init * KIB }, bss };
}

function sectionIn(
	resources: readonly Resource[],
	name: string,
): Section | null {
	for (const resource of resources) {
		const { start, end } = resource;
		if (resource.name === name && start > 0)
			return { start, bytes: end + 1 - start };
		const inside = sectionIn(resource.children, name);
		if (inside) return inside;
	}
	return null;
}

const imageOfSizes = (line: MemoryLine): KernelImage =>
	layOutImage(
		IMAGE_START,
		{
			code: line.code * KIB,
			rodata: line.rodata * KIB,
			data: line.data * KIB,
			init: line.init * KIB,
			bss: line.bss * KIB,
		},
		IMAGE_ALIGN,
	);
