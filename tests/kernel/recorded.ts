// Recorded machines under this kernel, and what each of the two kernels keeps of the memory for its own books.
//
//   present pages of all zones
//   |#################|###|##|...........................................|
//    image             rows of `booksOf`      managed
//
// What a zone has (spanned, present) must be equal on both sides. What it manages cannot be: each kernel takes memory for
// its books before it hands the zones over, and a kernel of 28 MiB keeps other books. The rows explain every page of the
// difference, from the boot log where the log tells. What it does not tell of is the same 34 pages in all recordings: 17
// right behind the image (the brk area: first page tables, names from the firmware) and 17 small books (directory of
// memory sections, tables that map the page records, copies of the command line, resources).
//
// K1: present - managed is the sum of the rows, on both sides, without a page left over.

import { boot } from "../../kernel/boot";
import type { Kernel } from "../../kernel/kernel";
import * as bootLog from "../../kernel/replay/snapshot/boot-log";
import { machineOptions } from "../../kernel/replay/snapshot/machine";
import type { Recording } from "../fixtures";

const PAGE = 4096;
const LOW_PAGES = 158; // whole pages of RAM below 1 MiB
const SECTION_BYTES = 2 ** 27; // memory comes and goes in such pieces
const SECTION_RECORD_PAGES = 512; // page records of one section
const BOUNCE_SLOT_BYTES = 24; // notes about each 2 KiB of the bounce buffer
const UNTOLD_PAGES = 34;

export const sum = (values: readonly number[]): number =>
	values.reduce((total, value) => total + value, 0);

/** Number in the log behind `before`; 0 when the log has no such line. */
export const told = (log: string, before: string): number =>
	bootLog.told(log, before) ?? 0;

/** Pages of the range in the log behind `before`; 0 when the log has no such line. */
export const toldPages = (log: string, before: string): number => {
	const range = bootLog.toldRange(log, before);
	return range ? (range.end - range.start) / PAGE : 0;
};

/** Choices of the recorded kernel's configuration that are choices here; huge pages are the default of both. */
export const CONFIG = {
	CONFIG_SLAB_FREELIST_RANDOM: true,
	CONFIG_INIT_ON_ALLOC_DEFAULT_ON: true,
};

/** Where the loader left the initial RAM disk. */
export const ramDisk = (recording: Recording) =>
	recording.whole.machine.ramDisk!;

/** The recorded machine with this kernel on it, configured as the recorded one. */
export const bootOn = (recording: Recording): Kernel =>
	boot({ ...machineOptions(recording.whole.machine), config: CONFIG });

export const lateLines = (log: string): string[] =>
	log.match(/Freeing (initrd|unused kernel image).*/g) ?? [];

/** Pages that came to the zones after the marks were computed. */
export const lateHere = (kernel: Kernel): number =>
	sum(lateLines(kernel.log.text()).map((line) => told(line, "memory: ") / 4));

/** Pages of the bss for memory that is shared with a hypervisor: given back where nothing is encrypted, not made here. */
export const decrypted = (recording: Recording): number =>
	told(recording.dmesg(), "unused decrypted memory: ") / 4;

export interface Sizes {
	readonly present: number;
	readonly managed: number;
}

/** Pages that the recorded kernel and this one keep for one purpose. */
export interface Book {
	readonly purpose: string;
	readonly theirs: number;
	readonly ours: number;
}

/** Everything present that the zones do not manage, on both sides. */
export function booksOf(recording: Recording, kernel: Kernel): Book[] {
	const log = recording.dmesg();
	const { map, cpus } = kernel.machine;
	const image = (map.imageEnd - map.imageStart) / PAGE - lateImage(kernel);
	const alsoFreed = recording.pagesFreedEarly() + decrypted(recording);
	const own = (owner: string): number => ownPages(kernel, owner);
	// This line names the first address behind its range.
	const bounce = Math.floor(toldPages(log, "software IO TLB: mapped "));
	const slots = (bounce * 2 * BOUNCE_SLOT_BYTES) / PAGE;
	const row = (purpose: string, theirs: number, ours: number): Book => ({
		purpose,
		theirs,
		ours,
	});
	return [
		row("the first MiB", LOW_PAGES, LOW_PAGES),
		row("the image, after its late parts", image - alsoFreed, image),
		// They: whole sections, so that a huge page maps the records. We: frames that exist, a large gap left out.
		row(
			"page records",
			sectionsOf(recording) * SECTION_RECORD_PAGES,
			own("page records"),
		),
		// They: 171 KiB for a node, most of it lists of up to 1024 nodes to fall back to.
		row(
			"zones and pageblock types",
			toldPages(log, "NODE_DATA\\(0\\) allocated "),
			own("zones") + own("pageblock types"),
		),
		row(
			"areas of the CPUs",
			told(log, "percpu: Embedded ") * cpus.length,
			own("per-CPU areas"),
		),
		row("hash tables of names", hashPages(log, "Dentry cache"), 0),
		row("hash tables of files", hashPages(log, "Inode-cache"), 0),
		// Devices that reach 4 GiB only get at what lies above through a buffer below; one page holds its locks.
		row("bounce buffer", bounce, 0),
		row("notes about the bounce buffer", bounce && slots + 1, 0),
		// They: pages of 1 GiB, and the few tables lie in the brk area. We: pages of 2 MiB.
		row("tables of the direct map", 0, own("direct map")),
		// They: from the zones, later.
		row("recorder", 0, own("recorder")),
		row("tasks and time", 0, own("tasks and time")),
		row("not told by the log", UNTOLD_PAGES, 0),
	];
}

const hashPages = (log: string, table: string): number =>
	told(log, `${table} hash table entries: \\d+ \\(order: \\d+, `) / PAGE;

/** Sections of the recorded machine that have memory in them. */
function sectionsOf(recording: Recording): number {
	const found = new Set<number>();
	for (const { base, size, kind } of recording.firmwareMap()) {
		if (kind !== "usable") continue;
		const last = Math.floor((base + size - 1) / SECTION_BYTES);
		for (let at = Math.floor(base / SECTION_BYTES); at <= last; at++)
			found.add(at);
	}
	return found.size;
}

/** Pages of the image that came to the zones late. */
const lateImage = (kernel: Kernel): number =>
	sum(
		lateLines(kernel.log.text())
			.filter((line) => line.includes("kernel image"))
			.map((line) => told(line, "memory: ") / 4),
	);

/** Pages outside of the image that boot took for `owner`. */
function ownPages(kernel: Kernel, owner: string): number {
	const imageEnd = kernel.machine.map.imageEnd / PAGE;
	return sum(
		kernel
			.frames()
			.filter((run) => run.start >= imageEnd && run.owner === owner)
			.map((run) => run.count),
	);
}
