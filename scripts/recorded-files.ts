// The files of one recording, as often as they have to be read.
//
//   FILE FILE ...   one text: a line ends with its file
//   -               kept in a file of its own while it is read, because it is read more than once
//
//   begin --> peek at the beginning of each: is it a part of one recording?
//         --> read, read again ...                                             --> end: what was kept is deleted
//
// RF1: a file in which nothing can be understood is refused with a sentence.
// RF2: several files are parts of one recording, in their order: all have one format, and the last line of the last file is
//      damaged where no line feed ends it.
// RF3: memory does not grow with the length of the files.

import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
	type TraceFormat,
	TraceReader,
} from "../kernel/replay/reading/trace-reader";
import { type Input, openInput } from "./input";
import type { Progress } from "./progress";

/** Stands for what comes in. */
export const STDIN = "-";

const LINE_FEED = 10;
const PEEK_BYTES = 1 << 18;

/** What reading needs of its surroundings. */
export interface ReadingSurroundings {
	readonly stdin: Readable;
	readonly progress: Progress;
}

/** Some files that hold one recording. Throws an Error with one sentence for what cannot be one. */
export class RecordedFiles {
	private paths: readonly string[];
	private folder: string | null = null; // of what came from stdin

	constructor(
		readonly names: readonly string[],
		private readonly surroundings: ReadingSurroundings,
	) {
		this.paths = names;
		if (names.length > 1 && names.includes(STDIN))
			throw new Error("- stands for one file, and the only one.");
	}

	/** The first file's path; null for what comes in. */
	get firstPath(): string | null {
		const [first] = this.names;
		return first === undefined || first === STDIN ? null : first;
	}

	/** The recording's name: that of its first file. */
	get title(): string {
		return basename(this.names[0] as string);
	}

	/** Looks at the beginning of every file; the CPUs that they tell of. To be called first. */
	async begin(): Promise<number> {
		await this.keepStdin();
		let cpus = 1;
		let format: TraceFormat | null = null;
		for (const [index, path] of this.paths.entries()) {
			const reader = await this.peek(path, this.names[index] as string);
			format ??= reader.format;
			this.refuseMixture(index, format, reader.format);
			cpus = Math.max(cpus, reader.tally.cpus);
		}
		return cpus;
	}

	/** Hands out all bytes; `what` is done with them. */
	read(what: string, take: (bytes: Uint8Array) => void): Promise<void> {
		const { progress } = this.surroundings;
		return this.readWith(take, (path, { bytesRead, totalBytes }) => {
			progress.report(`${what} ${basename(path)}`, bytesRead, totalBytes);
		});
	}

	/** The same for whoever tells himself how far he is. */
	readSilently(take: (bytes: Uint8Array) => void): Promise<void> {
		return this.readWith(take, () => {});
	}

	private async readWith(
		take: (bytes: Uint8Array) => void,
		tell: (path: string, input: Input) => void,
	): Promise<void> {
		const { stdin } = this.surroundings;
		let last = LINE_FEED;
		for (const path of this.paths) {
			if (last !== LINE_FEED) take(Uint8Array.of(LINE_FEED)); // RF2
			const input = openInput(path, stdin);
			for await (const bytes of input) {
				take(bytes);
				last = bytes.at(-1) ?? last;
				tell(path, input);
			}
		}
	}

	/** Refuses a recording that was read and in which nothing was understood (RF1). */
	refuse(reader: TraceReader): void {
		refuse(reader, this.names);
	}

	/** The files are not needed any more. */
	end(): void {
		const { folder } = this;
		this.folder = null;
		if (folder !== null) rmSync(folder, { recursive: true, force: true });
	}

	/** Reads the beginning of a file; refuses what can be read as a whole and tells nothing. */
	private async peek(path: string, name: string): Promise<TraceReader> {
		const reader = new TraceReader(() => {});
		const input = openInput(path, this.surroundings.stdin);
		let left = PEEK_BYTES;
		for await (const bytes of input) {
			reader.push(bytes);
			left -= bytes.length;
			if (left < 0) return reader;
		}
		reader.finish();
		refuse(reader, [name]);
		return reader;
	}

	/** Refuses a file that is no further part of the same recording (RF2). */
	private refuseMixture(
		index: number,
		wanted: TraceFormat | null,
		found: TraceFormat | null,
	): void {
		if (index === 0 || wanted === null || found === null) return;
		const [first, here] = [this.names[0], this.names[index]];
		if (formOf(found) !== formOf(wanted))
			throw new Error(
				`${here} is of another form (${found}) than ${first} (${wanted}): name parts of one recording.`,
			);
		if (found === "malloclab")
			throw new Error(
				`${here} has a header of its own, as every .rep file: name one file.`,
			);
	}

	private async keepStdin(): Promise<void> {
		if (this.paths[0] !== STDIN) return;
		this.folder = mkdtempSync(join(tmpdir(), "flagstone-"));
		const path = join(this.folder, "stdin");
		await pipeline(this.surroundings.stdin, createWriteStream(path));
		this.paths = [path];
	}
}

/** Lines of ftrace and of trace-cmd are read alike, and without the header of its file one can be taken for the other. */
const formOf = (format: TraceFormat): string =>
	format === "trace-cmd" ? "ftrace" : format;

function refuse(reader: TraceReader, files: readonly string[]): void {
	const { complaint } = reader;
	const name = files.map((file) => (file === STDIN ? "stdin" : file));
	if (complaint !== null) throw new Error(`${name.join(", ")} ${complaint}.`);
}
