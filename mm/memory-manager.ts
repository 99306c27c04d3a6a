// The memory manager of one machine: every part of it, put together over the RAM.
//
//      Kmalloc ---- SlabCaches ---- SlabCache ---- CpuSlabs
//         |                            |
//         +-------- PageAllocator -----+
//                    |         |
//              PerCpuPages   Buddy          one of each for a zone
//                    |         |
//                  Pages, PageLists, Pageblocks, Zone
//
// All of these are views. What they show lies in RAM at places that the static record (globals.ts) names, so the same
// constructor serves the thread that boots and a thread that attaches to a kernel that runs.

import type { Turn } from "../hw/cpu";
import type { Locks } from "../hw/lock";
import type { Machine } from "../hw/machine";
import type { PhysicalMemory } from "../hw/memory";
import { Recorder, ringBytes } from "../hw/recorder";
import { Rng } from "../hw/rng";
import { asPhys, type PhysAddr } from "../hw/units";
import { Buddy, type BuddyParts } from "./buddy";
import { Counters } from "./counters";
import { CpuSlabs, WideCpuSlabs } from "./cpu-slab";
import {
	MM_INIT_ON_ALLOC,
	MM_NO_GROUPING,
	MM_SHUFFLE_FREELIST,
	MM_SHUFFLE_PAGES,
	type MmGlobals,
} from "./globals";
import { createKmallocCaches, Kmalloc, WatchedKmalloc } from "./kmalloc";
import { PageLists } from "./list";
import { PAGE_RECORD_BYTES, Pages, PagesWithGap } from "./page";
import { PageAllocator } from "./page-allocator";
import { Pageblocks, pageblockWords } from "./pageblock";
import { PerCpuPages } from "./pcp";
import {
	PERCPU_UNIT_BYTES,
	percpuCounters,
	percpuWords,
	SlotAllocator,
} from "./percpu";
import { SlabCaches } from "./slab-caches";
import type { SlabTuning } from "./slab-geometry";
import type { SlabFaultInjector, SlabParts } from "./slab-maker";
import { ZONE_COUNT, ZONE_WORDS, Zone } from "./zone";
import type { ZoneAllocator } from "./zonelist";

/** Bytes of the node's descriptor: its zones. */
export const PGDAT_BYTES = ZONE_COUNT * ZONE_WORDS * 4;

/** Choices that are not facts in RAM: collaborators of this thread. */
export interface ManagerOptions {
	readonly tuning: SlabTuning;
	/** Fails object allocations on purpose. */
	readonly injector?: SlabFaultInjector | null;
}

/** Views of all parts. */
export class MemoryManager {
	readonly memory: PhysicalMemory;
	readonly turn: Turn;
	readonly locks: Locks;
	readonly counters: Counters;
	readonly recorder: Recorder | null;
	readonly pages: Pages;
	readonly lists: PageLists;
	readonly blocks: Pageblocks;
	/** All five zones, those without frames too. */
	readonly zones: readonly Zone[];
	readonly allocator: PageAllocator;
	readonly cpuSlabs: CpuSlabs;
	readonly caches: SlabCaches;
	/** The size classes; only after `startSlabs`, or when attached to a kernel that has them. */
	kmalloc!: Kmalloc;
	/** Allocations are recorded, zeroed or failed on purpose: nothing may take the short way. */
	private readonly isWatched: boolean;
	private readonly onlyRecords: boolean;

	/** `globals` must name the page records, the per-CPU units, the node and the pageblocks. */
	constructor(
		readonly machine: Machine,
		readonly globals: MmGlobals,
		options: ManagerOptions,
	) {
		const { memory, turn, locks } = machine;
		this.memory = memory;
		this.turn = turn;
		this.locks = locks;
		turn.setAreas(...this.units());
		this.counters = new Counters(turn);
		this.recorder = this.makeRecorder();
		machine.record(this.recorder);
		this.pages = this.makePages();
		this.lists = new PageLists(this.pages);
		this.blocks = new Pageblocks(
			memory.wordsAt(globals.blocks, pageblockWords(memory.frameCount)),
			this.recorder,
		);
		this.zones = Array.from(
			{ length: ZONE_COUNT },
			(_, index) =>
				new Zone(
					memory.wordsAt(
						asPhys(globals.pgdat + index * ZONE_WORDS * 4),
						ZONE_WORDS,
					),
				),
		);
		this.allocator = this.makeAllocator();
		const Slabs = memory.wide ? WideCpuSlabs : CpuSlabs;
		this.cpuSlabs = new Slabs(memory, turn, locks, this.pages);
		this.cpuSlabs.recorder = this.recorder;
		const injector = options.injector ?? null;
		this.onlyRecords = injector === null && !this.has(MM_INIT_ON_ALLOC);
		this.isWatched = this.recorder !== null || !this.onlyRecords;
		this.caches = new SlabCaches(
			this.slabParts(injector),
			globals,
			new SlotAllocator(turn.areaOf(0)),
			options.tuning,
		);
		if (globals.isBooted) this.kmalloc = this.makeKmalloc();
	}

	/** Makes the first caches and the size classes (kmem_cache_init). `scratch` is zeroed RAM for the first records. */
	startSlabs(scratch: PhysAddr): void {
		this.caches.bootstrap(scratch);
		createKmallocCaches(this.caches);
		this.kmalloc = this.makeKmalloc();
		this.globals.setBooted();
	}

	private has(flag: number): boolean {
		return (this.globals.flags & flag) !== 0;
	}

	private units(): [Int32Array[], Float64Array[]] {
		const { buffer } = this.memory;
		const words: Int32Array[] = [];
		const counters: Float64Array[] = [];
		for (const { id } of this.turn.cpus) {
			const at = this.globals.percpu + id * PERCPU_UNIT_BYTES;
			words.push(percpuWords(buffer, at));
			counters.push(percpuCounters(buffer, at));
		}
		return [words, counters];
	}

	private makeRecorder(): Recorder | null {
		const { rings, ringRecords } = this.globals;
		if (rings === 0) return null;
		const bytes = ringBytes(ringRecords);
		const views = this.turn.cpus.map(({ id }) =>
			this.memory.wordsAt(asPhys(rings + id * bytes), bytes / 4),
		);
		const { takesTurns } = this.machine;
		return new Recorder(this.turn, views, ringRecords, takesTurns);
	}

	private makePages(): Pages {
		const { memory, globals } = this;
		const records = memory.frameCount - globals.gapFrames;
		const words = memory.wordsAt(
			globals.memMap,
			(records * PAGE_RECORD_BYTES) / 4,
		);
		const { frameCount } = memory;
		return globals.gapFrames === 0
			? new Pages(words, frameCount)
			: new PagesWithGap(
					words,
					frameCount,
					globals.gapStart,
					globals.gapFrames,
				);
	}

	private makeAllocator(): PageAllocator {
		const { memory, pages, lists, blocks, turn, locks, counters } = this;
		const parts: BuddyParts = {
			pages,
			blocks,
			turn,
			locks,
			recorder: this.recorder,
			shuffle: this.has(MM_SHUFFLE_PAGES) ? this.rng() : null,
			grouping: !this.has(MM_NO_GROUPING),
		};
		const zones: ZoneAllocator[] = [];
		for (const zone of this.zones) {
			if (!zone.isPopulated) continue;
			const buddy = new Buddy(parts, zone);
			const pcp = new PerCpuPages(pages, lists, turn, counters, buddy);
			pcp.recorder = this.recorder;
			zones.push({ zone, buddy, pcp });
		}
		return new PageAllocator({
			memory,
			pages,
			blocks,
			zones,
			turn,
			counters,
			recorder: this.recorder,
			initOnAlloc: this.has(MM_INIT_ON_ALLOC),
			grouping: parts.grouping,
		});
	}

	private slabParts(injector: SlabFaultInjector | null): SlabParts {
		return {
			memory: this.memory,
			pages: this.pages,
			lists: this.lists,
			allocator: this.allocator,
			cpuSlabs: this.cpuSlabs,
			turn: this.turn,
			locks: this.locks,
			counters: this.counters,
			recorder: this.recorder,
			shuffle: this.has(MM_SHUFFLE_FREELIST) ? this.rng() : null,
			initOnAlloc: this.has(MM_INIT_ON_ALLOC),
			injector,
			isWatched: this.isWatched,
		};
	}

	private makeKmalloc(): Kmalloc {
		const parts = {
			memory: this.memory,
			pages: this.pages,
			allocator: this.allocator,
			cpuSlabs: this.cpuSlabs,
			counters: this.counters,
			recorder: this.recorder,
		};
		return this.isWatched
			? new WatchedKmalloc(parts, this.caches, this.onlyRecords)
			: new Kmalloc(parts, this.caches);
	}

	private rng(): Rng {
		return new Rng(this.globals.rngState);
	}
}
