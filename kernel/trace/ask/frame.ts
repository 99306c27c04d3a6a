// The life of a frame: who had it, from when to when, and by whom it came and went.
//
//   memblock | free, in ever other blocks | slab kmalloc-64 | free | user pid 7 | ...
//            ^ boot_free                  ^ page_alloc      ^ page_free
//   memblock | reserved | table                                                            taken by boot, for good
//            ^ memblock
//
// Only the events of the 1024 frames around it are folded (extent.ts EX1), and what tells names; so a life costs one look at
// each event of the blocks that tell of them.
//
// FQ1: periods follow each other without a gap: one ends with the event that begins the next.
// FQ2: from page_alloc to page_free a frame has one owner, and its use is the most special one that it had: a page that
//      became a slab is a slab's from its page_alloc on.
// FQ3: a free frame is in ever other blocks and lists: they are the `places` of one period.
// FQ4: until memblock hands over a frame is memblock's from when it is told to be memory, or reserved from when any of its
//      bytes is; one that boot then made a page table of is a table from when it was reserved.

import {
	EV_BLOCK_TYPE,
	EV_CACHE_NEW,
	EV_MEMBLOCK,
	EV_PAGE_USE,
	EV_TABLE_NEW,
	PAGE_STACK,
} from "../../../mm/events";
import { MIGRATETYPE_NAMES } from "../../../mm/pageblock";
import { EV_SWITCH, EV_TASK_NEW } from "../../events";
import { type BlockSummary, hasCode, STRETCH_SHIFT } from "../block-summary";
import type { EventColumns } from "../columns";
import { concernsFrame, namesBlock } from "../extent";
import { Fold } from "../fold/fold";
import {
	FREE,
	PAGES,
	RESERVED,
	SLAB,
	STATE_NAMES,
	TABLE,
	TRANSIT,
	USER,
	WAITING,
} from "../fold/frames";
import type { Trace } from "../trace";
import { pointer, zoneName } from "./address";
import { type Happening, Scene, type TaskName } from "./scene";

const PAGE_BYTES = 4096;
const MEMBLOCK = "memblock";
const RANGES: ReadonlySet<number> = new Set([EV_MEMBLOCK]);

// Kinds of states: a period ends when the kind changes.
const NOBODYS = 0;
const IDLE = 1;
const OWNED = 2;

/** Where a free frame is. */
export interface FramePlace {
	/** Event that brought it there. */
	readonly event: number;
	/** A free list of its zone, or a list of a CPU. */
	readonly list: "zone" | "cpu";
	/** First frame of its block, and the block's order. */
	readonly head: number;
	readonly order: number;
	readonly type: string;
	/** CPU whose list it is; null for a zone's. */
	readonly cpu: number | null;
}

/** A stretch of a frame's life with one owner, or none. */
export interface FramePeriod {
	/** free, memblock (boot may take it), reserved, pages, slab, kmalloc, table, user, stack. */
	use: string;
	/** Name of the cache; null where no cache has it. */
	cache: string | null;
	/** Task whose memory or stack it is; null where it is no task's. */
	owner: TaskName | null;
	/** First frame and order of the block that was allocated; of free frames `places` tells. */
	head: number;
	order: number;
	type: string | null;
	/** Event that began it; null at the beginning of the trace. */
	readonly from: Happening | null;
	/** Event that ended it; null when it lasts. */
	to: Happening | null;
	readonly places: FramePlace[];
}

/** All that a trace tells of a frame. */
export interface FrameLife {
	readonly pfn: number;
	readonly address: number;
	readonly pointer: string;
	readonly zone: string;
	readonly periods: readonly FramePeriod[];
}

/** The life of frame `pfn`, which must be one of the machine's, up to event `moment`. */
export function frameLife(
	trace: Trace,
	pfn: number,
	moment = trace.events - 1,
): FrameLife {
	const life = new Life(trace, pfn);
	trace.each(
		0,
		moment + 1,
		(columns, index, event) => {
			life.see(columns, index, event);
		},
		(summary) => life.pass(summary),
	);
	const address = pfn * PAGE_BYTES;
	return {
		pfn,
		address,
		pointer: pointer(address),
		zone: zoneName(pfn, trace.header.machine),
		periods: life.periods,
	};
}

/** Folds what is near a frame and notes what becomes of it. */
class Life {
	readonly periods: FramePeriod[] = [];
	private readonly scene: Scene;
	private readonly fold: Fold;
	private readonly stretch: number;
	private kind = NOBODYS; // of the period that goes on
	private stackOn = -1; // CPU on which a stack of nobody yet was made

	constructor(
		trace: Trace,
		private readonly pfn: number,
	) {
		this.scene = new Scene(trace);
		this.fold = new Fold(trace.header.machine);
		this.stretch = pfn >>> STRETCH_SHIFT;
		this.begin(STATE_NAMES[RESERVED], NOBODYS, null);
	}

	see(columns: EventColumns, index: number, event: number): void {
		const { scene } = this;
		if (!scene.see(columns, index)) return;
		const code = columns.codes[index] as number;
		const a = columns.a[index] as number;
		if (code === EV_TASK_NEW) this.nameStack(columns, index);
		else if (code === EV_MEMBLOCK) this.seeRange(columns, index, event);
		const isNear = namesBlock(code) && a >>> STRETCH_SHIFT === this.stretch;
		if (!isNear && code !== EV_SWITCH && code !== EV_CACHE_NEW) return;
		this.fold.events = event;
		this.fold.applyAll(columns, index, index + 1);
		if (!isNear || code === EV_BLOCK_TYPE) return;
		this.look(columns, index, event);
		this.noteStack(columns, index);
		const isTable = code === EV_TABLE_NEW && a === this.pfn;
		if (isTable && this.kind === NOBODYS) this.last.use = STATE_NAMES[TABLE];
	}

	/** Whether a block tells nothing of the frame; then what it leaves behind is noted. */
	pass(summary: BlockSummary): boolean {
		const isPassed = this.scene.pass(
			summary,
			(of) => of.stretches.includes(this.stretch) || hasCode(of, RANGES),
		);
		if (isPassed) this.fold.tasks.running.set(summary.running);
		return isPassed;
	}

	/** FQ4 */
	private seeRange(columns: EventColumns, index: number, event: number): void {
		const { fold, pfn } = this;
		fold.applyAll(columns, index, index + 1);
		if (this.kind !== NOBODYS || !concernsFrame(columns, index, pfn)) return;
		const [start, end] = [pfn * PAGE_BYTES, (pfn + 1) * PAGE_BYTES];
		const isReserved = fold.memblock.isReserved(start, end);
		const isMemory = fold.memblock.isMemory(start, end);
		const use = isMemory && !isReserved ? MEMBLOCK : STATE_NAMES[RESERVED];
		const { last } = this;
		const isFirst = isReserved && last.from === null;
		if (use !== last.use || isFirst)
			this.begin(use, NOBODYS, this.scene.happening(columns, index, event));
	}

	/** Compares what the fold says of the frame with the period that goes on. */
	private look(columns: EventColumns, index: number, event: number): void {
		const { frames } = this.fold;
		const head = frames.headOf(this.pfn);
		const state = head < 0 ? RESERVED : (frames.state[head] as number);
		const kind = kindOf(state);
		if (kind !== this.kind) {
			const use = kind === IDLE ? STATE_NAMES[FREE] : STATE_NAMES[state];
			this.begin(use ?? "", kind, this.scene.happening(columns, index, event));
		}
		if (kind === OWNED) this.refine(head, state);
		else if (kind === IDLE) this.addPlace(head, state, event);
	}

	private get last(): FramePeriod {
		return this.periods.at(-1) as FramePeriod;
	}

	private begin(use: string, kind: number, from: Happening | null): void {
		const last = this.periods.at(-1);
		if (last !== undefined) last.to = from;
		this.kind = kind;
		this.periods.push({
			use,
			cache: null,
			owner: null,
			head: this.pfn,
			order: 0,
			type: null,
			from,
			to: null,
			places: [],
		});
	}

	/** FQ2 */
	private refine(head: number, state: number): void {
		const { frames } = this.fold;
		const { last } = this;
		last.head = head;
		last.order = frames.order[head] as number;
		last.type = MIGRATETYPE_NAMES[frames.type[head] as number] ?? null;
		if (state === PAGES) return;
		const owner = frames.owner[head] as number;
		last.use = STATE_NAMES[state] as string;
		if (state === SLAB) last.cache = this.scene.cache(owner)?.name ?? null;
		if (state === USER) last.owner = this.scene.task(owner);
	}

	/** FQ3 */
	private addPlace(head: number, state: number, event: number): void {
		const { frames } = this.fold;
		const order = frames.order[head] as number;
		const type = MIGRATETYPE_NAMES[frames.type[head] as number] ?? "";
		const cpu = state === WAITING ? this.cpuOf(head) : null;
		if (state === TRANSIT) return;
		const { places } = this.last;
		const before = places.at(-1);
		const isSame =
			before?.head === head &&
			before.order === order &&
			before.type === type &&
			before.cpu === cpu;
		const list = state === WAITING ? "cpu" : "zone";
		if (!isSame) places.push({ event, list, head, order, type, cpu });
	}

	/** CPU on whose list a block waits. */
	private cpuOf(head: number): number {
		const { frames, machine } = this.fold;
		const list = frames.lists.listOf(head);
		for (let cpu = machine.cpus - 1; cpu > 0; cpu--)
			if (list >= frames.cpuList(cpu, 0, 0)) return cpu;
		return 0;
	}

	/** A stack is made before its task has a name: the next task that begins on this CPU is the one. */
	private noteStack(columns: EventColumns, index: number): void {
		const isStack =
			columns.codes[index] === EV_PAGE_USE &&
			columns.b[index] === PAGE_STACK &&
			columns.a[index] === this.last.head;
		if (isStack) this.stackOn = columns.cpus[index] as number;
	}

	private nameStack(columns: EventColumns, index: number): void {
		if (this.stackOn !== columns.cpus[index]) return;
		this.stackOn = -1;
		this.last.owner = this.scene.task(columns.a[index] as number);
	}
}

function kindOf(state: number): number {
	if (state === RESERVED) return NOBODYS;
	return state === FREE || state === WAITING || state === TRANSIT
		? IDLE
		: OWNED;
}
