// What a comparison leaves behind, as plain data, and the figures by which variants are compared.
//
//   Comparison   input, interval, one VariantReport for each policy         the shape of `flagstone compare --json`
//   Figure       what is looked at, in which unit, and which way is better  one row of the table
//
// CM1: a comparison holds only plain values, so JSON.parse(JSON.stringify(it)) equals it.
// CM2: all variants have samples at the same steps, as far as they ran; the last sample is the end of the run.

import {
	type Measures,
	type Sample,
	usedPages,
	wasteBytes,
} from "../../kernel";
import { counted } from "./text";

export type { Measures, Sample };

/** What one policy made of the input. */
export interface VariantReport {
	/** The policy as it was written; "default" for none. */
	readonly policy: string;
	readonly memoryBytes: number;
	readonly cpus: number;
	readonly seed: number;
	readonly commandLine: string;
	/** Steps of the run. */
	readonly steps: number;
	readonly samples: readonly Sample[];
	/** Expectations of the input, and how many of them held. An input expects what is true of its own machine. */
	readonly expectations: { readonly held: number; readonly total: number };
	/** Sentences of the auditors; empty on a sound machine. */
	readonly damage: readonly string[];
	/** Text of the kernel panic that ended the run, or null. */
	readonly panic: string | null;
}

/** What a run goes on by: scenarios by ticks of the timer, recordings by their events. */
export interface Step {
	readonly word: "tick" | "event";
	/** Simulated time of each; null where steps are no time. */
	readonly nanoseconds: number | null;
}

/** The same input under several policies. */
export interface Comparison {
	readonly input: { readonly name: string; readonly title: string };
	readonly step: Step;
	/** Steps between two samples. */
	readonly everySteps: number;
	readonly variants: readonly VariantReport[];
}

/** An interval in words, to be read after "every": tick, 4 ticks, 404 events. */
export const intervalText = ({ step, everySteps }: Comparison): string =>
	everySteps === 1 ? step.word : counted(everySteps, step.word);

/** Whether every variant ran to its end on a sound machine. */
export function ranSoundly({ variants }: Comparison): boolean {
	return variants.every(
		({ panic, damage }) => panic === null && damage.length === 0,
	);
}

/** How a figure's numbers are read. */
export type FigureUnit = "bytes" | "count" | "perMille" | "nanoseconds";

/** One thing that is compared. */
export interface Figure {
	/** Its name in machine-readable places. */
	readonly key: string;
	readonly words: string;
	readonly unit: FigureUnit;
	/** Which way is better; null where neither is. */
	readonly better: "less" | "more" | null;
	/** Null where the variant has no such number. */
	readonly value: (variant: VariantReport) => number | null;
}

/** Figures of one kind, under one heading. */
export interface FigureGroup {
	readonly title: string;
	readonly figures: readonly Figure[];
}

const PAGE_BYTES = 4096;
type Look = (measures: Measures) => number;

const usedBytes: Look = (m) => usedPages(m) * PAGE_BYTES;
const slabBytes: Look = (m) => m.slabPages * PAGE_BYTES;
const largestBytes: Look = (m) => m.largestFreePages * PAGE_BYTES;

const last = ({ samples }: VariantReport): Measures | null =>
	samples.at(-1)?.measures ?? null;

function atEnd(look: Look): Figure["value"] {
	return (variant) => {
		const measures = last(variant);
		return measures && look(measures);
	};
}

function extreme(look: Look, of: (...values: number[]) => number) {
	return ({ samples }: VariantReport): number | null =>
		samples.length === 0
			? null
			: of(...samples.map(({ measures }) => look(measures)));
}

const atMost = (look: Look): Figure["value"] => extreme(look, Math.max);
const atLeast = (look: Look): Figure["value"] => extreme(look, Math.min);

/** What a measure is at the moment when most of the slabs was wasted. */
function atWorst(look: Look): Figure["value"] {
	return ({ samples }) => {
		let worst: Measures | null = null;
		for (const { measures } of samples)
			if (worst === null || wasteBytes(measures) > wasteBytes(worst))
				worst = measures;
		return worst && look(worst);
	};
}

const figure = (
	key: string,
	words: string,
	unit: FigureUnit,
	better: Figure["better"],
	value: Figure["value"],
): Figure => ({ key, words, unit, better, value });

/** Everything that is compared, in the order in which it is shown. */
export const FIGURE_GROUPS: readonly FigureGroup[] = [
	{
		title: "Memory",
		figures: [
			figure("used_most", "used, at most", "bytes", "less", atMost(usedBytes)),
			figure("used_end", "used, in the end", "bytes", "less", atEnd(usedBytes)),
			figure(
				"user_most",
				"of tasks, at most",
				"bytes",
				null,
				atMost((m) => m.userPages * PAGE_BYTES),
			),
			figure(
				"pcp_most",
				"per-CPU lists, at most",
				"bytes",
				null,
				atMost((m) => m.pcpPages * PAGE_BYTES),
			),
			figure(
				"metadata",
				"page records, tables",
				"bytes",
				"less",
				atMost((m) => m.pageRecordBytes + m.pageTableBytes),
			),
			figure(
				"failed",
				"failed requests",
				"count",
				"less",
				atEnd((m) => m.failedAllocations),
			),
		],
	},
	{
		title: "Slabs",
		figures: [
			figure("slab_most", "slabs, at most", "bytes", "less", atMost(slabBytes)),
			figure(
				"slab_end",
				"slabs, in the end",
				"bytes",
				"less",
				atEnd(slabBytes),
			),
			figure(
				"waste_most",
				"waste, at most",
				"bytes",
				"less",
				atMost(wasteBytes),
			),
			figure(
				"waste_free",
				"  free objects",
				"bytes",
				"less",
				atWorst((m) => m.freeObjectBytes),
			),
			figure(
				"waste_rounding",
				"  sizes rounded up",
				"bytes",
				"less",
				atWorst((m) => m.roundingBytes),
			),
			figure(
				"waste_overhead",
				"  headers, padding",
				"bytes",
				"less",
				atWorst((m) => m.overheadBytes),
			),
			figure(
				"slab_records",
				"records of caches",
				"bytes",
				"less",
				atMost((m) => m.slabRecordBytes),
			),
			figure(
				"slabs_made",
				"slabs made",
				"count",
				"less",
				atEnd((m) => m.slabsMade),
			),
			figure(
				"slabs_discarded",
				"slabs given back",
				"count",
				null,
				atEnd((m) => m.slabsDiscarded),
			),
		],
	},
	{
		title: "Fragmentation",
		figures: [
			figure(
				"largest_least",
				"largest block, at least",
				"bytes",
				"more",
				atLeast(largestBytes),
			),
			figure(
				"largest_end",
				"largest block, in the end",
				"bytes",
				"more",
				atEnd(largestBytes),
			),
			figure(
				"unusable_most",
				"useless for 2 MiB, at most",
				"perMille",
				"less",
				atMost((m) => m.unusablePerMille),
			),
			figure(
				"unusable_end",
				"useless for 2 MiB, in the end",
				"perMille",
				"less",
				atEnd((m) => m.unusablePerMille),
			),
			figure(
				"free_blocks_end",
				"free blocks, in the end",
				"count",
				"less",
				atEnd((m) => m.freeBlocks),
			),
		],
	},
	{
		title: "Work",
		figures: [
			figure(
				"splits",
				"blocks split",
				"count",
				"less",
				atEnd((m) => m.splits),
			),
			figure(
				"merges",
				"blocks merged",
				"count",
				"less",
				atEnd((m) => m.merges),
			),
			figure(
				"fallbacks",
				"taken from other types",
				"count",
				"less",
				atEnd((m) => m.fallbacks),
			),
			figure(
				"busy",
				"CPU time",
				"nanoseconds",
				"less",
				atEnd((m) => m.busyCycles),
			),
		],
	},
];

/** What the picture and the sparklines show over time, in bytes. */
export interface Curve {
	readonly key: string;
	readonly title: string;
	/** Sizes of blocks are powers of two, and are drawn so. */
	readonly scale: "linear" | "logarithmic";
	readonly look: Look;
}

export const CURVES: readonly Curve[] = [
	{ key: "used", title: "Memory used", scale: "linear", look: usedBytes },
	{ key: "slabs", title: "Slabs", scale: "linear", look: slabBytes },
	{
		key: "waste",
		title: "Waste in slabs",
		scale: "linear",
		look: wasteBytes,
	},
	{
		key: "largest",
		title: "Largest free block",
		scale: "logarithmic",
		look: largestBytes,
	},
];
