// Slab geometry: how the objects of a cache lie in their slots, and the slots in their slabs.
//
//   one slot, all debugging on (`size` bytes; without debugging only the object and perhaps the pointer are there)
//     +----------+----------------+-------------+-------+-------------+------------+-----------+---------+
//     | left red | object         | right red   | free  | alloc track | free track | asked     | padding |
//     | zone     |                | zone        | ptr   | 32 bytes    | 32 bytes   | size (4)  | 5a 5a.. |
//     +----------+----------------+-------------+-------+-------------+------------+-----------+---------+
//     <redLeftPad><--objectSize-->              :offset
//                <----------inuse------------->
//     A user's pointer is slot start + redLeftPad; `offset`, `inuse` and the tracks count from that pointer.
//
//   one slab (4096 << order bytes):  | slot 0 | slot 1 | ... | slot objectCount - 1 | rest |
//
// Everything here is a pure function of numbers: the cache's wishes in, the geometry out. The formulas and their
// integer arithmetic are those of Linux 6.1, so that a cache gets the order and the number of objects it gets there.
//
// SG1: size is a multiple of align, and align is a multiple of 8.
// SG2: the free pointer lies inside the slot, at a multiple of 8, in the middle of the object where the object may be
//     overwritten, else behind it.
// SG3: objectCount = floor(slab bytes / size), at least 1, at most 32767.
// SG4: minOrder is the smallest order that holds one object, and minOrder <= order <= 10.
// SG5: a cache with debug flags keeps no slabs on per-CPU partial lists: cpuPartial = 0.
//
// [mm/slub.c calculate_sizes, calculate_order, calc_slab_order, set_cpu_partial; mm/slab_common.c calculate_alignment,
//  find_mergeable, create_kmalloc_caches]

import { orderFor } from "../hw/units";

// What a cache asks for. Values of Linux 6.1 [include/linux/slab.h].
export const SLAB_CONSISTENCY_CHECKS = 0x100; // F: check objects at alloc and free
export const SLAB_RED_ZONE = 0x400; // Z: guard bytes around the object
export const SLAB_POISON = 0x800; // P: fill free objects with a pattern
export const SLAB_KMALLOC = 0x1000; // one of the kmalloc size classes
export const SLAB_HWCACHE_ALIGN = 0x2000; // start objects on cache lines
export const SLAB_CACHE_DMA = 0x4000; // pages from zone DMA
export const SLAB_CACHE_DMA32 = 0x8000; // pages from zone DMA32
export const SLAB_STORE_USER = 0x10000; // U: remember who allocated and freed
export const SLAB_RECLAIM_ACCOUNT = 0x20000; // objects can be reclaimed
export const SLAB_PANIC = 0x40000; // the kernel cannot live without this cache
export const SLAB_TYPESAFE_BY_RCU = 0x80000; // pages are given back only after a grace period
export const SLAB_MEM_SPREAD = 0x100000; // spread over nodes
export const SLAB_TRACE = 0x200000; // T: print every alloc and free
export const SLAB_NOLEAKTRACE = 0x800000; // leave out of leak detection
export const SLAB_FAILSLAB = 0x2000000; // A: fault injection
export const SLAB_ACCOUNT = 0x4000000; // charge to the memory cgroup
export const SLAB_NO_USER_FLAGS = 0x10000000; // slub_debug= on the command line does not apply

/** Any of these turns a cache into a debug cache: no CPU slab, no CPU partial list. */
export const SLAB_DEBUG_FLAGS =
	SLAB_CONSISTENCY_CHECKS |
	SLAB_RED_ZONE |
	SLAB_POISON |
	SLAB_STORE_USER |
	SLAB_TRACE;
/** Debug flags that need bytes in the slot. */
export const SLAB_DEBUG_METADATA_FLAGS =
	SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER;
/** A cache with one of these never shares its slabs with another cache. */
export const SLAB_NEVER_MERGE =
	SLAB_RED_ZONE |
	SLAB_POISON |
	SLAB_STORE_USER |
	SLAB_TRACE |
	SLAB_TYPESAFE_BY_RCU |
	SLAB_NOLEAKTRACE |
	SLAB_FAILSLAB;
/** Two caches that share slabs must agree on these. */
export const SLAB_MERGE_SAME =
	SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_ACCOUNT;

const POINTER_BYTES = 8;
const CACHE_LINE_BYTES = 64;
const TRACK_BYTES = 32; // address 8, stack 4, CPU 4, pid 4, pad 4, time 8
const ASKED_SIZE_BYTES = 4; // what the kmalloc caller asked for
const ORDER_MAX = 10; // largest block of the page allocator
const OBJECTS_MAX = 32767; // fits the 15 bits that struct slab has for it
const MIN_PARTIAL = 5;
const MAX_PARTIAL = 10;

/** The machine's side of the formulas: CPUs and the slub_* parameters of the command line. */
export interface SlabTuning {
	/** Present CPUs, or possible ones when only one is present. */
	readonly cpuCount: number;
	/** `slub_min_order`; 0 by default. */
	readonly minOrder?: number;
	/** `slub_max_order`; 3 by default. */
	readonly maxOrder?: number;
	/** `slub_min_objects`; 0, the default, derives it from the CPUs. */
	readonly minObjects?: number;
	/** `slub_debug`: the SLAB_ flags that it gives the cache called `name`; none by default. */
	readonly debugFlags?: (name: string) => number;
	/** `slub_debug=O`: a cache whose slots would need a higher order with debugging data does without. */
	readonly keepsOrder?: boolean;
}

/** The cache's side of the formulas. */
export interface SlabWish {
	/** Bytes that a user of an object may write. */
	readonly objectSize: number;
	/** Alignment asked for in bytes; 0 or none for the least, 8. */
	readonly align?: number;
	/** SLAB_* flags. */
	readonly flags?: number;
	/** Objects are constructed once per slab, so a free object must keep its bytes. */
	readonly hasConstructor?: boolean;
}

/** All numbers of a cache; bytes unless said otherwise. */
export interface SlabGeometry {
	/** What a user may write. */
	readonly objectSize: number;
	/** Distance from one slot to the next: object, pointer, debug data, padding. */
	readonly size: number;
	/** Every slot starts at a multiple of this. */
	readonly align: number;
	/** Object with its right red zone; where debug data may begin. */
	readonly inuse: number;
	/** Where the free pointer lies, from the user's pointer. */
	readonly offset: number;
	/** Left red zone; 0 without SLAB_RED_ZONE. */
	readonly redLeftPad: number;
	/** Order of the slabs that are asked for first. */
	readonly order: number;
	/** Objects in a slab of that order. */
	readonly objectCount: number;
	/** Order of the slabs when memory is short: the least that holds one object. */
	readonly minOrder: number;
	/** Objects in a slab of the least order. */
	readonly minObjectCount: number;
	/** Empty slabs above this many on a node's partial list are given back. */
	readonly minPartial: number;
	/** Free objects that a CPU may keep on its partial list. */
	readonly cpuPartial: number;
	/** The same in slabs, taken as half full. */
	readonly cpuPartialSlabs: number;
	/** SLAB_* flags. */
	readonly flags: number;
}

const roundUp = (value: number, step: number): number =>
	Math.ceil(value / step) * step;
const roundDown = (value: number, step: number): number =>
	Math.floor(value / step) * step;
/** Position of the highest set bit counted from 1; 0 for 0 (the kernel's fls). */
const highestBit = (value: number): number => 32 - Math.clz32(value);

/** Geometry of a cache, or null when no slab can hold one object. */
export function slabGeometry(
	wish: SlabWish,
	tuning: SlabTuning,
): SlabGeometry | null {
	const flags = affordedFlags(wish, tuning);
	const layout = objectLayout({ ...wish, flags });
	const order = slabOrder(layout.size, tuning);
	if (order < 0) return null;
	const objectCount = objectsPerSlab(order, layout.size);
	const minOrder = orderFor(layout.size);
	const cpuPartial = cpuPartialObjects(layout.size, flags);
	return {
		objectSize: wish.objectSize,
		...layout,
		order,
		objectCount,
		minOrder,
		minObjectCount: objectsPerSlab(minOrder, layout.size),
		minPartial: minPartialSlabs(layout.size),
		cpuPartial,
		cpuPartialSlabs: Math.ceil((cpuPartial * 2) / objectCount),
		flags,
	};
}

/** Flags of a new cache called `name` that asks for `flags`: slub_debug adds to them (kmem_cache_flags). */
export function flagsWithDebug(
	name: string,
	flags: number,
	tuning: SlabTuning,
): number {
	if ((flags & SLAB_NO_USER_FLAGS) !== 0) return flags;
	return flags | (tuning.debugFlags?.(name) ?? 0);
}

/** Flags of a cache, without debugging data that would raise its order where orders are to be kept (kmem_cache_open). */
function affordedFlags(wish: SlabWish, tuning: SlabTuning): number {
	const flags = wish.flags ?? 0;
	if (tuning.keepsOrder !== true) return flags;
	const grows = orderFor(objectLayout(wish).size) > orderFor(wish.objectSize);
	return grows ? flags & ~SLAB_DEBUG_METADATA_FLAGS : flags;
}

/** Alignment a cache gets: what it asks for, or a cache line, or for small objects the part of a line they fill. */
export function slabAlignment(
	flags: number,
	align: number,
	objectSize: number,
): number {
	let wanted = align;
	if ((flags & SLAB_HWCACHE_ALIGN) !== 0) {
		let line = CACHE_LINE_BYTES;
		while (objectSize <= line / 2) line /= 2;
		wanted = Math.max(wanted, line);
	}
	return roundUp(Math.max(wanted, POINTER_BYTES), POINTER_BYTES);
}

/** Where the parts of a slot lie: the geometry without orders and counts. */
export function objectLayout(
	wish: SlabWish,
): Pick<SlabGeometry, "size" | "align" | "inuse" | "offset" | "redLeftPad"> {
	const objectSize = wish.objectSize;
	const flags = wish.flags ?? 0;
	const align = slabAlignment(flags, wish.align ?? 0, objectSize);
	const redZone = (flags & SLAB_RED_ZONE) !== 0;
	let size = roundUp(objectSize, POINTER_BYTES);
	if (redZone && size === objectSize) size += POINTER_BYTES; // room for the right red zone
	const inuse = size;
	let offset = roundDown(Math.floor(objectSize / 2), POINTER_BYTES);
	if (mustKeepBytes(wish)) {
		offset = size;
		size += POINTER_BYTES;
	}
	if ((flags & SLAB_STORE_USER) !== 0) {
		size += 2 * TRACK_BYTES;
		if ((flags & SLAB_KMALLOC) !== 0) size += ASKED_SIZE_BYTES;
	}
	const redLeftPad = redZone ? roundUp(POINTER_BYTES, align) : 0;
	if (redZone) size += POINTER_BYTES + redLeftPad;
	return { size: roundUp(size, align), align, inuse, offset, redLeftPad };
}

/** The bytes of a free object mean something, so the free pointer may not lie over them. */
function mustKeepBytes(wish: SlabWish): boolean {
	const flags = wish.flags ?? 0;
	return (
		(flags & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON)) !== 0 ||
		wish.hasConstructor === true ||
		((flags & SLAB_RED_ZONE) !== 0 && wish.objectSize < POINTER_BYTES)
	);
}

/** Objects that a slab should hold at least, by the number of CPUs: 8, 12, 16, 20 for 1, 2, 4, 8. */
export const minObjectsFor = (cpuCount: number): number =>
	4 * (highestBit(cpuCount) + 1);

/** Objects of `size` bytes in a slab of `order`. */
export const objectsPerSlab = (order: number, size: number): number =>
	Math.floor(slabBytes(order) / size);

/** Bytes in a slab of `order`. */
export const slabBytes = (order: number): number => 4096 * 2 ** order;

/**
 * Order of the slabs for slots of `size` bytes: many objects and little waste first, then fewer objects, then any
 * order that holds one. -1 when none does.
 */
export function slabOrder(size: number, tuning: SlabTuning): number {
	const least = tuning.minOrder ?? 0;
	const most = tuning.maxOrder ?? 3;
	const wanted = tuning.minObjects || minObjectsFor(tuning.cpuCount);
	const start = Math.min(wanted, objectsPerSlab(most, size));
	for (let objects = start; objects > 1; objects--) {
		for (let fraction = 16; fraction >= 4; fraction /= 2) {
			const order = orderWithin(size, objects, least, most, fraction);
			if (order <= most) return order;
		}
	}
	const single = orderWithin(size, 1, least, most, 1);
	if (single <= most) return single;
	const large = orderWithin(size, 1, least, ORDER_MAX, 1);
	return large <= ORDER_MAX ? large : -1;
}

/** Smallest order that holds `objects` and wastes at most 1/`fraction` of the slab; above `most` when there is none. */
function orderWithin(
	size: number,
	objects: number,
	least: number,
	most: number,
	fraction: number,
): number {
	if (objectsPerSlab(least, size) > OBJECTS_MAX)
		return orderFor(size * OBJECTS_MAX) - 1;
	let order = Math.max(least, orderFor(objects * size));
	for (; order <= most; order++) {
		const bytes = slabBytes(order);
		const waste = bytes - Math.floor(bytes / size) * size;
		if (waste <= bytes / fraction) break;
	}
	return order;
}

/** Slabs that a node's partial list keeps even when they are empty. */
export function minPartialSlabs(size: number): number {
	const half = Math.floor((highestBit(size) - 1) / 2);
	return Math.min(Math.max(half, MIN_PARTIAL), MAX_PARTIAL);
}

/** Free objects that a CPU may keep on its partial list; 0 for a debug cache. */
export function cpuPartialObjects(size: number, flags: number): number {
	if ((flags & SLAB_DEBUG_FLAGS) !== 0) return 0;
	if (size >= 4096) return 6;
	if (size >= 1024) return 24;
	return size >= 256 ? 52 : 120;
}

/** The free pointer lies behind the object and its red zone, so an allocated object does not overwrite it. */
export const isFreePointerOutside = (geometry: SlabGeometry): boolean =>
	geometry.offset >= geometry.inuse;

/** Where the two tracks of SLAB_STORE_USER begin, from the user's pointer; the asked size of kmalloc follows them. */
export const trackOffset = (geometry: SlabGeometry): number =>
	isFreePointerOutside(geometry)
		? geometry.inuse + POINTER_BYTES
		: geometry.inuse;

/** Bytes that the owner of an object may use, beyond what was asked for (what ksize tells). */
export function usableBytes(geometry: SlabGeometry): number {
	const flags = geometry.flags;
	if ((flags & (SLAB_RED_ZONE | SLAB_POISON)) !== 0) return geometry.objectSize;
	if ((flags & (SLAB_TYPESAFE_BY_RCU | SLAB_STORE_USER)) !== 0)
		return geometry.inuse;
	return geometry.size;
}

/**
 * Whether a new cache may live in the slabs of an old one with this geometry: same zone and accounting, compatible
 * alignment, and less than a pointer wasted. The caller has ruled out constructors and slab_nomerge.
 */
export function canShareSlabs(old: SlabGeometry, wish: SlabWish): boolean {
	const flags = wish.flags ?? 0;
	if (((flags | old.flags) & SLAB_NEVER_MERGE) !== 0) return false;
	if (((flags ^ old.flags) & SLAB_MERGE_SAME) !== 0) return false;
	const word = roundUp(wish.objectSize, POINTER_BYTES);
	const align = slabAlignment(flags, wish.align ?? 0, word);
	const size = roundUp(word, align);
	const waste = old.size - size;
	return (
		waste >= 0 &&
		waste < POINTER_BYTES &&
		roundDown(old.size, align) === old.size
	);
}

/** The name under which a mergeable cache stands in /sys/kernel/slab: `:0000064`, `:A-0000128`. */
export function mergedName(geometry: SlabGeometry): string {
	const flags = geometry.flags;
	let letters = "";
	if ((flags & SLAB_CACHE_DMA) !== 0) letters += "d";
	if ((flags & SLAB_CACHE_DMA32) !== 0) letters += "D";
	if ((flags & SLAB_RECLAIM_ACCOUNT) !== 0) letters += "a";
	if ((flags & SLAB_CONSISTENCY_CHECKS) !== 0) letters += "F";
	if ((flags & SLAB_ACCOUNT) !== 0) letters += "A";
	const dash = letters === "" ? "" : "-";
	return `:${letters}${dash}${String(geometry.size).padStart(7, "0")}`;
}

// kmalloc: the size classes.

/** Bytes of the 13 classes, smallest first; a class is its index here. */
export const KMALLOC_SIZES: readonly number[] = [
	8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192,
];
/** Largest size that a class serves; more comes straight from the page allocator. */
export const KMALLOC_CACHE_BYTES_MAX = 8192;
/** Largest size that kmalloc serves at all: a block of order 10. */
export const KMALLOC_BYTES_MAX = 4096 * 2 ** ORDER_MAX;

// Class for 1-8, 9-16, ... 185-192 bytes.
const SMALL_CLASS = new Uint8Array([
	0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6,
]);

/** Class that serves `bytes` bytes, 1 to 8192; -1 for 0 and for more. */
export function kmallocClass(bytes: number): number {
	if (bytes <= 192)
		return bytes > 0 ? (SMALL_CLASS[(bytes - 1) >>> 3] as number) : -1;
	if (bytes > 8192) return -1;
	return 31 - Math.clz32(bytes - 1); // 255 -> 7, 256 -> 8: the class of 256 is number 7
}

/** Families of kmalloc caches, in the order of their creation. */
export const KMALLOC_TYPES = ["normal", "cgroup", "reclaim", "dma"] as const;
export type KmallocType = (typeof KMALLOC_TYPES)[number];

const KMALLOC_PREFIX: Readonly<Record<KmallocType, string>> = {
	normal: "kmalloc-",
	cgroup: "kmalloc-cg-",
	reclaim: "kmalloc-rcl-",
	dma: "dma-kmalloc-",
};
const KMALLOC_FLAGS: Readonly<Record<KmallocType, number>> = {
	normal: SLAB_KMALLOC,
	cgroup: SLAB_KMALLOC | SLAB_ACCOUNT,
	reclaim: SLAB_KMALLOC | SLAB_RECLAIM_ACCOUNT,
	dma: SLAB_KMALLOC | SLAB_CACHE_DMA,
};

/** Name of a class's cache: `kmalloc-96`, `kmalloc-cg-1k`, `dma-kmalloc-8`. */
export function kmallocName(type: KmallocType, bytes: number): string {
	const size = bytes < 1024 ? String(bytes) : `${bytes / 1024}k`;
	return KMALLOC_PREFIX[type] + size;
}

/** What a class's cache asks for: powers of two are aligned to their size, 96 and 192 to 8. */
export function kmallocWish(type: KmallocType, bytes: number): SlabWish {
	const isPowerOfTwo = (bytes & (bytes - 1)) === 0;
	return {
		objectSize: bytes,
		align: isPowerOfTwo ? bytes : POINTER_BYTES,
		flags: KMALLOC_FLAGS[type],
	};
}
