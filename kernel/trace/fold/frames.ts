// Frames as a fold sees them: what each block is, whose, and since which event.
//
//   state    order    type    context    owner    since      columns; the first frame of a block speaks for all of it
//
//   reserved --boot_free--> transit --buddy_give--> free --buddy_take--> transit | waiting with a CPU
//   transit, waiting --page_alloc--> pages --slab_new, table_new, page_use, kmalloc_large--> slab, table, user, stack, large
//   pages --page_free--> transit | waiting with a CPU
//
// FS1: blocks do not overlap; inside a block only its first frame has a state.
// FS2: free blocks are on the list of their zone, order and type, waiting ones on their CPU's, in the machine's order.

import { FrameLists } from "./lists";
import type { StateColumns } from "./state";

export const RESERVED = 0; // nobody's since boot, or no block begins here
export const FREE = 1; // on a free list of its zone
export const WAITING = 2; // on a CPU's list
export const TRANSIT = 3; // between two lists, or a list and its user
export const PAGES = 4; // straight from the page allocator
export const SLAB = 5;
export const LARGE = 6; // a kmalloc too large for any cache
export const TABLE = 7;
export const USER = 8;
export const STACK = 9;

/** Names of the states, for reports; index = state. */
export const STATE_NAMES = [
	"reserved",
	"free",
	"pcp",
	"transit",
	"pages",
	"slab",
	"kmalloc",
	"table",
	"user",
	"stack",
] as const;

const ORDERS = 11;
const TYPES = 5;
const ZONE_LISTS = ORDERS * TYPES;
const PCP_LISTS = 14;
const HUGE_ORDER = 9;
const HUGE_LIST = 12;
const MOVABLE = 1;
const MOVABLE_TYPES = 3; // types that have lists of their own with a CPU
const BLOCK_SHIFT = 9; // from a frame to its pageblock

/** A zone, as the header of a trace names it. */
export interface ZoneSpan {
	readonly index: number;
	readonly name: string;
	/** First frame, and the one behind the last. */
	readonly start: number;
	readonly end: number;
}

/** All frames of the machine. */
export class FoldedFrames {
	readonly state: Uint8Array;
	readonly order: Uint8Array;
	/** Migratetype: of the list for free blocks, of the request for others. */
	readonly type: Uint8Array;
	readonly context: Uint16Array;
	/** Slot of the cache, or pid; 0 for none. */
	readonly owner: Int32Array;
	/** Number of the event that made the block what it is. */
	readonly since: Int32Array;
	/** Migratetype of each pageblock; all are UNMOVABLE before boot says otherwise. */
	readonly blockTypes: Uint8Array;
	readonly lists: FrameLists;
	private readonly cpuLists: number; // number of the first list of a CPU

	constructor(
		readonly frames: number,
		readonly zones: readonly ZoneSpan[],
		readonly cpus: number,
	) {
		this.state = new Uint8Array(frames);
		this.order = new Uint8Array(frames);
		this.type = new Uint8Array(frames);
		this.context = new Uint16Array(frames);
		this.owner = new Int32Array(frames);
		this.since = new Int32Array(frames);
		this.blockTypes = new Uint8Array(Math.ceil(frames / 2 ** BLOCK_SHIFT));
		this.cpuLists = zones.length * ZONE_LISTS;
		const lists = this.cpuLists + cpus * zones.length * PCP_LISTS;
		this.lists = new FrameLists(lists, frames);
	}

	/** Position in `zones` of the zone that holds a frame. */
	zoneOf(pfn: number): number {
		const { zones } = this;
		for (let i = zones.length - 1; i > 0; i--)
			if (pfn >= (zones[i] as ZoneSpan).start) return i;
		return 0;
	}

	/** Number of the free list of a zone (by position), order and type. */
	freeList(zone: number, order: number, type: number): number {
		return zone * ZONE_LISTS + order * TYPES + type;
	}

	/** Number of a CPU's list in a zone (by position): `index` as in the kernel's per-CPU lists. */
	cpuList(cpu: number, zone: number, index: number): number {
		return this.cpuLists + (cpu * this.zones.length + zone) * PCP_LISTS + index;
	}

	/** First frame of the block that holds `pfn`; -1 when no block does. */
	headOf(pfn: number): number {
		for (let order = 0; order < ORDERS; order++) {
			const head = pfn & ~((1 << order) - 1);
			if (
				this.state[head] !== RESERVED &&
				(this.order[head] as number) >= order
			)
				return head;
		}
		return -1;
	}

	/** Blocks on the free lists of a zone by order, all types together. */
	freeBlocks(zone: number): number[] {
		return Array.from({ length: ORDERS }, (_, order) => {
			let blocks = 0;
			for (let type = 0; type < TYPES; type++)
				blocks += this.lists.count(this.freeList(zone, order, type));
			return blocks;
		});
	}

	/** Frames on the free lists of a zone. */
	freeFrames(zone: number): number {
		return this.freeBlocks(zone).reduce(
			(sum, blocks, order) => sum + blocks * 2 ** order,
			0,
		);
	}

	/** Frames that wait with a CPU in a zone. */
	waitingFrames(cpu: number, zone: number): number {
		let frames = 0;
		for (let index = 0; index < PCP_LISTS; index++)
			frames +=
				this.lists.count(this.cpuList(cpu, zone, index)) * 2 ** pcpOrder(index);
		return frames;
	}

	/** Visits every block, lowest first, and runs of reserved frames between them (state RESERVED, `head` their first). */
	eachBlock(visit: (head: number, frames: number) => void): void {
		let reserved = 0;
		for (let pfn = 0; pfn < this.frames; ) {
			if (this.state[pfn] === RESERVED) {
				pfn++;
				continue;
			}
			if (pfn > reserved) visit(reserved, pfn - reserved);
			const count = 2 ** (this.order[pfn] as number);
			visit(pfn, count);
			pfn += count;
			reserved = pfn;
		}
		if (this.frames > reserved) visit(reserved, this.frames - reserved);
	}

	// --- what events do

	/** A block that boot hands over: it is on its way to the free lists. */
	hand(event: number, pfn: number, order: number): void {
		this.set(event, pfn, order, TRANSIT);
	}

	/** A block is reserved again. */
	keep(pfn: number): void {
		this.clear(pfn);
	}

	/** A block leaves the free lists: the rest of the larger one it was part of goes back to them. */
	take(
		event: number,
		cpu: number,
		pfn: number,
		order: number,
		type: number,
		from: number,
		listed: boolean,
	): void {
		const zone = this.zoneOf(pfn);
		this.lists.remove(pfn);
		for (let size = from - 1; size >= order; size--)
			this.free(event, zone, pfn + (1 << size), size, type, false);
		this.set(event, pfn, order, listed ? WAITING : TRANSIT);
		this.type[pfn] = type;
		if (listed)
			this.lists.pushTail(this.cpuList(cpu, zone, pcpIndex(order, type)), pfn);
	}

	/** A block goes to the free lists, with the free neighbours that it merged with. */
	give(
		event: number,
		pfn: number,
		order: number,
		type: number,
		tail: boolean,
	): void {
		const end = Math.min(pfn + (1 << order), this.frames);
		for (let at = pfn; at < end; ) {
			const size = this.order[at] as number;
			this.lists.remove(at);
			this.state[at] = RESERVED;
			this.order[at] = 0;
			at += 1 << size;
		}
		this.free(event, this.zoneOf(pfn), pfn, order, type, tail);
	}

	/** A free block goes to the tail of another type's list. */
	move(pfn: number, order: number, type: number): void {
		this.type[pfn] = type;
		this.lists.pushTail(this.freeList(this.zoneOf(pfn), order, type), pfn);
	}

	/** A block leaves a CPU's list for the free lists. */
	drain(event: number, pfn: number): void {
		this.lists.remove(pfn);
		this.state[pfn] = TRANSIT;
		this.since[pfn] = event;
	}

	/** A block becomes somebody's. */
	allocate(
		event: number,
		pfn: number,
		order: number,
		type: number,
		context: number,
	): void {
		this.lists.remove(pfn);
		this.set(event, pfn, order, PAGES);
		this.type[pfn] = type;
		this.context[pfn] = context;
	}

	/** A block is nobody's any more: it waits with the CPU, or is on its way to the free lists. */
	release(
		event: number,
		cpu: number,
		pfn: number,
		order: number,
		listed: boolean,
		type: number,
	): void {
		this.set(event, pfn, order, listed ? WAITING : TRANSIT);
		this.type[pfn] = type;
		this.context[pfn] = 0;
		if (!listed) return;
		const own = type < MOVABLE_TYPES ? type : MOVABLE;
		const list = this.cpuList(cpu, this.zoneOf(pfn), pcpIndex(order, own));
		this.lists.pushHead(list, pfn);
	}

	/** A block is put behind the others of a CPU. */
	stock(
		event: number,
		cpu: number,
		pfn: number,
		order: number,
		type: number,
	): void {
		this.set(event, pfn, order, WAITING);
		this.type[pfn] = type;
		const list = this.cpuList(cpu, this.zoneOf(pfn), pcpIndex(order, type));
		this.lists.pushTail(list, pfn);
	}

	/** What an allocated block is used for. */
	use(event: number, pfn: number, state: number, owner: number): void {
		this.state[pfn] = state;
		this.owner[pfn] = owner;
		this.since[pfn] = event;
	}

	/** A block falls into single pages, or, `trimmed`, into its first frame and ever larger parts. */
	split(event: number, pfn: number, order: number, trimmed: boolean): void {
		const state = this.state[pfn] as number;
		const type = this.type[pfn] as number;
		const context = this.context[pfn] as number;
		const part = (at: number, size: number): void => {
			this.set(event, at, size, state);
			this.type[at] = type;
			this.context[at] = context;
		};
		part(pfn, 0);
		if (trimmed)
			for (let size = 0; size < order; size++) part(pfn + (1 << size), size);
		else for (let i = 1; i < 1 << order; i++) part(pfn + i, 0);
	}

	/** Single pages become one block. */
	join(event: number, pfn: number, order: number): void {
		for (let i = 1; i < 1 << order; i++) this.clear(pfn + i);
		this.order[pfn] = order;
		this.since[pfn] = event;
	}

	/** The columns, for a key frame. */
	columns(): StateColumns {
		const { state, order, type, context, owner, since, blockTypes } = this;
		const own = [state, order, type, context, owner, since, blockTypes];
		return [...own, ...this.lists.columns()];
	}

	private free(
		event: number,
		zone: number,
		pfn: number,
		order: number,
		type: number,
		tail: boolean,
	): void {
		this.set(event, pfn, order, FREE);
		this.type[pfn] = type;
		this.context[pfn] = 0;
		const list = this.freeList(zone, order, type);
		if (tail) this.lists.pushTail(list, pfn);
		else this.lists.pushHead(list, pfn);
	}

	private set(event: number, pfn: number, order: number, state: number): void {
		this.state[pfn] = state;
		this.order[pfn] = order;
		this.owner[pfn] = 0;
		this.since[pfn] = event;
	}

	private clear(pfn: number): void {
		this.lists.remove(pfn);
		this.state[pfn] = RESERVED;
		this.order[pfn] = 0;
		this.owner[pfn] = 0;
	}
}

/** Number of a CPU's list for an order and type (order_to_pindex). */
const pcpIndex = (order: number, type: number): number =>
	order < HUGE_ORDER
		? order * MOVABLE_TYPES + type
		: HUGE_LIST + (type === MOVABLE ? 1 : 0);

/** Order of the blocks on a CPU's list. */
const pcpOrder = (index: number): number =>
	index < HUGE_LIST ? Math.floor(index / MOVABLE_TYPES) : HUGE_ORDER;
