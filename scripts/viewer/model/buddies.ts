// Why a block stays as it is: its buddies, order by order, up to the largest block it could be part of.
//
//   order 10  |               .               |
//   order 9   |       .       |     buddy     |      split: order 7 is its largest free part
//   order 8   |  me   | buddy |                      in use: slab of kmalloc-64
//
// BU1: the buddy of a block of order k is the block with bit k of its frame number flipped.
// BU2: a block merges when its buddy is free, whole, of the same order and in the same zone.

import type { Fold } from "../../../kernel/trace/fold/fold";
import {
	FREE,
	RESERVED,
	TRANSIT,
	WAITING,
} from "../../../kernel/trace/fold/frames";
import { isIdle } from "./paint";

const TOP_ORDER = 10;
const STANDING: Readonly<Record<number, string>> = {
	[WAITING]: "It waits with a CPU",
	[TRANSIT]: "It is on its way",
};

/** A block and the half beside it. */
export interface Level {
	/** Order of both halves. */
	readonly order: number;
	readonly own: number;
	readonly buddy: number;
	/** What the buddy is, in words. */
	readonly words: string;
	/** Why the two do not merge; null where nothing is in the way. */
	readonly obstacle: string | null;
	/** Frames of the buddy that nobody uses. */
	readonly freeFrames: number;
	/** The block that stands in the way; -1 for none. */
	readonly blocker: number;
}

/** The buddies of the block at `head`, from its own order upwards. `name` says whose a block is. */
export function buddiesOf(
	fold: Fold,
	head: number,
	name: (head: number) => string,
): Level[] {
	const levels: Level[] = [];
	const first = fold.frames.order[head] as number;
	for (let order = first; order < TOP_ORDER; order++)
		levels.push(levelOf(fold, head & ~((1 << order) - 1), order, name));
	return levels;
}

function levelOf(
	fold: Fold,
	own: number,
	order: number,
	name: (head: number) => string,
): Level {
	const { frames } = fold;
	const buddy = own ^ (1 << order);
	const level = { order, own, buddy };
	const zone = frames.zones[frames.zoneOf(own)];
	if (zone && (buddy < zone.start || buddy + (1 << order) > zone.end)) {
		const words = "outside the zone";
		return { ...level, words, obstacle: words, freeFrames: 0, blocker: -1 };
	}
	const whole = frames.headOf(buddy);
	const wholeOrder = whole < 0 ? 0 : (frames.order[whole] as number);
	if (whole >= 0 && wholeOrder >= order) {
		const state = frames.state[whole] as number;
		const isFree = state === FREE;
		const words = isFree
			? `free, order ${wholeOrder}`
			: isIdle(state)
				? name(whole)
				: `in use, ${name(whole)}`;
		return {
			...level,
			words,
			obstacle: isFree ? null : words,
			freeFrames: isIdle(frames.state[whole] as number) ? 1 << order : 0,
			blocker: isFree ? -1 : whole,
		};
	}
	return { ...level, ...partsOf(fold, buddy, order, name) };
}

/** What lies in a buddy that is in parts. */
function partsOf(
	{ frames }: Fold,
	buddy: number,
	order: number,
	name: (head: number) => string,
): Pick<Level, "words" | "obstacle" | "freeFrames" | "blocker"> {
	let freeFrames = 0;
	let largest = -1;
	let users = 0;
	let blocker = -1;
	const end = buddy + (1 << order);
	for (let pfn = buddy; pfn < end; ) {
		const state = frames.state[pfn] as number;
		const size = state === RESERVED ? 1 : 2 ** (frames.order[pfn] as number);
		if (isIdle(state)) {
			freeFrames += size;
			largest = Math.max(largest, frames.order[pfn] as number);
		} else {
			if (blocker < 0) blocker = pfn;
			users += size;
		}
		pfn += size;
	}
	const parts =
		largest < 0
			? "nothing of it is free"
			: `in parts, the largest free one is order ${largest}`;
	const who = blocker < 0 ? "" : `; in use, ${name(blocker)}`;
	const obstacle =
		blocker < 0
			? "its parts wait on lists of their own"
			: `${users} of its ${1 << order} frames are in use`;
	return { words: `${parts}${who}`, obstacle, freeFrames, blocker };
}

/** What would become of a block if it were freed now. */
function ifFreed(order: number, levels: readonly Level[]): string {
	const stop = levels.find(({ obstacle }) => obstacle !== null);
	const end = stop?.order ?? TOP_ORDER;
	const become =
		end === order
			? "Given back now it would stay as it is"
			: `Given back now it would merge up to order ${end}`;
	if (stop === undefined) return `${become}.`;
	return `${become}: the buddy at 0x${stop.buddy.toString(16)} is ${stop.words}.`;
}

/** One sentence about the first thing that is in the way. */
export function whyNot(
	fold: Fold,
	head: number,
	levels: readonly Level[],
): string {
	const state = fold.frames.state[head] as number;
	const order = fold.frames.order[head] as number;
	const [first] = levels;
	if (state !== FREE)
		return `${STANDING[state] ?? "It is in use"}. ${ifFreed(order, levels)}`;
	if (first === undefined)
		return "It is a block of the largest order: there is nothing larger to be part of.";
	if (first.obstacle === null)
		return "Nothing is in the way: it merges as soon as one of the two is freed.";
	return `Its buddy at 0x${first.buddy.toString(16)} of order ${order} keeps it from merging: ${first.words}.`;
}
