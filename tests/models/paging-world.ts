// A machine of 8 MiB with just enough around it for page tables: frames and objects from simple lists, one CPU.
//
//   frame   1 .. 32        33 .. 96    97       98 ..
//         +--------------+-----------+--------+------------------+
//         | page records | objects   | state  | frames to give   |
//         +--------------+-----------+--------+------------------+

import { Cpu } from "../../hw/cpu";
import { TurnLocks } from "../../hw/lock";
import { PhysicalMemory } from "../../hw/memory";
import { Mmu } from "../../hw/mmu";
import { Tlb } from "../../hw/tlb";
import {
	asPfn,
	asPhys,
	asVirt,
	DIRECT_MAP_BASE,
	NIL,
	NULL,
	type Pfn,
	type PhysAddr,
	physOf,
	type VirtAddr,
} from "../../hw/units";
import {
	AddressSpaces,
	MM_BYTES,
	type TlbShootdown,
	type UserFrames,
} from "../../mm/address-space";
import { PageTableCheck } from "../../mm/check/page-table-check";
import { __GFP_ZERO, GFP_KERNEL } from "../../mm/gfp";
import { Pages, PG_TABLE } from "../../mm/page";
import { PageTables, type TableAccounting } from "../../mm/page-table";
import { type ObjectCache, VMA_BYTES, Vmas } from "../../mm/vma";

const FRAMES = 2048;
const RECORDS_AT = 1;
const OBJECTS_AT = 33;
const OBJECTS_END = 97;
const STATE_AT = 97;
const FIRST_FREE = 98;
const RAM_BYTES = FRAMES * 4096;

/** Makes the n-th allocation from now fail, of frames and objects alike. */
export class Shortage {
	private left = 0;
	/** True once an allocation was refused. */
	struck = false;

	after(allocations: number): void {
		this.left = allocations;
		this.struck = false;
	}
	off(): void {
		this.left = 0;
	}
	/** True when this allocation must fail. */
	strikes(): boolean {
		if (this.left === 0) return false;
		this.left--;
		if (this.left > 0) return false;
		this.struck = true;
		return true;
	}
}

/** Frames, lowest first. */
class SimpleFrames implements UserFrames {
	private readonly taken = new Uint8Array(FRAMES).fill(1, 0, FIRST_FREE);

	constructor(
		private readonly memory: PhysicalMemory,
		private readonly pages: Pages,
		private readonly shortage: Shortage,
	) {}

	get free(): number {
		return this.taken.reduce((sum, taken) => sum + 1 - taken, 0);
	}

	allocPages(order: number, gfp: number): Pfn {
		if (this.shortage.strikes()) return NIL;
		const size = 2 ** order;
		for (let first = 0; first < FRAMES; first += size) {
			if (this.taken.subarray(first, first + size).includes(1)) continue;
			this.taken.fill(1, first, first + size);
			const head = asPfn(first);
			this.pages.clear(head);
			this.pages.setTypeOrder(head, 0, order);
			this.pages.setRefcount(head, 1);
			for (let i = 0; i < size && (gfp & __GFP_ZERO) !== 0; i++)
				this.memory.zeroFrame(asPfn(first + i));
			return head;
		}
		return NIL;
	}

	freePages(pfn: Pfn, order: number): void {
		if (this.pages.refcount(pfn) !== 1 || this.pages.order(pfn) !== order)
			throw new Error(`frame ${pfn} is not a block of order ${order} in use`);
		this.pages.clear(pfn);
		this.taken.fill(0, pfn, pfn + 2 ** order);
		this.memory.fill(physOf(pfn), 4096 * 2 ** order, 0xee); // nobody may rely on it
	}

	splitPages(pfn: Pfn, order: number): void {
		for (let i = 0; i < 2 ** order; i++) {
			this.pages.setTypeOrder(asPfn(pfn + i), 0, 0);
			this.pages.setRefcount(asPfn(pfn + i), 1);
		}
	}
}

/** Objects of one size in a region of frames; their content is rubbish when they are handed out. */
export class SimpleCache implements ObjectCache {
	private readonly free_: PhysAddr[] = [];
	inUse = 0;

	constructor(
		private readonly memory: PhysicalMemory,
		private readonly shortage: Shortage,
		private readonly bytes: number,
		start: number,
		end: number,
	) {
		for (let at = start; at + bytes <= end; at += Math.ceil(bytes / 8) * 8)
			this.free_.unshift(asPhys(at));
	}

	alloc(): PhysAddr {
		const object = this.shortage.strikes() ? undefined : this.free_.pop();
		if (object === undefined) return NULL;
		this.inUse++;
		this.memory.fill(object, this.bytes, 0x6b);
		return object;
	}

	free(object: PhysAddr): void {
		this.inUse--;
		this.free_.push(object);
		this.memory.fill(object, this.bytes, 0x6b);
	}
}

/** Flushes the one CPU and remembers what was asked for. */
class LocalShootdown implements TlbShootdown {
	readonly asked: string[] = [];
	constructor(private readonly tlb: Tlb) {}

	flushPage(asid: number, va: VirtAddr): void {
		this.asked.push("page");
		this.tlb.flushPage(asid, va);
	}
	flushRange(asid: number, start: VirtAddr, end: VirtAddr): void {
		this.asked.push("range");
		this.tlb.flushRange(asid, start, end);
	}
	flushSpace(asid: number): void {
		this.asked.push("space");
		this.tlb.flushSpace(asid);
	}
}

/** Marks tables and counts them, as the kernel does. */
class TableCount implements TableAccounting {
	count = 0;
	constructor(private readonly pages: Pages) {}

	tableAdded(pfn: Pfn): void {
		this.count++;
		this.pages.addFlags(pfn, PG_TABLE);
	}
	tableRemoved(pfn: Pfn): void {
		this.count--;
		this.pages.clearFlags(pfn, PG_TABLE);
	}
}

/** All of it, put together. */
export class PagingWorld {
	readonly shortage = new Shortage();
	readonly buffer = new SharedArrayBuffer(RAM_BYTES + 65536);
	readonly memory = new PhysicalMemory(this.buffer, RAM_BYTES);
	readonly pages = new Pages(
		this.memory.wordsAt(physOf(asPfn(RECORDS_AT)), FRAMES * 16),
		FRAMES,
	);
	readonly frames = new SimpleFrames(this.memory, this.pages, this.shortage);
	readonly tableCount = new TableCount(this.pages);
	readonly tables = new PageTables(this.memory, this.frames, this.tableCount);
	readonly cpu = new Cpu(this.buffer, RAM_BYTES, 0);
	readonly tlb = new Tlb(this.buffer, RAM_BYTES + 4096);
	readonly mmu = new Mmu(this.memory, this.cpu, this.tlb, new TurnLocks());
	readonly shootdown = new LocalShootdown(this.tlb);
	readonly vmaCache = this.cache(VMA_BYTES, OBJECTS_AT, OBJECTS_AT + 32);
	readonly mmCache = this.cache(MM_BYTES, OBJECTS_AT + 32, OBJECTS_END);
	readonly vmas = new Vmas(this.memory, this.vmaCache);
	readonly kernelRoot: Pfn;
	readonly spaces: AddressSpaces;
	readonly auditor: PageTableCheck;
	anonFrames = 0;

	constructor() {
		const { tables, memory, pages, frames, vmas, shootdown } = this;
		this.cpu.powerOn();
		this.kernelRoot = tables.createRoot(GFP_KERNEL);
		tables.reserveKernel(this.kernelRoot, DIRECT_MAP_BASE, 1, GFP_KERNEL);
		this.spaces = new AddressSpaces(memory, {
			pages,
			frames,
			tables,
			vmas,
			cache: this.mmCache,
			locks: new TurnLocks(),
			shootdown,
			accounting: {
				anonMapped: (count) => {
					this.anonFrames += count;
				},
				anonUnmapped: (count) => {
					this.anonFrames -= count;
				},
			},
			kernelRoot: this.kernelRoot,
			state: memory.wordsAt(physOf(asPfn(STATE_AT)), AddressSpaces.STATE_WORDS),
		});
		this.auditor = new PageTableCheck(memory, pages, this.spaces, vmas);
	}

	/** What the auditor finds when these spaces are all there are. */
	audit(...living: PhysAddr[]): string[] {
		return this.auditor.check(this.kernelRoot, living, this.tableCount.count);
	}

	/** All that can leak, to be compared before and after. */
	holdings(): string {
		return JSON.stringify([
			this.frames.free,
			this.tableCount.count,
			this.vmaCache.inUse,
			this.mmCache.inUse,
			this.anonFrames,
		]);
	}

	/** Makes a space the current one of the CPU, in user mode. */
	enter(space: PhysAddr): void {
		this.cpu.setRoot(this.spaces.root(space), this.spaces.asid(space));
		this.cpu.setUserMode(true);
	}

	private cache(bytes: number, from: number, to: number): SimpleCache {
		const { memory, shortage } = this;
		return new SimpleCache(memory, shortage, bytes, from * 4096, to * 4096);
	}
}

export const va = (value: number): VirtAddr => asVirt(value);
