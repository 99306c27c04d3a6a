// Slabs and objects as a fold sees them: which objects of each slab are in use, by whom, since which event.
//
//   slab at pfn    base ---> | object 0 | object 1 | ... | object n - 1 |      entries of the object columns
//
// A slab's objects get neighbouring entries when it is made and give them back when it goes; runs of entries are used
// again for slabs with as many objects.
//
// FO1: an entry whose `since` is 0 is free; else it is the number of the event that allocated the object, plus 1.
// FO2: `inuse` of a slab counts its entries in use.

import { FrameLists } from "./lists";
import type { StateColumns } from "./state";

const CACHES = 320; // slots that a kernel has (mm/percpu.ts)
const SLOT_SHIFT = 4;

/** Where a slab is; the numbers of slab_move. */
export const PLACE_NAMES = [
	"new",
	"current",
	"chained",
	"listed",
	"listed",
	"full",
] as const;
const CURRENT = 1;
const CHAINED = 2;
const HEAD = 3;
const TAIL = 4;
const FULL = 5;

/** A cache as its event names it. */
export interface FoldedCache {
	readonly slot: number;
	readonly name: string;
	/** Bytes that an object takes, and those that its users may write. */
	readonly size: number;
	readonly objectSize: number;
	readonly order: number;
	readonly objects: number;
	readonly reclaimable: boolean;
	/** Its objects count as their task's memory (SLAB_ACCOUNT). */
	readonly accounted: boolean;
	/** Number of the event that made it. */
	readonly since: number;
	/** Slabs, and objects in use, now. */
	slabs: number;
	total: number;
	active: number;
	/** Object frames, over all slabs. */
	frames: number;
}

/** What is known of an object that is in use. */
export interface FoldedObject {
	readonly address: number;
	readonly slab: number;
	readonly index: number;
	readonly since: number;
	readonly context: number;
	readonly pid: number;
	readonly bytes: number;
}

/** Slabs and objects of all caches. */
export class FoldedObjects {
	/** Caches by slot >>> 4. */
	readonly caches: (FoldedCache | null)[] = Array(CACHES).fill(null);
	/** Slots in the order of creation, oldest first. */
	ages: number[] = [];
	readonly lists: FrameLists;
	/** Of a slab's first frame: where it is, on which CPU, its objects and how many are in use. */
	readonly place: Uint8Array;
	readonly cpu: Uint8Array;
	readonly objects: Uint16Array;
	readonly inuse: Uint16Array;
	private readonly base: Int32Array;
	private since = new Int32Array(1 << 12);
	private context = new Uint16Array(1 << 12);
	private pid = new Int32Array(1 << 12);
	private bytes = new Int32Array(1 << 12);
	private used = 1; // entries handed out; entry 0 is nobody's
	private spare: Record<number, number[]> = {}; // bases of free runs, by their length

	constructor(
		private readonly frames: number,
		private readonly cpus: number,
	) {
		this.lists = new FrameLists(CACHES * (1 + cpus), frames);
		this.place = new Uint8Array(frames);
		this.cpu = new Uint8Array(frames);
		this.objects = new Uint16Array(frames);
		this.inuse = new Uint16Array(frames);
		this.base = new Int32Array(frames);
	}

	cache(slot: number): FoldedCache | null {
		return this.caches[slot >>> SLOT_SHIFT] ?? null;
	}

	/** Caches that exist, newest first: the order of /proc/slabinfo. */
	all(): FoldedCache[] {
		return this.ages.map((slot) => this.cache(slot) as FoldedCache).reverse();
	}

	/** Slabs on a cache's node list, head first. */
	listed(slot: number): number[] {
		return this.lists.members(slot >>> SLOT_SHIFT);
	}

	/** Slabs on a CPU's chain of a cache, head first. */
	chained(slot: number, cpu: number): number[] {
		return this.lists.members(this.chainOf(slot, cpu));
	}

	/** Free objects in the slabs on a cache's node list: the only ones that /proc/slabinfo does not call active. */
	freeListed(slot: number): number {
		let free = 0;
		for (const pfn of this.listed(slot))
			free += (this.objects[pfn] as number) - (this.inuse[pfn] as number);
		return free;
	}

	/** First frame of the slab that holds `pfn`; -1 when none does. */
	slabOf(pfn: number): number {
		for (let order = 0; order <= 10; order++) {
			const head = pfn & ~((1 << order) - 1);
			if (this.base[head] !== 0) return head;
		}
		return -1;
	}

	/** The object at an address; null when it is not in use or there is none. */
	at(address: number, slot: number): FoldedObject | null {
		const slab = this.slabOf(Math.floor(address / 4096));
		const cache = this.cache(slot);
		if (slab < 0 || cache === null) return null;
		const index = Math.floor((address - slab * 4096) / cache.size);
		return index < (this.objects[slab] as number)
			? this.object(slab, index, cache)
			: null;
	}

	/** Object number `index` of a slab; null when it is free. */
	object(slab: number, index: number, cache: FoldedCache): FoldedObject | null {
		const entry = (this.base[slab] as number) + index;
		const since = this.since[entry] as number;
		if (since === 0) return null;
		return {
			address: slab * 4096 + index * cache.size,
			slab,
			index,
			since: since - 1,
			context: this.context[entry] as number,
			pid: this.pid[entry] as number,
			bytes: this.bytes[entry] as number,
		};
	}

	/** Visits every object in use of a slab. */
	eachOf(
		slab: number,
		cache: FoldedCache,
		visit: (o: FoldedObject) => void,
	): void {
		for (let index = 0; index < (this.objects[slab] as number); index++) {
			const object = this.object(slab, index, cache);
			if (object !== null) visit(object);
		}
	}

	/** Visits the slabs of all caches, lowest first. */
	eachSlab(visit: (slab: number) => void): void {
		for (let pfn = 0; pfn < this.frames; pfn++)
			if (this.base[pfn] !== 0) visit(pfn);
	}

	// --- what events do

	addCache(cache: FoldedCache): void {
		const { slot } = cache;
		const known = this.cache(slot);
		if (known === null) this.caches[slot >>> SLOT_SHIFT] = cache;
		this.ages = this.ages.filter((each) => each !== slot);
		this.ages.push(slot);
	}

	removeCache(slot: number): void {
		this.caches[slot >>> SLOT_SHIFT] = null;
		this.ages = this.ages.filter((each) => each !== slot);
	}

	addSlab(pfn: number, order: number, slot: number, objects: number): void {
		const cache = this.cache(slot);
		if (cache === null) return;
		this.base[pfn] = this.takeRun(objects);
		this.objects[pfn] = objects;
		this.inuse[pfn] = 0;
		this.place[pfn] = 0;
		cache.slabs++;
		cache.total += objects;
		cache.frames += 1 << order;
	}

	removeSlab(pfn: number, order: number, slot: number): void {
		const objects = this.objects[pfn] as number;
		const base = this.base[pfn] as number;
		if (base === 0) return;
		this.lists.remove(pfn);
		this.since.fill(0, base, base + objects);
		let runs = this.spare[objects];
		if (runs === undefined) {
			runs = [];
			this.spare[objects] = runs;
		}
		runs.push(base);
		this.base[pfn] = 0;
		this.objects[pfn] = 0;
		this.inuse[pfn] = 0;
		this.place[pfn] = 0;
		const cache = this.cache(slot);
		if (cache === null) return;
		cache.slabs--;
		cache.total -= objects;
		cache.frames -= 1 << order;
	}

	move(pfn: number, place: number, slot: number, cpu: number): void {
		this.place[pfn] = place;
		this.cpu[pfn] = cpu;
		if (place === CHAINED) this.lists.pushHead(this.chainOf(slot, cpu), pfn);
		else if (place === HEAD) this.lists.pushHead(slot >>> SLOT_SHIFT, pfn);
		else if (place === TAIL) this.lists.pushTail(slot >>> SLOT_SHIFT, pfn);
		else if (place === CURRENT || place === FULL) this.lists.remove(pfn);
	}

	allocate(
		event: number,
		address: number,
		slot: number,
		bytes: number,
		context: number,
		pid: number,
	): void {
		const entry = this.entryOf(address, slot);
		if (entry === 0) return;
		if (this.since[entry] === 0) this.count(address, slot, 1);
		this.since[entry] = event + 1;
		this.context[entry] = context;
		this.pid[entry] = pid;
		this.bytes[entry] = bytes;
	}

	release(address: number, slot: number): void {
		const entry = this.entryOf(address, slot);
		if (entry === 0 || this.since[entry] === 0) return;
		this.count(address, slot, -1);
		this.since[entry] = 0;
	}

	// --- key frames

	plain(): unknown {
		const { caches, ages, used, spare } = this;
		return { caches: caches.filter((it) => it !== null), ages, used, spare };
	}

	/** Takes plain data over; the columns are filled afterwards. */
	restore(plain: ReturnType<FoldedObjects["plain"]>): void {
		const data = plain as {
			caches: FoldedCache[];
			ages: number[];
			used: number;
			spare: Record<number, number[]>;
		};
		this.caches.fill(null);
		for (const cache of data.caches) {
			const at = cache.slot >>> SLOT_SHIFT;
			if (at >= CACHES) throw new Error(`there is no cache ${cache.slot}`);
			this.caches[at] = { ...cache };
		}
		this.ages = [...data.ages];
		this.used = data.used;
		this.spare = data.spare;
		const length = sizeFor(data.used);
		this.since = new Int32Array(length);
		this.context = new Uint16Array(length);
		this.pid = new Int32Array(length);
		this.bytes = new Int32Array(length);
	}

	columns(): StateColumns {
		const { place, cpu, objects, inuse, base } = this;
		const { since, context, pid, bytes } = this;
		const slabs = [place, cpu, objects, inuse, base];
		return [...slabs, since, context, pid, bytes, ...this.lists.columns()];
	}

	// --- private

	private chainOf(slot: number, cpu: number): number {
		return CACHES + (slot >>> SLOT_SHIFT) * this.cpus + cpu;
	}

	/** Entry of the object at an address; 0 when no slab is known there. */
	private entryOf(address: number, slot: number): number {
		const cache = this.caches[slot >>> SLOT_SHIFT];
		if (cache === null || cache === undefined) return 0;
		const pfn = Math.floor(address / 4096);
		let slab = pfn & ~((1 << cache.order) - 1);
		if (this.base[slab] === 0) slab = this.slabOf(pfn);
		if (slab < 0) return 0;
		const index = Math.floor((address - slab * 4096) / cache.size);
		return (this.base[slab] as number) + index;
	}

	private count(address: number, slot: number, change: number): void {
		const cache = this.caches[slot >>> SLOT_SHIFT] as FoldedCache;
		const pfn = Math.floor(address / 4096);
		let slab = pfn & ~((1 << cache.order) - 1);
		if (this.base[slab] === 0) slab = this.slabOf(pfn);
		this.inuse[slab] = (this.inuse[slab] as number) + change;
		cache.active += change;
	}

	private takeRun(objects: number): number {
		const base = this.spare[objects]?.pop();
		if (base !== undefined) return base;
		const start = this.used;
		this.used += objects;
		if (this.used > this.since.length) this.grow();
		return start;
	}

	private grow(): void {
		const length = sizeFor(this.used);
		this.since = grown(this.since, new Int32Array(length));
		this.context = grown(this.context, new Uint16Array(length));
		this.pid = grown(this.pid, new Int32Array(length));
		this.bytes = grown(this.bytes, new Int32Array(length));
	}
}

/** Length of columns for so many entries: a power of two, so that key frames and folds agree. */
function sizeFor(used: number): number {
	let length = 1 << 12;
	while (length < used) length *= 2;
	return length;
}

function grown<Column extends Int32Array | Uint16Array>(
	from: Column,
	to: Column,
): Column {
	to.set(from);
	return to;
}
