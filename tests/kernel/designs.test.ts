import { expect } from "chai";
import { asPhys } from "../../hw/units";
import { attach, boot } from "../../kernel/boot";
import {
	createDesign,
	DESIGN_NAMES,
	designName,
	designNumber,
} from "../../kernel/designs";
import {
	calls,
	type Self,
	type Steps,
	scenarioKernel,
} from "../../kernel/index";
import { GFP_KERNEL } from "../../mm/gfp";
import { panicOf } from "../mm/world";

const FOREIGN = DESIGN_NAMES.filter((name) => name !== "slub");

function* holder(): Steps {
	const cache = yield calls.createCache({
		name: "things",
		size: 200,
		ctor: true,
	});
	for (let i = 0; i < 40; i++) {
		yield calls.kmalloc(10 + 30 * i);
		yield calls.cacheAlloc(cache);
	}
	yield calls.kmalloc(20_000);
	yield calls.sleep(1000);
}

describe("designs", () => {
	it("have numbers that stay what they are", () => {
		expect(DESIGN_NAMES.map(designNumber)).to.deep.equal([0, 1, 2, 3]);
		expect(designName(2)).to.equal("slob");
	});

	it("leave a machine as it was when none is asked for", () => {
		const plain = boot({ memory: "32M" });
		expect(boot({ memory: "32M", design: "slub" }).stateHash()).to.equal(
			plain.stateHash(),
		);
		expect(plain.objects.name).to.equal("slub");
		expect(plain.parts.record.designRoot).to.equal(0);
	});

	for (const design of FOREIGN)
		describe(design, () => {
			const start = () => {
				const kernel = boot({ memory: "32M", design });
				kernel.spawn("holder", () => holder());
				kernel.run({ ticks: 2 });
				return kernel;
			};

			it("serves the tasks, and says so in the log", () => {
				const kernel = start();
				expect(kernel.objects.name).to.equal(design);
				const usage = kernel.objects.usage().filter((row) => !row.internal);
				const active = usage.reduce((sum, row) => sum + row.active, 0);
				expect(active).to.equal(81);
				expect(kernel.logLines().join("\n")).to.include(
					`Objects: ${design} serves the tasks, SLUB the kernel itself`,
				);
				expect(kernel.check()).to.deep.equal([]);
			});

			it("leaves the kernel's own memory to SLUB", () => {
				const kernel = start();
				const address = kernel.kmalloc(100, 0);
				expect(kernel.mm.kmalloc.ksize(address)).to.equal(128);
				expect(panicOf(() => kernel.objects.kfree(address))).to.include("OA3");
				kernel.kfree(address);
			});

			it("is the same for whoever attaches", () => {
				const kernel = start();
				const other = attach(kernel.memory.buffer);
				expect(other.objects.name).to.equal(design);
				expect(other.objects.rootAddress).to.equal(kernel.objects.rootAddress);
				expect(other.objects.usage()).to.deep.equal(kernel.objects.usage());
				const things = other.parts.taskMemory.findCache("things");
				expect(things).to.equal(kernel.parts.taskMemory.findCache("things"));
				expect(things).not.to.equal(0);
				for (let i = 0; i < 100; i++)
					other.parts.taskMemory.cacheAlloc(things, 0);
				expect(kernel.objects.usage()).to.deep.equal(other.objects.usage());
				expect(kernel.check()).to.deep.equal([]);
			});

			it("has its name on its frames", () => {
				const kernel = start();
				const owners = new Set(kernel.frames().map(({ owner }) => owner));
				expect(owners).to.include(`${design} records`);
				expect(owners).to.include(`${design} large`);
				expect(owners).to.include(design === "slob" ? "slob heap" : "things");
				const held = kernel
					.frames()
					.filter(({ use, owner }) => use === "slab" && owner === "");
				expect(held).to.deep.equal([]);
			});

			it("is audited with the rest of the kernel", () => {
				const kernel = start();
				const root = kernel.memory.wordsAt(
					asPhys(kernel.objects.rootAddress),
					32,
				);
				root[5] = (root[5] as number) + 1; // large blocks
				expect(kernel.check().join()).to.include("LB2");
			});

			it("lets nothing leak when the tasks have ended", () => {
				const kernel = boot({ memory: "32M", design });
				const before = scenarioKernel(kernel).usage();
				const pid = kernel.spawn("holder", function* (_: Self): Steps {
					for (let i = 0; i < 50; i++) yield calls.kmalloc(64 * i + 1);
				});
				kernel.run({ ticks: 5 });
				expect(pid).to.equal(1);
				const after = scenarioKernel(kernel).usage();
				expect(after.pages).to.equal(before.pages);
				for (const [name, count] of after.objects)
					if (name.startsWith(`${design} `))
						expect(count, name).to.equal(before.objects.get(name) ?? 0);
			});
		});

	it("are not made where there is no memory for their root", () => {
		const kernel = boot({ memory: "16M" });
		while (kernel.allocPages(0, GFP_KERNEL) !== 0);
		for (const design of FOREIGN)
			expect(createDesign(design, kernel.mm), design).to.equal(null);
	});
});
