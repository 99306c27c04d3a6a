import { expect } from "chai";
import { boot } from "../../kernel/boot";
import { CacheNames } from "../../kernel/cache-names";
import { GFP_KERNEL } from "../../mm/gfp";

const setUp = () => {
	const kernel = boot({ memory: "8M" });
	return { kernel, names: kernel.parts.names };
};

describe("names of caches", () => {
	it("lead to a cache of their own or to the one that is shared", () => {
		const { names } = setUp();
		const one = names.create({ name: "one", size: 600 });
		const two = names.create({ name: "two", size: 600 });
		expect(two).to.equal(one);
		expect(names.find("one")).to.equal(one);
		expect(names.find("two")).to.equal(one);
		expect(names.aliases(one!)).to.deep.equal(["two"]);
		expect(names.find("three")).to.equal(null);
	});

	it("lead from the descriptor's address to the cache", () => {
		const { names } = setUp();
		const cache = names.create({ name: "one", size: 600 })!;
		expect(names.at(cache.record.address)).to.equal(cache);
		expect(names.at(cache.record.address)).to.equal(cache);
		expect(names.at(cache.node.address)).to.equal(null);
	});

	it("go with the users of the cache, the last one ends it", () => {
		const { kernel, names } = setUp();
		const cache = names.create({ name: "one", size: 600 })!;
		names.create({ name: "two", size: 600 });
		names.create({ name: "three", size: 600 });
		for (const left of [["two"], []]) {
			expect(names.destroy(cache)).to.deep.equal([]);
			expect(names.aliases(cache)).to.deep.equal(left);
		}
		const address = cache.record.address;
		expect(names.destroy(cache)).to.deep.equal([]);
		expect(names.find("one")).to.equal(null);
		expect(names.at(address)).to.equal(null);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("stay while objects are in use", () => {
		const { names } = setUp();
		const cache = names.create({ name: "one", size: 600 })!;
		const object = cache.alloc(GFP_KERNEL);
		expect(names.destroy(cache).map((left) => left.object)).to.deep.equal([
			object,
		]);
		expect(names.find("one")).to.equal(cache);
	});

	it("are known to whoever builds them again over the same memory", () => {
		const { kernel, names } = setUp();
		names.create({ name: "one", size: 600 });
		names.create({ name: "two", size: 600 });
		const again = new CacheNames(kernel.mm, kernel.parts.record);
		expect(again.find("two")?.name).to.equal("one");
	});
});
