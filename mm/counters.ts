// Counters of the memory manager, with the names of /proc/vmstat.
//
//   per-CPU doubles   0 .. 127      128 .. 191     192 + 32 z                200 + 32 z
//                    +-------------+--------------+-------------------------+---------------------+
//                    | vm events   | node items   | zone z: numa events (8) | zone z: items (24)  |   z = 0 .. 4
//                    +-------------+--------------+-------------------------+---------------------+
//
// Each CPU adds to its own; a reader sums over the CPUs. A CPU's own share of an amount may be negative: memory that one
// CPU allocates may be freed by another. NR_FREE_PAGES is the exception: it changes only under the zone lock and lives in
// the zone, so that watermark checks read one word.
//
// V3: the sum over CPUs is exact at every moment. Linux folds shares into a global word only when they pass a threshold,
//     so its readings lag by up to threshold x CPUs.
// [mm/vmstat.c __mod_zone_page_state, sum_vm_events]

import type { Cpu, Meter, Turn } from "../hw/cpu";
import { NUMA_HIT, NUMA_LOCAL, PGALLOC_DMA, PGFREE } from "./vmstat-names";

const NODE_ITEMS = 128;
const ZONES = 192;
const ZONE_STRIDE = 32;
const ZONE_ITEMS = 8; // after the numa events of the zone
// Aliases in this file: an imported constant is looked up whenever it is used.
const FIRST_ALLOC = PGALLOC_DMA;
const HIT = NUMA_HIT;
const LOCAL = NUMA_LOCAL;
const FREED = PGFREE;

/** Adds to this CPU's counters and sums over all. Indices are the constants of vmstat-names.ts. */
export class Counters {
	constructor(private readonly turn: Turn) {}

	/** Counts `amount` events on this CPU. */
	countEvent(event: number, amount: number): void {
		const mine = this.turn.counters;
		(mine[event] as number) += amount;
	}

	/** Changes an amount that is kept for the node. */
	addNode(item: number, amount: number): void {
		const mine = this.turn.counters;
		(mine[NODE_ITEMS + item] as number) += amount;
	}

	/** Changes an amount that is kept for zone `zone`. */
	addZone(zone: number, item: number, amount: number): void {
		const at = ZONES + zone * ZONE_STRIDE + ZONE_ITEMS + item;
		const mine = this.turn.counters;
		(mine[at] as number) += amount;
	}

	/** Counts one of zone `zone`'s numa events. */
	countNuma(zone: number, event: number): void {
		const at = ZONES + zone * ZONE_STRIDE + event;
		const mine = this.turn.counters;
		(mine[at] as number) += 1;
	}

	/** Counts `blocks` that a CPU took from zone `zone` of its own node; `mine` is that CPU's counters. */
	creditBlocks(mine: Float64Array, zone: number, blocks: number): void {
		const numa = ZONES + zone * ZONE_STRIDE;
		(mine[numa + HIT] as number) += blocks;
		(mine[numa + LOCAL] as number) += blocks;
	}

	/** Counts `pages` that a CPU took from zone `zone`. */
	creditPages(mine: Float64Array, zone: number, pages: number): void {
		const alloc = FIRST_ALLOC + zone;
		(mine[alloc] as number) += pages;
	}

	/** Counts `pages` that a CPU gave back. */
	creditFreed(mine: Float64Array, pages: number): void {
		(mine[FREED] as number) += pages;
	}

	/** Lets a fast path of CPU `cpu` count in a word of its own; reading the clock or a counter settles it. */
	addMeter(cpu: number, meter: Meter): void {
		(this.turn.cpus[cpu] as Cpu).addMeter(meter);
	}

	event(event: number): number {
		return this.sum(event);
	}
	node(item: number): number {
		return this.sum(NODE_ITEMS + item);
	}
	zone(zone: number, item: number): number {
		return this.sum(ZONES + zone * ZONE_STRIDE + ZONE_ITEMS + item);
	}
	numa(zone: number, event: number): number {
		return this.sum(ZONES + zone * ZONE_STRIDE + event);
	}

	private sum(at: number): number {
		let total = 0;
		for (const cpu of this.turn.cpus) {
			cpu.readMeters();
			total += this.turn.countersOf(cpu.id)[at] as number;
		}
		return total;
	}
}
