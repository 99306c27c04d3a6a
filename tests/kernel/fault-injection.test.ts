import { expect } from "chai";
import { Rng } from "../../hw/rng";
import { boot } from "../../kernel/boot";
import { PageFaults, SlabFaults } from "../../kernel/fault-injection";
import {
	__GFP_NOFAIL,
	GFP_ATOMIC,
	GFP_HIGHUSER,
	GFP_KERNEL,
	GFP_NOWAIT,
} from "../../mm/gfp";

const ALWAYS = { interval: 1, probability: 100, space: 0, times: -1 };

function rng(): Rng {
	const made = new Rng(new Int32Array(2));
	made.seed(1);
	return made;
}

function pageFaults(attributes: Partial<typeof ALWAYS> = {}): PageFaults {
	const faults = new PageFaults(new Int32Array(16), rng());
	faults.init({ ...ALWAYS, ...attributes });
	return faults;
}

/** Which of `count` equal requests fail. */
const pattern = (faults: PageFaults, count: number): string =>
	Array.from({ length: count }, () =>
		faults.shouldFail(1, GFP_ATOMIC) ? "x" : ".",
	).join("");

describe("fault injection", () => {
	it("fails every interval-th candidate", () => {
		expect(pattern(pageFaults({ interval: 3 }), 9)).to.equal("..x..x..x");
	});

	it("fails so many times and then no more", () => {
		const faults = pageFaults({ times: 2 });
		expect(pattern(faults, 5)).to.equal("xx...");
		expect(faults.failed).to.equal(2);
	});

	it("lets so many pages through first", () => {
		expect(pattern(pageFaults({ space: 5 }), 6)).to.equal("..xxxx"); // 2 + 2 of 5 pages
	});

	it("fails about as often as the probability says", () => {
		const fails = pattern(pageFaults({ probability: 25 }), 4000);
		const share = fails.split("x").length / 4000;
		expect(share).to.be.within(0.22, 0.28);
		expect(pattern(pageFaults({ probability: 0 }), 50)).to.not.contain("x");
	});

	it("spares requests that may wait, until told otherwise", () => {
		const faults = pageFaults();
		expect(faults.shouldFail(1, GFP_KERNEL)).to.equal(false);
		faults.setSparesWaiting(false);
		expect(faults.shouldFail(1, GFP_KERNEL)).to.equal(true);
		expect(faults.shouldFail(1, GFP_KERNEL | __GFP_NOFAIL)).to.equal(false);
	});

	it("spares single pages and user memory, until told otherwise", () => {
		const faults = pageFaults();
		faults.setSparesWaiting(false);
		expect(faults.shouldFail(0, GFP_ATOMIC)).to.equal(false);
		faults.setMinOrder(0);
		expect(faults.shouldFail(0, GFP_ATOMIC)).to.equal(true);
		expect(faults.shouldFail(1, GFP_HIGHUSER)).to.equal(false);
		faults.setSparesHighmem(false);
		expect(faults.shouldFail(1, GFP_HIGHUSER)).to.equal(true);
	});

	it("is not there unless the command line asks for it", () => {
		const { slabFaults, pageFaults: none } = boot({ memory: "8M" }).parts;
		expect([slabFaults, none]).to.deep.equal([null, null]);
	});

	it("fails objects of a booted kernel with failslab=", () => {
		const kernel = boot({ memory: "8M", cmdline: "failslab=2,100,0,3" });
		const results = Array.from({ length: 8 }, () =>
			kernel.kmalloc(64, GFP_NOWAIT),
		);
		expect(results.map((p) => (p === 0 ? "x" : ".")).join("")).to.equal(
			".x.x.x..",
		);
		expect(kernel.kmalloc(64, GFP_KERNEL)).to.not.equal(0);
		expect(kernel.parts.slabFaults).to.be.instanceOf(SlabFaults);
		for (const p of results) kernel.kfree(p);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("fails pages of a booted kernel with fail_page_alloc=", () => {
		const kernel = boot({ memory: "8M", cmdline: "fail_page_alloc=1,100,0,1" });
		expect(kernel.allocPages(2, GFP_ATOMIC)).to.equal(0);
		expect(kernel.allocPages(2, GFP_ATOMIC)).to.not.equal(0);
	});
});
