// Lives of slabs: which recorded blocks of pages held objects, from when to when, and of which cache.
//
//   mm_page_alloc NOWARN|NORETRY   first object in it            objects, names            mm_page_free
//        |-- candidate -------------|-- slab of an unknown cache --|-- slab of dentry --------|
//
// A block is a slab if it was asked for as slabs are and an object event lies in it before it is freed; neither alone is
// enough. What was a slab before the trace began shows only by its objects: frame flags tell its first frame and order.
// Time is counted in epochs: an epoch ends at each mark in the trace.
//
// SV1: a frame belongs to at most one life. SV2: a life is a slab from its first object on; the others are nothing.
// A slab whose pages go only after a grace period lives here until they go.

import { __GFP_NORETRY, __GFP_NOWARN } from "../../../mm/gfp";
import { ABSENT } from "../reading/event";
import type { FrameBlocks } from "../snapshot/kpageflags";
import { NO_CACHE } from "./cache-list";
import { longer } from "./callers";

const ASKED = __GFP_NOWARN | __GFP_NORETRY;
const FIRST_LIVES = 1024;

/** What no life is. */
export const NO_LIFE = 0;
/** Epoch of what was there before the trace, and of what is still there. */
export const NEVER = -1;
/** Caller of a slab of whose objects no allocation was seen. */
export const NO_CALLER = -1;

/** The blocks of a recording; lives are numbers from 1 on. */
export class SlabLives {
	private count = 1;
	private lifeOf: Int32Array; // by frame
	private heads: Int32Array = new Int32Array(FIRST_LIVES);
	private orders: Int32Array = new Int32Array(FIRST_LIVES);
	private births: Int32Array = new Int32Array(FIRST_LIVES);
	private deaths: Int32Array = new Int32Array(FIRST_LIVES);
	private caches: Int32Array = new Int32Array(FIRST_LIVES);
	private callers: Int32Array = new Int32Array(FIRST_LIVES);
	private supposed: Int32Array = new Int32Array(FIRST_LIVES); // 1: the cache is its caller's
	private slabs: Int32Array = new Int32Array(FIRST_LIVES); // 1: held an object
	/** Candidates in the order of their allocations: their lives. */
	private candidates: Int32Array = new Int32Array(FIRST_LIVES);
	/** How many blocks were asked for as slabs are. */
	candidateCount = 0;
	/** The current epoch. */
	epoch = 0;

	/** `older`: slabs that were there before, as far as frame flags tell. */
	constructor(
		frameCount: number,
		private readonly older: FrameBlocks | null,
	) {
		this.lifeOf = new Int32Array(frameCount);
	}

	/** Lives are numbers 1 .. size - 1. */
	get size(): number {
		return this.count;
	}
	pfn(life: number): number {
		return this.heads[life] as number;
	}
	order(life: number): number {
		return this.orders[life] as number;
	}
	/** Epoch of the allocation; NEVER for a block that is older than the trace. */
	birth(life: number): number {
		return this.births[life] as number;
	}
	/** Epoch of the free; NEVER for a block that was not freed. */
	death(life: number): number {
		return this.deaths[life] as number;
	}
	isSlab(life: number): boolean {
		return this.slabs[life] === 1;
	}
	cache(life: number): number {
		return this.caches[life] as number;
	}
	setCache(life: number, cache: number): void {
		this.caches[life] = cache;
	}
	/** Whether no event names the cache: its first caller tells. */
	isSupposed(life: number): boolean {
		return this.supposed[life] === 1;
	}
	suppose(life: number, cache: number): void {
		this.caches[life] = cache;
		this.supposed[life] = 1;
	}
	/** Who took the first object whose allocation was seen. */
	caller(life: number): number {
		return this.callers[life] as number;
	}
	setCaller(life: number, caller: number): void {
		this.callers[life] = caller;
	}
	/** Life of the nth block, from 0 on, that was asked for as slabs are. */
	candidate(nth: number): number {
		return this.candidates[nth] as number;
	}

	/** Whether a life was a slab when `epoch` began. */
	isAliveAt(life: number, epoch: number): boolean {
		const death = this.death(life);
		return (
			this.isSlab(life) &&
			this.birth(life) < epoch &&
			(death === NEVER || death >= epoch)
		);
	}

	/** A block was allocated. Returns whether it may become a slab. */
	allocate(pfn: number, order: number, gfp: number): boolean {
		if (pfn <= 0) return false;
		const isCandidate = mayBeSlab(gfp);
		if (isCandidate) {
			const life = this.begin(pfn, order, this.epoch);
			if (this.candidateCount === this.candidates.length)
				this.candidates = longer(this.candidates, 2 * this.candidateCount);
			this.candidates[this.candidateCount++] = life;
		} else if (this.at(pfn) !== NO_LIFE) this.release(pfn, order);
		return isCandidate;
	}

	/** A block was freed. */
	free(pfn: number, order: number): void {
		let life = this.at(pfn);
		if (life === NO_LIFE) life = this.openOlder(pfn);
		if (life === NO_LIFE) return;
		this.deaths[life] = this.epoch;
		this.release(pfn, Math.max(order, this.order(life)));
	}

	/** The life that an object at `address` belongs to, which is a slab from now on. */
	ofObject(address: number): number {
		const pfn = Math.floor(address / 4096);
		let life = this.at(pfn);
		if (life === NO_LIFE) life = this.openOlder(pfn);
		if (life === NO_LIFE) life = this.begin(pfn, 0, NEVER);
		this.slabs[life] = 1;
		return life;
	}

	/** The life that a frame belongs to now; NO_LIFE for none. */
	at(pfn: number): number {
		return pfn < this.lifeOf.length ? (this.lifeOf[pfn] as number) : NO_LIFE;
	}

	/** Begins the life of a block that is older than the trace, where the flags know it. */
	private openOlder(pfn: number): number {
		const { older } = this;
		if (older === null) return NO_LIFE;
		const at = blockAt(older, pfn);
		if (at < 0) return NO_LIFE;
		const head = older.pfns[at] as number;
		const order = older.orders[at] as number;
		for (let i = 0; i < 1 << order; i++)
			if (this.at(head + i) !== NO_LIFE) return NO_LIFE; // something else since
		return this.begin(head, order, NEVER);
	}

	private begin(pfn: number, order: number, birth: number): number {
		if (this.count === this.heads.length) this.grow();
		const life = this.count++;
		this.heads[life] = pfn;
		this.orders[life] = order;
		this.births[life] = birth;
		this.deaths[life] = NEVER;
		this.caches[life] = NO_CACHE;
		this.callers[life] = NO_CALLER;
		const past = pfn + (1 << order);
		if (past > this.lifeOf.length)
			this.lifeOf = longer(this.lifeOf, Math.max(past, 2 * this.lifeOf.length));
		this.lifeOf.fill(life, pfn, past);
		return life;
	}

	private release(pfn: number, order: number): void {
		this.lifeOf.fill(NO_LIFE, pfn, pfn + 2 ** order);
	}

	private grow(): void {
		const length = 2 * this.heads.length;
		this.heads = longer(this.heads, length);
		this.orders = longer(this.orders, length);
		this.births = longer(this.births, length);
		this.deaths = longer(this.deaths, length);
		this.caches = longer(this.caches, length);
		this.callers = longer(this.callers, length);
		this.supposed = longer(this.supposed, length);
		this.slabs = longer(this.slabs, length);
	}
}

/** Whether a request for pages is of the form that slabs have; one whose flags are blank may be. */
export const mayBeSlab = (gfp: number): boolean =>
	gfp === ABSENT || (gfp & ASKED) === ASKED;

/** Index of the block that holds a frame; -1 for none. */
export function blockAt(blocks: FrameBlocks, pfn: number): number {
	let first = 0;
	let past = blocks.length;
	while (first < past) {
		const middle = (first + past) >>> 1;
		if ((blocks.pfns[middle] as number) <= pfn) first = middle + 1;
		else past = middle;
	}
	const at = first - 1;
	if (at < 0) return -1;
	const end = (blocks.pfns[at] as number) + 2 ** (blocks.orders[at] as number);
	return pfn < end ? at : -1;
}
