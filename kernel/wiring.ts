// Wiring: every view of a kernel, built from the machine and the addresses in its static records.
//
//   buffer --> Machine --> Statics --> KernelRecord --> log, command line, fault injectors
//                             |------> MmGlobals -----> MemoryManager
//                                                            |--> Smp, CacheNames, Paging, Running --> Kernel
//                                                            `--> ObjectAllocator --> TaskMemory | DesignMemory --> Running
//
// Boot wires step by step, as the parts come to life; a thread that attaches wires all of it from the buffer. So both have
// the same parts, and no part can hold what the RAM does not.
//
// WI1: wiring writes nothing into the machine.

import type { Machine } from "../hw/machine";
import { panic } from "../hw/panic";
import { NULL, type PhysAddr } from "../hw/units";
import { MmGlobals } from "../mm/globals";
import { Memblock } from "../mm/memblock";
import { MemoryManager } from "../mm/memory-manager";
import type { SlabCache } from "../mm/slab-cache";
import type { SlabTuning } from "../mm/slab-geometry";
import { CacheNames } from "./cache-names";
import type { CommandLine } from "./command-line";
import { Complaints } from "./complaint";
import { DesignMemory } from "./design-memory";
import { attachDesign, designName } from "./designs";
import { PageFaults, SlabFaults } from "./fault-injection";
import { Kernel } from "./kernel";
import { KernelRecord } from "./kernel-record";
import { Paging, StackCounter } from "./paging";
import type { KernelParts } from "./parts";
import { KernelLog } from "./printk";
import { Running } from "./running";
import { slabDebugFlags } from "./slab-debug";
import { Smp } from "./smp";
import { Statics } from "./statics";
import { NO_TASK } from "./task";
import { TaskMemory } from "./task-memory";
import { Witness } from "./witness";

/** What exists from the first moment on: the kernel's static variables. */
export class EarlyParts {
	readonly statics: Statics;
	readonly record: KernelRecord;
	readonly globals: MmGlobals;
	readonly memblock: Memblock;

	constructor(readonly machine: Machine) {
		const { memory, locks, map } = machine;
		this.statics = new Statics(map.image);
		this.record = new KernelRecord(memory, this.statics.record);
		this.globals = new MmGlobals(memory, this.statics.globals);
		this.memblock = new Memblock(memory, locks, this.statics.memblock);
	}

	/** View of the log at the place that the record names. */
	log(): KernelLog {
		const { memory, locks, turn } = this.machine;
		const { log, logBytes } = this.record;
		return new KernelLog(memory, locks, turn, log, logBytes);
	}
}

/** The memory manager with what the command line says about it, and its fault injectors. */
export interface MemoryParts {
	readonly mm: MemoryManager;
	readonly slabFaults: SlabFaults | null;
	readonly pageFaults: PageFaults | null;
	readonly witness: Witness;
}

/** Views of the memory manager; its records must exist. */
export function wireMemory(
	early: EarlyParts,
	commandLine: CommandLine,
): MemoryParts {
	const { machine, globals, record } = early;
	const { failSlab, failPageAlloc } = commandLine;
	const slabFaults = failSlab && new SlabFaults(record.faults(0), machine.rng);
	const pageFaults =
		failPageAlloc && new PageFaults(record.faults(1), machine.rng);
	const mm = new MemoryManager(machine, globals, {
		tuning: tuningOf(machine, commandLine),
		injector: slabFaults,
	});
	mm.allocator.injector = pageFaults;
	const witness = new Witness(machine.contexts, machine.turn, mm.recorder);
	return { mm, slabFaults, pageFaults, witness };
}

/** The machine's side of the slab formulas. */
function tuningOf(machine: Machine, commandLine: CommandLine): SlabTuning {
	const { slubDebug } = commandLine;
	return {
		cpuCount: machine.cpus.length,
		minOrder: commandLine.slubMinOrder,
		maxOrder: commandLine.slubMaxOrder,
		minObjects: commandLine.slubMinObjects,
		debugFlags: (name) => slabDebugFlags(slubDebug, name),
		keepsOrder: commandLine.slubDebugKeepsOrder,
	};
}

/** The design that serves the tasks' objects, and the calls by which tasks reach it. */
function wireObjects(
	mm: MemoryManager,
	names: CacheNames,
	record: KernelRecord,
	log: KernelLog,
): Pick<KernelParts, "objects" | "taskMemory"> {
	const { design, designRoot } = record;
	const objects = attachDesign(designName(design), mm, designRoot);
	const taskMemory =
		designRoot === NULL
			? new TaskMemory(mm, names)
			: new DesignMemory(mm, objects, log);
	return { objects, taskMemory };
}

/** The kernel over parts that exist; the caches that the record names must exist too. */
export function wireKernel(
	early: EarlyParts,
	memoryParts: MemoryParts,
	log: KernelLog,
	commandLine: CommandLine,
): Kernel {
	const { machine, record, statics, memblock } = early;
	const { mm, witness } = memoryParts;
	const smp = new Smp(machine, mm.allocator, record.words, record.stopLockAt);
	const names = new CacheNames(mm, record);
	const cache = (address: PhysAddr): SlabCache =>
		names.at(address) ?? panic("wiring: a cache of the kernel is missing");
	log.witness = witness;
	const paging: Paging = new Paging({
		machine,
		mm,
		smp,
		witness,
		spaceRecords: cache(record.mmCache),
		areaRecords: cache(record.vmaCache),
		kernelRoot: statics.root,
		state: record.spaces,
		currentPid: () => running.tasks.pid(machine.turn.cpu.task),
	});
	const { objects, taskMemory } = wireObjects(mm, names, record, log);
	const running: Running = new Running({
		memory: machine.memory,
		turn: machine.turn,
		locks: machine.locks,
		mmus: machine.mmus,
		kernelMemory: taskMemory,
		spaces: paging,
		log,
		stacks: new StackCounter(mm.pages, mm.counters, mm.recorder),
		seed: record.seed,
		witness,
		block: record.running,
		taskRecords: cache(record.taskCache),
		holdingRecords: cache(record.holdingCache),
		serveCall: () => smp.poll(),
	});
	const currentName = (): string => {
		const task = machine.turn.cpu.task;
		return task === NO_TASK
			? `swapper/${machine.turn.cpu.id}`
			: running.tasks.name(task);
	};
	const complaints = new Complaints(
		record.complaints,
		machine.turn,
		log,
		currentName,
	);
	mm.allocator.onFailure = (order, gfp) => complaints.pages(order, gfp);
	mm.allocator.onDrainOthers = () => smp.drainOthers();
	return new Kernel({
		...memoryParts,
		machine,
		statics,
		record,
		memblock,
		log,
		commandLine,
		names,
		objects,
		smp,
		paging,
		running,
		taskMemory,
	});
}
