// Records of slab caches: kmem_cache, and kmem_cache_node for each memory node.
//
//   kmem_cache, 224 bytes
//   word   0      1       2            3      4        5        6          7         8       9
//       +------+-------+-------------+------+--------+--------+----------+---------+-------+---------+
//       | slot | flags | min_partial | size | object | offset | cpu_part | cpu_sl. | order | objects |
//       +------+-------+-------------+------+--------+--------+----------+---------+-------+---------+
//   word  10       11        12         13      14      15         16       17      18 .. 19  20 .. 21  22 .. 23
//       +--------+---------+----------+-------+-------+----------+-------+---------+--------+---------+--------+
//       | min    | min obj | refcount | inuse | align | red left | ctor  | unused  | newer  | older   | node 0 |
//       +--------+---------+----------+-------+-------+----------+-------+---------+--------+---------+--------+
//   word  40 .. 55: name, ASCII, at most 63 characters
//
//   kmem_cache_node, 64 bytes
//   word   0      1            2      3      4         5
//       +------+------------+------+------+----------+---------------+
//       | lock | nr_partial | head | tail | nr_slabs | total_objects |
//       +------+------------+------+------+----------+---------------+
//
// D1: caches form one chain from the newest to the oldest. D2: refcount counts the names that share the cache; -1 means
// that it never shares. D3: nr_partial is the length of the list at head; full slabs are on no list.
// Linux keeps the name behind a pointer; here it lies in the record, so that a cache can exist before kmalloc.
// [include/linux/slub_def.h struct kmem_cache, mm/slab.h struct kmem_cache_node]

import type { PhysicalMemory } from "../hw/memory";
import { asPhys, type PhysAddr } from "../hw/units";
import type { SlabGeometry } from "./slab-geometry";

const SLOT = 0;
const FLAGS = 1;
const MIN_PARTIAL = 2;
const SIZE = 3;
const OBJECT_SIZE = 4;
const OFFSET = 5;
const CPU_PARTIAL = 6;
const CPU_PARTIAL_SLABS = 7;
const ORDER = 8;
const OBJECTS = 9;
const MIN_ORDER = 10;
const MIN_OBJECTS = 11;
const REFCOUNT = 12;
const INUSE = 13;
const ALIGN = 14;
const RED_LEFT = 15;
const CTOR = 16;
const NEWER_BYTE = 18 * 4;
const OLDER_BYTE = 20 * 4;
const NODE_BYTE = 22 * 4;
const NAME_BYTE = 40 * 4;
const RECORD_WORDS = 56;

/** Bytes of a kmem_cache. */
export const CACHE_RECORD_BYTES = RECORD_WORDS * 4;
/** Bytes of a kmem_cache_node. */
export const CACHE_NODE_BYTES = 64;
/** Longest name of a cache. */
export const CACHE_NAME_MAX = 63;

/** A kmem_cache in RAM. */
export class CacheRecord {
	private readonly words: Int32Array;

	constructor(
		private readonly memory: PhysicalMemory,
		readonly address: PhysAddr,
	) {
		this.words = memory.wordsAt(address, RECORD_WORDS);
	}

	/** Fills a fresh record. */
	init(name: string, slot: number, geometry: SlabGeometry, ctor: number): void {
		const words = this.words;
		words.fill(0);
		words[SLOT] = slot;
		words[FLAGS] = geometry.flags;
		words[MIN_PARTIAL] = geometry.minPartial;
		words[SIZE] = geometry.size;
		words[OBJECT_SIZE] = geometry.objectSize;
		words[OFFSET] = geometry.offset;
		words[CPU_PARTIAL] = geometry.cpuPartial;
		words[CPU_PARTIAL_SLABS] = geometry.cpuPartialSlabs;
		words[ORDER] = geometry.order;
		words[OBJECTS] = geometry.objectCount;
		words[MIN_ORDER] = geometry.minOrder;
		words[MIN_OBJECTS] = geometry.minObjectCount;
		words[REFCOUNT] = 1;
		words[INUSE] = geometry.inuse;
		words[ALIGN] = geometry.align;
		words[RED_LEFT] = geometry.redLeftPad;
		words[CTOR] = ctor;
		this.memory.writeText(
			asPhys(this.address + NAME_BYTE),
			name.slice(0, CACHE_NAME_MAX),
		);
	}

	/** The numbers of the cache, as the formulas gave them. */
	geometry(): SlabGeometry {
		const at = (index: number): number => this.words[index] as number;
		return {
			objectSize: at(OBJECT_SIZE),
			size: at(SIZE),
			align: at(ALIGN),
			inuse: at(INUSE),
			offset: at(OFFSET),
			redLeftPad: at(RED_LEFT),
			order: at(ORDER),
			objectCount: at(OBJECTS),
			minOrder: at(MIN_ORDER),
			minObjectCount: at(MIN_OBJECTS),
			minPartial: at(MIN_PARTIAL),
			cpuPartial: at(CPU_PARTIAL),
			cpuPartialSlabs: at(CPU_PARTIAL_SLABS),
			flags: at(FLAGS),
		};
	}

	get name(): string {
		return this.memory.readText(
			asPhys(this.address + NAME_BYTE),
			CACHE_NAME_MAX + 1,
		);
	}
	get slot(): number {
		return this.words[SLOT] as number;
	}
	/** Number of the constructor in the kernel's table; 0 for none. */
	get ctor(): number {
		return this.words[CTOR] as number;
	}
	get refcount(): number {
		return this.words[REFCOUNT] as number;
	}
	setRefcount(count: number): void {
		this.words[REFCOUNT] = count;
	}
	/** A cache that merges into this one may use more of the object (kmem_cache_alias). */
	growObject(objectSize: number): void {
		const inuse = Math.ceil(objectSize / 8) * 8;
		this.words[OBJECT_SIZE] = Math.max(
			this.words[OBJECT_SIZE] as number,
			objectSize,
		);
		this.words[INUSE] = Math.max(this.words[INUSE] as number, inuse);
	}

	/** Address of the next newer and next older cache; 0 at the ends. */
	get newer(): PhysAddr {
		return this.memory.readPointer(asPhys(this.address + NEWER_BYTE));
	}
	setNewer(cache: PhysAddr): void {
		this.memory.writePointer(asPhys(this.address + NEWER_BYTE), cache);
	}
	get older(): PhysAddr {
		return this.memory.readPointer(asPhys(this.address + OLDER_BYTE));
	}
	setOlder(cache: PhysAddr): void {
		this.memory.writePointer(asPhys(this.address + OLDER_BYTE), cache);
	}

	/** Address of the node's part. */
	get node(): PhysAddr {
		return this.memory.readPointer(asPhys(this.address + NODE_BYTE));
	}
	setNode(node: PhysAddr): void {
		this.memory.writePointer(asPhys(this.address + NODE_BYTE), node);
	}
}

const LOCK = 0;
const NR_PARTIAL = 1;
const LIST = 2; // head, tail
const NR_SLABS = 4;
const TOTAL_OBJECTS = 5;

/** A kmem_cache_node in RAM. All but the reads change under its lock. */
export class CacheNode {
	/** The record's words; the partial list is at `listAt`, the lock at `lockAt`. */
	readonly words: Int32Array;
	readonly lockAt = LOCK;
	readonly listAt = LIST;

	constructor(
		memory: PhysicalMemory,
		readonly address: PhysAddr,
	) {
		this.words = memory.wordsAt(address, CACHE_NODE_BYTES / 4);
	}

	init(): void {
		this.words.fill(0);
	}
	/** Slabs on the partial list. */
	get partialCount(): number {
		return this.words[NR_PARTIAL] as number;
	}
	addPartialCount(slabs: number): void {
		this.words[NR_PARTIAL] = (this.words[NR_PARTIAL] as number) + slabs;
	}
	/** Slabs of the cache on this node, full and taken-over ones included. */
	get slabCount(): number {
		return this.words[NR_SLABS] as number;
	}
	/** Objects in all those slabs. */
	get objectCount(): number {
		return this.words[TOTAL_OBJECTS] as number;
	}
	addSlab(objects: number): void {
		this.words[NR_SLABS] = (this.words[NR_SLABS] as number) + 1;
		this.words[TOTAL_OBJECTS] = (this.words[TOTAL_OBJECTS] as number) + objects;
	}
	removeSlab(objects: number): void {
		this.words[NR_SLABS] = (this.words[NR_SLABS] as number) - 1;
		this.words[TOTAL_OBJECTS] = (this.words[TOTAL_OBJECTS] as number) - objects;
	}
}
