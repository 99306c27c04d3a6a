import { expect } from "chai";
import { owners } from "../../../../kernel/trace/ask/owners";
import {
	callSites,
	type SiteRow,
} from "../../../../kernel/trace/export/call-sites";
import { spanOf } from "../../../../kernel/trace/export/span";
import type { Trace } from "../../../../kernel/trace/trace";
import { GFP_KERNEL } from "../../../../mm/gfp";
import { recordedTrace, tracedWork } from "../recorded";
import { counted } from "./support";

const rowsOf = (trace: Trace, wish = {}): SiteRow[] =>
	callSites(trace, spanOf(trace, wish));
const sum = (rows: SiteRow[], of: keyof SiteRow): number =>
	rows.reduce((total, row) => total + Number(row[of]), 0);
const of = (rows: SiteRow[], what: string): SiteRow[] =>
	rows.filter(({ path }) => path.at(-1) === what);

describe("memory by call site", () => {
	it("gives each allocation to who asked for it", () => {
		const trace = tracedWork({ memory: "32M" }, (kernel) => {
			kernel.kmalloc(100, GFP_KERNEL);
			kernel.kfree(kernel.kmalloc(120, GFP_KERNEL));
			kernel.kmalloc(20_000, GFP_KERNEL);
			kernel.allocPages(3, GFP_KERNEL);
			kernel.freePages(kernel.allocPages(2, GFP_KERNEL), 2);
		});
		const rows = rowsOf(trace).filter(
			({ path }) => path[0] === "(no call site)",
		);
		expect(of(rows, "kmalloc-128")[0]).to.deep.equal({
			path: ["(no call site)", "kmalloc-128"],
			...{ liveBytes: 128, liveCount: 1, wasteBytes: 28 },
			...{ totalBytes: 256, totalCount: 2 },
		});
		expect(of(rows, "kmalloc-large")[0]).to.include({
			...{ liveBytes: 32_768, liveCount: 1, wasteBytes: 12_768 },
			...{ totalBytes: 32_768, totalCount: 1 },
		});
		expect(of(rows, "pages")[0]).to.include({
			...{ liveBytes: 32_768, liveCount: 1, wasteBytes: 0 },
			...{ totalBytes: 32_768 + 16_384, totalCount: 2 },
		});
	});

	for (const name of ["slab-life", "page-tables", "memory-full"])
		it(`CA1: totals of ${name} are never less than what is live`, () => {
			const trace = recordedTrace(name);
			for (const at of [trace.events >> 1, trace.events - 1])
				for (const row of rowsOf(trace, { at })) {
					const what = row.path.join(" > ");
					expect(row.totalBytes, what).to.be.at.least(row.liveBytes);
					expect(row.totalCount, what).to.be.at.least(row.liveCount);
					expect(row.wasteBytes, what).to.be.within(0, row.liveBytes);
				}
		});

	it("counts every object, and every page that is not a slab's", () => {
		const trace = recordedTrace("page-tables");
		const counts = counted(trace);
		const rows = rowsOf(trace);
		expect(sum(rows, "totalCount")).to.equal(
			counts.slab_alloc! + counts.page_alloc! - counts.slab_new!,
		);
		const { objects } = trace.foldAt(trace.events - 1);
		const active = objects.all().reduce((total, it) => total + it.active, 0);
		const uses = ["pages", "kmalloc-large", "page tables", "user pages"];
		const blocks = [...uses, "kernel stacks"].flatMap((use) => of(rows, use));
		expect(sum(rows, "liveCount") - sum(blocks, "liveCount")).to.equal(active);
	});

	for (const name of ["kmalloc-ladder", "page-tables", "slab-life"])
		it(`says of ${name} what owners says`, () => {
			const trace = recordedTrace(name);
			const rows = rowsOf(trace);
			const told = owners(trace).sum;
			expect(sum(rows, "liveBytes")).to.equal(told.live);
			expect(sum(rows, "liveCount")).to.equal(told.liveCount);
			expect(sum(rows, "totalBytes")).to.equal(told.total);
			expect(sum(rows, "totalCount")).to.equal(told.count);
			expect(sum(rows, "wasteBytes")).to.equal(told.waste);
			const stores = new Map<string, number>();
			for (const { path, totalBytes } of rows) {
				const store = path.at(-1) as string;
				stores.set(store, (stores.get(store) ?? 0) + totalBytes);
			}
			for (const { name, total } of owners(trace, { by: "cache" }).rows)
				expect(stores.get(name), name).to.equal(total);
		});

	it("counts a stretch, and what is live at a moment", () => {
		const trace = recordedTrace("buddy");
		const [from, to] = [700, 1000];
		const rows = rowsOf(trace, { from, to });
		let objects = 0;
		trace.each(from + 1, to + 1, ({ codes }, index) => {
			if (codes[index] === 8) objects++;
		});
		expect(sum(of(rows, "holding"), "totalCount")).to.equal(objects);
		const whole = rowsOf(trace, { at: to });
		expect(sum(rows, "liveBytes")).to.equal(sum(whole, "liveBytes"));
	});
});
