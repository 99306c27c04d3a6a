// Events of a file, kept as numbers: who needs them again need not read the text again.
//
//   chunk   | what | time | changed ... | what | time | changed ... |  ...            some 28 bytes an event, of some 170 of text
//             |      |      '-- each field that differs from that of the last event: of the same kind, but for cpu, pid, comm,
//             |      |          interrupt and depth, which most events share with the one before, whatever its kind
//             |      '-- nanoseconds since the event before
//             '-- bits: 0-22 the fields that follow, 23 odd, 24-27 kind
//   odd     what 32 bits do not hold: a long pause, huge sizes, the text of a mark
//
// KE1: an event that comes out is the same in every field as the one that was put in.
// KE2: memory is bounded: beyond the bound nothing is kept at all, and the text has to be read again.

import { KINDS, KmemEvent } from "./event";
import type { TraceReader } from "./trace-reader";

const CHUNK = 1 << 18; // words
const WORD = 4; // bytes
const FIELDS = 23;
const CONTEXT = 5; // fields: the first ones
const EVENT_MAX = FIELDS + 3; // words
const ODD = 1 << 23;
const ODD_BYTES = 256; // about, of what is odd
const KIND_SHIFT = 24;
const FIELD_BITS = ODD - 1;
const NUMBER_OF_KINDS = KINDS;

/** What 32 bits do not hold. */
interface Odd {
	readonly time: number;
	readonly bytesRequested: number;
	readonly bytesAllocated: number;
	readonly pfn: number;
	readonly text: string;
}

/** Fields as they were last: one row for each kind, of which all share the context. */
class LastFields {
	readonly rows = new Int32Array(NUMBER_OF_KINDS * FIELDS).fill(-1);
	time = 0;

	/** Makes the row of a kind begin with the context of the event before. */
	share(from: number, to: number): void {
		if (from !== to) this.rows.copyWithin(to, from, from + CONTEXT);
	}
}

/** A file that was read to its end: what its events are, and what the reader knows of it. */
export interface KeptReading {
	readonly reader: TraceReader;
	readonly events: KeptEvents;
}

/** The events of one file. */
export class KeptEvents {
	/** How many there are. */
	size = 0;
	private readonly chunks: Int32Array[] = [];
	private readonly odd: Odd[] = [];
	private readonly last = new LastFields();
	private readonly now = new Int32Array(FIELDS);
	private row = 0; // of the event before
	private at = CHUNK; // in the last chunk
	private isOver: boolean;

	/** At most this many bytes are kept. */
	constructor(private readonly bytesMax: number) {
		this.isOver = bytesMax === 0;
	}

	/** There was room for all (KE2). */
	get isWhole(): boolean {
		return !this.isOver;
	}

	/** Keeps a copy of an event. */
	keep(event: KmemEvent): void {
		if (this.isOver) return;
		this.size++;
		const { last, now } = this;
		const { rows } = last;
		const row = event.kind * FIELDS;
		last.share(this.row, row);
		this.row = row;
		if (this.at + EVENT_MAX > CHUNK && !this.begin()) return;
		const words = this.chunks.at(-1) as Int32Array;
		const start = this.at;
		takeFields(event, now);
		let to = start + 2;
		let what = event.kind << KIND_SHIFT;
		for (let field = 0; field < FIELDS; field++) {
			const value = now[field] as number;
			if (rows[row + field] === value) continue;
			rows[row + field] = value;
			words[to++] = value;
			what |= 1 << field;
		}
		const pause = event.time - last.time;
		words[start + 1] = pause;
		if (words[start + 1] !== pause || isOdd(event)) {
			what |= ODD;
			words[to++] = this.keepOdd(event);
		}
		last.time = event.time;
		words[start] = what;
		this.at = to;
	}

	/** Somebody who goes through the events from the first to the last. */
	again(): KeptEventsCursor {
		return new KeptEventsCursor(this.chunks, this.odd, this.size);
	}

	/** A new chunk, if there may be one more. */
	private begin(): boolean {
		const { chunks, odd } = this;
		if (chunks.length > 0 && this.at < CHUNK)
			(chunks.at(-1) as Int32Array)[this.at] = -1;
		const bytes = (chunks.length + 1) * CHUNK * WORD + odd.length * ODD_BYTES;
		this.isOver = bytes > this.bytesMax;
		if (this.isOver) {
			chunks.length = 0;
			odd.length = 0;
			this.size = 0;
			return false;
		}
		chunks.push(new Int32Array(CHUNK));
		this.at = 0;
		return true;
	}

	private keepOdd(event: KmemEvent): number {
		const { time, bytesRequested, bytesAllocated, pfn, text } = event;
		return (
			this.odd.push({ time, bytesRequested, bytesAllocated, pfn, text }) - 1
		);
	}
}

/** Hands out kept events in their order, each in the same record. */
export class KeptEventsCursor {
	/** How many were handed out. */
	played = 0;
	private readonly event = new KmemEvent();
	private readonly last = new LastFields();
	private chunk = 0;
	private at = 0;
	private row = 0;

	constructor(
		private readonly chunks: readonly Int32Array[],
		private readonly odd: readonly Odd[],
		private readonly size: number,
	) {}

	/** The next event, valid until the one after it is asked for; null behind the last one. */
	next(): KmemEvent | null {
		if (this.played === this.size) return null;
		this.played++;
		let words = this.chunks[this.chunk] as Int32Array;
		if (this.at === CHUNK || words[this.at] === -1) {
			words = this.chunks[++this.chunk] as Int32Array;
			this.at = 0;
		}
		const { event, last } = this;
		const { rows } = last;
		let at = this.at;
		const what = words[at++] as number;
		const pause = words[at++] as number;
		const kind = what >>> KIND_SHIFT;
		const row = kind * FIELDS;
		last.share(this.row, row);
		this.row = row;
		for (let bits = what & FIELD_BITS; bits !== 0; bits &= bits - 1)
			rows[row + 31 - Math.clz32(bits & -bits)] = words[at++] as number;
		event.kind = kind;
		giveFields(rows, row, event);
		event.time = last.time + pause;
		event.text = "";
		if ((what & ODD) !== 0) this.giveOdd(words[at++] as number);
		last.time = event.time;
		this.at = at;
		return event;
	}

	private giveOdd(index: number): void {
		Object.assign(this.event, this.odd[index]);
	}
}

/** 32 bits do not hold all of it. */
const isOdd = ({ bytesRequested, bytesAllocated, pfn, text }: KmemEvent) =>
	(bytesRequested | 0) !== bytesRequested ||
	(bytesAllocated | 0) !== bytesAllocated ||
	(pfn | 0) !== pfn ||
	text !== "";

function takeFields(event: KmemEvent, fields: Int32Array): void {
	fields[0] = event.cpu;
	fields[1] = event.pid;
	fields[2] = event.comm;
	fields[3] = event.interrupt;
	fields[4] = event.depth;
	fields[5] = event.site;
	fields[6] = event.low;
	fields[7] = event.high;
	fields[8] = event.bytesRequested;
	fields[9] = event.bytesAllocated;
	fields[10] = event.gfp;
	fields[11] = event.node;
	fields[12] = event.accounted;
	fields[13] = event.cache;
	fields[14] = event.pfn;
	fields[15] = event.order;
	fields[16] = event.type;
	fields[17] = event.refill;
	fields[18] = event.fallbackOrder;
	fields[19] = event.fallbackType;
	fields[20] = event.ownership;
	fields[21] = event.oldLow;
	fields[22] = event.oldHigh;
}

function giveFields(rows: Int32Array, row: number, event: KmemEvent): void {
	event.cpu = rows[row] as number;
	event.pid = rows[row + 1] as number;
	event.comm = rows[row + 2] as number;
	event.interrupt = rows[row + 3] as number;
	event.depth = rows[row + 4] as number;
	event.site = rows[row + 5] as number;
	event.low = rows[row + 6] as number;
	event.high = rows[row + 7] as number;
	event.bytesRequested = rows[row + 8] as number;
	event.bytesAllocated = rows[row + 9] as number;
	event.gfp = rows[row + 10] as number;
	event.node = rows[row + 11] as number;
	event.accounted = rows[row + 12] as number;
	event.cache = rows[row + 13] as number;
	event.pfn = rows[row + 14] as number;
	event.order = rows[row + 15] as number;
	event.type = rows[row + 16] as number;
	event.refill = rows[row + 17] as number;
	event.fallbackOrder = rows[row + 18] as number;
	event.fallbackType = rows[row + 19] as number;
	event.ownership = rows[row + 20] as number;
	event.oldLow = rows[row + 21] as number;
	event.oldHigh = rows[row + 22] as number;
}
