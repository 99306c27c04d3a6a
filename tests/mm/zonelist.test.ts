import { expect } from "chai";
import { pcMemoryMap } from "../../hw/memory-map";
import { MIB, type Pfn } from "../../hw/units";
import {
	__GFP_DIRECT_RECLAIM,
	__GFP_DMA,
	__GFP_DMA32,
	__GFP_MEMALLOC,
	__GFP_MOVABLE,
	__GFP_NOMEMALLOC,
	__GFP_RECLAIMABLE,
	ALLOC_MIN_RESERVE,
	ALLOC_NON_BLOCK,
	ALLOC_OOM,
	GFP_ATOMIC,
	GFP_DMA,
	GFP_DMA32,
	GFP_HIGHUSER_MOVABLE,
	GFP_KERNEL,
	GFP_NOWAIT,
} from "../../mm/gfp";
import { MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE } from "../../mm/pageblock";
import { WMARK_LOW, ZONE_DMA32, ZONE_NORMAL } from "../../mm/zone";
import { chunks } from "../models/buddy-model";
import {
	audit,
	exhaust,
	freeAll,
	freeLists,
	marked,
	panicOf,
	world,
	zoneWorld,
} from "./world";

const pfn = (n: number) => n as Pfn;

describe("zonelists: routes", () => {
	// 8 GiB: zone Normal begins at 4 GiB.
	const big = () => world({ map: pcMemoryMap(8192 * MIB) });

	it("gfp decides the highest zone, and a request never climbs above it", () => {
		const { allocator } = big();
		const zoneOf = (gfp: number) =>
			allocator.zoneOf(allocator.allocPages(0, gfp)).zone.name;
		expect(zoneOf(GFP_KERNEL)).to.equal("Normal");
		expect(zoneOf(GFP_HIGHUSER_MOVABLE)).to.equal("Normal");
		expect(zoneOf(GFP_NOWAIT | GFP_DMA32)).to.equal("DMA32");
		expect(zoneOf(GFP_NOWAIT | GFP_DMA)).to.equal("DMA");
	});

	it("two zones at once are a bug of the caller", () => {
		const text = panicOf(() =>
			world().allocator.allocPages(0, __GFP_DMA | __GFP_DMA32),
		);
		expect(text).to.include("ZL1");
	});

	it("so are two mobilities", () => {
		const { allocator } = world();
		const both = GFP_KERNEL | __GFP_MOVABLE | __GFP_RECLAIMABLE;
		allocator.freePages(allocator.allocPages(1, GFP_KERNEL), 1);
		for (const order of [0, 4])
			expect(panicOf(() => allocator.allocPages(order, both))).to.include(
				"ZL1",
			);
	});

	it("when a zone is low the next lower one serves, behind its lowmem reserve", () => {
		const mm = world({ memory: "64M" });
		const [dma] = mm.allocator.zones;
		const taken = exhaust(mm, GFP_KERNEL);
		expect(Math.min(...taken)).to.be.below(4096);
		const kept = dma!.zone.lowmemReserve(ZONE_NORMAL);
		expect(kept).to.be.greaterThan(40);
		expect(dma!.zone.free).to.be.greaterThan(kept);
		const more = exhaust(mm, GFP_NOWAIT | GFP_DMA);
		expect(more.length, "requests for DMA itself").to.be.at.least(kept);
		freeAll(mm, [...taken, ...more]);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("ordinary requests keep pageblocks whole where there is a zone below Normal to go to", () => {
		const mm = big();
		const normal = mm.allocator.zones.find(
			({ zone }) => zone.index === ZONE_NORMAL,
		)!;
		const { zone, buddy } = normal;
		// Of Normal only small movable blocks are left: half of every pair of frames.
		mm.allocator.drainAll();
		for (const type of [0, 1, 2]) while (buddy.takeOfType(0, type) !== 0);
		for (let i = 32768; i < 49152; i += 2)
			buddy.give(pfn(zone.start + i), 0, MIGRATE_MOVABLE, 0);
		zone.setWatermark(WMARK_LOW, 0);
		const page = mm.allocator.allocPages(0, GFP_KERNEL);
		expect(mm.allocator.zoneOf(page).zone.index).to.equal(ZONE_DMA32);
		const user = mm.allocator.allocPages(0, GFP_HIGHUSER_MOVABLE);
		expect(mm.allocator.zoneOf(user).zone.index).to.equal(ZONE_NORMAL);
	});
});

describe("zonelists: watermarks", () => {
	it("ZL2: an ordinary request stops at LOW, then at MIN when retried, and leaves MIN behind", () => {
		const zone = marked(1024, 100, 125);
		const taken = exhaust(zone, GFP_NOWAIT);
		expect(1024 - taken.length).to.equal(100);
		expect(zone.zone.free).to.equal(100);
	});

	it("an atomic one goes to three eighths of MIN, __GFP_HIGH that may wait to one half", () => {
		const atomic = marked(1024, 100, 125);
		exhaust(atomic, GFP_ATOMIC);
		expect(atomic.zone.free).to.equal(38); // 100 - 50 - 12
		const high = marked(1024, 100, 125);
		exhaust(high, GFP_ATOMIC | __GFP_DIRECT_RECLAIM);
		expect(high.zone.free).to.equal(50);
	});

	it("__GFP_MEMALLOC ignores the marks wholly, unless NOMEMALLOC is there too", () => {
		const zone = marked(1024, 100, 125);
		exhaust(zone, GFP_NOWAIT | __GFP_MEMALLOC | __GFP_NOMEMALLOC);
		expect(zone.zone.free).to.equal(100);
		exhaust(zone, GFP_NOWAIT | __GFP_MEMALLOC);
		expect(zone.zone.free).to.equal(0);
	});

	it("free <= mark fails, not free < mark", () => {
		const zone = marked(1024, 100, 100);
		const [owner] = zone.allocator.zones;
		const ok = (mark: number) =>
			zone.allocator.watermarkOk(owner!, 0, mark, ZONE_NORMAL, 0);
		expect([ok(1023), ok(1024)]).to.deep.equal([true, false]);
	});

	it("a larger order needs its frames above the mark, and a block to take", () => {
		const zone = marked(1024, 0, 0);
		const [owner] = zone.allocator.zones;
		const ok = (order: number, mark: number) =>
			zone.allocator.watermarkOk(owner!, order, mark, ZONE_NORMAL, 0);
		expect(ok(4, 1024 - 16)).to.equal(true);
		expect(ok(4, 1024 - 15)).to.equal(false);
		zone.allocator.allocPages(9, GFP_NOWAIT);
		expect([ok(9, 0), ok(10, 0)]).to.deep.equal([true, false]);
	});

	it("the lowmem reserve of the request's class is added to the mark", () => {
		const zone = marked(1024, 0, 0);
		zone.zone.setLowmemReserve(ZONE_NORMAL, 500);
		const [owner] = zone.allocator.zones;
		const ok = (mark: number, highest: number) =>
			zone.allocator.watermarkOk(owner!, 0, mark, highest, 0);
		expect([ok(523, ZONE_NORMAL), ok(524, ZONE_NORMAL)]).to.deep.equal([
			true,
			false,
		]);
		expect(ok(1023, ZONE_DMA32)).to.equal(true);
	});

	it("the highatomic reserve counts only for those who may use reserves", () => {
		const zone = marked(2048, 0, 0);
		zone.zone.setHighatomic(512);
		const [owner] = zone.allocator.zones;
		const ok = (flags: number) =>
			zone.allocator.watermarkOk(owner!, 0, 1600, ZONE_NORMAL, flags);
		expect(ok(0)).to.equal(false);
		for (const flags of [ALLOC_OOM, ALLOC_NON_BLOCK, ALLOC_MIN_RESERVE])
			expect(ok(flags), `flags ${flags}`).to.equal(true);
	});

	it("a boosted mark holds for everybody but atomic single pages at MIN", () => {
		const zone = marked(1024, 100, 125);
		zone.zone.setBoost(400);
		exhaust(zone, GFP_NOWAIT);
		expect(zone.zone.free).to.equal(500);
		exhaust(zone, GFP_ATOMIC);
		expect(zone.zone.free).to.equal(38);
	});

	it("a fallback that boosted the marks wakes reclaim with the next request", () => {
		const zone = marked(4096, 10, 20);
		const woken: string[] = [];
		zone.allocator.reclaimer = {
			wake: (it) => woken.push(it.name),
			reclaim: () => 0,
		};
		zone.zone.setBoosted(true);
		zone.allocator.allocPages(0, GFP_NOWAIT);
		expect(woken).to.have.lengthOf(1);
		expect(zone.zone.isBoosted).to.equal(false);
	});
});

describe("zonelists: the highatomic reserve", () => {
	const HIGH_ORDER = 5;
	/** A zone so low that atomic requests of a high order come through the slow path. */
	const low = () => marked(4096, 3900, 5000);

	it("an atomic high-order success keeps its pageblock for the next one", () => {
		const zone = low();
		const block = zone.allocator.allocPages(HIGH_ORDER, GFP_ATOMIC);
		expect(block).not.to.equal(0);
		expect(zone.blocks.type(block)).to.equal(MIGRATE_HIGHATOMIC);
		expect(zone.zone.highatomic).to.equal(512);
		const next = zone.allocator.allocPages(HIGH_ORDER, GFP_ATOMIC);
		expect(Math.floor(next / 512)).to.equal(Math.floor(block / 512));
	});

	it("so does one of an order that has per-CPU lists", () => {
		const zone = low();
		const block = zone.allocator.allocPages(2, GFP_ATOMIC);
		expect(zone.blocks.type(block)).to.equal(MIGRATE_HIGHATOMIC);
		expect(zone.zone.highatomic).to.equal(512);
	});

	it("neither single pages nor requests above LOW reserve anything", () => {
		const zone = low();
		zone.allocator.allocPages(0, GFP_ATOMIC);
		const rich = marked(4096, 10, 20);
		rich.allocator.allocPages(HIGH_ORDER, GFP_ATOMIC);
		expect([zone.zone.highatomic, rich.zone.highatomic]).to.deep.equal([0, 0]);
	});

	it("is at most a hundredth of the zone and one pageblock", () => {
		const zone = low();
		const blocks: Pfn[] = [];
		for (;;) {
			const block = zone.allocator.allocPages(HIGH_ORDER, GFP_ATOMIC);
			if (block === 0) break;
			blocks.push(block);
		}
		expect(zone.zone.highatomic).to.equal(1024); // the first under 552, then one more
		expect(blocks.length).to.be.greaterThan(40);
	});

	it("a pageblock that the zone's start cuts moves from the block on", () => {
		const zone = zoneWorld({ zones: [{ start: 1026, frames: 510 }] });
		for (const chunk of chunks(1026, 1536))
			zone.allocator.adopt(pfn(chunk.pfn), chunk.order);
		zone.zone.setWatermark(WMARK_LOW, 1000);
		const block = zone.allocator.allocPages(HIGH_ORDER, GFP_ATOMIC);
		expect(block).to.equal(1280);
		expect(freeLists(zone, MIGRATE_HIGHATOMIC)).to.deep.equal({
			5: [1312],
			6: [1344],
			7: [1408],
		});
		expect(freeLists(zone, MIGRATE_MOVABLE)[7]).to.deep.equal([1152]);
	});
});
