// The scene of an event: what the machine was just before it, and what else happened on its CPU.
//
//   CPU 0   . . page_free  zone_refused  buddy_take  page_alloc  slab_new . .
//                          `------- run before -----'    ^        `-- run after
//
// One request of the memory manager leaves several records, one behind the other; a run is what belongs to it. Records of
// other CPUs between them are passed over.
//
// SC1: `before(n)` is the state that event n met. It is good until the next call.
// SC2: a run holds only events of the same CPU and call site and of the given codes, oldest first, at most RUN_MAX.

import type { TraceEvent } from "../../columns";
import type { Fold } from "../../fold/fold";
import type { ZoneSpan } from "../../fold/frames";
import type { Trace } from "../../trace";
import type { Chain } from "./chain";

const RUN_MAX = 4096;

/** Codes that belong to a run. */
export type Codes = ReadonlySet<number>;

/** Adds sentences about an event to a chain and returns the title. */
export type Explain = (scene: Scene, event: TraceEvent, chain: Chain) => string;

/** A trace, asked about the surroundings of its events. */
export class Scene {
	constructor(readonly trace: Trace) {}

	/** State that event `number` met. */
	before(number: number): Fold {
		return this.trace.foldAt(number - 1);
	}

	/** State that event `number` left. */
	after(number: number): Fold {
		return this.trace.foldAt(number);
	}

	/** An event; null when there is none of this number. */
	event(number: number): TraceEvent | null {
		return number < 0 ? null : this.trace.reader.event(number);
	}

	/** The events of these codes that lead up to `event` on its CPU. */
	runBefore({ number, cpu, context }: TraceEvent, codes: Codes): TraceEvent[] {
		const run: TraceEvent[] = [];
		for (let at = number - 1; run.length < RUN_MAX; at--) {
			const event = this.event(at);
			if (event === null) break;
			if (event.cpu !== cpu) continue;
			if (!codes.has(event.code) || event.context !== context) break;
			run.push(event);
		}
		return run.reverse();
	}

	/** The events of these codes that follow `event` on its CPU. */
	runAfter({ number, cpu, context }: TraceEvent, codes: Codes): TraceEvent[] {
		const run: TraceEvent[] = [];
		for (let at = number + 1; run.length < RUN_MAX; at++) {
			const event = this.event(at);
			if (event === null) break;
			if (event.cpu !== cpu) continue;
			if (!codes.has(event.code) || event.context !== context) break;
			run.push(event);
		}
		return run;
	}

	/** The event in front of the run that leads up to `event`: what it is a consequence of; null when that is another call's. */
	origin(event: TraceEvent, codes: Codes): TraceEvent | null {
		const [first = event] = this.runBefore(event, codes);
		const origin = this.previous(first);
		return origin?.context === event.context ? origin : null;
	}

	/** The event before `event` on its CPU; null when there is none. */
	previous({ number, cpu }: TraceEvent): TraceEvent | null {
		for (let at = number - 1; ; at--) {
			const event = this.event(at);
			if (event === null || event.cpu === cpu) return event;
		}
	}

	/** The event behind `event` on its CPU; null when there is none. */
	next({ number, cpu }: TraceEvent): TraceEvent | null {
		for (let at = number + 1; ; at++) {
			const event = this.event(at);
			if (event === null || event.cpu === cpu) return event;
		}
	}

	/** The last event before `number` that `matches`, looked for in the `limit` events before it; null when there is none. */
	last(
		number: number,
		limit: number,
		matches: (event: TraceEvent) => boolean,
	): TraceEvent | null {
		const least = Math.max(0, number - limit);
		for (let at = number - 1; at >= least; at--) {
			const event = this.event(at);
			if (event === null) return null;
			if (matches(event)) return event;
		}
		return null;
	}

	/** The zone that holds a frame. */
	zoneOf(pfn: number): ZoneSpan {
		const { zones } = this.trace.header.machine;
		let found = zones[0] as ZoneSpan;
		for (const zone of zones) if (pfn >= zone.start) found = zone;
		return found;
	}

	/** Position of the zone that holds a frame. */
	zoneAt(pfn: number): number {
		return this.trace.header.machine.zones.indexOf(this.zoneOf(pfn));
	}

	/** The zone that the kernel knows by this number. */
	zone(index: number): ZoneSpan | null {
		const { zones } = this.trace.header.machine;
		return zones.find((zone) => zone.index === index) ?? null;
	}
}
