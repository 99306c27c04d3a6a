import { expect } from "chai";
import { GFP_KERNEL } from "../../../../kernel";
import {
	OWNERS_BY,
	OWNERS_SORT,
	OwnersBook,
	owners,
} from "../../../../kernel/trace/ask/owners";
import { recordedTrace } from "../recorded";
import { playedTrace } from "./played";

describe("owners", () => {
	const trace = recordedTrace("slab-life");

	it("OW1: sums do not depend on the grouping", () => {
		const { sum } = owners(trace);
		expect(sum.count).to.be.greaterThan(500);
		for (const by of OWNERS_BY)
			expect(owners(trace, { by }).sum).to.deep.equal(sum);
	});

	it("sorts by what is asked for, largest first", () => {
		for (const sort of OWNERS_SORT) {
			const values = owners(trace, { sort }).rows.map((row) => row[sort]);
			expect(values).to.deep.equal([...values].sort((a, b) => b - a));
		}
	});

	it("counts the objects of a cache, their bytes and their waste", () => {
		const specimen = owners(trace, { by: "cache" }).rows.find(
			({ name }) => name === "specimen",
		);
		expect(specimen).to.include({
			count: 201,
			total: 201 * 640,
			totalWaste: 201 * 40,
			live: 0,
			liveCount: 0,
			waste: 0,
		});
	});

	it("names call sites by their whole path and tasks by their name", () => {
		const sites = owners(trace, { by: "callsite" }).rows.map(
			({ name }) => name,
		);
		expect(sites).to.include("biologist > kmem_cache_alloc");
		expect(sites).to.include("start_kernel > mm_init > kmem_cache_init");
		const tasks = owners(trace, { by: "task" }).rows;
		expect(tasks.map(({ name }) => name)).to.have.members([
			"biologist",
			"no task",
		]);
		expect(tasks.find(({ name }) => name === "biologist")?.key).to.equal(1);
	});

	it("OW2: counts a large kmalloc once, with what was asked for", () => {
		const ladder = recordedTrace("kmalloc-ladder");
		const large = owners(ladder, { by: "type" }).rows.find(
			({ name }) => name === "kmalloc",
		);
		expect(large).to.include({
			count: 2,
			total: 16384 + 4194304,
			totalWaste: 16384 - 8193,
		});
	});

	it("answers for any moment", () => {
		const moment = 1000;
		const live = owners(trace, { by: "cache", moment });
		const fold = trace.foldAt(moment);
		for (const { name, liveCount } of live.rows) {
			const cache = fold.objects.all().find((each) => each.name === name);
			if (cache !== undefined) expect(liveCount).to.equal(cache.active);
		}
		expect(owners(trace, { moment: 10 }).rows).to.deep.equal([]);
	});

	it("calls temporary what is freed a few events later", () => {
		const played = playedTrace({ memory: "16M" }, (kernel) => {
			const kept = kernel.kmalloc(100, GFP_KERNEL);
			for (let i = 0; i < 40; i++)
				kernel.kfree(kernel.kmalloc(200, GFP_KERNEL));
			kernel.kfree(kept);
		});
		const rows = owners(played, { by: "cache", sort: "temporary" }).rows;
		expect(rows[0]).to.include({
			name: "kmalloc-256",
			temporary: 40,
			totalWaste: 40 * 56,
		});
		const kept = rows.find(({ name }) => name === "kmalloc-128");
		expect(kept).to.include({ temporary: 0, count: 1, totalWaste: 28 });
	});

	it("are kept in a book that goes on from moment to moment", () => {
		const book = new OwnersBook(trace, "callsite");
		for (const moment of [-1, 700, 1000, 1000, trace.events - 1]) {
			const rows = book.at(moment);
			const { rows: wanted } = owners(trace, { moment });
			expect(rows).to.have.deep.members([...wanted]);
			expect(book.moment).to.equal(moment);
		}
	});
});
