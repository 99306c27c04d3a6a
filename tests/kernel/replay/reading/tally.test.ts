import { expect } from "chai";
import { KFREE, KMALLOC } from "../../../../kernel/replay/reading/event";
import { COMPLAINTS_MAX, Tally } from "../../../../kernel/replay/reading/tally";

describe("a tally", () => {
	it("counts events by kind and finds the CPUs", () => {
		const tally = new Tally();
		tally.event(KMALLOC, 3, 10);
		tally.event(KFREE, 0, 5);
		tally.event(KFREE, -1, 0);
		expect(tally.events).to.equal(3);
		expect(tally.byKind[KFREE]).to.equal(2);
		expect(tally.cpus).to.equal(4);
	});

	it("compares stamps with those of the same CPU", () => {
		const tally = new Tally();
		for (const [cpu, time] of [
			[0, 10],
			[1, 5],
			[0, 10],
			[0, 9],
			[1, 6],
			[0, 9.5],
		])
			tally.event(KFREE, cpu!, time!);
		expect(tally.outOfOrder).to.equal(2);
	});

	it("Y2: keeps the first complaints and counts all", () => {
		const tally = new Tally();
		for (let n = 1; n <= 1000; n++) {
			tally.lines = n;
			tally.complain(`reason ${n}`);
		}
		expect(tally.damaged).to.equal(1000);
		expect(tally.complaints).to.have.length(COMPLAINTS_MAX);
		expect(tally.complaints[1]).to.deep.equal({ line: 2, text: "reason 2" });
		expect(tally.reasons.size).to.be.at.most(65);
		expect([...tally.reasons.values()].reduce((a, b) => a + b)).to.equal(1000);
	});

	it("guesses whether pointers are hashed", () => {
		const tally = new Tally();
		expect(tally.hasHashedPointers).to.equal(false);
		tally.pointer(0);
		expect(tally.hasHashedPointers).to.equal(true);
		tally.pointer(0xffff8880 | 0);
		tally.pointer(0xffff8880 | 0);
		expect(tally.hasHashedPointers).to.equal(false);
	});
});
