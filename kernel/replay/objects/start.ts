// The start: the slabs that the recorded kernel had when a replay begins, made here on the very frames that they had.
//
//   snapshot a    flags, slabinfo, slab.tsv --.
//   first pass    survey ---------------------+--> StartSlab by cache --> places --> seize the block, SlabCache.stock
//                                                                                         |
//                                             objects in use --> PointerMap, or pools <---'
//
// Objects of slabs that events touched are known by their pointers. Where pointers are hashed, those of a cache wait in a
// pool, in random order: a free of the unknown takes one.
//
// ST1: every block of slab frames is seized once, or left over and told. ST2: every object in use at the start that an
// event frees later has its pointer, or is in a pool.

import { asPfn, type PhysAddr } from "../../../hw/units";
import { __GFP_COMP, GFP_KERNEL } from "../../../mm/gfp";
import type { SlabCache, SlabPlace } from "../../../mm/slab-cache";
import {
	SLAB_DEBUG_FLAGS,
	SLAB_RECLAIM_ACCOUNT,
} from "../../../mm/slab-geometry";
import type { Kernel } from "../../kernel";
import { PointerMap } from "../pointer-map";
import type { Snapshot } from "../snapshot/snapshot";
import { type CacheList, NO_CACHE } from "./cache-list";
import { OTHER_CALLERS } from "./callers";
import { weighGuesses } from "./guesses";
import type { SlubStore } from "./object-store";
import {
	guessPlaces,
	type PlacedCache,
	type Placing,
	placeSlabs,
} from "./placing";
import { tagOf } from "./player";
import { NO_LIFE } from "./slab-lives";
import {
	FREE,
	findStartSlabs,
	type RecordedUse,
	type StartSlab,
} from "./start-slabs";
import type { Survey } from "./survey";

const UNMOVABLE = 0;
const RECLAIMABLE = 2;

/** What the start is made from. */
export interface StartParts {
	readonly kernel: Kernel;
	readonly caches: CacheList;
	readonly store: SlubStore;
	readonly survey: Survey;
	/** The snapshot of the start; its flags show the slabs. */
	readonly snapshot: Snapshot;
}

/** The slabs of the start. */
export interface Start {
	/** Objects in use, by recorded pointers. */
	readonly objects: PointerMap;
	/** Objects in use whose pointers nobody knows, by number of their cache. */
	readonly pools: readonly PhysAddr[][];
	readonly slabs: number;
	/** Blocks of slab frames whose cache nobody knows. */
	readonly leftOver: number;
	/** Slabs that slabinfo counts and that have no block, by name of the cache. */
	readonly missing: ReadonlyMap<string, number>;
}

/** Makes the slabs of the start. */
export function makeStart(parts: StartParts): Start {
	return new StartMaker(parts).make();
}

class StartMaker {
	private readonly objects = new PointerMap();
	private readonly pools: PhysAddr[][] = [];

	constructor(private readonly parts: StartParts) {}

	make(): Start {
		const { store, survey, snapshot, caches } = this.parts;
		const blocks = snapshot.slabBlocks?.blocks;
		const uses = this.uses();
		weighGuesses(survey, survey.attribution, uses);
		store.setApart();
		const found =
			blocks &&
			findStartSlabs({
				survey,
				blocks,
				uses,
				shape: (cache) => store.cache(cache)?.geometry ?? null,
			});
		const slabs = found?.slabs ?? [];
		for (const [cache, its] of byCache(slabs)) this.stock(cache, its, uses);
		const missing = new Map<string, number>();
		for (const [cache, count] of found?.missing ?? [])
			missing.set(caches.name(cache), count);
		return {
			objects: this.objects,
			pools: this.pools,
			slabs: slabs.length,
			leftOver: found?.leftOver ?? 0,
			missing,
		};
	}

	/** What slabinfo says, corrected by the slabs that came and went until the start. */
	private uses(): ReadonlyMap<number, RecordedUse> {
		const { survey, snapshot, caches } = this.parts;
		const uses = new Map<number, RecordedUse>();
		const read = survey.epochOf(snapshot.doneText("slabinfo"));
		const since =
			read >= 0 ? survey.answersBetween(read, survey.startEpoch) : null;
		for (const line of snapshot.slabinfo ?? []) {
			const cache = caches.find(line.name);
			if (cache === NO_CACHE) continue;
			const { made, freed } = since?.of(cache) ?? { made: 0, freed: 0 };
			uses.set(cache, {
				slabs: line.slabs + made - freed,
				freeObjects: line.objects - line.activeObjects,
			});
		}
		return uses;
	}

	private stock(
		number: number,
		slabs: readonly StartSlab[],
		uses: ReadonlyMap<number, RecordedUse>,
	): void {
		const { kernel, store, survey } = this.parts;
		const cache = store.cache(number) as SlabCache;
		const placed: PlacedCache = {
			cpuPartialSlabs: cache.geometry.cpuPartialSlabs,
			takesUnseen: survey.takesUnseen(number),
			isDebug: (cache.geometry.flags & SLAB_DEBUG_FLAGS) !== 0,
			counts: this.counts(number),
			freeObjects: uses.get(number)?.freeObjects ?? null,
		};
		const place = survey.directMap.isKnown ? placeSlabs : guessPlaces;
		const { turn } = kernel.mm;
		const seated = turn.cpu.id;
		this.putAll(cache, number, place(slabs, placed, turn.cpus.length));
		turn.seat(seated);
		const pool = this.pools[number];
		if (pool) this.shuffle(pool);
	}

	/** Slabs with CPUs and on the list, as slab.tsv has them. */
	private counts(number: number): PlacedCache["counts"] {
		const { snapshot, caches } = this.parts;
		const row = snapshot.slabs?.find(
			({ name, use }) => use !== null && caches.find(name) === number,
		);
		return row?.use ?? null;
	}

	private putAll(cache: SlabCache, number: number, placing: Placing): void {
		const { turn } = this.parts.kernel.mm;
		const put = (slab: StartSlab, place: SlabPlace): void =>
			this.put(cache, number, slab, place);
		for (const slab of placing.full) put(slab, "full");
		for (const slab of placing.listed) put(slab, "listed");
		for (const { id } of turn.cpus) {
			turn.seat(id);
			const chain = placing.chained[id] ?? [];
			for (const slab of [...chain].reverse()) put(slab, "chained");
			const current = placing.current[id];
			if (current) put(current, "current");
		}
	}

	private put(
		cache: SlabCache,
		number: number,
		slab: StartSlab,
		place: SlabPlace,
	): void {
		const { allocator } = this.parts.kernel.mm;
		const pfn = asPfn(slab.pfn);
		const isReclaimable = (cache.geometry.flags & SLAB_RECLAIM_ACCOUNT) !== 0;
		const type = isReclaimable ? RECLAIMABLE : UNMOVABLE;
		const gfp = slab.order > 0 ? GFP_KERNEL | __GFP_COMP : GFP_KERNEL;
		allocator.seize(pfn, slab.order, type, gfp);
		const used = cache.stock(pfn, place, (index) => slab.slots[index] === FREE);
		for (const object of used) this.note(number, slab, object);
	}

	/** Remembers an object in use where something may free it. */
	private note(number: number, slab: StartSlab, object: PhysAddr): void {
		const { directMap } = this.parts.survey;
		if (!directMap.isKnown) {
			const pool = this.pools[number] ?? [];
			this.pools[number] = pool;
			pool.push(object);
		} else if (slab.life !== NO_LIFE)
			this.objects.set(
				directMap.low(object),
				directMap.high(object),
				object,
				tagOf(OTHER_CALLERS, number),
			);
	}

	private shuffle(pool: PhysAddr[]): void {
		const { rng } = this.parts.kernel.machine;
		for (let at = pool.length - 1; at > 0; at--) {
			const other = rng.below(at + 1);
			const kept = pool[at] as PhysAddr;
			pool[at] = pool[other] as PhysAddr;
			pool[other] = kept;
		}
	}
}

function byCache(slabs: readonly StartSlab[]): Map<number, StartSlab[]> {
	const found = new Map<number, StartSlab[]>();
	for (const slab of slabs) {
		const its = found.get(slab.cache);
		if (its) its.push(slab);
		else found.set(slab.cache, [slab]);
	}
	return found;
}
