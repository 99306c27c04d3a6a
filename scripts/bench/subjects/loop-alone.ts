// The JavaScript driver without an allocator: every slot has its place in memory.

import { driven, type Heap } from "./drive";
import { type Subject, serve } from "./subject";

const PLACE_SHIFT = 6; // 64 bytes a slot
const PLACES = 65536; // slots beyond share them

/** What is left of a heap when it does nothing. */
class NoHeap implements Heap {
	private readonly words = new Int32Array((PLACES << PLACE_SHIFT) / 4);

	alloc(_bytes: number, slot: number): number {
		return (slot & (PLACES - 1)) << PLACE_SHIFT;
	}

	free(object: number): void {
		this.words[object >>> 2] = 0;
	}

	touch(object: number, value: number): void {
		this.words[object >>> 2] = value;
	}
}

/** Runs the stream of a file on no allocator. */
export function loopAlone(streamFile = ""): Subject {
	return driven(new NoHeap(), streamFile);
}

if (require.main === module) void serve(loopAlone);
