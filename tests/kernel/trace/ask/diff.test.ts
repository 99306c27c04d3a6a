import { expect } from "chai";
import { diff } from "../../../../kernel/trace/ask/diff";
import { leaks } from "../../../../kernel/trace/ask/leaks";
import { owners } from "../../../../kernel/trace/ask/owners";
import { recordedTrace } from "../recorded";

describe("the difference of two moments", () => {
	const trace = recordedTrace("slab-life");
	const fragments = recordedTrace("fragmentation");
	const quarter = Math.floor(fragments.events / 4);

	it("DF1: of a moment to itself is empty", () => {
		const same = diff(trace, 1000, 1000);
		expect(same).to.deep.include({ caches: [], sites: [], moves: [] });
		expect(same.frames).to.deep.equal({ came: 0, went: 0, changed: 0 });
	});

	it("DF1: changes its signs when the moments change places", () => {
		const there = diff(fragments, quarter, 2 * quarter);
		const back = diff(fragments, 2 * quarter, quarter);
		expect(back.frames.came).to.equal(there.frames.went);
		expect(back.objects).to.deep.equal({
			came: there.objects.went,
			went: there.objects.came,
		});
		expect(back.uses.map(({ change }) => 0 - change)).to.deep.equal(
			there.uses.map(({ change }) => change),
		);
		expect(back.moveCounts).to.deep.equal(there.moveCounts);
	});

	it("DF2: the changes of all uses add up to nothing", () => {
		const { uses, frames } = diff(fragments, quarter, 3 * quarter);
		expect(uses.reduce((sum, { change }) => sum + change, 0)).to.equal(0);
		const used = ["pages", "slab", "kmalloc", "table", "user", "stack"];
		const change = uses
			.filter(({ use }) => used.includes(use))
			.reduce((sum, each) => sum + each.change, 0);
		expect(change).to.equal(frames.came - frames.went);
	});

	it("agrees with the owners of both moments", () => {
		const { sites } = diff(fragments, quarter, 3 * quarter);
		const before = owners(fragments, { moment: quarter }).rows;
		const after = owners(fragments, { moment: 3 * quarter }).rows;
		const liveOf = (rows: typeof before, key: number): number =>
			rows.find((row) => row.key === key)?.live ?? 0;
		for (const { context, bytes } of sites)
			expect(bytes).to.equal(liveOf(after, context) - liveOf(before, context));
	});

	it("tells free blocks by zone and order", () => {
		const { zones } = diff(fragments, quarter, 2 * quarter);
		const before = fragments.copyAt(quarter).frames;
		const after = fragments.foldAt(2 * quarter).frames;
		zones.forEach(({ orders, free }, zone) => {
			const was = before.freeBlocks(zone);
			const is = after.freeBlocks(zone);
			expect(orders.map(({ change }) => change)).to.deep.equal(
				is.map((count, order) => count - was[order]!),
			);
			expect(free.change).to.equal(
				after.freeFrames(zone) - before.freeFrames(zone),
			);
		});
	});

	it("tells the pages of tasks: together they are those of the use", () => {
		const paged = recordedTrace("page-tables");
		const { tasks, uses } = diff(paged, 484, 968);
		const user = uses.find(({ use }) => use === "user");
		expect(tasks.map(({ name }) => name)).to.deep.equal(["tourist"]);
		expect(tasks.reduce((sum, { pages }) => sum + pages.change, 0)).to.equal(
			user?.change,
		);
	});

	it("tells caches that were made and destroyed", () => {
		const made = diff(trace, 560, 1160).caches;
		expect(made.find(({ name }) => name === "specimen")).to.include({
			fate: "came",
		});
		const gone = diff(trace, 1160, trace.events - 1).caches;
		expect(gone.find(({ name }) => name === "specimen")).to.include({
			fate: "went",
		});
	});

	it("tells what moved: slabs between lists, pageblocks, free blocks", () => {
		const { moves, moveCounts } = diff(fragments, quarter, 2 * quarter);
		expect(moveCounts.slab).to.be.greaterThan(0);
		expect(moveCounts.pageblock).to.be.greaterThan(0);
		const block = moves.find(({ what }) => what === "pageblock")!;
		const names = ["Unmovable", "Movable", "Reclaimable"];
		expect(names).to.include(block.before).and.to.include(block.after);
		const slab = moves.find(({ what }) => what === "slab")!;
		expect(slab.name).to.equal("holding");
		expect(slab.before).to.not.equal(slab.after);
	});

	for (const name of ["buddy", "page-tables", "kmalloc-ladder", "slab-life"])
		it(`DF3: what came in ${name} is what could leak`, () => {
			const run = recordedTrace(name);
			for (let step = 0; step < 20; step++) {
				const a = Math.floor((run.events * (step % 5)) / 5) - 1;
				const b = Math.floor((run.events * (step + 4)) / 23);
				if (b < a) continue;
				const { sites, objects } = diff(run, a, b);
				const left = leaks(run, a, b);
				const sizes = left.sites.flatMap((site) => site.sizes);
				const count = sizes
					.filter(({ kind }) => kind === "object")
					.reduce((sum, size) => sum + size.count, 0);
				const came = sites.filter((site) => site.came.count > 0);
				const rows = came.map(({ name, came: { count, bytes } }) => ({
					...{ name, count, bytes },
				}));
				const wanted = left.sites.map(({ name, count, bytes }) => ({
					...{ name, count, bytes },
				}));
				const text = `${name} from ${a} to ${b}`;
				expect(rows, text).to.have.deep.members(wanted);
				expect(objects.came.count, text).to.equal(count);
			}
		});
});
