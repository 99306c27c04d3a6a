// Address spaces: what a task sees of memory, and where its pages are.
//
//   mm_struct in RAM, 1104 bytes, of which these are used:
//   byte   0      8      12     16      20     24         28     32            36      40
//        +------+------+------+-------+------+----------+------+-------------+-------+----------+
//        | vmas | root | asid | users | lock | total_vm | rss  | table bytes | owner | peak rss |
//        +------+------+------+-------+------+----------+------+-------------+-------+----------+
//
//   0                      400000                       mmap base     stack        2^47
//   +---------+------------------+----------+ . . . . . +------------+-------------+----------+
//   | nothing | (program, heap)  | free     |           | mappings   | stack gap   | kernel's |
//   +---------+------------------+----------+ . . . . . +------------+-------------+----------+
//                                        new mappings grow down <--- |
//
// A block of a program, one frame or 2 MiB, belongs to one page of one space: mapcount 1, PG_ANON, its owner in the
// private word. It goes back only after every CPU has dropped its translation. A border inside a 2 MiB page, from an
// unmap or a change of permissions, first makes 512 single frames of it.
//
// AS1: rss = frames that the lower half of the root maps. AS2: table bytes = 4096 * tables below the root.
// AS3: total_vm = pages of all areas. AS4: every mapped page lies in an area.
// AS5: asids of living spaces differ; 0 is the kernel's, and 0 in no space.
//
// Linux gives asids for each CPU anew (6 a CPU) and counts rss in batches; one number for life does the same work here.
// [include/linux/mm_types.h struct mm_struct; mm/mmap.c do_mmap, do_mas_munmap, exit_mmap; mm/mprotect.c;
// mm/util.c mmap_base]

import type { Locks } from "../hw/lock";
import type { PhysicalMemory } from "../hw/memory";
import { panic } from "../hw/panic";
import { LARGE_BYTES, LARGE_FRAMES, LARGE_ORDER } from "../hw/pte";
import type { Recorder } from "../hw/recorder";
import {
	asPfn,
	asPhys,
	asVirt,
	KERNEL_HALF,
	NIL,
	NULL,
	PAGE_SIZE,
	type Pfn,
	type PhysAddr,
	type VirtAddr,
} from "../hw/units";
import { EV_PAGE_USE, PAGE_USER } from "./events";
import {
	__GFP_NOWARN,
	__GFP_ZERO,
	GFP_HIGHUSER_MOVABLE,
	GFP_KERNEL_ACCOUNT,
} from "./gfp";
import { type Pages, PG_ANON } from "./page";
import {
	EEXIST,
	EINVAL,
	ENOMEM,
	type FrameSource,
	type PageTables,
} from "./page-table";
import { type ObjectCache, pageFlags, VMA_ANONYMOUS, type Vmas } from "./vma";

const VMAS = 0;
const ROOT = 8;
const ASID = 12;
const USERS = 16;
const LOCK = 20;
const TOTAL_VM = 24;
const RSS = 28;
const TABLE_BYTES = 32;
const OWNER = 36;
const PEAK_RSS = 40;

/** Bytes of one record. */
export const MM_BYTES = 1104;

/** Lowest address that a mapping may have (vm.mmap_min_addr). */
export const MAP_FLOOR = asVirt(0x10000);
/** End of what programs may use: the last page of the lower half stays empty. */
export const USER_END = asVirt(KERNEL_HALF - PAGE_SIZE);
/** Mappings are placed below this address, downwards: the room above is for the stack. */
export const MMAP_BASE = asVirt(0x7ffff7fff000);

const HUGE_GFP = GFP_HIGHUSER_MOVABLE | __GFP_ZERO | __GFP_NOWARN;
const TABLE_GFP = GFP_KERNEL_ACCOUNT | __GFP_ZERO;
const FRAME_GFP = GFP_HIGHUSER_MOVABLE | __GFP_ZERO;

// State that all CPUs share: a lock, the asid to try next, one bit for each asid.
const STATE_LOCK = 0;
const STATE_NEXT = 1;
const STATE_BITS = 2;
const ASIDS = 4096;

/** Makes CPUs forget translations; returns when all of them have. */
export interface TlbShootdown {
	flushPage(asid: number, va: VirtAddr): void;
	flushRange(asid: number, start: VirtAddr, end: VirtAddr): void;
	flushSpace(asid: number): void;
}

/** Who counts the pages of programs (nr_anon_pages). */
export interface AnonAccounting {
	anonMapped(frames: number): void;
	anonUnmapped(frames: number): void;
}

/** Frames for programs: the page allocator. */
export interface UserFrames extends FrameSource {
	/** Makes single frames of an allocated block. */
	splitPages(pfn: Pfn, order: number): void;
}

/** What address spaces are made of. */
export interface AddressSpaceParts {
	readonly pages: Pages;
	readonly frames: UserFrames;
	readonly tables: PageTables;
	readonly vmas: Vmas;
	/** Cache of mm_struct, objects of `MM_BYTES`. */
	readonly cache: ObjectCache;
	readonly locks: Locks;
	readonly shootdown: TlbShootdown;
	readonly accounting: AnonAccounting;
	/** Root whose kernel half all spaces share. */
	readonly kernelRoot: Pfn;
	/** `AddressSpaces.STATE_WORDS` words of the kernel's data, zero at first. */
	readonly state: Int32Array;
	/** Hears whose the pages are; absent while nobody records. */
	readonly recorder?: Recorder | null;
}

/** How `map` places and fills a mapping. */
export interface MapOptions {
	/** Address wanted; another one is taken if it is in use, unless `fixed`. */
	readonly at?: VirtAddr;
	/** The wanted address or none: -EEXIST when it is in use. */
	readonly fixed?: boolean;
	/** Take and map all frames at once. */
	readonly eager?: boolean;
	/** Eager, by pages of 2 MiB; the size must be whole ones. */
	readonly huge?: boolean;
	/** VMA_ANONYMOUS, VMA_HEAP or VMA_STACK. */
	readonly kind?: number;
}

/** All address spaces; one is the address of its record. */
export class AddressSpaces {
	/** Words of shared state. */
	static readonly STATE_WORDS = STATE_BITS + ASIDS / 32;

	constructor(
		private readonly memory: PhysicalMemory,
		private readonly parts: AddressSpaceParts,
	) {}

	// --- fields

	/** Frame of the top-level table. */
	root(space: PhysAddr): Pfn {
		return asPfn(this.field(space, ROOT));
	}
	/** Tag of its translations. */
	asid(space: PhysAddr): number {
		return this.field(space, ASID);
	}
	users(space: PhysAddr): number {
		return this.field(space, USERS);
	}
	/** Pages of all areas. */
	totalPages(space: PhysAddr): number {
		return this.field(space, TOTAL_VM);
	}
	/** Frames mapped. */
	rssPages(space: PhysAddr): number {
		return this.field(space, RSS);
	}
	/** Most frames that were ever mapped at once. */
	peakRssPages(space: PhysAddr): number {
		return this.field(space, PEAK_RSS);
	}
	/** Bytes of all tables below the root. */
	tableBytes(space: PhysAddr): number {
		return this.field(space, TABLE_BYTES);
	}
	/** Whom its frames say they belong to: a pid. */
	owner(space: PhysAddr): number {
		return this.field(space, OWNER);
	}
	setOwner(space: PhysAddr, owner: number): void {
		this.setField(space, OWNER, owner);
	}
	/** Address of the pointer to the first area, for `Vmas`. */
	vmaList(space: PhysAddr): PhysAddr {
		return asPhys(space + VMAS);
	}

	// --- life

	/** A new space with one user and nothing mapped; NULL without memory. */
	create(owner: number): PhysAddr {
		const asid = this.takeAsid();
		if (asid === 0) return NULL;
		const { cache, tables, kernelRoot } = this.parts;
		const space = cache.alloc(GFP_KERNEL_ACCOUNT);
		if (space === NULL) {
			this.giveAsid(asid);
			return NULL;
		}
		const root = tables.createTaskRoot(kernelRoot, TABLE_GFP);
		if (root === NIL) {
			cache.free(space);
			this.giveAsid(asid);
			return NULL;
		}
		this.memory.fill(space, MM_BYTES, 0);
		this.setField(space, ROOT, root);
		this.setField(space, ASID, asid);
		this.setField(space, USERS, 1);
		this.setField(space, OWNER, owner);
		return space;
	}

	/** One more user. */
	get(space: PhysAddr): void {
		this.lock(space);
		this.add(space, USERS, 1);
		this.unlock(space);
	}

	/** One user less; the last one destroys the space. No CPU may have it as its current one then. */
	put(space: PhysAddr): void {
		this.lock(space);
		this.add(space, USERS, -1);
		const left = this.users(space) | 0;
		this.unlock(space);
		if (left < 0) panic("address-space: put without a user");
		if (left === 0) this.destroy(space);
	}

	/** Gives everything back: frames, tables, areas, the root, the record. */
	destroy(space: PhysAddr): void {
		const { tables, vmas, cache, shootdown } = this.parts;
		const end = asVirt(KERNEL_HALF);
		this.lock(space);
		tables.retire(this.root(space), asVirt(0), end);
		shootdown.flushSpace(this.asid(space));
		this.release(space, asVirt(0), end);
		vmas.clear(this.vmaList(space));
		this.setField(space, TOTAL_VM, 0);
		this.unlock(space);
		tables.freeRoot(this.root(space));
		this.giveAsid(this.asid(space));
		cache.free(space);
	}

	// --- mappings

	/**
	 * Maps `bytes` bytes, rounded up to pages, with PROT_ permissions. Returns the address; -ENOMEM when there is no
	 * room or, for eager mappings, no frame; -EEXIST when a fixed place is taken; -EINVAL for impossible arguments.
	 * A failure leaves nothing behind.
	 */
	map(
		space: PhysAddr,
		bytes: number,
		permissions: number,
		options: MapOptions = {},
	): number {
		const size = roundUp(bytes);
		if (!(size > 0) || size > USER_END) return -EINVAL;
		if (options.huge && size % LARGE_BYTES !== 0) return -EINVAL;
		this.lock(space);
		const start = this.place(space, size, options);
		const result =
			start < 0
				? start
				: this.mapPlaced(space, start, size, permissions, options);
		this.unlock(space);
		return result;
	}

	/**
	 * Unmaps the pages of [va, va + bytes), mapped or not. Returns 0, -EINVAL, or -ENOMEM when an area or a large page
	 * must be cut and cannot; then all is still mapped.
	 */
	unmap(space: PhysAddr, va: VirtAddr, bytes: number): number {
		const end = asVirt(va + roundUp(bytes));
		if (!isUserRange(va, end)) return -EINVAL;
		this.lock(space);
		const result = this.unmapLocked(space, va, end);
		this.unlock(space);
		return result;
	}

	/**
	 * Changes the permissions of [va, va + bytes). Returns 0, -EINVAL, or -ENOMEM when parts of it are in no area or
	 * memory is short; then no permission has changed.
	 */
	protect(
		space: PhysAddr,
		va: VirtAddr,
		bytes: number,
		permissions: number,
	): number {
		const end = asVirt(va + roundUp(bytes));
		if (!isUserRange(va, end)) return -EINVAL;
		this.lock(space);
		const result = this.protectLocked(space, va, end, permissions);
		this.unlock(space);
		return result;
	}

	/** Physical address behind `va`, whatever its permissions; NULL when no frame is there. */
	translate(space: PhysAddr, va: VirtAddr): PhysAddr {
		return this.parts.tables.resolve(this.root(space), va);
	}

	// --- private: mapping

	/** Start of the range for a new mapping, or a negative number. */
	private place(space: PhysAddr, size: number, options: MapOptions): number {
		const { vmas } = this.parts;
		const list = this.vmaList(space);
		const align = options.huge ? LARGE_BYTES : PAGE_SIZE;
		const at = options.at;
		if (at !== undefined && at >= MAP_FLOOR) {
			const end = asVirt(at + size);
			if (!isUserRange(at, end) || at % align !== 0) return -EINVAL;
			if (vmas.isFree(list, at, end)) return at;
		}
		if (options.fixed) return at === undefined ? -EINVAL : -EEXIST;
		const gap = vmas.findGap(list, size, MAP_FLOOR, MMAP_BASE, align);
		if (gap !== 0) return gap;
		const above = vmas.findGap(list, size, MMAP_BASE, USER_END, align);
		return above !== 0 ? above : -ENOMEM;
	}

	/** Pages come before the area, because an area that grew over its neighbours cannot always be cut out again. */
	private mapPlaced(
		space: PhysAddr,
		start: number,
		size: number,
		permissions: number,
		options: MapOptions,
	): number {
		const from = asVirt(start);
		const end = asVirt(start + size);
		const kind = options.kind ?? VMA_ANONYMOUS;
		const order = options.huge ? LARGE_ORDER : 0;
		if (options.eager || options.huge)
			if (!this.populate(space, from, end, permissions, order)) return -ENOMEM;
		const vma = this.parts.vmas.insert(
			this.vmaList(space),
			space,
			from,
			end,
			permissions & 7,
			kind,
			GFP_KERNEL_ACCOUNT,
		);
		if (vma === NULL) {
			this.takeDown(space, from, end);
			return -ENOMEM;
		}
		this.add(space, TOTAL_VM, size / PAGE_SIZE);
		return from;
	}

	/** Maps zeroed blocks of 2^order frames all over a range; false, and all of them back, when one cannot be had. */
	private populate(
		space: PhysAddr,
		start: VirtAddr,
		end: VirtAddr,
		permissions: number,
		order: number,
	): boolean {
		if ((permissions & 7) === 0) return true; // nobody could touch them
		const flags = pageFlags(permissions);
		const step = PAGE_SIZE * 2 ** order;
		for (let va: number = start; va < end; va += step) {
			if (this.mapFresh(space, asVirt(va), flags, order)) continue;
			this.takeDown(space, start, asVirt(va));
			return false;
		}
		return true;
	}

	/** Maps a zeroed block; false without memory. */
	private mapFresh(
		space: PhysAddr,
		va: VirtAddr,
		flags: number,
		order: number,
	): boolean {
		const { frames, tables } = this.parts;
		const root = this.root(space);
		const pfn = frames.allocPages(order, order === 0 ? FRAME_GFP : HUGE_GFP);
		if (pfn === NIL) return false;
		const added =
			order === 0
				? tables.map(root, va, pfn, flags, TABLE_GFP)
				: tables.mapLarge(root, va, pfn, flags, TABLE_GFP);
		if (added < 0) {
			if (added === -EEXIST) panic("address-space: AS4 a page in no area");
			frames.freePages(pfn, order);
			return false;
		}
		this.claim(space, pfn);
		this.parts.accounting.anonMapped(2 ** order);
		this.add(space, TABLE_BYTES, added * PAGE_SIZE);
		this.add(space, RSS, 2 ** order);
		if (this.rssPages(space) > this.peakRssPages(space))
			this.setField(space, PEAK_RSS, this.rssPages(space));
		return true;
	}

	/** Writes into a block's record whose it is. */
	private claim(space: PhysAddr, pfn: Pfn): void {
		const { pages } = this.parts;
		pages.addFlags(pfn, PG_ANON);
		pages.setMapcount(pfn, 1);
		const owner = this.owner(space);
		pages.setPrivate(pfn, owner);
		this.parts.recorder?.emit(EV_PAGE_USE, pfn, PAGE_USER, owner, 0);
	}

	private unmapLocked(space: PhysAddr, start: VirtAddr, end: VirtAddr): number {
		if (!this.splitLarge(space, start, end)) return -ENOMEM;
		const { vmas } = this.parts;
		const list = this.vmaList(space);
		const removed = vmas.remove(list, start, end, GFP_KERNEL_ACCOUNT);
		if (removed < 0) return -ENOMEM;
		this.add(space, TOTAL_VM, -removed / PAGE_SIZE);
		if (removed > 0) this.takeDown(space, start, end);
		return 0;
	}

	private protectLocked(
		space: PhysAddr,
		start: VirtAddr,
		end: VirtAddr,
		permissions: number,
	): number {
		const { vmas, tables, shootdown } = this.parts;
		const list = this.vmaList(space);
		if (!vmas.covers(list, start, end)) return -ENOMEM;
		if (!this.splitLarge(space, start, end)) return -ENOMEM;
		if (!vmas.protect(list, start, end, permissions, GFP_KERNEL_ACCOUNT))
			return -ENOMEM;
		const flags = pageFlags(permissions);
		const changed = tables.protect(this.root(space), start, end, flags);
		if (changed > 0) shootdown.flushRange(this.asid(space), start, end);
		return 0;
	}

	/** Sees to it that no large page crosses an end of the range; false without memory. */
	private splitLarge(space: PhysAddr, start: VirtAddr, end: VirtAddr): boolean {
		return this.splitAt(space, start) && this.splitAt(space, end);
	}

	private splitAt(space: PhysAddr, border: VirtAddr): boolean {
		const { tables, frames } = this.parts;
		const root = this.root(space);
		const added = tables.splitAt(root, border, TABLE_GFP);
		if (added < 0) return false;
		if (added === 0) return true;
		this.add(space, TABLE_BYTES, PAGE_SIZE);
		const first = asVirt(Math.floor(border / LARGE_BYTES) * LARGE_BYTES);
		const head = tables.pfnAt(tables.find(root, first));
		frames.splitPages(head, LARGE_ORDER);
		for (let i = 0; i < LARGE_FRAMES; i++) this.claim(space, asPfn(head + i));
		return true;
	}

	/** Unmaps, flushes, gives frames and tables back. */
	private takeDown(space: PhysAddr, start: VirtAddr, end: VirtAddr): void {
		const { tables, shootdown } = this.parts;
		const count = tables.retire(this.root(space), start, end);
		const asid = this.asid(space);
		if (count > 0 && end - start === PAGE_SIZE)
			shootdown.flushPage(asid, start);
		else if (count > 0) shootdown.flushRange(asid, start, end);
		this.release(space, start, end);
	}

	private release(space: PhysAddr, start: VirtAddr, end: VirtAddr): void {
		const { tables } = this.parts;
		const freed = tables.release(this.root(space), start, end, (pfn, order) => {
			this.freeFrames(pfn, order);
			this.add(space, RSS, -(2 ** order));
		});
		this.add(space, TABLE_BYTES, -freed * PAGE_SIZE);
	}

	private freeFrames(pfn: Pfn, order: number): void {
		const { pages, frames, accounting } = this.parts;
		pages.setMapcount(pfn, 0);
		pages.clearFlags(pfn, PG_ANON);
		pages.setPrivate(pfn, 0);
		accounting.anonUnmapped(2 ** order);
		frames.freePages(pfn, order);
	}

	// --- private: asids

	/** A free asid, 0 when all are taken. */
	private takeAsid(): number {
		const { state, locks } = this.parts;
		locks.lock(state, STATE_LOCK);
		let found = 0;
		for (let tries = 0; tries < ASIDS && found === 0; tries++) {
			const asid = ((state[STATE_NEXT] as number) + tries) & (ASIDS - 1);
			if (asid !== 0 && !this.hasAsid(asid)) found = asid;
		}
		if (found !== 0) {
			this.flipAsid(found);
			state[STATE_NEXT] = found + 1;
		}
		locks.unlock(state, STATE_LOCK);
		return found;
	}

	private giveAsid(asid: number): void {
		const { state, locks } = this.parts;
		locks.lock(state, STATE_LOCK);
		this.flipAsid(asid);
		locks.unlock(state, STATE_LOCK);
	}

	private hasAsid(asid: number): boolean {
		const word = this.parts.state[STATE_BITS + (asid >>> 5)] as number;
		return (word & (1 << (asid & 31))) !== 0;
	}

	private flipAsid(asid: number): void {
		const { state } = this.parts;
		const at = STATE_BITS + (asid >>> 5);
		state[at] = (state[at] as number) ^ (1 << (asid & 31));
	}

	// --- private: the record

	private field(space: PhysAddr, offset: number): number {
		return this.memory.readU32(asPhys(space + offset));
	}
	private setField(space: PhysAddr, offset: number, value: number): void {
		this.memory.writeU32(asPhys(space + offset), value);
	}
	private add(space: PhysAddr, offset: number, amount: number): void {
		this.setField(space, offset, (this.field(space, offset) + amount) | 0);
	}

	private lock(space: PhysAddr): void {
		const at = (space + LOCK) >>> 2;
		this.parts.locks.lock(this.memory.bank(space), at);
	}
	private unlock(space: PhysAddr): void {
		const at = (space + LOCK) >>> 2;
		this.parts.locks.unlock(this.memory.bank(space), at);
	}
}

const roundUp = (bytes: number): number =>
	Math.ceil(bytes / PAGE_SIZE) * PAGE_SIZE;

/** True for whole pages that programs may map. */
const isUserRange = (start: number, end: number): boolean =>
	start % PAGE_SIZE === 0 && start >= 0 && start < end && end <= USER_END;
