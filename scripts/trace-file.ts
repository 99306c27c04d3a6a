// Trace files: the container on disk, packed by zlib.
//
//   TraceWriter --> FileSink --> FILE --> FileSource --> EventReader
//
// A trace is written in place, not beside it: what a killed program had written by then is a trace that opens.
//
// I1: whatever goes wrong with a file becomes an Error with one sentence that names the file.
// I2: a file that was there is emptied when the first bytes come for it: what is refused before leaves it alone.
// I3: a trace that was cut short is read as far as it goes; one that is damaged in its middle only with salvaging.

import {
	closeSync,
	constants,
	existsSync,
	fstatSync,
	ftruncateSync,
	openSync,
	readSync,
	statSync,
} from "node:fs";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Deflate, TraceSink, TraceSource } from "../kernel/trace/file";
import { EventReader, type OpenOptions } from "../kernel/trace/reader";
import { removeOutput, writable, writeAll } from "./output-file";
import { unreadable } from "./unreadable";

const { O_WRONLY, O_CREAT } = constants;

const MAGIC = "FLAGTRC"; // without the version
const LEVEL = 1; // of 9; 6 makes files an eighth smaller and takes three times as long
const SMALL_LEVEL = 9; // of what is packed in a millisecond: all of a short trace
const SMALL_BYTES = 1 << 15;
const MEMORY_LEVEL = 9; // of 9; a little faster

/** Raw deflate by zlib. */
export const ZLIB: Deflate = {
	deflate: (bytes) =>
		deflateRawSync(bytes, {
			level: bytes.length < SMALL_BYTES ? SMALL_LEVEL : LEVEL,
			memLevel: MEMORY_LEVEL,
		}),
	inflate: (bytes) => inflateRawSync(bytes),
};

/** A file that a trace is written to. */
export class FileSink implements TraceSink {
	private readonly file: number;
	private readonly isNew: boolean;
	private isWritten = false;

	/** Opens the file at `path`, or makes it (I2). */
	constructor(private readonly path: string) {
		this.isNew = !existsSync(path);
		this.file = writable(path, () => openSync(path, O_WRONLY | O_CREAT));
	}

	write(bytes: Uint8Array): void {
		writable(this.path, () => {
			if (!this.isWritten) this.empty();
			writeAll(this.file, bytes);
		});
	}

	close(): void {
		closeSync(this.file);
	}

	/** Closes the file and removes it; what was there before it was written to stays. */
	discard(): void {
		this.close();
		if (this.isNew || this.isWritten) removeOutput(this.path);
	}

	private empty(): void {
		if (fstatSync(this.file).isFile()) ftruncateSync(this.file);
		this.isWritten = true;
	}
}

/** A file that a trace is read from. What is appended after it was opened is not seen. */
export class FileSource implements TraceSource {
	readonly size: number;
	private readonly file: number;
	private buffer = new Uint8Array(1 << 16);

	constructor(private readonly path: string) {
		this.file = readable(path, () => openSync(path, "r"));
		const stats = fstatSync(this.file);
		this.size = stats.size;
		if (stats.isFile()) return;
		this.close();
		throw new Error(`${path} cannot be read (it is no file).`);
	}

	read(offset: number, length: number): Uint8Array {
		const wanted = Math.max(0, Math.min(length, this.size - offset));
		if (this.buffer.length < wanted) this.buffer = new Uint8Array(wanted * 2);
		return readable(this.path, () => {
			let filled = 0;
			for (let got = -1; filled < wanted && got !== 0; filled += got)
				got = readSync(
					this.file,
					this.buffer,
					filled,
					wanted - filled,
					offset + filled,
				);
			return this.buffer.subarray(0, filled);
		});
	}

	close(): void {
		closeSync(this.file);
	}
}

/** A trace of which the file is open until it is closed. */
export interface OpenTrace {
	readonly trace: EventReader;
	close(): void;
}

/** Opens the trace at `path`. Throws an Error with one sentence when it cannot be. */
export function openTrace(path: string, options: OpenOptions = {}): OpenTrace {
	const source = new FileSource(path);
	try {
		const trace = EventReader.open(source, ZLIB, options);
		return { trace, close: () => source.close() };
	} catch (error) {
		source.close();
		const { message } = error as Error;
		if (message.startsWith(path)) throw error;
		throw new Error(`${path}: ${message}.`);
	}
}

function readable<T>(path: string, deed: () => T): T {
	try {
		return deed();
	} catch (error) {
		throw new Error(unreadable(path, error));
	}
}

/** Opens a trace of which nothing is missing but its end; with salvaging also one that is damaged before that (I3). */
export function openWhole(path: string, salvage: boolean): OpenTrace {
	const open = openTrace(path, { salvage });
	const { damage, events } = open.trace;
	if (salvage || damage === null) return open;
	const salvaged = openTrace(path, { salvage: true });
	const goesOn = salvaged.trace.events > events || salvaged.trace.end !== null;
	salvaged.close();
	if (!goesOn) return open;
	open.close();
	throw new Error(
		`${path} is damaged at byte ${damage.at} (${damage.why}); --salvage reads what is left of it.`,
	);
}

/** What answers from this trace do not have, in lines; empty when nothing is missing. */
export function lossesOf(
	path: string,
	{ isComplete, damage, end, events, lost, holes }: EventReader,
): string {
	const lines: string[] = [];
	const last = events === 0 ? "no events" : `events 0 to ${events - 1}`;
	if (!isComplete && end === null)
		lines.push(`${path} was cut short: it has ${last}.`);
	else if (damage !== null)
		lines.push(`${path} is damaged at byte ${damage.at}: ${damage.why}.`);
	for (const { first, count } of holes)
		lines.push(`Events ${first} to ${first + count - 1} are missing.`);
	if (lost > 0)
		lines.push(`${lost} events were lost while the trace was recorded.`);
	return lines.map((line) => `${line}\n`).join("");
}

/** True for an Error that is a sentence, and not a bug. */
export const isWords = (error: unknown): error is Error =>
	error instanceof Error && error.constructor === Error;

/** What a trace had to say against a question, as a sentence that names the file; other errors as they are. */
export function inFile(path: string, error: unknown): unknown {
	if (!isWords(error) || error.message.endsWith(".")) return error;
	return new Error(`${path}: ${error.message}.`);
}

/** True for a file that begins like a trace, of whatever version. */
export function isTraceFile(path: string): boolean {
	if (!existsSync(path) || !statSync(path).isFile()) return false;
	const source = new FileSource(path);
	const start = String.fromCharCode(...source.read(0, MAGIC.length));
	source.close();
	return start === MAGIC;
}
