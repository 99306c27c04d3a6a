// Evidence for the types of pageblocks, from the events of a recording.
//
//   free ... drain of the same page      the list's type is that of its pageblock when it was freed      1 vote
//   free ... alloc off the list          the same                                                        1 vote
//   locked of a block never taken before the list that it lay on                                         half a vote
//   fallback                             the pageblock has another type from here on: votes end
//
// TE1: only what happened before the first fallback that names a pageblock tells of its type at the beginning; where
//      nothing else tells, the fallback's own word for the type that it found does.

import { PAGEBLOCK_FRAMES, PAGEBLOCK_ORDER } from "../../../mm/pageblock";
import type { FreeKinds } from "./frees";
import {
	hasLists,
	PAGE_ALLOC,
	PAGE_DRAIN,
	PAGE_FALLBACK,
	PAGE_FREE,
	PAGE_LOCKED,
	type PageLog,
} from "./page-log";

const TYPES = 5;
const SHIFT = PAGEBLOCK_ORDER;
const NOTHING = 0;
const FREED = 1; // to a list
const GONE = 2; // anything else

/** The type of a pageblock of which nothing tells. */
export const UNKNOWN_TYPE = -1;

/** Votes on the type that each pageblock had at the first entry. */
export class TypeEvidence {
	private readonly votes: Float64Array;
	private readonly changedAt: Int32Array; // by pageblock; -1 for never
	private readonly states: Uint8Array; // by frame
	private readonly freedAt: Int32Array;
	private readonly taken: Uint8Array;

	constructor(
		private readonly log: PageLog,
		private readonly frees: FreeKinds,
		frames: number,
	) {
		const blocks = (frames >> SHIFT) + 1;
		this.votes = new Float64Array(blocks * TYPES);
		this.changedAt = new Int32Array(blocks).fill(-1);
		this.states = new Uint8Array(frames);
		this.freedAt = new Int32Array(frames);
		this.taken = new Uint8Array(frames);
		for (let at = 0; at < log.length; at++) this.entry(at);
		this.hearFallbacks();
	}

	/** Type of pageblock `block` at the first entry, or UNKNOWN_TYPE. */
	typeOf(block: number): number {
		let best = UNKNOWN_TYPE;
		let most = 0;
		for (let type = 0; type < TYPES; type++) {
			const votes = this.votes[block * TYPES + type] ?? 0;
			if (votes <= most) continue;
			most = votes;
			best = type;
		}
		return best;
	}

	private entry(at: number): void {
		const { log, states } = this;
		const pfn = log.pfn(at);
		switch (log.kind(at)) {
			case PAGE_FALLBACK:
				this.change(at);
				break;
			case PAGE_LOCKED:
				this.take(at, pfn);
				break;
			case PAGE_FREE:
				this.freedAt[pfn] = at;
				states[pfn] = this.isPastLists(at) ? GONE : FREED;
				break;
			case PAGE_DRAIN:
				if (states[pfn] === FREED)
					this.vote(pfn, this.freedAt[pfn] as number, at, 1);
				states[pfn] = GONE;
				this.taken[pfn] = 1;
				break;
			case PAGE_ALLOC:
				if (states[pfn] === FREED && hasLists(log.order(at)))
					this.vote(pfn, this.freedAt[pfn] as number, at, 1);
				states[pfn] = NOTHING;
		}
	}

	/** Frees that order alone keeps off the lists count as freed: their blocks are not seen to leave a list. */
	private isPastLists(at: number): boolean {
		return this.frees.direct(at) && hasLists(this.log.order(at));
	}

	private take(at: number, pfn: number): void {
		const { log, taken } = this;
		const isFirst = taken[pfn] === 0;
		if (isFirst && (this.changedAt[pfn >> SHIFT] as number) < 0)
			this.vote(pfn, at, at, 0.5);
		taken.fill(1, pfn, pfn + (1 << log.order(at)));
		this.states[pfn] = GONE;
	}

	/** A vote of entry `at` about the instant `since`. */
	private vote(pfn: number, since: number, at: number, weight: number): void {
		const block = pfn >> SHIFT;
		const type = this.log.type(at);
		const changed = this.changedAt[block] as number;
		if (type >= TYPES || (changed >= 0 && since >= changed)) return;
		const cell = block * TYPES + type;
		this.votes[cell] = (this.votes[cell] as number) + weight;
	}

	private change(at: number): void {
		const { log, changedAt } = this;
		eachChanged(log, at, (block) => {
			if ((changedAt[block] as number) < 0) changedAt[block] = at;
		});
	}

	private hearFallbacks(): void {
		for (let block = 0; block < this.changedAt.length; block++) {
			const at = this.changedAt[block] as number;
			if (at < 0 || this.typeOf(block) !== UNKNOWN_TYPE) continue;
			this.votes[block * TYPES + this.log.hadType(at)] = 0.25;
		}
	}
}

/** The pageblocks that a fallback names: all of the block that was found if it changes hands, else its first. */
export function eachChanged(
	log: PageLog,
	at: number,
	visit: (block: number) => void,
): void {
	const first = log.pfn(at);
	const isWhole = log.extra(at) === 1 && log.gotOrder(at) >= PAGEBLOCK_ORDER;
	const frames = isWhole ? 1 << log.gotOrder(at) : 1;
	for (let pfn = first; pfn < first + frames; pfn += PAGEBLOCK_FRAMES)
		visit(pfn >> SHIFT);
}
