// The score of geometry: everything that is decided before the first event, number by number.
//
//   caches   object size, slot, alignment, objects and pages of a slab      follow from what the cache was asked for
//            empty slabs kept, objects and slabs on the lists of a CPU      and from the machine's CPUs
//   zones    start, spanned, present, managed                               follow from the memory map
//            min, low, high, reserve against each other zone                follow from what is managed
//            high and batch of each CPU's lists
//
// A replay whose geometry differs compares two different machines: so the aim is that all numbers are equal.
//
// GS1: a recorded cache that is not here counts as one whose every number differs; a zone or CPU likewise.
// GS2: caches, zones and CPUs that only this kernel has are not compared: the recording does not tell of them.
// Zones manage what they should only when the start snapshot has been filled in: compare after that. Their marks, reserves
// and lists are those of the recording anyway, because the ground forces them (force-zones.ts): that they are equal shows that
// nothing changed them, not that the formulas are right. For the formulas there are tests over all recordings.

import type { SlabGeometry, SlabTuning } from "../../../mm/slab-geometry";
import type { ZoneInfo } from "../../proc/zoneinfo";
import { geometryDifferences, type RecordedCache } from "../snapshot/caches";
import { type Share, share } from "./pair";

const SHAPE_NUMBERS = ["objectSize", "size", "align", "order", "objectCount"];
const LIST_NUMBERS = ["minPartial", "cpuPartial", "cpuPartialSlabs"];
const ZONE_NUMBERS = [
	"spanned",
	"present",
	"managed",
	"min",
	"low",
	"high",
] as const;

/** What is compared. */
export interface GeometryInput {
	readonly caches: readonly RecordedCache[];
	readonly tuning: SlabTuning;
	/** The geometry of the cache here that has a recorded name; undefined when there is none. */
	readonly made: (name: string) => SlabGeometry | undefined;
	/** As the start snapshot has them; none when no text tells. */
	readonly recordedZones: readonly ZoneInfo[];
	readonly ourZones: readonly ZoneInfo[];
}

/** A number that is another here; `ours` null where there is no such thing at all (GS1). */
export interface GeometryDifference {
	/** `kmalloc-64`, `DMA32` or `DMA32, CPU 0`. */
	readonly subject: string;
	readonly what: string;
	readonly recorded: number;
	readonly ours: number | null;
}

/** Numbers of one kind. */
export interface GeometryPart {
	/** Caches, or zones. */
	readonly subjects: number;
	readonly numbers: number;
	readonly equal: number;
	readonly share: Share;
	readonly differences: readonly GeometryDifference[];
}

export interface GeometryScore {
	/** Object size, slot, alignment, order and objects of a slab. */
	readonly caches: GeometryPart;
	/** What caches keep on their lists. */
	readonly cacheLists: GeometryPart;
	/** Sizes, marks, reserves and per-CPU sizes. */
	readonly zones: GeometryPart;
}

/** Compares everything. */
export const geometryScore = (input: GeometryInput): GeometryScore => ({
	caches: cachePart(input, SHAPE_NUMBERS),
	cacheLists: cachePart(input, LIST_NUMBERS),
	zones: zonePart(input.recordedZones, input.ourZones),
});

function part(
	subjects: number,
	numbers: number,
	differences: readonly GeometryDifference[],
): GeometryPart {
	const equal = numbers - differences.length;
	return {
		subjects,
		numbers,
		equal,
		share: share(equal, numbers),
		differences,
	};
}

function cachePart(
	{ caches, tuning, made }: GeometryInput,
	names: readonly string[],
): GeometryPart {
	const differences = caches.flatMap((cache): GeometryDifference[] => {
		const ours = made(cache.name);
		if (!ours) return missing(cache, names);
		return geometryDifferences(cache, tuning, ours)
			.filter(({ what }) => names.includes(what))
			.map(({ name: subject, ...row }) => ({ subject, ...row }));
	});
	return part(caches.length, caches.length * names.length, differences);
}

/** Every number of a cache that is not here (GS1). */
const missing = (
	cache: RecordedCache,
	names: readonly string[],
): GeometryDifference[] =>
	names.map((what) => ({
		subject: cache.name,
		what,
		recorded: cache[what as keyof RecordedCache] as number,
		ours: null,
	}));

function zonePart(
	recorded: readonly ZoneInfo[],
	ours: readonly ZoneInfo[],
): GeometryPart {
	const rows = recorded.flatMap((zone) => zoneRows(zone, zoneLike(zone, ours)));
	const differences = rows.filter((row) => row.recorded !== row.ours);
	return part(recorded.length, rows.length, differences);
}

const zoneLike = (
	{ node, zone }: ZoneInfo,
	among: readonly ZoneInfo[],
): ZoneInfo | undefined =>
	among.find((other) => other.node === node && other.zone === zone);

function zoneRows(
	recorded: ZoneInfo,
	ours: ZoneInfo | undefined,
): GeometryDifference[] {
	const subject = recorded.zone;
	const first = (zone: ZoneInfo): number =>
		zone.present > 0 ? zone.startPfn : 0; // an empty zone tells no start
	const start = {
		subject,
		what: "start",
		recorded: first(recorded),
		ours: ours ? first(ours) : null,
	};
	const sizes = ZONE_NUMBERS.map((what) => ({
		subject,
		what,
		recorded: recorded[what],
		ours: ours?.[what] ?? null,
	}));
	const reserves = recorded.protection.map((pages, index) => ({
		subject,
		what: `reserve ${index}`,
		recorded: pages,
		ours: ours?.protection[index] ?? null,
	}));
	return [start, ...sizes, ...reserves, ...listRows(recorded, ours)];
}

/** High and batch of each CPU. */
const listRows = (
	recorded: ZoneInfo,
	ours: ZoneInfo | undefined,
): GeometryDifference[] =>
	recorded.pagesets.flatMap((set) => {
		const other = ours?.pagesets.find(({ cpu }) => cpu === set.cpu);
		return (["high", "batch"] as const).map((what) => ({
			subject: `${recorded.zone}, CPU ${set.cpu}`,
			what,
			recorded: set[what],
			ours: other?.[what] ?? null,
		}));
	});
