import { expect } from "chai";
import { boot } from "../../kernel/boot";
import { DESIGN_NAMES, type DesignName } from "../../kernel/designs";
import { calls, type Steps } from "../../kernel/index";
import {
	type Measures,
	measure,
	usedPages,
	wasteBytes,
} from "../../kernel/measures";
import { GFP_KERNEL } from "../../mm/gfp";

const ASKED = [7, 100, 250, 1025, 4000, 5000, 70_000];

function* asker(): Steps {
	for (const bytes of ASKED) yield calls.kmalloc(bytes);
	yield calls.map(10 * 4096);
	yield calls.sleep(1000);
}

function started(design: DesignName = "slub") {
	const kernel = boot({ memory: "64M", cpus: 2, design });
	const before = measure(kernel);
	kernel.spawn("asker", () => asker());
	kernel.run({ ticks: 2 });
	return { kernel, before, after: measure(kernel) };
}

/** ME2 */
function expectWhole(measures: Measures): void {
	const { freePages, pcpPages, slabPages, tablePages, userPages, otherPages } =
		measures;
	const pages =
		freePages + pcpPages + slabPages + tablePages + userPages + otherPages;
	expect(pages).to.equal(measures.managedPages);
	expect(measures.askedBytes + wasteBytes(measures)).to.equal(slabPages * 4096);
	for (const [name, value] of Object.entries(measures))
		expect(value, name).to.be.at.least(0);
}

describe("measures", () => {
	for (const design of DESIGN_NAMES)
		describe(`under ${design}`, () => {
			it("add up (ME2)", () => {
				const { before, after } = started(design);
				expectWhole(before);
				expectWhole(after);
			});

			it("change nothing (ME1)", () => {
				const { kernel } = started(design);
				const hash = kernel.stateHash();
				measure(kernel);
				expect(kernel.stateHash()).to.equal(hash);
			});

			it("know what tasks asked for", () => {
				const { before, after } = started(design);
				const asked = ASKED.reduce((sum, bytes) => sum + bytes, 0);
				const own = after.askedBytes - before.askedBytes - asked;
				expect(own).to.be.within(0, 60_000); // records of the task and of what it holds
				expect(after.roundingBytes).to.be.at.least(1);
			});
		});

	it("are those of /proc", () => {
		const { kernel, after } = started();
		const counters = kernel.counters();
		expect(after.freePages).to.equal(counters.nr_free_pages);
		expect(after.userPages).to.equal(counters.nr_anon_pages);
		expect(after.tablePages).to.equal(counters.nr_page_table_pages);
		expect(after.userPages).to.equal(10);
		expect(usedPages(after)).to.equal(
			after.slabPages + after.tablePages + after.userPages + after.otherPages,
		);
	});

	it("are those of the frames", () => {
		const { kernel, after } = started();
		const frames = (use: string) =>
			kernel
				.frames()
				.filter((run) => run.use === use)
				.reduce((sum, run) => sum + run.count, 0);
		expect(after.freePages).to.equal(frames("free"));
		expect(after.pcpPages).to.equal(frames("pcp"));
	});

	it("know the largest free block, and what is useless for 2 MiB", () => {
		const kernel = boot({ memory: "16M" });
		const pfns = [];
		for (let pfn = kernel.allocPages(0, GFP_KERNEL); pfn; ) {
			pfns.push(pfn);
			pfn = kernel.allocPages(0, GFP_KERNEL);
		}
		for (const pfn of pfns) if (pfn % 2 === 0) kernel.freePages(pfn, 0);
		const scattered = measure(kernel);
		expect(scattered.largestFreePages).to.be.at.most(64);
		expect(scattered.unusablePerMille).to.equal(1000);
		for (const pfn of pfns) if (pfn % 2 === 1) kernel.freePages(pfn, 0);
		const whole = measure(kernel);
		expect(whole.largestFreePages).to.equal(1024);
		expect(whole.unusablePerMille).to.be.below(500);
		expect(whole.freeBlocks).to.be.below(scattered.freeBlocks);
		expect(whole.merges).to.be.above(scattered.merges);
	});

	it("count slabs that come and go", () => {
		const kernel = boot({ memory: "32M" });
		const before = measure(kernel);
		const cache = kernel.createCache({ name: "a", size: 999, mayMerge: false });
		const objects = Array.from({ length: 100 }, () => cache.alloc(GFP_KERNEL));
		for (const object of objects) cache.free(object);
		kernel.shrinkCache(cache);
		const after = measure(kernel);
		expect(after.slabsMade - before.slabsMade).to.be.at.least(7);
		expect(after.slabsDiscarded - before.slabsDiscarded).to.be.at.least(7);
	});
});
