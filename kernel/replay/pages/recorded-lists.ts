// The lists of the CPUs of a recorded kernel, followed decision by decision.
//
//   list of one CPU, zone, order and type
//       head | top: freed here since the start | START REGION: unknown, there before | bottom: refills | tail
//
//   refill  -> tail          what lies on top was taken by somebody unseen; the start region is empty: it closes
//   free    -> head          of the list of its pageblock's type
//   alloc   <- head          a page never seen, nothing on top: it comes from the start region, next of `heads`
//   drain   <- tail          a page never seen: it comes from the start region too, next of `tails`
//   a page that is not the head: those before it were taken by somebody unseen
//
// From this follow the requests that no event shows, and what the lists held at the start:
//   lost      single pages taken unseen, right before the event that shows it
//   bulk      pages that an announced bulk allocation takes at once, by name, in the order of taking
//   cuts      where such an allocation was interrupted, and where it goes on: before the next event of its own task
//   drains    of all that a CPU has of a zone
//
// RL1: every page is on at most one list. RL2: a list's start region is open until its first refill.
// What is followed are the recorded decisions: no page is chosen here, and no simulated list is looked at.

import { MIGRATE_MOVABLE, MIGRATE_PCPTYPES } from "../../../mm/pageblock";
import { pcpIndex, pcpOrder } from "../../../mm/pcp";
import type { FreeKinds } from "./frees";
import {
	BULK_HINT,
	hasLists,
	PAGE_ALLOC,
	PAGE_DRAIN,
	PAGE_FALLBACK,
	PAGE_FREE,
	PAGE_FREE_BATCHED,
	PAGE_LOCKED,
	type PageLog,
} from "./page-log";
import type { RecordedZones } from "./recorded-zones";
import { eachChanged, type TypeEvidence, UNKNOWN_TYPE } from "./type-evidence";

const LISTS_SHIFT = 4; // lists of a cell
const NOBODY = 0;
const BLOCK_SHIFT = 9; // frames of a pageblock
const CHUNK = 100; // pages that vmalloc asks for at once
const NAMED_WITHIN = 5000; // events between a bulk allocation and the event that shows where it was cut
/** A page of the start region whose name nothing tells. */
export const NO_NAME = 0;

/** A page taken unseen. */
export interface LostPage {
	/** Entry before which it was taken. */
	readonly at: number;
	readonly pfn: number;
	readonly list: RecordedList;
}

/** An untraced bulk allocation. */
export interface Bulk {
	/** The entry that announced it. */
	readonly at: number;
	readonly cpu: number;
	/** Pages that it takes in bulk. */
	readonly need: number;
	/** Their names in the order of taking; NO_NAME for those of the start region that nothing names. */
	readonly pfns: number[];
	readonly cuts: Cut[];
}

/** A bulk allocation that was interrupted. */
export interface Cut {
	/** Pages taken until then. */
	readonly taken: number;
	/** Entry before which it goes on. */
	readonly resumesAt: number;
}

/** A drain of all lists of a CPU and zone, right before an entry. */
export interface WholeDrain {
	readonly at: number;
	readonly cell: number;
}

/** A free to a list, and whether it set off a drain: what shows how many pages a CPU may keep. */
export interface ListFree {
	readonly at: number;
	readonly cell: number;
	/** Frames on the CPU's lists of the zone behind it. */
	readonly count: number;
	readonly drains: boolean;
	readonly order: number;
}

/** A place of the start region: a page, or one that a bulk allocation took. */
interface StartPage {
	readonly pfn: number;
	readonly bulk: Bulk | null;
	readonly place: number; // in the bulk's pages
}

/** One list. */
export class RecordedList {
	/** Freed here, the head last. */
	readonly top: number[] = [];
	/** From refills, the head first. */
	readonly bottom: number[] = [];
	/** Pages at the head of the start region, the head first. */
	readonly heads: StartPage[] = [];
	/** Pages at its tail, the tail first. */
	readonly tails: number[] = [];
	isOpen: boolean;
	/** Entry of its last refill. */
	refilledAt = -1;
	/** A bulk allocation that waits for pages of refills. */
	debtor: Bulk | null = null;
	debt = 0;
	/** A bulk allocation that took part of the start region and part of the refill that follows. */
	straddling: Bulk | null = null;
	straddled = 0;

	constructor(
		readonly cell: number,
		readonly index: number,
		isOpen: boolean,
	) {
		this.isOpen = isOpen;
	}

	get order(): number {
		return pcpOrder(this.index);
	}
	get type(): number {
		if (this.index < 12) return this.index % MIGRATE_PCPTYPES;
		return this.index === 13 ? MIGRATE_MOVABLE : 0;
	}
	/** Pages of the start region, head first, by name. */
	startPages(): number[] {
		const heads = this.heads.map(({ pfn, bulk, place }) =>
			bulk ? (bulk.pfns[place] as number) : pfn,
		);
		return [...heads, ...this.tails.slice().reverse()];
	}
}

/** A bulk allocation that another task interrupted. */
interface Suspended {
	readonly bulk: Bulk;
	readonly list: RecordedList;
	readonly need: number;
	readonly pid: number;
	readonly taken: number;
}

/** What decides of zones while the lists are followed. */
export interface ListConditions {
	/** Whether the lists may hold pages at the start. */
	readonly isOpen: boolean;
	/** Zone from which a bulk allocation of so many pages takes, at an entry. */
	bulkZone(at: number, pages: number): number;
}

/** Follows the lists through a log. */
export class RecordedLists {
	readonly lists: readonly RecordedList[];
	readonly lost: LostPage[] = [];
	readonly bulks = new Map<number, Bulk>();
	readonly drains: WholeDrain[] = [];
	readonly listFrees: ListFree[] = [];
	private readonly seen: Uint8Array; // 1 for pages that some event named
	/** Allocations and drains that contradict what was followed. */
	odd = 0;
	private readonly types: Uint8Array; // of pageblocks
	private readonly where: Int32Array; // number of the list that a page is on, plus 1
	private readonly counts: Int32Array; // frames by cell
	private readonly bulkOf = new Map<number, Bulk>();
	private suspended: Suspended[] = [];
	private indebted: RecordedList[] = [];
	private readonly waiting: Int8Array; // type of a page between its free and its batched free, plus 1
	private readonly loneFrees = new Map<number, number>(); // of pages never seen before
	private drainStart = -1;
	private drainCell = -1;

	constructor(
		private readonly log: PageLog,
		private readonly frees: FreeKinds,
		private readonly zones: RecordedZones,
		evidence: TypeEvidence,
		private readonly conditions: ListConditions,
	) {
		const { frames, cpus } = zones;
		this.seen = new Uint8Array(frames);
		this.where = new Int32Array(frames);
		this.waiting = new Int8Array(frames);
		const cells = zones.cell(cpus, 0);
		this.counts = new Int32Array(cells);
		this.lists = Array.from(
			{ length: cells << LISTS_SHIFT },
			(_, at) =>
				new RecordedList(at >> LISTS_SHIFT, at & 15, conditions.isOpen),
		);
		this.types = Uint8Array.from(
			{ length: (frames >> BLOCK_SHIFT) + 1 },
			(_, block) => {
				const type = evidence.typeOf(block);
				return type === UNKNOWN_TYPE ? MIGRATE_MOVABLE : type;
			},
		);
		for (let at = 0; at < log.length; at++) this.entry(at);
		this.nameUnknown();
	}

	private entry(at: number): void {
		const { log } = this;
		const kind = log.kind(at);
		if (log.cpu(at) >= this.zones.cpus) return;
		if (this.suspended.length > 0) this.resume(at);
		if (
			this.indebted.length > 0 &&
			kind !== PAGE_LOCKED &&
			kind !== PAGE_FALLBACK
		)
			this.interrupt(at);
		if (kind === PAGE_LOCKED) this.refill(at);
		else if (kind === PAGE_ALLOC) this.alloc(at);
		else if (kind === PAGE_FREE) this.free(at);
		else if (kind === PAGE_FREE_BATCHED) this.batched(at);
		else if (kind === PAGE_DRAIN) this.drain(at);
		else if (kind === PAGE_FALLBACK) this.retype(at);
		else if (kind === BULK_HINT) this.announce(at);
	}

	private listOf(
		cpu: number,
		zone: number,
		order: number,
		type: number,
	): RecordedList {
		const cell = this.zones.cell(cpu, zone);
		const at = (cell << LISTS_SHIFT) | pcpIndex(order, type);
		return this.lists[at] as RecordedList;
	}

	/** The list that an entry is about, given the type. */
	private listAt(at: number, type: number): RecordedList {
		const { log } = this;
		const kept = type < MIGRATE_PCPTYPES ? type : MIGRATE_MOVABLE;
		const zone = this.zones.of(log.pfn(at));
		return this.listOf(log.cpu(at), zone, log.order(at), kept);
	}

	private put(pfn: number, list: RecordedList): void {
		if (this.where[pfn] === NOBODY) this.count(list, 1);
		this.where[pfn] = ((list.cell << LISTS_SHIFT) | list.index) + 1;
	}

	private remove(pfn: number): void {
		const list = this.holder(pfn);
		if (list === null) return;
		this.count(list, -1);
		this.where[pfn] = NOBODY;
	}

	private holder(pfn: number): RecordedList | null {
		const number = this.where[pfn] as number;
		return number > 0 ? (this.lists[number - 1] as RecordedList) : null;
	}

	private count(list: RecordedList, pages: number): void {
		const { cell } = list;
		this.counts[cell] = (this.counts[cell] as number) + pages * 2 ** list.order;
	}

	/** Somebody unseen took these pages before entry `at`. */
	private lose(at: number, list: RecordedList, pfns: readonly number[]): void {
		for (const pfn of pfns) {
			this.remove(pfn);
			this.lost.push({ at, pfn, list });
		}
	}

	private loseTop(at: number, list: RecordedList, from = 0): void {
		if (list.top.length > from)
			this.lose(at, list, list.top.splice(from).reverse());
	}

	/** The head; 0 when the list is empty, -1 when it is in the start region. */
	private popHead(list: RecordedList): number {
		return list.top.pop() ?? (list.isOpen ? -1 : (list.bottom.shift() ?? 0));
	}

	// --- bulk allocations

	private announce(at: number): void {
		const { log } = this;
		const bulk: Bulk = {
			at,
			cpu: log.cpu(at),
			need: bulkPages(log.pfn(at)) + bulkPages(log.outer(at)),
			pfns: [],
			cuts: [],
		};
		this.bulks.set(at, bulk);
		const pages = Math.min(CHUNK, log.pfn(at));
		const zone = this.conditions.bulkZone(at, pages);
		const list = this.listOf(bulk.cpu, zone, 0, 0);
		const left = this.serve(bulk, list, bulk.need);
		if (left > 0 && list.isOpen) this.straddle(bulk, list, left);
		else this.owe(bulk, list, left);
	}

	/** Gives a bulk allocation pages off the list while there are any; returns how many it still needs. */
	private serve(bulk: Bulk, list: RecordedList, need: number): number {
		let left = need;
		for (; left > 0; left--) {
			const pfn = this.popHead(list);
			if (pfn <= 0) break;
			this.remove(pfn);
			this.bulkOf.set(pfn, bulk);
			bulk.pfns.push(pfn);
		}
		return left;
	}

	private owe(bulk: Bulk, list: RecordedList, need: number): void {
		list.debtor = need > 0 ? bulk : null;
		list.debt = need;
		if (need > 0 && !this.indebted.includes(list)) this.indebted.push(list);
	}

	/** The rest comes from the start region, and perhaps from a refill that follows at once. */
	private straddle(bulk: Bulk, list: RecordedList, need: number): void {
		const { log } = this;
		const next = log.nextOf(bulk.cpu, bulk.at + 1);
		const isRefilled =
			next < log.length &&
			log.kind(next) === PAGE_LOCKED &&
			log.order(next) === 0 &&
			log.type(next) === 0;
		if (!isRefilled) this.takeUnknown(bulk, list, need);
		else {
			list.straddling = bulk;
			list.straddled = need;
		}
		this.owe(bulk, list, 0);
	}

	private takeUnknown(bulk: Bulk, list: RecordedList, pages: number): void {
		for (let n = 0; n < pages; n++) {
			list.heads.push({ pfn: NO_NAME, bulk, place: bulk.pfns.length });
			bulk.pfns.push(NO_NAME);
		}
	}

	/** An allocation shows how far a bulk allocation got into the refill. */
	private settleStraddling(list: RecordedList, pfn: number): void {
		const bulk = list.straddling as Bulk;
		list.straddling = null;
		const place = list.bottom.indexOf(pfn);
		if (place < 0) return;
		const refilled = Math.min(place, list.straddled);
		this.takeUnknown(bulk, list, list.straddled - refilled);
		for (const page of list.bottom.splice(0, refilled)) {
			this.remove(page);
			this.bulkOf.set(page, bulk);
			bulk.pfns.push(page);
		}
	}

	/** Bulk allocations whose task is back go on. */
	private resume(at: number): void {
		const { log } = this;
		if (log.interrupt(at) !== 0) return;
		const pid = log.pid(at);
		for (const one of this.suspended.filter((each) => each.pid === pid)) {
			this.suspended.splice(this.suspended.indexOf(one), 1);
			one.bulk.cuts.push({ taken: one.taken, resumesAt: at });
			this.owe(one.bulk, one.list, this.serve(one.bulk, one.list, one.need));
		}
	}

	/** Another task's event on the CPU: a bulk allocation that needs pages still was interrupted. */
	private interrupt(at: number): void {
		const { log } = this;
		const cpu = log.cpu(at);
		for (const list of this.indebted.slice()) {
			if (list.debt === 0 || list.debtor === null) {
				this.indebted.splice(this.indebted.indexOf(list), 1);
				continue;
			}
			const bulk = list.debtor;
			const pid = log.pid(bulk.at);
			const isOther = log.pid(at) !== pid || log.interrupt(at) > 0;
			if (bulk.cpu !== cpu || !isOther) continue;
			const { debt: need } = list;
			this.suspended.push({ bulk, list, need, pid, taken: bulk.pfns.length });
			this.owe(bulk, list, 0);
		}
	}

	/** A page that was given to a bulk allocation is allocated: it was cut before that page. */
	private cut(bulk: Bulk, list: RecordedList, pfn: number): void {
		const { pfns } = bulk;
		const place = pfns.indexOf(pfn);
		const rest = pfns.splice(place + 1);
		pfns.pop();
		this.bulkOf.delete(pfn);
		for (const page of rest) this.bulkOf.delete(page);
		for (const page of rest.slice().reverse()) {
			list.top.push(page);
			this.put(page, list);
		}
		const before = this.suspended.findIndex((each) => each.bulk === bulk);
		const more =
			before < 0 ? 0 : (this.suspended.splice(before, 1)[0] as Suspended).need;
		const owed = list.debtor === bulk ? list.debt : 0;
		this.owe(bulk, list, 0);
		const need = rest.length + 1 + more + owed;
		const pid = this.log.pid(bulk.at);
		this.suspended.push({ bulk, list, need, pid, taken: place });
	}

	// --- events

	private refill(at: number): void {
		const { log } = this;
		const type = log.type(at);
		if (!hasLists(log.order(at)) || type >= MIGRATE_PCPTYPES) return;
		const pfn = log.pfn(at);
		const list = this.listAt(at, type);
		list.isOpen = false;
		this.loseTop(at, list);
		this.seen[pfn] = 1;
		if (list.debt > 0 && list.debtor) {
			list.debt--;
			this.bulkOf.set(pfn, list.debtor);
			list.debtor.pfns.push(pfn);
			return;
		}
		if (list.bottom.length > 0 && !this.goesOn(at, list)) {
			const isDirect =
				at + 1 < log.length &&
				log.kind(at + 1) === PAGE_ALLOC &&
				log.pfn(at + 1) === pfn;
			if (isDirect) this.odd++;
			else this.lose(at, list, list.bottom.splice(0));
		}
		list.refilledAt = at;
		list.bottom.push(pfn);
		this.put(pfn, list);
	}

	/** Whether the last page of the same refill came directly before, fallbacks apart. */
	private goesOn(at: number, list: RecordedList): boolean {
		const { log } = this;
		const cpu = log.cpu(at);
		const last = log.lastOf(cpu, at);
		if (list.refilledAt === last) return true;
		const isFallback = last >= 0 && log.kind(last) === PAGE_FALLBACK;
		return isFallback && list.refilledAt === log.lastOf(cpu, last);
	}

	private alloc(at: number): void {
		const { log } = this;
		const pfn = log.pfn(at);
		if (pfn === 0 || !hasLists(log.order(at))) return;
		const wanted = this.listAt(at, log.type(at));
		const list = this.holder(pfn);
		if (list?.straddling && list === wanted && !list.top.includes(pfn))
			this.settleStraddling(list, pfn);
		if (list === null) this.allocUnlisted(at, wanted, pfn);
		else if (this.holder(pfn) !== null) this.allocListed(at, list, pfn);
	}

	private allocUnlisted(at: number, list: RecordedList, pfn: number): void {
		const bulk = this.bulkOf.get(pfn);
		if (bulk && at - bulk.at < NAMED_WITHIN) {
			this.cut(bulk, list, pfn);
			return;
		}
		if (this.seen[pfn] === 1) this.odd++;
		else {
			this.loseTop(at, list);
			if (list.isOpen) list.heads.push({ pfn, bulk: null, place: 0 });
		}
		this.seen[pfn] = 1;
	}

	private allocListed(at: number, list: RecordedList, pfn: number): void {
		const { log } = this;
		this.remove(pfn);
		const onTop = list.top.lastIndexOf(pfn);
		if (onTop >= 0) {
			this.loseTop(at, list, onTop + 1);
			list.top.pop();
			return;
		}
		const place = list.bottom.indexOf(pfn);
		if (place < 0) {
			this.odd++;
			return;
		}
		const isLast = place === list.bottom.length - 1;
		const isHead = place === 0 && list.top.length === 0;
		const isDirect =
			at > 0 && log.kind(at - 1) === PAGE_LOCKED && log.pfn(at - 1) === pfn;
		if (!isHead && isLast && isDirect) {
			list.bottom.pop(); // past the list: its refill had just ended
			return;
		}
		this.loseTop(at, list);
		if (place > 0) this.lose(at, list, list.bottom.splice(0, place));
		list.bottom.shift();
	}

	private free(at: number): void {
		const { log, frees, seen } = this;
		const pfn = log.pfn(at);
		const isBatched = frees.isBatched(at);
		if (seen[pfn] === 0 && log.order(at) === 0 && !isBatched)
			this.loneFrees.set(at, pfn);
		seen[pfn] = 1;
		if (frees.direct(at)) return;
		if (this.holder(pfn) !== null) {
			this.odd++;
			return;
		}
		const type = this.types[pfn >> BLOCK_SHIFT] as number;
		if (isBatched) this.waiting[pfn] = type + 1;
		else this.arrive(at, pfn, type);
	}

	private batched(at: number): void {
		const pfn = this.log.pfn(at);
		const type = (this.waiting[pfn] as number) - 1;
		if (!(type >= 0)) return;
		this.waiting[pfn] = 0;
		this.arrive(at, pfn, type);
	}

	/** A page comes to the head of a list. */
	private arrive(at: number, pfn: number, type: number): void {
		const { log } = this;
		const list = this.listAt(at, type);
		list.top.push(pfn);
		this.put(pfn, list);
		const next = log.nextOf(log.cpu(at), at + 1);
		this.listFrees.push({
			at,
			cell: list.cell,
			count: this.counts[list.cell] as number,
			drains: next < log.length && log.kind(next) === PAGE_DRAIN,
			order: log.order(at),
		});
	}

	private drain(at: number): void {
		const { log, seen } = this;
		const pfn = log.pfn(at);
		const wanted = this.listAt(at, log.type(at));
		this.followDrain(at, wanted.cell);
		const list = this.holder(pfn);
		if (list === null) {
			const isOfStart = wanted.isOpen || wanted.bottom.length === 0;
			if (seen[pfn] === 1) this.odd++;
			else if (isOfStart) wanted.tails.push(pfn);
			seen[pfn] = 1;
			return;
		}
		this.remove(pfn);
		this.takeTail(list, pfn);
		if (this.counts[wanted.cell] === 0 && !this.freesHighOrder(log.cpu(at)))
			this.drains.push({ at: this.drainStart, cell: wanted.cell });
	}

	private takeTail(list: RecordedList, pfn: number): void {
		const { top, bottom } = list;
		if (bottom.at(-1) === pfn) bottom.pop();
		else if (bottom.length === 0 && top[0] === pfn) top.shift();
		else {
			this.odd++;
			for (const pages of [top, bottom]) {
				const place = pages.indexOf(pfn);
				if (place >= 0) pages.splice(place, 1);
			}
		}
	}

	/** Keeps where the drain began that entry `at` is part of. */
	private followDrain(at: number, cell: number): void {
		const { log } = this;
		const isOtherCpu = at > 0 && log.cpu(at - 1) !== log.cpu(at);
		const goesOn = at > 0 && (log.kind(at - 1) === PAGE_DRAIN || isOtherCpu);
		if (this.drainCell === cell && goesOn) return;
		this.drainCell = cell;
		this.drainStart = at;
	}

	/** Whether the drain was set off by a free of a higher order, which keeps nothing. */
	private freesHighOrder(cpu: number): boolean {
		const { log } = this;
		const before = this.drainStart - 1;
		return (
			before >= 0 &&
			log.kind(before) === PAGE_FREE &&
			log.order(before) > 0 &&
			log.cpu(before) === cpu
		);
	}

	private retype(at: number): void {
		if (this.log.extra(at) !== 1) return;
		const type = this.log.type(at);
		eachChanged(this.log, at, (block) => {
			this.types[block] = type;
		});
	}

	// --- names of pages that bulk allocations took from start regions

	/** vfree frees the pages of an array in its order: so neighbours tell of each other. */
	private nameUnknown(): void {
		const bulks = [...this.bulks.values()].filter(({ pfns }) =>
			pfns.includes(NO_NAME),
		);
		const used = new Set<number>();
		for (const bulk of bulks)
			if (bulk.pfns.some((pfn) => pfn !== NO_NAME)) this.nameBeside(bulk, used);
		for (const bulk of bulks)
			if (bulk.pfns.every((pfn) => pfn === NO_NAME)) this.nameRun(bulk, used);
	}

	private nameBeside({ at, pfns }: Bulk, used: Set<number>): void {
		const known = pfns.findIndex((pfn) => pfn !== NO_NAME);
		const free = this.nextFree(pfns[known] as number, at);
		if (free < 0) return;
		pfns.forEach((name, place) => {
			const lone = free + place - known;
			const pfn = this.loneFrees.get(lone);
			if (name !== NO_NAME || pfn === undefined || used.has(lone)) return;
			used.add(lone);
			pfns[place] = pfn;
		});
	}

	private nextFree(pfn: number, from: number): number {
		const { log } = this;
		for (let at = from + 1; at < log.length; at++)
			if (log.kind(at) === PAGE_FREE && log.pfn(at) === pfn) return at;
		return -1;
	}

	/** No page has a name: the first free run of that many pages that nobody saw before. */
	private nameRun({ at, pfns }: Bulk, used: Set<number>): void {
		for (const start of this.loneFrees.keys()) {
			if (start < at) continue;
			const isRun = pfns.every(
				(_, n) => this.loneFrees.has(start + n) && !used.has(start + n),
			);
			if (!isRun) continue;
			pfns.forEach((_, n) => {
				used.add(start + n);
				pfns[n] = this.loneFrees.get(start + n) as number;
			});
			return;
		}
	}
}

/** Pages of an announced allocation that are taken in bulk: a chunk of one page is an ordinary allocation. */
export function bulkPages(pages: number): number {
	const rest = pages % CHUNK;
	return rest === 1 ? pages - 1 : pages;
}
