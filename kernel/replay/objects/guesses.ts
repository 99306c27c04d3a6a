// Guesses: slabs whose cache no event names, weighed against slabinfo.
//
//   slots of 320 bytes    mnt_cache  counts 3 slabs, has 6      3 of them are of a caller whose cache was guessed
//                         bio-256    counts 3 slabs, has 0      so they are these
//
// GU1: a slab is moved only from a cache with more slabs than slabinfo counts to one with fewer, of the same slots, that its objects can be of.

import type { Attribution } from "./attribution";
import type { RecordedUse } from "./start-slabs";
import type { Survey } from "./survey";

/** Moves guessed slabs of the start, and the callers that they were guessed by, to caches that lack slabs. */
export function weighGuesses(
	survey: Survey,
	attribution: Attribution,
	uses: ReadonlyMap<number, RecordedUse>,
): void {
	const { lives } = survey;
	const excess = new Map<number, number>(); // by cache: slabs above those counted
	for (const [cache, { slabs }] of uses) excess.set(cache, -slabs);
	const guessed: number[] = [];
	for (let life = 1; life < lives.size; life++) {
		if (!survey.isOld(life)) continue;
		const cache = lives.cache(life);
		excess.set(cache, (excess.get(cache) ?? 0) + 1);
		if (lives.isSupposed(life) && attribution.isGuess(lives.caller(life)))
			guessed.push(life);
	}
	for (const life of guessed) {
		const from = lives.cache(life);
		const above = excess.get(from) as number;
		const to =
			above > 0
				? whoLacks(attribution, excess, from, lives.caller(life))
				: null;
		if (to === null) continue;
		attribution.correct(lives.caller(life), to);
		lives.suppose(life, to);
		excess.set(from, above - 1);
		excess.set(to, (excess.get(to) as number) + 1);
	}
}

/** The cache with the same slots that lacks most slabs; null for none. */
function whoLacks(
	attribution: Attribution,
	excess: ReadonlyMap<number, number>,
	from: number,
	caller: number,
): number | null {
	const { caches } = attribution;
	let best: number | null = null;
	let least = 0;
	for (const [cache, above] of excess) {
		const fits =
			cache !== from &&
			caches.bytes(cache) === caches.bytes(from) &&
			!caches.name(cache).includes("kmalloc-") &&
			attribution.isPossible(caller, cache);
		if (!fits || above >= least) continue;
		least = above;
		best = cache;
	}
	return best;
}
