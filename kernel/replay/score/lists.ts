// The score of lists: how pages moved between the zones and the lists of the CPUs, and between migratetypes.
//
//   refill     a CPU's list was empty: a page moved from its zone to it        mm_page_alloc_zone_locked
//   drain      a CPU's list was too long: a page moved from it to its zone     mm_page_pcpu_drain
//   fallback   a type had nothing left: a block moved from another type        mm_page_alloc_extfrag
//
// Events are compared in their order: the n-th here with the n-th there. They are equal if all that was recorded of them
// is: frame, order, migratetype, and of a fallback both types, both orders and whether the whole pageblock changed.
//
// LI1: equal <= min(recorded, ours); the share is that of the larger of the two counts, so that events too many count too.

import { type Share, share } from "./pair";

/** The kinds, in the order in which they are shown. */
export const LIST_EVENTS = ["refill", "drain", "fallback"] as const;
export type ListEvent = (typeof LIST_EVENTS)[number];

/** Events of one kind. */
export interface ListCount {
	readonly event: ListEvent;
	readonly recorded: number;
	readonly ours: number;
	/** Pairs of events that are equal in every field. */
	readonly equal: number;
}

export interface ListRow extends ListCount {
	readonly share: Share;
}

/** One row for each kind, also for those of which there are none. */
export const listsScore = (counts: readonly ListCount[]): ListRow[] =>
	LIST_EVENTS.map((event) => {
		const rows = counts.filter((row) => row.event === event);
		const sum = (what: "recorded" | "ours" | "equal"): number =>
			rows.reduce((total, row) => total + row[what], 0);
		const [recorded, ours] = [sum("recorded"), sum("ours")];
		const equal = sum("equal");
		const larger = Math.max(recorded, ours);
		return { event, recorded, ours, equal, share: share(equal, larger) };
	});
