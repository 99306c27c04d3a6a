// SLUB behind the interface of all designs: the machine's own caches and kmalloc, asked the common questions.
//
//   ObjectAllocator        kmalloc, kfree, ksize  -->  Kmalloc
//                          createCache, caches    -->  SlabCaches
//                          check                  -->  the auditor that boot was given
//
// There is nothing of its own here. The numbers differ from /proc/slabinfo in one point: objects that lie free on a CPU's
// lists are free, as they are for the other designs; slabinfo counts them as active.
//
// Slabs made and given back are those of the caches that there are: what a destroyed cache did is forgotten.
// SD1: the caches are those of the whole kernel: what boot took is in every sum, so experiments compare differences.
// The drawings are in mm/slab-cache.ts and mm/cpu-slab.ts. A page is given back when more than min_partial slabs are empty;
// `shrink` gives the others back too.
// [mm/slub.c]

import { NULL, type Pfn, type PhysAddr } from "../../hw/units";
import { ALLOC_SLAB, FREE_SLAB } from "../cpu-slab";
import type { MemoryManager } from "../memory-manager";
import { PG_LARGE } from "../page";
import type { SlabCache } from "../slab-cache";
import type { CacheWish } from "../slab-caches";
import {
	checkWish,
	type ObjectAllocator,
	type ObjectCache,
	type ObjectUsage,
	type SlabCounts,
	slabsUsage,
} from "./object-allocator";

/** Caches that hold records of caches. */
const INTERNAL: ReadonlySet<string> = new Set([
	"kmem_cache",
	"kmem_cache_node",
]);

/** A SLUB cache. */
export class SlubCache implements ObjectCache {
	constructor(
		private readonly mm: MemoryManager,
		private readonly cache: SlabCache,
	) {}

	get name(): string {
		return this.cache.name;
	}
	get address(): PhysAddr {
		return this.cache.record.address;
	}
	get objectSize(): number {
		return this.cache.objectSize;
	}

	alloc(gfp: number): PhysAddr {
		return this.cache.alloc(gfp);
	}
	free(object: PhysAddr): void {
		this.cache.free(object);
	}

	usage(): ObjectUsage {
		const { name, objectSize } = this;
		const { total, slabs } = this.cache.usage();
		const active = total - this.freeObjects();
		const pages = this.frames(slabs, total);
		const internal = INTERNAL.has(name);
		return slabsUsage({
			name,
			objectSize,
			active,
			total,
			slabs,
			pages,
			internal,
		});
	}

	/** Free objects of all slabs that are on a list; the others have none. */
	private freeObjects(): number {
		const { pages, cpuSlabs } = this.mm;
		let free = 0;
		this.cache.eachListed((pfn, cpu, isCurrent) => {
			free += pages.objects(pfn) - pages.inuse(pfn);
			if (isCurrent)
				free += this.chainLength(
					pfn,
					cpuSlabs.freelistOf(cpu, this.cache.slot),
				);
		});
		return free;
	}

	private chainLength(pfn: Pfn, first: PhysAddr): number {
		let length = 0;
		this.cache.slab(pfn).eachFree(first, () => {
			length++;
			return true;
		});
		return length;
	}

	/** Frames of slabs that are of two orders when memory was short: their objects tell how many are of which. */
	private frames(slabs: number, total: number): number {
		const { order, objectCount, minOrder, minObjectCount } =
			this.cache.geometry;
		if (objectCount === minObjectCount) return slabs * 2 ** order;
		const small =
			(slabs * objectCount - total) / (objectCount - minObjectCount);
		return (slabs - small) * 2 ** order + small * 2 ** minOrder;
	}
}

/** The SLUB of a machine. */
export class Slub implements ObjectAllocator {
	readonly name = "slub";
	readonly rootAddress: PhysAddr = NULL;

	/** `audit` is what `check` runs: the auditors stand above this layer. */
	constructor(
		private readonly mm: MemoryManager,
		private readonly audit: () => string[],
	) {}

	createCache(wish: CacheWish): ObjectCache | null {
		checkWish(wish);
		const cache = this.mm.caches.create(wish);
		return cache && new SlubCache(this.mm, cache);
	}

	caches(): readonly SlubCache[] {
		return this.mm.caches.all().map((cache) => new SlubCache(this.mm, cache));
	}

	kmalloc(bytes: number, gfp: number): PhysAddr {
		return this.mm.kmalloc.kmalloc(bytes, gfp);
	}
	kfree(address: PhysAddr): void {
		this.mm.kmalloc.kfree(address);
	}
	ksize(address: PhysAddr): number {
		return this.mm.kmalloc.ksize(address);
	}

	usage(): ObjectUsage[] {
		return [...this.caches().map((cache) => cache.usage()), this.large()];
	}

	slabCounts(): SlabCounts {
		const { cpuSlabs, caches } = this.mm;
		let made = 0;
		let discarded = 0;
		for (const { slot } of caches.all()) {
			made += cpuSlabs.counted(slot, ALLOC_SLAB);
			discarded += cpuSlabs.counted(slot, FREE_SLAB);
		}
		return { made, discarded };
	}

	check(): string[] {
		return this.audit();
	}

	shrink(): void {
		for (const cache of this.mm.caches.all()) cache.shrink();
	}

	/** Blocks too large for a cache: they are found by their frames. */
	private large(): ObjectUsage {
		const { pages } = this.mm;
		let blocks = 0;
		let frames = 0;
		for (let pfn = 1; pfn < pages.frameCount; pfn++) {
			const isLarge =
				pages.has(pfn) && (pages.flags(pfn as Pfn) & PG_LARGE) !== 0;
			if (!isLarge) continue;
			blocks++;
			frames += 2 ** pages.order(pfn as Pfn);
		}
		return {
			name: "large",
			objectSize: 0,
			active: blocks,
			total: blocks,
			slabs: blocks,
			pages: frames,
			wasted: 0,
			free: 0,
			internal: false,
		};
	}
}
