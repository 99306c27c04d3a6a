// Recorded caches: every slab cache of a recorded kernel with its geometry and names, and how to make the same here.
//
//   slab.tsv  :0000192  176 192 21 0 64 ..  ip_dst_cache,aio_kiocb      geometry, who shares
//   slabinfo  ip_dst_cache  ...                                         the name that the shared cache has: its oldest
//             newest first, snapshot after snapshot                     in which order they were made
//                 |
//                 v
//   RecordedCache ip_dst_cache, aliases aio_kiocb     -->  CacheWish, never shared, in the recorded order
//                                                     -->  aio_kiocb: ip_dst_cache
//
// Here each cache is made unshared: what shares a cache there is known, and a machine of other parts must not let chance
// decide it anew. Caches that boot makes (kmem_cache, kmalloc) are not wished for.
//
// That a cache has a constructor shows only in the size of its slots: the free pointer lies behind the object. Where rounding
// hides that, the name decides.
//
// CA1: every name of every text leads to one cache. CA2: slabinfo and slab.tsv agree about slot, objects and order of a cache.

import { type CacheWish, constructNothing } from "../../../mm/slab-caches";
import {
	cpuPartialObjects,
	minPartialSlabs,
	objectLayout,
	SLAB_CACHE_DMA,
	SLAB_DEBUG_METADATA_FLAGS,
	SLAB_KMALLOC,
	type SlabTuning,
	slabBytes,
	slabGeometry,
} from "../../../mm/slab-geometry";
import { parseCommandLine, type SlubDebugRule } from "../../command-line";
import type { CacheLine } from "../../proc/slabinfo";
import { slabDebugFlags } from "../../slab-debug";
import type { SlabAttributes, SlabStatics } from "./slab-attributes";
import { type Snapshot, snapshotsIn, staticAttributes } from "./snapshot";
import { metaPath, type TextSource } from "./source";

/** These caches of a kernel have a constructor. */
const CONSTRUCTED = new Set([
	"anon_vma",
	"bdev_cache",
	"dax_cache",
	"ext4_inode_cache",
	"hugetlbfs_inode_cache",
	"iint_cache",
	"inode_cache",
	"mqueue_inode_cache",
	"proc_inode_cache",
	"radix_tree_node",
	"shmem_inode_cache",
	"sighand_cache",
	"sock_inode_cache",
	"userfaultfd_ctx_cache",
	"v9fs_inode_cache",
]);
const MADE_BY_BOOT =
	/^(kmem_cache|kmem_cache_node|(dma-|rcl-|cg-)?kmalloc-.*)$/;

/** A cache of a recorded kernel; bytes unless said otherwise. */
export interface RecordedCache extends SlabStatics {
	/** The name in /proc/slabinfo. */
	readonly name: string;
	/** The directory in /sys/kernel/slab: the name, or `:0000192` for a cache that may be shared; null when unknown. */
	readonly directory: string | null;
	/** Slabs that a CPU may keep on its partial list. */
	readonly cpuPartialSlabs: number;
	/** Objects are constructed once per slab. */
	readonly hasConstructor: boolean;
	/** Further names that lead to the cache. */
	readonly aliases: readonly string[];
	/** False when only slabinfo tells of the cache: then object size, alignment and flags are guesses. */
	readonly isComplete: boolean;
}

/** The caches of a recording, oldest first, those of unknown age last. */
export function recordedCaches(source: TextSource): RecordedCache[] {
	const snapshots = snapshotsIn(source);
	const cmdline = source.text(metaPath(source, "cmdline")) ?? "";
	return mergeCaches({
		attributes: attributesOf(source, snapshots),
		slabinfo: snapshots.flatMap(({ slabinfo }) =>
			[...(slabinfo ?? [])].reverse(),
		),
		slubDebug: parseCommandLine(cmdline.trim()).slubDebug,
	});
}

/** All lines of all tables, the most trustworthy first. */
const attributesOf = (
	source: TextSource,
	snapshots: readonly Snapshot[],
): SlabAttributes[] => [
	...(staticAttributes(source) ?? []),
	...[...snapshots].reverse().flatMap(({ slabs }) => slabs ?? []),
];

/** What tells of caches. */
export interface CacheTexts {
	/** Lines of slab.tsv; of two for one directory the first counts. */
	readonly attributes: readonly SlabAttributes[];
	/** Lines of slabinfo, oldest cache first, snapshot after snapshot. */
	readonly slabinfo: readonly CacheLine[];
	/** slub_debug= of the command line. */
	readonly slubDebug: readonly SlubDebugRule[];
}

/** The caches that the texts tell of. Throws an Error when two texts contradict each other (CA2). */
export function mergeCaches(texts: CacheTexts): RecordedCache[] {
	const lines = new Map<string, CacheLine>();
	for (const line of texts.slabinfo)
		if (!lines.has(line.name)) lines.set(line.name, line);
	const byName = new Map<string, RecordedCache>();
	for (const slab of directories(texts.attributes)) {
		const cache = fromAttributes(slab, lines, texts.slubDebug);
		for (const name of [cache.name, ...cache.aliases])
			if (!byName.has(name)) byName.set(name, cache);
	}
	const inOrder = new Set<RecordedCache>();
	for (const line of lines.values()) {
		const cache = byName.get(line.name);
		if (cache) checkLine(line, cache);
		inOrder.add(cache ?? fromSlabinfo(line, texts.slubDebug));
	}
	for (const cache of byName.values()) inOrder.add(cache);
	return [...inOrder];
}

type Directory = SlabAttributes & { readonly statics: SlabStatics };

/** The first line of each directory that has all of what never changes. */
function directories(attributes: readonly SlabAttributes[]): Directory[] {
	const found = new Map<string, Directory>();
	for (const slab of attributes)
		if (slab.statics !== null && !found.has(slab.name))
			found.set(slab.name, slab as Directory);
	return [...found.values()];
}

function fromAttributes(
	{ name: directory, statics, aliasNames }: Directory,
	lines: ReadonlyMap<string, CacheLine>,
	slubDebug: readonly SlubDebugRule[],
): RecordedCache {
	const names = [directory, ...aliasNames];
	const oldest = [...lines.keys()].find((name) => names.includes(name));
	const name = oldest ?? aliasNames[0] ?? directory;
	const debug = debugFlags(slubDebug, name);
	return {
		...statics,
		...shapeOf(name, statics, debug, aliasNames.length === 0),
		name,
		directory,
		cpuPartialSlabs: Math.ceil((statics.cpuPartial * 2) / statics.objectCount),
		aliases: aliasNames.filter((alias) => alias !== name),
		isComplete: true,
	};
}

/**
 * Flags of a cache and whether it has a constructor: those that give its slots their size. Of several answers the one
 * without a constructor counts, unless the name is known to have one; with slub_debug=O a cache may lack debugging data.
 */
function shapeOf(
	name: string,
	statics: SlabStatics,
	debug: number,
	mayConstruct: boolean,
): Pick<RecordedCache, "flags" | "hasConstructor"> {
	const { objectSize, align, size } = statics;
	const isKnown = mayConstruct && CONSTRUCTED.has(name);
	const tries = [debug, debug & ~SLAB_DEBUG_METADATA_FLAGS].flatMap((added) =>
		[isKnown, !isKnown].map((hasConstructor) => ({
			flags: statics.flags | added,
			hasConstructor,
		})),
	);
	const fitting = tries.find(
		(shape) =>
			(mayConstruct || !shape.hasConstructor) &&
			objectLayout({ objectSize, align, ...shape }).size === size,
	);
	return fitting ?? (tries[0] as (typeof tries)[number]);
}

function fromSlabinfo(
	line: CacheLine,
	slubDebug: readonly SlubDebugRule[],
): RecordedCache {
	const { name, objectSize: size, objectsPerSlab, pagesPerSlab } = line;
	const order = Math.log2(pagesPerSlab);
	const fits =
		size > 0 &&
		Number.isInteger(order) &&
		objectsPerSlab === Math.floor(slabBytes(order) / size);
	if (!fits)
		throw new Error(
			`slabinfo: "${name}" cannot have ${objectsPerSlab} slots of ${size} bytes in ${pagesPerSlab} pages.`,
		);
	const isDma = name.startsWith("dma-");
	const flags = debugFlags(slubDebug, name) | (isDma ? SLAB_CACHE_DMA : 0);
	const cpuPartial = cpuPartialObjects(size, flags);
	return {
		name,
		directory: null,
		objectSize: size,
		size,
		objectCount: objectsPerSlab,
		order,
		align: 8,
		cpuPartial,
		cpuPartialSlabs: Math.ceil((cpuPartial * 2) / objectsPerSlab),
		minPartial: minPartialSlabs(size),
		flags,
		hasConstructor: false,
		aliases: [],
		isComplete: false,
	};
}

function checkLine(line: CacheLine, cache: RecordedCache): void {
	const { name, objectSize, objectsPerSlab, pagesPerSlab } = line;
	const agrees =
		objectSize === cache.size &&
		objectsPerSlab === cache.objectCount &&
		pagesPerSlab === 2 ** cache.order;
	if (agrees) return;
	throw new Error(
		`slabinfo: "${name}" has ${objectsPerSlab} slots of ${objectSize} bytes in ${pagesPerSlab} pages, but ${cache.objectCount} of ${cache.size} in ${2 ** cache.order} in slab.tsv.`,
	);
}

/** The flags that slub_debug= gives a cache, and whether it is one of kmalloc, which matters only to them. */
function debugFlags(rules: readonly SlubDebugRule[], name: string): number {
	const family = name.includes("kmalloc-") ? SLAB_KMALLOC : 0;
	return family | slabDebugFlags(rules, name);
}

/** How to make recorded caches in a kernel that has just booted. */
export interface CacheWishes {
	/** Oldest first; none shares its slabs. */
	readonly wishes: readonly CacheWish[];
	/** The name under which each recorded name is found: its own, or for an alias that of its cache. */
	readonly cacheOf: ReadonlyMap<string, string>;
}

/** Wishes for all caches but those that boot makes itself and those that `isMade` knows. */
export function cacheWishes(
	caches: readonly RecordedCache[],
	isMade: (name: string) => boolean = () => false,
): CacheWishes {
	const cacheOf = new Map<string, string>();
	for (const { name, aliases } of caches)
		for (const each of [name, ...aliases])
			if (!cacheOf.has(each)) cacheOf.set(each, name);
	const wishes = caches
		.filter(({ name }) => !MADE_BY_BOOT.test(name) && !isMade(name))
		.map(wishFor);
	return { wishes, cacheOf };
}

/** The wish that gives a cache of the recorded geometry. */
export const wishFor = (cache: RecordedCache): CacheWish => ({
	name: cache.name,
	size: cache.objectSize,
	align: cache.align,
	flags: cache.flags,
	mayMerge: false,
	...(cache.hasConstructor ? { ctor: constructNothing } : {}),
});

/** A number of a cache that is another here. */
export interface GeometryDifference {
	readonly name: string;
	readonly what: keyof SlabStatics | "cpuPartialSlabs";
	readonly recorded: number;
	readonly ours: number;
}

const COMPARED = [
	"objectSize",
	"size",
	"align",
	"order",
	"objectCount",
	"minPartial",
	"cpuPartial",
	"cpuPartialSlabs",
] as const;

/** Where the formulas, or a cache that was made from the wish, give other numbers than were recorded. */
export function geometryDifferences(
	cache: RecordedCache,
	tuning: SlabTuning,
	made = slabGeometry(cache, tuning),
): GeometryDifference[] {
	return COMPARED.map((what) => ({
		name: cache.name,
		what,
		recorded: cache[what],
		ours: made?.[what] ?? 0,
	})).filter(({ recorded, ours }) => recorded !== ours);
}
