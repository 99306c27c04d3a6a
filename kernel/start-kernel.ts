// The later stages of boot: pages, objects, tasks, the other CPUs, and the end of boot itself.
//
//   memblock's free ranges --> buddy --> kmem_cache and kmem_cache_node --> kmalloc-* --> task_struct, mm_struct, ...
//
//   marks of the zones are computed from what they manage now            <-- postcore_initcall
//   the initial RAM disk and the init sections come back after that      and do not move the marks any more
//
// [init/main.c mm_init, kernel_init; mm/slub.c kmem_cache_init; kernel/fork.c fork_init, proc_caches_init;
//  mm/page_alloc.c init_per_zone_wmark_min, free_reserved_area]

import { CYCLES_PER_SECOND, HZ } from "../hw/costs";
import { panic } from "../hw/panic";
import { Rng } from "../hw/rng";
import { MM_BYTES } from "../mm/address-space";
import {
	freeEarlyMemory,
	freeReserved,
	initSwitches,
	initWatermarks,
	sizePerCpuLists,
	type WatermarkWish,
} from "../mm/init";
import type { CacheWish } from "../mm/slab-caches";
import {
	SLAB_ACCOUNT,
	SLAB_HWCACHE_ALIGN,
	SLAB_PANIC,
} from "../mm/slab-geometry";
import { VMA_BYTES } from "../mm/vma";
import { cpuLine, memoryLine } from "./boot-text";
import { type Bringup, freedImageParts } from "./bringup";
import { createDesign, designNumber } from "./designs";
import { HOLDING_BYTES } from "./holding";
import { KERN_DEBUG } from "./printk";
import { say, sayMessages } from "./setup-arch";
import { TASK_ALIGN, TASK_BYTES } from "./task";
import { wireKernel, wireMemory } from "./wiring";

const CYCLES_PER_JIFFY = CYCLES_PER_SECOND / HZ;
const CPU_START_CYCLES = 10_000_000; // another CPU is given this long to come up
const PID_MAX_LINE = "pid_max: default: 32768 minimum: 301";

/** Hands all free memory to the page allocator. */
export function startPages(bringup: Bringup): void {
	const { early, commandLine, options, machine } = bringup;
	const { globals, memblock, record } = early;
	const { config = {} } = options;
	const initOnAlloc =
		commandLine.initOnAlloc ?? config.CONFIG_INIT_ON_ALLOC_DEFAULT_ON ?? false;
	initSwitches(globals, {
		initOnAlloc,
		shuffleFreelist: config.CONFIG_SLAB_FREELIST_RANDOM ?? false,
		shufflePages: commandLine.shufflePages,
		noMerge: !commandLine.slabMerge,
	});
	new Rng(globals.rngState).seed(record.seed);
	bringup.setMemory(wireMemory(early, commandLine));
	startFaults(bringup);
	const { mm } = bringup.memory;
	const heap = initOnAlloc ? "on" : "off";
	say(bringup, [`mem auto-init: stack:off, heap alloc:${heap}, heap free:off`]);
	freeEarlyMemory(mm, memblock);
	say(bringup, [memoryLine(mm.zones, machine.map.image)]);
}

/** Writes down what failslab= and fail_page_alloc= ask for. */
function startFaults({ memory, commandLine }: Bringup): void {
	const { failSlab, failPageAlloc } = commandLine;
	if (failSlab) memory.slabFaults?.init(failSlab);
	if (failPageAlloc) memory.pageFaults?.init(failPageAlloc);
}

/** Makes the first slab caches and the size classes of kmalloc. */
export function startSlabs(bringup: Bringup): void {
	const { early, memory, commandLine, machine } = bringup;
	memory.mm.startSlabs(early.statics.slabScratch);
	const { slubMinOrder, slubMaxOrder, slubMinObjects } = commandLine;
	say(bringup, [
		`SLUB: HWalign=64, Order=${slubMinOrder}-${slubMaxOrder}, MinObjects=${slubMinObjects}, CPUs=${machine.cpus.length}, Nodes=1`,
	]);
	if (commandLine.slubDebug.length > 0)
		bringup.log.warn(
			"SLUB: slub_debug= lays out slots and lists, but objects are not checked",
		);
}

/** Lets per-CPU page lists keep pages; until now everything went straight to the free lists. */
export function openPerCpuLists({ memory, options }: Bringup): void {
	sizePerCpuLists(memory.mm, 0, options.pcp);
}

/** Says how fast this CPU is. */
export function calibrate(bringup: Bringup): void {
	const { text, lpj } = speed(1);
	say(bringup, [
		`Calibrating delay loop (skipped), value calculated using timer frequency.. ${text} BogoMIPS (lpj=${lpj})`,
	]);
}

function speed(cpus: number): { text: string; lpj: number } {
	const lpj = CYCLES_PER_JIFFY;
	return { text: ((lpj * HZ * cpus) / 500_000).toFixed(2), lpj };
}

/** Makes the caches that tasks live in, and with them the kernel that can run tasks. */
export function startTasks(bringup: Bringup): void {
	const { early, memory, log, commandLine } = bringup;
	say(bringup, [PID_MAX_LINE]);
	const flags = SLAB_PANIC | SLAB_ACCOUNT;
	const task = create(bringup, {
		name: "task_struct",
		size: TASK_BYTES,
		align: TASK_ALIGN,
		flags,
	});
	const mm = create(bringup, {
		name: "mm_struct",
		size: MM_BYTES,
		flags: flags | SLAB_HWCACHE_ALIGN,
		mayMerge: false,
	});
	const vma = create(bringup, {
		name: "vm_area_struct",
		size: VMA_BYTES,
		flags,
	});
	const holding = create(bringup, {
		name: "holding",
		size: HOLDING_BYTES,
		flags: SLAB_PANIC,
		mayMerge: false,
	});
	early.record.setCaches(mm, vma, task, holding);
	startDesign(bringup);
	bringup.kernel = wireKernel(early, memory, log, commandLine);
}

/** Makes the design that will serve the tasks' objects, where it is not the kernel's own. */
function startDesign(bringup: Bringup): void {
	const { early, memory, options } = bringup;
	const { design = "slub" } = options;
	if (design === "slub") return;
	const objects = createDesign(design, memory.mm);
	if (objects === null)
		panic(`Failed to allocate the root of the object allocator ${design}`);
	early.record.setDesign(designNumber(design), objects.rootAddress);
	say(bringup, [`Objects: ${design} serves the tasks, SLUB the kernel itself`]);
}

/** A cache of the kernel's own; beside those of a recorded kernel, which has such caches too, its name says whose it is. */
function create({ memory, options }: Bringup, asked: CacheWish) {
	const name = `flagstone_${asked.name}`;
	const wish = options.books ? { ...asked, name, mayMerge: false } : asked;
	const cache = memory.mm.caches.create(wish);
	if (cache === null)
		panic(
			`kmem_cache_create_usercopy: Failed to create slab '${wish.name}'. Error -12`,
		);
	return cache.record.address;
}

/** Brings the other CPUs up. */
export function startCpus(bringup: Bringup): void {
	const { machine } = bringup;
	const { cpu, cpus } = machine.turn;
	const count = cpus.length;
	say(bringup, ["smp: Bringing up secondary CPUs ..."]);
	if (count > 1) {
		cpu.charge(CPU_START_CYCLES * (count - 1));
		say(bringup, ["x86: Booting SMP configuration:", cpuLine(count)]);
	}
	say(bringup, [
		`smp: Brought up 1 node, ${count} CPU${count === 1 ? "" : "s"}`,
		`smpboot: Total of ${count} processors activated (${speed(count).text} BogoMIPS)`,
	]);
	for (const other of cpus)
		if (other.cycles < cpu.cycles) other.addIdle(cpu.cycles - other.cycles);
}

/** Computes watermarks, reserves and the sizes of per-CPU lists. */
export function computeWatermarks(bringup: Bringup): void {
	initWatermarks(bringup.memory.mm, watermarkWish(bringup));
}

function watermarkWish({ commandLine, options }: Bringup): WatermarkWish {
	const configured = options.config?.CONFIG_TRANSPARENT_HUGEPAGE ?? "always";
	const huge = commandLine.transparentHugepage ?? configured;
	return {
		minFreeKbytes: commandLine.minFreeKbytes ?? 0,
		highFraction: commandLine.pagelistHighFraction ?? 0,
		hugePages: huge !== "never",
		pcp: options.pcp ?? null,
	};
}

/** Gives back what the boot loader left. */
export function freeRamDisk(bringup: Bringup): void {
	const { memory, options, log } = bringup;
	if (options.books) return; // held back
	for (const { start, end } of options.reserved ?? []) {
		const frames = freeReserved(memory.mm, start, end);
		log.info(`Freeing initrd memory: ${frames * 4}K`);
	}
}

/** Gives back what of the kernel image nobody needs any more. */
export function freeInitMemory(bringup: Bringup): void {
	const { memory, machine, log, options } = bringup;
	if (options.books) return; // held back
	for (const { name, start, end } of freedImageParts(machine.map.image)) {
		const frames = freeReserved(memory.mm, start, end);
		log.info(`Freeing unused kernel image (${name}) memory: ${frames * 4}K`);
	}
}

/** The kernel is there. */
export function runInit(bringup: Bringup): void {
	const { early, log, commandLine } = bringup;
	sayMessages(bringup, "init");
	early.record.setRunning();
	log.info("Run /init as init process");
	const tell = (heading: string, words: readonly string[]): void => {
		log.print(KERN_DEBUG, `  ${heading}:`);
		for (const word of words) log.print(KERN_DEBUG, `    ${word}`);
	};
	tell("with arguments", ["/init", ...commandLine.initArguments]);
	tell("with environment", [
		"HOME=/",
		"TERM=linux",
		...commandLine.initEnvironment,
	]);
}
