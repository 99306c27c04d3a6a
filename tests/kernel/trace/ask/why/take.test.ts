import { expect } from "chai";
import { why } from "../../../../../kernel/trace/ask/why";
import { Scene } from "../../../../../kernel/trace/ask/why/scene";
import {
	countsOf,
	isListed,
	requestBefore,
} from "../../../../../kernel/trace/ask/why/take";
import {
	EV_BUDDY_TAKE,
	EV_PAGE_ALLOC,
	EV_PAGE_FAIL,
	EV_ZONE_REFUSED,
} from "../../../../../mm/events";
import { recordedTrace } from "../../recorded";
import { eventsOf, textOf } from "../played";

describe("why these pages", () => {
	for (const name of ["buddy", "fragmentation"])
		it(`WT1: the smallest sufficient block was taken, always, in ${name}`, () => {
			const trace = recordedTrace(name);
			const scene = new Scene(trace);
			for (const { number, a, b, c } of eventsOf(trace, EV_BUDDY_TAKE)) {
				const fold = scene.before(number);
				const zone = scene.zoneAt(a);
				const counts = countsOf(fold, zone, b >>> 8);
				expect(counts.slice(b & 255, c).every((n) => n === 0)).to.equal(true);
				expect(counts[c]).to.be.greaterThan(0);
				const list = fold.frames.freeList(zone, c, b >>> 8);
				expect(fold.frames.lists.listOf(a)).to.equal(list);
			}
		});

	it("tells how a block was halved, and where the halves went", () => {
		const trace = recordedTrace("buddy");
		const take = eventsOf(trace, EV_BUDDY_TAKE).find(
			({ b, c }) => (b & 255) === 4 && c === 10,
		)!;
		const event = trace.event(take.number + 1);
		const text = textOf(why(trace, event.number));
		expect(text).to.include("asked for 16 pages in one piece (order 4)");
		expect(text).to.include(
			"order 4 comes straight from the zone's free lists",
		);
		expect(text).to.include("The lists of orders 4 to 9 had no block of this");
		expect(text).to.include("The block of 1024 pages was halved 6 times");
		for (let size = 9; size >= 4; size--)
			expect(text).to.include(`order ${size} at frame ${event.a + 2 ** size}`);
		expect(textOf(why(trace, take.number))).to.include(
			"no CPU keeps a list of such blocks",
		);
	});

	it("tells whether the CPU's list served, or a batch refilled it", () => {
		const trace = recordedTrace("per-cpu");
		const scene = new Scene(trace);
		let served = 0;
		let refilled = 0;
		for (const event of eventsOf(trace, EV_PAGE_ALLOC)) {
			if (!isListed(event.b & 255, event.b >>> 8)) continue;
			const run = requestBefore(scene, event);
			const takes = run.filter(({ code }) => code === EV_BUDDY_TAKE).length;
			if (takes === 0 && served++ > 50) continue;
			const text = textOf(why(trace, event.number));
			if (takes > 0) {
				refilled++;
				expect(text).to.include("was empty, so it was refilled with a batch");
				expect(text).to.include(`${takes} block`);
			} else expect(text).to.match(/held \d+ blocks?: its head was taken/);
		}
		expect(refilled).to.be.greaterThan(10);
	});

	it("tells which watermark refused, with the numbers that it saw", () => {
		const trace = recordedTrace("memory-full");
		const [fail] = eventsOf(trace, EV_PAGE_FAIL);
		const refusals = eventsOf(trace, EV_ZONE_REFUSED).filter(
			({ number }) => number < fail!.number && number > fail!.number - 6,
		);
		const text = textOf(why(trace, fail!.number));
		const [low, min] = [refusals.at(-4)!, refusals.at(-1)!];
		expect(low.d).to.be.greaterThan(min.d);
		expect(text).to.include(
			`${low.c} free frames are not more than the ${low.d} that must stay (LOW watermark`,
		);
		expect(text).to.include(
			`${min.c} free frames are not more than the ${min.d} that must stay (MIN watermark`,
		);
		expect(text).to.include("so the request failed");
	});

	it("tells a refusal for want of a large block from one for want of memory", () => {
		const trace = recordedTrace("fragmentation");
		const fail = eventsOf(trace, EV_PAGE_FAIL).find(({ a }) => a === 9)!;
		const { title, chain } = why(trace, fail.number);
		expect(title).to.equal("no block of 512 pages could be found");
		const text = chain.map(({ sentence }) => sentence).join(" ");
		expect(text).to.include("no free block of order 9 or more is among them");
		expect(text).to.match(
			/Zone DMA32 has \d+ free frames; its largest free block is of order \d /,
		);
		const refusal = eventsOf(trace, EV_ZONE_REFUSED).find(
			({ number }) => number > 35_000,
		)!;
		expect(textOf(why(trace, refusal.number))).to.include(
			"In the end the request got frame",
		);
	});

	it("leaves out what the free before the request drained", () => {
		const trace = recordedTrace("fragmentation");
		const scene = new Scene(trace);
		for (const event of eventsOf(trace, EV_PAGE_ALLOC).slice(-300)) {
			const [first] = requestBefore(scene, event);
			if (first !== undefined) expect(first.code).to.not.equal(4);
		}
	});
});
