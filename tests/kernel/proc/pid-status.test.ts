// Specification of /proc/PID/status: Linux's lines in Linux's order, and their way back.

import { expect } from "chai";
import {
	formatStatus,
	parseStatus,
	TASK_MEMORY_NAMES,
	type TaskStatus,
} from "../../../kernel/proc/pid-status";

const TASK: TaskStatus = {
	name: "worker 1",
	state: "S",
	tgid: 7,
	pid: 8,
	parentPid: 1,
	memory: { VmPeak: 3708, VmSize: 3700, VmPTE: 12345678901 },
	threads: 2,
	switches: [5, 0],
};

const TEXT = `Name:	worker 1
State:	S (sleeping)
Tgid:	7
Pid:	8
PPid:	1
VmPeak:	    3708 kB
VmSize:	    3700 kB
VmPTE:	12345678901 kB
Threads:	2
voluntary_ctxt_switches:	5
nonvoluntary_ctxt_switches:	0
`;

describe("/proc/PID/status", () => {
	it("has sizes in 8 columns behind a tab", () => {
		expect(formatStatus(TASK)).to.equal(TEXT);
		expect(parseStatus(TEXT)).to.deep.equal(TASK);
	});

	it("has no memory lines for a kernel thread", () => {
		const thread: TaskStatus = {
			...TASK,
			state: "I",
			memory: null,
			switches: null,
		};
		const text = formatStatus(thread);
		expect(text).to.include("State:\tI (idle)\n").and.not.include("Vm");
		expect(parseStatus(text)).to.deep.equal(thread);
	});

	it("names memory in Linux's order", () => {
		const memory = Object.fromEntries(TASK_MEMORY_NAMES.map((n) => [n, 0]));
		const lines = formatStatus({ ...TASK, memory })
			.split("\n")
			.slice(5, 21);
		expect(lines.map((line) => line.split(":")[0])).to.deep.equal([
			...TASK_MEMORY_NAMES,
		]);
	});

	it("says which line does not fit", () => {
		expect(() => parseStatus("Name:\ta\nState:\tQ (?)\n")).to.throw(
			'status, line 2: expected `State`, found "State:\tQ (?)".',
		);
	});
});
