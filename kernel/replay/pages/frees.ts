// Kinds of frees: which of the recorded frees do not go to the list of a CPU at once, as ordinary ones do.
//
//   BATCHED    a later mm_page_free_batched of the same page puts it on the list; its type is read now
//   ADOPTED    boot gives late memory: to the tails of the free lists. Known by the thread; else the first one is a huge
//              block that nobody had, and the others rise behind it, by the same thread
//   EXACT      what an allocation of an exact size gives back of its block: single pages, rising to its end, directly
//              behind it: to the tails of the free lists
//   CONTENDED  made in an interrupt while a task of this CPU holds the lists: to the free lists
//
//   overtaken  locked locked locked | irq: free alloc ... | alloc     the last one took its page before the interrupt came
//
// FK1: direct(at) is true exactly for frees that do not pass through a CPU's list.
// [mm/page_alloc.c free_unref_page_list, deferred_free_range, make_alloc_exact, free_unref_page with pcp_trylock]

import {
	BULK_HINT,
	hasLists,
	PAGE_ALLOC,
	PAGE_DRAIN,
	PAGE_FALLBACK,
	PAGE_FREE,
	PAGE_FREE_BATCHED,
	PAGE_LOCKED,
	type PageLog,
	THREAD_KSOFTIRQD,
	THREAD_LATE_INIT,
} from "./page-log";

const GFP_COMP = 0x40000; // __GFP_COMP
const OVERTAKEN_MAX = 200; // events that an interrupt may last
const HUGE = 9;
const ARRAY_PAGES = 512; // pages that one page of vmalloc's array stands for
const INNER_MAX = 64; // pages of an array that is vmalloc'd itself
const BURST_MIN = 400; // refills that show an outer request

/** Bits of an entry. */
export const FREE_BATCHED = 1;
export const FREE_ADOPTED = 2;
export const FREE_EXACT = 4;
export const FREE_CONTENDED = 8;
const PAST_LISTS = FREE_ADOPTED | FREE_EXACT | FREE_CONTENDED;

/** What kind of free each entry is. */
export class FreeKinds {
	constructor(
		private readonly log: PageLog,
		readonly bits: Uint8Array,
	) {}

	/** The entries from `first` to before `end`. */
	part(first: number, end: number): FreeKinds {
		const bits = this.bits.subarray(first, end);
		return new FreeKinds(this.log.part(first, end), bits);
	}

	/** A free that changes the free lists itself (FK1). */
	direct(at: number): boolean {
		return (
			this.log.kind(at) === PAGE_FREE &&
			(!hasLists(this.log.order(at)) ||
				((this.bits[at] as number) & PAST_LISTS) !== 0)
		);
	}

	isBatched(at: number): boolean {
		return ((this.bits[at] as number) & FREE_BATCHED) !== 0;
	}
	isAdopted(at: number): boolean {
		return ((this.bits[at] as number) & FREE_ADOPTED) !== 0;
	}
}

/**
 * Puts the log into the order of what happened, and tells the kinds of its frees.
 * @param frames frames of the machine
 * @param adoptEnd entries from here on are no late memory of boot; 0 when the recording does not begin with boot
 */
export function classifyFrees(
	log: PageLog,
	frames: number,
	adoptEnd: number,
): FreeKinds {
	moveOvertaken(log);
	const bits = new Uint8Array(log.length);
	markAdopted(log, frames, adoptEnd, bits);
	findOuterRequests(log);
	markExact(log, bits);
	markContended(log, frames, bits);
	markBatched(log, frames, bits);
	return new FreeKinds(log, bits);
}

const interrupts = (log: PageLog, at: number): boolean =>
	log.interrupt(at) > 0 && (log.thread(at) & THREAD_KSOFTIRQD) === 0;

/** Moves allocations that an interrupt overtook to behind the refill that they made. */
function moveOvertaken(log: PageLog): void {
	for (let at = 0; at + 2 < log.length; at++) {
		if (log.kind(at) !== PAGE_LOCKED || log.interrupt(at) > 0) continue;
		const cpu = log.cpu(at);
		let next = at + 1;
		if (log.cpu(next) !== cpu || !interrupts(log, next)) continue;
		const end = Math.min(log.length, at + OVERTAKEN_MAX);
		while (next < end && (log.cpu(next) !== cpu || log.interrupt(next) > 0))
			next++;
		const isIts =
			next < log.length &&
			log.kind(next) === PAGE_ALLOC &&
			log.cpu(next) === cpu &&
			log.pid(next) === log.pid(at);
		if (isIts) log.moveBack(next, at + 1);
	}
}

/** The last adopted block of a CPU. */
interface LateRun {
	pid: number;
	pfn: number;
	isOn: boolean;
}

function markAdopted(
	log: PageLog,
	frames: number,
	end: number,
	bits: Uint8Array,
): void {
	const seen = new Uint8Array(frames);
	const runs = new Map<number, LateRun>();
	for (let at = 0; at < Math.min(end, log.length); at++) {
		const kind = log.kind(at);
		const pfn = log.pfn(at);
		const run = runs.get(log.cpu(at));
		if (kind === PAGE_FREE) {
			const pid = log.pid(at);
			const goesOn = run?.isOn && run.pid === pid && pfn > run.pfn;
			if (seen[pfn] === 0 && (log.order(at) === HUGE || goesOn)) {
				bits[at] = (bits[at] as number) | FREE_ADOPTED;
				runs.set(log.cpu(at), { pid, pfn, isOn: true });
			} else if (run) run.isOn = false;
			if ((log.thread(at) & THREAD_LATE_INIT) !== 0)
				bits[at] = (bits[at] as number) | FREE_ADOPTED;
		} else if (run) run.isOn = false;
		if (kind === PAGE_ALLOC || kind === PAGE_LOCKED) seen[pfn] = 1;
	}
}

/** A large array is vmalloc'd itself: the outer request follows in the same burst of refills. */
function findOuterRequests(log: PageLog): void {
	for (let at = 0; at < log.length; at++) {
		if (log.kind(at) !== BULK_HINT) continue;
		const pages = log.pfn(at);
		if (pages > INNER_MAX) continue;
		let refills = 0;
		for (let next = at + 1; next < log.length; next++) {
			const kind = log.kind(next);
			if (kind === PAGE_LOCKED && log.order(next) === 0) refills++;
			else if (kind !== PAGE_FALLBACK) break;
		}
		if (refills >= ARRAY_PAGES * (pages - 1) && refills > BURST_MIN)
			log.setOuter(at, ARRAY_PAGES * pages);
	}
}

function markExact(log: PageLog, bits: Uint8Array): void {
	for (let at = 0; at < log.length; at++) {
		const isPlain =
			log.kind(at) === PAGE_ALLOC && (log.extra(at) & GFP_COMP) === 0;
		if (!isPlain || log.order(at) === 0 || log.pfn(at) === 0) continue;
		const past = pastExactTail(log, at);
		for (let next = at + 1; next < past; next++)
			bits[next] = (bits[next] as number) | FREE_EXACT;
	}
}

/** Behind the frees of the upper frames of the block that entry `at` allocated; 0 when they are not all freed at once. */
function pastExactTail(log: PageLog, at: number): number {
	const first = log.pfn(at);
	const end = first + (1 << log.order(at));
	let expected = 0;
	for (let next = at + 1; next < log.length; next++) {
		const pfn = log.pfn(next);
		const isIts =
			log.kind(next) === PAGE_FREE &&
			log.order(next) === 0 &&
			log.cpu(next) === log.cpu(at) &&
			log.pid(next) === log.pid(at);
		const fits = expected === 0 ? pfn > first && pfn < end : pfn === expected;
		if (!isIts || !fits) return 0;
		expected = pfn + 1;
		if (expected === end) return next + 1;
	}
	return 0;
}

/** Pairs each batched free with its free; `visit` gets both entries. */
function eachBatched(
	log: PageLog,
	frames: number,
	forgets: (kind: number) => boolean,
	visit: (free: number) => void,
	skips: (at: number) => boolean = () => false,
): void {
	const freed = new Int32Array(frames).fill(-1);
	for (let at = 0; at < log.length; at++) {
		const kind = log.kind(at);
		const pfn = log.pfn(at);
		if (kind === PAGE_FREE) {
			if (!skips(at)) freed[pfn] = at;
		} else if (kind === PAGE_FREE_BATCHED) {
			const free = freed[pfn];
			if (free !== undefined && free >= 0) visit(free);
			if (forgets(kind)) freed[pfn] = -1;
		} else if (forgets(kind)) freed[pfn] = -1;
	}
}

function markBatched(log: PageLog, frames: number, bits: Uint8Array): void {
	const forgets = (kind: number) =>
		kind === PAGE_FREE_BATCHED || kind === PAGE_ALLOC || kind === PAGE_DRAIN;
	eachBatched(
		log,
		frames,
		forgets,
		(free) => {
			bits[free] = (bits[free] as number) | FREE_BATCHED;
		},
		(at) => ((bits[at] as number) & PAST_LISTS) !== 0,
	);
}

/** Where one CPU is in its batched frees. */
interface Batch {
	/** Frees that will be batched and are not yet. */
	open: number;
	/** One of them was put on the list already. */
	began: boolean;
	/** Kind of the last entry of a task. */
	last: number;
}

/** When a task holds the lists of its CPU, so that an interrupt finds them locked: told entry by entry. */
export class HeldLists {
	private readonly batches = new Map<number, Batch>(); // by CPU

	/** Whether a free in an interrupt, now, would find the lists locked. */
	isHeld(cpu: number): boolean {
		const batch = this.batches.get(cpu);
		if (!batch) return false;
		const { began, open, last } = batch;
		return (began && open > 0) || last === PAGE_LOCKED || last === PAGE_DRAIN;
	}

	/** The next entry; `isBatched` for a free that will be batched. */
	entry(log: PageLog, at: number, isBatched: boolean): void {
		const cpu = log.cpu(at);
		let batch = this.batches.get(cpu);
		if (!batch) {
			batch = { open: 0, began: false, last: BULK_HINT };
			this.batches.set(cpu, batch);
		}
		const kind = log.kind(at);
		if (kind === PAGE_FREE && isBatched) batch.open++;
		else if (kind === PAGE_FREE_BATCHED) {
			batch.open = Math.max(0, batch.open - 1);
			batch.began = true;
		}
		if (log.interrupt(at) === 0) batch.last = kind;
		if (batch.open === 0) batch.began = false;
	}
}

/** Preempt count of a task that holds lists: they are locked, and it stays on its CPU. */
export const HELD_DEPTH = 2;

function markContended(log: PageLog, frames: number, bits: Uint8Array): void {
	const batched = new Uint8Array(log.length);
	const never = () => false;
	eachBatched(log, frames, never, (free) => {
		batched[free] = 1;
	});
	const held = new HeldLists();
	for (let at = 0; at < log.length; at++) {
		const isFree = log.kind(at) === PAGE_FREE && batched[at] !== 1;
		const mayMeet =
			isFree && interrupts(log, at) && log.depth(at) >= HELD_DEPTH;
		if (mayMeet && held.isHeld(log.cpu(at)))
			bits[at] = (bits[at] as number) | FREE_CONTENDED;
		held.entry(log, at, batched[at] === 1);
	}
}
