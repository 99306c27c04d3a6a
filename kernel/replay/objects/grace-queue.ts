// Grace queue: objects that are freed by kfree_rcu, which puts them aside until a grace period is over, then frees whole
// batches in an untraced call.
//
//   CPU 0   oldest -> a -> b -> c -> d -> e     allocated in this order, and all of them perhaps freed by now
//                               X
//   An allocation returns the address of X: X must have been freed, with everything older, and with what is old enough:
//   a batch holds nearly all that waited when it went. The batch is freed newest first.
//
// GQ1: an entry is in the list of one CPU until it is taken or forgotten; its number may then be used again.

import { asPhys } from "../../../hw/units";
import { PointerMap } from "../pointer-map";
import { longer } from "./callers";

const NONE = 0;
const PRESENT = asPhys(8);
const FIRST_ENTRIES = 256;

/** Waiting objects of all CPUs, by their recorded pointers. */
export class GraceQueue {
	private readonly entries = new PointerMap(); // tag: entry
	private lows: Int32Array = new Int32Array(FIRST_ENTRIES);
	private highs: Int32Array = new Int32Array(FIRST_ENTRIES);
	private cpus: Int32Array = new Int32Array(FIRST_ENTRIES);
	private nexts: Int32Array = new Int32Array(FIRST_ENTRIES);
	private befores: Int32Array = new Int32Array(FIRST_ENTRIES);
	private times: Float64Array = new Float64Array(FIRST_ENTRIES);
	private used = 1; // entry 0 is none
	private unused = NONE; // chain of entries that are free again
	private readonly heads: number[] = []; // by CPU
	private readonly tails: number[] = [];
	/** The batch that `takeBatch` found, newest first: low and high words in turn. */
	readonly batch: number[] = [];
	/** The CPU that the batch waited on. */
	batchCpu = 0;

	/** Objects that wait. */
	get size(): number {
		return this.entries.size;
	}

	/** An object that may be put aside from now on. It is not in the queue. */
	add(cpu: number, low: number, high: number, time: number): void {
		const entry = this.newEntry();
		const tail = this.tails[cpu] ?? NONE;
		this.lows[entry] = low;
		this.highs[entry] = high;
		this.cpus[entry] = cpu;
		this.times[entry] = time;
		this.nexts[entry] = NONE;
		this.befores[entry] = tail;
		if (tail === NONE) this.heads[cpu] = entry;
		else this.nexts[tail] = entry;
		this.tails[cpu] = entry;
		this.entries.set(low, high, PRESENT, entry);
	}

	/** The object was freed in another way. */
	forget(low: number, high: number): void {
		if (this.entries.take(low, high) !== 0) this.unlink(this.entries.tag);
	}

	/**
	 * The object was put aside and freed: fills `batch` with it, everything older, and what was allocated up to `until`.
	 * @returns false when it is not in the queue
	 */
	takeBatch(low: number, high: number, until: number): boolean {
		const { batch, entries } = this;
		batch.length = 0;
		if (entries.get(low, high) === 0) return false;
		const last = entries.tag;
		const cpu = this.cpus[last] as number;
		this.batchCpu = cpu;
		let past = this.nexts[last] as number;
		while (past !== NONE && (this.times[past] as number) <= until)
			past = this.nexts[past] as number;
		let entry =
			past === NONE
				? (this.tails[cpu] as number)
				: (this.befores[past] as number);
		while (entry !== NONE) {
			const before = this.befores[entry] as number;
			batch.push(this.lows[entry] as number, this.highs[entry] as number);
			this.forget(this.lows[entry] as number, this.highs[entry] as number);
			entry = before;
		}
		return true;
	}

	private unlink(entry: number): void {
		const cpu = this.cpus[entry] as number;
		const next = this.nexts[entry] as number;
		const before = this.befores[entry] as number;
		if (before === NONE) this.heads[cpu] = next;
		else this.nexts[before] = next;
		if (next === NONE) this.tails[cpu] = before;
		else this.befores[next] = before;
		this.nexts[entry] = this.unused;
		this.unused = entry;
	}

	private newEntry(): number {
		const entry = this.unused;
		if (entry !== NONE) {
			this.unused = this.nexts[entry] as number;
			return entry;
		}
		if (this.used === this.lows.length) this.grow();
		return this.used++;
	}

	private grow(): void {
		const length = 2 * this.lows.length;
		this.lows = longer(this.lows, length);
		this.highs = longer(this.highs, length);
		this.cpus = longer(this.cpus, length);
		this.nexts = longer(this.nexts, length);
		this.befores = longer(this.befores, length);
		const times = new Float64Array(length);
		times.set(this.times);
		this.times = times;
	}
}
