// Events as columns: a batch of what happened, one typed array for each word of a record.
//
//             event 0   1   2   ...            count        capacity
//   cycles   |  f64  |   |   |   . . . .         |   unused   |
//   codes    |  u8   |   |   |
//   cpus     |  u8   |   |   |          the event's number in the trace is the number of the batch's first event
//   contexts |  u16  |   |   |          plus its index here
//   a b c d  |  i32  |   |   |
//
// A million events are nine objects, and a loop that needs two words of each touches those two arrays only.
//
// C1: the arrays have room for `capacity` events; those from `count` on mean nothing.
// C2: code 0 is no event.

/** A batch of events in the order in which they happened. */
export interface EventColumns {
	count: number;
	/** Whole cycles; of one CPU they do not fall. */
	readonly cycles: Float64Array;
	readonly codes: Uint8Array;
	readonly cpus: Uint8Array;
	/** Node of the call tree. */
	readonly contexts: Uint16Array;
	readonly a: Int32Array;
	readonly b: Int32Array;
	readonly c: Int32Array;
	readonly d: Int32Array;
}

/** One event by itself, as people look at it. */
export interface TraceEvent {
	/** Its place in the trace, from 0. */
	readonly number: number;
	readonly cycles: number;
	readonly code: number;
	readonly cpu: number;
	readonly context: number;
	readonly a: number;
	readonly b: number;
	readonly c: number;
	readonly d: number;
}

/** An empty batch with room for `capacity` events. */
export function makeColumns(capacity: number): EventColumns {
	return {
		count: 0,
		cycles: new Float64Array(capacity),
		codes: new Uint8Array(capacity),
		cpus: new Uint8Array(capacity),
		contexts: new Uint16Array(capacity),
		a: new Int32Array(capacity),
		b: new Int32Array(capacity),
		c: new Int32Array(capacity),
		d: new Int32Array(capacity),
	};
}

/** The event at `index` of a batch whose first event has the number `first`; `index` must be below `count`. */
export function eventAt(
	columns: EventColumns,
	index: number,
	first: number,
): TraceEvent {
	return {
		number: first + index,
		cycles: columns.cycles[index] as number,
		code: columns.codes[index] as number,
		cpu: columns.cpus[index] as number,
		context: columns.contexts[index] as number,
		a: columns.a[index] as number,
		b: columns.b[index] as number,
		c: columns.c[index] as number,
		d: columns.d[index] as number,
	};
}
