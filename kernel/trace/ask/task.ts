// A task: when it lived, how long it had a CPU, what it asked for and what it holds.
//
//   task_new --> switch, fault, map, page_alloc, slab_alloc ... --> task_exit --> task_end
//                `-- counted while it has the CPU
//
// TQ1: what happens on a CPU is the work of the task that has it, interrupts included.
// TQ2: of several tasks with one pid, one after the other, it is the last that began up to the moment.

import {
	EV_PAGE_ALLOC,
	EV_PAGE_FREE,
	EV_SLAB_ALLOC,
	EV_SLAB_FREE,
} from "../../../mm/events";
import {
	EV_FAULT,
	EV_MAP,
	EV_SWITCH,
	EV_TASK_END,
	EV_TASK_EXIT,
	EV_TASK_NEW,
	EV_UNMAP,
} from "../../events";
import type { BlockSummary } from "../block-summary";
import type { EventColumns } from "../columns";
import { USER } from "../fold/frames";
import type { EventVisitor, Trace } from "../trace";
import { type Happening, Scene, type TaskName } from "./scene";

const SWITCH = EV_SWITCH;
const FAULT = EV_FAULT;
const MAP = EV_MAP;
const UNMAP = EV_UNMAP;
const TASK_NEW = EV_TASK_NEW;
const TASK_EXIT = EV_TASK_EXIT;
const TASK_END = EV_TASK_END;
const PAGE_ALLOC = EV_PAGE_ALLOC;
const PAGE_FREE = EV_PAGE_FREE;
const SLAB_ALLOC = EV_SLAB_ALLOC;
const SLAB_FREE = EV_SLAB_FREE;
const NANOSECONDS = 1e9; // in a second

/** What a task did while it had a CPU. */
export interface TaskDeeds {
	faults: number;
	maps: number;
	unmaps: number;
	pagesAllocated: number;
	pagesFreed: number;
	objectsAllocated: number;
	objectsFreed: number;
}

/** What a task has at the moment. */
export interface TaskHoldings {
	/** Frames of its own memory. */
	readonly userFrames: number;
	/** Objects that it allocated and that are in use, by cache, the one with most bytes first. */
	readonly objects: readonly {
		readonly cache: string;
		readonly objects: number;
		readonly bytes: number;
	}[];
}

/** What is known of a task. */
export interface TaskAnswer {
	readonly pid: number;
	readonly name: string;
	readonly parent: TaskName | null;
	readonly kernelThread: boolean;
	readonly began: Happening;
	readonly exited:
		| (Happening & { readonly code: number; readonly killed: boolean })
		| null;
	/** Its record is gone. */
	readonly ended: Happening | null;
	/** Times that it got a CPU, and how long it had each. */
	readonly turns: number;
	readonly nanosecondsByCpu: readonly number[];
	/** CPU that it has at the moment; null when it has none. */
	readonly runningOn: number | null;
	readonly deeds: TaskDeeds;
	readonly holds: TaskHoldings;
}

/** The task with this pid after event `moment`. Throws an Error with one sentence when there has been none. */
export function taskAt(trace: Trace, pid: number, moment: number): TaskAnswer {
	const scene = new Scene(trace);
	const known: TaskName[] = [];
	let life: Life | null = null;
	const pass = (summary: BlockSummary): boolean =>
		scene.pass(summary, ({ pids }) => pids.includes(pid));
	const visit: EventVisitor = (columns, index, event) => {
		if (!scene.see(columns, index)) return;
		if (columns.codes[index] === TASK_NEW) {
			const began = columns.a[index] as number;
			known.push({ pid: began, name: scene.text });
			if (began === pid) life = new Life(trace, columns, index, event, scene);
		}
		life?.see(columns, index, event);
	};
	trace.each(0, moment + 1, visit, pass);
	if (life === null) throw new Error(unknownTask(pid, known));
	return (life as Life).answer(moment);
}

function unknownTask(pid: number, known: readonly TaskName[]): string {
	const some = known.slice(0, 8).map((task) => `${task.pid} ${task.name}`);
	const more = known.length > 8 ? ` and ${known.length - 8} more` : "";
	return known.length === 0
		? `there is no task ${pid} up to then, nor any other`
		: `there is no task ${pid} up to then, there are ${some.join(", ")}${more}`;
}

/** Counts what one task does. */
class Life {
	private readonly pid: number;
	private readonly name: string;
	private readonly parent: TaskName | null;
	private readonly kernelThread: boolean;
	private readonly began: Happening;
	private exited: TaskAnswer["exited"] = null;
	private ended: Happening | null = null;
	private turns = 0;
	private readonly cyclesByCpu: number[];
	private readonly since: number[]; // cycles at which it got each CPU; -1 while it has it not
	private readonly lastCycles: number[];
	private readonly deeds: TaskDeeds = {
		faults: 0,
		maps: 0,
		unmaps: 0,
		pagesAllocated: 0,
		pagesFreed: 0,
		objectsAllocated: 0,
		objectsFreed: 0,
	};

	constructor(
		private readonly trace: Trace,
		columns: EventColumns,
		index: number,
		event: number,
		private readonly scene: Scene,
	) {
		const { cpus } = trace.header.machine;
		this.pid = columns.a[index] as number;
		this.name = scene.text;
		this.parent = scene.task(columns.b[index] as number);
		this.kernelThread = columns.c[index] === 1;
		this.began = scene.happening(columns, index, event);
		this.cyclesByCpu = Array<number>(cpus).fill(0);
		this.since = Array<number>(cpus).fill(-1);
		this.lastCycles = Array<number>(cpus).fill(0);
	}

	see(columns: EventColumns, index: number, event: number): void {
		const code = columns.codes[index] as number;
		const cpu = columns.cpus[index] as number;
		const a = columns.a[index] as number;
		this.lastCycles[cpu] = columns.cycles[index] as number;
		if (code === SWITCH) this.turn(columns, index);
		else if (code === TASK_EXIT && a === this.pid)
			this.exited = {
				...this.scene.happening(columns, index, event),
				code: columns.b[index] as number,
				killed: columns.c[index] === 1,
			};
		else if (code === TASK_END && a === this.pid)
			this.ended = this.scene.happening(columns, index, event);
		else if (this.scene.running[cpu] === this.pid) this.count(columns, index);
	}

	answer(moment: number): TaskAnswer {
		const { pid, name, parent, kernelThread, turns, deeds } = this;
		const { began, exited, ended } = this;
		const runningOn = this.since.findIndex((cycles) => cycles >= 0);
		const { cyclesPerSecond } = this.trace.header;
		return {
			pid,
			name,
			parent,
			kernelThread,
			began,
			exited,
			ended,
			turns,
			nanosecondsByCpu: this.cyclesByCpu.map((_, cpu) =>
				Math.round((this.cyclesOn(cpu) * NANOSECONDS) / cyclesPerSecond),
			),
			runningOn: runningOn < 0 ? null : runningOn,
			deeds,
			holds: holdingsOf(this.trace, pid, moment),
		};
	}

	private turn(columns: EventColumns, index: number): void {
		const cpu = columns.cpus[index] as number;
		const isIts = columns.a[index] === this.pid;
		const had = (this.since[cpu] as number) >= 0;
		if (had && !isIts) {
			this.cyclesByCpu[cpu] = this.cyclesOn(cpu);
			this.since[cpu] = -1;
		} else if (isIts && !had) {
			this.turns++;
			this.since[cpu] = columns.cycles[index] as number;
		}
	}

	private cyclesOn(cpu: number): number {
		const since = this.since[cpu] as number;
		const now = since < 0 ? 0 : (this.lastCycles[cpu] as number) - since;
		return (this.cyclesByCpu[cpu] as number) + now;
	}

	private count({ codes, b }: EventColumns, index: number): void {
		const { deeds } = this;
		const code = codes[index] as number;
		const order = (b[index] as number) & 255;
		if (code === SLAB_ALLOC) deeds.objectsAllocated++;
		else if (code === SLAB_FREE) deeds.objectsFreed++;
		else if (code === PAGE_ALLOC) deeds.pagesAllocated += 2 ** order;
		else if (code === PAGE_FREE) deeds.pagesFreed += 2 ** order;
		else if (code === FAULT) deeds.faults++;
		else if (code === MAP) deeds.maps++;
		else if (code === UNMAP) deeds.unmaps++;
	}
}

function holdingsOf(trace: Trace, pid: number, moment: number): TaskHoldings {
	const { frames, objects } = trace.foldAt(moment);
	let userFrames = 0;
	frames.eachBlock((head, count) => {
		const state = frames.state[head];
		if (state === USER && frames.owner[head] === pid) userFrames += count;
	});
	const sums = new Map<string, { objects: number; bytes: number }>();
	objects.eachSlab((slab) => {
		const cache = objects.cache(frames.owner[slab] as number);
		if (cache === null) return;
		objects.eachOf(slab, cache, (object) => {
			if (object.pid !== pid) return;
			const sum = sums.get(cache.name) ?? { objects: 0, bytes: 0 };
			sum.objects++;
			sum.bytes += object.bytes;
			sums.set(cache.name, sum);
		});
	});
	const byCache = [...sums].map(([cache, sum]) => ({ cache, ...sum }));
	byCache.sort((one, other) => other.bytes - one.bytes);
	return { userFrames, objects: byCache };
}
