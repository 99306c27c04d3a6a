// Overtaken allocations: requests that an interrupt overtook between their taking an object and their event.
//
//   CPU works on slab A, of which no object is free
//   task        kmem_cache_alloc begins .................... event: object of slab B
//   interrupt                             frees a of A             ^-- A had a free object, and would have given it
//                                         '-- play it here
//
// A CPU gives what was freed last of the slab that it works on. Where an interrupt freed an object of that slab and the next
// request of the CPU gets one of another slab, the request had its object already: it is made before what the interrupt did.
// Recorded addresses tell only when a request was made, not what it gets here.
//
// OV1: between the interrupt's first free and the request, the CPU takes no object, and its task frees none.
// Caches that are debugged have no slab that a CPU works on: who plays leaves them alone. [mm/slub.c slab_alloc_node]

import { CACHE_ALLOC, CACHE_FREE, KMALLOC, KmemEvent } from "../reading/event";
import { CACHES_MAX, NO_CACHE } from "./cache-list";
import { NO_LIFE } from "./slab-lives";

/** What an interrupt freed on a CPU. */
interface Run {
	readonly ordinal: number; // of its first free
	readonly pid: number;
	readonly lives: number[];
}

/** The requests of a recording that were overtaken. */
export class Overtaken {
	private readonly runs: (Run | null)[] = []; // by CPU
	private readonly current: Int32Array[] = []; // by CPU, then by cache: the life it took an object of last
	private readonly early = new Map<number, KmemEvent>(); // by the number of the event before which it is played

	/** The request that is to be made before the event with this number. */
	before(ordinal: number): KmemEvent | undefined {
		return this.early.get(ordinal);
	}

	/** Takes an event about an object in the slab `life`, of `cache` as far as that is known; NO_LIFE for one of no slab. */
	event(event: KmemEvent, ordinal: number, life: number, cache: number): void {
		const { kind, cpu, interrupt } = event;
		if (kind > CACHE_FREE || cpu < 0) return;
		const takes = kind === KMALLOC || kind === CACHE_ALLOC;
		if (takes) this.take(event, life, cache);
		if (takes || interrupt <= 0 || life === NO_LIFE) {
			if (takes || interrupt <= 0) this.runs[cpu] = null;
			return;
		}
		const run = this.runs[cpu];
		if (run && run.pid === event.pid) run.lives.push(life);
		else this.runs[cpu] = { ordinal, pid: event.pid, lives: [life] };
	}

	private take(event: KmemEvent, life: number, cache: number): void {
		if (life === NO_LIFE || cache === NO_CACHE) return;
		const { cpu, pid, interrupt } = event;
		const its = this.current[cpu] ?? new Int32Array(CACHES_MAX);
		this.current[cpu] = its;
		const current = its[cache] as number;
		its[cache] = life;
		const run = this.runs[cpu];
		if (!run || interrupt !== 0 || run.pid !== pid) return;
		if (current === NO_LIFE || current === life) return;
		if (!run.lives.includes(current)) return;
		this.early.set(run.ordinal, Object.assign(new KmemEvent(), event));
	}
}
