import { expect } from "chai";
import { EV_SWITCH, EV_TASK_EXIT, EV_TICK } from "../../../kernel/events";
import { cacheAt } from "../../../kernel/trace/ask/cache";
import { frameLife } from "../../../kernel/trace/ask/frame";
import { taskAt } from "../../../kernel/trace/ask/task";
import {
	hasCode,
	isSummary,
	STRETCH_SHIFT,
	Summarizer,
} from "../../../kernel/trace/block-summary";
import { parseMoment, stagesOf } from "../../../kernel/trace/moment";
import type { Trace } from "../../../kernel/trace/trace";
import { EV_PAGE_ALLOC, EV_SLAB_ALLOC, EV_SLAB_MOVE } from "../../../mm/events";
import { recordedTrace } from "./recorded";
import { columnsOf } from "./sample";

const row = (code: number, a: number, b = 0, c = 0, cpu = 0) => ({
	...{ cycles: 5, code, cpu, context: 0, a, b, c, d: 0 },
});

describe("the summary of a block", () => {
	it("BS1, BS2, BS3: has the codes, stretches, slots and tasks of its events", () => {
		const summarizer = new Summarizer(2);
		const first = summarizer.summarize(
			columnsOf([
				row(EV_PAGE_ALLOC, 5000),
				row(EV_PAGE_ALLOC, 5001),
				row(EV_SLAB_MOVE, 90_000, 1, 64),
				row(EV_SLAB_ALLOC, 123, 0, 128),
				row(EV_SWITCH, 7, 3, 0, 1),
				row(EV_TICK, 12),
			]),
		);
		expect(first).to.deep.equal({
			counts: [
				[EV_PAGE_ALLOC, 2],
				[EV_SLAB_ALLOC, 1],
				[EV_SLAB_MOVE, 1],
				[EV_TICK, 1],
				[EV_SWITCH, 1],
			],
			stretches: [5000 >>> STRETCH_SHIFT],
			slots: [64, 128],
			pids: [0, 3, 7],
			running: [0, 7],
			tick: 12,
			cycles: 5,
		});
		const next = summarizer.summarize(columnsOf([row(EV_TASK_EXIT, 9)]));
		expect(next.pids).to.deep.equal([0, 7, 9]); // 7 still had its CPU
		expect(next.tick).to.equal(12);
		expect(hasCode(next, new Set([EV_TASK_EXIT]))).to.equal(true);
		expect(hasCode(next, new Set([EV_TICK]))).to.equal(false);
	});

	it("is known from what a file may hold besides", () => {
		const good = new Summarizer(1).summarize(columnsOf([row(EV_TICK, 1)]));
		expect(isSummary(JSON.parse(JSON.stringify(good)), 1)).to.equal(true);
		expect(isSummary(good, 2)).to.equal(false);
		for (const bad of [
			null,
			[],
			{ ...good, counts: 1 },
			{ ...good, counts: [["x", 1]] },
			{ ...good, stretches: [null] },
			{ ...good, tick: "1" },
		])
			expect(isSummary(bad, 1)).to.equal(false);
	});
});

describe("blocks that are passed over", () => {
	for (const name of ["fragmentation", "per-cpu"])
		it(`make no difference to what ${name} answers`, () => {
			const [short, long] = [recordedTrace(name), looksIntoAll(name)];
			expect(short.reader.summary(0)).to.not.equal(null);
			const names = new Set<string>();
			const pids = new Set<number>();
			for (const { name } of long.foldAt(long.events - 1).objects.all())
				names.add(name);
			for (let moment = 0; moment < long.events; moment += 9999)
				for (const pid of long.foldAt(moment).tasks.tasks.keys()) pids.add(pid);
			const moments = [long.events >> 1, long.events - 1];
			for (const moment of moments) {
				const { frames } = long.header.machine;
				for (let pfn = 777; pfn < frames; pfn += Math.floor(frames / 5))
					expect(frameLife(short, pfn, moment)).to.deep.equal(
						frameLife(long, pfn, moment),
					);
				for (const cache of [...names].slice(-6))
					expect(cacheAt(short, cache, moment)).to.deep.equal(
						cacheAt(long, cache, moment),
					);
			}
			for (const pid of pids)
				expect(taskAt(short, pid, long.events - 1)).to.deep.equal(
					taskAt(long, pid, long.events - 1),
				);
			expect(stagesOf(short)).to.deep.equal(stagesOf(long));
			expect(parseMoment("tick:2", short)).to.equal(
				parseMoment("tick:2", long),
			);
			expect(() => parseMoment("tick:99999", short)).to.throw("ticks up to");
		});

	it("are not unpacked", () => {
		const trace = recordedTrace("per-cpu");
		const seen: number[] = [];
		trace.each(
			0,
			trace.events,
			(_columns, _index, event) => {
				if (seen.at(-1) !== trace.reader.blockOf(event))
					seen.push(trace.reader.blockOf(event));
			},
			({ counts }) => counts.length > 0,
		);
		const without = trace.reader.blocks.flatMap((_, index) =>
			trace.reader.summary(index) === null ? [index] : [],
		);
		expect(seen).to.deep.equal(without);
		expect(without.length).to.be.below(trace.reader.blocks.length);
	});
});

/** The same trace as one of which no block has a summary. */
function looksIntoAll(name: string): Trace {
	const trace = recordedTrace(name);
	trace.reader.summary = () => null;
	return trace;
}
