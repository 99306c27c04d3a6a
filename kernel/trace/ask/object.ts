// The life of an address: which objects were there, one after the other.
//
//   kmalloc-64   ffff888000123040   60 bytes   from event 812 by init   to event 1033 by worker
//   kmalloc-64   ffff888000123040   48 bytes   from event 1040 ...
//
// Any byte of an object stands for it. Objects that are too large for a cache, whole blocks of pages from kmalloc, count too.
//
// OQ1: lives follow each other; only the last one may last.

import {
	EV_KFREE_LARGE,
	EV_KMALLOC_LARGE,
	EV_SLAB_ALLOC,
	EV_SLAB_FREE,
	objectAddress,
} from "../../../mm/events";
import type { EventColumns } from "../columns";
import type { Trace } from "../trace";
import { pointer } from "./address";
import { type Happening, Scene } from "./scene";

const SLAB_ALLOC = EV_SLAB_ALLOC;
const SLAB_FREE = EV_SLAB_FREE;
const KMALLOC_LARGE = EV_KMALLOC_LARGE;
const KFREE_LARGE = EV_KFREE_LARGE;
const PAGE_BYTES = 4096;
const BYTES_MAX = 2 ** 22; // of an object: a block of the top order

/** An object that was at the address. */
export interface ObjectLife {
	/** null for a block of pages. */
	readonly cache: string | null;
	/** First byte of it. */
	readonly address: number;
	readonly pointer: string;
	/** Bytes asked for, and those that it takes. */
	readonly bytes: number;
	readonly slotBytes: number;
	readonly from: Happening;
	/** null while it lasts. */
	to: Happening | null;
}

/** All objects that were at an address. */
export interface ObjectLives {
	readonly address: number;
	readonly pointer: string;
	readonly lives: readonly ObjectLife[];
}

/** Objects that had the byte at `address`, oldest first, up to event `moment`. */
export function objectLives(
	trace: Trace,
	address: number,
	moment = trace.events - 1,
): ObjectLives {
	const scene = new Scene(trace);
	const lives: ObjectLife[] = [];
	trace.each(0, moment + 1, (columns, index, event) => {
		if (!scene.see(columns, index)) return;
		const code = columns.codes[index];
		if (code === SLAB_ALLOC || code === KMALLOC_LARGE) {
			const offset = address - startOf(columns, index);
			if (offset < 0 || offset >= BYTES_MAX) return;
			const place = placeOf(columns, index, scene);
			if (offset >= place.slotBytes) return;
			const from = scene.happening(columns, index, event);
			lives.push({ ...place, from, to: null });
		} else if (code === SLAB_FREE || code === KFREE_LARGE) {
			const last = lives.at(-1);
			if (last?.to !== null || startOf(columns, index) !== last.address) return;
			last.to = scene.happening(columns, index, event);
		}
	});
	return { address, pointer: pointer(address), lives };
}

/** First byte of the object that an event is about. */
function startOf({ codes, a, b }: EventColumns, index: number): number {
	const low = a[index] as number;
	const isLarge =
		codes[index] === KMALLOC_LARGE || codes[index] === KFREE_LARGE;
	return isLarge ? low * PAGE_BYTES : objectAddress(low, b[index] as number);
}

function placeOf(
	columns: EventColumns,
	index: number,
	scene: Scene,
): Omit<ObjectLife, "from" | "to"> {
	const address = startOf(columns, index);
	const isLarge = columns.codes[index] === KMALLOC_LARGE;
	const cache = isLarge ? null : scene.cache(columns.c[index] as number);
	return {
		cache: isLarge ? null : (cache?.name ?? ""),
		address,
		pointer: pointer(address),
		bytes: columns.d[index] as number,
		slotBytes: isLarge
			? PAGE_BYTES * 2 ** (columns.b[index] as number)
			: (cache?.size ?? 0),
	};
}
