// Virtual memory areas: which parts of an address space exist, and what may be done there.
//
//   byte   0       8       16     24          32      40      48     56     60 .. 151
//        +-------+-------+------+-----------+-------+-------+------+------+-----------+
//        | start | end   | mm   | page prot | flags | next  | prev | kind | unused    |   152 bytes
//        +-------+-------+------+-----------+-------+-------+------+------+-----------+
//
//   list word pair of the address space --> area --> area --> area --> NULL     by address
//
// An area is [start, end), whole pages. The list is a pointer somewhere in memory; operations get its address.
//
// VA1: areas are sorted by address and do not overlap. VA2: start < end, both on a page.
// VA3: neighbours that touch differ in flags or kind, so no two could be one. VA4: next and prev agree.
//
// Linux keeps areas in a maple tree, whose nodes are objects of a cache of their own; a list finds the same areas.
// [include/linux/mm_types.h struct vm_area_struct, mm/mmap.c find_vma, vma_merge, __split_vma, unmapped_area_topdown]

import type { PhysicalMemory } from "../hw/memory";
import {
	PTE_ACCESSED,
	PTE_DIRTY,
	PTE_NONE,
	PTE_NX,
	PTE_PRESENT,
	PTE_USER,
	PTE_WRITABLE,
} from "../hw/pte";
import {
	asPhys,
	asVirt,
	NULL,
	PAGE_SIZE,
	type PhysAddr,
	type VirtAddr,
} from "../hw/units";

const START = 0;
const END = 8;
const MM = 16;
const PAGE_PROT = 24;
const FLAGS = 32;
const NEXT = 40;
const PREV = 48;
const KIND = 56;

/** Bytes of one record. */
export const VMA_BYTES = 152;

export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;

/** Flags of an area; the lowest three are the permissions. */
export const VM_READ = 1;
export const VM_WRITE = 2;
export const VM_EXEC = 4;
export const VM_SHARED = 8;

/** What an area is, for reports. */
export const VMA_ANONYMOUS = 0;
export const VMA_HEAP = 1;
export const VMA_STACK = 2;

const KIND_NAMES: readonly string[] = ["", "[heap]", "[stack]"];

/** Where records of one kind come from: a slab cache. */
export interface ObjectCache {
	/** Address of an object, 0 when there is no memory. Its content is anything. */
	alloc(gfp: number): PhysAddr;
	free(object: PhysAddr): void;
}

/** Hardware flags of the pages of an area with these permissions. A page that can be written can be read. */
export function pageFlags(permissions: number): number {
	let flags = PTE_USER | PTE_ACCESSED;
	flags |= (permissions & 7) === PROT_NONE ? PTE_NONE : PTE_PRESENT;
	if ((permissions & PROT_WRITE) !== 0) flags |= PTE_WRITABLE | PTE_DIRTY;
	if ((permissions & PROT_EXEC) === 0) flags |= PTE_NX;
	return flags;
}

/**
 * Areas of all address spaces. `list` is the address of the pointer to the first one; callers hold the space's lock.
 */
export class Vmas {
	constructor(
		private readonly memory: PhysicalMemory,
		private readonly cache: ObjectCache,
	) {}

	// --- one area

	start(vma: PhysAddr): VirtAddr {
		return asVirt(this.memory.readU64(asPhys(vma + START)));
	}
	end(vma: PhysAddr): VirtAddr {
		return asVirt(this.memory.readU64(asPhys(vma + END)));
	}
	/** VM_ bits. */
	flags(vma: PhysAddr): number {
		return this.memory.readU32(asPhys(vma + FLAGS));
	}
	/** VMA_ANONYMOUS, VMA_HEAP or VMA_STACK. */
	kind(vma: PhysAddr): number {
		return this.memory.readU32(asPhys(vma + KIND));
	}
	/** The address space that owns the area. */
	mm(vma: PhysAddr): PhysAddr {
		return this.memory.readPointer(asPhys(vma + MM));
	}
	/** Hardware flags of its pages. */
	pageProt(vma: PhysAddr): number {
		const low = this.memory.readU32(asPhys(vma + PAGE_PROT));
		return low | this.memory.readU32(asPhys(vma + PAGE_PROT + 4));
	}
	/** The area above, NULL at the end. */
	next(vma: PhysAddr): PhysAddr {
		return this.memory.readPointer(asPhys(vma + NEXT));
	}
	/** The area below, NULL at the beginning. */
	prev(vma: PhysAddr): PhysAddr {
		return this.memory.readPointer(asPhys(vma + PREV));
	}
	/** The lowest area, NULL when there is none. */
	first(list: PhysAddr): PhysAddr {
		return this.memory.readPointer(list);
	}
	/** `[heap]`, `[stack]` or nothing. */
	name(vma: PhysAddr): string {
		return KIND_NAMES[this.kind(vma)] ?? "";
	}
	/** Permissions as in /proc/PID/maps: `rw-p`. */
	permissionText(vma: PhysAddr): string {
		const flags = this.flags(vma);
		const letter = (bit: number, text: string) => (flags & bit ? text : "-");
		const sharing = flags & VM_SHARED ? "s" : "p";
		return (
			letter(VM_READ, "r") +
			letter(VM_WRITE, "w") +
			letter(VM_EXEC, "x") +
			sharing
		);
	}

	// --- look

	/** Calls `visit` for each area from the lowest up. */
	each(list: PhysAddr, visit: (vma: PhysAddr) => void): void {
		for (let vma = this.first(list); vma !== NULL; ) {
			const next = this.next(vma);
			visit(vma);
			vma = next;
		}
	}

	/** The lowest area that ends above `va`: it holds `va` or lies above it. NULL when there is none. */
	find(list: PhysAddr, va: VirtAddr): PhysAddr {
		let vma = this.first(list);
		while (vma !== NULL && this.end(vma) <= va) vma = this.next(vma);
		return vma;
	}

	/** The area that holds `va`, or NULL. */
	at(list: PhysAddr, va: VirtAddr): PhysAddr {
		const vma = this.find(list, va);
		return vma !== NULL && this.start(vma) <= va ? vma : NULL;
	}

	/** True when no area touches [start, end). */
	isFree(list: PhysAddr, start: VirtAddr, end: VirtAddr): boolean {
		const vma = this.find(list, start);
		return vma === NULL || this.start(vma) >= end;
	}

	/** True when areas cover all of [start, end). */
	covers(list: PhysAddr, start: VirtAddr, end: VirtAddr): boolean {
		let covered: number = start;
		let vma = this.find(list, start);
		while (covered < end && vma !== NULL && this.start(vma) <= covered) {
			covered = this.end(vma);
			vma = this.next(vma);
		}
		return covered >= end;
	}

	/** Start, a multiple of `align`, of the highest free range of `bytes` bytes within [floor, top); 0 when there is none. */
	findGap(
		list: PhysAddr,
		bytes: number,
		floor: VirtAddr,
		top: VirtAddr,
		align: number = PAGE_SIZE,
	): VirtAddr {
		let best = 0;
		let low: number = floor;
		const consider = (high: number) => {
			const start = Math.floor((high - bytes) / align) * align;
			if (start >= low) best = start;
		};
		this.each(list, (vma) => {
			consider(Math.min(this.start(vma), top));
			low = Math.max(low, this.end(vma));
		});
		consider(top);
		return asVirt(best);
	}

	// --- change

	/**
	 * Adds an area where nothing is, or lets equal neighbours grow over the range. Returns the area that holds it then,
	 * NULL without memory.
	 */
	insert(
		list: PhysAddr,
		mm: PhysAddr,
		start: VirtAddr,
		end: VirtAddr,
		flags: number,
		kind: number,
		gfp: number,
	): PhysAddr {
		const above = this.find(list, start);
		const below = above === NULL ? this.last(list) : this.prev(above);
		if (below !== NULL && this.end(below) === start)
			if (this.isLike(below, flags, kind)) {
				this.setEnd(below, end);
				this.merge(list, below, above);
				return below;
			}
		if (above !== NULL && this.start(above) === end)
			if (this.isLike(above, flags, kind)) {
				this.setStart(above, start);
				return above;
			}
		const vma = this.cache.alloc(gfp);
		if (vma === NULL) return NULL;
		this.fill(vma, mm, start, end, flags, kind);
		this.link(list, below, vma, above);
		return vma;
	}

	/**
	 * Makes `at` a border between areas, if one holds it inside. False when the second record cannot be had. The two
	 * halves break VA3 until one of them changes or `mergeAround` joins them again.
	 */
	splitAt(list: PhysAddr, at: VirtAddr, gfp: number): boolean {
		const vma = this.at(list, at);
		if (vma === NULL || this.start(vma) === at) return true;
		const upper = this.cache.alloc(gfp);
		if (upper === NULL) return false;
		this.memory.copy(vma, upper, VMA_BYTES);
		this.setStart(upper, at);
		this.link(list, vma, upper, this.next(vma));
		this.setEnd(vma, at);
		return true;
	}

	/** Makes both ends of a range borders. False without memory; then nothing has changed. */
	isolate(
		list: PhysAddr,
		start: VirtAddr,
		end: VirtAddr,
		gfp: number,
	): boolean {
		if (!this.splitAt(list, start, gfp)) return false;
		if (this.splitAt(list, end, gfp)) return true;
		this.mergeAround(list, start);
		return false;
	}

	/** Joins the areas below and above the border at `at`, if they are alike. */
	mergeAround(list: PhysAddr, at: VirtAddr): void {
		const above = this.at(list, at);
		if (above === NULL || this.start(above) !== at) return;
		const below = this.prev(above);
		if (below !== NULL) this.merge(list, below, above);
	}

	/**
	 * Removes whatever is in [start, end), cutting areas at its ends. Returns the bytes removed, or -1 without memory;
	 * then nothing has changed.
	 */
	remove(list: PhysAddr, start: VirtAddr, end: VirtAddr, gfp: number): number {
		if (!this.isolate(list, start, end, gfp)) return -1;
		let removed = 0;
		let vma = this.find(list, start);
		while (vma !== NULL && this.start(vma) < end) {
			const next = this.next(vma);
			removed += this.end(vma) - this.start(vma);
			this.unlink(list, vma);
			this.cache.free(vma);
			vma = next;
		}
		return removed;
	}

	/** Gives all areas in [start, end) new permissions. False without memory; then nothing has changed. */
	protect(
		list: PhysAddr,
		start: VirtAddr,
		end: VirtAddr,
		permissions: number,
		gfp: number,
	): boolean {
		if (!this.isolate(list, start, end, gfp)) return false;
		const inside: VirtAddr[] = [];
		for (
			let vma = this.find(list, start);
			vma !== NULL && this.start(vma) < end;
			vma = this.next(vma)
		) {
			this.setFlags(vma, (this.flags(vma) & ~7) | (permissions & 7));
			inside.push(this.start(vma));
		}
		for (const border of inside) this.mergeAround(list, border);
		this.mergeAround(list, end);
		return true;
	}

	/** Frees every area. */
	clear(list: PhysAddr): void {
		this.each(list, (vma) => this.cache.free(vma));
		this.memory.writePointer(list, NULL);
	}

	// --- private

	private setStart(vma: PhysAddr, start: VirtAddr): void {
		this.memory.writeU64(asPhys(vma + START), start);
	}
	private setEnd(vma: PhysAddr, end: VirtAddr): void {
		this.memory.writeU64(asPhys(vma + END), end);
	}
	private setNext(vma: PhysAddr, to: PhysAddr): void {
		this.memory.writePointer(asPhys(vma + NEXT), to);
	}
	private setPrev(vma: PhysAddr, to: PhysAddr): void {
		this.memory.writePointer(asPhys(vma + PREV), to);
	}
	private setFlags(vma: PhysAddr, flags: number): void {
		const hardware = pageFlags(flags);
		this.memory.writeU32(asPhys(vma + PAGE_PROT), hardware & ~PTE_NX);
		this.memory.writeU32(asPhys(vma + PAGE_PROT + 4), hardware & PTE_NX);
		this.memory.writeU64(asPhys(vma + FLAGS), flags);
	}

	private fill(
		vma: PhysAddr,
		mm: PhysAddr,
		start: VirtAddr,
		end: VirtAddr,
		flags: number,
		kind: number,
	): void {
		this.memory.fill(vma, VMA_BYTES, 0);
		this.setStart(vma, start);
		this.setEnd(vma, end);
		this.memory.writePointer(asPhys(vma + MM), mm);
		this.setFlags(vma, flags);
		this.memory.writeU32(asPhys(vma + KIND), kind);
	}

	private isLike(vma: PhysAddr, flags: number, kind: number): boolean {
		return this.flags(vma) === flags && this.kind(vma) === kind;
	}

	private last(list: PhysAddr): PhysAddr {
		let last = NULL;
		this.each(list, (vma) => {
			last = vma;
		});
		return last;
	}

	/** below and above become neighbours of a new area. */
	private link(
		list: PhysAddr,
		below: PhysAddr,
		vma: PhysAddr,
		above: PhysAddr,
	): void {
		this.setPrev(vma, below);
		this.setNext(vma, above);
		if (below === NULL) this.memory.writePointer(list, vma);
		else this.setNext(below, vma);
		if (above !== NULL) this.setPrev(above, vma);
	}

	private unlink(list: PhysAddr, vma: PhysAddr): void {
		const below = this.prev(vma);
		const above = this.next(vma);
		if (below === NULL) this.memory.writePointer(list, above);
		else this.setNext(below, above);
		if (above !== NULL) this.setPrev(above, below);
	}

	/** Lets `below` take `above` in, if they touch and are alike. */
	private merge(list: PhysAddr, below: PhysAddr, above: PhysAddr): void {
		if (above === NULL || this.end(below) !== this.start(above)) return;
		if (!this.isLike(below, this.flags(above), this.kind(above))) return;
		this.setEnd(below, this.end(above));
		this.unlink(list, above);
		this.cache.free(above);
	}
}
