import { expect } from "chai";
import { parseSlabinfo } from "../../../../kernel/proc/slabinfo";
import { cacheAt } from "../../../../kernel/trace/ask/cache";
import { recordedTrace } from "../recorded";
import { watched } from "./watched";

describe("a cache at a moment", () => {
	it("CQ2: is what the machine says of it", () => {
		const { trace, kernel } = watched("per-cpu", 1e9, () => {});
		const end = trace.events - 1;
		for (const line of parseSlabinfo(kernel.proc("slabinfo"))) {
			const cache = cacheAt(trace, line.name, end);
			expect(cache).to.include({
				objects: line.objects,
				slotBytes: line.objectSize,
				objectsPerSlab: line.objectsPerSlab,
			});
			expect(cache.slabs).to.have.length(line.slabs);
			expect(cache.slabsMade - cache.slabsDiscarded).to.equal(line.slabs);
			expect(cache.allocations - cache.frees).to.equal(cache.inUse);
			expect(cache.most.objects).to.be.at.least(cache.inUse);
			const bySites = cache.sites.reduce((sum, site) => sum + site.objects, 0);
			expect(bySites).to.equal(cache.inUse);
		}
	}).timeout(60_000);

	const trace = recordedTrace("slab-life");

	it("tells of one that has ended", () => {
		const ended = cacheAt(trace, "specimen", trace.events - 1);
		expect(ended.ended?.name).to.equal("cache_end");
		expect(ended.slabs).to.deep.equal([]);
		expect(ended.allocations).to.equal(ended.frees);
	});

	it("CQ1: stands as it was then", () => {
		const { made, ended } = cacheAt(trace, "specimen", trace.events - 1);
		const middle = Math.floor((made.event + (ended?.event ?? 0)) / 2);
		const cache = cacheAt(trace, "specimen", middle);
		expect(cache.ended).to.equal(null);
		expect(cache.slabs).to.not.be.empty;
		expect(() => cacheAt(trace, "specimen", made.event - 1)).to.throw(
			"there is no cache specimen up to then",
		);
	});

	it("is suggested where its name is nearly right", () => {
		expect(() => cacheAt(trace, "specimne", trace.events - 1)).to.throw(
			'there is no cache specimne up to then (did you mean "specimen"?)',
		);
		expect(() => cacheAt(trace, "zzzzzzzzzzzzzzzz", trace.events - 1)).to.throw(
			/up to then, there are .* and \d+ more$/,
		);
	});
});
