// /proc/slabinfo: the caches, their geometry and how full they are.
//
//   slabinfo - version: 2.1
//   # name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables ... : slabdata ...
//   kmalloc-64          1920   1920     64   64    1 : tunables    0    0    0 : slabdata     30     30      0
//   |                   |      |        |    |     |                                         |      |      |
//   name           active    objects  size  a slab pages                              active slabs  slabs  shared
//
// SI1: active objects = objects - free objects of the slabs on the nodes' partial lists: what is free in the slab a CPU
//     works on, or in a slab that waits on a CPU's partial list, still counts as active.
// SI2: active slabs = slabs, and the tunables are 0: they belong to an older allocator.
// SI3: caches are listed newest first; a cache that was merged into another has no line.
// [mm/slab_common.c print_slabinfo_header, cache_show; mm/slub.c get_slabinfo]

import { joinLines, left, right } from "./pad";
import { Scanner } from "./scan";

/** One cache. */
export interface CacheLine {
	readonly name: string;
	readonly activeObjects: number;
	readonly objects: number;
	/** Bytes from one object to the next, debugging data included. */
	readonly objectSize: number;
	readonly objectsPerSlab: number;
	readonly pagesPerSlab: number;
	/** limit, batchcount, sharedfactor: zeros with SLUB. */
	readonly tunables: readonly [number, number, number];
	readonly activeSlabs: number;
	readonly slabs: number;
	/** 0 with SLUB. */
	readonly sharedAvailable: number;
}

const VERSION = "slabinfo - version: 2.1";
const HEADER =
	"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>" +
	" : tunables <limit> <batchcount> <sharedfactor>" +
	" : slabdata <active_slabs> <num_slabs> <sharedavail>";
const LINE =
	/^(\S+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) : tunables +(\d+) +(\d+) +(\d+) : slabdata +(\d+) +(\d+) +(\d+)$/;

/** The text of /proc/slabinfo. */
export function formatSlabinfo(caches: readonly CacheLine[]): string {
	return joinLines([VERSION, HEADER, ...caches.map(cacheLine)]);
}

function cacheLine(cache: CacheLine): string {
	const use = [cache.activeObjects, cache.objects, cache.objectSize];
	const slab = [cache.objectsPerSlab, cache.pagesPerSlab];
	const slabs = [cache.activeSlabs, cache.slabs, cache.sharedAvailable];
	return (
		`${left(cache.name, 17)}${columns(use, 6)}${columns(slab, 4)}` +
		` : tunables${columns(cache.tunables, 4)} : slabdata${columns(slabs, 6)}`
	);
}

const columns = (values: readonly number[], width: number): string =>
	values.map((value) => ` ${right(value, width)}`).join("");

/** What a /proc/slabinfo text says. Throws an Error naming the line that is none. */
export function parseSlabinfo(text: string): CacheLine[] {
	const scanner = new Scanner("slabinfo", text);
	scanner.take(/^slabinfo - version: 2\.1$/, `\`${VERSION}\``);
	scanner.take(/^# name /, "the line that names the columns");
	return scanner.rest(() => {
		const [name, ...rest] = scanner.take(LINE, "a cache and its 11 numbers");
		return cacheOf(name as string, rest.map(Number));
	});
}

function cacheOf(name: string, n: readonly number[]): CacheLine {
	const at = (index: number): number => n[index] as number;
	return {
		name,
		activeObjects: at(0),
		objects: at(1),
		objectSize: at(2),
		objectsPerSlab: at(3),
		pagesPerSlab: at(4),
		tunables: [at(5), at(6), at(7)],
		activeSlabs: at(8),
		slabs: at(9),
		sharedAvailable: at(10),
	};
}
