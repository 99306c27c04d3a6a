import { expect } from "chai";
import { NULL, pfnOf, physOf } from "../../hw/units";
import { boot } from "../../kernel/boot";
import { EBUSY } from "../../kernel/errno";
import { TaskMemory } from "../../kernel/task-memory";
import { GFP_KERNEL } from "../../mm/gfp";

function setUp() {
	const kernel = boot({ memory: "8M" });
	return { kernel, memory: new TaskMemory(kernel.mm, kernel.parts.names) };
}

describe("kernel memory for tasks", () => {
	it("is that of kmalloc and of the page allocator", () => {
		const { kernel, memory } = setUp();
		const p = memory.kmalloc(100, GFP_KERNEL);
		expect(kernel.ksize(p)).to.equal(128);
		const q = memory.krealloc(p, 300, GFP_KERNEL);
		expect(kernel.ksize(q)).to.equal(512);
		memory.kfree(q);
		const pfn = memory.allocPages(2, GFP_KERNEL);
		expect(pfnOf(physOf(pfn))).to.equal(pfn);
		memory.freePages(pfn, 2);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("names caches by the address of their descriptor", () => {
		const { kernel, memory } = setUp();
		const cache = memory.createCache({ name: "mine", size: 72, ctor: true });
		expect(memory.findCache("mine")).to.equal(cache);
		const object = memory.cacheAlloc(cache, GFP_KERNEL);
		expect(memory.cacheDestroy(cache)).to.equal(-EBUSY);
		memory.cacheFree(cache, object);
		memory.cacheShrink(cache);
		expect(kernel.findCache("mine")?.usage().slabs).to.equal(0);
		expect(memory.cacheDestroy(cache)).to.equal(0);
		expect(memory.findCache("mine")).to.equal(NULL);
		expect(memory.cacheAlloc(cache, GFP_KERNEL)).to.equal(NULL);
	});

	it("lets a constructed cache keep its bytes: it shares with nobody", () => {
		const { kernel, memory } = setUp();
		memory.createCache({ name: "plain", size: 640 });
		memory.createCache({ name: "made", size: 640, ctor: true });
		expect(kernel.findCache("made")?.name).to.equal("made");
		expect(kernel.findCache("made")?.geometry.offset).to.be.at.least(640);
	});
});
