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
	EV_KMALLOC_LARGE,
	EV_PAGE_ALLOC,
	EV_PAGE_USE,
	EV_SLAB_ALLOC,
	EV_SLAB_NEW,
	EV_TABLE_NEW,
	PAGE_STACK,
	PAGE_USER,
} from "../../../mm/events";
import type { EventColumns } from "../columns";
import type { Fold } from "../fold/fold";
import { LARGE, PAGES, STACK, TABLE, USER } from "../fold/frames";
import type { Trace } from "../trace";
import { Roster } from "./roster";
import type { Span } from "./span";

/** Names of what blocks of pages are used for; index = state of the fold. */
const USE_NAMES: readonly string[] = (() => {
	const names: string[] = [];
	names[PAGES] = "pages";
	names[LARGE] = "kmalloc of pages";
	names[TABLE] = "page tables";
	names[USER] = "user pages";
	names[STACK] = "kernel stacks";
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

/** A block that was allocated, until its use is known. */
interface Block {
	readonly context: number;
	readonly bytes: number;
}

function addTotals(trace: Trace, { first, end }: Span, table: SiteTable): void {
	const roster = new Roster(trace, first);
	const recent = new Map<number, Block>(); // by first frame, of allocated blocks
	trace.each(first, end, (columns, index) => {
		roster.apply(columns, index);
		const code = columns.codes[index] as number;
		if (code === EV_SLAB_ALLOC) {
			const context = columns.contexts[index] as number;
			const { name, size } = roster.cache(columns.c[index] as number);
			const bytes = size || (columns.d[index] as number);
			table.allocated(context, name, bytes, 1);
		} else if (code === EV_PAGE_ALLOC) {
			const block = blockOf(columns, index);
			recent.set(columns.a[index] as number, block);
			table.allocated(block.context, useName(PAGES), block.bytes, 1);
		} else {
			const use = useOf(columns, index);
			if (use !== null)
				putToUse(table, recent, columns.a[index] as number, use);
		}
	});
}

function blockOf(columns: EventColumns, index: number): Block {
	const order = (columns.b[index] as number) & 255;
	const context = columns.contexts[index] as number;
	return { context, bytes: PAGE_BYTES * 2 ** order };
}

/** What an event says that a block is for; "" for slabs, null when it says nothing. */
function useOf(columns: EventColumns, index: number): string | null {
	const code = columns.codes[index];
	if (code === EV_SLAB_NEW) return "";
	if (code === EV_KMALLOC_LARGE) return useName(LARGE);
	if (code === EV_TABLE_NEW) return useName(TABLE);
	if (code !== EV_PAGE_USE) return null;
	if (columns.b[index] === PAGE_USER) return useName(USER);
	return columns.b[index] === PAGE_STACK ? useName(STACK) : null;
}

/** A block that was counted as plain pages is counted as what it is for. */
function putToUse(
	table: SiteTable,
	recent: Map<number, Block>,
	pfn: number,
	use: string,
): void {
	const block = recent.get(pfn);
	if (block === undefined) return;
	recent.delete(pfn);
	const { context, bytes } = block;
	table.allocated(context, useName(PAGES), -bytes, -1);
	if (use !== "") table.allocated(context, use, bytes, 1);
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
