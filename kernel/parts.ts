// The parts of a kernel, as wiring.ts puts them together and as whoever looks into a kernel gets them.
//
//   machine, statics, record        what there is before anything runs
//   memblock, mm                    memory
//   smp, paging, running            CPUs, address spaces, tasks and time
//
// All of them are views: none holds what the RAM does not.

import type { Machine } from "../hw/machine";
import type { ObjectAllocator } from "../mm/designs/object-allocator";
import type { Memblock } from "../mm/memblock";
import type { MemoryManager } from "../mm/memory-manager";
import type { CacheNames } from "./cache-names";
import type { CommandLine } from "./command-line";
import type { PageFaults, SlabFaults } from "./fault-injection";
import type { KernelRecord } from "./kernel-record";
import type { KernelMemory } from "./life";
import type { Paging } from "./paging";
import type { KernelLog } from "./printk";
import type { Running } from "./running";
import type { Smp } from "./smp";
import type { Statics } from "./statics";

/** What a kernel is put together from (wiring.ts). */
export interface KernelParts {
	readonly machine: Machine;
	readonly statics: Statics;
	readonly record: KernelRecord;
	readonly commandLine: CommandLine;
	readonly log: KernelLog;
	readonly memblock: Memblock;
	readonly mm: MemoryManager;
	readonly names: CacheNames;
	/** The design that serves the tasks' objects. */
	readonly objects: ObjectAllocator;
	readonly smp: Smp;
	readonly paging: Paging;
	readonly running: Running;
	/** Kernel memory as tasks use it. */
	readonly taskMemory: KernelMemory;
	/** What failslab= and fail_page_alloc= asked for; null without them. */
	readonly slabFaults: SlabFaults | null;
	readonly pageFaults: PageFaults | null;
}
