// Shows of shipped scenarios for tests: each is recorded once.

import type { EventsBlock } from "../../../kernel/trace/reader";
import { ZLIB } from "../../../scripts/trace-file";
import { Show } from "../../../scripts/viewer/model/show";
import { type Recording, recordingOf } from "../../../scripts/viewer/recording";

const RECORDINGS = new Map<string, Recording>();

/** The recording of a scenario. */
export function recorded(input: string): Recording {
	const known = RECORDINGS.get(input);
	if (known !== undefined) return known;
	const recording = recordingOf({
		input,
		memoryBytes: null,
		cpus: null,
		seed: null,
		ticks: null,
		commandLine: null,
		salvage: false,
	});
	RECORDINGS.set(input, recording);
	return recording;
}

/** A show of it that is loaded. */
export function shown(input: string): Show {
	const show = Show.open(recorded(input).trace, ZLIB);
	for (const _ of show.load());
	return show;
}

/** A trace with one byte of a block of events turned over. */
export function broken(trace: Uint8Array, block: number): Uint8Array {
	const { reader } = salvaged(trace).trace;
	const { at, bytes } = reader.blocks[block] as EventsBlock;
	const copy = trace.slice();
	const middle = at + (bytes >> 1);
	copy[middle] = (copy[middle] as number) ^ 255;
	return copy;
}

/** The recording of a scenario, broken. */
export const damaged = (input: string, block: number): Uint8Array =>
	broken(recorded(input).trace, block);

/** A show of what can be salvaged of some bytes. */
export function salvaged(bytes: Uint8Array): Show {
	const show = Show.open(bytes, ZLIB, true);
	for (const _ of show.load());
	return show;
}

/** Numbers of all events of a code. */
export function eventsOf({ film }: Show, code: number): number[] {
	const { codes, count } = film.columns;
	const found: number[] = [];
	for (let i = 0; i < count; i++) if (codes[i] === code) found.push(i);
	return found;
}
