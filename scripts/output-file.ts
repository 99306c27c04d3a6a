// Output files: written whole or not at all.
//
//   text --> FILE.part --rename--> FILE
//
// A reader never meets half a file, and a failure leaves nothing behind.

import { renameSync, rmSync, writeFileSync } from "node:fs";

/** Writes `text` to the file at `path`, replacing what was there. Throws an Error with one sentence when it cannot. */
export function writeOutput(path: string, text: string): void {
	const part = `${path}.part`;
	try {
		writeFileSync(part, text);
		renameSync(part, path);
	} catch (error) {
		rmSync(part, { force: true });
		const { code } = error as NodeJS.ErrnoException;
		throw new Error(`${path} cannot be written (${code ?? String(error)}).`);
	}
}
