// Measures: what a machine's memory comes to at one moment, as plain numbers.
//
//   pages managed by the page allocator
//   | free | per-CPU lists | slabs | page tables | tasks' memory | others |
//                             |
//                             | asked for | rounding | free objects | overhead |       bytes
//                                         `------------ waste ---------------'
//
// Measures of two machines can be compared figure by figure, whatever design serves their objects: slabs are those of SLUB and
// of the tasks' design, with the blocks of whole pages that kmalloc hands out.
//
// ME1: measuring only reads: the machine's state hash is the same before and after.
// ME2: the six kinds of pages add up to what is managed, and the four kinds of slab bytes to the pages in slabs.
// How many bytes were asked for is known of what tasks hold; the kernel's own kmalloc objects count with their whole size.
// [mm/vmstat.c unusable_free_index, fill_contig_page_info]

import { NULL } from "../hw/units";
import type { ObjectUsage } from "../mm/designs/object-allocator";
import { Slub, SlubCache } from "../mm/designs/slub";
import { PAGE_RECORD_BYTES } from "../mm/page";
import {
	NR_ANON_PAGES,
	NR_PAGE_TABLE_PAGES,
	NR_SLAB_RECLAIMABLE_B,
	NR_SLAB_UNRECLAIMABLE_B,
} from "../mm/vmstat-names";
import { MAX_ORDER } from "../mm/zone";
import { HELD_KMALLOC } from "./holding";
import type { Kernel } from "./kernel";
import { NO_TASK } from "./task";

const PAGE_BYTES = 4096;
const HUGE_ORDER = 9; // a block of 2 MiB, as a huge page needs it
const PER_MILLE = 1000;

/** What a machine's memory comes to. */
export interface Measures {
	/** Pages that the page allocator was given (zones: managed). */
	readonly managedPages: number;
	/** Pages on the buddy lists (zones: free). */
	readonly freePages: number;
	/** Free pages that wait on lists of single CPUs (zoneinfo: count). */
	readonly pcpPages: number;
	/** Pages in slabs of all designs, large blocks of kmalloc included (vmstat: nr_slab_*). */
	readonly slabPages: number;
	/** Pages of page tables (vmstat: nr_page_table_pages). */
	readonly tablePages: number;
	/** Pages of tasks' memory (vmstat: nr_anon_pages). */
	readonly userPages: number;
	/** Managed pages that are none of these: kernel stacks, blocks straight from the page allocator. */
	readonly otherPages: number;

	/** Bytes in slabs that somebody asked for and has: live objects without what was added to round their size up. */
	readonly askedBytes: number;
	/** Bytes that tasks' kmalloc objects have beyond what was asked for (ksize less the size of the holding). */
	readonly roundingBytes: number;
	/** Bytes of objects that are cut and free. */
	readonly freeObjectBytes: number;
	/** Bytes of slabs that can be nobody's: headers, padding, what is left at the end of a slab. */
	readonly overheadBytes: number;

	/** Blocks on the buddy lists, of any size. */
	readonly freeBlocks: number;
	/** Pages of the largest free block; 0 when nothing is free. */
	readonly largestFreePages: number;
	/** Thousandths of the free pages that are in blocks too small for 2 MiB (unusable_free_index for order 9). */
	readonly unusablePerMille: number;

	/** Bytes of the page records (mem_map). */
	readonly pageRecordBytes: number;
	/** Bytes of page tables, those of boot included. */
	readonly pageTableBytes: number;
	/** Bytes of the records that object caches are described by. */
	readonly slabRecordBytes: number;

	/** Blocks that became slabs, and slabs that went back to the page allocator, since boot. */
	readonly slabsMade: number;
	readonly slabsDiscarded: number;
	/** Halvings of a block, joinings of two, blocks taken from another migratetype, since boot (zones). */
	readonly splits: number;
	readonly merges: number;
	readonly fallbacks: number;
	/** Simulated cycles in which a CPU was not idle, over all CPUs, since power-on. */
	readonly busyCycles: number;
	/** Requests of tasks that failed: of those that run and those that have ended and are not reaped. */
	readonly failedAllocations: number;
}

/** Measures a machine, which stays as it is (ME1). */
export function measure(kernel: Kernel): Measures {
	const pages = pageMeasures(kernel);
	const rows = objectRows(kernel);
	return {
		...pages,
		...slabMeasures(kernel, rows, pages.slabPages),
		...fragmentation(kernel),
		...metadata(kernel, rows),
		...work(kernel),
	};
}

/** Bytes of slabs that nobody asked for. */
export const wasteBytes = (measures: Measures): number =>
	measures.roundingBytes + measures.freeObjectBytes + measures.overheadBytes;

/** Pages that are neither on a free list nor on a CPU's. */
export const usedPages = (measures: Measures): number =>
	measures.managedPages - measures.freePages - measures.pcpPages;

function pageMeasures({ mm, machine }: Kernel) {
	const { counters } = mm;
	let managedPages = 0;
	let freePages = 0;
	let pcpPages = 0;
	for (const { zone, pcp } of mm.allocator.zones) {
		managedPages += zone.managed;
		freePages += zone.free;
		for (const { id } of machine.cpus) pcpPages += pcp.state(id).count;
	}
	const slabPages =
		counters.node(NR_SLAB_RECLAIMABLE_B) +
		counters.node(NR_SLAB_UNRECLAIMABLE_B);
	const tablePages = counters.node(NR_PAGE_TABLE_PAGES);
	const userPages = counters.node(NR_ANON_PAGES);
	const known = freePages + pcpPages + slabPages + tablePages + userPages;
	const otherPages = managedPages - known;
	return {
		managedPages,
		freePages,
		pcpPages,
		slabPages,
		tablePages,
		userPages,
		otherPages,
	};
}

/** What SLUB's caches hold, and every part of the tasks' design. */
function objectRows({ mm, objects }: Kernel): ObjectUsage[] {
	const rows = mm.caches.all().map((cache) => new SlubCache(mm, cache).usage());
	return objects.rootAddress === NULL ? rows : [...rows, ...objects.usage()];
}

/** A design's root is no slab: it is a block of records. */
const isRoot = (row: ObjectUsage): boolean =>
	row.internal && row.objectSize === 0;

function slabMeasures(
	kernel: Kernel,
	rows: readonly ObjectUsage[],
	slabPages: number,
) {
	let overheadBytes = 0;
	let freeObjectBytes = 0;
	for (const row of rows) {
		if (isRoot(row)) continue;
		overheadBytes += row.wasted;
		freeObjectBytes += row.free;
	}
	const roundingBytes = roundingOf(kernel);
	const live = slabPages * PAGE_BYTES - overheadBytes - freeObjectBytes;
	const askedBytes = live - roundingBytes;
	return { askedBytes, roundingBytes, freeObjectBytes, overheadBytes };
}

/** What rounding up adds to the kmalloc objects that tasks hold. */
function roundingOf({ running, objects }: Kernel): number {
	const { tasks, holdings } = running;
	let bytes = 0;
	for (let task = tasks.first(); task !== NO_TASK; task = tasks.next(task)) {
		let at = tasks.firstHolding(task);
		for (; at !== NULL; at = holdings.next(at))
			if (holdings.kind(at) === HELD_KMALLOC)
				bytes += objects.ksize(holdings.address(at)) - holdings.size(at);
	}
	return bytes;
}

function fragmentation({ mm }: Kernel) {
	let freeBlocks = 0;
	let freePages = 0;
	let suitablePages = 0;
	let largestFreePages = 0;
	for (const { zone } of mm.allocator.zones)
		for (let order = 0; order < MAX_ORDER; order++) {
			const blocks = zone.freeBlocks(order);
			if (blocks === 0) continue;
			const pages = 2 ** order;
			freeBlocks += blocks;
			freePages += blocks * pages;
			if (order >= HUGE_ORDER) suitablePages += blocks * pages;
			largestFreePages = Math.max(largestFreePages, pages);
		}
	const unusable = freePages - suitablePages;
	const unusablePerMille =
		freePages === 0
			? PER_MILLE
			: Math.floor((unusable * PER_MILLE) / freePages);
	return { freeBlocks, largestFreePages, unusablePerMille };
}

function metadata(kernel: Kernel, rows: readonly ObjectUsage[]) {
	const { mm, memory, parts } = kernel;
	const records = memory.frameCount - mm.globals.gapFrames;
	const tables =
		mm.counters.node(NR_PAGE_TABLE_PAGES) + parts.record.kernelTables;
	let slabRecordBytes = 0;
	for (const row of rows)
		if (row.internal)
			slabRecordBytes += isRoot(row)
				? row.pages * PAGE_BYTES
				: row.active * row.objectSize;
	return {
		pageRecordBytes: records * PAGE_RECORD_BYTES,
		pageTableBytes: tables * PAGE_BYTES,
		slabRecordBytes,
	};
}

function work({ mm, machine, objects, running }: Kernel) {
	const counts = [new Slub(mm, () => []).slabCounts()];
	if (objects.rootAddress !== NULL) counts.push(objects.slabCounts());
	const sum = (numbers: readonly number[]): number =>
		numbers.reduce((total, number) => total + number, 0);
	const zones = mm.allocator.zones.map(({ zone }) => zone);
	const { tasks } = running;
	let failedAllocations = 0;
	for (let task = tasks.first(); task !== NO_TASK; task = tasks.next(task))
		failedAllocations += tasks.failures(task);
	return {
		slabsMade: sum(counts.map(({ made }) => made)),
		slabsDiscarded: sum(counts.map(({ discarded }) => discarded)),
		splits: sum(zones.map(({ splits }) => splits)),
		merges: sum(zones.map(({ merges }) => merges)),
		fallbacks: sum(zones.map(({ fallbacks }) => fallbacks)),
		busyCycles: sum(
			machine.cpus.map(({ cycles, idleCycles }) => cycles - idleCycles),
		),
		failedAllocations,
	};
}
