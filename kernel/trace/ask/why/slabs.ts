// Why this slab: where a CPU got its current slab from, why a new one was made, why one was given back or moved.
//
//   current slab used up --> full, on no list
//   next one             --> head of the CPU's chain --none--> head of the node's list, and some more for the chain
//                                                    --none--> a new block of pages
//
// WS1: a slab with free objects that belongs to another CPU, or is chained there, cannot be used: it is counted, to show
//     why a new slab is needed although there are free objects.
// [mm/slub.c get_partial_node, new_slab, __unfreeze_partials, deactivate_slab, discard_slab]

import {
	EV_BLOCK_TYPE,
	EV_BUDDY_GIVE,
	EV_BUDDY_MOVE,
	EV_BUDDY_TAKE,
	EV_CACHE_END,
	EV_CACHE_NEW,
	EV_FALLBACK,
	EV_PAGE_ALLOC,
	EV_PAGE_FAIL,
	EV_PAGE_FREE,
	EV_PCP_DRAIN,
	EV_SLAB_ALLOC,
	EV_SLAB_DISCARD,
	EV_SLAB_FREE,
	EV_SLAB_MOVE,
	EV_SLAB_NEW,
	EV_ZONE_REFUSED,
	SLAB_CHAINED,
	SLAB_CURRENT,
	SLAB_FULL,
	SLAB_HEAD,
} from "../../../../mm/events";
import { minPartialSlabs } from "../../../../mm/slab-geometry";
import type { TraceEvent } from "../../columns";
import type { Fold } from "../../fold/fold";
import { cacheText, counted, pagesOf, siteText } from "../phrases";
import type { Chain } from "./chain";
import type { Codes, Explain, Scene } from "./scene";

const MOVES = new Set([EV_SLAB_MOVE]);
/** Codes that making a slab leaves between the move of the one that was used up and slab_new. */
const MAKING = new Set([
	EV_SLAB_MOVE,
	EV_BUDDY_TAKE,
	EV_FALLBACK,
	EV_BUDDY_MOVE,
	EV_BLOCK_TYPE,
	EV_ZONE_REFUSED,
	EV_PAGE_FAIL,
	EV_PAGE_ALLOC,
	EV_PCP_DRAIN,
	EV_BUDDY_GIVE,
]);
const THAW = new Set([EV_SLAB_MOVE, EV_SLAB_DISCARD, EV_PAGE_FREE]);

/** Slabs of a cache by where they are, and the free objects in those that a CPU cannot use. */
export interface SlabCounts {
	readonly chained: number;
	readonly listed: number;
	/** Free objects in slabs that are current or chained on other CPUs. */
	readonly elsewhere: number;
}

/** Counts what a CPU could have taken instead of a new slab (WS1). */
export function slabCounts(fold: Fold, slot: number, cpu: number): SlabCounts {
	const { objects, frames } = fold;
	let elsewhere = 0;
	objects.eachSlab((slab) => {
		if (frames.owner[slab] !== slot || objects.cpu[slab] === cpu) return;
		const place = objects.place[slab];
		if (place === SLAB_CURRENT || place === SLAB_CHAINED)
			elsewhere +=
				(objects.objects[slab] as number) - (objects.inuse[slab] as number);
	});
	return {
		chained: objects.chained(slot, cpu).length,
		listed: objects.listed(slot).length,
		elsewhere,
	};
}

/** Why a new slab was made: nothing else had a free object. */
export function sayNewSlab(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): void {
	const { number, cpu, a, b, c: slot, d } = event;
	sayDropped(scene, event, MAKING, chain);
	const fold = scene.before(number);
	const name = cacheText(fold, slot);
	const { chained, listed, elsewhere } = slabCounts(fold, slot, cpu);
	chain.say(null, emptyText(name, cpu, chained, listed), {
		cpu,
		chained,
		listed,
	});
	if (elsewhere > 0)
		chain.say(
			null,
			`Other CPUs own slabs with ${counted(elsewhere, "free object")}, but nobody else may take from those.`,
			{ elsewhere },
		);
	const size = fold.objects.cache(slot)?.size ?? 0;
	const waste = 4096 * 2 ** b - size * d;
	chain.say(
		number,
		`So a new slab was made: ${pagesOf(b)} at frame ${a}, cut into ${counted(d, "object")} of ${size} bytes; ${counted(waste, "byte")} are left over at its end.`,
		{ frame: a, order: b, objects: d, size, waste },
	);
}

function emptyText(
	name: string,
	cpu: number,
	chained: number,
	listed: number,
): string {
	if (chained === 0 && listed === 0)
		return `CPU ${cpu} had no free object of ${name}: none in a current slab, no slab on its chain, none on the node's list.`;
	return `CPU ${cpu} wanted a slab of ${name} of its own, with ${counted(chained, "slab")} on its chain and ${listed} on the node's list.`;
}

/** Where the slab came from that became current. */
export function sayTakenSlab(
	scene: Scene,
	move: TraceEvent,
	chain: Chain,
): void {
	const { cpu, a, c: slot } = move;
	sayDropped(scene, move, MOVES, chain);
	const start = firstOfTake(scene, move);
	const { objects } = scene.before(start.number);
	const free = (objects.objects[a] as number) - (objects.inuse[a] as number);
	const isChained = objects.place[a] === SLAB_CHAINED;
	const count = isChained
		? objects.chained(slot, cpu).length
		: objects.listed(slot).length;
	if (isChained)
		chain.say(
			move.number,
			`The first of the ${counted(count, "slab")} on CPU ${cpu}'s own chain, frame ${a}, with ${counted(free, "free object")}, took its place: no lock of the node was needed.`,
			{ cpu, frame: a, free, chained: count },
		);
	else {
		chain.say(
			move.number,
			`CPU ${cpu}'s chain was empty too, so the first of the ${counted(count, "slab")} on the node's list, frame ${a}, with ${counted(free, "free object")}, was frozen for it.`,
			{ cpu, frame: a, free, listed: count },
		);
		sayExtra(start, move, chain);
	}
}

/** The first record of a slab's taking: slabs of the node's list that go to the chain are told before it. */
function firstOfTake(scene: Scene, move: TraceEvent): TraceEvent {
	const run = scene.runBefore(move, MOVES);
	let first = move;
	for (let at = run.length - 1; at >= 0; at--) {
		const event = run[at] as TraceEvent;
		if (event.b !== SLAB_CHAINED || event.c !== move.c) break;
		first = event;
	}
	return first;
}

function sayExtra(start: TraceEvent, move: TraceEvent, chain: Chain): void {
	const extra = move.number - start.number;
	if (extra <= 0) return;
	chain.say(
		start.number,
		`While the lock was held, ${counted(extra, "further slab")} of the list went to the CPU's chain.`,
		{ slabs: extra },
	);
}

/** The current slab that had no free object left. */
function sayDropped(
	scene: Scene,
	move: TraceEvent,
	codes: Codes,
	chain: Chain,
): void {
	const run = scene.runBefore(move, codes);
	const full = run
		.filter(
			({ code, b, c }) =>
				code === EV_SLAB_MOVE && b === SLAB_FULL && c === move.c,
		)
		.at(-1);
	if (full === undefined) return;
	chain.say(
		full.number,
		`CPU ${move.cpu}'s current slab, frame ${full.a}, had no free object left, not even one that others had freed: it is full and on no list from now on.`,
		{ frame: full.a },
	);
}

function explainNew(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { a, b, c, cpu, context, number } = event;
	chain.say(
		number,
		`On CPU ${cpu}, ${siteText(scene.trace, context)} needed an object of ${cacheText(scene.before(number), c)}.`,
		{ cpu },
	);
	sayNewSlab(scene, event, chain);
	const block = scene.previous(event);
	const cache = scene.before(number).objects.cache(c);
	if (block?.code === EV_PAGE_ALLOC && block.a === a)
		chain.say(
			block.number,
			cache !== null && b < cache.order
				? `The page allocator had no ${pagesOf(cache.order)} in one piece to spare, so the slab is as small as it can be: ${pagesOf(b)}.`
				: `Its ${pagesOf(b)} came from the page allocator (event ${block.number}).`,
			{ order: b, wanted: cache?.order ?? b },
		);
	return `a slab of ${cacheText(scene.before(number), c)} at frame ${a}`;
}

function explainDiscard(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, b, c, d } = event;
	const cause = scene.origin(event, THAW);
	const fold = scene.before(number);
	const name = cacheText(fold, c);
	const size = fold.objects.cache(c)?.size ?? 0;
	const listed = fold.objects.listed(c).length;
	const least = minPartialSlabs(size);
	chain.say(
		number,
		`None of the ${counted(d, "object")} of the slab of ${name} at frame ${a} was in use any more.`,
		{ frame: a, objects: d, inuse: fold.objects.inuse[a] as number },
	);
	chain.say(
		cause?.number ?? null,
		discardText(scene, event, cause, listed, least),
		{ listed, minPartial: least },
	);
	chain.say(
		scene.next(event)?.number ?? null,
		`Its ${pagesOf(b)} went back to the page allocator.`,
		{ order: b },
	);
	return `the slab of ${name} at frame ${a} given back`;
}

function discardText(
	scene: Scene,
	{ context, cpu }: TraceEvent,
	cause: TraceEvent | null,
	listed: number,
	least: number,
): string {
	const where = siteText(scene.trace, context);
	if (cause?.code === EV_SLAB_FREE)
		return `The free at event ${cause.number} on CPU ${cpu} emptied it, or sent the chain that it was on to the node; the node's list held ${counted(listed, "slab")}, and from ${least} on empty ones do not stay.`;
	return `${where} gives empty slabs back (the node's list held ${counted(listed, "slab")}).`;
}

function explainMove(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, b, c, cpu } = event;
	const fold = scene.before(number);
	const name = cacheText(fold, c);
	const objects = fold.objects.objects[a] as number;
	const inuse = fold.objects.inuse[a] as number;
	chain.say(
		number,
		`The slab of ${name} at frame ${a} has ${inuse} of ${counted(objects, "object")} in use.`,
		{ frame: a, inuse, objects },
	);
	if (b === SLAB_CURRENT) sayBecameCurrent(scene, event, chain);
	else sayMoved(scene, event, chain);
	return `the slab of ${name} at frame ${a} ${PLACES[b] ?? "moved"}${b === SLAB_CURRENT || b === SLAB_CHAINED ? ` on CPU ${cpu}` : ""}`;
}

const PLACES: readonly string[] = [
	"moved",
	"became current",
	"was chained",
	"went to the head of the node's list",
	"went to the tail of the node's list",
	"is full",
];

function sayBecameCurrent(scene: Scene, event: TraceEvent, chain: Chain): void {
	const before = scene.previous(event);
	if (before?.code === EV_SLAB_NEW && before.a === event.a)
		sayNewSlab(scene, before, chain);
	else sayTakenSlab(scene, event, chain);
}

function sayMoved(scene: Scene, event: TraceEvent, chain: Chain): void {
	const { cpu, b, c } = event;
	const cause = causeOf(scene, event);
	const { objects } = scene.before(event.number);
	const listed = objects.listed(c).length;
	const chained = objects.chained(c, cpu).length;
	chain.say(cause?.number ?? null, movedText(scene, event, cause), {
		listed,
		chained,
	});
	if (b !== SLAB_FULL)
		chain.say(
			null,
			`Before, ${counted(listed, "slab")} of the cache were on the node's list and ${chained} on CPU ${cpu}'s chain.`,
			{ listed, chained },
		);
}

/** What a move is a consequence of: the free before it, or the allocation behind it. */
function causeOf(scene: Scene, event: TraceEvent): TraceEvent | null {
	const before = scene.origin(event, THAW);
	if (event.b !== SLAB_FULL && before?.code === EV_SLAB_FREE) return before;
	const behind = scene.next(scene.runAfter(event, THAW).at(-1) ?? event);
	if (behind?.code === EV_SLAB_ALLOC && behind.c === event.c) return behind;
	return before?.code === EV_SLAB_FREE ? before : null;
}

function movedText(
	scene: Scene,
	{ b, cpu, context }: TraceEvent,
	cause: TraceEvent | null,
): string {
	const free = cause?.code === EV_SLAB_FREE;
	if (b === SLAB_FULL)
		return `All its objects were given out and nobody had freed one: it is on no list until an object comes back, and CPU ${cpu} needs another slab.`;
	if (b === SLAB_CHAINED)
		return free
			? `It was full; the free at event ${cause.number} gave it a free object, and CPU ${cpu} keeps it for later.`
			: `CPU ${cpu} took it from the node's list together with the slab that it needed, while it held the lock.`;
	if (b === SLAB_HEAD)
		return `CPU ${cpu} gave up its current slab (${siteText(scene.trace, context)}); nobody else had freed into it, so it is used again first.`;
	return free
		? `CPU ${cpu}'s chain was full when the free at event ${cause.number} brought another slab, so the whole chain moved to the node, where other CPUs find it.`
		: `CPU ${cpu} gave up what it had, or the list was sorted: ${siteText(scene.trace, context)}.`;
}

function explainCacheNew(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { number, a, b: size, c, d, context } = event;
	const name = cacheText(scene.after(number), a);
	const order = c & 15;
	const objects = c >>> 8;
	const waste = 4096 * 2 ** order - objects * size;
	chain.say(
		number,
		`${siteText(scene.trace, context)} made the cache ${name} for objects of ${counted(d, "byte")}, which take ${size} with alignment and bookkeeping.`,
		{ size, bytes: d },
	);
	chain.say(
		null,
		`A slab of it is ${pagesOf(order)} and holds ${counted(objects, "object")}; ${counted(waste, "byte")} at its end are wasted. It has no slab yet.`,
		{ order, objects, waste },
	);
	return `the cache ${name} was made`;
}

function explainCacheEnd(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const name = cacheText(scene.before(event.number), event.a);
	chain.say(
		event.number,
		`${siteText(scene.trace, event.context)} destroyed the cache ${name}: all its slabs had gone back.`,
		{ slot: event.a },
	);
	return `the cache ${name} was destroyed`;
}

/** Explains slabs and caches. */
export const SLABS: readonly (readonly [number, Explain])[] = [
	[EV_SLAB_NEW, explainNew],
	[EV_SLAB_DISCARD, explainDiscard],
	[EV_SLAB_MOVE, explainMove],
	[EV_CACHE_NEW, explainCacheNew],
	[EV_CACHE_END, explainCacheEnd],
];
