// The least that a SLUB can do in JavaScript: every decision of the kernel's kmalloc, and nothing else.
//
//   cache, 16 words         frame, 16 words like a struct page            object
//   +-----------------+     +-------------------------------------+      +------------------+
//   | head of         |---> | head, cache: of every frame         |      |   | next |       |
//   | freelist, slab, |     | chain, counters, next, prev: of the |----> +------------------+
//   | chain, list ... |     | slab's first                        |        in the middle
//   +-----------------+     +-------------------------------------+
//
// It takes the same slow paths in the same order as slab-cache.ts on one CPU, and so makes, gives back, chains and lists
// exactly as many slabs (a test counts them). What it leaves out: a second CPU, locks, checks, counters, clock, recorder,
// zeroing, call contexts, pointers of 64 bits, caches that come and go, and the page allocator below.

import {
	KMALLOC_CACHE_BYTES_MAX,
	KMALLOC_SIZES,
	kmallocClass,
	SLAB_KMALLOC,
	type SlabGeometry,
	slabGeometry,
} from "../../../mm/slab-geometry";
import { driven, type Heap } from "./drive";
import { type Subject, serve } from "./subject";

const MEMORY_BYTES = 2 ** 30; // addresses stay 32-bit integers, as in the kernel's own run
const FRAMES = MEMORY_BYTES / 4096;
const PAGE_SHIFT = 12;
const RECORD_SHIFT = 4; // words of a cache or of a frame
const SMALL_MAX = KMALLOC_CACHE_BYTES_MAX;

// Words of a cache. Cache 0 is nobody's: its freelist is empty, and its slab is none.
const SLAB = 1;
const CHAIN = 2;
const CHAINED = 3;
const OFFSET = 4;
const CHAIN_MAX = 5;
const LIST = 6; // head, tail of the node's list
const LISTED = 8;
const LISTED_MIN = 9;
const SIZE = 10;
const ORDER = 11;
const OBJECTS = 12;
// Words of a frame. A large block keeps its order where a slab has its counters.
const FREELIST = 0;
const COUNTERS = 1; // objects in use, 16 bits; objects, 15 bits; frozen
const NEXT = 2;
const PREV = 3;
const HEAD = 4;
const CACHE = 5;
const FROZEN = 1 << 31;
const INUSE_MASK = 0xffff;
const OBJECTS_MASK = 0x7fff;

/** How often each slow path was taken. */
export interface SlowPaths {
	made: number;
	givenBack: number;
	takenFromList: number;
	chainsDrained: number;
}

/** kmalloc's caches on bare words. */
export class BareSlub implements Heap {
	readonly slowPaths: SlowPaths = {
		made: 0,
		givenBack: 0,
		takenFromList: 0,
		chainsDrained: 0,
	};
	private readonly words = new Int32Array(new SharedArrayBuffer(MEMORY_BYTES));
	private readonly frames = new Int32Array(
		new SharedArrayBuffer((FRAMES << RECORD_SHIFT) * 4),
	);
	private readonly caches = new Int32Array(
		(KMALLOC_SIZES.length + 1) << RECORD_SHIFT,
	);
	private readonly cacheOf = new Int32Array(SMALL_MAX / 8 + 1); // by (bytes + 7) / 8
	private readonly spare = new Int32Array(16); // blocks of each order that came back
	private end = 1; // first frame that nobody had yet; frame 0 is nobody's

	constructor() {
		for (let i = 1; i < this.cacheOf.length; i++)
			this.cacheOf[i] = (kmallocClass(i * 8) + 1) << RECORD_SHIFT;
		this.caches[SLAB] = -1;
		KMALLOC_SIZES.forEach((objectSize, index) => {
			const wish = { objectSize, flags: SLAB_KMALLOC };
			const geometry = slabGeometry(wish, { cpuCount: 1 });
			this.open((index + 1) << RECORD_SHIFT, geometry as SlabGeometry);
		});
	}

	private open(cache: number, geometry: SlabGeometry): void {
		const { caches } = this;
		caches[cache | SLAB] = -1;
		caches[cache | OFFSET] = geometry.offset;
		caches[cache | CHAIN_MAX] = geometry.cpuPartialSlabs;
		caches[cache | LISTED_MIN] = geometry.minPartial;
		caches[cache | SIZE] = geometry.size;
		caches[cache | ORDER] = geometry.order;
		caches[cache | OBJECTS] = geometry.objectCount;
	}

	alloc(bytes: number): number {
		if (bytes > SMALL_MAX) return this.allocLarge(bytes);
		const cache = this.cacheOf[(bytes + 7) >>> 3] as number;
		return this.caches[cache] === 0 ? this.refill(cache) : this.pop(cache);
	}

	free(object: number): void {
		const { frames, caches } = this;
		const frame = (object >>> PAGE_SHIFT) << RECORD_SHIFT;
		const cache = frames[frame | CACHE] as number;
		const slab = frames[frame | HEAD] as number;
		if (caches[cache | SLAB] !== slab) {
			this.give(object, cache, slab);
			return;
		}
		const at = (object + (caches[cache | OFFSET] as number)) >>> 2;
		this.words[at] = caches[cache] as number;
		caches[cache] = object;
	}

	touch(object: number, value: number): void {
		this.words[object >>> 2] = value;
	}

	private pop(cache: number): number {
		const { caches } = this;
		const object = caches[cache] as number;
		const at = (object + (caches[cache | OFFSET] as number)) >>> 2;
		caches[cache] = this.words[at] as number;
		return object;
	}

	/** From the current slab's own chain, the CPU's chain, the node's list, a new slab (___slab_alloc). */
	private refill(cache: number): number {
		const { caches, frames } = this;
		const current = caches[cache | SLAB] as number;
		if (current > 0 && this.takeOver(cache, current)) return this.pop(cache);
		const next = caches[cache | CHAIN] as number;
		if (next !== 0) {
			caches[cache | CHAIN] = frames[(next << RECORD_SHIFT) | NEXT] as number;
			(caches[cache | CHAINED] as number) -= 1;
			this.takeOver(cache, next);
		} else if (!this.takeListed(cache)) this.make(cache);
		return this.pop(cache);
	}

	/** Makes a slab the current one, with the objects of its own chain; false if it has none (get_freelist). */
	private takeOver(cache: number, slab: number): boolean {
		const { caches, frames } = this;
		const frame = slab << RECORD_SHIFT;
		const first = frames[frame | FREELIST] as number;
		const counters = frames[frame | COUNTERS] as number;
		if (first === 0) {
			frames[frame | COUNTERS] = counters & ~FROZEN;
			return false;
		}
		const objects = (counters >>> 16) & OBJECTS_MASK;
		caches[cache] = first;
		caches[cache | SLAB] = slab;
		frames[frame | FREELIST] = 0;
		frames[frame | COUNTERS] = objects | (objects << 16) | FROZEN;
		return true;
	}

	/** The first slab of the node's list, and some more for the chain (get_partial_node). */
	private takeListed(cache: number): boolean {
		const { caches, frames } = this;
		const first = this.unlistHead(cache);
		if (first === 0) return false;
		const many = (caches[cache | CHAIN_MAX] as number) / 2;
		for (let extra = 0; extra <= many; extra++) {
			const slab = this.unlistHead(cache);
			if (slab === 0) break;
			const next = caches[cache | CHAIN] as number;
			frames[(slab << RECORD_SHIFT) | NEXT] = next;
			caches[cache | CHAIN] = slab;
			(caches[cache | CHAINED] as number) += 1;
		}
		this.slowPaths.takenFromList++;
		return this.takeOver(cache, first);
	}

	private unlistHead(cache: number): number {
		const { caches, frames } = this;
		const slab = caches[cache | LIST] as number;
		if (slab === 0) return slab;
		const frame = slab << RECORD_SHIFT;
		caches[cache | LIST] = frames[frame | NEXT] as number;
		(caches[cache | LISTED] as number) -= 1;
		(frames[frame | COUNTERS] as number) |= FROZEN;
		return slab;
	}

	/** Frees to a slab that is not the current one (__slab_free). */
	private give(object: number, cache: number, slab: number): void {
		if (cache === 0) {
			this.freeLarge(slab);
			return;
		}
		const { caches, frames } = this;
		const frame = slab << RECORD_SHIFT;
		const prior = frames[frame | FREELIST] as number;
		const counters = frames[frame | COUNTERS] as number;
		const at = (object + (caches[cache | OFFSET] as number)) >>> 2;
		this.words[at] = prior;
		frames[frame | FREELIST] = object;
		frames[frame | COUNTERS] = (counters - 1) | (prior === 0 ? FROZEN : 0);
		if (counters < 0) return;
		if (prior === 0) this.chain(cache, slab);
		else if ((counters & INUSE_MASK) === 1) this.emptied(cache, slab);
	}

	/** A slab that was full belongs to the CPU now (put_cpu_partial). */
	private chain(cache: number, slab: number): void {
		const { caches, frames } = this;
		const chained = caches[cache | CHAINED] as number;
		if (chained >= (caches[cache | CHAIN_MAX] as number)) this.drain(cache);
		frames[(slab << RECORD_SHIFT) | NEXT] = caches[cache | CHAIN] as number;
		caches[cache | CHAIN] = slab;
		(caches[cache | CHAINED] as number) += 1;
	}

	/** The chain moves to the node's list; empty slabs go when that is long enough (__unfreeze_partials). */
	private drain(cache: number): void {
		const { caches, frames } = this;
		let slab = caches[cache | CHAIN] as number;
		caches[cache | CHAIN] = 0;
		caches[cache | CHAINED] = 0;
		this.slowPaths.chainsDrained++;
		while (slab !== 0) {
			const frame = slab << RECORD_SHIFT;
			const next = frames[frame | NEXT] as number;
			const counters = (frames[frame | COUNTERS] as number) & ~FROZEN;
			frames[frame | COUNTERS] = counters;
			const isEmpty = (counters & INUSE_MASK) === 0;
			if (isEmpty && this.hasMany(cache)) this.discard(cache, slab);
			else this.listTail(cache, slab);
			slab = next;
		}
	}

	private emptied(cache: number, slab: number): void {
		if (!this.hasMany(cache)) return;
		this.unlist(cache, slab);
		this.discard(cache, slab);
	}

	private hasMany(cache: number): boolean {
		const listed = this.caches[cache | LISTED] as number;
		return listed >= (this.caches[cache | LISTED_MIN] as number);
	}

	private listTail(cache: number, slab: number): void {
		const { caches, frames } = this;
		const list = cache | LIST;
		frames[(slab << RECORD_SHIFT) | NEXT] = 0;
		if (caches[list] === 0) caches[list] = slab;
		else {
			const last = caches[list + 1] as number;
			frames[(slab << RECORD_SHIFT) | PREV] = last;
			frames[(last << RECORD_SHIFT) | NEXT] = slab;
		}
		caches[list + 1] = slab;
		(caches[cache | LISTED] as number) += 1;
	}

	private unlist(cache: number, slab: number): void {
		const { caches, frames } = this;
		const list = cache | LIST;
		const next = frames[(slab << RECORD_SHIFT) | NEXT] as number;
		if (caches[list] === slab) caches[list] = next;
		else {
			const prev = frames[(slab << RECORD_SHIFT) | PREV] as number;
			frames[(prev << RECORD_SHIFT) | NEXT] = next;
			if (next === 0) caches[list + 1] = prev;
			else frames[(next << RECORD_SHIFT) | PREV] = prev;
		}
		(caches[cache | LISTED] as number) -= 1;
	}

	/** A new slab, all of its objects on the freelist (new_slab). */
	private make(cache: number): void {
		const { caches, frames, words } = this;
		const order = caches[cache | ORDER] as number;
		const objects = caches[cache | OBJECTS] as number;
		const size = caches[cache | SIZE] as number;
		const slab = this.takePages(order);
		this.mark(slab, order, cache, slab);
		const first = slab << PAGE_SHIFT;
		const last = first + (objects - 1) * size;
		const offset = caches[cache | OFFSET] as number;
		for (let object = first; object <= last; object += size)
			words[(object + offset) >>> 2] = object === last ? 0 : object + size;
		frames[(slab << RECORD_SHIFT) | FREELIST] = 0;
		frames[(slab << RECORD_SHIFT) | COUNTERS] =
			objects | (objects << 16) | FROZEN;
		caches[cache] = first;
		caches[cache | SLAB] = slab;
		this.slowPaths.made++;
	}

	private discard(cache: number, slab: number): void {
		const order = this.caches[cache | ORDER] as number;
		this.mark(slab, order, 0, 0);
		this.givePages(slab, order);
		this.slowPaths.givenBack++;
	}

	private mark(slab: number, order: number, cache: number, head: number): void {
		const { frames } = this;
		for (let i = 0; i < 1 << order; i++) {
			const frame = (slab + i) << RECORD_SHIFT;
			frames[frame | CACHE] = cache;
			frames[frame | HEAD] = head;
		}
	}

	private allocLarge(bytes: number): number {
		const order = Math.ceil(Math.log2(bytes / 4096));
		const block = this.takePages(order);
		this.frames[(block << RECORD_SHIFT) | HEAD] = block;
		this.frames[(block << RECORD_SHIFT) | COUNTERS] = order;
		return block << PAGE_SHIFT;
	}

	private freeLarge(block: number): void {
		const frame = block << RECORD_SHIFT;
		this.givePages(block, this.frames[frame | COUNTERS] as number);
	}

	private takePages(order: number): number {
		const block = this.spare[order] as number;
		if (block !== 0) {
			const frame = block << RECORD_SHIFT;
			this.spare[order] = this.frames[frame | NEXT] as number;
			return block;
		}
		const mask = (1 << order) - 1;
		const first = (this.end + mask) & ~mask;
		if (first + mask >= FRAMES) throw new Error("the memory is full");
		this.end = first + mask + 1;
		return first;
	}

	private givePages(block: number, order: number): void {
		this.frames[(block << RECORD_SHIFT) | NEXT] = this.spare[order] as number;
		this.spare[order] = block;
	}
}

/** Runs the stream of a file on bare SLUB. */
export function bareSlub(streamFile = ""): Subject {
	return driven(new BareSlub(), streamFile);
}

if (require.main === module) void serve(bareSlub);
