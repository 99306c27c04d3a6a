// The text of a recording for the benchmark: a boot of Debian as ftrace told it, in the pieces in which files are read.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { packageRoot } from "../../package-root";

const FILE = "tests/fixtures/recordings/m1-boot-256m/trace.txt.gz";
const PIECE = 1 << 18; // bytes

/** Pieces of the text. Throws a sentence where the package has no recordings. */
export function recordedText(): readonly Uint8Array[] {
	const path = join(packageRoot(), FILE);
	if (!existsSync(path)) throw new Error("a checkout has the recording");
	const text = gunzipSync(readFileSync(path));
	const pieces: Uint8Array[] = [];
	for (let at = 0; at < text.length; at += PIECE)
		pieces.push(text.subarray(at, at + PIECE));
	return pieces;
}
