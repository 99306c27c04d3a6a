// Tasks: one record for each, in an object of the cache "task_struct".
//
//   word   0       1     2       3     4      5           6        7          8..9     10..11   12..13
//       +-------+-----+-------+-----+------+-----------+--------+----------+--------+--------+--------+
//       | state | pid | flags | cpu | nice | exit code | wake   | children | mm     | stack  | parent |
//       +-------+-----+-------+-----+------+-----------+--------+----------+--------+--------+--------+
//   word  14..15   16..17   18..19   20..21   22..23  24..25    26      27       28         29
//       +--------+--------+--------+--------+--------+--------+-------+---------+----------+---------+
//       | queue  | queue  | all    | all    | first  | last   | pages | objects | failures | code    |
//       | next   | prev   | next   | prev   | holding| holding| held  | held    | to alloc |         |
//       +--------+--------+--------+--------+--------+--------+-------+---------+----------+---------+
//   word  30..31    32..33   34..35   36..37   38        39       40 .. 43          44 .. 2097
//       +---------+--------+--------+--------+---------+--------+-----------------+- - - - - - - - - - -+
//       | slice   | user   | system | result | allocs  | zombies| comm, 16 bytes  | not simulated (FPU) |
//       +---------+--------+--------+--------+---------+--------+-----------------+- - - - - - - - - - -+
//
// Pointers and cycles are 8 bytes. A task is named by the address of its record; 0 is no task, which on a CPU means that
// it idles. The record has the size that Debian's 6.1 gives it (8392 bytes, 3 in a slab of 8 pages).
// The list of all tasks, the next pid and the counters are in 8 words that the kernel hands to `Tasks`.
//
// T1: a pid is in use at most once; pids start at 1.  T2: every record is on the list of all tasks until it is reaped.
// T3: a task is on at most one of run queue and sleepers, and on none while it runs or is a zombie.
// T4: `children` counts the live and the dead that name it as parent; `zombies` of them are dead.
// [include/linux/sched.h struct task_struct, kernel/fork.c, kernel/exit.c]

import type { PhysicalMemory } from "../hw/memory";
import { asPhys, NULL, type PhysAddr } from "../hw/units";

const STATE = 0;
const PID = 1;
const FLAGS = 2;
const CPU = 3;
const NICE = 4;
const EXIT_CODE = 5;
const WAKE = 6;
const CHILDREN = 7;
const MM = 8;
const STACK = 10;
const PARENT = 12;
const QUEUE_NEXT = 14;
const QUEUE_PREV = 16;
const ALL_NEXT = 18;
const ALL_PREV = 20;
const HOLDING_FIRST = 22; // the last one follows
const PAGES = 26;
const OBJECTS = 27;
const FAILURES = 28;
const CODE = 29;
const SLICE = 30;
const USER_CYCLES = 32;
const SYSTEM_CYCLES = 34;
const RESULT = 36;
const ALLOCATIONS = 38;
const ZOMBIES = 39;
const COMM = 40;
const RECORD_WORDS = 44; // the part that is simulated

// The shared words: list of all tasks, counters.
const FIRST = 0; // pointer
const LAST = 2; // pointer
const NEXT_PID = 4;
const COUNT = 5;
const ENDED = 6;
const KILLED = 7;
/** Bytes of the shared words. */
export const TASKS_BYTES = 32;

/** Bytes of a record: the object size of the cache "task_struct". */
export const TASK_BYTES = 8392;
/** Alignment of a record. */
export const TASK_ALIGN = 64;
/** Characters of a task's name, the ending zero included (TASK_COMM_LEN). */
export const COMM_BYTES = 16;
const PID_MAX = 32768; // pid_max of a machine with few CPUs
const PID_RESERVED = 300; // pids below are not used again

// States, with the kernel's numbers [include/linux/sched.h].
export const TASK_RUNNING = 0; // runs, or waits in a run queue
export const TASK_INTERRUPTIBLE = 1; // sleeps, or waits for a child
export const EXIT_ZOMBIE = 0x20; // ended; the record waits for the parent

// Flags.
export const PF_EXITING = 0x4;
export const PF_WAITING = 0x8; // sleeps until a child ends
export const PF_ORPHAN = 0x10; // its parent is gone: nobody will ask how it ended
export const PF_SIGNALED = 0x400; // killed by a fault
export const PF_PINNED = 0x04000000; // stays on its CPU (PF_NO_SETAFFINITY)
export const PF_KTHREAD = 0x00200000;

/** A task: address of its record; 0 is none. */
export type Task = PhysAddr;
/** No task. */
export const NO_TASK = NULL;

/** The task records of a machine. */
export class Tasks {
	/** `shared` is the address of `TASKS_BYTES` zeroed bytes. */
	constructor(
		private readonly memory: PhysicalMemory,
		private readonly shared: PhysAddr,
	) {}

	// -- the list of all tasks ---------------------------------------------------

	/** Makes a zeroed record of the `TASK_BYTES` at `task`, gives it a pid and puts it on the list. */
	add(task: Task, name: string, parent: Task): void {
		const bank = this.memory.bank(task);
		const start = task >>> 2;
		bank.fill(0, start, start + RECORD_WORDS);
		this.setWord(task, PID, this.newPid());
		this.memory.writePointer(this.at(task, PARENT), parent);
		this.memory.writeText(this.at(task, COMM), name.slice(0, COMM_BYTES - 1));
		if (parent !== NO_TASK) this.addChild(parent);
		this.linkAll(task);
	}

	/** Takes a dead task off the list; the record is then free to be freed. */
	remove(task: Task): void {
		const next = this.next(task);
		const prev = this.pointer(task, ALL_PREV);
		if (prev === NO_TASK) this.setShared(FIRST, next);
		else this.setPointer(prev, ALL_NEXT, next);
		if (next === NO_TASK) this.setShared(LAST, prev);
		else this.setPointer(next, ALL_PREV, prev);
		this.addShared(COUNT, -1);
	}

	/** The oldest task; the others follow with `next`. */
	first(): Task {
		return this.memory.readPointer(asPhys(this.shared + FIRST * 4));
	}
	next(task: Task): Task {
		return this.pointer(task, ALL_NEXT);
	}

	/** Tasks that exist, zombies included. */
	get count(): number {
		return this.sharedWord(COUNT);
	}
	/** Tasks that ended since boot. */
	get ended(): number {
		return this.sharedWord(ENDED);
	}
	/** Of these, those that were killed by a fault. */
	get killed(): number {
		return this.sharedWord(KILLED);
	}
	countEnd(killed: boolean): void {
		this.addShared(ENDED, 1);
		if (killed) this.addShared(KILLED, 1);
	}

	/** The task with that pid, or 0. */
	find(pid: number): Task {
		let task = this.first();
		while (task !== NO_TASK && this.pid(task) !== pid) task = this.next(task);
		return task;
	}

	/** A dead child of `parent`, the oldest one, or 0. */
	deadChild(parent: Task): Task {
		if (this.zombies(parent) === 0) return NO_TASK;
		for (let task = this.first(); task !== NO_TASK; task = this.next(task))
			if (this.parent(task) === parent && this.state(task) === EXIT_ZOMBIE)
				return task;
		return NO_TASK;
	}

	// -- what a task is ----------------------------------------------------------

	pid(task: Task): number {
		return this.word(task, PID);
	}

	name(task: Task): string {
		return this.memory.readText(this.at(task, COMM), COMM_BYTES);
	}

	state(task: Task): number {
		return this.word(task, STATE);
	}
	setState(task: Task, state: number): void {
		this.setWord(task, STATE, state);
	}

	hasFlag(task: Task, flag: number): boolean {
		return (this.word(task, FLAGS) & flag) !== 0;
	}
	setFlag(task: Task, flag: number): void {
		this.setWord(task, FLAGS, this.word(task, FLAGS) | flag);
	}
	clearFlag(task: Task, flag: number): void {
		this.setWord(task, FLAGS, this.word(task, FLAGS) & ~flag);
	}
	isKernelThread(task: Task): boolean {
		return this.hasFlag(task, PF_KTHREAD);
	}

	cpu(task: Task): number {
		return this.word(task, CPU);
	}
	setCpu(task: Task, cpu: number): void {
		this.setWord(task, CPU, cpu);
	}

	nice(task: Task): number {
		return this.word(task, NICE);
	}
	setNice(task: Task, nice: number): void {
		this.setWord(task, NICE, nice);
	}

	/** 0 to 255; 128 + 11 for a task killed by a fault. Valid once the task is dead. */
	exitCode(task: Task): number {
		return this.word(task, EXIT_CODE);
	}
	setExitCode(task: Task, code: number): void {
		this.setWord(task, EXIT_CODE, code);
	}

	/** Tick at which a sleeper wakes. */
	wakeTick(task: Task): number {
		return this.word(task, WAKE);
	}
	setWakeTick(task: Task, tick: number): void {
		this.setWord(task, WAKE, tick);
	}

	/** Address space, 0 for kernel threads. */
	mm(task: Task): PhysAddr {
		return this.pointer(task, MM);
	}
	setMm(task: Task, mm: PhysAddr): void {
		this.setPointer(task, MM, mm);
	}

	/** Kernel stack: address of its lowest byte; 0 once the task is dead. */
	stack(task: Task): PhysAddr {
		return this.pointer(task, STACK);
	}
	setStack(task: Task, stack: PhysAddr): void {
		this.setPointer(task, STACK, stack);
	}

	/** Number of the code that it runs, as its starter counts them. */
	code(task: Task): number {
		return this.word(task, CODE);
	}
	setCode(task: Task, code: number): void {
		this.setWord(task, CODE, code);
	}

	/** What the program gets when it runs on: the result of its last request. */
	result(task: Task): number {
		const low = this.word(task, RESULT) >>> 0;
		return this.word(task, RESULT + 1) * 2 ** 32 + low;
	}
	setResult(task: Task, result: number): void {
		this.setWord(task, RESULT, result);
		this.setWord(task, RESULT + 1, Math.floor(result / 2 ** 32));
	}

	// -- family ------------------------------------------------------------------

	parent(task: Task): Task {
		return this.pointer(task, PARENT);
	}
	children(task: Task): number {
		return this.word(task, CHILDREN);
	}
	zombies(task: Task): number {
		return this.word(task, ZOMBIES);
	}
	addChild(parent: Task): void {
		this.addTo(parent, CHILDREN, 1);
	}
	addZombie(parent: Task): void {
		this.addTo(parent, ZOMBIES, 1);
	}
	/** A dead child has been taken away. */
	removeZombie(parent: Task): void {
		this.addTo(parent, ZOMBIES, -1);
		this.addTo(parent, CHILDREN, -1);
	}

	/** Makes orphans of all children of `task`; `visit` is called with each and may remove it. */
	orphan(task: Task, visit: (child: Task) => void): void {
		if (this.children(task) === 0) return;
		let child = this.first();
		while (child !== NO_TASK) {
			const next = this.next(child);
			if (this.parent(child) === task) {
				this.setPointer(child, PARENT, NO_TASK);
				this.setFlag(child, PF_ORPHAN);
				visit(child);
			}
			child = next;
		}
		this.setWord(task, CHILDREN, 0);
		this.setWord(task, ZOMBIES, 0);
	}

	// -- queues (scheduler) and holdings -----------------------------------------

	queueNext(task: Task): Task {
		return this.pointer(task, QUEUE_NEXT);
	}
	setQueueNext(task: Task, next: Task): void {
		this.setPointer(task, QUEUE_NEXT, next);
	}
	queuePrev(task: Task): Task {
		return this.pointer(task, QUEUE_PREV);
	}
	setQueuePrev(task: Task, prev: Task): void {
		this.setPointer(task, QUEUE_PREV, prev);
	}

	/** Address of the two pointers first and last of the task's list of holdings. */
	holdingEnds(task: Task): PhysAddr {
		return this.at(task, HOLDING_FIRST);
	}
	firstHolding(task: Task): PhysAddr {
		return this.pointer(task, HOLDING_FIRST);
	}

	// -- accounts ----------------------------------------------------------------

	/** Cycles left of the time slice. */
	slice(task: Task): number {
		return this.memory.readU64(this.at(task, SLICE));
	}
	setSlice(task: Task, cycles: number): void {
		this.memory.writeU64(this.at(task, SLICE), cycles);
	}

	/** Cycles spent in the program itself. */
	userCycles(task: Task): number {
		return this.memory.readU64(this.at(task, USER_CYCLES));
	}
	/** Cycles spent in the kernel on its behalf. */
	systemCycles(task: Task): number {
		return this.memory.readU64(this.at(task, SYSTEM_CYCLES));
	}
	addCycles(task: Task, user: number, system: number): void {
		const userAt = this.at(task, USER_CYCLES);
		const systemAt = this.at(task, SYSTEM_CYCLES);
		this.memory.writeU64(userAt, this.memory.readU64(userAt) + user);
		this.memory.writeU64(systemAt, this.memory.readU64(systemAt) + system);
	}

	/** Pages that it holds: allocated blocks and mapped memory. */
	pages(task: Task): number {
		return this.word(task, PAGES);
	}
	addPages(task: Task, pages: number): void {
		this.addTo(task, PAGES, pages);
	}
	/** Objects that it holds, from kmalloc and from caches. */
	objects(task: Task): number {
		return this.word(task, OBJECTS);
	}
	addObjects(task: Task, objects: number): void {
		this.addTo(task, OBJECTS, objects);
	}
	/** Allocations that succeeded. */
	allocations(task: Task): number {
		return this.word(task, ALLOCATIONS);
	}
	addAllocation(task: Task): void {
		this.addTo(task, ALLOCATIONS, 1);
	}
	/** Allocations that failed. */
	failures(task: Task): number {
		return this.word(task, FAILURES);
	}
	addFailure(task: Task): void {
		this.addTo(task, FAILURES, 1);
	}

	// -- private -----------------------------------------------------------------

	private newPid(): number {
		let pid = this.sharedWord(NEXT_PID) + 1;
		for (let tries = 0; tries < PID_MAX; tries++, pid++) {
			if (pid >= PID_MAX) pid = PID_RESERVED;
			if (pid < PID_RESERVED || this.find(pid) === NO_TASK) break;
		}
		this.memory.writeU32(asPhys(this.shared + NEXT_PID * 4), pid);
		return pid;
	}

	private linkAll(task: Task): void {
		const last = this.memory.readPointer(asPhys(this.shared + LAST * 4));
		this.setPointer(task, ALL_PREV, last);
		if (last === NO_TASK) this.setShared(FIRST, task);
		else this.setPointer(last, ALL_NEXT, task);
		this.setShared(LAST, task);
		this.addShared(COUNT, 1);
	}

	private at(task: Task, word: number): PhysAddr {
		return asPhys(task + word * 4);
	}
	private word(task: Task, word: number): number {
		return this.memory.bank(task)[(task >>> 2) + word] as number;
	}
	private setWord(task: Task, word: number, value: number): void {
		this.memory.bank(task)[(task >>> 2) + word] = value;
	}
	private addTo(task: Task, word: number, amount: number): void {
		this.setWord(task, word, this.word(task, word) + amount);
	}
	private pointer(task: Task, word: number): PhysAddr {
		return this.memory.readPointer(this.at(task, word));
	}
	private setPointer(task: Task, word: number, to: PhysAddr): void {
		this.memory.writePointer(this.at(task, word), to);
	}
	private sharedWord(word: number): number {
		return this.memory.readU32(asPhys(this.shared + word * 4));
	}
	private addShared(word: number, amount: number): void {
		const at = asPhys(this.shared + word * 4);
		this.memory.writeU32(at, this.memory.readU32(at) + amount);
	}
	private setShared(word: number, to: PhysAddr): void {
		this.memory.writePointer(asPhys(this.shared + word * 4), to);
	}
}

/** A task's state as ps shows it: runs or could run, sleeps, is dead. */
export function stateLetter(state: number): "R" | "S" | "Z" {
	if (state === TASK_RUNNING) return "R";
	return state === EXIT_ZOMBIE ? "Z" : "S";
}

/** A task's state as /proc/PID/status shows it. */
export function stateText(state: number): string {
	if (state === TASK_RUNNING) return "R (running)";
	return state === EXIT_ZOMBIE ? "Z (zombie)" : "S (sleeping)";
}
