// The CPU's side of a slab cache: the slab that this CPU allocates from, without locks.
//
//   kmem_cache_cpu: 16 words in each CPU's unit, at the cache's slot
//   word  0     1      2      3         4        5         6           7        8 .. 15
//       +-----+------+------+---------+--------+---------+-----------+--------+------------------------------+
//       | freelist   | slab | partial | offset | chained | chain max | unused | counts of the slow paths     |
//       +-----+------+------+---------+--------+---------+-----------+--------+------------------------------+
//
//   freelist  first free object (low and high word; up to 4 GiB the low one says all); the address of the next one lies
//             in the object, `offset` bytes in
//   slab      frame of the slab that they lie in
//   partial   first of a chain of `chained` further slabs, linked through their records
//
//   alloc: freelist -> A -> B -> C        free(X):  freelist -> X -> A -> B
//          freelist -----> B -> C   (A)
//
// S1: every object on the freelist lies in `slab`, and no other CPU knows them.
// S2: `slab` and the slabs of the partial chain are frozen: other CPUs free into their own lists but never move them.
// S3: slot 0 belongs to nobody: its freelist is empty and its slab is -1, which no frame has. Its words 8 to 10 count runs
//     for the clock.
// [include/linux/slub_def.h struct kmem_cache_cpu; mm/slub.c slab_alloc_node, do_slab_free, __slab_free, ___slab_alloc]

import { COST_FAST_PATH, COST_SLOW_ALLOC, COST_SLOW_FREE } from "../hw/costs";
import type { Seated, Turn } from "../hw/cpu";
import type { Locks } from "../hw/lock";
import type { PhysicalMemory } from "../hw/memory";
import { panic } from "../hw/panic";
import type { Recorder } from "../hw/recorder";
import type { Pfn, PhysAddr } from "../hw/units";
import { EV_SLAB_MOVE, SLAB_CHAINED, SLAB_CURRENT, SLAB_FULL } from "./events";
import type { Pages } from "./page";

const FREE_HIGH = 1;
const SLAB = 2;
const PARTIAL = 3;
const OFFSET = 4;
const CHAINED = 5;
const CHAIN_MAX = 6;
const COUNTS = 8;
// Words of the unit, in slot 0, that count runs for the clock.
const ALLOCS = 8;
const REFILLS = 9;
const GIFTS = 10;
const METERS = [
	[ALLOCS, 2 * COST_FAST_PATH], // an allocation pays for its free too
	[REFILLS, COST_SLOW_ALLOC],
	[GIFTS, COST_SLOW_FREE],
] as const;
const HIGH = 0xffff8880 | 0; // high word of a direct-map pointer (DIRECT_MAP_HIGH)
const BANK = 2 ** 32;

// What `free` leaves to do.
export const GIVEN = 0;
export const LAST_OBJECT = 1; // the slab may have to go: the node's lock decides
export const CHAIN_FULL = 2; // this CPU has enough slabs: they move to the node first
export const NO_SLAB = 3; // nothing was done: the frame is no slab's

// What the slow paths count, with the names of /sys/kernel/slab/*/.
export const ALLOC_FROM_PARTIAL = 0; // took a slab of the node's partial list
export const ALLOC_SLAB = 1; // made a new slab
export const FREE_SLAB = 2; // gave a slab back to the page allocator
export const CPU_PARTIAL_DRAIN = 3; // moved the chain to the node's partial list
export const SLOW_PATH_COUNTS = [
	"alloc_from_partial",
	"alloc_slab",
	"free_slab",
	"cpu_partial_drain",
] as const;

/** The per-CPU records of all caches, for the CPU whose turn it is, on a machine of up to 4 GiB. */
export class CpuSlabs implements Seated {
	protected readonly words: Int32Array;
	/** CPUs are threads: a slab's own chain is guarded by its lock. */
	private readonly shared: boolean;
	/** Unit of the CPU whose turn it is. */
	protected area: Int32Array;
	/** Hears where slabs go; null while nobody records. */
	recorder: Recorder | null = null;

	constructor(
		memory: PhysicalMemory,
		private readonly turn: Turn,
		private readonly locks: Locks,
		protected readonly pages: Pages,
	) {
		this.words = memory.words;
		this.shared = locks.shared;
		this.area = turn.local;
		turn.follow(this);
		for (const cpu of turn.cpus)
			for (const [at, cycles] of METERS)
				cpu.addMeter({
					words: turn.areaOf(cpu.id),
					at,
					cycles,
					onRead: null,
				});
	}

	sit(area: Int32Array): void {
		this.area = area;
	}

	/** Takes the first object of the freelist, refilled from the CPU's other slabs if need be; 0 when they have none. */
	alloc(slot: number): PhysAddr {
		const area = this.area;
		const object = area[slot] as number;
		if (object === 0) return this.allocRefilled(slot);
		const at = (object + (area[slot | OFFSET] as number)) >>> 2;
		area[slot] = this.words[at] as number;
		area[ALLOCS] = (area[ALLOCS] as number) + 1;
		return (object >>> 0) as PhysAddr;
	}

	/**
	 * Frees an object: to the head of the freelist if its frame belongs to this CPU's current slab of its cache, else to
	 * its slab's own chain.
	 * @returns GIVEN, or what is left to do: NO_SLAB, LAST_OBJECT, CHAIN_FULL
	 */
	free(object: PhysAddr): number {
		const area = this.area;
		const pages = this.pages;
		const record = pages.at((object >>> 12) as Pfn);
		const slot = pages.slotAt(record);
		const head = pages.headAt(record);
		if (area[slot | SLAB] !== head) return this.give(head, slot, object);
		const at = (object + (area[slot | OFFSET] as number)) >>> 2;
		const next = area[slot] as number;
		if (next === (object | 0)) doubleFree();
		this.words[at] = next;
		this.words[at + 1] = next === 0 ? 0 : HIGH;
		area[slot] = object;
		return GIVEN;
	}

	/**
	 * Frees to a slab that is not this CPU's current one (__slab_free): the object becomes the first of the slab's own
	 * chain. A slab that was full belongs to this CPU from now on.
	 */
	protected give(head: Pfn, slot: number, object: PhysAddr): number {
		if (!(slot > 0)) return NO_SLAB;
		const pages = this.pages;
		const area = this.area;
		const record = pages.at(head);
		const high = this.highOf(object);
		const words = this.bankOf(high);
		const at = (object + (area[slot | OFFSET] as number)) >>> 2;
		area[GIFTS] = (area[GIFTS] as number) + 1;
		if (this.shared) this.lock(record);
		const counters = pages.pushObject(record, object, high, words, at);
		const wasFull = words[at + 1] === 0; // once unlocked, the object may be another CPU's
		if (this.shared) this.unlock(record);
		if (counters < 0) return GIVEN;
		if (counters === 0) return LAST_OBJECT;
		return wasFull ? this.chain(head, record, slot) : GIVEN;
	}

	/** Puts a frozen slab on this CPU's chain (put_cpu_partial); CHAIN_FULL when it has to be drained first. */
	chain(head: Pfn, record: number, slot: number): number {
		const area = this.area;
		const chained = area[slot | CHAINED] as number;
		if (chained >= (area[slot | CHAIN_MAX] as number)) return CHAIN_FULL;
		this.pages.setNextAt(record, area[slot | PARTIAL] as Pfn);
		area[slot | PARTIAL] = head;
		area[slot | CHAINED] = chained + 1;
		this.recorder?.emit(EV_SLAB_MOVE, head, SLAB_CHAINED, slot, 0);
		return GIVEN;
	}

	/**
	 * Allocates from slabs that this CPU has already: what others freed to the current one, or the next of the chain,
	 * which becomes the current one. A current slab without free objects is dropped: full, and on no list.
	 */
	protected allocRefilled(slot: number): PhysAddr {
		const area = this.area;
		const pages = this.pages;
		const current = area[slot | SLAB] as Pfn;
		area[REFILLS] = (area[REFILLS] as number) + 1;
		if (current > 0 && this.takeOver(pages.at(current), slot))
			return this.alloc(slot);
		const next = area[slot | PARTIAL] as Pfn;
		if (this.recorder !== null) this.recordSwap(current, next, slot);
		if (slot > 0) area[slot | SLAB] = next;
		if (next === 0) return 0 as PhysAddr;
		const record = pages.at(next);
		area[slot | PARTIAL] = pages.nextAt(record);
		area[slot | CHAINED] = (area[slot | CHAINED] as number) - 1;
		return this.takeOver(record, slot) ? this.alloc(slot) : (0 as PhysAddr);
	}

	/** Makes a frozen slab the current one and moves its free objects here (get_freelist); false if it has none. */
	adopt(pfn: Pfn, slot: number): boolean {
		this.area[slot | SLAB] = pfn;
		this.recorder?.emit(EV_SLAB_MOVE, pfn, SLAB_CURRENT, slot, 0);
		return this.takeOver(this.pages.at(pfn), slot);
	}

	/** The current slab is full and on no list from now on; `next` takes its place. Either may be none. */
	private recordSwap(current: Pfn, next: Pfn, slot: number): void {
		if (current > 0)
			this.recorder?.emit(EV_SLAB_MOVE, current, SLAB_FULL, slot, 0);
		if (next > 0)
			this.recorder?.emit(EV_SLAB_MOVE, next, SLAB_CURRENT, slot, 0);
	}

	private takeOver(record: number, slot: number): boolean {
		if (this.shared) this.lock(record);
		const any = this.pages.moveObjects(record, this.area, slot);
		if (this.shared) this.unlock(record);
		return any;
	}

	private lock(record: number): void {
		this.locks.lock(this.pages.words, this.pages.lockAt(record));
	}
	private unlock(record: number): void {
		this.locks.unlock(this.pages.words, this.pages.lockAt(record));
	}

	/** Takes the whole chain off this CPU; returns its first slab. */
	takeChain(slot: number): Pfn {
		const area = this.area;
		const first = area[slot | PARTIAL] as Pfn;
		area[slot | PARTIAL] = 0;
		area[slot | CHAINED] = 0;
		return first;
	}

	/** Frame of this CPU's current slab; NIL for none. */
	slab(slot: number): Pfn {
		return this.area[slot | SLAB] as Pfn;
	}
	setSlab(slot: number, pfn: Pfn): void {
		this.area[slot | SLAB] = pfn;
	}
	/** First object of this CPU's freelist; NULL for none. */
	freelist(slot: number): PhysAddr {
		return this.pointer(this.area, slot);
	}
	setFreelist(slot: number, object: PhysAddr): void {
		const area = this.area;
		area[slot] = object;
		area[slot | FREE_HIGH] = object === 0 ? 0 : this.highOf(object);
	}

	/** The same three, of any CPU, for reports and auditors. */
	slabOf(cpu: number, slot: number): Pfn {
		return this.turn.areaOf(cpu)[slot | SLAB] as Pfn;
	}
	partialOf(cpu: number, slot: number): Pfn {
		return this.turn.areaOf(cpu)[slot | PARTIAL] as Pfn;
	}
	freelistOf(cpu: number, slot: number): PhysAddr {
		return this.pointer(this.turn.areaOf(cpu), slot);
	}

	/** Counts a slow path of this CPU. */
	count(slot: number, what: number): void {
		const at = slot + COUNTS + what;
		this.area[at] = (this.area[at] as number) + 1;
	}
	/** Slow paths of one kind, over all CPUs. */
	counted(slot: number, what: number): number {
		let total = 0;
		for (const cpu of this.turn.cpus)
			total += this.turn.areaOf(cpu.id)[slot + COUNTS + what] as number;
		return total;
	}

	/**
	 * Prepares every CPU's record for a new cache.
	 * @param offset where the free pointer lies in an object
	 * @param chainMax slabs that a CPU may keep besides its current one
	 */
	open(slot: number, offset: number, chainMax: number): void {
		for (const cpu of this.turn.cpus) {
			const area = this.turn.areaOf(cpu.id);
			area.fill(0, slot, slot + COUNTS + SLOW_PATH_COUNTS.length);
			area[slot | OFFSET] = offset;
			area[slot | CHAIN_MAX] = chainMax;
		}
	}

	/** The free object after `object` in its chain; 0 at the end. */
	next(object: PhysAddr, offset: number): PhysAddr {
		return this.pointer(
			this.bankOf(this.highOf(object)),
			(object + offset) >>> 2,
		);
	}
	setNext(object: PhysAddr, offset: number, next: PhysAddr): void {
		const words = this.bankOf(this.highOf(object));
		const at = (object + offset) >>> 2;
		words[at] = next;
		words[at + 1] = next === 0 ? 0 : this.highOf(next);
	}

	// What a pointer's two words mean: with one bank, the low word says all.

	/** Words of the bank that a pointer's high word names. */
	protected bankOf(_high: number): Int32Array {
		return this.words;
	}
	/** High word of a pointer to `object`. */
	protected highOf(_object: PhysAddr): number {
		return HIGH;
	}
	/** The pointer at `words[at]`. */
	protected pointer(words: Int32Array, at: number): PhysAddr {
		return ((words[at] as number) >>> 0) as PhysAddr;
	}
}

/** The same on a machine with more than one bank of RAM, where a pointer is both its words. */
export class WideCpuSlabs extends CpuSlabs {
	private readonly banks: readonly Int32Array[];

	constructor(memory: PhysicalMemory, turn: Turn, locks: Locks, pages: Pages) {
		super(memory, turn, locks, pages);
		this.banks = memory.banks;
	}

	override alloc(slot: number): PhysAddr {
		const area = this.area;
		const high = area[slot | FREE_HIGH] as number;
		if (high === 0) return this.allocRefilled(slot);
		const low = area[slot] as number;
		const words = this.bankOf(high);
		const at = (low + (area[slot | OFFSET] as number)) >>> 2;
		area[slot] = words[at] as number;
		area[slot | FREE_HIGH] = words[at + 1] as number;
		area[ALLOCS] = (area[ALLOCS] as number) + 1;
		return ((low >>> 0) + (high - HIGH) * BANK) as PhysAddr;
	}

	override free(object: PhysAddr): number {
		const area = this.area;
		const pages = this.pages;
		const record = pages.at(((object / 4096) | 0) as Pfn);
		const slot = pages.slotAt(record);
		const head = pages.headAt(record);
		if (area[slot | SLAB] !== head) return this.give(head, slot, object);
		const high = this.highOf(object);
		const words = this.bankOf(high);
		const at = (object + (area[slot | OFFSET] as number)) >>> 2;
		const low = area[slot] as number;
		const nextHigh = area[slot | FREE_HIGH] as number;
		if (low === (object | 0) && nextHigh === high) doubleFree();
		words[at] = low;
		words[at + 1] = nextHigh;
		area[slot] = object;
		area[slot | FREE_HIGH] = high;
		return GIVEN;
	}

	protected override bankOf(high: number): Int32Array {
		return this.banks[high - HIGH] as Int32Array;
	}
	protected override highOf(object: PhysAddr): number {
		return HIGH + ((object / BANK) | 0);
	}
	protected override pointer(words: Int32Array, at: number): PhysAddr {
		const high = words[at + FREE_HIGH] as number;
		if (high === 0) return 0 as PhysAddr;
		const low = (words[at] as number) >>> 0;
		return (low + (high - HIGH) * BANK) as PhysAddr;
	}
}

function doubleFree(): never {
	panic("slab: S1 double free, object heads the freelist");
}
