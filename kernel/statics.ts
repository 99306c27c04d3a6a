// Statics: where the kernel's static variables lie in its own image.
//
//   data section
//     0            256        6528          7104             10176      next page      + 4 KiB
//     +------------+----------+-------------+-----------------+- - - - -+----------------+
//     | memory     | memblock | first slab  | kernel record   | unused  | init_mm's root |
//     | manager    |          | caches      |                 |         |                |
//     +------------+----------+-------------+-----------------+- - - - -+----------------+
//   bss section
//     +--------------------------------------------------+- - - - -+
//     | kernel log: the largest power of two that fits   | unused  |
//     +--------------------------------------------------+- - - - -+
//   init section, which the kernel gives back when it has booted
//     +--------------------------------------------------+- - - - -+
//     | first ring of the recorder: the same             | unused  |
//     +--------------------------------------------------+- - - - -+
//
// A linker decides this for a real kernel. Here the layout is a function of the image's place and sizes, so a thread that
// attaches to a running kernel arrives at the same addresses without being told.
//
// ST1: parts do not overlap and lie inside their section. ST2: the first part begins the data section.
// [arch/x86/kernel/vmlinux.lds.S; arch/x86/kernel/head_64.S init_top_pgt; kernel/printk/printk.c __log_buf]

import type { KernelImage, Section } from "../hw/memory-map";
import { panic } from "../hw/panic";
import { ringBytes } from "../hw/recorder";
import { asPhys, PAGE_SIZE, type Pfn, type PhysAddr, pfnOf } from "../hw/units";
import { CACHE_NODE_BYTES, CACHE_RECORD_BYTES } from "../mm/cache-record";
import { GLOBALS_BYTES } from "../mm/globals";
import { MEMBLOCK_BYTES } from "../mm/memblock";
import { KERNEL_RECORD_BYTES } from "./kernel-record";
import { LOG_BYTES_DEFAULT } from "./printk";

const LINE = 64; // parts begin on cache lines
const LOG_BYTES_MIN = 4096;
const EARLY_RECORDS_MIN = 16; // of the recorder
const EARLY_RECORDS_MAX = 1024;
const SCRATCH_BYTES = 2 * (CACHE_RECORD_BYTES + CACHE_NODE_BYTES); // two records and their node parts

/** Addresses of the kernel's static variables. */
export class Statics {
	/** Static record of the memory manager (mm/globals.ts); the machine page points here. */
	readonly globals: PhysAddr;
	readonly memblock: PhysAddr;
	/** Room for the first two slab caches, until they live in slabs. */
	readonly slabScratch: PhysAddr;
	/** Static record of the kernel itself (kernel-record.ts). */
	readonly record: PhysAddr;
	/** Top page table of the kernel's own address space. */
	readonly root: Pfn;
	readonly log: PhysAddr;
	/** A power of two, at most 128 KiB. */
	readonly logBytes: number;

	/** Ring of the recorder until there are rings in memory of their own; only while the kernel boots. */
	readonly earlyRing: PhysAddr;
	/** A power of two. */
	readonly earlyRecords: number;

	/** Panics when a section is too small for what belongs there. */
	constructor(image: KernelImage) {
		const data = new Room("data", image.data);
		this.globals = data.take(GLOBALS_BYTES, LINE);
		this.memblock = data.take(MEMBLOCK_BYTES, LINE);
		this.slabScratch = data.take(SCRATCH_BYTES, LINE);
		this.record = data.take(KERNEL_RECORD_BYTES, LINE);
		this.root = pfnOf(data.take(PAGE_SIZE, PAGE_SIZE));
		const bss = new Room("bss", image.bss);
		this.logBytes = logBytes(image.bss.bytes);
		this.log = bss.take(this.logBytes, LINE);
		const init = new Room("init", image.init);
		this.earlyRecords = earlyRecords(image.init.bytes);
		this.earlyRing = init.take(ringBytes(this.earlyRecords), LINE);
	}
}

/** A section that is given away from its beginning. */
class Room {
	private next: number;

	constructor(
		private readonly name: string,
		private readonly section: Section,
	) {
		this.next = section.start;
	}

	take(bytes: number, align: number): PhysAddr {
		const start = Math.ceil(this.next / align) * align;
		this.next = start + bytes;
		const { start: first, bytes: size } = this.section;
		if (this.next > first + size)
			panic(
				`statics: ST1 the kernel's ${this.name} section of ${size} bytes is too small for its variables`,
			);
		return asPhys(start);
	}
}

/** The largest power of two of records that fit, within bounds. */
function earlyRecords(room: number): number {
	let records = EARLY_RECORDS_MAX;
	while (ringBytes(records) > room && records > EARLY_RECORDS_MIN) records /= 2;
	return records;
}

/** The largest power of two that fits, within bounds. */
function logBytes(room: number): number {
	let bytes = LOG_BYTES_DEFAULT;
	while (bytes > room && bytes > LOG_BYTES_MIN) bytes /= 2;
	return bytes;
}
