// Boot: from a machine that was just switched on to a kernel that runs. The front door of the engine.
//
//   firmware map --> memblock --> direct map --> zones, page records --> buddy --> slab caches --> tasks --> init
//   |  nobody owns the memory  |  ranges are taken and stay taken     |  pages  |  objects      |  time passes
//
// Stages have Linux's names as calling contexts and its lines in the log. They are in its order, but for three that come
// earlier here: the move of the log, the large tables and the recorder. Read from top to bottom, this is the table of
// contents of the kernel.
//
// O1: a stage uses only what the stages above it made. O2: what boot takes from memblock is never freed, but for the init
// sections and what the loader left.
// [init/main.c start_kernel, kernel_init; arch/x86/kernel/setup.c setup_arch]

import { Machine } from "../hw/machine";
import type { MemoryBuffer } from "../hw/memory";
import { type BootOptions, Bringup } from "./bringup";
import { parseCommandLine } from "./command-line";
import type { Kernel } from "./kernel";
import * as arch from "./setup-arch";
import * as start from "./start-kernel";
import { EarlyParts, wireKernel, wireMemory } from "./wiring";

/**
 * Builds a machine, switches it on and boots a kernel on it.
 *
 * Throws an Error with one sentence for what no machine can be, and a KernelPanic when the machine is too small; the log
 * lines up to there have gone to `onLog`.
 */
export function boot(options: BootOptions = {}): Kernel {
	const b = new Bringup(options); // RAM, CPUs and a firmware map; the kernel's own variables are all there is of it
	const setup = (name: string, stage: (b: Bringup) => void): void =>
		b.enter(`start_kernel/setup_arch/${name}`, stage);

	b.enter("start_kernel", arch.announceKernel); // first words: a log must say what wrote it
	setup("e820__memory_setup", arch.readFirmwareMap); // what there is can only be learnt from the firmware
	setup("e820__memblock_setup", arch.reserveMemory); // before anything is taken, know what is taken already
	setup("setup_log_buf", arch.growLog); // a larger log takes memory, which exists from here on
	setup("init_mem_mapping", arch.mapDirectly); // kernel addresses reach RAM only through page tables
	setup("reserve_initrd", arch.findRamDisk); // the loader's gift is kept until there is somebody to unpack it
	setup("initmem_init", arch.makeZones); // not all memory is good for everything
	setup("free_area_init", arch.makePageRecords); // each frame needs a place where it says whose it is

	b.enter("start_kernel/setup_per_cpu_areas", arch.makePerCpuAreas); // what needs no lock because it is not shared
	b.enter("start_kernel/early_trace_init", arch.makeRecorder); // whoever wants to see the first page needs it now
	b.enter("start_kernel/alloc_large_system_hash", arch.makeRunningBlock); // tables too large for what comes later
	b.enter("start_kernel/build_all_zonelists", arch.buildZonelists); // where to look when a zone is full

	b.enter("start_kernel/mm_init/mem_init", start.startPages); // memblock hands over, for good
	b.enter("start_kernel/mm_init/kmem_cache_init", start.startSlabs); // objects, cut from pages
	b.enter("start_kernel/setup_per_cpu_pageset", start.openPerCpuLists); // pages may now wait with their CPU
	b.enter("start_kernel/calibrate_delay", start.calibrate); // how much time a tick has
	b.enter("start_kernel/fork_init", start.startTasks); // tasks are objects: they come after slabs

	b.enter("kernel_init/smp_init", start.startCpus); // the others find everything ready
	b.enter("kernel_init/init_per_zone_wmark_min", start.computeWatermarks); // how much is never given away lightly
	b.enter("kernel_init/free_initrd_mem", start.freeRamDisk); // unpacked: it goes to the free lists, the marks stay
	b.enter("kernel_init/free_initmem", start.freeInitMemory); // nothing boots twice
	b.enter("kernel_init/run_init_process", start.runInit); // from here on it is up to programs
	return b.kernel;
}

/**
 * A kernel that runs already, seen from another thread or after its buffer was restored. With a CPU number the calling
 * thread is that CPU from now on, until `detach`; without one it gives all CPUs their turns, and nobody else may.
 */
export function attach(buffer: MemoryBuffer, cpu?: number): Kernel {
	const machine = Machine.attach(buffer, cpu);
	if (machine.statics === 0) throw new Error(NOT_BOOTED);
	const early = new EarlyParts(machine);
	if (!early.record.isRunning) throw new Error(NOT_BOOTED);
	const commandLine = parseCommandLine(early.record.commandLine);
	const memory = wireMemory(early, commandLine);
	machine.turn.seat(cpu ?? 0);
	const kernel = wireKernel(early, memory, early.log(), commandLine);
	kernel.parts.smp.sit();
	return kernel;
}

const NOT_BOOTED = "The machine in the buffer has not booted a kernel.";
