import { expect } from "chai";
import { asPhys, NULL } from "../../hw/units";
import { boot } from "../../kernel/boot";
import { DESIGN_NAMES } from "../../kernel/designs";
import { EOPNOTSUPP } from "../../kernel/errno";
import { GFP_KERNEL } from "../../mm/gfp";
import { ZERO_SIZE } from "../../mm/kmalloc";

for (const design of DESIGN_NAMES.filter((name) => name !== "slub"))
	describe(`kernel memory for tasks under ${design}`, () => {
		const setUp = () => {
			const kernel = boot({ memory: "16M", design });
			return { kernel, memory: kernel.parts.taskMemory };
		};

		it("moves what grows, with its content", () => {
			const { kernel, memory } = setUp();
			const small = memory.kmalloc(40, GFP_KERNEL);
			kernel.memory.writeU32(small, 4711);
			const large = memory.krealloc(small, 3000, GFP_KERNEL);
			expect(kernel.memory.readU32(large)).to.equal(4711);
			expect(memory.krealloc(large, 100, GFP_KERNEL)).to.equal(large);
			expect(memory.krealloc(NULL, 8, GFP_KERNEL)).not.to.equal(NULL);
			expect(memory.krealloc(large, 0, GFP_KERNEL)).to.equal(ZERO_SIZE);
			expect(kernel.check()).to.deep.equal([]);
		});

		it("leaves the old object alone when there is no larger one", () => {
			const { kernel, memory } = setUp();
			const old = memory.kmalloc(40, GFP_KERNEL);
			kernel.memory.writeU32(old, 4711);
			expect(memory.krealloc(old, 2 ** 23, GFP_KERNEL)).to.equal(NULL);
			expect(kernel.memory.readU32(old)).to.equal(4711);
			memory.kfree(old);
		});

		it("finds a cache by its name and by the address that stands for it", () => {
			const { memory } = setUp();
			const cache = memory.createCache({ name: "things", size: 96 });
			expect(memory.findCache("things")).to.equal(cache);
			expect(memory.findCache("dentry")).to.equal(NULL);
			const object = memory.cacheAlloc(cache, GFP_KERNEL);
			expect(object).not.to.equal(NULL);
			memory.cacheFree(cache, object);
			expect(memory.cacheAlloc(asPhys(64), GFP_KERNEL)).to.equal(NULL);
		});

		it("cannot end a cache, and says so", () => {
			const { kernel, memory } = setUp();
			const cache = memory.createCache({ name: "things", size: 96 });
			expect(memory.cacheDestroy(cache)).to.equal(-EOPNOTSUPP);
			expect(kernel.logLines().join("\n")).to.include(
				`${design} cannot destroy a cache: things stays`,
			);
			expect(memory.findCache("things")).to.equal(cache);
		});

		it("gives pages from the page allocator", () => {
			const { memory } = setUp();
			const pfn = memory.allocPages(2, GFP_KERNEL);
			expect(pfn).not.to.equal(0);
			memory.freePages(pfn, 2);
			memory.cacheShrink(NULL);
		});
	});
