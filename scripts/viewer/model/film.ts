// The film: a whole trace in memory, every event of it and the state at any of them, so that a page can move freely.
//
//   blocks of the trace --load(), a slice at a time--> columns of all events       28 bytes an event
//                                                  --> a key frame every SPAN events
//                                                  --> a watcher, who sees each event once (survey.ts)
//
//   at(n)   the fold that is at hand, if it is a little before n; else the key frame before n, and forward
//           a step back keeps a state BACK events before n: the next steps back begin there
//
// Of a damaged trace what is readable is shown: events that the file has lost are MISSING in the columns, and from there to
// the next key frame of the file the state is not known.
//
// FM1: at(n) is the same state whatever was asked before.
// FM2: the fold that at() returns is good until the next call.
// FM3: no answer folds more than SPAN events.
// FM4: where the state is not known at(n) is the last one before that was, and knownAt(n) is not n.
// FM5: areFramesMoved() says no only where the map of frames is the same.

import { EV_TEXT } from "../../../hw/events";
import { type EventColumns, makeColumns } from "../../../kernel/trace/columns";
import { Fold } from "../../../kernel/trace/fold/fold";
import type { EventsBlock } from "../../../kernel/trace/reader";
import type { Trace } from "../../../kernel/trace/trace";
import {
	EV_MEMBLOCK,
	EV_PAGE_FAIL,
	EV_PTE_SET,
	EV_SLAB_ALLOC,
	EV_SLAB_FREE,
	EV_SLAB_MOVE,
	EV_ZONE_REFUSED,
} from "../../../mm/events";

/** Code of an event that the file has lost. */
export const MISSING = 255;

const SPAN = 1 << 15;
const BACK = 1 << 10;
const SLICE = 1 << 12; // events between two looks at the clock
const NEAR = 1 << 10; // events that are looked at one by one

/** By code: 1 for events that change a frame or a block. */
const MOVING: Uint8Array = (() => {
	const moving = new Uint8Array(256).fill(1, 0, EV_TEXT);
	for (const code of [
		...[EV_SLAB_ALLOC, EV_SLAB_FREE, EV_SLAB_MOVE, EV_PTE_SET],
		...[EV_ZONE_REFUSED, EV_PAGE_FAIL, EV_MEMBLOCK],
	])
		moving[code] = 0;
	moving[MISSING] = 1;
	return moving;
})();

/** Sees every event of a film once, in order, while it is loaded. */
export interface FilmWatcher {
	/** Called before the fold takes event `index` of the columns. */
	before(fold: Fold, columns: EventColumns, index: number): void;
	/** Called after it did; without a fold where the state is not known. */
	after(fold: Fold | null, index: number): void;
	/** Called when the state is known again. */
	resume(fold: Fold): void;
}

/** Moments from `from` to before `to` of which the state is not known. */
interface Gap {
	readonly from: number;
	to: number;
}

interface Still {
	readonly first: number;
	readonly bytes: Uint8Array;
}

/** A trace, ready to be shown. */
export class Film {
	readonly columns: EventColumns;
	private readonly stills: Still[] = [];
	private readonly gaps: Gap[] = [];
	private near: Still | null = null;
	private fold: Fold;

	constructor(readonly trace: Trace) {
		this.columns = makeColumns(trace.events);
		this.fold = this.empty();
	}

	get events(): number {
		return this.columns.count;
	}

	/** Reads the trace; yields how much of it is read, from 0 to 1. */
	*load(watcher: FilmWatcher | null = null): Generator<number, void> {
		const { reader, events } = this.trace;
		for (let place = 0; place < reader.blocks.length; place++) {
			const block = reader.blocks[place] as EventsBlock;
			this.skipTo(block.first, watcher);
			this.append(reader.columns(place));
			this.resume(block.first, watcher);
			for (let at = block.first; at < this.events; at += SLICE) {
				this.advance(at, Math.min(at + SLICE, this.events), watcher);
				yield Math.min(at + SLICE, this.events) / Math.max(1, events);
			}
		}
	}

	/** The last moment up to `moment` of which the state is known (FM4). */
	knownAt(moment: number): number {
		const gap = this.gaps.find(({ from, to }) => moment >= from && moment < to);
		return gap === undefined ? moment : gap.from - 1;
	}

	/** State after event `moment`; -1 is before everything (FM2). */
	at(moment: number): Fold {
		const last = this.knownAt(Math.min(moment, this.events - 1));
		const end = Math.max(0, last + 1);
		const still = this.stillBefore(end);
		const have = this.fold.events;
		if (have <= end && have >= (still?.first ?? 0)) return this.run(end);
		const isStepBack = have > end && have <= end + BACK;
		this.start(still);
		if (isStepBack && end - this.fold.events > 2 * BACK) {
			this.run(end - BACK);
			this.near = { first: this.fold.events, bytes: this.fold.save() };
		}
		return this.run(end);
	}

	/** False only if every frame and every block is the same at both moments (FM5). */
	areFramesMoved(one: number, other: number): boolean {
		const from = Math.min(one, other) + 1;
		const to = Math.max(one, other) + 1;
		if (to - from > NEAR) return true;
		for (let event = from; event < to; event++)
			if (MOVING[this.columns.codes[event] as number] === 1) return true;
		return false;
	}

	/** A state of its own, which stays what it is. */
	copyAt(moment: number): Fold {
		const copy = this.empty();
		copy.load(this.at(moment).save());
		return copy;
	}

	private empty(): Fold {
		return new Fold(this.trace.header.machine);
	}

	private start(still: Still | null): void {
		if (still === null) this.fold = this.empty();
		else this.fold.load(still.bytes);
	}

	private run(end: number): Fold {
		this.fold.applyAll(this.columns, this.fold.events, end);
		return this.fold;
	}

	private append(block: EventColumns): void {
		const { columns } = this;
		const { count } = columns;
		const end = block.count;
		columns.cycles.set(block.cycles.subarray(0, end), count);
		columns.codes.set(block.codes.subarray(0, end), count);
		columns.cpus.set(block.cpus.subarray(0, end), count);
		columns.contexts.set(block.contexts.subarray(0, end), count);
		for (const word of ["a", "b", "c", "d"] as const)
			columns[word].set(block[word].subarray(0, end), count);
		columns.count = count + end;
	}

	/** Enters the events that the file has lost before event `first`. */
	private skipTo(first: number, watcher: FilmWatcher | null): void {
		const { columns } = this;
		const { count } = columns;
		if (first === count) return;
		columns.codes.fill(MISSING, count, first);
		columns.count = first;
		if (!this.isLost) this.gaps.push({ from: count, to: Infinity });
		for (let index = count; index < first; index++) watcher?.after(null, index);
	}

	private get isLost(): boolean {
		return this.gaps.at(-1)?.to === Infinity;
	}

	/** Goes on from the file's own key frame before event `first`, where the state was lost and there is one that is sound. */
	private resume(first: number, watcher: FilmWatcher | null): void {
		if (!this.isLost) return;
		const key = this.trace.reader.keyFrameBefore(first);
		if (key?.first !== first) return;
		try {
			this.fold.loadKeyFrame(key);
		} catch {
			return; // the state stays lost
		}
		(this.gaps.at(-1) as Gap).to = first;
		this.stills.push({ first, bytes: this.fold.save() });
		watcher?.resume(this.fold);
	}

	/** Folds events `from` to before `end`, and keeps stills on the way. */
	private advance(
		from: number,
		end: number,
		watcher: FilmWatcher | null,
	): void {
		const { fold, isLost } = this;
		for (let index = from; index < end; index++) {
			const last = this.stills.at(-1)?.first ?? 0;
			if (!isLost && index >= last + SPAN)
				this.stills.push({ first: index, bytes: fold.save() });
			watcher?.before(fold, this.columns, index);
			if (!isLost) fold.applyAll(this.columns, index, index + 1);
			watcher?.after(isLost ? null : fold, index);
		}
	}

	private stillBefore(end: number): Still | null {
		let found: Still | null = null;
		for (const still of this.stills) {
			if (still.first > end) break;
			found = still;
		}
		const { near } = this;
		const isNearer =
			near !== null && near.first <= end && near.first > (found?.first ?? 0);
		return isNearer ? near : found;
	}
}
