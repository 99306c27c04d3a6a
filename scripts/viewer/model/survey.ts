// The survey: what is to be seen of a whole trace at once, gathered while its events are read for the first time.
//
//   tracks   samples, every so many events      free pages of each zone | slab | tables | tasks' pages | objects | fragmented
//   marks    places                             stages, ticks, faults, lines of the log, lives of tasks
//   names    who is who                         caches by slot, tasks by pid
//
// SV1: a sample is the state after the last event of its stretch, so the last sample is the end of the trace. Where a damaged
//      trace does not tell the state, samples are no numbers.

import { EV_TEXT } from "../../../hw/events";
import { textOf } from "../../../hw/recorder";
import {
	EV_FAULT,
	EV_LOG,
	EV_STAGE,
	EV_TASK_END,
	EV_TASK_NEW,
	EV_TICK,
} from "../../../kernel/events";
import { pagesByTask } from "../../../kernel/trace/ask/diff";
import type { EventColumns } from "../../../kernel/trace/columns";
import type { Fold } from "../../../kernel/trace/fold/fold";
import {
	RESERVED,
	USER,
	type ZoneSpan,
} from "../../../kernel/trace/fold/frames";
import {
	EV_BLOCK_TYPE,
	EV_CACHE_NEW,
	EV_PAGE_FREE,
	EV_PAGE_USE,
	EV_SLAB_NEW,
	EV_TABLE_FREE,
	EV_TABLE_NEW,
	PAGE_USER,
} from "../../../mm/events";
import type { FilmWatcher } from "./film";

const SAMPLES = 4096; // at most
const SMALL_ORDERS = 9; // blocks below this order cannot serve a large page

/** A counter over time. */
export interface Track {
	readonly name: string;
	readonly unit: "pages" | "objects" | "%";
	/** Key into the palette. */
	readonly look: string;
	readonly values: Float64Array;
	most: number;
}

export interface Stage {
	readonly name: string;
	readonly depth: number;
	readonly from: number;
	to: number;
}

export interface TickMark {
	readonly event: number;
	readonly number: number;
}

export interface LogLine {
	readonly event: number;
	readonly level: number;
	readonly text: string;
}

export interface TaskLife {
	readonly pid: number;
	readonly parent: number;
	readonly name: string;
	readonly from: number;
	to: number;
}

/** What a trace is about, over its whole length. */
export class Survey implements FilmWatcher {
	/** Events from one sample to the next. */
	readonly every: number;
	readonly tracks: Track[];
	samples = 0;
	readonly stages: Stage[] = [];
	readonly ticks: TickMark[] = [];
	readonly faults: number[] = [];
	readonly log: LogLine[] = [];
	readonly lives: TaskLife[] = [];
	/** Pages that each cache (by slot) and each task (by pid) ever got. */
	readonly cachePages = new Map<number, number>();
	readonly taskPages = new Map<number, number>();
	private readonly cacheNames = new Map<
		number,
		{ from: number; name: string }[]
	>();
	private readonly texts: string[];
	private readonly open: Stage[] = [];
	private tables = 0;
	private userPages = 0;

	constructor(
		readonly events: number,
		zones: readonly ZoneSpan[],
		cpus: number,
		private readonly contextName: (context: number) => string = String,
	) {
		this.every = Math.max(1, Math.ceil(events / SAMPLES));
		this.texts = Array<string>(cpus).fill("");
		const samples = Math.ceil(events / this.every);
		const track = (name: string, unit: Track["unit"], look: string): Track => ({
			name,
			unit,
			look,
			values: new Float64Array(samples),
			most: 0,
		});
		this.tracks = [
			...zones.map(({ name }) => track(`free ${name}`, "pages", "free")),
			track("slab", "pages", "slab"),
			track("page tables", "pages", "table"),
			track("tasks", "pages", "user"),
			track("objects in use", "objects", "slab"),
			track("fragmented", "%", "pages"),
		];
	}

	/** Name of the cache that had a slot when event `at` happened. */
	cacheName(slot: number, at: number): string {
		const names = this.cacheNames.get(slot) ?? [];
		const last = names.filter(({ from }) => from <= at).at(-1) ?? names[0];
		return last?.name ?? `at slot ${slot}`;
	}

	/** Slots of caches that ever were, each with its last name. */
	cacheSlots(): [number, string][] {
		return [...this.cacheNames].map(([slot, names]) => [
			slot,
			names.at(-1)?.name ?? "",
		]);
	}

	/** Name of a task; of two with the same pid, the later one that began before `at`. */
	taskName(pid: number, at: number): string {
		if (pid === 0) return "idle";
		const own = this.lives.filter((life) => life.pid === pid);
		const last = own.filter(({ from }) => from <= at).at(-1) ?? own[0];
		return last?.name ?? `pid ${pid}`;
	}

	/** Last tick that began at event `at` or before; null before the first. */
	tickAt(at: number): TickMark | null {
		let low = 0;
		let high = this.ticks.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((this.ticks[middle] as TickMark).event <= at) low = middle + 1;
			else high = middle;
		}
		return this.ticks[low - 1] ?? null;
	}

	/** Boot stages that are being run at event `at`, outermost first. */
	stagesAt(at: number): Stage[] {
		return this.stages.filter(({ from, to }) => from <= at && at <= to);
	}

	before(fold: Fold, columns: EventColumns, index: number): void {
		const code = columns.codes[index] as number;
		const a = columns.a[index] as number;
		if (code === EV_PAGE_FREE) {
			if (fold.frames.state[a] === USER)
				this.userPages -= 2 ** (columns.b[index] as number);
		} else if (code === EV_SLAB_NEW) {
			const order = columns.b[index] as number;
			addTo(this.cachePages, columns.c[index] as number, 2 ** order);
		} else if (code >= EV_TEXT) this.note(columns, index, code, a);
		else if (code > EV_BLOCK_TYPE) this.count(fold, columns, index, code, a);
	}

	after(fold: Fold | null, index: number): void {
		const isLast = index === this.events - 1;
		if ((index + 1) % this.every === 0 || isLast) this.sample(fold);
	}

	resume(fold: Fold): void {
		this.tables = fold.tasks.tableFrames().filter(isCounted(fold)).length;
		const pages = [...pagesByTask(fold).values()];
		this.userPages = pages.reduce((sum, count) => sum + count, 0);
	}

	private count(
		fold: Fold,
		columns: EventColumns,
		index: number,
		code: number,
		a: number,
	): void {
		if (code === EV_TABLE_NEW) this.tables += isCounted(fold)(a) ? 1 : 0;
		else if (code === EV_TABLE_FREE) this.tables--;
		else if (code === EV_PAGE_USE && columns.b[index] === PAGE_USER) {
			const pages = 2 ** (fold.frames.order[a] as number);
			this.userPages += pages;
			addTo(this.taskPages, columns.c[index] as number, pages);
		} else if (code === EV_CACHE_NEW) {
			const names = this.cacheNames.get(a) ?? [];
			const cpu = columns.cpus[index] as number;
			names.push({ from: index, name: this.takeText(cpu) });
			this.cacheNames.set(a, names);
		}
	}

	private note(
		columns: EventColumns,
		index: number,
		code: number,
		a: number,
	): void {
		const b = columns.b[index] as number;
		const cpu = columns.cpus[index] as number;
		if (code === EV_TEXT) {
			const c = columns.c[index] as number;
			this.texts[cpu] += textOf(a, b, c, columns.d[index] as number);
		} else if (code === EV_TICK) {
			if (a !== this.ticks.at(-1)?.number)
				this.ticks.push({ event: index, number: a });
		} else if (code === EV_FAULT) this.faults.push(index);
		else if (code === EV_LOG)
			this.log.push({ event: index, level: a, text: this.takeText(cpu) });
		else if (code === EV_STAGE) this.stage(index, a, b === 1);
		else if (code === EV_TASK_NEW) this.begin(index, a, b, this.takeText(cpu));
		else if (code === EV_TASK_END) this.end(index, a);
	}

	private stage(index: number, context: number, begins: boolean): void {
		if (begins) {
			const depth = this.open.length;
			const stage = {
				name: this.contextName(context),
				depth,
				from: index,
				to: this.events - 1,
			};
			this.open.push(stage);
			this.stages.push(stage);
			return;
		}
		const stage = this.open.pop();
		if (stage !== undefined) stage.to = index;
	}

	private begin(
		index: number,
		pid: number,
		parent: number,
		name: string,
	): void {
		const to = this.events - 1;
		this.lives.push({ pid, parent, name, from: index, to });
	}

	private end(index: number, pid: number): void {
		const life = this.lives.filter((each) => each.pid === pid).at(-1);
		if (life !== undefined) life.to = index;
	}

	private takeText(cpu: number): string {
		const text = this.texts[cpu] as string;
		this.texts[cpu] = "";
		return text;
	}

	private sample(fold: Fold | null): void {
		const counted = [this.tables, this.userPages];
		const values = fold === null ? null : valuesOf(fold);
		this.tracks.forEach((track, at) => {
			const value = values === null ? Number.NaN : values[at];
			this.put(track, value ?? (counted.shift() as number));
		});
		this.samples++;
	}

	private put(track: Track, value: number): void {
		track.values[this.samples] = value;
		if (value > track.most) track.most = value;
	}
}

/** Which page tables count: those of boot lie in reserved memory, and do not. */
const isCounted =
	({ frames }: Fold) =>
	(table: number): boolean =>
		frames.state[table] !== RESERVED;

/** What the tracks count, of one state; null for page tables and the pages of tasks, which only the survey counts. */
export function valuesOf(fold: Fold): (number | null)[] {
	let pages = 0;
	let objects = 0;
	for (const cache of fold.objects.caches) {
		if (cache === null) continue;
		pages += cache.frames;
		objects += cache.active;
	}
	const free = fold.frames.zones.map((_, zone) => fold.frames.freeFrames(zone));
	return [...free, pages, null, null, objects, fragmentedPercent(fold)];
}

/** How much of the free memory lies in blocks too small for a large page, in percent. */
export function fragmentedPercent({ frames }: Fold): number {
	let small = 0;
	let all = 0;
	frames.zones.forEach((_, zone) => {
		frames.freeBlocks(zone).forEach((blocks, order) => {
			all += blocks * 2 ** order;
			if (order < SMALL_ORDERS) small += blocks * 2 ** order;
		});
	});
	return all === 0 ? 0 : Math.round((small / all) * 1000) / 10;
}

function addTo(sums: Map<number, number>, key: number, value: number): void {
	sums.set(key, (sums.get(key) ?? 0) + value);
}
