// Types of pageblocks, guessed from what lies in them.
//
//   frames of one pageblock     programs' and files' pages  >=  slabs            MOVABLE
//                               kernel's pages              >   programs' pages  UNMOVABLE
//                               all free                                         MOVABLE
//   pagetypeinfo says R         R / 2 pairs of pageblocks that hold slabs and hardly anything else   RECLAIMABLE
//                    more UNMOVABLE than found: free partners of UNMOVABLE ones
//
// Pairs, because a request that finds no block of its type takes one of the largest order, which is two pageblocks.

import {
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_UNMOVABLE,
	PAGEBLOCK_FRAMES,
	PAGEBLOCK_ORDER,
} from "../../../mm/pageblock";
import { ZONE_DMA } from "../../../mm/zone";
import type { PageTypes } from "../../proc/pagetypeinfo";
import {
	type FrameFlags,
	KPF_ANON,
	KPF_BUDDY,
	KPF_LRU,
	KPF_MMAP,
	KPF_RESERVED,
	KPF_SLAB,
} from "../snapshot/kpageflags";
import type { RecordedZone, RecordedZones } from "./recorded-zones";

const KPF_ACTIVE = 6;
const MOVABLE_FLAGS = [KPF_LRU, KPF_ACTIVE, KPF_MMAP, KPF_ANON];
const FREE = 0;
const SLAB = 1;
const OTHER = 2; // of the kernel, but no slab
const MOVABLE = 3;
const RESERVED = 4;
const CLASSES = 5;

/** How many frames of each class every pageblock has. */
class Contents {
	private readonly counts: Int32Array;

	constructor(flags: FrameFlags, blocks: number) {
		this.counts = new Int32Array(blocks * CLASSES);
		for (let run = 0; run < flags.length; run++) {
			const group = classOf(flags, run);
			const start = flags.starts[run] as number;
			const end = start + (flags.counts[run] as number);
			for (let pfn = start; pfn < end; ) {
				const block = pfn >> PAGEBLOCK_ORDER;
				const past = Math.min(end, (block + 1) * PAGEBLOCK_FRAMES);
				const cell = block * CLASSES + group;
				if (cell < this.counts.length)
					this.counts[cell] = (this.counts[cell] as number) + past - pfn;
				pfn = past;
			}
		}
	}

	of(block: number, group: number): number {
		return this.counts[block * CLASSES + group] ?? 0;
	}
	/** The same over a pair of pageblocks. */
	ofPair(block: number, group: number): number {
		return this.of(block, group) + this.of(block + 1, group);
	}
	isEmpty(block: number): boolean {
		for (let group = 0; group < CLASSES; group++)
			if (this.of(block, group) > 0) return false;
		return true;
	}
}

function classOf(flags: FrameFlags, run: number): number {
	if (flags.has(run, KPF_RESERVED)) return RESERVED;
	if (flags.has(run, KPF_BUDDY)) return FREE;
	if (flags.has(run, KPF_SLAB)) return SLAB;
	return MOVABLE_FLAGS.some((bit) => flags.has(run, bit)) ? MOVABLE : OTHER;
}

/** The type of every pageblock, guessed from one snapshot. */
export function guessTypes(
	flags: FrameFlags,
	types: PageTypes | undefined,
	zones: RecordedZones,
): Uint8Array {
	const blocks = (zones.frames >> PAGEBLOCK_ORDER) + 2;
	const contents = new Contents(flags, blocks);
	const guess = new Uint8Array(blocks).fill(MIGRATE_MOVABLE);
	for (const zone of zones.all) {
		const row = types?.blocks.find(
			(each) => each.node === 0 && each.zone === zone.info.zone,
		);
		guessZone(guess, contents, zone, row?.counts ?? []);
	}
	return guess;
}

function guessZone(
	guess: Uint8Array,
	contents: Contents,
	zone: RecordedZone,
	wanted: readonly number[],
): void {
	const blocks: number[] = [];
	const last = (zone.end - 1) >> PAGEBLOCK_ORDER;
	for (let block = zone.start >> PAGEBLOCK_ORDER; block <= last; block++)
		if (!contents.isEmpty(block)) blocks.push(block);
	for (const block of blocks) guess[block] = byContents(contents, block);
	if (zone.index === ZONE_DMA) guess[0] = MIGRATE_UNMOVABLE;
	const pairs = slabPairs(contents, blocks);
	const most = Math.ceil((wanted[MIGRATE_RECLAIMABLE] ?? 0) / 2);
	for (const block of pairs.slice(0, most))
		guess.fill(MIGRATE_RECLAIMABLE, block, block + 2);
	addPartners(guess, contents, blocks, wanted[MIGRATE_UNMOVABLE] ?? 0);
}

function byContents(contents: Contents, block: number): number {
	const movable = contents.of(block, MOVABLE);
	const slab = contents.of(block, SLAB);
	if (movable > 0 && movable >= slab) return MIGRATE_MOVABLE;
	return slab + contents.of(block, OTHER) > movable
		? MIGRATE_UNMOVABLE
		: MIGRATE_MOVABLE;
}

/** First pageblocks of the pairs that hold slabs and nothing movable, those with the least else first. */
function slabPairs(contents: Contents, blocks: readonly number[]): number[] {
	const firsts = [...new Set(blocks.map((block) => block & ~1))].filter(
		(block) =>
			contents.ofPair(block, SLAB) > 0 &&
			contents.ofPair(block, MOVABLE) === 0 &&
			contents.ofPair(block, RESERVED) === 0,
	);
	const share = (block: number): number => {
		const other = contents.ofPair(block, OTHER);
		return (other + 8) / (contents.ofPair(block, SLAB) + other + 16);
	};
	return firsts.sort((one, two) => share(one) - share(two));
}

/** Makes free partners of UNMOVABLE pageblocks UNMOVABLE until there are as many as wanted. */
function addPartners(
	guess: Uint8Array,
	contents: Contents,
	blocks: readonly number[],
	wanted: number,
): void {
	let have = blocks.filter((it) => guess[it] === MIGRATE_UNMOVABLE).length;
	for (const block of blocks) {
		if (have >= wanted) return;
		const partner = block ^ 1;
		const fits =
			guess[block] === MIGRATE_MOVABLE &&
			guess[partner] === MIGRATE_UNMOVABLE &&
			contents.of(block, FREE) === PAGEBLOCK_FRAMES &&
			contents.of(partner, RESERVED) === 0;
		if (!fits) continue;
		guess[block] = MIGRATE_UNMOVABLE;
		have++;
	}
}
