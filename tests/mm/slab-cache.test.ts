import { expect } from "chai";
import fc from "fast-check";
import { asPhys, type Pfn, type PhysAddr, physOf } from "../../hw/units";
import { ALLOC_FROM_PARTIAL, ALLOC_SLAB, FREE_SLAB } from "../../mm/cpu-slab";
import { __GFP_COMP, __GFP_ZERO, GFP_KERNEL } from "../../mm/gfp";
import type { MemoryManager } from "../../mm/memory-manager";
import type { SlabCache, SlabPlace } from "../../mm/slab-cache";
import { SLAB_CONSISTENCY_CHECKS } from "../../mm/slab-geometry";
import { SlabModel } from "../models/slab-model";
import { give, make, slabOf, take } from "./objects";
import { audit, panicOf } from "./world";

/** Slabs of the node's partial list, head first. */
function partial(cache: SlabCache): number[] {
	const found: number[] = [];
	cache.eachListed((pfn, cpu) => {
		if (cpu < 0) found.push(pfn);
	});
	return found;
}
/** Slabs of a CPU's chain, head first. */
function chain(cache: SlabCache, of: number): number[] {
	const found: number[] = [];
	cache.eachListed((pfn, cpu, current) => {
		if (cpu === of && !current) found.push(pfn);
	});
	return found;
}
const counted = ({ cpuSlabs }: MemoryManager, cache: SlabCache, what: number) =>
	cpuSlabs.counted(cache.slot, what);

/** Frames on the page lists of CPU 0. */
const pages = ({ allocator }: MemoryManager): number =>
	allocator.zones.reduce((sum, { pcp }) => sum + pcp.state(0).count, 0);

describe("slab cache: golden vector 10", () => {
	it("two slabs of eight, step by step", () => {
		const { mm, cache } = make();
		expect(cache.geometry).to.include({
			objectCount: 8,
			cpuPartialSlabs: 2,
			minPartial: 6,
		});
		const a = take(cache, 8);
		const b = take(cache, 8);
		const slabA = slabOf(mm, a[0]!);
		const slabB = slabOf(mm, b[0]!);
		expect(a).to.deep.equal(a.map((_, i) => physOf(slabA) + i * 4096));
		expect(chain(cache, 0), "A is full, on no list").to.deep.equal([]);
		expect(mm.cpuSlabs.slab(cache.slot)).to.equal(slabB);

		cache.free(a[0]!);
		expect(chain(cache, 0)).to.deep.equal([slabA]);
		expect(mm.pages.frozen(slabA)).to.equal(true);
		give(cache, a.slice(1));
		expect(mm.pages.inuse(slabA), "A is empty, but still held").to.equal(0);
		expect(chain(cache, 0)).to.deep.equal([slabA]);

		cache.free(b[3]!);
		expect(mm.cpuSlabs.freelist(cache.slot)).to.equal(b[3]);
		expect(take(cache, 1)).to.deep.equal([b[3]]);
		expect(take(cache, 1), "the last freed of A").to.deep.equal([a[7]]);
		expect(mm.cpuSlabs.slab(cache.slot)).to.equal(slabA);
		expect(audit(mm)).to.deep.equal([]);

		cache.flush();
		expect(partial(cache)).to.deep.equal([slabA]);
		expect(cache.node.partialCount).to.equal(1);
		expect(audit(mm)).to.deep.equal([]);
	});
});

describe("slab cache: where the next object comes from", () => {
	it("the last one freed, as long as it lies in the current slab", () => {
		const { cache } = make();
		const [a, b, c] = take(cache, 3);
		give(cache, [a!, c!, b!]);
		expect(take(cache, 3)).to.deep.equal([b, c, a]);
	});

	it("first: what other CPUs freed into the current slab", () => {
		const { mm, cache } = make({ cpus: 2 });
		const a = take(cache, 8);
		mm.turn.seat(1);
		give(cache, [a[2]!, a[5]!]);
		expect(chain(cache, 1), "a frozen slab does not move").to.deep.equal([]);
		mm.turn.seat(0);
		expect(take(cache, 2)).to.deep.equal([a[5], a[2]]);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("O1: is told by the chains: the CPU's first, then the slab's own, each from its head", () => {
		const { mm, cache } = make({ cpus: 2 });
		const a = take(cache, 8);
		const slab = slabOf(mm, a[0]!);
		give(cache, [a[6]!, a[1]!]);
		mm.turn.seat(1);
		give(cache, [a[2]!, a[5]!]);
		expect(cache.freeChains(slab)).to.deep.equal([
			{ cpu: 0, objects: [1, 6] },
			{ cpu: -1, objects: [5, 2] },
		]);
		expect(cache.objectsInUse(slab)).to.deep.equal(
			[0, 3, 4, 7].map((index) => a[index]),
		);
		mm.turn.seat(0);
	});

	it("a damaged chain is told as far as it is one", () => {
		const { mm, cache } = make();
		const a = take(cache, 8);
		give(cache, [a[3]!, a[4]!]);
		const { offset } = cache.geometry;
		mm.cpuSlabs.setNext(a[3]!, offset, a[4]!);
		const [chain] = cache.freeChains(slabOf(mm, a[0]!));
		expect(chain?.objects.slice(0, 3)).to.deep.equal([4, 3, 4]);
		expect(chain?.objects.length).to.equal(8);
	});

	it("then: the CPU's chain, newest slab first", () => {
		const { mm, cache } = make();
		const [a, b, c] = [take(cache, 8), take(cache, 8), take(cache, 8)];
		give(cache, [a[1]!, b[1]!]);
		expect(chain(cache, 0)).to.deep.equal([
			slabOf(mm, b[1]!),
			slabOf(mm, a[1]!),
		]);
		expect(take(cache, 2)).to.deep.equal([b[1], a[1]]);
		give(cache, c);
	});

	it("then: the head of the node's list, and some more for the chain", () => {
		const { mm, cache } = make();
		const slabs = Array.from({ length: 6 }, () => take(cache, 8));
		give(cache, slabs.map((objects) => objects[0]!).slice(0, 5));
		cache.flush();
		const listed = partial(cache);
		expect(listed).to.have.lengthOf(5);
		const before = counted(mm, cache, ALLOC_FROM_PARTIAL);
		const got = take(cache, 1);
		expect(slabOf(mm, got[0]!)).to.equal(listed[0]);
		expect(counted(mm, cache, ALLOC_FROM_PARTIAL) - before).to.equal(1);
		expect(chain(cache, 0), "cpu_partial_slabs / 2 + 1").to.deep.equal([
			listed[2],
			listed[1],
		]);
		expect(partial(cache)).to.deep.equal(listed.slice(3));
		expect(audit(mm)).to.deep.equal([]);
	});

	it("last: a new slab", () => {
		const { mm, cache } = make();
		expect(counted(mm, cache, ALLOC_SLAB)).to.equal(0);
		take(cache, 8);
		expect(counted(mm, cache, ALLOC_SLAB)).to.equal(1);
		take(cache, 1);
		expect(counted(mm, cache, ALLOC_SLAB)).to.equal(2);
		expect(cache.usage()).to.include({ slabs: 2, total: 16, partial: 0 });
	});

	it("each CPU allocates from a slab of its own", () => {
		const { mm, cache } = make({ cpus: 2 });
		const [a] = take(cache, 1);
		mm.turn.seat(1);
		const [b] = take(cache, 1);
		expect(slabOf(mm, b!)).not.to.equal(slabOf(mm, a!));
		expect(audit(mm)).to.deep.equal([]);
	});
});

describe("slab cache: where a freed object goes", () => {
	it("a full slab goes to the chain of the CPU that frees, not of the one that filled it", () => {
		const { mm, cache } = make({ cpus: 2 });
		const a = take(cache, 8);
		take(cache, 1);
		mm.turn.seat(1);
		cache.free(a[4]!);
		expect(chain(cache, 0)).to.deep.equal([]);
		expect(chain(cache, 1)).to.deep.equal([slabOf(mm, a[0]!)]);
		mm.turn.seat(0);
		cache.free(a[5]!);
		mm.turn.seat(1);
		expect(take(cache, 2)).to.deep.equal([a[5], a[4]]);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("a chain that is full moves to the tail of the node's list as a whole", () => {
		const { mm, cache } = make();
		const slabs = Array.from({ length: 4 }, () => take(cache, 8));
		const [a, b, c] = slabs.map((objects) => slabOf(mm, objects[0]!));
		give(
			cache,
			slabs.slice(0, 2).map((objects) => objects[0]!),
		);
		expect(chain(cache, 0)).to.deep.equal([b, a]);
		cache.free(slabs[2]![0]!);
		expect(chain(cache, 0)).to.deep.equal([c]);
		expect(partial(cache)).to.deep.equal([b, a]);
		expect(mm.pages.frozen(a!)).to.equal(false);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("S5: an empty slab stays on the node's list until min_partial others are there", () => {
		const { mm, cache } = make();
		const slabs = Array.from({ length: 10 }, () => take(cache, 8));
		for (const objects of slabs.slice(0, 9)) cache.free(objects[0]!);
		cache.flush();
		expect(partial(cache)).to.have.lengthOf(9);
		give(cache, slabs[0]!.slice(1));
		give(cache, slabs[1]!.slice(1));
		give(cache, slabs[2]!.slice(1));
		give(cache, slabs[3]!.slice(1));
		expect(counted(mm, cache, FREE_SLAB), "9, 8, 7, 6 were there").to.equal(4);
		expect(partial(cache)).to.have.lengthOf(5);
		give(cache, slabs[4]!.slice(1));
		expect(counted(mm, cache, FREE_SLAB), "5 are not enough").to.equal(4);
		expect(partial(cache)).to.have.lengthOf(5);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("an empty slab of a chain that is drained goes when the list is long", () => {
		const { mm, cache } = make();
		const slabs = Array.from({ length: 12 }, () => take(cache, 8));
		for (const objects of slabs.slice(0, 6)) cache.free(objects[0]!);
		cache.flush();
		expect(partial(cache)).to.have.lengthOf(6);
		give(cache, slabs[7]!);
		give(cache, slabs[8]!);
		expect(counted(mm, cache, FREE_SLAB)).to.equal(0);
		cache.free(slabs[9]![0]!);
		expect(counted(mm, cache, FREE_SLAB)).to.equal(2);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("shrinking flushes this CPU first, and gives back what is empty on the CPU that ends it", () => {
		const { mm, cache } = make({ cpus: 2 });
		const { minPartial } = cache.geometry;
		const [empty] = [take(cache, 8)];
		give(cache, empty!);
		mm.turn.seat(1);
		const used = Array.from({ length: minPartial + 1 }, () => take(cache, 8));
		for (const objects of used) cache.free(objects[0]!);
		cache.flushAll();
		expect(mm.turn.cpu.id).to.equal(1);
		expect(partial(cache)).to.have.length(minPartial + 1);
		expect(counted(mm, cache, FREE_SLAB), "the other CPU's").to.equal(1);
		for (const objects of used) give(cache, objects.slice(1));
		cache.flushAll();
		mm.turn.seat(0);
		const before = pages(mm);
		expect(cache.tidy()).to.equal(true);
		expect(pages(mm), "on the page lists of the last").to.be.above(before);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("one object a slab: the first free is also the last", () => {
		const { mm, cache } = make({}, { size: 20000, align: 0 });
		expect(cache.geometry.objectCount).to.equal(1);
		const objects = take(cache, 20);
		give(cache, objects);
		expect(audit(mm)).to.deep.equal([]);
		expect(cache.shrink()).to.equal(true);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("without room on chains (a debug cache) a full slab goes to the tail of the node's list", () => {
		const { mm, cache } = make({}, { flags: SLAB_CONSISTENCY_CHECKS });
		expect(cache.geometry.cpuPartialSlabs).to.equal(0);
		const [a, b, c] = [take(cache, 8), take(cache, 8), take(cache, 8)];
		cache.free(a[0]!);
		cache.free(b[0]!);
		expect(chain(cache, 0)).to.deep.equal([]);
		expect(partial(cache)).to.deep.equal([
			slabOf(mm, a[0]!),
			slabOf(mm, b[0]!),
		]);
		give(cache, c);
		expect(audit(mm)).to.deep.equal([]);
	});
});

describe("slab cache: slabs put where another machine had them", () => {
	/** A slab of which the last `free` objects are free; returns the others. */
	const stock = (
		mm: MemoryManager,
		cache: SlabCache,
		free: number,
		place: SlabPlace,
	) => {
		const { order, objectCount } = cache.geometry;
		const block = mm.allocator.allocPages(order, GFP_KERNEL | __GFP_COMP);
		return cache.stock(block, place, (index) => index >= objectCount - free);
	};

	it("are used in the order of their places", () => {
		const { mm, cache } = make();
		const listed = stock(mm, cache, 1, "listed");
		const full = stock(mm, cache, 0, "full");
		const chained = stock(mm, cache, 2, "chained");
		const head = stock(mm, cache, 3, "chained");
		const current = stock(mm, cache, 4, "current");
		const stocked = [current, head, chained, listed, full];
		expect(stocked.map((it) => it.length)).to.deep.equal([4, 5, 6, 7, 8]);
		expect(audit(mm)).to.deep.equal([]);
		expect(cache.usage()).to.deep.equal({
			active: 39,
			total: 40,
			slabs: 5,
			partial: 1,
			partialFree: 1,
		});
		const inOrder = take(cache, 10).map((it) => slabOf(mm, it));
		const expected = stocked.flatMap((it, at) =>
			Array(Math.max(0, 4 - at)).fill(slabOf(mm, it[0]!)),
		);
		expect(inOrder).to.deep.equal(expected);
		for (const objects of stocked) give(cache, objects);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("belong to the CPU whose turn it is", () => {
		const { mm, cache } = make({ cpus: 2 });
		mm.turn.seat(1);
		const [one] = stock(mm, cache, 7, "current");
		mm.turn.seat(0);
		expect(mm.cpuSlabs.slab(cache.slot)).to.equal(0);
		expect(mm.cpuSlabs.slabOf(1, cache.slot)).to.equal(slabOf(mm, one!));
		expect(audit(mm)).to.deep.equal([]);
	});

	it("cannot be where none can be", () => {
		const wrong: [number, SlabPlace, number][] = [
			[0, "listed", 0],
			[1, "full", 0],
			[1, "current", SLAB_CONSISTENCY_CHECKS],
		];
		for (const [free, place, flags] of wrong) {
			const { mm, cache } = make({}, { flags });
			expect(panicOf(() => stock(mm, cache, free, place))).to.match(
				/slab: S[57]/,
			);
		}
		const { mm, cache } = make();
		stock(mm, cache, 1, "current");
		expect(panicOf(() => stock(mm, cache, 1, "current"))).to.match(/S4/);
	});
});

describe("slab cache: a debug cache", () => {
	const debug = (size = 4096) =>
		make({ cpus: 2 }, { size, flags: SLAB_CONSISTENCY_CHECKS });

	it("leaves its slabs on the node's list and counts exactly", () => {
		const { mm, cache } = debug();
		const [one] = take(cache, 1);
		const slab = slabOf(mm, one!);
		expect(mm.cpuSlabs.slab(cache.slot)).to.equal(0);
		expect(mm.pages.frozen(slab)).to.equal(false);
		expect(partial(cache)).to.deep.equal([slab]);
		expect(cache.usage()).to.deep.equal({
			active: 1,
			total: 8,
			slabs: 1,
			partial: 1,
			partialFree: 7,
		});
		take(cache, 7);
		expect(partial(cache), "a full slab is on no list").to.deep.equal([]);
		expect(cache.usage()).to.include({ active: 8, slabs: 1 });
		expect(audit(mm)).to.deep.equal([]);
	});

	it("serves every CPU from the head of the list, where new slabs go", () => {
		const { mm, cache } = debug();
		const a = take(cache, 8);
		const [b] = take(cache, 1);
		cache.free(a[3]!);
		expect(partial(cache)).to.deep.equal([slabOf(mm, b!), slabOf(mm, a[3]!)]);
		mm.turn.seat(1);
		const rest = take(cache, 7);
		expect(new Set(rest.map((it) => slabOf(mm, it)))).to.deep.equal(
			new Set([slabOf(mm, b!)]),
		);
		expect(take(cache, 1)).to.deep.equal([a[3]]);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("gives an empty slab back when the list, that slab included, is as long as min_partial", () => {
		const { mm, cache } = debug();
		const { minPartial } = cache.geometry;
		const slabs = Array.from({ length: minPartial + 2 }, () => take(cache, 8));
		for (const objects of slabs) give(cache, objects);
		expect(counted(mm, cache, FREE_SLAB)).to.equal(3);
		expect(cache.usage()).to.include({ active: 0, slabs: minPartial - 1 });
		expect(cache.shrink()).to.equal(true);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("with one object to a slab has nothing to list", () => {
		const { mm, cache } = debug(40960);
		expect(cache.geometry.objectCount).to.equal(1);
		const objects = take(cache, 3);
		expect(partial(cache)).to.deep.equal([]);
		give(cache, objects);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("counts as a plain list of slabs would, whatever is asked", () => {
		const step = fc.tuple(fc.boolean(), fc.nat(1), fc.nat());
		fc.assert(
			fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
				const { mm, cache } = debug();
				const held: PhysAddr[] = [];
				for (const [takes, cpu, which] of steps) {
					mm.turn.seat(cpu);
					if (takes) held.push(...take(cache, 1));
					else if (held.length > 0)
						give(cache, held.splice(which % held.length, 1));
					expect(cache.usage().active).to.equal(held.length);
				}
				expect(new Set(held).size).to.equal(held.length);
				expect(audit(mm)).to.deep.equal([]);
			}),
			{ numRuns: 40 },
		);
	});
});

describe("slab cache: flush and shrink", () => {
	it("the current slab goes to the head of the list, or to the tail when others freed into it", () => {
		const { mm, cache } = make({ cpus: 2 });
		const a = take(cache, 8);
		const b = take(cache, 8);
		const c = take(cache, 2);
		cache.free(a[0]!);
		cache.flush();
		expect(partial(cache)).to.deep.equal([
			slabOf(mm, c[0]!),
			slabOf(mm, a[0]!),
		]);
		const d = take(cache, 1); // takes C over again, and A on the chain
		mm.turn.seat(1);
		cache.free(c[1]!);
		cache.free(b[0]!);
		cache.flush();
		mm.turn.seat(0);
		cache.flush();
		expect(slabOf(mm, d[0]!)).to.equal(slabOf(mm, c[0]!));
		expect(partial(cache)).to.deep.equal([
			slabOf(mm, b[0]!),
			slabOf(mm, c[0]!),
			slabOf(mm, a[0]!),
		]);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("a full current slab is on no list afterwards, an empty one may go at once", () => {
		const { mm, cache } = make();
		take(cache, 8);
		cache.flush();
		expect(partial(cache)).to.deep.equal([]);
		expect(mm.cpuSlabs.slab(cache.slot)).to.equal(0);
		give(cache, take(cache, 3));
		cache.flush();
		expect(cache.usage()).to.include({ slabs: 2, partial: 1, partialFree: 8 });
		expect(audit(mm)).to.deep.equal([]);
	});

	it("shrinking gives every empty slab back and says whether none is left", () => {
		const { mm, cache } = make({ cpus: 2 });
		const objects = take(cache, 40);
		mm.turn.seat(1);
		give(cache, objects.slice(1));
		expect(cache.shrink()).to.equal(false);
		expect(cache.usage()).to.include({ slabs: 1, partial: 1, active: 1 });
		cache.free(objects[0]!);
		expect(cache.shrink()).to.equal(true);
		expect(cache.usage()).to.include({ slabs: 0, total: 0 });
		expect(mm.turn.cpu.id, "the turn comes back").to.equal(1);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("shrinking sorts what stays, fullest first; of two alike the later comes first", () => {
		const { mm, cache } = make();
		const slabs = Array.from({ length: 6 }, () => take(cache, 8));
		const frees = [3, 1, 3, 6, 1, 3];
		for (const [i, count] of frees.entries())
			give(cache, slabs[i]!.slice(0, count));
		cache.flush();
		const before = partial(cache);
		const left = (pfn: number) => mm.pages.inuse(pfn as Pfn);
		cache.shrink();
		const expected = [...before].reverse().sort((a, b) => left(b) - left(a));
		expect(partial(cache)).to.deep.equal(expected);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("slabs with more than 32 free objects keep their order, behind the others", () => {
		const { mm, cache } = make({}, { size: 64, align: 64 });
		const slabs = Array.from({ length: 5 }, () => take(cache, 64));
		for (const [i, count] of [40, 50, 32, 45, 32].entries())
			give(cache, slabs[i]!.slice(0, count));
		cache.flush();
		const before = partial(cache);
		const free = (pfn: number) => 64 - mm.pages.inuse(pfn as Pfn);
		cache.shrink();
		expect(partial(cache)).to.deep.equal([
			...before.filter((pfn) => free(pfn) <= 32).reverse(),
			...before.filter((pfn) => free(pfn) > 32),
		]);
	});
});

describe("slab cache: what it says of itself", () => {
	it("active counts what lies on CPUs: only the node's list is known to be free", () => {
		const { cache } = make();
		const objects = take(cache, 9);
		give(cache, objects.slice(0, 3));
		expect(cache.usage()).to.include({ active: 16, total: 16 });
		cache.flush();
		expect(cache.usage()).to.include({
			active: 6,
			partialFree: 10,
			partial: 2,
		});
	});
});

describe("slab cache: what is in an object", () => {
	it("a constructor runs once for each object of a slab, and its work survives", () => {
		let runs = 0;
		const { mm, cache } = make(
			{},
			{
				size: 100,
				align: 0,
				ctor: (object, memory) => {
					runs++;
					memory.fill(object, 100, 0x5c);
				},
			},
		);
		const objects = take(cache, 3);
		expect(runs).to.equal(cache.geometry.objectCount);
		give(cache, objects);
		const again = take(cache, 3);
		expect(runs).to.equal(cache.geometry.objectCount);
		for (const object of again)
			expect([...new Set(mm.memory.bytesAt(object, 100))]).to.deep.equal([
				0x5c,
			]);
	});

	it("__GFP_ZERO clears the object, but never a constructed one", () => {
		const fill = (object: PhysAddr, mm: MemoryManager) =>
			mm.memory.fill(object, 100, 0xee);
		const plain = make({}, { size: 100, align: 0 });
		const [one] = take(plain.cache, 1);
		fill(one!, plain.mm);
		plain.cache.free(one!);
		expect(plain.cache.alloc(GFP_KERNEL | __GFP_ZERO)).to.equal(one);
		expect([...new Set(plain.mm.memory.bytesAt(one!, 100))]).to.deep.equal([0]);
		const built = make(
			{},
			{ size: 100, align: 0, ctor: (at, memory) => memory.fill(at, 100, 7) },
		);
		const object = built.cache.alloc(GFP_KERNEL | __GFP_ZERO);
		expect(built.mm.memory.readU8(object)).to.equal(7);
	});

	it("with init_on_alloc every object is cleared", () => {
		const { mm, cache } = make(
			{ switches: { initOnAlloc: true } },
			{ size: 100, align: 0 },
		);
		const [one] = take(cache, 1);
		mm.memory.fill(one!, 100, 0xee);
		cache.free(one!);
		take(cache, 1);
		expect([...new Set(mm.memory.bytesAt(one!, 100))]).to.deep.equal([0]);
	});

	it("a free object keeps its bytes, except for the link in its middle", () => {
		const { mm, cache } = make({}, { size: 128, align: 64 });
		const [one] = take(cache, 2);
		mm.memory.fill(one!, 128, 0xee);
		cache.free(one!);
		const bytes = [...mm.memory.bytesAt(one!, 128)];
		const changed = bytes.flatMap((byte, at) => (byte === 0xee ? [] : [at]));
		expect(Math.min(...changed)).to.be.at.least(64);
		expect(Math.max(...changed)).to.be.below(72);
	});

	it("a shuffled freelist hands every object out once, in the same order for the same seed", () => {
		const order = (seed: number) => {
			const { cache } = make(
				{ switches: { shuffleFreelist: true }, seed },
				{ size: 64, align: 64 },
			);
			const objects = take(cache, 64);
			const first = Math.min(...objects);
			return objects.map((object) => (object - first) / 64);
		};
		const drawn = order(7);
		expect([...drawn].sort((a, b) => a - b)).to.deep.equal([
			...Array(64).keys(),
		]);
		expect(drawn).not.to.deep.equal([...Array(64).keys()]);
		expect(order(7)).to.deep.equal(drawn);
		expect(order(8)).not.to.deep.equal(drawn);
	});
});

describe("slab cache: many at once", () => {
	it("a bulk allocation gives what single ones would", () => {
		const one = make();
		const many = make();
		expect(many.cache.allocBulk(GFP_KERNEL, 20)).to.deep.equal(
			take(one.cache, 20),
		);
	});

	it("is all or nothing", () => {
		const { mm, cache } = make();
		let blocks = 0;
		mm.allocator.injector = { shouldFail: () => ++blocks > 2 };
		expect(cache.allocBulk(GFP_KERNEL, 40)).to.deep.equal([]);
		expect(audit(mm)).to.deep.equal([]);
		cache.flush();
		expect(cache.usage()).to.include({ slabs: 2, active: 0 });
	});

	it("freeing goes from the end of the array", () => {
		const { cache } = make();
		const objects = take(cache, 5);
		cache.freeBulk(objects);
		expect(take(cache, 5)).to.deep.equal(objects);
	});

	it("of several slabs, too", () => {
		const { mm, cache } = make();
		const objects = cache.allocBulk(GFP_KERNEL, 50);
		const mixed = objects.map((_, i) => objects[(i * 7) % 50]!);
		cache.freeBulk(mixed);
		expect(audit(mm)).to.deep.equal([]);
		expect(cache.shrink()).to.equal(true);
	});
});

describe("slab cache: misuse", () => {
	it("an object of another cache ends the kernel", () => {
		const { mm, cache } = make();
		const other = mm.kmalloc.kmalloc(64, GFP_KERNEL);
		expect(panicOf(() => cache.free(other))).to.include("Wrong slab cache");
	});

	it("so does an address that is no object at all", () => {
		const { mm, cache } = make();
		take(cache, 1);
		for (const at of [0, 4096, mm.memory.bytes + 4096])
			expect(panicOf(() => cache.free(asPhys(at)))).to.include("slab");
	});

	it("freeing the same object twice in a row, on the CPU's freelist", () => {
		const { cache } = make();
		const [a] = take(cache, 2);
		cache.free(a!);
		expect(panicOf(() => cache.free(a!))).to.include("double free");
	});

	it("and on the slab's own chain", () => {
		const { cache } = make();
		const a = take(cache, 8);
		take(cache, 1);
		cache.free(a[3]!);
		expect(panicOf(() => cache.free(a[3]!))).to.include("double free");
	});

	it("and more often than there are objects", () => {
		const { cache } = make();
		const a = take(cache, 8);
		take(cache, 1);
		give(cache, a);
		expect(panicOf(() => cache.free(a[3]!))).to.include("double free");
	});
});

describe("slab cache: any sequence of commands on several CPUs", () => {
	const CPUS = 3;
	const command = fc.record({
		verb: fc.constantFrom(
			"alloc",
			"alloc",
			"alloc",
			"free",
			"free",
			"free",
			"flush",
			"shrink",
		),
		times: fc.integer({ min: 1, max: 30 }),
		cpu: fc.nat(CPUS - 1),
		pick: fc.nat(),
	});

	for (const size of [256, 700, 4096])
		it(`hands out the very objects that the literal rules give (${size} bytes)`, () => {
			fc.assert(
				fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
					const { mm, cache } = make({ cpus: CPUS }, { size, align: 0 });
					const { objectCount, order, minPartial, cpuPartialSlabs } =
						cache.geometry;
					const numbers = {
						size: cache.geometry.size,
						objects: objectCount,
						bytes: 4096 * 2 ** order,
						minPartial,
						cpuPartialSlabs,
					};
					const model = new SlabModel(numbers, CPUS);
					const held: PhysAddr[] = [];
					for (const { verb, times, cpu, pick } of commands) {
						mm.turn.seat(cpu);
						for (let i = 0; i < times; i++) {
							if (verb === "alloc") {
								const object = cache.alloc(GFP_KERNEL);
								const base = () => physOf(slabOf(mm, object));
								expect(object).to.equal(model.alloc(cpu, base));
								held.push(object);
							} else if (verb === "free" && held.length > 0) {
								const at = pick % 2 === 0 ? i : pick + i * 5;
								const [object] = held.splice(at % held.length, 1);
								cache.free(object!);
								model.free(cpu, object!);
							}
						}
						if (verb === "flush") {
							cache.flush();
							model.flush(cpu);
						} else if (verb === "shrink" && pick % 3 === 0) {
							cache.shrink();
							model.shrink(cpu);
						}
						expect(cache.node.slabCount).to.equal(model.slabs.length);
						expect(partial(cache)).to.deep.equal(
							model.partial.map(({ base }) => base / 4096),
						);
						expect(audit(mm)).to.deep.equal([]);
					}
				}),
				{ numRuns: 60 },
			);
		});
});

describe("slab cache: a world of two objects a slab and two CPUs", () => {
	const DEPTH = 5;

	it("every sequence of 5 operations agrees with the rules and keeps every invariant", () => {
		const { mm, cache } = make(
			{ memory: "5M", cpus: 2 },
			{ size: 16384, align: 0 },
		);
		const { geometry } = cache;
		const numbers = {
			...geometry,
			objects: geometry.objectCount,
			bytes: 4096 * 2 ** geometry.order,
		};
		expect(numbers.objects).to.equal(2);
		let model = new SlabModel(numbers, 2);
		let held: PhysAddr[] = [];
		const alloc = (cpu: number) => () => {
			mm.turn.seat(cpu);
			const object = cache.alloc(GFP_KERNEL);
			const base = () => physOf(slabOf(mm, object));
			expect(object).to.equal(model.alloc(cpu, base));
			held.push(object);
		};
		const free = (cpu: number, which: number) => () => {
			const object = held.at(which);
			if (object === undefined) return;
			held.splice(held.indexOf(object), 1);
			mm.turn.seat(cpu);
			cache.free(object);
			model.free(cpu, object);
		};
		const flush = () => {
			mm.turn.seat(0);
			cache.flush();
			model.flush(0);
		};
		const deeds = [
			alloc(0),
			alloc(1),
			free(0, 0),
			free(1, 0),
			free(1, -1),
			flush,
		];
		const sequences = deeds.length ** DEPTH;
		for (let sequence = 0; sequence < sequences; sequence++) {
			model = new SlabModel(numbers, 2);
			held = [];
			alloc(0)();
			alloc(0)();
			alloc(0)();
			for (let rest = sequence, i = 0; i < DEPTH; i++) {
				deeds[rest % deeds.length]!();
				rest = Math.floor(rest / deeds.length);
			}
			expect(cache.node.slabCount).to.equal(model.slabs.length);
			expect(audit(mm), `sequence ${sequence}`).to.deep.equal([]);
			give(cache, held);
			expect(cache.shrink()).to.equal(true);
		}
	});
});
