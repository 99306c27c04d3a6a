// From block to block through a file, past what is damaged.
//
//   magic | block | block | ####### | block | block |
//           visit   visit   ^damage   visit   visit       the last two only when salvaging
//
// Behind damage a block is looked for byte by byte: what looks like the header of one counts if its checksum fits.
//
// S1: every block that is visited is whole.
// S2: without salvaging nothing behind the first damage is visited.
// S3: one block of the file is in memory at a time.

import {
	BLOCK_HEADER_BYTES,
	type Block,
	blockAt,
	isPlausible,
	MAGIC_BYTES,
	type TraceSource,
} from "./file";

const WINDOW = 1 << 16; // bytes that are searched at once

/** Where a file is damaged or cut short, and what is wrong there. */
export interface Damage {
	/** Byte of the file. */
	readonly at: number;
	/** A clause, for a sentence. */
	readonly why: string;
}

/** Visits the blocks of a file in order; `visit` returns what is wrong with one, or null. Returns the first damage. */
export function scanBlocks(
	source: TraceSource,
	isSalvaging: boolean,
	visit: (block: Block) => string | null,
): Damage | null {
	let damage: Damage | null = null;
	let at = MAGIC_BYTES;
	while (at < source.size) {
		const found = blockAt(source, at);
		const why = typeof found === "string" ? found : visit(found);
		if (typeof found !== "string" && why === null) {
			at = found.end;
			continue;
		}
		damage ??= { at, why: why ?? "" };
		if (!isSalvaging) return damage;
		at = typeof found === "string" ? nextWhole(source, at + 1) : found.end;
	}
	return damage;
}

/** The byte from `from` on at which the next whole block begins, or the size of the file when there is none. */
function nextWhole(source: TraceSource, from: number): number {
	const last = source.size - BLOCK_HEADER_BYTES;
	for (let start = from; start <= last; start += WINDOW) {
		const length = Math.min(WINDOW, last - start + 1);
		const bytes = source.read(start, length + BLOCK_HEADER_BYTES - 1).slice();
		for (let offset = 0; offset < length; offset++) {
			const at = start + offset;
			if (!isPlausible(bytes, offset, last - at)) continue;
			if (typeof blockAt(source, at) !== "string") return at;
		}
	}
	return source.size;
}
