// The running system: the parts that tasks need, wired together over one block of memory.
//
//   block from the kernel, zeroed
//   +-------+-------+------------+---------------+------------------------+
//   | loop  | tasks | run queues | deferred work | hash table of holdings |
//   +-------+-------+------------+---------------+------------------------+
//   0       64      128          |               |
//                                `-- as many records as CPUs
//
// Two caches belong to it, "task_struct" and "holding". Everything else that tasks have is allocated when they ask.
// Whoever attaches to a machine builds these parts again over the same block; nothing is lost but what generators keep.

import type { Cpu, Turn } from "../hw/cpu";
import type { Locks } from "../hw/lock";
import type { PhysicalMemory } from "../hw/memory";
import { asPhys, type PhysAddr } from "../hw/units";
import { Holdings, holdingTableBytes, type RecordSource } from "./holding";
import {
	type KernelMemory,
	type StackAccounting,
	TaskLife,
	type TaskLog,
	type TaskSpaces,
} from "./life";
import { LOOP_WORDS, TickLoop } from "./loop";
import type { TaskSpec } from "./program";
import { Scheduler, schedulerBytes } from "./scheduler";
import { Syscalls, type Translator } from "./syscall";
import { NO_TASK, Tasks } from "./task";
import type { Witness } from "./witness";
import { DeferredWork, workBytes } from "./work";

const LINE = 64; // parts begin on cache lines
const TASKS_AT = LINE;
const QUEUES_AT = 2 * LINE;

const lines = (bytes: number): number => Math.ceil(bytes / LINE) * LINE;

/** Bytes of the block for a machine of `cpus` CPUs and `frames` frames. */
export const runningBytes = (cpus: number, frames: number): number =>
	QUEUES_AT +
	lines(schedulerBytes(cpus)) +
	lines(workBytes(cpus)) +
	holdingTableBytes(frames);

/** What the running system stands on. */
export interface RunningParts {
	readonly memory: PhysicalMemory;
	readonly turn: Turn;
	readonly locks: Locks;
	/** One for each CPU. */
	readonly mmus: readonly Translator[];
	readonly kernelMemory: KernelMemory;
	readonly spaces: TaskSpaces;
	readonly log: TaskLog;
	/** Absent when nobody counts stacks. */
	readonly stacks?: StackAccounting;
	/** The machine's seed. */
	readonly seed: number;
	readonly witness: Witness;
	/** Address of `runningBytes` bytes, zeroed at boot. */
	readonly block: PhysAddr;
	/** The cache "task_struct": objects of TASK_BYTES, aligned to TASK_ALIGN. */
	readonly taskRecords: RecordSource;
	/** The cache "holding": objects of HOLDING_BYTES. */
	readonly holdingRecords: RecordSource;
	/** Serves a call from another CPU; absent when nobody calls. */
	readonly serveCall?: (cpu: Cpu) => void;
}

/** Tasks, scheduler, deferred work and the tick loop of one kernel. */
export class Running {
	readonly tasks: Tasks;
	readonly holdings: Holdings;
	readonly scheduler: Scheduler;
	readonly life: TaskLife;
	readonly syscalls: Syscalls;
	readonly work: DeferredWork;
	readonly loop: TickLoop;

	constructor(private readonly parts: RunningParts) {
		const { memory, turn, locks, block } = parts;
		const cpus = turn.cpus.length;
		const workAt = QUEUES_AT + lines(schedulerBytes(cpus));
		const tableAt = workAt + lines(workBytes(cpus));
		const at = (offset: number): PhysAddr => asPhys(block + offset);
		this.tasks = new Tasks(memory, at(TASKS_AT));
		this.holdings = new Holdings(
			memory,
			this.tasks,
			parts.holdingRecords,
			at(tableAt),
			holdingTableBytes(memory.frameCount),
		);
		this.scheduler = new Scheduler(
			memory,
			this.tasks,
			turn,
			locks,
			at(QUEUES_AT),
		);
		const { tasks, holdings, scheduler } = this;
		const common = { ...parts, tasks, holdings, scheduler };
		this.life = new TaskLife({ ...common, records: parts.taskRecords });
		this.syscalls = new Syscalls({
			...common,
			life: this.life,
			now: () => this.loop.ticks,
		});
		this.work = new DeferredWork(memory, at(workAt), cpus);
		this.loop = new TickLoop({
			...common,
			life: this.life,
			syscalls: this.syscalls,
			work: this.work,
			shared: memory.wordsAt(block, LOOP_WORDS),
		});
	}

	/** Begins a task of the kernel's own; its pid, or -ENOMEM. What it takes is called by kernel_clone. */
	spawn(spec: TaskSpec): number {
		const { witness } = this.parts;
		return witness.within("kernel_clone", () => this.life.spawn(spec, NO_TASK));
	}
}
