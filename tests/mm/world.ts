// Small worlds for the tests of memory management, without a kernel on top.
//
//   world()       a PC that has booted its memory manager: memblock, zones, buddy, slabs, kmalloc
//   zoneWorld()   nothing but page records and zones wherever a test wants them, all frames still reserved

import { expect } from "chai";
import { Machine } from "../../hw/machine";
import {
	type KernelImage,
	layOutImage,
	MemoryMap,
	parseSize,
	pcMemoryMap,
} from "../../hw/memory-map";
import { KernelPanic } from "../../hw/panic";
import { asPhys, type Pfn } from "../../hw/units";
import { Buddy } from "../../mm/buddy";
import { checkBuddy } from "../../mm/check/buddy-check";
import { checkSlabs } from "../../mm/check/slab-check";
import { Counters } from "../../mm/counters";
import { __GFP_NOWARN } from "../../mm/gfp";
import { MmGlobals } from "../../mm/globals";
import {
	freeEarlyMemory,
	initGrouping,
	initPages,
	initPerCpu,
	initRings,
	initSwitches,
	initWatermarks,
	initZones,
	type MmSwitches,
	reserveFirmware,
} from "../../mm/init";
import { PageLists } from "../../mm/list";
import { Memblock } from "../../mm/memblock";
import { MemoryManager } from "../../mm/memory-manager";
import { PAGE_RECORD_BYTES, Pages } from "../../mm/page";
import { PageAllocator } from "../../mm/page-allocator";
import { Pageblocks, pageblockWords } from "../../mm/pageblock";
import { PerCpuPages } from "../../mm/pcp";
import {
	initUnit,
	PERCPU_UNIT_BYTES,
	percpuCounters,
	percpuWords,
} from "../../mm/percpu";
import type { SlabFaultInjector } from "../../mm/slab-maker";
import { WMARK_LOW, WMARK_MIN, ZONE_WORDS, Zone } from "../../mm/zone";
import type { ZoneAllocator } from "../../mm/zonelist";
import { chunks } from "../models/buddy-model";

const MEMBLOCK_AT = 256; // bytes into the kernel's data section
const SCRATCH_AT = 16384;

/** What a world is made from; everything has a default. */
export interface WorldOptions {
	/** RAM, as `64M`; ignored when there is a map. */
	readonly memory?: string;
	readonly map?: MemoryMap;
	readonly cpus?: number;
	/** Records of each CPU's flight recorder; 0 for none. */
	readonly records?: number;
	readonly switches?: Partial<MmSwitches>;
	/** Fails object allocations on purpose. */
	readonly injector?: SlabFaultInjector;
	readonly hugePages?: boolean;
	readonly minFreeKbytes?: number;
	readonly seed?: number;
}

const QUIET: MmSwitches = {
	initOnAlloc: false,
	shuffleFreelist: false,
	shufflePages: false,
	noMerge: false,
};

/** A machine whose memory manager is up: what boot does, without its messages. */
export function world(options: WorldOptions = {}): MemoryManager {
	const machine = Machine.powerOn({
		map: options.map ?? pcMemoryMap(parseSize(options.memory ?? "16M")),
		cpus: options.cpus ?? 1,
		seed: options.seed ?? 1,
	});
	const data = machine.map.image.data.start;
	const globals = new MmGlobals(machine.memory, asPhys(data));
	globals.init(machine.cpus.length);
	machine.setStatics(asPhys(data));
	const memblock = new Memblock(
		machine.memory,
		machine.locks,
		asPhys(data + MEMBLOCK_AT),
	);
	reserveFirmware(memblock, machine, []);
	initZones(globals, memblock, machine);
	initPages(globals, memblock, machine);
	initPerCpu(globals, memblock, machine);
	initRings(globals, memblock, machine, options.records ?? 0);
	const switches = { ...QUIET, ...options.switches };
	initSwitches(globals, switches);
	initGrouping(globals, memblock.memoryBytes / 4096);
	machine.rng.seed(options.seed ?? 1);
	globals.rngState.set([machine.rng.next(), machine.rng.next() | 1]);
	const mm = new MemoryManager(machine, globals, {
		tuning: { cpuCount: machine.cpus.length },
		injector: options.injector ?? null,
	});
	freeEarlyMemory(mm, memblock);
	mm.startSlabs(asPhys(data + SCRATCH_AT));
	initWatermarks(mm, {
		minFreeKbytes: options.minFreeKbytes ?? 0,
		highFraction: 0,
		hugePages: options.hugePages ?? false,
	});
	return mm;
}

/** Everything that the auditors have to say about a world. */
export const audit = (mm: MemoryManager): string[] => [
	...checkBuddy(mm),
	...checkSlabs(mm),
];

/** Runs a deed that must end in a panic and returns its text. */
export function panicOf(deed: () => unknown): string {
	try {
		deed();
	} catch (error) {
		expect(error).to.be.instanceOf(KernelPanic);
		return (error as KernelPanic).message;
	}
	throw new Error("There was no panic.");
}

/** Where a zone lies. */
export interface ZonePlace {
	readonly start: number;
	readonly frames: number;
}

/** What a `zoneWorld` is made from. */
export interface ZoneWorldOptions {
	readonly zones: readonly ZonePlace[];
	readonly cpus?: number;
	/** Of the per-CPU page lists; 0 and 1 as before boot is over. */
	readonly high?: number;
	readonly batch?: number;
	readonly grouping?: boolean;
}

/** Zones without a machine around them. */
export interface ZoneWorld {
	readonly machine: Machine;
	readonly pages: Pages;
	readonly blocks: Pageblocks;
	readonly turn: Machine["turn"];
	readonly counters: Counters;
	readonly allocator: PageAllocator;
	/** The first zone and its buddy. */
	readonly zone: Zone;
	readonly buddy: Buddy;
}

/** Builds zones over page records; every frame is reserved until it is adopted. Frames must be above 0. */
export function zoneWorld(options: ZoneWorldOptions): ZoneWorld {
	const last = options.zones.at(-1) as ZonePlace;
	const frames = last.start + last.frames;
	const cpus = options.cpus ?? 1;
	const metaAt = frames * 4096;
	const recordsAt = metaAt + cpus * PERCPU_UNIT_BYTES;
	const zonesAt = recordsAt + frames * PAGE_RECORD_BYTES;
	const blocksAt = zonesAt + options.zones.length * ZONE_WORDS * 4;
	const end = blocksAt + pageblockWords(frames) * 4;
	const machine = bareMachine(Math.ceil(end / 4096) * 4096, cpus);
	const { memory, turn, locks } = machine;
	const units = machine.cpus.map(({ id }) => metaAt + id * PERCPU_UNIT_BYTES);
	turn.setAreas(
		units.map((at) => percpuWords(memory.buffer, at)),
		units.map((at) => percpuCounters(memory.buffer, at)),
	);
	for (const { id } of machine.cpus) initUnit(turn.areaOf(id));
	const recordWords = (frames * PAGE_RECORD_BYTES) / 4;
	const records = memory.wordsAt(asPhys(recordsAt), recordWords);
	const pages = new Pages(records, frames);
	const lists = new PageLists(pages);
	const blocks = new Pageblocks(
		memory.wordsAt(asPhys(blocksAt), pageblockWords(frames)),
	);
	blocks.makeMovable(0, frames);
	const counters = new Counters(turn);
	const grouping = options.grouping ?? true;
	const parts = { pages, lists, blocks, turn, locks, grouping };
	const zones = options.zones.map((place, index): ZoneAllocator => {
		const at = asPhys(zonesAt + index * ZONE_WORDS * 4);
		const zone = new Zone(memory.wordsAt(at, ZONE_WORDS));
		zone.init(0, index, place.start, place.frames);
		zone.setPresent(place.frames);
		const buddy = new Buddy({ ...parts, recorder: null, shuffle: null }, zone);
		const pcp = new PerCpuPages(pages, lists, turn, counters, buddy);
		pcp.configure(options.high ?? 0, options.batch ?? 1);
		return { zone, buddy, pcp };
	});
	const allocator = new PageAllocator({
		memory,
		pages,
		blocks,
		zones,
		turn,
		counters,
		recorder: null,
		initOnAlloc: false,
		grouping,
	});
	const { zone, buddy } = zones[0] as ZoneAllocator;
	return { machine, pages, blocks, turn, counters, allocator, zone, buddy };
}

function bareMachine(bytes: number, cpus: number): Machine {
	const nothing = { code: 0, rodata: 0, data: 0, init: 0, bss: 0 };
	const image: KernelImage = layOutImage(4096, nothing);
	const map = new MemoryMap([{ start: 0, end: bytes, type: "usable" }], image);
	return Machine.powerOn({ map, cpus, seed: 1 });
}

/** First frames of the blocks on a free list, head first, over all types or of one. */
export function freeBlocks(
	{ pages, zone }: Pick<ZoneWorld, "pages" | "zone">,
	order: number,
	type: number,
): number[] {
	const found: number[] = [];
	const lists = new PageLists(pages);
	lists.each(zone.words, zone.listAt(order, type), (pfn) => {
		found.push(pfn);
		return true;
	});
	return found;
}

/** The blocks of all orders on the free lists of one type, as `{order: [pfn, ..]}`, without empty orders. */
export function freeLists(
	where: Pick<ZoneWorld, "pages" | "zone">,
	type = 1,
): Record<number, number[]> {
	const lists: Record<number, number[]> = {};
	for (let order = 0; order <= 10; order++) {
		const blocks = freeBlocks(where, order, type);
		if (blocks.length > 0) lists[order] = blocks;
	}
	return lists;
}

/** First frames of the blocks on one of this CPU's page lists, head first. */
export function perCpuList(
	{ turn, allocator }: Pick<ZoneWorld, "turn" | "allocator">,
	index: number,
	zone = 0,
	cpu = turn.cpu.id,
): number[] {
	const found: number[] = [];
	const { pcp } = allocator.zones[zone] as ZoneAllocator;
	pcp.each(cpu, (pfn, list) => {
		if (list === index) found.push(pfn);
	});
	return found;
}

/** A number as the frame number that it is. */
export const frame = (pfn: number): Pfn => pfn as Pfn;

type Allocating = Pick<MemoryManager, "allocator">;

/** Takes single pages until nothing is left for the asking. */
export function exhaust({ allocator }: Allocating, gfp: number): Pfn[] {
	const taken: Pfn[] = [];
	for (;;) {
		const page = allocator.allocPages(0, gfp | __GFP_NOWARN);
		if (page === 0) return taken;
		taken.push(page);
	}
}

/** Frees single pages. */
export function freeAll(
	{ allocator }: Allocating,
	pages: readonly Pfn[],
): void {
	for (const page of pages) allocator.freePages(page, 0);
}

/** One zone of whole blocks from frame 1024 on, with marks; without per-CPU lists unless asked for. */
export function marked(
	frames: number,
	min: number,
	low: number,
	more: Partial<ZoneWorldOptions> = {},
): ZoneWorld {
	const made = zoneWorld({ ...more, zones: [{ start: 1024, frames }] });
	for (const chunk of chunks(1024, 1024 + frames))
		made.allocator.adopt(chunk.pfn as Pfn, chunk.order);
	made.zone.setWatermark(WMARK_MIN, min);
	made.zone.setWatermark(WMARK_LOW, low);
	return made;
}
