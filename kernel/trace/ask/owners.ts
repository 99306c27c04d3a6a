// Owners: who allocated what, added up by call site, task, cache or type.
//
//   live        bytes in use at the moment                      taken: what the allocator spent, not what was asked for
//   total       bytes of all allocations up to the moment
//   count       allocations up to the moment
//   waste       bytes in use at the moment that nobody asked for: taken less asked
//   temporary   allocations that were freed again at most TEMPORARY_EVENTS events later
//
// Objects, pages that hold no slab, and large kmallocs are counted, each once (ledger.ts).
//
// OW1: the sum of `live` over all rows is the same whatever they are grouped by; so are the other sums.
// OW2: pages count for what they became: `type` of a page is known when its use is told.

import type { Trace } from "../trace";
import {
	type End,
	type Entry,
	Ledger,
	type LedgerListener,
	storeName,
} from "./ledger";
import { siteText } from "./phrases";

/** An allocation freed after at most so many events was temporary. */
export const TEMPORARY_EVENTS = 64;

export const OWNERS_BY = ["callsite", "task", "cache", "type"] as const;
export type OwnersBy = (typeof OWNERS_BY)[number];

export const OWNERS_SORT = [
	"live",
	"total",
	"count",
	"waste",
	"temporary",
] as const;
export type OwnersSort = (typeof OWNERS_SORT)[number];

export interface OwnersQuestion {
	readonly by?: OwnersBy;
	readonly sort?: OwnersSort;
	/** Number of the last event that counts; the end of the trace if not given. */
	readonly moment?: number;
}

/** One owner. */
export interface OwnerRow {
	/** Call site as a path, name of the task, cache or type. */
	readonly name: string;
	/** Node of the call site, or pid; -1 for others. */
	readonly key: number;
	readonly live: number;
	readonly liveCount: number;
	readonly total: number;
	readonly count: number;
	readonly waste: number;
	/** Bytes of all allocations that nobody asked for. */
	readonly totalWaste: number;
	readonly temporary: number;
}

export interface Owners {
	readonly by: OwnersBy;
	readonly sort: OwnersSort;
	readonly moment: number;
	readonly temporaryEvents: number;
	/** Largest first. */
	readonly rows: readonly OwnerRow[];
	readonly sum: Omit<OwnerRow, "name" | "key">;
}

type Amounts = {
	-readonly [Name in keyof OwnerRow]: OwnerRow[Name];
};

/** Who owns what at a moment. */
export function owners(trace: Trace, question: OwnersQuestion = {}): Owners {
	const { by = "callsite", sort = "live" } = question;
	const moment = Math.min(question.moment ?? Infinity, trace.events - 1);
	const rows = new OwnersBook(trace, by).at(moment);
	rows.sort(
		(one, other) =>
			other[sort] - one[sort] ||
			other.total - one.total ||
			(one.name < other.name ? -1 : 1),
	);
	return {
		by,
		sort,
		moment,
		temporaryEvents: TEMPORARY_EVENTS,
		rows,
		sum: sumOf(rows),
	};
}

/** The rows while they grow: a later moment costs only the events up to it. */
export class OwnersBook implements LedgerListener {
	/** Up to here the events are counted. */
	moment = -1;
	private readonly ledger: Ledger;
	private readonly amounts = new Map<string | number, Amounts>();

	constructor(
		private readonly trace: Trace,
		private readonly by: OwnersBy,
	) {
		this.ledger = new Ledger(trace, -1, this);
	}

	/** The rows that anything was ever counted in, after event `moment`, which is none that has gone by. */
	at(moment: number): OwnerRow[] {
		this.ledger.run(moment);
		this.moment = moment;
		return [...this.amounts.values()].filter(({ count }) => count > 0);
	}

	opened(entry: Entry): void {
		const row = this.rowOf(entry);
		if (!entry.isPart) this.countTotal(row, entry, 1);
		this.countLive(row, entry, 1);
	}

	changing(entry: Entry): void {
		const row = this.rowOf(entry);
		if (!entry.isPart) this.countTotal(row, entry, -1);
		this.countLive(row, entry, -1);
	}

	changed(entry: Entry): void {
		this.opened(entry);
	}

	closed(entry: Entry, event: number, end: End): void {
		const row = this.rowOf(entry);
		this.countLive(row, entry, -1);
		if (entry.isPart) return;
		if (end === "slab") this.countTotal(row, entry, -1);
		if (end === "freed" && event - entry.event <= TEMPORARY_EVENTS)
			row.temporary++;
	}

	private countTotal(row: Amounts, { asked, taken }: Entry, sign: number) {
		row.total += sign * taken;
		row.count += sign;
		row.totalWaste += sign * (taken - asked);
	}

	private countLive(row: Amounts, { asked, taken }: Entry, sign: number) {
		row.live += sign * taken;
		row.liveCount += sign;
		row.waste += sign * (taken - asked);
	}

	private rowOf(entry: Entry): Amounts {
		const key = this.keyOf(entry);
		let row = this.amounts.get(key);
		if (row === undefined) {
			row = emptyRow(this.nameOf(entry), typeof key === "number" ? key : -1);
			this.amounts.set(key, row);
		}
		return row;
	}

	private keyOf(entry: Entry): string | number {
		if (this.by === "callsite") return entry.context;
		if (this.by === "task") return entry.pid;
		if (this.by === "cache") return storeName(entry, this.ledger);
		return entry.kind;
	}

	private nameOf(entry: Entry): string {
		if (this.by === "callsite") return siteText(this.trace, entry.context);
		if (this.by === "task")
			return entry.pid === 0
				? "no task"
				: (this.ledger.taskNames.get(entry.pid) ?? `pid ${entry.pid}`);
		return String(this.keyOf(entry));
	}
}

function emptyRow(name: string, key: number): Amounts {
	return {
		name,
		key,
		live: 0,
		liveCount: 0,
		total: 0,
		count: 0,
		waste: 0,
		totalWaste: 0,
		temporary: 0,
	};
}

function sumOf(rows: readonly OwnerRow[]): Owners["sum"] {
	const { name: _name, key: _key, ...sum } = emptyRow("", 0);
	for (const row of rows)
		for (const amount of Object.keys(sum) as (keyof typeof sum)[])
			sum[amount] += row[amount];
	return sum;
}
