// Zones of a recorded kernel, as the first pass needs them: where they lie and when they refuse.
//
//   zoneinfo   zone DMA32: start_pfn 4096, spanned 61408, low 741, protection (0 0 0 0 0), pagesets high 515 batch 15
//   here       lowest first, only those that manage pages; a frame belongs to the last zone that begins at or before it
//
// RZ1: cells number the pairs of CPU and zone, four a CPU.

import { ZONE_NAMES, ZONE_NORMAL } from "../../../mm/zone";
import type { ZoneInfo } from "../../proc/zoneinfo";

const CELLS_SHIFT = 2; // at most four zones have pages

/** One zone. */
export interface RecordedZone {
	/** Place in the order DMA, DMA32, Normal, Movable. */
	readonly index: number;
	readonly start: number;
	readonly end: number;
	readonly info: ZoneInfo;
}

/** The zones that have pages. */
export class RecordedZones {
	readonly all: readonly RecordedZone[];
	/** Frames from 0 to the end of the last zone. */
	readonly frames: number;
	readonly cpus: number;

	constructor(zones: readonly ZoneInfo[]) {
		this.all = zones
			.filter(({ managed, node }) => managed > 0 && node === 0)
			.map((info) => ({
				index: (ZONE_NAMES as readonly string[]).indexOf(info.zone),
				start: info.startPfn,
				end: info.startPfn + info.spanned,
				info,
			}));
		this.frames = Math.max(0, ...this.all.map(({ end }) => end));
		this.cpus = Math.max(
			1,
			...this.all.map(({ info }) => info.pagesets.length),
		);
	}

	get count(): number {
		return this.all.length;
	}
	/** Number of the highest zone. */
	get top(): number {
		return this.all.length - 1;
	}

	/** Number of the zone that holds a frame. */
	of(pfn: number): number {
		for (let zone = this.all.length - 1; zone > 0; zone--)
			if (pfn >= this.at(zone).start) return zone;
		return 0;
	}

	at(zone: number): RecordedZone {
		return this.all[zone] as RecordedZone;
	}

	/** Pages of a zone that requests for the Normal zone must leave. */
	protection(zone: number): number {
		return this.at(zone).info.protection[ZONE_NORMAL] ?? 0;
	}

	/** Number of a CPU's share of a zone (RZ1). */
	cell(cpu: number, zone: number): number {
		return (cpu << CELLS_SHIFT) | zone;
	}
	cpuOf(cell: number): number {
		return cell >> CELLS_SHIFT;
	}
	zoneOf(cell: number): number {
		return cell & 3;
	}
}
