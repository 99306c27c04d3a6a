// The flight recorder: what happened, as fixed-size records in rings inside the RAM.
//
//   a ring: 8 words of header, then 2^k records of 8 words
//       +------+------+------+---------- - -+
//       | head | tail | lost |   unused     |     head, tail count records since power-on, modulo 2^32
//       +------+------+------+---------- - -+
//   record, 32 bytes
//       +---------------+------+---------+-----+-----+-----+-----+
//       | cycles (f64)  | what | context |  a  |  b  |  c  |  d  |      what: code | cpu << 16
//       +---------------+------+---------+-----+-----+-----+-----+
//
// Event codes belong to the layer that emits them; of them the recorder knows only `text`, sixteen letters that belong to
// the next other record of the same CPU. It is drained by whoever listens; a ring that nobody drains keeps the newest
// records and counts what it lost.
//
// Where one thread gives all CPUs their turns they share the first ring, so that it holds what happened in the order in
// which it happened: the clocks of two CPUs do not tell. Where CPUs are threads each has a ring of its own.
//
// F1: only the thread that owns a ring moves `head`; only the drain moves `tail`.
// F2: every record was handed out, is waiting or is counted as lost: nothing is lost silently.
// F3: listeners get every record that is drained, whoever drains, and a ring that is half full is drained for them, in
//     the middle of what is being recorded: they may read, and nothing else. While somebody listens nothing is lost.
// F4: a recorder that hands over to another takes its listeners and what nobody has heard yet along, and is not used again.
// Off means that there is no recorder: the engine tests one reference for null.

import type { Cpu, Seated, Turn } from "./cpu";

const HEAD = 0;
const LOST = 2;
const TAIL = 1;
const HEADER_WORDS = 8;
const RECORD_WORDS = 8;
const RECORD_SHIFT = 3; // from a record's number to its first word
const WHAT = 2;
const CPU_SHIFT = 16; // from the code of a record to its CPU
const LETTERS = 16; // in one record of text
const CONTEXT = 3;
const A = 4;
const B = 5;
const C = 6;
const D = 7;

/** Bytes of a ring of `records` records. */
export const ringBytes = (records: number): number =>
	(HEADER_WORDS + records * RECORD_WORDS) * 4;

/** Sixteen Latin-1 letters, four in each word, the first in the lowest byte; zeros behind the end. */
export const EV_TEXT = 64;

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

/** Gets the records of a drain, without an object for each. */
export type RecordVisitor = (
	cycles: number,
	code: number,
	cpu: number,
	context: number,
	a: number,
	b: number,
	c: number,
	d: number,
) => void;

/** Rings of one machine. */
export class Recorder implements Seated {
	private readonly mask: number;
	private halfMask: number; // 0 when listeners are to hear each record at once
	private readonly listeners: RecordVisitor[] = [];
	private readonly doubles: Float64Array[];
	private ring: Int32Array; // of the CPU whose turn it is
	private stamps: Float64Array; // the same ring as doubles
	private cpu: Cpu;

	/**
	 * `rings[n]` is CPU n's ring: a view of `ringBytes(records)` bytes; `records` is a power of two. `takesTurns` when one
	 * thread gives all CPUs their turns: then they share the first ring.
	 */
	constructor(
		private readonly turn: Turn,
		private readonly rings: readonly Int32Array[],
		records: number,
		private readonly takesTurns = true,
	) {
		this.mask = records - 1;
		this.halfMask = records / 2 - 1;
		this.doubles = rings.map(
			(ring) => new Float64Array(ring.buffer, ring.byteOffset, ring.length / 2),
		);
		this.ring = rings[0] as Int32Array;
		this.stamps = this.doubles[0] as Float64Array;
		this.cpu = turn.cpu;
		turn.follow(this);
	}

	/** Number of the ring in which CPU `id` records. */
	ringOf(id: number): number {
		return this.takesTurns ? 0 : id;
	}

	/**
	 * Lets `listener` hear everything from now on (F3), beside those who listen already. An eager one hears each record as
	 * it is written, and may end what is going on by throwing.
	 */
	listen(listener: RecordVisitor, isEager = false): void {
		this.flush();
		if (isEager) this.halfMask = 0;
		this.listeners.push(listener);
	}

	/** Nobody listens any more. What was recorded so far is heard first. */
	hush(): void {
		this.flush();
		this.listeners.length = 0;
	}

	/** Another recorder goes on from here (F4); what does not fit into its first ring is lost, oldest first, and counted there. */
	handOver(to: Recorder): void {
		for (const listener of this.listeners)
			to.listen(listener, this.halfMask === 0);
		for (let id = 0; id < this.rings.length; id++) {
			const isHeard = this.listeners.length > 0;
			const visit: RecordVisitor = isHeard
				? IGNORE
				: (...record) => to.append(...record);
			to.addLost(this.drainWords(id, visit));
		}
		this.listeners.length = 0;
		this.turn.leave(this);
	}

	sit(_area: Int32Array, cpu: Cpu): void {
		const ring = this.ringOf(cpu.id);
		this.cpu = cpu;
		this.ring = this.rings[ring] as Int32Array;
		this.stamps = this.doubles[ring] as Float64Array;
	}

	/** Writes one record to this CPU's ring. */
	emit(code: number, a: number, b: number, c: number, d: number): void {
		const cpu = this.cpu;
		const ring = this.ring;
		const head = ring[HEAD] as number;
		const at = HEADER_WORDS + ((head & this.mask) << RECORD_SHIFT);
		this.stamps[at >>> 1] = cpu.stamp;
		ring[at | WHAT] = code | (cpu.id << CPU_SHIFT);
		ring[at | CONTEXT] = cpu.context;
		ring[at | A] = a;
		ring[at | B] = b;
		ring[at | C] = c;
		ring[at | D] = d;
		ring[HEAD] = head + 1;
		if ((head & this.halfMask) === 0 && this.listeners.length > 0)
			this.relieve();
	}

	/** Writes a text in front of the record that it belongs to; other letters than those of Latin-1 become `?`. */
	emitText(text: string): void {
		for (let from = 0; from < text.length; from += LETTERS)
			this.emit(
				EV_TEXT,
				lettersAt(text, from),
				lettersAt(text, from + 4),
				lettersAt(text, from + 8),
				lettersAt(text, from + 12),
			);
	}

	/**
	 * Hands out what ring `id` got since the last drain, oldest first; returns how many records were lost before them.
	 * Each CPU's is `ringOf` its number.
	 */
	drain(id: number, visit: (event: RecordedEvent) => void): number {
		return this.drainWords(id, (cycles, code, cpu, context, a, b, c, d) => {
			visit({ cycles, cpu, code, context, a, b, c, d });
		});
	}

	/** Drains every ring for the listeners. */
	flush(): void {
		for (let id = 0; id < this.rings.length; id++) this.drainWords(id, IGNORE);
	}

	/** As `drain`, for those who take millions. */
	drainWords(id: number, visit: RecordVisitor): number {
		const ring = this.rings[id] as Int32Array;
		const stamps = this.doubles[id] as Float64Array;
		const head = (ring[HEAD] as number) >>> 0;
		let tail = (ring[TAIL] as number) >>> 0;
		const lost = this.overrun(ring);
		tail = (tail + lost) >>> 0;
		ring[LOST] = (ring[LOST] as number) + lost;
		const { listeners } = this;
		for (; tail !== head; tail = (tail + 1) >>> 0) {
			const at = HEADER_WORDS + ((tail & this.mask) << RECORD_SHIFT);
			const what = ring[at | WHAT] as number;
			const cycles = stamps[at >>> 1] as number;
			const code = what & 0xffff;
			const cpu = what >>> CPU_SHIFT;
			const context = ring[at | CONTEXT] as number;
			const a = ring[at | A] as number;
			const b = ring[at | B] as number;
			const c = ring[at | C] as number;
			const d = ring[at | D] as number;
			for (let i = 0; i < listeners.length; i++)
				(listeners[i] as RecordVisitor)(cycles, code, cpu, context, a, b, c, d);
			if (visit !== IGNORE) visit(cycles, code, cpu, context, a, b, c, d);
		}
		ring[TAIL] = head;
		return lost;
	}

	/** Records that ring `id` lost since power-on, those that the next drain will miss included. */
	lost(id: number): number {
		const ring = this.rings[id] as Int32Array;
		return (ring[LOST] as number) + this.overrun(ring);
	}

	/** Writes a record that another recorder took down. */
	private append(
		cycles: number,
		code: number,
		cpu: number,
		context: number,
		...words: readonly [number, number, number, number]
	): void {
		const { ring } = this;
		const head = ring[HEAD] as number;
		const at = HEADER_WORDS + ((head & this.mask) << RECORD_SHIFT);
		this.stamps[at >>> 1] = cycles;
		ring.set([code | (cpu << CPU_SHIFT), context, ...words], at | WHAT);
		ring[HEAD] = head + 1;
	}

	private addLost(records: number): void {
		(this.ring[LOST] as number) += records;
	}

	/** Drains this CPU's ring when half of it waits. */
	private relieve(): void {
		const { ring } = this;
		const waiting = ((ring[HEAD] as number) - (ring[TAIL] as number)) >>> 0;
		if (waiting > this.halfMask)
			this.drainWords(this.rings.indexOf(ring), IGNORE);
	}

	/** Records that were overwritten since the last drain. */
	private overrun(ring: Int32Array): number {
		const waiting = ((ring[HEAD] as number) - (ring[TAIL] as number)) >>> 0;
		return Math.max(0, waiting - (this.mask + 1));
	}
}

/** A visitor for drains that nobody but the listeners wants. */
const IGNORE: RecordVisitor = () => {};

/** Four letters of a text as one word. */
function lettersAt(text: string, from: number): number {
	let word = 0;
	for (let i = 0; i < 4 && from + i < text.length; i++) {
		const code = text.charCodeAt(from + i);
		word |= (code < 256 ? code : 63) << (i * 8);
	}
	return word;
}

/** The letters of one record of text. */
export function textOf(a: number, b: number, c: number, d: number): string {
	let text = "";
	for (const word of [a, b, c, d])
		for (let shift = 0; shift < 32; shift += 8) {
			const code = (word >>> shift) & 255;
			if (code !== 0) text += String.fromCharCode(code);
		}
	return text;
}
