// The large recordings, where this machine has them: beside the checkout, in shared/traces.
//
// They are too large for the fixtures, so tests over all of them are skipped where they are missing.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Recording } from "../../../../kernel/replay/snapshot/recording";
import { gunzip, recordingFolder } from "../../../../scripts/recording-folder";

const ROOT = join(__dirname, "..", "..", "..", "..");
const FOLDER = ["..", join("..", "..")]
	.map((up) => join(ROOT, up, "shared", "traces"))
	.find((folder) => existsSync(folder));
const BYTES_MAX = 2 ** 30;

/** Unpacks gzip here and xz by the program of that name. */
function unpack(path: string, bytes: Uint8Array): Uint8Array {
	if (!path.endsWith(".xz")) return gunzip(path, bytes);
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

const TRACE_FILES = [
	"trace.txt.gz",
	"trace.txt.xz",
	"report-guest.txt.gz",
	"perf-script.txt.gz",
];

/** The bytes of the recording's trace. */
export function traceBytes(name: string): Uint8Array {
	const folder = join(FOLDER as string, name);
	const file = TRACE_FILES.find((each) => existsSync(join(folder, each)));
	const path = join(folder, file as string);
	return unpack(path, readFileSync(path));
}
