// The roster: who is who at each event, for exports that need names and not the whole state.
//
//   text, cache_new   --> slot of a cache --> name, size
//   text, task_new    --> pid             --> name
//   switch            --> CPU             --> pid
//
// RO1: after apply() of event n it knows what stood there after event n, wherever it began.
// RO2: memory is bounded by the caches and tasks that live at one time; a cache that ended keeps its name until its slot is
//      used again.

import { EV_TEXT } from "../../../hw/events";
import { textOf } from "../../../hw/recorder";
import { EV_CACHE_NEW } from "../../../mm/events";
import { EV_LOG, EV_SWITCH, EV_TASK_END, EV_TASK_NEW } from "../../events";
import type { EventColumns, TraceEvent } from "../columns";
import type { Trace } from "../trace";

const CACHE_NEW = EV_CACHE_NEW;
const TEXT = EV_TEXT;
const SWITCH = EV_SWITCH;

/** What a cache is called, and bytes that an object takes and that its users may write. */
export interface CacheEntry {
	readonly name: string;
	readonly size: number;
	readonly objectSize: number;
	/** Its objects count as their task's memory, whoever asks for them. */
	readonly isAccounted: boolean;
}

const NOBODY: CacheEntry = {
	name: "(unknown)",
	size: 0,
	objectSize: 0,
	isAccounted: false,
};
const ACCOUNTED = 32; // bit of the word of cache_new that names order and objects

/** Names at each event of a stretch. */
export class Roster {
	/** Pid that each CPU runs, 0 for idle. */
	readonly running: Int32Array;
	private readonly caches = new Map<number, CacheEntry>();
	private readonly tasks = new Map<number, string>();
	private readonly texts: string[];

	/** Knows what stands before event `first`. */
	constructor(
		private readonly trace: Trace,
		first: number,
	) {
		const { objects, tasks } = trace.foldAt(first - 1);
		for (const { slot, name, size, objectSize, accounted } of objects.all())
			this.caches.set(slot, { name, size, objectSize, isAccounted: accounted });
		for (const { pid, name } of tasks.tasks.values()) this.tasks.set(pid, name);
		this.running = tasks.running.slice();
		this.texts = Array<string>(this.running.length).fill("");
		this.readTextsBefore(first);
	}

	cache(slot: number): CacheEntry {
		return this.caches.get(slot) ?? NOBODY;
	}

	/** Name of a task; empty when nobody knows it. */
	task(pid: number): string {
		return this.tasks.get(pid) ?? "";
	}

	/** Takes the next event; returns the text that belongs to it, mostly none. */
	apply(columns: EventColumns, index: number): string {
		const code = columns.codes[index] as number;
		if (code < CACHE_NEW) return "";
		const cpu = columns.cpus[index] as number;
		const a = columns.a[index] as number;
		if (code === SWITCH) this.running[cpu] = a;
		else if (code === EV_TASK_END) this.tasks.delete(a);
		else if (code === TEXT) this.texts[cpu] += lettersOf(columns, index);
		else if (code === CACHE_NEW || code === EV_TASK_NEW || code === EV_LOG)
			return this.takeText(columns, index);
		return "";
	}

	private takeText(columns: EventColumns, index: number): string {
		const cpu = columns.cpus[index] as number;
		const code = columns.codes[index] as number;
		const a = columns.a[index] as number;
		const text = this.texts[cpu] as string;
		this.texts[cpu] = "";
		if (code === EV_TASK_NEW) this.tasks.set(a, text);
		if (code === CACHE_NEW) {
			const size = columns.b[index] as number;
			const objectSize = columns.d[index] as number;
			const isAccounted = ((columns.c[index] as number) & ACCOUNTED) !== 0;
			this.caches.set(a, { name: text, size, objectSize, isAccounted });
		}
		return text;
	}

	/** The letters directly before event `first` belong to it. */
	private readTextsBefore(first: number): void {
		const { texts, trace } = this;
		for (let at = first - 1; at >= 0; at--) {
			const { code, cpu, a, b, c, d }: TraceEvent = trace.event(at);
			if (code !== TEXT) return;
			texts[cpu] = textOf(a, b, c, d) + (texts[cpu] as string);
		}
	}
}

/** Letters of a text event. */
export const lettersOf = (columns: EventColumns, index: number): string =>
	textOf(
		columns.a[index] as number,
		columns.b[index] as number,
		columns.c[index] as number,
		columns.d[index] as number,
	);
