// A report of a made-up machine of 64 MiB for the tests of what draws reports.

import type {
	Comparison,
	Measures,
	VariantReport,
} from "../../../scripts/report/comparison";
import type { ReplayReport } from "../../../scripts/report/replay";
import type {
	BootReport,
	FrameRun,
	FrameUse,
} from "../../../scripts/report/report";

const FRAME_COUNT = 16384;

/** Consecutive runs from frame 0 on. */
export function runs(
	...parts: readonly (readonly [count: number, use: FrameUse])[]
): FrameRun[] {
	let start = 0;
	return parts.map(([count, use]) => {
		const run = { start, count, use, owner: "" };
		start += count;
		return run;
	});
}

/** A fresh sample; overrides replace whole parts. */
export function sampleReport(overrides: Partial<BootReport> = {}): BootReport {
	return {
		scenario: { name: "sample", title: "a machine that never was" },
		machine: {
			memoryBytes: FRAME_COUNT * 4096,
			frameCount: FRAME_COUNT,
			cpus: 2,
			seed: 7,
			ticks: 250,
			nanoseconds: 1_000_000_000,
			commandLine: "",
		},
		log: ["[    0.000000] Linux version 6.1.0"],
		frames: runs(
			[1, "firmware"],
			[158, "free"],
			[97, "hole"],
			[3840, "free"],
			[1500, "kernel"],
			[100, "slab"],
			[60, "user"],
			[5, "table"],
			[30, "slab"],
			[9000, "free"],
			[40, "pcp"],
			[400, "slab"],
			[900, "pages"],
			[253, "metadata"],
		),
		zones: [
			{
				name: "DMA",
				startFrame: 1,
				managedPages: 3998,
				freePages: 3998,
				freeByOrder: [0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 3],
			},
			{
				name: "DMA32",
				startFrame: 4096,
				managedPages: 10535,
				freePages: 9000,
				freeByOrder: [12, 30, 7, 4, 1, 2, 0, 1, 1, 2, 7],
			},
		],
		caches: [
			{
				name: "kmalloc-64",
				objectBytes: 64,
				slotBytes: 64,
				activeObjects: 1200,
				totalObjects: 1280,
				slabs: 20,
				pages: 20,
				slabsMade: 51234,
				wasteBytes: 5120,
			},
			{
				name: "task_struct",
				objectBytes: 9600,
				slotBytes: 9600,
				activeObjects: 5,
				totalObjects: 15,
				slabs: 5,
				pages: 40,
				slabsMade: 6,
				wasteBytes: 115840,
			},
			{
				name: "idle",
				objectBytes: 32,
				slotBytes: 32,
				activeObjects: 0,
				totalObjects: 0,
				slabs: 0,
				pages: 0,
				slabsMade: 0,
				wasteBytes: 0,
			},
		],
		tasks: [
			{
				pid: 1,
				name: "init",
				state: "sleeping",
				exitCode: null,
				nanoseconds: 12_000_000,
				residentPages: 60,
			},
			{
				pid: 2,
				name: "worker",
				state: "dead",
				exitCode: 3,
				nanoseconds: 4_200_000,
				residentPages: 0,
			},
		],
		counters: { pgalloc_dma32: 61234, pgfree: 58001, pgfault: 0, odd: 5 },
		expectations: [
			{ text: "no leaks", held: true, detail: "" },
			{
				text: "slabinfo kmalloc-64 active_objs is 1000",
				held: false,
				detail: "it is 1200",
			},
		],
		damage: [],
		panic: null,
		proc: {},
		...overrides,
	};
}

/** Measures of the same machine, of which `used` pages are in use, `slabs` of them in slabs. */
export function sampleMeasures(used: number, slabs: number): Measures {
	return {
		managedPages: 14533,
		freePages: 14533 - used,
		pcpPages: 0,
		slabPages: slabs,
		tablePages: 5,
		userPages: 60,
		otherPages: used - slabs - 65,
		askedBytes: slabs * 4000,
		roundingBytes: slabs * 16,
		freeObjectBytes: slabs * 70,
		overheadBytes: slabs * 10,
		freeBlocks: 70,
		largestFreePages: 1024,
		unusablePerMille: 212,
		pageRecordBytes: FRAME_COUNT * 64,
		pageTableBytes: 40960,
		slabRecordBytes: 16384,
		slabsMade: 3 * slabs,
		slabsDiscarded: slabs,
		splits: 1000,
		merges: 900,
		fallbacks: 4,
		busyCycles: 2_500_000,
		failedAllocations: 0,
	};
}

/** A variant of three samples that begin at `used` pages. */
export function sampleVariant(
	policy: string,
	used: number,
	overrides: Partial<VariantReport> = {},
): VariantReport {
	return {
		policy,
		memoryBytes: FRAME_COUNT * 4096,
		cpus: 2,
		seed: 7,
		commandLine: "",
		steps: 20,
		samples: [0, 10, 20].map((step) => ({
			step,
			measures: sampleMeasures(used + 100 * step, used / 2 + step),
		})),
		expectations: { held: 3, total: 4 },
		damage: [],
		panic: null,
		...overrides,
	};
}

/** A comparison of variants; two that differ unless others are given. */
export function sampleComparison(
	variants: readonly VariantReport[] = [
		sampleVariant("default", 1000),
		sampleVariant("objects=slob pcp=off", 900),
	],
): Comparison {
	return {
		input: { name: "sample", title: "a machine that never was" },
		step: { word: "tick", nanoseconds: 4_000_000 },
		everySteps: 10,
		variants,
	};
}

/** A replay of 100 events, as it would leave the sample behind. */
export function sampleReplay(
	overrides: Partial<ReplayReport> = {},
): ReplayReport {
	return {
		...sampleReport(),
		reading: {
			files: ["trace.txt"],
			format: "ftrace",
			lines: 112,
			bytes: 12_000,
			events: { KMALLOC: 60, KFREE: 40 },
			others: [["sched_switch", 7]],
			damaged: 1,
			complaints: [{ line: 9, text: "has no time" }],
			lost: 0,
			outOfOrder: 0,
			hashedPointers: false,
		},
		requests: {
			from: null,
			played: 100,
			objects: {
				allocated: 60,
				freed: 38,
				left: 22,
				failed: 0,
				unknownFrees: 2,
				unseenFrees: 0,
				large: 0,
				nulls: 0,
			},
			pages: {
				requests: 5,
				failed: 0,
				freedOfStart: 0,
				unknownFrees: 0,
				inferred: 0,
			},
			heap: {
				allocated: 0,
				freed: 0,
				resized: 0,
				nulls: 0,
				unknownFrees: 0,
				tooLarge: 0,
				failed: 0,
				bytesMost: 0,
			},
			unknownByCache: [{ name: "kmalloc-64", count: 2 }],
			leftBySite: [{ name: "load_elf_binary+0x1e", count: 22 }],
		},
		lacks: [],
		score: null,
		...overrides,
	};
}
