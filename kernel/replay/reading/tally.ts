// What a reader met in a file: the account that a report gives of it, and by which trust in the reading stands or falls.
//
//   lines = events + headers + stacks + losses + others + damaged (+ blank ones)
//
// Y1: every line is counted in exactly one of these; nothing is passed over silently.
// Y2: memory is bounded whatever the file holds: complaints and names are kept up to a number, and counted beyond it.

import { KINDS } from "./event";

/** Complaints that are kept with their line. */
export const COMPLAINTS_MAX = 8;
const REASONS_MAX = 64;
const CPUS_MAX = 8192; // NR_CPUS of the largest kernels

/** A line that no event could be made of. */
export interface Complaint {
	/** Counted from 1. */
	readonly line: number;
	/** What is wrong, to be read after "line 7": `lacks ptr=`. */
	readonly text: string;
}

/** The account of one file. */
export class Tally {
	lines = 0;
	bytes = 0;
	/** Events by kind. */
	readonly byKind = new Float64Array(KINDS);
	/** Lines that only introduce others: comments, column legends, the first half of an mtrace realloc. */
	headers = 0;
	/** Lines of call chains, below the event they belong to. */
	stacks = 0;
	blank = 0;
	/** Lines in which the recorder says that it lost events. */
	losses = 0;
	/** How many it says it lost; more where it does not say how many. */
	lostEvents = 0;
	/** Events of other subsystems. */
	others = 0;
	damaged = 0;
	/** The first damaged lines. */
	readonly complaints: Complaint[] = [];
	/** Damaged lines by what is wrong with them. */
	readonly reasons = new Map<string, number>();
	/** Events whose stamp lies before that of an earlier event of the same CPU. */
	outOfOrder = 0;
	/** Pointers whose upper half is zero, as ftrace's hashed ones; NULL is not counted. */
	hashedPointers = 0;
	realPointers = 0;
	/** Lines in which the recorder left a text blank. */
	blanked = 0;
	/** CPUs: as the header says, or one more than the highest that was seen. */
	cpus = 0;
	/** From ftrace's header: events in the text, and events that were recorded; -1 where it does not say. */
	entriesInBuffer = -1;
	entriesWritten = -1;
	/** Operations that a .rep file's header promises; -1 in other formats. */
	operationsPromised = -1;
	private readonly lastStamp = new Float64Array(CPUS_MAX).fill(-1);

	/** Events of all kinds, marks too. */
	get events(): number {
		return this.byKind.reduce((sum, count) => sum + count, 0);
	}

	/** True when the recorder hid the pointers: they tell objects apart, but not where they are. */
	get hasHashedPointers(): boolean {
		return this.hashedPointers > this.realPointers;
	}

	/** Counts a line as damaged; the current one, if no other is named. */
	complain(text: string, line = this.lines): void {
		this.damaged++;
		if (this.complaints.length < COMPLAINTS_MAX)
			this.complaints.push({ line, text });
		const { reasons } = this;
		const key = reasons.has(text) || reasons.size < REASONS_MAX ? text : "…";
		reasons.set(key, (reasons.get(key) ?? 0) + 1);
	}

	/** Counts an event and compares its stamp with those before it. */
	event(kind: number, cpu: number, time: number): void {
		this.byKind[kind] = (this.byKind[kind] as number) + 1;
		if (cpu < 0) return;
		const last = this.lastStamp[cpu] as number;
		if (time < last) this.outOfOrder++;
		else this.lastStamp[cpu] = time;
		if (cpu >= this.cpus) this.cpus = cpu + 1;
	}

	/** Looks at a pointer that is not NULL. */
	pointer(high: number): void {
		if (high === 0) this.hashedPointers++;
		else this.realPointers++;
	}
}
