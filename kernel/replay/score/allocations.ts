// The score of page allocations: how many got exactly the recorded frame.
//
//   slice        0     1     2     3   ...      the replay cut into pieces of as many allocations each
//   same frame  100 %  99 %  99 %  97 %
//
// Every frame taken depends on the whole order of all free lists, so one difference moves all that follow: the share falls
// with time, and how it falls tells more than the share itself. A replay that puts a wrong frame right afterwards (takes the
// recorded one instead) says so in its own counts; here is only what the allocator answered.
//
// AL1: sums over slices, over orders and over migratetypes are the same numbers.

import { type Share, share } from "./pair";

/** Allocations of one order and migratetype in one slice. */
export interface AllocationCount {
	readonly slice: number;
	readonly order: number;
	/** Name of the migratetype. */
	readonly type: string;
	readonly count: number;
	/** Those that got the recorded frame. */
	readonly same: number;
}

export interface SameShare {
	readonly count: number;
	readonly same: number;
	readonly share: Share;
}

export interface AllocationsScore extends SameShare {
	/** Lowest order first. */
	readonly orders: readonly (SameShare & { readonly order: number })[];
	/** The most frequent type first. */
	readonly types: readonly (SameShare & { readonly type: string })[];
	/** The earliest first. */
	readonly slices: readonly (SameShare & { readonly slice: number })[];
}

/** Judges all allocations. */
export function allocationsScore(
	counts: readonly AllocationCount[],
): AllocationsScore {
	return {
		...together(counts),
		orders: by(counts, ({ order }) => order)
			.map(([order, rows]) => ({ order, ...together(rows) }))
			.sort((one, other) => one.order - other.order),
		types: by(counts, ({ type }) => type)
			.map(([type, rows]) => ({ type, ...together(rows) }))
			.sort((one, other) => other.count - one.count),
		slices: by(counts, ({ slice }) => slice)
			.map(([slice, rows]) => ({ slice, ...together(rows) }))
			.sort((one, other) => one.slice - other.slice),
	};
}

function together(rows: readonly AllocationCount[]): SameShare {
	const count = rows.reduce((sum, row) => sum + row.count, 0);
	const same = rows.reduce((sum, row) => sum + row.same, 0);
	return { count, same, share: share(same, count) };
}

/** The rows by what `keyOf` says of them; keys without an allocation are left out. */
function by<Key>(
	rows: readonly AllocationCount[],
	keyOf: (row: AllocationCount) => Key,
): [Key, AllocationCount[]][] {
	const groups = new Map<Key, AllocationCount[]>();
	for (const row of rows) {
		if (row.count === 0) continue;
		const found = groups.get(keyOf(row));
		if (found) found.push(row);
		else groups.set(keyOf(row), [row]);
	}
	return [...groups];
}
