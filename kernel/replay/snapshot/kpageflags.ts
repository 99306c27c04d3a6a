// Flags of frames: /proc/kpageflags of all RAM as runs of frames that have the same flags.
//
//   1 158 100000000          first frame (hexadecimal), frames, flags (hexadecimal, 64 bits)
//   120 3808 400
//   |   |    |
//   |   |    +- bit 10, BUDDY: set in every frame of a free block, not only in its first one
//   |   +------ runs do not overlap and rise; between them is no RAM
//   +---------- here: the frames 0x120 to 0xfff
//
//   a slab of 4 frames      8080 SLAB, COMPOUND_HEAD   10080 10080 10080 SLAB, COMPOUND_TAIL        order 2
//   a slab of 1 frame         80 SLAB                                                                order 0
//
// The kernel is read while it runs, frame by frame: what changes meanwhile is seen half.
//
// KF1: starts rise, runs do not overlap, no run is empty. KF2: a frame number is below 2^31.
// [include/uapi/linux/kernel-page-flags.h; fs/proc/page.c stable_page_flags]

const NAME = "kpageflags.rle";
const LINE = /^([0-9a-f]{1,8}) (\d{1,10}) ([0-9a-f]{1,16})$/;
const FRAMES_MAX = 2 ** 31;

// Numbers of bits; the kernel's KPF_ constants.
export const KPF_LRU = 5;
export const KPF_SLAB = 7;
export const KPF_BUDDY = 10;
export const KPF_MMAP = 11;
export const KPF_ANON = 12;
export const KPF_COMPOUND_HEAD = 15;
export const KPF_COMPOUND_TAIL = 16;
export const KPF_THP = 22;
export const KPF_PGTABLE = 26;
export const KPF_RESERVED = 32;

/** Names of the bits, bit 0 first; empty where there is none. */
export const KPF_NAMES: readonly string[] = [
	..."LOCKED ERROR REFERENCED UPTODATE DIRTY LRU ACTIVE SLAB".split(" "),
	..."WRITEBACK RECLAIM BUDDY MMAP ANON SWAPCACHE SWAPBACKED".split(" "),
	..."COMPOUND_HEAD COMPOUND_TAIL HUGE UNEVICTABLE HWPOISON".split(" "),
	..."NOPAGE KSM THP OFFLINE ZERO_PAGE IDLE PGTABLE".split(" "),
	...["", "", "", "", ""],
	..."RESERVED MLOCKED MAPPEDTODISK PRIVATE PRIVATE_2".split(" "),
	..."OWNER_PRIVATE ARCH UNCACHED SOFTDIRTY ARCH_2".split(" "),
];

/** Frames from `start` on. */
export interface FrameRange {
	readonly start: number;
	readonly count: number;
}

/** Blocks of 2^order frames, lowest first. */
export interface FrameBlocks {
	readonly length: number;
	readonly pfns: Uint32Array;
	readonly orders: Uint8Array;
}

/** The flags of every frame, run by run. */
export class FrameFlags {
	/** `low` has bits 0 to 31, `high` has bits 32 to 63. */
	constructor(
		readonly starts: Uint32Array,
		readonly counts: Uint32Array,
		readonly low: Uint32Array,
		readonly high: Uint32Array,
	) {}

	/** Runs. */
	get length(): number {
		return this.starts.length;
	}

	/** Whether the frames of a run have a flag, a KPF_ constant. */
	has(run: number, bit: number): boolean {
		const words = bit < 32 ? this.low : this.high;
		return (((words[run] as number) >>> (bit & 31)) & 1) === 1;
	}

	/** The run that holds a frame; -1 for none. */
	runOf(pfn: number): number {
		let first = 0;
		let past = this.length;
		while (first < past) {
			const middle = (first + past) >>> 1;
			if ((this.starts[middle] as number) <= pfn) first = middle + 1;
			else past = middle;
		}
		const run = first - 1;
		if (run < 0) return -1;
		const end = (this.starts[run] as number) + (this.counts[run] as number);
		return pfn < end ? run : -1;
	}

	/** Frames that are RAM. */
	get frameCount(): number {
		return this.counts.reduce((sum, count) => sum + count, 0);
	}

	/** Frames that have a flag. */
	framesWith(bit: number): number {
		let frames = 0;
		for (let run = 0; run < this.length; run++)
			if (this.has(run, bit)) frames += this.counts[run] as number;
		return frames;
	}

	/** The frames that have a flag; neighbours are one range whatever else they have. */
	rangesWith(bit: number): FrameRange[] {
		const ranges: { start: number; count: number }[] = [];
		for (let run = 0; run < this.length; run++) {
			if (!this.has(run, bit)) continue;
			const start = this.starts[run] as number;
			const count = this.counts[run] as number;
			const last = ranges.at(-1);
			if (last && last.start + last.count === start) last.count += count;
			else ranges.push({ start, count });
		}
		return ranges;
	}

	/** Names of a run's flags, lowest bit first; a bit without a name is `bit N`. */
	names(run: number): string[] {
		const names: string[] = [];
		for (let bit = 0; bit < 64; bit++)
			if (this.has(run, bit)) names.push(KPF_NAMES[bit] || `bit ${bit}`);
		return names;
	}
}

/** What a kpageflags.rle text says. Throws an Error naming the line that does not fit. */
export function parseKpageflags(text: string): FrameFlags {
	const lines = text.split("\n");
	if (lines.at(-1) === "") lines.pop();
	const [starts, counts, low, high] = [0, 1, 2, 3].map(
		() => new Uint32Array(lines.length),
	) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
	let end = 0;
	lines.forEach((line, run) => {
		const [start, count, flags] = takeRun(line, run + 1, end);
		end = start + count;
		starts[run] = start;
		counts[run] = count;
		low[run] = Number.parseInt(flags.slice(-8), 16);
		high[run] = Number.parseInt(flags.slice(0, -8) || "0", 16);
	});
	return new FrameFlags(starts, counts, low, high);
}

/** First frame, frames and flags of a line; `end` is the first frame behind those of the lines before. */
function takeRun(
	line: string,
	lineNumber: number,
	end: number,
): [number, number, string] {
	const expected = (what: string): never => {
		throw new Error(
			`${NAME}, line ${lineNumber}: expected ${what}, found "${line}".`,
		);
	};
	const found =
		LINE.exec(line) ??
		expected("`FRAME COUNT FLAGS`, hexadecimal but for COUNT");
	const start = Number.parseInt(found[1] as string, 16);
	const count = Number(found[2]);
	if (start < end) expected("a frame behind those of the line before");
	if (count === 0 || start + count > FRAMES_MAX)
		expected("at least one frame, and none beyond 8 TiB");
	return [start, count, found[3] as string];
}

/** The slabs of a snapshot, and frames of slabs that were seen half. */
export interface SlabBlocks {
	readonly blocks: FrameBlocks;
	readonly torn: readonly FrameRange[];
}

/** The slabs that the flags show: one for each head and its tails, one for each single frame. */
export function slabBlocks(flags: FrameFlags): SlabBlocks {
	const pfns: number[] = [];
	const orders: number[] = [];
	const torn: FrameRange[] = [];
	for (let run = 0; run < flags.length; run++) {
		if (!flags.has(run, KPF_SLAB) || flags.has(run, KPF_COMPOUND_TAIL))
			continue;
		const start = flags.starts[run] as number;
		const count = flags.counts[run] as number;
		const isHead = flags.has(run, KPF_COMPOUND_HEAD);
		const tails = isHead ? tailsAt(flags, run + 1, start + count) : 0;
		const order = Math.log2(1 + tails);
		if (isHead && (count > 1 || !Number.isInteger(order) || order === 0)) {
			torn.push({ start, count: count + tails });
			continue;
		}
		for (let pfn = start; pfn < start + count; pfn++) {
			pfns.push(pfn);
			orders.push(order);
		}
	}
	return { blocks: blocksOf(pfns, orders), torn: torn.concat(lost(flags)) };
}

/** Tails of a slab, if they are the run `run` and begin at `pfn`. */
function tailsAt(flags: FrameFlags, run: number, pfn: number): number {
	if (run >= flags.length || flags.starts[run] !== pfn) return 0;
	const isTail = flags.has(run, KPF_SLAB) && flags.has(run, KPF_COMPOUND_TAIL);
	return isTail ? (flags.counts[run] as number) : 0;
}

/** Tails of slabs without a head before them. */
function lost(flags: FrameFlags): FrameRange[] {
	const found: FrameRange[] = [];
	for (let run = 0; run < flags.length; run++) {
		const start = flags.starts[run] as number;
		if (tailsAt(flags, run, start) === 0) continue;
		const before = flags.runOf(start - 1);
		const hasHead =
			before >= 0 &&
			flags.has(before, KPF_SLAB) &&
			flags.has(before, KPF_COMPOUND_HEAD);
		if (!hasHead) found.push({ start, count: flags.counts[run] as number });
	}
	return found;
}

/** Blocks by their first frames and orders. */
export const blocksOf = (
	pfns: readonly number[],
	orders: readonly number[],
): FrameBlocks => ({
	length: pfns.length,
	pfns: Uint32Array.from(pfns),
	orders: Uint8Array.from(orders),
});
