// Paging: the page tables and address spaces of a running kernel, put together.
//
//   TaskLife, Syscalls --> Paging --> AddressSpaces --> PageTables --> PageAllocator
//                             |            |                |
//                             |          Vmas            counters: tables, pages of programs
//                             `--> this CPU: root and tag of the space that is loaded
//
// Tasks name a space by the address of its record. They map eagerly: what is mapped has its frames at once.
//
// N1: the space that is loaded on a CPU is alive, or none is loaded and the kernel's own root is.
// N2: a space belongs to the first task that it was loaded for; its frames say so.
// [arch/x86/mm/tlb.c switch_mm_irqs_off; mm/mmap.c vm_mmap_pgoff]

import type { Machine } from "../hw/machine";
import type { Recorder } from "../hw/recorder";
import { asVirt, type Pfn, type PhysAddr } from "../hw/units";
import { AddressSpaces } from "../mm/address-space";
import type { Counters } from "../mm/counters";
import { EV_PAGE_USE, PAGE_STACK } from "../mm/events";
import type { MemoryManager } from "../mm/memory-manager";
import { type Pages, PG_STACK, PG_TABLE } from "../mm/page";
import { PageTables, type TableAccounting } from "../mm/page-table";
import type { SlabCache } from "../mm/slab-cache";
import { Vmas } from "../mm/vma";
import {
	NR_ANON_PAGES,
	NR_KERNEL_STACK,
	NR_PAGE_TABLE_PAGES,
} from "../mm/vmstat-names";
import { EV_MAP, EV_PROTECT, EV_UNMAP } from "./events";
import { STACK_ORDER, type StackAccounting, type TaskSpaces } from "./life";
import { MAP_HUGE } from "./program";
import type { Smp } from "./smp";
import type { Witness } from "./witness";

const STACK_KIB = 4 << STACK_ORDER;
const PROTECTION = 7; // the PROT_ bits

/** What paging stands on. */
export interface PagingParts {
	readonly machine: Machine;
	readonly mm: MemoryManager;
	readonly smp: Smp;
	readonly witness: Witness;
	/** Caches "mm_struct" and "vm_area_struct". */
	readonly spaceRecords: SlabCache;
	readonly areaRecords: SlabCache;
	readonly kernelRoot: Pfn;
	/** `AddressSpaces.STATE_WORDS` words. */
	readonly state: Int32Array;
	/** Pid of the task that runs on this CPU. */
	readonly currentPid: () => number;
}

/** Marks table pages and counts them (pgtable_pte_page_ctor). */
export class TableCounter implements TableAccounting {
	constructor(
		private readonly pages: Pages,
		private readonly counters: Counters,
	) {}

	tableAdded(pfn: Pfn): void {
		this.pages.addFlags(pfn, PG_TABLE);
		this.counters.addNode(NR_PAGE_TABLE_PAGES, 1);
	}

	tableRemoved(pfn: Pfn): void {
		this.pages.clearFlags(pfn, PG_TABLE);
		this.counters.addNode(NR_PAGE_TABLE_PAGES, -1);
	}
}

/** Marks kernel stacks and counts them, in KiB (account_kernel_stack). */
export class StackCounter implements StackAccounting {
	constructor(
		private readonly pages: Pages,
		private readonly counters: Counters,
		private readonly recorder: Recorder | null = null,
	) {}

	stackAdded(pfn: Pfn): void {
		this.pages.addFlags(pfn, PG_STACK);
		this.recorder?.emit(EV_PAGE_USE, pfn, PAGE_STACK, 0, 0);
		this.counters.addNode(NR_KERNEL_STACK, STACK_KIB);
	}

	stackRemoved(pfn: Pfn): void {
		this.pages.clearFlags(pfn, PG_STACK);
		this.counters.addNode(NR_KERNEL_STACK, -STACK_KIB);
	}
}

/** Address spaces as tasks use them. */
export class Paging implements TaskSpaces {
	readonly tables: PageTables;
	readonly vmas: Vmas;
	readonly spaces: AddressSpaces;

	constructor(private readonly parts: PagingParts) {
		const { machine, mm, smp } = parts;
		const { memory } = machine;
		const frames = mm.allocator;
		const counter = new TableCounter(mm.pages, mm.counters);
		this.tables = new PageTables(memory, frames, counter, mm.recorder);
		this.vmas = new Vmas(memory, parts.areaRecords);
		this.spaces = new AddressSpaces(memory, {
			pages: mm.pages,
			frames,
			tables: this.tables,
			vmas: this.vmas,
			cache: parts.spaceRecords,
			locks: machine.locks,
			shootdown: smp,
			accounting: {
				anonMapped: (count) => mm.counters.addNode(NR_ANON_PAGES, count),
				anonUnmapped: (count) => mm.counters.addNode(NR_ANON_PAGES, -count),
			},
			kernelRoot: parts.kernelRoot,
			state: parts.state,
			recorder: mm.recorder,
		});
	}

	create(): PhysAddr {
		return this.spaces.create(0); // whose it is shows when it is loaded
	}

	destroy(space: PhysAddr): void {
		this.spaces.destroy(space);
	}

	/** Loads a space on this CPU; 0 loads the kernel's own. Tags spare a flush. */
	activate(space: PhysAddr): void {
		const { machine, kernelRoot, currentPid } = this.parts;
		const { cpu } = machine.turn;
		if (space !== 0 && this.spaces.owner(space) === 0)
			this.spaces.setOwner(space, currentPid()); // N2
		if (space === 0) cpu.setRoot(kernelRoot, 0);
		else cpu.setRoot(this.spaces.root(space), this.spaces.asid(space));
	}

	map(space: PhysAddr, bytes: number, protection: number, at: number): number {
		const start = this.spaces.map(space, bytes, protection & PROTECTION, {
			eager: true,
			huge: (protection & MAP_HUGE) !== 0,
			...(at === 0 ? {} : { at: asVirt(at) }),
		});
		if (start >= 0) this.tell(EV_MAP, space, start, bytes, protection);
		return start;
	}

	unmap(space: PhysAddr, address: number, bytes: number): number {
		const result = this.spaces.unmap(space, asVirt(address), bytes);
		if (result === 0) this.tell(EV_UNMAP, space, address, bytes, 0);
		return result;
	}

	protect(
		space: PhysAddr,
		address: number,
		bytes: number,
		protection: number,
	): number {
		const start = asVirt(address);
		const result = this.spaces.protect(space, start, bytes, protection);
		if (result === 0) this.tell(EV_PROTECT, space, address, bytes, protection);
		return result;
	}

	private tell(
		event: number,
		space: PhysAddr,
		address: number,
		bytes: number,
		protection: number,
	): void {
		const pid = this.spaces.owner(space);
		this.parts.witness.space(event, pid, address, bytes, protection);
	}
}
