// Freed image: frames of the kernel image that a recorded kernel gave back and boot here keeps.
//
//   image        | code | gap | rodata | gap | data | . | init | bss ............. |
//   boot here            free            free         .   free                        freedImageParts
//   there                free            free       free  free         free           not RESERVED any more
//                                                    |                   |
//                                          SMP alternatives      decrypted memory: what one CPU, or a machine without
//                                                                a hypervisor's secrets, does not need
//
// The recorded kernel hands these frames out again, so a replay needs them: it frees them once boot is over.
//
// FI1: what boot frees is left out, and so is what is no RAM.

import type { MemoryMap } from "../../../hw/memory-map";
import { PAGE_SIZE } from "../../../hw/units";
import { freedImageParts } from "../../bringup";
import { type FrameFlags, type FrameRange, KPF_RESERVED } from "./kpageflags";

/** Frames in the image of `map` that are in nobody's reserve in a snapshot, without those that boot frees (FI1). */
export function freedImage(map: MemoryMap, flags: FrameFlags): FrameRange[] {
	const freed = freedImageParts(map.image);
	const isFreedHere = (pfn: number): boolean =>
		freed.some(
			({ start, end }) => start <= pfn * PAGE_SIZE && pfn * PAGE_SIZE < end,
		);
	const ranges: { start: number; count: number }[] = [];
	const first = Math.floor(map.imageStart / PAGE_SIZE);
	const past = Math.ceil(map.imageEnd / PAGE_SIZE);
	for (let pfn = first; pfn < past; pfn++) {
		const run = flags.runOf(pfn);
		if (run < 0 || flags.has(run, KPF_RESERVED) || isFreedHere(pfn)) continue;
		const last = ranges.at(-1);
		if (last && last.start + last.count === pfn) last.count++;
		else ranges.push({ start: pfn, count: 1 });
	}
	return ranges;
}
