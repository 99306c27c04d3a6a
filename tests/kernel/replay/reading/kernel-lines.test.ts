import { expect } from "chai";
import { read, readLine } from "./support";

const HEAD = "            init-1       [000] .....     2.500000: ";
const EVENT = "kfree: call_site=f+0x1/0x2 ptr=00000000b7e50d1a";

describe("lines of a kernel trace", () => {
	it("are marks, in the form of each recorder", () => {
		for (const text of [
			"tracing_mark_write: phase two",
			"print:                tracing_mark_write: phase two",
			"print:                 ip=tracing_mark_write buf=phase two",
		])
			expect(readLine(HEAD + text), text).to.include({
				kind: "mark",
				text: "phase two",
			});
	});

	it("leave no text of a mark in the events behind it", () => {
		const { events } = read(`${HEAD}tracing_mark_write: a\n${HEAD}${EVENT}\n`);
		expect(events.map(({ text }) => text)).to.deep.equal(["a", undefined]);
	});

	it("are events of other subsystems, counted by name", () => {
		const { reader, events } = read(
			`${HEAD}sched_switch: prev_comm=a\n${HEAD}${EVENT}\n${HEAD}sched_switch: prev_comm=b\n${HEAD}irq_handler_entry: irq=4\n`,
		);
		expect(events).to.have.length(1);
		expect(reader.tally.others).to.equal(3);
		expect(reader.others()).to.deep.equal([
			["sched_switch", 2],
			["irq_handler_entry", 1],
		]);
	});

	it("count pointers, but not NULL and not those that are none", () => {
		const { reader } = read(
			`${HEAD}${EVENT}\n${HEAD}kfree: call_site=f+0x1/0x2 ptr=0000000000000000\n${HEAD}rss_stat: mm_id=7 curr=0 type=MM_ANONPAGES size=1B\n`,
		);
		expect(reader.tally).to.include({
			hashedPointers: 1,
			realPointers: 0,
			hasHashedPointers: true,
		});
	});

	it("tell the clock", () => {
		expect(read(`${HEAD}${EVENT}\n`).reader.clock).to.equal("nanoseconds");
		expect(
			read(`${HEAD.replace("2.500000", "       7")}${EVENT}\n`).reader.clock,
		).to.equal("count");
	});
});
