import { expect } from "chai";
import type { Pfn } from "../../hw/units";
import {
	__GFP_NOFAIL,
	__GFP_NORETRY,
	__GFP_NOWARN,
	GFP_ATOMIC,
	GFP_HIGHUSER_MOVABLE,
	GFP_KERNEL,
	GFP_NOWAIT,
} from "../../mm/gfp";
import { MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE } from "../../mm/pageblock";
import { ALLOCSTALL_DMA32 } from "../../mm/vmstat-names";
import { WMARK_LOW, WMARK_MIN } from "../../mm/zone";
import { exhaust, freeAll, marked, panicOf } from "./world";

describe("slow path: when all zones are low", () => {
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
});

describe("slow path: the highatomic reserve", () => {
	const HIGH_ORDER = 5;
	/** A zone so low that atomic requests of a high order come through the slow path. */
	const low = () => marked(4096, 3900, 5000);

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
});
