import { expect } from "chai";
import { boot } from "../../../kernel/boot";
import {
	objectsInUse,
	scenarioKernel,
} from "../../../kernel/scenario/kernel-view";
import { GFP_KERNEL } from "../../../mm/gfp";

describe("kernel/scenario/kernel-view", () => {
	it("counts objects in use exactly, whatever waits on CPUs", () => {
		const kernel = boot({ memory: "16M", cpus: 2 });
		const cache = kernel.createCache({ name: "thing", size: 100 });
		const objects: number[] = [];
		for (let i = 0; i < 500; i++) {
			const object = kernel.onCpu(i & 1, () => cache.alloc(GFP_KERNEL));
			objects.push(object);
		}
		expect(objectsInUse(cache)).to.equal(500);
		objects.forEach((object, i) => {
			if (i % 3 === 0)
				kernel.onCpu((i >> 1) & 1, () => cache.free(object as never));
		});
		expect(objectsInUse(cache)).to.equal(500 - 167);
	});

	it("counts pages that somebody has, and not those that wait to be had", () => {
		const kernel = boot({ memory: "16M" });
		const view = scenarioKernel(kernel);
		const before = view.usage().pages;
		const pfn = kernel.allocPages(2, GFP_KERNEL);
		expect(view.usage().pages).to.equal(before + 4);
		kernel.freePages(pfn, 2);
		expect(view.usage().pages).to.equal(before);
	});

	it("hands out what scenarios run on", () => {
		const kernel = boot({ memory: "16M" });
		const view = scenarioKernel(kernel);
		expect(view.running).to.equal(kernel.running);
		expect(view.proc("version")).to.equal(kernel.proc("version"));
		expect(view.check()).to.deep.equal([]);
		expect(view.kernelMemory.findCache("kmalloc-64")).not.to.equal(0);
	});
});
