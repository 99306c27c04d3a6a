// The frames of a machine at a moment, cut into cells for a picture.
//
//   frames   | image |slab|free ...            one cell is 2^n frames, a row is ROW_CELLS cells
//   cell     who stands out most in it, and in quarters how much of it is in use
//
// Where several share a cell, the one is shown whose frames in the cell are most against the root of its frames everywhere:
// so a few page tables are not lost among many slabs. Whatever is in use outweighs whatever is free.
//
// FC1: every frame below the machine's end is counted in exactly one look.

import type { Fold } from "../fold/fold";
import {
	FREE,
	LARGE,
	PAGES,
	RESERVED,
	SLAB,
	STACK,
	TABLE,
	TRANSIT,
	USER,
	WAITING,
} from "../fold/frames";
import { groundOf } from "../ground";
import type { TraceHeader } from "../header";

export const ROW_CELLS = 128;
const ROWS_MAX = 128; // before the cells get coarser
const QUARTERS = 4;
const IDLE_WEIGHT = 1e-9;

/** Who has a frame, in the order of the legend. */
export const LOOK_NAMES = [
	"kernel",
	"slab",
	"large",
	"table",
	"stack",
	"user",
	"pages",
	"firmware",
	"pcp",
	"free",
	"hole",
] as const;
export type LookName = (typeof LOOK_NAMES)[number];

const KERNEL = LOOK_NAMES.indexOf("kernel");
const FIRMWARE = LOOK_NAMES.indexOf("firmware");
const IDLE = LOOK_NAMES.indexOf("pcp"); // this look and those behind it are in nobody's use
const HOLE = LOOK_NAMES.indexOf("hole");
const LOOKS = LOOK_NAMES.length;

const LOOK_OF_GROUND: readonly number[] = [HOLE, FIRMWARE, KERNEL];

/** Look of a block by its state; of reserved frames the memory map says more. */
const LOOK_OF_STATE: readonly number[] = (() => {
	const looks: number[] = [];
	const put = (state: number, look: LookName): void => {
		looks[state] = LOOK_NAMES.indexOf(look);
	};
	put(FREE, "free");
	put(TRANSIT, "free");
	put(WAITING, "pcp");
	put(PAGES, "pages");
	put(SLAB, "slab");
	put(LARGE, "large");
	put(TABLE, "table");
	put(USER, "user");
	put(STACK, "stack");
	return looks;
})();

/** A cell: place in LOOK_NAMES, and how many quarters of its frames are in use, at least one where any is. */
export interface FrameCell {
	readonly look: number;
	readonly quarters: number;
}

/** The picture as numbers. */
export interface FrameCells {
	readonly cellFrames: number;
	readonly rows: number;
	/** Row after row. */
	readonly cells: readonly FrameCell[];
	/** Frames by look. */
	readonly totals: readonly number[];
}

/** Cuts the machine of a fold into cells. */
export function frameCells(fold: Fold, header: TraceHeader): FrameCells {
	const { frames } = fold.frames;
	let cellFrames = 1;
	while (ROW_CELLS * cellFrames * ROWS_MAX < frames) cellFrames *= 2;
	const rows = Math.ceil(frames / (ROW_CELLS * cellFrames));
	const looks = looksOf(fold, header);
	const counts = new Int32Array(rows * ROW_CELLS * LOOKS);
	const totals = Array<number>(LOOKS).fill(0);
	for (let pfn = 0; pfn < frames; pfn++) {
		const look = looks[pfn] as number;
		const slot = Math.floor(pfn / cellFrames) * LOOKS + look;
		counts[slot] = (counts[slot] as number) + 1;
		totals[look] = (totals[look] as number) + 1;
	}
	const cells: FrameCell[] = [];
	for (let at = 0; at < counts.length; at += LOOKS)
		cells.push(judge(counts.subarray(at, at + LOOKS), totals));
	return { cellFrames, rows, cells, totals };
}

/** Look of every frame. */
function looksOf({ frames }: Fold, { machine }: TraceHeader): Uint8Array {
	const looks = groundOf(machine).map(
		(ground) => LOOK_OF_GROUND[ground] as number,
	);
	frames.eachBlock((head, count) => {
		const state = frames.state[head] as number;
		if (state === RESERVED) return;
		looks.fill(LOOK_OF_STATE[state] as number, head, head + count);
	});
	return looks;
}

function judge(counts: Int32Array, totals: readonly number[]): FrameCell {
	let best = HOLE;
	let most = 0;
	let used = 0;
	let present = 0;
	for (let look = 0; look < HOLE; look++) {
		const count = counts[look] as number;
		if (count === 0) continue;
		present += count;
		if (look < IDLE) used += count;
		const weight =
			look < IDLE
				? count / Math.sqrt(totals[look] as number)
				: count * IDLE_WEIGHT;
		if (weight <= most) continue;
		best = look;
		most = weight;
	}
	const quarters = Math.ceil((used / Math.max(1, present)) * QUARTERS);
	return { look: best, quarters };
}
