// Lock words: how CPUs keep out of each other's way.
//
//   word: 0 = free, n + 1 = held by CPU n
//
// Two designs for one job, chosen when a machine is attached to. Turn locks serve one host thread that gives the CPUs
// turns: nobody can interleave, so a plain store does, and a lock found taken is a bug. Thread locks serve machines whose
// CPUs are worker threads: the same words, taken with an atomic compare-and-exchange; a loser spins, then sleeps.
//
// Lock order (a CPU that holds a lower number may take a higher one, never the reverse):
//   1 stop of all CPUs   2 address space   3 address-space identifiers   4 mailbox of a CPU   5 cache list   6 aliases of caches
//   7 node partial list   8 slab   9 zone   10 memblock   11 run queue   12 log
// L1: a lock is released by the CPU that took it. L2: nothing is held across a turn.
// This is the only file that may use Atomics; counters that several CPUs add to go through `add`.

import { panic } from "./panic";

const SPINS_BEFORE_SLEEP = 200; // a critical section is shorter than this many tries
const PAUSE_MILLISECONDS = 0.1; // at most: a store that ends the wait is noticed at once

/** What the engine asks of locks; words are given as a view and an index into it. */
export interface Locks {
	/** Several threads run on this memory: what CPUs share must be locked even where nothing can go wrong in turns. */
	readonly shared: boolean;
	lock(words: Int32Array, index: number): void;
	unlock(words: Int32Array, index: number): void;
	/** Takes the lock if it is free; false when somebody has it. */
	tryLock(words: Int32Array, index: number): boolean;
	/** Adds to a word that several CPUs add to; returns the sum. */
	add(words: Int32Array, index: number, amount: number): number;
	/** Reads a word that another CPU may be writing. */
	load(words: Int32Array, index: number): number;
	/** Writes a word that other CPUs wait for. */
	store(words: Int32Array, index: number, value: number): void;
	/** Stores `value` where `expected` is; false when something else is there. */
	swap(
		words: Int32Array,
		index: number,
		expected: number,
		value: number,
	): boolean;
	/** Sleeps a moment while the word is `value`, so that whoever shall change it gets to run. */
	pause(words: Int32Array, index: number, value: number): void;
}

/** Locks for one host thread: CPUs take turns, so taking a taken lock can only be a bug. */
export class TurnLocks implements Locks {
	readonly shared = false;

	lock(words: Int32Array, index: number): void {
		if (words[index] !== 0) takenAgain();
		words[index] = 1;
	}

	unlock(words: Int32Array, index: number): void {
		if (words[index] === 0) notTaken();
		words[index] = 0;
	}

	tryLock(words: Int32Array, index: number): boolean {
		if (words[index] !== 0) return false;
		words[index] = 1;
		return true;
	}

	add(words: Int32Array, index: number, amount: number): number {
		const sum = ((words[index] as number) + amount) | 0;
		words[index] = sum;
		return sum;
	}

	load(words: Int32Array, index: number): number {
		return words[index] as number;
	}

	store(words: Int32Array, index: number, value: number): void {
		words[index] = value;
	}

	swap(
		words: Int32Array,
		index: number,
		expected: number,
		value: number,
	): boolean {
		if (words[index] !== expected) return false;
		words[index] = value;
		return true;
	}

	pause(): void {
		panic("lock: L2 nobody else runs in this turn");
	}
}

/** Locks for CPUs that are threads. */
export class ThreadLocks implements Locks {
	readonly shared = true;
	private readonly mark: number;

	/** `mayWait` is false on a browser's main thread, which must not sleep and spins instead. */
	constructor(
		cpu: number,
		private readonly mayWait = true,
	) {
		this.mark = cpu + 1;
	}

	lock(words: Int32Array, index: number): void {
		for (let spins = 0; !this.tryLock(words, index); spins++) {
			if (Atomics.load(words, index) === this.mark)
				panic("lock: L2 taken twice by one CPU");
			if (this.mayWait && spins >= SPINS_BEFORE_SLEEP)
				Atomics.wait(words, index, Atomics.load(words, index) || -1, 1);
		}
	}

	unlock(words: Int32Array, index: number): void {
		const holder = Atomics.exchange(words, index, 0);
		if (holder !== this.mark) panic("lock: L1 released by another CPU");
	}

	tryLock(words: Int32Array, index: number): boolean {
		return Atomics.compareExchange(words, index, 0, this.mark) === 0;
	}

	add(words: Int32Array, index: number, amount: number): number {
		return (Atomics.add(words, index, amount) + amount) | 0;
	}

	load(words: Int32Array, index: number): number {
		return Atomics.load(words, index);
	}

	store(words: Int32Array, index: number, value: number): void {
		Atomics.store(words, index, value);
		Atomics.notify(words, index);
	}

	swap(
		words: Int32Array,
		index: number,
		expected: number,
		value: number,
	): boolean {
		return Atomics.compareExchange(words, index, expected, value) === expected;
	}

	pause(words: Int32Array, index: number, value: number): void {
		if (this.mayWait) Atomics.wait(words, index, value, PAUSE_MILLISECONDS);
	}
}

// Apart, so that what every critical section calls stays short enough to be put into its caller.
function takenAgain(): never {
	panic("lock: L2 taken in one turn and again");
}
function notTaken(): never {
	panic("lock: L1 released but not taken");
}
