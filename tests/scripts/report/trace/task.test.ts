import { expect } from "chai";
import type { TaskAnswer } from "../../../../kernel/trace/ask/task";
import { drawTask } from "../../../../scripts/report/trace/task";
import { at, deed, plain } from "./sample";

const task: TaskAnswer = {
	pid: 3,
	name: "worker",
	parent: { pid: 1, name: "init" },
	kernelThread: false,
	began: deed(7),
	exited: null,
	ended: null,
	turns: 2,
	nanosecondsByCpu: [1_500_000, 0, 20_000],
	runningOn: 0,
	deeds: {
		faults: 1,
		maps: 2,
		unmaps: 0,
		pagesAllocated: 30,
		pagesFreed: 20,
		objectsAllocated: 1000,
		objectsFreed: 1,
	},
	holds: {
		userFrames: 3,
		objects: [{ cache: "kmalloc-64", objects: 999, bytes: 60_000 }],
	},
};

describe("a drawn task", () => {
	it("tells its life, its deeds and what it holds", () => {
		const text = drawTask(task, at, plain).join("\n");
		expect(text).to.match(/^Task 3 worker {2}after event 500/);
		expect(text).to.include("a program, begun by init(1)");
		expect(text).to.include(
			"2 turns, 0.001500 s on CPU 0, 0.000020 s on CPU 2; has CPU 0",
		);
		expect(text).to.include("1,000 allocated, 1 freed");
		expect(text).to.include("1 fault, 2 maps, 0 unmaps");
		expect(text).to.include("3 frames of its own, 12 KiB");
		expect(text).to.match(/kmalloc-64 +999 +60,000/);
	});

	it("tells how it ended", () => {
		const exited = { ...deed(300), code: 9, killed: true };
		const gone = { ...task, exited, ended: deed(301), runningOn: null };
		const text = drawTask(gone, at, plain).join("\n");
		expect(text).to.match(/exited +event 300, .* with code 9, killed/);
		expect(text).to.match(/was gone +event 301/);
		expect(text).to.not.include("has CPU");
	});
});
