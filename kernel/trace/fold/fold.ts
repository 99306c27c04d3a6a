// The fold: the state of the machine after each event, from the events alone.
//
//   event n --> frames and free lists (frames.ts)
//           --> caches, slabs, objects (objects.ts)
//           --> tasks, CPUs, page tables (tasks.ts)
//           --> memory that nobody owns yet (memblock.ts)    state after event n
//
//   save() --> bytes of a key frame --> load()               so that a later event is reached without the ones before it
//
// The fold knows what the events say and nothing else: a test compares it with the machine that emitted them.
//
// FD1: after event n the fold is what the machine was when it had done what event n tells.
// FD2: a fold that was saved and loaded goes on like the one that was saved.

import {
	EV_PTE_MARK,
	EV_TEXT,
	EV_TLB_FLUSH,
	EV_TLB_MISS,
} from "../../../hw/events";
import { textOf } from "../../../hw/recorder";
import {
	EV_BLOCK_TYPE,
	EV_BOOT_FREE,
	EV_BOOT_TAKE,
	EV_BUDDY_GIVE,
	EV_BUDDY_MOVE,
	EV_BUDDY_TAKE,
	EV_CACHE_END,
	EV_CACHE_NEW,
	EV_KFREE_LARGE,
	EV_KMALLOC_LARGE,
	EV_MEMBLOCK,
	EV_PAGE_ALLOC,
	EV_PAGE_FREE,
	EV_PAGE_JOIN,
	EV_PAGE_SPLIT,
	EV_PAGE_USE,
	EV_PCP_DRAIN,
	EV_PCP_STOCK,
	EV_PTE_RUN,
	EV_PTE_SET,
	EV_SLAB_ALLOC,
	EV_SLAB_DISCARD,
	EV_SLAB_FREE,
	EV_SLAB_MOVE,
	EV_SLAB_NEW,
	EV_TABLE_FREE,
	EV_TABLE_NEW,
	PAGE_STACK,
	PAGE_USER,
} from "../../../mm/events";
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
import {
	FoldedFrames,
	LARGE,
	PAGES,
	SLAB,
	STACK,
	TABLE,
	USER,
	type ZoneSpan,
} from "./frames";
import { FoldedMemblock } from "./memblock";
import { FoldedObjects } from "./objects";
import { hasShape, packState, unpackState } from "./state";
import { FoldedTasks } from "./tasks";

const RECLAIMABLE = 16; // bits of the word of cache_new that names order and objects
const ACCOUNTED = 32;
const LOW = 2 ** 32;

// Aliases in this file: an imported constant is looked up whenever it is used, and here they are labels of a switch.
const PAGE_ALLOC = EV_PAGE_ALLOC;
const PAGE_FREE = EV_PAGE_FREE;
const BUDDY_TAKE = EV_BUDDY_TAKE;
const PCP_DRAIN = EV_PCP_DRAIN;
const BUDDY_GIVE = EV_BUDDY_GIVE;
const SLAB_ALLOC = EV_SLAB_ALLOC;
const SLAB_FREE = EV_SLAB_FREE;
const SLAB_NEW = EV_SLAB_NEW;
const SLAB_DISCARD = EV_SLAB_DISCARD;
const SLAB_MOVE = EV_SLAB_MOVE;

/** The machine whose events are folded. */
export interface FoldMachine {
	readonly frames: number;
	readonly cpus: number;
	readonly zones: readonly ZoneSpan[];
}

/** Events as columns: what a block of a trace holds. */
export interface FoldColumns {
	readonly cycles: Float64Array;
	readonly codes: Uint8Array;
	readonly cpus: Uint8Array;
	readonly contexts: Uint16Array;
	readonly a: Int32Array;
	readonly b: Int32Array;
	readonly c: Int32Array;
	readonly d: Int32Array;
}

/** What the plain data of a key frame must have at least; packages of before had no more (KF3). */
const SHAPE = {
	...{ events: 0, texts: [""] },
	objects: {
		caches: [
			{
				...{ slot: 0, name: "", size: 0, objectSize: 0, order: 0, objects: 0 },
				...{ since: 0, slabs: 0, total: 0, active: 0, frames: 0 },
			},
		],
		...{ ages: [0], used: 0, spare: {} },
	},
	tasks: {
		tasks: [{ pid: 0, name: "", since: 0, exitCode: 0 }],
		...{ tick: 0, tables: [[]] },
	},
};
const LEFT_OUT_MOST = 64; // entries of a column that a byte of a key frame can stand for

/** A saved state and the number of the event that comes next. */
export interface KeyFrameBytes {
	readonly first: number;
	readonly bytes: Uint8Array;
}

/** State of a machine, event by event. */
export class Fold {
	readonly frames: FoldedFrames;
	readonly objects: FoldedObjects;
	readonly tasks: FoldedTasks;
	readonly memblock = new FoldedMemblock();
	/** Events folded so far: the number of the next one. */
	events = 0;
	private texts: string[];

	constructor(readonly machine: FoldMachine) {
		const { frames, cpus, zones } = machine;
		this.frames = new FoldedFrames(frames, zones, cpus);
		this.objects = new FoldedObjects(frames, cpus);
		this.tasks = new FoldedTasks(cpus);
		this.texts = Array<string>(cpus).fill("");
	}

	/** Folds events `from` to `to` - 1 of the columns. */
	applyAll(columns: FoldColumns, from: number, to: number): void {
		const { cycles, codes, cpus, contexts, a, b, c, d } = columns;
		for (let i = from; i < to; i++)
			this.apply(
				cycles[i] as number,
				codes[i] as number,
				cpus[i] as number,
				contexts[i] as number,
				a[i] as number,
				b[i] as number,
				c[i] as number,
				d[i] as number,
			);
	}

	/** Folds the next event. */
	apply(
		cycles: number,
		code: number,
		cpu: number,
		context: number,
		a: number,
		b: number,
		c: number,
		d: number,
	): void {
		const event = this.events++;
		const { frames, objects, tasks } = this;
		tasks.cycles[cpu] = cycles;
		switch (code) {
			case SLAB_ALLOC: {
				const pid = tasks.running[cpu] as number;
				const address = (b & 255) * LOW + (a >>> 0);
				objects.allocate(event, address, c, d, context, pid);
				return;
			}
			case SLAB_FREE:
				objects.release((b & 255) * LOW + (a >>> 0), c);
				return;
			case PAGE_ALLOC:
				frames.allocate(event, a, b & 255, b >>> 8, context);
				return;
			case PAGE_FREE:
				frames.release(event, cpu, a, b, c === 1, d);
				return;
			case BUDDY_TAKE:
				frames.take(event, cpu, a, b & 255, b >>> 8, c, d === 1);
				return;
			case BUDDY_GIVE:
				frames.give(event, a, b, c, d === 1);
				return;
			case PCP_DRAIN:
				frames.drain(event, a);
				return;
			case SLAB_MOVE:
				objects.move(a, b, c, cpu);
				return;
			case SLAB_NEW:
				frames.use(event, a, SLAB, c);
				objects.addSlab(a, b, c, d);
				return;
			case SLAB_DISCARD:
				objects.removeSlab(a, b, c);
				frames.use(event, a, PAGES, 0);
				return;
		}
		if (code === EV_TEXT) this.texts[cpu] += textOf(a, b, c, d);
		else if (code < EV_TEXT) this.applyMemory(event, code, cpu, a, b, c, d);
		else this.applyRunning(event, code, cpu, a, b, c, d);
	}

	/** Events of the memory manager that are rare. */
	private applyMemory(
		event: number,
		code: number,
		cpu: number,
		a: number,
		b: number,
		c: number,
		d: number,
	): void {
		const { frames, objects } = this;
		switch (code) {
			case EV_BOOT_FREE:
				frames.hand(event, a, b);
				return;
			case EV_BOOT_TAKE:
				frames.keep(a);
				return;
			case EV_BUDDY_MOVE:
				frames.move(a, b, c);
				return;
			case EV_BLOCK_TYPE:
				frames.blockTypes[a >>> 9] = b;
				return;
			case EV_PCP_STOCK:
				frames.stock(event, c, a, b & 255, b >>> 8);
				return;
			case EV_PAGE_SPLIT:
				frames.split(event, a, b, c === 1);
				return;
			case EV_PAGE_JOIN:
				frames.join(event, a, b);
				return;
			case EV_KMALLOC_LARGE:
				frames.use(event, a, LARGE, 0);
				return;
			case EV_KFREE_LARGE:
				frames.use(event, a, PAGES, 0);
				return;
			case EV_PAGE_USE:
				this.applyUse(event, cpu, a, b, c);
				return;
			case EV_CACHE_NEW:
				objects.addCache({
					slot: a,
					name: this.takeText(cpu),
					size: b,
					objectSize: d,
					order: c & 15,
					objects: c >>> 8,
					reclaimable: (c & RECLAIMABLE) !== 0,
					accounted: (c & ACCOUNTED) !== 0,
					since: event,
					slabs: 0,
					total: 0,
					active: 0,
					frames: 0,
				});
				return;
			case EV_CACHE_END:
				objects.removeCache(a);
				return;
			default:
				this.applyTables(event, code, a, b, c, d);
		}
	}

	/** Page tables, and what memblock knows. */
	private applyTables(
		event: number,
		code: number,
		a: number,
		b: number,
		c: number,
		d: number,
	): void {
		const { frames, tasks } = this;
		switch (code) {
			case EV_TABLE_NEW:
				if (frames.state[a] === PAGES) frames.use(event, a, TABLE, 0);
				tasks.openTable(a);
				return;
			case EV_TABLE_FREE:
				if (frames.state[a] === TABLE) frames.use(event, a, PAGES, 0);
				tasks.closeTable(a);
				return;
			case EV_PTE_SET:
				tasks.setEntry(a, b, c, d);
				return;
			case EV_PTE_RUN:
				tasks.setRun(a, b, c, d);
				return;
			case EV_MEMBLOCK:
				this.memblock.tell(a, b, c, d);
				return;
		}
	}

	private applyUse(
		event: number,
		cpu: number,
		pfn: number,
		use: number,
		pid: number,
	): void {
		if (use === PAGE_USER) this.frames.use(event, pfn, USER, pid);
		if (use === PAGE_STACK)
			this.frames.use(event, pfn, STACK, pid || (this.tasks.running[cpu] ?? 0));
	}

	/** Events of the machine and the running system. */
	private applyRunning(
		event: number,
		code: number,
		cpu: number,
		a: number,
		b: number,
		c: number,
		d: number,
	): void {
		const { tasks } = this;
		switch (code) {
			case EV_TLB_MISS:
				tasks.misses[cpu] = (tasks.misses[cpu] as number) + 1;
				return;
			case EV_TLB_FLUSH:
				tasks.flushes[d] = (tasks.flushes[d] as number) + 1;
				return;
			case EV_PTE_MARK:
				tasks.markEntry(a, b, c);
				return;
			case EV_SWITCH:
				tasks.running[cpu] = a;
				return;
			case EV_TICK:
				tasks.tick = a;
				return;
			case EV_STAGE:
				tasks.stage = b === 1 ? a : 0;
				return;
			case EV_LOG:
				tasks.logLines++;
				this.takeText(cpu);
				return;
			case EV_FAULT:
				tasks.faults++;
				return;
			case EV_TASK_NEW:
				tasks.begin({
					pid: a,
					parent: b,
					name: this.takeText(cpu),
					kernelThread: c === 1,
					since: event,
					exitCode: -1,
				});
				return;
			case EV_TASK_EXIT:
				tasks.exit(a, b);
				return;
			case EV_TASK_END:
				tasks.end(a);
				return;
		}
	}

	/** Letters of a CPU whose event is still to come, by CPU. */
	get letters(): readonly string[] {
		return this.texts;
	}

	private takeText(cpu: number): string {
		const text = this.texts[cpu] as string;
		this.texts[cpu] = "";
		return text;
	}

	// --- key frames

	/** The state as bytes. */
	save(): Uint8Array {
		const { frames, objects, tasks, memblock, events, texts } = this;
		const plain = {
			events,
			texts,
			memblock: memblock.plain(),
			objects: objects.plain(),
			tasks: tasks.plain(),
		};
		const columns = [
			...frames.columns(),
			...objects.columns(),
			...tasks.columns(),
		];
		return packState(plain, columns);
	}

	/** Becomes the state before event `first`. Whatever goes wrong becomes one sentence; then the fold is of no use. */
	loadKeyFrame({ first, bytes }: KeyFrameBytes): void {
		try {
			this.load(bytes);
			if (this.events !== first)
				throw new Error(`it is the state before event ${this.events}`);
		} catch (error) {
			const { message } = error as Error;
			throw new Error(
				`the key frame before event ${first} cannot be read: ${message}`,
			);
		}
	}

	/** Becomes what was saved. Throws an Error when it was saved from another machine. */
	load(bytes: Uint8Array): void {
		interface Plain {
			events: number;
			texts: string[];
			objects: { used: number };
			tasks: unknown;
			memblock: unknown;
		}
		const plain = unpackState<Plain>(bytes, (saved) => {
			if (!hasShape(saved, SHAPE) || saved.texts.length !== this.texts.length)
				throw new Error("its data have another shape");
			if (saved.objects.used > bytes.length * LEFT_OUT_MOST)
				throw new Error("it ends too soon");
			this.objects.restore(saved.objects);
			return [
				...this.frames.columns(),
				...this.objects.columns(),
				...this.tasks.columns(),
			];
		});
		this.events = plain.events;
		this.texts = plain.texts;
		this.tasks.restore(plain.tasks);
		this.memblock.restore(plain.memblock);
	}
}
