// The kernel from outside: what boot and attach hand out.
//
//   kernel.kmalloc(100, GFP_KERNEL)          memory, as a kernel's own code asks for it
//   kernel.spawn("sh", program)              tasks
//   kernel.run({ ticks: 100 })               time
//   kernel.proc("slabinfo")                  texts
//   kernel.check()                           auditors
//
// A Kernel holds views and nothing else: everything it shows lies in the machine's RAM, so a second thread builds the same
// from the buffer alone. One host thread gives all CPUs their turns; a thread that attached as one CPU works for that one and
// answers the others in `poll`.
//
// F1: two Kernels on one buffer agree about everything, as long as only one of them gives turns.

import type { Machine } from "../hw/machine";
import type { PhysicalMemory } from "../hw/memory";
import type { Pfn, PhysAddr } from "../hw/units";
import type { ObjectAllocator } from "../mm/designs/object-allocator";
import type { Kmalloc } from "../mm/kmalloc";
import type { MemoryManager } from "../mm/memory-manager";
import type { PageAllocator } from "../mm/page-allocator";
import type { SlabCache } from "../mm/slab-cache";
import type { CacheWish, LeftOver } from "../mm/slab-caches";
import { auditKernel } from "./audit";
import type { CommandLine } from "./command-line";
import { collectFrames, type FrameRun } from "./frames";
import { hashState } from "./hash";
import type { RunOptions } from "./loop";
import type { Paging } from "./paging";
import type { KernelParts } from "./parts";
import type { KernelLog } from "./printk";
import { PROC_NAMES, type ProcSources, readProc } from "./proc";
import { collectVmstat } from "./proc/collect";
import { generatorCode, type Self, type Steps } from "./program";
import type { Running } from "./running";
import { VERSION_LINE } from "./version";

/** How a new task is to be. */
export interface SpawnOptions {
	/** A kernel thread has no address space of its own; default false. */
	readonly kernelThread?: boolean;
	/** -20 (long slices) to 19 (short ones); default 0. */
	readonly nice?: number;
	/** CPU to stay on; absent: the one with the fewest runnable tasks. */
	readonly cpu?: number;
}

/** A kernel that runs. */
export class Kernel {
	readonly machine: Machine;
	/** The RAM: one shared buffer, physical address 0 at its beginning. */
	readonly memory: PhysicalMemory;
	/** The memory manager, part by part. */
	readonly mm: MemoryManager;
	/** Tasks, scheduler, deferred work and the tick loop, part by part. */
	readonly running: Running;
	readonly paging: Paging;
	readonly log: KernelLog;
	readonly commandLine: CommandLine;
	/** The design that serves the objects of tasks: SLUB, or what was asked for at boot. */
	readonly objects: ObjectAllocator;
	private readonly heap: Kmalloc;
	private readonly allocator: PageAllocator;
	private readonly sources: ProcSources;

	constructor(readonly parts: KernelParts) {
		this.machine = parts.machine;
		this.memory = parts.machine.memory;
		this.mm = parts.mm;
		this.heap = parts.mm.kmalloc;
		this.allocator = parts.mm.allocator;
		this.running = parts.running;
		this.paging = parts.paging;
		this.log = parts.log;
		this.commandLine = parts.commandLine;
		this.objects = parts.objects;
		this.sources = this.makeSources();
	}

	// --- memory

	/** `size` bytes: their physical address, 0 when there is no memory, ZERO_SIZE for 0 bytes. */
	kmalloc(size: number, gfp: number): PhysAddr {
		return this.heap.kmalloc(size, gfp);
	}
	/** Frees what kmalloc or any cache gave; 0 is ignored. */
	kfree(address: PhysAddr): void {
		this.heap.kfree(address);
	}
	/** `count` times `size` bytes, zeroed; 0 when it fails. */
	kcalloc(count: number, size: number, gfp: number): PhysAddr {
		return this.heap.kcalloc(count, size, gfp);
	}
	/** Changes the size of an object, moving it if need be; 0 when it fails, and the old one stays. */
	krealloc(address: PhysAddr, size: number, gfp: number): PhysAddr {
		return this.heap.krealloc(address, size, gfp);
	}
	/** Bytes that may be used at `address`. */
	ksize(address: PhysAddr): number {
		return this.heap.ksize(address);
	}

	/** Creates a cache, or shares an older one that fits. Throws an Error when there is no memory for it. */
	createCache(wish: CacheWish): SlabCache {
		const cache = this.parts.names.create(wish);
		if (cache === null)
			throw new Error(`There is no memory for the cache "${wish.name}".`);
		return cache;
	}
	/** The cache of that name, names of shared caches included; null when there is none. */
	findCache(name: string): SlabCache | null {
		return this.parts.names.find(name);
	}
	/** Gives empty slabs back; false when the other CPUs, which hold some, did not answer. */
	shrinkCache(cache: SlabCache): boolean {
		return this.parts.smp.stopOthers(() => {
			cache.shrink();
		});
	}
	/**
	 * Ends a cache. Objects that are still in use keep it alive: they are returned and complained about in the log.
	 * Throws an Error when the other CPUs, which may hold some of its slabs, do not answer.
	 */
	destroyCache(cache: SlabCache): LeftOver[] {
		let left: LeftOver[] = [];
		const name = cache.name;
		const done = this.parts.smp.stopOthers(() => {
			left = this.parts.names.destroy(cache);
		});
		if (!done)
			throw new Error(`The other CPUs did not let go of the cache "${name}".`);
		if (left.length > 0) this.complain(name, left);
		return left;
	}
	/** All caches, newest first. */
	caches(): SlabCache[] {
		return this.mm.caches.all();
	}

	/** 2^order contiguous pages: the first one, 0 when there is no memory. */
	allocPages(order: number, gfp: number): Pfn {
		return this.allocator.allocPages(order, gfp);
	}
	/** Gives back what allocPages gave. */
	freePages(pfn: Pfn, order: number): void {
		this.allocator.freePages(pfn, order);
	}

	// --- time and tasks

	/** Lets time pass, at most `ticks` timer interrupts of 4 ms; returns how many passed. */
	run(options: RunOptions): number {
		if (this.parts.smp.threaded)
			throw new Error("Only the thread that gives turns can let time pass.");
		return this.running.loop.run(options);
	}
	/** Ticks since boot (jiffies). */
	get ticks(): number {
		return this.running.loop.ticks;
	}
	/** Begins a task that runs `body`; its pid, or -ENOMEM. */
	spawn(
		name: string,
		body: (self: Self) => Steps,
		options: SpawnOptions = {},
	): number {
		return this.running.spawn({
			name,
			code: generatorCode(name, body),
			...options,
		});
	}

	// --- CPUs

	/** Does `work` as CPU `id`, which must not be a thread of its own. */
	onCpu<T>(id: number, work: () => T): T {
		const { turn } = this.machine;
		if (!(id >= 0 && id < turn.cpus.length))
			throw new Error(
				`The machine has CPUs 0 to ${turn.cpus.length - 1}, not ${id}.`,
			);
		if (this.parts.smp.threaded && id !== turn.cpu.id)
			throw new Error(`This thread is CPU ${turn.cpu.id} and no other.`);
		const before = turn.cpu.id;
		turn.seat(id);
		const result = work();
		turn.seat(before);
		return result;
	}
	/** Answers other CPUs that are threads: to be called between operations. */
	poll(): void {
		this.parts.smp.poll();
	}
	/** This thread stops being a CPU; what its CPU holds stays with the CPU. */
	detach(): void {
		this.parts.smp.leave();
	}

	// --- looking

	/** The text of /proc/`name`; throws an Error when there is no such file. */
	proc(name: string): string {
		return readProc(this.sources, name);
	}
	/** Names that `proc` knows; PID stands for a number. */
	procNames(): readonly string[] {
		return PROC_NAMES;
	}
	/** The log as dmesg prints it, line by line. */
	logLines(): string[] {
		return this.log.text().split("\n").slice(0, -1);
	}
	/** Who has which frames, from frame 0 to the end of RAM. */
	frames(): FrameRun[] {
		return collectFrames(this.parts);
	}
	/** Counters by their names in /proc/vmstat. */
	counters(): Record<string, number> {
		return { ...collectVmstat(this.mm) };
	}
	/** Recounts every structure: one sentence for each broken invariant, none on a sound machine. */
	check(): string[] {
		return auditKernel(this.parts);
	}
	/** 16 hexadecimal digits that differ when memory in use, or a register, differs. */
	stateHash(): string {
		return hashState(this.parts);
	}

	// --- private

	private makeSources(): ProcSources {
		const { machine, mm, paging, running, commandLine, statics } = this.parts;
		const { spaces, vmas, tables } = paging;
		return {
			memory: mm,
			tasks: { tasks: running.tasks, spaces, vmas },
			map: machine.map,
			commandLine: commandLine.text,
			version: VERSION_LINE,
			tables,
			kernelRoot: statics.root,
		};
	}

	private complain(name: string, left: readonly LeftOver[]): void {
		for (const { object } of left)
			this.log.error(`Object 0x${object.toString(16)} of ${name} is in use`);
		this.log.error(`kmem_cache_destroy ${name}: Slab cache still has objects`);
	}
}
