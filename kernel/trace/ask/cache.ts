// A cache at a moment, and what it did until then.
//
//   cache_new --> slabs, objects, in use, places of the slabs      from the fold
//             --> allocations, frees, slabs made, most in use      from the events
//
// CQ1: of several caches of one name, one after the other, it is the one that exists at the moment, else the last that did.
//      The first caches are told twice: when they are bootstrapped, and when they take their place among the others.
// CQ2: allocations less frees are the objects in use.

import {
	EV_CACHE_END,
	EV_CACHE_NEW,
	EV_SLAB_ALLOC,
	EV_SLAB_DISCARD,
	EV_SLAB_FREE,
	EV_SLAB_NEW,
} from "../../../mm/events";
import { didYouMean } from "../../scenario/validate";
import { type BlockSummary, hasCode } from "../block-summary";
import type { EventColumns } from "../columns";
import { type FoldedCache, PLACE_NAMES } from "../fold/objects";
import type { EventVisitor, Trace } from "../trace";
import { pointer } from "./address";
import { type Happening, Scene } from "./scene";

const SLAB_ALLOC = EV_SLAB_ALLOC;
const SLAB_FREE = EV_SLAB_FREE;
const SLAB_NEW = EV_SLAB_NEW;
const SLAB_DISCARD = EV_SLAB_DISCARD;
const CACHE_NEW = EV_CACHE_NEW;
const CACHE_END = EV_CACHE_END;
const ENDS: ReadonlySet<number> = new Set([CACHE_END]);
const PAGE_BYTES = 4096;
const NAMES_SHOWN = 8; // where a name is not known
const RECLAIMABLE = 16; // bit of the word of cache_new that names order and objects

/** One slab of a cache. */
export interface CacheSlab {
	readonly pfn: number;
	readonly pointer: string;
	/** current: a CPU's own; chained: behind it; listed: on the node's list; full: on none. */
	readonly place: string;
	/** CPU of a current or chained slab; null for others. */
	readonly cpu: number | null;
	readonly inUse: number;
	readonly objects: number;
}

/** Who allocated objects that are in use. */
export interface CacheSite {
	readonly path: readonly string[];
	readonly objects: number;
	readonly bytes: number;
}

/** What is known of a cache. */
export interface CacheAnswer {
	readonly name: string;
	readonly slot: number;
	/** Bytes that users may write, and those from one object to the next. */
	readonly objectBytes: number;
	readonly slotBytes: number;
	readonly objectsPerSlab: number;
	readonly order: number;
	readonly reclaimable: boolean;
	readonly made: Happening;
	/** null while it exists. */
	readonly ended: Happening | null;
	readonly slabs: readonly CacheSlab[];
	/** Objects in use, and all. */
	readonly inUse: number;
	readonly objects: number;
	/** Bytes that were asked for with the objects in use. */
	readonly askedBytes: number;
	/** Bytes of its pages that hold none of these. */
	readonly wasteBytes: number;
	readonly allocations: number;
	readonly frees: number;
	readonly slabsMade: number;
	readonly slabsDiscarded: number;
	/** Most objects that were in use at once, and since which event. */
	readonly most: { readonly objects: number; readonly event: number };
	/** Call sites of the objects in use, the one with most bytes first. */
	readonly sites: readonly CacheSite[];
}

/** Counts over the life of one cache. */
class Story {
	ended: Happening | null = null;
	allocations = 0;
	frees = 0;
	slabsMade = 0;
	slabsDiscarded = 0;
	most = { objects: 0, event: -1 };

	constructor(
		readonly slot: number,
		readonly made: Happening,
		readonly words: Pick<
			CacheAnswer,
			"objectBytes" | "slotBytes" | "objectsPerSlab" | "order" | "reclaimable"
		>,
	) {}

	count(code: number, event: number): void {
		if (code === SLAB_ALLOC) {
			this.allocations++;
			const objects = this.allocations - this.frees;
			if (objects > this.most.objects) this.most = { objects, event };
		} else if (code === SLAB_FREE) this.frees++;
		else if (code === SLAB_NEW) this.slabsMade++;
		else if (code === SLAB_DISCARD) this.slabsDiscarded++;
	}
}

/** The cache of that name after event `moment`. Throws an Error with one sentence when there has been none. */
export function cacheAt(
	trace: Trace,
	name: string,
	moment: number,
): CacheAnswer {
	const { story, names } = tell(trace, name, moment);
	if (story === null) throw new Error(unknownCache(name, [...names].reverse()));
	const { slot, made, ended, words, most } = story;
	const { allocations, frees, slabsMade, slabsDiscarded } = story;
	const { objects } = trace.foldAt(moment);
	const cache = ended === null ? objects.cache(slot) : null;
	const slabs = cache === null ? [] : slabsOf(trace, cache, moment);
	const sites = cache === null ? [] : sitesOf(trace, cache, slabs, moment);
	const askedBytes = sites.reduce((sum, site) => sum + site.bytes, 0);
	const bytes = slabs.length * PAGE_BYTES * 2 ** words.order;
	return {
		name,
		slot,
		...words,
		made,
		ended,
		slabs,
		inUse: slabs.reduce((sum, slab) => sum + slab.inUse, 0),
		objects: slabs.reduce((sum, slab) => sum + slab.objects, 0),
		askedBytes,
		wasteBytes: bytes - askedBytes,
		allocations,
		frees,
		slabsMade,
		slabsDiscarded,
		most,
		sites,
	};
}

function unknownCache(name: string, names: readonly string[]): string {
	const guess = didYouMean(name, names);
	const some = names.slice(0, NAMES_SHOWN).join(", ");
	const rest = names.length - NAMES_SHOWN;
	const more = rest > 0 ? ` and ${rest} more` : "";
	const hint = guess || (names.length > 0 ? `, there are ${some}${more}` : "");
	return `there is no cache ${name} up to then${hint}`;
}

/** CQ1 */
function tell(
	trace: Trace,
	name: string,
	moment: number,
): { readonly story: Story | null; readonly names: Set<string> } {
	const scene = new Scene(trace);
	const names = new Set<string>();
	let story: Story | null = null;
	const matters = ({ slots }: BlockSummary): boolean =>
		story !== null && slots.includes(story.slot);
	const pass = (summary: BlockSummary): boolean =>
		!hasCode(summary, ENDS) && scene.pass(summary, matters);
	const visit: EventVisitor = (columns, index, event) => {
		if (!scene.see(columns, index)) return;
		const code = columns.codes[index] as number;
		if (code === CACHE_NEW) {
			names.add(scene.text);
			const isKnown = story?.ended === null && story.slot === columns.a[index];
			if (scene.text === name && !isKnown)
				story = begin(columns, index, event, scene);
		} else if (story === null || story.ended !== null) return;
		else if (code === CACHE_END && columns.a[index] === story.slot)
			story.ended = scene.happening(columns, index, event);
		else if (columns.c[index] === story.slot) story.count(code, event);
	};
	trace.each(0, moment + 1, visit, pass);
	return { story, names };
}

function begin(
	columns: EventColumns,
	index: number,
	event: number,
	scene: Scene,
): Story {
	const packed = columns.c[index] as number;
	return new Story(
		columns.a[index] as number,
		scene.happening(columns, index, event),
		{
			objectBytes: columns.d[index] as number,
			slotBytes: columns.b[index] as number,
			objectsPerSlab: packed >>> 8,
			order: packed & 15,
			reclaimable: (packed & RECLAIMABLE) !== 0,
		},
	);
}

function slabsOf(
	trace: Trace,
	cache: FoldedCache,
	moment: number,
): CacheSlab[] {
	const { frames, objects } = trace.foldAt(moment);
	const slabs: CacheSlab[] = [];
	objects.eachSlab((pfn) => {
		if (frames.owner[pfn] !== cache.slot) return;
		const place = PLACE_NAMES[objects.place[pfn] as number] as string;
		const isOnCpu = place === "current" || place === "chained";
		slabs.push({
			pfn,
			pointer: pointer(pfn * PAGE_BYTES),
			place,
			cpu: isOnCpu ? (objects.cpu[pfn] as number) : null,
			inUse: objects.inuse[pfn] as number,
			objects: objects.objects[pfn] as number,
		});
	});
	return slabs;
}

function sitesOf(
	trace: Trace,
	cache: FoldedCache,
	slabs: readonly CacheSlab[],
	moment: number,
): CacheSite[] {
	const { objects } = trace.foldAt(moment);
	const sums = new Map<number, { objects: number; bytes: number }>();
	for (const { pfn } of slabs)
		objects.eachOf(pfn, cache, ({ context, bytes }) => {
			const sum = sums.get(context) ?? { objects: 0, bytes: 0 };
			sum.objects++;
			sum.bytes += bytes;
			sums.set(context, sum);
		});
	return [...sums]
		.map(([context, sum]) => ({ path: trace.path(context), ...sum }))
		.sort((one, other) => other.bytes - one.bytes);
}
