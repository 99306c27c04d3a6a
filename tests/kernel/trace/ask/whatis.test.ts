import { expect } from "chai";
import { whatis } from "../../../../kernel/trace/ask/whatis";
import type { FoldedObject } from "../../../../kernel/trace/fold/objects";
import { recordedTrace } from "../recorded";

describe("what is at an address", () => {
	const trace = recordedTrace("per-cpu");
	const moment = Math.floor(trace.events * 0.6);

	it("is an object, and who has it since when", () => {
		const { objects, frames } = trace.foldAt(moment);
		const found: FoldedObject[] = [];
		objects.eachSlab((slab) => {
			const cache = objects.cache(frames.owner[slab] as number);
			if (cache) objects.eachOf(slab, cache, (object) => found.push(object));
		});
		expect(found).to.not.be.empty;
		for (const object of found.filter((_, at) => at % 100 === 0)) {
			const answer = whatis(trace, object.address + 3, moment);
			expect(answer.object).to.include({
				index: object.index,
				address: object.address,
				offset: 3,
				inUse: true,
				bytes: object.bytes,
			});
			expect(answer.object?.since?.event).to.equal(object.since);
			expect(answer.object?.since?.path).to.deep.equal(
				trace.path(object.context),
			);
			expect(answer.block?.use).to.equal("slab");
			expect(answer.slab?.pfn).to.equal(object.slab);
		}
	});

	it("WQ1: is no object outside of slabs", () => {
		const { frames } = trace.foldAt(moment);
		const [free = 0] = frames.lists.members(frames.freeList(1, 10, 1));
		const answer = whatis(trace, (free + 5) * 4096, moment);
		expect(answer.block).to.include({ head: free, order: 10, use: "free" });
		expect(answer.slab).to.equal(null);
		expect(answer.object).to.equal(null);
	});

	it("is nobody's where boot took it", () => {
		expect(whatis(trace, 0, moment).block).to.equal(null);
		expect(whatis(trace, 2 ** 24, -1).block).to.equal(null);
	});

	it("is a task's memory or stack", () => {
		const tables = recordedTrace("page-tables");
		const owners = new Set<string>();
		const { frames } = tables.foldAt(780);
		const heads: number[] = [];
		frames.eachBlock((head) => heads.push(head));
		for (const head of heads) {
			const { block } = whatis(tables, head * 4096, 780);
			if (block?.owner) owners.add(`${block.use} of ${block.owner.name}`);
		}
		expect([...owners]).to.have.members([
			"stack of tourist",
			"stack of vandal",
			"stack of dreamer",
			"user of tourist",
		]);
	});
});
