// Recorded zones: what the zones of a recorded kernel have and keep, compared with the zones here and forced upon them.
//
//   zoneinfo   spanned  present                 follow from the memory map: must be equal
//              managed                          each kernel keeps other books: differs
//              min low high boost protection    follow from managed
//              high batch (pagesets)            follow from managed, low and the CPUs
//
// A replay wants zones that behave as the recorded ones: refuse, wake reclaim and drain the lists of the CPUs at the same
// counts. So it sets the numbers that follow from the managed pages, and leaves the pages themselves as they are.
//
// FZ1: after forcing, marks, protection, high and batch are the recorded ones, CPU by CPU.

import type { MemoryManager } from "../../../mm/memory-manager";
import {
	WMARK_HIGH,
	WMARK_LOW,
	WMARK_MIN,
	WMARK_PROMO,
	ZONE_COUNT,
	ZONE_NAMES,
	type Zone,
} from "../../../mm/zone";
import type { ZoneInfo } from "../../proc/zoneinfo";

const COMPARED = ["start", "spanned", "present", "managed"] as const;

/** A size of a zone that is another here; pages. */
export interface ZoneDifference {
	readonly zone: string;
	readonly what: (typeof COMPARED)[number];
	readonly recorded: number;
	readonly ours: number;
}

/** What is forced. */
export interface ForcedZones {
	/** The zones of node 0. */
	readonly zones: readonly ZoneInfo[];
	/** vm.min_free_kbytes; null leaves it. */
	readonly minFreeKbytes: number | null;
	/** Says that the zones manage as many pages as there; their free pages stay what they are. Default false. */
	readonly managed?: boolean;
}

/** Where the sizes of the zones differ from the recorded ones. */
export function zoneDifferences(
	zones: readonly Zone[],
	recorded: readonly ZoneInfo[],
): ZoneDifference[] {
	return recorded.flatMap((info) => {
		const zone = zones[indexOf(info)];
		if (info.node !== 0 || !zone) return [];
		const theirs = { ...info, start: info.startPfn };
		return COMPARED.map((what) => ({
			zone: info.zone,
			what,
			recorded: theirs[what],
			ours: what === "start" && zone.present === 0 ? 0 : zone[what],
		})).filter((row) => row.recorded !== row.ours);
	});
}

/** Gives the zones the recorded marks and reserves, and the per-CPU lists the recorded sizes. */
export function forceZones(mm: MemoryManager, forced: ForcedZones): void {
	const { minFreeKbytes } = forced;
	if (minFreeKbytes !== null) mm.globals.setMinFreeKbytes(minFreeKbytes);
	for (const info of forced.zones) {
		const zone = mm.zones[indexOf(info)];
		if (info.node !== 0 || !zone) continue;
		forceZone(zone, info, forced.managed === true);
	}
	for (const { zone, pcp } of mm.allocator.zones) {
		const info = forced.zones.find((it) => indexOf(it) === zone.index);
		const set = info?.pagesets[0]; // a zone's numbers are those of all its CPUs
		if (set) pcp.configure(set.high, set.batch);
	}
}

function forceZone(zone: Zone, info: ZoneInfo, managed: boolean): void {
	if (managed) zone.setManaged(info.managed);
	zone.setBoost(info.boost);
	zone.setWatermark(WMARK_MIN, info.min - info.boost);
	zone.setWatermark(WMARK_LOW, info.low - info.boost);
	zone.setWatermark(WMARK_HIGH, info.high - info.boost);
	zone.setWatermark(WMARK_PROMO, 2 * info.high - info.low - info.boost);
	info.protection.slice(0, ZONE_COUNT).forEach((frames, highest) => {
		zone.setLowmemReserve(highest, frames);
	});
}

const indexOf = ({ zone }: ZoneInfo): number =>
	(ZONE_NAMES as readonly string[]).indexOf(zone);
