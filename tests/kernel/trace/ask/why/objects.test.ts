import { expect } from "chai";
import { GFP_KERNEL } from "../../../../../kernel";
import { why } from "../../../../../kernel/trace/ask/why";
import {
	freeCounts,
	objectOf,
} from "../../../../../kernel/trace/ask/why/objects";
import { Scene } from "../../../../../kernel/trace/ask/why/scene";
import { EV_SLAB_ALLOC, EV_SLAB_FREE } from "../../../../../mm/events";
import { recordedTrace } from "../../recorded";
import { eventsOf, playedTrace, textOf } from "../played";

/** CPU 0 fills a slab of 16 objects but two, CPU 1 frees five of them, and CPU 0 goes on. */
const shared = () =>
	playedTrace({ memory: "16M", cpus: 2 }, (kernel) => {
		const { turn } = kernel.machine;
		const cache = kernel.createCache({ name: "probe", size: 256 });
		const held = Array.from({ length: 14 }, () => cache.alloc(GFP_KERNEL));
		turn.seat(1);
		for (const object of held.slice(0, 5)) cache.free(object);
		turn.seat(0);
		cache.free(held[13]!);
		for (let i = 0; i < 6; i++) cache.alloc(GFP_KERNEL);
	});

describe("why this object", () => {
	it("WO2: counts what lies on a CPU's freelist and what others freed", () => {
		const trace = shared();
		const scene = new Scene(trace);
		const allocs = eventsOf(trace, EV_SLAB_ALLOC).slice(-6);
		const counts = allocs.map((event) => {
			const slab = Math.floor(objectOf(event) / 4096);
			const cache = scene.before(event.number).objects.cache(event.c)!;
			return freeCounts(scene, event, slab, cache);
		});
		expect(counts.slice(0, 5)).to.deep.equal([
			{ own: 3, remote: 5 },
			{ own: 2, remote: 5 },
			{ own: 1, remote: 5 },
			{ own: 0, remote: 5 },
			{ own: 4, remote: 0 },
		]);
		const texts = allocs.map(({ number }) => textOf(why(trace, number)));
		expect(texts[2]).to.include("which held 1 free object of the current slab");
		expect(texts[3]).to.include("other CPUs had freed 5 objects");
		expect(texts[4]).to.include("which held 4 free objects");
	});

	it("tells where a freed object went", () => {
		const trace = shared();
		const frees = eventsOf(trace, EV_SLAB_FREE).slice(-6);
		const texts = frees.map(({ number }) => textOf(why(trace, number)));
		expect(texts[0]).to.include(
			"is the current slab of CPU 0, so CPU 1 put the",
		);
		expect(texts[0]).to.include("13 of its 16 objects stay in use");
		expect(texts[5]).to.include("is CPU 0's current slab, so the object went");
	});

	it("tells what kmalloc rounds up to", () => {
		const trace = playedTrace({ memory: "16M" }, (kernel) => {
			kernel.kmalloc(100, GFP_KERNEL);
		});
		const event = eventsOf(trace, EV_SLAB_ALLOC).at(-1)!;
		const { title, chain } = why(trace, event.number);
		expect(title).to.match(/^100 bytes of kmalloc-128 at 0x/);
		const step = chain.find(({ numbers }) => "waste" in numbers)!;
		expect(step.sentence).to.include(
			"kmalloc-128 is the smallest size class that holds 100 bytes",
		);
		expect(step.numbers).to.deep.equal({ bytes: 100, size: 128, waste: 28 });
	});

	it("WO1: tells what the slow path took: chain, node's list, new slab", () => {
		const trace = recordedTrace("per-cpu");
		const seen = { chain: 0, list: 0, fresh: 0, fast: 0 };
		for (const { number } of eventsOf(trace, EV_SLAB_ALLOC).slice(
			20_000,
			21_000,
		)) {
			const text = textOf(why(trace, number));
			if (text.includes("own chain, frame")) seen.chain++;
			if (text.includes("on the node's list, frame")) seen.list++;
			if (text.includes("So a new slab was made")) seen.fresh++;
			if (text.includes("the fast path")) seen.fast++;
		}
		expect(seen.chain + seen.list + seen.fresh + seen.fast).to.equal(1000);
		expect(seen.chain).to.be.greaterThan(0);
		expect(seen.fast).to.be.greaterThan(500);
	});

	it("tells who had allocated what is freed, and what the free led to", () => {
		const trace = recordedTrace("slab-life");
		const frees = eventsOf(trace, EV_SLAB_FREE);
		const scene = new Scene(trace);
		const texts = frees.map(({ number }) => textOf(why(trace, number)));
		const event = frees[10]!;
		const since = scene
			.before(event.number)
			.objects.at(objectOf(event), event.c)!.since;
		expect(texts[10]).to.include(
			`biologist > kmem_cache_alloc had allocated at event ${since} for biologist (pid 1)`,
		);
		expect(
			texts.some((text) => text.includes("was full and on no list")),
		).to.equal(true);
		expect(
			texts.some((text) => text.includes("chain was full, so its")),
		).to.equal(true);
		expect(
			texts.some((text) => text.includes("That was its last object")),
		).to.equal(true);
	});

	it("knows caches under debugging, of which no CPU owns a slab", () => {
		const trace = playedTrace(
			{ memory: "16M", cmdline: "slub_debug=FZP,probe" },
			(kernel) => {
				const cache = kernel.createCache({ name: "probe", size: 200 });
				cache.free(cache.alloc(GFP_KERNEL));
			},
		);
		const event = eventsOf(trace, EV_SLAB_ALLOC).at(-1)!;
		expect(textOf(why(trace, event.number))).to.include(
			"No CPU owns slabs of this cache",
		);
	});

	it("calls the free of a free object what it is", () => {
		const trace = playedTrace({ memory: "16M" }, (kernel) => {
			const object = kernel.kmalloc(100, GFP_KERNEL);
			kernel.kfree(object);
			expect(() => kernel.kfree(object)).to.throw("double free");
		});
		const [first, again] = eventsOf(trace, EV_SLAB_FREE).slice(-2);
		expect(textOf(why(trace, first!.number))).to.not.include("double free");
		const text = textOf(why(trace, again!.number));
		expect(text).to.include("double free");
		expect(text).to.not.include("-1 of");
		expect(why(trace, again!.number).title).to.match(/freed again$/);
	});
});
