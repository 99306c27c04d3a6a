// Object stores: where the objects of a replay come from.
//
//   player --alloc(cache, bytes)--> ObjectStore --> SlubStore    the machine's own caches, as recorded or made on demand
//          --free(cache, object)->              --> DesignStore  any other design of an object allocator
//
// Caches are numbers of the recording's list. The two answer the same questions, so a recording can be played on a design
// that its kernel never had.
//
// OS1: a failed allocation returns NULL and changes nothing. OS2: an object goes back to the cache that it came from.

import { NULL, type PhysAddr, pfnOf } from "../../../hw/units";
import { inBulkOrder } from "../../../mm/bulk-order";
import { CACHE_NAME_MAX } from "../../../mm/cache-record";
import { ALLOC_SLAB, FREE_SLAB } from "../../../mm/cpu-slab";
import type {
	ObjectAllocator,
	ObjectCache,
} from "../../../mm/designs/object-allocator";
import { GFP_KERNEL } from "../../../mm/gfp";
import type { SlabCache } from "../../../mm/slab-cache";
import {
	SLAB_DEBUG_FLAGS,
	SLAB_TYPESAFE_BY_RCU,
} from "../../../mm/slab-geometry";
import type { Kernel } from "../../kernel";
import type { CacheList } from "./cache-list";
import { GrowingNumbers } from "./growing";

const BYTES_DEFAULT = 8; // of a cache whose objects nobody told the size of
const KMALLOC = /^(dma-)?kmalloc-/;

/** What a cache holds, and what it did since `begin`. */
export interface StoreUse {
	/** Slabs made and given back; 0 where the design does not count them. */
	readonly made: number;
	readonly freed: number;
	/** As /proc/slabinfo has them, where the design is SLUB. */
	readonly active: number;
	readonly total: number;
	readonly slabs: number;
}

/** A source of objects, by numbers of caches. */
export interface ObjectStore {
	/** An object of `cache` for someone who wants `bytes` of it; NULL when there is no memory. */
	alloc(cache: number, bytes: number, gfp: number): PhysAddr;
	free(cache: number, object: PhysAddr): void;
	/** Gives back many objects at once, each with its cache (kfree_bulk). */
	freeMany(caches: readonly number[], objects: readonly PhysAddr[]): void;
	/** Shrinking a cache begins: no CPU keeps a slab of it. */
	flush(cache: number): void;
	/** Shrinking a cache ends, maybe on another CPU: what is empty goes back. */
	tidy(cache: number): void;
	/** Whether CPUs work on slabs of their own. */
	hasCpuSlabs(cache: number): boolean;
	/** Whether the pages of a cache's slabs go only after a grace period. */
	isTypesafe(cache: number): boolean;
	/** From here on slabs are counted. */
	begin(): void;
	/** null while nobody asked the cache for anything. */
	use(cache: number): StoreUse | null;
}

/** SLUB. */
export class SlubStore implements ObjectStore {
	private readonly caches: (SlabCache | null | undefined)[] = [];
	private readonly madeBefore = new GrowingNumbers(); // by number
	private readonly freedBefore = new GrowingNumbers();
	/** By number: slabs and objects that the kernel here had made for itself, and that nobody else gets objects of. */
	private readonly ownSlabs = new GrowingNumbers();
	private readonly ownObjects = new GrowingNumbers();

	constructor(
		private readonly kernel: Kernel,
		private readonly list: CacheList,
	) {}

	alloc(cache: number, bytes: number, gfp: number): PhysAddr {
		const slub = this.caches[cache] ?? this.cache(cache);
		return slub === null ? NULL : slub.allocFor(bytes, gfp);
	}

	free(cache: number, object: PhysAddr): void {
		(this.caches[cache] as SlabCache).free(object);
	}

	freeMany(caches: readonly number[], objects: readonly PhysAddr[]): void {
		const { pages } = this.kernel.mm;
		inBulkOrder(
			objects,
			(object) => pages.head(pfnOf(object)),
			(group) => {
				const cache = caches[group[0] as number] as number;
				(this.caches[cache] as SlabCache).freeTogether(objects, group);
			},
		);
	}

	flush(cache: number): void {
		this.cache(cache)?.flushAll();
	}

	tidy(cache: number): void {
		this.cache(cache)?.tidy();
	}

	hasCpuSlabs(cache: number): boolean {
		const flags = this.caches[cache]?.geometry.flags ?? SLAB_DEBUG_FLAGS;
		return (flags & SLAB_DEBUG_FLAGS) === 0;
	}

	isTypesafe(cache: number): boolean {
		const flags = this.caches[cache]?.geometry.flags ?? 0;
		return (flags & SLAB_TYPESAFE_BY_RCU) !== 0;
	}

	begin(): void {
		for (let number = 1; number < this.list.size; number++) {
			const slub = this.caches[number] ?? this.known(number);
			if (slub === null) continue;
			this.caches[number] = slub;
			this.madeBefore.set(number, this.count(slub, ALLOC_SLAB));
			this.freedBefore.set(number, this.count(slub, FREE_SLAB));
		}
	}

	/**
	 * Sets apart what this kernel took for itself, before the slabs of a recorded kernel are made: takes the free objects of
	 * its slabs, so that they are full and on no list.
	 */
	setApart(): void {
		for (let number = 1; number < this.list.size; number++) {
			const slub = this.known(number);
			if (slub === null) continue;
			slub.flushAll();
			const { partialFree } = slub.usage();
			for (let free = partialFree; free > 0; free--) slub.alloc(GFP_KERNEL);
			slub.flushAll();
			const { slabs, total } = slub.usage();
			this.ownSlabs.set(number, slabs);
			this.ownObjects.set(number, total);
		}
	}

	use(cache: number): StoreUse | null {
		const slub = this.caches[cache];
		if (!slub) return null;
		const { active, total, slabs } = slub.usage();
		const of = (counts: GrowingNumbers): number =>
			cache < counts.length ? counts.at(cache) : 0;
		return {
			made: this.count(slub, ALLOC_SLAB) - of(this.madeBefore),
			freed: this.count(slub, FREE_SLAB) - of(this.freedBefore),
			active: active - of(this.ownObjects),
			total: total - of(this.ownObjects),
			slabs: slabs - of(this.ownSlabs),
		};
	}

	/** The cache with a number, which is made if need be; null when there is no memory for it. */
	cache(number: number): SlabCache | null {
		const opened = this.caches[number];
		if (opened !== undefined) return opened;
		const cache = this.known(number) ?? this.make(number);
		this.caches[number] = cache;
		return cache;
	}

	/** A cache of the kernel with this name; one of another size is somebody else's. */
	private known(number: number): SlabCache | null {
		const cache = this.kernel.findCache(this.list.name(number));
		if (cache === null || number <= this.list.knownCount) return cache;
		const bytes = this.list.bytes(number);
		return bytes === 0 || cache.geometry.size === bytes ? cache : null;
	}

	private make(number: number): SlabCache | null {
		const size = this.list.bytes(number) || BYTES_DEFAULT;
		const wanted = this.list.name(number).slice(0, CACHE_NAME_MAX);
		const isTaken = this.kernel.findCache(wanted) !== null;
		const ending = `-${size}`;
		const name = isTaken
			? wanted.slice(0, CACHE_NAME_MAX - ending.length) + ending
			: wanted;
		return this.kernel.parts.names.create({ name, size, mayMerge: false });
	}

	private count(cache: SlabCache, what: number): number {
		return this.kernel.mm.cpuSlabs.counted(cache.slot, what);
	}
}

/** Any other design: its caches for caches, its kmalloc for kmalloc. */
export class DesignStore implements ObjectStore {
	private readonly caches: (ObjectCache | null | undefined)[] = [];
	private readonly isKmalloc: boolean[] = [];

	constructor(
		private readonly design: ObjectAllocator,
		private readonly list: CacheList,
	) {}

	alloc(cache: number, bytes: number, gfp: number): PhysAddr {
		if (this.goesToKmalloc(cache)) return this.design.kmalloc(bytes, gfp);
		return this.cache(cache)?.alloc(gfp) ?? NULL;
	}

	free(cache: number, object: PhysAddr): void {
		if (this.goesToKmalloc(cache)) this.design.kfree(object);
		else (this.caches[cache] as ObjectCache).free(object);
	}

	freeMany(caches: readonly number[], objects: readonly PhysAddr[]): void {
		for (let at = objects.length - 1; at >= 0; at--)
			this.free(caches[at] as number, objects[at] as PhysAddr);
	}

	flush(): void {}

	/** Designs give everything back at once or nothing. */
	tidy(): void {
		this.design.shrink();
	}

	hasCpuSlabs(): boolean {
		return false;
	}

	isTypesafe(): boolean {
		return false;
	}

	begin(): void {}

	use(cache: number): StoreUse | null {
		const usage = this.caches[cache]?.usage();
		if (!usage) return null;
		const { active, total, slabs } = usage;
		return { made: 0, freed: 0, active, total, slabs };
	}

	private goesToKmalloc(cache: number): boolean {
		const known = this.isKmalloc[cache];
		if (known !== undefined) return known;
		const answer = KMALLOC.test(this.list.name(cache));
		this.isKmalloc[cache] = answer;
		return answer;
	}

	private cache(number: number): ObjectCache | null {
		const known = this.caches[number];
		if (known !== undefined) return known;
		const size = this.list.bytes(number) || BYTES_DEFAULT;
		const name = this.list.name(number).slice(0, CACHE_NAME_MAX);
		const cache = this.design.createCache({ name, size, mayMerge: false });
		this.caches[number] = cache;
		return cache;
	}
}
