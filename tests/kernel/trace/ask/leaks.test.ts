import { expect } from "chai";
import { GFP_KERNEL } from "../../../../kernel";
import { EXAMPLES_MAX, leaks } from "../../../../kernel/trace/ask/leaks";
import { parseMoment } from "../../../../kernel/trace/moment";
import { recordedTrace } from "../recorded";
import { playedTrace } from "./played";

describe("leaks", () => {
	it("tells what was allocated between two moments and is still there", () => {
		const kept: number[] = [];
		const trace = playedTrace({ memory: "16M" }, (kernel) => {
			const { contexts } = kernel.machine;
			const { cpu } = kernel.machine.turn;
			cpu.setContext(contexts.child(0, "leaky"));
			for (let i = 0; i < 30; i++) {
				const object = kernel.kmalloc(300, GFP_KERNEL);
				if (i % 3 === 0) kept.push(object);
				else kernel.kfree(object);
			}
			cpu.setContext(contexts.child(0, "clean"));
			kernel.kfree(kernel.kmalloc(300, GFP_KERNEL));
			cpu.setContext(0);
		});
		const booted = parseMoment("stage:free_initmem", trace);
		const { sites, count, bytes } = leaks(trace, booted, trace.events - 1);
		const site = sites.find(({ name }) => name === "leaky");
		expect(sites.some(({ name }) => name === "clean")).to.equal(false);
		expect(site).to.include({ count: 10, bytes: 5120, asked: 3000 });
		expect(site?.sizes).to.deep.equal([
			{ store: "kmalloc-512", kind: "object", size: 512, count: 10 },
		]);
		expect(site?.examples.map(({ address }) => address)).to.deep.equal(
			kept.slice(0, EXAMPLES_MAX),
		);
		expect(count).to.be.at.least(10);
		expect(bytes).to.be.at.least(5120);
	});

	it("LK2: orders sites by bytes and examples by age", () => {
		const trace = recordedTrace("page-tables");
		const half = Math.floor(trace.events / 2);
		const { sites, from, to } = leaks(trace, 484, half);
		expect([from, to]).to.deep.equal([484, half]);
		const sizes = sites.map(({ bytes }) => bytes);
		expect(sizes).to.deep.equal([...sizes].sort((a, b) => b - a));
		for (const { examples, first, last } of sites) {
			const events = examples.map(({ event }) => event);
			expect(events).to.deep.equal([...events].sort((a, b) => a - b));
			expect(events[0]).to.equal(first);
			expect(first).to.be.greaterThan(484);
			expect(last).to.be.at.most(half);
		}
	});

	it("finds nothing that a scenario without leaks left", () => {
		const trace = recordedTrace("slab-life");
		const { sites } = leaks(trace, 440, trace.events - 1);
		expect(sites.map(({ name }) => name)).to.not.include(
			"biologist > kmem_cache_alloc",
		);
	});

	it("refuses moments in the wrong order", () => {
		expect(() => leaks(recordedTrace("buddy"), 20, 10)).to.throw(
			"event 10 is before event 20",
		);
	});
});
