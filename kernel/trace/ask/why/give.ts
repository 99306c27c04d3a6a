// Why a block merged, or did not: what its buddy was at each order.
//
//   order k  block at pfn p, buddy at p XOR 2^k        free, whole, same zone, types agree --> order k + 1
//                                                      else the chain ends here, and the buddy says why
//
// The buddy that stops a merge is described as the fold knows it just before: whose it is, since which event, and who
// allocated it.
//
// WG1: the block that was freed is the only one in transit inside the merged block.
// [mm/page_alloc.c __free_one_page, buddy_merge_likely]

import {
	EV_BOOT_FREE,
	EV_BUDDY_GIVE,
	EV_PAGE_FREE,
	EV_PCP_DRAIN,
	EV_ZONE_REFUSED,
} from "../../../../mm/events";
import { MIGRATE_HIGHATOMIC, PAGEBLOCK_ORDER } from "../../../../mm/pageblock";
import { pcpIndex } from "../../../../mm/pcp";
import type { TraceEvent } from "../../columns";
import type { Fold } from "../../fold/fold";
import { FREE, RESERVED, TRANSIT, WAITING } from "../../fold/frames";
import { counted, holderText, pagesOf, siteText, typeName } from "../phrases";
import type { Chain } from "./chain";
import type { Scene } from "./scene";

const TOP = 10;
const TAIL_ORDER_MAX = 8; // above it the list's end does not depend on the neighbour
const MOVABLE = 1;
const DRAIN = new Set([EV_PCP_DRAIN, EV_BUDDY_GIVE]);

/** What stopped a merge. */
export type Obstacle =
	| "top order"
	| "zone"
	| "type"
	| "reserved"
	| "in pieces"
	| "per-CPU"
	| "allocated";

/** How a block that was given back merged. */
export interface Merge {
	/** The block as it was freed. */
	readonly pfn: number;
	readonly order: number;
	/** Buddies that it merged with, smallest first. */
	readonly buddies: readonly { readonly pfn: number; readonly order: number }[];
	/** First frame of the buddy that it did not merge with; -1 at the top order. */
	readonly buddy: number;
	readonly obstacle: Obstacle;
	/** First frame of the block that is in the way; -1 for none. */
	readonly blocker: number;
}

/** What a buddy_give did, from the fold before it. */
export function mergeOf(scene: Scene, event: TraceEvent): Merge {
	const { number, a: pfn, b: order, c: type } = event;
	const fold = scene.before(number);
	const freed = transitIn(fold, pfn, order);
	const own = freed < 0 ? order : (fold.frames.order[freed] as number);
	const buddies: { pfn: number; order: number }[] = [];
	let block = freed < 0 ? pfn : freed;
	for (let size = own; size < order; size++) {
		const buddy = block ^ (1 << size);
		buddies.push({ pfn: buddy, order: size });
		block &= buddy;
	}
	const buddy = order < TOP ? pfn ^ (1 << order) : -1;
	const start = freed < 0 ? pfn : freed;
	const rest = obstacleOf(scene, fold, pfn, buddy, order, type);
	return { pfn: start, order: own, buddies, buddy, ...rest };
}

/** First frame of the block in transit inside a range; -1 for none. */
function transitIn({ frames }: Fold, pfn: number, order: number): number {
	const end = pfn + 2 ** order;
	for (let at = pfn; at < end; ) {
		if (frames.state[at] === TRANSIT) return at;
		at += 2 ** (frames.order[at] as number);
	}
	return -1;
}

function obstacleOf(
	scene: Scene,
	fold: Fold,
	pfn: number,
	buddy: number,
	order: number,
	type: number,
): Pick<Merge, "obstacle" | "blocker"> {
	if (buddy < 0) return { obstacle: "top order", blocker: -1 };
	const zone = scene.zoneOf(pfn);
	if (buddy < zone.start || buddy >= zone.end)
		return { obstacle: "zone", blocker: -1 };
	const { frames } = fold;
	if (frames.state[buddy] === FREE && frames.order[buddy] === order) {
		const other = frames.blockTypes[buddy >>> PAGEBLOCK_ORDER] as number;
		const differ = type !== other && (type >= MIGRATE_HIGHATOMIC || other >= 3);
		return { obstacle: differ ? "type" : "in pieces", blocker: buddy };
	}
	return blockerIn(fold, buddy, order);
}

/** The first block in a buddy that is not free, and what it is. */
function blockerIn(
	{ frames }: Fold,
	buddy: number,
	order: number,
): Pick<Merge, "obstacle" | "blocker"> {
	const end = Math.min(buddy + 2 ** order, frames.frames);
	for (let at = buddy; at < end; ) {
		const state = frames.state[at] as number;
		if (state === RESERVED) return { obstacle: "reserved", blocker: at };
		if (state === WAITING) return { obstacle: "per-CPU", blocker: at };
		if (state !== FREE) return { obstacle: "allocated", blocker: at };
		at += 2 ** (frames.order[at] as number);
	}
	return { obstacle: "in pieces", blocker: buddy };
}

/** Adds the sentences about a merge and the place on the list. */
export function sayGive(scene: Scene, event: TraceEvent, chain: Chain): void {
	const merge = mergeOf(scene, event);
	const { number, a, b, c, d } = event;
	const fold = scene.before(number);
	for (const { pfn, order } of merge.buddies)
		chain.say(
			number,
			`Its buddy of order ${order}, frame ${pfn}, was free and whole since event ${fold.frames.since[pfn]}: the two merged to ${pagesOf(order + 1)} at frame ${Math.min(pfn, pfn ^ (1 << order)) & ~((2 << order) - 1)}.`,
			{ order, buddy: pfn, since: fold.frames.since[pfn] as number },
		);
	chain.say(null, stopText(scene, fold, merge, b), {
		order: b,
		buddy: merge.buddy,
		blocker: merge.blocker,
	});
	chain.say(number, placeText(scene, fold, event), {
		frame: a,
		order: b,
		type: c,
		tail: d,
	});
}

function stopText(
	scene: Scene,
	fold: Fold,
	merge: Merge,
	order: number,
): string {
	const { buddy, blocker, obstacle } = merge;
	const more = merge.buddies.length > 0 ? "further " : "";
	const who = `It does not merge ${more}with its buddy of order ${order}, frame ${buddy}`;
	const what = order === 0 ? "that" : `frame ${blocker} in it`;
	switch (obstacle) {
		case "top order":
			return `Order ${TOP} is the largest there is: nothing to merge with.`;
		case "zone":
			return `${who}, because that is outside zone ${scene.zoneOf(merge.pfn).name}.`;
		case "type":
			return `${who}: that is free, but its pageblock is ${typeName(fold.frames.blockTypes[buddy >>> PAGEBLOCK_ORDER] as number)}, and from order ${PAGEBLOCK_ORDER} on types must agree.`;
		case "reserved":
			return `${who}: ${what} is reserved since boot and was never free.`;
		case "per-CPU":
			return `${who}: ${what} ${cpuListText(fold, blocker)} since event ${fold.frames.since[blocker]}, free but on no free list.`;
		case "in pieces":
			return `${who}: that is free, but not in one block; its first one is of order ${fold.frames.order[buddy]}.`;
		default:
			return `${who}: ${what} is ${holderText(scene.trace, fold, blocker)}.`;
	}
}

function cpuListText(fold: Fold, pfn: number): string {
	const { frames } = fold;
	const list = frames.lists.listOf(pfn);
	const order = frames.order[pfn] as number;
	const zone = frames.zoneOf(pfn);
	const type = frames.type[pfn] as number;
	const index = pcpIndex(order, type < MIGRATE_HIGHATOMIC ? type : MOVABLE);
	for (let cpu = 0; cpu < frames.cpus; cpu++)
		if (frames.cpuList(cpu, zone, index) === list)
			return `waits on CPU ${cpu}'s list`;
	return "waits on a CPU's list";
}

function placeText(
	scene: Scene,
	fold: Fold,
	{ a, b, c, d, number }: TraceEvent,
): string {
	const list = `the ${typeName(c)} list of order ${b} in zone ${scene.zoneOf(a).name}`;
	const end = d === 1 ? "tail" : "head";
	return `It went to the ${end} of ${list}: ${endText(scene, fold, a, b, d, number)}.`;
}

function endText(
	scene: Scene,
	fold: Fold,
	pfn: number,
	order: number,
	tail: number,
	number: number,
): string {
	const above = (pfn & (pfn ^ (1 << order))) ^ (2 << order);
	const { frames } = fold;
	const isLikely =
		order <= TAIL_ORDER_MAX &&
		frames.state[above] === FREE &&
		frames.order[above] === order + 1;
	if (tail === 0)
		return order > TAIL_ORDER_MAX
			? "blocks this large are handed out again first, whatever their neighbours"
			: "it is handed out again first, because no larger merge is in sight";
	if (isBoot(scene, number)) return "boot fills the lists behind what is there";
	if (isLikely)
		return `the block beside the merged one, order ${order + 1} at frame ${above}, is free, so that one more free buddy would make a large block: it is kept back`;
	return "whoever freed it asked for the tail, or the lists are shuffled";
}

function isBoot(scene: Scene, number: number): boolean {
	const event = scene.event(number);
	return event !== null && scene.previous(event)?.code === EV_BOOT_FREE;
}

export function explainGive(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { pfn, order } = mergeOf(scene, event);
	const before = scene.previous(event);
	chain.say(before?.number ?? null, sourceText(before, pfn, order), {
		frame: pfn,
		order,
	});
	sayGive(scene, event, chain);
	return order === event.b
		? `${pagesOf(order)} at frame ${pfn} returned and did not merge`
		: `${pagesOf(order)} at frame ${pfn} merged to ${pagesOf(event.b)} at frame ${event.a}`;
}

function sourceText(
	before: TraceEvent | null,
	pfn: number,
	order: number,
): string {
	const what = `The block of ${pagesOf(order)} at frame ${pfn}`;
	if (before?.code === EV_PCP_DRAIN) return `${what} left a CPU's list.`;
	if (before?.code === EV_BOOT_FREE)
		return `${what} was handed over by boot for the first time.`;
	return `${what} was freed past the CPUs' lists.`;
}

export function explainDrain(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { number, cpu, a, b } = event;
	const order = b & 255;
	const run = scene.runBefore(event, DRAIN);
	const cause = scene.origin(event, DRAIN);
	const left = scene
		.runAfter(event, DRAIN)
		.filter(({ code }) => code === EV_PCP_DRAIN).length;
	const done = run.filter(({ code }) => code === EV_PCP_DRAIN).length;
	chain.say(cause?.number ?? null, drainCause(scene, event, cause), {
		cpu,
		blocks: done + left + 1,
	});
	chain.say(
		number,
		`Frame ${a} (${pagesOf(order)}) is block ${done + 1} of ${done + left + 1} to go: the tail is drained first, where the pages lie that were freed longest ago.`,
		{ frame: a, order, place: done + 1, blocks: done + left + 1 },
	);
	const give = scene.next(event);
	if (give?.code === EV_BUDDY_GIVE) sayGive(scene, give, chain);
	return `${pagesOf(order)} at frame ${a} left CPU ${cpu}'s list`;
}

function drainCause(
	scene: Scene,
	{ cpu, context }: TraceEvent,
	cause: TraceEvent | null,
): string {
	if (cause?.code === EV_PAGE_FREE)
		return `A free on CPU ${cpu} made its lists as long as they may be, so some blocks go back to the zone.`;
	if (cause?.code === EV_ZONE_REFUSED)
		return `A request on CPU ${cpu} was refused by the watermark, so the CPU's own lists are emptied to make room.`;
	return `CPU ${cpu}'s lists are emptied by ${siteText(scene.trace, context)}.`;
}

export function explainFree(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { number, cpu, a, b: order, c, context } = event;
	const fold = scene.before(number);
	const had = (fold.frames.context[a] as number) || 0;
	chain.say(
		number,
		`On CPU ${cpu}, ${siteText(scene.trace, context)} freed ${pagesOf(order)} at frame ${a}, which had been ${holderText(scene.trace, fold, a)}.`,
		{ frame: a, order, since: fold.frames.since[a] as number, context: had },
	);
	if (c === 1) sayParked(scene, event, chain);
	else {
		chain.say(null, pastText(order), { order });
		const give = scene.next(event);
		if (give?.code === EV_BUDDY_GIVE) sayGive(scene, give, chain);
	}
	return `${pagesOf(order)} at frame ${a} freed`;
}

const pastText = (order: number): string =>
	order <= 3 || order === PAGEBLOCK_ORDER
		? "This free goes past the CPU's own lists, straight to the zone's free lists."
		: `CPUs keep no list of order ${order}: the block goes straight to the zone's free lists.`;

function sayParked(scene: Scene, event: TraceEvent, chain: Chain): void {
	const { number, cpu, a, b: order, d } = event;
	const { frames } = scene.after(number);
	const type = d < MIGRATE_HIGHATOMIC ? d : MOVABLE;
	const list = frames.cpuList(cpu, frames.zoneOf(a), pcpIndex(order, type));
	const blocks = frames.lists.count(list);
	chain.say(
		number,
		`Blocks of this size wait with the CPU: it went to the head of CPU ${cpu}'s ${typeName(type)} list of order ${order}, which then held ${counted(blocks, "block")}. There it is not merged, and the next request gets it while it is still in the processor's cache.`,
		{ cpu, order, type, blocks },
	);
	const drains = scene
		.runAfter(event, DRAIN)
		.filter(({ code }) => code === EV_PCP_DRAIN);
	const [first] = drains;
	if (first === undefined) return;
	chain.say(
		first.number,
		`With that the CPU's lists had reached their limit: ${counted(drains.length, "block")}, coldest first, went back to the zone.`,
		{ blocks: drains.length },
	);
}

export function explainBootFree(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { number, a, b: order } = event;
	const zone = scene.zoneOf(a);
	chain.say(
		number,
		`Boot hands over what nobody reserved in the largest aligned blocks that fit: ${pagesOf(order)} at frame ${a} of zone ${zone.name}.`,
		{ frame: a, order, zone: zone.index },
	);
	const give = scene.next(event);
	if (give?.code === EV_BUDDY_GIVE) sayGive(scene, give, chain);
	return `${pagesOf(order)} at frame ${a} became free for the first time`;
}
