// Estimates: amounts that no counter keeps and that are computed when /proc is read.
//
//   available    what programs could get without swapping    free + the part of the page cache and of reclaimable
//                                                            kernel memory that may go, less the reserves
//   commit limit what they may ask for in strict accounting  half of the RAM
//   dirty        pages that may wait to be written           a fifth, and for background writing a tenth, of what could
//                                                            be dirty
//
// All amounts are pages; every division rounds down.
// [mm/page_alloc.c si_mem_available; mm/util.c vm_commit_limit; mm/page-writeback.c domain_dirty_limits]

const OVERCOMMIT_PERCENT = 50; // vm.overcommit_ratio
const DIRTY_PERCENT = 20; // vm.dirty_ratio
const BACKGROUND_PERCENT = 10; // vm.dirty_background_ratio
const PAGE_BYTES = 4096; // ratios are kept in this fraction of one

/** What the estimates are made from. */
export interface MemoryUse {
	readonly free: number;
	/** High marks and largest reserves of all zones (totalreserve_pages). */
	readonly reserve: number;
	/** Low marks of all zones, added up. */
	readonly lowMarks: number;
	/** Page cache on the lists of reclaim: active and inactive. */
	readonly pageCache: number;
	/** Reclaimable slabs and other kernel memory that can be given back. */
	readonly reclaimable: number;
}

/** Pages that a new program could get; at least 0. */
export function availablePages(use: MemoryUse): number {
	const cache = use.pageCache - keptOf(use.pageCache, use.lowMarks);
	const kernel = use.reclaimable - keptOf(use.reclaimable, use.lowMarks);
	return Math.max(0, use.free - use.reserve + cache + kernel);
}

/** What is not taken of something that can be reclaimed: half of it, or the low marks if that is less. */
const keptOf = (pages: number, lowMarks: number): number =>
	Math.min(Math.floor(pages / 2), lowMarks);

/** Pages that all programs together may ask for, without swap. */
export const commitLimit = (totalPages: number): number =>
	Math.floor((totalPages * OVERCOMMIT_PERCENT) / 100);

/** Dirty pages from which on writers must write themselves, and from which on the background writes. */
export function dirtyThresholds(use: MemoryUse): {
	readonly dirty: number;
	readonly background: number;
} {
	const free = Math.max(0, use.free - use.reserve);
	const dirtyable = free + use.pageCache + 1;
	const dirty = shareOf(dirtyable, DIRTY_PERCENT);
	const background = shareOf(dirtyable, BACKGROUND_PERCENT);
	if (background < dirty) return { dirty, background };
	return { dirty, background: Math.floor(dirty / 2) };
}

function shareOf(pages: number, percent: number): number {
	const ratio = Math.floor((percent * PAGE_BYTES) / 100);
	return Math.floor((ratio * pages) / PAGE_BYTES);
}
