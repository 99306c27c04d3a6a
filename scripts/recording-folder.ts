// Recording folders: the texts of a recording on disk.
//
//   FOLDER/meta/dmesg.txt           read as it is
//   FOLDER/snap/a/kpageflags.rle.gz listed and read as snap/a/kpageflags.rle
//   FOLDER/snap/a/vmallocinfo.xz    unpacked beforehand: the engine does not wait for texts
//   FOLDER/trace.txt.xz             the events are no text of the recording: nothing looks into them here
//
// The engine asks for texts by path; here are the files. Gzip is unpacked when a text is asked for; for other compressed files
// the caller brings what unpacks them, and `openRecording` is such a caller.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { Recording } from "../kernel/replay/snapshot/recording";
import type { TextSource } from "../kernel/replay/snapshot/source";
import { openInput } from "./input";

const COMPRESSED = /\.(gz|xz|zst|bz2)$/;
const UNPACKED_BEFOREHAND = /\.(xz|zst)$/;
const BESIDE = ["meta", "snap"]; // folders that tell of the recorded machine
/** What files with events are called: as ftrace gave them, as trace-cmd and perf told them; the first that is there is taken. */
const EVENT_FILES = ["trace.txt", "report.txt", "perf-script.txt"];
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
	const files = filesIn(folder);
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

/**
 * The recording in a folder, whose name is the folder's. Throws an Error with one sentence when there is no such folder;
 * a damaged file is told when its text is asked for.
 */
export async function openRecording(folder: string): Promise<Recording> {
	const unpacked = new Map<string, Uint8Array | Error>();
	for (const [path, file] of filesIn(folder))
		if (UNPACKED_BEFOREHAND.test(file) && path.includes("/"))
			unpacked.set(file, await unpack(file));
	const source = recordingFolder(folder, (file, bytes) => {
		const known = unpacked.get(file);
		if (known instanceof Error) throw known;
		return known ?? gunzip(file, bytes);
	});
	return new Recording(basename(resolve(folder)), source);
}

/** The recording that a file is part of, by what lies beside it; null when nothing does. */
export async function recordingBeside(file: string): Promise<Recording | null> {
	const folder = dirname(resolve(file));
	const isThere = BESIDE.some((name) => isFolder(join(folder, name)));
	return isThere ? openRecording(folder) : null;
}

/** The file with a recording's events. Throws an Error with one sentence when the folder has none that is called so. */
export function eventFile(folder: string): string {
	const files = filesIn(folder);
	const names = EVENT_FILES.filter((name) => files.has(name));
	if (names.length > 0) return files.get(names[0] as string) as string;
	throw new Error(
		`${folder} has none of ${EVENT_FILES.join(", ")}, packed or not: say which file has the events.`,
	);
}

const isFolder = (path: string): boolean =>
	statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** The plain bytes of a file, or what is wrong with it. */
async function unpack(file: string): Promise<Uint8Array | Error> {
	const chunks: Uint8Array[] = [];
	try {
		for await (const chunk of openInput(file, Readable.from([])))
			chunks.push(chunk);
	} catch (error) {
		return error as Error;
	}
	return Buffer.concat(chunks);
}

/** The files in a folder and its subfolders, by the paths that their texts are asked by. */
function filesIn(folder: string): Map<string, string> {
	if (!isFolder(folder)) throw new Error(`There is no folder ${folder}.`);
	const files = new Map<string, string>();
	collect(folder, "", 0, files);
	return files;
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
