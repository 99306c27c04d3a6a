// Kernel memory as tasks use it: the allocators behind one set of calls, with caches named by number.
//
//   Syscalls --> TaskMemory --> Kmalloc, SlabCache, PageAllocator
//
// A program yields numbers and gets numbers, so a cache is the address of its descriptor here.

import type { Pfn, PhysAddr } from "../hw/units";
import { NULL } from "../hw/units";
import type { MemoryManager } from "../mm/memory-manager";
import type { SlabCache } from "../mm/slab-cache";
import { constructNothing } from "../mm/slab-caches";
import type { CacheNames } from "./cache-names";
import { EBUSY } from "./errno";
import type { KernelMemory } from "./life";
import type { CacheSpec } from "./program";

/** The allocators, for tasks. */
export class TaskMemory implements KernelMemory {
	constructor(
		private readonly mm: MemoryManager,
		private readonly names: CacheNames,
	) {}

	kmalloc(size: number, gfp: number): PhysAddr {
		return this.mm.kmalloc.kmalloc(size, gfp);
	}
	kfree(address: PhysAddr): void {
		this.mm.kmalloc.kfree(address);
	}
	krealloc(address: PhysAddr, size: number, gfp: number): PhysAddr {
		return this.mm.kmalloc.krealloc(address, size, gfp);
	}

	allocPages(order: number, gfp: number): Pfn {
		return this.mm.allocator.allocPages(order, gfp);
	}
	freePages(pfn: Pfn, order: number): void {
		this.mm.allocator.freePages(pfn, order);
	}

	createCache(spec: CacheSpec): PhysAddr {
		const { ctor, ...wish } = spec;
		const cache = this.names.create(
			ctor ? { ...wish, ctor: constructNothing } : wish,
		);
		return cache === null ? NULL : cache.record.address;
	}
	findCache(name: string): PhysAddr {
		return this.names.find(name)?.record.address ?? NULL;
	}
	cacheAlloc(cache: PhysAddr, gfp: number): PhysAddr {
		return this.names.at(cache)?.alloc(gfp) ?? NULL;
	}
	cacheFree(cache: PhysAddr, object: PhysAddr): void {
		this.names.at(cache)?.free(object);
	}
	cacheShrink(cache: PhysAddr): void {
		this.names.at(cache)?.shrink();
	}
	cacheDestroy(cache: PhysAddr): number {
		const known: SlabCache | null = this.names.at(cache);
		const isGone = known !== null && this.names.destroy(known).length === 0;
		return isGone ? 0 : -EBUSY;
	}
}
