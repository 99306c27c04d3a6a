// What became of pages: large kmallocs, page tables and their entries, memory of tasks, splits and joins, boot's ranges.
//
//   page_alloc --> kmalloc_large | table_new | page_use         what an allocated block is used for
//   pte_set        an entry of a page table, as its two words say
//
// WP1: entries are told by their bits; what the entry was before comes from the fold.

import {
	entryPfn,
	PTE_ACCESSED,
	PTE_DIRTY,
	PTE_GLOBAL,
	PTE_LARGE,
	PTE_NX,
	PTE_PRESENT,
	PTE_USER,
	PTE_WRITABLE,
} from "../../../../hw/pte";
import {
	EV_KFREE_LARGE,
	EV_KMALLOC_LARGE,
	EV_MEMBLOCK,
	EV_PAGE_JOIN,
	EV_PAGE_SPLIT,
	EV_PAGE_USE,
	EV_PCP_STOCK,
	EV_PTE_RUN,
	EV_PTE_SET,
	EV_TABLE_FREE,
	EV_TABLE_NEW,
	MEMBLOCK_FREED,
	MEMBLOCK_HANDED,
	MEMBLOCK_MEMORY,
	MEMBLOCK_REMOVED,
	MEMBLOCK_RESERVED,
	PAGE_STACK,
	PAGE_TABLE,
	PAGE_USER,
	runEntries,
	runFrames,
	runIndex,
} from "../../../../mm/events";
import { KMALLOC_CACHE_BYTES_MAX } from "../../../../mm/slab-geometry";
import type { TraceEvent } from "../../columns";
import { rangeOf } from "../../fold/memblock";
import {
	counted,
	hex,
	listed,
	pagesOf,
	siteText,
	taskText,
	typeName,
	useText,
} from "../phrases";
import type { Chain } from "./chain";
import type { Explain, Scene } from "./scene";

/** Names of the bits of an entry's low word. */
const BITS: readonly (readonly [number, string])[] = [
	[PTE_PRESENT, "present"],
	[PTE_WRITABLE, "writable"],
	[PTE_USER, "user"],
	[PTE_ACCESSED, "accessed"],
	[PTE_DIRTY, "dirty"],
	[PTE_LARGE, "2 MiB"],
	[PTE_GLOBAL, "global"],
];

/** The bits of an entry in words. */
export function entryBits(low: number, high: number): string[] {
	const names = BITS.filter(([bit]) => (low & bit) !== 0).map(
		([, name]) => name,
	);
	return (high & PTE_NX) !== 0 ? [...names, "no execute"] : names;
}

function explainLarge(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, b, d, cpu, context } = event;
	const taken = 4096 * 2 ** b;
	chain.say(
		number,
		`On CPU ${cpu}, ${siteText(scene.trace, context)} asked kmalloc for ${counted(d, "byte")}: more than the largest size class (${KMALLOC_CACHE_BYTES_MAX}), so it got whole pages.`,
		{ cpu, bytes: d, classMax: KMALLOC_CACHE_BYTES_MAX },
	);
	chain.say(
		scene.previous(event)?.number ?? null,
		`The smallest block that holds them is ${pagesOf(b)} (order ${b}), at frame ${a}: ${taken - d} bytes of ${taken} are wasted.`,
		{ frame: a, order: b, bytes: d, taken, waste: taken - d },
	);
	return `a kmalloc of ${counted(d, "byte")} at frame ${a}`;
}

function explainLargeFree(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { number, a, b, context } = event;
	const since = scene.before(number).frames.since[a] as number;
	chain.say(
		number,
		`${siteText(scene.trace, context)} freed the large kmalloc at frame ${a}, made at event ${since}: its ${pagesOf(b)} go back to the page allocator.`,
		{ frame: a, order: b, since },
	);
	return `a kmalloc of ${pagesOf(b)} at frame ${a} freed`;
}

function explainStock(_scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, b, c } = event;
	const order = b & 255;
	chain.say(
		number,
		`The machine is set up as a copy of another one: ${pagesOf(order)} at frame ${a}, ${typeName(b >>> 8)}, were put behind the others of CPU ${c}'s list, where the other machine had them.`,
		{ frame: a, order, cpu: c },
	);
	return `${pagesOf(order)} at frame ${a} were put on CPU ${c}'s list`;
}

function explainSplit(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, b, c, context } = event;
	chain.say(
		number,
		c === 1
			? `Somebody still holds a reference of frame ${a}, so only that page stays and the other ${2 ** b - 1} of the block are freed, smallest part first in memory, largest first in time.`
			: `${siteText(scene.trace, context)} made ${2 ** b} single pages of the block at frame ${a}: each can be freed by itself.`,
		{ frame: a, order: b, pages: 2 ** b },
	);
	return `${pagesOf(b)} at frame ${a} were split`;
}

function explainJoin(_scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, b } = event;
	chain.say(
		number,
		`${2 ** b} single pages from frame ${a} on became one block of order ${b}, as the machine that is being copied had them.`,
		{ frame: a, order: b },
	);
	return `${pagesOf(b)} at frame ${a} became one block`;
}

function explainUse(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, b, c, cpu } = event;
	const fold = scene.before(number);
	const pid = c || (fold.tasks.running[cpu] as number);
	const order = fold.frames.order[a] as number;
	const uses: Readonly<Record<number, string>> = {
		[PAGE_TABLE]: "are a page table",
		[PAGE_USER]: `are memory of ${taskText(fold, pid)}, mapped into its address space`,
		[PAGE_STACK]:
			pid === 0
				? "are the kernel stack of a task that is being made"
				: `are a kernel stack, made while ${taskText(fold, pid)} ran`,
	};
	const use = uses[b] ?? `have use ${b}`;
	chain.say(
		number,
		`The ${pagesOf(order)} at frame ${a}, allocated at event ${fold.frames.since[a]}, ${use}.`,
		{ frame: a, order, pid },
	);
	return `${pagesOf(order)} at frame ${a} ${use}`;
}

function explainTableNew(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { number, a, context } = event;
	chain.say(
		number,
		`${siteText(scene.trace, context)} needed a page table for a range that had none: frame ${a} holds its 512 entries, all empty.`,
		{ frame: a },
	);
	return `frame ${a} became a page table`;
}

function explainTableFree(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { number, a, context } = event;
	const since = scene.before(number).frames.since[a] as number;
	chain.say(
		number,
		`${siteText(scene.trace, context)} took the last mapping out of the page table in frame ${a}, made at event ${since}, or the whole address space goes: nothing needs the table any more.`,
		{ frame: a, since },
	);
	return `the page table in frame ${a} goes`;
}

function explainEntry(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, b, c, d, context } = event;
	const fold = scene.before(number);
	const words = fold.tasks.table(a);
	const before = words === null ? 0 : (words[b * 2] as number);
	const had = words === null ? 0 : entryPfn(before, words[b * 2 + 1] as number);
	const isSet = (c & PTE_PRESENT) !== 0;
	const frame = entryPfn(c, d);
	const who = siteText(scene.trace, context);
	const head = isSet ? fold.frames.headOf(frame) : -1;
	const target = head < 0 ? "" : `, ${useText(fold, head)}`;
	chain.say(
		number,
		isSet
			? `${who} made entry ${b} of the table in frame ${a} lead to frame ${frame}${target}: ${listed(entryBits(c, d))}.`
			: `${who} cleared entry ${b} of the table in frame ${a}: ${c === 0 && d === 0 ? "it maps nothing now" : "it is no longer present, but keeps its frame until the TLBs have forgotten it"}.`,
		{ table: a, index: b, frame: isSet ? frame : 0 },
	);
	chain.say(
		null,
		(before & PTE_PRESENT) === 0
			? "Before, the entry was not present."
			: `Before, it led to frame ${had}: ${listed(entryBits(before, (words as Int32Array)[b * 2 + 1] as number))}.`,
		{ frame: had },
	);
	return isSet
		? `entry ${b} of the table in frame ${a} leads to frame ${frame}`
		: `entry ${b} of the table in frame ${a} cleared`;
}

function explainRun(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, b, c, d, context } = event;
	const [index, entries, frames] = [runIndex(b), runEntries(b), runFrames(b)];
	const first = entryPfn(c, d);
	const last = first + entries * frames - 1;
	const which =
		entries === 1
			? `entry ${index}`
			: `entries ${index} to ${index + entries - 1}`;
	const each = frames === 1 ? "4 KiB" : "2 MiB";
	chain.say(
		number,
		`${siteText(scene.trace, context)} made ${which} of the table in frame ${a} map frames ${first} to ${last} in a row, ${each} each: ${listed(entryBits(c, d))}.`,
		{ table: a, index, entries, first, last },
	);
	chain.say(null, "Before, they were empty.");
	return `${which} of the table in frame ${a} map${entries === 1 ? "s" : ""} frames ${first} to ${last}`;
}

/** What a change of memblock means, and what the range is then; by kind. */
const RANGES: Readonly<Record<number, readonly [meaning: string, is: string]>> =
	{
		[MEMBLOCK_MEMORY]: ["are RAM: whoever boots may take of them", "usable"],
		[MEMBLOCK_RESERVED]: [
			"are taken: they are never handed out, unless boot frees them later",
			"reserved",
		],
		[MEMBLOCK_REMOVED]: ["are no RAM for the kernel any more", "no memory"],
		[MEMBLOCK_FREED]: ["are not taken any more", "free again"],
	};

function explainRange(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, b, c, d, context } = event;
	const { base, end, kind } = rangeOf(a, b, c, d);
	const who = siteText(scene.trace, context);
	const bytes = end - base;
	if (kind === MEMBLOCK_HANDED) return explainHandOver(scene, event, chain);
	const [meaning, is] = RANGES[kind] ?? [`are of kind ${kind}`, "told of"];
	chain.say(
		number,
		`${who} told memblock that ${counted(bytes, "byte")} from ${hex(base)} on ${meaning}.`,
		{ base, bytes },
	);
	const { memory, reserved } = scene.after(number).memblock;
	chain.say(
		null,
		`It knows ${counted(memory.length, "range")} of memory now, of which ${counted(reserved.length, "range is", "ranges are")} taken.`,
		{ memory: memory.length, reserved: reserved.length },
	);
	return `${counted(bytes, "byte")} at ${hex(base)} ${bytes === 1 ? "is" : "are"} ${is}`;
}

function explainHandOver(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { number, a, b, c, d, context } = event;
	const { base, end } = rangeOf(a, b, c, d);
	const bytes = end - base;
	const { reserved } = scene.before(number).memblock;
	const taken = reserved.reduce((sum, [from, to]) => sum + to - from, 0);
	chain.say(
		number,
		`${siteText(scene.trace, context)} gave every whole page that nobody had taken, ${bytes} bytes from ${hex(base)} on, to the buddy; memblock keeps the ${taken} bytes that are taken, and changes no more.`,
		{ base, bytes, taken },
	);
	return `memblock handed ${bytes} bytes over to the buddy`;
}

/** Explains pages in use. */
export const PAGES: readonly (readonly [number, Explain])[] = [
	[EV_KMALLOC_LARGE, explainLarge],
	[EV_KFREE_LARGE, explainLargeFree],
	[EV_PCP_STOCK, explainStock],
	[EV_PAGE_SPLIT, explainSplit],
	[EV_PAGE_JOIN, explainJoin],
	[EV_PAGE_USE, explainUse],
	[EV_TABLE_NEW, explainTableNew],
	[EV_TABLE_FREE, explainTableFree],
	[EV_PTE_SET, explainEntry],
	[EV_PTE_RUN, explainRun],
	[EV_MEMBLOCK, explainRange],
];
