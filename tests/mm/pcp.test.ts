import { expect } from "chai";
import fc from "fast-check";
import type { Pfn } from "../../hw/units";
import { GIVE_TAIL } from "../../mm/buddy";
import { checkBuddy } from "../../mm/check/buddy-check";
import {
	__GFP_MOVABLE,
	__GFP_RECLAIMABLE,
	GFP_KERNEL,
	GFP_NOWAIT,
} from "../../mm/gfp";
import { MIGRATE_HIGHATOMIC, MIGRATE_ISOLATE } from "../../mm/pageblock";
import { pcpIndex, pcpOrder } from "../../mm/pcp";
import {
	NUMA_HIT,
	NUMA_LOCAL,
	PGALLOC_DMA,
	PGFREE,
} from "../../mm/vmstat-names";
import { WMARK_LOW, WMARK_MIN } from "../../mm/zone";
import { BuddyModel, chunks } from "../models/buddy-model";
import { PageModel } from "../models/page-model";
import { freeLists, perCpuList, type ZoneWorld, zoneWorld } from "./world";

const pfn = (n: number) => n as Pfn;
const MOVABLE = GFP_NOWAIT | __GFP_MOVABLE;
const MOVABLE_LIST = 1; // of single pages

/** A zone of whole order-10 blocks from frame 1024 on. */
function fresh(
	high: number,
	batch: number,
	frames = 4096,
	cpus = 1,
): ZoneWorld {
	const world = zoneWorld({
		zones: [{ start: 1024, frames }],
		high,
		batch,
		cpus,
	});
	for (const chunk of chunks(1024, 1024 + frames))
		world.allocator.adopt(pfn(chunk.pfn), chunk.order);
	return world;
}
const count = ({ allocator, turn }: ZoneWorld) =>
	allocator.zones[0]!.pcp.state(turn.cpu.id).count;
const alloc = (world: ZoneWorld, pages: number, order = 0, gfp = MOVABLE) =>
	Array.from({ length: pages }, () => world.allocator.allocPages(order, gfp));
const free = (world: ZoneWorld, pages: readonly number[], order = 0) => {
	for (const page of pages) world.allocator.freePages(pfn(page), order);
};

describe("per-CPU page lists: which list", () => {
	it("three types for each of orders 0 to 3, then two of huge pages", () => {
		const indices = [0, 1, 2, 3].flatMap((order) =>
			[0, 1, 2].map((type) => pcpIndex(order, type)),
		);
		expect(indices).to.deep.equal([...Array(12).keys()]);
		expect([0, 1, 2].map((type) => pcpIndex(9, type))).to.deep.equal([
			12, 13, 12,
		]);
	});

	it("a list knows its order", () => {
		const orders = Array.from({ length: 14 }, (_, index) => pcpOrder(index));
		expect(orders).to.deep.equal([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 9, 9]);
	});

	it("pages of reserved pageblocks wait with the movable ones, and keep their type", () => {
		const world = fresh(400, 63);
		const [page] = alloc(world, 1);
		world.blocks.setType(page!, MIGRATE_HIGHATOMIC);
		free(world, [page!]);
		expect(perCpuList(world, MOVABLE_LIST)[0]).to.equal(page);
		expect(world.pages.type(page!)).to.equal(MIGRATE_HIGHATOMIC);
	});

	it("pages of isolated pageblocks do not wait at all", () => {
		const world = fresh(400, 63);
		const [page] = alloc(world, 1);
		const before = count(world);
		world.blocks.setType(page!, MIGRATE_ISOLATE);
		free(world, [page!]);
		expect(count(world)).to.equal(before);
		expect(freeLists(world, MIGRATE_ISOLATE)).to.deep.equal({ 0: [page] });
	});
});

describe("per-CPU page lists: taking", () => {
	it("golden vector 3: a refill of 63 leaves the rest of the block split", () => {
		const world = fresh(400, 63, 1024);
		expect(alloc(world, 1)).to.deep.equal([1024]);
		const waiting = perCpuList(world, MOVABLE_LIST);
		expect(waiting).to.deep.equal(waiting.map((_, i) => 1025 + i));
		expect(waiting).to.have.lengthOf(62);
		expect(freeLists(world)).to.deep.equal({
			0: [1024 + 63],
			6: [1024 + 64],
			7: [1024 + 128],
			8: [1024 + 256],
			9: [1024 + 512],
		});
		expect(alloc(world, 62)).to.deep.equal(waiting);
	});

	it("pages that wait are not free, nor on a free list", () => {
		const world = fresh(400, 63);
		alloc(world, 1);
		expect(world.zone.free).to.equal(4096 - 63);
		expect(count(world)).to.equal(62);
		expect(checkBuddy(world)).to.deep.equal([]);
	});

	it("higher orders refill with batch >> order blocks, at least 2", () => {
		for (const [order, batch, blocks] of [
			[1, 63, 31],
			[3, 63, 7],
			[3, 7, 2],
			[9, 63, 2],
			[0, 1, 1],
			[2, 1, 1],
		] as const) {
			const world = fresh(2000, batch);
			alloc(world, 1, order);
			expect(perCpuList(world, pcpIndex(order, 1))).to.have.lengthOf(
				blocks - 1,
			);
		}
	});

	it("orders 4 to 8 and 10 pass by", () => {
		for (const order of [4, 5, 6, 7, 8, 10]) {
			const world = fresh(400, 63);
			const [block] = alloc(world, 1, order);
			expect(count(world)).to.equal(0);
			free(world, [block!], order);
			expect(count(world)).to.equal(0);
		}
	});

	it("each type refills its own list", () => {
		const world = fresh(400, 15);
		alloc(world, 1, 0, GFP_KERNEL);
		alloc(world, 1, 0, GFP_KERNEL | __GFP_RECLAIMABLE);
		alloc(world, 1, 0, MOVABLE);
		const lengths = [0, 1, 2].map((list) => perCpuList(world, list).length);
		expect(lengths).to.deep.equal([14, 14, 14]);
		expect(checkBuddy(world)).to.deep.equal([]);
	});
});

describe("per-CPU page lists: freeing", () => {
	it("the page freed last is the first to be taken again", () => {
		const world = fresh(400, 63);
		const [one, other] = alloc(world, 2);
		free(world, [one!, other!]);
		expect(alloc(world, 2)).to.deep.equal([other, one]);
	});

	it("before boot is over (high 0, batch 1) nothing stays", () => {
		const world = fresh(0, 1);
		const pages = alloc(world, 4);
		expect(count(world)).to.equal(0);
		free(world, pages);
		expect(count(world)).to.equal(0);
		expect(freeLists(world)).to.deep.equal({ 10: [1024, 2048, 3072, 4096] });
	});

	it("from high on, batch pages go, coldest first", () => {
		const world = fresh(28, 7);
		const pages = alloc(world, 28); // four refills, nothing left waiting
		free(world, pages.slice(0, 27));
		expect(count(world)).to.equal(27);
		free(world, pages.slice(27));
		expect(count(world)).to.equal(21);
		expect(perCpuList(world, MOVABLE_LIST)).to.deep.equal(
			pages.slice(7).reverse(),
		);
	});

	it("frees in a row free more and more at once, up to high - batch; a take halves the hurry", () => {
		const world = fresh(400, 7);
		const pages = alloc(world, 1400);
		const drops: number[] = [];
		for (const page of pages) {
			const before = count(world);
			free(world, [page]);
			if (count(world) <= before) drops.push(before + 1 - count(world));
		}
		expect(drops.slice(0, 7)).to.deep.equal([7, 14, 28, 56, 112, 224, 224]);
		alloc(world, 1);
		alloc(world, 1);
		const more = alloc(world, 200);
		expect(more).to.have.lengthOf(200);
	});

	it("what goes is at most high - batch: batch pages stay", () => {
		const world = fresh(20, 7);
		const pages = alloc(world, 70);
		for (const page of pages) free(world, [page]);
		expect(count(world)).to.be.at.least(7);
		expect(count(world)).to.be.below(20);
	});

	it("when the hurry is on, blocks of orders 1 to 3 take the whole list with them", () => {
		const world = fresh(28, 7);
		const blocks = alloc(world, 4, 2);
		const pages = alloc(world, 60);
		free(world, pages); // raises the hurry
		expect(count(world)).to.be.greaterThan(0);
		free(world, blocks.slice(0, 1), 2);
		expect(count(world)).to.equal(0);
		expect(checkBuddy(world)).to.deep.equal([]);
	});

	it("draining goes round the lists, from the one just freed to", () => {
		const world = fresh(12, 4);
		const kernel = alloc(world, 4, 0, GFP_KERNEL);
		const user = alloc(world, 8, 0, MOVABLE);
		free(world, kernel);
		free(world, user);
		expect(perCpuList(world, 0), "unmovable untouched").to.have.lengthOf(4);
		expect(perCpuList(world, MOVABLE_LIST)).to.deep.equal(
			user.slice(4).reverse(),
		);
	});

	it("an explicit drain empties a CPU, whoever asks", () => {
		const world = fresh(400, 63, 4096, 2);
		const pages = alloc(world, 100);
		free(world, pages);
		alloc(world, 3, 2);
		world.turn.seat(1);
		alloc(world, 1);
		world.allocator.zones[0]!.pcp.drain(0);
		expect(world.allocator.zones[0]!.pcp.state(0).count).to.equal(0);
		expect(world.allocator.zones[0]!.pcp.state(1).count).to.equal(62);
		world.allocator.drainLocal();
		expect(world.allocator.zones[0]!.pcp.state(1).count).to.equal(0);
		expect(checkBuddy(world)).to.deep.equal([]);
	});

	it("each CPU has lists of its own: a page freed elsewhere stays there", () => {
		const world = fresh(400, 15, 4096, 2);
		const [page] = alloc(world, 1);
		world.turn.seat(1);
		free(world, [page!]);
		expect(perCpuList(world, MOVABLE_LIST, 0, 1)).to.deep.equal([page]);
		expect(alloc(world, 1)).to.deep.equal([page]);
		world.turn.seat(0);
		expect(perCpuList(world, MOVABLE_LIST)).to.have.lengthOf(14);
	});
});

describe("per-CPU page lists: any sequence of commands on several CPUs", () => {
	const CPUS = 3;
	const START = 1000;
	const FRAMES = 2700;
	const TYPES = [0, __GFP_MOVABLE, __GFP_RECLAIMABLE];
	const orders = fc.oneof(
		{ weight: 5, arbitrary: fc.constant(0) },
		{ weight: 3, arbitrary: fc.integer({ min: 1, max: 3 }) },
		{ weight: 1, arbitrary: fc.integer({ min: 4, max: 10 }) },
	);
	const command = fc.record({
		verb: fc.constantFrom("alloc", "alloc", "free", "free", "drain"),
		times: fc.integer({ min: 1, max: 40 }),
		cpu: fc.nat(CPUS - 1),
		order: orders,
		type: fc.nat(2),
		pick: fc.nat(),
	});

	it("gives the very frames that the literal rules give", () => {
		const property = fc.property(
			fc.array(command, { maxLength: 40 }),
			fc.constantFrom([0, 1], [8, 2], [60, 7], [300, 63]),
			fc.constantFrom(0, 300),
			(commands, [high, batch], mark) => {
				const world = zoneWorld({
					zones: [{ start: START, frames: FRAMES }],
					cpus: CPUS,
					high: high!,
					batch: batch!,
				});
				world.zone.setWatermark(WMARK_MIN, mark);
				world.zone.setWatermark(WMARK_LOW, mark);
				const buddy = new BuddyModel(START, FRAMES);
				for (const chunk of chunks(START, START + FRAMES))
					world.allocator.adopt(pfn(chunk.pfn), chunk.order);
				buddy.adoptAll();
				const model = new PageModel(buddy, CPUS, high!, batch!, mark);
				const held: { page: number; order: number }[] = [];
				for (const { verb, times, cpu, order, type, pick } of commands) {
					world.turn.seat(cpu);
					for (let i = 0; i < times; i++) {
						if (verb === "alloc") {
							const gfp = GFP_NOWAIT | TYPES[type]!;
							const page = world.allocator.allocPages(order, gfp);
							expect(page).to.equal(model.alloc(cpu, order, type));
							if (page !== 0) held.push({ page, order });
						} else if (verb === "free" && held.length > 0) {
							const [block] = held.splice((pick + i * 7) % held.length, 1);
							free(world, [block!.page], block!.order);
							model.free(cpu, block!.page, block!.order);
						}
					}
					if (verb === "drain" && pick % 4 === 0) {
						world.allocator.drainAll();
						model.drainAll();
					}
					expect(world.zone.free).to.equal(buddy.freeFrames);
					expect(checkBuddy(world)).to.deep.equal([]);
				}
			},
		);
		fc.assert(property, { numRuns: 150 });
	});
});

describe("per-CPU page lists: while a zone is being reclaimed", () => {
	it("at most four batches stay, and all but one batch of them goes back at once", () => {
		const world = fresh(515, 15);
		const { pcp } = world.allocator.zones[0]!;
		const pages = alloc(world, 300);
		const waiting = count(world);
		pcp.setReclaiming(true);
		free(world, pages.slice(0, 59 - waiting));
		expect(count(world)).to.equal(59);
		free(world, pages.slice(59 - waiting, 60 - waiting));
		expect(count(world)).to.equal(45); // the first time in a row: one batch
		free(world, pages.slice(60 - waiting, 75 - waiting));
		expect(count(world)).to.equal(30); // then two
		free(world, pages.slice(75 - waiting, 105 - waiting));
		expect(count(world)).to.equal(15); // and never more than high minus batch
		expect(world.zone.isReclaiming).to.equal(true);
	});

	it("afterwards they fill up to high again", () => {
		const world = fresh(515, 15);
		const { pcp } = world.allocator.zones[0]!;
		const pages = alloc(world, 300);
		pcp.setReclaiming(true);
		pcp.setReclaiming(false);
		free(world, pages.slice(0, 200));
		expect(count(world)).to.be.at.least(200);
		expect(world.zone.isReclaiming).to.equal(false);
	});

	it("a small high stays what it is, and so does the mark that reclaim must be woken", () => {
		const world = fresh(20, 15);
		const { pcp } = world.allocator.zones[0]!;
		world.zone.setBoosted(true);
		pcp.setReclaiming(true);
		expect(world.zone.isBoosted).to.equal(true);
		const pages = alloc(world, 30);
		free(world, pages.slice(0, 25));
		expect(count(world)).to.be.below(20);
	});
});

describe("per-CPU page lists: for a machine that is being copied", () => {
	it("pages are put where they were, one behind the other", () => {
		const world = fresh(400, 15, 4096, 2);
		const { pcp } = world.allocator.zones[0]!;
		const pages = [2048, 2052, 2050].map(pfn);
		world.buddy.takeOfType(10, 1); // frames 1024 to 2047
		world.buddy.takeOfType(10, 1); // frames 2048 to 3071
		for (const page of pages) pcp.stock(1, page, 1, 0);
		expect(pcp.state(1).count).to.equal(6);
		expect(pcp.state(0).count).to.equal(0);
		world.turn.seat(1);
		expect(alloc(world, 3, 1, GFP_NOWAIT)).to.deep.equal(pages);
	});
});

describe("per-CPU page lists: what the zone is told of its free frames", () => {
	it("Z5: nothing is kept back unless somebody sets a threshold", () => {
		const world = fresh(0, 1);
		alloc(world, 1);
		expect(world.zone.seenFree).to.equal(world.zone.free);
	});

	it("Z5: a CPU tells when it has more to tell than the threshold", () => {
		const world = fresh(0, 1, 4096, 2);
		const { zone, turn } = world;
		zone.setStatThreshold(2);
		const kept: number[] = [];
		for (let n = 0; n < 4; n++) {
			alloc(world, 1);
			kept.push(zone.seenFree - zone.free);
		}
		expect(kept).to.deep.equal([1, 2, 0, 1]);
		turn.seat(1);
		const [page] = alloc(world, 1);
		expect(zone.seenFree - zone.free, "each CPU for itself").to.equal(2);
		free(world, [page!]);
		expect(zone.seenFree - zone.free).to.equal(1);
	});

	it("Z5: a refill is one change, and so is each block that drains or goes past the lists", () => {
		const world = fresh(40, 10);
		const { zone, allocator } = world;
		zone.setStatThreshold(5);
		const [page] = alloc(world, 1);
		expect(zone.seenFree, "ten at once").to.equal(zone.free);
		const [large] = alloc(world, 1, 4);
		expect(zone.seenFree).to.equal(zone.free);
		world.allocator.freePages(large!, 4);
		expect(zone.seenFree).to.equal(zone.free);
		free(world, [page!]);
		const before = zone.seenFree;
		allocator.drainLocal();
		expect(zone.seenFree - before, "six of ten are told").to.equal(6);
		expect(zone.free - zone.seenFree).to.equal(4);
	});
});

describe("per-CPU page lists: what passes is counted", () => {
	const sums = ({ counters, zone }: ZoneWorld) => ({
		pages: counters.event(PGALLOC_DMA + zone.index),
		freed: counters.event(PGFREE),
		blocks: counters.numa(zone.index, NUMA_HIT),
		local: counters.numa(zone.index, NUMA_LOCAL),
	});

	it("every block and its pages, whichever way they go", () => {
		const world = fresh(40, 10);
		for (const order of [0, 0, 1, 3, 4, 9, 10])
			free(world, alloc(world, 1, order), order);
		const [bulk] = world.allocator.allocBulk(1, MOVABLE);
		world.allocator.freeToBuddy(bulk!, 0, GIVE_TAIL);
		const pages = 1 + 1 + 2 + 8 + 16 + 512 + 1024 + 1;
		expect(sums(world)).to.deep.equal({
			pages,
			freed: pages,
			blocks: 8,
			local: 8,
		});
	});

	it("more pages than a word can hold", () => {
		const world = fresh(0, 1);
		const blocks = 2 ** 22 + 1;
		for (let n = 0; n < blocks; n++)
			world.allocator.freePages(world.allocator.allocPages(10, MOVABLE), 10);
		const pages = blocks * 1024;
		expect(sums(world)).to.deep.equal({
			pages,
			freed: pages,
			blocks,
			local: blocks,
		});
	});
});
