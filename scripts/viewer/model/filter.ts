// The filter of the event list: which events are listed.
//
//   ""                    all but texts, which are shown with the event that they belong to, and what a damaged file has lost
//   slab                  events whose name has the word in it
//   slab, fault           one or the other
//   kind names            pages slabs tables tasks cpu kernel: a whole subject
//   @                     events of the selection
//
// FI1: the numbers are rising, so that the place of an event is found by halving.

import { EV_TEXT } from "../../../hw/events";
import type { EventColumns } from "../../../kernel/trace/columns";
import { DICTIONARY, eventName } from "../../../kernel/trace/dictionary";
import { MISSING } from "./film";
import { matcherOf, type Selection } from "./selection";

/** Whole subjects, by the beginnings of their events' names. */
export const SUBJECTS: Readonly<Record<string, RegExp>> = {
	pages:
		/^(page_|buddy_|pcp_|fallback|boot_free|boot_take|block_type|zone_refused)/,
	slabs: /^(slab_|cache_|kmalloc_|kfree_)/,
	tables: /^(table_|pte_|tlb_)/,
	tasks: /^(task_|switch|fault|map|unmap|protect)/,
	kernel: /^(stage|log|tick|memblock)/,
};

const CODES = 256;

/** Events that a filter lets through; null when it lets through all of them. */
export function filterEvents(
	text: string,
	columns: EventColumns,
	selection: Selection | null,
): Int32Array {
	const wanted = wantedCodes(text);
	const only = /(^|[ ,])@/.test(text) && selection !== null;
	const matches = only ? matcherOf(selection) : null;
	const found = new Int32Array(columns.count);
	let count = 0;
	for (let index = 0; index < columns.count; index++) {
		const code = columns.codes[index] as number;
		if (wanted[code] === 0) continue;
		if (matches !== null && !matches(columns, index, code)) continue;
		found[count++] = index;
	}
	return found.subarray(0, count);
}

function wantedCodes(text: string): Uint8Array {
	const words = text
		.toLowerCase()
		.split(/[ ,]+/)
		.filter((word) => word !== "" && word !== "@");
	const wanted = new Uint8Array(CODES);
	if (words.length === 0) wanted.fill(1);
	for (const { code, name } of DICTIONARY)
		if (words.some((word) => isWanted(name, word))) wanted[code] = 1;
	if (!words.some((word) => eventName(EV_TEXT).startsWith(word)))
		wanted[EV_TEXT] = 0;
	wanted[MISSING] = 0;
	return wanted;
}

const isWanted = (name: string, word: string): boolean =>
	SUBJECTS[word]?.test(name) ?? name.includes(word);
