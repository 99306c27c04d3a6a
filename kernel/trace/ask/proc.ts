// /proc texts at a moment, from the fold alone.
//
//   free lists of the fold          --> buddyinfo
//   free lists, pageblocks          --> pagetypeinfo
//   caches, slabs on node lists     --> slabinfo
//   frames by use                   --> the lines of meminfo that say where frames are
//
// PF1: what is returned equals the text of the machine at that moment to the byte.
// PF2: null where the events do not tell enough: counters, watermarks, areas of tasks. Whoever needs these texts runs the
//      scenario again up to the event.
// PF3: of meminfo the lines that can be told are right, and the others are left out.

import type { PhysAddr } from "../../../hw/units";
import { largestGap } from "../../../mm/init";
import {
	MIGRATE_TYPES,
	MIGRATETYPE_NAMES,
	PAGEBLOCK_FRAMES,
	PAGEBLOCK_ORDER,
} from "../../../mm/pageblock";
import { MAX_ORDER } from "../../../mm/zone";
import { type FreeBlocks, formatBuddyinfo } from "../../proc/buddyinfo";
import { commitLimit } from "../../proc/estimates";
import { formatMeminfo } from "../../proc/meminfo";
import {
	formatPagetypeinfo,
	type PageTypes,
	type TypeBlocks,
	type TypeFreeBlocks,
} from "../../proc/pagetypeinfo";
import type { Amounts } from "../../proc/scan";
import { type CacheLine, formatSlabinfo } from "../../proc/slabinfo";
import type { Fold } from "../fold/fold";
import {
	LARGE,
	RESERVED,
	SLAB,
	STACK,
	TABLE,
	USER,
	type ZoneSpan,
} from "../fold/frames";

const KIB_PER_PAGE = 4;
const NODE = 0; // the only one
const PAGE_BYTES = 4096;

/** Reports of /proc that a trace can be asked for, and what they are about; those of tasks are PID/maps and PID/status. */
export const PROC_REPORTS: readonly (readonly [name: string, words: string])[] =
	[
		["buddyinfo", "free blocks of each zone by order"],
		["pagetypeinfo", "free blocks and pageblocks by migratetype"],
		["slabinfo", "slab caches and how full they are"],
		["meminfo", "use of memory"],
		["vmstat", "counters"],
		["zoneinfo", "zones, marks and per-CPU lists"],
		["iomem", "the memory map"],
		["cmdline", "the kernel command line"],
		["version", "the kernel's version"],
	];

/** The text of /proc/`name` after the last event of the fold; null when events do not tell it (PF2). */
export function procAt(fold: Fold, name: string): string | null {
	const path = name.replace(/^\/proc\//, "");
	if (path === "buddyinfo") return formatBuddyinfo(buddyinfoAt(fold));
	if (path === "slabinfo") return formatSlabinfo(slabinfoAt(fold));
	if (path === "pagetypeinfo") {
		const types = pagetypeinfoAt(fold);
		return types && formatPagetypeinfo(types);
	}
	return null;
}

/** Free blocks of each zone. */
export const buddyinfoAt = ({ frames }: Fold): FreeBlocks[] =>
	frames.zones.map(({ name }, zone) => ({
		node: NODE,
		zone: name,
		counts: frames.freeBlocks(zone),
	}));

/** Caches, newest first. */
export const slabinfoAt = ({ objects }: Fold): CacheLine[] =>
	objects.all().map((cache) => ({
		name: cache.name,
		activeObjects: cache.total - objects.freeListed(cache.slot),
		objects: cache.total,
		objectSize: cache.size,
		objectsPerSlab: cache.objects,
		pagesPerSlab: 1 << cache.order,
		tunables: [0, 0, 0],
		activeSlabs: cache.slabs,
		slabs: cache.slabs,
		sharedAvailable: 0,
	}));

/** Free blocks and pageblocks by migratetype; null for a machine of which the memory map is needed and not known. */
export function pagetypeinfoAt(fold: Fold): PageTypes | null {
	const { zones } = fold.frames;
	const gap = gapOf(fold);
	if (gap === null) return null;
	return {
		blockOrder: PAGEBLOCK_ORDER,
		pagesPerBlock: PAGEBLOCK_FRAMES,
		types: MIGRATETYPE_NAMES,
		free: zones.flatMap((_, zone) =>
			MIGRATETYPE_NAMES.map((_, type) => typeFreeBlocks(fold, zone, type)),
		),
		blocks: zones.map((zone) => typeBlocks(fold, zone, gap)),
	};
}

function typeFreeBlocks(
	{ frames }: Fold,
	zone: number,
	type: number,
): TypeFreeBlocks {
	return {
		node: NODE,
		zone: (frames.zones[zone] as ZoneSpan).name,
		type: MIGRATETYPE_NAMES[type] as string,
		counts: Array.from({ length: MAX_ORDER }, (_, order) =>
			frames.lists.count(frames.freeList(zone, order, type)),
		),
	};
}

interface Gap {
	readonly start: number;
	readonly frames: number;
}

function typeBlocks({ frames }: Fold, zone: ZoneSpan, gap: Gap): TypeBlocks {
	const counts = Array<number>(MIGRATE_TYPES).fill(0);
	for (let pfn = zone.start; pfn < zone.end; pfn += PAGEBLOCK_FRAMES) {
		if (pfn >= gap.start && pfn < gap.start + gap.frames) continue;
		const type = frames.blockTypes[pfn >>> PAGEBLOCK_ORDER] as number;
		counts[type] = (counts[type] as number) + 1;
	}
	return { node: NODE, zone: zone.name, counts };
}

const FRAMES_BELOW_HOLE = 0xc0000; // 3 GiB: below a PC's addresses of devices

/** Frames that have no records, and so no type; null when the map that tells it is not known. */
function gapOf({ machine }: Fold): Gap | null {
	const { ranges = [] } = machine as {
		readonly ranges?: readonly (readonly [number, number, string])[];
	};
	const memory = ranges
		.filter(([, , type]) => type === "usable")
		.map(([start, end]) => ({
			base: (Math.ceil(start / PAGE_BYTES) * PAGE_BYTES) as PhysAddr,
			end: (Math.floor(end / PAGE_BYTES) * PAGE_BYTES) as PhysAddr,
		}));
	if (memory.length === 0 && machine.frames > FRAMES_BELOW_HOLE) return null;
	return memory.length === 0
		? { start: machine.frames, frames: 0 }
		: largestGap(memory as never, machine.frames);
}

/** PF3: kilobytes by their names in /proc/meminfo. */
export function meminfoAt(fold: Fold): Amounts {
	const { frames } = fold;
	const uses = framesByState(fold);
	const of = (state: number): number => (uses[state] ?? 0) * KIB_PER_PAGE;
	const total = frames.frames - (uses[RESERVED] as number);
	const reclaimable = reclaimableFrames(fold) * KIB_PER_PAGE;
	const slab = of(SLAB) + of(LARGE); // a kmalloc too large for a cache counts as one
	const free = frames.zones.map((_, zone) => frames.freeFrames(zone));
	return {
		MemTotal: total * KIB_PER_PAGE,
		MemFree: free.reduce((sum, count) => sum + count, 0) * KIB_PER_PAGE,
		AnonPages: of(USER),
		KReclaimable: reclaimable,
		Slab: slab,
		SReclaimable: reclaimable,
		SUnreclaim: slab - reclaimable,
		KernelStack: of(STACK),
		PageTables: of(TABLE),
		CommitLimit: commitLimit(total) * KIB_PER_PAGE,
	};
}

/** What is to be said where only these lines are shown. */
export const MEMINFO_PART =
	"These lines of /proc/meminfo follow from the events; the others do not.";

/** The lines of /proc/meminfo that the fold tells. */
export const meminfoText = (fold: Fold): string =>
	formatMeminfo(meminfoAt(fold));

/** Frames by state of the fold. */
export function framesByState({ frames }: Fold): number[] {
	const counts = Array<number>(STACK + 1).fill(0);
	frames.eachBlock((head, count) => {
		const state = frames.state[head] as number;
		counts[state] = (counts[state] as number) + count;
	});
	return counts;
}

const reclaimableFrames = ({ objects }: Fold): number =>
	objects
		.all()
		.reduce(
			(sum, { reclaimable, frames }) => sum + (reclaimable ? frames : 0),
			0,
		);
