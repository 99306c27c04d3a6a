// Auditor of the page allocator: recounts free lists, per-CPU lists and every frame from the words in RAM.
//
//   free lists of each zone ----\
//                                >--> one mark for each frame --> walk over all page records: does each record say the
//   per-CPU lists of each CPU --/                                 same, and do the counts come out?
//
//   a frame is in exactly one of these
//       free        in a block of a free list            head: PG_BUDDY
//       per CPU     in a block of a per-CPU list         head: PG_PCP
//       allocated   in a block with users                head: refcount > 0
//       reserved    the buddy was never given it         a record without references
//
// It only reads. Sentences begin with the number of the broken invariant: B of buddy.ts, L of list.ts, Q of pcp.ts, G of
// page.ts, Z of zone.ts, A of page-allocator.ts.
// B1 is checked below the order of a pageblock. Above, two free buddies may stay apart for good: one of them was freed
// while its pageblock was reserved, and nobody merges them when the pageblock becomes ordinary again.

import type { Pfn } from "../../hw/units";
import type { MemoryManager } from "../memory-manager";
import {
	type Pages,
	PG_BUDDY,
	PG_HEAD,
	PG_LARGE,
	PG_PCP,
	PG_SLAB,
	PG_TAIL,
} from "../page";
import {
	MIGRATE_MOVABLE,
	MIGRATE_PCPTYPES,
	MIGRATE_TYPES,
	PAGEBLOCK_ORDER,
} from "../pageblock";
import { pcpIndex, pcpOrder } from "../pcp";
import { PCP_WORD, PCP_WORDS } from "../percpu";
import { MAX_ORDER, type Zone } from "../zone";
import type { ZoneAllocator } from "../zonelist";

const UNMARKED = 0;
const FREE = 1; // first frame of a block in a free list
const WAITING = 2; // first frame of a block in a per-CPU list
const INSIDE = 3; // any other frame of one of these
const COMPOUND = PG_HEAD | PG_TAIL;
const OWNED = PG_BUDDY | PG_PCP | PG_SLAB | PG_LARGE | COMPOUND;
const PCP_COUNT = 0; // word of a zone's page lists
const PCP_LISTS = 8;
const PCP_LIST_COUNT = 14;
const SENTENCES_MAX = 50; // of a thoroughly broken machine nobody reads more

/** What the auditor looks at; a `MemoryManager` has it. */
export type BuddyFacts = Pick<MemoryManager, "allocator" | "pages" | "turn">;

/** One sentence for each broken invariant, with its number; empty when all hold. Call it between two operations. */
export function checkBuddy(mm: BuddyFacts): string[] {
	return new BuddyAudit(mm).run();
}

class BuddyAudit {
	private readonly broken: string[] = [];
	private readonly pages: Pages;
	private readonly marks: Uint8Array; // by frame

	constructor(private readonly mm: BuddyFacts) {
		this.pages = mm.pages;
		this.marks = new Uint8Array(mm.pages.frameCount);
	}

	run(): string[] {
		for (const owner of this.mm.allocator.zones) this.checkZone(owner);
		return this.broken;
	}

	private say(sentence: string): void {
		if (this.broken.length < SENTENCES_MAX) this.broken.push(sentence);
	}

	private checkZone({ zone }: ZoneAllocator): void {
		const free = this.checkFreeLists(zone);
		const waiting = this.checkPerCpuLists(zone);
		const allocated = this.walkFrames(zone);
		this.checkBuddies(zone);
		if (zone.managed !== free + waiting + allocated)
			this.say(
				`Z1: zone ${zone.name} manages ${zone.managed} frames, but ${free} are free, ${waiting} on per-CPU lists and ${allocated} allocated`,
			);
		if (zone.managed > zone.present || zone.present > zone.spanned)
			this.say(
				`Z1: zone ${zone.name} spans ${zone.spanned}, has ${zone.present} and manages ${zone.managed} frames`,
			);
	}

	/** Returns the frames in the zone's free lists. */
	private checkFreeLists(zone: Zone): number {
		let frames = 0;
		for (let order = 0; order < MAX_ORDER; order++) {
			let blocks = 0;
			for (let type = 0; type < MIGRATE_TYPES; type++)
				blocks += this.checkFreeList(zone, order, type);
			frames += blocks * 2 ** order;
			if (blocks !== zone.freeBlocks(order))
				this.say(
					`B4: zone ${zone.name} counts ${zone.freeBlocks(order)} free blocks of order ${order}, its lists have ${blocks}`,
				);
		}
		if (frames !== zone.free)
			this.say(
				`B4: zone ${zone.name} counts ${zone.free} free frames, its lists have ${frames}`,
			);
		return frames;
	}

	private checkFreeList(zone: Zone, order: number, type: number): number {
		const list = `the free list of zone ${zone.name}, order ${order}, type ${type}`;
		const at = zone.listAt(order, type);
		return this.walkList(zone.words, at, zone.spanned, list, (pfn) => {
			this.checkListed(zone, pfn, order, PG_BUDDY, list);
			if (this.pages.type(pfn) !== type)
				this.say(`B4: pfn ${pfn} on ${list} says type ${this.pages.type(pfn)}`);
			this.mark(pfn, order, FREE);
		});
	}

	/** Returns the frames on all CPUs' lists for a zone. */
	private checkPerCpuLists(zone: Zone): number {
		let frames = 0;
		for (const { id } of this.mm.turn.cpus) {
			const area = this.mm.turn.areaOf(id);
			const at = PCP_WORD + zone.index * PCP_WORDS;
			let mine = 0;
			for (let index = 0; index < PCP_LIST_COUNT; index++)
				mine += this.checkPerCpuList(zone, id, area, at, index);
			if (mine !== area[at + PCP_COUNT])
				this.say(
					`Q1: CPU ${id} counts ${area[at + PCP_COUNT]} frames of zone ${zone.name}, its lists have ${mine}`,
				);
			frames += mine;
		}
		return frames;
	}

	private checkPerCpuList(
		zone: Zone,
		cpu: number,
		area: Int32Array,
		at: number,
		index: number,
	): number {
		const order = pcpOrder(index);
		const list = `list ${index} of CPU ${cpu} for zone ${zone.name}`;
		const anchor = at + PCP_LISTS + index * 2;
		const length = this.walkList(area, anchor, zone.spanned, list, (pfn) => {
			this.checkListed(zone, pfn, order, PG_PCP, list);
			const type = this.pages.type(pfn);
			const kept = type < MIGRATE_PCPTYPES ? type : MIGRATE_MOVABLE;
			if (pcpIndex(order, kept) !== index)
				this.say(`Q1: pfn ${pfn} of type ${type} is on ${list}`);
			this.mark(pfn, order, WAITING);
		});
		return length * 2 ** order;
	}

	/** Follows a list, checks its links and calls `visit` for each block; returns how many there are. */
	private walkList(
		words: Int32Array,
		anchor: number,
		most: number,
		list: string,
		visit: (pfn: Pfn) => void,
	): number {
		let length = 0;
		let before = 0;
		let pfn = words[anchor] as Pfn;
		while (pfn !== 0) {
			if (!this.pages.has(pfn) || length > most) {
				this.say(`L2: ${list} leads to pfn ${pfn} and does not end`);
				return length;
			}
			if (before !== 0 && this.pages.prev(pfn) !== before)
				this.say(
					`L2: pfn ${pfn} on ${list} has ${this.pages.prev(pfn)} before it, not ${before}`,
				);
			visit(pfn);
			length++;
			before = pfn;
			pfn = this.pages.next(pfn);
		}
		if (length > 0 && words[anchor + 1] !== before)
			this.say(`L1: ${list} ends with ${before}, not ${words[anchor + 1]}`);
		return length;
	}

	/** What a block on a list must look like. */
	private checkListed(
		zone: Zone,
		pfn: Pfn,
		order: number,
		flag: number,
		list: string,
	): void {
		const { pages } = this;
		const last = pfn + 2 ** order - 1;
		if ((pfn & (2 ** order - 1)) !== 0)
			this.say(`B2: pfn ${pfn} on ${list} is not aligned to order ${order}`);
		if (!zone.contains(pfn) || !zone.contains(last))
			this.say(`B2: pfn ${pfn} on ${list} leaves its zone`);
		if (pages.order(pfn) !== order)
			this.say(`B4: pfn ${pfn} on ${list} says order ${pages.order(pfn)}`);
		if (pages.flags(pfn) !== flag)
			this.say(
				`B3: pfn ${pfn} on ${list} has flags 0x${pages.flags(pfn).toString(16)}, not 0x${flag.toString(16)}`,
			);
		if (pages.refcount(pfn) !== 0)
			this.say(`B3: pfn ${pfn} on ${list} has users`);
		if (pages.private_(pfn) !== 0)
			this.say(`G5: pfn ${pfn} on ${list} keeps a private word`);
	}

	private mark(pfn: Pfn, order: number, what: number): void {
		const { marks } = this;
		const end = Math.min(pfn + 2 ** order, marks.length);
		for (let frame: number = pfn; frame < end; frame++) {
			if (marks[frame] !== UNMARKED)
				this.say(`B3: pfn ${frame} belongs to two free blocks (G2)`);
			marks[frame] = frame === pfn ? what : INSIDE;
		}
	}

	/** Every frame of the zone against its mark; returns the allocated frames. */
	private walkFrames(zone: Zone): number {
		let allocated = 0;
		for (let frame: number = zone.start; frame < zone.end; ) {
			const pfn = frame as Pfn;
			frame++;
			if (!this.pages.has(pfn)) continue;
			const mark = this.marks[pfn];
			if (mark === INSIDE) this.checkInside(pfn);
			else if (mark === UNMARKED) {
				const size = this.checkUnlisted(zone, pfn);
				allocated += size;
				if (size > 1) frame += size - 1;
			}
		}
		return allocated;
	}

	/** A frame inside a free or waiting block has nothing to say. */
	private checkInside(pfn: Pfn): void {
		const { pages } = this;
		if (pages.flags(pfn) !== 0 || pages.refcount(pfn) !== 0)
			this.say(
				`B3: pfn ${pfn} lies inside a free block, but has ${pages.refcount(pfn)} users and flags 0x${pages.flags(pfn).toString(16)}`,
			);
		if (pages.slot(pfn) !== 0) this.say(`G3: free pfn ${pfn} has a slot`);
	}

	/** A frame that is on no list: allocated, or reserved. Returns the frames of the block that it begins. */
	private checkUnlisted(zone: Zone, pfn: Pfn): number {
		const flags = this.pages.flags(pfn);
		if ((flags & (PG_BUDDY | PG_PCP)) !== 0)
			this.say(`B3: pfn ${pfn} says that it is free, but is on no list`);
		if (this.pages.refcount(pfn) > 0) return this.checkAllocated(zone, pfn);
		if ((flags & OWNED) !== 0)
			this.say(
				`G1: pfn ${pfn} has no users, but flags 0x${flags.toString(16)}`,
			);
		if (this.pages.refcount(pfn) < 0)
			this.say(`A2: pfn ${pfn} has ${this.pages.refcount(pfn)} users`);
		return 0;
	}

	private checkAllocated(zone: Zone, pfn: Pfn): number {
		const { pages } = this;
		const order = pages.order(pfn);
		const size = 2 ** order;
		if (order >= MAX_ORDER || (pfn & (size - 1)) !== 0)
			this.say(`A1: allocated pfn ${pfn} is not aligned to order ${order}`);
		if (!zone.contains(pfn + size - 1))
			this.say(`A1: allocated block at pfn ${pfn} leaves its zone`);
		const isCompound = (pages.flags(pfn) & PG_HEAD) !== 0;
		for (let i = 1; i < size && pages.has(pfn + i); i++)
			this.checkAllocatedInside(pfn, (pfn + i) as Pfn, isCompound);
		return size;
	}

	private checkAllocatedInside(head: Pfn, pfn: Pfn, isCompound: boolean): void {
		const { pages } = this;
		const isTail = (pages.flags(pfn) & PG_TAIL) !== 0;
		if (this.marks[pfn] !== UNMARKED)
			this.say(`A1: pfn ${pfn} of the block allocated at ${head} is free`);
		if (pages.refcount(pfn) !== 0)
			this.say(
				`A1: pfn ${pfn} of the block allocated at ${head} has users of its own`,
			);
		if (isTail !== isCompound || (isTail && pages.head(pfn) !== head))
			this.say(
				`G4: pfn ${pfn} of the block allocated at ${head} does not lead to it`,
			);
	}

	/** B1, with what the lists said. */
	private checkBuddies(zone: Zone): void {
		for (let pfn: number = zone.start; pfn < zone.end; pfn++) {
			if (this.marks[pfn] !== FREE) continue;
			const order = this.pages.order(pfn as Pfn);
			const buddy = (pfn ^ (2 ** order)) as Pfn;
			const isPair = order < PAGEBLOCK_ORDER && buddy > pfn;
			if (!isPair || !zone.contains(buddy) || this.marks[buddy] !== FREE)
				continue;
			if (this.pages.order(buddy) === order)
				this.say(
					`B1: pfn ${pfn} and its buddy ${buddy} are both free at order ${order}`,
				);
		}
	}
}
