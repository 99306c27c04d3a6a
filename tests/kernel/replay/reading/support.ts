// What the tests of the reader share: fixtures, and events as plain objects with their names as text.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
	KIND_NAMES,
	type KmemEvent,
} from "../../../../kernel/replay/reading/event";
import { TraceReader } from "../../../../kernel/replay/reading/trace-reader";

const FIXTURES = join(__dirname, "..", "..", "..", "fixtures", "traces");

const ROOT = join(__dirname, "..", "..", "..", "..");
const BESIDE = ["..", join("..", "..")].map((up) =>
	join(ROOT, up, "shared", "traces"),
);

/** The recordings beside the checkout, where they are. */
export const RECORDINGS = BESIDE.find(existsSync) ?? (BESIDE[0] as string);

export const fixtureNames = (): string[] =>
	readdirSync(FIXTURES).filter((name) => name !== "README.md");
export const fixture = (name: string): Uint8Array =>
	readFileSync(join(FIXTURES, name));
export const fixtureText = (name: string): string =>
	readFileSync(join(FIXTURES, name), "utf8");

/** An event that stays: a copy, with names as text and only the fields that are there. */
export type Seen = Record<string, number | string>;

export interface Reading {
	readonly reader: TraceReader;
	readonly events: Seen[];
}

/** Reads a whole file, cut into chunks of the given sizes in turn. */
export function read(
	file: string | Uint8Array,
	sizes: readonly number[] = [1 << 16],
): Reading {
	const bytes = typeof file === "string" ? Buffer.from(file) : file;
	const events: Seen[] = [];
	const reader: TraceReader = new TraceReader((event) =>
		events.push(seen(event, reader)),
	);
	for (let at = 0, turn = 0; at < bytes.length; turn++) {
		const size = sizes[turn % sizes.length]!;
		reader.push(bytes.subarray(at, at + size));
		at += size;
	}
	reader.finish();
	return { reader, events };
}

/** The one event in a line, or what is wrong with the line. */
export function readLine(line: string, before = ""): Seen | string {
	const { reader, events } = read(`${before}${line}\n`);
	return events[0] ?? reader.tally.complaints.at(-1)?.text ?? "nothing";
}

const NAMED = new Set(["comm", "site", "cache"]);
const ZERO_IS_ABSENT = new Set([
	...["low", "high", "oldLow", "oldHigh"],
	...["bytesRequested", "bytesAllocated"],
]);

function seen(event: KmemEvent, { names }: TraceReader): Seen {
	const copy: Seen = { kind: KIND_NAMES[event.kind]! };
	for (const [key, value] of Object.entries(event)) {
		if (key === "kind" || value === -1 || value === "") continue;
		if (value === 0 && ZERO_IS_ABSENT.has(key)) continue;
		copy[key] = NAMED.has(key) ? names.text(value) : value;
	}
	return copy;
}

/** All of a tally that can be compared. */
export function account({ tally, gfpNames }: TraceReader): object {
	const { lastStamp: _, ...rest } = tally as unknown as Record<string, unknown>;
	return { ...rest, unknown: gfpNames.unknownEvents };
}

/** A pseudo-random number below n, for tests that mutate: the same for the same seed. */
export function dice(seed: number): (n: number) => number {
	let state = seed >>> 0 || 1;
	return (n) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * n);
	};
}
