// Watermarks: how much of each zone must stay free, and for whom.
//
//   free pages of a zone
//     managed +------------------------------
//             |                                 kswapd sleeps
//        high +- - - - - - - - - - - - - - - -
//             |  step                           kswapd goes on once it was woken
//         low +- - - - - - - - - - - - - - - -
//             |  step                           a request wakes kswapd and tries again
//         min +- - - - - - - - - - - - - - - -
//             |                                 only atomic requests and memory savers get in
//           0 +------------------------------
//     step = the larger of min / 4 and 0.1 % of the zone.   promo, above high, is one step more.
//
// A request that could also be served from a higher zone must leave a lower one its reserve besides: the lowmem
// reserve ("protection" in /proc/zoneinfo).
//
// All lists go by zone, lowest first (DMA, DMA32, Normal, Movable, Device), and count pages. Every division rounds
// down, as the kernel's integers do, which is why the formulas must be followed step by step.
//
// WM1: min <= low <= high <= promo.
// WM2: the minima of all zones together do not exceed min_free_kbytes.
// WM3: a zone without pages protects nothing.
// WM4: a per-CPU list holds at least one page, and at least four batches before it drains.
//
// [mm/page_alloc.c __setup_per_zone_wmarks, calculate_min_free_kbytes, setup_per_zone_lowmem_reserve,
//  calculate_totalreserve_pages, zone_batchsize, zone_highsize; mm/khugepaged.c set_recommended_min_free_kbytes;
//  mm/vmstat.c calculate_normal_threshold]

const KIB_PER_PAGE = 4;
const MIN_FREE_KIB_LEAST = 128;
const MIN_FREE_KIB_MOST = 262144;
const PAGEBLOCK_PAGES = 512; // what a huge page needs in one piece
const PCP_TYPES = 3; // unmovable, movable, reclaimable
const BATCH_PAGES_MOST = 256; // 1 MiB
const STAT_THRESHOLD_MOST = 125; // fits a signed byte
const STAT_BLOCK_PAGES = 32768; // 128 MiB

/** `vm.watermark_scale_factor`: the step in ten-thousandths of the zone. */
export const WATERMARK_SCALE_FACTOR = 10;
/** `vm.lowmem_reserve_ratio` by zone: one page is kept for so many pages above. 0 keeps none. */
export const LOWMEM_RESERVE_RATIO: readonly number[] = [256, 256, 32, 0, 0];
/** Machines with less RAM than this do not use huge pages unless told to (pages, 512 MiB). */
export const HUGE_PAGE_RAM_PAGES = 131072;

/** Marks of one zone, in pages. */
export interface Watermarks {
	readonly min: number;
	readonly low: number;
	readonly high: number;
	readonly promo: number;
}

const sum = (pages: readonly number[]): number =>
	pages.reduce((total, count) => total + count, 0);
/** Position of the highest set bit counted from 1; 0 for 0 (the kernel's fls). */
const highestBit = (value: number): number => 32 - Math.clz32(value);

/** Pages that ordinary requests can hope for: managed above the high marks. Without marks, all managed pages. */
export function freeBufferPages(
	managed: readonly number[],
	marks: readonly Watermarks[] = [],
): number {
	let pages = 0;
	for (let zone = 0; zone < managed.length; zone++)
		pages += Math.max(0, (managed[zone] as number) - (marks[zone]?.high ?? 0));
	return pages;
}

/** `vm.min_free_kbytes` of a machine with so many free buffer pages: it grows with the square root. */
export function minFreeKbytes(bufferPages: number): number {
	const root = Math.floor(Math.sqrt(bufferPages * KIB_PER_PAGE * 16));
	return Math.min(Math.max(root, MIN_FREE_KIB_LEAST), MIN_FREE_KIB_MOST);
}

/**
 * What huge pages raise it to: two free pageblocks in each populated zone, and room for every pair of migratetypes to
 * live apart; but not over a twentieth of the memory.
 */
export function hugePageMinFreeKbytes(
	zoneCount: number,
	bufferPages: number,
): number {
	const apart = PAGEBLOCK_PAGES * zoneCount * PCP_TYPES * PCP_TYPES;
	const wanted = PAGEBLOCK_PAGES * zoneCount * 2 + apart;
	return Math.min(wanted, Math.floor(bufferPages / 20)) * KIB_PER_PAGE;
}

/** The value that boot arrives at: from the square root, then raised if huge pages are used. */
export function bootMinFreeKbytes(
	managed: readonly number[],
	usesHugePages: boolean,
): number {
	const plain = minFreeKbytes(freeBufferPages(managed));
	if (!usesHugePages) return plain;
	const marks = zoneWatermarks(managed, plain);
	const zoneCount = managed.filter((pages) => pages > 0).length;
	const buffer = freeBufferPages(managed, marks);
	return Math.max(plain, hugePageMinFreeKbytes(zoneCount, buffer));
}

/** Marks of every zone: each gets its share of min_free_kbytes by size. */
export function zoneWatermarks(
	managed: readonly number[],
	minFreeKib: number,
	scaleFactor = WATERMARK_SCALE_FACTOR,
): Watermarks[] {
	const minPages = Math.floor(minFreeKib / KIB_PER_PAGE);
	const total = sum(managed);
	return managed.map((pages) => {
		const min = total === 0 ? 0 : Math.floor((minPages * pages) / total);
		const scaled = Math.floor((pages * scaleFactor) / 10000);
		const step = Math.max(Math.floor(min / 4), scaled);
		return {
			min,
			low: min + step,
			high: min + 2 * step,
			promo: min + 3 * step,
		};
	});
}

/**
 * Lowmem reserves: `reserves[zone][highest]` pages of `zone` are out of reach for a request that may go up to zone
 * `highest`.
 */
export function lowmemReserves(
	managed: readonly number[],
	ratio: readonly number[] = LOWMEM_RESERVE_RATIO,
): number[][] {
	return managed.map((own, zone) => {
		const divisor = own === 0 ? 0 : (ratio[zone] ?? 0);
		let above = 0;
		return managed.map((pages, highest) => {
			if (highest <= zone) return 0;
			above += pages;
			return divisor === 0 ? 0 : Math.floor(above / divisor);
		});
	});
}

/** Pages that user memory cannot count on: of each zone its high mark and its largest reserve. */
export function totalReservePages(
	managed: readonly number[],
	marks: readonly Watermarks[],
	reserves: readonly (readonly number[])[],
): number {
	let total = 0;
	for (let zone = 0; zone < managed.length; zone++) {
		const largest = Math.max(0, ...(reserves[zone] ?? []));
		const kept = largest + (marks[zone]?.high ?? 0);
		total += Math.min(kept, managed[zone] as number);
	}
	return total;
}

/** Pages that a per-CPU list takes from or gives to the buddy lists at once: one less than a power of two, or 1. */
export function pcpBatch(managed: number): number {
	const share = Math.min(Math.floor(managed / 1024), BATCH_PAGES_MOST);
	const quarter = Math.max(Math.floor(share / 4), 1);
	const sized = quarter + Math.floor(quarter / 2);
	return Math.max(2 ** (highestBit(sized) - 1) - 1, 1);
}

/**
 * Pages in a CPU's lists from which on they drain: the low mark shared among the CPUs, or the share of the zone that
 * `vm.percpu_pagelist_high_fraction` sets (0, the default, or 8 and more).
 */
export function pcpHigh(
	managed: number,
	low: number,
	cpuCount: number,
	highFraction = 0,
): number {
	const pages = highFraction === 0 ? low : Math.floor(managed / highFraction);
	return Math.max(Math.floor(pages / cpuCount), 4 * pcpBatch(managed));
}

/** How far a CPU's private count of a zone may be off before it is added to the zone's. */
export function statThreshold(managed: number, cpuCount: number): number {
	const size = highestBit(Math.floor(managed / STAT_BLOCK_PAGES));
	const threshold = 2 * highestBit(cpuCount) * (1 + size);
	return Math.min(threshold, STAT_THRESHOLD_MOST);
}
