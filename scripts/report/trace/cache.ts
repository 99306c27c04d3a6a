// A cache in words: its geometry, what it did, where its slabs are and who has its objects.

import type {
	CacheAnswer,
	CacheSite,
	CacheSlab,
} from "../../../kernel/trace/ask/cache";
import type { Happening } from "../../../kernel/trace/ask/scene";
import type { When } from "../../../kernel/trace/ask/when";
import type { Terminal } from "../../terminal";
import { bytesText, counted, grouped, percent } from "../text";
import {
	drawFacts,
	drawTable,
	headline,
	left,
	pathText,
	right,
	whenText,
	whoText,
} from "./words";

const SITES_SHOWN = 10;
const SLABS_SHOWN = 20;
const PAGE_BYTES = 4096;

/** Lines about a cache. */
export function drawCache(
	cache: CacheAnswer,
	at: When,
	terminal: Terminal,
): string[] {
	return [
		headline(`Cache ${cache.name}`, at, terminal),
		...drawFacts(factsOf(cache), terminal),
		...drawSlabs(cache.slabs, terminal),
		...drawSites(cache.sites, terminal),
	];
}

function factsOf(cache: CacheAnswer): [string, string][] {
	const bytes = cache.slabs.length * PAGE_BYTES * 2 ** cache.order;
	const { ended, most } = cache;
	return [
		[
			"objects",
			`${cache.objectBytes} bytes, take ${cache.slotBytes}; ${cache.objectsPerSlab} in a slab of order ${cache.order}${cache.reclaimable ? ", reclaimable" : ""}`,
		],
		pastFact("made", cache.made),
		...(ended === null ? [] : [pastFact("ended", ended)]),
		[
			"in use",
			`${grouped(cache.inUse)} of ${grouped(cache.objects)}; at most ${grouped(most.objects)}${most.event < 0 ? "" : ` at event ${most.event}`}`,
		],
		[
			"calls",
			`${counted(cache.allocations, "allocation")}, ${counted(cache.frees, "free")}`,
		],
		[
			"slabs",
			`${grouped(cache.slabs.length)} now; ${grouped(cache.slabsMade)} made, ${grouped(cache.slabsDiscarded)} discarded`,
		],
		[
			"memory",
			`${bytesText(bytes)}, of which ${bytesText(cache.wasteBytes)} (${percent(cache.wasteBytes, bytes)}) hold nothing that was asked for`,
		],
	];
}

const pastFact = (name: string, deed: Happening): [string, string] => [
	name,
	`${whenText(deed)} by ${whoText(deed)}`,
];

function drawSlabs(slabs: readonly CacheSlab[], terminal: Terminal): string[] {
	if (slabs.length === 0) return [];
	const columns = [
		right("slab"),
		left("address"),
		left("where"),
		right("in use"),
		right("of"),
	];
	const rows = slabs.slice(0, SLABS_SHOWN).map(slabRow);
	return [
		"",
		...drawTable(columns, rows, terminal),
		...moreLine(slabs.length - rows.length, "slab", terminal),
	];
}

const slabRow = (slab: CacheSlab): string[] => [
	String(slab.pfn),
	slab.pointer,
	slab.cpu === null ? slab.place : `${slab.place}, CPU ${slab.cpu}`,
	String(slab.inUse),
	String(slab.objects),
];

function drawSites(sites: readonly CacheSite[], terminal: Terminal): string[] {
	if (sites.length === 0) return [];
	const columns = [right("objects"), right("bytes"), left("allocated in")];
	const rows = sites
		.slice(0, SITES_SHOWN)
		.map(({ path, objects, bytes }) => [
			grouped(objects),
			grouped(bytes),
			pathText(path),
		]);
	return [
		"",
		...drawTable(columns, rows, terminal),
		...moreLine(sites.length - rows.length, "call site", terminal),
	];
}

function moreLine(count: number, noun: string, { paint }: Terminal): string[] {
	if (count <= 0) return [];
	return [
		`  ${paint.dim(`and ${counted(count, `more ${noun}`)}; --json has all`)}`,
	];
}
