// Translation lookaside buffer: the translations that one CPU remembers.
//
//   4 KiB pages: 256 sets of 4 ways          2 MiB pages: 8 sets of 4 ways
//       set = page number & 255                  set = large page number & 7
//       +------+------+------+------+            +------+------+------+------+
//       | way0 | way1 | way2 | way3 |            | way0 | way1 | way2 | way3 |
//       +------+------+------+------+            +------+------+------+------+
//       tag    double  page number * 2^13 + asid + 1; 0 = empty; global entries have an asid of their own
//       frame  int     first frame of the page
//       rights int     one bit for each way of access that needs no walk (mmu.ts)
//
//   bytes     0        8448               8512     12736     16960          16968      17232
//            +--------+------------------+--------+---------+--------------+----------+
//            | tags   | counters, owner  | frames | rights  | hits, level  | next way |
//            +--------+------------------+--------+---------+--------------+----------+
//   owner: asid + 1 of the address space that its CPU is in; level: the CPU's privilege level
//
// TB1: a tag is in at most one way of its set.
// TB2: nothing leaves but by a flush or by replacement, so entries go stale until the kernel flushes them.
// TB3: zeroed memory is an empty TLB.
// TB4: global entries are of the kernel's half.
//
// Replacement is round robin in each set, an empty way first: the same accesses evict the same entries on every host.
// Real processors have two levels, split instruction and data, and caches of upper table entries; the size here is that
// of a second level of 2013. A flush of more than 33 pages drops the whole address space, as Linux does it.
// [arch/x86/mm/tlb.c tlb_single_page_flush_ceiling]

import { EV_TLB_FLUSH, pageHigh, pageLow } from "./events";
import type { MemoryBuffer } from "./memory";
import type { Recorder } from "./recorder";
import type { Pfn, VirtAddr } from "./units";

const WAYS = 4;
const WAYS_SHIFT = 2;
const SETS = 256;
const LARGE_SETS = 8;
const SMALL = SETS * WAYS; // entries for 4 KiB pages; the others follow
const ENTRIES = SMALL + LARGE_SETS * WAYS;
const PAGE_STEP = 2 ** 13; // the asid and its 1 fit below the page number; no two pages share a tag
const GLOBAL_ASID = 4096; // behind the 12 bits of real ones
const FLUSH_CEILING = 33; // pages
const KERNEL = 2 ** 47; // first address of the kernel's half (KERNEL_HALF)

// Byte offsets of the parts.
const COUNTERS = ENTRIES * 8;
const FRAMES = COUNTERS + 64;
const NEXT_WAY = FRAMES + ENTRIES * 8 + 8;
const BYTES = NEXT_WAY + SETS + LARGE_SETS;

/** Index in `targets`, behind the rights, of the hits that `hits` and the clock have not settled yet. */
const RECENT_HITS = ENTRIES * 2;

// Indices of the counters, behind the tags.
const HITS = ENTRIES;
const MISSES = ENTRIES + 1;
const FLUSHES = ENTRIES + 2; // whole or of an address space
const PAGE_FLUSHES = ENTRIES + 3;
/** Index in `tags`, behind the counters, of what tags of the current address space add. */
const OWNER = ENTRIES + 4;
/** Index in `targets`, behind the recent hits, of the privilege level. */
const LEVEL = RECENT_HITS + 1;

/** The TLB of one CPU, over `Tlb.BYTES` bytes of the machine area; the offset is a multiple of 8. */
export class Tlb {
	static readonly BYTES = BYTES;
	/** Entries for 4 KiB pages; those for 2 MiB pages follow them. */
	static readonly SMALL_ENTRIES = SMALL;
	static readonly LARGE_ENTRIES = ENTRIES - SMALL;
	/** Word of `targets` in which the unit counts hits. */
	static readonly RECENT_HITS = RECENT_HITS;
	/** Double of `tags` that tags of the current address space add. */
	static readonly OWNER = OWNER;
	/** Word of `targets` with the privilege level. */
	static readonly LEVEL = LEVEL;

	// Two views for the lookup in mmu.ts, which has to be short: each view costs it half a nanosecond.
	/** Tag of each entry, then the counters and the owner. */
	readonly tags: Float64Array;
	/** First frame of each entry's page, then the rights of each entry, then the recent hits and the level. */
	readonly targets: Int32Array;
	private readonly nextWay: Uint8Array;
	/** Hears of flushes; null while nobody records. */
	recorder: Recorder | null = null;

	/** @param cpu number of the CPU whose TLB it is, for the records */
	constructor(
		buffer: MemoryBuffer,
		byteOffset: number,
		private readonly cpu = 0,
	) {
		this.tags = new Float64Array(buffer, byteOffset, ENTRIES + 8);
		this.targets = new Int32Array(buffer, byteOffset + FRAMES, ENTRIES * 2 + 2);
		const turns = SETS + LARGE_SETS;
		this.nextWay = new Uint8Array(buffer, byteOffset + NEXT_WAY, turns);
	}

	/** Lookups answered from here. */
	get hits(): number {
		const recent = (this.targets[RECENT_HITS] as number) >>> 0;
		return (this.tags[HITS] as number) + recent;
	}
	/** Adds hits that were counted in the recent-hits word. */
	addHits(hits: number): void {
		(this.tags[HITS] as number) += hits;
	}
	/** Lookups that needed a walk. */
	get misses(): number {
		return this.tags[MISSES] as number;
	}
	/** Flushes of everything or of one address space. */
	get flushes(): number {
		return this.tags[FLUSHES] as number;
	}
	/** Single pages flushed. */
	get pageFlushes(): number {
		return this.tags[PAGE_FLUSHES] as number;
	}
	/** Entries in use. */
	get used(): number {
		let used = 0;
		for (let entry = 0; entry < ENTRIES; entry++)
			if (this.tags[entry] !== 0) used++;
		return used;
	}

	/** Lookups are for this address space and level from now on. */
	keepSpace(asid: number, level: number): void {
		this.tags[OWNER] = asid + 1;
		this.targets[LEVEL] = level;
	}

	countMiss(): void {
		(this.tags[MISSES] as number) += 1;
	}

	/** Entry that translates `va` for this address space, or -1. */
	lookup(va: VirtAddr, asid: number): number {
		const small = this.search(smallTag(va, asid), smallSet(va));
		return small >= 0 ? small : this.lookupRest(va, asid);
	}

	/** The same among entries that are global or large. */
	lookupRest(va: VirtAddr, asid: number): number {
		const large = this.search(largeTag(va, asid), largeSet(va));
		return large < 0 && va >= KERNEL ? this.lookupGlobal(va) : large;
	}

	/** Rights of an entry that a lookup returned. */
	rightsOf(entry: number): number {
		return this.targets[ENTRIES + entry] as number;
	}

	/** Frame of the 4 KiB page at `va`, for an entry that a lookup returned. */
	frameAt(entry: number, va: VirtAddr): Pfn {
		const frame = this.targets[entry] as number;
		const within = entry < SMALL ? 0 : (va / 4096) & 511;
		return (frame + within) as Pfn;
	}

	/**
	 * Remembers a translation; replaces the one that is there for the same page.
	 * @param known false spares the search for that one: a lookup of this very page has found nothing
	 */
	fill(
		va: VirtAddr,
		asid: number,
		pfn: Pfn,
		rights: number,
		large: boolean,
		global: boolean,
		known = true,
	): void {
		const owner = global ? GLOBAL_ASID : asid;
		const tag = large ? largeTag(va, owner) : smallTag(va, owner);
		const set = large ? largeSet(va) : smallSet(va);
		const there = known ? this.search(tag, set) : -1;
		const entry = there >= 0 ? there : this.place(set);
		this.tags[entry] = tag;
		this.targets[entry] = pfn;
		this.targets[ENTRIES + entry] = rights;
	}

	/** Drops the translations of the page at `va`, whatever their size, global ones too (INVLPG). */
	flushPage(asid: number, va: VirtAddr): void {
		this.tags[PAGE_FLUSHES] = this.pageFlushes + 1;
		this.recorder?.emit(
			EV_TLB_FLUSH,
			pageLow(va),
			pageHigh(va, asid),
			1,
			this.cpu,
		);
		this.drop(va, asid);
		this.drop(va, GLOBAL_ASID);
	}

	/**
	 * Drops the pages of [start, end). Returns their number; when they are too many, drops all that the asid, or the
	 * kernel, has and returns -1.
	 */
	flushRange(asid: number, start: VirtAddr, end: VirtAddr): number {
		const pages = Math.ceil((end - start) / 4096);
		if (pages > FLUSH_CEILING) {
			if (start >= KERNEL) this.flushGlobal();
			else this.flushSpace(asid);
			return -1;
		}
		for (let page = 0; page < pages; page++)
			this.flushPage(asid, (start + page * 4096) as VirtAddr);
		return pages;
	}

	/** Drops what belongs to one address space; global entries stay. */
	flushSpace(asid: number): void {
		this.countFlush(asid);
		this.dropOwned(asid + 1, asid + 1);
	}

	/** Drops everything that is not global (a write to CR3 without tags). */
	flushAll(): void {
		this.countFlush(0);
		this.dropOwned(1, GLOBAL_ASID);
	}

	/** Drops everything. */
	flushGlobal(): void {
		this.countFlush(GLOBAL_ASID);
		this.tags.fill(0, 0, ENTRIES);
	}

	private countFlush(asid: number): void {
		this.tags[FLUSHES] = this.flushes + 1;
		this.recorder?.emit(EV_TLB_FLUSH, 0, pageHigh(0, asid), 0, this.cpu);
	}

	private lookupGlobal(va: VirtAddr): number {
		const small = this.search(smallTag(va, GLOBAL_ASID), smallSet(va));
		if (small >= 0) return small;
		return this.search(largeTag(va, GLOBAL_ASID), largeSet(va));
	}

	/** Entry of the set that begins at `set` which has this tag, or -1. */
	private search(tag: number, set: number): number {
		const tags = this.tags;
		if (tags[set] === tag) return set;
		if (tags[set + 1] === tag) return set + 1;
		if (tags[set + 2] === tag) return set + 2;
		return tags[set + 3] === tag ? set + 3 : -1;
	}

	/** The entry for a new tag: an empty way of the set, else the next in turn. */
	private place(set: number): number {
		const empty = this.search(0, set);
		if (empty >= 0) return empty;
		const turn = set >>> WAYS_SHIFT;
		const way = this.nextWay[turn] as number;
		this.nextWay[turn] = (way + 1) & (WAYS - 1);
		return set + way;
	}

	private drop(va: VirtAddr, asid: number): void {
		const small = this.search(smallTag(va, asid), smallSet(va));
		if (small >= 0) this.tags[small] = 0;
		const large = this.search(largeTag(va, asid), largeSet(va));
		if (large >= 0) this.tags[large] = 0;
	}

	/** Drops entries whose owner, asid + 1, lies in first .. last. */
	private dropOwned(first: number, last: number): void {
		const tags = this.tags;
		for (let entry = 0; entry < ENTRIES; entry++) {
			const owner = (tags[entry] as number) & (PAGE_STEP - 1);
			if (owner >= first && owner <= last) tags[entry] = 0;
		}
	}
}

const smallTag = (va: number, asid: number): number =>
	(va - (va & 4095)) * (PAGE_STEP / 4096) + asid + 1;
const largeTag = (va: number, asid: number): number =>
	Math.floor(va / 2 ** 21) * PAGE_STEP + asid + 1;

/** First entry of the set of a page. */
const smallSet = (va: number): number =>
	((va / 4096) & (SETS - 1)) << WAYS_SHIFT;
const largeSet = (va: number): number =>
	SMALL + (((va / 2 ** 21) & (LARGE_SETS - 1)) << WAYS_SHIFT);
