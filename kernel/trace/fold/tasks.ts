// Tasks, CPUs and address spaces as a fold sees them.
//
//   task_new --> lives --task_exit--> zombie --task_end--> gone          switch: who has which CPU
//   table_new, pte_set, pte_mark, table_free                             the entries of each page table
//
// FT1: a table that nobody told of, such as the kernel's root, is empty until its first entry is set.
// FT2: entries of a table are 1024 words, low and high by turns, as in its frame.

import { runEntries, runFrames, runIndex } from "../../../mm/events";

const ENTRIES = 512;
const PAGE_BYTES = 4096;
const LOW = 2 ** 32;

/** A task. */
export interface FoldedTask {
	readonly pid: number;
	readonly parent: number;
	readonly name: string;
	readonly kernelThread: boolean;
	/** Number of the event that began it. */
	readonly since: number;
	/** -1 while it lives. */
	exitCode: number;
}

/** What the CPUs do, and for whom. */
export class FoldedTasks {
	/** By pid; tasks that ended for good are not here. */
	readonly tasks = new Map<number, FoldedTask>();
	/** Pid that each CPU runs, 0 for idle. */
	readonly running: Int32Array;
	/** Cycles of each CPU at its last event. */
	readonly cycles: Float64Array;
	/** TLB misses and flushes of each CPU. */
	readonly misses: Float64Array;
	readonly flushes: Float64Array;
	/** Last tick that began. */
	tick = 0;
	/** Boot stage that is being run, as a context; 0 for none. */
	stage = 0;
	/** Lines of the log so far, and faults. */
	logLines = 0;
	faults = 0;
	private readonly tables = new Map<number, Int32Array>();

	constructor(cpus: number) {
		this.running = new Int32Array(cpus);
		this.cycles = new Float64Array(cpus);
		this.misses = new Float64Array(cpus);
		this.flushes = new Float64Array(cpus);
	}

	/** Page tables of which anything is known. */
	tableFrames(): number[] {
		return [...this.tables.keys()].sort((a, b) => a - b);
	}

	/** Words of a table (FT2); null when nothing is known of it. */
	table(pfn: number): Int32Array | null {
		return this.tables.get(pfn) ?? null;
	}

	begin(task: FoldedTask): void {
		this.tasks.set(task.pid, task);
	}

	exit(pid: number, code: number): void {
		const task = this.tasks.get(pid);
		if (task) task.exitCode = code;
	}

	end(pid: number): void {
		this.tasks.delete(pid);
	}

	openTable(pfn: number): void {
		this.tables.set(pfn, new Int32Array(ENTRIES * 2));
	}

	closeTable(pfn: number): void {
		this.tables.delete(pfn);
	}

	setEntry(table: number, index: number, low: number, high: number): void {
		const words = this.words(table);
		words[index * 2] = low;
		words[index * 2 + 1] = high;
	}

	/** Entries side by side: see pte_run in mm/events.ts. */
	setRun(table: number, word: number, low: number, high: number): void {
		const index = runIndex(word);
		const step = runFrames(word) * PAGE_BYTES;
		for (let i = 0; i < runEntries(word); i++) {
			const sum = (low >>> 0) + i * step;
			this.setEntry(table, index + i, sum | 0, high + Math.floor(sum / LOW));
		}
	}

	markEntry(table: number, index: number, bits: number): void {
		const words = this.words(table);
		words[index * 2] = (words[index * 2] as number) | bits;
	}

	// --- key frames

	plain(): unknown {
		const { tick, stage, logLines, faults } = this;
		const tables = [...this.tables].map(([pfn, words]) => [pfn, sparse(words)]);
		return {
			tasks: [...this.tasks.values()],
			tick,
			stage,
			logLines,
			faults,
			tables,
		};
	}

	restore(plain: ReturnType<FoldedTasks["plain"]>): void {
		const data = plain as {
			tasks: FoldedTask[];
			tables: [number, [number, number][]][];
		} & Pick<FoldedTasks, "tick" | "stage" | "logLines" | "faults">;
		this.tasks.clear();
		for (const task of data.tasks) this.tasks.set(task.pid, { ...task });
		this.tables.clear();
		for (const [pfn, entries] of data.tables) {
			const words = new Int32Array(ENTRIES * 2);
			for (const [at, value] of entries) words[at] = value;
			this.tables.set(pfn, words);
		}
		this.tick = data.tick;
		this.stage = data.stage;
		this.logLines = data.logLines;
		this.faults = data.faults;
	}

	columns(): (Int32Array | Float64Array)[] {
		return [this.running, this.cycles, this.misses, this.flushes];
	}

	private words(table: number): Int32Array {
		let words = this.tables.get(table);
		if (words === undefined) {
			words = new Int32Array(ENTRIES * 2);
			this.tables.set(table, words);
		}
		return words;
	}
}

function sparse(words: Int32Array): [number, number][] {
	const found: [number, number][] = [];
	words.forEach((value, at) => {
		if (value !== 0) found.push([at, value]);
	});
	return found;
}
