// Causes: why a count here is not the recorded one, as far as that can be told from what the replay could not know.
//
//   |<------------------------- difference, without its sign ------------------------->|
//   |  unseen events                  |  unknown start          |  model                |
//    as many as the replay knows to    of the rest, as many as   whatever is left
//    be missing                        the snapshot leaves open
//
//   unseen events   freed, and nobody had it | asked for, and somebody still had it | given by a path without events
//                   (bulk allocation, frees after a grace period) | everything that happened while tracing was off
//   unknown start   slabs and frames in use when tracing began of which no text tells what is in them
//   model           this kernel did something else than the recorded one would have done
//
// No event can be blamed for a difference one by one: one slab too many moves every later page. So what is given are
// bounds. An unseen event changes a count of slabs, objects, or blocks of one order by one at most, hence so many events
// explain at most so much. What they cannot explain is certainly the model's: its part is the least that it can be, and
// the whole difference is the most.
//
// CS1: the three parts add up to the difference.
// CS2: unseen events explain no more than are known to be missing, the start no more than is unknown of it.
// CS3: nobody knows how much happened while tracing was off: behind such a window no bound holds, and the whole difference
//      counts as unseen.
// CS4: causes explain, they do not excuse: whether an aim is reached is judged by the whole difference.

/** What a replay could not know about one cache, or about the page allocator. */
export interface Tally {
	/** Frees of what the replay did not know to be in use. */
	readonly unknownFrees: number;
	/** Requests that are known to be missing: somebody asked for what was still in use, or freed it twice. */
	readonly lostRequests: number;
	/** Slabs (of a cache) or frames (of the page allocator) that the start snapshot leaves open. */
	readonly unknownStart: number;
}

/** What a replay could not know, from its start to one moment. */
export interface Tallies {
	/** Windows without tracing. */
	readonly untracedWindows: number;
	/** Of the page allocator, in frames. */
	readonly pages: Tally;
	/** By the recorded name of the cache; a cache that is not here has nothing unknown. */
	readonly caches: Readonly<Record<string, Tally>>;
}

/** A difference, divided. */
export interface Causes {
	readonly unseen: number;
	readonly start: number;
	readonly model: number;
}

export const NOTHING_UNKNOWN: Tally = {
	unknownFrees: 0,
	lostRequests: 0,
	unknownStart: 0,
};
export const ALL_KNOWN: Tallies = {
	untracedWindows: 0,
	pages: NOTHING_UNKNOWN,
	caches: {},
};
export const NO_CAUSES: Causes = { unseen: 0, start: 0, model: 0 };

/** Divides a difference without sign (CS1, CS2, CS3). */
export function causesOf(
	difference: number,
	tally: Tally,
	untracedWindows: number,
): Causes {
	if (untracedWindows > 0) return { unseen: difference, start: 0, model: 0 };
	const unseen = Math.min(difference, tally.unknownFrees + tally.lostRequests);
	const start = Math.min(difference - unseen, tally.unknownStart);
	return { unseen, start, model: difference - unseen - start };
}

/** Divides a difference of one cache. */
export const cacheCauses = (
	difference: number,
	cache: string,
	tallies: Tallies,
): Causes =>
	causesOf(
		difference,
		Object.hasOwn(tallies.caches, cache)
			? (tallies.caches[cache] as Tally)
			: NOTHING_UNKNOWN,
		tallies.untracedWindows,
	);

/** Divides a difference of the page allocator. */
export const pageCauses = (difference: number, tallies: Tallies): Causes =>
	causesOf(difference, tallies.pages, tallies.untracedWindows);

/** Causes of several differences together. */
export const addCauses = (all: readonly Causes[]): Causes =>
	all.reduce(
		(sum, { unseen, start, model }) => ({
			unseen: sum.unseen + unseen,
			start: sum.start + start,
			model: sum.model + model,
		}),
		NO_CAUSES,
	);

/** Every page that was allocated or freed is known: then counts of pages must be exact. */
export const knowsAllPages = ({ untracedWindows, pages }: Tallies): boolean =>
	untracedWindows === 0 &&
	pages.unknownFrees === 0 &&
	pages.lostRequests === 0 &&
	pages.unknownStart === 0;
