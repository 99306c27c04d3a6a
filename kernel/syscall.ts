// System calls: what happens when a task asks for something.
//
//   request --> call number --> one short method --> result
//                                  |                   address, count, 0 or a negative errno
//                                  |                   BLOCKED, YIELDED, ENDED: the task leaves the CPU
//                                  `-- cycles: the layer that does the work charges them; entering and leaving here
//
// User tasks pay for entering and leaving the kernel; kernel threads are there already and pay for a call. Reads and writes
// of memory are not calls: they go through the TLB and the page tables of the task's address space to the bytes
// themselves, and a fault that nothing can mend kills the task, with the line that a kernel prints.
//
// Y1: whatever a task gets is recorded as its holding before it is told; without memory for the record it gets nothing.
// Y2: kernel memory that nobody holds is freed as asked: a wrong kfree does to the allocator what it does in a kernel.
// [arch/x86/entry/common.c, arch/x86/mm/fault.c show_signal_msg, mm/mmap.c, kernel/exit.c do_wait]

import { COST_CALL, COST_FAULT, COST_SYSCALL } from "../hw/costs";
import type { Turn } from "../hw/cpu";
import type { PhysicalMemory } from "../hw/memory";
import {
	ACCESS_READ,
	ACCESS_WRITE,
	type Access,
	FAULT_GENERAL,
	faultCode,
	faultLines,
} from "../hw/mmu";
import { panic } from "../hw/panic";
import {
	asPfn,
	asPhys,
	asVirt,
	NULL,
	PAGE_SIZE,
	type PhysAddr,
	pfnOf,
	physOf,
	type VirtAddr,
} from "../hw/units";
import { GFP_KERNEL } from "../mm/gfp";
import { ZERO_SIZE } from "../mm/kmalloc";
import { EINVAL, ENOMEM, EPERM } from "./errno";
import {
	HELD_KMALLOC,
	HELD_MAPPING,
	HELD_OBJECT,
	HELD_PAGES,
	type Holdings,
} from "./holding";
import {
	EXIT_SEGFAULT,
	type KernelMemory,
	type TaskLife,
	type TaskLog,
	type TaskSpaces,
} from "./life";
import {
	CALL_CACHE_ALLOC,
	CALL_CACHE_CREATE,
	CALL_CACHE_DESTROY,
	CALL_CACHE_FIND,
	CALL_CACHE_FREE,
	CALL_CACHE_SHRINK,
	CALL_COMPUTE,
	CALL_EXIT,
	CALL_GETPID,
	CALL_KFREE,
	CALL_KMALLOC,
	CALL_KREALLOC,
	CALL_LOG,
	CALL_MAP,
	CALL_NAMES,
	CALL_OBSERVE,
	CALL_PAGES_ALLOC,
	CALL_PAGES_FREE,
	CALL_PROTECT,
	CALL_READ,
	CALL_SLEEP,
	CALL_SPAWN,
	CALL_UNMAP,
	CALL_WAIT,
	CALL_WRITE,
	CALL_YIELD,
	type CacheSpec,
	FOREVER,
	type Request,
	type TaskSpec,
} from "./program";
import type { Scheduler } from "./scheduler";
import { PF_KTHREAD, PF_WAITING, type Task, type Tasks } from "./task";
import type { Witness } from "./witness";

/** Results that say that the task does not run on: below every errno. */
export const BLOCKED = -10_000;
export const YIELDED = -10_001;
export const ENDED = -10_002;
/** Every result at or below this one means that the task has left its CPU. */
export const LEFT = BLOCKED;

const ZERO_SIZE_PTR = ZERO_SIZE; // freed as a no-op, so never held
const COMPUTE_MAX = 100_000; // cycles that a task computes at once, so that ticks and slices end in time

/** Translates addresses for one CPU (hw/mmu.ts). */
export interface Translator {
	translate(va: VirtAddr, access: Access): number;
}

/** Sees what programs report; called with the number of the observation. */
export type Observer = (task: Task, number: number) => void;

/** Parts that requests need. */
export interface SyscallParts {
	readonly memory: PhysicalMemory;
	readonly turn: Turn;
	/** One for each CPU. */
	readonly mmus: readonly Translator[];
	readonly tasks: Tasks;
	readonly holdings: Holdings;
	readonly scheduler: Scheduler;
	readonly life: TaskLife;
	readonly kernelMemory: KernelMemory;
	readonly spaces: TaskSpaces;
	readonly log: TaskLog;
	readonly witness: Witness;
	/** The tick that it is now. */
	readonly now: () => number;
}

/** Performs requests of tasks. */
export class Syscalls {
	private observer: Observer | null = null;

	constructor(private readonly parts: SyscallParts) {}

	/** Who sees observations; null for nobody. */
	setObserver(observer: Observer | null): void {
		this.observer = observer;
	}

	/** Performs one request of the task that runs on this CPU. */
	perform(task: Task, request: Request): number {
		switch (request.call) {
			case CALL_READ:
				return this.read(task, request.a);
			case CALL_WRITE:
				return this.write(task, request.a, request.b);
			case CALL_COMPUTE:
				return this.compute(request.a);
		}
		const { tasks, turn } = this.parts;
		turn.cpu.charge(tasks.hasFlag(task, PF_KTHREAD) ? COST_CALL : COST_SYSCALL);
		const { witness } = this.parts;
		const own = witness.enterCall(request.call, CALL_NAMES[request.call] ?? "");
		const result = this.call(task, request);
		witness.enter(own);
		return result;
	}

	private call(task: Task, request: Request): number {
		switch (request.call) {
			case CALL_KMALLOC:
				return this.kmalloc(task, request);
			case CALL_KFREE:
				return this.kfree(asPhys(request.a));
			case CALL_KREALLOC:
				return this.krealloc(task, request);
			case CALL_CACHE_CREATE:
				return this.parts.kernelMemory.createCache(request.detail as CacheSpec);
			case CALL_CACHE_FIND:
				return this.parts.kernelMemory.findCache(request.text);
			case CALL_CACHE_ALLOC:
				return this.cacheAlloc(task, request);
			case CALL_CACHE_FREE:
				return this.freeHeld(asPhys(request.a), HELD_OBJECT);
			case CALL_CACHE_SHRINK:
				return this.cacheShrink(asPhys(request.a));
			case CALL_CACHE_DESTROY:
				return this.cacheDestroy(asPhys(request.a));
			case CALL_PAGES_ALLOC:
				return this.allocPages(task, request);
			case CALL_PAGES_FREE:
				return this.freeHeld(physOf(asPfn(request.a)), HELD_PAGES);
			case CALL_MAP:
				return this.map(task, request);
			case CALL_UNMAP:
				return this.unmap(task, request.a, request.b);
			case CALL_PROTECT:
				return this.protect(task, request);
			default:
				return this.callTask(task, request);
		}
	}

	private callTask(task: Task, request: Request): number {
		const { life, tasks } = this.parts;
		switch (request.call) {
			case CALL_SPAWN:
				return this.spawn(task, request.detail as TaskSpec);
			case CALL_WAIT:
				return this.wait(task);
			case CALL_SLEEP:
				return this.sleep(task, request.a);
			case CALL_YIELD:
				return YIELDED;
			case CALL_EXIT:
				life.exit(task, request.a);
				return ENDED;
			case CALL_GETPID:
				return tasks.pid(task);
			case CALL_LOG:
				return this.print(task, request.text);
			case CALL_OBSERVE:
				this.observer?.(task, request.a);
				return 0;
			default:
				return panic(`syscall: no call has the number ${request.call}`);
		}
	}

	// -- kernel memory -----------------------------------------------------------

	private kmalloc(task: Task, request: Request): number {
		const address = this.parts.kernelMemory.kmalloc(request.a, request.b);
		if (address === ZERO_SIZE_PTR) return address;
		return this.hold(task, request, HELD_KMALLOC, address, request.a, NULL);
	}

	private kfree(address: PhysAddr): number {
		if (address === NULL || address === ZERO_SIZE_PTR) return 0;
		if (this.freeHeld(address, HELD_KMALLOC) < 0)
			this.parts.kernelMemory.kfree(address); // Y2
		return 0;
	}

	private krealloc(task: Task, request: Request): number {
		const { holdings, kernelMemory } = this.parts;
		const old = asPhys(request.a);
		const holding =
			old === NULL || old === ZERO_SIZE_PTR ? NULL : holdings.find(old);
		if (request.b === 0) {
			this.kfree(old);
			return ZERO_SIZE_PTR;
		}
		const address = kernelMemory.krealloc(old, request.b, request.c);
		if (holding === NULL)
			return this.hold(task, request, HELD_KMALLOC, address, request.b, NULL);
		if (address === NULL) this.parts.tasks.addFailure(task);
		else holdings.move(holding, address, request.b);
		return address;
	}

	private cacheAlloc(task: Task, request: Request): number {
		const cache = asPhys(request.a);
		if (cache === NULL) return NULL;
		const object = this.parts.kernelMemory.cacheAlloc(cache, request.b);
		return this.hold(task, request, HELD_OBJECT, object, 0, cache);
	}

	private cacheShrink(cache: PhysAddr): number {
		if (cache !== NULL) this.parts.kernelMemory.cacheShrink(cache);
		return cache === NULL ? -EINVAL : 0;
	}

	private cacheDestroy(cache: PhysAddr): number {
		if (cache === NULL) return -EINVAL;
		return this.parts.kernelMemory.cacheDestroy(cache);
	}

	private allocPages(task: Task, request: Request): number {
		const pfn = this.parts.kernelMemory.allocPages(request.a, request.b);
		return pfnOf(this.hold(task, request, HELD_PAGES, physOf(pfn), 0, NULL));
	}

	/** Records what a task got; when that fails, gives it back and answers 0 (Y1). */
	private hold(
		task: Task,
		request: Request,
		kind: number,
		address: PhysAddr,
		size: number,
		cache: PhysAddr,
	): PhysAddr {
		const { tasks, holdings, kernelMemory } = this.parts;
		const order = kind === HELD_PAGES ? request.a : 0;
		const group = request.group;
		if (address !== NULL) {
			tasks.addAllocation(task);
			const held = holdings.add(
				task,
				kind,
				address,
				size,
				order,
				cache,
				group,
				GFP_KERNEL,
			);
			if (held !== NULL) return address;
			if (kind === HELD_KMALLOC) kernelMemory.kfree(address);
			if (kind === HELD_OBJECT) kernelMemory.cacheFree(cache, address);
			if (kind === HELD_PAGES) kernelMemory.freePages(pfnOf(address), order);
		}
		tasks.addFailure(task);
		return NULL;
	}

	/** Frees what is held at `address` if it is of that kind; -EINVAL otherwise. */
	private freeHeld(address: PhysAddr, kind: number): number {
		const { holdings, life } = this.parts;
		const holding = holdings.find(address);
		if (holding === NULL || holdings.kind(holding) !== kind) return -EINVAL;
		life.freeHolding(holding);
		return 0;
	}

	// -- memory of the task ------------------------------------------------------

	private map(task: Task, request: Request): number {
		const { tasks, holdings, spaces } = this.parts;
		const space = tasks.mm(task);
		if (space === NULL) return -EPERM;
		const { a: bytes, b: protection, c: wanted, group } = request;
		const address = spaces.map(space, bytes, protection, wanted);
		if (address < 0) {
			tasks.addFailure(task);
			return address;
		}
		const pages = Math.ceil(bytes / PAGE_SIZE);
		if (
			holdings.add(
				task,
				HELD_MAPPING,
				address,
				pages,
				0,
				NULL,
				group,
				GFP_KERNEL,
			) !== NULL
		) {
			tasks.addAllocation(task);
			return address;
		}
		spaces.unmap(space, address, bytes);
		tasks.addFailure(task);
		return -ENOMEM;
	}

	private unmap(task: Task, address: number, bytes: number): number {
		const { tasks, holdings, spaces } = this.parts;
		const space = tasks.mm(task);
		if (space === NULL) return -EPERM;
		if (address % PAGE_SIZE !== 0 || bytes <= 0) return -EINVAL;
		const from = address / PAGE_SIZE;
		const end = from + Math.ceil(bytes / PAGE_SIZE);
		if (!holdings.cutMappings(task, from, end, GFP_KERNEL)) return -ENOMEM;
		return spaces.unmap(space, address, bytes);
	}

	private protect(task: Task, request: Request): number {
		const space = this.parts.tasks.mm(task);
		if (space === NULL) return -EPERM;
		const { a: address, b: bytes, c: protection } = request;
		return this.parts.spaces.protect(space, address, bytes, protection);
	}

	private read(task: Task, va: number): number {
		if ((va & 3) !== 0) return -EINVAL;
		const address = this.translate(task, va, ACCESS_READ);
		if (address < 0) return this.fault(task, va, faultCode(address));
		return this.parts.memory.readU32(asPhys(address));
	}

	private write(task: Task, va: number, value: number): number {
		if ((va & 3) !== 0) return -EINVAL;
		const address = this.translate(task, va, ACCESS_WRITE);
		if (address < 0) return this.fault(task, va, faultCode(address));
		this.parts.memory.writeU32(asPhys(address), value);
		return 0;
	}

	/** Through the MMU of this CPU, as the program itself: at its privilege. */
	private translate(task: Task, va: number, access: Access): number {
		const { turn, tasks, mmus } = this.parts;
		const cpu = turn.cpu;
		const mmu = mmus[cpu.id] as Translator;
		if (tasks.hasFlag(task, PF_KTHREAD))
			return mmu.translate(asVirt(va), access);
		cpu.setUserMode(true);
		const address = mmu.translate(asVirt(va), access);
		cpu.setUserMode(false);
		return address;
	}

	/** A fault that nothing mends: prints what a kernel prints and kills the task. */
	private fault(task: Task, va: number, code: number): number {
		const { turn, tasks, life, log, witness } = this.parts;
		turn.cpu.charge(COST_FAULT);
		witness.fault(tasks.pid(task), va, code);
		const comm = `${tasks.name(task)}[${tasks.pid(task)}]`;
		if (tasks.hasFlag(task, PF_KTHREAD))
			for (const line of faultLines(code, asVirt(va))) log.error(line);
		else if (code === FAULT_GENERAL)
			log.info(`traps: ${comm} general protection fault ip:0 sp:0 error:0`);
		else log.info(segfaultText(comm, va, code, turn.cpu.id));
		life.exit(task, EXIT_SEGFAULT, true);
		return ENDED;
	}

	// -- tasks -------------------------------------------------------------------

	private spawn(task: Task, spec: TaskSpec): number {
		const pid = this.parts.life.spawn(spec, task);
		if (pid < 0) this.parts.tasks.addFailure(task);
		return pid;
	}

	private wait(task: Task): number {
		const { life, tasks, scheduler } = this.parts;
		const status = life.reapChild(task);
		if (status !== 0) return status;
		tasks.setFlag(task, PF_WAITING);
		scheduler.sleep(task, FOREVER);
		return BLOCKED;
	}

	private compute(cycles: number): number {
		const done = Math.max(1, Math.min(cycles, COMPUTE_MAX));
		this.parts.turn.cpu.charge(done);
		return Math.max(0, cycles - done);
	}

	private sleep(task: Task, ticks: number): number {
		const { tasks, scheduler, now } = this.parts;
		if (ticks <= 0) return YIELDED;
		tasks.setResult(task, 0);
		scheduler.sleep(task, Math.min(now() + Math.ceil(ticks), FOREVER));
		return BLOCKED;
	}

	private print(task: Task, text: string): number {
		const { tasks, log } = this.parts;
		log.info(`${tasks.name(task)}[${tasks.pid(task)}]: ${text}`);
		return 0;
	}
}

/** The line for a program that touched what it may not. A program here has no instruction pointer: both are 0. */
function segfaultText(
	comm: string,
	va: number,
	code: number,
	cpu: number,
): string {
	const at = va.toString(16);
	const zero = "0".repeat(16);
	return `${comm}: segfault at ${at} ip ${zero} sp ${zero} error ${code.toString(16)} likely on CPU ${cpu} (core ${cpu}, socket 0)`;
}
