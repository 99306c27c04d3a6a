// Types of pageblocks at the beginning of a boot, derived from what had happened until then.
//
//   all MOVABLE, but
//     the pageblock of frame 0, which nobody made MOVABLE                                        UNMOVABLE
//     pairs that were stolen early: above 16 MiB with a frame in use by then                     UNMOVABLE
//       the last of several that still have free frames: the first radix trees and inodes took it  RECLAIMABLE
//     from the lowest frame given late: pageblocks whose first frame is not given late           UNMOVABLE
//
// A frame in use is one that is neither free nor reserved later on, lies neither in the image nor in the RAM disk, and is
// not given late. Pairs, because an unmovable request without a block of its type takes one of the largest order. The bits
// of a pageblock are written when its first frame is given its record: where that never happens they stay zero.

import { MIB, PAGE_SIZE } from "../../../hw/units";
import {
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_UNMOVABLE,
	PAGEBLOCK_FRAMES,
	PAGEBLOCK_ORDER,
} from "../../../mm/pageblock";
import { type FrameFlags, KPF_RESERVED } from "../snapshot/kpageflags";
import type { RecordedMachine } from "../snapshot/machine";
import type { FreeFrames } from "./free-frames";
import type { RecordedZones } from "./recorded-zones";

const PAIR = 2 * PAGEBLOCK_FRAMES;
const FIRST_PAIR = (16 * MIB) / PAGE_SIZE; // below, nothing is stolen so early

/**
 * The type of every pageblock when the first event of a boot was recorded.
 * @param flags of the first snapshot
 * @param late 1 for frames that boot gave late
 */
export function bootTypes(
	machine: RecordedMachine,
	flags: FrameFlags,
	zones: RecordedZones,
	free: FreeFrames,
	late: Uint8Array,
): Uint8Array {
	const blocks = (zones.frames >> PAGEBLOCK_ORDER) + 2;
	const types = new Uint8Array(blocks).fill(MIGRATE_MOVABLE);
	const used = framesInUse(machine, flags, zones, free, late);
	const stolen: number[] = []; // first frames of pairs with free frames
	for (let pfn = FIRST_PAIR; pfn < zones.frames; pfn += PAIR) {
		if (!hasOne(used, pfn, pfn + PAIR)) continue;
		const block = pfn >> PAGEBLOCK_ORDER;
		types.fill(MIGRATE_UNMOVABLE, block, block + 2);
		if (hasOne(free.map, pfn, pfn + PAIR)) stolen.push(block);
	}
	const last = stolen.at(-1);
	if (last !== undefined && stolen.length > 1)
		types.fill(MIGRATE_RECLAIMABLE, last, last + 2);
	types[0] = MIGRATE_UNMOVABLE;
	markUnwritten(types, late);
	return types;
}

/** 1 for frames in use when the first event was recorded, as far as that can be known. */
function framesInUse(
	{ map, ramDisk }: RecordedMachine,
	flags: FrameFlags,
	zones: RecordedZones,
	free: FreeFrames,
	late: Uint8Array,
): Uint8Array {
	const used = new Uint8Array(zones.frames);
	for (let run = 0; run < flags.length; run++) {
		if (flags.has(run, KPF_RESERVED)) continue;
		const start = flags.starts[run] as number;
		used.fill(1, start, start + (flags.counts[run] as number));
	}
	for (let pfn = 0; pfn < used.length; pfn++)
		if (free.map[pfn] === 1 || late[pfn] === 1) used[pfn] = 0;
	const leave = (start: number, end: number) =>
		used.fill(0, Math.floor(start / PAGE_SIZE), Math.ceil(end / PAGE_SIZE));
	leave(map.imageStart, map.imageEnd);
	if (ramDisk) leave(ramDisk.start, ramDisk.end);
	return used;
}

function hasOne(map: Uint8Array, first: number, end: number): boolean {
	for (let pfn = first; pfn < Math.min(end, map.length); pfn++)
		if (map[pfn] === 1) return true;
	return false;
}

/** Pageblocks of late memory that were never made MOVABLE. */
function markUnwritten(types: Uint8Array, late: Uint8Array): void {
	const lowest = late.indexOf(1);
	if (lowest < 0) return;
	for (let block = lowest >> PAGEBLOCK_ORDER; block < types.length; block++)
		if (late[block << PAGEBLOCK_ORDER] !== 1) types[block] = MIGRATE_UNMOVABLE;
}
