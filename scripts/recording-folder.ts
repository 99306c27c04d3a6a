// Recording folders: the texts of a recording on disk.
//
//   FOLDER/meta/dmesg.txt           read as it is
//   FOLDER/snap/a/kpageflags.rle.gz listed and read as snap/a/kpageflags.rle
//
// The engine asks for texts by path; here are the files. Only gzip is known here; for other compressed files the caller
// brings what unpacks them.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { TextSource } from "../kernel/replay/snapshot/source";

const COMPRESSED = /\.(gz|xz|zst|bz2)$/;
const FILES_MAX = 100_000; // more is no recording but somebody's disk
const DEPTH_MAX = 4; // FOLDER/snap/a/file

/** Unpacks the bytes of the compressed file at `path`. */
export type Decompress = (path: string, bytes: Uint8Array) => Uint8Array;

/** Unpacks gzip. Throws an Error with one sentence for everything else. */
export function gunzip(path: string, bytes: Uint8Array): Uint8Array {
	if (!path.endsWith(".gz"))
		throw new Error(
			`${path} is compressed in a way that is not known here: unpack it first, or compress it with gzip.`,
		);
	try {
		return gunzipSync(bytes);
	} catch {
		throw new Error(`${path} is damaged: it cannot be unpacked.`);
	}
}

/** The texts in a folder and its subfolders. Throws an Error with one sentence when there is no such folder. */
export function recordingFolder(
	folder: string,
	decompress: Decompress = gunzip,
): TextSource {
	if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
		throw new Error(`There is no folder ${folder}.`);
	const files = new Map<string, string>();
	collect(folder, "", 0, files);
	const texts = new Map<string, string>();
	const read = (path: string, file: string): string => {
		const bytes = readFileSync(file);
		const isPacked = COMPRESSED.test(file);
		const text = Buffer.from(isPacked ? decompress(file, bytes) : bytes);
		texts.set(path, text.toString("utf8"));
		return texts.get(path) as string;
	};
	return {
		text: (path) => {
			const file = files.get(path);
			return texts.get(path) ?? (file === undefined ? file : read(path, file));
		},
		list: (prefix) =>
			[...files.keys()].filter((path) => path.startsWith(prefix)),
	};
}

/** Enters the files below a folder under the paths they are asked by; of a file and its packed form, the file. */
function collect(
	folder: string,
	prefix: string,
	depth: number,
	files: Map<string, string>,
): void {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const file = join(folder, entry.name);
		if (entry.isDirectory()) {
			if (depth < DEPTH_MAX)
				collect(file, `${prefix}${entry.name}/`, depth + 1, files);
			continue;
		}
		const path = prefix + entry.name.replace(COMPRESSED, "");
		if (!files.has(path) || !COMPRESSED.test(entry.name)) files.set(path, file);
		if (files.size > FILES_MAX)
			throw new Error(
				`The folder ${folder} has too many files for a recording.`,
			);
	}
}
