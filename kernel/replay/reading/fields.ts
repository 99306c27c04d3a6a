// The text of a kmem event, which all recorders print alike: `key=value` fields with a blank between.
//
//   call_site=getname_flags+0x2b/0x1c0 [mod] ptr=ffff888004ab0000 bytes_req=4096 ... gfp_flags=GFP_KERNEL node=-1
//   ^ key ----^ value: a name -------^ skipped
//
// Kernels differ in which fields there are and in their order; within one file they hardly do. So for every field the reader
// first tries the key that followed last time (one comparison of its bytes) and only then looks the key up.
//
// T1: a field that is not known is skipped by its name; it may not be where text without any `=` is.
// T2: a line that lacks a field its kind needs, has one twice, or has a value out of its range is damaged: it is told, and no
//     event is made of it.
// T3: fields that are there but blank (the nohash-ptr option of ftrace blanks the first text of each line) are absent, not wrong.

import { Digits } from "./digits";
import {
	CACHE_ALLOC,
	CACHE_FREE,
	KFREE,
	KINDS,
	KMALLOC,
	type KmemEvent,
	PAGE_ALLOC,
	PAGE_DRAIN,
	PAGE_FALLBACK,
	PAGE_FREE,
	PAGE_FREE_BATCHED,
	PAGE_LOCKED,
	RSS_STAT,
} from "./event";
import type { GfpNames } from "./gfp-names";
import { Names } from "./names";
import { Window } from "./window";

// Keys. 0 is a field that is not known; the numbers are bits of what was seen.
const UNKNOWN = 0;
const CALL_SITE = 1;
const PTR = 2;
const BYTES_REQ = 3;
const BYTES_ALLOC = 4;
const GFP = 5;
const NODE = 6;
const ACCOUNTED = 7;
const NAME = 8;
const PFN = 9;
const PAGE = 10;
const ORDER = 11;
const MIGRATETYPE = 12;
const REFILL = 13;
const ALLOC_ORDER = 14;
const FALLBACK_ORDER = 15;
const ALLOC_TYPE = 16;
const FALLBACK_TYPE = 17;
const OWNERSHIP = 18;
const MM_ID = 19;
const CURR = 20;
const TYPE = 21;
const MEMBER = 22;
const SIZE = 23;
const KEYS = 32; // a power of two
const KEY_WORDS = 8; // room for a key with its =

/** The keys as they are printed; index = key. */
const KEY_TEXTS = [
	"",
	"call_site",
	"ptr",
	"bytes_req",
	"bytes_alloc",
	"gfp_flags",
	"node",
	"accounted",
	"name",
	"pfn",
	"page",
	"order",
	"migratetype",
	"percpu_refill",
	"alloc_order",
	"fallback_order",
	"alloc_migratetype",
	"fallback_migratetype",
	"change_ownership",
	"mm_id",
	"curr",
	"type",
	"member",
	"size",
] as const;

/** Members of rss_stat; index = their number. */
const MEMBERS = [
	"MM_FILEPAGES",
	"MM_ANONPAGES",
	"MM_SWAPENTS",
	"MM_SHMEMPAGES",
];

/** Keys that an event of each kind must have. */
const NEEDED = new Int32Array(KINDS);
NEEDED[KMALLOC] = bits(CALL_SITE, PTR, BYTES_REQ, BYTES_ALLOC, GFP);
NEEDED[CACHE_ALLOC] = bits(CALL_SITE, PTR, BYTES_REQ, BYTES_ALLOC, GFP);
NEEDED[KFREE] = bits(CALL_SITE, PTR);
NEEDED[CACHE_FREE] = bits(CALL_SITE, PTR);
NEEDED[PAGE_ALLOC] = bits(PFN, ORDER, MIGRATETYPE, GFP);
NEEDED[PAGE_FREE] = bits(PFN, ORDER);
NEEDED[PAGE_FREE_BATCHED] = bits(PFN);
NEEDED[PAGE_LOCKED] = bits(PFN, ORDER, MIGRATETYPE);
NEEDED[PAGE_DRAIN] = bits(PFN, ORDER, MIGRATETYPE);
NEEDED[PAGE_FALLBACK] = bits(
	PFN,
	ALLOC_ORDER,
	FALLBACK_ORDER,
	ALLOC_TYPE,
	FALLBACK_TYPE,
);
NEEDED[RSS_STAT] = bits(SIZE);

const SLAB_HEAD = bits(CALL_SITE, PTR); // what stands before the tail of an expected line
const PAGE_HEAD = bits(PAGE, PFN);
const SLAB_KEYS =
	SLAB_HEAD | bits(BYTES_REQ, BYTES_ALLOC, GFP, NODE, ACCOUNTED, NAME);
const PAGE_KEYS = PAGE_HEAD | bits(ORDER, MIGRATETYPE, GFP, REFILL);

/** Keys that an expected line of each kind may have. */
const USUAL = new Int32Array(KINDS);
USUAL.fill(SLAB_KEYS, KMALLOC, CACHE_FREE + 1);
USUAL.fill(PAGE_KEYS, PAGE_ALLOC, PAGE_DRAIN + 1);

const BLANK = 32;
const PLUS = 43;
const SLASH = 47;
const EQUALS = 61;
const OPEN_ROUND = 40;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;
const LETTER_B = 66;
const LETTER_F = 102;
const LETTER_T = 116;
const BAD = -1;
const NAME_MAX = 512; // bytes; the kernel's longest symbol has 511
const ORDER_MAX = 31;
const TYPE_MAX = 31;
const NODE_MAX = 1023; // MAX_NUMNODES - 1

const TRUE = 0x65757274; // "true" as a word
const ALSE = 0x65736c61; // the end of "false"
const STRAY = "holds text that is no field";
const TWICE = KEY_TEXTS.map((text) => `has ${text}= twice`);
const WRONG = KEY_TEXTS.map((text) => `has a ${text}= that cannot be`);
const LACKS = KEY_TEXTS.map((text) => `lacks ${text}=`);

/** Reads the fields of one file's events into its record. */
export class Fields {
	/** Text may follow the fields (perf script prints the instruction and its function there). */
	hasTrailer = false;
	/** The line last read has a text field that is blank (T3). */
	hasBlank = false;
	/** Its numbers are where lines mostly have them, and it holds nothing odd: for Expected. */
	isPlain = false;
	addressAt = 0;
	addressEnd = 0;
	frameAt = -1;
	frameEnd = -1;
	private readonly bytes: Uint8Array;
	private readonly words: DataView;
	private readonly digits: Digits;
	private readonly keys = new Names();
	private readonly members = new Names();
	private readonly keyWords = new Int32Array(KEYS * KEY_WORDS); // of each key with its =
	private readonly keyLengths = new Int32Array(KEYS); // in bytes, with the =
	private readonly follower = new Int32Array(KINDS * KEYS); // by kind and key: the key that came next last time

	constructor(
		private readonly window: Window,
		private readonly event: KmemEvent,
		private readonly names: Names,
		private readonly gfpNames: GfpNames,
	) {
		this.bytes = window.bytes;
		this.words = window.words;
		this.digits = new Digits(window);
		for (const [key, text] of KEY_TEXTS.entries())
			if (key > 0) this.addKey(key, text);
		for (const text of MEMBERS) this.members.add(text);
	}

	/** Fills the record from [at .. end) of the window; its kind is set and it is clear. Says what is wrong, or null. */
	read(at: number, end: number): string | null {
		const kind = this.event.kind;
		const needed = NEEDED[kind] as number;
		const unknownBefore = this.gfpNames.unknownEvents;
		let seen = 0;
		let key = UNKNOWN;
		let isUsual = false;
		let cursor = at;
		this.hasBlank = false;
		this.isPlain = false;
		this.frameAt = -1;
		for (;;) {
			while (cursor < end && this.bytes[cursor] === BLANK) cursor++;
			if (cursor >= end) break;
			const before = key;
			key = this.key(cursor, end, kind * KEYS + before);
			if (key === UNKNOWN) {
				const to = this.skip(cursor, end, seen === 0 || before === UNKNOWN);
				if (to < 0 && this.hasTrailer && (needed & ~seen) === 0) break;
				if (to < 0) return STRAY;
				cursor = to;
				continue;
			}
			if ((seen >> key) & 1) return TWICE[key] as string;
			seen |= 1 << key;
			cursor = this.value(key, cursor + (this.keyLengths[key] as number), end);
			if (cursor < end && (cursor < 0 || this.bytes[cursor] !== BLANK))
				return WRONG[key] as string;
			isUsual ||= this.isUsual(key, seen);
		}
		if ((needed & ~seen) !== 0) return lacking(needed & ~seen);
		const isKnown = unknownBefore === this.gfpNames.unknownEvents;
		const isSimple = (seen & ~(USUAL[kind] as number)) === 0;
		this.isPlain = isUsual && isSimple && isKnown && !this.hasBlank;
		return null;
	}

	private addKey(key: number, text: string): void {
		this.keys.add(text);
		const length = text.length + 1;
		const { words } = Window.of(`${text}=`);
		this.keyLengths[key] = length;
		for (let n = 0; n * 4 < length; n++)
			this.keyWords[key * KEY_WORDS + n] = words.getInt32(
				Math.min(n * 4, length - 4),
				true,
			);
	}

	/** The key at `at`; `place` is where in the order of fields it is. */
	private key(at: number, end: number, place: number): number {
		const guess = this.follower[place] as number;
		if (guess !== UNKNOWN && this.isKey(guess, at)) return guess;
		const blank = this.window.find(BLANK, at, end);
		const to = this.window.find(EQUALS, at, blank);
		if (to === blank) return UNKNOWN;
		const found = this.keys.find(this.window, at, to);
		if (found <= UNKNOWN) return UNKNOWN;
		this.follower[place] = found;
		return found;
	}

	/** The key, with its =, is at `at`: it is compared word by word, the last four bytes as the last word. */
	private isKey(key: number, at: number): boolean {
		const { words, keyWords } = this;
		const length = this.keyLengths[key] as number;
		const last = at + length - 4;
		let word = key * KEY_WORDS;
		for (let from = at; from < last; from += 4, word++)
			if (words.getInt32(from, true) !== keyWords[word]) return false;
		return words.getInt32(last, true) === keyWords[word];
	}

	/** The number that was read last is where an expected line has it: nothing but it and one name stand before. */
	private isUsual(key: number, seen: number): boolean {
		const { addressAt, addressEnd } = this;
		if (addressAt >= addressEnd) return false;
		return key === PTR ? seen === SLAB_HEAD : key === PFN && seen === PAGE_HEAD;
	}

	/** Reads one value into the record; returns where it stopped, or BAD. */
	private value(key: number, at: number, end: number): number {
		const { event, digits } = this;
		switch (key) {
			case CALL_SITE:
				return this.site(at, end);
			case PTR: {
				const to = digits.pointer(at, end);
				this.addressAt = digits.behindMark(at);
				this.addressEnd = to;
				event.low = digits.low;
				event.high = digits.high;
				return to;
			}
			case BYTES_REQ: {
				const to = digits.decimal(at, end);
				event.bytesRequested = digits.value;
				return to;
			}
			case BYTES_ALLOC: {
				const to = digits.decimal(at, end);
				event.bytesAllocated = digits.value;
				return to;
			}
			case GFP: {
				const to = this.window.find(BLANK, at, end);
				if (to - at > NAME_MAX) return BAD;
				if (to === at) this.hasBlank = true;
				event.gfp = this.gfpNames.mask(this.window, at, to);
				return to;
			}
			case NODE: {
				const to = this.small(at, end, NODE_MAX);
				event.node = digits.value;
				return to;
			}
			case ACCOUNTED:
				return this.truth(at, end);
			case PFN: {
				const to = digits.integer(at, end);
				event.pfn = digits.value < 0 ? 0 : digits.value;
				this.frameAt = at;
				this.frameEnd = to;
				return to;
			}
			case ORDER:
			case ALLOC_ORDER: {
				const to = this.small(at, end, ORDER_MAX);
				event.order = digits.value;
				return to;
			}
			case MIGRATETYPE:
			case ALLOC_TYPE: {
				const to = this.small(at, end, TYPE_MAX);
				event.type = digits.value;
				return to;
			}
			case PAGE: // a hashed or wrong pointer: pfn= says it
				this.addressAt = digits.behindMark(at);
				this.addressEnd = this.window.find(BLANK, at, end);
				return this.addressEnd;
			default:
				return this.rareValue(key, at, end);
		}
	}

	/** Values of fields that are seldom there. */
	private rareValue(key: number, at: number, end: number): number {
		const { event, digits } = this;
		let to: number;
		switch (key) {
			case NAME:
				to = this.window.find(BLANK, at, end);
				if (to - at > NAME_MAX) return BAD;
				if (to > at) event.cache = this.names.intern(this.window, at, to);
				else this.hasBlank = true;
				return to;
			case REFILL:
				to = this.small(at, end, 1);
				event.refill = digits.value;
				return to;
			case FALLBACK_ORDER:
				to = this.small(at, end, ORDER_MAX);
				event.fallbackOrder = digits.value;
				return to;
			case FALLBACK_TYPE:
				to = this.small(at, end, TYPE_MAX);
				event.fallbackType = digits.value;
				return to;
			case OWNERSHIP:
			case CURR:
				to = this.small(at, end, 1);
				event.ownership = digits.value;
				return to;
			case MM_ID:
				to = digits.identity(at, end);
				event.low = digits.low;
				return to;
			case MEMBER:
				to = this.small(at, end, TYPE_MAX);
				event.type = digits.value;
				return to;
			case TYPE:
				to = this.window.find(BLANK, at, end);
				if (to === at) this.hasBlank = true;
				event.type = Math.max(-1, this.members.find(this.window, at, to) - 1);
				return to;
			case SIZE:
				to = digits.signed(at, end);
				event.bytesRequested = digits.value;
				return to >= 0 && to < end && this.bytes[to] === LETTER_B ? to + 1 : to;
			default:
				return BAD;
		}
	}

	/** function+0x2b/0x1c0 [module]: the name ends before the slash. */
	private site(at: number, end: number): number {
		const blank = this.siteEnd(at, end);
		if (blank < 0) return BAD;
		if (blank + 1 >= end || this.bytes[blank + 1] !== OPEN_SQUARE) return blank;
		const close = this.window.find(CLOSE_SQUARE, blank, end);
		return close < end ? close + 1 : BAD;
	}

	/** Where the blank behind the site is. */
	private siteEnd(at: number, end: number): number {
		const bytes = this.bytes;
		const blank = this.window.find(BLANK, at, end);
		if (blank === at || blank - at > NAME_MAX) return BAD;
		let to = blank - 1;
		while (to > at && bytes[to] !== SLASH && bytes[to] !== PLUS) to--;
		if (to === at || bytes[to] === PLUS) to = blank;
		this.event.site = this.names.intern(this.window, at, to);
		return blank;
	}

	/** A whole number from -1 to `max`. */
	private small(at: number, end: number, max: number): number {
		const to = this.digits.signed(at, end);
		const value = this.digits.value;
		return value < -1 || value > max ? BAD : to;
	}

	/** true, false, 1 or 0; blank is absent. */
	private truth(at: number, end: number): number {
		const first = at < end ? this.bytes[at] : BLANK;
		if (first === BLANK) return at;
		if (first === LETTER_F || first === LETTER_T) {
			const isTrue = first === LETTER_T;
			const to = isTrue ? at + 4 : at + 5;
			if (this.words.getInt32(to - 4, true) !== (isTrue ? TRUE : ALSE))
				return BAD;
			this.event.accounted = isTrue ? 1 : 0;
			return to;
		}
		const to = this.small(at, end, 1);
		this.event.accounted = this.digits.value;
		return to;
	}

	/** Behind a field that is not known, or BAD: text that is no field. `isLoose`: such text may be here. */
	private skip(at: number, end: number, isLoose: boolean): number {
		const to = this.window.find(BLANK, at, end);
		for (let n = at; n < to; n++) if (this.bytes[n] === EQUALS) return to;
		return isLoose && this.bytes[at] === OPEN_ROUND ? to : BAD;
	}
}

/** What is said of a line without some keys: the first of them. */
const lacking = (missing: number): string =>
	LACKS[31 - Math.clz32(missing & -missing)] as string;

function bits(...keys: number[]): number {
	return keys.reduce((mask, key) => mask | (1 << key), 0);
}
