// Lines that go as lines went before: read in one pass, without looking for where anything ends.
//
//            init-1       [000] .....     2.185118: kfree: call_site=pinctrl_free+0x15b/0x1b0 ptr=ffff8880073c2780\n
//   |------------- prefix -----------------|-----|------------------ head -------------------|--- address ---|-| tail
//                                         fraction
//                                      : mm_page_alloc: page=0000000058b0fb58 pfn=0x1fa5 order=0 migratetype=0 gfp_flags=...\n
//                                     |------- head --------|--- address ----|mid-|-pfn-|-------------- tail --------------|
//
// A kernel runs the same paths again and again, so of a line only fraction, address and frame are new; the rest is compared with
// pieces that were read before, and their meaning is known: prefix -> cpu, pid, comm, context, seconds; head -> kind, site;
// tail -> sizes, gfp and the like. The tail holds the line feed. Where anything differs, nothing is taken, and the line is read
// word by word (dashed-prefix.ts or perf-prefix.ts, fields.ts), which then tells its pieces to `keep`.
//
//   prefix   the one before, or the one that came behind it last time, or by a few words of it
//   head     the one that came behind the head before, or by the first letters of the call site
//   tail     of those that the head had, by the words in which they mostly differ
//
// E1: a line that is taken has the same bytes as lines whose pieces were read word by word, so it has the same meaning: with or
//     without this table the events are the same.
// E2: what stands between pieces are digits, of which none is a line feed: a line that is taken is one line.
// E3: memory is bounded: where a table is full, everything is forgotten.

import { Digits } from "./digits";
import {
	CACHE_FREE,
	KMALLOC,
	type KmemEvent,
	PAGE_ALLOC,
	PAGE_DRAIN,
	PAGE_LOCKED,
} from "./event";
import { NO_PIECE, Pieces } from "./pieces";
import { nanosecondsOf } from "./stamp";
import type { Window } from "./window";

/** Where a line that was read word by word has its stamp: see Stamp. */
export interface StampParts {
	readonly isCount: boolean;
	readonly seconds: number;
	readonly fractionAt: number;
	readonly fractionEnd: number;
}

/** Where it has the numbers that differ from line to line. */
export interface NumberParts {
	/** Digits of ptr= or page=. */
	readonly addressAt: number;
	readonly addressEnd: number;
	/** Digits of pfn=; -1 where there is none. */
	readonly frameAt: number;
	readonly frameEnd: number;
}

const PREFIXES = 1024;
const PREFIX_BYTES = 1 << 16;
const HEADS = 4096;
const HEAD_BYTES = 1 << 19;
const TAILS = 8192;
const TAIL_BYTES = 1 << 20;
const BUCKETS = 4096; // a power of two
const WALK_MAX = 8; // pieces that are tried
const CONTEXT = 5; // numbers
const VALUES = 9;
const MIX = 0x9e3779b1; // an odd number with well mixed bits
const NONE = -1;
const NO = NO_PIECE;
const MISSED = -1;
const LINE_FEED = 10;
const FRACTION_MAX = 9; // digits
const LAST_SLAB_KIND = CACHE_FREE;
const ALLOCATION = KMALLOC;
const FIRST_TYPED = PAGE_ALLOC;
const LOCKED = PAGE_LOCKED;
const DRAIN = PAGE_DRAIN;

// A prefix is found by some words of it; one that is shorter than these need can only be guessed.
const LONG_PREFIX = 32; // bytes
const NAME_WORD = 12; // the end of the thread's name
const PID_WORD = 16;
const BLANK_WORD = 20;
const CPU_WORD = 24;
const FLAGS_WORD = 28;
// A head by these: a letter of the event's name that tells most kinds apart, and what follows the first =.
const EVENT_WORD = 2;
const EQUALS = 61;
const KEY_BYTES = 4;
const PAGE_KEY = 0x65676170; // "page" as a word
// A tail by these: `bytes_req=` of kmalloc; `order=` and `migratetype=` of pages.
const SIZE_WORD = 11;
const ORDER_WORD = 6;
const TYPE_WORD = 18;

/** What one file's lines are expected to look like. */
export class Expected {
	/** The stamp of the line that was taken is a whole number without a unit. */
	isCount = false;
	private readonly bytes: Uint8Array;
	private readonly words: DataView;
	private readonly digits: Digits;
	private readonly prefixes: Pieces;
	private readonly contexts = new Int32Array(PREFIXES * CONTEXT); // cpu, pid, comm, interrupt, depth
	private readonly seconds = new Float64Array(PREFIXES); // in nanoseconds; NONE where the stamp is a count
	private readonly nextPrefix = new Int32Array(PREFIXES);
	private readonly prefixBuckets = new Int32Array(PREFIXES);
	private readonly prefixChain = new Int32Array(PREFIXES);
	private readonly heads: Pieces;
	private readonly kinds = new Int32Array(HEADS);
	private readonly sites = new Int32Array(HEADS);
	private readonly mids = new Int32Array(HEADS); // a piece of `heads`
	private readonly nextHead = new Int32Array(HEADS);
	private readonly headBuckets = new Int32Array(BUCKETS);
	private readonly headChain = new Int32Array(HEADS);
	private readonly tails: Pieces;
	private readonly owners = new Int32Array(TAILS); // the head
	private readonly values = new Int32Array(TAILS * VALUES);
	private readonly tailBuckets = new Int32Array(BUCKETS);
	private readonly tailChain = new Int32Array(TAILS);
	private prefix = 0;
	private head = 0;

	constructor(
		private readonly window: Window,
		private readonly event: KmemEvent,
	) {
		this.bytes = window.bytes;
		this.words = window.words;
		this.digits = new Digits(window);
		this.prefixes = new Pieces(window, PREFIXES, PREFIX_BYTES);
		this.heads = new Pieces(window, HEADS, HEAD_BYTES);
		this.tails = new Pieces(window, TAILS, TAIL_BYTES);
		this.forgetPrefixes();
		this.forget();
	}

	/** Fills the record from the line at `start`, if it goes as expected before `limit`: where the next line begins, or -1. */
	take(start: number, limit: number): number {
		const { digits, event } = this;
		const prefix = this.prefixAt(start, limit);
		if (prefix === NONE) return MISSED;
		const from = start + this.prefixes.length(prefix);
		const to = digits.decimal(from, limit);
		const seconds = this.seconds[prefix] as number;
		const fraction = digits.value;
		if (to < 0 || (seconds >= 0 && to - from > FRACTION_MAX)) return MISSED;
		const head = this.headAt(to, limit);
		if (head === NONE) return MISSED;
		let at = digits.rest(to + this.heads.length(head), limit);
		if (at < 0) return MISSED;
		const kind = this.kinds[head] as number;
		let pfn = NONE;
		if (kind > LAST_SLAB_KIND) {
			const mid = this.mids[head] as number;
			if (!this.heads.is(mid, at, limit)) return MISSED;
			at = digits.integer(at + this.heads.length(mid), limit);
			if (at < 0) return MISSED;
			pfn = digits.value < 0 ? 0 : digits.value;
		}
		const tail = this.tailAt(head, kind, at, limit);
		if (tail === NONE) return MISSED;
		event.clear(kind);
		if (kind <= LAST_SLAB_KIND) {
			event.low = digits.low;
			event.high = digits.high;
			event.site = this.sites[head] as number;
		} else event.pfn = pfn;
		this.isCount = seconds < 0;
		event.time =
			seconds < 0 ? fraction : seconds + nanosecondsOf(fraction, to - from);
		this.fill(prefix, tail);
		return at + this.tails.length(tail);
	}

	/** Remembers a line that was read word by word: the record holds its meaning. */
	keep(
		start: number,
		end: number,
		stamp: StampParts,
		parts: NumberParts,
	): void {
		if (this.bytes[end] !== LINE_FEED || this.event.cpu < 0) return;
		this.keepPrefix(start, stamp);
		if (this.heads.isFull || this.tails.isFull) this.forget();
		const head = this.keepHead(stamp.fractionEnd, parts);
		if (head !== NONE) this.keepTail(parts, end, head);
	}

	/** The prefix at `start`, or NONE. */
	private prefixAt(start: number, limit: number): number {
		const { prefixes } = this;
		const last = this.prefix;
		if (prefixes.is(last, start, limit)) return last;
		const next = this.nextPrefix[last] as number;
		if (next !== NONE && prefixes.is(next, start, limit)) {
			this.prefix = next;
			return next;
		}
		const found =
			start + LONG_PREFIX > limit ? NONE : this.findPrefix(start, limit);
		if (found === NONE) return NONE;
		this.nextPrefix[last] = found;
		this.prefix = found;
		return found;
	}

	private findPrefix(start: number, limit: number): number {
		let prefix = this.prefixBuckets[this.prefixBucket(start)] as number;
		for (let n = 0; prefix !== NONE && n < WALK_MAX; n++) {
			if (this.prefixes.is(prefix, start, limit)) return prefix;
			prefix = this.prefixChain[prefix] as number;
		}
		return NONE;
	}

	/** The head at `at`, or NONE. */
	private headAt(at: number, limit: number): number {
		const { heads } = this;
		const next = this.nextHead[this.head] as number;
		if (next !== NONE && heads.is(next, at, limit)) {
			this.head = next;
			return next;
		}
		let head = this.headBuckets[this.headBucket(at, limit)] as number;
		for (let n = 0; head !== NONE && n < WALK_MAX; n++) {
			if (heads.is(head, at, limit)) {
				this.follow(head);
				return head;
			}
			head = this.headChain[head] as number;
		}
		return NONE;
	}

	/** By the first letters of the call site; heads of pages have none. */
	private headBucket(at: number, limit: number): number {
		const { words } = this;
		const site = this.window.find(EQUALS, at, limit) + 1;
		const key = words.getInt32(site - 1 - KEY_BYTES, true);
		if (key === PAGE_KEY || site >= limit) return 0;
		const hash =
			Math.imul(
				words.getInt32(site, true) ^ words.getInt32(at + EVENT_WORD, true),
				MIX,
			) ^ words.getInt32(site + 4, true);
		const all = Math.imul(hash, MIX) ^ words.getInt32(site + 8, true);
		return (Math.imul(all, MIX) >>> 16) & (BUCKETS - 1);
	}

	private prefixBucket(start: number): number {
		const { words } = this;
		const name = words.getInt32(start + NAME_WORD, true);
		const pid = words.getInt32(start + PID_WORD, true);
		const blank = words.getInt32(start + BLANK_WORD, true);
		const cpu = words.getInt32(start + CPU_WORD, true);
		const flags = words.getInt32(start + FLAGS_WORD, true);
		const thread = Math.imul(Math.imul(name, MIX) ^ pid, MIX) ^ blank;
		const hash = Math.imul(thread, MIX) ^ cpu ^ Math.imul(flags, MIX);
		return (Math.imul(hash, MIX) >>> 16) & (PREFIXES - 1);
	}

	private follow(head: number): void {
		this.nextHead[this.head] = head;
		this.head = head;
	}

	/** The tail of a head at `at`, or NONE. */
	private tailAt(
		head: number,
		kind: number,
		at: number,
		limit: number,
	): number {
		let tail = this.tailBuckets[this.tailBucket(head, kind, at)] as number;
		for (let n = 0; tail !== NONE && n < WALK_MAX; n++) {
			if (this.owners[tail] === head && this.tails.is(tail, at, limit))
				return tail;
			tail = this.tailChain[tail] as number;
		}
		return NONE;
	}

	/** `at` may be so near to the window's end that a word behind it means nothing: then it finds nothing. */
	private tailBucket(head: number, kind: number, at: number): number {
		const { words } = this;
		let word = head;
		if (kind === ALLOCATION) word ^= words.getInt32(at + SIZE_WORD, true);
		else if (kind === FIRST_TYPED || kind === LOCKED || kind === DRAIN)
			word ^=
				words.getInt32(at + ORDER_WORD, true) ^
				(words.getInt32(at + TYPE_WORD, true) >>> 3);
		return (Math.imul(word, MIX) >>> 16) & (BUCKETS - 1);
	}

	/** What prefix and tail mean, into the record. */
	private fill(prefix: number, tail: number): void {
		const { event, contexts, values } = this;
		const context = prefix * CONTEXT;
		event.cpu = contexts[context] as number;
		event.pid = contexts[context + 1] as number;
		event.comm = contexts[context + 2] as number;
		event.interrupt = contexts[context + 3] as number;
		event.depth = contexts[context + 4] as number;
		const value = tail * VALUES;
		event.bytesRequested = values[value] as number;
		event.bytesAllocated = values[value + 1] as number;
		event.gfp = values[value + 2] as number;
		event.node = values[value + 3] as number;
		event.accounted = values[value + 4] as number;
		event.cache = values[value + 5] as number;
		event.order = values[value + 6] as number;
		event.type = values[value + 7] as number;
		event.refill = values[value + 8] as number;
	}

	private keepPrefix(start: number, stamp: StampParts): void {
		const { prefixes, event, contexts } = this;
		const { fractionAt, isCount, seconds } = stamp;
		if (this.prefixAt(start, fractionAt) !== NONE) return;
		if (prefixes.isFull) this.forgetPrefixes();
		const prefix = prefixes.add(start, fractionAt);
		if (prefix === NO) return;
		const { cpu, pid, comm, interrupt, depth } = event;
		contexts.set([cpu, pid, comm, interrupt, depth], prefix * CONTEXT);
		this.seconds[prefix] = isCount ? NONE : seconds;
		if (fractionAt - start >= LONG_PREFIX) {
			const bucket = this.prefixBucket(start);
			this.prefixChain[prefix] = this.prefixBuckets[bucket] as number;
			this.prefixBuckets[bucket] = prefix;
		}
		this.nextPrefix[prefix] = NONE;
		this.nextPrefix[this.prefix] = prefix;
		this.prefix = prefix;
	}

	/** The head from `at` up to the address. */
	private keepHead(at: number, parts: NumberParts): number {
		const { addressAt, addressEnd, frameAt } = parts;
		const { heads, event } = this;
		const known = this.headAt(at, addressAt);
		if (known !== NONE) return known;
		const head = heads.add(at, addressAt);
		if (head === NO) return NONE;
		this.kinds[head] = event.kind;
		this.sites[head] = event.site;
		this.mids[head] = frameAt < 0 ? NO : heads.add(addressEnd, frameAt);
		const bucket = this.headBucket(at, addressAt);
		this.headChain[head] = this.headBuckets[bucket] as number;
		this.headBuckets[bucket] = head;
		this.nextHead[head] = NONE;
		this.follow(head);
		return head;
	}

	private keepTail(parts: NumberParts, end: number, head: number): void {
		const { addressEnd, frameAt, frameEnd } = parts;
		const { event, values } = this;
		const at = frameAt < 0 ? addressEnd : frameEnd;
		const { bytesRequested, bytesAllocated, gfp, node, accounted } = event;
		const { cache, order, type, refill } = event;
		const all = [
			...[bytesRequested, bytesAllocated, gfp, node, accounted],
			...[cache, order, type, refill],
		];
		if (all.some((value) => (value | 0) !== value)) return;
		const tail = this.tails.add(at, end + 1);
		if (tail === NO) return;
		values.set(all, tail * VALUES);
		this.owners[tail] = head;
		const bucket = this.tailBucket(head, event.kind, at);
		this.tailChain[tail] = this.tailBuckets[bucket] as number;
		this.tailBuckets[bucket] = tail;
	}

	private forgetPrefixes(): void {
		this.prefixes.clear();
		this.prefix = 0;
		this.nextPrefix.fill(NONE);
		this.prefixBuckets.fill(NONE);
	}

	private forget(): void {
		this.heads.clear();
		this.tails.clear();
		this.head = 0;
		this.nextHead.fill(NONE);
		this.headBuckets.fill(NONE);
		this.tailBuckets.fill(NONE);
	}
}
