// The memory manager's static variables: where everything else is. One record in the kernel image's data section.
//
//   word   0       1      2 .. 3    4        5         6 .. 7   8 .. 9   10 .. 11   12 .. 13   14
//       +-------+------+---------+--------+---------+--------+--------+----------+----------+------------+
//       | magic | cpus | mem_map | gap at | gap len | percpu | pgdat  | blocks   | newest   | cache lock |
//       +-------+------+---------+--------+---------+--------+--------+----------+----------+------------+
//   word  15       16 .. 17     18 .. 19          20            21 .. 22   23         24 .. 25  26       27
//       +--------+------------+-----------------+-------------+----------+----------+---------+---------+---------+
//       | booted | kmem_cache | kmem_cache_node | min_free_kb | rng      | switches | rings   | records | changes |
//       +--------+------------+-----------------+-------------+----------+----------+---------+---------+---------+
//
// A thread that attaches to a running kernel finds this record through the machine page and builds its views from it.
// W1: once `booted` is set, only the cache list and min_free_kbytes change.

import type { PhysicalMemory } from "../hw/memory";
import { asPhys, type PhysAddr } from "../hw/units";

const MAGIC = 0;
const CPUS = 1;
const MEM_MAP = 2;
const GAP_START = 4;
const GAP_FRAMES = 5;
const PERCPU = 6;
const PGDAT = 8;
const BLOCKS = 10;
const CACHES = 12;
const CACHE_LOCK = 14;
const KMEM_CACHE = 16;
const BOOTED = 15;
const KMEM_CACHE_NODE = 18;
const MIN_FREE = 20;
const RNG = 21;
const FLAGS = 23;
const RINGS = 24;
const RING_RECORDS = 26;
const GENERATION = 27;
const WORDS = 64;
const MAGIC_WORD = 0x466c6167; // "Flag"

/** Bytes of the record. */
export const GLOBALS_BYTES = WORDS * 4;
/** Switches that boot fixed and that every thread's views must share. */
export const MM_INIT_ON_ALLOC = 1;
export const MM_SHUFFLE_FREELIST = 2;
export const MM_SHUFFLE_PAGES = 4;
export const MM_NO_GROUPING = 8;
export const MM_NO_MERGE = 16;

/** The record of static variables. */
export class MmGlobals {
	readonly words: Int32Array;
	/** Index into `words` of the lock of the cache list. */
	readonly cacheLockAt = CACHE_LOCK;

	constructor(
		private readonly memory: PhysicalMemory,
		readonly address: PhysAddr,
	) {
		this.words = memory.wordsAt(address, WORDS);
	}

	init(cpus: number): void {
		this.words.fill(0);
		this.words[MAGIC] = MAGIC_WORD;
		this.words[CPUS] = cpus;
	}
	get isValid(): boolean {
		return this.words[MAGIC] === MAGIC_WORD;
	}
	get cpuCount(): number {
		return this.words[CPUS] as number;
	}

	/** Address of the array of page records. */
	get memMap(): PhysAddr {
		return this.pointer(MEM_MAP);
	}
	/** First frame and length of the hole that has no records. */
	get gapStart(): number {
		return this.words[GAP_START] as number;
	}
	get gapFrames(): number {
		return this.words[GAP_FRAMES] as number;
	}
	setMemMap(address: PhysAddr, gapStart: number, gapFrames: number): void {
		this.setPointer(MEM_MAP, address);
		this.words[GAP_START] = gapStart;
		this.words[GAP_FRAMES] = gapFrames;
	}

	/** Address of CPU 0's unit; the others follow. */
	get percpu(): PhysAddr {
		return this.pointer(PERCPU);
	}
	setPercpu(address: PhysAddr): void {
		this.setPointer(PERCPU, address);
	}
	/** Address of the node's descriptor: its zones. */
	get pgdat(): PhysAddr {
		return this.pointer(PGDAT);
	}
	setPgdat(address: PhysAddr): void {
		this.setPointer(PGDAT, address);
	}
	/** Address of the pageblock types. */
	get blocks(): PhysAddr {
		return this.pointer(BLOCKS);
	}
	setBlocks(address: PhysAddr): void {
		this.setPointer(BLOCKS, address);
	}

	/** Newest cache; 0 before the first. */
	get newestCache(): PhysAddr {
		return this.pointer(CACHES);
	}
	setNewestCache(cache: PhysAddr): void {
		this.setPointer(CACHES, cache);
	}
	/** The cache of cache descriptors and the one of their node parts. */
	get cacheOfCaches(): PhysAddr {
		return this.pointer(KMEM_CACHE);
	}
	setCacheOfCaches(cache: PhysAddr): void {
		this.setPointer(KMEM_CACHE, cache);
	}
	get cacheOfNodes(): PhysAddr {
		return this.pointer(KMEM_CACHE_NODE);
	}
	setCacheOfNodes(cache: PhysAddr): void {
		this.setPointer(KMEM_CACHE_NODE, cache);
	}

	/** How often the list of caches changed: tells a thread that its views may be stale. */
	get cacheChanges(): number {
		return this.words[GENERATION] as number;
	}
	countCacheChange(): number {
		this.words[GENERATION] = this.cacheChanges + 1;
		return this.cacheChanges;
	}

	/** vm.min_free_kbytes. */
	get minFreeKbytes(): number {
		return this.words[MIN_FREE] as number;
	}
	setMinFreeKbytes(kilobytes: number): void {
		this.words[MIN_FREE] = kilobytes;
	}

	/** State of the generator that shuffles free lists. */
	get rngState(): Int32Array {
		return this.words.subarray(RNG, RNG + 2);
	}

	/** Address of CPU 0's recorder ring, the others follow; 0 when nothing is recorded. */
	get rings(): PhysAddr {
		return this.pointer(RINGS);
	}
	/** Records in each ring, a power of two. */
	get ringRecords(): number {
		return this.words[RING_RECORDS] as number;
	}
	setRings(address: PhysAddr, records: number): void {
		this.setPointer(RINGS, address);
		this.words[RING_RECORDS] = records;
	}

	/** MM_ switches. */
	get flags(): number {
		return this.words[FLAGS] as number;
	}
	setFlags(flags: number): void {
		this.words[FLAGS] = flags;
	}

	get isBooted(): boolean {
		return this.words[BOOTED] === 1;
	}
	setBooted(): void {
		this.words[BOOTED] = 1;
	}

	private pointer(word: number): PhysAddr {
		return this.memory.readPointer(asPhys(this.address + word * 4));
	}
	private setPointer(word: number, target: PhysAddr): void {
		this.memory.writePointer(asPhys(this.address + word * 4), target);
	}
}
