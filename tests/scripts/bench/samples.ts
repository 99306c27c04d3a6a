// What the tests of the benchmark share: op files, and series made up.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Series } from "../../../scripts/bench/report";
import {
	BATCH,
	OPS,
	PAIR,
	REPLACEMENT,
	streamWords,
} from "../../../scripts/bench/streams";

/** A stream of three objects. */
export const FEW_OPS = streamWords(OPS, 3, 1, 0, [64, 900, -2, 8, -2, -1]);

/** A short stream of each shape. */
export const EACH_SHAPE = [
	streamWords(PAIR, 1, 3, 64),
	streamWords(BATCH, 2, 3, 64),
	streamWords(REPLACEMENT, 2, 1, 0, [8, 16, 1, 24, 1, 4000]),
	FEW_OPS,
];

/** Gives `work` a folder that is gone afterwards. */
export async function withFolder(
	work: (folder: string) => unknown,
): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "flagstone-test-"));
	try {
		await work(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Gives `work` the path of a file with a stream. */
export function withOps(
	ops: Int32Array,
	work: (path: string) => unknown,
): Promise<void> {
	return withFolder((folder) => {
		const path = join(folder, "test.ops");
		writeFileSync(path, ops);
		return work(path);
	});
}

/** One contestant's series with one sample, or none. */
export const seriesOf = (who: string, sample?: number): Series => ({
	section: "demo",
	stream: "demo",
	who,
	unit: "ns",
	samples: sample === undefined ? [] : [sample],
	note: "",
});
