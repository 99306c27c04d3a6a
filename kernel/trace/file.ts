// The container: a trace is a magic word and blocks one behind the other, all numbers little endian.
//
//   "FLAGTRC2"   block   block   block ...                        the last character is the version
//
//   block  +------+-------+--------+-----+-------------+---------------+
//          | kind | bytes | events | crc | first (f64) | payload       |       u32 but for `first`
//          +------+-------+--------+-----+-------------+---------------+
//            0      4       8        12    16            24 .. 24 + bytes
//
//   kind  1 header     deflated JSON, first block           first, events: 0
//         2 events     packed and deflated         the number of its first event, and how many it has
//         3 key frame  deflated                    the state before event `first`
//         4 names      deflated JSON, contexts and words    those that are new since the last such block
//         5 end        JSON, what is known when all is over; a file without it was cut short
//         6 summary    deflated JSON, what is in the block of events before it, which has the same number
//
// The sum is over the whole block but for itself: a wrong length or number is noticed like a wrong payload. Blocks of other
// kinds are passed over: a later package may add some without another version.
//
// N1: every event has one number, and blocks of events follow each other by number without a gap.
// N2: a block stands alone: it can be read without any before it but the header.
// N3: a change of any one byte behind the magic word is noticed.

import { crc32 } from "./crc32";
import { TRACE_VERSION, TRACE_VERSION_OLDEST } from "./header";

/** Takes the bytes of a trace, in order. */
export interface TraceSink {
	/** Appends; `bytes` are good only during the call. */
	write(bytes: Uint8Array): void;
}

/** A trace that can be read at any place. */
export interface TraceSource {
	/** Bytes that there are. */
	readonly size: number;
	/** The bytes from `offset` on, fewer than `length` only at the end. They are good until the next call. */
	read(offset: number, length: number): Uint8Array;
}

/** Unpacks a raw deflate stream; throws when it is none. */
export interface Inflate {
	inflate(bytes: Uint8Array): Uint8Array;
}

/** Packs as a raw deflate stream, and unpacks. */
export interface Deflate extends Inflate {
	deflate(bytes: Uint8Array): Uint8Array;
}

export const HEADER_BLOCK = 1;
export const EVENTS_BLOCK = 2;
export const KEY_FRAME_BLOCK = 3;
export const NAMES_BLOCK = 4;
export const END_BLOCK = 5;
export const SUMMARY_BLOCK = 6;

/** Bytes of the magic word. */
export const MAGIC_BYTES = 8;

/** Bytes before the payload of a block. */
export const BLOCK_HEADER_BYTES = 24;

/** Longest payload: what says that it is longer is damaged. */
export const PAYLOAD_MAX = 2 ** 28;

const MAGIC = "FLAGTRC";
const BYTES = 4;
const EVENTS = 8;
const CRC = 12;
const FIRST = 16;

/** What is known when a trace ends. */
export interface TraceEnd {
	/** Events that were lost before they could be written. */
	readonly lost: number;
	/** The clock at the end. */
	readonly cycles: number;
	readonly [more: string]: unknown;
}

/** What a block says of itself. */
export interface BlockHeader {
	readonly kind: number;
	/** Bytes of its payload. */
	readonly bytes: number;
	/** Events in it. */
	readonly events: number;
	/** Number of its first event, or of the first one behind it. */
	readonly first: number;
}

/** A whole block of a file. */
export interface Block extends BlockHeader {
	/** Byte of the file at which it begins. */
	readonly at: number;
	/** Byte behind it. */
	readonly end: number;
	/** Good until the source is read again. */
	readonly payload: Uint8Array;
}

/** The bytes that every trace begins with. */
export function magicBytes(): Uint8Array {
	const text = MAGIC + TRACE_VERSION;
	return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** Why a file that begins with these bytes cannot be read, in one sentence; null when it can. */
export function magicProblem(bytes: Uint8Array): string | null {
	const text = String.fromCharCode(...bytes.subarray(0, MAGIC_BYTES));
	const version = text.slice(MAGIC.length);
	if (!text.startsWith(MAGIC) || !/^[0-9A-Z]$/.test(version))
		return "this is no trace that Flagstone wrote";
	const number = Number.parseInt(version, 36);
	if (number >= TRACE_VERSION_OLDEST && number <= TRACE_VERSION) return null;
	return `trace of version ${version}: this flagstone reads versions ${TRACE_VERSION_OLDEST} to ${TRACE_VERSION}`;
}

/** What goes before the payload of a block. */
export function blockHeader(
	kind: number,
	events: number,
	first: number,
	payload: Uint8Array,
): Uint8Array {
	const bytes = new Uint8Array(BLOCK_HEADER_BYTES);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, kind, true);
	view.setUint32(BYTES, payload.length, true);
	view.setUint32(EVENTS, events, true);
	view.setFloat64(FIRST, first, true);
	view.setUint32(CRC, crc32(payload, crc32(bytes)), true); // while it is 0 itself
	return bytes;
}

/** The block that begins at byte `at`, or the reason why there is no whole one. */
export function blockAt(source: TraceSource, at: number): Block | string {
	if (source.size - at < BLOCK_HEADER_BYTES) return "the file was cut short";
	const bytes = source.read(at, BLOCK_HEADER_BYTES).slice();
	const { header, crc } = readHeader(bytes, 0);
	const start = at + BLOCK_HEADER_BYTES;
	if (header.bytes > source.size - start || header.bytes > PAYLOAD_MAX)
		return "a block was cut short, or its length is damaged";
	const payload = source.read(start, header.bytes);
	if (payload.length < header.bytes) return "the file was cut short";
	bytes.fill(0, CRC, FIRST);
	if (crc32(payload, crc32(bytes)) !== crc)
		return "a block is damaged: its checksum is wrong";
	return { ...header, at, end: start + header.bytes, payload };
}

/** True when what lies at `offset` of `bytes` looks like the begin of a block with at most `room` bytes behind its header. */
export function isPlausible(
	bytes: Uint8Array,
	offset: number,
	room: number,
): boolean {
	const kind = bytes[offset] as number;
	if (kind < HEADER_BLOCK || kind > SUMMARY_BLOCK) return false;
	const { header } = readHeader(bytes, offset);
	return header.kind === kind && header.bytes <= Math.min(room, PAYLOAD_MAX);
}

function readHeader(
	bytes: Uint8Array,
	offset: number,
): { readonly header: BlockHeader; readonly crc: number } {
	const view = new DataView(
		bytes.buffer,
		bytes.byteOffset + offset,
		BLOCK_HEADER_BYTES,
	);
	const header = {
		kind: view.getUint32(0, true),
		bytes: view.getUint32(BYTES, true),
		events: view.getUint32(EVENTS, true),
		first: view.getFloat64(FIRST, true),
	};
	return { header, crc: view.getUint32(CRC, true) };
}
