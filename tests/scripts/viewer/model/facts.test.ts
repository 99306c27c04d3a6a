import { expect } from "chai";
import {
	blockName,
	frameFacts,
	slabFacts,
	tableFacts,
} from "../../../../scripts/viewer/model/facts";
import { shown } from "../shows";

describe("facts", () => {
	it("FA1: a frame's record, with what it leads to", () => {
		const { film, names } = shown("slab-life");
		const fold = film.at(1000);
		const facts = frameFacts(fold, 4128, names);
		const factOf = (name: string) => facts.find((it) => it.name === name);
		expect(factOf("use")?.value).to.equal("slab of specimen");
		expect(factOf("since event")?.event).to.equal(fold.frames.since[4128]);
		expect(factOf("cache")?.selection?.kind).to.equal("cache");
		expect(blockName(fold, -1, names)).to.equal("reserved since boot");
	});

	it("a slab has as many objects in use as it says", () => {
		const { film } = shown("slab-life");
		const slab = slabFacts(film.at(1000), 4128);
		const used = slab?.objects.filter((object) => object !== null);
		expect(used?.length).to.equal(slab?.inuse);
		expect(slab?.cache.name).to.equal("specimen");
		expect(slabFacts(film.at(-1), 4128)).to.equal(null);
	});

	it("a page table shows what it maps", () => {
		const { film } = shown("page-tables");
		const fold = film.at(1500);
		const table = fold.tasks
			.tableFrames()
			.find((pfn) => (tableFacts(fold, pfn)?.length ?? 0) > 20);
		const entries = tableFacts(fold, table!);
		expect(entries?.[0]?.flags).to.include("user");
		expect(tableFacts(fold, 5)).to.equal(null);
	});
});
