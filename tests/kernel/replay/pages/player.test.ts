import { expect } from "chai";
import fc from "fast-check";
import { boot } from "../../../../kernel/boot";
import { PageAnswers } from "../../../../kernel/replay/pages/answers";
import { PagePlayer } from "../../../../kernel/replay/pages/player";
import {
	KMALLOC,
	KmemEvent,
	MARK,
	PAGE_ALLOC,
	PAGE_DRAIN,
	PAGE_FALLBACK,
	PAGE_FREE,
	PAGE_FREE_BATCHED,
	PAGE_LOCKED,
} from "../../../../kernel/replay/reading/event";
import { Names } from "../../../../kernel/replay/reading/names";
import { GFP_KERNEL } from "../../../../mm/gfp";

const names = new Names();
const SITE = names.add("__vmalloc_node_range+0x1d0");

function eventOf(kind: number, fields: Partial<KmemEvent> = {}): KmemEvent {
	const event = new KmemEvent();
	event.clear(kind);
	return Object.assign(event, { cpu: 0, pid: 1, time: 0 }, fields);
}

const page = (kind: number, pfn: number, order = 0, gfp = GFP_KERNEL) =>
	eventOf(kind, { pfn, order, type: 0, gfp });

function player(slabPages: "answers" | "requests" = "answers") {
	const kernel = boot({ memory: "32M", cpus: 2 });
	const answers = new PageAnswers(kernel);
	const made = new PagePlayer(kernel, {
		plan: null,
		names,
		slabPages,
		answers,
	});
	let ordinal = 0;
	const play = (event: KmemEvent, isSlab = false) =>
		made.event(event, ordinal++, isSlab);
	return { kernel, player: made, answers, play };
}

describe("the page player without a plan", () => {
	it("lets our pages stand for the recorded ones, frame by frame", () => {
		const { kernel, player: one, play } = player();
		play(page(PAGE_ALLOC, 0x500, 2));
		const ours = one.frames.at(0x500);
		expect(kernel.mm.pages.order(ours)).to.equal(2);
		play(page(PAGE_FREE, 0x502, 1));
		play(page(PAGE_FREE, 0x500, 1));
		expect(one.frames.at(0x500)).to.equal(0);
		expect(one.oddFrees).to.deep.equal({ start: 0, unnamed: 0, unknown: 0 });
		expect(kernel.check()).to.deep.equal([]);
	});

	it("knows of no task that holds lists", () => {
		const { player: one, play } = player();
		play(page(PAGE_LOCKED, 0x500));
		const free = { interrupt: 1, depth: 2 };
		const event = eventOf(PAGE_FREE, free);
		expect(one.meetsHeldLists(event)).to.equal(false);
	});

	it("PP3: frees of the unknown are counted and left", () => {
		const { kernel, player: one, play } = player();
		play(page(PAGE_FREE, 0x600));
		play(page(PAGE_FREE, 2 ** 30));
		expect(one.oddFrees.unknown).to.equal(2);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("a failed request of the recording is no request here", () => {
		const { player: one, play } = player();
		play(page(PAGE_ALLOC, 0));
		expect(one.failedThere).to.equal(1);
		expect(one.requests).to.equal(0);
	});

	it("pages of slabs are left to the slabs, unless asked for", () => {
		for (const how of ["answers", "requests"] as const) {
			const { player: one, play } = player(how);
			play(page(PAGE_ALLOC, 0x500), true);
			expect(one.requests).to.equal(how === "requests" ? 1 : 0);
		}
	});

	it("announced bulk allocations are made, and freed under whatever name", () => {
		const { kernel, player: one, play } = player();
		play(eventOf(KMALLOC, { site: SITE, bytesRequested: 32 }));
		expect(one.inferred.bulk).to.equal(4);
		play(page(PAGE_FREE, 0x700));
		expect(one.oddFrees.unnamed).to.equal(1);
		play(eventOf(KMALLOC, { site: SITE, bytesRequested: 8 }));
		expect(one.inferred.bulk, "one page is an ordinary request").to.equal(4);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("requests are made on the CPU of the event", () => {
		const { kernel, play } = player();
		play(Object.assign(page(PAGE_ALLOC, 0x500), { cpu: 1 }));
		expect(kernel.machine.turn.cpu.id).to.equal(1);
		play(Object.assign(page(PAGE_ALLOC, 0x501), { cpu: 7 }));
		expect(kernel.machine.turn.cpu.id, "no such CPU").to.equal(1);
	});

	it("masks that no kernel has become ones that it has", () => {
		const { kernel, player: one, play } = player();
		for (const gfp of [-1, 3, 5, 0x1f, 0x18, 0x8cc0])
			play(page(PAGE_ALLOC, 0x500 + gfp + 1, 0, gfp));
		expect(one.requests).to.equal(6);
		expect(one.failedHere).to.equal(0);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("counts over time from mark to mark, and beside what was recorded", () => {
		const { answers, player: one, play } = player();
		play(page(PAGE_ALLOC, 0x500));
		play(eventOf(MARK, { text: "phase 2" }));
		play(page(PAGE_LOCKED, 0x500));
		play(page(PAGE_DRAIN, 0x501));
		play(page(PAGE_FALLBACK, 0x600));
		one.finish();
		expect(
			answers.overTime.map(({ name, count }) => [name, count]),
		).to.deep.equal([
			["start", 1],
			["phase 2", 0],
		]);
		expect(answers.takes.recorded).to.equal(1);
		expect(answers.drains.recorded).to.equal(1);
		expect(answers.fallbacks.recorded).to.equal(1);
	});

	it("PP3: any row of events leaves a sound machine", () => {
		const one = fc.record({
			kind: fc.constantFrom(
				PAGE_ALLOC,
				PAGE_ALLOC,
				PAGE_FREE,
				PAGE_FREE,
				PAGE_FREE_BATCHED,
				KMALLOC,
			),
			pfn: fc.integer({ min: 0, max: 40 }),
			order: fc.constantFrom(-1, 0, 0, 0, 1, 2, 3, 9, 10, 11),
			gfp: fc.constantFrom(
				GFP_KERNEL,
				GFP_KERNEL | 0x40000,
				0x140cca,
				-1,
				0x1b,
			),
			cpu: fc.integer({ min: -1, max: 2 }),
			site: fc.constant(SITE),
			bytesRequested: fc.constantFrom(8, 16, 1000),
		});
		fc.assert(
			fc.property(fc.array(one, { maxLength: 60 }), (rows) => {
				const { kernel, player: made, play } = player("requests");
				for (const { kind, ...fields } of rows)
					play(eventOf(kind, { ...fields, type: 0 }));
				made.finish();
				expect(kernel.check()).to.deep.equal([]);
			}),
			{ numRuns: 25 },
		);
	});
});
