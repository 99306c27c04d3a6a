// Free lists at a moment: every list with its blocks in order, as an allocation would meet them.
//
//   DMA32  order 0  Unmovable   4711 4712 9000            the head is on the left
//   CPU 1, DMA32  order 0  Movable   ...                   blocks that wait with a CPU
//
// LQ1: lists without blocks are left out.

import { MIGRATE_TYPES, MIGRATETYPE_NAMES } from "../../../mm/pageblock";
import { MAX_ORDER } from "../../../mm/zone";
import type { Fold } from "../fold/fold";

const PCP_LISTS = 14; // of a CPU in a zone (fold/frames.ts)
const PCP_TYPES = 3;
const HUGE_LIST = 12;
const HUGE_ORDER = 9;

/** One list that is not empty. */
export interface FreeList {
	readonly zone: string;
	/** CPU whose list it is; null for one of the zone. */
	readonly cpu: number | null;
	readonly order: number;
	readonly type: string;
	/** First frames of its blocks, the head of the list first. */
	readonly blocks: readonly number[];
}

/** Lists of zones first, then those of CPUs; each by zone, order, type. */
export function freelistsAt({ frames }: Fold): FreeList[] {
	const { lists, zones, cpus } = frames;
	const found: FreeList[] = [];
	const add = (list: number, rest: Omit<FreeList, "blocks">): void => {
		if (lists.count(list) > 0)
			found.push({ ...rest, blocks: lists.members(list) });
	};
	zones.forEach(({ name }, zone) => {
		for (let order = 0; order < MAX_ORDER; order++)
			for (let type = 0; type < MIGRATE_TYPES; type++)
				add(frames.freeList(zone, order, type), {
					zone: name,
					cpu: null,
					order,
					type: MIGRATETYPE_NAMES[type] as string,
				});
	});
	for (let cpu = 0; cpu < cpus; cpu++)
		zones.forEach(({ name }, zone) => {
			for (let index = 0; index < PCP_LISTS; index++)
				add(frames.cpuList(cpu, zone, index), {
					zone: name,
					cpu,
					...pcpKind(index),
				});
		});
	return found;
}

/** Order and type of a CPU's list; of the two of huge pages the first holds all types but Movable. */
function pcpKind(index: number): { order: number; type: string } {
	const isHuge = index >= HUGE_LIST;
	const order = isHuge ? HUGE_ORDER : Math.floor(index / PCP_TYPES);
	const type = isHuge ? index - HUGE_LIST : index % PCP_TYPES;
	return { order, type: MIGRATETYPE_NAMES[type] as string };
}
