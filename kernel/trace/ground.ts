// The ground of a frame map: what the frames are that nobody hands out, by the memory map alone.
//
//   | low MiB  | RAM ...              |  gap  | RAM ...     |
//   | firmware | boot                 | hole  | boot        |      blocks of the fold are painted over it
//
// The first MiB belongs to the firmware whole: real-mode vectors, BIOS data and ROMs lie in it, and boot gives none of it away.
//
// GR1: where a frame has bytes of two ranges, the later range decides: the firmware begins where RAM ends within a frame.

import type { TraceMachine } from "./header";

export const HOLE = 0;
export const FIRMWARE = 1;
export const BOOT = 2; // RAM: the kernel's image, and what boot took

const PAGE_BYTES = 4096;
const LOW_FRAMES = 256; // the first MiB

/** What each frame is, before anybody has it. */
export function groundOf({ frames, ranges }: TraceMachine): Uint8Array {
	const ground = new Uint8Array(frames).fill(ranges.length > 0 ? HOLE : BOOT);
	for (const [start, end, type] of ranges) {
		const first = Math.floor(start / PAGE_BYTES);
		const past = Math.ceil(end / PAGE_BYTES);
		ground.fill(type === "usable" ? BOOT : FIRMWARE, first, past);
	}
	for (let pfn = 0; pfn < Math.min(LOW_FRAMES, frames); pfn++)
		if (ground[pfn] === BOOT && ranges.length > 0) ground[pfn] = FIRMWARE;
	return ground;
}
