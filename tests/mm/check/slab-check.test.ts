import { expect } from "chai";
import { asPhys, type Pfn, pfnOf } from "../../../hw/units";
import { checkSlabs } from "../../../mm/check/slab-check";
import { Textbook } from "../../../mm/designs/textbook";
import { GFP_KERNEL } from "../../../mm/gfp";
import type { MemoryManager } from "../../../mm/memory-manager";
import { NR_SLAB_RECLAIMABLE_B } from "../../../mm/vmstat-names";
import { world } from "../world";

const pfn = (n: number) => n as Pfn;

const named = (mm: MemoryManager): string[] => [
	...new Set(checkSlabs(mm).map((text) => text.split(":")[0]!)),
];

/** A cache with a full, a partial, a chained and a current slab, and where they are. */
function make() {
	const mm = world({ memory: "32M", cpus: 2 });
	const cache = mm.caches.create({
		name: "things",
		size: 512,
		mayMerge: false,
	})!;
	const count = cache.geometry.objectCount;
	const take = () => cache.allocBulk(GFP_KERNEL, count);
	const slabOf = (object: number) => mm.pages.head(pfnOf(asPhys(object)));
	const onList = take();
	const full = take();
	const chained = take();
	const current = cache.allocBulk(GFP_KERNEL, 2);
	mm.turn.seat(1);
	cache.free(onList[0]!); // to CPU 1's chain
	cache.flush(); // and from there to the node's list
	cache.free(chained[0]!);
	mm.turn.seat(0);
	return { mm, cache, slabOf, full, current };
}

describe("slab auditor", () => {
	it("has nothing to say about sound caches", () => {
		expect(checkSlabs(make().mm)).to.deep.equal([]);
	});

	it("D1, E1: names a broken chain of caches", () => {
		const { mm, cache } = make();
		cache.record.setNewer(asPhys(4096));
		expect(named(mm)).to.deep.equal(["D1"]);
		cache.record.setNewer(asPhys(0));
		cache.record.setOlder(cache.record.address);
		expect(named(mm)).to.include("D1");
	});

	it("E1: names a slab whose cache is not listed", () => {
		const { mm, slabOf, full } = make();
		mm.pages.setCache(slabOf(full[0]!), asPhys(4096));
		expect(named(mm)).to.include("E1");
	});

	it("G3: names a frame with somebody else's slot", () => {
		const { mm, slabOf, full, cache } = make();
		mm.pages.setSlot(slabOf(full[0]!), cache.slot + 16);
		expect(named(mm)).to.deep.equal(["G3"]);
		const other = make();
		other.mm.pages.setSlot(pfn(other.mm.zones[1]!.end - 1), cache.slot);
		expect(named(other.mm)).to.deep.equal(["G3"]);
	});

	it("G4: names a slab frame that leads elsewhere", () => {
		const { mm, slabOf, full, current } = make();
		const slab = slabOf(full[0]!);
		mm.pages.setHead(pfn(slab + 1), slabOf(current[0]!));
		expect(named(mm)).to.include("G4");
	});

	it("S1: names free objects without a slab", () => {
		const { mm, cache } = make();
		mm.cpuSlabs.setSlab(cache.slot, pfn(0));
		expect(named(mm)).to.include("S1");
	});

	it("S2: names a slab that is frozen, or not, against its place", () => {
		const { mm, slabOf, current } = make();
		const slab = slabOf(current[0]!);
		const { pages } = mm;
		pages.setCounters(slab, pages.inuse(slab), pages.objects(slab), false);
		expect(named(mm)).to.deep.equal(["S2"]);
	});

	it("S4: names a slab in two places, and one with free objects in none", () => {
		const { mm, cache, slabOf, current } = make();
		mm.turn.seat(1);
		mm.cpuSlabs.setSlab(cache.slot, slabOf(current[0]!));
		expect(named(mm)).to.include("S4");
		const lost = make();
		const { node } = lost.cache;
		const first = node.words[node.listAt] as Pfn;
		lost.mm.lists.remove(node.words, node.listAt, first);
		node.addPartialCount(-1);
		expect(named(lost.mm)).to.include("S4");
	});

	it("S4: names a list that leads to somebody else's pages", () => {
		const { mm, cache } = make();
		const page = mm.allocator.allocPages(0, GFP_KERNEL);
		mm.lists.pushTail(cache.node.words, cache.node.listAt, page);
		expect(named(mm)).to.include("S4");
	});

	it("S5, O2: names a full slab on the partial list, and a wrong count", () => {
		const { mm, cache } = make();
		const slab = cache.node.words[cache.node.listAt] as Pfn;
		mm.pages.setFreelist(slab, asPhys(0));
		expect(named(mm)).to.include.members(["O2", "S5"]);
		const other = make();
		const full = other.slabOf(other.full[0]!);
		other.mm.pages.setCounters(full, 3, other.mm.pages.objects(full), false);
		expect(named(other.mm)).to.deep.equal(["O2"]);
	});

	it("S6: names wrong numbers of slabs and objects", () => {
		const { mm, cache } = make();
		cache.node.addSlab(7);
		expect(named(mm)).to.deep.equal(["S6"]);
	});

	it("D3, L1, L2: names a partial list that is wrong", () => {
		const { mm, cache } = make();
		const { node } = cache;
		node.addPartialCount(1);
		expect(named(mm)).to.deep.equal(["D3"]);
		node.addPartialCount(-1);
		const first = node.words[node.listAt] as Pfn;
		mm.pages.setPrev(first, pfn(5)); // the head's means nothing
		expect(named(mm)).to.deep.equal([]);
		mm.pages.setNext(first, first);
		expect(named(mm)).to.include("L2");
		mm.pages.setNext(first, pfn(0));
		node.words[node.listAt + 1] = 5;
		expect(named(mm)).to.deep.equal(["L1"]);
	});

	it("O1: names a chain that runs in a circle, leaves the slab or misses the objects", () => {
		for (const [offset, fault] of [
			[0, "twice"],
			[1 << 20, "no object"],
			[8, "no object"],
		] as const) {
			const { mm, cache } = make();
			const first = mm.cpuSlabs.freelist(cache.slot);
			mm.cpuSlabs.setNext(first, cache.geometry.offset, asPhys(first + offset));
			const said = checkSlabs(mm).filter((text) => text.startsWith("O1"));
			expect(said.join()).to.include(fault);
		}
	});

	it("O3: names a slab that was cut into more than fits", () => {
		const { mm, slabOf, full } = make();
		mm.pages.setCounters(slabOf(full[0]!), 9999, 9999, false);
		expect(named(mm)).to.include("O3");
	});

	it("K3: names slab frames that were counted wrongly", () => {
		const { mm } = make();
		mm.counters.addNode(NR_SLAB_RECLAIMABLE_B, 1);
		expect(named(mm)).to.deep.equal(["K3"]);
	});

	it("counts the slab frames of another design, and leaves them to it", () => {
		const { mm } = make();
		const design = Textbook.create(mm, GFP_KERNEL)!;
		const at = design.kmalloc(100, GFP_KERNEL);
		design.kmalloc(9000, GFP_KERNEL);
		expect(checkSlabs(mm)).to.deep.equal([]);
		mm.pages.setCache(pfnOf(at), asPhys(0)); // nobody's now
		expect(named(mm)).to.deep.equal(["E1", "K3"]);
	});

	it("only reads", () => {
		const { mm } = make();
		mm.counters.node(0); // settles what the CPUs have counted
		const before = mm.pages.words.slice();
		const unit = mm.turn.areaOf(0).slice();
		checkSlabs(mm);
		expect(mm.pages.words).to.deep.equal(before);
		expect(mm.turn.areaOf(0)).to.deep.equal(unit);
	});
});
