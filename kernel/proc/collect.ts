// Collecting: from the live kernel to the plain data that the /proc texts show.
//
//   zones, per-CPU lists, free lists, pageblocks  -->  buddyinfo, pagetypeinfo, zoneinfo
//   counters of all CPUs                          -->  vmstat, meminfo, zoneinfo
//   caches                                        -->  slabinfo
//   firmware map and kernel image                 -->  iomem
//
// Everything here only reads, and nothing is kept: each text is what the memory says at that moment.
//
// X1: nr_free_pages of the counters is kept in the zones, and is the sum over them here.
// X2: what the machine does not have (swap, files, huge pages of hugetlbfs) is 0, as on a Linux without it.
// [mm/vmstat.c, fs/proc/meminfo.c, mm/slub.c get_slabinfo, arch/x86/kernel/e820.c e820__reserve_resources]

import type { Turn } from "../../hw/cpu";
import type { MemoryMap, MemoryRange, Section } from "../../hw/memory-map";
import { asVirt, DIRECT_MAP_BASE, type Pfn } from "../../hw/units";
import type { Counters } from "../../mm/counters";
import type { PageLists } from "../../mm/list";
import type { Pages } from "../../mm/page";
import type { PageTables } from "../../mm/page-table";
import {
	MIGRATE_TYPES,
	MIGRATETYPE_NAMES,
	PAGEBLOCK_FRAMES,
	PAGEBLOCK_ORDER,
	type Pageblocks,
} from "../../mm/pageblock";
import { PERCPU_UNIT_BYTES } from "../../mm/percpu";
import type { SlabCache } from "../../mm/slab-cache";
import {
	NODE_STAT_NAMES,
	NR_ACTIVE_ANON,
	NR_ACTIVE_FILE,
	NR_ANON_PAGES,
	NR_ANON_TRANSPARENT_HUGEPAGES,
	NR_BOUNCE,
	NR_DIRTY,
	NR_FILE_PAGES,
	NR_FREE_PAGES,
	NR_INACTIVE_ANON,
	NR_INACTIVE_FILE,
	NR_KERNEL_MISC_RECLAIMABLE,
	NR_KERNEL_STACK,
	NR_MAPPED,
	NR_MLOCK,
	NR_PAGE_TABLE_PAGES,
	NR_SEC_PAGE_TABLE_PAGES,
	NR_SHMEM,
	NR_SLAB_RECLAIMABLE_B,
	NR_SLAB_UNRECLAIMABLE_B,
	NR_SWAPCACHED,
	NR_UNEVICTABLE,
	NR_WRITEBACK,
	NUMA_EVENT_NAMES,
	VM_EVENT_NAMES,
	ZONE_STAT_NAMES,
} from "../../mm/vmstat-names";
import { statThreshold } from "../../mm/watermark";
import {
	MAX_ORDER,
	WMARK_HIGH,
	WMARK_LOW,
	WMARK_MIN,
	ZONE_COUNT,
	type Zone,
} from "../../mm/zone";
import type { ZoneAllocator } from "../../mm/zonelist";
import type { FreeBlocks } from "./buddyinfo";
import {
	availablePages,
	commitLimit,
	dirtyThresholds,
	type MemoryUse,
} from "./estimates";
import type { Resource } from "./iomem";
import type { MeminfoFields } from "./meminfo";
import type { PageTypes, TypeBlocks, TypeFreeBlocks } from "./pagetypeinfo";
import type { Amounts } from "./scan";
import type { CacheLine } from "./slabinfo";
import type { Pageset, ZoneInfo } from "./zoneinfo";

const KIB_PER_PAGE = 4;
const HUGE_PAGE_KIB = 2048;
const VMALLOC_TOTAL_KIB = 34359738367; // 32 TiB of kernel addresses, less a page that guards their end

/** KiB of the direct map by the size of the pages that map it. */
export interface DirectMapUse {
	readonly small: number;
	readonly large: number;
	readonly giant: number;
}

/** What the texts about memory are collected from: a MemoryManager has all of it. */
export interface MemorySources {
	readonly turn: Turn;
	/** All zones of the node, lowest first, the empty ones too. */
	readonly zones: readonly Zone[];
	/** The populated ones with what hands their frames out. */
	readonly allocator: { readonly zones: readonly ZoneAllocator[] };
	readonly pages: Pages;
	readonly lists: PageLists;
	readonly blocks: Pageblocks;
	readonly counters: Counters;
}

const ORDERS: readonly number[] = Array.from(
	{ length: MAX_ORDER },
	(_, i) => i,
);
const TYPES: readonly number[] = Array.from(
	{ length: MIGRATE_TYPES },
	(_, i) => i,
);
const ZONE_INDICES: readonly number[] = Array.from(
	{ length: ZONE_COUNT },
	(_, i) => i,
);

const populated = (sources: MemorySources): Zone[] =>
	sources.zones.filter((zone) => zone.isPopulated);

const sum = (values: readonly number[]): number =>
	values.reduce((total, value) => total + value, 0);

/** Names with the values at their indices, in the order of the names. */
const named = (
	names: readonly string[],
	value: (index: number) => number,
): Amounts =>
	Object.fromEntries(names.map((name, index) => [name, value(index)]));

/** Free blocks of the populated zones. */
export const collectBuddyinfo = (sources: MemorySources): FreeBlocks[] =>
	populated(sources).map((zone) => ({
		node: zone.node,
		zone: zone.name,
		counts: ORDERS.map((order) => zone.freeBlocks(order)),
	}));

/** Free blocks by migratetype, and the types of all pageblocks. */
export function collectPagetypeinfo(sources: MemorySources): PageTypes {
	const zones = populated(sources);
	return {
		blockOrder: PAGEBLOCK_ORDER,
		pagesPerBlock: PAGEBLOCK_FRAMES,
		types: MIGRATETYPE_NAMES,
		free: zones.flatMap((zone) =>
			TYPES.map((type) => typeFreeBlocks(sources.lists, zone, type)),
		),
		blocks: zones.map((zone) => typeBlocks(sources, zone)),
	};
}

function typeFreeBlocks(
	lists: PageLists,
	zone: Zone,
	type: number,
): TypeFreeBlocks {
	const length = (order: number): number => {
		let count = 0;
		lists.each(zone.words, zone.listAt(order, type), () => {
			count++;
			return true;
		});
		return count;
	};
	return {
		node: zone.node,
		zone: zone.name,
		type: MIGRATETYPE_NAMES[type] as string,
		counts: ORDERS.map(length),
	};
}

function typeBlocks(sources: MemorySources, zone: Zone): TypeBlocks {
	const counts: number[] = TYPES.map(() => 0);
	for (let pfn = zone.start; pfn < zone.end; pfn = nextBlock(pfn)) {
		if (!sources.pages.has(pfn)) continue;
		const type = sources.blocks.type(pfn);
		counts[type] = (counts[type] as number) + 1;
	}
	return { node: zone.node, zone: zone.name, counts };
}

const nextBlock = (pfn: Pfn): Pfn => (pfn + PAGEBLOCK_FRAMES) as Pfn;

/** All zones of the node. */
export function collectZoneinfo(sources: MemorySources): ZoneInfo[] {
	const first = populated(sources)[0];
	return sources.zones.map((zone) => ({
		node: zone.node,
		zone: zone.name,
		nodeStats: zone === first ? nodeStats(sources.counters) : null,
		free: zone.free,
		boost: zone.boost,
		min: zone.watermark(WMARK_MIN),
		low: zone.watermark(WMARK_LOW),
		high: zone.watermark(WMARK_HIGH),
		spanned: zone.spanned,
		present: zone.present,
		managed: zone.managed,
		cma: 0,
		protection: ZONE_INDICES.map((highest) => zone.lowmemReserve(highest)),
		stats: zone.isPopulated ? zoneStats(sources.counters, zone) : {},
		pagesets: pagesets(sources, zone),
		unreclaimable: false,
		startPfn: zone.start,
	}));
}

const nodeStats = (counters: Counters): Amounts =>
	named(NODE_STAT_NAMES, (item) => counters.node(item));

const zoneStats = (counters: Counters, zone: Zone): Amounts => ({
	...named(ZONE_STAT_NAMES, (item) => zoneStat(counters, zone, item)),
	...named(NUMA_EVENT_NAMES, (event) => counters.numa(zone.index, event)),
});

/** X1 */
const zoneStat = (counters: Counters, zone: Zone, item: number): number =>
	item === NR_FREE_PAGES ? zone.free : counters.zone(zone.index, item);

function pagesets(sources: MemorySources, zone: Zone): Pageset[] {
	const owner = sources.allocator.zones.find(
		(allocator) => allocator.zone.index === zone.index,
	);
	if (!owner || !zone.isPopulated) return [];
	const online = sources.turn.cpus.filter((cpu) => cpu.online);
	const threshold = statThreshold(zone.managed, online.length);
	return online.map(({ id }) => ({
		cpu: id,
		...owner.pcp.state(id),
		statThreshold: threshold,
	}));
}

/** Every counter, summed over zones and CPUs. */
export function collectVmstat(sources: MemorySources): Amounts {
	const { counters } = sources;
	const zones = populated(sources);
	const { dirty, background } = dirtyThresholds(memoryUse(sources));
	return {
		...named(ZONE_STAT_NAMES, (item) =>
			sum(zones.map((zone) => zoneStat(counters, zone, item))),
		),
		...named(NUMA_EVENT_NAMES, (event) =>
			sum(zones.map((zone) => counters.numa(zone.index, event))),
		),
		...nodeStats(counters),
		nr_dirty_threshold: dirty,
		nr_dirty_background_threshold: background,
		...named(VM_EVENT_NAMES, (event) => counters.event(event)),
		nr_unstable: 0,
	};
}

function memoryUse(sources: MemorySources): MemoryUse {
	const { counters } = sources;
	const zones = populated(sources);
	return {
		free: sum(zones.map((zone) => zone.free)),
		reserve: sum(zones.map(zoneReserve)),
		lowMarks: sum(zones.map((zone) => zone.watermark(WMARK_LOW))),
		pageCache: counters.node(NR_ACTIVE_FILE) + counters.node(NR_INACTIVE_FILE),
		reclaimable:
			counters.node(NR_SLAB_RECLAIMABLE_B) +
			counters.node(NR_KERNEL_MISC_RECLAIMABLE),
	};
}

/** Pages of a zone that programs cannot count on (totalreserve_pages). */
function zoneReserve(zone: Zone): number {
	const reserves = ZONE_INDICES.map((highest) => zone.lowmemReserve(highest));
	const kept = Math.max(...reserves) + zone.watermark(WMARK_HIGH);
	return Math.min(kept, zone.managed);
}

/**
 * Where the memory is, in kB.
 * @param committed pages that tasks could come to need
 */
export function collectMeminfo(
	sources: MemorySources,
	committed: number,
	directMap: DirectMapUse,
): MeminfoFields {
	const use = memoryUse(sources);
	const total = sum(sources.zones.map((zone) => zone.managed));
	return {
		MemTotal: total * KIB_PER_PAGE,
		MemFree: use.free * KIB_PER_PAGE,
		MemAvailable: availablePages(use) * KIB_PER_PAGE,
		...cacheFields(sources),
		...swapFields(),
		...useFields(sources),
		...kernelFields(sources),
		CommitLimit: commitLimit(total) * KIB_PER_PAGE,
		Committed_AS: committed * KIB_PER_PAGE,
		VmallocTotal: VMALLOC_TOTAL_KIB,
		VmallocUsed: 0,
		VmallocChunk: 0,
		Percpu: (sources.turn.cpus.length * PERCPU_UNIT_BYTES) / 1024,
		HardwareCorrupted: 0,
		...hugeFields(sources.counters),
		DirectMap4k: directMap.small,
		DirectMap2M: directMap.large,
		DirectMap1G: directMap.giant,
	};
}

/** Page cache and the lists of reclaim. */
function cacheFields({ counters, zones }: MemorySources) {
	const kib = (item: number): number => counters.node(item) * KIB_PER_PAGE;
	const mlocked = sum(zones.map((zone) => counters.zone(zone.index, NR_MLOCK)));
	return {
		Buffers: 0,
		Cached: kib(NR_FILE_PAGES) - kib(NR_SWAPCACHED),
		SwapCached: kib(NR_SWAPCACHED),
		Active: kib(NR_ACTIVE_ANON) + kib(NR_ACTIVE_FILE),
		Inactive: kib(NR_INACTIVE_ANON) + kib(NR_INACTIVE_FILE),
		"Active(anon)": kib(NR_ACTIVE_ANON),
		"Inactive(anon)": kib(NR_INACTIVE_ANON),
		"Active(file)": kib(NR_ACTIVE_FILE),
		"Inactive(file)": kib(NR_INACTIVE_FILE),
		Unevictable: kib(NR_UNEVICTABLE),
		Mlocked: mlocked * KIB_PER_PAGE,
	};
}

/** X2 */
const swapFields = () => ({ SwapTotal: 0, SwapFree: 0, Zswap: 0, Zswapped: 0 });

/** What is done with the pages of programs. */
function useFields({ counters }: MemorySources) {
	const kib = (item: number): number => counters.node(item) * KIB_PER_PAGE;
	return {
		Dirty: kib(NR_DIRTY),
		Writeback: kib(NR_WRITEBACK),
		AnonPages: kib(NR_ANON_PAGES),
		Mapped: kib(NR_MAPPED),
		Shmem: kib(NR_SHMEM),
	};
}

/** The kernel's own memory. */
function kernelFields({ counters, zones }: MemorySources) {
	const kib = (item: number): number => counters.node(item) * KIB_PER_PAGE;
	const reclaimable = kib(NR_SLAB_RECLAIMABLE_B);
	const unreclaimable = kib(NR_SLAB_UNRECLAIMABLE_B);
	const bounce = sum(zones.map((zone) => counters.zone(zone.index, NR_BOUNCE)));
	return {
		KReclaimable: reclaimable + kib(NR_KERNEL_MISC_RECLAIMABLE),
		Slab: reclaimable + unreclaimable,
		SReclaimable: reclaimable,
		SUnreclaim: unreclaimable,
		KernelStack: counters.node(NR_KERNEL_STACK), // counted in KiB
		PageTables: kib(NR_PAGE_TABLE_PAGES),
		SecPageTables: kib(NR_SEC_PAGE_TABLE_PAGES),
		NFS_Unstable: 0,
		Bounce: bounce * KIB_PER_PAGE,
		WritebackTmp: 0,
	};
}

const hugeFields = (counters: Counters) => ({
	AnonHugePages: counters.node(NR_ANON_TRANSPARENT_HUGEPAGES) * HUGE_PAGE_KIB,
	ShmemHugePages: 0,
	ShmemPmdMapped: 0,
	FileHugePages: 0,
	FilePmdMapped: 0,
	HugePages_Total: 0,
	HugePages_Free: 0,
	HugePages_Rsvd: 0,
	HugePages_Surp: 0,
	Hugepagesize: HUGE_PAGE_KIB,
	Hugetlb: 0,
});

/** How the first `bytes` bytes of RAM are mapped below `root`: one leaf of a page table is one page of some size. */
export function collectDirectMap(
	tables: Pick<PageTables, "eachLeaf">,
	root: Pfn,
	bytes: number,
): DirectMapUse {
	const kib = [0, 0, 0, 0]; // by level: 1 is 4 KiB, 2 is 2 MiB, 3 is 1 GiB
	const end = asVirt(DIRECT_MAP_BASE + bytes);
	tables.eachLeaf(root, DIRECT_MAP_BASE, end, (_slot, level) => {
		kib[level] = (kib[level] as number) + KIB_PER_PAGE * 512 ** (level - 1);
	});
	const [, small, large, giant] = kib as [number, number, number, number];
	return { small, large, giant };
}

/** The caches, in the order that they are given in: newest first. */
export const collectSlabinfo = (caches: Iterable<SlabCache>): CacheLine[] =>
	Array.from(caches, cacheLine);

function cacheLine(cache: SlabCache): CacheLine {
	const { active, total, slabs } = cache.usage();
	const { size, objectCount, order } = cache.geometry;
	return {
		name: cache.name,
		activeObjects: active,
		objects: total,
		objectSize: size,
		objectsPerSlab: objectCount,
		pagesPerSlab: 1 << order,
		tunables: [0, 0, 0],
		activeSlabs: slabs,
		slabs,
		sharedAvailable: 0,
	};
}

const RANGE_NAMES: { readonly [type in MemoryRange["type"]]: string } = {
	usable: "System RAM",
	reserved: "Reserved",
	acpi: "ACPI Tables",
	nvs: "ACPI Non-volatile Storage",
	unusable: "Unusable memory",
};

const FIRST_PAGE_BYTES = 4096; // kept by the kernel: firmware may have left something there

/** The firmware's ranges, the first page apart, with the kernel image inside the RAM that it was loaded to. */
export function collectIomem(map: MemoryMap): Resource[] {
	return map.ranges.flatMap(splitFirstPage).map(({ start, end, type }) => ({
		start,
		end: end - 1,
		name: RANGE_NAMES[type],
		children: type === "usable" ? imageResources(map, start, end) : [],
	}));
}

function splitFirstPage(range: MemoryRange): MemoryRange[] {
	if (range.start > 0 || range.type !== "usable") return [range];
	const first: MemoryRange = {
		...range,
		end: FIRST_PAGE_BYTES,
		type: "reserved",
	};
	if (range.end <= FIRST_PAGE_BYTES) return [{ ...first, end: range.end }];
	return [first, { ...range, start: FIRST_PAGE_BYTES }];
}

function imageResources(
	{ image }: MemoryMap,
	start: number,
	end: number,
): Resource[] {
	const parts: [name: string, section: Section][] = [
		["Kernel code", image.code],
		["Kernel rodata", image.rodata],
		["Kernel data", image.data],
		["Kernel bss", image.bss],
	];
	return parts
		.filter(
			([, part]) => part.start >= start && part.start < end && part.bytes > 0,
		)
		.map(([name, part]) => ({
			start: part.start,
			end: part.start + part.bytes - 1,
			name,
			children: [],
		}));
}
