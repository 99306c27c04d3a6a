// Leaks: what was allocated between two moments and is still there at the second, by call site.
//
//   A ----- alloc x ----- alloc y ----- free x ----- alloc z ----- B          y and z are told
//
// Not all of it is leaked: it is what a leak would be among. A call site whose count grows with the distance of the
// moments is one.
//
// LK1: an allocation is told once, with the call site that made it.
// LK2: sites are ordered by their bytes, largest first; examples of a site by their events, oldest first.

import type { Trace } from "../trace";
import { type Entry, type Kind, Ledger, storeName } from "./ledger";
import { siteText } from "./phrases";

/** Addresses that are told of each site. */
export const EXAMPLES_MAX = 5;

/** One allocation of a site. */
export interface LeakExample {
	readonly address: number;
	readonly event: number;
	/** Bytes asked for. */
	readonly bytes: number;
	/** Cache, or what the pages are. */
	readonly store: string;
	readonly pid: number;
	readonly task: string;
}

/** Allocations of one size in one store. */
export interface LeakSize {
	readonly store: string;
	readonly kind: Kind;
	/** Bytes that each takes. */
	readonly size: number;
	readonly count: number;
}

/** What one call site left. */
export interface LeakSite {
	readonly context: number;
	readonly name: string;
	readonly path: readonly string[];
	readonly count: number;
	/** Bytes taken, and those asked for. */
	readonly bytes: number;
	readonly asked: number;
	/** Events of the oldest and the newest one. */
	readonly first: number;
	readonly last: number;
	/** Most bytes first. */
	readonly sizes: readonly LeakSize[];
	readonly examples: readonly LeakExample[];
}

export interface Leaks {
	readonly from: number;
	readonly to: number;
	readonly count: number;
	readonly bytes: number;
	readonly sites: readonly LeakSite[];
}

/** What was allocated behind moment `from` and is there at moment `to`. Throws an Error when `to` is before `from`. */
export function leaks(trace: Trace, from: number, to: number): Leaks {
	if (to < from)
		throw new Error(
			`leaks are looked for between two moments: event ${to} is before event ${from}`,
		);
	const end = Math.min(to, trace.events - 1);
	const ledger = new Ledger(trace, from).run(end);
	const bySite = new Map<number, Entry[]>();
	for (const entry of ledger.open.values()) {
		const known = bySite.get(entry.context);
		if (known === undefined) bySite.set(entry.context, [entry]);
		else known.push(entry);
	}
	const sites = [...bySite.values()].map((entries) =>
		siteOf(trace, ledger, entries),
	);
	sites.sort(
		(one, other) => other.bytes - one.bytes || one.first - other.first,
	);
	return {
		from,
		to: end,
		count: sites.reduce((sum, { count }) => sum + count, 0),
		bytes: sites.reduce((sum, { bytes }) => sum + bytes, 0),
		sites,
	};
}

function siteOf(
	trace: Trace,
	ledger: Ledger,
	entries: readonly Entry[],
): LeakSite {
	const byAge = [...entries].sort(
		(one, other) => one.event - other.event || one.address - other.address,
	);
	const [first] = byAge as [Entry];
	return {
		context: first.context,
		name: siteText(trace, first.context),
		path: trace.path(first.context),
		count: entries.length,
		bytes: entries.reduce((sum, { taken }) => sum + taken, 0),
		asked: entries.reduce((sum, { asked }) => sum + asked, 0),
		first: first.event,
		last: (byAge.at(-1) as Entry).event,
		sizes: sizesOf(ledger, entries),
		examples: byAge
			.slice(0, EXAMPLES_MAX)
			.map((entry) => exampleOf(ledger, entry)),
	};
}

function sizesOf(ledger: Ledger, entries: readonly Entry[]): LeakSize[] {
	const sizes = new Map<
		string,
		{ -readonly [K in keyof LeakSize]: LeakSize[K] }
	>();
	for (const entry of entries) {
		const store = storeName(entry, ledger);
		const key = `${entry.taken} ${store}`;
		const known = sizes.get(key);
		if (known !== undefined) known.count++;
		else
			sizes.set(key, {
				store,
				kind: entry.kind,
				size: entry.taken,
				count: 1,
			});
	}
	return [...sizes.values()].sort(
		(one, other) => other.size * other.count - one.size * one.count,
	);
}

function exampleOf(ledger: Ledger, entry: Entry): LeakExample {
	const { address, event, asked, pid } = entry;
	const task =
		pid === 0 ? "no task" : (ledger.taskNames.get(pid) ?? `pid ${pid}`);
	return {
		address,
		event,
		bytes: asked,
		store: storeName(entry, ledger),
		pid,
		task,
	};
}
