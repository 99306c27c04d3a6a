// Caches of a scenario: the flags that a document names, as the slab allocator has them.

import {
	SLAB_ACCOUNT,
	SLAB_CACHE_DMA,
	SLAB_HWCACHE_ALIGN,
	SLAB_RECLAIM_ACCOUNT,
	SLAB_TYPESAFE_BY_RCU,
} from "../../mm/slab-geometry";
import type { CacheSpec } from "../program";
import type { CacheDocument } from "./document";

const FLAGS: Readonly<Record<string, number>> = {
	hwcache_align: SLAB_HWCACHE_ALIGN,
	reclaim_account: SLAB_RECLAIM_ACCOUNT,
	account: SLAB_ACCOUNT,
	dma: SLAB_CACHE_DMA,
	typesafe_by_rcu: SLAB_TYPESAFE_BY_RCU,
};

/** What the kernel is asked for when it makes the cache. */
export function cacheSpec(document: CacheDocument): CacheSpec {
	let flags = 0;
	for (const name of document.flags ?? []) flags |= FLAGS[name] ?? 0;
	return {
		name: document.name,
		size: document.size,
		align: document.align ?? 0,
		flags,
		ctor: document.ctor ?? false,
		mayMerge: !(document.flags ?? []).includes("no_merge"),
	};
}
