// Words for what a trace names by number: call sites, tasks, blocks, whose a frame is.
//
//   node 7        start_kernel > mm_init > kmem_cache_init
//   pid 3         builder (pid 3)
//   order 4       16 pages
//   frame 4112    a slab of kmalloc-64, since event 812 (builder > kmalloc)
//
// WO1: every number has words, known or not: nothing here throws.

import { MIGRATETYPE_NAMES } from "../../../mm/pageblock";
import type { Fold } from "../fold/fold";
import {
	FREE,
	LARGE,
	PAGES,
	RESERVED,
	SLAB,
	STACK,
	TABLE,
	USER,
	WAITING,
} from "../fold/frames";
import type { Trace } from "../trace";

/** Name of a migratetype. */
export const typeName = (type: number): string =>
	MIGRATETYPE_NAMES[type] ?? `type ${type}`;

/** `count` and its noun; `many` when the plural is not made by an s. */
export const counted = (
	count: number,
	noun: string,
	many = `${noun}s`,
): string => `${count} ${count === 1 ? noun : many}`;

/** Size of a block: 1 page, 16 pages. */
export const pagesOf = (order: number): string => counted(2 ** order, "page");

/** Address as the simulator prints physical ones: 0x1000000. */
export const hex = (value: number): string => `0x${value.toString(16)}`;

/** Names in a row: a, b and c. */
export function listed(names: readonly string[]): string {
	if (names.length < 2) return names.join("");
	return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** Path of a call site; its absence is said. */
export function siteText(trace: Trace, context: number): string {
	const path = trace.path(context);
	return path.length === 0
		? "somebody outside stages and tasks"
		: path.join(" > ");
}

/** Name and number of a task; pid 0 is nobody. */
export function taskText(fold: Fold, pid: number): string {
	if (pid === 0) return "no task";
	const task = fold.tasks.tasks.get(pid);
	return task === undefined ? `pid ${pid}` : `${task.name} (pid ${pid})`;
}

/** Name of the cache at a slot. */
export const cacheText = (fold: Fold, slot: number): string =>
	fold.objects.cache(slot)?.name ?? `the cache at slot ${slot}`;

/** What the block that begins at `head` is used for. */
export function useText(fold: Fold, head: number): string {
	const { frames } = fold;
	const owner = frames.owner[head] as number;
	const order = frames.order[head] as number;
	switch (frames.state[head]) {
		case RESERVED:
			return "reserved since boot";
		case FREE:
			return `a free block of order ${order}`;
		case WAITING:
			return "on a CPU's own list";
		case PAGES:
			return `allocated, ${pagesOf(order)}`;
		case SLAB:
			return `a slab of ${cacheText(fold, owner)}`;
		case LARGE:
			return `a kmalloc of ${pagesOf(order)}`;
		case TABLE:
			return "a page table";
		case USER:
			return `memory of ${taskText(fold, owner)}`;
		case STACK:
			return `a kernel stack of ${taskText(fold, owner)}`;
		default:
			return "between two lists";
	}
}

/** As `useText`, with since when and by whom. */
export function holderText(trace: Trace, fold: Fold, head: number): string {
	const { state, since, context } = fold.frames;
	const use = useText(fold, head);
	if (state[head] === RESERVED) return use;
	const when = `${use} since event ${since[head]}`;
	if (state[head] === FREE || state[head] === WAITING) return when;
	return `${when} (${siteText(trace, context[head] as number)})`;
}
