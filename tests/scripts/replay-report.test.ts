import { expect } from "chai";
import { boot } from "../../kernel";
import { replayOn } from "../../kernel/replay/replay";
import type { ReplayRequest } from "../../scripts/engine";
import { replayReport } from "../../scripts/replay-report";
import { fixture } from "../kernel/replay/reading/support";

const REQUEST: ReplayRequest = {
	...{ files: ["some/trace.txt"], compare: null, from: null, flavour: null },
	...{ memoryBytes: null, cpus: null, seed: null },
	...{ commandLine: null, policy: null, proc: ["meminfo"], trace: null },
};
const NOTHING = { log: [], replay: null, recording: null, snapshot: null };

describe("the report of a replay", () => {
	it("tells what was read, asked for and left", () => {
		const replay = replayOn(boot({ memory: "64M" }), null);
		replay.push(fixture("trace-cmd.txt"));
		replay.finish();
		const run = { ...NOTHING, replay, log: ["a line"], panic: null };
		const report = replayReport(REQUEST, run);
		expect(report.scenario.name).to.equal("trace.txt");
		expect(report.log).to.deep.equal(["a line"]);
		expect(report.reading).to.deep.include({
			files: ["some/trace.txt"],
			format: "trace-cmd",
			damaged: 0,
		});
		const { events } = report.reading;
		const played = Object.values(events).reduce((sum, count) => sum + count);
		expect(report.requests).to.include({ from: null, played });
		const { allocated, freed, left } = report.requests.objects;
		expect(allocated).to.equal(freed + left);
		const rows = report.requests.leftBySite;
		expect(rows.reduce((sum, { count }) => sum + count, 0)).to.equal(left);
		expect(rows.map(({ count }) => count)).to.deep.equal(
			rows.map(({ count }) => count).sort((a, b) => b - a),
		);
		expect(report.proc.meminfo).to.match(/^MemTotal: /);
	});

	it("RE1: is there too when the machine never came up", () => {
		const report = replayReport(REQUEST, { ...NOTHING, panic: "too small" });
		expect(report).to.include({ panic: "too small", score: null });
		expect(report.reading).to.include({ format: "unknown", lines: 0 });
		expect(report.requests).to.deep.include({ played: 0, leftBySite: [] });
	});
});
