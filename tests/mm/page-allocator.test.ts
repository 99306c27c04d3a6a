import { expect } from "chai";
import { MemoryMap, pcMemoryMap } from "../../hw/memory-map";
import { asPhys, MIB, type Pfn, physOf } from "../../hw/units";
import { GIVE_TAIL } from "../../mm/buddy";
import {
	__GFP_COMP,
	__GFP_DIRECT_RECLAIM,
	__GFP_DMA,
	__GFP_DMA32,
	__GFP_MEMALLOC,
	__GFP_MOVABLE,
	__GFP_NOFAIL,
	__GFP_NOMEMALLOC,
	__GFP_NORETRY,
	__GFP_NOWARN,
	__GFP_RECLAIMABLE,
	__GFP_ZERO,
	ALLOC_MIN_RESERVE,
	ALLOC_NON_BLOCK,
	ALLOC_OOM,
	GFP_ATOMIC,
	GFP_DMA,
	GFP_DMA32,
	GFP_HIGHUSER_MOVABLE,
	GFP_KERNEL,
	GFP_NOWAIT,
	migratetypeOf,
} from "../../mm/gfp";
import type { MemoryManager } from "../../mm/memory-manager";
import { PG_HEAD, PG_TAIL } from "../../mm/page";
import {
	MIGRATE_HIGHATOMIC,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_UNMOVABLE,
} from "../../mm/pageblock";
import { ALLOCSTALL_DMA32 } from "../../mm/vmstat-names";
import { WMARK_LOW, WMARK_MIN, ZONE_DMA32, ZONE_NORMAL } from "../../mm/zone";
import { chunks } from "../models/buddy-model";
import {
	audit,
	freeBlocks,
	freeLists,
	panicOf,
	world,
	type ZoneWorld,
	type ZoneWorldOptions,
	zoneWorld,
} from "./world";

const pfn = (n: number) => n as Pfn;
type Allocating = Pick<MemoryManager, "allocator">;

/** Takes single pages until nothing is left for the asking. */
function exhaust({ allocator }: Allocating, gfp: number): Pfn[] {
	const taken: Pfn[] = [];
	for (;;) {
		const page = allocator.allocPages(0, gfp | __GFP_NOWARN);
		if (page === 0) return taken;
		taken.push(page);
	}
}
function freeAll({ allocator }: Allocating, pages: readonly Pfn[]): void {
	for (const page of pages) allocator.freePages(page, 0);
}
/** One zone of whole blocks from frame 1024 on, with marks; without per-CPU lists unless asked for. */
function marked(
	frames: number,
	min: number,
	low: number,
	more: Partial<ZoneWorldOptions> = {},
): ZoneWorld {
	const made = zoneWorld({ ...more, zones: [{ start: 1024, frames }] });
	for (const chunk of chunks(1024, 1024 + frames))
		made.allocator.adopt(pfn(chunk.pfn), chunk.order);
	made.zone.setWatermark(WMARK_MIN, min);
	made.zone.setWatermark(WMARK_LOW, low);
	return made;
}

describe("page allocator: what it hands out", () => {
	it("has blocks of orders 0 to 10, and of no others", () => {
		const { allocator } = world({ memory: "32M" });
		for (const order of [-1, 11, 1.5, Number.NaN])
			expect(allocator.allocPages(order, GFP_KERNEL)).to.equal(0);
	});

	it("A1: blocks of every order, aligned to their size, with one user", () => {
		const mm = world({ memory: "64M" });
		for (let order = 0; order <= 10; order++) {
			const block = mm.allocator.allocPages(order, GFP_KERNEL);
			expect(block).to.be.greaterThan(0);
			expect(block % 2 ** order).to.equal(0);
			expect(mm.pages.refcount(block)).to.equal(1);
			expect(mm.pages.order(block)).to.equal(order);
		}
		expect(audit(mm)).to.deep.equal([]);
	});

	it("seizes reserved frames as if they had been handed out, and gets them back as such", () => {
		const { allocator, pages, zone } = marked(2048, 0, 0);
		const before = zone.managed;
		for (const block of [pfn(512), pfn(520), pfn(528)])
			allocator.seize(block, 3, MIGRATE_UNMOVABLE, GFP_KERNEL | __GFP_COMP);
		expect(zone.managed).to.equal(before + 24);
		expect(pages.head(pfn(527))).to.equal(520);
		allocator.freePages(pfn(512), 3);
		expect(() =>
			allocator.seize(pfn(520), 0, MIGRATE_UNMOVABLE, GFP_KERNEL),
		).to.throw("A1");
	});

	it("an order over 10 is never served", () => {
		expect(world().allocator.allocPages(11, GFP_KERNEL)).to.equal(0);
	});

	it("on a machine too small to keep types apart every request is unmovable", () => {
		const small = world({ memory: "8M" });
		const large = world({ memory: "64M" });
		for (const gfp of [GFP_KERNEL, GFP_HIGHUSER_MOVABLE, __GFP_RECLAIMABLE]) {
			for (const order of [0, 2, 5]) {
				const block = small.allocator.allocPages(order, gfp);
				expect(small.pages.type(block)).to.equal(MIGRATE_UNMOVABLE);
				expect(small.blocks.type(block)).to.equal(MIGRATE_UNMOVABLE);
				const other = large.allocator.allocPages(order, gfp);
				expect(large.pages.type(other)).to.equal(migratetypeOf(gfp));
			}
		}
		expect(audit(small)).to.deep.equal([]);
	});

	it("frame 0 and the first MiB are never handed out", () => {
		const mm = world({ memory: "8M" });
		const lowest = Math.min(...exhaust(mm, GFP_ATOMIC | __GFP_MEMALLOC));
		expect(lowest).to.be.at.least(MIB / 4096);
	});

	it("pages are zeroed when asked for, or always with init_on_alloc", () => {
		for (const [initOnAlloc, gfp, byte] of [
			[false, GFP_KERNEL, 0xab],
			[false, GFP_KERNEL | __GFP_ZERO, 0],
			[true, GFP_KERNEL, 0],
		] as const) {
			const mm = world({ switches: { initOnAlloc } });
			const first = mm.allocator.allocPages(2, GFP_KERNEL);
			mm.memory.fill(physOf(first), 4 * 4096, 0xab);
			mm.allocator.freePages(first, 2);
			const again = mm.allocator.allocPages(2, gfp);
			expect(again).to.equal(first);
			for (const at of [0, 4095, 4096, 16383])
				expect(mm.memory.readU8(asPhys(physOf(again) + at))).to.equal(byte);
		}
	});

	it("a compound block's tails lead to its head, until it is freed", () => {
		const mm = world({ memory: "32M" });
		const block = mm.allocator.allocPages(5, GFP_KERNEL | __GFP_COMP);
		expect(mm.pages.flags(block)).to.equal(PG_HEAD);
		for (let i = 1; i < 32; i++) {
			expect(mm.pages.flags(pfn(block + i))).to.equal(PG_TAIL);
			expect(mm.pages.head(pfn(block + i))).to.equal(block);
		}
		expect(audit(mm)).to.deep.equal([]);
		mm.allocator.freePages(block, 5);
		expect(mm.pages.flags(pfn(block + 1))).to.equal(0);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("remembers in which calling context a block was asked for", () => {
		const mm = world();
		mm.turn.cpu.setContext(42);
		const block = mm.allocator.allocPages(1, GFP_KERNEL);
		expect(mm.pages.context(block)).to.equal(42);
	});
});

describe("page allocator: zones", () => {
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
		expect(text).to.include("A1");
	});

	it("so are two mobilities", () => {
		const { allocator } = world();
		const both = GFP_KERNEL | __GFP_MOVABLE | __GFP_RECLAIMABLE;
		allocator.freePages(allocator.allocPages(1, GFP_KERNEL), 1);
		for (const order of [0, 4])
			expect(panicOf(() => allocator.allocPages(order, both))).to.include("A1");
	});

	it("below 4 GiB there is no Normal zone", () => {
		const { allocator } = world({ memory: "64M" });
		expect(allocator.zones.map(({ zone }) => zone.name)).to.deep.equal([
			"DMA",
			"DMA32",
		]);
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

	it("holes between ranges are no zone's to give", () => {
		const map = new MemoryMap([
			{ start: 0, end: 640 * 1024, type: "usable" },
			{ start: MIB, end: 12 * MIB, type: "usable" },
			{ start: 20 * MIB, end: 40 * MIB, type: "usable" },
		]);
		const mm = world({ map });
		const taken = exhaust(mm, GFP_ATOMIC | __GFP_MEMALLOC);
		expect(taken.some((page) => page >= 3072 && page < 5120)).to.equal(false);
		expect(audit(mm)).to.deep.equal([]);
	});
});

describe("page allocator: watermarks", () => {
	it("A3: an ordinary request stops at LOW, then at MIN when retried, and leaves MIN behind", () => {
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
});

describe("page allocator: when all zones are low", () => {
	it("reclaim is woken first, then asked directly by those who can wait", () => {
		const zone = marked(1024, 100, 125);
		const told: string[] = [];
		zone.allocator.reclaimer = {
			wake: (_, order) => told.push(`wake ${order}`),
			reclaim: (order) => {
				told.push(`reclaim ${order}`);
				return 0;
			},
		};
		exhaust(zone, GFP_NOWAIT);
		expect(told.at(-1)).to.equal("wake 0");
		told.length = 0;
		expect(zone.allocator.allocPages(3, GFP_KERNEL)).to.equal(0);
		expect(told).to.deep.equal(["wake 3", "reclaim 3"]);
	});

	it("what reclaim frees is taken, and the stall is counted", () => {
		const zone = marked(1024, 100, 125);
		const taken = exhaust(zone, GFP_NOWAIT);
		zone.allocator.reclaimer = {
			wake: () => {},
			reclaim: () => {
				freeAll(zone, taken.splice(0, 1));
				return 1;
			},
		};
		expect(zone.allocator.allocPages(0, GFP_KERNEL)).not.to.equal(0);
		expect(zone.counters.event(ALLOCSTALL_DMA32 + 1)).to.equal(1);
	});

	it("a costly request, and one that forbids it, does not try twice", () => {
		for (const [order, gfp] of [
			[4, GFP_KERNEL],
			[0, GFP_KERNEL | __GFP_NORETRY],
		] as const) {
			const zone = marked(1024, 100, 125);
			exhaust(zone, GFP_NOWAIT);
			let tries = 0;
			zone.allocator.reclaimer = { wake: () => {}, reclaim: () => ++tries };
			expect(zone.allocator.allocPages(order, gfp)).to.equal(0);
			expect(tries).to.equal(1);
		}
	});

	it("pages that lie idle on per-CPU lists are given back before it fails", () => {
		const zone = marked(1024, 100, 125, { cpus: 2, high: 400, batch: 7 });
		zone.allocator.onDrainOthers = () => zone.allocator.drainAll();
		const taken = exhaust(zone, GFP_NOWAIT);
		zone.turn.seat(1);
		freeAll(zone, taken.slice(0, 40));
		zone.turn.seat(0);
		expect(zone.allocator.allocPages(0, GFP_NOWAIT)).to.equal(0);
		expect(zone.allocator.allocPages(0, GFP_KERNEL)).not.to.equal(0);
	});

	it("a failure is told, unless nobody wants to hear of it", () => {
		const zone = marked(1024, 100, 125);
		exhaust(zone, GFP_NOWAIT);
		const told: [number, number][] = [];
		zone.allocator.onFailure = (order, gfp) => told.push([order, gfp]);
		zone.allocator.allocPages(2, GFP_NOWAIT);
		zone.allocator.allocPages(2, GFP_NOWAIT | __GFP_NOWARN);
		expect(told).to.deep.equal([[2, GFP_NOWAIT]]);
	});

	it("__GFP_NOFAIL is never refused: with nobody to make room the kernel is stuck", () => {
		const zone = marked(1024, 100, 125);
		exhaust(zone, GFP_NOWAIT);
		const text = panicOf(() =>
			zone.allocator.allocPages(0, GFP_KERNEL | __GFP_NOFAIL),
		);
		expect(text).to.include("deadlocked");
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

describe("page allocator: the highatomic reserve", () => {
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

	it("is given back, to the type that needs it, when direct reclaim does not help", () => {
		const zone = low();
		const blocks = [1, 2].flatMap(() => {
			const got: Pfn[] = [];
			for (let i = 0; i < 17; i++)
				got.push(zone.allocator.allocPages(HIGH_ORDER, GFP_ATOMIC));
			return got;
		});
		expect(zone.zone.highatomic).to.equal(1024);
		for (const block of blocks) zone.allocator.freePages(block, HIGH_ORDER);
		for (const mark of [WMARK_MIN, WMARK_LOW])
			zone.zone.setWatermark(mark, 4095 - 512);
		const page = zone.allocator.allocPages(
			0,
			GFP_HIGHUSER_MOVABLE | __GFP_NORETRY,
		);
		expect(zone.zone.highatomic).to.equal(512);
		expect(page).not.to.equal(0);
		const types = blocks.map((block) => zone.blocks.type(block));
		expect(types).to.include.members([MIGRATE_MOVABLE, MIGRATE_HIGHATOMIC]);
	});

	it("the last pageblock of it goes before a request fails for good", () => {
		const zone = low();
		const block = zone.allocator.allocPages(HIGH_ORDER, GFP_ATOMIC);
		zone.allocator.freePages(block, HIGH_ORDER);
		for (const mark of [WMARK_MIN, WMARK_LOW])
			zone.zone.setWatermark(mark, 4096 - 512);
		const impatient = GFP_KERNEL | __GFP_NORETRY;
		expect(zone.allocator.allocPages(0, impatient)).to.equal(0);
		expect(zone.allocator.allocPages(0, GFP_KERNEL)).not.to.equal(0);
		expect(zone.zone.highatomic).to.equal(0);
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

describe("page allocator: freeing", () => {
	it("everything that was taken can be taken again", () => {
		const mm = world({ memory: "32M" });
		mm.allocator.drainAll();
		const before = mm.allocator.freeFrames;
		const taken = exhaust(mm, GFP_KERNEL);
		freeAll(mm, taken);
		mm.allocator.drainAll();
		expect(mm.allocator.freeFrames).to.equal(before);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("a block with another user stays until that one lets go", () => {
		const mm = world();
		const page = mm.allocator.allocPages(0, GFP_KERNEL);
		mm.allocator.getPages(page);
		mm.allocator.freePages(page, 0);
		expect(mm.pages.refcount(page)).to.equal(1);
		mm.allocator.freePages(page, 0);
		expect(mm.pages.refcount(page)).to.equal(0);
		expect(audit(mm)).to.deep.equal([]);
	});

	for (const compound of [0, __GFP_COMP])
		it(`an extra reference cannot leak a block of order 3 (${compound ? "compound" : "not compound"})`, () => {
			const mm = world({ memory: "32M" });
			mm.allocator.drainAll();
			const before = mm.allocator.freeFrames;
			for (let i = 0; i < 200; i++) {
				const block = mm.allocator.allocPages(3, GFP_KERNEL | compound);
				mm.allocator.getPages(block);
				mm.allocator.freePages(block, 3);
				expect(audit(mm)).to.deep.equal([]);
				mm.allocator.freePages(block, compound ? 3 : 0);
			}
			mm.allocator.drainAll();
			expect(mm.allocator.freeFrames).to.equal(before);
		});

	it("a block that is not compound goes back in pieces when its first page is still held", () => {
		const zone = marked(1024, 0, 0);
		const block = zone.allocator.allocPages(3, GFP_NOWAIT);
		zone.allocator.getPages(block);
		zone.allocator.freePages(block, 3);
		expect(zone.zone.free).to.equal(1023);
		expect(zone.pages.order(block)).to.equal(0);
		zone.allocator.freePages(block, 0);
		expect(zone.zone.free).to.equal(1024);
	});

	it("a split block is freed page by page", () => {
		const zone = marked(1024, 0, 0);
		const block = zone.allocator.allocPages(4, GFP_NOWAIT);
		zone.allocator.splitPages(block, 4);
		for (let i = 0; i < 16; i++) zone.allocator.freePages(pfn(block + i), 0);
		expect(zone.zone.free).to.equal(1024);
	});
});

describe("page allocator: misuse", () => {
	const make = () => {
		const mm = world({ memory: "32M" });
		return { mm, block: mm.allocator.allocPages(4, GFP_KERNEL | __GFP_COMP) };
	};

	it("A2: freeing twice ends the kernel", () => {
		const { mm, block } = make();
		mm.allocator.freePages(block, 4);
		expect(panicOf(() => mm.allocator.freePages(block, 4))).to.include("A2");
		const page = mm.allocator.allocPages(0, GFP_KERNEL);
		mm.allocator.freePages(page, 0);
		expect(panicOf(() => mm.allocator.freePages(page, 0))).to.include("A2");
	});

	it("A2: so does another order", () => {
		const { mm, block } = make();
		expect(panicOf(() => mm.allocator.freePages(block, 3))).to.include("A2");
		expect(panicOf(() => mm.allocator.freePages(block, 5))).to.include("A2");
		expect(audit(mm)).to.deep.equal([]);
	});

	it("A2: and a page inside a block, a reserved one, one that does not exist", () => {
		const { mm, block } = make();
		for (const page of [block + 1, 1, 300, mm.memory.frameCount + 5])
			expect(
				panicOf(() => mm.allocator.freePages(pfn(page), 0)),
				`pfn ${page}`,
			).to.include("A2");
	});

	it("A2: and a reference of a page that nobody has", () => {
		const { mm, block } = make();
		mm.allocator.freePages(block, 4);
		expect(panicOf(() => mm.allocator.getPages(block))).to.include("A2");
	});

	it("A2: and the pages of a slab", () => {
		const mm = world();
		const object = mm.kmalloc.kmalloc(64, GFP_KERNEL);
		const page = pfn(Math.floor(object / 4096));
		expect(panicOf(() => mm.allocator.freePages(page, 0))).to.include("A2");
	});
});

describe("page allocator: failures on purpose", () => {
	it("an injector sees every request and its refusal is final", () => {
		const mm = world({ memory: "32M" });
		const seen: [number, number][] = [];
		mm.allocator.injector = {
			shouldFail: (order, gfp) => {
				seen.push([order, gfp]);
				return order === 1;
			},
		};
		expect(mm.allocator.allocPages(0, GFP_KERNEL)).not.to.equal(0);
		expect(mm.allocator.allocPages(1, GFP_KERNEL)).to.equal(0);
		expect(seen).to.deep.equal([
			[0, GFP_KERNEL],
			[1, GFP_KERNEL],
		]);
	});
});

describe("page allocator: in bulk, and past the per-CPU lists", () => {
	it("bulk takes from the head of this CPU's list and refills it", () => {
		const made = marked(4096, 10, 20, { high: 400, batch: 31 });
		const first = made.allocator.allocPages(0, GFP_KERNEL);
		const pages = made.allocator.allocBulk(100, GFP_KERNEL);
		const wanted = Array.from({ length: 100 }, (_, i) => first + 1 + i);
		expect(pages).to.deep.equal(wanted);
		expect(made.allocator.zones[0]!.pcp.state(0).count).to.equal(4 * 31 - 101);
	});

	it("bulk leaves the low mark and what it asks for behind, or takes nothing", () => {
		const made = marked(1024, 10, 20);
		expect(made.allocator.allocBulk(1004, GFP_KERNEL)).to.deep.equal([]);
		expect(made.allocator.allocBulk(1003, GFP_KERNEL)).to.have.length(1003);
	});

	it("bulk does not end a row of frees: the next drain is as large as it would have been", () => {
		const drained = (between: (made: ZoneWorld) => void): number => {
			const made = marked(4096, 10, 20, { high: 400, batch: 31 });
			const { pcp } = made.allocator.zones[0]!;
			const pages = made.allocator.allocBulk(1000, GFP_KERNEL);
			let before = 0;
			let at = 0;
			const untilDrain = (): void => {
				do {
					before = pcp.state(0).count;
					made.allocator.freePages(pages[at++]!, 0);
				} while (pcp.state(0).count > before);
			};
			untilDrain();
			between(made);
			untilDrain();
			return before + 1 - pcp.state(0).count;
		};
		expect(drained((made) => made.allocator.allocBulk(2, GFP_KERNEL))).to.equal(
			62,
		);
		expect(
			drained((made) => made.allocator.allocPages(0, GFP_KERNEL)),
		).to.equal(31);
	});

	it("what an exact allocation has too much of goes to the tail of the free lists", () => {
		const made = marked(1024, 10, 20, { high: 400, batch: 31 });
		const { allocator, zone, buddy } = made;
		const block = allocator.allocPages(4, GFP_KERNEL);
		const waiting = allocator.zones[0]!.pcp.state(0).count;
		allocator.splitPages(block, 4);
		const free = zone.free;
		for (let i = 13; i < 16; i++)
			allocator.freeToBuddy(pfn(block + i), 0, GIVE_TAIL);
		expect(allocator.zones[0]!.pcp.state(0).count).to.equal(waiting);
		expect(zone.free).to.equal(free + 3);
		expect(buddy.isFree(pfn(block + 14), 1)).to.equal(true);
		expect(freeBlocks(made, 0, MIGRATE_UNMOVABLE).at(-1)).to.equal(block + 13);
	});

	it("A2: what is still in use cannot be given past the lists", () => {
		const { allocator } = marked(1024, 10, 20);
		const block = allocator.allocPages(0, GFP_KERNEL);
		allocator.getPages(block);
		expect(panicOf(() => allocator.freeToBuddy(block, 0, GIVE_TAIL))).to.match(
			/A2/,
		);
	});
});

describe("page allocator: for a machine that is being copied", () => {
	it("puts free blocks on the lists that they were on", () => {
		const made = zoneWorld({ zones: [{ start: 1024, frames: 1024 }] });
		made.allocator.adopt(pfn(1040), 2, MIGRATE_RECLAIMABLE);
		made.allocator.adopt(pfn(1048), 2);
		expect(freeBlocks(made, 2, MIGRATE_RECLAIMABLE)).to.deep.equal([1040]);
		expect(freeBlocks(made, 2, MIGRATE_MOVABLE)).to.deep.equal([1048]);
	});

	it("joins single pages to one block, which is freed as one", () => {
		const { allocator, pages, zone } = marked(1024, 0, 0);
		const block = allocator.allocPages(3, GFP_KERNEL);
		allocator.splitPages(block, 3);
		allocator.joinPages(pfn(block + 4), 2);
		expect(pages.order(pfn(block + 4))).to.equal(2);
		allocator.freePages(pfn(block + 4), 2);
		for (let n = 0; n < 4; n++) allocator.freePages(pfn(block + n), 0);
		expect(zone.free).to.equal(1024);
		expect(panicOf(() => allocator.joinPages(block, 1))).to.match(/A2/);
	});

	it("who asks slowly is content with the MIN marks at once", () => {
		const made = zoneWorld({
			zones: [
				{ start: 1024, frames: 1024 },
				{ start: 2048, frames: 1024 },
			],
		});
		const { allocator } = made;
		for (const start of [1024, 2048]) allocator.adopt(pfn(start), 10);
		const [low, high] = allocator.zones;
		high!.zone.setWatermark(WMARK_LOW, 1024);
		expect(allocator.allocPages(0, GFP_KERNEL)).to.be.lessThan(2048);
		expect(allocator.allocSlowly(0, GFP_KERNEL)).to.be.at.least(2048);
		expect(allocator.zonesFor(GFP_KERNEL)).to.deep.equal([high, low]);
		expect(allocator.zonesFor(__GFP_DMA)).to.deep.equal([low]);
		expect(allocator.zonesFor(3), "no zone's").to.deep.equal([]);
		expect(panicOf(() => allocator.allocSlowly(0, 3))).to.match(/A1/);
	});
});
