// The selection: the one thing that the page follows, and the events that concern it.
//
//   frame:4096   object:0x1234440:16   cache:16   task:7   context:12          as text in a link
//
//   events  . . x . . . x x . . .      x concerns it: history, previous, next
//
// SL1: an event that changes a frame's block concerns every frame of the block.

import * as kernel from "../../../kernel/events";
import type { EventColumns } from "../../../kernel/trace/columns";
import { concernsFrame } from "../../../kernel/trace/extent";
import * as mm from "../../../mm/events";

export type Selection =
	| { readonly kind: "frame"; readonly pfn: number }
	| { readonly kind: "object"; readonly address: number; readonly slot: number }
	| { readonly kind: "cache"; readonly slot: number }
	| { readonly kind: "task"; readonly pid: number }
	| { readonly kind: "context"; readonly node: number };

type Matcher = (columns: EventColumns, index: number, code: number) => boolean;

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
			return (columns, index) => concernsFrame(columns, index, selection.pfn);
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
