// A made-up replay for the tests of scores and of what draws them: two caches, two zones, two snapshots, some of it wrong.

import type { CacheLine } from "../../../../kernel/proc/slabinfo";
import type { ZoneInfo } from "../../../../kernel/proc/zoneinfo";
import type { Tallies } from "../../../../kernel/replay/score/causes";
import type { ScoreInput } from "../../../../kernel/replay/score/score";
import type { StateInput } from "../../../../kernel/replay/score/state";
import type { RecordedCache } from "../../../../kernel/replay/snapshot/caches";
import { parseKpageflags } from "../../../../kernel/replay/snapshot/kpageflags";
import { slabGeometry } from "../../../../mm/slab-geometry";

/** A line of slabinfo with 10 objects a slab, all of them active. */
export const cacheLine = (name: string, slabs: number): CacheLine => ({
	name,
	activeObjects: slabs * 10,
	objects: slabs * 10,
	objectSize: 400,
	objectsPerSlab: 10,
	pagesPerSlab: 1,
	tunables: [0, 0, 0],
	activeSlabs: slabs,
	slabs,
	sharedAvailable: 0,
});

/** A zone of zoneinfo. */
export const zoneInfo = (changes: Partial<ZoneInfo> = {}): ZoneInfo => ({
	node: 0,
	zone: "DMA32",
	nodeStats: null,
	free: 900,
	boost: 0,
	min: 10,
	low: 20,
	high: 30,
	spanned: 2000,
	present: 2000,
	managed: 1800,
	cma: 0,
	protection: [0, 0],
	stats: {},
	pagesets: [{ cpu: 0, count: 7, high: 60, batch: 15, statThreshold: 8 }],
	unreclaimable: false,
	startPfn: 4096,
	...changes,
});

/** A recorded cache whose numbers are those of the formulas for one CPU. */
export function recordedCache(name: string, objectSize: number): RecordedCache {
	const geometry = slabGeometry({ objectSize, align: 8 }, { cpuCount: 1 })!;
	return {
		...geometry,
		flags: 0,
		name,
		directory: name,
		hasConstructor: false,
		aliases: [],
		isComplete: true,
	};
}

export const tallies = (changes: Partial<Tallies> = {}): Tallies => ({
	untracedWindows: 0,
	pages: { unknownFrees: 0, lostRequests: 0, unknownStart: 0 },
	caches: {},
	...changes,
});

/** Free blocks of orders 0 to 2. */
export const buddy = (zone: string, ...counts: number[]) => ({
	node: 0,
	zone,
	counts,
});

/** A snapshot whose free blocks are these, there and here. */
export const stateInput = (
	snapshot: string,
	recorded: readonly number[],
	ours: readonly number[],
	known = tallies(),
): StateInput => ({
	snapshot,
	recorded: {
		buddyinfo: [buddy("DMA32", ...recorded)],
		zoneinfo: [zoneInfo()],
		flags: parseKpageflags("1000 10 400\n100a 6 80\n1010 4 100000000\n"),
	},
	ours: {
		buddyinfo: [buddy("DMA32", ...ours)],
		zoneinfo: [zoneInfo()],
		frames: [
			{ start: 0, count: 0x1000, use: "hole", owner: "" },
			{ start: 0x1000, count: 9, use: "free", owner: "" },
			{ start: 0x1009, count: 7, use: "slab", owner: "dentry" },
			{ start: 0x1010, count: 4, use: "kernel", owner: "code" },
		],
	},
	tallies: known,
});

/** A whole replay; changes replace whole parts. */
export function sampleInput(changes: Partial<ScoreInput> = {}): ScoreInput {
	const caches = [recordedCache("dentry", 192), recordedCache("inode", 640)];
	const known = tallies({
		caches: { dentry: { unknownFrees: 1, lostRequests: 0, unknownStart: 1 } },
	});
	return {
		recording: "sample-256m",
		events: 12_345,
		geometry: {
			caches,
			tuning: { cpuCount: 1 },
			made: (name) => caches.find((cache) => cache.name === name) as never,
			recordedZones: [zoneInfo()],
			ourZones: [zoneInfo()],
		},
		slabs: [
			traffic("dentry", 0, 100, 103, 10, 10),
			traffic("inode", 1, 50, 50, 5, 5),
			traffic("idle", 0, 0, 0, 0, 0),
		],
		slabinfo: [
			{
				snapshot: "a",
				recorded: [cacheLine("dentry", 20), cacheLine("inode", 10)],
				ours: [cacheLine("dentry", 20), cacheLine("inode", 10)],
				tallies: tallies(),
			},
			{
				snapshot: "c",
				recorded: [cacheLine("dentry", 110), cacheLine("inode", 55)],
				ours: [cacheLine("dentry", 113), cacheLine("inode", 55)],
				tallies: known,
			},
		],
		allocations: [
			allocation(0, 0, "Movable", 100, 100),
			allocation(0, 1, "Unmovable", 20, 20),
			allocation(1, 0, "Movable", 80, 72),
		],
		lists: [{ event: "refill", recorded: 300, ours: 300, equal: 290 }],
		states: [
			stateInput("a", [4, 3, 20], [4, 3, 20]),
			stateInput("c", [6, 3, 40], [5, 3, 36], known),
		],
		tallies: known,
		...changes,
	};
}

export const traffic = (
	cache: string,
	order: number,
	recordedNew: number,
	ourNew: number,
	recordedFreed: number,
	ourFreed: number,
) => ({ cache, order, recordedNew, ourNew, recordedFreed, ourFreed });

export const allocation = (
	slice: number,
	order: number,
	type: string,
	count: number,
	same: number,
) => ({ slice, order, type, count, same });
