// A worker thread of lock.test.ts: one CPU that adds to words that other CPUs add to.
//
//   word   0      1          2        3
//       +------+----------+--------+-------+
//       | lock | guarded  | added  | ready |
//       +------+----------+--------+-------+

import { workerData } from "node:worker_threads";
import { ThreadLocks } from "../../hw/lock";

/** Words of the lock. */
export const LOCK = 0;
export const GUARDED = 1;
export const ADDED = 2;
export const READY = 3;

/** What such a thread is told. */
export interface Task {
	readonly words: Int32Array;
	readonly cpu: number;
	readonly cpus: number;
	readonly times: number;
	readonly mayWait: boolean;
}

function work({ words, cpu, cpus, times, mayWait }: Task): void {
	const locks = new ThreadLocks(cpu, mayWait);
	locks.add(words, READY, 1);
	while (locks.load(words, READY) < cpus); // all begin together
	for (let i = 0; i < times; i++) {
		locks.lock(words, LOCK);
		words[GUARDED] = (words[GUARDED] as number) + 1;
		locks.unlock(words, LOCK);
		locks.add(words, ADDED, 1);
	}
}

if (workerData !== null) work(workerData as Task);
