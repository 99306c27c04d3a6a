// Output files: written whole or not at all.
//
//   text, pieces --> FILE.part --rename--> FILE              a file, also behind a link
//   text, pieces ----------------------> DEVICE, PIPE        what is no file is written to, never replaced
//
// A reader never meets half a file, and a failure leaves nothing behind.
//
// OF1: what is at a path and no file (a device, a pipe, a folder) is still there afterwards.
// OF2: a file that is being read is not written to: refuseInput() says so before anything is.

import {
	closeSync,
	openSync,
	realpathSync,
	renameSync,
	rmSync,
	type Stats,
	statSync,
	writeSync,
} from "node:fs";

/** What is written at once. */
export type OutputPiece = string | Uint8Array;

/** Writes `text`, or pieces one by one, to the file at `path`, replacing what was there. Throws an Error with one sentence when it cannot. */
export function writeOutput(
	path: string,
	text: string | Iterable<OutputPiece>,
): void {
	const pieces = typeof text === "string" ? [text] : text;
	if (isOther(path)) {
		writePieces(path, path, pieces);
		return;
	}
	const target = behindLinks(path);
	const part = `${target}.part`;
	try {
		writePieces(path, part, pieces);
		writable(path, () => renameSync(part, target));
	} catch (error) {
		rmSync(part, { force: true });
		throw error;
	}
}

/** Removes the file at `path`, if it is one (OF1). */
export function removeOutput(path: string): void {
	if (!isOther(path)) rmSync(path, { force: true });
}

/** Throws an Error with one sentence when the output would overwrite one of the inputs (OF2). */
export function refuseInput(output: string, inputs: readonly string[]): void {
	const target = statsOf(output);
	if (target === null || !target.isFile()) return;
	for (const input of inputs) {
		const source = statsOf(input);
		if (source?.ino === target.ino && source.dev === target.dev)
			throw new Error(
				`${output} is what is being read: name another file for the output.`,
			);
	}
}

/** Writes all bytes; a disk takes fewer than it is given when it is nearly full. */
export function writeAll(file: number, bytes: Uint8Array): void {
	for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** What `deed` returns; what the file system has against it becomes one sentence that names the file. */
export function writable<T>(path: string, deed: () => T): T {
	try {
		return deed();
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === undefined) throw error;
		const name = path === "" ? "An output without a name" : path;
		throw new Error(`${name} cannot be written (${code}).`);
	}
}

function writePieces(
	path: string,
	to: string,
	pieces: Iterable<OutputPiece>,
): void {
	const file = writable(path, () => openSync(to, "w"));
	try {
		for (const piece of pieces)
			writable(path, () => writeAll(file, Buffer.from(piece as string)));
	} finally {
		closeSync(file);
	}
}

/** True for what exists and is no file. */
const isOther = (path: string): boolean => statsOf(path)?.isFile() === false;

const behindLinks = (path: string): string =>
	statsOf(path) === null ? path : realpathSync(path);

const statsOf = (path: string): Stats | null =>
	statSync(path, { throwIfNoEntry: false }) ?? null;
