// Specification of what /proc says about memory: the texts agree with the machine, and with each other.

import { expect } from "chai";
import { pcMemoryMap } from "../../../hw/memory-map";
import {
	asPfn,
	DIRECT_MAP_BASE,
	MIB,
	type Pfn,
	type PhysAddr,
	type VirtAddr,
} from "../../../hw/units";
import {
	formatBuddyinfo,
	parseBuddyinfo,
} from "../../../kernel/proc/buddyinfo";
import {
	collectBuddyinfo,
	collectDirectMap,
	collectIomem,
	collectMeminfo,
	collectPagetypeinfo,
	collectSlabinfo,
	collectVmstat,
	collectZoneinfo,
} from "../../../kernel/proc/collect";
import { formatIomem } from "../../../kernel/proc/iomem";
import { MEMINFO_NAMES } from "../../../kernel/proc/meminfo";
import { formatZoneinfo, parseZoneinfo } from "../../../kernel/proc/zoneinfo";
import { GFP_KERNEL } from "../../../mm/gfp";
import type { MemoryManager } from "../../../mm/memory-manager";
import { VMSTAT_NAMES } from "../../../mm/vmstat-names";
import { bootMemory } from "./support";

const NO_MAP = { small: 0, large: 0, giant: 0 };

/** A machine on which something happened. */
function makeBusy(): MemoryManager {
	const mm = bootMemory(64 * MIB, 2);
	const objects: PhysAddr[] = [];
	for (let i = 0; i < 3000; i++)
		objects.push(mm.kmalloc.kmalloc(8 + (i % 700), GFP_KERNEL));
	for (let i = 0; i < 3000; i += 2) mm.kmalloc.kfree(objects[i]!);
	for (let order = 0; order < 8; order++)
		mm.allocator.allocPages(order, GFP_KERNEL);
	return mm;
}

const sum = (values: readonly number[]): number =>
	values.reduce((total, value) => total + value, 0);

const pagesOf = (counts: readonly number[]): number =>
	sum(counts.map((count, order) => count * 2 ** order));

describe("collected memory", () => {
	const mm = makeBusy();

	it("lists the zones that have frames in buddyinfo", () => {
		const zones = collectBuddyinfo(mm);
		expect(zones.map(({ zone }) => zone)).to.deep.equal(["DMA", "DMA32"]);
		for (const { zone, counts } of zones) {
			const owner = mm.zones.find(({ name }) => name === zone)!;
			expect(counts).to.have.length(11);
			expect(pagesOf(counts)).to.equal(owner.free);
		}
	});

	it("adds pagetypeinfo up to buddyinfo", () => {
		const { free } = collectPagetypeinfo(mm);
		for (const { zone, counts } of collectBuddyinfo(mm)) {
			const rows = free.filter((row) => row.zone === zone);
			expect(rows).to.have.length(5);
			const sums = counts.map((_, order) =>
				sum(rows.map((row) => row.counts[order]!)),
			);
			expect(sums).to.deep.equal(counts);
		}
	});

	it("counts every pageblock once", () => {
		const { blocks } = collectPagetypeinfo(mm);
		expect(blocks.map(({ counts }) => sum(counts))).to.deep.equal([8, 24]);
		expect(blocks[1]!.counts[0], "unmovable ones were made").to.be.above(0);
	});

	it("shows all five zones in zoneinfo, the node under the first", () => {
		const zones = collectZoneinfo(mm);
		expect(zones.map(({ zone }) => zone)).to.deep.equal([
			"DMA",
			"DMA32",
			"Normal",
			"Movable",
			"Device",
		]);
		expect(zones.map(({ nodeStats }) => nodeStats !== null)).to.deep.equal([
			true,
			false,
			false,
			false,
			false,
		]);
		expect(zones[1]!.pagesets.map(({ cpu }) => cpu)).to.deep.equal([0, 1]);
		expect(zones[1]!.startPfn).to.equal(4096);
		expect(zones[2]!.pagesets).to.deep.equal([]);
		expect(parseZoneinfo(formatZoneinfo(zones))).to.deep.equal(zones);
	});

	it("protects lower zones from requests that could go higher", () => {
		const [dma, dma32] = collectZoneinfo(mm);
		const reserve = Math.floor(dma32!.managed / 256);
		expect(dma!.protection).to.deep.equal([
			0,
			reserve,
			reserve,
			reserve,
			reserve,
		]);
	});

	it("accounts for every managed page", () => {
		const zones = collectZoneinfo(mm);
		const stats = collectVmstat(mm);
		const kept = sum(
			zones.flatMap(({ pagesets }) => pagesets.map(({ count }) => count)),
		);
		const managed = sum(zones.map((zone) => zone.managed));
		const slabs = stats.nr_slab_reclaimable! + stats.nr_slab_unreclaimable!;
		const taken = 2 ** 8 - 1; // orders 0 to 7
		expect(stats.nr_free_pages! + kept + slabs + taken).to.equal(managed);
	});

	it("has every name of vmstat, in order, and sums over the CPUs", () => {
		const before = collectVmstat(mm);
		expect(Object.keys(before)).to.deep.equal([...VMSTAT_NAMES]);
		mm.turn.seat(1);
		const pfn: Pfn = mm.allocator.allocPages(0, GFP_KERNEL);
		mm.turn.seat(0);
		mm.allocator.freePages(pfn, 0);
		const after = collectVmstat(mm);
		expect(after.pgalloc_dma32! - before.pgalloc_dma32!).to.equal(1);
		expect(after.pgfree! - before.pgfree!).to.equal(1);
		expect(after.numa_hit! - before.numa_hit!).to.equal(1);
	});

	it("has every name of meminfo, in order, and agrees with vmstat", () => {
		const kib = collectMeminfo(mm, 10, { small: 4, large: 2048, giant: 0 });
		const stats = collectVmstat(mm);
		expect(Object.keys(kib)).to.deep.equal([...MEMINFO_NAMES]);
		expect(kib.MemFree).to.equal(stats.nr_free_pages! * 4);
		expect(kib.MemTotal).to.equal(
			sum(mm.zones.map((zone) => zone.managed)) * 4,
		);
		expect(kib.SUnreclaim).to.equal(stats.nr_slab_unreclaimable! * 4);
		expect(kib.MemAvailable).to.be.below(kib.MemFree + kib.KReclaimable);
		expect(kib.Committed_AS).to.equal(40);
		expect(kib.DirectMap2M).to.equal(2048);
	});

	it("lists every cache with its use, the first ones last", () => {
		const caches = collectSlabinfo(mm.caches.all());
		expect(caches.slice(-2).map(({ name }) => name)).to.deep.equal([
			"kmem_cache_node",
			"kmem_cache",
		]);
		const small = caches.find(({ name }) => name === "kmalloc-64")!;
		expect(small).to.include({
			objectSize: 64,
			objectsPerSlab: 64,
			pagesPerSlab: 1,
		});
		expect(small.slabs).to.be.above(0);
		expect(small.objects).to.equal(small.slabs * 64);
		expect(small.activeObjects).to.be.within(1, small.objects);
	});

	it("counts slab pages as vmstat does", () => {
		const pages = collectSlabinfo(mm.caches.all()).map(
			(cache) => cache.slabs * cache.pagesPerSlab,
		);
		const stats = collectVmstat(mm);
		expect(sum(pages)).to.equal(
			stats.nr_slab_reclaimable! + stats.nr_slab_unreclaimable!,
		);
	});

	it("only reads", () => {
		const image = (): number => {
			const words = new Int32Array(mm.memory.buffer);
			let hash = 0;
			for (let i = 0; i < words.length; i++)
				hash = (Math.imul(hash, 31) + words[i]!) | 0;
			return hash;
		};
		const before = image();
		collectBuddyinfo(mm);
		collectPagetypeinfo(mm);
		collectZoneinfo(mm);
		collectVmstat(mm);
		collectMeminfo(mm, 0, NO_MAP);
		collectSlabinfo(mm.caches.all());
		expect(image()).to.equal(before);
	});

	it("prints what it can read back", () => {
		const zones = collectBuddyinfo(mm);
		expect(parseBuddyinfo(formatBuddyinfo(zones))).to.deep.equal(zones);
	});
});

describe("collected iomem", () => {
	it("keeps the first page apart and shows the kernel in its RAM", () => {
		const map = pcMemoryMap(64 * MIB);
		const lines = formatIomem(collectIomem(map)).split("\n");
		expect(lines.slice(0, 4)).to.deep.equal([
			"00000000-00000fff : Reserved",
			"00001000-0009fbff : System RAM",
			"0009fc00-0009ffff : Reserved",
			"000f0000-000fffff : Reserved",
		]);
		expect(lines[4]).to.equal("00100000-03ffffff : System RAM");
		expect(lines[5]).to.match(/^ {2}00100000-[0-9a-f]{8} : Kernel code$/);
		expect(lines[8]).to.match(/^ {2}[0-9a-f-]{17} : Kernel bss$/);
	});
});

describe("collected direct map", () => {
	it("adds leaves up by their size", () => {
		const asked: unknown[] = [];
		const tables = {
			eachLeaf(
				root: Pfn,
				start: VirtAddr,
				end: VirtAddr,
				visit: (slot: number, level: number, va: VirtAddr) => void,
			): void {
				asked.push(root, start, end - start);
				for (const level of [1, 1, 1, 2, 2]) visit(0, level, start);
			},
		};
		const use = collectDirectMap(tables, asPfn(7), 6 * MIB);
		expect(use).to.deep.equal({ small: 12, large: 4096, giant: 0 });
		expect(asked).to.deep.equal([7, DIRECT_MAP_BASE, 6 * MIB]);
	});
});
