// Bonwick's slab layer (1994): slabs with colours, and three lists of them in each cache.
//
//   small objects, below 1/8 page: the slab's own record (kmem_slab) lies at the end of its page
//     page  0    colour                                                       4064      4096
//           +----+----------+----------+----------+- - - -+----------+--------+---------+
//           |    | buffer 0 | buffer 1 | buffer 2 |       | buffer n | unused | record  |     next slab: colour + align
//           +----+----------+----------+----------+- - - -+----------+--------+---------+
//                        ^-- link of a free buffer: its last 8 bytes (behind the object, if that is constructed)
//
//   large objects: the block holds nothing but buffers; its record lies in a cache of its own, with a bufctl for each buffer
//           +----+-------------+-------------+-------------+----+          block of the least order that
//           |    | buffer 0    | buffer 1    | buffer 2    |    |          wastes at most 1/8
//           +----+-------------+-------------+-------------+----+
//     record, 32 bytes                                                            bufctls, 16 bits each
//     word   0      1        2        3              4 .. 5            6 .. 7     8 ..
//         +------+---------+--------+--------------+-----------------+---------+---------------------------+
//         | refs | buffers | colour | first bufctl | first buffer    | cache   | next free, next free, ..  |
//         +------+---------+--------+--------------+-----------------+---------+---------------------------+
//            (small: word 3 unused, words 4 .. 5 the chain)   (large: words 4 .. 5 unused)
//
//   lists     partial: buffers free and in use     empty: all free     full: none free
//   alloc     first of partial, else of empty, else a new slab
//
//   The page record leads from an address to its slab: freelist of the head is the address of the slab's record. (The paper
//   keeps a hash table from buffer to bufctl for large objects.)
//
// BW1: a slab is on the list that its reference count names, and on no other.
// BW2: refs + free buffers = buffers; each free buffer is on the slab's chain once, and every buffer begins at its place.
// BW3: colours go round: 0, align, 2 align, .. the largest that fits, 0, ..
// BW4: the counts of the cache are sums over its slabs; every block that names the cache is on a list.
// Colours spread the first buffers of slabs over the lines of a CPU's cache. The simulated machine has none, so here they only
// cost nothing: they use what would be left over.
//
// illumos gives a slab back as soon as all its buffers are free; the paper keeps such slabs, last in the line, until
// memory is short. So does this one: `reap` gives them back.
// [Bonwick: The Slab Allocator, An Object-Caching Kernel Memory Allocator, USENIX Summer 1994]

import { COST_NEW_SLAB, COST_SLOW_ALLOC, COST_SLOW_FREE } from "../../hw/costs";
import { panic } from "../../hw/panic";
import {
	asPhys,
	NIL,
	NULL,
	orderFor,
	type Pfn,
	type PhysAddr,
	physOf,
} from "../../hw/units";
import type { CacheWish } from "../slab-caches";
import type { Constructor } from "../slab-maker";
import type { Say } from "./booked-allocator";
import {
	type CacheHead,
	type CacheShape,
	HEAD_OWN,
	zoneBits,
} from "./cache-book";
import { type DesignParts, roundUp } from "./object-allocator";
import type { ObjectFrames } from "./object-frames";

// Words of the cache record.
const PARTIAL = HEAD_OWN; // list anchors, two words each
const EMPTY = HEAD_OWN + 2;
const FULL = HEAD_OWN + 4;
const COLOUR = HEAD_OWN + 6; // of the next slab
const COLOUR_MAX = HEAD_OWN + 7;
/** Words of the record that this layer uses, from HEAD_OWN on. */
export const SLAB_LAYER_WORDS = 8;

// Words of a slab record; word 0 counts the references.
const BUFFERS = 1;
const SLAB_COLOUR = 2;
const FIRST = 3;
const CHAIN_BYTE = 4 * 4;
const CACHE_BYTE = 6 * 4;
const BUFCTLS_BYTE = 32;
const SLAB_BYTES = 32; // of a record in its own page
const NONE = 0xffff; // ends a chain of bufctls
const BUFFERS_MAX = 64; // bufctls in a record of its own
/** Bytes of a record outside its slab. */
export const OUTER_SLAB_BYTES = BUFCTLS_BYTE + BUFFERS_MAX * 2;

const LINK_BYTES = 8;
const SMALL_MAX = 4096 / 8; // smaller buffers share their page with the record
const WASTE_SHARE = 8; // at most 1/8 of a block is left over
const ORDER_MAX = 3; // of blocks that are made larger to waste less

/** Where the records of large objects' slabs come from. */
export interface SlabRecords {
	take(gfp: number): PhysAddr;
	give(record: PhysAddr): void;
}

/** The numbers of a cache; null when no block holds an object. */
export function bonwickShape(wish: CacheWish): CacheShape | null {
	const align = Math.max(wish.align ?? 0, LINK_BYTES);
	const link = wish.ctor === undefined ? 0 : LINK_BYTES;
	const size = roundUp(roundUp(wish.size, LINK_BYTES) + link, align);
	const small = size < SMALL_MAX;
	const order = small ? 0 : blockOrder(size);
	if (order > 10) return null; // the page allocator has no larger block
	const room = 4096 * 2 ** order - (small ? SLAB_BYTES : 0);
	const objects = Math.floor(room / size);
	const gfp = zoneBits(wish);
	const { name, size: objectSize } = wish;
	return { name, objectSize, size, align, order, objects, gfp };
}

/** The least order that wastes little; if none does, the least that holds a buffer. */
function blockOrder(size: number): number {
	const least = orderFor(size);
	for (let order = least; order <= ORDER_MAX; order++) {
		const bytes = 4096 * 2 ** order;
		const waste = bytes - Math.floor(bytes / size) * size;
		if (waste * WASTE_SHARE <= bytes) return order;
	}
	return least;
}

/** The slabs of one cache. */
export class BonwickSlabs {
	private readonly words: Int32Array;
	private readonly size: number;
	private readonly isSmall: boolean;

	/** @param records where slab records come from, if they do not lie in the slab */
	constructor(
		private readonly parts: DesignParts,
		private readonly frames: ObjectFrames,
		private readonly head: CacheHead,
		private readonly construct: Constructor | null,
		private readonly records: SlabRecords,
	) {
		this.words = head.words;
		this.size = head.size;
		this.isSmall = head.size < SMALL_MAX;
	}

	/** Fills this layer's part of a fresh cache record. */
	open(): void {
		const { size, objects, order, align } = this.head;
		const record = this.isSmall ? SLAB_BYTES : 0;
		const left = 4096 * 2 ** order - record - objects * size;
		this.words[COLOUR] = 0;
		this.words[COLOUR_MAX] = left - (left & (align - 1));
	}

	/** A buffer; 0 when there is no memory. */
	take(gfp: number): PhysAddr {
		const { locks, turn } = this.parts;
		turn.cpu.charge(COST_SLOW_ALLOC);
		locks.lock(this.words, this.head.lockAt);
		let pfn = this.slabWithRoom();
		if (pfn === NIL) {
			locks.unlock(this.words, this.head.lockAt); // nothing is held while pages are asked for
			pfn = this.grow(gfp);
			if (pfn === NIL) return NULL;
			locks.lock(this.words, this.head.lockAt);
			this.parts.lists.pushHead(this.words, EMPTY, pfn);
			this.head.addSlabs(1, this.head.objects);
		}
		const buffer = this.takeFrom(pfn);
		locks.unlock(this.words, this.head.lockAt);
		return buffer;
	}

	/** Takes a buffer back. */
	give(buffer: PhysAddr): void {
		const { locks, turn, memory } = this.parts;
		turn.cpu.charge(COST_SLOW_FREE);
		const pfn = this.slabOf(buffer);
		if (pfn === NIL)
			panic(`bonwick: BW2 no buffer of ${this.head.name} begins there`);
		const record = this.recordOf(pfn);
		locks.lock(this.words, this.head.lockAt);
		const refs = memory.readU32(record);
		if (refs === 0) panic("bonwick: BW2 duplicate free, all buffers are free");
		this.chain(pfn, record, buffer);
		this.setRefs(pfn, record, refs, refs - 1);
		this.head.addActive(-1);
		locks.unlock(this.words, this.head.lockAt);
	}

	/** The slab of this cache in which a buffer begins at `address`; NIL when there is none. */
	slabOf(address: PhysAddr): Pfn {
		const pfn = this.frames.headOf(address);
		if (pfn === NIL || this.parts.pages.cache(pfn) !== this.head.address)
			return NIL;
		return this.indexOf(pfn, address) >= 0 ? pfn : NIL;
	}

	/** Whether a buffer of the slab begins at `address`. */
	hasBuffer(slab: Pfn, address: PhysAddr): boolean {
		return this.indexOf(slab, address) >= 0;
	}

	/** Gives the blocks of empty slabs back. */
	reap(): void {
		const { locks, lists, pages } = this.parts;
		const gone: Pfn[] = [];
		locks.lock(this.words, this.head.lockAt);
		for (;;) {
			const pfn = lists.popHead(this.words, EMPTY);
			if (pfn === NIL) break;
			this.head.addSlabs(-1, -this.head.objects);
			gone.push(pfn);
		}
		locks.unlock(this.words, this.head.lockAt);
		for (const pfn of gone) {
			const record = pages.freelist(pfn);
			this.frames.give(pfn);
			if (!this.isSmall) this.records.give(record);
		}
	}

	/** Where buffer 0 of a slab lies, behind its colour. */
	base(pfn: Pfn): PhysAddr {
		const record = asPhys(this.recordOf(pfn) + SLAB_COLOUR * 4);
		return asPhys(physOf(pfn) + this.parts.memory.readU32(record));
	}

	/** Free buffers of a slab in the order in which they would be taken; stops at what cannot be one. */
	freeBuffers(pfn: Pfn): PhysAddr[] {
		const { memory } = this.parts;
		const record = this.recordOf(pfn);
		const free: PhysAddr[] = [];
		const base = this.base(pfn);
		if (this.isSmall) {
			let at = memory.readPointer(asPhys(record + CHAIN_BYTE));
			while (this.indexOf(pfn, at) >= 0 && free.length < this.head.objects) {
				free.push(at);
				at = memory.readPointer(this.linkOf(at));
			}
			return free;
		}
		let index = memory.readU32(asPhys(record + FIRST * 4));
		while (index < this.head.objects && free.length < this.head.objects) {
			free.push(asPhys(base + index * this.size));
			index = memory.readU16(this.bufctlOf(record, index));
		}
		return free;
	}

	/** BW1, BW2, BW4; `owned` are the blocks that name this cache. */
	check(owned: readonly Pfn[], say: Say): void {
		const { head } = this;
		const listed = new Set<Pfn>();
		let refs = 0;
		for (const anchor of [PARTIAL, EMPTY, FULL])
			this.parts.lists.each(this.words, anchor, (pfn) => {
				if (listed.has(pfn)) {
					say(`BW1: slab ${pfn} of ${head.name} is listed twice`);
					return false;
				}
				listed.add(pfn);
				refs += this.checkSlab(pfn, anchor, say);
				return true;
			});
		for (const pfn of owned)
			if (!listed.has(pfn))
				say(`BW4: slab ${pfn} of ${head.name} is on no list`);
		const total = listed.size * head.objects;
		if (
			head.slabs !== listed.size ||
			head.total !== total ||
			head.active !== refs
		)
			say(
				`BW4: ${head.name} counts ${head.slabs} slabs, ${head.total} buffers, ${head.active} taken; there are ${listed.size}, ${total}, ${refs}`,
			);
	}

	/** Returns the references of one slab. */
	private checkSlab(pfn: Pfn, anchor: number, say: Say): number {
		const { name, objects, address } = this.head;
		const { memory, pages } = this.parts;
		const record = this.recordOf(pfn);
		const refs = memory.readU32(record);
		if (anchor !== this.listFor(refs))
			say(
				`BW1: slab ${pfn} of ${name} has ${refs} references on the wrong list`,
			);
		const isOwn = pages.cache(pfn) === address;
		if (!isOwn || memory.readPointer(asPhys(record + CACHE_BYTE)) !== address)
			say(`BW4: slab ${pfn} on a list of ${name} is another's`);
		const free = this.freeBuffers(pfn);
		if (new Set(free).size !== free.length || free.length + refs !== objects)
			say(
				`BW2: slab ${pfn} of ${name} has ${refs} references and ${free.length} free of ${objects} buffers`,
			);
		return refs;
	}

	private slabWithRoom(): Pfn {
		const partial = this.parts.lists.head(this.words, PARTIAL);
		return partial !== NIL ? partial : this.parts.lists.head(this.words, EMPTY);
	}

	private takeFrom(pfn: Pfn): PhysAddr {
		const { memory } = this.parts;
		const record = this.recordOf(pfn);
		const refs = memory.readU32(record);
		this.setRefs(pfn, record, refs, refs + 1);
		this.head.addActive(1);
		if (this.isSmall) {
			const buffer = memory.readPointer(asPhys(record + CHAIN_BYTE));
			const next = memory.readPointer(this.linkOf(buffer));
			memory.writePointer(asPhys(record + CHAIN_BYTE), next);
			return buffer;
		}
		const index = memory.readU32(asPhys(record + FIRST * 4));
		const next = memory.readU16(this.bufctlOf(record, index));
		memory.writeU32(asPhys(record + FIRST * 4), next);
		return asPhys(this.base(pfn) + index * this.size);
	}

	/** Makes a buffer the first of its slab's free ones. */
	private chain(pfn: Pfn, record: PhysAddr, buffer: PhysAddr): void {
		const { memory } = this.parts;
		if (this.isSmall) {
			const first = memory.readPointer(asPhys(record + CHAIN_BYTE));
			if (first === buffer) panic("bonwick: BW2 duplicate free of a buffer");
			memory.writePointer(this.linkOf(buffer), first);
			memory.writePointer(asPhys(record + CHAIN_BYTE), buffer);
			return;
		}
		const index = this.indexOf(pfn, buffer);
		const first = memory.readU32(asPhys(record + FIRST * 4));
		if (first === index) panic("bonwick: BW2 duplicate free of a buffer");
		memory.writeU16(this.bufctlOf(record, index), first);
		memory.writeU32(asPhys(record + FIRST * 4), index);
	}

	/** Changes the reference count, and the list where that asks for it; an empty slab goes to the tail. */
	private setRefs(pfn: Pfn, record: PhysAddr, from: number, to: number): void {
		const { lists, memory } = this.parts;
		memory.writeU32(record, to);
		const before = this.listFor(from);
		const after = this.listFor(to);
		if (before === after) return;
		lists.remove(this.words, before, pfn);
		if (after === EMPTY) lists.pushTail(this.words, EMPTY, pfn);
		else lists.pushHead(this.words, after, pfn);
	}

	private listFor(refs: number): number {
		if (refs === 0) return EMPTY;
		return refs === this.head.objects ? FULL : PARTIAL;
	}

	/** A new slab that is on no list yet; NIL when there is no memory for it or for its record. */
	private grow(gfp: number): Pfn {
		const { head, frames } = this;
		const flags = gfp | head.gfp;
		const record = this.isSmall ? NULL : this.records.take(gfp);
		if (!this.isSmall && record === NULL) return NIL;
		const pfn = frames.takeForObjects(head.order, flags, head.address, head.id);
		if (pfn === NIL) {
			if (record !== NULL) this.records.give(record);
			return NIL;
		}
		const inner = asPhys(physOf(pfn) + 4096 - SLAB_BYTES);
		this.build(pfn, this.isSmall ? inner : record);
		this.parts.turn.cpu.charge(COST_NEW_SLAB);
		return pfn;
	}

	private build(pfn: Pfn, record: PhysAddr): void {
		const { memory, pages, locks } = this.parts;
		const { objects, address } = this.head;
		locks.lock(this.words, this.head.lockAt);
		const colour = this.nextColour();
		locks.unlock(this.words, this.head.lockAt);
		memory.writeU32(record, 0);
		memory.writeU32(asPhys(record + BUFFERS * 4), objects);
		memory.writeU32(asPhys(record + SLAB_COLOUR * 4), colour);
		memory.writePointer(asPhys(record + CACHE_BYTE), address);
		pages.setFreelist(pfn, record);
		const base = physOf(pfn) + colour;
		for (let i = 0; i < objects; i++)
			this.construct?.(asPhys(base + i * this.size), memory);
		if (this.isSmall) this.chainAll(record, base);
		else this.listAll(record);
	}

	private nextColour(): number {
		const colour = this.words[COLOUR] as number;
		const next = colour + this.head.align;
		this.words[COLOUR] = next > (this.words[COLOUR_MAX] as number) ? 0 : next;
		return colour;
	}

	/** Chains all buffers of a small slab by rising address. */
	private chainAll(record: PhysAddr, base: number): void {
		const { memory } = this.parts;
		let next: PhysAddr = NULL;
		for (let i = this.head.objects - 1; i >= 0; i--) {
			const buffer = asPhys(base + i * this.size);
			memory.writePointer(this.linkOf(buffer), next);
			next = buffer;
		}
		memory.writePointer(asPhys(record + CHAIN_BYTE), next);
	}

	/** The same with the bufctls of a large slab. */
	private listAll(record: PhysAddr): void {
		const { memory } = this.parts;
		const { objects } = this.head;
		for (let i = 0; i < objects; i++)
			memory.writeU16(this.bufctlOf(record, i), i + 1 < objects ? i + 1 : NONE);
		memory.writeU32(asPhys(record + FIRST * 4), 0);
	}

	private recordOf(pfn: Pfn): PhysAddr {
		return this.isSmall
			? asPhys(physOf(pfn) + 4096 - SLAB_BYTES)
			: this.parts.pages.freelist(pfn);
	}

	private linkOf(buffer: PhysAddr): PhysAddr {
		return asPhys(buffer + this.size - LINK_BYTES);
	}

	private bufctlOf(record: PhysAddr, index: number): PhysAddr {
		return asPhys(record + BUFCTLS_BYTE + index * 2);
	}

	/** Number of the buffer that begins at `address`; -1 when none does. */
	private indexOf(pfn: Pfn, address: PhysAddr): number {
		const base = this.base(pfn);
		const index = Math.floor((address - base) / this.size);
		const begins = base + index * this.size === address;
		return begins && index >= 0 && index < this.head.objects ? index : -1;
	}
}
