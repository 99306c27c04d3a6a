import { expect } from "chai";
import { Scene } from "../../../../../kernel/trace/ask/why/scene";
import {
	EV_BUDDY_TAKE,
	EV_PAGE_ALLOC,
	EV_SLAB_ALLOC,
} from "../../../../../mm/events";
import { recordedTrace } from "../../recorded";
import { eventsOf } from "../played";

describe("the scene of an event", () => {
	const trace = recordedTrace("per-cpu");
	const scene = new Scene(trace);

	it("SC1: is the state before and after it", () => {
		const event = eventsOf(trace, EV_SLAB_ALLOC)[50]!;
		const slot = event.c;
		const before = scene.before(event.number).objects.cache(slot)!.active;
		const after = scene.after(event.number).objects.cache(slot)!.active;
		expect(after).to.equal(before + 1);
	});

	it("SC2: a run holds events of one CPU and of the codes asked for, oldest first", () => {
		const codes = new Set([EV_BUDDY_TAKE]);
		let longest = 0;
		for (const event of eventsOf(trace, EV_PAGE_ALLOC).slice(0, 200)) {
			const run = scene.runBefore(event, codes);
			longest = Math.max(longest, run.length);
			for (const each of run) {
				expect(each.cpu).to.equal(event.cpu);
				expect(each.code).to.equal(EV_BUDDY_TAKE);
				expect(each.number).to.be.lessThan(event.number);
			}
			const [first] = run;
			if (first !== undefined) {
				const rest = scene.runAfter(first, codes);
				expect([first, ...rest]).to.deep.equal(run);
			}
		}
		expect(longest).to.equal(15);
	});

	it("knows the neighbours of an event on its CPU", () => {
		const [one, two] = eventsOf(trace, EV_BUDDY_TAKE).slice(-2) as [
			ReturnType<typeof trace.event>,
			ReturnType<typeof trace.event>,
		];
		const next = scene.next(one)!;
		expect(next.cpu).to.equal(one.cpu);
		expect(scene.previous(next)).to.deep.equal(one);
		expect(two.number).to.be.greaterThan(one.number);
		expect(scene.previous(trace.event(0))).to.equal(null);
		expect(scene.next(trace.event(trace.events - 1))).to.equal(null);
	});

	it("finds the last event before another", () => {
		const allocs = eventsOf(trace, EV_PAGE_ALLOC);
		const is = ({ code }: { code: number }) => code === EV_PAGE_ALLOC;
		const found = scene.last(allocs[10]!.number, 100_000, is);
		expect(found).to.deep.equal(allocs[9]);
		expect(scene.last(allocs[10]!.number, 1, () => false)).to.equal(null);
	});

	it("knows the zone of a frame, and a zone by its number", () => {
		expect(scene.zoneOf(100).name).to.equal("DMA");
		expect(scene.zoneOf(5000).name).to.equal("DMA32");
		expect(scene.zoneAt(5000)).to.equal(1);
		expect(scene.zone(1)?.name).to.equal("DMA32");
		expect(scene.zone(3)).to.equal(null);
	});
});
