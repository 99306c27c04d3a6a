// The ledger: what is allocated, by whom, from the events alone.
//
//   slab_alloc, slab_free        objects
//   page_alloc, page_free        pages; what they are used for is told later, and moves the entry
//     slab_new                   they hold objects: the entry goes, objects are counted themselves
//     kmalloc_large              a large kmalloc, with the bytes that were asked for
//     table_new, page_use        page table, memory of a task, kernel stack
//
// The ledger may begin anywhere: what was allocated before it began is unknown to it, and its frees are passed over.
//
// LG1: every byte in use since the ledger began is in one entry; a slab's bytes are in its objects only.
// LG2: an entry is opened once and closed once. A block that is split is closed and opened as its parts.

import { EV_TEXT } from "../../../hw/events";
import { textOf } from "../../../hw/recorder";
import {
	EV_CACHE_NEW,
	EV_KMALLOC_LARGE,
	EV_PAGE_ALLOC,
	EV_PAGE_FREE,
	EV_PAGE_JOIN,
	EV_PAGE_SPLIT,
	EV_PAGE_USE,
	EV_SLAB_ALLOC,
	EV_SLAB_FREE,
	EV_SLAB_NEW,
	EV_TABLE_NEW,
	PAGE_STACK,
	PAGE_USER,
} from "../../../mm/events";
import { EV_SWITCH, EV_TASK_NEW } from "../../events";
import type { EventColumns } from "../columns";
import type { Trace } from "../trace";

const LOW = 2 ** 32;
const PAGE = 4096;

// Aliases in this file: an imported constant is looked up whenever it is used, and here they are labels of a switch.
const SLAB_ALLOC = EV_SLAB_ALLOC;
const SLAB_FREE = EV_SLAB_FREE;
const PAGE_ALLOC = EV_PAGE_ALLOC;
const PAGE_FREE = EV_PAGE_FREE;

/** What an entry is. */
export type Kind =
	| "object"
	| "pages"
	| "kmalloc"
	| "page table"
	| "user"
	| "stack";

/** One allocation. */
export interface Entry {
	readonly address: number;
	/** Event that made it. */
	readonly event: number;
	readonly context: number;
	/** Task that ran; 0 for none. A page of a task's memory is that task's. */
	pid: number;
	kind: Kind;
	/** Slot of the cache, for objects; 0 for pages. */
	readonly slot: number;
	/** Bytes that were asked for, and those that it takes. */
	asked: number;
	readonly taken: number;
	/** A part of an allocation that was made as a whole. */
	readonly isPart: boolean;
}

/** How an entry ends: freed, found out to be a slab's pages, or opened anew as its parts or as one block. */
export type End = "freed" | "slab" | "parts";

/** Hears what happens to entries. */
export interface LedgerListener {
	/** An entry begins. */
	opened(entry: Entry): void;
	/** An entry is about to change its kind, its bytes or its task, and has changed. */
	changing(entry: Entry): void;
	changed(entry: Entry): void;
	closed(entry: Entry, event: number, end: End): void;
}

/** Entries that are open, and the names of caches and tasks that were seen. */
export class Ledger {
	readonly open = new Map<number, Entry>();
	readonly cacheNames = new Map<number, string>();
	readonly taskNames = new Map<number, string>();
	private readonly sizes = new Map<number, number>(); // bytes that an object of a slot takes
	private readonly running: Int32Array;
	private readonly texts: string[];
	private moment: number; // up to which it has taken the events

	/** A ledger of the events behind moment `from`, of which -1 is before everything. */
	constructor(
		private readonly trace: Trace,
		from: number,
		private readonly listener: LedgerListener | null = null,
	) {
		const { cpus } = trace.header.machine;
		this.moment = from;
		this.running = new Int32Array(cpus);
		this.texts = Array<string>(cpus).fill("");
		if (from < 0) return;
		const { objects, tasks, letters } = trace.foldAt(from);
		for (const [cpu, text] of letters.entries()) this.texts[cpu] = text;
		for (const { slot, name, size } of objects.all()) {
			this.cacheNames.set(slot, name);
			this.sizes.set(slot, size);
		}
		for (const { pid, name } of tasks.tasks.values())
			this.taskNames.set(pid, name);
		this.running.set(tasks.running);
	}

	/** Takes the events up to moment `to`, which is none that has gone by. */
	run(to: number): this {
		this.trace.each(this.moment + 1, to + 1, (columns, index, event) =>
			this.apply(columns, index, event),
		);
		this.moment = Math.max(this.moment, to);
		return this;
	}

	private apply(columns: EventColumns, index: number, event: number): void {
		const code = columns.codes[index] as number;
		const a = columns.a[index] as number;
		const b = columns.b[index] as number;
		switch (code) {
			case SLAB_ALLOC:
				this.openObject(columns, index, event, a, b);
				return;
			case SLAB_FREE:
				this.close((b & 255) * LOW + (a >>> 0), event, "freed");
				return;
			case PAGE_ALLOC:
				this.openPages(columns, index, event, a, b);
				return;
			case PAGE_FREE:
				this.close(a * PAGE, event, "freed");
				return;
			default:
				this.applyRare(columns, index, event, code, a, b);
		}
	}

	private applyRare(
		columns: EventColumns,
		index: number,
		event: number,
		code: number,
		a: number,
		b: number,
	): void {
		const c = columns.c[index] as number;
		const d = columns.d[index] as number;
		const cpu = columns.cpus[index] as number;
		switch (code) {
			case EV_SLAB_NEW:
				this.close(a * PAGE, event, "slab");
				return;
			case EV_KMALLOC_LARGE:
				this.change(a, "kmalloc", d);
				return;
			case EV_TABLE_NEW:
				this.change(a, "page table");
				return;
			case EV_PAGE_USE:
				this.changeUse(a, b, c);
				return;
			case EV_PAGE_SPLIT:
				this.split(a, b, c === 1, event);
				return;
			case EV_PAGE_JOIN:
				this.join(a, b, event);
				return;
			case EV_CACHE_NEW:
				this.cacheNames.set(a, this.takeText(cpu));
				this.sizes.set(a, b);
				return;
			case EV_TASK_NEW:
				this.taskNames.set(a, this.takeText(cpu));
				return;
			case EV_SWITCH:
				this.running[cpu] = a;
				return;
			case EV_TEXT:
				this.texts[cpu] += textOf(a, b, c, d);
				return;
			default:
				if (this.texts[cpu] !== "") this.texts[cpu] = "";
		}
	}

	private takeText(cpu: number): string {
		const text = this.texts[cpu] as string;
		this.texts[cpu] = "";
		return text;
	}

	private openObject(
		columns: EventColumns,
		index: number,
		event: number,
		low: number,
		high: number,
	): void {
		const slot = columns.c[index] as number;
		const asked = columns.d[index] as number;
		this.add({
			address: (high & 255) * LOW + (low >>> 0),
			event,
			context: columns.contexts[index] as number,
			pid: this.running[columns.cpus[index] as number] as number,
			kind: "object",
			slot,
			asked,
			taken: this.sizes.get(slot) ?? asked,
			isPart: false,
		});
	}

	private openPages(
		columns: EventColumns,
		index: number,
		event: number,
		pfn: number,
		what: number,
	): void {
		const bytes = PAGE * 2 ** (what & 255);
		this.add({
			address: pfn * PAGE,
			event,
			context: columns.contexts[index] as number,
			pid: this.running[columns.cpus[index] as number] as number,
			kind: "pages",
			slot: 0,
			asked: bytes,
			taken: bytes,
			isPart: false,
		});
	}

	private add(entry: Entry): void {
		this.open.set(entry.address, entry);
		this.listener?.opened(entry);
	}

	private close(address: number, event: number, end: End): void {
		const entry = this.open.get(address);
		if (entry === undefined) return;
		this.open.delete(address);
		this.listener?.closed(entry, event, end);
	}

	private change(pfn: number, kind: Kind, asked = 0, pid = 0): void {
		const entry = this.open.get(pfn * PAGE);
		if (entry === undefined || entry.kind === "object") return;
		this.listener?.changing(entry);
		entry.kind = kind;
		if (asked > 0) entry.asked = asked;
		if (pid > 0) entry.pid = pid;
		this.listener?.changed(entry);
	}

	private changeUse(pfn: number, use: number, pid: number): void {
		if (use === PAGE_USER) this.change(pfn, "user", 0, pid);
		else if (use === PAGE_STACK) this.change(pfn, "stack");
	}

	/** A block falls into single pages, or, `trimmed`, into its first page and ever larger parts. */
	private split(
		pfn: number,
		order: number,
		trimmed: boolean,
		event: number,
	): void {
		const entry = this.open.get(pfn * PAGE);
		if (entry === undefined || entry.kind === "object") return;
		this.close(entry.address, event, "parts");
		this.addPart(entry, pfn, 1);
		if (trimmed)
			for (let size = 0; size < order; size++)
				this.addPart(entry, pfn + 2 ** size, 2 ** size);
		else for (let i = 1; i < 2 ** order; i++) this.addPart(entry, pfn + i, 1);
	}

	private join(pfn: number, order: number, event: number): void {
		const first = this.open.get(pfn * PAGE);
		if (first === undefined) return;
		for (let i = 0; i < 2 ** order; i++)
			this.close((pfn + i) * PAGE, event, "parts");
		this.addPart(first, pfn, 2 ** order);
	}

	private addPart(whole: Entry, pfn: number, frames: number): void {
		const bytes = frames * PAGE;
		this.add({
			...whole,
			address: pfn * PAGE,
			asked: bytes,
			taken: bytes,
			isPart: true,
		});
	}
}

/** Name of what an entry is kept in: its cache, or what its pages are. */
export function storeName(entry: Entry, ledger: Ledger): string {
	if (entry.kind === "object")
		return ledger.cacheNames.get(entry.slot) ?? `slot ${entry.slot}`;
	return STORES[entry.kind];
}

/** What entries that are no objects are kept in. */
export const STORES: Readonly<Record<Exclude<Kind, "object">, string>> = {
	pages: "pages",
	kmalloc: "kmalloc-large",
	"page table": "page tables",
	user: "user pages",
	stack: "kernel stacks",
};
