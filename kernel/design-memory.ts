// Kernel memory of tasks under a design that is not the kernel's own: objects from the design, pages as ever.
//
//   Syscalls --> DesignMemory --kmalloc, caches--> ObjectAllocator --.
//                             --pages-------------------------------> PageAllocator
//
// A program names a cache by a number, the address of its record in RAM, so it finds the cache again from another thread
// or after the machine was restored.
//
// DM1: where a task would meet a name of SLUB's, such as kmalloc-64 or dentry, it finds nothing: those caches are the
//      kernel's.
// DM2: none of these designs can end a cache. Its objects come back and its empty slabs with them; name and record stay.

import { asPhys, NULL, type Pfn, type PhysAddr } from "../hw/units";
import type {
	ObjectAllocator,
	ObjectCache,
} from "../mm/designs/object-allocator";
import { ZERO_SIZE } from "../mm/kmalloc";
import type { MemoryManager } from "../mm/memory-manager";
import { constructNothing } from "../mm/slab-caches";
import { EOPNOTSUPP } from "./errno";
import type { KernelMemory, TaskLog } from "./life";
import type { CacheSpec } from "./program";

/** A design's objects and the machine's pages, for tasks. */
export class DesignMemory implements KernelMemory {
	private readonly known = new Map<PhysAddr, ObjectCache>(); // views by the address of the record

	constructor(
		private readonly mm: MemoryManager,
		private readonly objects: ObjectAllocator,
		private readonly log: TaskLog,
	) {}

	kmalloc(size: number, gfp: number): PhysAddr {
		return this.objects.kmalloc(size, gfp);
	}
	kfree(address: PhysAddr): void {
		this.objects.kfree(address);
	}
	/** Stays where it is as long as there is room. */
	krealloc(address: PhysAddr, size: number, gfp: number): PhysAddr {
		const { objects } = this;
		if (address === NULL || address === ZERO_SIZE)
			return objects.kmalloc(size, gfp);
		const room = objects.ksize(address);
		if (size > 0 && size <= room) return address;
		const moved = objects.kmalloc(size, gfp);
		if (moved === NULL) return moved;
		if (size > 0) this.mm.memory.copy(address, moved, room);
		objects.kfree(address);
		return moved;
	}

	allocPages(order: number, gfp: number): Pfn {
		return this.mm.allocator.allocPages(order, gfp);
	}
	freePages(pfn: Pfn, order: number): void {
		this.mm.allocator.freePages(pfn, order);
	}

	createCache(spec: CacheSpec): PhysAddr {
		const { ctor, ...wish } = spec;
		const cache = this.objects.createCache(
			ctor ? { ...wish, ctor: constructNothing } : wish,
		);
		return cache === null ? NULL : cache.address;
	}
	findCache(name: string): PhysAddr {
		const found = this.objects.caches().find((cache) => cache.name === name);
		return found?.address ?? NULL;
	}
	cacheAlloc(cache: PhysAddr, gfp: number): PhysAddr {
		return this.at(cache)?.alloc(gfp) ?? NULL;
	}
	cacheFree(cache: PhysAddr, object: PhysAddr): void {
		this.at(cache)?.free(object);
	}
	/** Designs give empty slabs back as a whole, not cache by cache. */
	cacheShrink(): void {
		this.objects.shrink();
	}
	/** -EOPNOTSUPP, with a line in the log (DM2). */
	cacheDestroy(cache: PhysAddr): number {
		const name = this.at(cache)?.name ?? `0x${cache.toString(16)}`;
		this.objects.shrink();
		this.log.info(`${this.objects.name} cannot destroy a cache: ${name} stays`);
		return -EOPNOTSUPP;
	}

	/** The cache whose record lies at `address`; null when there is none. */
	private at(address: PhysAddr): ObjectCache | null {
		const known = this.known.get(address);
		if (known !== undefined) return known;
		for (const cache of this.objects.caches())
			this.known.set(cache.address, cache);
		return this.known.get(asPhys(address)) ?? null;
	}
}
