import { expect } from "chai";
import type { FrameRun } from "../../../../kernel";
import { framesAt } from "../../../../kernel/trace/ask/map";
import { watched } from "./watched";

/** Use and owner of each frame, as far as both the machine and a trace can tell them. */
function told(runs: readonly FrameRun[]): string[] {
	const frames: string[] = [];
	for (const { start, count, use, owner } of runs)
		for (let pfn = start; pfn < start + count; pfn++)
			frames[pfn] = simple(use, owner);
	return frames;
}

function simple(use: string, owner: string): string {
	if (use === "metadata" || owner === "direct map") return "boot memory";
	if (use === "kernel") return "kernel";
	return owner.startsWith("stack of")
		? `${use} kernel stack`
		: `${use} ${owner}`;
}

describe("frames at a moment", () => {
	for (const name of ["boot-only", "buddy", "page-tables", "slab-life"])
		it(`MQ1, MQ2: are those of the machine of ${name}`, () => {
			const { trace, kernel } = watched(name, 1e9, () => {});
			const fold = trace.foldAt(trace.events - 1);
			const runs = framesAt(fold, trace.header.machine);
			let next = 0;
			for (const { start, count } of runs) {
				expect(start).to.equal(next);
				next += count;
			}
			expect(next).to.equal(trace.header.machine.frames);
			const real = told(kernel.frames());
			const differ = told(runs).flatMap((use, pfn) =>
				use === real[pfn] ? [] : [`${pfn}: ${use}, real ${real[pfn]}`],
			);
			expect(differ.slice(0, 5)).to.deep.equal([]);
		});
});
