// When a moment is: the event that was the last one, the tick, and the time.
//
//   1234 --> event 1234, tick 20, 83.120 ms          -1 --> before the first event
//
// WN1: the time is that of the CPU that is furthest, as far as its events tell.

import type { Trace } from "../trace";

const NANOSECONDS = 1e9; // in a second

/** A moment of a trace. */
export interface When {
	/** Last event that has happened; -1 for none. */
	readonly event: number;
	readonly tick: number;
	/** Simulated time since power-on. */
	readonly nanoseconds: number;
}

/** The moment after event `moment`. */
export function whenOf(trace: Trace, moment: number): When {
	const { tasks } = trace.foldAt(moment);
	const cycles = Math.max(...tasks.cycles);
	return {
		event: moment,
		tick: tasks.tick,
		nanoseconds: Math.round(
			(cycles * NANOSECONDS) / trace.header.cyclesPerSecond,
		),
	};
}
