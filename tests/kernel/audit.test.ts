import { expect } from "chai";
import { asPfn } from "../../hw/units";
import { auditKernel } from "../../kernel/audit";
import { boot } from "../../kernel/boot";
import type { Kernel } from "../../kernel/kernel";
import { map, sleep } from "../../kernel/program";
import { GFP_KERNEL } from "../../mm/gfp";

/** A kernel in which everything that can be audited exists. */
function busy(): Kernel {
	const kernel = boot({ memory: "32M", cpus: 2 });
	const cache = kernel.createCache({ name: "mine", size: 200 });
	for (let i = 0; i < 100; i++) cache.alloc(GFP_KERNEL);
	kernel.spawn("task", function* () {
		yield map(20 * 4096);
		yield sleep(1000);
	});
	kernel.run({ ticks: 3 });
	return kernel;
}

/** Letters of the invariants that are broken after `harm`. */
function brokenBy(harm: (kernel: Kernel) => void): string {
	const kernel = busy();
	harm(kernel);
	const letters = auditKernel(kernel.parts).map(
		(sentence) => /^[A-Z]+/.exec(sentence)?.[0],
	);
	return [...new Set(letters)].join(" ");
}

describe("all auditors", () => {
	it("find nothing on a sound machine", () => {
		expect(auditKernel(busy().parts)).to.deep.equal([]);
	});

	it("find a broken count of a zone", () => {
		expect(brokenBy((kernel) => kernel.mm.zones[1]?.addFree(3))).to.match(
			/[BZ]/,
		);
	});

	it("find a slab that lost its cache", () => {
		const harm = (kernel: Kernel): void => {
			const run = kernel.frames().find(({ use }) => use === "slab")!;
			kernel.mm.pages.setSlot(asPfn(run.start), 0);
		};
		expect(brokenBy(harm)).to.match(/[SGE]/);
	});

	it("find a page that is mapped and not counted", () => {
		const harm = (kernel: Kernel): void => {
			const run = kernel.frames().find(({ use }) => use === "user")!;
			kernel.mm.pages.setMapcount(asPfn(run.start), 2);
		};
		expect(brokenBy(harm)).to.contain("T");
	});

	it("find a table that nobody counted", () => {
		const harm = (kernel: Kernel): void => {
			const { record } = kernel.parts;
			record.setKernelTables(record.kernelTables + 1);
		};
		expect(brokenBy(harm)).to.contain("T");
	});
});
