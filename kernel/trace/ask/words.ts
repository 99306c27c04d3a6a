// Words of an event, unpacked and named: what its four numbers say.
//
//   page_alloc  a 1234   b 0 | 1 << 8   c 0xcc0      -->  pfn 1234, order 0, type Movable, gfp GFP_KERNEL
//
// The files of events (hw, mm, kernel) have the table of what stands in which word; this one reads it.
//
// WO1: an event that this package does not know keeps its numbers under the names that the dictionary of its trace gives them.

import { EV_TEXT, pageAddress } from "../../../hw/events";
import { virtText } from "../../../hw/units";
import {
	objectAddress,
	objectGfp,
	runEntries,
	runFrames,
	runIndex,
} from "../../../mm/events";
import { gfpText } from "../../../mm/gfp";
import type { EventColumns } from "../columns";
import { eventName } from "../dictionary";
import { rangeOf } from "../fold/memblock";
import type { TraceWord } from "../header";
import { pointer } from "./address";
import { typeName } from "./phrases";
import type { Scene } from "./scene";

const LOW = 2 ** 32;

/** Named words of an event. */
export type Words = Readonly<Record<string, string | number | boolean>>;

/** The words of one event while they are unpacked. */
interface Raw {
	readonly a: number;
	readonly b: number;
	readonly c: number;
	readonly d: number;
	readonly scene: Scene;
}
type Reading = (raw: Raw) => Words;

const USES = ["", "table", "user", "stack"];
const PLACES = ["", "CPU", "CPU's chain", "head", "tail", "full"];
const LEFT = ["nobody left", "waits", "runnable", "ended"];
const RANGES = ["", "memory", "reserved", "removed", "freed", "handed over"];

const cacheName = ({ c, scene }: Raw): string =>
	scene.cache(c)?.name ?? `slot ${c}`;
const taskText = (pid: number, scene: Scene): string => {
	const task = scene.task(pid);
	return task === null ? "idle" : `${task.name}(${pid})`;
};
const objectOf = ({ a, b }: Raw): string => pointer(objectAddress(a, b));
const page = (low: number, high: number): string =>
	`0x${virtText(pageAddress(low, high) as never)}`;

const typed: Reading = ({ a, b }) => ({
	pfn: a,
	order: b & 255,
	type: typeName(b >>> 8),
});
const block: Reading = ({ a, b }) => ({ pfn: a, order: b });
const space: Reading = ({ a, b, c, d, scene }) => ({
	page: page(a, b),
	pages: c,
	task: taskText(d, scene),
});
const slab: Reading = (raw) => ({
	...block(raw),
	cache: cacheName(raw),
	objects: raw.d,
});

/** By name of the event. */
const READINGS: Readonly<Record<string, Reading>> = {
	page_alloc: (raw) => ({ ...typed(raw), gfp: gfpText(raw.c) }),
	page_free: (raw) => ({
		...block(raw),
		to: raw.c === 1 ? "CPU's list" : "free lists",
		type: typeName(raw.d),
	}),
	buddy_take: (raw) => ({ ...typed(raw), from: raw.c, listed: raw.d === 1 }),
	pcp_drain: typed,
	buddy_give: (raw) => ({
		...block(raw),
		type: typeName(raw.c),
		to: raw.d === 1 ? "tail" : "head",
	}),
	fallback: ({ a, b, c, d }) => ({
		pfn: a,
		order: b & 255,
		got: b >>> 8,
		type: typeName(c & 255),
		had: typeName(c >>> 8),
		stolen: d === 1,
	}),
	boot_free: block,
	slab_alloc: (raw) => ({
		object: objectOf(raw),
		cache: cacheName(raw),
		bytes: raw.d,
		...(objectGfp(raw.b) === 0 ? {} : { gfp: gfpText(objectGfp(raw.b)) }),
	}),
	slab_free: (raw) => ({ object: objectOf(raw), cache: cacheName(raw) }),
	slab_new: slab,
	slab_discard: slab,
	kmalloc_large: (raw) => ({ ...block(raw), bytes: raw.d }),
	kfree_large: block,
	buddy_move: (raw) => ({ ...block(raw), type: typeName(raw.c) }),
	block_type: ({ a, b }) => ({ pfn: a, type: typeName(b) }),
	pcp_stock: (raw) => ({ ...typed(raw), cpu: raw.c }),
	page_split: (raw) => ({ ...block(raw), trimmed: raw.c === 1 }),
	page_join: block,
	page_use: ({ a, b, c, scene }) => ({
		pfn: a,
		use: USES[b] ?? b,
		...(c === 0 ? {} : { task: taskText(c, scene) }),
	}),
	zone_refused: ({ a, b, c, d }) => ({
		zone: a,
		order: b & 255,
		type: typeName(b >>> 8),
		free: c,
		"must stay": d,
	}),
	page_fail: ({ a, b }) => ({ order: a, gfp: gfpText(b) }),
	slab_move: (raw) => ({
		pfn: raw.a,
		to: PLACES[raw.b] ?? raw.b,
		cache: cacheName(raw),
	}),
	cache_new: ({ a, b, c, d, scene }) => ({
		cache: scene.cache(a)?.name ?? `slot ${a}`,
		size: b,
		order: c & 15,
		reclaimable: (c & 16) !== 0,
		objects: c >>> 8,
		bytes: d,
	}),
	cache_end: ({ a, scene }) => ({
		cache: scene.cache(a)?.name ?? `slot ${a}`,
	}),
	table_new: ({ a }) => ({ pfn: a }),
	table_free: ({ a }) => ({ pfn: a }),
	pte_set: ({ a, b, c, d }) => ({
		table: a,
		index: b,
		entry: `0x${((d >>> 0) * LOW + (c >>> 0)).toString(16)}`,
	}),
	pte_run: ({ a, b, c, d }) => ({
		table: a,
		index: runIndex(b),
		entries: runEntries(b),
		"frames each": runFrames(b),
		entry: `0x${((d >>> 0) * LOW + (c >>> 0)).toString(16)}`,
	}),
	memblock: ({ a, b, c, d }) => {
		const { base, end, kind } = rangeOf(a, b, c, d);
		return {
			base: `0x${base.toString(16)}`,
			bytes: end - base,
			kind: RANGES[kind] ?? kind,
		};
	},
	tlb_miss: ({ a, b, c }) => ({ page: page(a, b), asid: b >>> 8, access: c }),
	tlb_flush: ({ a, b, c, d }) => ({
		page: page(a, b),
		asid: b >>> 8,
		pages: c === 0 ? "all" : c,
		cpu: d,
	}),
	pte_mark: ({ a, b, c }) => ({
		table: a,
		index: b,
		bits: `0x${c.toString(16)}`,
	}),
	stage: ({ b }) => ({ [b === 1 ? "begins" : "ends"]: true }),
	log: ({ a, scene }) => ({ level: a, text: scene.text }),
	tick: ({ a }) => ({ number: a }),
	task_new: ({ a, b, c, scene }) => ({
		task: taskText(a, scene),
		parent: b,
		"kernel thread": c === 1,
	}),
	task_exit: ({ a, b, c, scene }) => ({
		task: taskText(a, scene),
		code: b,
		killed: c === 1,
	}),
	task_end: ({ a, scene }) => ({ task: taskText(a, scene) }),
	switch: ({ a, b, c, scene }) => ({
		to: taskText(a, scene),
		from: taskText(b, scene),
		why: LEFT[c] ?? c,
	}),
	fault: ({ a, b, c, scene }) => ({
		page: page(a, b),
		code: b >>> 8,
		task: taskText(c, scene),
	}),
	map: space,
	unmap: space,
	protect: (raw) => ({ ...space(raw), protection: raw.b >>> 8 }),
};

/** The words of the event that `scene` has just seen. */
export function wordsOf(
	columns: EventColumns,
	index: number,
	scene: Scene,
	dictionary: readonly TraceWord[],
): Words {
	const code = columns.codes[index] as number;
	const raw = {
		a: columns.a[index] as number,
		b: columns.b[index] as number,
		c: columns.c[index] as number,
		d: columns.d[index] as number,
		scene,
	};
	const reading = READINGS[eventName(code)];
	return reading ? reading(raw) : plainWords(code, raw, dictionary);
}

/** WO1 */
function plainWords(
	code: number,
	{ a, b, c, d }: Raw,
	dictionary: readonly TraceWord[],
): Words {
	const entry = dictionary.find((each) => each.code === code);
	const names = code === EV_TEXT ? [] : (entry?.words ?? ["a", "b", "c", "d"]);
	const values = [a, b, c, d];
	return Object.fromEntries(
		names.flatMap((name, at) => (name === "" ? [] : [[name, values[at] ?? 0]])),
	);
}
