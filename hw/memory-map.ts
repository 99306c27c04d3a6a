// The firmware's memory map: what the machine says is where, before any kernel looks at it.
//
//   0         9fc00  a0000      f0000   100000                        end of RAM
//   +------------+----+ - - - - - +-------+----+---------------+---------+ - - -
//   |  usable    |rsv |   hole    | BIOS  |    | kernel image  | usable  |
//   +------------+----+ - - - - - +-------+----+---------------+---------+ - - -
//                                               code rodata data init bss
//
// Ranges are [start, end) in bytes and need not begin or end on a page: users of the map take the whole pages inside
// a range, start rounded up and end rounded down, and lose the rest, as Linux does. What no range covers is a hole.
//
// FM1: ranges are sorted, do not overlap, and neighbours that touch have different types.
// FM2: the sections of the kernel image are in order and do not overlap.
// FM3: usable memory ends below 8 TiB, the reach of a frame number.
//
// Real firmware may give overlapping ranges, and the kernel lets the stricter type win; here that is a mistake of
// whoever wrote the map. [arch/x86/kernel/e820.c e820__print_table, e820__update_table, e820_end_pfn]

import { GIB, KIB, MIB, PAGE_SIZE, readLong, writeLong } from "./units";

const GRAIN = KIB; // ranges begin and end on a multiple of this
const USABLE_END_MAX = 2 ** 43; // 2^31 frames
const ADDRESS_END_MAX = 2 ** 52; // physical addresses of the architecture
const RANGES_MAX = 128; // as many as firmware hands over (E820_MAX_ENTRIES)
const SPLIT_FROM = 3.5 * GIB; // RAM sizes from here on leave the fourth GiB to devices
const LOW_RAM_MAX = 3 * GIB; // what stays below when RAM is split
const HIGH_RAM_START = 4 * GIB;

const EBDA_START = 0x9fc00; // extended BIOS data area
const EBDA_END = 0xa0000;
const BIOS_START = 0xf0000;

/** What a range is for. */
export type RangeType = "usable" | "reserved" | "acpi" | "nvs" | "unusable";

/** Bytes from `start` up to, not including, `end`. */
export interface MemoryRange {
	readonly start: number;
	readonly end: number;
	readonly type: RangeType;
}

/** One part of the kernel image, in bytes. */
export interface Section {
	readonly start: number;
	readonly bytes: number;
}

/** Where the boot loader put the kernel; parts are in this order in memory. */
export interface KernelImage {
	readonly code: Section;
	readonly rodata: Section;
	readonly data: Section;
	/** Needed only until boot is over. */
	readonly init: Section;
	readonly bss: Section;
}

/** Bytes of each part of a kernel image. */
export type ImageSizes = { readonly [part in keyof KernelImage]: number };

const TYPES: readonly RangeType[] = [
	"usable",
	"reserved",
	"acpi",
	"nvs",
	"unusable",
];

const TYPE_TEXTS: { readonly [type in RangeType]: string } = {
	usable: "usable",
	reserved: "reserved",
	acpi: "ACPI data",
	nvs: "ACPI NVS",
	unusable: "unusable",
};

const PARTS = ["code", "rodata", "data", "init", "bss"] as const;

const SUFFIXES = "KMGT";

// Serial form: range count, five sections of two numbers, then start, end and type of each range.
const SECTIONS = 1;
const RANGES = SECTIONS + PARTS.length * 4;
const RANGE_WORDS = 5;

/** The image of default machines: 1 MiB in all, so that a machine of 4 MiB boots. */
const SMALL_IMAGE: ImageSizes = {
	code: 640 * KIB,
	rodata: 192 * KIB,
	data: 64 * KIB,
	init: 64 * KIB,
	bss: 64 * KIB,
};

/** Lays the parts of a kernel image out from `start` on, each at a multiple of `align` bytes. */
export function layOutImage(
	start: number,
	sizes: ImageSizes,
	align: number = PAGE_SIZE,
): KernelImage {
	let next = start;
	const place = (bytes: number): Section => {
		const section = { start: Math.ceil(next / align) * align, bytes };
		next = section.start + bytes;
		return section;
	};
	return {
		code: place(sizes.code),
		rodata: place(sizes.rodata),
		data: place(sizes.data),
		init: place(sizes.init),
		bss: place(sizes.bss),
	};
}

/** Where default machines have their kernel. */
export const DEFAULT_IMAGE: KernelImage = layOutImage(MIB, SMALL_IMAGE);

/** Bytes that a text such as `512M`, `4096K`, `0x1000000` or `2G` means; throws when it means nothing. */
export function parseSize(text: string): number {
	const found = /^\s*(0x[0-9a-f]+|\d+)\s*([kmgt]?)(i?b)?\s*$/i.exec(text);
	const bytes = found ? Number(found[1]) * unitOf(found[2] as string) : -1;
	if (bytes < 0 || !Number.isSafeInteger(bytes))
		throw new Error(
			`Memory size "${text}" is not a number with an optional K, M, G or T, such as 512M.`,
		);
	return bytes;
}

function unitOf(suffix: string): number {
	if (suffix === "") return 1;
	return 1024 ** (SUFFIXES.indexOf(suffix.toUpperCase()) + 1);
}

/** The map of a PC with `bytes` of RAM; throws when there can be no such machine. */
export function pcMemoryMap(
	bytes: number,
	image: KernelImage = DEFAULT_IMAGE,
): MemoryMap {
	if (!(bytes > 0))
		throw new Error(
			`Memory size is ${bytes} bytes: a machine needs at least one page of 4 KiB.`,
		);
	if (bytes % PAGE_SIZE !== 0)
		throw new Error(
			`Memory size ${bytes} bytes is not a whole number of 4 KiB pages.`,
		);
	return new MemoryMap(pcRanges(bytes), image);
}

function pcRanges(bytes: number): MemoryRange[] {
	if (bytes <= MIB) return [{ start: 0, end: bytes, type: "usable" }];
	const low = bytes >= SPLIT_FROM ? LOW_RAM_MAX : bytes;
	const ranges: MemoryRange[] = [
		{ start: 0, end: EBDA_START, type: "usable" },
		{ start: EBDA_START, end: EBDA_END, type: "reserved" },
		{ start: BIOS_START, end: MIB, type: "reserved" },
		{ start: MIB, end: low, type: "usable" },
	];
	if (bytes > low) {
		const end = HIGH_RAM_START + bytes - low;
		ranges.push({ start: HIGH_RAM_START, end, type: "usable" });
	}
	return ranges;
}

/** Ranges of physical memory and the kernel image in it; never changes. */
export class MemoryMap {
	/** Words of the serial form. */
	static readonly WORDS = RANGES + RANGES_MAX * RANGE_WORDS;

	/** Sorted and merged. */
	readonly ranges: readonly MemoryRange[];
	/** End of the last whole usable page, in bytes: how much RAM there is, holes included. */
	readonly ramEnd: number;

	/** Throws, with one sentence, when the ranges or the image cannot be. */
	constructor(
		ranges: readonly MemoryRange[],
		readonly image: KernelImage = DEFAULT_IMAGE,
	) {
		for (const range of ranges) checkRange(range);
		this.ranges = merge(sort(ranges));
		checkImage(image);
		let end = 0;
		this.forEachUsable((_start, rangeEnd) => {
			end = rangeEnd;
		});
		if (end === 0)
			throw new Error("Memory map has no usable page of 4 KiB in it.");
		if (this.ranges.length > RANGES_MAX)
			throw new Error(`Memory map has more than ${RANGES_MAX} ranges.`);
		this.ramEnd = end;
	}

	/** Calls `visit` with the whole pages of each usable range, in bytes, lowest first. */
	forEachUsable(visit: (start: number, end: number) => void): void {
		for (const range of this.ranges) {
			if (range.type !== "usable") continue;
			const start = Math.ceil(range.start / PAGE_SIZE) * PAGE_SIZE;
			const end = Math.floor(range.end / PAGE_SIZE) * PAGE_SIZE;
			if (start < end) visit(start, end);
		}
	}

	/** Bytes of all whole usable pages. */
	get usableBytes(): number {
		let bytes = 0;
		this.forEachUsable((start, end) => {
			bytes += end - start;
		});
		return bytes;
	}

	/** First byte of the kernel image. */
	get imageStart(): number {
		return this.image.code.start;
	}

	/** End of the kernel image, in bytes. */
	get imageEnd(): number {
		return this.image.bss.start + this.image.bss.bytes;
	}

	/** True when all of the kernel image lies in one usable range, so that it could be loaded. */
	get imageFits(): boolean {
		let fits = false;
		this.forEachUsable((start, end) => {
			fits ||= start <= this.imageStart && this.imageEnd <= end;
		});
		return fits;
	}

	/** The map as the boot log has it, one line a range. */
	lines(): string[] {
		return this.ranges.map(
			({ start, end, type }) =>
				`BIOS-e820: [mem ${wide(start)}-${wide(end - 1)}] ${TYPE_TEXTS[type]}`,
		);
	}

	/** Writes the serial form, `MemoryMap.WORDS` words. */
	writeTo(words: Int32Array): void {
		words[0] = this.ranges.length;
		PARTS.forEach((part, index) => {
			writeLong(words, SECTIONS + index * 4, this.image[part].start);
			writeLong(words, SECTIONS + index * 4 + 2, this.image[part].bytes);
		});
		this.ranges.forEach((range, index) => {
			const at = RANGES + index * RANGE_WORDS;
			writeLong(words, at, range.start);
			writeLong(words, at + 2, range.end);
			words[at + 4] = TYPES.indexOf(range.type);
		});
	}

	/** The map whose serial form `words` hold. */
	static readFrom(words: Int32Array): MemoryMap {
		const section = (index: number): Section => ({
			start: readLong(words, SECTIONS + index * 4),
			bytes: readLong(words, SECTIONS + index * 4 + 2),
		});
		const image: KernelImage = {
			code: section(0),
			rodata: section(1),
			data: section(2),
			init: section(3),
			bss: section(4),
		};
		const ranges: MemoryRange[] = [];
		for (let index = 0; index < (words[0] as number); index++) {
			const at = RANGES + index * RANGE_WORDS;
			ranges.push({
				start: readLong(words, at),
				end: readLong(words, at + 2),
				type: TYPES[words[at + 4] as number] as RangeType,
			});
		}
		return new MemoryMap(ranges, image);
	}
}

function checkRange(range: MemoryRange): void {
	const { start, end, type } = range;
	const complain = (what: string): never => {
		throw new Error(`Memory map: range ${rangeText(range)} ${what}.`);
	};
	if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0)
		complain("does not begin and end at whole, positive addresses");
	if (end <= start) complain("is empty");
	if (start % GRAIN !== 0 || end % GRAIN !== 0)
		complain("does not begin and end on a multiple of 1 KiB");
	if (!TYPES.includes(type))
		complain(`has the unknown type "${type}"; known are ${TYPES.join(", ")}`);
	if (type === "usable" && end > USABLE_END_MAX)
		complain("is usable memory beyond 8 TiB");
	if (end > ADDRESS_END_MAX) complain("passes the last physical address");
}

function checkImage(image: KernelImage): void {
	let end = 0;
	for (const part of PARTS) {
		const { start, bytes } = image[part];
		if (!(start >= end && bytes >= 0) || start % PAGE_SIZE !== 0)
			throw new Error(
				`Kernel image: ${part} at ${hexText(start)} must begin on a page, after the part before it.`,
			);
		end = start + bytes;
	}
}

/** The ranges by address; throws when two of them overlap. */
function sort(ranges: readonly MemoryRange[]): MemoryRange[] {
	const sorted = [...ranges].sort((a, b) => a.start - b.start);
	sorted.forEach((range, index) => {
		const before = sorted[index - 1];
		if (before && before.end > range.start)
			throw new Error(
				`Memory map: ranges ${rangeText(before)} and ${rangeText(range)} overlap.`,
			);
	});
	return sorted;
}

/** Joins sorted neighbours that touch and have one type. */
function merge(sorted: readonly MemoryRange[]): MemoryRange[] {
	const merged: MemoryRange[] = [];
	for (const range of sorted) {
		const last = merged.at(-1);
		if (last?.end === range.start && last.type === range.type)
			merged[merged.length - 1] = { ...last, end: range.end };
		else merged.push(range);
	}
	return merged;
}

const hexText = (value: number): string => `0x${value.toString(16)}`;
const wide = (value: number): string =>
	`0x${value.toString(16).padStart(16, "0")}`;
const rangeText = ({ start, end }: MemoryRange): string =>
	`${hexText(start)}-${hexText(end - 1)}`;
