// Frames: who has each frame of the machine, as runs of neighbours.
//
//   firmware map, memblock, image, static records      which parts of RAM stand still since boot, and what they are
//   page records, block by block                       everything else: one look at the first frame of each block
//
//   0        firmware        1M   kernel            free     slab kmalloc-64   user pid 3      metadata  page records
//   |-----------------------|----|------------------|-------|----------------|------------|----------------|
//
// The walk goes from block to block, so it costs what the machine holds and not what it could hold.
//
// A kernel that holds back (the ground of a replay) gives frames to somebody who also has frames of the image: a recorded
// kernel frees parts of its image that boot here keeps, and free blocks reach over the image's end. So there the records are
// asked first, everywhere but in the kernel's books, and only of a frame that they call reserved the image tells.
//
// FR1: the runs are in order, do not overlap and cover every frame from 0 to the end of RAM.
// FR2: where boot held back, a frame that is free, on a CPU's list, a slab's or in use is shown as that, in the image too;
//      a reserved one is part of the image or `metadata` of the owner `reserved`.
// [fs/proc/page.c, tools/mm/page-types.c]

import type { MemoryMap } from "../hw/memory-map";
import { ringBytes } from "../hw/recorder";
import {
	asPfn,
	MIB,
	NIL,
	PAGE_SIZE,
	type Pfn,
	type PhysAddr,
	pfnOf,
} from "../hw/units";
import { LARGE } from "../mm/designs/object-frames";
import { PGDAT_BYTES } from "../mm/memory-manager";
import {
	PAGE_RECORD_BYTES,
	PG_ANON,
	PG_BUDDY,
	PG_LARGE,
	PG_PCP,
	PG_SLAB,
	PG_STACK,
	PG_TABLE,
} from "../mm/page";
import { pageblockWords } from "../mm/pageblock";
import { PERCPU_UNIT_BYTES } from "../mm/percpu";
import type { KernelParts } from "./parts";
import { runningBytes } from "./running";
import { NO_TASK } from "./task";

/**
 * What a frame is used for. `hole` is no memory at all, `metadata` what boot took for the kernel's books, `pages` what
 * was taken straight from the page allocator, `pcp` free on a CPU's own list.
 */
export type FrameUse =
	| "hole"
	| "firmware"
	| "kernel"
	| "metadata"
	| "slab"
	| "table"
	| "user"
	| "pages"
	| "pcp"
	| "free";

/** Consecutive frames with one use. */
export interface FrameRun {
	readonly start: number;
	readonly count: number;
	readonly use: FrameUse;
	/** Name of a cache, `pid 7`, `page records` ...; empty when there is no more to say. */
	readonly owner: string;
}

/** A stretch of frames that the page records do not tell about; `use` null for those that they do. */
interface Stretch {
	readonly start: number;
	readonly end: number;
	readonly use: FrameUse | null;
	readonly owner: string;
}

/** Owner of the run that holds the page records themselves. */
export const PAGE_RECORDS = "page records";
/** Owner of frames of which no record tells more than that nobody may have them. */
export const RESERVED = "reserved";

/** Every frame, neighbours with one use and owner joined. */
export function collectFrames(parts: KernelParts): FrameRun[] {
	const runs: FrameRun[] = [];
	eachBlock(parts, (start, count, use, owner) => {
		const last = runs.at(-1);
		if (last && last.use === use && last.owner === owner)
			runs[runs.length - 1] = { ...last, count: last.count + count };
		else runs.push({ start, count, use, owner });
	});
	return runs;
}

/** Visits every block of the page allocator, and every stretch that it knows nothing of, lowest first. */
export function eachBlock(
	parts: KernelParts,
	visit: (start: number, count: number, use: FrameUse, owner: string) => void,
): void {
	const walk = new BlockWalk(parts);
	for (const { start, end, use, owner } of stretches(parts)) {
		if (use !== null) visit(start, end - start, use, owner);
		else walk.each(start, end, visit);
	}
}

/** Reads the page records from block to block. */
class BlockWalk {
	private readonly stacks = new Map<number, number>(); // first frame of a kernel stack -> pid
	private readonly names = new Map<number, string>(); // slot -> name of the cache
	private readonly image: readonly Stretch[]; // what reserved frames are, where records come first (FR2)
	private readonly caches = new Map<PhysAddr, string>(); // of the tasks' design, by address
	private readonly designRoot: Pfn; // NIL for SLUB, which has none

	constructor(private readonly parts: KernelParts) {
		this.image = parts.record.holdsBack ? imageClaims(parts.machine.map) : [];
		const { tasks } = parts.running;
		for (let task = tasks.first(); task !== NO_TASK; task = tasks.next(task))
			if (tasks.stack(task) !== 0)
				this.stacks.set(pfnOf(tasks.stack(task)), tasks.pid(task));
		for (const cache of parts.mm.caches.all())
			this.names.set(cache.slot, cache.name);
		const { objects } = parts;
		this.designRoot = pfnOf(objects.rootAddress);
		if (this.designRoot !== NIL)
			for (const { address, name } of objects.caches())
				this.caches.set(address, name);
	}

	each(
		start: number,
		end: number,
		visit: (start: number, count: number, use: FrameUse, owner: string) => void,
	): void {
		const { pages } = this.parts.mm;
		for (let at = start; at < end; ) {
			const pfn = asPfn(at);
			const found = this.useOf(pfn);
			const [use, owner] = found ?? this.reservedAs(at);
			const count = found === null ? 1 : 2 ** pages.order(pfn);
			visit(at, count, use, owner);
			at += count;
		}
	}

	/** Whose a slab is that belongs to the tasks' design: a cache's, or the design's own heap or large blocks. */
	private designOwner(pfn: Pfn): string {
		const { pages } = this.parts.mm;
		const { objects } = this.parts;
		if (pages.cache(pfn) !== objects.rootAddress)
			return this.caches.get(pages.cache(pfn)) ?? "";
		const part = pages.private_(pfn) === LARGE ? "large" : "heap";
		return `${objects.name} ${part}`;
	}

	/** What the record of a block's first frame says; null for a reserved frame. */
	private useOf(pfn: Pfn): [use: FrameUse, owner: string] | null {
		const { pages } = this.parts.mm;
		const flags = pages.flags(pfn);
		if ((flags & PG_BUDDY) !== 0) return ["free", ""];
		if ((flags & PG_PCP) !== 0) return ["pcp", ""];
		if ((flags & PG_SLAB) !== 0)
			return ["slab", this.names.get(pages.slot(pfn)) ?? this.designOwner(pfn)];
		if (pfn === this.designRoot)
			return ["pages", `${this.parts.objects.name} records`];
		if (pages.refcount(pfn) <= 0) return null;
		if ((flags & PG_TABLE) !== 0) return ["table", ""];
		if ((flags & PG_ANON) !== 0) return ["user", `pid ${pages.private_(pfn)}`];
		if ((flags & PG_LARGE) !== 0) return ["pages", "kmalloc"];
		if ((flags & PG_STACK) !== 0)
			return ["pages", `stack of pid ${this.stacks.get(pfn) ?? 0}`];
		return ["pages", ""];
	}

	private reservedAs(frame: number): [use: FrameUse, owner: string] {
		const part = this.image.find(
			({ start, end }) => start <= frame && frame < end,
		);
		return [part?.use ?? "metadata", part?.owner ?? RESERVED];
	}
}

/** All frames, cut where what is known about them changes; the first of `claims` that holds a frame has it. */
function stretches(parts: KernelParts): Stretch[] {
	const last = parts.machine.memory.frameCount;
	const all = claims(parts);
	const cuts = new Set([0, last]);
	for (const { start, end } of all) {
		if (start < last) cuts.add(start);
		if (end < last) cuts.add(end);
	}
	const sorted = [...cuts].sort((a, b) => a - b);
	const found: Stretch[] = [];
	sorted.slice(0, -1).forEach((start, index) => {
		const owner = all.find((it) => it.start <= start && start < it.end);
		const use = owner ? owner.use : "hole";
		const end = sorted[index + 1] as number;
		const before = found.at(-1);
		if (before && before.use === use && before.owner === (owner?.owner ?? ""))
			found[found.length - 1] = { ...before, end };
		else found.push({ start, end, use, owner: owner?.owner ?? "" });
	});
	return found;
}

/** Who has which frames since boot, the stronger claim first. */
function claims(parts: KernelParts): Stretch[] {
	const { machine, memblock, record } = parts;
	const memory = memblock.memoryRanges();
	return [
		...(record.holdsBack ? [] : lateClaims(parts)),
		...lowClaims(machine.map),
		...recordClaims(parts),
		...(record.holdsBack ? [] : bootClaims(parts)), // FR2
		...memory.map(({ base, end }) => claim(base, end, null, "")),
		...firmwareClaims(machine.map),
	];
}

/** What boot gave back at its end, or will. */
function lateClaims({ record }: KernelParts): Stretch[] {
	const late = record.lateRanges.map(({ start, end }) =>
		record.isRunning
			? claim(roundUp(start), roundDown(end), null, "")
			: claim(start, end, "kernel", "until boot ends"),
	);
	return late.filter(({ start, end }) => start < end);
}

/** The image, and what boot took without entering it in a book. */
const bootClaims = ({ machine, memblock }: KernelParts): Stretch[] => [
	...imageClaims(machine.map),
	...memblock
		.reservedRanges()
		.map(({ base, end }) => claim(base, end, "table", "direct map")),
];

const roundUp = (address: number): number =>
	Math.ceil(address / PAGE_SIZE) * PAGE_SIZE;
const roundDown = (address: number): number =>
	Math.floor(address / PAGE_SIZE) * PAGE_SIZE;

/** The frames that bytes `start` to `end` touch. */
const claim = (
	start: number,
	end: number,
	use: FrameUse | null,
	owner: string,
): Stretch => ({
	start: Math.floor(start / PAGE_SIZE),
	end: Math.ceil(end / PAGE_SIZE),
	use,
	owner,
});

/** The first MiB: never given to anybody, whatever its ranges are. */
function lowClaims({ ranges }: MemoryMap): Stretch[] {
	const low = ranges
		.filter(({ start }) => start < MIB)
		.map(({ start, end }) => claim(start, Math.min(end, MIB), "firmware", ""));
	return [...low, claim(0, MIB, "hole", "")];
}

const firmwareClaims = ({ ranges }: MemoryMap): Stretch[] =>
	ranges
		.filter(({ type }) => type !== "usable")
		.map(({ start, end }) => claim(start, end, "firmware", ""));

const imageClaims = ({ image, imageStart, imageEnd }: MemoryMap): Stretch[] => [
	...(["code", "rodata", "data", "init", "bss"] as const).map((part) => {
		const { start, bytes } = image[part];
		return claim(start, start + bytes, "kernel", part);
	}),
	claim(imageStart, imageEnd, "kernel", "image"), // between its parts
];

/** What boot took for the kernel's books. */
function recordClaims({ machine, mm, record }: KernelParts): Stretch[] {
	const { globals } = mm;
	const cpus = machine.cpus.length;
	const { frameCount } = machine.memory;
	const book = (start: number, bytes: number, owner: string): Stretch =>
		claim(start, start + bytes, "metadata", owner);
	const records = frameCount - globals.gapFrames;
	const rings = cpus * ringBytes(globals.ringRecords);
	const books = [
		book(globals.memMap, records * PAGE_RECORD_BYTES, PAGE_RECORDS),
		book(globals.percpu, cpus * PERCPU_UNIT_BYTES, "per-CPU areas"),
		book(record.running, runningBytes(cpus, frameCount), "tasks and time"),
		book(globals.pgdat, PGDAT_BYTES, "zones"),
		book(globals.blocks, pageblockWords(frameCount) * 4, "pageblock types"),
	];
	if (globals.rings !== 0) books.push(book(globals.rings, rings, "recorder"));
	return books;
}
