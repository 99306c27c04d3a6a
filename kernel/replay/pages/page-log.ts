// Page log: the page events of a recording, kept as numbers so that they can be gone through several times.
//
//   entry of 8 words
//       +------+-----+-----+------------------+----------------+-------+-----+---------+
//       | kind | cpu | pfn | order | got << 8 | type|had << 8  | extra | pid | context |      + ordinal, time beside
//       +------+-----+-----+------------------+----------------+-------+-----+---------+
//   kind      PAGE_ALLOC .. PAGE_FALLBACK as in event.ts, or BULK_HINT
//   extra     PAGE_ALLOC: gfp; PAGE_LOCKED: 1 for a refill; PAGE_FALLBACK: 1 when the pageblock changed hands
//   context   interrupt:2 depth:8 and what the thread is: kswapd, softirq thread, one that gives memory late
//
//   BULK_HINT: a program's request for the array that vmalloc keeps of its pages, which tells how many single pages are
//   taken next, untraced:  pfn = pages, order = pages of an outer request whose array this very request is (0: none)
//
// PL1: entries are in the order of the file, but for those that were moved to where they really happened.
// PL2: an entry is due with its own event; one that was moved with that of the entry which it stands behind.

export {
	PAGE_ALLOC,
	PAGE_DRAIN,
	PAGE_FALLBACK,
	PAGE_FREE,
	PAGE_FREE_BATCHED,
	PAGE_LOCKED,
} from "../reading/event";

const WORDS = 8;
const SHIFT = 3; // from an entry's number to its first word
const KIND = 0;
const CPU = 1;
const PFN = 2;
const ORDERS = 3;
const TYPES = 4;
const EXTRA = 5;
const PID = 6;
const CONTEXT = 7;
const FIRST_ENTRIES = 1 << 12;
const INTERRUPT_MASK = 3;
const DEPTH_SHIFT = 2;
const DEPTH_MASK = 0xff;
const THREAD_SHIFT = 10;

/** Kind of an entry that no event of the page allocator made. */
export const BULK_HINT = 0;

/** What a thread is. */
export const THREAD_KSWAPD = 1;
export const THREAD_KSOFTIRQD = 2;
/** Gives the memory that boot leaves for later (pgdatinit). */
export const THREAD_LATE_INIT = 4;

/** Context of an entry. */
export const contextOf = (
	interrupt: number,
	depth: number,
	thread: number,
): number =>
	Math.max(interrupt, 0) |
	(Math.min(Math.max(depth, 0), DEPTH_MASK) << DEPTH_SHIFT) |
	(thread << THREAD_SHIFT);

/** Whether pages of this order pass through the lists of the CPUs. */
export const hasLists = (order: number): boolean => order <= 3 || order === 9;

/** Page events in a row. */
export class PageLog {
	private count = 0;

	constructor(
		private words = new Int32Array(FIRST_ENTRIES * WORDS),
		private ordinals = new Float64Array(FIRST_ENTRIES),
		private times = new Float64Array(FIRST_ENTRIES),
	) {}

	get length(): number {
		return this.count;
	}

	/** Adds an entry. */
	append(
		ordinal: number,
		time: number,
		kind: number,
		cpu: number,
		pfn: number,
		order: number,
		type: number,
		extra: number,
		pid: number,
		context: number,
	): void {
		if (this.count === this.ordinals.length) this.grow();
		this.ordinals[this.count] = ordinal;
		this.times[this.count] = time;
		const at = this.count++ << SHIFT;
		const words = this.words;
		words[at | KIND] = kind;
		words[at | CPU] = cpu;
		words[at | PFN] = pfn;
		words[at | ORDERS] = order;
		words[at | TYPES] = type;
		words[at | EXTRA] = extra;
		words[at | PID] = pid;
		words[at | CONTEXT] = context;
	}

	/** A view of the entries from `first` to before `end`. */
	part(first: number, end = this.count): PageLog {
		const part = new PageLog(
			this.words.subarray(first * WORDS, end * WORDS),
			this.ordinals.subarray(first, end),
			this.times.subarray(first, end),
		);
		part.count = end - first;
		return part;
	}

	/** Moves entry `from` in front of entry `to`, which is before it (PL1). */
	moveBack(from: number, to: number): void {
		const { words, ordinals, times } = this;
		const entry = words.slice(from * WORDS, (from + 1) * WORDS);
		const [ordinal, time] = [ordinals[from] as number, times[from] as number];
		words.copyWithin((to + 1) * WORDS, to * WORDS, from * WORDS);
		ordinals.copyWithin(to + 1, to, from);
		times.copyWithin(to + 1, to, from);
		words.set(entry, to * WORDS);
		ordinals[to] = ordinal;
		times[to] = time;
	}

	/** For each entry, the event with which it is due (PL2). */
	dues(): Float64Array {
		const dues = this.ordinals.slice(0, this.count);
		for (let at = this.count - 2; at >= 0; at--)
			dues[at] = Math.min(dues[at] as number, dues[at + 1] as number);
		for (let at = 1; at < this.count; at++)
			if ((dues[at] as number) < (this.ordinals[at] as number))
				dues[at] = dues[at - 1] as number;
		return dues;
	}

	kind(at: number): number {
		return this.words[(at << SHIFT) | KIND] as number;
	}
	cpu(at: number): number {
		return this.words[(at << SHIFT) | CPU] as number;
	}
	/** BULK_HINT: pages. */
	pfn(at: number): number {
		return this.words[(at << SHIFT) | PFN] as number;
	}
	order(at: number): number {
		return (this.words[(at << SHIFT) | ORDERS] as number) & 0xff;
	}
	/** PAGE_FALLBACK: order of the block that was found. */
	gotOrder(at: number): number {
		return (this.words[(at << SHIFT) | ORDERS] as number) >>> 8;
	}
	/** BULK_HINT: pages of the outer request. */
	outer(at: number): number {
		return this.words[(at << SHIFT) | ORDERS] as number;
	}
	setOuter(at: number, pages: number): void {
		this.words[(at << SHIFT) | ORDERS] = pages;
	}
	type(at: number): number {
		return (this.words[(at << SHIFT) | TYPES] as number) & 0xff;
	}
	/** PAGE_FALLBACK: type of the block that was found. */
	hadType(at: number): number {
		return (this.words[(at << SHIFT) | TYPES] as number) >>> 8;
	}
	extra(at: number): number {
		return this.words[(at << SHIFT) | EXTRA] as number;
	}
	pid(at: number): number {
		return this.words[(at << SHIFT) | PID] as number;
	}
	/** 0 in a task, 1 in a soft interrupt, 2 in a hard one. */
	interrupt(at: number): number {
		return (this.words[(at << SHIFT) | CONTEXT] as number) & INTERRUPT_MASK;
	}
	depth(at: number): number {
		const context = this.words[(at << SHIFT) | CONTEXT] as number;
		return (context >>> DEPTH_SHIFT) & DEPTH_MASK;
	}
	/** THREAD_ bits. */
	thread(at: number): number {
		return (this.words[(at << SHIFT) | CONTEXT] as number) >>> THREAD_SHIFT;
	}
	ordinal(at: number): number {
		return this.ordinals[at] as number;
	}
	time(at: number): number {
		return this.times[at] as number;
	}

	/** The first entry from `at` on that the same CPU made; the length when there is none. */
	nextOf(cpu: number, at: number): number {
		let next = at;
		while (next < this.count && this.cpu(next) !== cpu) next++;
		return next;
	}

	/** The last entry before `at` that the same CPU made; -1 when there is none. */
	lastOf(cpu: number, at: number): number {
		let last = at - 1;
		while (last >= 0 && this.cpu(last) !== cpu) last--;
		return last;
	}

	/** First entry at or behind a time. */
	firstAtTime(time: number): number {
		let first = 0;
		let past = this.count;
		while (first < past) {
			const middle = (first + past) >>> 1;
			if ((this.times[middle] as number) < time) first = middle + 1;
			else past = middle;
		}
		return first;
	}

	private grow(): void {
		const entries = this.count * 2;
		const words = new Int32Array(entries * WORDS);
		const ordinals = new Float64Array(entries);
		const times = new Float64Array(entries);
		words.set(this.words);
		ordinals.set(this.ordinals);
		times.set(this.times);
		this.words = words;
		this.ordinals = ordinals;
		this.times = times;
	}
}
