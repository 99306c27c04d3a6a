// The object player: recorded requests for objects, asked of an allocator here.
//
//   event ptr=A --> caller, cache --> store.alloc --> object here --.
//                                                                   v
//   event kfree A ------------------------------> PointerMap: A stands for it --> store.free
//
// Each request is made on the CPU that the event names. Which object of a slab comes back is chance in both worlds; which
// slab is not. Requests that the trace does not show are made where its events prove them:
//
//   an address is given out while an object is in use there     freed unseen: by kfree_rcu (grace-queue.ts) or else
//   frees of the unknown                                        older than the start; taken many at once (hidden-allocations.ts);
//                                                               16 for a CPU's network drivers
//   a program writes 1 to a cache's file `shrink`               shrink-watch.ts
//
// PL1: a recorded pointer stands for at most one object here, and every object here that was not freed has one, but for
// those that wait with a CPU's drivers.
// PL2: no request is timed by what the recorded kernel did with pages.
// Blocks of whole pages that kmalloc gives have events of their own: here only their pointers are remembered.

import type { Turn } from "../../../hw/cpu";
import { asPhys, NULL, type PhysAddr } from "../../../hw/units";
import {
	__GFP_ACCOUNT,
	__GFP_DIRECT_RECLAIM,
	__GFP_NOFAIL,
	__GFP_ZERO,
	GFP_KERNEL,
} from "../../../mm/gfp";
import { KMALLOC_CACHE_BYTES_MAX } from "../../../mm/slab-geometry";
import { PointerMap } from "../pointer-map";
import {
	ABSENT,
	CACHE_ALLOC,
	CACHE_FREE,
	KFREE,
	KMALLOC,
	type KmemEvent,
	MARK,
} from "../reading/event";
import type { Attribution, NameTexts } from "./attribution";
import { CACHES_MAX, NO_CACHE } from "./cache-list";
import { CallerKinds } from "./caller-kinds";
import { OTHER_CALLERS } from "./callers";
import { GraceQueue } from "./grace-queue";
import type { HiddenAllocations } from "./hidden-allocations";
import { ObjectCounts } from "./object-counts";
import type { ObjectStore } from "./object-store";
import { shrinkMark } from "./shrink-watch";
import {
	BULK,
	BULK_CACHE,
	DRIVER_CACHE,
	FREED_BY_RCU,
	PLAIN,
	SYSFS_WRITE,
} from "./special-callers";

const LARGE = asPhys(8); // stands for a block of whole pages
const COSTS = __GFP_ZERO | __GFP_ACCOUNT; // time, and decides nothing once the cache is known
const IGNORED = COSTS | __GFP_NOFAIL; // a request may fail here that never failed there
const GRACE_NANOSECONDS = 4_400_000; // what a batch leaves behind is younger
const GRACE_EVENTS = 600; // the same where the recorder's clock counts events
const DRIVER_OBJECTS = 16; // NAPI_SKB_CACHE_BULK

/** What a first pass found out for the player. */
export interface PlayPlan {
	/** The objects of the start, by recorded pointers. */
	readonly objects: PointerMap;
	/** Objects of the start whose pointers nobody knows, by number of their cache, in the order in which to free them. */
	readonly pools: readonly PhysAddr[][];
	readonly hidden: HiddenAllocations;
	/** Caches in the order in which a program shrank them, each time that it did. */
	readonly shrinks: readonly (readonly number[])[];
}

/** What plays. */
export interface PlayerParts {
	readonly names: NameTexts;
	readonly attribution: Attribution;
	readonly store: ObjectStore;
	readonly turn: Turn;
	/** What the time of events is: the reader says. */
	readonly reader: { readonly clock: "nanoseconds" | "count" };
	/** null for a single pass: nothing is known beforehand. */
	readonly plan: PlayPlan | null;
}

/** Plays the object events of a recording. */
export class ObjectPlayer {
	readonly counts = new ObjectCounts();
	/** What stands for recorded pointers. The tag holds caller and cache: see `callerIn` and `cacheIn`. */
	readonly objects: PointerMap;
	private readonly attribution: Attribution;
	private readonly store: ObjectStore;
	private readonly turn: Turn;
	private readonly cpuCount: number;
	private readonly kinds: CallerKinds;
	private readonly queue = new GraceQueue();
	private readonly driverObjects: PhysAddr[][] = []; // by CPU
	private readonly driverCache: number;
	private readonly bulkCache: number;
	private cpu = 0;
	private moments = 0; // as the survey counted them
	private nextHidden = 0;
	private shrinkTime = -1; // index into plan.shrinks
	private shrinkRow = 0;
	private shrinkPid = -1; // -1 while nobody shrinks

	constructor(private readonly parts: PlayerParts) {
		const { attribution, store, turn, names, plan } = parts;
		this.attribution = attribution;
		this.store = store;
		this.turn = turn;
		this.cpuCount = turn.cpus.length;
		this.kinds = new CallerKinds(names);
		this.objects = plan?.objects ?? new PointerMap();
		this.driverCache = attribution.caches.find(DRIVER_CACHE);
		this.bulkCache = attribution.caches.find(BULK_CACHE);
		turn.seat(this.cpu);
		store.begin();
	}

	/** Takes an event; kinds that do not concern objects are passed over. */
	event(event: KmemEvent): void {
		const { kind } = event;
		if (kind === KMALLOC || kind === CACHE_ALLOC) this.allocate(event);
		else if (kind === KFREE || kind === CACHE_FREE) this.free(event);
		else if (kind === MARK) this.mark(event.text, event.pid);
	}

	/** A mark; also for whoever knows marks of a recorder that has none. */
	mark(text: string, pid: number): void {
		const edge = shrinkMark(text);
		if (edge === null || this.parts.plan === null) return;
		this.shrinkPid = edge === "BEGIN" ? pid : -1;
		if (edge === "END") return;
		this.shrinkTime++;
		this.shrinkRow = 0;
	}

	/** The recording is at its end: counts what was never freed, by caller and cache. */
	finish(): void {
		const { counts } = this;
		this.objects.each((_low, _high, _address, tag) => {
			if (cacheIn(tag) !== NO_CACHE) counts.left(callerIn(tag), cacheIn(tag));
		});
	}

	private allocate(event: KmemEvent): void {
		const { low, high, bytesRequested: bytes } = event;
		const { counts, attribution, objects } = this;
		if ((low | high) === 0) {
			counts.failedThere++;
			return;
		}
		if (event.kind === KMALLOC && bytes > KMALLOC_CACHE_BYTES_MAX) {
			counts.large++;
			objects.set(low, high, LARGE, NO_CACHE);
			return;
		}
		this.sit(event.cpu);
		const caller = attribution.caller(event);
		const cache = attribution.ofAllocation(event, caller);
		if (cache === NO_CACHE) {
			counts.withoutCache++;
			return;
		}
		if (objects.get(low, high) !== NULL) this.freeUnseen(low, high, event.time);
		const gfp = event.gfp === ABSENT ? GFP_KERNEL : event.gfp & ~IGNORED;
		const object = this.store.alloc(cache, bytes, gfp);
		if (object === NULL) {
			counts.failed.add(cache, 1);
			return;
		}
		objects.set(low, high, object, tagOf(caller, cache));
		counts.allocated(caller, cache);
		const kind = this.kinds.of(event, caller);
		if (kind !== PLAIN) this.allocateMore(event, kind);
	}

	private free(event: KmemEvent): void {
		const { low, high } = event;
		const { objects, counts } = this;
		if ((low | high) === 0) {
			counts.nulls++;
			return;
		}
		this.sit(event.cpu);
		const object = objects.take(low, high);
		if (object === NULL) {
			this.freeUnknown(event);
			return;
		}
		const { tag } = objects;
		const cache = cacheIn(tag);
		if (cache === NO_CACHE) return; // whole pages
		const caller = callerIn(tag);
		if (this.kinds.known(caller) === FREED_BY_RCU) this.queue.forget(low, high);
		this.store.free(cache, object);
		counts.freed(caller, cache);
		if (event.cache >= 0) this.compareName(event, caller, cache);
	}

	/** An event's name for the cache of an object that was attributed before. */
	private compareName(event: KmemEvent, caller: number, cache: number): void {
		const named = this.attribution.named(event.cache);
		if (named === NO_CACHE) return;
		if (named !== cache) this.counts.misattributed++;
		if (this.parts.plan === null && caller !== OTHER_CALLERS)
			this.attribution.learn(caller, named, event.low, event.high);
	}

	/** What else happens with an allocation, unseen. */
	private allocateMore(event: KmemEvent, kind: number): void {
		if (kind === FREED_BY_RCU)
			this.queue.add(this.cpu, event.low, event.high, event.time);
		else if (kind === BULK && (event.gfp & __GFP_DIRECT_RECLAIM) !== 0)
			this.allocateHidden();
		else if (kind === SYSFS_WRITE && event.pid === this.shrinkPid)
			this.shrinkNext();
	}

	/** Many nodes may have been taken at once: takes those that were. */
	private allocateHidden(): void {
		const hidden = this.parts.plan?.hidden;
		if (hidden === undefined) return;
		this.moments++;
		for (; this.nextHidden < hidden.size; this.nextHidden++) {
			if (hidden.momentOf(this.nextHidden) > this.moments) break;
			const low = hidden.low(this.nextHidden);
			const high = hidden.high(this.nextHidden);
			if (this.objects.get(low, high) !== NULL) continue;
			const object = this.store.alloc(this.bulkCache, 0, GFP_KERNEL);
			if (object === NULL) continue;
			const tag = tagOf(OTHER_CALLERS, this.bulkCache);
			this.objects.set(low, high, object, tag);
			this.counts.hidden++;
		}
	}

	/** The next cache of those that a program shrinks one after the other. */
	private shrinkNext(): void {
		const caches = this.parts.plan?.shrinks[this.shrinkTime];
		const cache = caches?.[this.shrinkRow++] ?? NO_CACHE;
		if (cache !== NO_CACHE) this.store.shrink(cache);
	}

	/** An address is given out again: the object there was freed unseen. */
	private freeUnseen(low: number, high: number, time: number): void {
		const isCounting = this.parts.reader.clock === "count";
		const grace = isCounting ? GRACE_EVENTS : GRACE_NANOSECONDS;
		if (!this.queue.takeBatch(low, high, time - grace)) {
			this.release(low, high);
			return;
		}
		const { batch, batchCpu } = this.queue;
		const before = this.cpu;
		this.sit(batchCpu);
		for (let at = 0; at < batch.length; at += 2)
			this.release(batch[at] as number, batch[at + 1] as number);
		this.sit(before);
		this.counts.batches++;
	}

	/** Frees what stands for a pointer, unseen. */
	private release(low: number, high: number): void {
		const object = this.objects.take(low, high);
		if (object === NULL) return;
		const cache = cacheIn(this.objects.tag);
		if (cache === NO_CACHE) return;
		this.store.free(cache, object);
		this.counts.freedUnseen(callerIn(this.objects.tag), cache);
	}

	/** A free of what nobody was seen to take. */
	private freeUnknown(event: KmemEvent): void {
		const { counts, parts } = this;
		const cache = this.attribution.named(event.cache);
		if (cache === NO_CACHE) {
			counts.unknownUnnamed++;
			return;
		}
		const old = parts.plan?.pools[cache]?.pop();
		if (old !== undefined) {
			counts.unknownOld++;
			this.store.free(cache, old);
		} else if (cache === this.driverCache && parts.plan !== null)
			this.freeOfDriver();
		else counts.unknown.add(cache, 1);
	}

	/** A CPU's drivers take 16 objects at once; the first free of an unknown one shows that they did. */
	private freeOfDriver(): void {
		let stock = this.driverObjects[this.cpu];
		if (stock === undefined) {
			stock = [];
			this.driverObjects[this.cpu] = stock;
		}
		const wanted = stock.length === 0 ? DRIVER_OBJECTS : 0;
		for (let taken = 0; taken < wanted; taken++) {
			const object = this.store.alloc(this.driverCache, 0, GFP_KERNEL);
			if (object === NULL) break;
			stock.push(object);
			this.counts.driverTaken++;
		}
		const object = stock.pop();
		if (object === undefined) return;
		this.counts.unknownDriver++;
		this.store.free(this.driverCache, object);
	}

	/** Takes the seat of the CPU that an event names; who plays pages may have moved since. */
	private sit(cpu: number): void {
		const { turn } = this;
		if (cpu === this.cpu && cpu === turn.cpu.id) return;
		const isHere = cpu >= 0 && cpu < this.cpuCount;
		if (!isHere) this.counts.otherCpus++;
		const id = isHere ? cpu : 0;
		this.cpu = id;
		if (id !== turn.cpu.id) turn.seat(id);
	}
}

/** Tag of an object: who took it, of which cache. */
export const tagOf = (caller: number, cache: number): number =>
	caller * CACHES_MAX + cache;
export const cacheIn = (tag: number): number => tag & (CACHES_MAX - 1);
export const callerIn = (tag: number): number => (tag / CACHES_MAX) | 0;
