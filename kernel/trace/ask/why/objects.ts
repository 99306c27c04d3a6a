// Why this object: where an object came from, and where a freed one went.
//
//   slab_alloc   CPU's freelist --empty--> what others freed to the slab --none--> chain --none--> node's list --none--> new slab
//   slab_free    the CPU's own slab: its freelist      another CPU's, chained, listed: the slab's own list
//                a full slab: frozen, onto this CPU's chain      the last object of a listed slab: the slab may go
//
// The records of a slow path stand before its slab_alloc; what a free led to stands behind its slab_free.
//
// WO1: a slab that became current just before the allocation, on the same CPU, is what the slow path took.
// WO2: how many objects lie on a CPU's freelist is counted from the moment its slab became current: allocations take,
//     frees of the same CPU give back, frees of others wait with the slab until the freelist is empty.
// [mm/slub.c slab_alloc_node, ___slab_alloc, do_slab_free, __slab_free]

import {
	EV_PAGE_FREE,
	EV_SLAB_ALLOC,
	EV_SLAB_DISCARD,
	EV_SLAB_FREE,
	EV_SLAB_MOVE,
	EV_SLAB_NEW,
	objectAddress,
	SLAB_CHAINED,
	SLAB_CURRENT,
	SLAB_FULL,
	SLAB_HEAD,
	SLAB_TAIL,
} from "../../../../mm/events";
import { minPartialSlabs } from "../../../../mm/slab-geometry";
import type { TraceEvent } from "../../columns";
import type { Fold } from "../../fold/fold";
import type { FoldedCache, FoldedObject } from "../../fold/objects";
import { cacheText, counted, hex, siteText, taskText } from "../phrases";
import type { Chain } from "./chain";
import type { Explain, Scene } from "./scene";
import { sayNewSlab, sayTakenSlab } from "./slabs";

const SEARCH = 1 << 17; // events in which the start of a freelist is looked for
const AFTER_FREE = new Set([EV_SLAB_MOVE, EV_SLAB_DISCARD, EV_PAGE_FREE]);
const KMALLOC = /^kmalloc-(?:rcl-|cg-|dma-)?\d/;

/** Address of the object that an event is about. */
export const objectOf = ({ a, b }: TraceEvent): number => objectAddress(a, b);

/** Objects of a CPU's freelist, and those that others freed to its slab, before an event (WO2). */
export interface FreeCounts {
	readonly own: number;
	readonly remote: number;
}

/** Counts the free objects of a current slab; null when the trace does not reach back to where it became current. */
export function freeCounts(
	scene: Scene,
	event: TraceEvent,
	slab: number,
	cache: FoldedCache,
): FreeCounts | null {
	const { number, cpu, c: slot } = event;
	const start = scene.last(
		number,
		SEARCH,
		({ code, a, b }) =>
			code === EV_SLAB_MOVE && a === slab && b === SLAB_CURRENT,
	);
	if (start === null || start.cpu !== cpu) return null;
	const { objects } = scene.before(start.number);
	let own = (objects.objects[slab] as number) - (objects.inuse[slab] as number);
	let remote = 0;
	const first = slab * 4096;
	const end = first + cache.objects * cache.size;
	scene.trace.each(start.number + 1, number, (columns, index) => {
		if (columns.c[index] !== slot) return;
		const code = columns.codes[index];
		if (code !== EV_SLAB_ALLOC && code !== EV_SLAB_FREE) return;
		const low = columns.a[index] as number;
		const address = objectAddress(low, columns.b[index] as number);
		if (address < first || address >= end) return;
		if (code === EV_SLAB_FREE && columns.cpus[index] !== cpu) remote++;
		else if (code === EV_SLAB_FREE) own++;
		else if (own > 0) own--;
		else {
			own = remote - 1;
			remote = 0;
		}
	});
	return { own, remote };
}

function explainAlloc(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, cpu, c: slot, d: bytes, context } = event;
	const address = objectOf(event);
	const before = scene.previous(event);
	const fold = scene.before(number);
	const cache = fold.objects.cache(slot);
	const name = cacheText(fold, slot);
	const pid = fold.tasks.running[cpu] as number;
	const forWhom = pid === 0 ? "" : ` for ${taskText(fold, pid)}`;
	chain.say(
		number,
		`On CPU ${cpu}, ${siteText(scene.trace, context)} allocated ${counted(bytes, "byte")}${forWhom} from ${name}.`,
		{ cpu, bytes, pid },
	);
	if (cache !== null) {
		sayClass(cache, bytes, chain);
		const slab = fold.objects.slabOf(Math.floor(address / 4096));
		const facts = slabFacts(fold, slab, cpu);
		if (isSlowPath(before, slot, slab))
			saySlowPath(scene, before as TraceEvent, chain);
		else if (facts.place === SLAB_CURRENT)
			sayFastPath(scene, event, slab, cache, facts.inuse, chain);
		else saySingle(before, slab, facts, chain);
		sayFilled(address, slab, facts.inuse + 1, cache, chain);
	}
	return `${counted(bytes, "byte")} of ${name} at ${hex(address)}`;
}

/** Why this size: what kmalloc rounds up to, and what is wasted. */
function sayClass(cache: FoldedCache, bytes: number, chain: Chain): void {
	const waste = cache.size - bytes;
	const numbers = { bytes, size: cache.size, waste };
	if (KMALLOC.test(cache.name))
		chain.say(
			null,
			`${cache.name} is the smallest size class that holds ${counted(bytes, "byte")}: the object takes ${cache.size}, so ${waste} are wasted.`,
			numbers,
		);
	else
		chain.say(
			null,
			`An object of ${cache.name} takes ${counted(cache.size, "byte")}${waste > 0 ? `, of which ${waste} are alignment and bookkeeping` : ""}.`,
			numbers,
		);
}

/** What the fold says of a slab. */
interface SlabFacts {
	readonly place: number;
	/** CPU that it is, or was last, with. */
	readonly cpu: number;
	readonly objects: number;
	readonly inuse: number;
	readonly isOwn: boolean;
}

function slabFacts({ objects }: Fold, slab: number, cpu: number): SlabFacts {
	const place = objects.place[slab] ?? 0;
	const owner = objects.cpu[slab] ?? 0;
	return {
		place,
		cpu: owner,
		objects: objects.objects[slab] ?? 0,
		inuse: objects.inuse[slab] ?? 0,
		isOwn: owner === cpu,
	};
}

const isSlowPath = (
	before: TraceEvent | null,
	slot: number,
	slab: number,
): boolean =>
	before?.code === EV_SLAB_MOVE &&
	before.b === SLAB_CURRENT &&
	before.c === slot &&
	before.a === slab;

function saySlowPath(scene: Scene, move: TraceEvent, chain: Chain): void {
	const before = scene.previous(move);
	const isNew = before?.code === EV_SLAB_NEW && before.a === move.a;
	if (isNew) sayNewSlab(scene, before, chain);
	else sayTakenSlab(scene, move, chain);
}

function sayFastPath(
	scene: Scene,
	event: TraceEvent,
	slab: number,
	cache: FoldedCache,
	inuse: number,
	chain: Chain,
): void {
	const { cpu } = event;
	const manyCpus = scene.trace.header.machine.cpus > 1;
	const counts = manyCpus ? freeCounts(scene, event, slab, cache) : null;
	if (counts !== null && counts.own === 0 && counts.remote > 0) {
		chain.say(
			null,
			`CPU ${cpu}'s freelist was empty, but other CPUs had freed ${counted(counts.remote, "object")} to its current slab, frame ${slab}: it took them all over and gave out the first.`,
			{ cpu, slab, own: 0, remote: counts.remote },
		);
		return;
	}
	const free = counts?.own ?? cache.objects - inuse;
	chain.say(
		null,
		`It is the head of CPU ${cpu}'s freelist, which held ${counted(free, "free object")} of the current slab, frame ${slab}: the fast path, one load and one store without a lock.`,
		{ cpu, slab, own: free, remote: counts?.remote ?? 0 },
	);
}

/** A cache under debugging: no CPU owns slabs of it. */
function saySingle(
	before: TraceEvent | null,
	slab: number,
	{ place }: SlabFacts,
	chain: Chain,
): void {
	const isNew = place === SLAB_HEAD || place === SLAB_TAIL;
	chain.say(
		before?.number ?? null,
		place === SLAB_FULL
			? `No CPU owns slabs of this cache: the object was the last free one of frame ${slab}.`
			: isNew
				? `No CPU owns slabs of this cache: the object was taken singly from frame ${slab}, on the node's list.`
				: `The object lies in the slab at frame ${slab}, which the machine was set up with.`,
		{ slab, place },
	);
}

function sayFilled(
	address: number,
	slab: number,
	inuse: number,
	cache: FoldedCache,
	chain: Chain,
): void {
	const index = Math.floor((address - slab * 4096) / cache.size);
	chain.say(
		null,
		`It is object ${index} of its slab, in which now ${inuse} of ${cache.objects} are in use.`,
		{ index, inuse, objects: cache.objects, slab },
	);
}

function explainFree(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, cpu, c: slot, context } = event;
	const address = objectOf(event);
	const fold = scene.before(number);
	const name = cacheText(fold, slot);
	const object = fold.objects.at(address, slot);
	chain.say(
		number,
		`On CPU ${cpu}, ${siteText(scene.trace, context)} freed the object of ${name} at ${hex(address)}${originText(scene, fold, object)}.`,
		{ cpu, since: object?.since ?? -1, bytes: object?.bytes ?? 0 },
	);
	const slab = fold.objects.slabOf(Math.floor(address / 4096));
	if (slab >= 0 && object === null) {
		chain.say(
			null,
			"Nobody had it: it was free already, so this is a double free. It would stand twice on a freelist and be given to two owners; the allocator stops the kernel where it notices.",
			{ slab },
		);
		return `an object of ${name} at ${hex(address)} freed again`;
	}
	if (slab >= 0) {
		const facts = slabFacts(fold, slab, cpu);
		chain.say(null, freedText(slab, cpu, facts), {
			slab,
			inuse: facts.inuse - 1,
			objects: facts.objects,
			cpu: facts.cpu,
		});
		sayConsequences(scene, event, slab, chain);
	}
	return `an object of ${name} at ${hex(address)} freed`;
}

function originText(
	scene: Scene,
	fold: Fold,
	object: FoldedObject | null,
): string {
	if (object === null) return "";
	const { since, context, pid, bytes } = object;
	const who = siteText(scene.trace, context);
	const task = pid === 0 ? "" : ` for ${taskText(fold, pid)}`;
	return `, which ${who} had allocated at event ${since}${task} (${counted(bytes, "byte")})`;
}

function freedText(slab: number, cpu: number, facts: SlabFacts): string {
	const left = `${facts.inuse - 1} of its ${facts.objects} objects stay in use`;
	const own = `to the slab's own list`;
	switch (facts.place) {
		case SLAB_CURRENT:
			return facts.isOwn
				? `Frame ${slab} is CPU ${cpu}'s current slab, so the object went to the head of the CPU's freelist, without a lock, and is the next to be given out; ${left}.`
				: `Frame ${slab} is the current slab of CPU ${facts.cpu}, so CPU ${cpu} put the object on ${own.slice(3)}, where CPU ${facts.cpu} finds it when its freelist is empty; ${left}.`;
		case SLAB_CHAINED:
			return `Frame ${slab} waits on CPU ${facts.cpu}'s chain of partial slabs: the object went ${own}; ${left}.`;
		case SLAB_FULL:
			return `Frame ${slab} was full and on no list: with its first free object it belongs to CPU ${cpu}, which chains it; ${left}.`;
		case SLAB_HEAD:
		case SLAB_TAIL:
			return `Frame ${slab} is on the node's list of partial slabs: the object went ${own}; ${left}.`;
		default:
			return `The object went ${own} at frame ${slab}; ${left}.`;
	}
}

function sayConsequences(
	scene: Scene,
	event: TraceEvent,
	slab: number,
	chain: Chain,
): void {
	const run = scene.runAfter(event, AFTER_FREE);
	const ofCache = run.filter(
		({ code, c }) => code !== EV_PAGE_FREE && c === event.c,
	);
	const drained = ofCache.filter(
		({ code, b }) => code === EV_SLAB_MOVE && b === SLAB_TAIL,
	);
	const gone = ofCache.filter(({ code }) => code === EV_SLAB_DISCARD);
	const isDrain = ofCache.some(
		({ code, a, b }) =>
			code === EV_SLAB_MOVE && a === slab && b === SLAB_CHAINED,
	);
	if (isDrain && drained.length + gone.length > 0)
		chain.say(
			drained[0]?.number ?? gone[0]?.number ?? null,
			`The CPU's chain was full, so its ${counted(drained.length + gone.length, "slab")} moved to the node's list first${gone.length > 0 ? `, and ${gone.length} of them, empty, went back to the page allocator` : ""}.`,
			{ slabs: drained.length + gone.length, discarded: gone.length },
		);
	else if (gone.some(({ a }) => a === slab))
		sayGone(scene, event, gone[0] as TraceEvent, chain);
}

function sayGone(
	scene: Scene,
	event: TraceEvent,
	discard: TraceEvent,
	chain: Chain,
): void {
	const { objects } = scene.before(event.number);
	const size = objects.cache(event.c)?.size ?? 0;
	const listed = objects.listed(event.c).length;
	const least = minPartialSlabs(size);
	chain.say(
		discard.number,
		`That was its last object, and the node's list held ${counted(listed, "slab")}, and from ${least} on empty ones do not stay: the slab went back to the page allocator.`,
		{ listed, minPartial: least },
	);
}

/** Explains objects. */
export const OBJECTS: readonly (readonly [number, Explain])[] = [
	[EV_SLAB_ALLOC, explainAlloc],
	[EV_SLAB_FREE, explainFree],
];
