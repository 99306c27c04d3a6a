// Auditor of the slab caches: finds every slab by its frames and asks where it is and which of its objects are free.
//
//   page records --> slabs by cache                        must agree with
//   cache list   --> records, node parts, per-CPU slots    current slab, chain, partial list: each slab in one place
//   freelists    --> free objects of each slab             inuse, objects, frozen
//
// Slab frames of another design count as slab memory and are audited by that design.
// It only reads. Sentences begin with the number of the broken invariant: S of cpu-slab.ts and slab-cache.ts, O of
// slab.ts, D of cache-record.ts, E of slab-caches.ts, G of page.ts, K of kmalloc.ts.

import { hex, type Pfn, type PhysAddr, physOf } from "../../hw/units";
import { CacheNode, CacheRecord } from "../cache-record";
import type { MemoryManager } from "../memory-manager";
import { type Pages, PG_LARGE, PG_SLAB } from "../page";
import { SLOTS } from "../percpu";
import { SLAB_RECLAIM_ACCOUNT } from "../slab-geometry";
import {
	NR_SLAB_RECLAIMABLE_B,
	NR_SLAB_UNRECLAIMABLE_B,
} from "../vmstat-names";

const SENTENCES_MAX = 50; // of a thoroughly broken machine nobody reads more

/** What the auditor looks at; a `MemoryManager` has it. */
export type SlabFacts = Pick<
	MemoryManager,
	"counters" | "cpuSlabs" | "globals" | "memory" | "pages" | "turn"
>;

/** One sentence for each broken invariant, with its number; empty when all hold. Call it between two operations. */
export function checkSlabs(mm: SlabFacts): string[] {
	return new SlabAudit(mm).run();
}

/** Where a slab was found: of which CPU it is current or chained, or on the partial list. */
interface Place {
	readonly text: string;
	readonly frozen: boolean;
	/** The CPU whose freelist lies in this slab; -1 for none. */
	readonly cpu: number;
}

const NOWHERE: Place = { text: "no list", frozen: false, cpu: -1 };

class SlabAudit {
	private readonly broken: string[] = [];
	private readonly pages: Pages;
	/** Slabs by the address of their cache's record. */
	private readonly slabs = new Map<number, Pfn[]>();
	private reclaimable = 0; // frames
	private unreclaimable = 0;

	constructor(private readonly mm: SlabFacts) {
		this.pages = mm.pages;
	}

	run(): string[] {
		const records = this.cacheList();
		this.findSlabs(records);
		for (const record of records)
			new CacheAudit(this.mm, record, (text) => this.say(text)).check(
				this.slabs.get(record.address) ?? [],
			);
		this.compare(NR_SLAB_RECLAIMABLE_B, this.reclaimable, "reclaimable");
		this.compare(NR_SLAB_UNRECLAIMABLE_B, this.unreclaimable, "unreclaimable");
		return this.broken;
	}

	private say(sentence: string): void {
		if (this.broken.length < SENTENCES_MAX) this.broken.push(sentence);
	}

	/** The chain of records, newest first. */
	private cacheList(): CacheRecord[] {
		const records: CacheRecord[] = [];
		const slots = new Set<number>();
		let newer: PhysAddr = 0 as PhysAddr;
		let at = this.mm.globals.newestCache;
		while (at !== 0 && records.length < SLOTS) {
			const record = new CacheRecord(this.mm.memory, at);
			if (record.newer !== newer)
				this.say(
					`D1: cache ${record.name} does not lead back to the newer one`,
				);
			if (record.slot === 0 || slots.has(record.slot))
				this.say(`E1: cache ${record.name} shares slot ${record.slot}`);
			if (record.refcount === 0)
				this.say(`D2: cache ${record.name} is listed, but nobody uses it`);
			slots.add(record.slot);
			records.push(record);
			newer = at;
			at = record.older;
		}
		if (at !== 0) this.say("D1: the list of caches does not end");
		return records;
	}

	/** Sorts slabs by cache, and counts their frames. */
	private findSlabs(records: readonly CacheRecord[]): void {
		const caches = new Map(records.map((record) => [record.address, record]));
		const { pages } = this;
		for (let frame = 1; frame < pages.frameCount; frame++) {
			const pfn = frame as Pfn;
			if (!pages.has(pfn)) continue;
			const flags = pages.flags(pfn);
			if ((flags & PG_LARGE) !== 0) this.unreclaimable += 2 ** pages.order(pfn);
			if ((flags & PG_SLAB) !== 0) this.findSlab(pfn, caches);
			else if (pages.slot(pfn) !== 0)
				this.say(`G3: pfn ${pfn} is no slab's and has slot ${pages.slot(pfn)}`);
		}
	}

	private findSlab(pfn: Pfn, caches: ReadonlyMap<number, CacheRecord>): void {
		const { pages } = this;
		const head = pages.head(pfn);
		const record = caches.get(pages.cache(head));
		if (record === undefined) {
			if (isForeign(pages, pfn)) {
				this.unreclaimable++;
				return;
			}
			this.say(`E1: slab frame ${pfn} leads to no cache that is listed`);
			return;
		}
		if (pages.slot(pfn) !== record.slot)
			this.say(
				`G3: slab frame ${pfn} of ${record.name} has slot ${pages.slot(pfn)}, not ${record.slot}`,
			);
		if (pfn < head || pfn >= head + 2 ** pages.order(head))
			this.say(`G4: slab frame ${pfn} of ${record.name} leads to pfn ${head}`);
		const reclaimable = record.geometry().flags & SLAB_RECLAIM_ACCOUNT;
		if (reclaimable !== 0) this.reclaimable++;
		else this.unreclaimable++;
		if (pfn !== head) return;
		const found = this.slabs.get(record.address);
		if (found === undefined) this.slabs.set(record.address, [pfn]);
		else found.push(pfn);
	}

	private compare(item: number, frames: number, what: string): void {
		const counted = this.mm.counters.node(item);
		if (counted !== frames)
			this.say(
				`K3: ${counted} ${what} slab frames are counted, ${frames} were found`,
			);
	}
}

/** A frame of another design of object allocator (designs/object-frames.ts): no slot, but an owner. */
function isForeign(pages: Pages, pfn: Pfn): boolean {
	return pages.slot(pfn) === 0 && pages.cache(pages.head(pfn)) !== 0;
}

/** One cache: its places, its slabs, its objects. */
class CacheAudit {
	private readonly pages: Pages;
	private readonly node: CacheNode;
	private readonly places = new Map<Pfn, Place>();
	private readonly name: string;
	private readonly size: number;
	private readonly offset: number;
	private readonly pad: number;
	private readonly slot: number;

	constructor(
		private readonly mm: SlabFacts,
		record: CacheRecord,
		private readonly say: (sentence: string) => void,
	) {
		const geometry = record.geometry();
		this.pages = mm.pages;
		this.node = new CacheNode(mm.memory, record.node);
		this.name = record.name;
		this.size = geometry.size;
		this.offset = geometry.offset;
		this.pad = geometry.redLeftPad;
		this.slot = record.slot;
	}

	check(slabs: readonly Pfn[]): void {
		for (const { id } of this.mm.turn.cpus) this.visitCpu(id);
		this.visitPartialList();
		const known = new Set(slabs);
		for (const [pfn, place] of this.places)
			if (!known.has(pfn))
				this.say(`S4: pfn ${pfn} on ${place.text} is no slab of ${this.name}`);
		let objects = 0;
		for (const pfn of slabs) {
			objects += this.pages.objects(pfn);
			this.checkSlab(pfn, this.places.get(pfn) ?? NOWHERE);
		}
		this.checkCounts(slabs.length, objects);
	}

	private checkCounts(slabs: number, objects: number): void {
		const { node, name } = this;
		if (node.slabCount !== slabs)
			this.say(`S6: ${name} counts ${node.slabCount} slabs and has ${slabs}`);
		if (node.objectCount !== objects)
			this.say(
				`S6: ${name} counts ${node.objectCount} objects and has ${objects}`,
			);
	}

	private place(pfn: Pfn, place: Place): void {
		const other = this.places.get(pfn);
		if (other !== undefined)
			this.say(
				`S4: slab ${pfn} of ${this.name} is on ${other.text} and on ${place.text}`,
			);
		this.places.set(pfn, place);
	}

	private visitCpu(cpu: number): void {
		const { cpuSlabs } = this.mm;
		const current = cpuSlabs.slabOf(cpu, this.slot);
		if (current !== 0)
			this.place(current, { text: `CPU ${cpu}`, frozen: true, cpu });
		else if (cpuSlabs.freelistOf(cpu, this.slot) !== 0)
			this.say(`S1: CPU ${cpu} has free objects of ${this.name} but no slab`);
		const text = `the chain of CPU ${cpu}`;
		let pfn = cpuSlabs.partialOf(cpu, this.slot);
		for (let length = 0; pfn !== 0; length++) {
			if (!this.pages.has(pfn) || length > this.node.slabCount) {
				this.say(`S4: ${text} for ${this.name} does not end`);
				return;
			}
			this.place(pfn, { text, frozen: true, cpu: -1 });
			pfn = this.pages.next(pfn);
		}
	}

	private visitPartialList(): void {
		const { node, name } = this;
		const text = "the partial list";
		let length = 0;
		let before = 0;
		let pfn = node.words[node.listAt] as Pfn;
		while (pfn !== 0 && this.pages.has(pfn) && length <= node.slabCount) {
			if (before !== 0 && this.pages.prev(pfn) !== before)
				this.say(`L2: slab ${pfn} of ${name} does not lead back to ${before}`);
			this.place(pfn, { text, frozen: false, cpu: -1 });
			length++;
			before = pfn;
			pfn = this.pages.next(pfn);
		}
		if (pfn !== 0) this.say(`L2: ${text} of ${name} does not end`);
		if (length > 0 && node.words[node.listAt + 1] !== before)
			this.say(`L1: ${text} of ${name} does not end with ${before}`);
		if (node.partialCount !== length)
			this.say(
				`D3: ${name} counts ${node.partialCount} slabs on its partial list, there are ${length}`,
			);
	}

	private checkSlab(pfn: Pfn, place: Place): void {
		const { pages, name } = this;
		const objects = pages.objects(pfn);
		const fits = Math.floor((4096 * 2 ** pages.order(pfn)) / this.size);
		if (objects !== fits)
			this.say(
				`O3: slab ${pfn} of ${name} has ${objects} objects, ${fits} fit`,
			);
		const seen = new Set<number>();
		const own = this.countFree(pfn, pages.freelist(pfn), seen);
		if (place.cpu >= 0)
			this.countFree(
				pfn,
				this.mm.cpuSlabs.freelistOf(place.cpu, this.slot),
				seen,
			);
		if (pages.inuse(pfn) !== objects - own)
			this.say(
				`O2: slab ${pfn} of ${name} counts ${pages.inuse(pfn)} objects in use, but ${own} of ${objects} are on its own chain`,
			);
		if (pages.frozen(pfn) !== place.frozen)
			this.say(
				`S2: slab ${pfn} of ${name} on ${place.text} is ${pages.frozen(pfn) ? "" : "not "}frozen`,
			);
		if (place === NOWHERE && own > 0)
			this.say(`S4: slab ${pfn} of ${name} has free objects and is on no list`);
		if (place !== NOWHERE && place.cpu < 0 && own === 0)
			this.say(
				`S5: slab ${pfn} of ${name} on ${place.text} has no free object`,
			);
	}

	/** Follows a chain of free objects; each must be a slot of the slab that was not met before. */
	private countFree(pfn: Pfn, first: PhysAddr, seen: Set<number>): number {
		const base = physOf(pfn) + this.pad;
		const objects = this.pages.objects(pfn);
		let count = 0;
		let object = first;
		while (object !== 0) {
			const index = (object - base) / this.size;
			const isSlot = Number.isInteger(index) && index >= 0 && index < objects;
			if (!isSlot || seen.has(index)) {
				const fault = isSlot ? "is free twice" : "is no object of it";
				this.say(`O1: slab ${pfn} of ${this.name}: ${hex(object)} ${fault}`);
				return count;
			}
			seen.add(index);
			count++;
			object = this.mm.cpuSlabs.next(object, this.offset);
		}
		return count;
	}
}
