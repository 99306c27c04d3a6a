// The large recordings, where this machine has them: beside the checkout, in shared/traces.
//
// They are too large for the fixtures, so tests over all of them are skipped where they are missing.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Recording } from "../../../../kernel/replay/snapshot/recording";
import { gunzip, recordingFolder } from "../../../../scripts/recording-folder";

const ROOT = join(__dirname, "..", "..", "..", "..");
const FOLDER = ["..", join("..", "..")]
	.map((up) => join(ROOT, up, "shared", "traces"))
	.find((folder) => existsSync(folder));
const BYTES_MAX = 2 ** 30;

/** Gives back the RAM of machines that earlier tests booted: with too much of it a process cannot start another. */
function collectGarbage(): void {
	setFlagsFromString("--expose-gc");
	(runInNewContext("gc") as () => void)();
}

/** Unpacks gzip here and xz by the program of that name. */
function unpack(path: string, bytes: Uint8Array): Uint8Array {
	if (!path.endsWith(".xz")) return gunzip(path, bytes);
	collectGarbage();
	const { stdout, status } = spawnSync("xz", ["-dc"], {
		input: bytes,
		maxBuffer: BYTES_MAX,
	});
	if (status !== 0)
		throw new Error(`${path} is damaged: it cannot be unpacked.`);
	return stdout;
}

const hasXz = spawnSync("xz", ["--version"]).status === 0;

/** Names of the large recordings that can be read here; none where they are missing. */
export const traceNames = (): string[] =>
	FOLDER === undefined
		? []
		: readdirSync(FOLDER)
				.filter((name) => existsSync(join(FOLDER, name, "snap")))
				.filter(
					(name) => hasXz || !existsSync(join(FOLDER, name, "trace.txt.xz")),
				)
				.sort();

/** The large recording called `name`, one of `traceNames()`. */
export const traceRecording = (name: string): Recording =>
	new Recording(name, recordingFolder(join(FOLDER as string, name), unpack));

const TRACE_FILES = ["trace.txt", "report-guest.txt", "perf-script.txt"];

/** The bytes of the recording's trace, whatever its file is called. */
export function mainTrace(name: string): Uint8Array {
	const folder = join(FOLDER as string, name);
	const files = readdirSync(folder);
	const file = TRACE_FILES.find((each) =>
		files.some((found) => found.startsWith(`${each}.`)),
	);
	return traceBytes(name, file as string);
}

/** The bytes of a file of the large recording called `name`, unpacked; `file` without the ending of its packing. */
export function traceBytes(name: string, file: string): Uint8Array {
	const path = ["", ".gz", ".xz"]
		.map((ending) => join(FOLDER as string, name, file + ending))
		.find((it) => existsSync(it));
	if (path === undefined) throw new Error(`${name} has no ${file}.`);
	const bytes = readFileSync(path);
	return path.endsWith(file) ? bytes : unpack(path, bytes);
}
