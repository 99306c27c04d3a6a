// A slab cache: objects of one size, in as many slabs as it takes.
//
//   alloc                                                        free
//   CPU's freelist --empty--> what others freed to its slab      the CPU's own slab: head of the CPU's freelist
//     --none--> CPU's partial chain                              a frozen slab: head of the slab's own list
//     --none--> node's partial list, head first                  a full slab: frozen, onto this CPU's chain
//     --none--> new slab                                         an empty slab on the node's list: given back if many
//
//   a slab is   current (frozen)   <-- take over --   chained (frozen)   <-- its first free --   full, on no list
//                    |                                      |                                        ^
//                    |  flush                               |  chain full: drained                   |  all taken
//                    v                                      v                                        |
//               node's partial list  -------------------- take over -------------------------> current
//
// S4: every slab is in exactly one of: current of one CPU, chained on one CPU, on the node's partial list, full and on
//     no list. Only the first two are frozen.
// S5: a slab on the partial list has a free object; an empty one stays while the list is no longer than min_partial.
// S6: nr_slabs and total_objects of the node count every slab that was made and not discarded.
// S7: a debug cache has neither current nor chained slabs: each allocation takes one object of the head of the node's
//     partial list, so that every free object can be checked; its numbers in /proc/slabinfo are exact.
// Lock order: node list, then slab. The fast paths are in cpu-slab.ts and take none.
// [mm/slub.c ___slab_alloc, __slab_free, get_partial_node, put_cpu_partial, __unfreeze_partials, deactivate_slab,
//  alloc_single_from_partial, alloc_single_from_new_slab]

import { COST_SLOW_ALLOC } from "../hw/costs";
import type { Turn } from "../hw/cpu";
import type { Locks } from "../hw/lock";
import { panic } from "../hw/panic";
import { NIL, NULL, type Pfn, type PhysAddr, pfnOf } from "../hw/units";
import { inBulkOrder } from "./bulk-order";
import type { CacheNode, CacheRecord } from "./cache-record";
import {
	ALLOC_FROM_PARTIAL,
	CPU_PARTIAL_DRAIN,
	type CpuSlabs,
	GIVEN,
	LAST_OBJECT,
} from "./cpu-slab";
import {
	EV_SLAB_ALLOC,
	EV_SLAB_FREE,
	EV_SLAB_MOVE,
	SLAB_FULL,
	SLAB_HEAD,
	SLAB_TAIL,
} from "./events";
import { __GFP_ZERO } from "./gfp";
import type { PageLists } from "./list";
import type { Pages } from "./page";
import { Slab } from "./slab";
import { SLAB_DEBUG_FLAGS, type SlabGeometry } from "./slab-geometry";
import { type Constructor, SlabMaker, type SlabParts } from "./slab-maker";

const SHRINK_BUCKETS = 32; // slabs are sorted by up to so many free objects (SHRINK_PROMOTE_MAX)

/** What a cache's slabs hold at one moment. */
export interface SlabUsage {
	/** Objects that are allocated or lie on a CPU's lists, as /proc/slabinfo counts them. */
	readonly active: number;
	readonly total: number;
	readonly slabs: number;
	/** Slabs on the node's partial list, and the free objects in them. */
	readonly partial: number;
	readonly partialFree: number;
}

/** Where a slab can be: see S4. */
export type SlabPlace = "current" | "chained" | "listed" | "full";

/** A chain of free objects of a slab. */
export interface FreeChain {
	/** CPU that has it; -1 for the slab's own. */
	readonly cpu: number;
	/** Slots of the objects, the one that is handed out next first. */
	readonly objects: readonly number[];
}

/** Objects of one size. */
export class SlabCache {
	readonly slot: number;
	readonly geometry: SlabGeometry;
	private readonly pages: Pages;
	private readonly lists: PageLists;
	private readonly cpu: CpuSlabs;
	private readonly locks: Locks;
	private readonly turn: Turn;
	private readonly minPartial: number;
	private readonly cpuPartialSlabs: number;
	private readonly offset: number;
	/** Allocations are recorded, zeroed or failed on purpose. */
	private readonly isWatched: boolean;
	/** No CPU owns slabs of it: see S7. */
	private readonly isDebug: boolean;
	/** A free object's bytes mean something: it has a constructor. */
	private readonly keepsContent: boolean;
	private readonly maker: SlabMaker;

	constructor(
		private readonly parts: SlabParts,
		readonly record: CacheRecord,
		readonly node: CacheNode,
		constructObject: Constructor | null,
	) {
		this.slot = record.slot;
		this.geometry = record.geometry();
		this.pages = parts.pages;
		this.lists = parts.lists;
		this.cpu = parts.cpuSlabs;
		this.locks = parts.locks;
		this.turn = parts.turn;
		this.minPartial = this.geometry.minPartial;
		this.cpuPartialSlabs = this.geometry.cpuPartialSlabs;
		this.offset = this.geometry.offset;
		this.isWatched = parts.isWatched;
		this.isDebug = (this.geometry.flags & SLAB_DEBUG_FLAGS) !== 0;
		this.keepsContent = constructObject !== null;
		this.maker = new SlabMaker(parts, record, node, constructObject);
	}

	get name(): string {
		return this.record.name;
	}
	/** Bytes that a user of an object may write. */
	get objectSize(): number {
		return this.record.geometry().objectSize;
	}

	/**
	 * Allocates an object.
	 * @param gfp GFP_ flags; __GFP_ZERO clears the object (not with a constructor)
	 * @returns its physical address, or 0 when there is no memory
	 */
	alloc(gfp: number): PhysAddr {
		return this.allocFor(this.geometry.objectSize, gfp);
	}

	/** Allocates an object for a caller who wants `bytes` of it. */
	allocFor(bytes: number, gfp: number): PhysAddr {
		if (this.isWatched || (gfp & __GFP_ZERO) !== 0)
			return this.allocWatched(bytes, gfp);
		const object = this.cpu.alloc(this.slot);
		return object !== 0 ? object : this.allocSlowly(gfp);
	}

	/** Gives an object back. It must be this cache's and allocated; anything else is a bug (cache_from_obj). */
	free(object: PhysAddr): void {
		const pfn = pfnOf(object);
		if (this.pages.slot(pfn) !== this.slot) this.wrongCache(object);
		if (this.isWatched) this.emit(EV_SLAB_FREE, object, 0);
		const left = this.cpu.free(object);
		if (left !== GIVEN) this.settle(this.pages.head(pfn), object, left);
	}

	/** Does what `CpuSlabs.free` left to do. */
	settle(head: Pfn, object: PhysAddr, left: number): void {
		if (left === LAST_OBJECT) this.freeLast(head, object);
		else this.drainAndChain(head);
	}

	/**
	 * Allocates `count` objects, all or none (kmem_cache_alloc_bulk).
	 * @returns their addresses; an empty array when memory ran out
	 */
	allocBulk(gfp: number, count: number): PhysAddr[] {
		const objects: PhysAddr[] = [];
		while (objects.length < count) {
			const object = this.alloc(gfp);
			if (object === 0) {
				this.freeBulk(objects);
				return [];
			}
			objects.push(object);
		}
		return objects;
	}

	/**
	 * Gives many objects back, last first, those of one slab together where they lie near each other
	 * (kmem_cache_free_bulk).
	 */
	freeBulk(objects: readonly PhysAddr[]): void {
		inBulkOrder(
			objects,
			(object) => this.pages.head(pfnOf(object)),
			(group) => this.freeTogether(objects, group),
		);
	}

	/**
	 * Gives those of `objects` back whose indices are in `group`: they are of one slab, which changes its list once for all of
	 * them. So a slab without chain that becomes empty from full is not on the node's list when S5 decides.
	 */
	freeTogether(objects: readonly PhysAddr[], group: readonly number[]): void {
		const last = group.length - 1;
		for (let nth = 0; nth < last; nth++)
			this.free(objects[group[nth] as number] as PhysAddr);
		const object = objects[group[last] as number] as PhysAddr;
		const pfn = pfnOf(object);
		const isWhole =
			this.cpuPartialSlabs === 0 && group.length === this.pages.objects(pfn);
		if (!isWhole || this.pages.slot(pfn) !== this.slot) {
			this.free(object);
			return;
		}
		if (this.isWatched) this.emit(EV_SLAB_FREE, object, 0);
		const left = this.cpu.free(object);
		const head = this.pages.head(pfn);
		if (left === LAST_OBJECT) this.freeLast(head, object, 1);
		else if (left !== GIVEN) this.settle(head, object, left);
	}

	/** What the slabs hold now; reads only. */
	usage(): SlabUsage {
		let partialFree = 0;
		let partial = 0;
		this.lists.each(this.node.words, this.node.listAt, (pfn) => {
			partial++;
			partialFree += this.pages.objects(pfn) - this.pages.inuse(pfn);
			return true;
		});
		const total = this.node.objectCount;
		return {
			active: total - partialFree,
			total,
			slabs: this.node.slabCount,
			partial,
			partialFree,
		};
	}

	/** The slab whose first frame is `pfn`, as a view. */
	slab(pfn: Pfn): Slab {
		return new Slab(this.pages, this.cpu, this.geometry, pfn);
	}

	/** Returns this CPU's slabs to the node (flush_slab, unfreeze_partials). */
	flush(): void {
		const current = this.cpu.slab(this.slot);
		if (current !== NIL) this.deactivate(current);
		this.unfreeze(this.cpu.takeChain(this.slot));
	}

	/**
	 * As `flush`, on every CPU (flush_all). Only for machines whose CPUs take turns. Each CPU has a worker do it. That of this
	 * CPU runs as soon as the caller waits; the others have to be woken first.
	 */
	flushAll(): void {
		const mine = this.turn.cpu.id;
		this.flush();
		for (const { id } of this.turn.cpus) {
			if (id === mine) continue;
			this.turn.seat(id);
			this.flush();
		}
		this.turn.seat(mine);
	}

	/**
	 * Gives empty slabs back and sorts the partial list, fullest first (kmem_cache_shrink).
	 * @returns true when no slab is left
	 */
	shrink(): boolean {
		this.flushAll();
		return this.tidy();
	}

	/** What is left of `shrink` when no CPU has a slab: it may be done on another one (kmem_cache_do_shrink). */
	tidy(): boolean {
		const node = this.node;
		const empty: Pfn[] = [];
		this.locks.lock(node.words, node.lockAt);
		const kept = this.takePartialSlabs(empty);
		for (const pfn of kept) this.enlist(pfn, SLAB_TAIL);
		this.locks.unlock(node.words, node.lockAt);
		for (const pfn of empty) this.maker.discard(pfn);
		return node.slabCount === 0;
	}

	/**
	 * Makes a slab of an allocated block and puts it where a machine that is being copied had it: as this CPU's current
	 * one, at the head of its chain, at the tail of the node's list, or, when no object is free, nowhere.
	 * @param isFree tells which objects are free, by their slots
	 * @returns the objects in use
	 */
	stock(
		block: Pfn,
		place: SlabPlace,
		isFree: (index: number) => boolean,
	): PhysAddr[] {
		this.maker.cut(block);
		const slab = this.slab(block);
		while (!slab.isFull) slab.alloc();
		const used: PhysAddr[] = [];
		for (let index = slab.objectCount - 1; index >= 0; index--)
			if (isFree(index)) slab.free(slab.object(index));
			else {
				used.push(slab.object(index));
				this.emit(EV_SLAB_ALLOC, slab.object(index), this.objectSize);
			}
		if (slab.isFull !== (place === "full"))
			panic(
				`slab: S5 a ${place} slab of ${this.name} with ${used.length} of ${slab.objectCount} objects in use`,
			);
		this.putAt(block, place);
		return used.reverse();
	}

	/** Chains of a slab's free objects, head first: its own, and that of the CPU that took it over (O1). */
	freeChains(pfn: Pfn): FreeChain[] {
		const chains = [this.chainFrom(pfn, this.slab(pfn).freeList, -1)];
		for (const { id } of this.turn.cpus)
			if (this.cpu.slabOf(id, this.slot) === pfn) {
				const first = this.cpu.freelistOf(id, this.slot);
				chains.unshift(this.chainFrom(pfn, first, id));
			}
		return chains;
	}

	/** Objects of a slab that are in use: neither on its own chain nor on a CPU's. */
	objectsInUse(pfn: Pfn): PhysAddr[] {
		const slab = this.slab(pfn);
		const free = new Set<number>();
		for (const { objects } of this.freeChains(pfn))
			for (const index of objects) free.add(index);
		const used: PhysAddr[] = [];
		for (let index = 0; index < slab.objectCount; index++)
			if (!free.has(index)) used.push(slab.object(index));
		return used;
	}

	/** Visits the slabs that can be found by list: current and chained ones of every CPU, and the node's partial list. */
	eachListed(visit: (pfn: Pfn, cpu: number, current: boolean) => void): void {
		for (const { id } of this.turn.cpus) {
			const current = this.cpu.slabOf(id, this.slot);
			if (current !== NIL) visit(current, id, true);
			let chained = this.cpu.partialOf(id, this.slot);
			for (; chained !== NIL; chained = this.pages.next(chained))
				visit(chained, id, false);
		}
		this.lists.each(this.node.words, this.node.listAt, (pfn) => {
			visit(pfn, -1, false);
			return true;
		});
	}

	/** A chain that was damaged ends before it leaves the slab or comes back to itself. */
	private chainFrom(pfn: Pfn, first: PhysAddr, cpu: number): FreeChain {
		const slab = this.slab(pfn);
		const objects: number[] = [];
		slab.eachFree(first, (object) => {
			const index = slab.indexOf(object);
			const isSound = index >= 0 && objects.length < slab.objectCount;
			if (isSound) objects.push(index);
			return isSound;
		});
		return { cpu, objects };
	}

	/** Puts a slab that is on no list where `stock` wants it. */
	private putAt(pfn: Pfn, place: SlabPlace): void {
		const { node, slot } = this;
		if (place === "listed") {
			this.locks.lock(node.words, node.lockAt);
			this.enlist(pfn, SLAB_TAIL);
			this.locks.unlock(node.words, node.lockAt);
		} else if (place === "full") this.recordMove(pfn, SLAB_FULL);
		else {
			if (this.isDebug)
				panic(`slab: S7 a CPU would own a slab of ${this.name}`);
			this.freeze(pfn);
			const isCurrent = place === "current";
			const fits = isCurrent
				? this.cpu.slab(slot) === NIL && this.cpu.adopt(pfn, slot)
				: this.cpu.chain(pfn, this.pages.at(pfn), slot) === GIVEN;
			if (!fits) panic(`slab: S4 no room for a ${place} slab of ${this.name}`);
		}
	}

	/** `allocFor` with everything that can be asked for. */
	private allocWatched(bytes: number, gfp: number): PhysAddr {
		if (this.parts.injector?.shouldFail(this.record, gfp)) return NULL;
		let object = this.cpu.alloc(this.slot);
		if (object === 0) object = this.allocSlowly(gfp);
		if (object === 0) return object;
		if (this.parts.initOnAlloc || (gfp & __GFP_ZERO) !== 0) this.zero(object);
		this.emit(EV_SLAB_ALLOC, object, bytes, gfp);
		return object;
	}

	/** Allocates when the CPU has no free object (the rest of ___slab_alloc): from the node's slabs, or a new one. */
	private allocSlowly(gfp: number): PhysAddr {
		this.turn.cpu.charge(COST_SLOW_ALLOC);
		if (this.isDebug) return this.allocSingle(gfp);
		if (!this.takePartial()) {
			const pfn = this.maker.make(gfp);
			if (pfn === NIL) return NULL;
			this.cpu.adopt(pfn, this.slot);
		}
		return this.cpu.alloc(this.slot);
	}

	/** Allocates from a debug cache: the first slab of the node's list, or a new one that then heads the list. */
	private allocSingle(gfp: number): PhysAddr {
		const object = this.takeSingle();
		if (object !== 0) return object;
		const pfn = this.maker.make(gfp);
		if (pfn === NIL) return NULL;
		const node = this.node;
		this.locks.lock(node.words, node.lockAt);
		const first = this.takeOne(pfn);
		if (this.slab(pfn).isFull) this.recordMove(pfn, SLAB_FULL);
		else this.enlist(pfn, SLAB_HEAD);
		this.locks.unlock(node.words, node.lockAt);
		return first;
	}

	/** One object of the head of the node's list; a slab that is full now leaves the list. */
	private takeSingle(): PhysAddr {
		const node = this.node;
		if (node.partialCount === 0) return NULL;
		this.locks.lock(node.words, node.lockAt);
		const pfn = this.lists.head(node.words, node.listAt);
		const object = pfn === NIL ? NULL : this.takeOne(pfn);
		if (pfn !== NIL && this.slab(pfn).isFull) {
			this.removePartial(pfn);
			this.recordMove(pfn, SLAB_FULL);
		}
		this.locks.unlock(node.words, node.lockAt);
		return object;
	}

	/** The first object of a slab's own chain. The caller holds the node's lock. */
	private takeOne(pfn: Pfn): PhysAddr {
		const lockAt = this.pages.lockAt(this.pages.at(pfn));
		this.locks.lock(this.pages.words, lockAt);
		const object = this.slab(pfn).alloc();
		this.locks.unlock(this.pages.words, lockAt);
		return object;
	}

	private emit(event: number, object: PhysAddr, bytes: number, gfp = 0): void {
		const { recorder } = this.parts;
		if (recorder === null) return;
		const bank = this.parts.memory.wide ? Math.floor(object / 2 ** 32) : 0;
		recorder.emit(event, object | 0, bank | (gfp << 8), this.slot, bytes);
	}

	/** Takes slabs off the node's list: the first to allocate from, some more for the chain (get_partial_node). */
	private takePartial(): boolean {
		const node = this.node;
		if (node.partialCount === 0) return false;
		this.locks.lock(node.words, node.lockAt);
		const first = this.unlinkPartial();
		if (first !== NIL) {
			this.freeze(first);
			const many = this.cpuPartialSlabs > 0 ? this.cpuPartialSlabs / 2 : -1;
			for (let extra = 0; extra <= many; extra++)
				if (!this.chainPartial()) break;
		}
		this.locks.unlock(node.words, node.lockAt);
		if (first === NIL) return false;
		this.cpu.count(this.slot, ALLOC_FROM_PARTIAL);
		return this.cpu.adopt(first, this.slot);
	}

	/** Moves one slab from the node's list to this CPU's chain; false when there is none or no room. */
	private chainPartial(): boolean {
		const pfn = this.unlinkPartial();
		if (pfn === NIL) return false;
		this.freeze(pfn);
		return this.cpu.chain(pfn, this.pages.at(pfn), this.slot) === GIVEN;
	}

	private unlinkPartial(): Pfn {
		const node = this.node;
		const pfn = this.lists.popHead(node.words, node.listAt);
		if (pfn !== NIL) node.addPartialCount(-1);
		return pfn;
	}

	private freeze(pfn: Pfn): void {
		const pages = this.pages;
		const lockAt = pages.lockAt(pages.at(pfn));
		this.locks.lock(pages.words, lockAt);
		pages.setCounters(pfn, pages.inuse(pfn), pages.objects(pfn), true);
		this.locks.unlock(pages.words, lockAt);
	}

	/**
	 * Frees what looks like the last object of a slab on the node's list; S5 decides whether the slab stays.
	 * @param uncounted slabs on the list that do not count: this one, if it was full before
	 */
	private freeLast(head: Pfn, object: PhysAddr, uncounted = 0): void {
		const { pages, node } = this;
		this.locks.lock(node.words, node.lockAt);
		this.locks.lock(pages.words, pages.lockAt(pages.at(head)));
		const last = !pages.frozen(head) && pages.inuse(head) === 1;
		if (last) this.slab(head).free(object); // else another CPU took the slab over meanwhile
		this.locks.unlock(pages.words, pages.lockAt(pages.at(head)));
		const goes = last && node.partialCount - uncounted >= this.minPartial;
		if (goes) this.removePartial(head);
		this.locks.unlock(node.words, node.lockAt);
		if (goes) this.maker.discard(head);
		if (last) return;
		const left = this.cpu.free(object);
		if (left !== GIVEN) this.settle(head, object, left);
	}

	/** Puts a slab on the node's list, whose lock the caller holds. */
	private enlist(pfn: Pfn, end: typeof SLAB_HEAD | typeof SLAB_TAIL): void {
		const { node, lists } = this;
		if (end === SLAB_HEAD) lists.pushHead(node.words, node.listAt, pfn);
		else lists.pushTail(node.words, node.listAt, pfn);
		node.addPartialCount(1);
		this.recordMove(pfn, end);
	}

	private recordMove(pfn: Pfn, place: number): void {
		this.parts.recorder?.emit(EV_SLAB_MOVE, pfn, place, this.slot, 0);
	}

	private removePartial(pfn: Pfn): void {
		this.lists.remove(this.node.words, this.node.listAt, pfn);
		this.node.addPartialCount(-1);
	}

	/** Moves a full chain to the node's list and begins a new one; a cache that keeps no chains uses the list at once. */
	private drainAndChain(pfn: Pfn): void {
		if (this.cpuPartialSlabs === 0) {
			this.pages.setNext(pfn, NIL);
			this.unfreeze(pfn);
			return;
		}
		const drained = this.cpu.takeChain(this.slot);
		this.cpu.chain(pfn, this.pages.at(pfn), this.slot);
		this.unfreeze(drained);
		this.cpu.count(this.slot, CPU_PARTIAL_DRAIN);
	}

	/** Moves a chain of frozen slabs to the node: empty ones go when the list is long enough (__unfreeze_partials). */
	private unfreeze(chain: Pfn): void {
		const { pages, node } = this;
		let discarded: Pfn = NIL;
		if (chain === NIL) return;
		this.locks.lock(node.words, node.lockAt);
		for (let pfn = chain; pfn !== NIL; ) {
			const next = pages.next(pfn);
			if (this.thaw(pfn) === 0 && node.partialCount >= this.minPartial) {
				pages.setNext(pfn, discarded);
				discarded = pfn;
			} else this.enlist(pfn, SLAB_TAIL);
			pfn = next;
		}
		this.locks.unlock(node.words, node.lockAt);
		this.discardChain(discarded);
	}

	private discardChain(chain: Pfn): void {
		for (let pfn = chain; pfn !== NIL; ) {
			const next = this.pages.next(pfn);
			this.maker.discard(pfn);
			pfn = next;
		}
	}

	/** Thaws a slab; returns how many of its objects are in use. */
	private thaw(pfn: Pfn): number {
		const pages = this.pages;
		const lockAt = pages.lockAt(pages.at(pfn));
		this.locks.lock(pages.words, lockAt);
		const inuse = pages.inuse(pfn);
		pages.setCounters(pfn, inuse, pages.objects(pfn), false);
		this.locks.unlock(pages.words, lockAt);
		return inuse;
	}

	/** Gives the CPU's current slab back to the node (deactivate_slab). */
	private deactivate(pfn: Pfn): void {
		const node = this.node;
		const remote = this.pages.freelist(pfn) !== 0; // freed by others meanwhile
		this.returnFreelist(pfn);
		this.cpu.setSlab(this.slot, NIL);
		this.locks.lock(node.words, node.lockAt);
		const inuse = this.thaw(pfn);
		const isFull = inuse === this.pages.objects(pfn);
		const goes = inuse === 0 && node.partialCount >= this.minPartial;
		if (!isFull && !goes) this.enlist(pfn, remote ? SLAB_TAIL : SLAB_HEAD);
		else if (isFull) this.recordMove(pfn, SLAB_FULL);
		this.locks.unlock(node.words, node.lockAt);
		if (goes) this.maker.discard(pfn);
	}

	/** Puts the CPU's free objects back on the slab's own chain, in front of what others freed. */
	private returnFreelist(pfn: Pfn): void {
		const { cpu, slot, offset, pages } = this;
		const first = cpu.freelist(slot);
		cpu.setFreelist(slot, NULL);
		if (first === 0) return;
		let count = 1;
		let last = first;
		for (
			let at = cpu.next(first, offset);
			at !== 0;
			at = cpu.next(at, offset)
		) {
			last = at;
			count++;
		}
		this.locks.lock(pages.words, pages.lockAt(pages.at(pfn)));
		cpu.setNext(last, offset, pages.freelist(pfn));
		pages.setFreelist(pfn, first);
		pages.setCounters(pfn, pages.inuse(pfn) - count, pages.objects(pfn), true);
		this.locks.unlock(pages.words, pages.lockAt(pages.at(pfn)));
	}

	/**
	 * Takes every slab off the partial list: empty ones into `empty`, the others returned fullest first. Slabs with
	 * the same number of free objects end in reverse order, those with more than 32 stay as they were, behind.
	 */
	private takePartialSlabs(empty: Pfn[]): Pfn[] {
		const byFree: Pfn[][] = Array.from({ length: SHRINK_BUCKETS }, () => []);
		const rest: Pfn[] = [];
		for (let pfn = this.unlinkPartial(); pfn !== NIL; ) {
			const inuse = this.pages.inuse(pfn);
			const bucket = byFree[this.pages.objects(pfn) - inuse - 1];
			if (inuse === 0) empty.unshift(pfn);
			else if (bucket !== undefined) bucket.unshift(pfn);
			else rest.push(pfn);
			pfn = this.unlinkPartial();
		}
		return [...byFree.flat(), ...rest];
	}

	private zero(object: PhysAddr): void {
		if (this.keepsContent) return;
		this.parts.memory.fill(object, this.geometry.objectSize, 0);
	}

	private wrongCache(object: PhysAddr): never {
		panic(
			`cache_from_obj: Wrong slab cache. ${this.name} but object 0x${object.toString(16)} is not from it`,
		);
	}
}
