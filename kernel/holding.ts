// Holdings: what each task has taken and not given back, so that its end frees everything.
//
//   word   0..1   2..3   4..5    6..7    8..9   10..11    12..13  14..15  16                    17
//       +------+------+-------+-------+------+---------+-------+-------+---------------------+-------+
//       | next | prev | group | group | hash | address | owner | cache | kind : order : group | size  |  72 bytes
//       |      |      | next  | prev  | next |         |       |       |  8      8       16   |       |
//       +------+------+-------+-------+------+---------+-------+-------+---------------------+-------+
//
//   task record: first <-> ... <-> last        all of one task, oldest first
//   kernel stack of the task, 32 bytes each:   | first | last | count | |   group n begins at n * 32, n from 1
//   buckets[hash(address)] -> ... -> 0         to find a holding by its address alone, as kfree needs
//
// A real kernel keeps no such records for its own threads: what a thread forgets is lost until the next boot. Here they
// are the difference between a simulator that can end a task at any moment and one that leaks by design; they are paid for
// with objects of their own cache ("holding").
//
// H1: a holding is on its owner's list, in one hash chain and, if its group is not 0, in that group of its owner.
// H2: no two holdings of kernel memory have the same address; no two mappings of one task have.
// H3: the owner's counters of pages and objects are the sums over its holdings.

import type { PhysicalMemory } from "../hw/memory";
import { asPhys, NULL, PAGE_SIZE, type PhysAddr } from "../hw/units";
import type { Task, Tasks } from "./task";

const NEXT = 0; // prev follows each next
const GROUP_NEXT = 4;
const GROUP_PREV = 6;
const HASH_NEXT = 8;
const ADDRESS = 10;
const OWNER = 12;
const CACHE = 14;
const WHAT = 16;
const SIZE = 17;
/** Bytes of a record: the object size of the cache "holding". */
export const HOLDING_BYTES = 72;

const GROUP_BYTES = 32;
const GROUP_COUNT = 4; // word of a group
const ENDS_LAST = 8; // byte offset of `last` behind `first`
/** Groups 1 to this one fit below the registers in a kernel stack. */
export const GROUP_MAX = 255;
/** Bytes at the bottom of a kernel stack that groups take. */
export const GROUP_AREA_BYTES = (GROUP_MAX + 1) * GROUP_BYTES;

// Kinds.
export const HELD_KMALLOC = 1; // an object of a kmalloc class, or large; size in bytes
export const HELD_OBJECT = 2; // an object of a cache
export const HELD_PAGES = 3; // a block of pages; address of its first byte, order
export const HELD_MAPPING = 4; // a range of a task's memory; virtual address, size in pages

/** A holding: address of its record; 0 is none. */
export type Holding = PhysAddr;

/** Where records come from: a slab cache. */
export interface RecordSource {
	alloc(gfp: number): PhysAddr;
	free(record: PhysAddr): void;
}

/** Bytes of the hash table that suits a machine of `frames` frames: a power of two of buckets. */
export function holdingTableBytes(frames: number): number {
	let buckets = 256;
	while (buckets < 65536 && buckets < frames / 8) buckets *= 2;
	return buckets * 8;
}

/** The holdings of all tasks. */
export class Holdings {
	private readonly shift: number; // bits of a hash that do not count

	/** `table` is the address of `tableBytes` zeroed bytes, a power of two. */
	constructor(
		private readonly memory: PhysicalMemory,
		private readonly tasks: Tasks,
		private readonly records: RecordSource,
		private readonly table: PhysAddr,
		tableBytes: number,
	) {
		this.shift = Math.clz32(tableBytes / 8) + 1;
	}

	/** Records that `owner` holds something. 0 when there is no memory for the record: the caller gives the thing back. */
	add(
		owner: Task,
		kind: number,
		address: number,
		size: number,
		order: number,
		cache: PhysAddr,
		group: number,
		gfp: number,
	): Holding {
		const holding = this.records.alloc(gfp);
		if (holding === NULL) return NULL;
		this.setAddress(holding, address);
		this.setPointer(holding, OWNER, owner);
		this.setPointer(holding, CACHE, cache);
		this.setWord(holding, WHAT, (kind << 24) | (order << 16) | group);
		this.setWord(holding, SIZE, size);
		this.linkHash(holding, address);
		this.append(this.tasks.holdingEnds(owner), holding, NEXT);
		if (group !== 0) this.append(this.group(owner, group), holding, GROUP_NEXT);
		if (group !== 0) this.countGroup(owner, group, 1);
		this.account(holding, 1);
		return holding;
	}

	/** Forgets a holding and frees its record; what was held is the caller's business. */
	remove(holding: Holding): void {
		const owner = this.owner(holding);
		const group = this.groupOf(holding);
		this.account(holding, -1);
		this.unlink(this.tasks.holdingEnds(owner), holding, NEXT);
		if (group !== 0) {
			this.unlink(this.group(owner, group), holding, GROUP_NEXT);
			this.countGroup(owner, group, -1);
		}
		this.unlinkHash(holding);
		this.records.free(holding);
	}

	/** What was held has moved (krealloc): same holding, new address and size. */
	move(holding: Holding, address: PhysAddr, size: number): void {
		this.unlinkHash(holding);
		this.setAddress(holding, address);
		this.linkHash(holding, address);
		this.setWord(holding, SIZE, size);
	}

	/**
	 * Takes pages `from` up to `end` (virtual page numbers) out of the mappings of `owner`. False when a mapping would fall
	 * in two and there is no memory for the second record: then nothing has changed.
	 */
	cutMappings(owner: Task, from: number, end: number, gfp: number): boolean {
		let at = this.tasks.firstHolding(owner);
		while (at !== NULL) {
			const next = this.next(at);
			const isMapping = this.kind(at) === HELD_MAPPING;
			if (isMapping && !this.cut(at, from, end, gfp)) return false;
			at = next;
		}
		return true;
	}

	/** The holding of kernel memory at `address`, or 0. */
	find(address: PhysAddr): Holding {
		let at = this.memory.readPointer(this.bucket(address));
		while (at !== NULL && !this.isAt(at, address))
			at = this.pointer(at, HASH_NEXT);
		return at;
	}

	/** The mapping of `owner` that begins at `address`, or 0. */
	findMapping(owner: Task, address: number): Holding {
		let at = this.memory.readPointer(this.bucket(address));
		for (; at !== NULL; at = this.pointer(at, HASH_NEXT))
			if (
				this.kind(at) === HELD_MAPPING &&
				this.address(at) === address &&
				this.owner(at) === owner
			)
				break;
		return at;
	}

	/** The next younger holding of the same task. */
	next(holding: Holding): Holding {
		return this.pointer(holding, NEXT);
	}

	// -- groups ------------------------------------------------------------------

	/** Holdings in a group of `owner`. */
	groupSize(owner: Task, group: number): number {
		return this.memory.readU32(
			asPhys(this.group(owner, group) + GROUP_COUNT * 4),
		);
	}
	/** The oldest of a group, or 0. */
	groupFirst(owner: Task, group: number): Holding {
		return this.memory.readPointer(this.group(owner, group));
	}
	/** The youngest of a group, or 0. */
	groupLast(owner: Task, group: number): Holding {
		return this.memory.readPointer(
			asPhys(this.group(owner, group) + ENDS_LAST),
		);
	}
	/** Number `index` of a group, counted from the oldest, which must exist: walks from the nearer end. */
	groupAt(owner: Task, group: number, index: number): Holding {
		const size = this.groupSize(owner, group);
		let fromEnd = size - 1 - index;
		if (fromEnd < index) {
			let at = this.groupLast(owner, group);
			for (; fromEnd > 0; fromEnd--) at = this.pointer(at, GROUP_PREV);
			return at;
		}
		let at = this.groupFirst(owner, group);
		for (let i = 0; i < index; i++) at = this.pointer(at, GROUP_NEXT);
		return at;
	}

	// -- what is held ------------------------------------------------------------

	/** Physical address, for a mapping virtual. */
	address(holding: Holding): PhysAddr {
		return asPhys(this.memory.readU64(asPhys(holding + ADDRESS * 4)));
	}
	owner(holding: Holding): Task {
		return this.pointer(holding, OWNER);
	}
	/** The cache of an object of HELD_OBJECT. */
	cache(holding: Holding): PhysAddr {
		return this.pointer(holding, CACHE);
	}
	kind(holding: Holding): number {
		return this.word(holding, WHAT) >>> 24;
	}
	order(holding: Holding): number {
		return (this.word(holding, WHAT) >>> 16) & 0xff;
	}
	groupOf(holding: Holding): number {
		return this.word(holding, WHAT) & 0xffff;
	}
	size(holding: Holding): number {
		return this.word(holding, SIZE);
	}
	/** Pages that count for the owner. */
	pages(holding: Holding): number {
		const kind = this.kind(holding);
		if (kind === HELD_PAGES) return 1 << this.order(holding);
		return kind === HELD_MAPPING ? this.size(holding) : 0;
	}

	// -- private -----------------------------------------------------------------

	private account(holding: Holding, sign: number): void {
		const owner = this.owner(holding);
		if (this.kind(holding) < HELD_PAGES) this.tasks.addObjects(owner, sign);
		else this.tasks.addPages(owner, sign * this.pages(holding));
	}

	/** Keeps of a mapping what lies outside [from, end); the part behind `end` becomes a holding of its own. */
	private cut(
		holding: Holding,
		from: number,
		end: number,
		gfp: number,
	): boolean {
		const owner = this.owner(holding);
		const first = this.address(holding) / PAGE_SIZE;
		const last = first + this.size(holding);
		if (end <= first || from >= last) return true;
		const group = this.groupOf(holding);
		if (end < last) {
			const rest = end * PAGE_SIZE;
			if (
				this.add(owner, HELD_MAPPING, rest, last - end, 0, NULL, group, gfp) ===
				NULL
			)
				return false;
		}
		if (from <= first) this.remove(holding);
		else {
			this.tasks.addPages(owner, from - last);
			this.setWord(holding, SIZE, from - first);
		}
		return true;
	}

	private group(owner: Task, group: number): PhysAddr {
		return asPhys(this.tasks.stack(owner) + group * GROUP_BYTES);
	}
	private countGroup(owner: Task, group: number, amount: number): void {
		const at = asPhys(this.group(owner, group) + GROUP_COUNT * 4);
		this.memory.writeU32(at, this.memory.readU32(at) + amount);
	}

	/** Appends to the list whose ends are at `ends`; `link` is the word of its next pointer, prev follows. */
	private append(ends: PhysAddr, holding: Holding, link: number): void {
		const lastAt = asPhys(ends + ENDS_LAST);
		const last = this.memory.readPointer(lastAt);
		this.setPointer(holding, link, NULL);
		this.setPointer(holding, link + 2, last);
		if (last === NULL) this.memory.writePointer(ends, holding);
		else this.setPointer(last, link, holding);
		this.memory.writePointer(lastAt, holding);
	}

	private unlink(ends: PhysAddr, holding: Holding, link: number): void {
		const next = this.pointer(holding, link);
		const prev = this.pointer(holding, link + 2);
		if (prev === NULL) this.memory.writePointer(ends, next);
		else this.setPointer(prev, link, next);
		if (next === NULL) this.memory.writePointer(asPhys(ends + ENDS_LAST), prev);
		else this.setPointer(next, link + 2, prev);
	}

	private isAt(holding: Holding, address: PhysAddr): boolean {
		return (
			this.address(holding) === address && this.kind(holding) !== HELD_MAPPING
		);
	}

	/** Multiplicative hash of the address in units of 8 bytes. */
	private bucket(address: number): PhysAddr {
		const hash = Math.imul((address / 8) | 0, 0x9e3779b1) >>> this.shift;
		return asPhys(this.table + hash * 8);
	}
	private linkHash(holding: Holding, address: number): void {
		const bucket = this.bucket(address);
		this.setPointer(holding, HASH_NEXT, this.memory.readPointer(bucket));
		this.memory.writePointer(bucket, holding);
	}
	private unlinkHash(holding: Holding): void {
		let at = this.bucket(this.address(holding));
		while (this.memory.readPointer(at) !== holding)
			at = asPhys(this.memory.readPointer(at) + HASH_NEXT * 4);
		this.memory.writePointer(at, this.pointer(holding, HASH_NEXT));
	}

	private setAddress(holding: Holding, address: number): void {
		this.memory.writeU64(asPhys(holding + ADDRESS * 4), address);
	}
	private word(holding: Holding, word: number): number {
		return this.memory.bank(holding)[(holding >>> 2) + word] as number;
	}
	private setWord(holding: Holding, word: number, value: number): void {
		this.memory.bank(holding)[(holding >>> 2) + word] = value;
	}
	private pointer(holding: Holding, word: number): PhysAddr {
		return this.memory.readPointer(asPhys(holding + word * 4));
	}
	private setPointer(holding: Holding, word: number, to: PhysAddr): void {
		this.memory.writePointer(asPhys(holding + word * 4), to);
	}
}
