// /proc/buddyinfo: how many free blocks of each order every zone has.
//
//   Node 0, zone      DMA      0      0      0      0      0      1      1      1      0      1      3 _
//                              order 0                       ...                              order 10  (a blank ends the line)
//
// BI1: only zones that have frames are listed, in the order of their addresses.
// BI2: blocks of all migratetypes are counted together; pages on per-CPU lists are in no free list and not counted.
// [mm/vmstat.c frag_show_print]

import { joinLines, right, row } from "./pad";
import { numbersOf, Scanner } from "./scan";

/** The free blocks of one zone. */
export interface FreeBlocks {
	readonly node: number;
	/** DMA, DMA32, Normal, Movable or Device. */
	readonly zone: string;
	/** Free blocks by order, order 0 first. */
	readonly counts: readonly number[];
}

const LINE = /^Node (\d+), zone +(\w+) ((?: *\d+ )+)$/;

/** The text of /proc/buddyinfo. */
export function formatBuddyinfo(zones: readonly FreeBlocks[]): string {
	return joinLines(
		zones.map(
			({ node, zone, counts }) =>
				`Node ${node}, zone ${right(zone, 8)} ${row(counts, 6)}`,
		),
	);
}

/** What a /proc/buddyinfo text says. Throws an Error naming the line that is none. */
export function parseBuddyinfo(text: string): FreeBlocks[] {
	const scanner = new Scanner("buddyinfo", text);
	return scanner.rest(() => {
		const [node, zone, counts] = scanner.take(
			LINE,
			"`Node N, zone NAME` and the counts",
		) as [string, string, string];
		return { node: Number(node), zone, counts: numbersOf(counts) };
	});
}
