// Attribution: which cache an object was taken from.
//
//   kmalloc             family by flags and accounting, class by bytes          kmalloc-64, kmalloc-cg-1k
//   kmem_cache_alloc    1  the name in the event itself                         newer kernels
//                       2  the name under which the address was freed           only where a caller serves several caches
//                       3  the name under which this caller's objects are freed, or which others of their slab have
//                       4  the map of call sites                                call-site-map.ts
//                       5  callers that are known to use one cache
//                       6  the only cache with slots of this size and objects as long as was asked, or the first such one
//                          that has slabs
//                       7  a cache of its own: size-N
//
// Answers of rules 3 to 7 are kept by caller (callers.ts), so that an event costs a look into an array. A caller is what
// asks at one place for one size: the same place asks for bio-192 with 192 bytes and for a list of pages with 256.
// In a first pass the names come before the answers are needed; in a single pass the same rules learn on the way, and an
// object stays in the cache that it was thought to belong to.
//
// Whether an object was accounted narrows rules 4, 5 and 6: one that was not is of no cache with SLAB_ACCOUNT, and one that was,
// though its caller did not ask for it, is of such a cache.
//
// AT1: an answer from a name is never replaced by one of the other rules.

import { asPhys } from "../../../hw/units";
import { __GFP_ACCOUNT, __GFP_DMA, __GFP_RECLAIMABLE } from "../../../mm/gfp";
import {
	KMALLOC_CACHE_BYTES_MAX,
	KMALLOC_SIZES,
	KMALLOC_TYPES,
	kmallocClass,
	kmallocName,
} from "../../../mm/slab-geometry";
import { PointerMap } from "../pointer-map";
import { ABSENT, KMALLOC, type KmemEvent } from "../reading/event";
import { type CacheList, NO_CACHE } from "./cache-list";
import { type CallSiteMap, callKey } from "./call-site-map";
import { Callers, longer } from "./callers";

const UNDECIDED = -1;
const NORMAL = KMALLOC_TYPES.indexOf("normal");
const CGROUP = KMALLOC_TYPES.indexOf("cgroup");
const RECLAIM = KMALLOC_TYPES.indexOf("reclaim");
const DMA = KMALLOC_TYPES.indexOf("dma");
const CLASSES = KMALLOC_SIZES.length;
const UNTOLD = 0; // what a caller's objects tell of SLAB_ACCOUNT
const WITHOUT_ACCOUNT = 1;
const WITH_ACCOUNT = 2;
const PRESENT = asPhys(8); // stands for an address whose cache is in dispute

/** How answers were found. */
export const ATTRIBUTION_RULES = [
	"learned",
	"call site",
	"neighbours",
	"known function",
	"size",
	"made up",
] as const;
const LEARNED = 0;
const CALL_SITE = 1;
const NEIGHBOURS = 2;
const FUNCTION = 3;
const SIZE = 4;
const MADE_UP = 5;

/** Functions that use one cache, whatever the offset. */
const FUNCTIONS: readonly (readonly [
	start: string,
	bytes: number,
	cache: string,
])[] = [
	["kmem_cache_create_usercopy+", 0, "kmem_cache"],
	["__kmem_cache_create+", 0, "kmem_cache_node"],
	["__trace_define_field+", 0, "ftrace_event_field"],
	["inet_twsk_alloc+", 272, "tw_sock_TCP"],
	["mempool_init_node+", 4096, "biovec-max"],
	["mempool_init_node+", 48, "ext4_bio_post_read_ctx"],
	["jbd2_journal_init_revoke_table+", 16, "jbd2_revoke_table_s"],
	["fib_table_insert+", 56, "ip_fib_alias"],
	["fib_insert_alias+", 48, "ip_fib_trie"], // leaf_new, inlined
	["fib6_add_1", 128, "fib6_nodes"], // node_alloc, inlined
	["dst_alloc+", 192, "ip_dst_cache"],
	["dst_alloc+", 256, "ip6_dst_cache"],
];

/** Texts of names: the part of the reader's Names that is needed. */
export interface NameTexts {
	text(id: number): string;
}

/** What is known beforehand. */
export interface AttributionFacts {
	readonly sites: CallSiteMap;
	/** Whether a cache ever had slabs, where snapshots tell; decides between caches of one size. */
	hadSlabs?(name: string): boolean;
}

/** Which cache objects belong to. */
export class Attribution {
	readonly callers = new Callers();
	private decided: Int32Array = new Int32Array(64).fill(UNDECIDED); // by caller
	private rules: Int32Array = new Int32Array(64); // by caller
	private isContested: Int32Array = new Int32Array(64); // by caller: its objects belong to several caches
	private accounting: Int32Array = new Int32Array(64); // by caller: UNTOLD or what its cache is
	private byName: Int32Array = new Int32Array(64).fill(UNDECIDED); // by number of the name in events
	private readonly byClass = new Int32Array(
		KMALLOC_TYPES.length * CLASSES,
	).fill(UNDECIDED);
	private readonly disputed = new PointerMap();
	private readonly bySize = new Map<string, number>();

	constructor(
		private readonly names: NameTexts,
		readonly caches: CacheList,
		private readonly facts: AttributionFacts,
	) {}

	/** The caller of an allocation. */
	caller(event: KmemEvent): number {
		const caller = this.callers.intern(
			event.site,
			event.bytesRequested,
			event.bytesAllocated,
		);
		if (caller >= this.decided.length) this.grow();
		if (this.accounting[caller] === UNTOLD)
			this.accounting[caller] = accountingOf(event);
		return caller;
	}

	/** The cache of an allocation; NO_CACHE for whole pages. */
	ofAllocation(event: KmemEvent, caller: number): number {
		if (event.kind === KMALLOC) return this.ofKmalloc(event);
		if (event.cache >= 0) {
			const named = this.named(event.cache);
			if (named !== NO_CACHE) {
				this.caches.tell(named, event.bytesAllocated);
				return named;
			}
		}
		if (this.isContested[caller] === 1) {
			const found = this.disputed.get(event.low, event.high);
			if (found !== 0) return this.disputed.tag;
		}
		const known = this.decided[caller] as number;
		return known !== UNDECIDED ? known : this.decide(caller);
	}

	/** The cache that an event names; NO_CACHE when it names none. */
	named(name: number): number {
		if (name < 0) return NO_CACHE;
		if (name >= this.byName.length)
			this.byName = longer(this.byName, 2 * name, UNDECIDED);
		const known = this.byName[name] as number;
		if (known !== UNDECIDED) return known;
		const number = this.caches.number(this.names.text(name));
		this.byName[name] = number;
		return number;
	}

	/** An object of this caller, at this address, belongs to a cache: it was freed under its name. */
	learn(caller: number, cache: number, low: number, high: number): void {
		const before = this.decided[caller] as number;
		const knew = before !== UNDECIDED && this.rules[caller] === LEARNED;
		if (!knew) this.settle(caller, cache, LEARNED);
		else if (before !== cache) this.isContested[caller] = 1;
		if (this.isContested[caller] === 1)
			this.disputed.set(low, high, PRESENT, cache);
	}

	/** Others in the slab of this caller's object belong to a cache: so does it, unless something better is known. */
	suppose(caller: number, cache: number): void {
		if (this.decided[caller] === UNDECIDED)
			this.settle(caller, cache, NEIGHBOURS);
	}

	/** The cache of a caller's objects; of several the first that was learned. */
	ofCaller(caller: number): number {
		const known = this.decided[caller] as number;
		return known !== UNDECIDED ? known : this.decide(caller);
	}

	/** The rule that decided for a caller, an index into ATTRIBUTION_RULES; -1 while none has. */
	ruleOf(caller: number): number {
		return this.decided[caller] === UNDECIDED
			? UNDECIDED
			: (this.rules[caller] as number);
	}

	/** Whether the cache of a caller's objects may be another: no name of its own tells it, or several do. */
	isGuess(caller: number): boolean {
		if (this.decided[caller] === UNDECIDED) return false;
		const isWeak = (this.rules[caller] as number) >= NEIGHBOURS;
		return isWeak || this.isContested[caller] === 1;
	}

	/** Whether a caller's objects can be of a cache, as far as accounting tells. */
	isPossible(caller: number, cache: number): boolean {
		return this.agrees(this.accounting[caller] as number, cache);
	}

	/** A guess was wrong: the caller's objects belong to another cache. */
	correct(caller: number, cache: number): void {
		this.settle(caller, cache, SIZE);
	}

	private ofKmalloc(event: KmemEvent): number {
		const bytes = event.bytesRequested;
		if (bytes > KMALLOC_CACHE_BYTES_MAX) return NO_CACHE;
		const at = familyOf(event) * CLASSES + kmallocClass(bytes);
		const known = this.byClass[at];
		if (known === undefined) return NO_CACHE; // 0 bytes
		return known !== UNDECIDED ? known : this.openClass(at);
	}

	private openClass(at: number): number {
		const family = Math.floor(at / CLASSES);
		const bytes = KMALLOC_SIZES[at - family * CLASSES] as number;
		const type = KMALLOC_TYPES[family] as (typeof KMALLOC_TYPES)[number];
		const number = this.caches.number(kmallocName(type, bytes), bytes);
		this.byClass[at] = number;
		return number;
	}

	/** Call site of a caller. */
	siteOf(caller: number): string {
		return this.names.text(this.callers.site(caller));
	}

	/** Rules 4 to 7. */
	private decide(caller: number): number {
		const { callers, caches } = this;
		const site = this.names.text(callers.site(caller));
		const bytes = callers.bytesAllocated(caller);
		const key = callKey(site, callers.bytesRequested(caller), bytes);
		const mapped = this.facts.sites.get(key);
		if (mapped !== undefined && this.canBe(caller, mapped, bytes))
			return this.settle(caller, caches.number(mapped, bytes), CALL_SITE);
		const known = FUNCTIONS.find(
			([start, only]) =>
				site.startsWith(start) && (only === 0 || only === bytes),
		)?.[2];
		if (known !== undefined && this.canBe(caller, known, bytes))
			return this.settle(caller, caches.number(known, bytes), FUNCTION);
		const only = this.onlyOfSize(caller, bytes);
		if (only !== NO_CACHE) return this.settle(caller, only, SIZE);
		return this.settle(caller, caches.number(`size-${bytes}`, bytes), MADE_UP);
	}

	/** Whether the recording can have meant the cache: it is known, or nothing is, and its slots have the size. */
	private canBe(caller: number, name: string, bytes: number): boolean {
		const { caches } = this;
		const number = caches.find(name);
		if (number === NO_CACHE) return caches.knownCount === 0;
		if (!this.isPossible(caller, number)) return false;
		const slot = caches.bytes(number);
		return slot === 0 || slot === bytes;
	}

	private agrees(accounting: number, cache: number): boolean {
		const isAccounted = this.caches.isAccounted(cache);
		if (accounting === UNTOLD || isAccounted === null) return true;
		return isAccounted === (accounting === WITH_ACCOUNT);
	}

	private onlyOfSize(caller: number, bytes: number): number {
		const accounting = this.accounting[caller] as number;
		const asked = this.callers.bytesRequested(caller);
		const key = `${accounting} ${asked} ${bytes}`;
		const kept = this.bySize.get(key);
		if (kept !== undefined) return kept;
		const all: number[] = [];
		for (let number = 1; number <= this.caches.knownCount; number++)
			if (
				this.caches.bytes(number) === bytes &&
				this.agrees(accounting, number) &&
				!/^(dma-)?kmalloc-/.test(this.caches.name(number))
			)
				all.push(number);
		const asAsked = all.filter((number) =>
			[asked, null].includes(this.caches.objectBytes(number)),
		);
		const those = asAsked.length > 0 ? asAsked : all;
		const inUse = those.filter((number) =>
			this.facts.hadSlabs?.(this.caches.name(number)),
		);
		const found = (those.length === 1 ? those[0] : inUse[0]) ?? NO_CACHE;
		this.bySize.set(key, found);
		return found;
	}

	private settle(caller: number, cache: number, rule: number): number {
		this.caches.tell(cache, this.callers.bytesAllocated(caller));
		this.decided[caller] = cache;
		this.rules[caller] = rule;
		return cache;
	}

	private grow(): void {
		const length = 2 * this.decided.length;
		this.decided = longer(this.decided, length, UNDECIDED);
		this.rules = longer(this.rules, length);
		this.isContested = longer(this.isContested, length);
		this.accounting = longer(this.accounting, length);
	}
}

/** What an object tells of its cache's SLAB_ACCOUNT: who asks to be accounted for gets it from any cache. */
function accountingOf({ accounted, gfp }: KmemEvent): number {
	if (accounted === 0) return WITHOUT_ACCOUNT;
	const isAsked = gfp === ABSENT || (gfp & __GFP_ACCOUNT) !== 0;
	return accounted === 1 && !isAsked ? WITH_ACCOUNT : UNTOLD;
}

/** Family of kmalloc that an event's flags lead to (kmalloc_type); raw events leave out what the flags say of accounting. */
function familyOf({ gfp, accounted }: KmemEvent): number {
	if (gfp !== ABSENT && (gfp & (__GFP_DMA | __GFP_RECLAIMABLE)) !== 0)
		return (gfp & __GFP_DMA) !== 0 ? DMA : RECLAIM;
	const asked = gfp !== ABSENT && (gfp & __GFP_ACCOUNT) !== 0 ? 1 : 0;
	return (accounted === ABSENT ? asked : accounted) === 1 ? CGROUP : NORMAL;
}
