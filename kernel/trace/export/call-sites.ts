// Memory by call site: who asked for what, as rows for flame graphs.
//
//   builder > kmalloc > kmalloc-64      live     what of it is in use at the moment: bytes taken, and how many
//   |--- call site ---| |- what -|      total    what was allocated in the stretch: bytes taken, and how many
//                                       waste    bytes of what is live that nobody asked for: the rest of object or block
//
//   events of the stretch --> totals      fold at the moment --> live, waste
//
// What was allocated is the last name of a path: a cache, or the use that a block of pages was put to. Pages of slabs are
// not counted: the objects in them are.
//
// CA1: totals of a stretch that begins before everything and ends at the moment are never less than what is live.
// CA2: memory is bounded by call sites times caches, whatever the length of the trace.

import {
	type End,
	type Entry,
	Ledger,
	type LedgerListener,
	STORES,
	storeName,
} from "../ask/ledger";
import type { Fold } from "../fold/fold";
import { LARGE, PAGES, STACK, TABLE, USER } from "../fold/frames";
import type { Trace } from "../trace";
import type { Span } from "./span";

/** Names of what blocks of pages are used for; index = state of the fold. */
const USE_NAMES: readonly string[] = (() => {
	const names: string[] = [];
	names[PAGES] = STORES.pages;
	names[LARGE] = STORES.kmalloc;
	names[TABLE] = STORES["page table"];
	names[USER] = STORES.user;
	names[STACK] = STORES.stack;
	return names;
})();
const PAGE_BYTES = 4096;
const NO_SITE = "(no call site)";

/** What one call site did with one kind of memory. */
export interface SiteRow {
	/** Names from the outermost on; the last is what was allocated. */
	readonly path: readonly string[];
	liveBytes: number;
	liveCount: number;
	totalBytes: number;
	totalCount: number;
	wasteBytes: number;
}

/** Rows of all call sites, in the order in which they appear. */
export function callSites(trace: Trace, span: Span): SiteRow[] {
	const table = new SiteTable(trace);
	addTotals(trace, span, table);
	addLive(trace, span.at, table);
	return table.rows();
}

/** Rows by context and what was allocated. */
class SiteTable {
	private readonly found = new Map<number, Map<string, SiteRow>>();

	constructor(private readonly trace: Trace) {}

	row(context: number, what: string): SiteRow {
		let rows = this.found.get(context);
		if (rows === undefined) {
			rows = new Map();
			this.found.set(context, rows);
		}
		let row = rows.get(what);
		if (row === undefined) {
			const site = this.trace.path(context);
			const path = [...(site.length === 0 ? [NO_SITE] : site), what];
			row = {
				...{ path, liveBytes: 0, liveCount: 0 },
				...{ totalBytes: 0, totalCount: 0, wasteBytes: 0 },
			};
			rows.set(what, row);
		}
		return row;
	}

	allocated(context: number, what: string, bytes: number, count: number): void {
		const row = this.row(context, what);
		row.totalBytes += bytes;
		row.totalCount += count;
	}

	live(context: number, what: string, bytes: number, waste: number): void {
		const row = this.row(context, what);
		row.liveBytes += bytes;
		row.liveCount++;
		row.wasteBytes += waste;
	}

	rows(): SiteRow[] {
		return [...this.found.values()]
			.flatMap((rows) => [...rows.values()])
			.filter((row) => row.totalCount > 0 || row.liveCount > 0);
	}
}

// --- totals

function addTotals(trace: Trace, { first, end }: Span, table: SiteTable): void {
	const totals = new Totals(table, (entry) => storeName(entry, ledger));
	const ledger: Ledger = new Ledger(trace, first - 1, totals);
	ledger.run(end - 1);
}

/** Counts what is allocated, each for what it is in the end. Parts of a block were counted with it. */
class Totals implements LedgerListener {
	constructor(
		private readonly table: SiteTable,
		private readonly nameOf: (entry: Entry) => string,
	) {}

	opened(entry: Entry): void {
		this.count(entry, 1);
	}

	changing(entry: Entry): void {
		this.count(entry, -1);
	}

	changed(entry: Entry): void {
		this.count(entry, 1);
	}

	closed(entry: Entry, _event: number, end: End): void {
		if (end === "slab") this.count(entry, -1);
	}

	private count(entry: Entry, sign: number): void {
		if (entry.isPart) return;
		const { context, taken } = entry;
		this.table.allocated(context, this.nameOf(entry), sign * taken, sign);
	}
}

// --- what is live

function addLive(trace: Trace, at: number, table: SiteTable): void {
	const fold = trace.foldAt(at);
	addLiveObjects(fold, table);
	addLiveBlocks(trace, fold, table);
}

function addLiveObjects({ objects, frames }: Fold, table: SiteTable): void {
	objects.eachSlab((slab) => {
		const cache = objects.cache(frames.owner[slab] as number);
		if (cache === null) return;
		objects.eachOf(slab, cache, ({ context, bytes }) => {
			const waste = Math.max(0, cache.size - bytes);
			table.live(context, cache.name, cache.size, waste);
		});
	});
}

function addLiveBlocks(trace: Trace, { frames }: Fold, table: SiteTable): void {
	frames.eachBlock((head, count) => {
		const state = frames.state[head] as number;
		const use = useName(state);
		if (use === "") return;
		const bytes = count * PAGE_BYTES;
		const asked =
			state === LARGE ? askedFor(trace, frames.since[head] as number) : bytes;
		table.live(frames.context[head] as number, use, bytes, bytes - asked);
	});
}

/** Bytes that the kmalloc of an event asked for. */
const askedFor = (trace: Trace, event: number): number => trace.event(event).d;

const useName = (state: number): string => USE_NAMES[state] ?? "";
