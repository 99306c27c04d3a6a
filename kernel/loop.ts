// The tick loop: where simulated time goes.
//
//            tick t                                tick t + 1
//   CPU 0   |int|wake|work| task A ..... task B |  int|wake|work| task B ...
//   CPU 1   |int|wake|work| idle ...............|  int|...
//           ^ deadline                          ^ deadline + 4 ms of cycles
//
// The timer of each CPU interrupts every 4 ms of its own clock. In its turn a CPU takes the interrupt, wakes the sleepers whose
// tick has come, runs deferred work that is due, and then runs tasks until its clock has reached the next interrupt; with
// nobody to run, the rest of the tick is idle. CPU 0 keeps the time: its interrupt counts the tick (jiffies).
//
//   shared words   0       1            one pair for all CPUs
//       +---------+---------+
//       |  ticks  | started |
//       +---------+---------+
//
// Z1: CPUs take their turns in the order of their numbers, tick by tick, so one seed gives one history.
// Z2: a CPU's clock is never behind the tick; it may be ahead by what one request costs, which the next tick has less.
// Z3: the cycles of a CPU are the sum of its idle, system and task cycles, and of what the kernel did there between runs.
// Real CPUs run side by side; what happens here between two ticks on different CPUs has an order only by their clocks.
// [kernel/time/timer.c, kernel/time/tick-common.c tick_periodic, kernel/sched/core.c schedule, scheduler_tick]

import { COST_INTERRUPT, COST_SWITCH, CYCLES_PER_TICK } from "../hw/costs";
import {
	type Cpu,
	IRQ_CALL,
	IRQ_RESCHEDULE,
	IRQ_TIMER,
	type Turn,
} from "../hw/cpu";
import { NULL, type PhysAddr } from "../hw/units";
import { LEFT_ENDED, LEFT_NOBODY, LEFT_RUNNABLE, LEFT_WAITING } from "./events";
import type { TaskLife, TaskSpaces } from "./life";
import { CALL_COMPUTE, CALL_READ, CALL_WRITE } from "./program";
import { type Scheduler, sliceCycles } from "./scheduler";
import { BLOCKED, ENDED, LEFT, type Syscalls, YIELDED } from "./syscall";
import { NO_TASK, type Task, type Tasks } from "./task";
import type { Witness } from "./witness";
import type { DeferredWork } from "./work";

const TICKS = 0;
const STARTED = 1;
/** Words that the loop shares between CPUs, zeroed. */
export const LOOP_WORDS = 2;

/** Parts that time drives. */
export interface LoopParts {
	readonly turn: Turn;
	readonly tasks: Tasks;
	readonly scheduler: Scheduler;
	readonly life: TaskLife;
	readonly syscalls: Syscalls;
	readonly work: DeferredWork;
	readonly spaces: TaskSpaces;
	readonly witness: Witness;
	/** `LOOP_WORDS` words. */
	readonly shared: Int32Array;
	/** Serves a call from another CPU (hw mailbox); absent when nobody calls. */
	readonly serveCall?: (cpu: Cpu) => void;
}

/** How long to run. */
export interface RunOptions {
	/** Ticks at most. */
	readonly ticks: number;
	/** Stop before the tick after which this holds. */
	readonly until?: () => boolean;
	/** Stop as soon as no task is left that could ever run again. */
	readonly whileTasks?: boolean;
}

/** Drives the CPUs of a machine from tick to tick. */
export class TickLoop {
	constructor(private readonly parts: LoopParts) {}

	/** Ticks since boot (jiffies). */
	get ticks(): number {
		return this.parts.shared[TICKS] as number;
	}

	/** Runs the machine; returns the ticks that passed. */
	run(options: RunOptions): number {
		this.start();
		const { until, whileTasks, ticks } = options;
		let passed = 0;
		for (; passed < ticks; passed++) {
			if (until?.()) break;
			if (whileTasks && !this.hasFuture()) break;
			this.tick();
		}
		return passed;
	}

	/** One tick on every CPU (Z1). */
	tick(): void {
		const { turn, shared } = this.parts;
		shared[TICKS] = (shared[TICKS] as number) + 1;
		for (let id = 0; id < turn.cpus.length; id++) {
			turn.seat(id);
			this.tickCpu(turn.cpu);
		}
		if (turn.cpus.length > 1) turn.seat(0);
	}

	/** One tick on the CPU that has the turn. */
	tickCpu(cpu: Cpu): void {
		const { scheduler, work, witness } = this.parts;
		const tick = this.ticks;
		witness.tick(tick);
		const end = cpu.deadline + CYCLES_PER_TICK;
		cpu.setDeadline(end);
		cpu.raise(IRQ_TIMER);
		this.interrupt(cpu);
		scheduler.wakeDue(cpu.id, tick);
		if (work.runDue(cpu.id, tick) > 0) this.serve(cpu);
		this.runTasks(cpu, end);
	}

	/** True while some task runs, waits for a CPU, or sleeps with a time; without one only the clock moves. */
	hasFuture(): boolean {
		const { turn, scheduler } = this.parts;
		for (let id = 0; id < turn.cpus.length; id++)
			if (scheduler.runnable(id) > 0 || scheduler.nextWake(id) > 0) return true;
		return false;
	}

	/** Sets the clocks of all CPUs to the end of boot, and the first interrupts one tick later. */
	private start(): void {
		const { turn, shared } = this.parts;
		if (shared[STARTED] === 1) return;
		shared[STARTED] = 1;
		let now = 0;
		for (const cpu of turn.cpus) now = Math.max(now, cpu.cycles);
		for (const cpu of turn.cpus) {
			if (cpu.cycles < now) cpu.addIdle(now - cpu.cycles);
			cpu.setDeadline(now);
			cpu.setInterrupts(true);
		}
	}

	private interrupt(cpu: Cpu): void {
		cpu.chargeSystem(COST_INTERRUPT);
		this.serve(cpu);
	}

	/** Serves the lines that are pending on this CPU. */
	private serve(cpu: Cpu): void {
		const lines = cpu.takePending();
		if ((lines & IRQ_CALL) !== 0) this.parts.serveCall?.(cpu);
	}

	/** Runs tasks until the clock reads `end`; what nobody uses is idle. */
	private runTasks(cpu: Cpu, end: number): void {
		while (cpu.cycles < end) {
			const task = this.pick(cpu);
			if (task === NO_TASK) {
				cpu.addIdle(end - cpu.cycles);
				return;
			}
			this.runTask(cpu, task, end);
			if ((cpu.pending & (IRQ_CALL | IRQ_RESCHEDULE)) !== 0) this.serve(cpu);
		}
	}

	/** The task that has the CPU, else the next in the queue, switched to. */
	private pick(cpu: Cpu): Task {
		const running = cpu.task;
		if (running !== NO_TASK) return running;
		const { scheduler, tasks, spaces, witness } = this.parts;
		const task = scheduler.takeNext(cpu.id);
		if (task === NO_TASK) return NO_TASK;
		witness.switches(tasks.pid(task), 0, LEFT_NOBODY);
		cpu.setTask(task);
		scheduler.countSwitch(cpu.id);
		cpu.chargeSystem(COST_SWITCH);
		const space: PhysAddr = tasks.mm(task);
		if (space !== NULL) spaces.activate(space); // a kernel thread borrows what is there
		return task;
	}

	/** Runs a task until it leaves the CPU, its slice is used, or the clock reads `end`. */
	private runTask(cpu: Cpu, task: Task, end: number): void {
		const { tasks, life, syscalls, witness } = this.parts;
		const program = life.program(task);
		witness.enter(witness.contextOf(tasks.name(task)));
		const start = cpu.cycles;
		const sliceEnd = start + tasks.slice(task);
		const stop = Math.min(sliceEnd, end);
		let result = tasks.result(task);
		let user = 0;
		for (;;) {
			const turn = program.next(result);
			if (turn.done) {
				life.exit(task, turn.value ?? 0);
				result = ENDED;
				break;
			}
			const request = turn.value;
			const before = cpu.cycles;
			result = syscalls.perform(task, request);
			const after = cpu.cycles;
			if (isOwnWork(request.call)) user += after - before;
			if (result <= LEFT || after >= stop) break;
		}
		this.leave(cpu, task, start, user, sliceEnd, result);
		witness.enter(0);
	}

	/** Keeps what the task needs to run on, and decides whether it stays on the CPU. */
	private leave(
		cpu: Cpu,
		task: Task,
		start: number,
		user: number,
		sliceEnd: number,
		result: number,
	): void {
		const { tasks, scheduler, life, witness } = this.parts;
		const now = cpu.cycles;
		const isUser = !tasks.isKernelThread(task);
		const own = isUser ? user : 0;
		tasks.addCycles(task, own, now - start - own);
		tasks.setSlice(task, Math.max(0, sliceEnd - now));
		if (result === ENDED) {
			const pid = tasks.pid(task);
			life.end(task);
			witness.switches(0, pid, LEFT_ENDED);
			return;
		}
		if (result === BLOCKED) {
			cpu.setTask(NO_TASK);
			witness.switches(0, tasks.pid(task), LEFT_WAITING);
			return;
		}
		tasks.setResult(task, result === YIELDED ? 0 : result);
		if (result !== YIELDED && now < sliceEnd) return; // only the tick is over
		if (!scheduler.hasWaiting(cpu.id)) {
			if (now >= sliceEnd) tasks.setSlice(task, sliceCycles(tasks.nice(task)));
			return; // alone: nobody to switch to
		}
		scheduler.putBack(task);
		cpu.setTask(NO_TASK);
		witness.switches(0, tasks.pid(task), LEFT_RUNNABLE);
	}
}

/** True for what a program does itself, without the kernel. */
const isOwnWork = (call: number): boolean =>
	call === CALL_READ || call === CALL_WRITE || call === CALL_COMPUTE;
