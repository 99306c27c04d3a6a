// Survey: the first pass over a recording as far as pages go.
//
//   events --event()--> PageLog       page events and hints of untraced bulk allocations
//                       instants      the marks, each with the entry and the event before which it stands
//
// Nothing is judged here: the plan (plan.ts) goes through what was kept.

import { KMALLOC, type KmemEvent, MARK, PAGE_ALLOC } from "../reading/event";
import type { Names } from "../reading/names";
import type { Snapshot } from "../snapshot/snapshot";
import {
	BULK_HINT,
	contextOf,
	PAGE_FALLBACK,
	PageLog,
	THREAD_KSOFTIRQD,
	THREAD_KSWAPD,
	THREAD_LATE_INIT,
} from "./page-log";

const FIRST_KIND = PAGE_ALLOC;
const LAST_KIND = PAGE_FALLBACK;
const REQUEST = KMALLOC;
const MARKED = MARK;
const POINTER = 8; // bytes of one entry of vmalloc's array
const PAGES_MAX = 1 << 20; // a larger array is no array of pages
const FRAMES_MAX = 2 ** 31 - 1024; // 8 TiB less a block
const UNKNOWN = 0;
const NO = 1;
const YES = 2;
const ARRAY_SITE = /^__vmalloc_node_range\+/;

/** A mark, and where it stands. */
export interface Instant {
	/** Entries of the log before it. */
	readonly at: number;
	readonly ordinal: number;
	readonly text: string;
}

/** Tells by the numbers of their names which call sites ask for vmalloc's array of pages. */
export class ArraySites {
	private known = new Uint8Array(1024);

	constructor(private readonly names: Names) {}

	has(site: number): boolean {
		const known = this.known[site];
		return known === YES || (known !== NO && this.look(site));
	}

	private look(site: number): boolean {
		if (site < 0) return false;
		if (site >= this.known.length) {
			const known = new Uint8Array(site * 2);
			known.set(this.known);
			this.known = known;
		}
		if (this.known[site] === UNKNOWN)
			this.known[site] = ARRAY_SITE.test(this.names.text(site)) ? YES : NO;
		return this.known[site] === YES;
	}
}

/** Pages that vmalloc is about to take for this request for its array; 0 for other requests. */
export function pagesAnnounced(event: KmemEvent, sites: ArraySites): number {
	if (!sites.has(event.site)) return 0;
	const pages = event.bytesRequested / POINTER;
	return Number.isInteger(pages) && pages <= PAGES_MAX ? pages : 0;
}

/** Keeps the page events of one file. */
export class PageSurvey {
	readonly log = new PageLog();
	readonly instants: Instant[] = [];
	/** Page events that say too little, or what no kernel says. */
	rejected = 0;
	private readonly sites: ArraySites;
	private readonly threads = new Map<number, number>();

	/** `names` are those of the reader that the events come from. */
	constructor(private readonly names: Names) {
		this.sites = new ArraySites(names);
	}

	/** Takes the event that is number `ordinal` of the file. */
	event(event: KmemEvent, ordinal: number): void {
		const { kind } = event;
		if (kind === REQUEST) this.request(event, ordinal);
		else if (kind >= FIRST_KIND && kind <= LAST_KIND) this.page(event, ordinal);
		else if (kind === MARKED) this.instant(event.text, ordinal);
	}

	/** Entries before the mark that says that `file` of a snapshot was read; -1 when nothing tells. */
	entryOf(snapshot: Snapshot, file: string): number {
		const text = snapshot.doneText(file);
		const instant = this.instants.find((each) => each.text === text);
		if (instant) return instant.at;
		const mark = snapshot.marks.find((each) => each.text === text);
		return mark && this.instants.length === 0
			? this.log.firstAtTime(mark.nanoseconds)
			: -1;
	}

	private instant(text: string, ordinal: number): void {
		this.instants.push({ at: this.log.length, ordinal, text });
	}

	private request(event: KmemEvent, ordinal: number): void {
		const pages = pagesAnnounced(event, this.sites);
		if (pages > 0) this.append(event, ordinal, BULK_HINT, pages, 0, 0, 0);
	}

	private page(event: KmemEvent, ordinal: number): void {
		const { kind, order, type, pfn } = event;
		const isFallback = kind === LAST_KIND;
		const orders = isFallback ? order | (event.fallbackOrder << 8) : order;
		const types = isFallback ? type | (event.fallbackType << 8) : type;
		const extra = isFallback
			? event.ownership
			: kind === FIRST_KIND
				? event.gfp
				: event.refill;
		const isFrame = pfn >= 0 && pfn < FRAMES_MAX;
		if (order < 0 || order > 10 || !isFrame || event.fallbackOrder > 10)
			this.rejected++;
		else this.append(event, ordinal, kind, pfn, orders, types, extra);
	}

	private append(
		event: KmemEvent,
		ordinal: number,
		kind: number,
		pfn: number,
		order: number,
		type: number,
		extra: number,
	): void {
		const { cpu, pid, time, interrupt, depth } = event;
		const context = contextOf(interrupt, depth, this.threadOf(event.comm));
		const where = Math.max(cpu, 0);
		this.log.append(
			...([ordinal, time, kind, where, pfn, order, type] as const),
			...([extra, pid, context] as const),
		);
	}

	private threadOf(comm: number): number {
		const known = this.threads.get(comm);
		if (known !== undefined) return known;
		const name = this.names.text(comm);
		const thread = /^kswapd/.test(name)
			? THREAD_KSWAPD
			: /^ksoftirqd/.test(name)
				? THREAD_KSOFTIRQD
				: /^pgdatinit/.test(name)
					? THREAD_LATE_INIT
					: 0;
		this.threads.set(comm, thread);
		return thread;
	}
}
