import { expect } from "chai";
import { __GFP_COMP, GFP_DMA, GFP_KERNEL } from "../../mm/gfp";
import {
	NR_SLAB_UNRECLAIMABLE_B,
	NUMA_HIT,
	NUMA_LOCAL,
	NUMA_MISS,
	PGALLOC_DMA,
	PGALLOC_DMA32,
	PGALLOC_NORMAL,
	PGFREE,
} from "../../mm/vmstat-names";
import { world } from "./world";

describe("counters", () => {
	it("V3: sums over the CPUs are exact at every moment", () => {
		const { counters, turn } = world({ cpus: 4 });
		const before = counters.event(PGFREE);
		for (const { id } of turn.cpus) {
			turn.seat(id);
			counters.countEvent(PGFREE, id + 1);
		}
		expect(counters.event(PGFREE) - before).to.equal(10);
	});

	it("a CPU's own share may be negative: what one took, another gives back", () => {
		const mm = world({ cpus: 2 });
		const before = mm.counters.node(NR_SLAB_UNRECLAIMABLE_B);
		const large = mm.kmalloc.kmalloc(16384, GFP_KERNEL);
		expect(mm.counters.node(NR_SLAB_UNRECLAIMABLE_B) - before).to.equal(4);
		mm.turn.seat(1);
		mm.kmalloc.kfree(large);
		expect(mm.counters.node(NR_SLAB_UNRECLAIMABLE_B)).to.equal(before);
	});

	it("keep events, node items, zone items and numa events apart", () => {
		const { counters } = world();
		const read = () => [
			counters.event(NUMA_MISS),
			counters.node(NUMA_MISS),
			counters.zone(1, NUMA_MISS),
			counters.numa(1, NUMA_MISS),
			counters.numa(2, NUMA_MISS),
		];
		const before = read();
		counters.countEvent(NUMA_MISS, 1);
		counters.addNode(NUMA_MISS, 2);
		counters.addZone(1, NUMA_MISS, 3);
		counters.countNuma(1, NUMA_MISS);
		expect(
			read().map((count, i) => count - (before[i] as number)),
		).to.deep.equal([1, 2, 3, 1, 0]);
	});

	it("pages are counted where they come from: pgalloc by zone, numa by zone", () => {
		const { counters, allocator } = world({ memory: "32M" });
		const read = () =>
			[PGALLOC_DMA, PGALLOC_DMA32, PGALLOC_NORMAL].map((it) =>
				counters.event(it),
			);
		const [dma, dma32, normal] = read() as [number, number, number];
		const hits = counters.numa(1, NUMA_HIT);
		const local = counters.numa(1, NUMA_LOCAL);
		allocator.allocPages(0, GFP_KERNEL);
		allocator.allocPages(4, GFP_KERNEL | __GFP_COMP);
		allocator.allocPages(1, GFP_KERNEL | GFP_DMA);
		expect(read()).to.deep.equal([dma + 2, dma32 + 17, normal]);
		expect(counters.numa(1, NUMA_HIT) - hits).to.equal(2);
		expect(counters.numa(1, NUMA_LOCAL) - local).to.equal(2);
	});

	it("freed pages are counted whichever list they go to", () => {
		const { counters, allocator } = world({ memory: "32M" });
		const blocks = [0, 1, 3, 5, 9].map((order) => ({
			order,
			pfn: allocator.allocPages(order, GFP_KERNEL),
		}));
		const before = counters.event(PGFREE);
		for (const { pfn, order } of blocks) allocator.freePages(pfn, order);
		expect(counters.event(PGFREE) - before).to.equal(1 + 2 + 8 + 32 + 512);
	});
});
