// Objects of a cache, for tests: making the cache, taking and giving back.

import { type Pfn, type PhysAddr, pfnOf } from "../../hw/units";
import { GFP_KERNEL } from "../../mm/gfp";
import type { MemoryManager } from "../../mm/memory-manager";
import type { SlabCache } from "../../mm/slab-cache";
import type { CacheWish } from "../../mm/slab-caches";
import { type WorldOptions, world } from "./world";

/** A cache of its own; by default of 4 KiB objects, 8 to a slab, like kmalloc-4k. */
export function make(
	options: WorldOptions = {},
	wish: Partial<CacheWish> = {},
) {
	const mm = world({ memory: "32M", ...options });
	const asked = { name: "things", size: 4096, align: 4096, ...wish };
	const cache = mm.caches.create({ ...asked, mayMerge: false })!;
	return { mm, cache };
}
export const take = (cache: SlabCache, count: number): PhysAddr[] =>
	Array.from({ length: count }, () => cache.alloc(GFP_KERNEL));
export const give = (cache: SlabCache, objects: readonly PhysAddr[]): void => {
	for (const object of objects) cache.free(object);
};
/** First frame of the slab that holds an object. */
export const slabOf = ({ pages }: MemoryManager, object: PhysAddr): Pfn =>
	pages.head(pfnOf(object));
