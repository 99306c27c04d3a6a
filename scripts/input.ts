// Opens a recorded file, whatever it is compressed with, and hands out its bytes.
//
//   path | -  --open-->  first bytes  --which?-->  1f 8b          gzip
//                                                  fd 37 7a ..    xz
//                                                  28 b5 2f fd    zstd
//                                                  anything else  as it is
//   a trace of this package comes out as the ftrace text of its requests.
//   chunks of plain bytes come out as fast as somebody takes them: the file is read no faster than that.
//
// The name of a file says nothing here, its bytes do. Whatever goes wrong is told in one sentence that names the file.

import { createReadStream, type Stats, statSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ReadableStream } from "node:stream/web";
import * as zlib from "node:zlib";
import { Decompress, ZstdErrorCode } from "fzstd";
import { XzReadableStream } from "xz-decompress";
import { exportTrace } from "../kernel/trace/export";
import { Trace } from "../kernel/trace/trace";
import { isTraceFile, openTrace } from "./trace-file";
import { unreadable } from "./unreadable";

/** How the bytes of a file are packed. */
export type Compression = "none" | "gzip" | "xz" | "zstd";

type Chunks = AsyncIterable<Uint8Array>;

const CHUNK = 1 << 18; // bytes that are read from a file at once
const ZSTD_PIECE = 1 << 14; // bytes that are unpacked at once: a small piece can be a large text
const STDIN = "-";

/** First bytes of each packed form. */
const MAGIC: readonly (readonly [Compression, readonly number[]])[] = [
	["gzip", [0x1f, 0x8b]],
	["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
	["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
];
const MAGIC_MAX = 6; // bytes

/** The source failed, not the unpacker: its text is the sentence to print. */
class UnreadableError extends Error {}

/** The file at `path`, or what comes on `stdin` for "-". Throws an Error with one sentence when there is no such file. */
export function openInput(path: string, stdin: Readable): Input {
	if (path === STDIN) return new Input("stdin", null, stdin);
	if (isTraceFile(path))
		return new Input(path, null, Readable.from(ftraceOf(path)));
	const total = sizeOf(path);
	return new Input(
		path,
		total,
		createReadStream(path, { highWaterMark: CHUNK }),
	);
}

/** The requests in a trace of this package, as a recorded kernel tells them. */
function* ftraceOf(path: string): Generator<Uint8Array> {
	const { trace, close } = openTrace(path);
	try {
		for (const piece of exportTrace(new Trace(trace), "ftrace"))
			yield Buffer.from(piece as string);
	} finally {
		close();
	}
}

/** One file; iterating it, once, gives its plain bytes. */
export class Input implements Chunks {
	/** Bytes of the file that were read so far, packed as they are: with totalBytes, how far the reading is. */
	bytesRead = 0;
	/** How the file is packed; null before the first chunk. */
	compression: Compression | null = null;

	constructor(
		readonly name: string,
		/** Size of the file; null where it cannot be known. */
		readonly totalBytes: number | null,
		private readonly source: Readable,
	) {}

	/** The plain bytes. Throws an Error with one sentence when the file cannot be read or unpacked. */
	async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
		const packed = this.packed();
		try {
			const head = await this.head(packed);
			this.compression = compressionOf(head);
			yield* unpack(this.compression, joined(head, packed));
		} catch (error) {
			if (error instanceof UnreadableError) throw new Error(error.message);
			throw new Error(`${this.name} ${reason(this.compression, error)}.`);
		} finally {
			this.source.destroy();
		}
	}

	/** The bytes as they are in the file. */
	private async *packed(): AsyncGenerator<Uint8Array, void> {
		try {
			for await (const chunk of this.source as AsyncIterable<Uint8Array>) {
				this.bytesRead += chunk.length;
				yield chunk;
			}
		} catch (error) {
			throw new UnreadableError(unreadable(this.name, error));
		}
	}

	/** The beginning of the file: enough bytes to see how it is packed, or all there are. */
	private async head(packed: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
		let head: Uint8Array = new Uint8Array(0);
		while (head.length < MAGIC_MAX) {
			const { value, done } = await packed.next();
			if (done) break;
			head = head.length === 0 ? value : Buffer.concat([head, value]);
		}
		return head;
	}
}

function sizeOf(path: string): number | null {
	const stats = statsOf(path);
	if (stats.isDirectory())
		throw new Error(`${path} is a folder; name a file in it.`);
	return stats.isFile() ? stats.size : null;
}

function statsOf(path: string): Stats {
	try {
		return statSync(path);
	} catch (error) {
		throw new Error(unreadable(path, error));
	}
}

function compressionOf(head: Uint8Array): Compression {
	const found = MAGIC.find(([, magic]) =>
		magic.every((byte, at) => head[at] === byte),
	);
	return found ? found[0] : "none";
}

async function* joined(head: Uint8Array, rest: Chunks): Chunks {
	if (head.length > 0) yield head;
	yield* rest;
}

function unpack(compression: Compression, packed: Chunks): Chunks {
	if (compression === "gzip") return through(zlib.createGunzip(), packed);
	if (compression === "xz") return unpackXz(packed);
	if (compression === "zstd") return unpackZstd(packed);
	return packed;
}

/** Sends the bytes through one of Node's own unpackers. */
async function* through(unpacker: zlib.Gunzip, packed: Chunks): Chunks {
	const feeding = pipeline(packed, unpacker);
	feeding.catch(() => {}); // the iteration below throws the same error
	try {
		yield* unpacker as AsyncIterable<Uint8Array>;
	} finally {
		unpacker.destroy();
	}
}

async function* unpackXz(packed: Chunks): Chunks {
	const chunks = packed[Symbol.asyncIterator]();
	const source = new ReadableStream<Uint8Array>({
		async pull(controller) {
			const { value, done } = await chunks.next();
			if (done) controller.close();
			else controller.enqueue(value);
		},
	});
	const plain: unknown = new XzReadableStream(source as never);
	for await (const chunk of plain as Chunks) if (chunk.length > 0) yield chunk;
}

/** Node has its own unpacker from 22.15 on, which checks the sums too; before, a package does the work. */
function unpackZstd(packed: Chunks): Chunks {
	const { createZstdDecompress } = zlib as {
		createZstdDecompress?: () => zlib.Gunzip;
	};
	return createZstdDecompress
		? through(createZstdDecompress(), packed)
		: unpackZstdHere(packed);
}

async function* unpackZstdHere(packed: Chunks): Chunks {
	const ready: Uint8Array[] = [];
	const unpacker = new Decompress((chunk) => {
		if (chunk.length > 0) ready.push(chunk);
	});
	for await (const chunk of packed)
		for (let at = 0; at < chunk.length; at += ZSTD_PIECE) {
			unpacker.push(Uint8Array.from(chunk.subarray(at, at + ZSTD_PIECE)));
			yield* ready.splice(0);
		}
	unpacker.push(new Uint8Array(0), true);
	yield* ready.splice(0);
}

/** What an unpacker's error means, to be read after the file's name. */
function reason(compression: Compression | null, error: unknown): string {
	const { code, message } = error as { code?: unknown; message?: string };
	if (code === "Z_BUF_ERROR" || code === ZstdErrorCode.UnexpectedEOF)
		return `is cut off: its ${compression} data end too early`;
	if (compression !== "xz") return `holds damaged ${compression} data`;
	if (/code (2|6)$/.test(message ?? ""))
		return "uses a form of xz that cannot be read here; unpack it with `xz -d`";
	return "holds damaged xz data, or is cut off";
}
