// Per-CPU page lists: a few free blocks of a zone that one CPU keeps for itself.
//
//   64 words for each zone in the CPU's unit
//   word   0       1      2       3             4        5       6        7        8 + 2 i            36       37      38
//       +-------+------+-------+-------------+---------+-------+---------+--------+------------------+--------+-------+-------+
//       | count | high | batch | free_factor | allocs  | frees | limit   | untold | head, tail of    | blocks | taken | freed |
//       |       |      |       |             |         |       |         |        | list i; 14 lists |        |       |       |
//       +-------+------+-------+-------------+---------+-------+---------+--------+------------------+--------+-------+-------+
//   limit: what count must stay below; high, but at most four batches while the zone is being reclaimed
//   what this CPU took from the zone and gave back, and is not in the counters yet (meters):
//     allocs and frees: single pages that went the short way through here; the clock does not have them yet either
//     blocks, taken: blocks that came any other way, and their pages; freed: pages that went any other way
//   untold: change of the zone's free frames that this CPU has not told yet (Z5)
//   list i:  3 x order + migratetype for orders 0 to 3, then two for huge pages (order 9)
//
//   refill  buddy --batch blocks--> tail            take   head -->
//   free    --> head (hot, last in first out)       drain  tail (cold) --batch--> buddy
//
// A page here is in no free list and not counted as free; it waits with PG_PCP, and its record keeps the type that its
// pageblock had when it was freed.
//
// Q1: count = sum over the lists of length x 2^order, and every block is on the list of its order and type.
// Q2: only the CPU that owns the lists touches them, so no lock is needed.
// [mm/page_alloc.c __rmqueue_pcplist, rmqueue_bulk, free_unref_page_commit, free_pcppages_bulk, nr_pcp_high, nr_pcp_free]

import { COST_PCP } from "../hw/costs";
import type { Cpu, Meter, Seated, Turn } from "../hw/cpu";
import type { Recorder } from "../hw/recorder";
import { NIL, type Pfn } from "../hw/units";
import type { Buddy } from "./buddy";
import type { Counters } from "./counters";
import { EV_PCP_STOCK } from "./events";
import type { PageLists } from "./list";
import type { Pages } from "./page";
import {
	MIGRATE_MOVABLE,
	MIGRATE_PCPTYPES,
	PAGEBLOCK_ORDER,
} from "./pageblock";
import { PCP_WORD, PCP_WORDS } from "./percpu";
import type { Zone } from "./zone";

const COUNT = 0;
const HIGH = 1;
const BATCH = 2;
const FREE_FACTOR = 3;
const ALLOCS = 4;
const FREES = 5;
const LIMIT = 6;
const UNTOLD = 7;
const LISTS = 8;
const HUGE_LIST = 12; // first of the two lists of huge pages
const LIST_COUNT = 14;
const BLOCKS = 36;
const TAKEN = 37;
const FREED = 38;
const BATCH_SCALE_MAX = 5; // CONFIG_PCP_BATCH_SCALE_MAX
const COSTLY_ORDER = 3;
const RECLAIM_BATCHES = 4; // of which a CPU may keep so many while its zone is being reclaimed

// Aliases in this file: an imported constant is looked up whenever it is used.
const NONE = NIL;
const MOVABLE = MIGRATE_MOVABLE;
const TYPES = MIGRATE_PCPTYPES;
const PASS_COST = COST_PCP;

/** Number of the list for an order and migratetype (order_to_pindex). */
export function pcpIndex(order: number, type: number): number {
	if (order <= COSTLY_ORDER) return order * TYPES + type;
	return HUGE_LIST + (type === MOVABLE ? 1 : 0);
}

/** Order of the blocks on list `index` (pindex_to_order). */
export const pcpOrder = (index: number): number =>
	index >= HUGE_LIST ? PAGEBLOCK_ORDER : Math.floor(index / TYPES);

/** What one CPU's lists for one zone look like, for reports and auditors. */
export interface PcpState {
	readonly count: number;
	readonly high: number;
	readonly batch: number;
}

/** All CPUs' page lists for one zone. */
export class PerCpuPages implements Seated {
	private readonly areas: readonly Int32Array[]; // this zone's words of every CPU's unit
	private area: Int32Array; // those of the CPU whose turn it is
	private cpu: Cpu;
	private readonly zone: Zone;
	/** Hears of what is put on the lists from outside; null while nobody records. */
	recorder: Recorder | null = null;

	constructor(
		private readonly pages: Pages,
		private readonly lists: PageLists,
		private readonly turn: Turn,
		private readonly counters: Counters,
		private readonly buddy: Buddy,
	) {
		this.zone = buddy.zone;
		const at = PCP_WORD + buddy.zone.index * PCP_WORDS;
		this.areas = turn.cpus.map(({ id }) =>
			turn.areaOf(id).subarray(at, at + PCP_WORDS),
		);
		this.area = this.areas[turn.cpu.id] as Int32Array;
		this.cpu = turn.cpu;
		turn.follow(this);
		for (const { id } of turn.cpus) this.addMeters(id);
	}

	sit(_unit: Int32Array, cpu: Cpu): void {
		this.area = this.areas[cpu.id] as Int32Array;
		this.cpu = cpu;
	}

	/** Sets how many frames each CPU may keep and how many blocks move at once. Boot starts with high 0, batch 1. */
	configure(high: number, batch: number): void {
		for (const cpu of this.turn.cpus) {
			const area = this.areas[cpu.id] as Int32Array;
			area[HIGH] = high;
			area[BATCH] = batch;
		}
		this.updateLimits();
	}

	/** Tells that background reclaim begins or ends: what is freed meanwhile must not wait here. */
	setReclaiming(reclaiming: boolean): void {
		this.zone.setReclaiming(reclaiming);
		this.updateLimits();
	}

	private updateLimits(): void {
		const squeezed = this.zone.isReclaiming;
		for (const cpu of this.turn.cpus) {
			const area = this.areas[cpu.id] as Int32Array;
			const high = area[HIGH] as number;
			const few = (area[BATCH] as number) * RECLAIM_BATCHES;
			area[LIMIT] = squeezed ? Math.min(few, high) : high;
		}
	}

	/** Puts a block behind the others of one CPU's list, where a machine that is being copied had it. */
	stock(cpu: number, pfn: Pfn, order: number, type: number): void {
		const area = this.areas[cpu] as Int32Array;
		const index = pcpIndex(order, type);
		this.pages.park(pfn, type, order);
		this.lists.pushTail(area, LISTS + index * 2, pfn);
		(area[COUNT] as number) += 1 << order;
		this.recorder?.emit(EV_PCP_STOCK, pfn, order | (type << 8), cpu, 0);
	}

	/** This CPU takes a block from the zone (zone_statistics, PGALLOC). */
	countTaken(order: number): void {
		const { area } = this;
		const taken = ((area[TAKEN] as number) + (1 << order)) | 0;
		(area[BLOCKS] as number) += 1;
		area[TAKEN] = taken;
		if (taken < 0) this.cpu.readMeters(); // before the word overflows
	}

	private countFreed(order: number): void {
		const { area } = this;
		const freed = ((area[FREED] as number) + (1 << order)) | 0;
		area[FREED] = freed;
		if (freed < 0) this.cpu.readMeters();
	}

	/** This CPU changed the zone's free frames: it tells so when it has enough to tell (__mod_zone_page_state). */
	private countFree(frames: number): void {
		if (this.zone.statThreshold !== 0) this.keepOrTell(frames);
	}

	private keepOrTell(frames: number): void {
		const { zone } = this;
		const area = this.area;
		const before = area[UNTOLD] as number;
		const sum = before + frames;
		const kept = Math.abs(sum) > zone.statThreshold ? 0 : sum;
		area[UNTOLD] = kept;
		if (kept !== before) zone.addDrift(kept - before);
	}

	state(cpu: number): PcpState {
		const area = this.areas[cpu] as Int32Array;
		return {
			count: area[COUNT] as number,
			high: area[HIGH] as number,
			batch: area[BATCH] as number,
		};
	}

	/** Visits the blocks on one CPU's lists, list by list, head first. */
	each(cpu: number, visit: (pfn: Pfn, list: number) => void): void {
		const area = this.areas[cpu] as Int32Array;
		for (let i = 0; i < LIST_COUNT; i++)
			this.lists.each(area, LISTS + i * 2, (pfn) => {
				visit(pfn, i);
				return true;
			});
	}

	/** Takes a single page off this CPU's list for somebody, ready to use; NIL when the list is empty. */
	takeSingle(type: number): Pfn {
		const area = this.area;
		const list = LISTS + (type << 1);
		const pfn = area[list] as Pfn;
		if (pfn === 0) return pfn;
		area[FREE_FACTOR] = (area[FREE_FACTOR] as number) >> 1; // as `calm`
		(area[COUNT] as number) -= 1;
		(area[ALLOCS] as number) += 1;
		area[list] = this.pages.claimHead(pfn, type, this.cpu.context);
		return pfn;
	}

	/**
	 * Takes a plain single page back from its only user; gives some back when there are too many.
	 * @returns false, and nothing is done, for a page that is not so plain
	 */
	freeSingle(pfn: Pfn, type: number): boolean {
		const area = this.area;
		const list = LISTS + (type << 1);
		const first = area[list] as Pfn;
		if (!this.pages.parkSingle(pfn, type, first)) return false;
		area[list] = pfn;
		if (first === 0) area[list + 1] = pfn;
		const count = (area[COUNT] as number) + 1;
		area[COUNT] = count;
		(area[FREES] as number) += 1;
		if (count >= (area[LIMIT] as number)) this.shed(type, false);
		return true;
	}

	/** Takes a block of this CPU's list, refilling it when empty; NIL when the buddy has none either. */
	take(order: number, type: number, flags: number): Pfn {
		const area = this.area;
		this.calm(area);
		return this.takeOne(order, type, flags);
	}

	/** As `take`, for one page of many: a bulk allocation does not end a row of frees (__rmqueue_pcplist). */
	takeOne(order: number, type: number, flags: number): Pfn {
		const area = this.area;
		const list = LISTS + pcpIndex(order, type) * 2;
		let pfn = this.lists.popHead(area, list);
		if (pfn === NONE) {
			if (!this.refill(area, list, order, type, flags)) return NONE;
			pfn = this.lists.popHead(area, list);
		}
		(area[COUNT] as number) -= 1 << order;
		this.cpu.charge(PASS_COST);
		return pfn;
	}

	/** Puts a block on this CPU's list of its pageblock's type, and gives some back when there are too many. */
	free(pfn: Pfn, order: number, blockType: number): void {
		const type = blockType < TYPES ? blockType : MOVABLE;
		const area = this.area;
		const index = pcpIndex(order, type);
		this.pages.park(pfn, blockType, order);
		this.lists.pushHead(area, LISTS + index * 2, pfn);
		const count = (area[COUNT] as number) + (1 << order);
		area[COUNT] = count;
		this.countFreed(order);
		this.cpu.charge(PASS_COST);
		const high = this.freesHighOrder(area, order);
		if (high || count >= (area[LIMIT] as number)) this.shed(index, high);
	}

	/** Takes a block past the lists, from the buddy (rmqueue_buddy); NIL when it has none. */
	takePast(order: number, type: number, flags: number): Pfn {
		const { buddy } = this;
		buddy.lock();
		const pfn = buddy.takePast(order, type, flags);
		if (pfn !== NONE) this.countFree(-(1 << order));
		buddy.unlock();
		return pfn;
	}

	/** Gives a block back past the lists (free_one_page). */
	givePast(pfn: Pfn, order: number, type: number, why: number): void {
		const { buddy } = this;
		buddy.lock();
		buddy.give(pfn, order, type, why);
		this.countFree(1 << order);
		buddy.unlock();
		this.countFreed(order);
	}

	/** Gives everything on one CPU's lists back to the buddy (drain_pages). */
	drain(cpu: number): void {
		const area = this.areas[cpu] as Int32Array;
		this.giveBack(area, area[COUNT] as number, 0);
	}

	/** Pages are counted where they pass; what that means for clock and counters is settled when they are read. */
	private addMeters(cpu: number): void {
		const { counters } = this;
		const words = this.areas[cpu] as Int32Array;
		const { index } = this.zone;
		const mine = this.turn.countersOf(cpu);
		const meter = (at: number, cycles: number, onRead: Meter["onRead"]) =>
			counters.addMeter(cpu, { words, at, cycles, onRead });
		const blocks = (count: number) => counters.creditBlocks(mine, index, count);
		const taken = (count: number) => counters.creditPages(mine, index, count);
		const freed = (count: number) => counters.creditFreed(mine, count);
		meter(ALLOCS, PASS_COST, (count) => {
			blocks(count);
			taken(count);
		});
		meter(FREES, PASS_COST, freed);
		meter(BLOCKS, 0, blocks);
		meter(TAKEN, 0, taken);
		meter(FREED, 0, freed);
	}

	/** An allocation came between frees: fewer will go at once (__rmqueue_pcplist). */
	private calm(area: Int32Array): void {
		area[FREE_FACTOR] = (area[FREE_FACTOR] as number) >> 1;
	}

	/** Moves up to `batch` blocks from the buddy to the tail of a list (rmqueue_bulk). */
	private refill(
		area: Int32Array,
		list: number,
		order: number,
		type: number,
		flags: number,
	): boolean {
		const batch = area[BATCH] as number;
		const blocks = batch > 1 ? Math.max(batch >> order, 2) : batch;
		let taken = 0;
		this.buddy.lock();
		for (; taken < blocks; taken++) {
			const pfn = this.buddy.take(order, type, flags);
			if (pfn === NONE) break;
			this.pages.park(pfn, type, order);
			this.lists.pushTail(area, list, pfn);
		}
		if (taken > 0) this.countFree(-(taken << order));
		this.buddy.unlock();
		const count = area[COUNT] as number;
		area[COUNT] = count + (taken << order);
		return taken > 0;
	}

	/** High orders are not kept while frees go on without an allocation between them: they would fragment. */
	private freesHighOrder(area: Int32Array, order: number): boolean {
		return (
			order > 0 && order <= COSTLY_ORDER && (area[FREE_FACTOR] as number) > 0
		);
	}

	/** Gives some of the lists back, or all when a high order is not to be kept. */
	private shed(index: number, all: boolean): void {
		const area = this.area;
		const count = all ? (area[COUNT] as number) : this.shedCount(area);
		this.giveBack(area, count, index);
	}

	/** How much to free at once: the more frees in a row, the more (nr_pcp_free). */
	private shedCount(area: Int32Array): number {
		const batch = area[BATCH] as number;
		const high = area[LIMIT] as number;
		const factor = area[FREE_FACTOR] as number;
		if (high < batch) return 1; // boot, or lists switched off
		const count = batch << factor;
		if (count < high - batch && factor < BATCH_SCALE_MAX)
			area[FREE_FACTOR] = factor + 1;
		return Math.min(Math.max(count, batch), high - batch);
	}

	/** Drains `count` frames from the tails, list after list, starting at list `start` (free_pcppages_bulk). */
	private giveBack(area: Int32Array, count: number, start: number): void {
		let left = Math.min(count, area[COUNT] as number);
		let index = start;
		this.buddy.lock();
		while (left > 0) {
			while (area[LISTS + index * 2] === 0)
				index = index === LIST_COUNT - 1 ? 0 : index + 1;
			left -= this.drainList(area, index, left);
			index = index === LIST_COUNT - 1 ? 0 : index + 1;
		}
		this.buddy.unlock();
	}

	/** Drains one list until it is empty or `left` frames are gone; returns the frames drained. */
	private drainList(area: Int32Array, index: number, left: number): number {
		const list = LISTS + index * 2;
		const order = pcpOrder(index);
		let drained = 0;
		while (drained < left) {
			const pfn = this.lists.popTail(area, list);
			if (pfn === NONE) break;
			this.buddy.drain(pfn, order, this.pages.type(pfn));
			this.countFree(1 << order);
			drained += 1 << order;
		}
		(area[COUNT] as number) -= drained;
		return drained;
	}
}
