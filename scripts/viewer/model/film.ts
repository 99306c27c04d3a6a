// The film: a whole trace in memory, every event of it and the state at any of them, so that a page can move freely.
//
//   blocks of the trace --load(), a slice at a time--> columns of all events       28 bytes an event
//                                                  --> a key frame every SPAN events
//                                                  --> a watcher, who sees each event once (survey.ts)
//
//   at(n)   the fold that is at hand, if it is a little before n; else the key frame before n, and forward
//           backwards a state BACK events before n is kept: the next steps back begin there
//
// FM1: at(n) is the same state whatever was asked before.
// FM2: the fold that at() returns is good until the next call.
// FM3: no answer folds more than SPAN events.

import { type EventColumns, makeColumns } from "../../../kernel/trace/columns";
import { Fold } from "../../../kernel/trace/fold/fold";
import type { Trace } from "../../../kernel/trace/trace";

const SPAN = 1 << 15;
const BACK = 1 << 10;
const SLICE = 1 << 12; // events between two looks at the clock

/** Sees every event of a film once, in order, while it is loaded. */
export interface FilmWatcher {
	/** Called before the fold takes event `index` of the columns. */
	before(fold: Fold, columns: EventColumns, index: number): void;
	/** Called after it did. */
	after(fold: Fold, index: number): void;
}

interface Still {
	readonly first: number;
	readonly bytes: Uint8Array;
}

/** A trace, ready to be shown. */
export class Film {
	readonly columns: EventColumns;
	private readonly stills: Still[] = [];
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
		for (let block = 0; block < reader.blocks.length; block++) {
			this.append(reader.columns(block));
			for (let at = this.fold.events; at < this.events; at += SLICE) {
				this.advance(Math.min(at + SLICE, this.events), watcher);
				yield this.fold.events / Math.max(1, events);
			}
		}
	}

	/** State after event `moment`; -1 is before everything (FM2). */
	at(moment: number): Fold {
		const end = Math.max(0, Math.min(moment + 1, this.events));
		const still = this.stillBefore(end);
		const have = this.fold.events;
		if (have <= end && have >= (still?.first ?? 0)) return this.run(end);
		const isBackwards = have > end;
		this.start(still);
		if (isBackwards && end - this.fold.events > 2 * BACK) {
			this.run(end - BACK);
			this.near = { first: this.fold.events, bytes: this.fold.save() };
		}
		return this.run(end);
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

	/** Folds up to event `end`, and keeps stills on the way. */
	private advance(end: number, watcher: FilmWatcher | null): void {
		const { fold } = this;
		while (fold.events < end) {
			const index = fold.events;
			const last = this.stills.at(-1)?.first ?? 0;
			if (index >= last + SPAN)
				this.stills.push({ first: index, bytes: fold.save() });
			watcher?.before(fold, this.columns, index);
			fold.applyAll(this.columns, index, index + 1);
			watcher?.after(fold, index);
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
