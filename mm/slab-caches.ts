// All slab caches of the kernel: how they come to be, share, and go.
//
//   newest --older--> ... --older--> kmem_cache_node --older--> kmem_cache          (records in RAM)
//      by slot: views[slot]                                                         (views of this thread)
//
// The cache of cache descriptors describes itself: its first record stands in the kernel's data section and moves into a
// slab of its own once one can be made (kmem_cache_init, bootstrap).
//
// A new cache that asks for nothing special may share the slabs of an older one of the same size (merging): then both
// names mean one cache, and the record counts its users.
//
// E1: the list in RAM holds every cache once, newest first. E2: a view exists for each record that was met, made from the
// record alone; caches that another thread makes are found when first needed.
// [mm/slab_common.c kmem_cache_create, find_mergeable, kmem_cache_destroy; mm/slub.c kmem_cache_init]

import { panic } from "../hw/panic";
import { asPhys, NULL, type Pfn, type PhysAddr } from "../hw/units";
import {
	CACHE_NAME_MAX,
	CACHE_NODE_BYTES,
	CACHE_RECORD_BYTES,
	CacheNode,
	CacheRecord,
} from "./cache-record";
import { EV_CACHE_END, EV_CACHE_NEW } from "./events";
import { GFP_KERNEL } from "./gfp";
import { MM_NO_MERGE, type MmGlobals } from "./globals";
import { SLOT_SHIFT, type SlotAllocator } from "./percpu";
import { SlabCache } from "./slab-cache";
import {
	canShareSlabs,
	flagsWithDebug,
	KMALLOC_BYTES_MAX,
	SLAB_ACCOUNT,
	SLAB_HWCACHE_ALIGN,
	SLAB_RECLAIM_ACCOUNT,
	type SlabGeometry,
	type SlabTuning,
	slabGeometry,
} from "./slab-geometry";
import type { Constructor, SlabParts } from "./slab-maker";

const NEVER_SHARED = -1; // refcount of caches that do not merge

/** What a new cache is asked to be. */
export interface CacheWish {
	readonly name: string;
	/** Bytes of an object. */
	readonly size: number;
	/** Alignment in bytes; 0 or none for 8. */
	readonly align?: number;
	/** SLAB_ flags. */
	readonly flags?: number;
	/** Runs once for each object of a new slab. */
	readonly ctor?: Constructor;
	/** False keeps the cache to itself. */
	readonly mayMerge?: boolean;
}

/** An object that a destroyed cache still had in use. */
export interface LeftOver {
	readonly slab: Pfn;
	readonly object: PhysAddr;
}

/** The list of caches and the views on them. */
export class SlabCaches {
	private views: (SlabCache | undefined)[] = []; // by slot >>> SLOT_SHIFT
	private changes = 0; // of the list, when the views were made
	/** By number, as records name them; the first two are known to every thread. */
	private readonly constructors: (Constructor | null)[] = [
		null,
		constructNothing,
	];

	constructor(
		private readonly parts: SlabParts,
		private readonly globals: MmGlobals,
		private readonly slots: SlotAllocator,
		private readonly tuning: SlabTuning,
	) {}

	/**
	 * Makes the first two caches, kmem_cache_node and kmem_cache, out of records at `scratch`
	 * (two records and two node parts of zeroed RAM), then moves them into slabs of their own.
	 */
	bootstrap(scratch: PhysAddr): void {
		const nodesAt = asPhys(scratch + 2 * CACHE_RECORD_BYTES);
		const nodeCache = this.makeFirst(
			scratch,
			nodesAt,
			"kmem_cache_node",
			CACHE_NODE_BYTES,
		);
		const cache = this.makeFirst(
			asPhys(scratch + CACHE_RECORD_BYTES),
			asPhys(nodesAt + CACHE_NODE_BYTES),
			"kmem_cache",
			CACHE_RECORD_BYTES,
		);
		const moved = this.move(cache, cache, nodeCache);
		const movedNodes = this.move(nodeCache, moved, nodeCache);
		this.globals.setCacheOfCaches(moved.record.address);
		this.globals.setCacheOfNodes(movedNodes.record.address);
	}

	/**
	 * Makes a cache, or shares an older one that fits.
	 * @returns null when there is no memory, no slot, or no slab order that holds an object
	 */
	create(wish: CacheWish): SlabCache | null {
		const { length } = String(wish.name ?? "");
		if (length === 0 || length > CACHE_NAME_MAX)
			throw new Error(
				`cache name "${wish.name}" must have 1 to ${CACHE_NAME_MAX} characters`,
			);
		if (!(wish.size >= 1 && wish.size <= KMALLOC_BYTES_MAX))
			throw new Error(
				`cache "${wish.name}": object size ${wish.size} must be 1 to ${KMALLOC_BYTES_MAX} bytes`,
			);
		const flags = flagsWithDebug(wish.name, wish.flags ?? 0, this.tuning);
		const asked = { ...wish, flags };
		this.lock();
		const cache = this.findMergeable(asked) ?? this.make(asked);
		this.unlock();
		return cache;
	}

	/**
	 * Drops one user of a cache; the last one ends it, unless objects are still in use: then the cache stays.
	 * @returns the objects in use; none when the cache is gone or still has other users
	 */
	destroy(cache: SlabCache): LeftOver[] {
		const users = cache.record.refcount;
		if (users > 1) {
			cache.record.setRefcount(users - 1);
			return [];
		}
		if (!cache.shrink()) return this.leftOvers(cache);
		this.lock();
		this.parts.recorder?.emit(EV_CACHE_END, cache.slot, 0, 0, 0);
		this.unlink(cache.record);
		this.slots.free(cache.slot);
		this.unlock();
		this.views[cache.slot >>> SLOT_SHIFT] = undefined;
		const address = cache.record.address;
		this.view(this.globals.cacheOfNodes).free(cache.node.address);
		this.view(this.globals.cacheOfCaches).free(address);
		return [];
	}

	/** The cache whose slot is `slot`: what a slab frame's record names. */
	bySlot(slot: number): SlabCache {
		this.forgetStaleViews();
		const known = this.views[slot >>> SLOT_SHIFT];
		if (known !== undefined) return known;
		for (const cache of this.all()) if (cache.slot === slot) return cache;
		panic(`slab: E1 no cache has slot ${slot}`);
	}

	/** Finds a cache by name; null when there is none. */
	byName(name: string): SlabCache | null {
		for (const cache of this.all()) if (cache.name === name) return cache;
		return null;
	}

	/** All caches, newest first: the order of /proc/slabinfo. */
	all(): SlabCache[] {
		this.forgetStaleViews();
		const caches: SlabCache[] = [];
		let at = this.globals.newestCache;
		for (; at !== 0; at = new CacheRecord(this.parts.memory, at).older)
			caches.push(this.view(at));
		return caches;
	}

	/** Makes a cache that never shares, for kmalloc. The caller is boot. */
	createUnshared(
		name: string,
		objectSize: number,
		align: number,
		asked: number,
	): SlabCache {
		const flags = flagsWithDebug(name, asked, this.tuning);
		const wish = { name, size: objectSize, align, flags, mayMerge: false };
		const cache = this.make(wish);
		if (cache === null) panic(`Creation of kmalloc slab ${name} failed`);
		return cache;
	}

	/** View of the record at `address`. */
	private view(address: PhysAddr): SlabCache {
		const { memory } = this.parts;
		const record = new CacheRecord(memory, address);
		const index = record.slot >>> SLOT_SHIFT;
		const known = this.views[index];
		if (known !== undefined && known.record.address === address) return known;
		const node = new CacheNode(memory, record.node);
		const ctor = this.constructors[record.ctor];
		const cache = new SlabCache(
			this.parts,
			record,
			node,
			ctor === undefined ? unknownConstructor : ctor,
		);
		this.views[index] = cache;
		return cache;
	}

	/** Takes memory for a record and its node part and enters the cache; null when something cannot be had. */
	private make(wish: CacheWish): SlabCache | null {
		const geometry = slabGeometry(
			{
				objectSize: wish.size,
				align: wish.align ?? 0,
				flags: wish.flags ?? 0,
				hasConstructor: wish.ctor !== undefined,
			},
			this.tuning,
		);
		if (geometry === null) return null;
		const slot = this.slots.alloc();
		const address =
			slot && this.view(this.globals.cacheOfCaches).alloc(GFP_KERNEL);
		const node =
			address && this.view(this.globals.cacheOfNodes).alloc(GFP_KERNEL);
		if (node === 0) {
			if (address !== 0)
				this.view(this.globals.cacheOfCaches).free(address as PhysAddr);
			if (slot !== 0) this.slots.free(slot);
			return null;
		}
		const cache = this.enter(
			wish.name,
			slot,
			address as PhysAddr,
			node as PhysAddr,
			geometry,
			this.constructorId(wish.ctor),
		);
		if (wish.mayMerge === false) cache.record.setRefcount(NEVER_SHARED);
		return cache;
	}

	private enter(
		name: string,
		slot: number,
		address: PhysAddr,
		nodeAddress: PhysAddr,
		geometry: SlabGeometry,
		ctor: number,
	): SlabCache {
		const record = new CacheRecord(this.parts.memory, address);
		record.init(name, slot, geometry, ctor);
		record.setNode(nodeAddress);
		new CacheNode(this.parts.memory, nodeAddress).init();
		this.parts.cpuSlabs.open(slot, geometry.offset, geometry.cpuPartialSlabs);
		this.link(record);
		return this.view(address);
	}

	/** One of the first two caches, from memory that boot owns. */
	private makeFirst(
		address: PhysAddr,
		node: PhysAddr,
		name: string,
		size: number,
	): SlabCache {
		const flags = flagsWithDebug(name, SLAB_HWCACHE_ALIGN, this.tuning);
		const geometry = slabGeometry({ objectSize: size, flags }, this.tuning);
		if (geometry === null) panic(`Creation of ${name} failed`);
		const slot = this.slots.alloc();
		return this.enter(name, slot, address, node, geometry, 0);
	}

	/** Copies a boot-time record and its node part into slabs and lets the copy take its place (bootstrap). */
	private move(old: SlabCache, caches: SlabCache, nodes: SlabCache): SlabCache {
		const { memory, pages } = this.parts;
		const address = caches.alloc(GFP_KERNEL);
		const node = nodes.alloc(GFP_KERNEL);
		if (address === 0 || node === 0)
			panic("Out of memory while creating the first slab caches");
		memory.copy(old.record.address, address, CACHE_RECORD_BYTES);
		memory.copy(old.node.address, node, CACHE_NODE_BYTES);
		const record = new CacheRecord(memory, address);
		record.setNode(node);
		record.setRefcount(NEVER_SHARED);
		this.unlink(old.record);
		this.link(record);
		this.views[record.slot >>> SLOT_SHIFT] = undefined;
		const cache = this.view(address);
		cache.eachListed((pfn) => pages.setCache(pfn, address));
		return cache;
	}

	private link(record: CacheRecord): void {
		this.recordNew(record);
		const newest = this.globals.newestCache;
		record.setOlder(newest);
		record.setNewer(NULL);
		if (newest !== 0)
			new CacheRecord(this.parts.memory, newest).setNewer(record.address);
		this.globals.setNewestCache(record.address);
		this.changes = this.globals.countCacheChange();
	}

	private recordNew(record: CacheRecord): void {
		const { recorder } = this.parts;
		if (recorder === null) return;
		const { size, order, objectCount, objectSize, flags } = record.geometry();
		const reclaimable = (flags & SLAB_RECLAIM_ACCOUNT) !== 0 ? 16 : 0;
		const accounted = (flags & SLAB_ACCOUNT) !== 0 ? 32 : 0;
		const slab = order | reclaimable | accounted | (objectCount << 8);
		recorder.emitText(record.name);
		recorder.emit(EV_CACHE_NEW, record.slot, size, slab, objectSize);
	}

	private unlink(record: CacheRecord): void {
		const { memory } = this.parts;
		const { newer, older } = record;
		if (newer === 0) this.globals.setNewestCache(older);
		else new CacheRecord(memory, newer).setOlder(older);
		if (older !== 0) new CacheRecord(memory, older).setNewer(newer);
		this.changes = this.globals.countCacheChange();
	}

	/** Another thread made or ended caches: slots and records may mean something else now. */
	private forgetStaleViews(): void {
		if (this.changes === this.globals.cacheChanges) return;
		this.views = [];
		this.changes = this.globals.cacheChanges;
	}

	/** An older cache that the wish can share; its user count goes up (find_mergeable, __kmem_cache_alias). */
	private findMergeable(wish: CacheWish): SlabCache | null {
		const noMerge = (this.globals.flags & MM_NO_MERGE) !== 0;
		if (noMerge || wish.ctor !== undefined || wish.mayMerge === false)
			return null;
		const asked = {
			objectSize: wish.size,
			align: wish.align ?? 0,
			flags: wish.flags ?? 0,
		};
		for (const cache of this.all()) {
			const record = cache.record;
			if (record.refcount < 0 || record.ctor !== 0) continue;
			if (!canShareSlabs(record.geometry(), asked)) continue;
			record.setRefcount(record.refcount + 1);
			record.growObject(wish.size);
			return cache;
		}
		return null;
	}

	private constructorId(ctor: Constructor | undefined): number {
		if (ctor === undefined) return 0;
		const known = this.constructors.indexOf(ctor);
		return known > 0 ? known : this.constructors.push(ctor) - 1;
	}

	/** What a cache that was to be destroyed still has in use, slab by slab. */
	private leftOvers(cache: SlabCache): LeftOver[] {
		const found: LeftOver[] = [];
		const { pages } = this.parts;
		for (let pfn = 1; pfn < pages.frameCount; pfn++) {
			if (!pages.has(pfn)) continue;
			const slab = pfn as Pfn;
			if (pages.slot(slab) !== cache.slot || pages.head(slab) !== slab)
				continue;
			for (const object of cache.objectsInUse(slab))
				found.push({ slab, object });
		}
		return found;
	}

	private lock(): void {
		this.parts.locks.lock(this.globals.words, this.globals.cacheLockAt);
	}
	private unlock(): void {
		this.parts.locks.unlock(this.globals.words, this.globals.cacheLockAt);
	}
}

/** A constructor that leaves objects as they are: the cache still keeps a free object's bytes for its next user. */
export function constructNothing(): void {}

function unknownConstructor(): never {
	panic("slab: this thread does not know the constructor of a new slab");
}
