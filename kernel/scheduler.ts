// The scheduler: who runs next on each CPU, and who sleeps until when.
//
//   one record of 16 words for each CPU
//   word   0      1          2..3    4..5   6..7       8..9      10       11         12       13 .. 15
//       +------+----------+-------+-------+----------+---------+--------+----------+--------+---------+
//       | lock | runnable | first | last  | sleepers | sleepers| next   | switches | wakes  |         |
//       |      |          |       |       | first    | last    | wake   |          |        |         |
//       +------+----------+-------+-------+----------+---------+--------+----------+--------+---------+
//
//   run queue:  first -> task -> task -> last     next to run ... ran most recently; the running task is not on it
//   sleepers:   first -> task -> task -> last     by wake tick, equal ticks in order of falling asleep
//
// Round robin: a task runs until its slice of cycles is used, it sleeps or it ends; then the head of the queue runs and the
// task goes to the tail with a new slice. Priority is the length of the slice: one step of nice is a factor of 1.25, so
// two tasks that compute all the time share a CPU as they would under Linux's fair scheduler, in turns of 4 ms at nice 0.
// Tasks stay on the CPU where they began; a new one is put where the fewest are runnable.
//
// Q1: `runnable` = tasks on the queue + 1 if a task runs there.  Q2: sleepers are sorted by wake tick.
// Q3: `next wake` is the wake tick of the first sleeper, 0 if nobody sleeps with a time, so that an idle tick is one test.
// Q4: a record is written under its lock; nothing else is locked meanwhile.
// Linux 6.1 orders by virtual run time in a red-black tree and balances load between CPUs; the weights are the same.
// [kernel/sched/core.c sched_prio_to_weight, kernel/sched/fair.c, kernel/time/timer.c]

import { COST_IPI, CYCLES_PER_TICK } from "../hw/costs";
import { IRQ_RESCHEDULE, type Turn } from "../hw/cpu";
import type { Locks } from "../hw/lock";
import type { PhysicalMemory } from "../hw/memory";
import { asPhys, type PhysAddr } from "../hw/units";
import { FOREVER } from "./program";
import {
	NO_TASK,
	PF_PINNED,
	PF_WAITING,
	TASK_INTERRUPTIBLE,
	TASK_RUNNING,
	type Task,
	type Tasks,
} from "./task";

const LOCK = 0;
const RUNNABLE = 1;
const FIRST = 2;
const SLEEPERS_FIRST = 6;
const SLEEPERS_LAST = 8;
const NEXT_WAKE = 10;
const SWITCHES = 11;
const WAKES = 12;
const RECORD_WORDS = 16;

/** Bytes of the run queues of `cpus` CPUs. */
export const schedulerBytes = (cpus: number): number => cpus * RECORD_WORDS * 4;

const NICE_MIN = -20;
const NICE_MAX = 19;
const NICE_0_WEIGHT = 1024;

// Weight of nice -20 .. 19: each step is about a factor of 1.25.
const WEIGHTS: readonly number[] = [
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548,
	7620, 6100, 4904, 3906, 3121, 2501, 1991, 1586, 1277, 1024, 820, 655, 526,
	423, 335, 272, 215, 172, 137, 110, 87, 70, 56, 45, 36, 29, 23, 18, 15,
];

/** Cycles of a time slice: one tick at nice 0. */
export function sliceCycles(nice: number): number {
	const weight = WEIGHTS[clampNice(nice) - NICE_MIN] as number;
	return Math.floor((CYCLES_PER_TICK * weight) / NICE_0_WEIGHT);
}

/** The nearest nice value there is. */
export const clampNice = (nice: number): number =>
	Math.max(NICE_MIN, Math.min(NICE_MAX, Math.trunc(nice)));

/** Run queues and sleepers of all CPUs. */
export class Scheduler {
	private readonly queues: Int32Array[];

	/** `base` is the address of `schedulerBytes` zeroed bytes. */
	constructor(
		private readonly memory: PhysicalMemory,
		private readonly tasks: Tasks,
		private readonly turn: Turn,
		private readonly locks: Locks,
		private readonly base: PhysAddr,
	) {
		this.queues = turn.cpus.map((cpu) =>
			memory.wordsAt(this.at(cpu.id, 0), RECORD_WORDS),
		);
	}

	/** Tasks that run or could run on `cpu`. */
	runnable(cpu: number): number {
		return this.queue(cpu)[RUNNABLE] as number;
	}
	/** Switches from one task to another on `cpu` since boot. */
	switches(cpu: number): number {
		return this.queue(cpu)[SWITCHES] as number;
	}
	/** Tasks that `cpu` took up after they slept. */
	wakes(cpu: number): number {
		return this.queue(cpu)[WAKES] as number;
	}
	countSwitch(cpu: number): void {
		const queue = this.queue(cpu);
		queue[SWITCHES] = (queue[SWITCHES] as number) + 1;
	}

	/** Puts a new task on a CPU and makes it runnable: on `wanted` if that is one, else where the fewest are runnable. */
	start(task: Task, wanted = -1): void {
		const pinned = wanted >= 0 && wanted < this.queues.length;
		if (pinned) this.tasks.setFlag(task, PF_PINNED);
		this.tasks.setCpu(task, pinned ? wanted : this.leastLoaded());
		this.tasks.setSlice(task, sliceCycles(this.tasks.nice(task)));
		this.makeRunnable(task);
	}

	/** Takes the head of this CPU's run queue off it; 0 when nobody waits. */
	takeNext(cpu: number): Task {
		const queue = this.lock(cpu);
		const task = this.pointer(cpu, FIRST);
		if (task !== NO_TASK) this.unlink(cpu, task, FIRST);
		this.unlock(queue);
		return task;
	}

	/** The running task's turn is over: behind all others, with a new slice if the old one is used. */
	putBack(task: Task): void {
		const cpu = this.tasks.cpu(task);
		if (this.tasks.slice(task) === 0)
			this.tasks.setSlice(task, sliceCycles(this.tasks.nice(task)));
		const queue = this.lock(cpu);
		this.append(cpu, task, FIRST);
		this.unlock(queue);
	}

	/** True when somebody waits for this CPU. */
	hasWaiting(cpu: number): boolean {
		const queue = this.queue(cpu);
		return (queue[FIRST] as number) !== 0 || (queue[FIRST + 1] as number) !== 0;
	}

	/** The running task sleeps until tick `until` (FOREVER: until somebody wakes it). */
	sleep(task: Task, until: number): void {
		const cpu = this.tasks.cpu(task);
		this.tasks.setState(task, TASK_INTERRUPTIBLE);
		this.tasks.setWakeTick(task, until);
		const queue = this.lock(cpu);
		queue[RUNNABLE] = (queue[RUNNABLE] as number) - 1;
		this.insertSleeper(cpu, task, until);
		this.updateNextWake(cpu);
		this.unlock(queue);
	}

	/** The running task has ended. */
	stop(task: Task): void {
		const queue = this.lock(this.tasks.cpu(task));
		queue[RUNNABLE] = (queue[RUNNABLE] as number) - 1;
		this.unlock(queue);
	}

	/** Wakes a sleeper before its time; false when it does not sleep. */
	wake(task: Task): boolean {
		if (this.tasks.state(task) !== TASK_INTERRUPTIBLE) return false;
		const cpu = this.tasks.cpu(task);
		const queue = this.lock(cpu);
		this.unlink(cpu, task, SLEEPERS_FIRST);
		this.updateNextWake(cpu);
		queue[WAKES] = (queue[WAKES] as number) + 1;
		this.unlock(queue);
		this.tasks.clearFlag(task, PF_WAITING);
		this.makeRunnable(task);
		return true;
	}

	/** Wakes everybody on `cpu` whose tick has come. One test when there is none. */
	wakeDue(cpu: number, tick: number): void {
		const queue = this.queue(cpu);
		while (
			(queue[NEXT_WAKE] as number) !== 0 &&
			(queue[NEXT_WAKE] as number) <= tick
		)
			this.wake(this.pointer(cpu, SLEEPERS_FIRST));
	}

	/** Tick at which the next sleeper of `cpu` wakes; 0 when none sleeps with a time. */
	nextWake(cpu: number): number {
		return this.queue(cpu)[NEXT_WAKE] as number;
	}

	/** For readers: visits the run queue of `cpu` from head to tail. */
	forEachWaiting(cpu: number, visit: (task: Task) => void): void {
		this.forEach(cpu, FIRST, visit);
	}
	/** For readers: visits the sleepers of `cpu`, soonest first. */
	forEachSleeper(cpu: number, visit: (task: Task) => void): void {
		this.forEach(cpu, SLEEPERS_FIRST, visit);
	}

	// -- private -----------------------------------------------------------------

	private makeRunnable(task: Task): void {
		const cpu = this.tasks.cpu(task);
		this.tasks.setState(task, TASK_RUNNING);
		const queue = this.lock(cpu);
		queue[RUNNABLE] = (queue[RUNNABLE] as number) + 1;
		this.append(cpu, task, FIRST);
		this.unlock(queue);
		this.kick(cpu);
	}

	/** Tells another CPU that it has something to run. */
	private kick(cpu: number): void {
		const own = this.turn.cpu;
		if (cpu === own.id) return;
		this.turn.cpus[cpu]?.raise(IRQ_RESCHEDULE);
		own.charge(COST_IPI);
	}

	private leastLoaded(): number {
		let best = 0;
		for (let cpu = 1; cpu < this.queues.length; cpu++)
			if (this.runnable(cpu) < this.runnable(best)) best = cpu;
		return best;
	}

	/** Behind the last sleeper that wakes no later: searched from the end, where the youngest usually belongs. */
	private insertSleeper(cpu: number, task: Task, until: number): void {
		let after = this.pointer(cpu, SLEEPERS_LAST);
		while (after !== NO_TASK && this.tasks.wakeTick(after) > until)
			after = this.tasks.queuePrev(after);
		this.insertAfter(cpu, task, after, SLEEPERS_FIRST);
	}

	private updateNextWake(cpu: number): void {
		const first = this.pointer(cpu, SLEEPERS_FIRST);
		const tick = first === NO_TASK ? 0 : this.tasks.wakeTick(first);
		this.queue(cpu)[NEXT_WAKE] = tick === FOREVER ? 0 : tick;
	}

	private append(cpu: number, task: Task, list: number): void {
		this.insertAfter(cpu, task, this.pointer(cpu, list + 2), list);
	}

	/** Lists are named by the word of their first pointer; the last pointer follows. `after` 0 means at the head. */
	private insertAfter(
		cpu: number,
		task: Task,
		after: Task,
		list: number,
	): void {
		const tasks = this.tasks;
		const next =
			after === NO_TASK ? this.pointer(cpu, list) : tasks.queueNext(after);
		tasks.setQueuePrev(task, after);
		tasks.setQueueNext(task, next);
		if (after === NO_TASK) this.setPointer(cpu, list, task);
		else tasks.setQueueNext(after, task);
		if (next === NO_TASK) this.setPointer(cpu, list + 2, task);
		else tasks.setQueuePrev(next, task);
	}

	private unlink(cpu: number, task: Task, list: number): void {
		const next = this.tasks.queueNext(task);
		const prev = this.tasks.queuePrev(task);
		if (prev === NO_TASK) this.setPointer(cpu, list, next);
		else this.tasks.setQueueNext(prev, next);
		if (next === NO_TASK) this.setPointer(cpu, list + 2, prev);
		else this.tasks.setQueuePrev(next, prev);
	}

	private forEach(
		cpu: number,
		list: number,
		visit: (task: Task) => void,
	): void {
		let task = this.pointer(cpu, list);
		for (; task !== NO_TASK; task = this.tasks.queueNext(task)) visit(task);
	}

	private lock(cpu: number): Int32Array {
		const queue = this.queue(cpu);
		this.locks.lock(queue, LOCK);
		return queue;
	}
	private unlock(queue: Int32Array): void {
		this.locks.unlock(queue, LOCK);
	}
	private queue(cpu: number): Int32Array {
		return this.queues[cpu] as Int32Array;
	}
	private at(cpu: number, word: number): PhysAddr {
		return asPhys(this.base + (cpu * RECORD_WORDS + word) * 4);
	}
	private pointer(cpu: number, word: number): Task {
		return this.memory.readPointer(this.at(cpu, word));
	}
	private setPointer(cpu: number, word: number, to: Task): void {
		this.memory.writePointer(this.at(cpu, word), to);
	}
}
