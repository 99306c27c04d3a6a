// Counters of a machine over time: a few numbers that each event may change, and those changes that are worth a point.
//
//   event --> Fold --> free pages of the zone, slab pages, page-table pages, objects
//
//      value   .--.      ,-----        points: a change is told when `rest` cycles have passed since the last point of
//          ----'  '------'             its counter, else it waits and is told with the first later one, or at the end
//
// CO1: the last point of a counter has its value at the end, and points of a counter do not go back in time.
// CO2: a trace of any length has at most POINTS_MAX points of a counter, plus one for each pause behind a waiting change.

import {
	EV_BOOT_FREE,
	EV_BUDDY_GIVE,
	EV_BUDDY_TAKE,
	EV_SLAB_ALLOC,
	EV_SLAB_DISCARD,
	EV_SLAB_FREE,
	EV_SLAB_NEW,
	EV_TABLE_FREE,
	EV_TABLE_NEW,
} from "../../../mm/events";
import type { EventColumns } from "../columns";
import type { Fold } from "../fold/fold";
import { SLAB, TABLE } from "../fold/frames";

/** Points of one counter, about. */
export const POINTS_MAX = 5000;

const NEVER = Number.NEGATIVE_INFINITY;

/** Gets a point: the counter's name, when, and how much. */
export type PointVisitor = (
	name: string,
	cycles: number,
	value: number,
) => void;

/** One counter. */
class Counter {
	value = 0;
	private told = Number.NaN;
	private toldAt = NEVER;
	private changedAt = 0;

	constructor(readonly name: string) {}

	/** The value before the first event. */
	begin(value: number, cycles: number, visit: PointVisitor): void {
		this.value = value;
		this.changedAt = cycles;
		this.tell(visit);
	}

	/** The value is this from now on. */
	set(value: number, cycles: number, rest: number, visit: PointVisitor): void {
		if (value === this.value) return;
		const waits = this.value !== this.told;
		if (waits && cycles - this.changedAt >= rest) this.tell(visit);
		this.value = value;
		this.changedAt = Math.max(this.changedAt, cycles);
		if (this.changedAt - this.toldAt >= rest) this.tell(visit);
	}

	/** Tells a change that waits. */
	finish(visit: PointVisitor): void {
		if (this.value !== this.told) this.tell(visit);
	}

	private tell(visit: PointVisitor): void {
		visit(this.name, this.changedAt, this.value);
		this.told = this.value;
		this.toldAt = this.changedAt;
	}
}

/** The counters of one machine. */
export class Counters {
	private readonly free: readonly Counter[]; // by position of the zone
	private readonly slabs = new Counter("slab pages");
	private readonly tables = new Counter("page-table pages");
	private readonly objects = new Counter("objects in use");

	/** Begins with the state of the fold; `rest` is the least number of cycles between two points. */
	constructor(
		private readonly fold: Fold,
		private readonly rest: number,
		private readonly visit: PointVisitor,
		cycles: number,
	) {
		const { frames, objects } = fold;
		this.free = frames.zones.map(
			({ name }) => new Counter(`free pages ${name}`),
		);
		this.free.forEach((counter, zone) => {
			counter.begin(frames.freeFrames(zone), cycles, visit);
		});
		this.slabs.begin(framesOf(fold, SLAB), cycles, visit);
		this.tables.begin(framesOf(fold, TABLE), cycles, visit);
		const active = objects.all().reduce((sum, cache) => sum + cache.active, 0);
		this.objects.begin(active, cycles, visit);
	}

	/** Looks at what an event changed; the fold has it already. */
	after(columns: EventColumns, index: number): void {
		const cycles = columns.cycles[index] as number;
		const pfn = columns.a[index] as number;
		const order = columns.b[index] as number;
		switch (columns.codes[index]) {
			case EV_SLAB_ALLOC:
				this.add(this.objects, 1, cycles);
				return;
			case EV_SLAB_FREE:
				this.add(this.objects, -1, cycles);
				return;
			case EV_BUDDY_TAKE:
			case EV_BUDDY_GIVE:
			case EV_BOOT_FREE:
				this.lookAtZone(pfn, cycles);
				return;
			case EV_SLAB_NEW:
				this.add(this.slabs, 2 ** order, cycles);
				return;
			case EV_SLAB_DISCARD:
				this.add(this.slabs, -(2 ** order), cycles);
				return;
			case EV_TABLE_NEW: // those of boot lie in reserved memory, and are not counted
				if (this.fold.frames.state[pfn] === TABLE)
					this.add(this.tables, 1, cycles);
				return;
			case EV_TABLE_FREE:
				this.add(this.tables, -1, cycles);
				return;
		}
	}

	/** Tells what still waits (CO1). */
	finish(): void {
		const { free, slabs, tables, objects, visit } = this;
		for (const counter of [...free, slabs, tables, objects])
			counter.finish(visit);
	}

	private lookAtZone(pfn: number, cycles: number): void {
		const { frames } = this.fold;
		const zone = frames.zoneOf(pfn);
		this.set(this.free[zone] as Counter, frames.freeFrames(zone), cycles);
	}

	private add(counter: Counter, change: number, cycles: number): void {
		this.set(counter, counter.value + change, cycles);
	}

	private set(counter: Counter, value: number, cycles: number): void {
		counter.set(value, cycles, this.rest, this.visit);
	}
}

/** Frames of all blocks in a state. */
function framesOf({ frames }: Fold, state: number): number {
	let count = 0;
	frames.eachBlock((head, size) => {
		if (frames.state[head] === state) count += size;
	});
	return count;
}
