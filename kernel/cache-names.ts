// Names of slab caches: every name that a cache was created under leads to it.
//
//   alias record, an object of kmalloc-96          kernel record
//   byte   0      8       16 .. 79                 +---------+
//        +------+-------+----------------+   <---- | aliases |
//        | next | cache | name, ASCII    |         +---------+
//        +------+-------+----------------+
//
// A new cache may share the slabs of an older one that fits. Then both names mean one cache, and the younger name would be
// lost without a record of its own. Linux keeps such names as links in /sys/kernel/slab.
//
// A1: a record's cache exists. A2: no alias is the name of its cache.
// [mm/slub.c sysfs_slab_alias struct saved_alias; mm/slab_common.c kmem_cache_create_usercopy, kmem_cache_destroy]

import type { Locks } from "../hw/lock";
import type { PhysicalMemory } from "../hw/memory";
import { asPhys, NULL, type PhysAddr } from "../hw/units";
import { CACHE_NAME_MAX } from "../mm/cache-record";
import { GFP_KERNEL } from "../mm/gfp";
import type { MemoryManager } from "../mm/memory-manager";
import type { SlabCache } from "../mm/slab-cache";
import type { CacheWish, LeftOver } from "../mm/slab-caches";
import type { KernelRecord } from "./kernel-record";

const CACHE = 8;
const NAME = 16;
const BYTES = NAME + CACHE_NAME_MAX + 1;

/** Creates, finds and destroys caches by name. */
export class CacheNames {
	private readonly memory: PhysicalMemory;
	private readonly locks: Locks;
	private readonly known = new Map<PhysAddr, SlabCache>(); // views by the address of the descriptor

	constructor(
		private readonly mm: MemoryManager,
		private readonly record: KernelRecord,
	) {
		this.memory = mm.memory;
		this.locks = mm.locks;
	}

	/** Creates a cache, or shares an older one that fits; null when there is no memory. */
	create(wish: CacheWish): SlabCache | null {
		const cache = this.mm.caches.create(wish);
		if (cache === null || cache.name === wish.name) return cache;
		if (this.addAlias(wish.name, cache)) return cache;
		this.mm.caches.destroy(cache); // gives up the share
		return null;
	}

	/** The cache of that name, aliases included; null when there is none. */
	find(name: string): SlabCache | null {
		const cache = this.mm.caches.byName(name);
		if (cache !== null) return cache;
		const alias = this.findAlias((at) => this.nameOf(at) === name);
		return alias === NULL ? null : this.at(this.cacheOf(alias));
	}

	/** The cache whose descriptor is at `address`; null when there is none. */
	at(address: PhysAddr): SlabCache | null {
		const known = this.known.get(address);
		if (known !== undefined) return known;
		for (const cache of this.mm.caches.all()) {
			if (cache.record.address !== address) continue;
			this.known.set(address, cache);
			return cache;
		}
		return null;
	}

	/** Further names of a cache, youngest first. */
	aliases(cache: SlabCache): string[] {
		const names: string[] = [];
		this.findAlias((at) => {
			if (this.cacheOf(at) === cache.record.address)
				names.push(this.nameOf(at));
			return false;
		});
		return names;
	}

	/** Drops one user of a cache, the last one ends it. Returns the objects that keep it alive, none when it is gone. */
	destroy(cache: SlabCache): LeftOver[] {
		const address = cache.record.address;
		const left = this.mm.caches.destroy(cache);
		if (left.length > 0) return left;
		this.known.delete(address);
		const alias = this.findAlias((at) => this.cacheOf(at) === address);
		if (alias !== NULL) this.removeAlias(alias); // a user's name goes with the user
		return left;
	}

	private addAlias(name: string, cache: SlabCache): boolean {
		const alias = this.mm.kmalloc.kmalloc(BYTES, GFP_KERNEL);
		if (alias === NULL) return false;
		this.memory.writePointer(asPhys(alias + CACHE), cache.record.address);
		this.memory.writeText(asPhys(alias + NAME), name);
		this.lock();
		this.memory.writePointer(alias, this.record.aliases);
		this.record.setAliases(alias);
		this.unlock();
		return true;
	}

	private removeAlias(alias: PhysAddr): void {
		this.lock();
		const next = this.memory.readPointer(alias);
		if (this.record.aliases === alias) this.record.setAliases(next);
		else {
			let at = this.record.aliases;
			while (this.memory.readPointer(at) !== alias)
				at = this.memory.readPointer(at);
			this.memory.writePointer(at, next);
		}
		this.unlock();
		this.mm.kmalloc.kfree(alias);
	}

	/** The youngest alias that `matches`, NULL for none. */
	private findAlias(matches: (alias: PhysAddr) => boolean): PhysAddr {
		this.lock();
		let at = this.record.aliases;
		while (at !== NULL && !matches(at)) at = this.memory.readPointer(at);
		this.unlock();
		return at;
	}

	private cacheOf(alias: PhysAddr): PhysAddr {
		return this.memory.readPointer(asPhys(alias + CACHE));
	}
	private nameOf(alias: PhysAddr): string {
		return this.memory.readText(asPhys(alias + NAME), CACHE_NAME_MAX + 1);
	}

	private lock(): void {
		this.locks.lock(this.record.words, this.record.aliasLockAt);
	}
	private unlock(): void {
		this.locks.unlock(this.record.words, this.record.aliasLockAt);
	}
}
