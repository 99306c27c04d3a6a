// The long run: a million random operations on machines of several sizes and CPU counts, under the auditors.
//
// `make soak` sets FLAGSTONE_SOAK=1. FLAGSTONE_SEED chooses another run; the seed is in every title.

import { expect } from "chai";
import { Rng } from "../../hw/rng";
import { asPhys, type Pfn, type PhysAddr } from "../../hw/units";
import {
	__GFP_ACCOUNT,
	__GFP_COMP,
	__GFP_DMA,
	__GFP_NORETRY,
	__GFP_RECLAIMABLE,
	__GFP_ZERO,
	GFP_ATOMIC,
	GFP_HIGHUSER_MOVABLE,
	GFP_KERNEL,
	GFP_NOWAIT,
} from "../../mm/gfp";
import { ZERO_SIZE } from "../../mm/kmalloc";
import type { MemoryManager } from "../../mm/memory-manager";
import type { SlabCache } from "../../mm/slab-cache";
import {
	SLAB_HWCACHE_ALIGN,
	SLAB_RECLAIM_ACCOUNT,
} from "../../mm/slab-geometry";
import { audit, type WorldOptions, world } from "./world";

const SEED = Number(process.env.FLAGSTONE_SEED ?? 1);
const AUDIT_EVERY = 2000; // operations
const PHASE = 8000; // operations, then memory is filled up, or no longer

/** Machines and how many operations each does; a million together. */
const RUNS: readonly (WorldOptions & { operations: number })[] = [
	{ memory: "5M", cpus: 1, operations: 100_000 },
	{ memory: "16M", cpus: 2, operations: 200_000 },
	{ memory: "64M", cpus: 4, operations: 300_000 },
	{
		memory: "64M",
		cpus: 3,
		operations: 200_000,
		switches: { shuffleFreelist: true, shufflePages: true, noMerge: true },
	},
	{ memory: "32M", cpus: 2, records: 512, operations: 100_000 },
	{ memory: "6G", cpus: 8, operations: 100_000 },
];

const FLAGS = [
	GFP_KERNEL,
	GFP_KERNEL,
	GFP_KERNEL | __GFP_ZERO,
	GFP_KERNEL | __GFP_NORETRY,
	GFP_NOWAIT,
	GFP_ATOMIC,
	GFP_ATOMIC | __GFP_RECLAIMABLE,
	GFP_KERNEL | __GFP_RECLAIMABLE,
	GFP_KERNEL | __GFP_ACCOUNT,
	GFP_NOWAIT | __GFP_DMA,
];

/** One machine under random load. It remembers what it holds, and that nobody else writes to it. */
class Load {
	private readonly objects: { at: PhysAddr; mark: number }[] = [];
	private readonly owned: { at: PhysAddr; cache: SlabCache }[] = [];
	private readonly blocks: { pfn: Pfn; order: number }[] = [];
	private readonly caches: SlabCache[] = [];
	private readonly rng = new Rng(new Int32Array(2));
	private made = 0;
	private steps = 0;
	/** Requests that were refused. */
	refused = 0;

	constructor(
		private readonly mm: MemoryManager,
		/** Free frames below which a modest phase frees more than it takes. */
		private readonly plenty: number,
	) {
		this.rng.seed(SEED);
		mm.allocator.onDrainOthers = () => mm.allocator.drainAll();
	}

	step(): void {
		if (this.below(8) === 0)
			this.mm.turn.seat(this.below(this.mm.turn.cpus.length));
		const deed = this.below(100);
		const greedy = (this.steps++ / PHASE) % 2 >= 1;
		const grows = greedy || this.mm.allocator.freeFrames > this.plenty;
		if (deed < (grows ? 36 : 26)) this.kmalloc();
		else if (deed < 60) this.kfree();
		else if (deed < (grows ? 73 : 68)) this.allocObject();
		else if (deed < 82) this.freeObject();
		else if (deed < (grows ? 90 : 88)) this.allocBlock();
		else if (deed < 97) this.freeBlock();
		else this.housekeeping();
	}

	/** Gives everything back. */
	end(): void {
		while (this.objects.length > 0) this.kfree();
		while (this.owned.length > 0) this.freeObject();
		while (this.blocks.length > 0) this.freeBlock();
		for (const cache of this.caches.splice(0))
			expect(this.mm.caches.destroy(cache)).to.deep.equal([]);
		for (const cache of this.mm.caches.all()) cache.shrink();
		this.mm.allocator.drainAll();
	}

	private below(bound: number): number {
		return this.rng.below(bound);
	}
	private pick<T>(from: readonly T[]): T {
		return from[this.below(from.length)] as T;
	}
	private takeOut<T>(from: T[]): T | undefined {
		if (from.length === 0) return undefined;
		const at = this.below(from.length);
		const chosen = from[at];
		from[at] = from[from.length - 1] as T;
		from.pop();
		return chosen;
	}

	private kmalloc(): void {
		const bytes = this.below(this.pick([64, 300, 2000, 9000, 60000]));
		const at = this.mm.kmalloc.kmalloc(bytes, this.pick(FLAGS));
		if (at === 0 || at === ZERO_SIZE || bytes < 4) {
			this.mm.kmalloc.kfree(at);
			return;
		}
		const mark = this.rng.next();
		this.mm.memory.writeU32(at, mark);
		this.objects.push({ at, mark });
	}

	private kfree(): void {
		const object = this.takeOut(this.objects);
		if (object === undefined) return;
		expect(this.mm.memory.readU32(object.at)).to.equal(object.mark);
		if (this.below(10) > 0) this.mm.kmalloc.kfree(object.at);
		else this.resize(object.at, object.mark);
	}

	private resize(at: PhysAddr, mark: number): void {
		const { kmalloc, memory } = this.mm;
		const next = kmalloc.krealloc(at, 4 + this.below(10000), GFP_KERNEL);
		if (next !== 0) expect(memory.readU32(next)).to.equal(mark);
		kmalloc.kfree(next === 0 ? at : next);
	}

	private allocObject(): void {
		if (this.caches.length < 3) this.makeCache();
		if (this.caches.length === 0) return;
		const cache = this.pick(this.caches);
		if (this.below(10) === 0) {
			const many = cache.allocBulk(GFP_KERNEL, this.below(60));
			for (const at of many) this.owned.push({ at, cache });
			return;
		}
		const at = cache.alloc(this.pick([GFP_KERNEL, GFP_ATOMIC]));
		if (at !== 0) this.owned.push({ at, cache });
	}

	private freeObject(): void {
		const object = this.takeOut(this.owned);
		if (object === undefined) return;
		this.mm.memory.fill(object.at, object.cache.objectSize, 0xee);
		if (this.below(4) === 0) this.mm.kmalloc.kfree(object.at);
		else object.cache.free(object.at);
	}

	private allocBlock(): void {
		const order = this.pick([0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 7, 9, 10]);
		const gfp = this.pick([GFP_KERNEL, GFP_HIGHUSER_MOVABLE, GFP_ATOMIC]);
		const compound = this.pick([0, __GFP_COMP]);
		const pfn = this.mm.allocator.allocPages(order, gfp | compound);
		if (pfn !== 0) this.blocks.push({ pfn, order });
		else this.refused++;
	}

	private freeBlock(): void {
		const block = this.takeOut(this.blocks);
		if (block === undefined) return;
		const { memory, allocator } = this.mm;
		memory.fill(asPhys(block.pfn * 4096), 4096 * 2 ** block.order, 0xdd);
		allocator.freePages(block.pfn, block.order);
	}

	private makeCache(): void {
		const size = 8 + this.below(this.pick([200, 2000, 12000]));
		const flags = this.pick([0, SLAB_HWCACHE_ALIGN, SLAB_RECLAIM_ACCOUNT]);
		const name = `cache-${this.made++}`;
		const cache = this.mm.caches.create({ name, size, flags });
		if (cache !== null) this.caches.push(cache);
	}

	private housekeeping(): void {
		const deed = this.below(12);
		if (deed === 0) this.mm.allocator.drainLocal();
		else if (deed < 4 && this.caches.length > 0) this.pick(this.caches).flush();
		else if (deed < 6 && this.caches.length > 0)
			this.pick(this.caches).shrink();
		else if (deed < 8) this.makeCache();
		else if (deed < 11) this.destroyCache();
	}

	private destroyCache(): void {
		const cache = this.takeOut(this.caches);
		if (cache === undefined) return;
		for (let i = this.owned.length - 1; i >= 0; i--) {
			const object = this.owned[i] as (typeof this.owned)[number];
			if (object.cache !== cache) continue;
			cache.free(object.at);
			this.owned.splice(i, 1);
		}
		for (let i = this.caches.length - 1; i >= 0; i--)
			if (this.caches[i] === cache) {
				this.caches.splice(i, 1);
				this.mm.caches.destroy(cache);
			}
		expect(this.mm.caches.destroy(cache)).to.deep.equal([]);
	}
}

if (process.env.FLAGSTONE_SOAK === "1")
	describe(`soak, seed ${SEED}`, () => {
		for (const { operations, ...options } of RUNS) {
			const { memory, cpus } = options;
			it(`${operations} operations on ${memory} and ${cpus} CPUs`, () => {
				const mm = world(options);
				const first = new Load(mm, 0);
				first.end();
				const before = mm.allocator.freeFrames;
				const load = new Load(mm, before / 4);
				for (let done = 1; done <= operations; done++) {
					load.step();
					if (done % AUDIT_EVERY === 0)
						expect(audit(mm), `after ${done}`).to.deep.equal([]);
				}
				load.end();
				expect(audit(mm)).to.deep.equal([]);
				expect(mm.allocator.freeFrames).to.equal(before);
				expect(load.refused > 0, "memory was full at times").to.equal(
					options.memory !== "6G",
				);
			});
		}
	});
