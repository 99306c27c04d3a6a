// Start state: what the zones, free lists and lists of the CPUs of a recorded kernel held when the replay begins.
//
//                     types of pageblocks     order of free lists    lists of the CPUs
//   snapshot          guessed from flags      by address             counts of zoneinfo, filled with idle frames
//   lists             guessed from flags      by address             learned from the events behind the start
//   learned           evidence, else guessed  learned                learned
//   boot              derived (boot-types.ts) by address             empty
//
// The free frames themselves are facts: flags of a snapshot and the events between.
//
// ST1: blocks are in the order of their lists, so whoever puts each behind the others of its list gets the lists right.
// ST2: no frame is in two places; pages of the lists that the flags show to be free are left out.
// ST3: what the flags show to be a slab is on no list, whatever later events tell: it was freed while nothing was recorded.

import { MIGRATE_PCPTYPES, PAGEBLOCK_ORDER } from "../../../mm/pageblock";
import { type FrameFlags, KPF_SLAB } from "../snapshot/kpageflags";
import type { FreeFrames } from "./free-frames";
import type { ListOrder } from "./list-order";
import {
	NO_NAME,
	type RecordedList,
	type RecordedLists,
} from "./recorded-lists";
import type { RecordedZones } from "./recorded-zones";

const ANY = -1; // any type

/** How much the start state owes to the events that are scored later. */
export type StartFlavour = "snapshot" | "lists" | "learned" | "boot";

/** A free block. */
export interface StartBlock {
	readonly pfn: number;
	readonly order: number;
	/** Type of the list that it is on. */
	readonly type: number;
}

/** Pages on one list of a CPU, head first. */
export interface Stock {
	readonly cpu: number;
	readonly order: number;
	readonly type: number;
	readonly pfns: readonly number[];
}

/** The state. */
export interface StartState {
	readonly flavour: StartFlavour;
	readonly zones: RecordedZones;
	/** By pageblock. */
	readonly types: Uint8Array;
	readonly blocks: readonly StartBlock[];
	readonly stocks: readonly Stock[];
	/** 1 for frames that are free or on a list, 2 for those that boot gives late; all others that are RAM are in use. */
	readonly idle: Uint8Array;
	/** Pages on lists that stand for others, whose names nothing tells. */
	readonly guessedPages: number;
}

/** A frame that is free or on a list. */
export const IDLE = 1;
/** A frame that the zones get later. */
export const LATE = 2;

/** The free blocks in the order of their lists (ST1). */
export function startBlocks(
	free: FreeFrames,
	zones: RecordedZones,
	types: Uint8Array,
	order: ListOrder | null,
): StartBlock[] {
	const found: (StartBlock & { rank: number })[] = [];
	for (const zone of zones.all)
		free.eachBlock(zone, (pfn, size) => {
			const type = order?.types.get(pfn) ?? types[pfn >> PAGEBLOCK_ORDER];
			const rank = order?.ranks.get(pfn) ?? Number.POSITIVE_INFINITY;
			found.push({ pfn, order: size, type: type as number, rank });
		});
	return found.sort((one, two) =>
		one.rank === two.rank ? one.pfn - two.pfn : one.rank < two.rank ? -1 : 1,
	);
}

/** Collects the lists of the CPUs. */
export class Stocker {
	readonly stocks: Stock[] = [];
	/** Pages that stand for others. */
	guessedPages = 0;
	private readonly counts: Int32Array; // frames by cell
	private readonly isSlab: Uint8Array; // by frame

	/**
	 * @param types of pageblocks
	 * @param idle frames that are free; those that are stocked are added
	 * @param seen frames that events name: they stand for nothing else; null when events are not to be looked at
	 */
	constructor(
		private readonly flags: FrameFlags,
		private readonly zones: RecordedZones,
		private readonly types: Uint8Array,
		private readonly idle: Uint8Array,
		private readonly seen: Uint8Array | null,
	) {
		this.counts = new Int32Array(zones.cell(zones.cpus, 0));
		this.isSlab = new Uint8Array(idle.length);
		for (const { start, count } of flags.rangesWith(KPF_SLAB))
			this.isSlab.fill(1, start, start + count);
	}

	/**
	 * Stocks what the recorded lists held; where pages may lie that never show, others up to the counts.
	 * @param wanted frames on the lists of each cell, as zoneinfo tells
	 */
	stockLearned({ lists }: RecordedLists, wanted: Int32Array): void {
		const heads = lists.map((list) => this.claimed(list, this.names(list)));
		const tails = lists.map((list) =>
			this.claimed(list, list.tails.slice().reverse()),
		);
		lists.forEach((list, at) => {
			const mayHide = list.isOpen && list.order === 0;
			const missing = mayHide ? this.missing(list.cell, wanted) : 0;
			const hidden = this.spares(list.cell, list.type, missing);
			this.claim(list.cell, 0, hidden);
			const pfns = [...(heads[at] ?? []), ...hidden, ...(tails[at] ?? [])];
			this.add(list.cell, list.order, list.type, pfns);
		});
	}

	/** Stocks frames that nothing is known of, up to the counts. */
	stockGuessed(wanted: Int32Array): void {
		for (let cell = 0; cell < wanted.length; cell++)
			for (let type = MIGRATE_PCPTYPES - 1; type >= 0; type--) {
				const pfns = this.spares(cell, type, this.missing(cell, wanted));
				this.claim(cell, 0, pfns);
				this.add(cell, 0, type, pfns);
			}
	}

	/** Pages at the head of a list; what a bulk allocation took unseen gets a name. */
	private names(list: RecordedList): number[] {
		return list.heads.map(({ pfn, bulk, place }) => {
			if (bulk === null) return pfn;
			if (bulk.pfns[place] === NO_NAME)
				bulk.pfns[place] = this.spares(list.cell, ANY, 1)[0] ?? NO_NAME;
			const name = bulk.pfns[place] as number;
			if (name !== NO_NAME && this.seen) this.seen[name] = 1;
			return name;
		});
	}

	/** Those of the pages that are nowhere else yet (ST2): from now on they are on the list. */
	private claimed(list: RecordedList, pfns: readonly number[]): number[] {
		return pfns.filter((pfn) => {
			const fits = pfn !== NO_NAME && this.isInUse(pfn, list.order);
			if (fits) this.claim(list.cell, list.order, [pfn]);
			return fits;
		});
	}

	private isInUse(pfn: number, order: number): boolean {
		for (let frame = pfn; frame < pfn + (1 << order); frame++)
			if (this.idle[frame] !== 0 || this.isSlab[frame] === 1) return false;
		return true;
	}

	private claim(cell: number, order: number, pfns: readonly number[]): void {
		for (const pfn of pfns) this.idle.fill(IDLE, pfn, pfn + (1 << order));
		const frames = pfns.length << order;
		this.counts[cell] = (this.counts[cell] as number) + frames;
	}

	private missing(cell: number, wanted: Int32Array): number {
		return Math.max(0, (wanted[cell] ?? 0) - (this.counts[cell] as number));
	}

	private add(
		cell: number,
		order: number,
		type: number,
		pfns: readonly number[],
	): void {
		if (pfns.length === 0) return;
		this.stocks.push({ cpu: this.zones.cpuOf(cell), order, type, pfns });
	}

	/** Frames of a zone, in pageblocks of a type, of which neither flags nor events tell anything. */
	private spares(cell: number, type: number, count: number): number[] {
		const found: number[] = [];
		const zone = this.zones.all[this.zones.zoneOf(cell)];
		if (!zone) return found;
		const { flags } = this;
		for (let run = flags.length - 1; run >= 0 && found.length < count; run--) {
			if (flags.low[run] !== 0 || flags.high[run] !== 0) continue;
			const start = Math.max(flags.starts[run] as number, zone.start);
			const past =
				(flags.starts[run] as number) + (flags.counts[run] as number);
			let pfn = Math.min(past, zone.end) - 1;
			for (; pfn >= start && found.length < count; pfn--)
				if (this.isSpare(pfn, type)) found.push(pfn);
		}
		this.guessedPages += found.length;
		return found;
	}

	private isSpare(pfn: number, type: number): boolean {
		if (this.idle[pfn] !== 0 || (this.seen && this.seen[pfn] !== 0))
			return false;
		return type === ANY || this.types[pfn >> PAGEBLOCK_ORDER] === type;
	}
}
