// Snapshots: what a recorded kernel said about its memory at one moment, text by text.
//
//   snap/a/         buddyinfo  zoneinfo  slabinfo  pagetypeinfo  meminfo  vmstat  iomem  kpageflags.rle  slab.tsv  marks.tsv
//   snap/b-files/   ...
//   snap/c/         ...
//   snap/c-shrunk/  ...
//   time  -->       a, the b-* in the order of their marks, c, c-shrunk
//
// A text is parsed when it is first asked for, and kept. Texts of one snapshot were not read at one instant: each holds
// from its own mark `SNAPSHOT-a READ-DONE buddyinfo` on.
//
// SP1: a text that is not there is undefined; one that is damaged is an Error with its path and line.

import { type FreeBlocks, parseBuddyinfo } from "../../proc/buddyinfo";
import { parseIomem, type Resource } from "../../proc/iomem";
import { parseMeminfo } from "../../proc/meminfo";
import { type PageTypes, parsePagetypeinfo } from "../../proc/pagetypeinfo";
import type { Amounts } from "../../proc/scan";
import { type CacheLine, parseSlabinfo } from "../../proc/slabinfo";
import { parseVmstat } from "../../proc/vmstat";
import { parseZoneinfo, type ZoneInfo } from "../../proc/zoneinfo";
import { compareFree, type FreeDifference, freeMap } from "./free-map";
import {
	type FrameBlocks,
	type FrameFlags,
	parseKpageflags,
	type SlabBlocks,
	slabBlocks,
} from "./kpageflags";
import { type Mark, parseMarks, readDoneText } from "./marks";
import { parseSlabTsv, type SlabAttributes } from "./slab-attributes";
import { parsedText, type TextSource } from "./source";

const ROOT = "snap/"; // optional
const STATIC = "post-static"; // attributes alone, taken when everything was over
const TEXTS =
	/^(buddyinfo|zoneinfo|slabinfo|pagetypeinfo|meminfo|vmstat|kpageflags\.rle)$/;

/** One moment of a recorded kernel. */
export class Snapshot {
	private readonly kept = new Map<string, unknown>();

	/** `folder` is the path of its texts, with a slash at the end. */
	constructor(
		private readonly source: TextSource,
		readonly folder: string,
		readonly name: string,
	) {}

	get buddyinfo(): FreeBlocks[] | undefined {
		return this.parsed("buddyinfo", parseBuddyinfo);
	}
	get zoneinfo(): ZoneInfo[] | undefined {
		return this.parsed("zoneinfo", parseZoneinfo);
	}
	/** Newest cache first. */
	get slabinfo(): CacheLine[] | undefined {
		return this.parsed("slabinfo", parseSlabinfo);
	}
	get pagetypeinfo(): PageTypes | undefined {
		return this.parsed("pagetypeinfo", parsePagetypeinfo);
	}
	get meminfo(): Amounts | undefined {
		return this.parsed("meminfo", parseMeminfo);
	}
	get vmstat(): Amounts | undefined {
		return this.parsed("vmstat", parseVmstat);
	}
	get iomem(): Resource[] | undefined {
		return this.parsed("iomem", parseIomem);
	}
	get flags(): FrameFlags | undefined {
		return this.parsed("kpageflags.rle", parseKpageflags);
	}
	get slabs(): SlabAttributes[] | undefined {
		return this.parsed("slab.tsv", parseSlabTsv);
	}
	/** Empty when there are none. */
	get marks(): readonly Mark[] {
		return this.parsed("marks.tsv", parseMarks) ?? [];
	}

	/** The free blocks that the frame flags imply. */
	get freeBlocks(): FrameBlocks | undefined {
		const { flags } = this;
		return flags && this.keep("free blocks", () => freeMap(flags));
	}
	/** The slabs that the frame flags show. */
	get slabBlocks(): SlabBlocks | undefined {
		const { flags } = this;
		return flags && this.keep("slab blocks", () => slabBlocks(flags));
	}

	/** Where the free blocks and buddyinfo, which was read a little earlier, differ; undefined without one of the two. */
	freeDifferences(): FreeDifference[] | undefined {
		const { freeBlocks, buddyinfo } = this;
		return freeBlocks && buddyinfo && compareFree(freeBlocks, buddyinfo);
	}

	/** The text of the mark from which on `file` held; the file as /proc has it: `kpageflags`, but `slab.tsv`. */
	doneText(file: string): string {
		return readDoneText(this.name, file);
	}

	/** When its first text was read; undefined without marks. */
	get nanoseconds(): number | undefined {
		return this.marks[0]?.nanoseconds;
	}

	/** A text as it was recorded; undefined when there is none. */
	text(file: string): string | undefined {
		return this.source.text(this.folder + file);
	}

	private parsed<T>(file: string, parse: (text: string) => T): T | undefined {
		return this.keep(file, () =>
			parsedText(this.source, this.folder + file, parse),
		);
	}

	private keep<T>(key: string, make: () => T): T {
		if (!this.kept.has(key)) this.kept.set(key, make());
		return this.kept.get(key) as T;
	}
}

/** All snapshots of a recording, the earliest first. */
export function snapshotsIn(source: TextSource): Snapshot[] {
	const root = rootOf(source);
	const names = new Set<string>();
	for (const path of source.list(root)) {
		const [name, file] = path.slice(root.length).split("/");
		if (file !== undefined && TEXTS.test(file)) names.add(name as string);
	}
	return [...names]
		.filter((name) => name !== STATIC)
		.map((name) => new Snapshot(source, `${root}${name}/`, name))
		.sort(byTime);
}

/** The attributes of all caches, taken when everything was over; undefined when there are none. */
export const staticAttributes = (
	source: TextSource,
): SlabAttributes[] | undefined =>
	parsedText(source, `${rootOf(source)}${STATIC}/slab.tsv`, parseSlabTsv);

const rootOf = (source: TextSource): string =>
	source.list(ROOT).length > 0 ? ROOT : "";

/** By the marks; by name where there are none: a, b-*, c, c-shrunk. */
function byTime(one: Snapshot, other: Snapshot): number {
	const [first, second] = [one.nanoseconds, other.nanoseconds];
	if (first !== undefined && second !== undefined && first !== second)
		return first - second;
	return one.name < other.name ? -1 : 1;
}
