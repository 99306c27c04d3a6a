// What of a trace is exported: a stretch of events, and one moment.
//
//   events      0 1 2 3 4 5 6 7 8 9
//                   |<----- span ---->|        from = 1, to = 8: what happened between the two moments, events 2 .. 8
//                                   at = 8     the moment of pictures and of what is live
//
// Moments are as everywhere: the number of the last event that has happened, -1 before everything.
//
// SP1: 0 <= first <= end <= events of the trace.
// SP2: pieces are made of STEP_EVENTS events each, so no text grows with the length of the trace.

import type { EventColumns } from "../columns";
import type { Trace } from "../trace";

const STEP_EVENTS = 2048; // some 200 KiB of text at a time

/** What is wanted of a trace. */
export interface SpanWish {
	/** The moment after which events are exported; default -1, before everything. */
	readonly from?: number;
	/** The moment up to which they are; default `at`, else the end. */
	readonly to?: number;
	/** The one moment of pictures and of what is live; default `to`. */
	readonly at?: number;
}

/** Events [first, end), and the moment. */
export interface Span {
	readonly first: number;
	readonly end: number;
	readonly at: number;
}

/** The stretch that is asked for, as far as it exists. */
export function spanOf(trace: Trace, { from, to, at }: SpanWish): Span {
	const last = trace.events - 1;
	const within = (moment: number): number =>
		Math.max(-1, Math.min(moment, last));
	const first = within(from ?? -1) + 1;
	const end = Math.max(first, within(to ?? at ?? last) + 1);
	return { first, end, at: within(at ?? end - 1) };
}

/** Says what an event becomes; empty for nothing. */
export type EventText = (
	columns: EventColumns,
	index: number,
	event: number,
) => string;

/** Texts of the events of a span, a piece at a time (SP2). */
export function* pieces(
	trace: Trace,
	{ first, end }: Span,
	textOf: EventText,
): Generator<string> {
	for (let at = first; at < end; at += STEP_EVENTS) {
		const parts: string[] = [];
		trace.each(at, Math.min(end, at + STEP_EVENTS), (columns, index, event) => {
			const text = textOf(columns, index, event);
			if (text !== "") parts.push(text);
		});
		if (parts.length > 0) yield parts.join("");
	}
}
