// As Chrome trace-event JSON: Perfetto and chrome://tracing open it.
//
//   process 1 "CPUs"     thread CPU n    boot stages, one in the other; whose turn it is; log lines, fallbacks, failures, ticks
//   process 2 "tasks"    thread of a pid on which CPU it runs; faults, its exit
//   process 3 "memory"   counters: free pages by zone, slab pages, page-table pages, objects in use
//                        lives of allocations where they are asked for (chrome-lives.ts)
//
// Slices are B and E, since the end of one is not known at its beginning in a stream. Counters have one value each: other
// viewers refuse more, and Perfetto would make a track of each value anyway. They are thinned (counters.ts).
//
// CH1: every ts is a number, no event has a dur, and B and E of a thread nest and are all closed.
// CH2: the ts of a thread, and of the memory process, do not fall. Clocks of CPUs differ by up to a tick, so where a task or
//      a counter goes from one CPU to another its time may be that of the CPU which is ahead.
// CH3: memory is bounded by the machine's frames, live tasks and live objects.

import { pageAddress } from "../../../hw/events";
import { asVirt, hex, virtText } from "../../../hw/units";
import { EV_FALLBACK, EV_PAGE_FAIL } from "../../../mm/events";
import { gfpText } from "../../../mm/gfp";
import {
	EV_FAULT,
	EV_LOG,
	EV_STAGE,
	EV_SWITCH,
	EV_TASK_END,
	EV_TASK_EXIT,
	EV_TASK_NEW,
	EV_TICK,
} from "../../events";
import type { EventColumns } from "../columns";
import type { Fold } from "../fold/fold";
import type { Trace } from "../trace";
import { type Lifetimes, Lives } from "./chrome-lives";
import { ChromeEvents, type Track } from "./chrome-tracks";
import { Counters, POINTS_MAX } from "./counters";
import { Roster } from "./roster";
import { pieces, type Span } from "./span";

export type { Lifetimes } from "./chrome-lives";

const CPUS = 1; // processes
const TASKS = 2;
const MEMORY = 3;

/** Pieces of the JSON text. */
export function* exportChrome(
	trace: Trace,
	span: Span,
	lifetimes: Lifetimes,
): Generator<string> {
	const writer = new ChromeWriter(trace, span, lifetimes);
	const title = JSON.stringify(titleOf(trace));
	yield `{"displayTimeUnit":"ns","otherData":${title},"traceEvents":[\n`;
	yield writer.begin();
	yield* pieces(trace, span, (columns, index, event) =>
		writer.event(columns, index, event),
	);
	yield writer.finish();
	yield "\n]}\n";
}

const titleOf = ({ header }: Trace): object => ({
	flagstone: header.flagstone,
	scenario: header.scenario?.name ?? "",
	seed: header.seed,
	commandLine: header.commandLine,
});

/** Makes events of one trace. */
class ChromeWriter {
	private readonly events: ChromeEvents;
	private readonly fold: Fold;
	private readonly roster: Roster;
	private readonly counters: Counters;
	private readonly lives: Lives;
	private readonly cpus: readonly Track[];
	private readonly tasks = new Map<number, Track>();
	private readonly memory: Track;
	private readonly start: number; // cycles

	constructor(
		private readonly trace: Trace,
		{ first, end }: Span,
		lifetimes: Lifetimes,
	) {
		this.events = new ChromeEvents(trace.header.cyclesPerSecond);
		this.roster = new Roster(trace, first);
		this.fold = trace.copyAt(first - 1);
		const before = Math.max(...this.fold.tasks.cycles);
		const last = first < end ? trace.event(end - 1).cycles : before;
		this.start = before;
		this.cpus = Array.from(this.roster.running, (_, cpu) =>
			this.track(CPUS, cpu + 1),
		);
		this.memory = this.track(MEMORY, MEMORY);
		this.nameTracks();
		this.counters = new Counters(
			this.fold,
			Math.max(0, last - before) / POINTS_MAX,
			(name, cycles, value) => {
				this.events.counter(this.memory, name, cycles, value);
			},
			before,
		);
		this.lives = new Lives(this.events, this.memory, this, lifetimes);
	}

	/** Names of the tracks, the first points, and what is going on when the stretch begins. */
	begin(): string {
		this.roster.running.forEach((pid, cpu) => {
			if (pid !== 0) this.comes(cpu, pid, this.start);
		});
		return this.events.take();
	}

	event(columns: EventColumns, index: number, event: number): string {
		const text = this.roster.apply(columns, index);
		this.fold.applyAll(columns, index, index + 1);
		this.counters.after(columns, index);
		this.lives.event(columns, index, event);
		const code = columns.codes[index] as number;
		if (code >= EV_STAGE) this.running(code, columns, index, text);
		else if (code === EV_FALLBACK) this.fallback(columns, index);
		else if (code === EV_PAGE_FAIL) this.failure(columns, index);
		return this.events.take();
	}

	/** Ends everything that is going on. */
	finish(): string {
		const { events, memory } = this;
		this.counters.finish();
		for (const track of [...this.cpus, ...this.tasks.values()])
			events.closeAll(track, track.last);
		this.lives.finish(memory.last);
		return events.take();
	}

	/** For Lives: what an object is called. */
	cacheName(slot: number): string {
		return this.roster.cache(slot).name;
	}

	/** For Lives: where something was asked for. */
	siteOf(context: number): string {
		return this.trace.path(context).join(" > ");
	}

	private running(
		code: number,
		columns: EventColumns,
		index: number,
		text: string,
	): void {
		const { events } = this;
		const cpu = columns.cpus[index] as number;
		const cycles = columns.cycles[index] as number;
		const a = columns.a[index] as number;
		const b = columns.b[index] as number;
		const c = columns.c[index] as number;
		const track = this.cpus[cpu] as Track;
		switch (code) {
			case EV_STAGE:
				this.stage(track, a, b === 1, cycles);
				return;
			case EV_SWITCH:
				if (b !== 0) this.goes(cpu, b, cycles);
				if (a !== 0) this.comes(cpu, a, cycles);
				return;
			case EV_TICK:
				events.instant(track, "tick", cycles, { number: a });
				return;
			case EV_LOG:
				events.instant(track, "log", cycles, { level: a, line: text });
				return;
			case EV_FAULT:
				this.fault(c, cycles, a, b);
				return;
			case EV_TASK_NEW:
				this.task(a);
				return;
			case EV_TASK_EXIT:
				this.exit(a, b, c === 1, cycles);
				return;
			case EV_TASK_END:
				this.forget(a);
				return;
		}
	}

	/** Stages are leaves of the call tree: what leads to one is open around it. */
	private stage(
		track: Track,
		context: number,
		begins: boolean,
		cycles: number,
	): void {
		const { events } = this;
		if (!begins) {
			events.close(track, cycles);
			return;
		}
		const path = this.trace.path(context);
		let same = 0;
		while (same < path.length - 1 && track.open[same] === path[same]) same++;
		while (track.open.length > same) events.close(track, cycles);
		for (const name of path.slice(same)) events.open(track, name, cycles, {});
	}

	private comes(cpu: number, pid: number, cycles: number): void {
		const { events } = this;
		const track = this.cpus[cpu] as Track;
		events.closeAll(track, cycles);
		events.open(track, this.taskName(pid), cycles, { pid });
		events.open(this.task(pid), `on CPU ${cpu}`, cycles, { cpu });
	}

	private goes(cpu: number, pid: number, cycles: number): void {
		this.events.closeAll(this.cpus[cpu] as Track, cycles);
		this.events.closeAll(this.task(pid), cycles);
	}

	private exit(
		pid: number,
		code: number,
		killed: boolean,
		cycles: number,
	): void {
		this.events.instant(this.task(pid), "exit", cycles, { code, killed });
	}

	private fault(pid: number, cycles: number, low: number, high: number): void {
		const address = `0x${virtText(asVirt(pageAddress(low, high)))}`;
		const code = hex(high >>> 8);
		this.events.instant(this.task(pid), "fault", cycles, { address, code });
	}

	private fallback(columns: EventColumns, index: number): void {
		const orders = columns.b[index] as number;
		const types = columns.c[index] as number;
		this.trouble("fallback", columns, index, {
			pfn: columns.a[index] as number,
			order: orders & 255,
			"order taken": orders >>> 8,
			type: types & 255,
			"type taken": types >>> 8,
			"pageblock changed": columns.d[index] === 1,
		});
	}

	private failure(columns: EventColumns, index: number): void {
		const order = columns.a[index] as number;
		const gfp = gfpText(columns.b[index] as number);
		this.trouble("allocation failed", columns, index, { order, gfp });
	}

	/** An instant on the CPU of an event, with where it happened. */
	private trouble(
		name: string,
		columns: EventColumns,
		index: number,
		args: Readonly<Record<string, string | number | boolean>>,
	): void {
		const track = this.cpus[columns.cpus[index] as number] as Track;
		const site = this.siteOf(columns.contexts[index] as number);
		const cycles = columns.cycles[index] as number;
		this.events.instant(track, name, cycles, { ...args, site });
	}

	// --- tracks

	private nameTracks(): void {
		const { events } = this;
		events.process(CPUS, "CPUs");
		events.process(TASKS, "tasks");
		events.process(MEMORY, "memory");
		this.cpus.forEach((track, cpu) => {
			events.thread(track, `CPU ${cpu}`);
		});
	}

	private track(pid: number, tid: number): Track {
		return { pid, tid, open: [], last: this.start };
	}

	/** The thread of a task, named when it is new. */
	private task(pid: number): Track {
		const known = this.tasks.get(pid);
		if (known !== undefined) return known;
		const track = this.track(TASKS, pid);
		this.tasks.set(pid, track);
		this.events.thread(track, this.taskName(pid));
		return track;
	}

	/** A task that ended is drawn; its thread comes anew if its number does. */
	private forget(pid: number): void {
		const track = this.tasks.get(pid);
		if (track?.open.length === 0) this.tasks.delete(pid);
	}

	private taskName(pid: number): string {
		return this.roster.task(pid) || `task ${pid}`;
	}
}
