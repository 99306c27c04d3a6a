import { expect } from "chai";
import { asPfn } from "../../../../hw/units";
import { freelistsAt } from "../../../../kernel/trace/ask/freelists";
import { watched } from "./watched";

describe("free lists at a moment", () => {
	it("LQ1: are those of the machine, in their order", () => {
		const { trace, kernel } = watched("per-cpu", 1e9, () => {});
		const lists = freelistsAt(trace.foldAt(trace.events - 1));
		expect(lists.every(({ blocks }) => blocks.length > 0)).to.equal(true);
		const { zones } = kernel.mm.allocator;
		for (const { zone, pcp } of zones) {
			const own = lists.filter((list) => list.zone === zone.name);
			const free = own.filter(({ cpu }) => cpu === null);
			const frames = free.reduce(
				(sum, { order, blocks }) => sum + blocks.length * 2 ** order,
				0,
			);
			expect(frames).to.equal(zone.free);
			for (const { id } of kernel.machine.turn.cpus) {
				const real: number[] = [];
				pcp.each(id, (pfn) => real.push(pfn));
				const waiting = own.filter(({ cpu }) => cpu === id);
				expect(waiting.flatMap(({ blocks }) => blocks)).to.deep.equal(real);
				for (const { order, blocks } of waiting)
					for (const pfn of blocks)
						expect(kernel.mm.pages.order(asPfn(pfn))).to.equal(order);
			}
		}
	});
});
