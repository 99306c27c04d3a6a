// Start slabs: for every block of slab frames that a snapshot shows, the cache it belongs to and which of its slots were free.
//
//   frame flags   blocks ---.
//   the survey    lives ----+--> StartSlab { block, cache, state of each slot, first use }
//   slabinfo      how many -'    blocks that no event touched go to the caches that lack slabs of that order
//
// slabinfo was read a little before the flags; slabs that were made and given back in between correct its numbers.
//
// What no event of a whole recording touched tells something, too: a CPU makes a slab only when it finds no free object, with itself
// or on the list. Where it made one since the start, such a slot was not free: it was taken by a path without events. A slab
// that was given back before had nothing but free slots, and is no witness. The same holds for a slot that was free when an
// event touched it last, before the start.
// [mm/slub.c ___slab_alloc]
//
// SS1: a block goes to a cache only if the cache's slabs have its order and slabinfo misses slabs of it; what is left over
// belongs to nobody.

import type { FrameBlocks } from "../snapshot/kpageflags";
import { NO_CACHE } from "./cache-list";
import { NEVER, NO_LIFE } from "./slab-lives";
import type { Survey } from "./survey";

/** What is known of a slot. */
export const UNSEEN = 0;
export const FREE = 1;
export const IN_USE = 2;

/** A slab of the start. */
export interface StartSlab {
	readonly pfn: number;
	readonly order: number;
	readonly cache: number;
	/** NO_LIFE for a slab that no event touched. */
	readonly life: number;
	/** By slot: UNSEEN, FREE or IN_USE. */
	readonly slots: Uint8Array;
	/** When the first object since the start was taken, counted in events; 0 for never. */
	readonly firstUse: number;
	/** When the last object before the start was taken; 0 for never. */
	readonly lastUse: number;
	/** The CPU of the first use, or of the last one before the start where there is none. */
	readonly cpu: number;
}

/** How the objects of a cache lie in its slabs. */
export interface SlotShape {
	/** Bytes from one slot to the next. */
	readonly size: number;
	/** Bytes before the first object. */
	readonly redLeftPad: number;
	readonly order: number;
	readonly objectCount: number;
}

/** What slabinfo said of a cache. */
export interface RecordedUse {
	readonly slabs: number;
	readonly freeObjects: number;
}

const NOBODY: ReadonlyMap<number, number> = new Map();

/** What start slabs are made from. */
export interface StartFacts {
	readonly survey: Survey;
	readonly blocks: FrameBlocks;
	/** By number of a cache; null for one that cannot be made. */
	shape(cache: number): SlotShape | null;
	/** By number of a cache, corrected to the start; undefined without slabinfo. */
	readonly uses: ReadonlyMap<number, RecordedUse>;
}

/** The slabs of the start, and what did not fit. */
export interface StartSlabs {
	readonly slabs: readonly StartSlab[];
	/** Blocks that belong to no cache that is known. */
	readonly leftOver: number;
	/** Slabs that slabinfo counts and no block is left for, by cache. */
	readonly missing: ReadonlyMap<number, number>;
}

/**
 * Finds the slabs of the start. A slot that no event touched was free, if the slab was made in the trace and its cache gives
 * no objects unseen, and in use if its CPU passed it over; else nothing is known of it.
 */
export function findStartSlabs(facts: StartFacts): StartSlabs {
	const { blocks, survey } = facts;
	const lives = livesByFrame(survey);
	const addresses = addressesByLife(survey);
	const makers = makersByCache(survey);
	const counts = new Map<number, number>();
	const slabs: StartSlab[] = [];
	const untouched: number[] = []; // indices of blocks
	for (let at = 0; at < blocks.length; at++) {
		const life = lives.get(blocks.pfns[at] as number) ?? NO_LIFE;
		const cache = life === NO_LIFE ? NO_CACHE : survey.lives.cache(life);
		const slab =
			cache === NO_CACHE
				? null
				: touchedSlab(facts, at, life, {
						cache,
						entries: addresses.get(life) ?? [],
						makers: makers.get(cache) ?? NOBODY,
					});
		if (slab === null) untouched.push(at);
		else {
			slabs.push(slab);
			counts.set(cache, (counts.get(cache) ?? 0) + 1);
		}
	}
	return shareOut(facts, slabs, untouched, counts);
}

/** Slabs that existed at the start, by their first frames. */
function livesByFrame(survey: Survey): Map<number, number> {
	const found = new Map<number, number>();
	for (let life = 1; life < survey.lives.size; life++)
		if (survey.isOld(life)) found.set(survey.lives.pfn(life), life);
	return found;
}

/** Entries of the survey's list of addresses, by life. */
function addressesByLife({ log }: Survey): Map<number, number[]> {
	const found = new Map<number, number[]>();
	for (let entry = 0; entry < log.atStart.length; entry++) {
		const life = log.atStart.lives.at(entry);
		const entries = found.get(life);
		if (entries) entries.push(entry);
		else found.set(life, [entry]);
	}
	return found;
}

/** By cache and CPU: the epoch in which that CPU made its first slab since the start. */
function makersByCache({
	lives,
	first,
	startEpoch,
}: Survey): Map<number, Map<number, number>> {
	const found = new Map<number, Map<number, number>>();
	for (let life = 1; life < lives.size; life++) {
		const birth = lives.birth(life);
		if (!lives.isSlab(life) || birth < startEpoch) continue;
		const makers = found.get(lives.cache(life)) ?? new Map();
		found.set(lives.cache(life), makers);
		const cpu = first.cpu(life);
		makers.set(cpu, Math.min(birth, makers.get(cpu) ?? birth));
	}
	return found;
}

/** What events tell of a slab. */
interface Touches {
	readonly cache: number;
	/** Of the survey's list of addresses. */
	readonly entries: readonly number[];
	/** By CPU: the epoch of the first slab of its cache that was made since. */
	readonly makers: ReadonlyMap<number, number>;
}

/** A slab that events touched; null when its cache cannot have it. */
function touchedSlab(
	{ survey, blocks, shape }: StartFacts,
	at: number,
	life: number,
	{ cache, entries, makers }: Touches,
): StartSlab | null {
	const form = shape(cache);
	const pfn = blocks.pfns[at] as number;
	const order = blocks.orders[at] as number;
	if (form === null) return null;
	const count = Math.floor((4096 * 2 ** order) / form.size);
	if (count === 0) return null;
	const isMade = survey.lives.birth(life) !== NEVER;
	const isWhole = isMade && !survey.takesUnseen(cache);
	const { first, last } = survey;
	const firstUse = first.when(life);
	const cpu = firstUse > 0 ? first.cpu(life) : last.cpu(life);
	const death = survey.lives.death(life);
	const made = makers.get(cpu) ?? NEVER;
	const isPassed = made !== NEVER && (death === NEVER || made < death);
	const untouched = isPassed ? IN_USE : FREE;
	const slots = new Uint8Array(count).fill(isWhole ? untouched : UNSEEN);
	const { lows, highs, free, touched } = survey.log.atStart;
	for (const entry of entries) {
		const address = survey.directMap.physical(lows.at(entry), highs.at(entry));
		const index = (address - pfn * 4096 - form.redLeftPad) / form.size;
		if (!Number.isInteger(index) || index < 0 || index >= count) continue;
		const isFree = free.at(entry) === 1;
		slots[index] =
			isFree && (touched.at(entry) === 1 || !isPassed || !isMade)
				? FREE
				: IN_USE;
	}
	return {
		pfn,
		order,
		cache,
		life,
		slots,
		firstUse,
		lastUse: last.when(life),
		cpu,
	};
}

/** Gives the blocks that no event touched to the caches that lack slabs of their order (SS1). */
function shareOut(
	{ blocks, shape, uses }: StartFacts,
	slabs: StartSlab[],
	untouched: readonly number[],
	counts: ReadonlyMap<number, number>,
): StartSlabs {
	const byOrder = new Map<number, number[]>();
	for (const at of untouched) {
		const order = blocks.orders[at] as number;
		const list = byOrder.get(order);
		if (list) list.push(at);
		else byOrder.set(order, [at]);
	}
	let leftOver = untouched.length;
	const missing = new Map<number, number>();
	for (const [cache, use] of uses) {
		const lacking = use.slabs - (counts.get(cache) ?? 0);
		const form = shape(cache);
		if (lacking <= 0 || form === null) continue;
		const taken = (byOrder.get(form.order) ?? []).splice(0, lacking);
		for (const at of taken)
			slabs.push({
				pfn: blocks.pfns[at] as number,
				order: form.order,
				cache,
				life: NO_LIFE,
				slots: new Uint8Array(form.objectCount),
				firstUse: 0,
				lastUse: 0,
				cpu: 0,
			});
		leftOver -= taken.length;
		if (taken.length < lacking) missing.set(cache, lacking - taken.length);
	}
	return { slabs, leftOver, missing };
}
