// Guesses: callers of whom only the size of their objects is known, weighed against slabinfo.
//
//   slots of 320 bytes    mnt_cache  counts 3 slabs, has 6      3 of them from a caller that was guessed
//                         bio-256    counts 3 slabs, has 0      so they are these
//
// GU1: a caller is moved only if its cache then has no fewer slabs than slabinfo counts, and the other cache no more.

import type { Attribution } from "./attribution";
import type { RecordedUse } from "./start-slabs";
import type { Survey } from "./survey";

/** Moves guessed callers, and the slabs of the start that were theirs, to caches that lack slabs. */
export function weighGuesses(
	survey: Survey,
	attribution: Attribution,
	uses: ReadonlyMap<number, RecordedUse>,
): void {
	const excess = new Map<number, number>(); // by cache: slabs above those counted
	for (const [cache, { slabs }] of uses) excess.set(cache, -slabs);
	const guessed = new Map<number, number[]>(); // lives, by caller
	for (let life = 1; life < survey.lives.size; life++) {
		if (!survey.isOld(life)) continue;
		const cache = survey.lives.cache(life);
		excess.set(cache, (excess.get(cache) ?? 0) + 1);
		const caller = survey.lives.caller(life);
		if (caller < 0 || !attribution.isGuess(caller)) continue;
		guessed.set(caller, [...(guessed.get(caller) ?? []), life]);
	}
	for (const [caller, lives] of guessed) {
		const from = attribution.ofCaller(caller);
		const own = lives.filter((life) => survey.lives.cache(life) === from);
		if (own.length === 0 || (excess.get(from) ?? 0) < own.length) continue;
		const to = whoLacks(attribution, excess, from, own.length);
		if (to === null) continue;
		attribution.correct(caller, to);
		for (const life of own) survey.lives.setCache(life, to);
		excess.set(from, (excess.get(from) as number) - own.length);
		excess.set(to, (excess.get(to) as number) + own.length);
	}
}

/** The cache with the same slots that lacks so many slabs, and few more; null for none. */
function whoLacks(
	{ caches }: Attribution,
	excess: ReadonlyMap<number, number>,
	from: number,
	count: number,
): number | null {
	let best: number | null = null;
	for (const [cache, above] of excess) {
		const fits =
			cache !== from &&
			caches.bytes(cache) === caches.bytes(from) &&
			!caches.name(cache).includes("kmalloc-") &&
			-above >= count;
		if (fits && (best === null || above > (excess.get(best) as number)))
			best = cache;
	}
	return best;
}
