// Placing: where each slab of the start was, told by the order in which the recorded kernel used them.
//
//   order of first use on a CPU   A        B  C        D  E  F  G  H ...
//                                 |        |           |
//                                 current  chain,      the node's list, but in another order:
//                                          head first
//   a CPU that takes slabs off the list takes several: it works on the first, the others go to the head of its chain,
//   so it uses them backwards:          list  D G F E  H K J I    use  D E F G  H I J K
//
// Slabs with free slots that nobody used stand behind. slab.tsv tells how many slabs the CPUs had. Where it is missing slabinfo
// does: it counts as free only what is on the list, so slabs with more than that are with the CPUs if somebody used them, and
// else their free slots were in use: a CPU would have used them first, and shown it but for caches that give objects
// unseen. Where the list has the free slots even of slabs that CPUs used first, these were on it: a CPU may have had none. A
// debug cache has only the list.
//
// Where no address is known, all of this is a guess: half full slabs with the CPUs, the free slots of the list shared evenly.
//
// PC1: a slab without free slots is nowhere, and only such a slab.
// [mm/slub.c get_partial_node, put_cpu_partial]

import { FREE, IN_USE, type StartSlab, UNSEEN } from "./start-slabs";

const SEARCHED_CPUS = 10; // of which every set is tried

/** What of a cache decides about places. */
export interface PlacedCache {
	/** Slabs that a CPU may keep on its chain. */
	readonly cpuPartialSlabs: number;
	readonly isDebug: boolean;
	/** Objects are also taken without events: that nobody used a slab tells nothing. */
	readonly takesUnseen: boolean;
	/** Slabs that CPUs had, chains included, and slabs on the node's list; null when no table tells. */
	readonly counts: {
		readonly cpuSlabs: number;
		readonly partial: number;
	} | null;
	/** Free slots on the node's list; null when no table tells. */
	readonly freeObjects: number | null;
}

/** The slabs of one cache, each in its place. */
export interface Placing {
	/** By CPU; undefined for none. */
	readonly current: (StartSlab | undefined)[];
	/** By CPU, head first. */
	readonly chained: StartSlab[][];
	/** Head first. */
	readonly listed: StartSlab[];
	readonly full: StartSlab[];
}

const countFree = ({ slots }: StartSlab): number => {
	let free = 0;
	for (const state of slots) if (state === FREE) free++;
	return free;
};

/** Places slabs of a machine whose addresses are known. Slots may become free where the tables say that more are. */
export function placeSlabs(
	slabs: readonly StartSlab[],
	cache: PlacedCache,
	cpuCount: number,
): Placing {
	const withFree = slabs.filter((slab) => countFree(slab) > 0);
	const used = withFree
		.filter(({ firstUse }) => firstUse > 0)
		.sort((one, other) => one.firstUse - other.firstUse);
	const unused = withFree.filter(({ firstUse }) => firstUse === 0);
	const placing: Placing = {
		current: [],
		chained: Array.from({ length: cpuCount }, () => []),
		listed: [],
		full: slabs.filter((slab) => countFree(slab) === 0),
	};
	const rest = cache.isDebug ? used : takeOwned(used, cache, placing);
	const idle = cache.isDebug ? unused : takeIdle(slabs, unused, placing);
	const kept = fillUnlisted(rest, idle, cache, placing);
	placing.listed.push(...inListOrder(rest, cache), ...kept);
	chainMore(placing, kept, cache);
	emptyMore(placing, cache);
	return placing;
}

/** Of the slabs that CPUs used first those that they worked on before: not all where the list has free slots of some. */
function currentOnes(
	used: readonly StartSlab[],
	{ counts, freeObjects }: PlacedCache,
	seat: (slab: StartSlab) => number,
): StartSlab[] {
	const first: StartSlab[] = [];
	for (const slab of used)
		if (!first.some((one) => seat(one) === seat(slab))) first.push(slab);
	if (freeObjects === null) return first;
	const most = counts?.cpuSlabs ?? first.length;
	const sum = (slabs: readonly StartSlab[]): number =>
		slabs.reduce((free, slab) => free + countFree(slab), 0);
	const missing = sum(used) - freeObjects; // on the list
	if (missing < 0 || missing >= sum(first)) return first.slice(0, most);
	for (let set = 0; set < 2 ** Math.min(first.length, SEARCHED_CPUS); set++) {
		const some = first.filter((_, nth) => ((set >>> nth) & 1) === 1);
		if (some.length <= most && sum(some) === missing) return some;
	}
	return first.slice(0, most);
}

/** Takes out the slabs that CPUs own; returns the others in the order of use. */
function takeOwned(
	used: readonly StartSlab[],
	cache: PlacedCache,
	{ current, chained }: Placing,
): StartSlab[] {
	const { cpuPartialSlabs, counts, freeObjects } = cache;
	const rest: StartSlab[] = [];
	const seat = ({ cpu }: StartSlab): number => (cpu < chained.length ? cpu : 0);
	const owners = currentOnes(used, cache, seat);
	for (const slab of owners) current[seat(slab)] = slab;
	const others = used.filter((slab) => !owners.includes(slab));
	let left = Math.max(0, (counts?.cpuSlabs ?? 0) - owners.length);
	let excess = 0; // free slots above those of the list, where only slabinfo tells
	if (counts === null && freeObjects !== null)
		excess = others.reduce((sum, slab) => sum + countFree(slab), -freeObjects);
	for (const slab of others) {
		const chain = chained[seat(slab)] as StartSlab[];
		const isOwned = left > 0 || excess > 0;
		if (isOwned && chain.length < cpuPartialSlabs) {
			chain.push(slab);
			left--;
			excess -= countFree(slab);
		} else rest.push(slab);
	}
	return rest;
}

/** Where only slabinfo tells: idle slabs for whose free slots the list has no room are full, or a CPU's. Returns the others. */
function fillUnlisted(
	used: readonly StartSlab[],
	idle: readonly StartSlab[],
	{ cpuPartialSlabs, takesUnseen, counts, freeObjects }: PlacedCache,
	{ chained, full }: Placing,
): StartSlab[] {
	if (counts !== null || freeObjects === null) return [...idle];
	let room = used.reduce((left, slab) => left - countFree(slab), freeObjects);
	return idle.filter((slab) => {
		const free = countFree(slab);
		if (free <= room) {
			room -= free;
			return true;
		}
		const chain = chained[slab.cpu] ?? (chained[0] as StartSlab[]);
		const mayBeUsed = takesUnseen && slab.lastUse > 0; // else nobody knows by whom
		if (mayBeUsed && chain.length < cpuPartialSlabs) {
			chain.push(slab);
			return false;
		}
		for (let at = 0; at < slab.slots.length; at++)
			if (slab.slots[at] === FREE) slab.slots[at] = IN_USE;
		full.push(slab);
		return false;
	});
}

/** Takes out slabs that CPUs worked on last before the start, and not since; returns the others. */
function takeIdle(
	slabs: readonly StartSlab[],
	unused: readonly StartSlab[],
	{ current }: Placing,
): StartSlab[] {
	const latest: (StartSlab | undefined)[] = []; // by CPU
	for (const slab of slabs) {
		if (slab.firstUse > 0 || slab.lastUse === 0) continue;
		const before = latest[slab.cpu]?.lastUse ?? 0;
		if (slab.lastUse > before) latest[slab.cpu] = slab;
	}
	return unused.filter((slab) => {
		const isCurrent =
			latest[slab.cpu] === slab && current[slab.cpu] === undefined;
		if (isCurrent) current[slab.cpu] = slab;
		return !isCurrent;
	});
}

/** Where the list has more slabs than the table counts and CPUs have fewer, the last idle ones are theirs. */
function chainMore(
	{ current, chained, listed }: Placing,
	idle: readonly StartSlab[],
	{ counts, cpuPartialSlabs, isDebug }: PlacedCache,
): void {
	if (counts === null || isDebug) return;
	let owned = current.filter((slab) => slab !== undefined).length;
	for (const chain of chained) owned += chain.length;
	const most = Math.min(
		counts.cpuSlabs - owned,
		listed.length - counts.partial,
		idle.length,
	);
	for (let nth = 0; nth < most; nth++) {
		const slab = listed.at(-1) as StartSlab;
		const chain = chained[slab.cpu] ?? (chained[0] as StartSlab[]);
		if (chain.length >= cpuPartialSlabs) return;
		listed.pop();
		chain.push(slab);
	}
}

/** The order on the node's list of slabs in the order of their use. */
function inListOrder(
	used: readonly StartSlab[],
	{ cpuPartialSlabs, isDebug }: PlacedCache,
): StartSlab[] {
	if (isDebug) return [...used];
	const batch = Math.floor(cpuPartialSlabs / 2) + 2;
	const listed: StartSlab[] = [];
	for (let at = 0; at < used.length; at += batch) {
		const [first, ...others] = used.slice(at, at + batch) as [
			StartSlab,
			...StartSlab[],
		];
		listed.push(first, ...others.reverse());
	}
	return listed;
}

/**
 * Free slots that no event shows: as many slabs as the list lacks get them, untouched ones first, and of these as many as
 * possible all of theirs: min_partial keeps empty slabs.
 */
function emptyMore(
	{ listed, full }: Placing,
	{ counts, freeObjects }: PlacedCache,
): void {
	if (counts === null || freeObjects === null) return;
	let slabsLeft = counts.partial - listed.length;
	let free = freeObjects;
	for (const slab of listed) free -= countFree(slab);
	for (let at = full.length - 1; at >= 0 && slabsLeft > 0 && free > 0; at--) {
		const slab = full[at] as StartSlab;
		const most = slab.slots.filter((state) => state === UNSEEN).length;
		if (most === 0) continue;
		const wanted = Math.max(1, free - (slabsLeft - 1));
		free -= setFree(slab, Math.min(most, wanted));
		slabsLeft--;
		full.splice(at, 1);
		listed.push(slab);
	}
}

/** Makes slots of which nothing is known free; returns how many. */
function setFree({ slots }: StartSlab, count: number): number {
	let left = count;
	for (let at = 0; at < slots.length && left > 0; at++) {
		if (slots[at] !== UNSEEN) continue;
		slots[at] = FREE;
		left--;
	}
	return count - left;
}

/** Places slabs of a machine whose addresses nobody knows. */
export function guessPlaces(
	slabs: readonly StartSlab[],
	cache: PlacedCache,
	cpuCount: number,
): Placing {
	const left = [...slabs];
	const placing: Placing = {
		current: [],
		chained: Array.from({ length: cpuCount }, () => []),
		listed: [],
		full: left,
	};
	const { owned, partial } = guessCounts(slabs, cache, cpuCount);
	for (let nth = 0; nth < owned && left.length > 0; nth++) {
		const cpu = nth % cpuCount;
		const chain = placing.chained[cpu] as StartSlab[];
		const isCurrent = placing.current[cpu] === undefined;
		if (!isCurrent && chain.length === cache.cpuPartialSlabs) continue;
		const slab = left.shift() as StartSlab;
		setFree(slab, Math.max(1, Math.round(slab.slots.length / 2)));
		if (isCurrent) placing.current[cpu] = slab;
		else chain.push(slab);
	}
	let free = cache.freeObjects ?? 0;
	for (let nth = 0; nth < partial && left.length > 0; nth++) {
		const slab = left.shift() as StartSlab;
		free -= setFree(slab, Math.max(1, Math.round(free / (partial - nth))));
		placing.listed.push(slab);
	}
	return placing;
}

/** How many slabs CPUs own and how many are on the list, where no table tells. */
function guessCounts(
	slabs: readonly StartSlab[],
	{ counts, freeObjects, isDebug }: PlacedCache,
	cpuCount: number,
): { owned: number; partial: number } {
	if (counts !== null)
		return { owned: counts.cpuSlabs, partial: counts.partial };
	const half = Math.max(1, (slabs[0]?.slots.length ?? 2) / 2);
	const partial = Math.min(slabs.length, Math.ceil((freeObjects ?? 0) / half));
	const owned = isDebug ? 0 : Math.min(cpuCount, slabs.length - partial);
	return { owned, partial };
}
