// How the memory manager comes up: from a firmware map to zones, page records and free lists.
//
//   firmware map --> memblock --> direct map --> node, zones, page records, per-CPU units --> buddy --> slabs --> marks
//
//   RAM afterwards, on a small machine (memblock hands out from the top)
//   0        1M            2M                                                                    end
//     +-------+-------------+--------------------------------------------+-------+------+--------+
//     | low   | kernel      |  free: the buddy's                         | units | node | tables |
//     +-------+-------------+--------------------------------------------+-------+------+--------+
//
// Each function is a stage; boot.ts calls them in the kernel's order and prints what the kernel prints.
//
// I1: frame 0 and the first MiB are never memory that can be handed out.
// I2: what memblock has reserved when it hands over stays reserved: its page records are zero.
// [arch/x86/kernel/setup.c setup_arch; mm/page_alloc.c free_area_init, setup_per_cpu_pageset, init_per_zone_wmark_min]

import type { Machine } from "../hw/machine";
import type { MemoryMap } from "../hw/memory-map";
import { panic } from "../hw/panic";
import { ringBytes } from "../hw/recorder";
import { asPhys, MIB, PAGE_SIZE, type Pfn, type PhysAddr } from "../hw/units";
import {
	MM_INIT_ON_ALLOC,
	MM_NO_GROUPING,
	MM_NO_MERGE,
	MM_SHUFFLE_FREELIST,
	MM_SHUFFLE_PAGES,
	type MmGlobals,
} from "./globals";
import type { Memblock, MemblockRange } from "./memblock";
import { type MemoryManager, PGDAT_BYTES } from "./memory-manager";
import { PAGE_RECORD_BYTES } from "./page";
import { MIGRATE_TYPES, PAGEBLOCK_FRAMES, pageblockWords } from "./pageblock";
import { initUnit, PERCPU_UNIT_BYTES, percpuWords } from "./percpu";
import {
	bootMinFreeKbytes,
	HUGE_PAGE_RAM_PAGES,
	lowmemReserves,
	pcpBatch,
	pcpHigh,
	zoneWatermarks,
} from "./watermark";
import {
	WMARK_HIGH,
	WMARK_LOW,
	WMARK_MIN,
	WMARK_PROMO,
	ZONE_COUNT,
	ZONE_LIMITS,
	ZONE_WORDS,
	Zone,
} from "./zone";

const BLOCK_FRAMES = 1024; // frames of the largest block: page records reach to the end of one

/** Choices of the command line that the memory manager keeps. */
export interface MmSwitches {
	readonly initOnAlloc: boolean;
	readonly shuffleFreelist: boolean;
	readonly shufflePages: boolean;
	readonly noMerge: boolean;
}

/** A range of physical addresses, `end` excluded. */
type Range = Pick<MemblockRange, "base" | "end">;

/** The RAM that a memory map names, lowest first, but for frame 0 (I1). */
export function usableRanges(map: MemoryMap): Range[] {
	const ranges: Range[] = [];
	map.forEachUsable((start, end) => {
		const base = asPhys(Math.max(start, PAGE_SIZE));
		if (end > base) ranges.push({ base, end: asPhys(end) });
	});
	return ranges;
}

/** Tells memblock what there is and what is taken: low memory, the kernel image, what the loader left. */
export function reserveFirmware(
	memblock: Memblock,
	machine: Machine,
	alsoReserved: readonly { readonly start: number; readonly end: number }[],
): void {
	const { map } = machine;
	for (const { base, end } of usableRanges(map)) memblock.add(base, end - base);
	memblock.reserve(asPhys(0), Math.min(MIB, map.ramEnd));
	memblock.reserve(asPhys(map.imageStart), map.imageEnd - map.imageStart);
	for (const { start, end } of alsoReserved)
		memblock.reserve(asPhys(start), end - start);
}

/**
 * Reserves all RAM but the given ranges, lowest first and apart: boot cannot use it, and it stays reserved when memblock
 * hands over.
 */
export function holdBack(
	memblock: Memblock,
	usable: readonly { readonly start: number; readonly end: number }[],
): void {
	let from = 0;
	for (const { start, end } of [...usable, { start: 2 ** 48, end: 0 }]) {
		for (const range of memblock.memoryRanges()) {
			const base = Math.max(from, range.base);
			const limit = Math.min(start, range.end);
			if (base < limit) memblock.reserve(base, limit - base);
		}
		from = end;
	}
}

/** Takes memory from memblock or ends the boot as the kernel does. Page records must not be touched: RAM is zero. */
export function earlyAlloc(
	memblock: Memblock,
	bytes: number,
	align: number,
	what: string,
): PhysAddr {
	const at = memblock.allocRaw(bytes, align);
	if (at === 0) panic(`Failed to allocate ${bytes} bytes for ${what}`);
	return at;
}

/**
 * The largest stretch of whole blocks without any RAM. It gets no page records if they would cost much, because every
 * look-up then has to step over it: if it is larger than a quarter of the RAM.
 */
export function largestGap(
	ranges: readonly MemblockRange[],
	frameCount: number,
): { readonly start: number; readonly frames: number } {
	let best = { start: frameCount, frames: 0 };
	for (let i = 1; i < ranges.length; i++) {
		const before = (ranges[i - 1] as MemblockRange).end / PAGE_SIZE;
		const after = (ranges[i] as MemblockRange).base / PAGE_SIZE;
		const start = Math.ceil(before / BLOCK_FRAMES) * BLOCK_FRAMES;
		const frames = Math.floor(after / BLOCK_FRAMES) * BLOCK_FRAMES - start;
		if (frames > best.frames) best = { start, frames };
	}
	const ram = presentFrames(ranges, 0, frameCount);
	return best.frames * 4 > ram ? best : { start: frameCount, frames: 0 };
}

/** Makes the node's descriptor and its zones: spans and present frames (free_area_init_node). */
export function initZones(
	globals: MmGlobals,
	memblock: Memblock,
	machine: Machine,
): void {
	const pgdat = earlyAlloc(memblock, PGDAT_BYTES, 64, "node descriptor");
	globals.setPgdat(pgdat);
	for (const span of zoneSpans(memblock.memoryRanges())) {
		const { index, start, end, present } = span;
		const at = asPhys(pgdat + index * ZONE_WORDS * 4);
		const zone = new Zone(machine.memory.wordsAt(at, ZONE_WORDS));
		zone.init(0, index, end > start ? start : 0, Math.max(0, end - start));
		zone.setPresent(present);
	}
}

/** Where a zone lies, and the frames of RAM in it: without any it is not populated. */
export interface ZoneFrames {
	readonly index: number;
	readonly start: number;
	readonly end: number;
	readonly present: number;
}

/** Where RAM of these ranges, lowest first, puts each zone. */
export function zoneSpans(ranges: readonly Range[]): ZoneFrames[] {
	const first = (ranges[0] as Range).base / PAGE_SIZE;
	const last = (ranges.at(-1) as Range).end / PAGE_SIZE;
	return Array.from({ length: ZONE_COUNT }, (_, index) => {
		const below = index === 0 ? 0 : (ZONE_LIMITS[index - 1] ?? last);
		const start = Math.max(first, below);
		const end = Math.min(last, ZONE_LIMITS[index] ?? 0);
		return { index, start, end, present: presentFrames(ranges, start, end) };
	});
}

function presentFrames(
	ranges: readonly Range[],
	start: number,
	end: number,
): number {
	let frames = 0;
	for (const { base, end: limit } of ranges) {
		const from = Math.max(start, base / PAGE_SIZE);
		const to = Math.min(end, limit / PAGE_SIZE);
		frames += Math.max(0, to - from);
	}
	return frames;
}

/** Takes room for the page records and the pageblock types. */
export function initPages(
	globals: MmGlobals,
	memblock: Memblock,
	machine: Machine,
): void {
	const { frameCount } = machine.memory;
	const gap = largestGap(memblock.memoryRanges(), frameCount);
	const records = frameCount - gap.frames;
	const memMap = earlyAlloc(
		memblock,
		records * PAGE_RECORD_BYTES,
		PAGE_SIZE,
		"page records",
	);
	globals.setMemMap(memMap, gap.start, gap.frames);
	const words = pageblockWords(frameCount);
	globals.setBlocks(earlyAlloc(memblock, words * 4, 64, "pageblock types"));
}

/** Makes each CPU's unit (setup_per_cpu_areas). */
export function initPerCpu(
	globals: MmGlobals,
	memblock: Memblock,
	machine: Machine,
): void {
	const count = machine.cpus.length;
	const at = earlyAlloc(
		memblock,
		PERCPU_UNIT_BYTES * count,
		PAGE_SIZE,
		"per-CPU units",
	);
	globals.setPercpu(at);
	const { buffer } = machine.memory;
	for (const { id } of machine.cpus)
		initUnit(percpuWords(buffer, at + id * PERCPU_UNIT_BYTES));
}

/** Makes the recorder's rings; `records` is rounded up to a power of two, 0 records nothing. */
export function initRings(
	globals: MmGlobals,
	memblock: Memblock,
	machine: Machine,
	records: number,
): void {
	if (records <= 0) return;
	const size = 2 ** Math.ceil(Math.log2(records));
	const bytes = ringBytes(size) * machine.cpus.length;
	globals.setRings(earlyAlloc(memblock, bytes, PAGE_SIZE, "recorder"), size);
}

/**
 * Decides whether pages are kept apart by mobility: not where there is less than one pageblock for each type
 * (build_all_zonelists), nor where it is not `wanted`. Returns the decision; all requests are unmovable where it is false.
 */
export function initGrouping(
	globals: MmGlobals,
	totalPages: number,
	wanted = true,
): boolean {
	const groups = wanted && totalPages >= PAGEBLOCK_FRAMES * MIGRATE_TYPES;
	const others = globals.flags & ~MM_NO_GROUPING;
	globals.setFlags(others | (groups ? 0 : MM_NO_GROUPING));
	return groups;
}

/** Writes the switches of the command line down. */
export function initSwitches(globals: MmGlobals, switches: MmSwitches): void {
	globals.setFlags(
		(globals.flags & MM_NO_GROUPING) |
			(switches.initOnAlloc ? MM_INIT_ON_ALLOC : 0) |
			(switches.shuffleFreelist ? MM_SHUFFLE_FREELIST : 0) |
			(switches.shufflePages ? MM_SHUFFLE_PAGES : 0) |
			(switches.noMerge ? MM_NO_MERGE : 0),
	);
}

/** Hands all free memory to the buddy (memblock_free_all). Returns the frames given. */
export function freeEarlyMemory(mm: MemoryManager, memblock: Memblock): number {
	for (const { base, end } of memblock.memoryRanges())
		mm.blocks.makeMovable(base / PAGE_SIZE, end / PAGE_SIZE);
	for (const { pcp } of mm.allocator.zones) pcp.configure(0, 1); // the boot pagesets: nothing stays on them
	return memblock.freeAll((pfn, order) => mm.allocator.adopt(pfn, order));
}

/** Frees a reserved range after boot: init sections, the initial RAM disk (free_reserved_area). Returns the frames. */
export function freeReserved(
	mm: MemoryManager,
	start: number,
	end: number,
): number {
	let frames = 0;
	const last = Math.floor(end / PAGE_SIZE);
	for (let pfn = Math.ceil(start / PAGE_SIZE); pfn < last; pfn++) {
		mm.pages.setRefcount(pfn as Pfn, 1);
		const { zone } = mm.allocator.zoneOf(pfn as Pfn);
		zone.setManaged(zone.managed + 1);
		mm.allocator.freePages(pfn as Pfn, 0);
		frames++;
	}
	return frames;
}

/** What decides the watermarks beside the zones' sizes. */
export interface WatermarkWish {
	/** vm.min_free_kbytes as set by the user; 0 for the formula. */
	readonly minFreeKbytes: number;
	/** vm.watermark_scale_factor, in 1/10000 of a zone; 10 by default. */
	readonly scaleFactor?: number;
	/** vm.percpu_pagelist_high_fraction; 0 for the formula. */
	readonly highFraction: number;
	/** Transparent huge pages: they raise min_free_kbytes. */
	readonly hugePages: boolean;
	/** Sizes of the per-CPU lists; absent for the formula. */
	readonly pcp?: PcpSizes | null;
}

/** Frames that a CPU may keep of each zone, and how many blocks move at once; high 0 and batch 1 keep nothing. */
export interface PcpSizes {
	readonly high: number;
	readonly batch: number;
}

/** Computes marks, reserves and the sizes of per-CPU lists from what the zones manage now (init_per_zone_wmark_min). */
export function initWatermarks(mm: MemoryManager, wish: WatermarkWish): void {
	const managed = mm.zones.map((zone) => zone.managed);
	const total = managed.reduce((sum, frames) => sum + frames, 0);
	const huge = wish.hugePages && total >= HUGE_PAGE_RAM_PAGES;
	const kilobytes =
		wish.minFreeKbytes > 0
			? wish.minFreeKbytes
			: bootMinFreeKbytes(managed, huge);
	mm.globals.setMinFreeKbytes(kilobytes);
	const marks = zoneWatermarks(managed, kilobytes, wish.scaleFactor);
	const reserves = lowmemReserves(managed);
	mm.zones.forEach((zone, index) => {
		const mark = marks[index] as NonNullable<(typeof marks)[number]>;
		zone.setBoost(0);
		zone.setWatermark(WMARK_MIN, mark.min);
		zone.setWatermark(WMARK_LOW, mark.low);
		zone.setWatermark(WMARK_HIGH, mark.high);
		zone.setWatermark(WMARK_PROMO, mark.promo);
		const reserve = reserves[index] as readonly number[];
		reserve.forEach((frames, highest) => {
			zone.setLowmemReserve(highest, frames);
		});
	});
	sizePerCpuLists(mm, wish.highFraction, wish.pcp);
}

/** Sizes the per-CPU page lists (zone_set_pageset_high_and_batch); all alike where `wish` says how. */
export function sizePerCpuLists(
	mm: MemoryManager,
	highFraction: number,
	wish: PcpSizes | null = null,
): void {
	const cpus = mm.turn.cpus.length;
	for (const { zone, pcp } of mm.allocator.zones) {
		if (wish !== null) {
			pcp.configure(wish.high, wish.batch);
			continue;
		}
		const low = zone.watermark(WMARK_LOW) - zone.boost;
		const high = pcpHigh(zone.managed, low, cpus, highFraction);
		pcp.configure(high, pcpBatch(zone.managed));
	}
}
