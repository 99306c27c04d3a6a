// Whole replays of the recording among the fixtures, for the tests of what plays and judges them.

import { FirstPass } from "../../../kernel/replay/first-pass";
import {
	type Replay,
	type ReplayWish,
	replayFrom,
} from "../../../kernel/replay/replay";
import type { Recording } from "../../../kernel/replay/snapshot/recording";
import { lateRecording, lateTrace } from "../../fixtures";

const CHUNK = 1 << 16;

/** The first pass over `bytes`, which are those of the fixture unless others are given. */
export function firstPass(
	bytes: Uint8Array = lateTrace(),
	recording: Recording = lateRecording(),
	snapshot = "a",
): FirstPass {
	const first = new FirstPass(recording, recording.snapshot(snapshot)!);
	pushAll(first, bytes);
	return first;
}

/** A whole replay of the fixture. */
export function replayed(wish: ReplayWish): Replay {
	const bytes = lateTrace();
	const replay = replayFrom(firstPass(bytes), wish);
	pushAll(replay, bytes);
	return replay;
}

/** Pushes a file in pieces, and finishes. */
export function pushAll(
	reader: { push(bytes: Uint8Array): void; finish(): void },
	file: Uint8Array | string,
): void {
	const bytes = typeof file === "string" ? Buffer.from(file) : file;
	for (let at = 0; at < bytes.length; at += CHUNK)
		reader.push(bytes.subarray(at, at + CHUNK));
	reader.finish();
}
