// Answers: what the recorded kernel did with slabs, for a replay to be compared with.
//
//   cache     made  by order 0 1 2 3     given back
//   dentry      31          31 . . .              4

import { NO_CACHE } from "./cache-list";
import type { SlabLives } from "./slab-lives";

/** Slabs of one cache. */
export interface SlabChanges {
	readonly made: number;
	/** By order. */
	readonly madeByOrder: readonly number[];
	readonly freed: number;
}

const NONE: SlabChanges = { made: 0, madeByOrder: [], freed: 0 };

/** Slabs that were made and given back from one epoch up to another, not included. */
export class Answers {
	private readonly byCache = new Map<
		number,
		{ made: number; madeByOrder: number[]; freed: number }
	>();

	constructor(lives: SlabLives, from: number, to: number) {
		const isWithin = (epoch: number): boolean => epoch >= from && epoch < to;
		for (let life = 1; life < lives.size; life++) {
			if (!lives.isSlab(life)) continue;
			const wasMade = isWithin(lives.birth(life));
			const wasFreed = isWithin(lives.death(life));
			if (!wasMade && !wasFreed) continue;
			const changes = this.open(lives.cache(life));
			const order = lives.order(life);
			if (wasFreed) changes.freed++;
			if (!wasMade) continue;
			changes.made++;
			while (changes.madeByOrder.length <= order) changes.madeByOrder.push(0);
			changes.madeByOrder[order] = (changes.madeByOrder[order] as number) + 1;
		}
	}

	/** Numbers of the caches whose slabs changed; NO_CACHE stands for slabs of which nobody knows the cache. */
	caches(): number[] {
		return [...this.byCache.keys()];
	}

	/** What happened to a cache. */
	of(cache: number): SlabChanges {
		return this.byCache.get(cache) ?? NONE;
	}

	/** Slabs of which nobody knows the cache. */
	get unknown(): SlabChanges {
		return this.of(NO_CACHE);
	}

	private open(cache: number) {
		let changes = this.byCache.get(cache);
		if (changes === undefined) {
			changes = { made: 0, madeByOrder: [], freed: 0 };
			this.byCache.set(cache, changes);
		}
		return changes;
	}
}
