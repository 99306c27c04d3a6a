// Recordings of real kernels, as values: what tests compare the simulated machine with.
//
//   fixtures/recorded/<name>/meta/dmesg.txt, cmdline, cpus, vm-sysctl.txt
//                           /a/zoneinfo, slabinfo, ...        start of init
//                           /c/zoneinfo, slabinfo, ...        end
//                           /post-static/slab.tsv             /sys/kernel/slab
//
// fixtures/README.md says which machines they are.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
	type KernelImage,
	MemoryMap,
	type RangeType,
	type Section,
} from "../hw/memory-map";

const FOLDER = join(__dirname, "fixtures", "recorded");

// /sys/kernel/slab tells a constructor only as an address; these caches of the recorded kernel have one.
const CONSTRUCTED = new Set([
	"anon_vma",
	"bdev_cache",
	"dax_cache",
	"ext4_inode_cache",
	"hugetlbfs_inode_cache",
	"iint_cache",
	"inode_cache",
	"mqueue_inode_cache",
	"proc_inode_cache",
	"radix_tree_node",
	"shmem_inode_cache",
	"sighand_cache",
	"sock_inode_cache",
	"userfaultfd_ctx_cache",
	"v9fs_inode_cache",
]);

export type Snapshot = "a" | "c";
export type SnapshotFile =
	| "zoneinfo"
	| "buddyinfo"
	| "pagetypeinfo"
	| "slabinfo"
	| "meminfo"
	| "vmstat"
	| "iomem";

/** One directory of /sys/kernel/slab. */
export interface RecordedSlab {
	readonly name: string;
	readonly objectSize: number;
	readonly size: number;
	readonly objectCount: number;
	readonly order: number;
	readonly align: number;
	readonly cpuPartial: number;
	readonly minPartial: number;
	readonly cacheDma: boolean;
	readonly hwcacheAlign: boolean;
	readonly reclaimAccount: boolean;
	readonly destroyByRcu: boolean;
	/** Charged to the memory cgroup, as far as the name of a merged cache tells. */
	readonly account: boolean;
	readonly hasConstructor: boolean;
	/** Names that share the cache. */
	readonly aliasNames: readonly string[];
}

/** One line of /proc/slabinfo. */
export interface RecordedSlabinfo {
	readonly name: string;
	readonly activeObjects: number;
	readonly objects: number;
	readonly size: number;
	readonly objectCount: number;
	readonly pageCount: number;
	readonly slabs: number;
}

/** One zone of /proc/zoneinfo; pages unless said otherwise. */
export interface RecordedZone {
	readonly name: string;
	readonly free: number;
	readonly min: number;
	readonly low: number;
	readonly high: number;
	readonly spanned: number;
	readonly present: number;
	readonly managed: number;
	readonly protection: readonly number[];
	/** One per CPU; empty for a zone without pages. */
	readonly pagesets: readonly {
		readonly count: number;
		readonly high: number;
		readonly batch: number;
	}[];
	/** Counts a CPU may hold back; 0 for a zone without pages. */
	readonly statThreshold: number;
	readonly startPfn: number;
}

/** One range of the firmware's memory map. */
export interface RecordedRange {
	readonly base: number;
	readonly size: number;
	/** `usable`, `reserved`, ... */
	readonly kind: string;
}

/** Names of all recordings. */
export const recordedNames = (): string[] => readdirSync(FOLDER).sort();

/** The recording called `name`, one of `recordedNames()`. */
export const recorded = (name: string): Recording => new Recording(name);

/** One recording. */
export class Recording {
	constructor(readonly name: string) {}

	/** A /proc file at the start of init (`a`) or at the end (`c`). */
	text(file: SnapshotFile, snapshot: Snapshot): string {
		return this.read(join(snapshot, file));
	}

	/** The boot log. */
	dmesg(): string {
		return this.read("meta/dmesg.txt");
	}

	commandLine(): string {
		return this.read("meta/cmdline").trim();
	}

	cpuCount(): number {
		const last = this.read("meta/cpus").trim().split(/[-\n]/).pop();
		return Number(last) + 1;
	}

	/** vm.* settings by name: `min_free_kbytes` and others; a list's fields are separated by tabs. */
	sysctl(name: string): string {
		const text = this.read("meta/vm-sysctl.txt");
		const found = text.match(new RegExp(`^${name} (.*)$`, "m"));
		if (!found) throw new Error(`${this.name} has no sysctl ${name}`);
		return found[1]!.trim();
	}

	/** The firmware's memory map, lowest range first. */
	firmwareMap(): RecordedRange[] {
		const line = /BIOS-e820: \[mem 0x([0-9a-f]+)-0x([0-9a-f]+)\] (.*)$/gm;
		return [...this.dmesg().matchAll(line)].map((found) => {
			const base = Number.parseInt(found[1]!, 16);
			const last = Number.parseInt(found[2]!, 16);
			return { base, size: last + 1 - base, kind: found[3]! };
		});
	}

	/** KiB of the boot log's `Memory: 200244K/261600K available (..., 61100K reserved, ...)`. */
	memoryLine(): { available: number; total: number; reserved: number } {
		const line = /Memory: (\d+)K\/(\d+)K available .* (\d+)K reserved/;
		const found = this.dmesg().match(line)!;
		const [available, total, reserved] = found.slice(1).map(Number);
		return { available: available!, total: total!, reserved: reserved! };
	}

	/** The kernel image as far as /proc/iomem shows it, and its boot-only part in the gap before the bss. */
	kernelImage(): KernelImage {
		const text = this.text("iomem", "a");
		const section = (name: string): Section => {
			const found = text.match(`([0-9a-f]+)-([0-9a-f]+) : Kernel ${name}`)!;
			const start = Number.parseInt(found[1]!, 16);
			return { start, bytes: Number.parseInt(found[2]!, 16) + 1 - start };
		};
		const bss = section("bss");
		const init = Number(this.memoryLineField("init")) * 1024;
		return {
			code: section("code"),
			rodata: section("rodata"),
			data: section("data"),
			init: { start: bss.start - init, bytes: init },
			bss,
		};
	}

	/** The recorded machine's memory map, to boot a simulated machine on. */
	memoryMap(): MemoryMap {
		const ranges = this.firmwareMap().map(({ base, size, kind }) => ({
			start: base,
			end: base + size,
			type: kind as RangeType,
		}));
		return new MemoryMap(ranges, this.kernelImage());
	}

	/** Pages that came free before the watermarks were computed: code for several CPUs, patched away. */
	pagesFreedEarly(): number {
		return this.pagesFreed((what) => what === "SMP alternatives");
	}

	/**
	 * Pages that the kernel gave to the zones after it had computed the watermarks: the initial RAM disk and the parts
	 * of its image that only boot needs. They are in `managed`, but not in the numbers derived from it.
	 */
	pagesFreedLate(): number {
		return this.pagesFreed((what) => what !== "SMP alternatives");
	}

	/** Every directory of /sys/kernel/slab, aliases left out. */
	slabs(): RecordedSlab[] {
		const lines = this.read("post-static/slab.tsv").trimEnd().split("\n");
		const columns = lines[0]!.split("\t");
		return lines.slice(1).map((line) => parseSlab(columns, line.split("\t")));
	}

	/** Every line of /proc/slabinfo, newest cache first. */
	slabinfo(snapshot: Snapshot): RecordedSlabinfo[] {
		return parseSlabinfo(this.text("slabinfo", snapshot));
	}

	/** Every zone of /proc/zoneinfo, the empty ones too, lowest first. */
	zones(snapshot: Snapshot): RecordedZone[] {
		return parseZoneinfo(this.text("zoneinfo", snapshot));
	}

	/** KiB of one part of the image in the boot log's `Memory:` line. */
	private memoryLineField(name: string): number {
		return Number(this.dmesg().match(`Memory: .* (\\d+)K ${name}[,)]`)![1]);
	}

	private pagesFreed(counts: (what: string) => boolean): number {
		let kib = 0;
		for (const found of this.dmesg().matchAll(/Freeing (.*) memory: (\d+)K/g))
			if (counts(found[1]!)) kib += Number(found[2]);
		return kib / 4;
	}

	private read(path: string): string {
		return readFileSync(join(FOLDER, this.name, path), "utf8");
	}
}

function parseSlab(columns: string[], fields: string[]): RecordedSlab {
	const text = (name: string) => fields[columns.indexOf(name)]!;
	const number = (name: string) => Number(text(name));
	const name = text("name");
	const aliases = text("alias_names");
	return {
		name,
		objectSize: number("object_size"),
		size: number("slab_size"),
		objectCount: number("objs_per_slab"),
		order: number("order"),
		align: number("align"),
		cpuPartial: number("cpu_partial"),
		minPartial: number("min_partial"),
		cacheDma: number("cache_dma") === 1,
		hwcacheAlign: number("hwcache_align") === 1,
		reclaimAccount: number("reclaim_account") === 1,
		destroyByRcu: number("destroy_by_rcu") === 1,
		account: /^:\w*A-/.test(name) || name.startsWith("kmalloc-cg-"),
		hasConstructor: CONSTRUCTED.has(name),
		aliasNames: aliases === "-" ? [] : aliases.split(","),
	};
}

/** Every line of a text in the form of /proc/slabinfo. */
export function parseSlabinfo(text: string): RecordedSlabinfo[] {
	const lines = text.trimEnd().split("\n");
	return lines.slice(2).map(parseSlabinfoLine);
}

/** Every zone of a text in the form of /proc/zoneinfo. */
export const parseZoneinfo = (text: string): RecordedZone[] =>
	text.split(/^(?=Node )/m).map(parseZone);

function parseSlabinfoLine(line: string): RecordedSlabinfo {
	const fields = line.split(/\s+/);
	const number = (index: number) => Number(fields[index]);
	return {
		name: fields[0]!,
		activeObjects: number(1),
		objects: number(2),
		size: number(3),
		objectCount: number(4),
		pageCount: number(5),
		slabs: number(14),
	};
}

function parseZone(text: string): RecordedZone {
	const number = (label: RegExp) => Number(text.match(label)?.[1] ?? 0);
	const field = (name: string) =>
		number(new RegExp(`^ +${name} +(\\d+)$`, "m"));
	const pageset = /count: (\d+)\s+high: +(\d+)\s+batch: (\d+)/g;
	return {
		name: text.match(/zone +(\w+)/)![1]!,
		free: number(/pages free +(\d+)/),
		min: field("min"),
		low: field("low"),
		high: field("high"),
		spanned: field("spanned"),
		present: field("present"),
		managed: field("managed"),
		protection: text
			.match(/protection: \((.*)\)/)![1]!
			.split(", ")
			.map(Number),
		pagesets: [...text.matchAll(pageset)].map((found) => ({
			count: Number(found[1]),
			high: Number(found[2]),
			batch: Number(found[3]),
		})),
		statThreshold: number(/vm stats threshold: (\d+)/),
		startPfn: number(/start_pfn: +(\d+)/),
	};
}
