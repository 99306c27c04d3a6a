// kmalloc: memory by the byte, from thirteen size classes.
//
//   bytes   1-8  9-16  17-32  33-64  65-96  97-128  129-192  193-256  -512  -1k  -2k  -4k  -8k    more
//   class    8    16     32     64     96     128     192      256     512   1k   2k   4k   8k    whole pages
//
//   slots[(bytes + 7) / 8]  ->  per-CPU slot of the class's cache  ->  take (cpu-slab.ts)
//
// Four families: ordinary, accounted (kmalloc-cg), reclaimable (kmalloc-rcl) and DMA. Freeing needs the address alone: the
// frame's record leads to the cache.
//
// K1: what comes back is at least as large as asked for; classes of a power of two are aligned to their size.
// K2: 0 bytes give ZERO_SIZE, which may be freed and must not be touched. More than 4 MiB always fails.
// K3: a size above 8 KiB is a compound block of its own, counted as slab memory.
// [include/linux/slab.h kmalloc, kmalloc_type; mm/slab_common.c create_kmalloc_caches, kmalloc_slab, kfree, __do_krealloc]

import type { PhysicalMemory } from "../hw/memory";
import { panic } from "../hw/panic";
import type { Recorder } from "../hw/recorder";
import {
	asPhys,
	BANK_BYTES,
	NIL,
	NULL,
	orderFor,
	type Pfn,
	type PhysAddr,
	pfnOf,
	physOf,
} from "../hw/units";
import type { Counters } from "./counters";
import { type CpuSlabs, GIVEN, NO_SLAB } from "./cpu-slab";
import {
	EV_KFREE_LARGE,
	EV_KMALLOC_LARGE,
	EV_SLAB_ALLOC,
	EV_SLAB_FREE,
} from "./events";
import {
	__GFP_ACCOUNT,
	__GFP_COMP,
	__GFP_DMA,
	__GFP_RECLAIMABLE,
	__GFP_ZERO,
} from "./gfp";
import { type Pages, PG_LARGE } from "./page";
import type { PageAllocator } from "./page-allocator";
import type { SlabCache } from "./slab-cache";
import type { SlabCaches } from "./slab-caches";
import {
	KMALLOC_BYTES_MAX,
	KMALLOC_CACHE_BYTES_MAX,
	KMALLOC_SIZES,
	KMALLOC_TYPES,
	kmallocClass,
	kmallocName,
	kmallocWish,
	usableBytes,
} from "./slab-geometry";
import { NR_SLAB_UNRECLAIMABLE_B } from "./vmstat-names";

/** What kmalloc(0) returns: an address that is not NULL and that nobody may touch (ZERO_SIZE_PTR). */
export const ZERO_SIZE = asPhys(16);

const CLASS_BYTES_MAX = KMALLOC_CACHE_BYTES_MAX;
const SPECIAL = __GFP_DMA | __GFP_RECLAIMABLE | __GFP_ACCOUNT | __GFP_ZERO;
// Families, as indices into KMALLOC_TYPES.
const NORMAL = KMALLOC_TYPES.indexOf("normal");
const CGROUP = KMALLOC_TYPES.indexOf("cgroup");
const RECLAIM = KMALLOC_TYPES.indexOf("reclaim");
const DMA = KMALLOC_TYPES.indexOf("dma");
// Aliases in this file: an imported constant is looked up whenever it is used.
const ALLOCATED = EV_SLAB_ALLOC;
const FREED = EV_SLAB_FREE;
const DONE = GIVEN;
const TABLE_SIZE = CLASS_BYTES_MAX / 8 + 1;

/** What kmalloc works with. */
export interface KmallocParts {
	readonly memory: PhysicalMemory;
	readonly pages: Pages;
	readonly allocator: PageAllocator;
	readonly cpuSlabs: CpuSlabs;
	readonly counters: Counters;
	readonly recorder: Recorder | null;
}

/** The size classes. */
export class Kmalloc {
	/** Slot of the ordinary class for (bytes + 7) / 8; entry 0 is the slot that is always empty. */
	protected readonly slots = new Int32Array(TABLE_SIZE);
	/** The caches of each family, by class; families in the order of KMALLOC_TYPES. */
	private readonly families: readonly (readonly SlabCache[])[];
	private readonly memory: PhysicalMemory;
	protected readonly pages: Pages;
	private readonly allocator: PageAllocator;
	protected readonly cpu: CpuSlabs;

	/** Uses the caches called kmalloc-*, which `createKmallocCaches` made. */
	constructor(
		protected readonly parts: KmallocParts,
		private readonly caches: SlabCaches,
	) {
		this.memory = parts.memory;
		this.pages = parts.pages;
		this.allocator = parts.allocator;
		this.cpu = parts.cpuSlabs;
		this.families = KMALLOC_TYPES.map((type) =>
			KMALLOC_SIZES.map((bytes) => this.mustFind(kmallocName(type, bytes))),
		);
		for (let eighth = 1; eighth < TABLE_SIZE; eighth++) {
			this.slots[eighth] = this.cacheAt(NORMAL, kmallocClass(eighth * 8)).slot;
		}
	}

	/**
	 * Allocates `bytes` bytes.
	 * @returns a physical address; 0 when there is no memory; ZERO_SIZE for 0 bytes
	 */
	kmalloc(bytes: number, gfp: number): PhysAddr {
		if (bytes <= CLASS_BYTES_MAX && (gfp & SPECIAL) === 0) {
			const slot = this.slots[(bytes + 7) >>> 3] as number;
			const object = this.cpu.alloc(slot);
			if (object !== 0) return object;
		}
		return this.kmallocSlowly(bytes, gfp);
	}

	/** Frees what kmalloc, or any cache, gave; NULL and ZERO_SIZE are ignored. */
	kfree(address: PhysAddr): void {
		const left = this.cpu.free(address);
		if (left !== DONE) this.kfreeSlowly(address, left);
	}

	/** `count` x `bytes`, zeroed; 0 also when the product is too large (kcalloc). */
	kcalloc(count: number, bytes: number, gfp: number): PhysAddr {
		return this.kmalloc(count * bytes, gfp | __GFP_ZERO);
	}

	/**
	 * Changes the size: the same address when it still fits, else a copy (krealloc).
	 * @returns 0 when there is no memory: the old object then stays; ZERO_SIZE for 0 bytes
	 */
	krealloc(address: PhysAddr, bytes: number, gfp: number): PhysAddr {
		if (bytes === 0) {
			this.kfree(address);
			return ZERO_SIZE;
		}
		const had = this.ksize(address);
		if (had >= bytes) return address;
		const fresh = this.kmalloc(bytes, gfp);
		if (fresh === 0) return fresh;
		if (had > 0) this.memory.copy(address, fresh, had);
		this.kfree(address);
		return fresh;
	}

	/** Bytes that may be used at `address`: the class's size, or the block's (ksize). */
	ksize(address: PhysAddr): number {
		if (address === NULL || address === ZERO_SIZE) return 0;
		const pfn = pfnOf(address);
		const slot = this.pages.slot(pfn);
		if (slot !== 0) return usableBytes(this.caches.bySlot(slot).geometry);
		return 4096 * 2 ** this.pages.order(pfn);
	}

	/** Bytes that kmalloc would hand out for `bytes` (kmalloc_size_roundup). */
	roundUp(bytes: number): number {
		const index = kmallocClass(bytes);
		if (index >= 0) return usableBytes(this.cacheAt(NORMAL, index).geometry);
		return bytes === 0 ? 0 : 4096 * 2 ** orderFor(bytes);
	}

	/** The cache that serves a size and flags; null above 8 KiB. */
	cacheFor(bytes: number, gfp: number): SlabCache | null {
		const index = kmallocClass(bytes);
		if (index < 0) return null;
		return this.cacheAt(familyOf(gfp), index);
	}

	/** `kmalloc` when the CPU has no object of the class, or more is asked for than an object. */
	protected kmallocSlowly(bytes: number, gfp: number): PhysAddr {
		if (bytes === 0) return ZERO_SIZE;
		const cache = this.cacheFor(bytes, gfp);
		if (cache === null) return this.kmallocLarge(bytes, gfp);
		return cache.allocFor(bytes, gfp);
	}

	/** Does what the CPU's records left to do: see `CpuSlabs.free`. */
	protected kfreeSlowly(address: PhysAddr, left: number): void {
		if (address === NULL || address === ZERO_SIZE) return;
		const pfn = pfnOf(address);
		if (left === NO_SLAB) this.kfreeLarge(pfn, address);
		else this.cacheOf(pfn).settle(this.pages.head(pfn), address, left);
	}

	/** The cache that a slab frame belongs to. */
	private cacheOf(pfn: Pfn): SlabCache {
		return this.caches.bySlot(this.pages.slot(pfn));
	}

	/** Whole pages (kmalloc_large). */
	private kmallocLarge(bytes: number, gfp: number): PhysAddr {
		if (!(bytes > 0 && bytes <= KMALLOC_BYTES_MAX)) return NULL;
		const order = orderFor(bytes);
		const pfn = this.allocator.allocPages(order, gfp | __GFP_COMP);
		if (pfn === NIL) return NULL;
		this.pages.addFlags(pfn, PG_LARGE);
		this.parts.counters.addNode(NR_SLAB_UNRECLAIMABLE_B, 1 << order);
		this.parts.recorder?.emit(EV_KMALLOC_LARGE, pfn, order, 0, bytes);
		return physOf(pfn);
	}

	private kfreeLarge(pfn: Pfn, address: PhysAddr): void {
		const isLarge =
			this.pages.has(pfn) && (this.pages.flags(pfn) & PG_LARGE) !== 0;
		if (!isLarge || address !== physOf(pfn)) this.badAddress(address);
		const order = this.pages.order(pfn);
		this.pages.clearFlags(pfn, PG_LARGE);
		this.parts.counters.addNode(NR_SLAB_UNRECLAIMABLE_B, -(1 << order));
		this.parts.recorder?.emit(EV_KFREE_LARGE, pfn, order, 0, 0);
		this.allocator.freePages(pfn, order);
	}

	private cacheAt(family: number, index: number): SlabCache {
		return (this.families[family] as readonly SlabCache[])[index] as SlabCache;
	}

	private mustFind(name: string): SlabCache {
		return (
			this.caches.byName(name) ?? panic(`kmalloc: cache ${name} is missing`)
		);
	}

	private badAddress(address: PhysAddr): never {
		panic(`kfree: K3 nothing was allocated at 0x${address.toString(16)}`);
	}
}

/** kmalloc where every allocation and free is recorded, zeroed or may be failed on purpose. */
export class WatchedKmalloc extends Kmalloc {
	/** The recorder, when recording is all that is asked for. */
	private readonly witness: Recorder | null;
	private readonly listener: Recorder | null;
	/** Addresses may pass 4 GiB. */
	private readonly isWide: boolean;

	constructor(parts: KmallocParts, caches: SlabCaches, onlyRecords: boolean) {
		super(parts, caches);
		this.witness = onlyRecords ? parts.recorder : null;
		this.listener = parts.recorder;
		this.isWide = parts.memory.wide;
	}

	override kmalloc(bytes: number, gfp: number): PhysAddr {
		const witness = this.witness;
		if (witness !== null && bytes <= CLASS_BYTES_MAX && (gfp & SPECIAL) === 0) {
			const slot = this.slots[(bytes + 7) >>> 3] as number;
			const object = this.cpu.alloc(slot);
			if (object !== 0) {
				const bank = this.isWide ? bankOf(object) : 0;
				const high = bank | (gfp << 8);
				witness.emit(ALLOCATED, object | 0, high, slot, bytes);
				return object;
			}
		}
		return this.kmallocSlowly(bytes, gfp);
	}

	override kfree(address: PhysAddr): void {
		const pfn = this.isWide ? pfnOf(address) : ((address >>> 12) as Pfn);
		const slot = this.pages.slot(pfn);
		if (slot > 0 && this.listener !== null) {
			const bank = this.isWide ? bankOf(address) : 0;
			this.listener.emit(FREED, address | 0, bank, slot, 0);
		}
		const left = this.cpu.free(address);
		if (left !== DONE) this.kfreeSlowly(address, left);
	}
}

/** Makes the caches of all families, in the order of the kernel (create_kmalloc_caches). */
export function createKmallocCaches(caches: SlabCaches): void {
	const order = [8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192];
	for (const type of KMALLOC_TYPES)
		for (const bytes of order) {
			const wish = kmallocWish(type, bytes);
			caches.createUnshared(
				kmallocName(type, bytes),
				bytes,
				wish.align ?? 0,
				wish.flags ?? 0,
			);
		}
}

/** Bank that an address lies in. */
const bankOf = (address: PhysAddr): number => (address / BANK_BYTES) | 0;

/** Family that the flags ask for; DMA goes before reclaimable, and that before accounted (kmalloc_type). */
function familyOf(gfp: number): number {
	if ((gfp & SPECIAL) === 0) return NORMAL;
	if ((gfp & __GFP_DMA) !== 0) return DMA;
	if ((gfp & __GFP_RECLAIMABLE) !== 0) return RECLAIM;
	return (gfp & __GFP_ACCOUNT) !== 0 ? CGROUP : NORMAL;
}
