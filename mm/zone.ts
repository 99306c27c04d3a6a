// Zones: stretches of physical memory that different requests may use.
//
//   DMA below 16 MiB | DMA32 below 4 GiB | Normal above | Movable, Device: empty unless asked for
//
//   record of 256 words, in the node's descriptor:
//   word 0      1      2       3       4         5         6         7       8 .. 11            12      13 .. 17
//       +------+------+-------+-------+---------+---------+---------+-------+------------------+-------+---------+
//       | lock | node | index | start | spanned | present | managed | flags | min low high pro | boost | reserve |
//       +------+------+-------+-------+---------+---------+---------+-------+------------------+-------+---------+
//   word 18           19      20 .. 24     25      26          27 .. 29                  30 .. 63   64 + 16 k, for order k
//       +------------+-------+------------+-------+-----------+-------------------------+--------+--------------------------+
//       | highatomic | free  | easy marks | drift | threshold | splits merges fallbacks | unused | head, tail of each type  |
//       |            |       |            |       |           |                         |        | (10), nr_free            |
//       +------------+-------+------------+-------+-----------+-------------------------+--------+--------------------------+
//
// Z1: spanned = end - start, holes included; present = frames that exist; managed = frames that the buddy was given.
//     managed <= present <= spanned.
// Z2: free = sum over orders of nr_free x 2^order. Pages on per-CPU lists are not free in this sense.
// Z3: min < low < high unless all are 0; a mark that is read always has the boost added.
// Z4: more free frames than the easy mark of a class means that a single page may go to any request of that class
//     without a further question: easy mark = low + boost + highatomic + reserve + drift, or out of reach while reclaim
//     has to be woken.
// Z5: drift = what the CPUs have not told yet of changes of free; 0 while the threshold is 0, which it is unless somebody
//     sets it. Marks are compared with what was told, as Linux compares them with a counter that each CPU updates late.
// Z6: splits, merges and fallbacks count since boot: halvings of a block, joinings of two, blocks taken from another type.
// Everything but the marks changes only under the zone lock.
// [include/linux/mmzone.h struct zone; arch/x86/mm/init.c zone_sizes_init]

import { asPfn, type Pfn } from "../hw/units";

const LOCK = 0;
const NODE = 1;
const INDEX = 2;
const START = 3;
const SPANNED = 4;
const PRESENT = 5;
const MANAGED = 6;
const FLAGS = 7;
const MARKS = 8; // min, low, high, promo
const BOOST = 12;
const RESERVE = 13; // one for each class of request
const HIGHATOMIC = 18;
const FREE = 19;
const EASY_MARKS = 20; // one for each class of request
const DRIFT = 25;
const STAT_THRESHOLD = 26;
const SPLITS = 27;
const MERGES = 28;
const FALLBACKS = 29;
const FREE_AREAS = 64;
const AREA_SHIFT = 4; // 16 words for each order
const NR_FREE = 10; // word of a free area
const FLAG_BOOSTED = 1;
const FLAG_RECLAIMING = 2;
const OUT_OF_REACH = 2 ** 31 - 1;

/** Words of a zone record. */
export const ZONE_WORDS = 256;
/** Orders 0 to 10; Linux 6.1 calls the count MAX_ORDER. */
export const MAX_ORDER = 11;

export const ZONE_DMA = 0;
export const ZONE_DMA32 = 1;
export const ZONE_NORMAL = 2;
export const ZONE_MOVABLE = 3;
export const ZONE_DEVICE = 4;
export const ZONE_COUNT = 5;
/** Of the classes of request that may have a page of the highest zone, the one that must leave most there. */
export const STRICTEST_CLASS = ZONE_MOVABLE;
export const ZONE_NAMES = [
	"DMA",
	"DMA32",
	"Normal",
	"Movable",
	"Device",
] as const;

/** First frame past each zone; Movable and Device take no frames by default. */
export const ZONE_LIMITS = [4096, 2 ** 20, 2 ** 40] as const;

export const WMARK_MIN = 0;
export const WMARK_LOW = 1;
export const WMARK_HIGH = 2;
export const WMARK_PROMO = 3;

/** One zone's record. */
export class Zone {
	/** The record's words; free lists are addressed by `listAt`. */
	readonly words: Int32Array;

	constructor(words: Int32Array) {
		this.words = words;
	}

	/** Writes the facts that boot knows before any page is free. */
	init(node: number, index: number, start: number, spanned: number): void {
		this.words[NODE] = node;
		this.words[INDEX] = index;
		this.words[START] = start;
		this.words[SPANNED] = spanned;
	}

	/** Index into `words` of the zone lock. */
	get lockAt(): number {
		return LOCK;
	}
	get node(): number {
		return this.words[NODE] as number;
	}
	/** Place in the order DMA, DMA32, Normal, Movable, Device. */
	get index(): number {
		return this.words[INDEX] as number;
	}
	get name(): string {
		return ZONE_NAMES[this.index] as string;
	}
	get start(): Pfn {
		return asPfn(this.words[START] as number);
	}
	/** First frame past the zone. */
	get end(): number {
		return (this.words[START] as number) + (this.words[SPANNED] as number);
	}
	get spanned(): number {
		return this.words[SPANNED] as number;
	}
	get present(): number {
		return this.words[PRESENT] as number;
	}
	setPresent(frames: number): void {
		this.words[PRESENT] = frames;
	}
	get managed(): number {
		return this.words[MANAGED] as number;
	}
	setManaged(frames: number): void {
		this.words[MANAGED] = frames;
	}
	/** A zone that has frames to give. */
	get isPopulated(): boolean {
		return this.present !== 0;
	}
	contains(pfn: number): boolean {
		const at = pfn - (this.words[START] as number);
		return at >= 0 && at < (this.words[SPANNED] as number);
	}

	/** Frames in the free lists. */
	get free(): number {
		return this.words[FREE] as number;
	}
	addFree(frames: number): void {
		(this.words[FREE] as number) += frames;
	}

	/** Free frames as far as the CPUs have told (Z5). */
	get seenFree(): number {
		return (this.words[FREE] as number) - (this.words[DRIFT] as number);
	}
	/** A CPU keeps (positive) or tells (negative) so many frames of a change. */
	addDrift(frames: number): void {
		(this.words[DRIFT] as number) += frames;
		this.updateEasyMarks();
	}
	/** Frames up to which a CPU keeps changes to itself ("vm stats threshold"). */
	get statThreshold(): number {
		return this.words[STAT_THRESHOLD] as number;
	}
	setStatThreshold(frames: number): void {
		this.words[STAT_THRESHOLD] = frames;
	}

	/** A watermark with the boost added (wmark_pages). */
	watermark(mark: number): number {
		return (this.words[MARKS + mark] as number) + (this.words[BOOST] as number);
	}
	setWatermark(mark: number, frames: number): void {
		this.words[MARKS + mark] = frames;
		this.updateEasyMarks();
	}
	get boost(): number {
		return this.words[BOOST] as number;
	}
	setBoost(frames: number): void {
		this.words[BOOST] = frames;
		this.updateEasyMarks();
	}
	/** Set when a fallback boosted the marks and reclaim should be woken (ZONE_BOOSTED_WATERMARK). */
	get isBoosted(): boolean {
		return ((this.words[FLAGS] as number) & FLAG_BOOSTED) !== 0;
	}
	setBoosted(boosted: boolean): void {
		this.setFlag(FLAG_BOOSTED, boosted);
		this.updateEasyMarks();
	}
	/** Set while background reclaim works on the zone: the per-CPU lists then keep little (ZONE_RECLAIM_ACTIVE). */
	get isReclaiming(): boolean {
		return ((this.words[FLAGS] as number) & FLAG_RECLAIMING) !== 0;
	}
	setReclaiming(reclaiming: boolean): void {
		this.setFlag(FLAG_RECLAIMING, reclaiming);
	}
	private setFlag(flag: number, on: boolean): void {
		const others = (this.words[FLAGS] as number) & ~flag;
		this.words[FLAGS] = on ? others | flag : others;
	}

	/** Frames kept from requests that could have used zone class `highest`. */
	lowmemReserve(highest: number): number {
		return this.words[RESERVE + highest] as number;
	}
	setLowmemReserve(highest: number, frames: number): void {
		this.words[RESERVE + highest] = frames;
		this.updateEasyMarks();
	}

	/** Frames in pageblocks reserved for atomic high-order requests. */
	get highatomic(): number {
		return this.words[HIGHATOMIC] as number;
	}
	setHighatomic(frames: number): void {
		this.words[HIGHATOMIC] = frames;
		this.updateEasyMarks();
	}

	/** Whether a single page may be taken for class `highest` without looking closer (Z4). */
	isPlentiful(highest: number): boolean {
		const words = this.words;
		return (words[FREE] as number) > (words[EASY_MARKS + highest] as number);
	}

	/** The same for a block of 2^order frames, as far as their number goes. */
	isPlentifulFor(order: number, highest: number): boolean {
		const words = this.words;
		const left = (words[FREE] as number) - (1 << order) + 1;
		return left > (words[EASY_MARKS + highest] as number);
	}

	private updateEasyMarks(): void {
		const drift = this.words[DRIFT] as number;
		const mark = this.watermark(WMARK_LOW) + this.highatomic + drift;
		for (let highest = 0; highest < ZONE_COUNT; highest++)
			this.words[EASY_MARKS + highest] = this.isBoosted
				? OUT_OF_REACH
				: mark + this.lowmemReserve(highest);
	}

	/** How often a block was halved, two were joined, and a block of another type was taken, since boot. */
	get splits(): number {
		return (this.words[SPLITS] as number) >>> 0;
	}
	get merges(): number {
		return (this.words[MERGES] as number) >>> 0;
	}
	get fallbacks(): number {
		return (this.words[FALLBACKS] as number) >>> 0;
	}
	countSplits(count: number): void {
		(this.words[SPLITS] as number) += count;
	}
	countMerges(count: number): void {
		(this.words[MERGES] as number) += count;
	}
	countFallback(): void {
		(this.words[FALLBACKS] as number) += 1;
	}

	/** Index into `words` of the list of free blocks of one order and migratetype: head, then tail. */
	listAt(order: number, type: number): number {
		return (FREE_AREAS + (order << AREA_SHIFT)) | (type << 1);
	}
	/** Index into `words` of the number of free blocks of one order, over all migratetypes (nr_free). */
	countAt(order: number): number {
		return (FREE_AREAS + (order << AREA_SHIFT)) | NR_FREE;
	}
	/** That number. */
	freeBlocks(order: number): number {
		return this.words[this.countAt(order)] as number;
	}
}
