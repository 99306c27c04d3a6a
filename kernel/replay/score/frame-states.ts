// Frame states: what each frame is there and here, frame by frame, as a table of counts.
//
//   recorded \ ours   free   slab  table   user  reserved  other
//   free             36190      .      .      .         .     10     10 frames that are free there are in use here
//   slab                 .   6571      .      .         .      .
//   user                 .      .      .      .         .   2214     in use on both sides: the events do not say for what
//   ...
//
// kpageflags shows a page on a CPU's list like one that the kernel uses for itself (no flag at all), so both are `other` on
// both sides. Of a page that was allocated the events tell only flags and order: whether it became a page table, memory of a
// program or the kernel's own does not come from them. So three counts:
//
//   same    the very same state
//   alike   also where both are in use as table, user or other
//   own     reserved there, used by this kernel for itself here: its books and first objects lie in the recorded kernel's
//
// FS1: only frames that the recorded flags tell of are counted; each is counted once.
// FS2: the flags are read frame by frame while the kernel runs, so what moves meanwhile is seen in two states or in none.
// [fs/proc/page.c stable_page_flags]

import type { FrameRun, FrameUse } from "../../frames";
import {
	type FrameFlags,
	KPF_ANON,
	KPF_BUDDY,
	KPF_LRU,
	KPF_MMAP,
	KPF_PGTABLE,
	KPF_RESERVED,
	KPF_SLAB,
	KPF_THP,
} from "../snapshot/kpageflags";
import { type Share, share } from "./pair";

/** The states, in the order of rows and columns. */
export const FRAME_STATES = [
	"free",
	"slab",
	"table",
	"user",
	"reserved",
	"other",
] as const;
export type FrameState = (typeof FRAME_STATES)[number];

const KPF_SWAPBACKED = 14; // pages of tmpfs have it before they are on any list

/** The first flag that a frame has decides. */
const STATE_OF_FLAG: readonly (readonly [bit: number, state: FrameState])[] = [
	[KPF_RESERVED, "reserved"],
	[KPF_BUDDY, "free"],
	[KPF_SLAB, "slab"],
	[KPF_PGTABLE, "table"],
	[KPF_ANON, "user"],
	[KPF_LRU, "user"],
	[KPF_MMAP, "user"],
	[KPF_SWAPBACKED, "user"],
	[KPF_THP, "user"],
];
const STATE_OF_USE: { readonly [use in FrameUse]: FrameState } = {
	hole: "reserved",
	firmware: "reserved",
	kernel: "reserved",
	metadata: "reserved",
	slab: "slab",
	table: "table",
	user: "user",
	pages: "other",
	pcp: "other",
	free: "free",
};
const IN_USE: ReadonlySet<FrameState> = new Set(["table", "user", "other"]);

export interface FramesScore {
	/** Frames that were compared. */
	readonly frames: number;
	readonly same: number;
	/** `same`, and frames that are in use on both sides. */
	readonly alike: number;
	/** Frames that are reserved there and that this kernel uses for itself. */
	readonly own: number;
	readonly sameShare: Share;
	/** Of all frames but `own`. */
	readonly alikeShare: Share;
	/** `counts[recorded][ours]`, both in the order of FRAME_STATES. */
	readonly counts: readonly (readonly number[])[];
}

/** The state of the frames of a run of flags. */
export const recordedState = (flags: FrameFlags, run: number): FrameState =>
	STATE_OF_FLAG.find(([bit]) => flags.has(run, bit))?.[1] ?? "other";

/** The state of a frame that is used here in this way. */
export const ourState = (use: FrameUse): FrameState => STATE_OF_USE[use];

/** Counts every frame by its two states; `ours` covers all frames in order (FR1 of frames.ts). */
export function framesScore(
	flags: FrameFlags,
	ours: readonly FrameRun[],
): FramesScore {
	const counts = FRAME_STATES.map(() =>
		new Array<number>(FRAME_STATES.length).fill(0),
	);
	let at = 0; // index in `ours`
	for (let run = 0; run < flags.length; run++) {
		const row = counts[stateIndex(recordedState(flags, run))] as number[];
		let pfn = flags.starts[run] as number;
		const end = pfn + (flags.counts[run] as number);
		while (pfn < end) {
			while (at < ours.length && endOf(ours[at] as FrameRun) <= pfn) at++;
			const here = ours[at];
			const next = here ? Math.min(end, endOf(here)) : end;
			const column = stateIndex(here ? ourState(here.use) : "reserved");
			row[column] = (row[column] as number) + next - pfn;
			pfn = next;
		}
	}
	return summary(counts);
}

const stateIndex = (state: FrameState): number => FRAME_STATES.indexOf(state);
const endOf = ({ start, count }: FrameRun): number => start + count;

function summary(counts: readonly (readonly number[])[]): FramesScore {
	let [frames, same, alike, own] = [0, 0, 0, 0];
	FRAME_STATES.forEach((recorded, row) => {
		FRAME_STATES.forEach((ours, column) => {
			const count = counts[row]?.[column] as number;
			frames += count;
			if (recorded === ours) same += count;
			if (recorded === ours || (IN_USE.has(recorded) && IN_USE.has(ours)))
				alike += count;
			else if (recorded === "reserved" && ours !== "free") own += count;
		});
	});
	return {
		frames,
		same,
		alike,
		own,
		sameShare: share(same, frames),
		alikeShare: share(alike, frames - own),
		counts,
	};
}
