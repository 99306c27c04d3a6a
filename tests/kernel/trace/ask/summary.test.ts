import { expect } from "chai";
import { summarize } from "../../../../kernel/trace/ask/summary";
import { recordedTrace, recordRun } from "../recorded";

const GIB = 2 ** 30;

describe("the summary of a trace", () => {
	const trace = recordedTrace("page-tables");
	const summary = summarize(trace);

	it("UQ1: counts every event", () => {
		const counted = summary.kinds.reduce((sum, { count }) => sum + count, 0);
		expect(counted + summary.letters).to.equal(trace.events);
		expect(summary).to.include({ complete: true, lost: 0 });
	});

	it("names the stages of boot in order", () => {
		const names = summary.stages.map(({ name }) => name);
		expect(names).to.include.members(["mem_init", "kmem_cache_init"]);
		expect(names.at(-1)).to.equal("run_init_process");
		for (const { from, to } of summary.stages)
			expect(from ?? 0).to.be.at.most(to);
	});

	it("names tasks, and how it ended", () => {
		expect(summary.tasks.map(({ name }) => name)).to.deep.equal([
			"tourist",
			"vandal",
			"dreamer",
		]);
		const frames = Object.values(summary.end?.frames ?? {});
		const total = frames.reduce((sum, count) => sum + count, 0);
		expect(total).to.equal(trace.header.machine.frames);
	});

	it("tells addresses without memory from memory that is reserved", () => {
		const { trace: high } = recordRun({ memory: "4G" }, () => {});
		const { machine, end } = summarize(high);
		expect(machine.memoryBytes).to.equal(4 * GIB);
		expect(end?.frames.hole).to.be.within(GIB / 4096, GIB / 4096 + 256);
		expect(end?.frames.reserved).to.be.below(GIB / 4096 / 8);
	});

	it("is plain data", () => {
		expect(JSON.parse(JSON.stringify(summary))).to.deep.equal(summary);
	});
});
