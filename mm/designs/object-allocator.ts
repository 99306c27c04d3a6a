// What every design of an object allocator can do, so that one can stand in for another.
//
//                      ObjectAllocator                          the same questions to four answers
//        +----------------+----+------------+-----------+
//      slub            bonwick            slob       textbook
//   CPU's slab,     slabs by colour,   first fit    one list of slabs with room,
//   partial lists   magazines, depot   in pages     objects chained in each
//
//   wish --createCache--> ObjectCache --alloc--> object --free--> ObjectCache
//   bytes ---------------- kmalloc ------------> object --kfree-> found by its address alone
//
// A machine keeps SLUB for the kernel's own needs and may run one further design beside it, for the objects of a replay or
// of an experiment. Each design keeps all its state in frames of the same RAM, behind one root block: whoever knows the
// root's address sees the same allocator.
//
// OA1: an object is aligned as its cache wished, and to 8 bytes; objects that are in use never overlap.
// OA2: a failed allocation returns 0 and leaves everything as it was, whatever page request it was that failed.
// OA3: kfree takes what the same design's kmalloc gave; what another design gave is refused with a panic.
// OA4: the frames of `usage()` are the frames that the design holds, its own records included; what of them is neither
//      wasted nor free is in use.
// Zones: a small object comes from wherever its design has room, so __GFP_DMA holds only for blocks of whole pages and for
// caches that wished for it. SLUB alone keeps DMA objects apart.

import { PAGE_SIZE, type PhysAddr } from "../../hw/units";
import { CACHE_NAME_MAX } from "../cache-record";
import type { MemoryManager } from "../memory-manager";
import type { CacheWish } from "../slab-caches";
import { KMALLOC_BYTES_MAX } from "../slab-geometry";

/** What a design stands on; a `MemoryManager` has it. */
export type DesignParts = Pick<
	MemoryManager,
	"allocator" | "counters" | "lists" | "locks" | "memory" | "pages" | "turn"
>;

/** What a cache, or another part of a design, holds at one moment. */
export interface ObjectUsage {
	readonly name: string;
	/** Bytes that a user of an object may write; 0 where sizes differ. */
	readonly objectSize: number;
	/** Objects in use. */
	readonly active: number;
	/** Objects in use and free ones that are cut already. */
	readonly total: number;
	readonly slabs: number;
	/** Frames held. */
	readonly pages: number;
	/** Bytes of those frames that no user can get: headers, padding, what is left over at the end. */
	readonly wasted: number;
	/** Bytes of those frames that are free, for the next one who asks. */
	readonly free: number;
	/** The design's own records: no user gets an object of it. */
	readonly internal: boolean;
}

/** The usage of a cache whose slabs are cut into objects of one size. */
export function slabsUsage(
	counts: Omit<ObjectUsage, "wasted" | "free">,
): ObjectUsage {
	const { objectSize, active, total, pages } = counts;
	const wasted = pages * PAGE_SIZE - total * objectSize;
	return { ...counts, wasted, free: (total - active) * objectSize };
}

/** Blocks that became slabs since the design was made, and slabs whose frames went back. */
export interface SlabCounts {
	readonly made: number;
	readonly discarded: number;
}

/** Objects of one size. */
export interface ObjectCache {
	readonly name: string;
	readonly objectSize: number;
	/** Where its record lies: the cache's name in RAM, the same for everybody who attaches. */
	readonly address: PhysAddr;
	/** An object, constructed if the cache has a constructor; zeroed on __GFP_ZERO if it has none; 0 when there is no memory. */
	alloc(gfp: number): PhysAddr;
	/** Gives an object of this cache back. */
	free(object: PhysAddr): void;
	usage(): ObjectUsage;
}

/** One design. */
export interface ObjectAllocator {
	/** One word: what people call the design. */
	readonly name: string;
	/** Where its root lies: what an attaching thread needs to know; NULL for SLUB, which the kernel knows anyway. */
	readonly rootAddress: PhysAddr;
	/**
	 * Makes a cache. A name or size that no cache can have is an Error with a sentence.
	 * @returns null when there is no memory, or no block that holds an object
	 */
	createCache(wish: CacheWish): ObjectCache | null;
	/** All caches, newest first. */
	caches(): readonly ObjectCache[];
	/** `bytes` bytes; 0 when there is no memory or the size is none; ZERO_SIZE for 0 bytes. */
	kmalloc(bytes: number, gfp: number): PhysAddr;
	/** Frees what kmalloc gave; NULL and ZERO_SIZE are ignored. */
	kfree(address: PhysAddr): void;
	/** Bytes that may be used at an address that kmalloc gave. */
	ksize(address: PhysAddr): number;
	/** Everything the design holds, part by part. */
	usage(): ObjectUsage[];
	/** How busy the design has been with the page allocator; large blocks are no slabs. */
	slabCounts(): SlabCounts;
	/** The auditor: a sentence with its number for each broken invariant. Call it between two operations. */
	check(): string[];
	/** Gives back every frame that holds no object in use, as far as the design can. */
	shrink(): void;
}

/** Throws, with a sentence, for a wish that no cache can fulfil. */
export function checkWish(wish: CacheWish): void {
	const { length } = String(wish.name ?? "");
	if (length === 0 || length > CACHE_NAME_MAX)
		throw new Error(
			`cache name "${wish.name}" must have 1 to ${CACHE_NAME_MAX} characters`,
		);
	const isSize = Number.isInteger(wish.size) && wish.size >= 1;
	if (!isSize || wish.size > KMALLOC_BYTES_MAX)
		throw new Error(
			`cache "${wish.name}": object size ${wish.size} must be 1 to ${KMALLOC_BYTES_MAX} bytes`,
		);
	const align = wish.align ?? 0;
	if (align !== 0 && (align < 0 || align > 4096 || !isPowerOfTwo(align)))
		throw new Error(
			`cache "${wish.name}": alignment ${align} must be a power of two up to 4096`,
		);
}

/** `value` rounded up to a multiple of `step`. */
export const roundUp = (value: number, step: number): number =>
	Math.ceil(value / step) * step;

function isPowerOfTwo(value: number): boolean {
	return (value & (value - 1)) === 0;
}
