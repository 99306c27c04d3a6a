// Pageblocks: the migratetype of each 2 MiB of RAM, so that memory that cannot move is kept together.
//
//   4 bits a block of 512 frames, 8 blocks a word
//       +----+----+----+----+----+----+----+----+
//       | b7 | b6 | b5 | b4 | b3 | b2 | b1 | b0 |     3 bits of migratetype, 1 bit "compaction may skip"
//       +----+----+----+----+----+----+----+----+
//
// P1: a block whose first frame exists starts MOVABLE; kernel allocations then steal blocks and retype them. The others,
//     such as the first one of a PC, whose frame 0 is left to the firmware, stay as zeroed memory has them: UNMOVABLE.
// P2: a word covers 16 MiB, so no two zones of a real machine share one, and the zone lock guards it.
// [include/linux/pageblock-flags.h, mm/page_alloc.c set_pageblock_migratetype, memmap_init_range]

import type { Recorder } from "../hw/recorder";
import type { Pfn } from "../hw/units";
import { EV_BLOCK_TYPE } from "./events";

/** Order of a pageblock: 2 MiB, a huge page. */
export const PAGEBLOCK_ORDER = 9;
/** Frames of a pageblock. */
export const PAGEBLOCK_FRAMES = 512;

export const MIGRATE_UNMOVABLE = 0;
export const MIGRATE_MOVABLE = 1;
export const MIGRATE_RECLAIMABLE = 2;
/** Types that have per-CPU lists. */
export const MIGRATE_PCPTYPES = 3;
export const MIGRATE_HIGHATOMIC = 3;
export const MIGRATE_ISOLATE = 4;
export const MIGRATE_TYPES = 5;

/** As /proc/pagetypeinfo prints them. */
export const MIGRATETYPE_NAMES = [
	"Unmovable",
	"Movable",
	"Reclaimable",
	"HighAtomic",
	"Isolate",
] as const;

const TYPE_MASK = 7;
const WORD_FRAMES = PAGEBLOCK_FRAMES * 8;
const ALL_MOVABLE = 0x11111111; // a word of blocks

/** Words that the types of `frameCount` frames take. */
export const pageblockWords = (frameCount: number): number =>
	Math.ceil(frameCount / (PAGEBLOCK_FRAMES * 8));

/** Migratetypes of all pageblocks. */
export class Pageblocks {
	constructor(
		private readonly words: Int32Array,
		private readonly recorder: Recorder | null = null,
	) {}

	/** Makes every block MOVABLE that begins in frames `first` to `end` (P1): a word at a time where nobody is to be told. */
	makeMovable(first: number, end: number): void {
		let pfn = Math.ceil(first / PAGEBLOCK_FRAMES) * PAGEBLOCK_FRAMES;
		while (pfn < end) {
			const isWhole =
				pfn % WORD_FRAMES === 0 && pfn + WORD_FRAMES - PAGEBLOCK_FRAMES < end;
			if (isWhole && this.recorder === null) {
				this.words[pfn >>> 12] = ALL_MOVABLE;
				pfn += WORD_FRAMES;
			} else {
				this.setType(pfn as Pfn, MIGRATE_MOVABLE);
				pfn += PAGEBLOCK_FRAMES;
			}
		}
	}

	/** Migratetype of the block that holds `pfn`. */
	type(pfn: Pfn): number {
		return (
			((this.words[pfn >>> 12] as number) >>> ((pfn >>> 7) & 28)) & TYPE_MASK
		);
	}

	setType(pfn: Pfn, type: number): void {
		this.recorder?.emit(EV_BLOCK_TYPE, pfn, type, 0, 0);
		const shift = (pfn >>> 7) & 28;
		const rest = (this.words[pfn >>> 12] as number) & ~(TYPE_MASK << shift);
		this.words[pfn >>> 12] = rest | (type << shift);
	}
}
