// What is in a block of events, in a few words: whoever looks for something else need not unpack it.
//
//   events block  first 32768          summary  first 32768
//   | codes, cpus, cycles, words |     | counts by code, stretches, slots, pids, how it left CPUs and tick |
//
// A summary stands behind its block. A block without one, such as the last of a file that was cut short, is looked into.
//
// BS1: what a block has of these, its summary has; a summary may name more than there is.
// BS2: a stretch is 1024 frames that begin at a multiple: no block of frames leaves it. Events that move slabs between lists
//      or retype pageblocks change no frame, and do not count.
// BS3: a task is in it that had a CPU at any moment of it, or that is named by a switch or by its own birth and end.

import {
	EV_BLOCK_TYPE,
	EV_SLAB_ALLOC,
	EV_SLAB_DISCARD,
	EV_SLAB_FREE,
	EV_SLAB_MOVE,
	EV_SLAB_NEW,
} from "../../mm/events";
import {
	EV_SWITCH,
	EV_TASK_END,
	EV_TASK_EXIT,
	EV_TASK_NEW,
	EV_TICK,
} from "../events";
import type { EventColumns } from "./columns";
import { namesBlock } from "./extent";

/** Shift from a frame to its stretch (BS2). */
export const STRETCH_SHIFT = 10;
const CODES = 256;

/** Events of a block that is worth a summary. */
export const SUMMARY_EVENTS = 4096;

/** What is known of a block of events without unpacking it. */
export interface BlockSummary {
	/** Code and number of its events. */
	readonly counts: readonly (readonly [code: number, count: number])[];
	/** Numbers of the stretches of frames of which something changed (BS2). */
	readonly stretches: readonly number[];
	/** Slots of the caches whose objects or slabs are in it. */
	readonly slots: readonly number[];
	/** Tasks (BS3). */
	readonly pids: readonly number[];
	/** Pid that each CPU runs behind it. */
	readonly running: readonly number[];
	/** Last tick that had begun behind it. */
	readonly tick: number;
	/** Latest stamp in it. */
	readonly cycles: number;
}

/** Whether any event of these codes is in the block. */
export const hasCode = (
	{ counts }: BlockSummary,
	codes: ReadonlySet<number>,
): boolean => counts.some(([code]) => codes.has(code));

const BLOCK = 1; // word a is a frame of which something changes
const SLOT = 2; // word c is the slot of a cache
const PID = 4; // word a is a task
const TICK = 8; // word a is the number of a tick
const OTHERS = BLOCK | PID | TICK;
const SWITCH = EV_SWITCH;
const MARKS = 1 << 15; // more than there are slots; a larger one is only slower

/** Events about blocks that change no frame (BS2). */
const UNCHANGED: ReadonlySet<number> = new Set([EV_SLAB_MOVE, EV_BLOCK_TYPE]);

/** What the words of each code are, as the bits above. */
const KINDS: Uint8Array = (() => {
	const kinds = new Uint8Array(CODES);
	const mark = (bit: number, codes: readonly number[]): void => {
		for (const code of codes) kinds[code] = (kinds[code] as number) | bit;
	};
	for (let code = 0; code < CODES; code++)
		if (namesBlock(code) && !UNCHANGED.has(code)) mark(BLOCK, [code]);
	mark(SLOT, [EV_SLAB_ALLOC, EV_SLAB_FREE, EV_SLAB_MOVE]);
	mark(SLOT, [EV_SLAB_NEW, EV_SLAB_DISCARD]);
	mark(PID, [EV_TASK_NEW, EV_TASK_EXIT, EV_TASK_END, EV_SWITCH]);
	mark(TICK, [EV_TICK]);
	return kinds;
})();

/** Sums up one block after the other; it must see all of them, in order. */
export class Summarizer {
	private readonly running: number[];
	private readonly kinds = KINDS;
	private readonly counts = new Int32Array(CODES);
	private readonly marks = new Uint8Array(MARKS); // slots that occur
	private tick = 0;

	constructor(cpus: number) {
		this.running = Array<number>(cpus).fill(0);
	}

	/** What is in the next block. */
	summarize(columns: EventColumns): BlockSummary {
		const { codes, cycles, a, c, count } = columns;
		const { kinds, counts, marks } = this;
		const stretches = new Set<number>();
		const slots = new Set<number>();
		const pids = new Set(this.running);
		let latest = 0;
		counts.fill(0);
		marks.fill(0);
		for (let index = 0; index < count; index++) {
			const code = codes[index] as number;
			counts[code] = (counts[code] as number) + 1;
			const now = cycles[index] as number;
			if (now > latest) latest = now;
			const kind = kinds[code] as number;
			if (kind === 0) continue;
			if ((kind & SLOT) !== 0) {
				const slot = c[index] as number;
				if (marks[slot] !== 1) slots.add(slot);
				marks[slot] = 1; // nothing happens where there is no such mark
			}
			if ((kind & OTHERS) === 0) continue;
			const word = a[index] as number;
			if ((kind & BLOCK) !== 0) stretches.add(word >>> STRETCH_SHIFT);
			else if ((kind & PID) !== 0) pids.add(word);
			else this.tick = word;
			if (code === SWITCH) this.turn(columns, index, pids);
		}
		return {
			counts: pairsOf(counts),
			stretches: sorted(stretches),
			slots: sorted(slots),
			pids: sorted(pids),
			running: [...this.running],
			tick: this.tick,
			cycles: latest,
		};
	}

	private turn(columns: EventColumns, index: number, pids: Set<number>): void {
		pids.add(columns.b[index] as number);
		this.running[columns.cpus[index] as number] = columns.a[index] as number;
	}
}

const pairsOf = (counts: Int32Array): [number, number][] =>
	[...counts].flatMap((sum, code): [number, number][] =>
		sum === 0 ? [] : [[code, sum]],
	);

const sorted = (numbers: ReadonlySet<number>): number[] =>
	[...numbers].sort((one, other) => one - other);

/** Whether a value of a file is a summary of `events` events. */
export function isSummary(
	value: unknown,
	events: number,
): value is BlockSummary {
	if (typeof value !== "object" || value === null) return false;
	const { counts, stretches, slots, pids, running, tick, cycles } =
		value as Readonly<Record<string, unknown>>;
	const lists = [stretches, slots, pids, running];
	if (!lists.every(isNumbers) || !isNumbers([tick, cycles])) return false;
	if (!Array.isArray(counts) || !counts.every(isNumbers)) return false;
	const sums = (counts as number[][]).map(([, count = 0]) => count);
	return sums.reduce((all, count) => all + count, 0) === events;
}

const isNumbers = (value: unknown): value is number[] =>
	Array.isArray(value) && value.every((each) => Number.isFinite(each));
