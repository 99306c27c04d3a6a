// Grace works: when workers freed what kfree_rcu had put aside, told by the slabs that they gave back meanwhile.
//
//   a task        put aside a b c ... x             y z
//   kworker/0:2                           mm_page_free A   mm_page_free B     A, B: slabs of a cache whose objects are put aside
//                                         '-- the batch goes here: a to x, if x was the last one that lay in A or B
//
// A worker frees a batch without an event. Empty slabs that neither CPU nor node keeps go with it, and their pages do have
// events. When the scheduler lets a worker run is no decision of the memory manager, so it is taken from the recording; which
// slabs go, and how many, is not.
//
// A page that goes behind a free of the same thread, of the same cache, goes with that one. Who shrinks caches lets workers
// flush those of the CPUs.
//
// GW1: works of a CPU are met in their order, in the second pass as in the first.
// [kernel/rcu/tree.c kfree_rcu_work; mm/slub.c __unfreeze_partials, discard_slab]

import type { KmemEvent } from "../reading/event";
import type { NameTexts } from "./attribution";
import { NO_CACHE } from "./cache-list";
import { GrowingNumbers } from "./growing";

const NONE = -1;
const WORKER = "kworker/";

/** A worker frees a batch. */
export interface GraceWork {
	/** The event of the first page that goes. */
	readonly time: number;
	readonly pfn: number;
	/** How many had been put aside. */
	readonly aside: number;
	/** The last one put aside that lay in a slab which went; -1 for none. */
	reach: number;
}

/** What a CPU did last. */
interface Seen {
	readonly works: GraceWork[];
	/** How many the second pass has met. */
	met: number;
	/** The work that goes on, and its thread. */
	isOpen: boolean;
	pid: number;
	/** The last free in a task: its thread, and the cache. */
	freePid: number;
	freeCache: number;
}

/** The works of a recording. */
export class GraceWorks {
	private readonly cpus: Seen[] = [];
	private readonly lastOf = new GrowingNumbers(); // by life of a slab: the last one put aside that lies there, plus 1
	private readonly caches = new Set<number>(); // that have such objects

	constructor(private readonly names: NameTexts) {}

	/** The nth object, from 0 on, is put aside: it lies in the slab `life`. */
	add(nth: number, life: number, cache: number): void {
		this.lastOf.set(life, nth + 1);
		if (cache !== NO_CACHE) this.caches.add(cache);
	}

	/** Something was freed, with an event. */
	freed({ cpu, pid, interrupt }: KmemEvent, cache: number): void {
		if (cpu < 0 || interrupt > 0) return;
		const seen = this.of(cpu);
		seen.isOpen = false;
		seen.freePid = pid;
		seen.freeCache = cache;
	}

	/** The pages of a slab go, when `aside` objects have been put aside. */
	slabGoes(event: KmemEvent, life: number, cache: number, aside: number): void {
		if (!this.caches.has(cache) || event.cpu < 0 || event.interrupt > 0) return;
		const { cpu, pid, time, pfn } = event;
		const seen = this.of(cpu);
		const isPlain = seen.freePid === pid && seen.freeCache === cache;
		if (isPlain || !this.names.text(event.comm).startsWith(WORKER)) return;
		if (!seen.isOpen || seen.pid !== pid)
			seen.works.push({ time, pfn, aside, reach: NONE });
		seen.isOpen = true;
		seen.pid = pid;
		const work = seen.works.at(-1) as GraceWork;
		const last = life < this.lastOf.length ? this.lastOf.at(life) - 1 : NONE;
		work.reach = Math.max(work.reach, last);
	}

	/** The next work of a CPU in the second pass. */
	next(cpu: number): GraceWork | undefined {
		const seen = this.cpus[cpu];
		return seen?.works[seen.met];
	}

	/** The next work of its CPU, if it begins with this event. */
	meet({ cpu, time, pfn }: KmemEvent): GraceWork | undefined {
		const work = this.next(cpu);
		if (work === undefined || work.time !== time || work.pfn !== pfn)
			return undefined;
		(this.cpus[cpu] as Seen).met++;
		return work;
	}

	private of(cpu: number): Seen {
		const known = this.cpus[cpu];
		if (known) return known;
		const made: Seen = {
			...{ works: [], met: 0, isOpen: false, pid: NONE },
			...{ freePid: NONE, freeCache: NO_CACHE },
		};
		this.cpus[cpu] = made;
		return made;
	}
}
