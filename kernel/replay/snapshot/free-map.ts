// Free maps: which blocks of the buddy allocator were free when a snapshot was taken.
//
//   flags    ....bbbbbbbbbbbbbb......      every frame of a free block has BUDDY set: where a block ends does not show
//   frames   2   6   8       16  20
//   blocks       |1|   3    | 2 |          but buddies merge: a run of free frames falls into the largest blocks that fit
//
// The free blocks follow from the free frames alone. Had a run two free buddies of one order, they would be one block of
// the next, up to the largest order; so from its beginning on, each block is the largest that is aligned and fits.
//
// FR1: blocks are naturally aligned, do not overlap, and cover exactly the frames with BUDDY.
// FR2: below the largest order, no two blocks are buddies.
// buddyinfo counts the same blocks, but at another instant: the flags are read later, and reading takes a while.

import { MAX_ORDER, ZONE_LIMITS, ZONE_NAMES } from "../../../mm/zone";
import type { FreeBlocks } from "../../proc/buddyinfo";
import {
	blocksOf,
	type FrameBlocks,
	type FrameFlags,
	KPF_BUDDY,
} from "./kpageflags";

/** The free blocks that the flags imply. */
export function freeMap(flags: FrameFlags): FrameBlocks {
	const pfns: number[] = [];
	const orders: number[] = [];
	for (const { start, count } of flags.rangesWith(KPF_BUDDY)) {
		const end = start + count;
		for (let pfn = start; pfn < end; ) {
			const order = largestOrder(pfn, end - pfn);
			pfns.push(pfn);
			orders.push(order);
			pfn += 2 ** order;
		}
	}
	return blocksOf(pfns, orders);
}

/** Order of the largest block that begins at `pfn` and has at most `frames`. */
function largestOrder(pfn: number, frames: number): number {
	let order = 0;
	while (
		order + 1 < MAX_ORDER &&
		2 ** (order + 1) <= frames &&
		pfn % 2 ** (order + 1) === 0
	)
		order++;
	return order;
}

/** How many blocks of each order each zone has; zones without any are left out, lowest zone first. */
export function countBlocks(blocks: FrameBlocks): FreeBlocks[] {
	const zones = ZONE_LIMITS.map(() => new Array<number>(MAX_ORDER).fill(0));
	for (let at = 0; at < blocks.length; at++) {
		const counts = zones[zoneOf(blocks.pfns[at] as number)] as number[];
		const order = blocks.orders[at] as number;
		counts[order] = (counts[order] as number) + 1;
	}
	return zones
		.map((counts, zone) => ({
			node: 0,
			zone: ZONE_NAMES[zone] as string,
			counts,
		}))
		.filter(({ counts }) => counts.some((count) => count > 0));
}

const zoneOf = (pfn: number): number =>
	ZONE_LIMITS.findIndex((limit) => pfn < limit);

/** One order of one zone of which the flags and buddyinfo tell different counts. */
export interface FreeDifference {
	readonly zone: string;
	readonly order: number;
	/** Blocks that the flags imply. */
	readonly flags: number;
	/** Blocks that buddyinfo counts. */
	readonly buddyinfo: number;
}

/** Where the counts of a free map and of buddyinfo differ; zones of several nodes are added up. */
export function compareFree(
	blocks: FrameBlocks,
	buddyinfo: readonly FreeBlocks[],
): FreeDifference[] {
	const [ours, theirs] = [addUp(countBlocks(blocks)), addUp(buddyinfo)];
	return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((zone) => {
		const [one, other] = [ours.get(zone) ?? [], theirs.get(zone) ?? []];
		const orders = Math.max(one.length, other.length);
		return Array.from({ length: orders }, (_, order) => ({
			zone,
			order,
			flags: one[order] ?? 0,
			buddyinfo: other[order] ?? 0,
		})).filter((row) => row.flags !== row.buddyinfo);
	});
}

function addUp(zones: readonly FreeBlocks[]): Map<string, number[]> {
	const sums = new Map<string, number[]>();
	for (const { zone, counts } of zones) {
		const sum = sums.get(zone) ?? [];
		counts.forEach((count, order) => {
			sum[order] = (sum[order] ?? 0) + count;
		});
		sums.set(zone, sum);
	}
	return sums;
}

/** Free frames that each side has more than the other, in all: 0 when the two agree. */
export const framesApart = (differences: readonly FreeDifference[]): number =>
	Math.abs(
		differences.reduce(
			(sum, { order, flags, buddyinfo }) =>
				sum + (flags - buddyinfo) * 2 ** order,
			0,
		),
	);
