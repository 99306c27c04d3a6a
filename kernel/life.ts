// Life of tasks: how they begin, how they end, and who learns of it.
//
//   spawn                                 end                                    reap
//   record   <- cache "task_struct"       what it holds    -> freed
//   stack    <- 4 pages, zeroed           address space    -> freed
//   space    <- for tasks of users        stack            -> freed
//   on the list, runnable                 state Z: the record keeps the code     off the list, record freed
//
// A task that ends becomes a zombie until its parent waits for it. Tasks that the kernel itself began have no parent: whoever
// asked for them reaps them. Orphans are reaped as soon as they end, as init does.
//
// L1: either all of record, stack and address space are taken, or none.
// L2: after `end` a task holds nothing but its record.  L3: a program runs only while its task is neither new nor dead.
// [kernel/fork.c copy_process, dup_task_struct; kernel/exit.c do_exit, release_task, wait_consider_task]

import type { Turn } from "../hw/cpu";
import type { PhysicalMemory } from "../hw/memory";
import { Rng } from "../hw/rng";
import {
	asPhys,
	NIL,
	NULL,
	type Pfn,
	type PhysAddr,
	pfnOf,
	physOf,
} from "../hw/units";
import { __GFP_ZERO, GFP_KERNEL } from "../mm/gfp";
import { ECHILD, ENOMEM } from "./errno";
import {
	GROUP_AREA_BYTES,
	HELD_KMALLOC,
	HELD_MAPPING,
	HELD_OBJECT,
	HELD_PAGES,
	type Holding,
	type Holdings,
	type RecordSource,
} from "./holding";
import type {
	CacheSpec,
	Program,
	ProgramCode,
	Self,
	TaskSpec,
} from "./program";
import { clampNice, type Scheduler } from "./scheduler";
import {
	EXIT_ZOMBIE,
	NO_TASK,
	PF_EXITING,
	PF_KTHREAD,
	PF_ORPHAN,
	PF_SIGNALED,
	PF_WAITING,
	type Task,
	type Tasks,
} from "./task";
import type { Witness } from "./witness";

/** A kernel stack is 4 pages (THREAD_SIZE_ORDER). */
export const STACK_ORDER = 2;
const STACK_BYTES = 4096 << STACK_ORDER;
const SEED_STEP = 0x9e3779b1; // between the seeds of two tasks: 2^32 divided by the golden ratio
const STACK_END_MAGIC = 0x57ac6e9d; // lies at the bottom, so that an overflow shows
/** Byte of a kernel stack where the task's registers begin: its generator first, then what its program keeps. */
export const REGISTERS_BYTE = GROUP_AREA_BYTES;
/** 128 + signal 11: how a task ends that touched what it may not. */
export const EXIT_SEGFAULT = 139;

/** Kernel memory as tasks use it (task-memory.ts). */
export interface KernelMemory {
	kmalloc(size: number, gfp: number): PhysAddr;
	kfree(address: PhysAddr): void;
	/** 0 when it fails; the old object is then untouched. */
	krealloc(address: PhysAddr, size: number, gfp: number): PhysAddr;
	/** 0 when it fails. */
	allocPages(order: number, gfp: number): Pfn;
	freePages(pfn: Pfn, order: number): void;
	/** A cache is named by the address of its descriptor; 0 when it fails. */
	createCache(spec: CacheSpec): PhysAddr;
	/** The cache of that name, aliases included; 0 when there is none. */
	findCache(name: string): PhysAddr;
	cacheAlloc(cache: PhysAddr, gfp: number): PhysAddr;
	cacheFree(cache: PhysAddr, object: PhysAddr): void;
	cacheShrink(cache: PhysAddr): void;
	/** 0; -EBUSY while objects are in use, -EOPNOTSUPP where the design keeps its caches: then the cache stays. */
	cacheDestroy(cache: PhysAddr): number;
}

/** Address spaces of tasks. A space is named by the address of its record; 0 is the kernel's own. */
export interface TaskSpaces {
	/** 0 when it fails. */
	create(): PhysAddr;
	/** Unmaps everything and frees the tables; the space is active nowhere. */
	destroy(space: PhysAddr): void;
	/** Loads the space on this CPU. */
	activate(space: PhysAddr): void;
	/** Maps zeroed memory; PROT_ bits and MAP_HUGE. The address, or a negative errno. */
	map(space: PhysAddr, bytes: number, protection: number, at: number): number;
	/** 0 or a negative errno. */
	unmap(space: PhysAddr, address: number, bytes: number): number;
	/** 0 or a negative errno. */
	protect(
		space: PhysAddr,
		address: number,
		bytes: number,
		protection: number,
	): number;
}

/** What printing needs: the kernel log. */
export interface TaskLog {
	info(text: string): void;
	error(text: string): void;
}

/** Who hears of every kernel stack: to mark its record and count it. */
export interface StackAccounting {
	stackAdded(pfn: Pfn): void;
	/** Called before the frames go back. */
	stackRemoved(pfn: Pfn): void;
}

/** Parts that tasks are made of. */
export interface LifeParts {
	readonly memory: PhysicalMemory;
	readonly turn: Turn;
	readonly tasks: Tasks;
	readonly holdings: Holdings;
	readonly scheduler: Scheduler;
	/** The cache "task_struct". */
	readonly records: RecordSource;
	readonly kernelMemory: KernelMemory;
	readonly spaces: TaskSpaces;
	readonly log: TaskLog;
	/** Absent when nobody counts stacks. */
	readonly stacks?: StackAccounting;
	/** The machine's seed. */
	readonly seed: number;
	readonly witness: Witness;
}

/** Begins and ends tasks. */
export class TaskLife {
	private readonly codes: ProgramCode[] = [];
	private readonly programs = new Map<Task, Program>(); // what runs, made again from `codes` when missing

	constructor(private readonly parts: LifeParts) {}

	/** Number of a program's code; whoever attaches to a machine registers the same codes in the same order. */
	registerCode(code: ProgramCode): number {
		const known = this.codes.indexOf(code);
		return known >= 0 ? known : this.codes.push(code) - 1;
	}

	/** Begins a task; `parent` 0 is the kernel. Its pid, or -ENOMEM with nothing taken (L1). */
	spawn(spec: TaskSpec, parent: Task): number {
		const { tasks, records, scheduler } = this.parts;
		const task = records.alloc(GFP_KERNEL);
		if (task === NULL) return -ENOMEM;
		const stack = this.allocStack();
		const space = stack === NULL ? NULL : this.createSpace(spec);
		if (stack === NULL || (space === NULL && !spec.kernelThread)) {
			if (stack !== NULL) this.freeStack(stack);
			records.free(task);
			return -ENOMEM;
		}
		tasks.add(task, spec.name, parent);
		tasks.setStack(task, stack);
		tasks.setMm(task, space);
		tasks.setNice(task, clampNice(spec.nice ?? 0));
		tasks.setCode(task, this.registerCode(spec.code));
		if (spec.kernelThread) tasks.setFlag(task, PF_KTHREAD);
		this.self(task).rng.seed(this.parts.seed + tasks.pid(task) * SEED_STEP);
		this.announce(task, parent);
		scheduler.start(task, spec.cpu ?? -1);
		return tasks.pid(task);
	}

	private announce(task: Task, parent: Task): void {
		const { tasks, witness } = this.parts;
		const from = parent === NO_TASK ? 0 : tasks.pid(parent);
		const isThread = tasks.isKernelThread(task);
		witness.taskBegins(tasks.pid(task), from, tasks.name(task), isThread);
	}

	/** The running program of a live task. */
	program(task: Task): Program {
		const running = this.programs.get(task);
		if (running !== undefined) return running;
		const code = this.codes[this.parts.tasks.code(task)] as ProgramCode;
		const program = code.start(this.self(task));
		this.programs.set(task, program);
		return program;
	}

	/** The task that runs on this CPU is to end with this code; the loop then calls `end`. */
	exit(task: Task, code: number, killed = false): void {
		const { tasks, witness } = this.parts;
		witness.taskExits(tasks.pid(task), code & 255, killed);
		tasks.setExitCode(task, code & 255);
		tasks.setFlag(task, killed ? PF_EXITING | PF_SIGNALED : PF_EXITING);
	}

	/** Ends a task after `exit`: frees what it has, keeps its code for the parent, leaves the CPU without a task. */
	end(task: Task): void {
		const { tasks, scheduler, turn } = this.parts;
		this.programs.delete(task);
		this.release(task);
		tasks.orphan(task, (child) => {
			if (tasks.state(child) === EXIT_ZOMBIE) this.bury(child);
		});
		tasks.setState(task, EXIT_ZOMBIE);
		tasks.countEnd(tasks.hasFlag(task, PF_SIGNALED));
		scheduler.stop(task);
		turn.cpu.setTask(NO_TASK);
		this.tellParent(task);
	}

	/** Takes a dead child of `parent` away. pid * 256 + exit code; 0 when none is dead yet; -ECHILD when it has none. */
	reapChild(parent: Task): number {
		const { tasks } = this.parts;
		if (tasks.children(parent) === 0) return -ECHILD;
		const child = tasks.deadChild(parent);
		return child === NO_TASK ? 0 : this.reap(child);
	}

	/** Takes a dead task away for good; pid * 256 + exit code. */
	reap(task: Task): number {
		const { tasks } = this.parts;
		const status = tasks.pid(task) * 256 + tasks.exitCode(task);
		const parent = tasks.parent(task);
		if (parent !== NO_TASK) tasks.removeZombie(parent);
		this.bury(task);
		return status;
	}

	/** Gives back one thing that a task holds, and forgets the holding. */
	freeHolding(holding: Holding): void {
		const { holdings, kernelMemory } = this.parts;
		const kind = holdings.kind(holding);
		const address = holdings.address(holding);
		const order = holdings.order(holding);
		const cache = holdings.cache(holding);
		holdings.remove(holding);
		if (kind === HELD_KMALLOC) kernelMemory.kfree(address);
		if (kind === HELD_OBJECT) kernelMemory.cacheFree(cache, address);
		if (kind === HELD_PAGES) kernelMemory.freePages(pfnOf(address), order);
	}

	// -- private -----------------------------------------------------------------

	private self(task: Task): Self {
		const { tasks, memory, holdings } = this.parts;
		const stack = tasks.stack(task);
		const words = memory.wordsAt(stack, STACK_BYTES / 4);
		const state = memory.wordsAt(asPhys(stack + REGISTERS_BYTE), 2);
		return {
			task,
			pid: tasks.pid(task),
			name: tasks.name(task),
			stack,
			words,
			holdings,
			rng: new Rng(state),
		};
	}

	private allocStack(): PhysAddr {
		const { kernelMemory, memory } = this.parts;
		const pfn = kernelMemory.allocPages(STACK_ORDER, GFP_KERNEL | __GFP_ZERO);
		if (pfn === NIL) return NULL;
		this.parts.stacks?.stackAdded(pfn);
		memory.writeU32(physOf(pfn), STACK_END_MAGIC);
		return physOf(pfn);
	}
	private freeStack(stack: PhysAddr): void {
		this.parts.stacks?.stackRemoved(pfnOf(stack));
		this.parts.kernelMemory.freePages(pfnOf(stack), STACK_ORDER);
	}

	private createSpace(spec: TaskSpec): PhysAddr {
		return spec.kernelThread ? NULL : this.parts.spaces.create();
	}

	/** Frees everything but the record (L2). */
	private release(task: Task): void {
		const { tasks, spaces } = this.parts;
		this.releaseHoldings(task);
		const space = tasks.mm(task);
		if (space !== NULL) {
			spaces.activate(NULL);
			spaces.destroy(space);
			tasks.setMm(task, NULL);
		}
		this.freeStack(tasks.stack(task));
		tasks.setStack(task, NULL);
	}

	/** What a program leaves behind is no news; a kernel thread that forgets something is. */
	private releaseHoldings(task: Task): void {
		const { tasks, holdings, log } = this.parts;
		let objects = 0;
		let pages = 0;
		for (
			let at = tasks.firstHolding(task);
			at !== NULL;
			at = tasks.firstHolding(task)
		) {
			const kind = holdings.kind(at);
			if (kind === HELD_PAGES) pages += holdings.pages(at);
			else if (kind !== HELD_MAPPING) objects++;
			this.freeHolding(at);
		}
		if (objects + pages > 0 && tasks.isKernelThread(task))
			log.info(
				`${tasks.name(task)}[${tasks.pid(task)}]: ended holding ${objects} objects and ${pages} pages, freed`,
			);
	}

	/** A waiting parent gets the answer at once; an orphan is buried. */
	private tellParent(task: Task): void {
		const { tasks, scheduler } = this.parts;
		const parent = tasks.parent(task);
		if (tasks.hasFlag(task, PF_ORPHAN)) this.bury(task);
		if (parent === NO_TASK) return;
		tasks.addZombie(parent);
		if (!tasks.hasFlag(parent, PF_WAITING)) return;
		tasks.setResult(parent, this.reap(task));
		scheduler.wake(parent);
	}

	private bury(task: Task): void {
		this.parts.witness.taskEnds(this.parts.tasks.pid(task));
		this.parts.tasks.remove(task);
		this.parts.records.free(task);
	}
}
