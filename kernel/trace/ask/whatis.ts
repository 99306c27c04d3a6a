// What is at an address at a moment: frame, block, slab, object, whose, since when.
//
//   0xffff888000123045 --> frame 291 --> slab of kmalloc-64 (order 0) --> object 1 of it, byte 5, in use by worker since event 812
//                                    --> free, in the block 288 of order 5
//                                    --> page table, page of a task, kernel stack, boot memory ...
//
// WQ1: `object` is null outside of slabs; inside, an object that nobody has says so.

import { MIGRATETYPE_NAMES } from "../../../mm/pageblock";
import { EV_TASK_NEW } from "../../events";
import type { Fold } from "../fold/fold";
import {
	FREE,
	RESERVED,
	SLAB,
	STACK,
	STATE_NAMES,
	USER,
	WAITING,
} from "../fold/frames";
import { type FoldedCache, PLACE_NAMES } from "../fold/objects";
import type { Trace } from "../trace";
import { pointer, zoneName } from "./address";
import { type Happening, happeningAt, Scene, type TaskName } from "./scene";

const PAGE_BYTES = 4096;
const PAGEBLOCK_SHIFT = 9;
const STACK_EVENTS = 4096; // more than there are between a stack and its task

/** A block of frames, and who made it what it is. */
export interface BlockAnswer {
	readonly head: number;
	readonly order: number;
	readonly use: string;
	readonly type: string;
	/** Task whose memory or stack it is. */
	readonly owner: TaskName | null;
	readonly since: Happening;
}

/** The slab that holds the address. */
export interface SlabAnswer {
	readonly cache: string;
	readonly pfn: number;
	readonly place: string;
	readonly cpu: number | null;
	readonly inUse: number;
	readonly objects: number;
}

/** The object that holds the address, or the room for one. */
export interface ObjectAnswer {
	readonly index: number;
	readonly address: number;
	readonly pointer: string;
	/** The address is this many bytes behind its first. */
	readonly offset: number;
	readonly slotBytes: number;
	readonly inUse: boolean;
	/** Bytes asked for; null when nobody has it. */
	readonly bytes: number | null;
	readonly since: Happening | null;
}

/** All that is known of an address. */
export interface Whatis {
	readonly address: number;
	readonly pointer: string;
	readonly pfn: number;
	readonly zone: string;
	/** Migratetype of the pageblock. */
	readonly pageblock: string;
	/** null for frames that nobody handed out since boot. */
	readonly block: BlockAnswer | null;
	readonly slab: SlabAnswer | null;
	readonly object: ObjectAnswer | null;
}

/** Facts of one fold, before the moments they name are looked up: that makes folds of its own (TC2). */
interface Found {
	readonly block:
		| (Omit<BlockAnswer, "since" | "owner"> & { since: number; pid: number })
		| null;
	readonly slab: SlabAnswer | null;
	readonly object: (Omit<ObjectAnswer, "since"> & { since: number }) | null;
	readonly pageblock: string;
}

/** What is at a physical address of the machine after event `moment`. */
export function whatis(trace: Trace, address: number, moment: number): Whatis {
	const pfn = Math.floor(address / PAGE_BYTES);
	const found = look(trace.foldAt(moment), address, pfn);
	const { block, slab, object, pageblock } = found;
	const when = (event: number): Happening => happeningAt(trace, event);
	return {
		address,
		pointer: pointer(address),
		pfn,
		zone: zoneName(pfn, trace.header.machine),
		pageblock,
		block: block && answerOf(trace, block),
		slab,
		object: object && {
			...object,
			since: object.inUse ? when(object.since) : null,
		},
	};
}

function answerOf(
	trace: Trace,
	{ pid, ...block }: NonNullable<Found["block"]>,
): BlockAnswer {
	const since = happeningAt(trace, block.since);
	const owner =
		block.use === STATE_NAMES[STACK]
			? stackOwner(trace, since)
			: Scene.at(trace, block.since).task(pid);
	return { ...block, owner, since };
}

/** A stack is made before its task has a name: the next task that begins on that CPU is the one. */
function stackOwner(trace: Trace, { event, cpu }: Happening): TaskName | null {
	const scene = new Scene(trace);
	let owner: TaskName | null = null;
	trace.each(event, event + STACK_EVENTS, (columns, index) => {
		if (!scene.see(columns, index)) return false;
		if (columns.codes[index] !== EV_TASK_NEW) return false;
		if (columns.cpus[index] !== cpu) return false;
		owner = scene.task(columns.a[index] as number);
		return true;
	});
	return owner;
}

function look(fold: Fold, address: number, pfn: number): Found {
	const { frames } = fold;
	const head = frames.headOf(pfn);
	const pageblock = typeName(frames.blockTypes[pfn >>> PAGEBLOCK_SHIFT]);
	if (head < 0) return { block: null, slab: null, object: null, pageblock };
	const cache =
		frames.state[head] === SLAB
			? fold.objects.cache(frames.owner[head] as number)
			: null;
	return {
		block: blockOf(fold, head),
		slab: cache && slabOf(fold, head, cache),
		object: cache && objectOf(fold, head, cache, address),
		pageblock,
	};
}

function blockOf({ frames }: Fold, head: number): Found["block"] {
	const state = frames.state[head] as number;
	return {
		head,
		order: frames.order[head] as number,
		use: useName(state),
		type: typeName(frames.type[head]),
		pid: state === USER ? (frames.owner[head] as number) : 0,
		since: frames.since[head] as number,
	};
}

function useName(state: number): string {
	if (state === FREE) return "free";
	if (state === WAITING) return "free, on a CPU's list";
	return state === RESERVED ? "reserved" : (STATE_NAMES[state] as string);
}

function slabOf(
	{ objects }: Fold,
	pfn: number,
	cache: FoldedCache,
): SlabAnswer {
	const place = PLACE_NAMES[objects.place[pfn] as number] as string;
	const isOnCpu = place === "current" || place === "chained";
	return {
		cache: cache.name,
		pfn,
		place,
		cpu: isOnCpu ? (objects.cpu[pfn] as number) : null,
		inUse: objects.inuse[pfn] as number,
		objects: objects.objects[pfn] as number,
	};
}

/** null behind the last object of a slab. */
function objectOf(
	{ objects }: Fold,
	slab: number,
	cache: FoldedCache,
	address: number,
): Found["object"] {
	const start = slab * PAGE_BYTES;
	const index = Math.floor((address - start) / cache.size);
	if (index >= (objects.objects[slab] as number)) return null;
	const object = objects.object(slab, index, cache);
	const first = start + index * cache.size;
	return {
		index,
		address: first,
		pointer: pointer(first),
		offset: address - first,
		slotBytes: cache.size,
		inUse: object !== null,
		bytes: object?.bytes ?? null,
		since: object?.since ?? -1,
	};
}

const typeName = (type: number | undefined): string =>
	MIGRATETYPE_NAMES[type ?? 0] ?? "";
