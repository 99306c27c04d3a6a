// Why memory of another type: what a fallback took, and whether its pageblock changed hands.
//
//   wanted type: no block at all --> largest block of the types to fall back to          movable and small: the smallest
//     order >= 9                     its whole pageblocks change type
//     order >= 4, or not movable     the pageblock's free blocks move over; half free or alike: it changes type
//     else                           the block alone moves
//
// The records of what was moved stand before the fallback's own: the scene is the state before the first of them.
//
// WF1: "alike" is the machine's own guess: movable frames are those that tasks have mapped.
// [mm/page_alloc.c __rmqueue_fallback, steal_suitable_fallback]

import {
	EV_BLOCK_TYPE,
	EV_BUDDY_MOVE,
	EV_FALLBACK,
} from "../../../../mm/events";
import {
	MIGRATE_HIGHATOMIC,
	MIGRATE_MOVABLE,
	PAGEBLOCK_FRAMES,
	PAGEBLOCK_ORDER,
} from "../../../../mm/pageblock";
import type { TraceEvent } from "../../columns";
import type { Fold } from "../../fold/fold";
import { USER } from "../../fold/frames";
import { counted, pagesOf, siteText, typeName } from "../phrases";
import type { Chain } from "./chain";
import type { Scene } from "./scene";

const TOP = 10;
const STEAL_ORDER = 4;
const HALF = PAGEBLOCK_FRAMES / 2;
const MOVES = new Set([EV_BLOCK_TYPE, EV_BUDDY_MOVE]);

/** The facts of one fallback. */
export interface FallbackFacts {
	readonly pfn: number;
	readonly order: number;
	/** Order of the block that was taken. */
	readonly size: number;
	readonly wanted: number;
	/** Type of the list that it was on, and of its pageblock before. */
	readonly list: number;
	readonly had: number;
	readonly hasChanged: boolean;
	/** Frames on free lists that moved over. */
	readonly moved: number;
	/** Allocated frames of the pageblock that suit the wanted type. */
	readonly alike: number;
	/** Free blocks of other types by order when the search began. */
	readonly others: readonly number[];
	/** First of its records. */
	readonly first: number;
}

/** What the events and the fold before them say about a fallback. */
export function fallbackFacts(scene: Scene, event: TraceEvent): FallbackFacts {
	const moves = scene.runBefore(event, MOVES);
	const first = moves[0]?.number ?? event.number;
	const fold = scene.before(first);
	const wanted = event.c & 255;
	const had = fold.frames.blockTypes[event.a >>> PAGEBLOCK_ORDER] as number;
	const moved = moves
		.filter(({ code }) => code === EV_BUDDY_MOVE)
		.reduce((sum, { b }) => sum + 2 ** b, 0);
	return {
		pfn: event.a,
		order: event.b & 255,
		size: event.b >>> 8,
		wanted,
		list: event.c >>> 8,
		had,
		hasChanged: moves.some(({ code }) => code === EV_BLOCK_TYPE),
		moved,
		alike: alikeFrames(fold, event.a, wanted, had, moved),
		others: othersOf(fold, scene.zoneAt(event.a), wanted),
		first,
	};
}

/** Blocks of the types to fall back to, by order. */
function othersOf({ frames }: Fold, zone: number, wanted: number): number[] {
	return Array.from({ length: TOP + 1 }, (_, order) => {
		let blocks = 0;
		for (let type = 0; type < MIGRATE_HIGHATOMIC; type++)
			if (type !== wanted)
				blocks += frames.lists.count(frames.freeList(zone, order, type));
		return blocks;
	});
}

function alikeFrames(
	{ frames }: Fold,
	pfn: number,
	wanted: number,
	had: number,
	moved: number,
): number {
	const start = pfn & ~(PAGEBLOCK_FRAMES - 1);
	let movable = 0;
	for (let at = start; at < start + PAGEBLOCK_FRAMES; at++)
		if (frames.state[at] === USER)
			movable += Math.min(2 ** (frames.order[at] as number), PAGEBLOCK_FRAMES);
	if (wanted === MIGRATE_MOVABLE) return movable;
	if (had !== MIGRATE_MOVABLE) return 0;
	return Math.max(0, PAGEBLOCK_FRAMES - moved - movable);
}

/** Whether a request of this type may take more than the block that it found. */
const mayClaim = ({ size, wanted }: FallbackFacts): boolean =>
	size >= STEAL_ORDER || wanted !== MIGRATE_MOVABLE;

/** Adds the sentences about a fallback. */
export function sayFallback(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): void {
	const facts = fallbackFacts(scene, event);
	const { order, size, wanted, list, pfn } = facts;
	const zone = scene.zoneOf(pfn).name;
	chain.say(
		null,
		`No free ${typeName(wanted)} block of order ${order} or more was left in zone ${zone}.`,
		{ order, wanted },
	);
	chain.say(event.number, choiceText(facts), {
		frame: pfn,
		order,
		size,
		list,
		blocks: facts.others[size] as number,
	});
	sayPageblock(scene, event, facts, chain);
}

function choiceText(facts: FallbackFacts): string {
	const { size, order, list, pfn, others } = facts;
	const what = `the ${typeName(list)} block of order ${size} at frame ${pfn}`;
	if (!mayClaim(facts) && others.slice(size + 1).some((count) => count > 0))
		return `A movable request may not claim a pageblock with a block below order ${STEAL_ORDER}, so it took the smallest that does, not the largest: ${what}.`;
	if (size === TOP)
		return `The largest blocks are tried first, so that few pageblocks get mixed: ${what} was taken.`;
	const empty = size + 1 === TOP ? `order ${TOP}` : `order ${size + 1} and up`;
	return order === size
		? `Only blocks of order ${size} were left to fall back to, and ${what} was taken.`
		: `Larger blocks are tried first; the other types had none of ${empty}, so ${what} was taken.`;
}

function sayPageblock(
	scene: Scene,
	event: TraceEvent,
	facts: FallbackFacts,
	chain: Chain,
): void {
	const { moved, alike, had, wanted } = facts;
	chain.say(
		facts.first === event.number ? null : facts.first,
		pageblockText(scene, facts),
		{ had, wanted, moved, alike, half: HALF, changed: event.d },
	);
}

function pageblockText(scene: Scene, facts: FallbackFacts): string {
	const { size, had, wanted, moved, alike, hasChanged, pfn } = facts;
	const to = typeName(wanted);
	if (had === MIGRATE_HIGHATOMIC)
		return "Its pageblock is reserved for high-order requests and stays so: the block alone moved.";
	if (size >= PAGEBLOCK_ORDER)
		return `The block is ${counted(2 ** (size - PAGEBLOCK_ORDER), "whole pageblock")}, which changed from ${typeName(had)} to ${to}.`;
	if (!mayClaim(facts))
		return `The block alone moved to the ${to} lists: its pageblock stays ${typeName(had)}.`;
	const start = pfn & ~(PAGEBLOCK_FRAMES - 1);
	const zone = scene.zoneOf(pfn);
	if (start + PAGEBLOCK_FRAMES > zone.end)
		return `The block alone moved to the ${to} lists, because the zone ends inside its pageblock.`;
	const share = `Of the ${PAGEBLOCK_FRAMES} frames of its pageblock ${moved} were free and moved to the ${to} lists, and ${alike} allocated ones count as ${to}`;
	if (had === wanted)
		return `${share}. The pageblock was ${to} before and stays so.`;
	return hasChanged
		? `${share}: ${moved + alike} is at least half (${HALF}), so the pageblock changed from ${typeName(had)} to ${to}.`
		: `${share}: ${moved + alike} is less than half (${HALF}), so the pageblock stays ${typeName(had)} and is mixed from now on.`;
}

export function explainFallback(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const order = event.b & 255;
	const { cpu, context } = event;
	chain.say(
		event.number,
		`On CPU ${cpu}, ${siteText(scene.trace, context)} needs ${pagesOf(order)}, ${typeName(event.c & 255)}.`,
		{ cpu, order },
	);
	sayFallback(scene, event, chain);
	return `a request for ${typeName(event.c & 255)} pages took ${typeName(event.c >>> 8)} memory`;
}

export function explainMove(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { number, a, b, c } = event;
	const had = scene.before(number).frames.type[a] as number;
	const why = moverOf(scene, event);
	chain.say(
		number,
		`The free block of ${pagesOf(b)} at frame ${a} went from the ${typeName(had)} list to the tail of the ${typeName(c)} list of order ${b}.`,
		{ frame: a, order: b, from: had, to: c },
	);
	chain.say(why?.number ?? null, moverText(why, c), {});
	return `a free block of order ${b} became ${typeName(c)}`;
}

/** The fallback that a move or a change of type belongs to; null when it is something else's. */
function moverOf(scene: Scene, event: TraceEvent): TraceEvent | null {
	const run = scene.runAfter(event, MOVES);
	const end = scene.next(run.at(-1) ?? event);
	return end !== null && !MOVES.has(end.code) ? end : null;
}

function moverText(end: TraceEvent | null, type: number): string {
	if (end?.code === EV_FALLBACK)
		return `A request had run out of ${typeName(type)} blocks and fell back to another type (event ${end.number}).`;
	if (type === MIGRATE_HIGHATOMIC)
		return "Its pageblock is kept for high-order requests of callers who cannot wait.";
	return "Its pageblock was given to another type.";
}

export function explainBlockType(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { number, a, b } = event;
	const block = a >>> PAGEBLOCK_ORDER;
	const start = block * PAGEBLOCK_FRAMES;
	const had = scene.before(number).frames.blockTypes[block] as number;
	chain.say(number, blockTypeText(event, start, had), {
		frame: a,
		from: had,
		to: b,
	});
	const why = moverOf(scene, event);
	if (why?.code === EV_FALLBACK) sayFallback(scene, why, chain);
	else
		chain.say(null, `It was set by ${siteText(scene.trace, event.context)}.`);
	return `the pageblock at frame ${start} is ${typeName(b)}`;
}

function blockTypeText(event: TraceEvent, start: number, had: number): string {
	const what = `The pageblock of frames ${start} to ${start + PAGEBLOCK_FRAMES - 1}`;
	const to = typeName(event.b);
	if (had === event.b) return `${what} is ${to}, as before.`;
	return `${what} changed from ${typeName(had)} to ${to}: what is freed in it goes to the ${to} lists.`;
}
