// The flight recorder: what happened, as fixed-size records in one ring for each CPU, inside the RAM.
//
//   ring of one CPU: 8 words of header, then 2^k records of 8 words
//       +------+------+------+---------- - -+
//       | head | tail | lost |   unused     |     head, tail count records since power-on, modulo 2^32
//       +------+------+------+---------- - -+
//   record, 32 bytes
//       +---------------+------+---------+-----+-----+-----+-----+
//       | cycles (f64)  | code | context |  a  |  b  |  c  |  d  |
//       +---------------+------+---------+-----+-----+-----+-----+
//
// Event codes belong to the layer that emits them; the recorder does not know what they mean. It is drained by whoever
// listens; a ring that nobody drains keeps the newest records and counts what it lost.
//
// F1: only the CPU that owns a ring moves `head`; only the drain moves `tail`.
// F2: every record was handed out, is waiting or is counted as lost: nothing is lost silently.
// Off means that there is no recorder: the engine tests one reference for null.

import type { Cpu, Seated, Turn } from "./cpu";

const HEAD = 0;
const LOST = 2;
const TAIL = 1;
const HEADER_WORDS = 8;
const RECORD_WORDS = 8;
const RECORD_SHIFT = 3; // from a record's number to its first word
const CODE = 2;
const CONTEXT = 3;
const A = 4;
const B = 5;
const C = 6;
const D = 7;

/** Bytes of a ring of `records` records. */
export const ringBytes = (records: number): number =>
	(HEADER_WORDS + records * RECORD_WORDS) * 4;

/** One record, as a drain hands it out. */
export interface RecordedEvent {
	readonly cycles: number;
	readonly cpu: number;
	readonly code: number;
	readonly context: number;
	readonly a: number;
	readonly b: number;
	readonly c: number;
	readonly d: number;
}

/** Rings of all CPUs of one machine. */
export class Recorder implements Seated {
	private readonly mask: number;
	private readonly doubles: Float64Array[];
	private ring: Int32Array; // of the CPU whose turn it is
	private stamps: Float64Array; // the same ring as doubles
	private cpu: Cpu;

	/** `rings[n]` is CPU n's ring: a view of `ringBytes(records)` bytes; `records` is a power of two. */
	constructor(
		turn: Turn,
		private readonly rings: readonly Int32Array[],
		records: number,
	) {
		this.mask = records - 1;
		this.doubles = rings.map(
			(ring) => new Float64Array(ring.buffer, ring.byteOffset, ring.length / 2),
		);
		this.ring = rings[0] as Int32Array;
		this.stamps = this.doubles[0] as Float64Array;
		this.cpu = turn.cpu;
		turn.follow(this);
	}

	sit(_area: Int32Array, cpu: Cpu): void {
		this.cpu = cpu;
		this.ring = this.rings[cpu.id] as Int32Array;
		this.stamps = this.doubles[cpu.id] as Float64Array;
	}

	/** Writes one record to this CPU's ring. */
	emit(code: number, a: number, b: number, c: number, d: number): void {
		const cpu = this.cpu;
		const ring = this.ring;
		const head = ring[HEAD] as number;
		const at = HEADER_WORDS + ((head & this.mask) << RECORD_SHIFT);
		this.stamps[at >>> 1] = cpu.stamp;
		ring[at | CODE] = code;
		ring[at | CONTEXT] = cpu.context;
		ring[at | A] = a;
		ring[at | B] = b;
		ring[at | C] = c;
		ring[at | D] = d;
		ring[HEAD] = head + 1;
	}

	/** Hands out what CPU `id` recorded since the last drain, oldest first; returns how many records were lost before them. */
	drain(id: number, visit: (event: RecordedEvent) => void): number {
		const ring = this.rings[id] as Int32Array;
		const head = (ring[HEAD] as number) >>> 0;
		let tail = (ring[TAIL] as number) >>> 0;
		const lost = this.overrun(ring);
		tail = (tail + lost) >>> 0;
		ring[LOST] = (ring[LOST] as number) + lost;
		for (; tail !== head; tail = (tail + 1) >>> 0) visit(this.record(id, tail));
		ring[TAIL] = head;
		return lost;
	}

	/** Records that CPU `id` lost since power-on, those that the next drain will miss included. */
	lost(id: number): number {
		const ring = this.rings[id] as Int32Array;
		return (ring[LOST] as number) + this.overrun(ring);
	}

	/** Records that were overwritten since the last drain. */
	private overrun(ring: Int32Array): number {
		const waiting = ((ring[HEAD] as number) - (ring[TAIL] as number)) >>> 0;
		return Math.max(0, waiting - (this.mask + 1));
	}

	private record(id: number, index: number): RecordedEvent {
		const ring = this.rings[id] as Int32Array;
		const at = HEADER_WORDS + ((index & this.mask) << RECORD_SHIFT);
		return {
			cycles: (this.doubles[id] as Float64Array)[at >>> 1] as number,
			cpu: id,
			code: ring[at | CODE] as number,
			context: ring[at | CONTEXT] as number,
			a: ring[at | A] as number,
			b: ring[at | B] as number,
			c: ring[at | C] as number,
			d: ring[at | D] as number,
		};
	}
}
