// Deferred work: what the kernel does later, outside the allocation that asked for it.
//
//   one table of 16 items for each CPU, 4 words each, behind a word with the soonest due tick
//   word   0       1 .. 3        4         5        6            7
//       +-------+-----------+---------+--------+------------+---------+
//       | next  |           | pending | due    | argument   | runs    |   item 0     ... 16 items, 272 bytes
//       | due   |           |         | tick   |            |         |
//       +-------+-----------+---------+--------+------------+---------+
//
// A kind of work is a function with a name, registered at boot; its item on a CPU says whether it waits there, until when,
// and with which argument. The tick runs what is due, on the CPU where it was queued, in the order of registration.
//
// W1: an item is pending at most once: queueing it again before it ran changes nothing and says so.
// W2: `next due` is the smallest due tick of the pending items, 0 when there is none: an idle tick is one test.
// W3: work queued while work runs is not run before the next tick.
// Linux keeps lists of work items and a pool of kworker threads that run them; delayed items wait on a timer.
// [kernel/workqueue.c queue_delayed_work_on, include/linux/workqueue.h]

import type { PhysicalMemory } from "../hw/memory";
import { assert } from "../hw/panic";
import { asPhys, type PhysAddr } from "../hw/units";

const NEXT_DUE = 0;
const ITEMS = 4;
const ITEM_WORDS = 4;
const PENDING = 0;
const DUE = 1;
const ARGUMENT = 2;
const RUNS = 3;
const KINDS_MAX = 16;
const TABLE_WORDS = ITEMS + KINDS_MAX * ITEM_WORDS;

/** Bytes of the tables of `cpus` CPUs. */
export const workBytes = (cpus: number): number => cpus * TABLE_WORDS * 4;

/** What a kind of work does; it charges the CPU that it runs on. */
export type WorkFunction = (argument: number) => void;

/** Deferred work of all CPUs. */
export class DeferredWork {
	private readonly tables: Int32Array[] = [];
	private readonly names: string[] = [];
	private readonly functions: WorkFunction[] = [];

	/** `base` is the address of `workBytes` zeroed bytes. */
	constructor(memory: PhysicalMemory, base: PhysAddr, cpus: number) {
		for (let cpu = 0; cpu < cpus; cpu++)
			this.tables.push(
				memory.wordsAt(asPhys(base + cpu * TABLE_WORDS * 4), TABLE_WORDS),
			);
	}

	/** Adds a kind of work; the number is what `queue` is told. Whoever attaches to a machine registers in the same order. */
	register(name: string, run: WorkFunction): number {
		assert(this.functions.length < KINDS_MAX, "work: too many kinds");
		this.names.push(name);
		return this.functions.push(run) - 1;
	}

	/** Queues work of a kind on `cpu` for tick `due` or later; false when it is already pending there (W1). */
	queue(cpu: number, kind: number, due: number, argument = 0): boolean {
		const table = this.table(cpu);
		const at = itemAt(kind);
		if (table[at + PENDING] === 1) return false;
		table[at + PENDING] = 1;
		table[at + DUE] = due;
		table[at + ARGUMENT] = argument;
		const next = table[NEXT_DUE] as number;
		if (next === 0 || due < next) table[NEXT_DUE] = Math.max(due, 1);
		return true;
	}

	/** Takes pending work back; false when none was pending. */
	cancel(cpu: number, kind: number): boolean {
		const table = this.table(cpu);
		const wasPending = table[itemAt(kind) + PENDING] === 1;
		table[itemAt(kind) + PENDING] = 0;
		this.updateNextDue(table);
		return wasPending;
	}

	/** Runs what is due on `cpu` at `tick`; returns how many items ran. One test when nothing is due. */
	runDue(cpu: number, tick: number): number {
		const table = this.table(cpu);
		const next = table[NEXT_DUE] as number;
		if (next === 0 || next > tick) return 0;
		const due = this.takeDue(table, tick);
		this.updateNextDue(table);
		for (const kind of due) this.run(table, kind);
		return due.length;
	}

	/** Tick of the soonest pending work on `cpu`; 0 for none. */
	nextDue(cpu: number): number {
		return this.table(cpu)[NEXT_DUE] as number;
	}

	/** Times that work of a kind ran on `cpu`. */
	runs(cpu: number, kind: number): number {
		return this.table(cpu)[itemAt(kind) + RUNS] as number;
	}

	/** Name of a kind. */
	name(kind: number): string {
		return this.names[kind] as string;
	}

	private takeDue(table: Int32Array, tick: number): number[] {
		const due: number[] = [];
		for (let kind = 0; kind < this.functions.length; kind++) {
			const at = itemAt(kind);
			if (table[at + PENDING] !== 1 || (table[at + DUE] as number) > tick)
				continue;
			table[at + PENDING] = 0;
			due.push(kind);
		}
		return due;
	}

	private run(table: Int32Array, kind: number): void {
		const at = itemAt(kind);
		table[at + RUNS] = (table[at + RUNS] as number) + 1;
		(this.functions[kind] as WorkFunction)(table[at + ARGUMENT] as number);
	}

	private updateNextDue(table: Int32Array): void {
		let next = 0;
		for (let kind = 0; kind < this.functions.length; kind++) {
			const due = table[itemAt(kind) + DUE] as number;
			const pending = table[itemAt(kind) + PENDING] === 1;
			if (pending && (next === 0 || due < next)) next = Math.max(due, 1);
		}
		table[NEXT_DUE] = next;
	}

	private table(cpu: number): Int32Array {
		return this.tables[cpu] as Int32Array;
	}
}

const itemAt = (kind: number): number => ITEMS + kind * ITEM_WORDS;
