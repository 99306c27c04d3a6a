// The dictionary: what each event is called, and its words.
//
//   code --> name, words          1 page_alloc   pfn, order | type << 8, gfp
//
// It goes into the header of every trace, so that a trace can be read by people and programs that do not know the codes.
// The files of events (hw, mm, kernel) say more about each.
//
// DI1: every code that the engine emits is here, with the name that its own file gives it.

import { EV_TEXT, HW_EVENT_NAMES } from "../../hw/events";
import { MM_EVENT_NAMES } from "../../mm/events";
import { EV_STAGE, KERNEL_EVENT_NAMES } from "../events";
import type { TraceWord } from "./header";

const WORDS: Readonly<Record<string, readonly string[]>> = {
	page_alloc: ["pfn", "order | type << 8", "gfp"],
	page_free: ["pfn", "order", "to this CPU's list", "type"],
	buddy_take: ["pfn", "order | type << 8", "order of the block", "listed"],
	pcp_drain: ["pfn", "order | type << 8"],
	buddy_give: ["pfn", "order as merged", "type", "at the tail"],
	fallback: ["pfn", "order | got << 8", "type | had << 8", "pageblock changed"],
	boot_free: ["pfn", "order"],
	boot_take: ["pfn", "order"],
	slab_alloc: ["object", "object, high | gfp << 8", "slot", "bytes asked for"],
	slab_free: ["object", "object, high", "slot"],
	slab_new: ["pfn", "order", "slot", "objects"],
	slab_discard: ["pfn", "order", "slot", "objects"],
	kmalloc_large: ["pfn", "order", "", "bytes asked for"],
	kfree_large: ["pfn", "order"],
	buddy_move: ["pfn", "order", "type"],
	block_type: ["pfn", "type"],
	pcp_stock: ["pfn", "order | type << 8", "cpu"],
	page_split: ["pfn", "order", "only the first stays"],
	page_join: ["pfn", "order"],
	page_use: ["pfn", "use", "pid"],
	zone_refused: ["zone", "order | type << 8", "free", "must stay"],
	page_fail: ["order", "gfp"],
	slab_move: ["pfn", "place", "slot"],
	cache_new: ["slot", "size", "order | 16 | 32 | objects << 8", "bytes"],
	cache_end: ["slot"],
	table_new: ["pfn"],
	table_free: ["pfn"],
	pte_run: [
		"table",
		"index | entries << 9 | order << 20",
		"entry",
		"entry, high",
	],
	pte_set: ["table", "index", "entry", "entry, high"],
	memblock: ["base", "base, high | kind << 8", "bytes", "bytes, high"],
	text: ["letters", "letters", "letters", "letters"],
	tlb_miss: ["page", "page, high | asid << 8", "access"],
	tlb_flush: ["page", "page, high | asid << 8", "pages", "cpu"],
	pte_mark: ["table", "index", "bits"],
	stage: ["context", "begins"],
	log: ["level", "letters"],
	tick: ["number"],
	task_new: ["pid", "parent", "kernel thread"],
	task_exit: ["pid", "code", "killed"],
	task_end: ["pid"],
	switch: ["to", "from", "why"],
	fault: ["page", "page, high | code << 8", "pid"],
	map: ["page", "page, high", "pages", "pid"],
	unmap: ["page", "page, high", "pages", "pid"],
	protect: ["page", "page, high | protection << 8", "pages", "pid"],
};

function named(names: readonly string[], first: number): TraceWord[] {
	return names.flatMap((name, index) =>
		name === ""
			? []
			: [{ code: first + index, name, words: WORDS[name] ?? [] }],
	);
}

/** Every event that the engine emits, by rising code. */
export const DICTIONARY: readonly TraceWord[] = [
	...named(MM_EVENT_NAMES, 0),
	...named(HW_EVENT_NAMES, EV_TEXT),
	...named(KERNEL_EVENT_NAMES, EV_STAGE),
];

const NAMES: readonly (string | undefined)[] = (() => {
	const names: (string | undefined)[] = [];
	for (const { code, name } of DICTIONARY) names[code] = name;
	return names;
})();

/** Name of an event code; `event 77` for one that nobody knows. */
export const eventName = (code: number): string =>
	NAMES[code] ?? `event ${code}`;
