import { expect } from "chai";
import { boot } from "../../kernel";
import { type Run, reportOf } from "../../scripts/run-report";

const request = { proc: ["buddyinfo"], memoryBytes: null, cpus: null, seed: 4 };
const run = (more: Partial<Run>): Run => ({
	...{ scenario: { name: "x", title: "y" }, log: ["first"] },
	...{ kernel: null, expectations: [], panic: null },
	...more,
});

describe("the report of a run", () => {
	it("tells what a kernel came to, in plain values", () => {
		const kernel = boot({ memory: "16M", cpus: 2 });
		const report = reportOf(run({ kernel }), request);
		expect(report.machine).to.include({ cpus: 2 });
		expect(report.machine.memoryBytes).to.be.within(2 ** 23, 2 ** 24);
		expect(report.frames[0]).to.include({ start: 0 });
		expect(report.caches.length).to.be.above(10);
		for (const { activeObjects, totalObjects } of report.caches)
			expect(activeObjects).to.be.at.most(totalObjects);
		expect(report.proc.buddyinfo).to.equal(kernel.proc("buddyinfo"));
		expect(JSON.parse(JSON.stringify(report))).to.deep.equal(report);
	});

	it("tells of a kernel that never came up what was asked for", () => {
		const report = reportOf(run({ panic: "dead" }), request);
		expect(report).to.include({ panic: "dead" });
		expect(report.machine).to.include({ frameCount: 0, seed: 4, cpus: 1 });
		expect(report.log).to.deep.equal(["first"]);
		expect([report.frames, report.caches, report.damage]).to.deep.equal([
			[],
			[],
			[],
		]);
		expect(report.proc).to.deep.equal({ buddyinfo: "" });
	});
});
