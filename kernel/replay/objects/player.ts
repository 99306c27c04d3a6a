// The object player: recorded requests for objects, asked of an allocator here.
//
//   event ptr=A --> caller, cache --> store.alloc --> object here --.
//                                                                   v
//   event kfree A ------------------------------> PointerMap: A stands for it --> store.free
//
// Each request is made on the CPU that the event names. Which object of a slab comes back is chance in both worlds; which
// slab is not. Requests that the trace does not show are made where its events prove them:
//
//   a grace period is over, a worker gives back slabs           batches of kfree_rcu (grace-batches.ts, grace-works.ts)
//   an address is given out while an object is in use there     freed unseen: with such a batch or alone
//   frees of the unknown                                        older than the start; a CPU's network drivers take 16 at once;
//   the first of the nodes of a tree is taken                   the others with it (node-requests.ts)
//   a program writes 1 to a cache's file `shrink`               shrink-watch.ts
//
// PL1: a recorded pointer stands for at most one object here, and every object here that was not freed has one, but for
// those that wait with a CPU's drivers.
// PL2: no request is timed by what the recorded kernel did with pages, but for the works of kfree_rcu: when a worker got to run shows
// by the pages that went meanwhile.
// Blocks of whole pages that kmalloc gives have events of their own: here only their pointers are remembered.

import type { Turn } from "../../../hw/cpu";
import { asPhys, NULL, type PhysAddr } from "../../../hw/units";
import {
	__GFP_ACCOUNT,
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
	PAGE_FREE,
} from "../reading/event";
import type { Attribution, NameTexts } from "./attribution";
import { CACHES_MAX, NO_CACHE } from "./cache-list";
import { CallerKinds } from "./caller-kinds";
import { OTHER_CALLERS } from "./callers";
import { GraceBatches, PAGE_POINTERS } from "./grace-batches";
import type { GraceProofs } from "./grace-proofs";
import type { GraceWorks } from "./grace-works";
import type { NodeRequests } from "./node-requests";
import { ObjectCounts } from "./object-counts";
import type { ObjectStore } from "./object-store";
import { PutAside } from "./put-aside";
import type { ReplacedNames } from "./replaced-names";
import { shrinkMark } from "./shrink-watch";
import {
	SITE_CALLBACK,
	SITE_NODE_BACK,
	SITE_PLAIN,
	SITE_RCU_WORK,
	SITE_TREE_END,
	SiteKinds,
} from "./site-kinds";
import {
	BULK_CACHE,
	DRIVER_CACHE,
	isFreedByRcu,
	isNodeRequest,
	LONG_NAME,
	PLAIN,
	SYSFS_WRITE,
} from "./special-callers";
import { type NodeSource, TreeNodes } from "./tree-nodes";

const LARGE = asPhys(8); // stands for a block of whole pages
const COSTS = __GFP_ZERO | __GFP_ACCOUNT; // time, and decides nothing once the cache is known
const IGNORED = COSTS | __GFP_NOFAIL; // a request may fail here that never failed there
const SOFT = 1; // KmemEvent.interrupt
const DRIVER_OBJECTS = 16; // NAPI_SKB_CACHE_BULK

/** What a first pass found out for the player. */
export interface PlayPlan {
	/** The objects of the start, by recorded pointers. */
	readonly objects: PointerMap;
	/** Objects of the start whose pointers nobody knows, by number of their cache, in the order in which to free them. */
	readonly pools: readonly PhysAddr[][];
	readonly nodes: NodeRequests;
	readonly names: ReplacedNames;
	readonly proofs: GraceProofs;
	readonly works: GraceWorks;
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
	private readonly sites: SiteKinds;
	private readonly aside = new PutAside();
	private readonly grace: GraceBatches;
	private readonly driverObjects: PhysAddr[][] = []; // by CPU
	private readonly driverCache: number;
	private readonly bulkCache: number;
	private cpu = 0;
	private isCallback = false; // the event is a free by a callback of RCU
	private readonly nodes: TreeNodes | null;
	private readonly early = new PointerMap(); // requests that were made before their events
	private nameCount = 0;
	/** By thread: a name that a rename is going to replace. */
	private readonly oldNames = new Map<number, readonly [number, number]>();
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
		this.sites = new SiteKinds(names);
		this.grace = new GraceBatches(
			() => parts.reader.clock,
			plan?.proofs ?? null,
			plan?.works ?? null,
		);
		this.objects = plan?.objects ?? new PointerMap();
		this.driverCache = attribution.caches.find(DRIVER_CACHE);
		this.bulkCache = attribution.caches.find(BULK_CACHE);
		this.nodes = plan && new TreeNodes(plan.nodes, this.nodeSource());
		turn.seat(this.cpu);
		store.begin();
	}

	/** Takes an event; kinds that do not concern objects are passed over. */
	event(event: KmemEvent): void {
		const { kind } = event;
		this.passTime(event);
		if (kind === KMALLOC || kind === CACHE_ALLOC) this.allocate(event);
		else if (kind === KFREE || kind === CACHE_FREE) this.free(event);
		else if (kind === MARK) this.mark(event.text, event.pid);
	}

	/** Makes a request that was overtaken: its own event is passed over then. */
	takeEarly(event: KmemEvent): void {
		const { attribution, store } = this;
		const cache = attribution.ofAllocation(event, attribution.caller(event));
		if (cache === NO_CACHE || !store.hasCpuSlabs(cache)) return;
		this.allocate(event);
		this.early.set(event.low, event.high, LARGE, 0);
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
		if (this.early.size > 0 && this.early.take(low, high) !== NULL) return;
		this.sit(event.cpu);
		const caller = attribution.caller(event);
		const cache = attribution.ofAllocation(event, caller);
		if (cache === NO_CACHE) {
			counts.withoutCache++;
			return;
		}
		if (objects.get(low, high) !== NULL) this.freeUnseen(low, high);
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
		const { aside } = this;
		if (aside.release(low, high)) this.putAside(aside.low, aside.high, true);
		if (aside.close(low, high))
			this.grace.close(this.cpu, aside.low, aside.high);
		else if (this.isCallback) this.grace.closed(this.cpu, low, high);
		if (this.freeNode(event)) return;
		const object = objects.take(low, high);
		if (object === NULL) {
			this.freeUnknown(event);
			return;
		}
		const { tag } = objects;
		const cache = cacheIn(tag);
		if (cache === NO_CACHE) return; // whole pages
		const caller = callerIn(tag);
		if (isFreedByRcu(this.kinds.known(caller))) this.grace.forget(low, high);
		this.store.free(cache, object);
		counts.freed(caller, cache);
		if (event.cache >= 0) this.compareName(event, caller, cache);
	}

	/** Frees what a tree held unseen; true when that was what the event tells of. */
	private freeNode({ site, pid, low, high }: KmemEvent): boolean {
		const kind = this.sites.of(site);
		if (kind === SITE_TREE_END || kind === SITE_CALLBACK)
			this.nodes?.rootGoes(low, high);
		return kind === SITE_NODE_BACK && !!this.nodes?.back(pid, low, high);
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
		const { low, high, pid } = event;
		this.aside.allocated(kind, pid, low, high);
		if (kind === LONG_NAME) this.noteName(pid, low, high);
		else if (isNodeRequest(kind, event.gfp)) this.nodes?.follow(pid, low, high);
		else if (kind === SYSFS_WRITE && event.pid === this.shrinkPid)
			this.shrinkNext();
	}

	/** A thread made a long name: what it made before may be replaced by it. */
	private noteName(pid: number, low: number, high: number): void {
		const nth = this.nameCount++;
		const old = this.oldNames.get(pid);
		if (old !== undefined) this.putAside(old[0], old[1], false);
		if (this.parts.plan?.names.has(nth)) this.oldNames.set(pid, [low, high]);
		else if (old !== undefined) this.oldNames.delete(pid);
	}

	/** How the nodes of trees are had. */
	private nodeSource(): NodeSource {
		const { store, objects, bulkCache, counts } = this;
		return {
			take: () => {
				counts.hidden++;
				return store.alloc(bulkCache, 0, GFP_KERNEL);
			},
			stand: (low, high, node) => {
				if (objects.get(low, high) !== NULL) return false;
				objects.set(low, high, node, tagOf(OTHER_CALLERS, bulkCache));
				return true;
			},
			giveBack: (nodes) =>
				store.freeMany(new Array(nodes.length).fill(bulkCache), nodes),
		};
	}

	/** The next cache of those that a program shrinks one after the other. */
	private shrinkNext(): void {
		const caches = this.parts.plan?.shrinks[this.shrinkTime];
		const cache = caches?.[this.shrinkRow++] ?? NO_CACHE;
		if (cache !== NO_CACHE) this.store.shrink(cache);
	}

	/** Before an event: frees the batch whose grace period is over. */
	private passTime(event: KmemEvent): void {
		const { kind, cpu, time, pid } = event;
		const isPages = kind > CACHE_FREE;
		const site = isPages ? SITE_PLAIN : this.sites.of(event.site);
		const its = cpu >= 0 && cpu < this.cpuCount ? cpu : 0;
		const { grace } = this;
		const isSoft = isPages || event.interrupt === SOFT;
		this.isCallback = site === SITE_CALLBACK;
		if (grace.advance(its, time, pid, site, isSoft)) this.freeBatch();
		if (site === SITE_RCU_WORK && grace.takeMoved(its)) this.freeBatch();
		if (kind === PAGE_FREE && grace.work(event)) this.freeBatch();
	}

	/** kfree_rcu has an object now. */
	private putAside(low: number, high: number, isProven: boolean): void {
		if (this.objects.get(low, high) === NULL) return;
		const caller = callerIn(this.objects.tag);
		if (isFreedByRcu(this.kinds.known(caller)))
			this.grace.add(this.cpu, low, high, isProven);
	}

	/** An address is given out again: the object there was freed unseen. */
	private freeUnseen(low: number, high: number): void {
		if (this.grace.prove(low, high)) this.freeBatch();
		this.release(low, high);
	}

	/** Frees the batch that was found, on its CPU: page after page of pointers, the last one first. */
	private freeBatch(): void {
		const { batch, batchCpu } = this.grace;
		const before = this.cpu;
		this.sit(batchCpu);
		const page = 2 * PAGE_POINTERS;
		let from = Math.floor((batch.length - 1) / page) * page;
		for (; from >= 0; from -= page)
			this.freePage(batch, from, Math.min(from + page, batch.length));
		this.sit(before);
		this.counts.batches++;
	}

	/** Frees the objects of the words from `from` up to `past`. */
	private freePage(batch: readonly number[], from: number, past: number): void {
		const caches: number[] = [];
		const objects: PhysAddr[] = [];
		for (let at = from; at < past; at += 2) {
			const object = this.objects.take(
				batch[at] as number,
				batch[at + 1] as number,
			);
			if (object === NULL) continue;
			const { tag } = this.objects;
			caches.push(cacheIn(tag));
			objects.push(object);
			this.counts.freedUnseen(callerIn(tag), cacheIn(tag));
		}
		this.store.freeMany(caches, objects);
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
