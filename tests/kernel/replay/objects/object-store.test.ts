import { expect } from "chai";
import { boot } from "../../../../kernel/boot";
import { CacheList } from "../../../../kernel/replay/objects/cache-list";
import {
	DesignStore,
	SlubStore,
} from "../../../../kernel/replay/objects/object-store";
import { Slob } from "../../../../mm/designs/slob";
import { GFP_KERNEL } from "../../../../mm/gfp";
import { SLAB_TYPESAFE_BY_RCU } from "../../../../mm/slab-geometry";

const KNOWN = [{ name: "nodes", aliases: [":0000200"], size: 200 }];

describe("SLUB as a source of objects", () => {
	it("uses the cache of that name, and makes one on demand", () => {
		const kernel = boot({ memory: "32M" });
		const list = new CacheList(KNOWN);
		const store = new SlubStore(kernel, list);
		const made = kernel.createCache({
			name: "nodes",
			size: 200,
			mayMerge: false,
		});
		const object = store.alloc(list.find(":0000200"), 200, GFP_KERNEL);
		expect(made.usage().slabs).to.equal(1);
		store.free(1, object);
		const late = list.number("late", 48);
		expect(store.use(late)).to.equal(null);
		store.alloc(late, 48, GFP_KERNEL);
		expect(kernel.findCache("late")?.geometry.size).to.equal(48);
		expect(store.use(late)).to.include({ made: 1, slabs: 1 });
	});

	it("leaves a cache of another size to its owner", () => {
		const kernel = boot({ memory: "32M" });
		const list = new CacheList();
		const store = new SlubStore(kernel, list);
		const number = list.number("task_struct", 4096);
		store.alloc(number, 4096, GFP_KERNEL);
		expect(kernel.findCache("task_struct-4096")?.geometry.size).to.equal(4096);
		expect(store.cache(number)?.name).to.equal("task_struct-4096");
	});

	it("counts slabs from the beginning of a replay on", () => {
		const kernel = boot({ memory: "32M" });
		const list = new CacheList(KNOWN);
		const store = new SlubStore(kernel, list);
		store.alloc(1, 200, GFP_KERNEL);
		store.begin();
		expect(store.use(1)).to.include({ made: 0, freed: 0, slabs: 1 });
		const objects = Array.from({ length: 40 }, () =>
			store.alloc(1, 200, GFP_KERNEL),
		);
		expect(store.use(1)).to.include({ made: 2, slabs: 3 });
		for (const object of objects) store.free(1, object);
		store.flush(1);
		expect(store.use(1)).to.include({ freed: 0 });
		store.tidy(1);
		expect(store.use(1)).to.include({ made: 2, freed: 2, slabs: 1 });
	});

	it("tells whether CPUs work on slabs of a cache: not on those that are debugged", () => {
		const hasThem = (cmdline: string): boolean => {
			const kernel = boot({ memory: "32M", cmdline });
			kernel.createCache({ name: "nodes", size: 200, mayMerge: false });
			const store = new SlubStore(kernel, new CacheList(KNOWN));
			store.cache(1);
			return store.hasCpuSlabs(1);
		};
		expect(hasThem("")).to.equal(true);
		expect(hasThem("slub_debug=F")).to.equal(false);
	});

	it("tells whose pages go after a grace period", () => {
		const kernel = boot({ memory: "32M" });
		const list = new CacheList(KNOWN);
		const store = new SlubStore(kernel, list);
		expect(store.isTypesafe(1)).to.equal(false);
		const flags = SLAB_TYPESAFE_BY_RCU;
		kernel.createCache({ name: "nodes", size: 200, flags, mayMerge: false });
		store.cache(1);
		expect(store.isTypesafe(1)).to.equal(true);
	});

	it("sets apart what the kernel had made for itself", () => {
		const kernel = boot({ memory: "32M" });
		const list = new CacheList([{ name: "kmalloc-64", aliases: [], size: 64 }]);
		const store = new SlubStore(kernel, list);
		kernel.kmalloc(64, GFP_KERNEL);
		store.setApart();
		store.begin();
		expect(store.use(1)).to.include({ slabs: 0, active: 0, total: 0 });
		store.alloc(1, 64, GFP_KERNEL);
		expect(store.use(1)).to.include({ made: 1, slabs: 1, total: 64 });
		expect(kernel.check()).to.deep.equal([]);
	});

	it("OS1: fails without memory", () => {
		const kernel = boot({ memory: "8M" });
		const list = new CacheList([{ name: "big", aliases: [], size: 8192 }]);
		const store = new SlubStore(kernel, list);
		let count = 0;
		while (store.alloc(1, 8192, GFP_KERNEL) !== 0) count++;
		expect(count).to.be.greaterThan(10);
		expect(kernel.check()).to.deep.equal([]);
	});
});

describe("another design as a source of objects", () => {
	it("has caches of its own, and its kmalloc for kmalloc", () => {
		const kernel = boot({ memory: "32M" });
		const design = Slob.create(kernel.mm, GFP_KERNEL)!;
		const list = new CacheList(KNOWN);
		const store = new DesignStore(design, list);
		const sized = list.number("kmalloc-64", 64);
		const [object, block] = [
			store.alloc(1, 200, GFP_KERNEL),
			store.alloc(sized, 50, GFP_KERNEL),
		];
		expect(object).to.not.equal(0);
		expect(design.ksize(block)).to.be.at.least(50);
		expect(store.use(1)).to.include({ active: 1 });
		expect(store.use(sized)).to.equal(null);
		store.free(1, object);
		store.free(sized, block);
		store.begin();
		store.flush();
		store.tidy();
		expect(store.use(1)).to.include({ active: 0 });
		expect(design.check()).to.deep.equal([]);
	});
});
