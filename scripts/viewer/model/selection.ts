// The selection: the one thing that the page follows, and the events that concern it.
//
//   frame:4096   object:0x1234440:16   cache:16   task:7   context:12          as text in a link
//
//   events  . . x . . . x x . . .      x concerns it: history, previous, next
//
// SL1: an event that changes a frame's block concerns every frame of the block.

import { EV_PTE_MARK } from "../../../hw/events";
import { entryPfn } from "../../../hw/pte";
import * as kernel from "../../../kernel/events";
import type { EventColumns } from "../../../kernel/trace/columns";
import * as mm from "../../../mm/events";
import { objectAddress } from "./sentences";

export type Selection =
	| { readonly kind: "frame"; readonly pfn: number }
	| { readonly kind: "object"; readonly address: number; readonly slot: number }
	| { readonly kind: "cache"; readonly slot: number }
	| { readonly kind: "task"; readonly pid: number }
	| { readonly kind: "context"; readonly node: number };

// Aliases in this file: an imported constant is looked up whenever it is used.
const SLAB_ALLOC = mm.EV_SLAB_ALLOC;
const SLAB_FREE = mm.EV_SLAB_FREE;
const PTE_SET = mm.EV_PTE_SET;
const BLOCK_TYPE = mm.EV_BLOCK_TYPE;

type Matcher = (columns: EventColumns, index: number, code: number) => boolean;

/** What order the block of an event has, by its code; the codes here have a frame in their first word. */
const ORDERS: Readonly<Record<number, (b: number, c: number) => number>> = {
	[mm.EV_PAGE_ALLOC]: (b) => b & 255,
	[mm.EV_PAGE_FREE]: (b) => b,
	[mm.EV_BUDDY_TAKE]: (_b, c) => c,
	[mm.EV_PCP_DRAIN]: (b) => b & 255,
	[mm.EV_BUDDY_GIVE]: (b) => b,
	[mm.EV_FALLBACK]: (b) => b >>> 8,
	[mm.EV_BOOT_FREE]: (b) => b,
	[mm.EV_BOOT_TAKE]: (b) => b,
	[mm.EV_SLAB_NEW]: (b) => b,
	[mm.EV_SLAB_DISCARD]: (b) => b,
	[mm.EV_KMALLOC_LARGE]: (b) => b,
	[mm.EV_KFREE_LARGE]: (b) => b,
	[mm.EV_BUDDY_MOVE]: (b) => b,
	[mm.EV_BLOCK_TYPE]: () => 9,
	[mm.EV_PCP_STOCK]: (b) => b & 255,
	[mm.EV_PAGE_SPLIT]: (b) => b,
	[mm.EV_PAGE_JOIN]: (b) => b,
	[mm.EV_PAGE_USE]: () => 0,
	[mm.EV_SLAB_MOVE]: () => 0,
	[mm.EV_TABLE_NEW]: () => 0,
	[mm.EV_TABLE_FREE]: () => 0,
	[mm.EV_PTE_SET]: () => 0,
	[mm.EV_PTE_RUN]: () => 0,
	[EV_PTE_MARK]: () => 0,
};

/** First frame and number of frames that an event is about; null when it is about none. */
export function framesOf(
	columns: EventColumns,
	index: number,
): { pfn: number; frames: number } | null {
	const code = columns.codes[index] as number;
	const a = columns.a[index] as number;
	const b = columns.b[index] as number;
	if (code === SLAB_ALLOC || code === SLAB_FREE)
		return { pfn: Math.floor(objectAddress(a, b) / 4096), frames: 1 };
	const order = ORDERS[code]?.(b, columns.c[index] as number);
	if (order === undefined) return null;
	if (code === mm.EV_BLOCK_TYPE) return { pfn: a & ~511, frames: 512 };
	return { pfn: a, frames: 2 ** order };
}

/** First frame of the block that an event is about; -1 when it is about none. */
export function firstFrame(
	{ a, b }: EventColumns,
	index: number,
	code: number,
): number {
	const word = a[index] as number;
	if (code === SLAB_ALLOC || code === SLAB_FREE)
		return Math.floor(objectAddress(word, b[index] as number) / 4096);
	if (code === BLOCK_TYPE) return word & ~511;
	return ORDERS[code] === undefined ? -1 : word;
}

/** The frame that an event lets an entry of a page table map; -1 for others. */
export function targetFrame(
	{ c, d }: EventColumns,
	index: number,
	code: number,
): number {
	const low = code === PTE_SET ? (c[index] as number) : 0;
	return low === 0 ? -1 : entryPfn(low, d[index] as number);
}

/** Numbers of all events that concern a selection, rising; frame-index.ts knows those of a frame sooner. */
export function historyOf(
	selection: Selection,
	columns: EventColumns,
): Int32Array {
	const matches = matcherOf(selection);
	const found: number[] = [];
	for (let index = 0; index < columns.count; index++)
		if (matches(columns, index, columns.codes[index] as number))
			found.push(index);
	return Int32Array.from(found);
}

/** Place in `history` of the last event up to `event`; -1 when there is none. */
export function placeIn(history: Int32Array, event: number): number {
	let low = 0;
	let high = history.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((history[middle] as number) <= event) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}

/** Tells whether an event concerns a selection. */
export function matcherOf(selection: Selection): Matcher {
	switch (selection.kind) {
		case "frame":
			return frameMatcher(selection.pfn);
		case "object":
			return objectMatcher(selection.address);
		case "cache":
			return cacheMatcher(selection.slot);
		case "task":
			return taskMatcher(selection.pid);
		case "context":
			return ({ contexts }, index) => contexts[index] === selection.node;
	}
}

function frameMatcher(pfn: number): Matcher {
	return (columns, index, code) => {
		const span = framesOf(columns, index);
		if (span === null) return false;
		if (pfn >= span.pfn && pfn < span.pfn + span.frames) return true;
		return targetFrame(columns, index, code) === pfn;
	};
}

function objectMatcher(address: number): Matcher {
	const low = address | 0;
	const high = Math.floor(address / 2 ** 32);
	return ({ a, b }, index, code) =>
		(code === mm.EV_SLAB_ALLOC || code === mm.EV_SLAB_FREE) &&
		a[index] === low &&
		((b[index] as number) & 255) === high;
}

function cacheMatcher(slot: number): Matcher {
	return ({ a, c }, index, code) => {
		if (code >= mm.EV_SLAB_ALLOC && code <= mm.EV_SLAB_DISCARD)
			return c[index] === slot;
		if (code === mm.EV_SLAB_MOVE) return c[index] === slot;
		return (
			(code === mm.EV_CACHE_NEW || code === mm.EV_CACHE_END) &&
			a[index] === slot
		);
	};
}

function taskMatcher(pid: number): Matcher {
	return ({ a, b, c, d }, index, code) => {
		switch (code) {
			case kernel.EV_TASK_NEW:
			case kernel.EV_SWITCH:
				return a[index] === pid || b[index] === pid;
			case kernel.EV_TASK_EXIT:
			case kernel.EV_TASK_END:
				return a[index] === pid;
			case kernel.EV_FAULT:
			case mm.EV_PAGE_USE:
				return c[index] === pid;
			case kernel.EV_MAP:
			case kernel.EV_UNMAP:
			case kernel.EV_PROTECT:
				return d[index] === pid;
			default:
				return false;
		}
	};
}

/** A selection as a link names it. */
export function selectionText(selection: Selection): string {
	switch (selection.kind) {
		case "frame":
			return `frame:${selection.pfn}`;
		case "object":
			return `object:${selection.address}:${selection.slot}`;
		case "cache":
			return `cache:${selection.slot}`;
		case "task":
			return `task:${selection.pid}`;
		case "context":
			return `context:${selection.node}`;
	}
}

/** What a link names; null when it names nothing. */
export function parseSelection(text: string): Selection | null {
	const [kind, ...rest] = text.split(":");
	const [one = Number.NaN, two = Number.NaN] = rest.map(Number);
	if (!Number.isSafeInteger(one) || one < 0) return null;
	if (kind === "frame") return { kind, pfn: one };
	if (kind === "cache") return { kind, slot: one };
	if (kind === "task") return { kind, pid: one };
	if (kind === "context") return { kind, node: one };
	if (kind === "object" && Number.isSafeInteger(two))
		return { kind, address: one, slot: two };
	return null;
}
