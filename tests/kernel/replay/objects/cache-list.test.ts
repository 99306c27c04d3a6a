import { expect } from "chai";
import {
	CACHES_MAX,
	CacheList,
	NO_CACHE,
} from "../../../../kernel/replay/objects/cache-list";

describe("the list of recorded caches", () => {
	const known = [
		{ name: "pid", aliases: [":0000128", "kernfs_node_cache"], size: 128 },
		{ name: "dentry", aliases: [], size: 192 },
	];

	it("CN1: leads every name of a cache to its number", () => {
		const list = new CacheList(known);
		expect(list.knownCount).to.equal(2);
		expect(list.find("kernfs_node_cache")).to.equal(list.find("pid"));
		expect(list.number(":0000128")).to.equal(list.find("pid"));
		expect(list.name(list.find(":0000128"))).to.equal("pid");
		expect(list.bytes(list.find("dentry"))).to.equal(192);
	});

	it("takes new names, and their size when it is told", () => {
		const list = new CacheList(known);
		expect(list.find("filp")).to.equal(NO_CACHE);
		const filp = list.number("filp");
		expect(list.bytes(filp)).to.equal(0);
		expect(list.number("filp", 256)).to.equal(filp);
		expect(list.bytes(filp)).to.equal(256);
		expect(list.knownCount).to.equal(2);
	});

	it("CN2: has no number for the empty name and for too many", () => {
		const list = new CacheList();
		expect(list.number("")).to.equal(NO_CACHE);
		for (let n = 1; n < CACHES_MAX; n++)
			expect(list.number(`cache ${n}`)).to.equal(n);
		expect(list.number("one more")).to.equal(NO_CACHE);
		expect(list.size).to.equal(CACHES_MAX);
	});
});
