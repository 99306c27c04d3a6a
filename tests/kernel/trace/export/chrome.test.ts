import { expect } from "chai";
import {
	type ExportOptions,
	exportTrace,
} from "../../../../kernel/trace/export";
import type { Trace } from "../../../../kernel/trace/trace";
import { GFP_NOWAIT } from "../../../../mm/gfp";
import { recordedTrace, tracedWork } from "../recorded";
import { counted, exported } from "./support";

interface ChromeEvent {
	readonly ph: string;
	readonly name: string;
	readonly pid: number;
	readonly tid: number;
	readonly ts: number;
	readonly s?: string;
	readonly id?: string;
	readonly cat?: string;
	readonly args?: Record<string, unknown>;
}

const eventsOf = (trace: Trace, options: ExportOptions = {}): ChromeEvent[] =>
	JSON.parse(exported(trace, "chrome", options)).traceEvents;

/** What is wrong with a file, by the rules of its readers. */
function problems(events: readonly ChromeEvent[]): string[] {
	const found: string[] = [];
	const open = new Map<string, string[]>();
	const last = new Map<string, number>();
	const lives = new Map<string, string>();
	for (const event of events) {
		const { ph, name, pid, tid, ts } = event;
		const what = JSON.stringify(event);
		if (![pid, tid, ts].every(Number.isFinite) || ts < 0) found.push(what);
		if ("dur" in event) found.push(`dur in ${what}`);
		if (!"BECiMbe".includes(ph)) found.push(`ph of ${what}`);
		if (ph === "M") continue;
		const track = `${pid}/${tid}`;
		if (ts < (last.get(track) ?? 0)) found.push(`earlier than before: ${what}`);
		last.set(track, ts);
		const stack = open.get(track) ?? [];
		open.set(track, stack);
		if (ph === "B") stack.push(name);
		if (ph === "E" && stack.pop() !== name) found.push(`not open: ${what}`);
		if (ph === "i" && event.s !== "t") found.push(`scope of ${what}`);
		if (ph === "C") {
			const values = Object.values(event.args ?? {});
			if (values.length !== 1 || typeof values[0] !== "number")
				found.push(`values of ${what}`);
			if (name.includes("power")) found.push(`name of ${what}`);
		}
		const id = `${event.cat}/${event.id}`;
		if (ph === "b" && lives.has(id)) found.push(`twice: ${what}`);
		if (ph === "b") lives.set(id, name);
		if (ph === "e" && lives.get(id) !== name) found.push(`no life: ${what}`);
		if (ph === "e") lives.set(id, "(over)");
	}
	for (const [track, stack] of open)
		if (stack.length > 0) found.push(`open on ${track}: ${stack.join()}`);
	for (const [id, name] of lives)
		if (name !== "(over)") found.push(`never ends: ${id}`);
	return found;
}

/** Last value of a counter. */
const lastOf = (events: readonly ChromeEvent[], name: string): unknown =>
	events.filter((event) => event.ph === "C" && event.name === name).at(-1)?.args
		?.value;

describe("Chrome JSON of a trace", () => {
	for (const name of ["buddy", "time-slices", "page-tables", "fragmentation"])
		it(`CH1, CH2: ${name} is as readers want it`, () => {
			const trace = recordedTrace(name);
			expect(problems(eventsOf(trace))).to.deep.equal([]);
			const middle = Math.floor(trace.events / 2);
			const part = eventsOf(trace, { from: middle, to: middle + 300 });
			expect(problems(part)).to.deep.equal([]);
		});

	it("draws stages inside each other, and whose turn it is", () => {
		const events = eventsOf(recordedTrace("buddy"));
		const opened = events.filter(({ ph }) => ph === "B");
		const names = opened.map(({ name }) => name);
		expect(names.slice(0, 4)).to.deep.equal([
			...["start_kernel", "start_kernel", "setup_arch", "e820__memory_setup"],
		]);
		expect(names.filter((name) => name === "setup_arch")).to.have.length(1);
		expect(names).to.include.members(["kernel_init", "builder", "on CPU 0"]);
		const threads = events
			.filter(({ name }) => name === "thread_name")
			.map(({ args }) => args?.name);
		expect(threads).to.deep.equal(["CPU 0", "builder"]);
	});

	it("has the runs of every switch, on the CPU and on the task", () => {
		const trace = recordedTrace("time-slices");
		let runs = 0;
		trace.each(0, trace.events, ({ codes, a }, index) => {
			if (codes[index] === 102 && a[index] !== 0) runs++;
		});
		const opened = eventsOf(trace).filter(({ ph }) => ph === "B");
		expect(opened.filter(({ pid }) => pid === 2)).to.have.length(runs);
		expect(
			opened.filter(({ pid, args }) => pid === 1 && args?.pid !== undefined),
		).to.have.length(runs);
	});

	it("counts what the fold has at the end", () => {
		const trace = recordedTrace("page-tables");
		for (const to of [900, trace.events - 1]) {
			const events = eventsOf(trace, { to });
			const { frames, objects } = trace.foldAt(to);
			frames.zones.forEach(({ name }, zone) => {
				expect(lastOf(events, `free pages ${name}`)).to.equal(
					frames.freeFrames(zone),
				);
			});
			const sum = (of: "active" | "frames"): number =>
				objects.all().reduce((total, cache) => total + cache[of], 0);
			expect(lastOf(events, "objects in use")).to.equal(sum("active"));
			expect(lastOf(events, "slab pages")).to.equal(sum("frames"));
			let tables = 0;
			for (let pfn = 0; pfn < frames.frames; pfn++)
				if (frames.state[pfn] === 7) tables++;
			expect(lastOf(events, "page-table pages")).to.equal(tables);
		}
	});

	it("marks faults, fallbacks and failures", () => {
		const tables = recordedTrace("page-tables");
		const marks = eventsOf(tables).filter(({ ph }) => ph === "i");
		const faults = marks.filter(({ name }) => name === "fault");
		expect(faults).to.have.length(counted(tables).fault!);
		expect(faults[0]!.args?.address).to.match(/^0x0000[0-9a-f]{12}$/);
		const full = tracedWork({ memory: "16M" }, (kernel) => {
			while (kernel.allocPages(10, GFP_NOWAIT) !== 0);
		});
		const events = eventsOf(full);
		const failed = events.find(({ name }) => name === "allocation failed")!;
		expect(failed.args).to.include({ order: 10, gfp: "GFP_NOWAIT" });
		expect(events.map(({ name }) => name)).to.include("fallback");
	});

	it("LV1: draws the lives that are asked for", () => {
		const trace = recordedTrace("buddy");
		const counts = counted(trace);
		const lives = (lifetimes: string): number => {
			const events = eventsOf(trace, { lifetimes });
			expect(problems(events)).to.deep.equal([]);
			return events.filter(({ ph }) => ph === "b").length;
		};
		expect(lives("none")).to.equal(0);
		expect(lives("pages")).to.equal(counts.page_alloc);
		expect(lives("objects")).to.equal(counts.slab_alloc);
		expect(lives("all")).to.equal(counts.page_alloc! + counts.slab_alloc!);
		expect(lives("holding")).to.equal(201);
		expect(lives("no such cache")).to.equal(0);
	});

	it("CH3: comes in pieces, and not more of them for more events", () => {
		const trace = recordedTrace("fragmentation");
		let longest = 0;
		let whole = 0;
		for (const piece of exportTrace(trace, "chrome")) {
			longest = Math.max(longest, piece.length);
			whole += piece.length;
		}
		expect(longest).to.be.below(2 ** 19);
		expect(whole).to.be.below(trace.events * 20);
	});
});
