import { expect } from "chai";
import { secondsText } from "../../../../scripts/report/text";
import {
	drawFacts,
	headline,
	pathText,
	taskText,
	whenText,
	whoText,
} from "../../../../scripts/report/trace/words";
import { stageTerminal } from "../../stage";

const deed = {
	event: 812,
	name: "slab_alloc",
	cycles: 83_120_000,
	nanoseconds: 83_120_000,
	tick: 20,
	cpu: 1,
	path: ["worker", "kmalloc"],
	task: { pid: 3, name: "worker" },
};

describe("moments and doers in words", () => {
	it("are when and who", () => {
		expect(whenText(deed)).to.equal("event 812, tick 20, 0.083120 s");
		expect(whenText({ event: -1, tick: 0, nanoseconds: 0 })).to.equal(
			"before the first event",
		);
		expect(whoText(deed)).to.equal("worker(3) on CPU 1: worker > kmalloc");
		expect(whoText({ ...deed, task: null, path: [] })).to.equal(
			"the kernel on CPU 1",
		);
	});

	it("say when there is nobody", () => {
		expect(taskText(null)).to.equal("no task");
		expect(pathText([])).to.equal("no call site");
	});

	it("cut time to the microsecond, as the log does", () => {
		expect(secondsText(1_999_999)).to.equal("0.001999 s");
	});

	it("head an answer", () => {
		expect(headline("Cache x", deed, stageTerminal())).to.equal(
			"Cache x  after event 812, tick 20, 0.083120 s",
		);
	});

	it("stand under one another", () => {
		const facts = [
			["a", "one"],
			["long", "two"],
		] as const;
		expect(drawFacts(facts, stageTerminal())).to.deep.equal([
			"  a     one",
			"  long  two",
		]);
	});
});
