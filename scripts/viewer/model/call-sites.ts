// Call sites: who allocates how much, as a tree of calling contexts.
//
//   start_kernel ------------------------------+- init ---        width: bytes of the node and of all below it
//     mm_init -----------+- fork_init ---        worker --
//       kmem_cache_init -     copy_process         kmalloc
//
//   live        bytes in use at the moment          total     bytes allocated up to it
//   count       allocations up to it                temporary allocations that were freed before SHORT more events
//   waste       bytes that objects in use take beyond what was asked for
//
// CS1: the value of a node is its own and that of all its children.

import type { EventColumns } from "../../../kernel/trace/columns";
import type { ContextTree } from "../../../kernel/trace/context-tree";
import type { Fold } from "../../../kernel/trace/fold/fold";
import {
	FREE,
	RESERVED,
	SLAB,
	TRANSIT,
	WAITING,
} from "../../../kernel/trace/fold/frames";
import {
	EV_PAGE_ALLOC,
	EV_PAGE_FREE,
	EV_SLAB_ALLOC,
	EV_SLAB_FREE,
} from "../../../mm/events";
import { objectAddress } from "./sentences";

export const MEASURES = [
	"live",
	"total",
	"count",
	"temporary",
	"waste",
] as const;
export type MeasureName = (typeof MEASURES)[number];

const SHORT = 1000; // events

/** A node with what it and those below it account for. */
export interface CallSite {
	readonly node: number;
	readonly name: string;
	readonly own: number;
	readonly value: number;
	/** Largest first. */
	readonly children: readonly CallSite[];
}

/** The tree of call sites at a moment; `fold` is the state there. */
export function callSites(
	measure: MeasureName,
	fold: Fold,
	columns: EventColumns,
	contexts: ContextTree,
	cacheSize: (slot: number) => number,
): CallSite {
	const own = new Map<number, number>();
	const add = (node: number, value: number): void => {
		own.set(node, (own.get(node) ?? 0) + value);
	};
	if (measure === "live" || measure === "waste")
		addLive(fold, add, measure === "waste");
	else if (measure === "temporary") addTemporary(columns, fold.events, add);
	else
		addAll(columns, fold.events, add, measure === "count" ? null : cacheSize);
	return treeOf(own, contexts);
}

type Add = (node: number, value: number) => void;

function addLive({ frames, objects }: Fold, add: Add, isWaste: boolean): void {
	objects.eachSlab((slab) => {
		const cache = objects.cache(frames.owner[slab] as number);
		if (cache === null) return;
		objects.eachOf(slab, cache, ({ context, bytes }) => {
			const asked = bytes > 0 ? bytes : cache.objectSize;
			add(context, isWaste ? cache.size - asked : cache.size);
		});
	});
	if (isWaste) return;
	frames.eachBlock((head, count) => {
		const state = frames.state[head] as number;
		const isOwned =
			state !== RESERVED &&
			state !== FREE &&
			state !== WAITING &&
			state !== TRANSIT &&
			state !== SLAB;
		if (isOwned) add(frames.context[head] as number, count * 4096);
	});
}

/** Everything that was ever allocated: bytes, or, without sizes, how often. Pages of slabs count as their objects. */
function addAll(
	{ codes, contexts, a, b, c }: EventColumns,
	end: number,
	add: Add,
	sizeOf: ((slot: number) => number) | null,
): void {
	for (let i = 0; i < end; i++) {
		const context = contexts[i] as number;
		if (codes[i] === EV_SLAB_ALLOC)
			add(context, sizeOf === null ? 1 : sizeOf(c[i] as number));
		else if (codes[i] === EV_PAGE_ALLOC && !isSlab(codes, a, i, end))
			add(context, sizeOf === null ? 1 : 4096 * 2 ** ((b[i] as number) & 255));
	}
}

const SLAB_NEW = 10;
/** True when the block of this page_alloc becomes a slab with the next events. */
function isSlab(
	codes: Uint8Array,
	a: Int32Array,
	index: number,
	end: number,
): boolean {
	for (let i = index + 1; i < Math.min(end, index + 4); i++)
		if (codes[i] === SLAB_NEW && a[i] === a[index]) return true;
	return false;
}

function addTemporary(
	{ codes, contexts, a, b }: EventColumns,
	end: number,
	add: Add,
): void {
	const born = new Map<number, number>();
	for (let i = 0; i < end; i++) {
		const code = codes[i] as number;
		const low = a[i] as number;
		if (code === EV_SLAB_ALLOC) born.set(objectAddress(low, b[i] as number), i);
		else if (code === EV_PAGE_ALLOC) born.set(-low, i);
		else if (code === EV_SLAB_FREE || code === EV_PAGE_FREE) {
			const key =
				code === EV_PAGE_FREE ? -low : objectAddress(low, b[i] as number);
			const since = born.get(key);
			if (since !== undefined && i - since <= SHORT)
				add(contexts[since] as number, 1);
			born.delete(key);
		}
	}
}

function treeOf(own: Map<number, number>, contexts: ContextTree): CallSite {
	const below = new Map<number, number[]>();
	const seen = new Set<number>([0]);
	const enter = (node: number): void => {
		if (seen.has(node)) return;
		seen.add(node);
		const parent = contexts.parent(node);
		below.set(parent, [...(below.get(parent) ?? []), node]);
		enter(parent);
	};
	for (const node of own.keys()) enter(node);
	const build = (node: number): CallSite => {
		const children = (below.get(node) ?? [])
			.map(build)
			.sort((one, other) => other.value - one.value);
		const mine = own.get(node) ?? 0;
		const value = children.reduce((sum, child) => sum + child.value, mine);
		const name = node === 0 ? "all" : (contexts.name(node) ?? `${node}`);
		return { node, name, own: mine, value, children };
	};
	return build(0);
}
