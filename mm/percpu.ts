// Per-CPU areas: the words that only one CPU touches, so that fast paths need no lock.
//
//   one unit of 7 frames for each CPU, all laid out alike
//   byte    0            64                        20480               21760          24576       28672
//           +------------+--------------------------+-------------------+--------------+-----------+
//           | slot 0     | slots 1 .. 319           | page lists        |   unused     | counters  |
//           +------------+--------------------------+-------------------+--------------+-----------+
//             always       kmem_cache_cpu of a        5 zones of          (slot bitmap   512 doubles
//             empty        cache (cpu-slab.ts)        64 words (pcp.ts)    of CPU 0)     (counters.ts)
//
// A cache's slot and a zone's page lists have the same offset in every unit, so a record names them by one number.
//
// U1: slot 0 is a cache that is always empty and owns no slab: its freelist is NULL and its slab is -1, so frames and
//     sizes that belong to no cache can be looked up without a test.
// U2: slots of live caches are marked in the bitmap that the allocator of slots keeps in CPU 0's unit.
// [include/linux/percpu-defs.h; mm/percpu.c pcpu_embed_first_chunk]

import { panic } from "../hw/panic";

/** Words of a kmem_cache_cpu. */
export const SLOT_WORDS = 16;
/** From a slot's word to its number. */
export const SLOT_SHIFT = 4;
/** Slots in a unit: caches that can exist, plus the empty one. */
export const SLOTS = 320;
/** Word of a unit where the page lists of zone 0 begin. */
export const PCP_WORD = SLOTS * SLOT_WORDS;
/** Words of one zone's page lists. */
export const PCP_WORDS = 64;
/** Bytes of the unit before the counters. */
const COUNTERS_BYTE = 24576;
/** Counters that a CPU has. */
export const COUNTERS = 512;
/** Bytes of one CPU's unit. */
export const PERCPU_UNIT_BYTES = COUNTERS_BYTE + COUNTERS * 8;
const BITMAP_WORD = PCP_WORD + 5 * PCP_WORDS; // first unused word; only CPU 0's is used
const BITMAP_WORDS = SLOTS / 32;
const EMPTY_SLAB_WORD = 2; // the slab word of slot 0

/** Unit of one CPU as words. */
export const percpuWords = (
	buffer: ArrayBufferLike,
	byteOffset: number,
): Int32Array => new Int32Array(buffer, byteOffset, COUNTERS_BYTE / 4);

/** Counters of one CPU. */
export const percpuCounters = (
	buffer: ArrayBufferLike,
	byteOffset: number,
): Float64Array =>
	new Float64Array(buffer, byteOffset + COUNTERS_BYTE, COUNTERS);

/** Makes a zeroed unit's slot 0 the always-empty cache. */
export function initUnit(words: Int32Array): void {
	words[EMPTY_SLAB_WORD] = -1;
}

/** Hands out slots; the caller holds the cache-list lock. `words` is CPU 0's unit. */
export class SlotAllocator {
	constructor(private readonly words: Int32Array) {}

	/** Word index of a free slot; 0 when all are taken. */
	alloc(): number {
		for (let slot = 1; slot < SLOTS; slot++) {
			if (this.isTaken(slot)) continue;
			this.words[BITMAP_WORD + (slot >>> 5)] =
				this.bits(slot) | (1 << (slot & 31));
			return slot * SLOT_WORDS;
		}
		return 0;
	}

	free(at: number): void {
		const slot = at / SLOT_WORDS;
		if (!this.isTaken(slot)) panic("percpu: U2 freed slot was not taken");
		this.words[BITMAP_WORD + (slot >>> 5)] =
			this.bits(slot) & ~(1 << (slot & 31));
	}

	private bits(slot: number): number {
		return this.words[BITMAP_WORD + (slot >>> 5)] as number;
	}
	private isTaken(slot: number): boolean {
		return ((this.bits(slot) >>> (slot & 31)) & 1) === 1;
	}
}

/** Words of the slot bitmap fit between the page lists and the counters. */
if (BITMAP_WORD + BITMAP_WORDS > COUNTERS_BYTE / 4)
	panic("percpu: slot bitmap does not fit");
