// Facts about the selection at a moment, as rows of a name and a value that a page or a test can read.
//
//   frame   -> zone, address, block, use, owner, type, pageblock, call site, since
//   slab    -> its objects, each free or somebody's
//   table   -> entries that map something
//
// FA1: facts come from the fold and the names alone; nothing is kept between moments.

import { entryFlags, entryPfn, isMapped } from "../../../hw/pte";
import { typeName } from "../../../kernel/trace/ask/phrases";
import type { Fold } from "../../../kernel/trace/fold/fold";
import {
	PAGES,
	RESERVED,
	SLAB,
	STACK,
	STATE_NAMES,
	TABLE,
	USER,
	WAITING,
} from "../../../kernel/trace/fold/frames";
import {
	type FoldedCache,
	type FoldedObject,
	PLACE_NAMES,
} from "../../../kernel/trace/fold/objects";
import { addressText, bytesText, pfnText } from "./numbers";
import type { Selection } from "./selection";
import type { Names } from "./sentences";

/** A row: what, and its value; perhaps what it leads to. */
export interface Fact {
	readonly name: string;
	readonly value: string;
	readonly event?: number;
	readonly selection?: Selection;
}

/** What a frame's block is used for, by whom. */
export function blockName(fold: Fold, head: number, names: Names): string {
	const { frames, events } = fold;
	if (head < 0) return "reserved since boot";
	const state = frames.state[head] as number;
	const owner = frames.owner[head] as number;
	if (state === RESERVED) return "reserved since boot";
	if (state === SLAB) return `slab of ${names.cache(owner, events)}`;
	if (state === TABLE) return "page table";
	if (state === WAITING) return "free, on a CPU's list";
	const context = frames.context[head] as number;
	if (state === PAGES && context !== 0)
		return `pages of ${names.context(context)}`;
	if (state === USER)
		return `memory of ${names.task(owner, events)} (${owner})`;
	if (state === STACK)
		return `stack of ${names.task(owner, events)} (${owner})`;
	return STATE_NAMES[state] ?? "?";
}

/** The record of a frame. */
export function frameFacts(fold: Fold, pfn: number, names: Names): Fact[] {
	const { frames } = fold;
	const head = frames.headOf(pfn);
	const zone = frames.zones[frames.zoneOf(pfn)]?.name ?? "";
	const pageblock = frames.blockTypes[pfn >>> 9] as number;
	const place: Fact[] = [
		{ name: "frame", value: String(pfn) },
		{ name: "address", value: addressText(pfn * 4096) },
		{ name: "zone", value: zone },
		{ name: "pageblock", value: `${pfn >>> 9}, ${typeName(pageblock)}` },
		{ name: "use", value: blockName(fold, head, names) },
	];
	return head < 0 ? place : [...place, ...blockFacts(fold, head, pfn, names)];
}

function blockFacts(
	{ frames }: Fold,
	head: number,
	pfn: number,
	names: Names,
): Fact[] {
	const order = frames.order[head] as number;
	const owner = frames.owner[head] as number;
	const state = frames.state[head] as number;
	const context = frames.context[head] as number;
	const since = frames.since[head] as number;
	const size = `order ${order}, ${bytesText(4096 * 2 ** order)}`;
	const within = head === pfn ? size : `${size} from ${pfnText(head)}`;
	const facts: Fact[] = [
		{ name: "block", value: within },
		{ name: "type", value: typeName(frames.type[head] as number) },
		{ name: "since event", value: since.toLocaleString("en"), event: since },
	];
	if (context !== 0)
		facts.push({
			name: "call site",
			value: names.context(context),
			selection: { kind: "context", node: context },
		});
	if (state === SLAB)
		facts.push({
			name: "cache",
			value: names.cache(owner, since),
			selection: { kind: "cache", slot: owner },
		});
	if ((state === USER || state === STACK) && owner > 0)
		facts.push({
			name: "task",
			value: `${names.task(owner, since)} (${owner})`,
			selection: { kind: "task", pid: owner },
		});
	return facts;
}

/** A slab and its objects. */
export interface SlabFacts {
	readonly slab: number;
	readonly cache: FoldedCache;
	readonly place: string;
	readonly inuse: number;
	/** By index; null for those that are free. */
	readonly objects: readonly (FoldedObject | null)[];
}

/** The slab that holds a frame; null when none does. */
export function slabFacts(fold: Fold, pfn: number): SlabFacts | null {
	const { frames, objects } = fold;
	const slab = objects.slabOf(pfn);
	if (slab < 0 || frames.state[slab] !== SLAB) return null;
	const cache = objects.cache(frames.owner[slab] as number);
	if (cache === null || pfn >= slab + (1 << cache.order)) return null;
	const count = objects.objects[slab] as number;
	const place = PLACE_NAMES[objects.place[slab] as number] ?? "";
	const cpu = objects.cpu[slab] as number;
	return {
		slab,
		cache,
		place:
			place === "current" || place === "chained"
				? `${place}, CPU ${cpu}`
				: place,
		inuse: objects.inuse[slab] as number,
		objects: Array.from({ length: count }, (_, index) =>
			objects.object(slab, index, cache),
		),
	};
}

/** An entry of a page table. */
export interface EntryFacts {
	readonly index: number;
	readonly pfn: number;
	readonly flags: string;
}

const FLAGS: readonly (readonly [number, string])[] = [
	[1, "present"],
	[2, "writable"],
	[4, "user"],
	[32, "accessed"],
	[64, "dirty"],
	[128, "large"],
	[1 << 31, "no-execute"],
];

/** Entries of the table in a frame that are not empty; null when the frame is no table. */
export function tableFacts(fold: Fold, pfn: number): EntryFacts[] | null {
	const words = fold.tasks.table(pfn);
	if (words === null || fold.frames.state[pfn] !== TABLE) return null;
	const entries: EntryFacts[] = [];
	for (let index = 0; index < words.length / 2; index++) {
		const low = words[index * 2] as number;
		const high = words[index * 2 + 1] as number;
		if (low === 0 && high === 0) continue;
		const flags = entryFlags(low, high);
		const set = FLAGS.filter(([bit]) => (flags & bit) !== 0);
		entries.push({
			index,
			pfn: isMapped(low) ? entryPfn(low, high) : -1,
			flags: set.map(([, name]) => name).join(" "),
		});
	}
	return entries;
}
