// @thi.ng/malloc: a first-fit pool over one ArrayBuffer, as its documentation shows it.

import type { MemPool } from "@thi.ng/malloc";
import { driven, type Heap } from "./drive";
import { type Subject, serve } from "./subject";

const POOL_BYTES = 512 * 1024 * 1024;

/** A pool as a heap. */
class PoolHeap implements Heap {
	constructor(
		private readonly pool: Pick<MemPool, "malloc" | "free">,
		private readonly words: Int32Array,
	) {}

	alloc(bytes: number): number {
		const object = this.pool.malloc(bytes);
		if (object === 0) throw new Error("the pool of @thi.ng/malloc is full");
		return object;
	}

	free(object: number): void {
		this.pool.free(object);
	}

	touch(object: number, value: number): void {
		this.words[object >>> 2] = value;
	}
}

/** Runs the stream of a file through one pool. */
export async function thingMalloc(streamFile = ""): Promise<Subject> {
	const library = await import("@thi.ng/malloc").catch(() => {
		throw new Error("not installed");
	});
	const buffer = new ArrayBuffer(POOL_BYTES);
	const pool = new library.MemPool({ buf: buffer });
	return driven(new PoolHeap(pool, new Int32Array(buffer)), streamFile);
}

if (require.main === module) void serve(thingMalloc);
