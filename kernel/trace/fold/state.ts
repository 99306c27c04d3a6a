// Key frames: the state of a fold as bytes, and back.
//
//   +-------------+----------------+- - for each column - - - - - - - - - - - - - - - - - - - - -+
//   | JSON bytes  | JSON           | entries | which runs of 64 entries follow | these runs    |
//   +-------------+----------------+- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -+
//
// Runs that are all zero are left out, so the bytes grow with what the machine uses and not with what it has.
//
// KF1: what was saved and loaded again is equal, column by column.
// KF2: a key frame is loaded into a fold of the same machine; another size is an error, not a guess.
// KF3: plain data have the shape of the sample they are checked against: what else a file says is an error before it is used.

import { jsonBytes, jsonOf } from "../json-bytes";

/** Typed arrays, in an order that save and load agree about. */
export type StateColumns = (
	| Int32Array
	| Uint32Array
	| Uint16Array
	| Uint8Array
	| Float64Array
)[];

const RUN = 64;

/** Plain data and columns as bytes. */
export function packState(plain: unknown, columns: StateColumns): Uint8Array {
	const parts: Uint8Array[] = [];
	const text = jsonBytes(plain);
	parts.push(word(text.length), text);
	for (const column of columns) packColumn(column, parts);
	return joined(parts);
}

/** The plain data of a key frame; the columns are filled from it. `columns` is asked once the plain data are known. */
export function unpackState<Plain>(
	bytes: Uint8Array,
	columns: (plain: Plain) => StateColumns,
): Plain {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const length = bytes.length < 4 ? 0 : view.getUint32(0, true);
	const plain = jsonOf(bytes.subarray(4, 4 + length)) as Plain;
	let at = 4 + length;
	for (const column of columns(plain)) at = unpackColumn(column, bytes, at);
	return plain;
}

/** Whether plain data have every field of a sample, with values of the same types; lists all of whose entries are like the one of the sample (KF3). */
export function hasShape(value: unknown, sample: unknown): boolean {
	if (typeof sample === "number") return Number.isSafeInteger(value);
	if (Array.isArray(sample))
		return (
			Array.isArray(value) &&
			(sample.length === 0 || value.every((each) => hasShape(each, sample[0])))
		);
	if (typeof sample !== "object" || sample === null)
		return typeof value === typeof sample;
	return (
		typeof value === "object" &&
		value !== null &&
		Object.entries(sample).every(([name, of]) =>
			hasShape((value as Record<string, unknown>)[name], of),
		)
	);
}

function packColumn(column: StateColumns[number], parts: Uint8Array[]): void {
	const runs = Math.ceil(column.length / RUN);
	const used = new Uint8Array(runs);
	const kept: Uint8Array[] = [];
	for (let run = 0; run < runs; run++) {
		const part = column.subarray(run * RUN, (run + 1) * RUN);
		if (!hasContent(part)) continue;
		used[run] = 1;
		kept.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
	}
	parts.push(word(column.length), used, ...kept);
}

function unpackColumn(
	column: StateColumns[number],
	bytes: Uint8Array,
	start: number,
): number {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (start + 4 > bytes.length) throw new Error("it ends too soon");
	if (view.getUint32(start, true) !== column.length)
		throw new Error("the key frame is of another machine than the trace");
	const runs = Math.ceil(column.length / RUN);
	const used = bytes.subarray(start + 4, start + 4 + runs);
	let at = start + 4 + runs;
	column.fill(0);
	for (let run = 0; run < runs; run++) {
		if (used[run] === 0) continue;
		const part = column.subarray(run * RUN, (run + 1) * RUN);
		const found = bytes.subarray(at, at + part.byteLength);
		if (found.length < part.byteLength) throw new Error("it ends too soon");
		new Uint8Array(part.buffer, part.byteOffset, part.byteLength).set(found);
		at += part.byteLength;
	}
	return at;
}

function hasContent(part: StateColumns[number]): boolean {
	for (let i = 0; i < part.length; i++) if (part[i] !== 0) return true;
	return false;
}

function word(value: number): Uint8Array {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, value, true);
	return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
	let total = 0;
	for (const part of parts) total += part.length;
	const bytes = new Uint8Array(total);
	let at = 0;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return bytes;
}
