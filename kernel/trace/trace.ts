// A trace that can be asked: any event, and the state of the machine at any moment.
//
//   reader (blocks, key frames) --> event(n)
//                               --> foldAt(n): nearest key frame or the fold that is at hand, then forward
//
// A moment is the number of an event; the state "at" it is the state after it. Moment -1 is before everything.
//
// TC1: foldAt(n) is the same fold whatever was asked before.
// TC2: the fold that foldAt() returns is good until the next call: whoever needs two asks for a copy.

import type { BlockSummary } from "./block-summary";
import type { EventColumns, TraceEvent } from "./columns";
import { Fold } from "./fold/fold";
import type { TraceHeader } from "./header";
import type { EventReader, EventsBlock } from "./reader";

/** Gets an event without an object for it; an answer of true ends the visit. */
export type EventVisitor = (
	columns: EventColumns,
	index: number,
	event: number,
) => unknown;

/** Looks at a block from outside; an answer of true means that it may be left out, and that what it leaves behind is noted. */
export type BlockPass = (summary: BlockSummary) => boolean;

/** An open trace with its states. */
export class Trace {
	private fold: Fold;

	constructor(readonly reader: EventReader) {
		this.fold = new Fold(reader.header.machine);
	}

	get header(): TraceHeader {
		return this.reader.header;
	}

	/** Events that there are; the last one has this number minus 1. */
	get events(): number {
		return this.reader.events;
	}

	/** One event. Throws an Error with one sentence when there is none of this number. */
	event(number: number): TraceEvent {
		const event = this.reader.event(number);
		if (event !== null) return event;
		if (number >= 0 && number < this.events)
			throw new Error(`event ${number} is missing from the damaged file`);
		const last = this.events - 1;
		const there = last < 0 ? "no events" : `events 0 to ${last}`;
		throw new Error(`there is no event ${number}: the trace has ${there}`);
	}

	/** Names of the calling contexts of a node, outermost first. */
	path(context: number): string[] {
		return this.reader.contexts.path(context);
	}

	/** State after event `moment` (TC2). Throws an Error when events before it are missing. */
	foldAt(moment: number): Fold {
		const end = Math.min(moment, this.events - 1) + 1;
		this.startBefore(end);
		this.each(this.fold.events, end, (columns, index) => {
			this.fold.apply(
				columns.cycles[index] as number,
				columns.codes[index] as number,
				columns.cpus[index] as number,
				columns.contexts[index] as number,
				columns.a[index] as number,
				columns.b[index] as number,
				columns.c[index] as number,
				columns.d[index] as number,
			);
		});
		return this.fold;
	}

	/** A fold of its own, after event `moment`. */
	copyAt(moment: number): Fold {
		const copy = new Fold(this.header.machine);
		copy.load(this.foldAt(moment).save());
		return copy;
	}

	/**
	 * Visits the events [from, to) in order, as far as they exist. With a `pass`, whole blocks are left out of which it
	 * says, by their summaries, that nothing in them matters.
	 */
	each(
		from: number,
		to: number,
		visit: EventVisitor,
		pass: BlockPass | null = null,
	): void {
		const { reader } = this;
		let block = reader.blockOf(from);
		if (block < 0)
			block = reader.blocks.findIndex(({ first }) => first >= from);
		if (block < 0) return;
		for (; block < reader.blocks.length; block++) {
			const { first, count } = reader.blocks[block] as EventsBlock;
			if (first >= to) return;
			const isWhole = first >= from && first + count <= to;
			const summary = pass && isWhole ? reader.summary(block) : null;
			if (summary !== null && pass?.(summary) === true) continue;
			const columns = reader.columns(block);
			const end = Math.min(count, to - first);
			for (let index = Math.max(0, from - first); index < end; index++)
				if (visit(columns, index, first + index) === true) return;
		}
	}

	/** Makes the fold one of at most `end` events, as near to it as can be. */
	private startBefore(end: number): void {
		const key = this.reader.keyFrameBefore(end);
		const have = this.fold.events;
		const isNear = have <= end && have >= (key?.first ?? 0);
		if (isNear && !this.reader.hasHole(have, end)) return;
		this.fold = new Fold(this.header.machine); // also when the key frame cannot be read: nothing half read stays behind
		if (key !== null) {
			const fold = new Fold(this.header.machine);
			fold.loadKeyFrame(key);
			this.fold = fold;
		}
		if (key === null && this.reader.hasHole(0, end))
			throw new Error(
				`the state at event ${end - 1} is not known: events before it are missing`,
			);
	}
}
