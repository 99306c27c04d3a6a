import { expect } from "chai";
import {
	mayBeSlab,
	SlabLives,
} from "../../../kernel/replay/objects/slab-lives";
import {
	KMALLOC,
	KmemEvent,
	PAGE_ALLOC,
	PAGE_FREE,
	PAGE_LOCKED,
} from "../../../kernel/replay/reading/event";
import { LikelySlabPages, SlabPages } from "../../../kernel/replay/slab-pages";
import { __GFP_NORETRY, __GFP_NOWARN, GFP_KERNEL } from "../../../mm/gfp";

const GFP_SLAB = GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY;
const PAGE_BYTES = 4096;

function eventOf(kind: number, fields: Partial<KmemEvent>): KmemEvent {
	const event = new KmemEvent();
	event.clear(kind);
	return Object.assign(event, fields);
}

const taken = (pfn: number, gfp = GFP_SLAB, order = 0) =>
	eventOf(PAGE_ALLOC, { pfn, order, gfp });
const freed = (pfn: number, order = 0) => eventOf(PAGE_FREE, { pfn, order });

/** A first pass: page events, and frames of objects as numbers. */
function pass(
	steps: readonly (KmemEvent | number)[],
	showsObjects = true,
): SlabPages {
	const lives = new SlabLives(0x1000, null);
	const pages = new SlabPages();
	let ordinal = 0;
	for (const step of steps) {
		const event =
			typeof step === "number" ? eventOf(KMALLOC, { low: step }) : step;
		pages.before(event, ordinal, lives);
		const { size } = lives;
		if (typeof step === "number") lives.ofObject(step * PAGE_BYTES);
		else if (step.kind === PAGE_ALLOC)
			lives.allocate(step.pfn, step.order, step.gfp);
		else if (step.kind === PAGE_FREE) lives.free(step.pfn, step.order);
		pages.after(event, ordinal, lives, size);
		ordinal++;
	}
	pages.finish(lives, ordinal, showsObjects);
	return pages;
}

/** Numbers of the events that are the slab layer's. */
const numbersIn = (pages: SlabPages, count: number): number[] =>
	Array.from({ length: count }, (_, n) => n).filter((n) => pages.has(n));

describe("slab pages of a first pass", () => {
	it("SG1: a block in which an object lay is the slab layer's, from its allocation to its free", () => {
		const steps = [taken(0x100, GFP_SLAB, 1), 0x101, freed(0x100, 1)];
		expect(numbersIn(pass(steps), 3)).to.deep.equal([0, 2]);
	});

	it("tells the life that an event is about", () => {
		const pages = pass([taken(0x100), 0x100, freed(0x100), taken(0x200)]);
		expect([0, 1, 2, 3, 4].map((ordinal) => pages.life(ordinal))).to.deep.equal(
			[1, 0, 1, 2, 0],
		);
	});

	it("where pointers are hidden, a block that was asked for as slabs are is one", () => {
		const steps = [taken(0x100), taken(0x101, GFP_KERNEL), freed(0x100)];
		expect(numbersIn(pass(steps), 3)).to.deep.equal([]);
		expect(numbersIn(pass(steps, false), 3)).to.deep.equal([0, 2]);
	});

	it("a block that was asked for as slabs are and held no object is somebody else's", () => {
		const steps = [taken(0x100), freed(0x100), taken(0x100), 0x100];
		expect(numbersIn(pass(steps), 4)).to.deep.equal([2]);
	});

	it("pages that were asked for otherwise are no slabs, nor are other page events", () => {
		const steps = [
			taken(0x100, GFP_KERNEL),
			freed(0x100),
			eventOf(PAGE_LOCKED, { pfn: 0x100, order: 0 }),
			freed(0x300),
		];
		expect(numbersIn(pass(steps), 4)).to.deep.equal([]);
	});

	it("a slab that is older than the trace shows by its free", () => {
		expect(numbersIn(pass([0x200, freed(0x200)]), 2)).to.deep.equal([1]);
	});

	it("keeps thousands of events apart, beyond its first tables", () => {
		const steps: (KmemEvent | number)[] = [];
		for (let pfn = 1; pfn <= 2000; pfn++) {
			steps.push(taken(pfn));
			if (pfn % 3 === 0) steps.push(pfn);
		}
		const pages = pass(steps);
		steps.forEach((step, ordinal) => {
			const isSlab = typeof step !== "number" && step.pfn % 3 === 0;
			expect(pages.has(ordinal), `${ordinal}`).to.equal(isSlab);
		});
		expect(pages.has(steps.length + 100)).to.equal(false);
	});
});

describe("slab pages of a single pass", () => {
	const likely = () => new LikelySlabPages(0x400, mayBeSlab);

	it("are those that were asked for as slabs are, until they are freed", () => {
		const pages = likely();
		expect(pages.take(taken(0x100, GFP_SLAB, 2))).to.equal(true);
		expect(pages.take(freed(0x100, 2))).to.equal(true);
		expect(pages.take(freed(0x100, 2))).to.equal(false);
		expect(pages.take(taken(0x100, GFP_KERNEL))).to.equal(false);
		expect(pages.take(freed(0x100))).to.equal(false);
	});

	it("every page of a block counts, and a later owner takes it over", () => {
		const pages = likely();
		pages.take(taken(0x100, GFP_SLAB, 1));
		expect(pages.take(freed(0x101))).to.equal(true);
		pages.take(taken(0x200, GFP_SLAB));
		pages.take(taken(0x200, GFP_KERNEL));
		expect(pages.take(freed(0x200))).to.equal(false);
	});

	it("passes over frames that the machine lacks, and other kinds", () => {
		const pages = likely();
		expect(pages.take(taken(-1))).to.equal(false);
		expect(pages.take(taken(0x400))).to.equal(false);
		expect(pages.take(freed(2 ** 40))).to.equal(false);
		expect(pages.take(eventOf(PAGE_LOCKED, { pfn: 0x100 }))).to.equal(false);
	});
});
