// Page tables: building, changing and taking down the trees that the MMU walks.
//
//   root (PGD)        PUD             PMD             PTE
//   +-------+      +-------+      +-------+      +-------+
//   |  0    | ---> |  0    | ---> |  0    | ---> |  0    | ---> frame of a program
//   |  ..   |      |  ..   |      |  ..   |      |  ..   |
//   |  255  |      |  511  |      |  511  | -+   |  511  |
//   +-------+      +-------+      +-------+  +-> 2 MiB of frames
//   |  256  | ---> PUDs of the kernel's half: the same ones under every root
//   |  511  |
//   +-------+
//
// A table is a frame of its own. A slot names one entry: table * 512 + index, so 0 is no slot.
//
// Taking a range down is three steps, because other CPUs may still hold translations or be in the middle of a walk:
//   retire    entries lose P but keep their frame; tables that became empty are cut off in the same way
//   flush     the caller makes every CPU forget the range
//   release   retired entries become zero, their frames and tables go back
//
// PT1: every table is reached by exactly one entry, PUDs of the kernel's half by one in each root.
// PT2: a new table is complete before the entry that leads to it is written, and goes back only after a flush.
// PT3: entries of the kernel's half in a root are written once, by `reserveKernel`, before the first task root is made.
// PT4: outside `retire` .. `release` no entry is retired.
// PT5: a table of a task is a frame in use that is marked PG_TABLE; tables from before the page allocator are reserved
//      frames of the kernel.
// PT6: a leaf of the lower half names an anonymous frame in use, which is no table; mapcount = leaves that name it.
// PT7: leaves of the lower half have US, those of the kernel's half have not.
//
// Linux reaches the same order by collecting what it unmaps in a list (mmu_gather); here the entries are the list.
// It also keeps empty tables of the kernel's half, which are freed here.
// [mm/memory.c __pmd_alloc, zap_pte_range, free_pgtables; mm/mmu_gather.c;
// arch/x86/mm/init_64.c preallocate_vmalloc_pages]

import type { PhysicalMemory } from "../hw/memory";
import { panic } from "../hw/panic";
import {
	entryBytes,
	entryFlags,
	entryHigh,
	entryLow,
	entryPfn,
	isMapped,
	LARGE_BYTES,
	LARGE_FRAMES,
	LARGE_LEVEL,
	LARGE_ORDER,
	LEAF_LEVEL,
	PTE_ACCESSED,
	PTE_DIRTY,
	PTE_LARGE,
	PTE_NONE,
	PTE_PRESENT,
	PTE_RETIRED,
	PTE_USER,
	PTE_WRITABLE,
	TABLE_ENTRIES,
	TOP_LEVEL,
	tableIndex,
} from "../hw/pte";
import type { Recorder } from "../hw/recorder";
import {
	asPfn,
	asVirt,
	KERNEL_HALF,
	NIL,
	PAGE_SIZE,
	type Pfn,
	type PhysAddr,
	pfnOf,
	physOf,
	type VirtAddr,
	virtText,
} from "../hw/units";
import {
	EV_PTE_RUN,
	EV_PTE_SET,
	EV_TABLE_FREE,
	EV_TABLE_NEW,
	runWord,
} from "./events";
import { __GFP_ZERO } from "./gfp";

/** Negative results of operations on mappings, as Linux numbers them. */
export const ENOMEM = 12;
export const EEXIST = 17;
export const EINVAL = 22;

const BANK_SHIFT = 20; // frames of a bank
const BANK_MASK = 0xfffff;
const KERNEL_FIRST = 256; // first entry of a root that belongs to the kernel's half
const KEPT = PTE_ACCESSED | PTE_DIRTY | PTE_LARGE; // what a change of permissions leaves alone
const LINK = PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY; // entry that leads to a table

/** Where frames come from: the page allocator, or memblock while there is none. With __GFP_ZERO they must be zero. */
export interface FrameSource {
	/** First frame of a block of 2^order frames, NIL when there is none. */
	allocPages(order: number, gfp: number): Pfn;
	freePages(pfn: Pfn, order: number): void;
}

/** Who hears of every table page, roots too: to mark its record and count it. */
export interface TableAccounting {
	tableAdded(pfn: Pfn): void;
	/** Called before the frame goes back. */
	tableRemoved(pfn: Pfn): void;
}

/** Called with a leaf: its slot, its level (1: 4 KiB, 2: 2 MiB) and the address that it maps. */
export type LeafVisitor = (slot: number, level: number, va: VirtAddr) => void;

/** Page tables of all address spaces. Callers hold the lock of the space, and flush TLBs. */
export class PageTables {
	constructor(
		private readonly memory: PhysicalMemory,
		private readonly frames: FrameSource,
		private readonly accounting: TableAccounting,
		private readonly recorder: Recorder | null = null,
	) {}

	// --- entries

	/** Low word of the entry at a slot. */
	low(slot: number): number {
		const table = Math.floor(slot / TABLE_ENTRIES);
		return this.bank(table)[indexOf(table, slot & 511)] as number;
	}

	/** High word of the entry at a slot. */
	high(slot: number): number {
		const table = Math.floor(slot / TABLE_ENTRIES);
		return this.bank(table)[indexOf(table, slot & 511) + 1] as number;
	}

	/** Frame that the entry at a slot names. */
	pfnAt(slot: number): Pfn {
		return entryPfn(this.low(slot), this.high(slot));
	}

	/** Flags of the entry at a slot: bits 11..0 and NX in bit 31. */
	flagsAt(slot: number): number {
		return entryFlags(this.low(slot), this.high(slot));
	}

	// --- roots

	/** A root with nothing in it, NIL without memory. */
	createRoot(gfp: number): Pfn {
		return this.newTable(gfp);
	}

	/** A root for a task: lower half empty, kernel's half as `kernelRoot` has it; NIL without memory. */
	createTaskRoot(kernelRoot: Pfn, gfp: number): Pfn {
		const root = this.newTable(gfp);
		if (root === NIL) return NIL;
		for (let index = KERNEL_FIRST; index < TABLE_ENTRIES; index++) {
			const from = kernelRoot * TABLE_ENTRIES + index;
			this.write(root, index, this.low(from), this.high(from));
		}
		return root;
	}

	/** Gives a root back; its lower half must be empty. */
	freeRoot(root: Pfn): void {
		for (let index = 0; index < KERNEL_FIRST; index++)
			if (this.low(root * TABLE_ENTRIES + index) !== 0)
				panic(`page-table: PT1 root ${root} still has entry ${index}`);
		this.freeTable(root);
	}

	/**
	 * Makes the PUDs of the kernel's half for [va, va + bytes), so that what is mapped there later shows under every
	 * root. Returns the tables added, or -ENOMEM.
	 */
	reserveKernel(
		kernelRoot: Pfn,
		va: VirtAddr,
		bytes: number,
		gfp: number,
	): number {
		let added = 0;
		const last = tableIndex(asVirt(va + bytes - 1), TOP_LEVEL);
		for (let index = tableIndex(va, TOP_LEVEL); index <= last; index++) {
			if (this.low(kernelRoot * TABLE_ENTRIES + index) !== 0) continue;
			const table = this.newTable(gfp);
			if (table === NIL) return -ENOMEM;
			this.write(kernelRoot, index, entryLow(table, LINK), table >>> 20);
			added++;
		}
		return added;
	}

	// --- map

	/** Maps one 4 KiB page. Returns the tables that had to be added, -EEXIST or -ENOMEM; then nothing has changed. */
	map(root: Pfn, va: VirtAddr, pfn: Pfn, flags: number, gfp: number): number {
		return this.mapAt(LEAF_LEVEL, root, va, pfn, flags, gfp);
	}

	/** Maps one 2 MiB page; address and frame must be aligned to it. Returns as `map` does. */
	mapLarge(
		root: Pfn,
		va: VirtAddr,
		pfn: Pfn,
		flags: number,
		gfp: number,
	): number {
		if (va % LARGE_BYTES !== 0 || pfn % LARGE_FRAMES !== 0)
			panic("page-table: a large page must be aligned to 2 MiB");
		return this.mapAt(LARGE_LEVEL, root, va, pfn, flags | PTE_LARGE, gfp);
	}

	/**
	 * Maps bytes that follow each other in physical memory, by 2 MiB pages where both addresses allow it and by 4 KiB
	 * pages at ragged edges. Returns the tables added, -EEXIST or -ENOMEM; then nothing is mapped.
	 */
	mapLinear(
		root: Pfn,
		va: VirtAddr,
		target: PhysAddr,
		bytes: number,
		flags: number,
		gfp: number,
	): number {
		let added = 0;
		for (let done = 0; done < bytes; ) {
			const at = asVirt(va + done);
			const pfn = pfnOf((target + done) as PhysAddr);
			const large =
				at % LARGE_BYTES === 0 &&
				pfn % LARGE_FRAMES === 0 &&
				bytes - done >= LARGE_BYTES;
			const result = large
				? this.mapLarge(root, at, pfn, flags, gfp)
				: this.map(root, at, pfn, flags, gfp);
			if (result < 0) {
				this.takeDown(root, va, at);
				return result;
			}
			added += result;
			done += large ? LARGE_BYTES : PAGE_SIZE;
			const leaf = large ? flags | PTE_LARGE : flags;
			done += this.mapMore(root, at, pfn, leaf, bytes - done);
		}
		return added;
	}

	/**
	 * Maps what follows the page at `va` by more of its size, in the same table only: the way down is gone once. Stops
	 * before an entry that is taken; returns the bytes mapped.
	 */
	private mapMore(
		root: Pfn,
		va: VirtAddr,
		pfn: Pfn,
		flags: number,
		bytes: number,
	): number {
		const slot = this.find(root, va);
		const frames = (flags & PTE_LARGE) === 0 ? 1 : LARGE_FRAMES;
		const table = asPfn(Math.floor(slot / TABLE_ENTRIES));
		const first = slot & (TABLE_ENTRIES - 1);
		const room = Math.floor(bytes / (frames * PAGE_SIZE));
		const end = Math.min(TABLE_ENTRIES, first + 1 + room);
		let index = first + 1;
		for (; index < end && this.low(slot + index - first) === 0; index++) {
			const at = asPfn(pfn + (index - first) * frames);
			this.put(table, index, entryLow(at, flags), entryHigh(at, flags));
		}
		const more = index - first - 1;
		if (more > 0) this.tellRun(table, first + 1, more, frames);
		return more * frames * PAGE_SIZE;
	}

	/** Records entries that map what lies side by side. */
	private tellRun(
		table: Pfn,
		index: number,
		entries: number,
		frames: number,
	): void {
		const word = runWord(index, entries, frames === 1 ? 0 : LARGE_ORDER);
		const slot = table * TABLE_ENTRIES + index;
		const { recorder } = this;
		recorder?.emit(EV_PTE_RUN, table, word, this.low(slot), this.high(slot));
	}

	// --- look

	/** Slot of the leaf that maps `va`, 0 when none does. */
	find(root: Pfn, va: VirtAddr): number {
		let table: number = root;
		for (let level = TOP_LEVEL; ; level--) {
			const slot = table * TABLE_ENTRIES + tableIndex(va, level);
			const low = this.low(slot);
			if (!isMapped(low)) return 0;
			if (isLeaf(low, level)) return slot;
			table = entryPfn(low, this.high(slot));
		}
	}

	/** Physical address behind `va`, whatever may be done there; 0 when nothing is mapped. */
	resolve(root: Pfn, va: VirtAddr): PhysAddr {
		const slot = this.find(root, va);
		if (slot === 0) return 0 as PhysAddr;
		const large = (this.low(slot) & PTE_LARGE) !== 0;
		const mask = large ? LARGE_BYTES - 1 : PAGE_SIZE - 1;
		return (physOf(this.pfnAt(slot)) + (va & mask)) as PhysAddr;
	}

	/** Calls `visit` for each leaf that maps part of [start, end), lowest first. */
	eachLeaf(
		root: Pfn,
		start: VirtAddr,
		end: VirtAddr,
		visit: LeafVisitor,
	): void {
		this.visitLeaves(asPfn(root), TOP_LEVEL, 0, start, end, visit);
	}

	// --- change

	/**
	 * Gives all leaves of [start, end) new permissions; A and D stay. Large pages must not be cut (see `splitAt`).
	 * Returns the leaves changed.
	 */
	protect(root: Pfn, start: VirtAddr, end: VirtAddr, flags: number): number {
		let changed = 0;
		this.eachLeaf(root, start, end, (slot, level, va) => {
			checkWhole(va, level, start, end);
			const kept = this.low(slot) & KEPT;
			this.set(slot, this.pfnAt(slot), (flags & ~KEPT) | kept);
			changed++;
		});
		return changed;
	}

	/**
	 * Replaces the 2 MiB page around `va` by a table of 512 small ones with the same permissions, if `va` lies inside
	 * one and not at its beginning. Returns the tables added, 0 or 1, or -ENOMEM. No flush is needed before the
	 * permissions of a part change.
	 */
	splitAt(root: Pfn, va: VirtAddr, gfp: number): number {
		if (va % LARGE_BYTES === 0) return 0;
		const slot = this.find(root, va);
		if (slot === 0 || (this.low(slot) & PTE_LARGE) === 0) return 0;
		const table = this.newTable(gfp);
		if (table === NIL) return -ENOMEM;
		const first = this.pfnAt(slot);
		const flags = this.flagsAt(slot) & ~PTE_LARGE;
		for (let index = 0; index < TABLE_ENTRIES; index++) {
			const pfn = asPfn(first + index);
			this.write(table, index, entryLow(pfn, flags), entryHigh(pfn, flags));
		}
		this.set(slot, table, linkFlags(va));
		return 1;
	}

	// --- take down

	/**
	 * Unmaps the one page at `va` and returns its first frame, NIL when there was none; tables stay. The caller flushes,
	 * then may use the frame.
	 */
	unmap(root: Pfn, va: VirtAddr): Pfn {
		const slot = this.find(root, va);
		if (slot === 0) return NIL;
		const pfn = this.pfnAt(slot);
		this.set(slot, NIL, 0);
		return pfn;
	}

	/** Makes [start, end) not present, keeping frames in the entries until `release`. Returns the frames unmapped. */
	retire(root: Pfn, start: VirtAddr, end: VirtAddr): number {
		return this.retireIn(root, TOP_LEVEL, 0, start, end);
	}

	/**
	 * Second half of taking down, after the flush: calls `give` for every retired leaf, and frees the tables that
	 * `retire` cut off. Returns the tables freed.
	 */
	release(
		root: Pfn,
		start: VirtAddr,
		end: VirtAddr,
		give: (pfn: Pfn, order: number) => void,
	): number {
		return this.releaseIn(root, TOP_LEVEL, 0, start, end, give);
	}

	// --- private: one entry

	private bank(table: number): Int32Array {
		return this.memory.banks[table >>> BANK_SHIFT] as Int32Array;
	}

	/** Writes an entry and tells what has changed. */
	private write(table: Pfn, index: number, low: number, high: number): void {
		const words = this.bank(table);
		const at = indexOf(table, index);
		const isTold =
			this.recorder !== null && (words[at] !== low || words[at + 1] !== high);
		this.put(table, index, low, high);
		if (isTold) this.recorder?.emit(EV_PTE_SET, table, index, low, high);
	}

	/** Writes an entry so that a walker never sees half of it present. */
	private put(table: Pfn, index: number, low: number, high: number): void {
		const words = this.bank(table);
		const at = indexOf(table, index);
		if ((low & PTE_PRESENT) === 0) words[at] = low;
		words[at + 1] = high;
		words[at] = low;
	}

	private set(slot: number, pfn: Pfn, flags: number): void {
		const table = asPfn(Math.floor(slot / TABLE_ENTRIES));
		const low = entryLow(pfn, flags);
		this.write(table, slot & 511, low, entryHigh(pfn, flags));
	}

	// --- private: tables

	private newTable(gfp: number): Pfn {
		const table = this.frames.allocPages(0, gfp | __GFP_ZERO);
		if (table === NIL) return table;
		this.accounting.tableAdded(table);
		this.recorder?.emit(EV_TABLE_NEW, table, 0, 0, 0);
		return table;
	}

	private freeTable(table: Pfn): void {
		this.accounting.tableRemoved(table);
		this.recorder?.emit(EV_TABLE_FREE, table, 0, 0, 0);
		this.frames.freePages(table, 0);
	}

	private mapAt(
		leaf: number,
		root: Pfn,
		va: VirtAddr,
		pfn: Pfn,
		flags: number,
		gfp: number,
	): number {
		let table = root;
		for (let level = TOP_LEVEL; level > leaf; level--) {
			const slot = table * TABLE_ENTRIES + tableIndex(va, level);
			const low = this.low(slot);
			if (low === 0)
				return this.addTables(slot, level - 1, leaf, va, pfn, flags, gfp);
			if (isLeaf(low, level)) return -EEXIST;
			table = this.pfnAt(slot);
		}
		const slot = table * TABLE_ENTRIES + tableIndex(va, leaf);
		if (this.low(slot) !== 0) return -EEXIST;
		this.set(slot, pfn, flags);
		return 0;
	}

	/** Hangs a chain of new tables, the leaf in the last one, below the empty entry at `slot`. */
	private addTables(
		slot: number,
		level: number,
		leaf: number,
		va: VirtAddr,
		pfn: Pfn,
		flags: number,
		gfp: number,
	): number {
		if (level === TOP_LEVEL - 1 && va >= KERNEL_HALF)
			panic(`page-table: PT3 ${virtText(va)} lies in no reserved range`);
		const chain = this.buildChain(level, leaf, va, pfn, flags, gfp);
		if (chain === NIL) return -ENOMEM;
		this.set(slot, chain, linkFlags(va));
		return level - leaf + 1;
	}

	/** A table of `level` that leads to the leaf through tables of its own; NIL without memory, and nothing is kept. */
	private buildChain(
		level: number,
		leaf: number,
		va: VirtAddr,
		pfn: Pfn,
		flags: number,
		gfp: number,
	): Pfn {
		const table = this.newTable(gfp);
		if (table === NIL) return NIL;
		const slot = table * TABLE_ENTRIES + tableIndex(va, level);
		if (level === leaf) {
			this.set(slot, pfn, flags);
			return table;
		}
		const below = this.buildChain(level - 1, leaf, va, pfn, flags, gfp);
		if (below === NIL) {
			this.freeTable(table);
			return NIL;
		}
		this.set(slot, below, linkFlags(va));
		return table;
	}

	private isEmpty(table: Pfn): boolean {
		const words = this.bank(table);
		const first = indexOf(table, 0);
		const end = first + TABLE_ENTRIES * 2;
		for (let at = first; at < end; at += 2)
			if (isMapped(words[at] as number)) return false;
		return true;
	}

	// --- private: ranges

	private visitLeaves(
		table: Pfn,
		level: number,
		base: number,
		start: number,
		end: number,
		visit: LeafVisitor,
	): void {
		const last = lastIndex(level, base, end);
		for (let index = firstIndex(level, base, start); index <= last; index++) {
			const slot = table * TABLE_ENTRIES + index;
			const low = this.low(slot);
			if (!isMapped(low)) continue;
			const va = base + index * entryBytes(level);
			if (isLeaf(low, level)) visit(slot, level, asVirt(va));
			else this.visitLeaves(this.pfnAt(slot), level - 1, va, start, end, visit);
		}
	}

	private retireIn(
		table: Pfn,
		level: number,
		base: number,
		start: number,
		end: number,
	): number {
		let count = 0;
		const last = lastIndex(level, base, end);
		for (let index = firstIndex(level, base, start); index <= last; index++) {
			const slot = table * TABLE_ENTRIES + index;
			const low = this.low(slot);
			if (!isMapped(low)) continue;
			const va = base + index * entryBytes(level);
			if (isLeaf(low, level)) {
				checkWhole(va, level, start, end);
				count += level === LEAF_LEVEL ? 1 : LARGE_FRAMES;
				this.retireSlot(slot);
				continue;
			}
			const below = this.pfnAt(slot);
			count += this.retireIn(below, level - 1, va, start, end);
			const shared = level === TOP_LEVEL && va >= KERNEL_HALF; // PT3
			if (!shared && this.isEmpty(below)) this.retireSlot(slot);
		}
		return count;
	}

	private retireSlot(slot: number): void {
		const rest = this.flagsAt(slot) & ~(PTE_PRESENT | PTE_NONE);
		this.set(slot, this.pfnAt(slot), rest | PTE_RETIRED);
	}

	private releaseIn(
		table: Pfn,
		level: number,
		base: number,
		start: number,
		end: number,
		give: (pfn: Pfn, order: number) => void,
	): number {
		let freed = 0;
		const last = lastIndex(level, base, end);
		for (let index = firstIndex(level, base, start); index <= last; index++) {
			const slot = table * TABLE_ENTRIES + index;
			const low = this.low(slot);
			if (low === 0) continue;
			const retired = (low & PTE_RETIRED) !== 0;
			const pfn = this.pfnAt(slot);
			if (isLeaf(low, level)) {
				if (!retired) continue;
				this.set(slot, NIL, 0);
				give(pfn, level === LEAF_LEVEL ? 0 : LARGE_ORDER);
				continue;
			}
			const va = base + index * entryBytes(level);
			freed += this.releaseIn(pfn, level - 1, va, start, end, give);
			if (!retired) continue;
			this.set(slot, NIL, 0);
			this.freeTable(pfn);
			freed++;
		}
		return freed;
	}

	/** Takes [start, end) down without giving its frames away: undoes mappings that nobody has used yet. */
	private takeDown(root: Pfn, start: VirtAddr, end: VirtAddr): void {
		this.retire(root, start, end);
		this.release(root, start, end, () => {});
	}
}

/** Index of an entry's low word in its bank. */
const indexOf = (table: number, index: number): number =>
	((table & BANK_MASK) << 10) + (index << 1);

const isLeaf = (low: number, level: number): boolean =>
	level === LEAF_LEVEL || (low & PTE_LARGE) !== 0;

/** Flags of an entry that leads to a table: programs may pass in the lower half only. */
const linkFlags = (va: number): number =>
	va < KERNEL_HALF ? LINK | PTE_USER : LINK;

/** First and last entry of a table, which begins at `base`, that a range touches. */
const firstIndex = (level: number, base: number, start: number): number =>
	Math.max(0, Math.floor((start - base) / entryBytes(level)));
const lastIndex = (level: number, base: number, end: number): number =>
	Math.min(TABLE_ENTRIES, Math.ceil((end - base) / entryBytes(level))) - 1;

/** Refuses to touch a large page of which the range holds only a part. */
function checkWhole(
	va: number,
	level: number,
	start: number,
	end: number,
): void {
	if (va < start || va + entryBytes(level) > end)
		panic(`page-table: ${virtText(asVirt(va))} is cut: splitAt comes first`);
}
