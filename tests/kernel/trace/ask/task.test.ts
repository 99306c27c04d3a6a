import { expect } from "chai";
import { taskAt } from "../../../../kernel/trace/ask/task";
import { recordedTrace } from "../recorded";

const trace = recordedTrace("page-tables");
const end = trace.events - 1;

describe("a task at a moment", () => {
	it("has a life", () => {
		const task = taskAt(trace, 1, end);
		expect(task).to.include({ name: "tourist", kernelThread: false });
		expect(task.began.name).to.equal("task_new");
		expect(task.exited).to.include({ name: "task_exit", killed: false });
		expect(taskAt(trace, 2, end).exited?.killed).to.equal(true);
	});

	it("TQ1: has deeds and time while it has a CPU", () => {
		const task = taskAt(trace, 1, end);
		expect(task.turns).to.be.at.least(1);
		expect(task.nanosecondsByCpu[0]).to.be.greaterThan(0);
		expect(task.deeds.maps).to.be.greaterThan(0);
		expect(task.deeds.pagesAllocated).to.be.greaterThan(0);
	});

	it("holds what the fold says", () => {
		const began = taskAt(trace, 1, end).began.event;
		const gone = taskAt(trace, 1, end).exited?.event as number;
		const middle = taskAt(trace, 1, Math.floor((began + gone) / 2));
		expect(middle.exited).to.equal(null);
		expect(middle.runningOn).to.equal(0);
		expect(middle.holds.userFrames).to.be.greaterThan(0);
		expect(taskAt(trace, 1, end).holds.userFrames).to.equal(0);
	});

	it("that does not exist is told from those that do", () => {
		expect(() => taskAt(trace, 9, end)).to.throw(
			"there is no task 9 up to then, there are 1 tourist, 2 vandal, 3 dreamer",
		);
		expect(() => taskAt(trace, 1, 0)).to.throw("nor any other");
	});
});
