// The kernel log: what the kernel has to say, kept in a ring in its own memory.
//
//   word   0      1       2      3          4         5                    16 ...
//       +------+-------+------+----------+---------+---------------+------+--------------------------------+
//       | lock | first | next | firstNum | nextNum | console level | ...  | ring of records                |
//       +------+-------+------+----------+---------+---------------+------+--------------------------------+
//                 |       `---- byte of the ring where the next record goes, and its number
//                 `------------ byte of the oldest record, and its number
//   record word 0       1                       2 .. 3           4 ...
//       +-------+-----------------------+------------------+------------------------+
//       | bytes | level, text length    | cycles, 64 bits  | text, padded to 8      |     bytes 0: go on at byte 0
//       +-------+-----------------------+------------------+------------------------+
//
// A record that does not fit behind the last one pushes the oldest out. A zeroed region is an empty log whose console is
// silent, so nothing needs to be set up before the first line but the console's level.
//
// K1: records lie from `first` on, each whole: none wraps around the end of the ring.
// K2: numbers rise by one a record for ever; a reader that was overtaken learns how many it missed.
// K3: the log's lock is the innermost: a line may be printed under any other lock, and nothing is taken under this one.
//
// Linux 6.1 has a ring without locks, so that lines can be printed from any interrupt; the layout here is that of the ring
// it had before. [kernel/printk/printk.c log_store, record_print_text; kernel/printk/printk_ringbuffer.c]

import { CYCLES_PER_SECOND } from "../hw/costs";
import type { Turn } from "../hw/cpu";
import type { Locks } from "../hw/lock";
import type { PhysicalMemory } from "../hw/memory";
import { assert } from "../hw/panic";
import type { PhysAddr } from "../hw/units";
import type { Witness } from "./witness";

const LOCK = 0;
const FIRST = 1;
const NEXT = 2;
const FIRST_NUMBER = 3;
const NEXT_NUMBER = 4;
const CONSOLE_LEVEL = 5;
const HEADER_BYTES = 64;

const RECORD_BYTES = 16; // of a record, before its text
const TEXT_BYTES_MAX = 1024;
const RING_BYTES_MIN = 256;
const CYCLES_PER_MICROSECOND = CYCLES_PER_SECOND / 1_000_000;

/** How grave a line is; smaller is graver. */
export const KERN_EMERG = 0;
export const KERN_ALERT = 1;
export const KERN_CRIT = 2;
export const KERN_ERR = 3;
export const KERN_WARNING = 4;
export const KERN_NOTICE = 5;
export const KERN_INFO = 6;
export const KERN_DEBUG = 7;

/** Console level of a normal boot: all but debugging goes to the console. */
export const CONSOLE_LEVEL_DEFAULT = 7;
/** Bytes of the log that a kernel has by default (CONFIG_LOG_BUF_SHIFT 17). */
export const LOG_BYTES_DEFAULT = 128 * 1024;

/** One record, read. */
export interface LogRecord {
	/** Records printed before this one since power-on. */
	readonly number: number;
	/** KERN_ level. */
	readonly level: number;
	/** Simulated time of the CPU that printed it. */
	readonly cycles: number;
	/** May hold several lines. */
	readonly text: string;
}

/** A record as dmesg shows it: every line of the text behind `[    0.000000] `. */
export function recordText(record: LogRecord): string {
	const microseconds = Math.floor(record.cycles / CYCLES_PER_MICROSECOND);
	const seconds = Math.floor(microseconds / 1_000_000);
	const rest = String(microseconds % 1_000_000).padStart(6, "0");
	const stamp = `[${String(seconds).padStart(5)}.${rest}] `;
	return record.text
		.split("\n")
		.map((line) => stamp + line)
		.join("\n");
}

/** The log in `bytes` bytes of memory from `base` on, shared by all CPUs. */
export class KernelLog {
	private readonly words: Int32Array;
	private readonly ring: Int32Array;
	private readonly ringBytes: number;
	private readonly letters: Uint8Array; // the ring, byte by byte
	private listener: (record: LogRecord) => void = () => {};
	/** Hears every line; null while there is nobody to tell it to. */
	witness: Pick<Witness, "log"> | null = null;

	constructor(
		memory: PhysicalMemory,
		private readonly locks: Locks,
		private readonly turn: Turn,
		base: PhysAddr,
		bytes: number,
	) {
		this.ringBytes = (bytes - HEADER_BYTES) & ~7;
		assert(this.ringBytes >= RING_BYTES_MIN, "printk: log region too small");
		const ring = (base + HEADER_BYTES) as PhysAddr;
		this.words = memory.wordsAt(base, HEADER_BYTES / 4);
		this.ring = memory.wordsAt(ring, this.ringBytes / 4);
		this.letters = memory.bytesAt(ring, this.ringBytes);
	}

	/** Records with a level below this one go to the console. */
	get consoleLevel(): number {
		return this.words[CONSOLE_LEVEL] as number;
	}
	setConsoleLevel(level: number): void {
		this.words[CONSOLE_LEVEL] = level;
	}

	/** Who sees lines as they are printed; one at a time, for this host thread only. */
	attachConsole(listener: (record: LogRecord) => void): void {
		this.listener = listener;
	}

	/** Appends a record, stamped with this CPU's time. Text beyond a kilobyte is cut; characters outside Latin-1 become `?`. */
	print(level: number, text: string): void {
		this.locks.lock(this.words, LOCK);
		const record = this.append(level, this.turn.cpu.cycles, text);
		this.locks.unlock(this.words, LOCK);
		this.witness?.log(level, record.text);
		if (level < this.consoleLevel) this.listener(record);
	}
	error(text: string): void {
		this.print(KERN_ERR, text);
	}
	warn(text: string): void {
		this.print(KERN_WARNING, text);
	}
	notice(text: string): void {
		this.print(KERN_NOTICE, text);
	}
	info(text: string): void {
		this.print(KERN_INFO, text);
	}

	/** A cursor that begins at the oldest record that is still there. */
	reader(): LogReader {
		return new LogReader(this);
	}

	/** The whole log as `dmesg` prints it, each line with its newline. */
	text(): string {
		let text = "";
		const reader = this.reader();
		for (let at = reader.read(); at; at = reader.read())
			text += `${recordText(at)}\n`;
		return text;
	}

	/** For readers: the record that follows `cursor`, which is moved behind it; null at the end. */
	readAt(cursor: LogCursor): LogRecord | null {
		this.locks.lock(this.words, LOCK);
		const record = this.readLocked(cursor);
		this.locks.unlock(this.words, LOCK);
		return record;
	}

	private readLocked(cursor: LogCursor): LogRecord | null {
		const oldest = this.words[FIRST_NUMBER] as number;
		if (cursor.number < oldest) {
			cursor.missed += oldest - cursor.number;
			cursor.number = oldest;
			cursor.at = this.words[FIRST] as number;
		}
		if (cursor.number === this.words[NEXT_NUMBER]) return null;
		const at = this.normalise(cursor.at);
		const record = this.recordAt(at, cursor.number);
		cursor.at = at + this.bytesOf(at);
		cursor.number++;
		return record;
	}

	private append(level: number, cycles: number, text: string): LogRecord {
		const length = Math.min(text.length, TEXT_BYTES_MAX, this.ringBytes >>> 2);
		const bytes = RECORD_BYTES + ((length + 7) & ~7);
		const at = this.makeRoom(bytes);
		const word = at >>> 2;
		this.ring[word] = bytes;
		this.ring[word + 1] = (length << 8) | level;
		this.ring[word + 2] = cycles;
		this.ring[word + 3] = cycles / 2 ** 32;
		for (let i = 0; i < length; i++)
			this.letters[at + RECORD_BYTES + i] = latin1(text.charCodeAt(i));
		const number = this.words[NEXT_NUMBER] as number;
		this.words[NEXT] = at + bytes;
		this.words[NEXT_NUMBER] = number + 1;
		return this.recordAt(at, number);
	}

	/** Byte where `bytes` bytes are free in one piece, old records pushed out for it. */
	private makeRoom(bytes: number): number {
		while (!this.hasRoom(bytes)) this.dropOldest();
		let at = this.words[NEXT] as number;
		if (at + bytes > this.ringBytes) {
			if (at < this.ringBytes) this.ring[at >>> 2] = 0; // go on at byte 0
			at = 0;
		}
		if (this.isEmpty) this.words[FIRST] = at;
		return at;
	}

	private hasRoom(bytes: number): boolean {
		if (this.isEmpty) return true;
		const first = this.words[FIRST] as number;
		const next = this.words[NEXT] as number;
		if (next <= first) return next + bytes <= first;
		return next + bytes <= this.ringBytes || bytes <= first;
	}

	private dropOldest(): void {
		const at = this.words[FIRST] as number;
		const next = at + this.bytesOf(at);
		this.words[FIRST_NUMBER] = (this.words[FIRST_NUMBER] as number) + 1;
		this.words[FIRST] = this.isEmpty ? next : this.normalise(next);
	}

	private get isEmpty(): boolean {
		return this.words[FIRST_NUMBER] === this.words[NEXT_NUMBER];
	}

	private bytesOf(at: number): number {
		return this.ring[at >>> 2] as number;
	}

	/** Where the record that follows byte `at` really is (K1). */
	private normalise(at: number): number {
		return at >= this.ringBytes || this.bytesOf(at) === 0 ? 0 : at;
	}

	private recordAt(at: number, number: number): LogRecord {
		const word = at >>> 2;
		const info = this.ring[word + 1] as number;
		const low = (this.ring[word + 2] as number) >>> 0;
		const start = at + RECORD_BYTES;
		let text = "";
		for (const code of this.letters.subarray(start, start + (info >>> 8)))
			text += String.fromCharCode(code);
		return {
			number,
			level: info & 0xff,
			cycles: (this.ring[word + 3] as number) * 2 ** 32 + low,
			text,
		};
	}
}

/** A place in the log. */
export interface LogCursor {
	/** Byte of the ring; valid while the record of that number is there. */
	at: number;
	/** Number of the record to read next. */
	number: number;
	/** Records that were pushed out before they were read. */
	missed: number;
}

/** Reads the log record by record, at its own pace. */
export class LogReader {
	private readonly cursor: LogCursor = { at: 0, number: 0, missed: 0 };

	constructor(private readonly log: KernelLog) {}

	/** The next record; null when all have been read. */
	read(): LogRecord | null {
		return this.log.readAt(this.cursor);
	}

	/** Records that this reader was too slow for (K2); for a new reader, those gone before it came. */
	get missed(): number {
		return this.cursor.missed;
	}
}

const latin1 = (code: number): number => (code < 256 ? code : 63);
