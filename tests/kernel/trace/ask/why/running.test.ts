import { expect } from "chai";
import {
	EV_FAULT,
	EV_LOG,
	EV_MAP,
	EV_PROTECT,
	EV_STAGE,
	EV_SWITCH,
	EV_TASK_END,
	EV_TASK_EXIT,
	EV_TASK_NEW,
	EV_TICK,
	EV_UNMAP,
} from "../../../../../kernel/events";
import { why } from "../../../../../kernel/trace/ask/why";
import type { Trace } from "../../../../../kernel/trace/trace";
import { recordedTrace } from "../../recorded";
import { eventsOf, textOf } from "../played";

describe("what the running system did", () => {
	const trace = recordedTrace("page-tables");
	const slices = recordedTrace("time-slices");
	const texts = (from: Trace, code: number): string[] =>
		eventsOf(from, code).map(({ number }) => textOf(why(from, number)));

	it("stages, log lines and ticks", () => {
		const stages = texts(trace, EV_STAGE);
		expect(stages.join("\n")).to.match(
			/kmem_cache_init ended on CPU 0\.\nIt had begun at event \d+, \d+ cycles before\./,
		);
		expect(texts(trace, EV_LOG)[0]).to.include(
			'"Linux version 6.1.0-flagstone',
		);
		expect(texts(trace, EV_TICK)[0]).to.include("began tick 1, 4000000 cycles");
	});

	it("tasks are born, end and go", () => {
		expect(texts(trace, EV_TASK_NEW)).to.include(
			"Boot made tourist with pid 1, a process.",
		);
		expect(texts(trace, EV_TASK_EXIT).join("\n")).to.include(
			"tourist (pid 1) ended with exit code 0",
		);
		expect(texts(slices, EV_TASK_END)[0]).to.include("its record is freed");
	});

	it("a switch tells why somebody left and who comes", () => {
		const all = texts(slices, EV_SWITCH).join("\n");
		expect(all).to.include("was idle.");
		expect(all).to.include("could have gone on, but gave way");
		expect(all).to.include("has ended.");
		expect(all).to.match(/was the next of CPU \d's ready tasks/);
		expect(all).to.match(/CPU \d is idle until somebody is ready/);
	});

	it("a fault tells who wanted what, and what forbade it", () => {
		const [vandal, dreamer] = texts(trace, EV_FAULT);
		expect(vandal).to.include("vandal (pid 2) wanted to write to page 0x");
		expect(vandal).to.include("its entries do not allow this access");
		expect(dreamer).to.include("No entry of the page tables leads there");
	});

	it("WR1: mappings tell what they cost", () => {
		const [first, second] = texts(trace, EV_MAP);
		expect(first).to.include("tourist (pid 1) mapped 1 page at 0x100000000000");
		expect(first).to.include("may be used to read and write");
		expect(first).to.include("5 blocks of pages, 3 of them page tables");
		expect(second).to.include("100 blocks of pages, 0 of them page tables");
		expect(texts(trace, EV_PROTECT)[0]).to.include("wrote 100 entries");
		expect(texts(trace, EV_UNMAP)[0]).to.include("unmapped 1 page");
	});
});
