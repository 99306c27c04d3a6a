// Why these pages: how a request for a block was met, or refused.
//
//   zones, highest first --refused by the watermark--> next zone, lower mark ... --> failed
//     `-- CPU's list --empty--> a batch from the buddy: smallest sufficient block, split in halves
//                                 `-- no block of this type: fallback (fallback.ts)
//
// Every number is read from the fold before the event, or stands in the events of the request: zone_refused carries what
// the watermark saw.
//
// WT1: the block that buddy_take took was the head of the first list, from the wanted order up, that was not empty; where
//     a trace says otherwise the sentence says so.

import {
	EV_BLOCK_TYPE,
	EV_BUDDY_GIVE,
	EV_BUDDY_MOVE,
	EV_BUDDY_TAKE,
	EV_FALLBACK,
	EV_PAGE_ALLOC,
	EV_PCP_DRAIN,
	EV_ZONE_REFUSED,
} from "../../../../mm/events";
import { __GFP_DIRECT_RECLAIM, gfpText } from "../../../../mm/gfp";
import { MIGRATE_HIGHATOMIC } from "../../../../mm/pageblock";
import { pcpIndex } from "../../../../mm/pcp";
import type { TraceEvent } from "../../columns";
import type { Fold } from "../../fold/fold";
import { counted, listed, pagesOf, siteText, typeName } from "../phrases";
import type { Chain } from "./chain";
import { sayFallback } from "./fallback";
import type { Scene } from "./scene";

const TOP = 10;
const PCP_TOP = 3;
const HUGE = 9;
const FALLBACKS_SHOWN = 3;
const REFUSALS_SHOWN = 6;

/** Codes that a request for pages leaves before its page_alloc or page_fail. */
const REQUEST = new Set([
	EV_BUDDY_TAKE,
	EV_FALLBACK,
	EV_BUDDY_MOVE,
	EV_BLOCK_TYPE,
	EV_ZONE_REFUSED,
	EV_PCP_DRAIN,
	EV_BUDDY_GIVE,
]);

/** What led to a page_alloc or page_fail, oldest first. What the free before it drained is not part of it. */
export function requestBefore(scene: Scene, event: TraceEvent): TraceEvent[] {
	const run = scene.runBefore(event, REQUEST);
	const first = run.findIndex(
		({ code }) => code !== EV_PCP_DRAIN && code !== EV_BUDDY_GIVE,
	);
	return first < 0 ? [] : run.slice(first);
}

export function explainPageAlloc(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const order = event.b & 255;
	const type = event.b >>> 8;
	const run = requestBefore(scene, event);
	sayRequest(scene, event, order, type, event.c, chain);
	sayRefusals(scene, run, chain);
	saySource(scene, event, run, chain);
	chain.say(event.number, sentenceOfTaken(scene, event, order), {
		frame: event.a,
		order,
		pages: 2 ** order,
	});
	return `${pagesOf(order)} at frame ${event.a} allocated`;
}

function sentenceOfTaken(
	scene: Scene,
	{ a, context }: TraceEvent,
	order: number,
): string {
	const pages =
		order === 0 ? `Frame ${a}` : `Frames ${a} to ${a + 2 ** order - 1}`;
	return `${pages} of zone ${scene.zoneOf(a).name} now belong${order === 0 ? "s" : ""} to ${siteText(scene.trace, context)}.`;
}

function sayRequest(
	scene: Scene,
	{ number, cpu, context }: TraceEvent,
	order: number,
	type: number,
	gfp: number,
	chain: Chain,
): void {
	const who = siteText(scene.trace, context);
	chain.say(
		number,
		`On CPU ${cpu}, ${who} asked for ${pagesOf(order)} in one piece (order ${order}) with ${gfpText(gfp)}, which makes them ${typeName(type)}.`,
		{ order, pages: 2 ** order, type, gfp, cpu },
	);
}

/** Which zones the watermarks refused; equal refusals are told once. */
export function sayRefusals(
	scene: Scene,
	run: readonly TraceEvent[],
	chain: Chain,
): void {
	const refusals = new Map<string, { event: TraceEvent; times: number }>();
	for (const event of run) {
		if (event.code !== EV_ZONE_REFUSED) continue;
		const key = `${event.a} ${event.c} ${event.d}`;
		const known = refusals.get(key);
		if (known === undefined) refusals.set(key, { event, times: 1 });
		else known.times++;
	}
	const all = [...refusals.values()];
	for (const { event, times } of all.slice(0, REFUSALS_SHOWN))
		sayRefusal(scene, event, times, markOf(run, event), chain);
	if (all.length > REFUSALS_SHOWN)
		chain.say(
			null,
			`${counted(all.length - REFUSALS_SHOWN, "further refusal")} followed.`,
			{ refusals: all.length - REFUSALS_SHOWN },
		);
}

function sayRefusal(
	scene: Scene,
	{ number, a, b, c, d }: TraceEvent,
	times: number,
	mark: string,
	chain: Chain,
): void {
	const order = b & 255;
	const left = c - (2 ** order - 1);
	const name = scene.zone(a)?.name ?? `zone ${a}`;
	const again = times > 1 ? ` It was asked ${times} times, in vain.` : "";
	const reason =
		left <= d
			? `${c} free frames${order > 0 ? `, less the ${2 ** order - 1} that the block takes besides its first,` : ""} are not more than the ${d} that must stay (${mark} and reserve)`
			: `its ${c} free frames are enough (${d} must stay), but no free block of order ${order} or more is among them`;
	chain.say(number, `Zone ${name} refused: ${reason}.${again}`, {
		zone: a,
		order,
		free: c,
		mustStay: d,
		times,
	});
}

/**
 * The mark that a refusal was about: of the same zone the LOW mark is tried first, and MIN, or what is left of it for
 * urgent callers, when that failed.
 */
function markOf(run: readonly TraceEvent[], { a, d }: TraceEvent): string {
	const marks = run
		.filter((each) => each.code === EV_ZONE_REFUSED && each.a === a)
		.map((each) => each.d);
	const most = Math.max(...marks);
	if (d < most) return "MIN watermark";
	return Math.min(...marks) < most ? "LOW watermark" : "watermark";
}

function saySource(
	scene: Scene,
	event: TraceEvent,
	run: readonly TraceEvent[],
	chain: Chain,
): void {
	const order = event.b & 255;
	const type = event.b >>> 8;
	const takes = run.filter(({ code }) => code === EV_BUDDY_TAKE);
	sayLoweredMark(scene, event, run, chain);
	sayDrained(run, chain);
	if (isListed(order, type))
		sayCpuList(scene, event, takes, firstTaken(run, event), chain);
	else
		chain.say(
			null,
			`CPUs keep lists only for orders 0 to 3 and 9 of ordinary types, so order ${order} comes straight from the zone's free lists.`,
			{ order },
		);
	const mine = takes.find(({ a }) => a === event.a);
	const fallbacks = run.filter(({ code }) => code === EV_FALLBACK);
	for (const each of fallbacks.slice(0, FALLBACKS_SHOWN))
		sayFallback(scene, each, chain);
	if (fallbacks.length > FALLBACKS_SHOWN)
		chain.say(
			null,
			`${counted(fallbacks.length, "fallback")} were needed in all.`,
			{
				fallbacks: fallbacks.length,
			},
		);
	if (mine !== undefined) sayTake(scene, mine, chain);
	sayReserve(run, chain);
}

/** Number of the first event with which memory was taken: what was there before it is what the request met. */
function firstTaken(run: readonly TraceEvent[], event: TraceEvent): number {
	const first = run.find(
		({ code }) =>
			code !== EV_ZONE_REFUSED &&
			code !== EV_PCP_DRAIN &&
			code !== EV_BUDDY_GIVE,
	);
	return first?.number ?? event.number;
}

/** After a refusal the zone is asked again with a lower mark: the second look may let it through. */
function sayLoweredMark(
	scene: Scene,
	event: TraceEvent,
	run: readonly TraceEvent[],
	chain: Chain,
): void {
	const zone = scene.zoneOf(event.a);
	const refusals = run.filter(({ code }) => code === EV_ZONE_REFUSED);
	if (refusals.length === 0) return;
	const marks = refusals.filter(({ a }) => a === zone.index).map(({ d }) => d);
	if (marks.length === 0)
		chain.say(null, `The next zone of the list, ${zone.name}, had enough.`, {
			zone: zone.index,
		});
	else
		chain.say(
			null,
			`Zone ${zone.name} was looked at again, against a lower mark than ${Math.min(...marks)} or after memory was given back, and served.`,
			{ zone: zone.index, mark: Math.min(...marks) },
		);
}

function sayDrained(run: readonly TraceEvent[], chain: Chain): void {
	const drained = run.filter(({ code }) => code === EV_PCP_DRAIN);
	const [first] = drained;
	if (first === undefined) return;
	const frames = drained.reduce((sum, { b }) => sum + 2 ** (b & 255), 0);
	chain.say(
		first.number,
		`To make room the CPU's own lists were emptied: ${counted(frames, "frame")} in ${counted(drained.length, "block")} went back to the free lists.`,
		{ blocks: drained.length, frames },
	);
}

/** A high-order request of an atomic caller keeps its pageblock for the next one. */
function sayReserve(run: readonly TraceEvent[], chain: Chain): void {
	const event = run.find(
		({ code, b }) => code === EV_BLOCK_TYPE && b === MIGRATE_HIGHATOMIC,
	);
	if (event === undefined) return;
	chain.say(
		event.number,
		`The pageblock of frame ${event.a} is kept for high-order requests of callers who cannot wait.`,
		{ frame: event.a },
	);
}

/** Whether CPUs keep lists of such blocks. */
export const isListed = (order: number, type: number): boolean =>
	(order <= PCP_TOP || order === HUGE) && type < MIGRATE_HIGHATOMIC;

function sayCpuList(
	scene: Scene,
	{ cpu, a, b }: TraceEvent,
	takes: readonly TraceEvent[],
	start: number,
	chain: Chain,
): void {
	const order = b & 255;
	const type = b >>> 8;
	const fold = scene.before(start);
	const index = pcpIndex(order, type);
	const list = fold.frames.cpuList(cpu, scene.zoneAt(a), index);
	const blocks = fold.frames.lists.count(list);
	const what = `CPU ${cpu}'s list of ${typeName(type)} blocks of order ${order} in zone ${scene.zoneOf(a).name}`;
	if (takes.length === 0)
		chain.say(
			null,
			blocks > 0
				? `${what} held ${counted(blocks, "block")}: its head was taken, without the zone's lock.`
				: `${what} is not known to hold any block.`,
			{ cpu, order, type, blocks },
		);
	else
		chain.say(
			takes[0]?.number ?? null,
			`${what} was empty, so it was refilled with a batch of ${counted(takes.length, "block")} from the zone's free lists, and the first was taken.`,
			{ cpu, order, type, blocks, batch: takes.length },
		);
}

/** How the free lists gave a block: which were empty, which block was taken and how it was split. */
export function sayTake(
	scene: Scene,
	{ number, a, b, c: from }: TraceEvent,
	chain: Chain,
): void {
	const order = b & 255;
	const type = b >>> 8;
	const fold = scene.before(number);
	const counts = countsOf(fold, scene.zoneAt(a), type);
	const zone = scene.zoneOf(a).name;
	const held = counts[from] as number;
	chain.say(
		null,
		`${emptyText(counts, order, from)} ${typeName(type)} list of order ${from} in zone ${zone} held ${counted(held, "block")}; its head, frame ${a}, was taken.`,
		{ order, from, type, blocks: held },
	);
	chain.say(number, splitText(a, order, from), {
		frame: a,
		order,
		from,
		splits: from - order,
	});
}

function emptyText(
	counts: readonly number[],
	order: number,
	from: number,
): string {
	if (from === order) return "The";
	const range =
		from - order === 1 ? `order ${order}` : `orders ${order} to ${from - 1}`;
	const isTrue = counts.slice(order, from).every((count) => count === 0);
	return isTrue
		? `The list${from - order === 1 ? "" : "s"} of ${range} had no block of this type: the`
		: `The lists of ${range} were passed over: the`;
}

function splitText(pfn: number, order: number, from: number): string {
	if (from === order)
		return `It is exactly as large as asked for (${pagesOf(order)}), so nothing was split.`;
	const halves: string[] = [];
	for (let size = from - 1; size >= order; size--)
		halves.push(`order ${size} at frame ${pfn + 2 ** size}`);
	return `The block of ${pagesOf(from)} was halved ${from - order === 1 ? "once" : `${from - order} times`}; the upper halves went to the heads of their lists: ${listed(halves)}.`;
}

/** Free blocks of a type by order. */
export function countsOf(fold: Fold, zone: number, type: number): number[] {
	const { frames } = fold;
	return Array.from({ length: TOP + 1 }, (_, order) =>
		frames.lists.count(frames.freeList(zone, order, type)),
	);
}

export function explainTake(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const order = event.b & 255;
	sayTakeReason(scene, event, chain);
	sayTake(scene, event, chain);
	return `${pagesOf(order)} at frame ${event.a} left the free lists`;
}

function sayTakeReason(scene: Scene, event: TraceEvent, chain: Chain): void {
	const { number, cpu, context, d } = event;
	const who = siteText(scene.trace, context);
	const order = event.b & 255;
	if (d !== 1) {
		chain.say(
			number,
			`On CPU ${cpu}, ${who} needs ${pagesOf(order)}, and no CPU keeps a list of such blocks.`,
			{ cpu, order },
		);
		return;
	}
	const before = scene.runBefore(event, REQUEST);
	const behind = scene.runAfter(event, REQUEST);
	const isTake = ({ code }: TraceEvent): boolean => code === EV_BUDDY_TAKE;
	const place = before.filter(isTake).length + 1;
	const batch = place + behind.filter(isTake).length;
	chain.say(
		number,
		`CPU ${cpu}'s own list of such blocks had run out while serving ${who}: this is block ${place} of a batch of ${batch} that refills it.`,
		{ cpu, order, place, batch },
	);
}

export function explainRefused(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { number, cpu, context, b } = event;
	const order = b & 255;
	chain.say(
		number,
		`On CPU ${cpu}, ${siteText(scene.trace, context)} asked for ${pagesOf(order)}, ${typeName(b >>> 8)}.`,
		{ cpu, order, type: b >>> 8 },
	);
	const whole = [
		...scene.runBefore(event, REQUEST),
		event,
		...scene.runAfter(event, REQUEST),
	];
	sayRefusal(scene, event, 1, markOf(whole, event), chain);
	sayFree(scene, event, chain);
	sayOutcome(scene, event, chain);
	return `zone ${scene.zone(event.a)?.name ?? event.a} refused ${pagesOf(order)}`;
}

function sayOutcome(scene: Scene, event: TraceEvent, chain: Chain): void {
	const run = scene.runAfter(event, REQUEST);
	const end = scene.next(run.at(-1) ?? event);
	if (end === null) return;
	const served = end.code === EV_PAGE_ALLOC;
	chain.say(
		end.number,
		served
			? `In the end the request got frame ${end.a} of zone ${scene.zoneOf(end.a).name}.`
			: "In the end the request failed.",
		served ? { frame: end.a } : {},
	);
}

/** How much of each zone is free, and in how large pieces. */
function sayFree(scene: Scene, event: TraceEvent, chain: Chain): void {
	const { frames } = scene.before(event.number);
	scene.trace.header.machine.zones.forEach((zone, at) => {
		const blocks = frames.freeBlocks(at);
		const free = frames.freeFrames(at);
		let largest = TOP;
		while (largest > 0 && blocks[largest] === 0) largest--;
		if (free === 0)
			chain.say(null, `Zone ${zone.name} has no free frame.`, {
				zone: zone.index,
				free,
			});
		else
			chain.say(
				null,
				`Zone ${zone.name} has ${counted(free, "free frame")}; its largest free block is of order ${largest} (${counted(blocks[largest] as number, "such block")}).`,
				{ zone: zone.index, free, largest, blocks: blocks[largest] as number },
			);
	});
}

export function explainFail(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { a: order, b: gfp } = event;
	const run = requestBefore(scene, event);
	sayRequest(scene, event, order, (gfp & 24) >> 3, gfp, chain);
	sayRefusals(scene, run, chain);
	sayDrained(run, chain);
	sayFree(scene, event, chain);
	const mayWait = (gfp & __GFP_DIRECT_RECLAIM) !== 0;
	chain.say(
		event.number,
		mayWait
			? "The caller may wait, but emptying the CPU's own lists and reclaim did not make enough room, so the request failed."
			: "The caller must not wait for reclaim, so the request failed.",
		{ order, gfp },
	);
	return `no block of ${pagesOf(order)} could be found`;
}
