// The scene: who is doing something, and when, while events go by.
//
//   tick, switch, task_new, cache_new --> what is true now        any event --> Happening: who did it, and when
//   text, text, log                   --> the letters of one event
//
// Events name a CPU and a calling context. Which task that was, in which tick, and what the slot of a cache is called,
// only the events before it tell.
//
// SC1: `see` gets every event of a stretch in order; its answer is false for letters, which belong to the next event of their
//      CPU.
// SC2: a scene that begins in the middle begins with what a fold knows there.
// SC3: a block that is left out leaves the scene as if it had been seen.

import { EV_TEXT } from "../../../hw/events";
import { textOf } from "../../../hw/recorder";
import { EV_CACHE_NEW } from "../../../mm/events";
import { EV_SWITCH, EV_TASK_NEW, EV_TICK } from "../../events";
import { type BlockSummary, hasCode } from "../block-summary";
import type { EventColumns } from "../columns";
import { eventName } from "../dictionary";
import type { Trace } from "../trace";

const TEXT = EV_TEXT;
const TICK = EV_TICK;
const SWITCH = EV_SWITCH;
const TASK_NEW = EV_TASK_NEW;
const CACHE_NEW = EV_CACHE_NEW;
const NAMING: ReadonlySet<number> = new Set([TEXT, TASK_NEW, CACHE_NEW]);
const NANOSECONDS = 1e9; // in a second

/** A task by number and name. */
export interface TaskName {
	readonly pid: number;
	readonly name: string;
}

/** An event as a moment and a deed. */
export interface Happening {
	readonly event: number;
	/** What it is called in the dictionary. */
	readonly name: string;
	readonly cycles: number;
	/** Simulated time since power-on. */
	readonly nanoseconds: number;
	readonly tick: number;
	readonly cpu: number;
	/** Calling context, outermost first. */
	readonly path: readonly string[];
	/** Who had the CPU; null for nobody, as at boot. */
	readonly task: TaskName | null;
}

/** A cache as events name it. */
export interface SceneCache {
	readonly slot: number;
	readonly name: string;
	readonly size: number;
	readonly order: number;
}

/** What is true while events go by. */
export class Scene {
	tick = 0;
	/** Pid that each CPU runs; 0 for nobody. */
	readonly running: Int32Array;
	/** Letters that belong to the event that was seen last. */
	text = "";
	private readonly letters: string[];
	private readonly names = new Map<number, string>();
	private readonly caches = new Map<number, SceneCache>();

	constructor(private readonly trace: Trace) {
		const { cpus } = trace.header.machine;
		this.running = new Int32Array(cpus);
		this.letters = Array<string>(cpus).fill("");
	}

	/** The scene after event `moment` (SC2). */
	static at(trace: Trace, moment: number): Scene {
		const scene = new Scene(trace);
		if (moment < 0) return scene;
		const { tasks, objects, letters } = trace.foldAt(moment);
		scene.tick = tasks.tick;
		for (const [cpu, text] of letters.entries()) scene.letters[cpu] = text;
		scene.running.set(tasks.running);
		for (const { pid, name } of tasks.tasks.values())
			scene.names.set(pid, name);
		for (const { slot, name, size, order } of objects.all())
			scene.caches.set(slot, { slot, name, size, order });
		return scene;
	}

	/** Takes the next event in; false for letters (SC1). */
	see(columns: EventColumns, index: number): boolean {
		const code = columns.codes[index] as number;
		const cpu = columns.cpus[index] as number;
		if (code === TEXT) {
			this.letters[cpu] += lettersAt(columns, index);
			return false;
		}
		this.text = this.letters[cpu] as string;
		if (this.text !== "") this.letters[cpu] = "";
		const a = columns.a[index] as number;
		if (code === SWITCH) this.running[cpu] = a;
		else if (code === TICK) this.tick = a;
		else if (code === TASK_NEW) this.names.set(a, this.text);
		else if (code === CACHE_NEW) this.addCache(columns, index);
		return true;
	}

	/**
	 * Takes a block by its summary, if `matters` says that nothing in it does (SC3): true when it may be left out. Blocks
	 * that name something are never left out.
	 */
	pass(
		summary: BlockSummary,
		matters: (summary: BlockSummary) => boolean,
	): boolean {
		if (hasCode(summary, NAMING) || matters(summary)) return false;
		this.tick = summary.tick;
		this.running.set(summary.running);
		return true;
	}

	/** The event that was just seen. */
	happening(columns: EventColumns, index: number, event: number): Happening {
		const { cyclesPerSecond } = this.trace.header;
		const cycles = columns.cycles[index] as number;
		const cpu = columns.cpus[index] as number;
		return {
			event,
			name: eventName(columns.codes[index] as number),
			cycles,
			nanoseconds: Math.round((cycles * NANOSECONDS) / cyclesPerSecond),
			tick: this.tick,
			cpu,
			path: this.trace.path(columns.contexts[index] as number),
			task: this.task(this.running[cpu] as number),
		};
	}

	/** A task by its pid; null for nobody. */
	task(pid: number): TaskName | null {
		return pid === 0 ? null : { pid, name: this.names.get(pid) ?? "" };
	}

	/** The cache that a slot belongs to; null when nobody said. */
	cache(slot: number): SceneCache | null {
		return this.caches.get(slot) ?? null;
	}

	private addCache(columns: EventColumns, index: number): void {
		const slot = columns.a[index] as number;
		this.caches.set(slot, {
			slot,
			name: this.text,
			size: columns.b[index] as number,
			order: (columns.c[index] as number) & 15,
		});
	}
}

/** One event by itself as a happening. It costs a fold: loops have a scene of their own. */
export function happeningAt(trace: Trace, event: number): Happening {
	const scene = Scene.at(trace, event - 1);
	let found: Happening | null = null;
	trace.each(event, event + 1, (columns, index, number) => {
		scene.see(columns, index);
		found = scene.happening(columns, index, number);
	});
	if (found === null) trace.event(event); // says what is wrong with the number
	return found as unknown as Happening;
}

function lettersAt({ a, b, c, d }: EventColumns, index: number): string {
	return textOf(
		a[index] as number,
		b[index] as number,
		c[index] as number,
		d[index] as number,
	);
}
