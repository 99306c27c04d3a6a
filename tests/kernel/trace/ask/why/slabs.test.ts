import { expect } from "chai";
import { why } from "../../../../../kernel/trace/ask/why";
import { Scene } from "../../../../../kernel/trace/ask/why/scene";
import { slabCounts } from "../../../../../kernel/trace/ask/why/slabs";
import {
	EV_CACHE_END,
	EV_CACHE_NEW,
	EV_SLAB_DISCARD,
	EV_SLAB_MOVE,
	EV_SLAB_NEW,
	SLAB_CHAINED,
	SLAB_CURRENT,
	SLAB_FULL,
	SLAB_HEAD,
	SLAB_TAIL,
} from "../../../../../mm/events";
import { recordedTrace } from "../../recorded";
import { eventsOf, textOf } from "../played";

describe("why this slab", () => {
	const life = recordedTrace("slab-life");

	it("a new slab is made only when the CPU finds no other", () => {
		for (const trace of [life, recordedTrace("per-cpu")]) {
			const scene = new Scene(trace);
			for (const { number, c, cpu } of eventsOf(trace, EV_SLAB_NEW)) {
				const { chained, listed } = slabCounts(scene.before(number), c, cpu);
				expect([chained, listed]).to.deep.equal([0, 0]);
			}
		}
	});

	it("WS1: tells of free objects that belong to other CPUs", () => {
		const trace = recordedTrace("per-cpu");
		const scene = new Scene(trace);
		const event = eventsOf(trace, EV_SLAB_NEW)
			.reverse()
			.find(
				({ number, c, cpu }) =>
					slabCounts(scene.before(number), c, cpu).elsewhere > 0,
			)!;
		const { elsewhere } = slabCounts(
			scene.before(event.number),
			event.c,
			event.cpu,
		);
		expect(textOf(why(trace, event.number))).to.include(
			`Other CPUs own slabs with ${elsewhere} free object`,
		);
	});

	it("tells the size, the objects and the rest of a new slab", () => {
		const event = eventsOf(life, EV_SLAB_NEW).find(({ d }) => d === 12)!;
		const text = textOf(why(life, event.number));
		expect(text).to.include(
			`2 pages at frame ${event.a}, cut into 12 objects of 640 bytes; 512 bytes are left over`,
		);
		expect(text).to.include("Its 2 pages came from the page allocator");
	});

	it("tells why a slab was given back: a free, or a shrink", () => {
		const discards = eventsOf(life, EV_SLAB_DISCARD);
		const texts = discards.map(({ number }) => textOf(why(life, number)));
		expect(texts[0]).to.include(
			"None of the 12 objects of the slab of specimen",
		);
		const free = texts.filter((text) => text.includes("The free at event"));
		const shrink = texts.filter((text) =>
			text.includes("kmem_cache_shrink gives empty slabs back"),
		);
		expect(free.length).to.be.greaterThan(0);
		expect(shrink.length).to.be.greaterThan(0);
		expect(free.length + shrink.length).to.equal(texts.length);
	});

	it("a slab that a free gave back was empty, and the list long enough", () => {
		const trace = recordedTrace("fragmentation");
		for (const { number } of eventsOf(trace, EV_SLAB_DISCARD).slice(0, 50)) {
			const numbers = Object.assign(
				{},
				...why(trace, number).chain.map((step) => step.numbers),
			);
			expect(numbers.inuse).to.equal(0);
			expect(numbers.listed).to.be.at.least(numbers.minPartial);
		}
	});

	it("tells where a slab went, and why", () => {
		const moves = eventsOf(life, EV_SLAB_MOVE);
		const texts = (place: number): string[] =>
			moves
				.filter(({ b }) => b === place)
				.map(({ number }) => textOf(why(life, number)));
		for (const text of texts(SLAB_CURRENT))
			expect(text).to.match(/So a new slab was made|own chain|node's list/);
		for (const text of texts(SLAB_CHAINED))
			expect(text).to.match(
				/It was full; the free at event|from the node's list/,
			);
		for (const text of texts(SLAB_FULL))
			expect(text).to.include("on no list until an object comes back");
		for (const text of [...texts(SLAB_HEAD), ...texts(SLAB_TAIL)])
			expect(text).to.match(/chain was full|gave up/);
		expect(texts(SLAB_TAIL).length).to.be.greaterThan(0);
	});

	it("tells of caches", () => {
		const [made] = eventsOf(life, EV_CACHE_NEW).slice(-1);
		const text = textOf(why(life, made!.number));
		expect(text).to.include(
			"made the cache specimen for objects of 600 bytes, which take 640",
		);
		expect(text).to.include("A slab of it is 2 pages and holds 12 objects");
		const [end] = eventsOf(life, EV_CACHE_END);
		expect(why(life, end!.number).title).to.equal(
			"the cache specimen was destroyed",
		);
	});
});
