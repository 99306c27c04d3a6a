// Bonwick's magazine layer (2001): each CPU keeps free objects in two magazines, and a depot exchanges magazines.
//
//        CPU 0                 CPU 1                            depot
//   loaded    previous    loaded    previous          full:  [####] -> [####]
//   [###.]    [....]      [#...]    [####]            empty: [....]
//      ^ |                                                ^
//  free| v alloc          swap, when loaded cannot        |   exchange, when neither can
//                                                         v
//                                     slabs (bonwick-slabs.ts), when the depot has none
//
//   magazine, M rounds                             a CPU's words in the cache record, 16 for each CPU
//   word  0 .. 1   2 .. 3    4 .. 5                word   0      1        2         4 .. 5   6 .. 7     8        9
//       +--------+---------+---------+- -              +------+--------+---------+--------+----------+--------+-------+
//       | next   | round 0 | round 1 |                 | lock | rounds | prev    | loaded | previous | allocs | frees |
//       +--------+---------+---------+- -              +------+--------+---------+--------+----------+--------+-------+
//   depot in the cache record
//   word  0      1      2 .. 3   4 .. 5   6            7             8            9      10          11       12
//       +------+------+--------+--------+------------+-------------+------------+------+-----------+--------+--------+
//       | lock | type | full   | empty  | full count | empty count | contention | seen | exchanges | loads  | stores |
//       +------+------+--------+--------+------------+-------------+------------+------+-----------+--------+--------+
//
// Rounds are pushed and popped at the same end, so the object that was freed last is handed out first. With two magazines a
// CPU that frees and allocates around a boundary swaps them instead of running to the depot: it goes there at most once in M
// operations.
//
// MG1: a round is an object of the cache that its slab counts as taken; no object is in two rounds.
// MG2: `previous` is either full or empty, and a magazine in the depot is what its list says.
// MG3: the depot's counts are the lengths of its lists.
// MG4: allocating never makes a magazine; only a free does, and without one the object goes to its slab.
//
// The size of magazines grows when the depot's lock was found taken too often (`update`); never back. What the paper adds,
// and is not here: a working set of depot magazines that survives reaping.
// [Bonwick, Adams: Magazines and Vmem, USENIX 2001; illumos kmem.c kmem_cache_alloc, kmem_depot_alloc, kmem_magtype]

import { COST_FAST_PATH, COST_SHARED_LIST } from "../../hw/costs";
import { panic } from "../../hw/panic";
import { asPhys, NULL, type PhysAddr } from "../../hw/units";
import { __GFP_NOWARN, GFP_NOWAIT } from "../gfp";
import type { BonwickSlabs } from "./bonwick-slabs";
import { SLAB_LAYER_WORDS } from "./bonwick-slabs";
import type { Say } from "./booked-allocator";
import { type CacheHead, HEAD_OWN } from "./cache-book";
import type { DesignParts } from "./object-allocator";

const DEPOT = HEAD_OWN + SLAB_LAYER_WORDS;
const DEPOT_LOCK = DEPOT;
const TYPE = DEPOT + 1;
const DEPOT_FULL = DEPOT + 2; // pointer
const DEPOT_EMPTY = DEPOT + 4; // pointer
const FULL_COUNT = DEPOT + 6;
const EMPTY_COUNT = DEPOT + 7;
const CONTENTION = DEPOT + 8;
const SEEN = DEPOT + 9; // of the contention, at the last update
const EXCHANGES = DEPOT + 10; // previous and loaded changed places
const LOADS = DEPOT + 11; // full magazines that CPUs took from the depot
const STORES = DEPOT + 12; // and that they brought
const CPUS = DEPOT + 16;
const CPU_WORDS = 16;
const CPU_LOCK = 0;
const ROUNDS = 1;
const PREVIOUS_ROUNDS = 2;
const LOADED = 4; // pointer
const PREVIOUS = 6; // pointer
const ALLOCS = 8;
const FREES = 9;
const ROUND_BYTES = 8;
const CONTENTION_MAX = 3; // lock misses between two updates that are borne

/** Kinds of magazines: rounds, buffers above which they are begun with, buffers below which they may be grown out of. */
export const MAGAZINES: readonly {
	readonly rounds: number;
	readonly above: number;
	readonly growBelow: number;
}[] = [
	{ rounds: 1, above: 3200, growBelow: 65536 },
	{ rounds: 3, above: 256, growBelow: 32768 },
	{ rounds: 7, above: 64, growBelow: 16384 },
	{ rounds: 15, above: 0, growBelow: 8192 },
	{ rounds: 31, above: 0, growBelow: 4096 },
	{ rounds: 47, above: 0, growBelow: 2048 },
	{ rounds: 63, above: 0, growBelow: 1024 },
	{ rounds: 95, above: 0, growBelow: 512 },
	{ rounds: 143, above: 0, growBelow: 0 },
];

/** Bytes of a magazine. */
export const magazineBytes = (rounds: number): number =>
	ROUND_BYTES + rounds * ROUND_BYTES;

/** Words of a cache record on a machine with so many CPUs. */
export const recordWords = (cpus: number): number => CPUS + cpus * CPU_WORDS;

/** Where magazines of each kind come from. */
export interface MagazineSource {
	take(type: number, gfp: number): PhysAddr;
	give(type: number, magazine: PhysAddr): void;
}

/** What the magazine layer has counted. */
export interface MagazineCounts {
	readonly rounds: number;
	readonly exchanges: number;
	readonly loads: number;
	readonly stores: number;
	readonly depotFull: number;
	readonly depotEmpty: number;
}

/** The magazines of one cache. */
export class Magazines {
	private readonly words: Int32Array;
	private readonly recordAt: number;

	constructor(
		private readonly parts: DesignParts,
		private readonly head: CacheHead,
		private readonly source: MagazineSource,
	) {
		this.words = head.words;
		this.recordAt = head.address;
	}

	/** Fills this layer's part of a fresh cache record: the first kind that is meant for buffers of this size. */
	open(): void {
		const { size } = this.head;
		this.words[TYPE] = MAGAZINES.findIndex(({ above }) => size > above);
	}

	/** Rounds of this cache's magazines. */
	get capacity(): number {
		const kind = MAGAZINES[this.words[TYPE] as number];
		return (kind as (typeof MAGAZINES)[number]).rounds;
	}

	/** The last object that this CPU freed; 0 when its magazines and the depot have none. */
	alloc(): PhysAddr {
		const { words } = this;
		const { locks, turn } = this.parts;
		const at = CPUS + turn.cpu.id * CPU_WORDS;
		turn.cpu.charge(COST_FAST_PATH);
		locks.lock(words, at + CPU_LOCK);
		let object: PhysAddr = NULL;
		if ((words[at + ROUNDS] as number) > 0 || this.reload(at))
			object = this.pop(at);
		locks.unlock(words, at + CPU_LOCK);
		return object;
	}

	/** Keeps a freed object; false when there is no room, and no memory for another magazine. */
	free(object: PhysAddr): boolean {
		const { words } = this;
		const { locks, turn } = this.parts;
		const at = CPUS + turn.cpu.id * CPU_WORDS;
		turn.cpu.charge(COST_FAST_PATH);
		locks.lock(words, at + CPU_LOCK);
		while (!this.hasRoom(at) && !this.makeRoom(at)) {
			locks.unlock(words, at + CPU_LOCK); // nothing is held while memory is asked for
			const type = words[TYPE] as number;
			const fresh = this.source.take(type, GFP_NOWAIT | __GFP_NOWARN);
			if (fresh === NULL) return false;
			this.storeFresh(type, fresh);
			locks.lock(words, at + CPU_LOCK);
		}
		this.push(at, object);
		locks.unlock(words, at + CPU_LOCK);
		return true;
	}

	/** Empties all magazines, of CPUs and depot, into the slabs. */
	purge(slabs: BonwickSlabs): void {
		const { locks, turn } = this.parts;
		const type = this.words[TYPE] as number;
		const { capacity } = this;
		for (const { id } of turn.cpus) {
			const at = CPUS + id * CPU_WORDS;
			locks.lock(this.words, at + CPU_LOCK);
			const loaded = this.pointer(at + LOADED);
			const previous = this.pointer(at + PREVIOUS);
			const rounds = this.words[at + ROUNDS] as number;
			const previousRounds = this.words[at + PREVIOUS_ROUNDS] as number;
			this.setLoaded(at, NULL, 0);
			this.setPrevious(at, NULL, 0);
			locks.unlock(this.words, at + CPU_LOCK);
			this.unload(slabs, type, loaded, rounds);
			this.unload(slabs, type, previous, previousRounds);
		}
		for (;;) {
			const full = this.takeFrom(DEPOT_FULL, FULL_COUNT);
			if (full === NULL) break;
			this.unload(slabs, type, full, capacity);
		}
		for (;;) {
			const empty = this.takeFrom(DEPOT_EMPTY, EMPTY_COUNT);
			if (empty === NULL) break;
			this.source.give(type, empty);
		}
	}

	/**
	 * Called now and then: if the depot's lock was found taken too often, magazines of the next kind are used, where buffers
	 * of this size may have them.
	 * @returns whether they grew
	 */
	update(slabs: BonwickSlabs): boolean {
		const { words } = this;
		const type = words[TYPE] as number;
		const contention = words[CONTENTION] as number;
		const missed = contention - (words[SEEN] as number);
		words[SEEN] = contention;
		const kind = MAGAZINES[type] as (typeof MAGAZINES)[number];
		if (missed <= CONTENTION_MAX || this.head.size >= kind.growBelow)
			return false;
		this.purge(slabs);
		words[TYPE] = type + 1;
		return true;
	}

	/** What the layer holds and has done. */
	counts(): MagazineCounts {
		const { words, capacity } = this;
		let rounds = (words[FULL_COUNT] as number) * capacity;
		for (const { id } of this.parts.turn.cpus) {
			const at = CPUS + id * CPU_WORDS;
			rounds += words[at + ROUNDS] as number;
			rounds += words[at + PREVIOUS_ROUNDS] as number;
		}
		return {
			rounds,
			exchanges: words[EXCHANGES] as number,
			loads: words[LOADS] as number,
			stores: words[STORES] as number,
			depotFull: words[FULL_COUNT] as number,
			depotEmpty: words[EMPTY_COUNT] as number,
		};
	}

	/** MG1 to MG3. */
	check(slabs: BonwickSlabs, say: Say): void {
		const seen = new Set<PhysAddr>();
		const visit = (magazine: PhysAddr, rounds: number): void => {
			for (let i = 0; i < rounds; i++)
				this.checkRound(this.round(magazine, i), slabs, seen, say);
		};
		for (const { id } of this.parts.turn.cpus) this.checkCpu(id, visit, say);
		const { capacity } = this;
		this.checkDepot(DEPOT_FULL, FULL_COUNT, say, (magazine) =>
			visit(magazine, capacity),
		);
		this.checkDepot(DEPOT_EMPTY, EMPTY_COUNT, say, () => undefined);
	}

	private checkCpu(
		id: number,
		visit: (magazine: PhysAddr, rounds: number) => void,
		say: Say,
	): void {
		const { words, capacity } = this;
		const at = CPUS + id * CPU_WORDS;
		const rounds = words[at + ROUNDS] as number;
		const previous = words[at + PREVIOUS_ROUNDS] as number;
		const name = `CPU ${id} of ${this.head.name}`;
		if (previous !== 0 && previous !== capacity)
			say(`MG2: the previous magazine of ${name} has ${previous} rounds`);
		if (rounds < 0 || rounds > capacity)
			say(`MG2: the loaded magazine of ${name} has ${rounds} rounds`);
		else visit(this.pointer(at + LOADED), rounds);
		visit(this.pointer(at + PREVIOUS), previous);
	}

	private checkRound(
		object: PhysAddr,
		slabs: BonwickSlabs,
		seen: Set<PhysAddr>,
		say: Say,
	): void {
		const { name } = this.head;
		const slab = slabs.slabOf(object);
		if (slab === 0) say(`MG1: a round of ${name} is none of its objects`);
		else if (seen.has(object) || slabs.freeBuffers(slab).includes(object))
			say(`MG1: an object of ${name} is free twice`);
		seen.add(object);
	}

	private checkDepot(
		list: number,
		count: number,
		say: Say,
		visit: (magazine: PhysAddr) => void,
	): void {
		const counted = this.words[count] as number;
		let length = 0;
		let at = this.pointer(list);
		for (; at !== NULL && length <= counted; length++) {
			visit(at);
			at = this.parts.memory.readPointer(at);
		}
		if (length !== counted)
			say(
				`MG3: the depot of ${this.head.name} counts ${counted} magazines and has ${length}`,
			);
	}

	/** Gets a loaded magazine with rounds: the previous one, or a full one of the depot; false when there is none. */
	private reload(at: number): boolean {
		const { words } = this;
		if ((words[at + PREVIOUS_ROUNDS] as number) > 0) {
			this.swap(at);
			return true;
		}
		const full = this.takeFrom(DEPOT_FULL, FULL_COUNT);
		if (full === NULL) return false;
		words[LOADS] = (words[LOADS] as number) + 1;
		const previous = this.pointer(at + PREVIOUS);
		if (previous !== NULL) this.putTo(DEPOT_EMPTY, EMPTY_COUNT, previous);
		this.setPrevious(at, this.pointer(at + LOADED), 0);
		this.setLoaded(at, full, this.capacity);
		return true;
	}

	private hasRoom(at: number): boolean {
		const { words } = this;
		const isLoaded = words[at + LOADED + 1] !== 0; // high word of a pointer
		return isLoaded && (words[at + ROUNDS] as number) < this.capacity;
	}

	/** Gets a loaded magazine with room: the previous one, or an empty one of the depot; false when there is none. */
	private makeRoom(at: number): boolean {
		const { words } = this;
		const previous = this.pointer(at + PREVIOUS);
		const previousRounds = words[at + PREVIOUS_ROUNDS] as number;
		if (previous !== NULL && previousRounds === 0) {
			this.swap(at);
			return true;
		}
		const empty = this.takeFrom(DEPOT_EMPTY, EMPTY_COUNT);
		if (empty === NULL) return false;
		if (previous !== NULL) {
			words[STORES] = (words[STORES] as number) + 1;
			this.putTo(DEPOT_FULL, FULL_COUNT, previous);
		}
		const loaded = this.pointer(at + LOADED);
		this.setPrevious(at, loaded, words[at + ROUNDS] as number);
		this.setLoaded(at, empty, 0);
		return true;
	}

	private swap(at: number): void {
		const { words } = this;
		const loaded = this.pointer(at + LOADED);
		const rounds = words[at + ROUNDS] as number;
		const previous = this.pointer(at + PREVIOUS);
		const previousRounds = words[at + PREVIOUS_ROUNDS] as number;
		words[EXCHANGES] = (words[EXCHANGES] as number) + 1;
		this.setLoaded(at, previous, previousRounds);
		this.setPrevious(at, loaded, rounds);
	}

	private pop(at: number): PhysAddr {
		const { words } = this;
		const rounds = (words[at + ROUNDS] as number) - 1;
		words[at + ROUNDS] = rounds;
		words[at + ALLOCS] = (words[at + ALLOCS] as number) + 1;
		return this.round(this.pointer(at + LOADED), rounds);
	}

	private push(at: number, object: PhysAddr): void {
		const { words } = this;
		const rounds = words[at + ROUNDS] as number;
		const loaded = this.pointer(at + LOADED);
		if (this.lastRound(at) === object)
			panic("bonwick: MG1 duplicate free, object is the last round");
		const place = asPhys(loaded + ROUND_BYTES + rounds * ROUND_BYTES);
		this.parts.memory.writePointer(place, object);
		words[at + ROUNDS] = rounds + 1;
		words[at + FREES] = (words[at + FREES] as number) + 1;
	}

	/** The object that this CPU freed last, if its magazines still have it. */
	private lastRound(at: number): PhysAddr {
		const rounds = this.words[at + ROUNDS] as number;
		if (rounds > 0) return this.round(this.pointer(at + LOADED), rounds - 1);
		const previous = this.words[at + PREVIOUS_ROUNDS] as number;
		if (previous === 0) return NULL;
		return this.round(this.pointer(at + PREVIOUS), previous - 1);
	}

	private round(magazine: PhysAddr, index: number): PhysAddr {
		const at = asPhys(magazine + ROUND_BYTES + index * ROUND_BYTES);
		return this.parts.memory.readPointer(at);
	}

	/** Gives the objects of a magazine that no CPU has any more to their slabs, and the magazine to its cache. */
	private unload(
		slabs: BonwickSlabs,
		type: number,
		magazine: PhysAddr,
		rounds: number,
	): void {
		if (magazine === NULL) return;
		for (let i = 0; i < rounds; i++) slabs.give(this.round(magazine, i));
		this.source.give(type, magazine);
	}

	/** Puts a magazine that was just made into the depot, unless the kind has changed meanwhile. */
	private storeFresh(type: number, magazine: PhysAddr): void {
		if (type === this.words[TYPE])
			this.putTo(DEPOT_EMPTY, EMPTY_COUNT, magazine);
		else this.source.give(type, magazine);
	}

	private takeFrom(list: number, count: number): PhysAddr {
		const { words } = this;
		this.lockDepot();
		const magazine = this.pointer(list);
		if (magazine !== NULL) {
			this.setPointer(list, this.parts.memory.readPointer(magazine));
			words[count] = (words[count] as number) - 1;
		}
		this.parts.locks.unlock(words, DEPOT_LOCK);
		return magazine;
	}

	private putTo(list: number, count: number, magazine: PhysAddr): void {
		const { words } = this;
		this.lockDepot();
		this.parts.memory.writePointer(magazine, this.pointer(list));
		this.setPointer(list, magazine);
		words[count] = (words[count] as number) + 1;
		this.parts.locks.unlock(words, DEPOT_LOCK);
	}

	/** Takes the depot's lock and notes whether somebody else had it. */
	private lockDepot(): void {
		const { locks, turn } = this.parts;
		turn.cpu.charge(COST_SHARED_LIST);
		if (locks.tryLock(this.words, DEPOT_LOCK)) return;
		locks.lock(this.words, DEPOT_LOCK);
		this.words[CONTENTION] = (this.words[CONTENTION] as number) + 1;
	}

	private setLoaded(at: number, magazine: PhysAddr, rounds: number): void {
		this.setPointer(at + LOADED, magazine);
		this.words[at + ROUNDS] = rounds;
	}
	private setPrevious(at: number, magazine: PhysAddr, rounds: number): void {
		this.setPointer(at + PREVIOUS, magazine);
		this.words[at + PREVIOUS_ROUNDS] = rounds;
	}
	private pointer(at: number): PhysAddr {
		return this.parts.memory.readPointer(asPhys(this.recordAt + at * 4));
	}
	private setPointer(at: number, target: PhysAddr): void {
		this.parts.memory.writePointer(asPhys(this.recordAt + at * 4), target);
	}
}
