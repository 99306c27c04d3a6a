// The first stages of boot: from the firmware's map to zones with page records and a CPU of one's own for each CPU.
//
//   memory      |##########################################|      memblock says what exists
//   reserved    |###|  |#####|                   |#########|      and what is taken:
//                low    image                     from the top down: tables of the direct map, node, page records,
//                                                 pageblock types, recorder, per-CPU areas, books of the tasks
//
// There is no allocator but memblock yet, and what is taken here stays taken.
// [arch/x86/kernel/setup.c setup_arch, arch/x86/mm/init.c init_mem_mapping, mm/page_alloc.c free_area_init,
//  arch/x86/kernel/setup_percpu.c setup_per_cpu_areas]

import { COST_ZERO_PAGE } from "../hw/costs";
import { CPUS_MAX } from "../hw/machine";
import { panic } from "../hw/panic";
import {
	PTE_ACCESSED,
	PTE_DIRTY,
	PTE_GLOBAL,
	PTE_NX,
	PTE_PRESENT,
	PTE_WRITABLE,
} from "../hw/pte";
import {
	asPhys,
	asVirt,
	DIRECT_MAP_BASE,
	hex,
	MIB,
	PAGE_SIZE,
	pagesFor,
	pfnOf,
} from "../hw/units";
import {
	earlyAlloc,
	holdBack,
	initGrouping,
	initPages,
	initPerCpu,
	initRings,
	initZones,
	reserveFirmware,
} from "../mm/init";
import { PGDAT_BYTES } from "../mm/memory-manager";
import { PAGE_RECORD_BYTES } from "../mm/page";
import { type FrameSource, PageTables } from "../mm/page-table";
import { PERCPU_UNIT_BYTES } from "../mm/percpu";
import { ZONE_COUNT, ZONE_WORDS, Zone } from "../mm/zone";
import {
	expectedPages,
	memRange,
	nodeRangeLines,
	shortRange,
	unavailableLines,
	userMapLines,
	zoneRangeLines,
} from "./boot-text";
import { type Bringup, freedImageParts } from "./bringup";
import { runningBytes } from "./running";
import { VERSION_LINE } from "./version";

const MAX_ARCH_PFN = 2 ** 34; // 46 physical address bits
const KERNEL_PAGES =
	PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY | PTE_GLOBAL | PTE_NX;

/** Prints lines of information. */
export function say({ log }: Bringup, lines: readonly string[]): void {
	for (const line of lines) log.info(line);
}

/** Says who boots, and with which command line. */
export function announceKernel(bringup: Bringup): void {
	const { commandLine, log } = bringup;
	log.notice(VERSION_LINE);
	log.info(`Command line: ${commandLine.text}`);
	sayMessages(bringup, "early");
}

/** Prints what is to be said about the command line at a stage. */
export function sayMessages(
	{ commandLine, log }: Bringup,
	stage: "early" | "boot" | "init",
): void {
	for (const message of commandLine.messages)
		if (message.stage === stage) log.print(message.level, message.text);
}

/** Prints the firmware's map, what mem= left of it, and what no kernel uses. */
export function readFirmwareMap(bringup: Bringup): void {
	const { firmwareMap, machine, commandLine } = bringup;
	say(bringup, ["BIOS-provided physical RAM map:", ...firmwareMap.lines()]);
	if (commandLine.memoryBytes !== null)
		say(bringup, [
			`e820: remove [mem ${hex(commandLine.memoryBytes)}-0xfffffffffffffffe] usable`,
		]);
	say(bringup, ["NX (Execute Disable) protection: active"]);
	if (commandLine.memoryBytes !== null) say(bringup, userMapLines(machine.map));
	say(bringup, [
		`e820: update ${shortRange(0, PAGE_SIZE)} usable ==> reserved`,
		`e820: remove ${shortRange(0xa0000, MIB)} usable`,
		`last_pfn = ${hex(machine.memory.frameCount)} max_arch_pfn = ${hex(MAX_ARCH_PFN)}`,
	]);
}

/** Tells memblock what exists and what is taken. */
export function reserveMemory(bringup: Bringup): void {
	const { early, machine, options } = bringup;
	const left = options.reserved ?? [];
	reserveFirmware(early.memblock, machine, left);
	bringup.freeAtFirst = early.memblock.freeRanges();
	if (options.books) {
		holdBack(early.memblock, options.books);
		early.record.setHoldsBack();
	}
	early.record.setLateRanges([
		...freedImageParts(machine.map.image).map(({ start, end }) => ({
			start,
			end,
		})),
		...left,
	]);
}

/** Moves the log to a larger place if log_buf_len= asks for one. */
export function growLog(bringup: Bringup): void {
	const { commandLine, early, machine } = bringup;
	const { statics, record, memblock } = early;
	const bytes = commandLine.logBytes ?? 0;
	if (bytes <= statics.logBytes) return;
	const at = memblock.allocRaw(bytes, 64);
	if (at === 0) {
		bringup.log.error(`log_buf_len: ${bytes} text bytes not available`);
		return;
	}
	machine.memory.copy(statics.log, at, statics.logBytes);
	record.setLog(at, bytes);
	bringup.log = bringup.openLog();
	say(bringup, [`printk: log_buf_len: ${bytes} bytes`]);
}

/** Maps all RAM into the kernel's half, by pages of 2 MiB where they fit, and loads the table on every CPU. */
export function mapDirectly(bringup: Bringup): void {
	const { early, machine } = bringup;
	const { root } = early.statics;
	let tables = 0;
	const accounting = {
		tableAdded: () => {
			tables++;
		},
		tableRemoved: () => {
			tables--;
		},
	};
	const frames = earlyFrames(bringup);
	const { memory } = machine;
	const builder = new PageTables(memory, frames, accounting, bringup.recorder);
	const end = machine.memory.bytes;
	builder.reserveKernel(root, DIRECT_MAP_BASE, end, 0);
	const map = (from: number, to: number): void => {
		const va = asVirt(DIRECT_MAP_BASE + from);
		builder.mapLinear(root, va, asPhys(from), to - from, KERNEL_PAGES, 0);
	};
	map(0, Math.min(MIB, end)); // devices too, as on a PC
	for (const range of early.memblock.memoryRanges())
		if (range.end > MIB) map(Math.max(range.base, MIB), range.end);
	early.record.setKernelTables(tables + 1); // and the root
	machine.turn.cpu.charge(tables * COST_ZERO_PAGE);
	for (const cpu of machine.cpus) cpu.setRoot(root, 0);
}

/** Frames for page tables while there is no page allocator. */
const earlyFrames = ({ early }: Bringup): FrameSource => ({
	allocPages: () =>
		pfnOf(earlyAlloc(early.memblock, PAGE_SIZE, PAGE_SIZE, "page tables")),
	freePages: () => panic("memblock: a page table was given back during boot"),
});

/** Prints where the initial RAM disk is, if the loader left one. */
export function findRamDisk(bringup: Bringup): void {
	const disk = bringup.options.reserved?.[0];
	if (disk) say(bringup, [`RAMDISK: ${shortRange(disk.start, disk.end)}`]);
}

/** Makes the one node and its zones. */
export function makeZones(bringup: Bringup): void {
	const { early, machine } = bringup;
	const { memblock, globals } = early;
	const end = memblock.endOfMemory();
	say(bringup, [
		"No NUMA configuration found",
		`Faking a node at ${memRange(0, end)}`,
	]);
	initZones(globals, memblock, machine);
	const { pgdat } = globals;
	say(bringup, [
		`NODE_DATA(0) allocated ${shortRange(pgdat, pgdat + PGDAT_BYTES)}`,
		...zoneRangeLines(zonesOf(bringup)),
		...nodeRangeLines(memblock.memoryRanges()),
	]);
}

/** Makes the page records and the pageblock types. */
export function makePageRecords(bringup: Bringup): void {
	const { early, machine } = bringup;
	initPages(early.globals, early.memblock, machine);
	const records = machine.memory.frameCount - early.globals.gapFrames;
	const pages = pagesFor(records * PAGE_RECORD_BYTES);
	machine.turn.cpu.charge(pages * COST_ZERO_PAGE);
	const ranges = early.memblock.memoryRanges();
	say(bringup, unavailableLines(ranges, zonesOf(bringup)));
}

/** Makes the per-CPU areas. */
export function makePerCpuAreas(bringup: Bringup): void {
	const { early, machine } = bringup;
	const count = machine.cpus.length;
	const pages = PERCPU_UNIT_BYTES / PAGE_SIZE;
	say(bringup, [
		`smpboot: Allowing ${count} CPUs, 0 hotplug CPUs`,
		`setup_percpu: NR_CPUS:${CPUS_MAX} nr_cpumask_bits:${count} nr_cpu_ids:${count} nr_node_ids:1`,
	]);
	initPerCpu(early.globals, early.memblock, machine);
	machine.turn.cpu.charge(count * pages * COST_ZERO_PAGE);
	say(bringup, [
		`percpu: Embedded ${pages} pages/cpu s${PERCPU_UNIT_BYTES} r0 d0 u${PERCPU_UNIT_BYTES}`,
	]);
}

/** Makes the recorder's rings, if anything is recorded: until now it had one small ring in the init section. */
export function makeRecorder(bringup: Bringup): void {
	const { early, machine, records } = bringup;
	initRings(early.globals, early.memblock, machine, records);
}

/** Takes memory for the books of tasks and time, whose hash table is too large for a slab. */
export function makeRunningBlock(bringup: Bringup): void {
	const { early, machine } = bringup;
	const bytes = runningBytes(machine.cpus.length, machine.memory.frameCount);
	early.record.setRunningBlock(
		earlyAlloc(early.memblock, bytes, PAGE_SIZE, "tasks and time"),
	);
}

/** Says in which order requests look through the zones, and repeats the command line once more for later readers. */
export function buildZonelists(bringup: Bringup): void {
	const { early, commandLine, log, options } = bringup;
	const zones = zonesOf(bringup);
	const { memblock } = early;
	const ranges = memblock.memoryRanges();
	const free = options.books ? bringup.freeAtFirst : memblock.freeRanges();
	const total = expectedPages(zones, ranges, free);
	const grouping = initGrouping(early.globals, total, options.grouping)
		? "on"
		: "off";
	say(bringup, [
		"Fallback order for Node 0: 0 ",
		`Built 1 zonelists, mobility grouping ${grouping}.  Total pages: ${total}`,
		`Policy zone: ${zones.filter((zone) => zone.isPopulated).at(-1)?.name}`,
	]);
	log.notice(`Kernel command line: ${commandLine.text}`);
	sayMessages(bringup, "boot");
}

function zonesOf({ early, machine }: Bringup): Zone[] {
	return Array.from({ length: ZONE_COUNT }, (_, index) => {
		const at = asPhys(early.globals.pgdat + index * ZONE_WORDS * 4);
		return new Zone(machine.memory.wordsAt(at, ZONE_WORDS));
	});
}
