import { expect } from "chai";
import { PhysicalMemory } from "../../hw/memory";
import { asPhys } from "../../hw/units";
import { DeferredWork, workBytes } from "../../kernel/work";

describe("kernel/work", () => {
	let work: DeferredWork;
	let memory: PhysicalMemory;
	let ran: string[];

	beforeEach(() => {
		memory = new PhysicalMemory(new ArrayBuffer(65536), 65536);
		work = new DeferredWork(memory, asPhys(4096), 2);
		ran = [];
		work.register("first", (argument) => ran.push(`first ${argument}`));
		work.register("second", (argument) => ran.push(`second ${argument}`));
	});

	it("runs what is due, in the order of registration, with its argument", () => {
		work.queue(0, 1, 5, 20);
		work.queue(0, 0, 5, 10);
		expect(work.runDue(0, 4)).to.equal(0);
		expect(work.runDue(0, 5)).to.equal(2);
		expect(ran).to.deep.equal(["first 10", "second 20"]);
		expect(work.runDue(0, 6)).to.equal(0);
	});

	it("runs on the CPU where it was queued", () => {
		work.queue(1, 0, 1);
		expect(work.runDue(0, 9)).to.equal(0);
		expect(work.runDue(1, 9)).to.equal(1);
		expect(work.runs(1, 0)).to.equal(1);
	});

	it("is pending at most once", () => {
		expect(work.queue(0, 0, 3, 1)).to.equal(true);
		expect(work.queue(0, 0, 1, 2)).to.equal(false);
		work.runDue(0, 3);
		expect(ran).to.deep.equal(["first 1"]);
	});

	it("can be taken back", () => {
		work.queue(0, 0, 3);
		expect(work.cancel(0, 0)).to.equal(true);
		expect(work.cancel(0, 0)).to.equal(false);
		expect(work.nextDue(0)).to.equal(0);
		expect(work.runDue(0, 9)).to.equal(0);
	});

	it("knows the soonest tick at which something is due", () => {
		expect(work.nextDue(0)).to.equal(0);
		work.queue(0, 0, 30);
		work.queue(0, 1, 20);
		expect(work.nextDue(0)).to.equal(20);
		work.runDue(0, 20);
		expect(work.nextDue(0)).to.equal(30);
	});

	it("queued by work runs in the next tick at the earliest", () => {
		const again = work.register("again", () => {
			ran.push("again");
			work.queue(0, again, 0);
		});
		work.queue(0, again, 1);
		expect(work.runDue(0, 1)).to.equal(1);
		expect(ran).to.deep.equal(["again"]);
		work.runDue(0, 2);
		expect(ran).to.deep.equal(["again", "again"]);
	});

	it("is all in memory: another view of the same bytes runs it", () => {
		work.queue(0, 1, 7, 42);
		const other = new DeferredWork(memory, asPhys(4096), 2);
		other.register("first", () => {});
		other.register("second", (argument) => ran.push(`other ${argument}`));
		other.runDue(0, 7);
		expect(ran).to.deep.equal(["other 42"]);
	});

	it("says how much memory its tables take", () => {
		expect(workBytes(2)).to.equal(2 * 272);
	});
});
