// Names of trace events, and which kind of KmemEvent each becomes.
//
//   mm_page_alloc          -> PAGE_ALLOC
//   kmem:mm_page_alloc     -> the same, as perf prints it
//   kmalloc_node           -> KMALLOC, of kernels before 6.1
//   sched_switch           -> OTHER: of another subsystem, counted by name
//
// The names known here have the lowest numbers of the file's own table, so a lookup gives the kind at once.

import {
	CACHE_ALLOC,
	CACHE_FREE,
	KFREE,
	KMALLOC,
	MARK,
	PAGE_ALLOC,
	PAGE_DRAIN,
	PAGE_FALLBACK,
	PAGE_FREE,
	PAGE_FREE_BATCHED,
	PAGE_LOCKED,
	RSS_STAT,
} from "./event";
import { Names } from "./names";
import type { Window } from "./window";

/** The event is of another subsystem. */
export const OTHER = -1;
const NAMES_OF_OTHERS_MAX = 256; // counted apart; beyond, together

/** Event names with their kinds. */
const KMEM: readonly (readonly [name: string, kind: number])[] = [
	["kmalloc", KMALLOC],
	["kfree", KFREE],
	["kmem_cache_alloc", CACHE_ALLOC],
	["kmem_cache_free", CACHE_FREE],
	["mm_page_alloc", PAGE_ALLOC],
	["mm_page_free", PAGE_FREE],
	["mm_page_free_batched", PAGE_FREE_BATCHED],
	["mm_page_alloc_zone_locked", PAGE_LOCKED],
	["mm_page_pcpu_drain", PAGE_DRAIN],
	["mm_page_alloc_extfrag", PAGE_FALLBACK],
	["rss_stat", RSS_STAT],
	["kmalloc_node", KMALLOC],
	["kmem_cache_alloc_node", CACHE_ALLOC],
	["mm_page_free_direct", PAGE_FREE],
];

/** Names under which a mark appears: ftrace's own, and trace-cmd's. */
const MARKS = ["tracing_mark_write", "print"];

/** Event names of one file. */
export class EventNames {
	private readonly names = new Names();
	private readonly kinds: Int32Array;
	private readonly counts = new Map<number, number>();

	constructor() {
		const kinds: number[] = [OTHER];
		for (const [name, kind] of KMEM)
			for (const form of [name, `kmem:${name}`])
				kinds[this.names.add(form)] = kind;
		for (const name of MARKS)
			for (const form of [name, `ftrace:${name}`])
				kinds[this.names.add(form)] = MARK;
		this.kinds = Int32Array.from(kinds);
	}

	/** Kind of the event whose name is in [start .. end) of the window, or OTHER. */
	kind(window: Window, start: number, end: number): number {
		const id = this.names.find(window, start, end);
		const kinds = this.kinds;
		return id < 0 || id >= kinds.length ? OTHER : (kinds[id] as number);
	}

	/** Counts an event of another subsystem. */
	countOther(window: Window, start: number, end: number): void {
		const { names, counts } = this;
		const known = names.size - this.kinds.length;
		const id =
			known < NAMES_OF_OTHERS_MAX
				? names.intern(window, start, end)
				: Math.max(0, names.find(window, start, end));
		counts.set(id, (counts.get(id) ?? 0) + 1);
	}

	/** How often each event of other subsystems came, the most frequent first. */
	others(): [name: string, count: number][] {
		return [...this.counts]
			.map(([id, count]): [string, number] => [this.names.text(id), count])
			.sort((a, b) => b[1] - a[1]);
	}
}
