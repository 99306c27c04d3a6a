// Recordings of real kernels, as values: what tests compare the simulated machine with.
//
//   fixtures/recorded/<name>/meta/dmesg.txt, cmdline, cpus, vm-sysctl.txt
//                           /a/zoneinfo, slabinfo, ...        start of init
//                           /c/zoneinfo, slabinfo, ...        end
//                           /post-static/slab.tsv             /sys/kernel/slab
//
//   fixtures/recordings/<name>/meta/, snap/, report.txt.gz    a whole recording with its events
//
// fixtures/README.md says which machines they are. How the texts are read is the matter of kernel/replay/snapshot.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { KernelImage, MemoryMap } from "../hw/memory-map";
import * as proc from "../kernel/proc/slabinfo";
import * as zoneinfo from "../kernel/proc/zoneinfo";
import {
	type FirmwareRange,
	firmwareRanges,
	type MemoryLine,
	memoryLine,
	pagesFreedEarly,
	pagesFreedLate,
} from "../kernel/replay/snapshot/boot-log";
import { Recording as Recorded } from "../kernel/replay/snapshot/recording";
import type { SlabStatics } from "../kernel/replay/snapshot/slab-attributes";
import { recordingFolder } from "../scripts/recording-folder";

const FOLDER = join(__dirname, "fixtures", "recorded");

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
export interface RecordedSlab extends SlabStatics {
	readonly name: string;
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
export interface RecordedZone extends zoneinfo.ZoneInfo {
	readonly name: string;
	/** Counts a CPU may hold back; 0 for a zone without pages. */
	readonly statThreshold: number;
}

/** The recording that can be replayed: its folder. */
export const LATE_FOLDER = join(
	...[__dirname, "fixtures", "recordings", "s5-tracecmd-small-2cpu"],
);
/** Its trace, packed. */
export const LATE_TRACE = join(LATE_FOLDER, "report.txt.gz");

/** The recording that can be replayed. */
export const lateRecording = (): Recorded =>
	new Recorded("s5-tracecmd-small-2cpu", recordingFolder(LATE_FOLDER));

/** The text of its trace. */
export const lateTrace = (): Uint8Array => gunzipSync(readFileSync(LATE_TRACE));

/** Names of all recordings. */
export const recordedNames = (): string[] => readdirSync(FOLDER).sort();

/** The recording called `name`, one of `recordedNames()`. */
export const recorded = (name: string): Recording => new Recording(name);

/** One recording. */
export class Recording {
	readonly whole: Recorded;

	constructor(readonly name: string) {
		this.whole = new Recorded(name, recordingFolder(join(FOLDER, name)));
	}

	/** A /proc file at the start of init (`a`) or at the end (`c`). */
	text(file: SnapshotFile, snapshot: Snapshot): string {
		return this.read(`${snapshot}/${file}`);
	}

	/** The boot log. */
	dmesg(): string {
		return this.read("meta/dmesg.txt");
	}

	commandLine(): string {
		return this.whole.machine.commandLine;
	}

	cpuCount(): number {
		return this.whole.machine.cpus.possible;
	}

	/** vm.* settings by name: `min_free_kbytes` and others; a list's fields are separated by tabs. */
	sysctl(name: string): string {
		return this.whole.machine.settings.get(name)!;
	}

	/** The firmware's memory map, lowest range first. */
	firmwareMap(): FirmwareRange[] {
		return firmwareRanges(this.dmesg())!;
	}

	/** KiB of the boot log's `Memory: 200244K/261600K available (..., 61100K reserved, ...)`. */
	memoryLine(): MemoryLine {
		return memoryLine(this.dmesg())!;
	}

	/** The kernel image as far as /proc/iomem shows it, and its boot-only part in the gap before the bss. */
	kernelImage(): KernelImage {
		return this.memoryMap().image;
	}

	/** The recorded machine's memory map, to boot a simulated machine on. */
	memoryMap(): MemoryMap {
		return this.whole.machine.map;
	}

	/** Pages that came free before the watermarks were computed: code for several CPUs, patched away. */
	pagesFreedEarly(): number {
		return pagesFreedEarly(this.dmesg());
	}

	/**
	 * Pages that the kernel gave to the zones after it had computed the watermarks: the initial RAM disk and the parts
	 * of its image that only boot needs. They are in `managed`, but not in the numbers derived from it.
	 */
	pagesFreedLate(): number {
		return pagesFreedLate(this.dmesg());
	}

	/** Every directory of /sys/kernel/slab, aliases left out. */
	slabs(): RecordedSlab[] {
		const { attributes, caches } = this.whole;
		return attributes!.map(({ name, statics, aliasNames }) => {
			const cache = caches.find(({ directory }) => directory === name)!;
			const { hasConstructor } = cache;
			return { name, ...statics!, hasConstructor, aliasNames };
		});
	}

	/** Every line of /proc/slabinfo, newest cache first. */
	slabinfo(snapshot: Snapshot): RecordedSlabinfo[] {
		return parseSlabinfo(this.text("slabinfo", snapshot));
	}

	/** Every zone of /proc/zoneinfo, the empty ones too, lowest first. */
	zones(snapshot: Snapshot): RecordedZone[] {
		return parseZoneinfo(this.text("zoneinfo", snapshot));
	}

	private read(path: string): string {
		return this.whole.source.text(path)!;
	}
}

/** Every line of a text in the form of /proc/slabinfo. */
export const parseSlabinfo = (text: string): RecordedSlabinfo[] =>
	proc.parseSlabinfo(text).map((line) => ({
		...line,
		size: line.objectSize,
		objectCount: line.objectsPerSlab,
		pageCount: line.pagesPerSlab,
	}));

/** Every zone of a text in the form of /proc/zoneinfo. */
export const parseZoneinfo = (text: string): RecordedZone[] =>
	zoneinfo.parseZoneinfo(text).map((zone) => ({
		...zone,
		name: zone.zone,
		statThreshold: zone.pagesets[0]?.statThreshold ?? 0,
	}));
