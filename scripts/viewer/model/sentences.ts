// What an event says, in words: a short line for the list, and what the event is about.
//
//   page_alloc 4096 0x300 0x0   -->   frame 0x1000, order 0, Reclaimable
//   slab_alloc ...              -->   kmalloc-64 at 0xffff888001234440, 40 bytes asked for
//
// SE1: every event of the dictionary has a sentence; one that is unknown shows its four words.

import {
	EV_PTE_MARK,
	EV_TEXT,
	EV_TLB_FLUSH,
	EV_TLB_MISS,
	pageAddress,
} from "../../../hw/events";
import { entryPfn } from "../../../hw/pte";
import { textOf } from "../../../hw/recorder";
import * as kernel from "../../../kernel/events";
import { typeName } from "../../../kernel/trace/ask/phrases";
import type { EventColumns } from "../../../kernel/trace/columns";
import { rangeOf } from "../../../kernel/trace/fold/memblock";
import * as mm from "../../../mm/events";
import { gfpText } from "../../../mm/gfp";
import { addressText, bytesText, pfnText, virtualText } from "./numbers";

/** Who is who at an event. */
export interface Names {
	cache(slot: number, at: number): string;
	task(pid: number, at: number): string;
	zone(index: number): string;
	context(node: number): string;
	/** Line of the log that event `at` printed. */
	logLine(at: number): string;
}

type Words = readonly [a: number, b: number, c: number, d: number];
type Sentence = (words: Words, at: number, names: Names) => string;

const LEFT = ["", "it waits", "its turn is over", "it ended"];
const PLACES = [
	"new",
	"is now this CPU's own",
	"chained to this CPU",
	"head of the node's list",
	"tail of the node's list",
	"full, on no list",
];
const USES = ["", "a page table", "memory of", "a kernel stack of"];

const frame = (pfn: number): string => `frame ${pfnText(pfn)}`;
const block = (pfn: number, order: number): string =>
	`${frame(pfn)}, order ${order}`;
const task = (pid: number, at: number, names: Names): string =>
	pid === 0 ? "idle" : `${names.task(pid, at)} (${pid})`;
const faultText = (code: number): string =>
	[
		(code & 1) !== 0 ? "protection" : "no page",
		(code & 2) !== 0 ? "write" : (code & 16) !== 0 ? "fetch" : "read",
		(code & 4) !== 0 ? "by the task" : "by the kernel",
	].join(", ");

/** What a memblock event says of its range; index = kind. */
const RANGES = ["", "memory", "reserved", "removed", "freed", "handed over"];

const MEMORY: Readonly<Record<number, Sentence>> = {
	[mm.EV_PAGE_ALLOC]: ([a, b, gfp]) =>
		`${block(a, b & 255)}, ${typeName(b >>> 8)}, ${gfpText(gfp)}`,
	[mm.EV_PAGE_FREE]: ([a, order, listed]) =>
		`${block(a, order)}${listed === 1 ? ", to this CPU's list" : ""}`,
	[mm.EV_BUDDY_TAKE]: ([a, b, from, listed]) => {
		const order = b & 255;
		const cut = from > order ? ` cut from order ${from}` : "";
		return `${block(a, order)}${cut}${listed === 1 ? ", for this CPU's list" : ""}`;
	},
	[mm.EV_PCP_DRAIN]: ([a, b]) => `${block(a, b & 255)}, off this CPU's list`,
	[mm.EV_BUDDY_GIVE]: ([a, order, type, tail]) =>
		`${block(a, order)} to the ${tail === 1 ? "tail" : "head"} of ${typeName(type)}`,
	[mm.EV_FALLBACK]: ([a, b, c, changed]) =>
		`${typeName(c & 255)} takes order ${b >>> 8} from ${typeName(c >>> 8)} at ${frame(a)}${changed === 1 ? ", and the pageblock" : ""}`,
	[mm.EV_BOOT_FREE]: ([a, order]) => `${block(a, order)} handed over by boot`,
	[mm.EV_BOOT_TAKE]: ([a, order]) => `${block(a, order)} taken back by boot`,
	[mm.EV_BUDDY_MOVE]: ([a, order, type]) =>
		`${block(a, order)} to the tail of ${typeName(type)}`,
	[mm.EV_BLOCK_TYPE]: ([a, type]) =>
		`pageblock of ${frame(a)} is ${typeName(type)}`,
	[mm.EV_PCP_STOCK]: ([a, b, cpu]) =>
		`${block(a, b & 255)} put by for CPU ${cpu}`,
	[mm.EV_PAGE_SPLIT]: ([a, order, trimmed]) =>
		`${block(a, order)} falls apart${trimmed === 1 ? ", only the first frame stays" : ""}`,
	[mm.EV_PAGE_JOIN]: ([a, order]) => `${block(a, order)} is one block`,
	[mm.EV_PAGE_USE]: ([a, use, pid], at, names) =>
		`${frame(a)} is ${USES[use] ?? "used"}${use > 1 ? ` ${task(pid, at, names)}` : ""}`,
	[mm.EV_ZONE_REFUSED]: ([zone, b, free, stay], _at, names) =>
		`${names.zone(zone)} has ${free} free frames and must keep ${stay}: no order ${b & 255}`,
	[mm.EV_PAGE_FAIL]: ([order, gfp]) => `no order ${order}, ${gfpText(gfp)}`,
	[mm.EV_TABLE_NEW]: ([a]) => `${frame(a)} becomes a page table`,
	[mm.EV_TABLE_FREE]: ([a]) => `${frame(a)} is no page table any more`,
	[mm.EV_PTE_SET]: ([table, index, low, high]) =>
		low === 0 && high === 0
			? `entry ${index} of table ${pfnText(table)} cleared`
			: `entry ${index} of table ${pfnText(table)} maps ${frame(entryPfn(low, high))}`,
	[mm.EV_PTE_RUN]: ([table, word, low, high]) => {
		const [index, entries] = [mm.runIndex(word), mm.runEntries(word)];
		const pages = entries * mm.runFrames(word);
		return `entries ${index} to ${index + entries - 1} of table ${pfnText(table)} map ${pages} pages from ${frame(entryPfn(low, high))} on`;
	},
	[mm.EV_MEMBLOCK]: ([a, b, c, d]) => {
		const { base, end, kind } = rangeOf(a, b, c, d);
		const what = RANGES[kind] ?? `kind ${kind}`;
		return `${what} ${bytesText(end - base)} at 0x${base.toString(16)}`;
	},
};

const OBJECTS: Readonly<Record<number, Sentence>> = {
	[mm.EV_SLAB_ALLOC]: ([a, b, slot, bytes], at, names) =>
		`${names.cache(slot, at)} at ${addressText(mm.objectAddress(a, b))}${bytes > 0 ? `, ${bytes} bytes asked for` : ""}`,
	[mm.EV_SLAB_FREE]: ([a, b, slot], at, names) =>
		`${names.cache(slot, at)} at ${addressText(mm.objectAddress(a, b))}`,
	[mm.EV_SLAB_NEW]: ([a, order, slot, objects], at, names) =>
		`${names.cache(slot, at)} gets ${block(a, order)} for ${objects} objects`,
	[mm.EV_SLAB_DISCARD]: ([a, order, slot], at, names) =>
		`${names.cache(slot, at)} gives back ${block(a, order)}`,
	[mm.EV_SLAB_MOVE]: ([a, place, slot], at, names) =>
		`${names.cache(slot, at)} slab ${pfnText(a)}: ${PLACES[place] ?? place}`,
	[mm.EV_KMALLOC_LARGE]: ([a, order, , bytes]) =>
		`${block(a, order)} for ${bytesText(bytes)}`,
	[mm.EV_KFREE_LARGE]: ([a, order]) => block(a, order),
	[mm.EV_CACHE_NEW]: ([slot, size, c, bytes], at, names) =>
		`${names.cache(slot, at)}: ${bytes} bytes in ${size}, ${c >>> 8} in a slab of order ${c & 15}`,
	[mm.EV_CACHE_END]: ([slot], at, names) => names.cache(slot, at),
};

const RUNNING: Readonly<Record<number, Sentence>> = {
	[EV_TEXT]: (words) => JSON.stringify(textOf(...words)),
	[EV_TLB_MISS]: ([a, b]) => virtualText(pageAddress(a, b)),
	[EV_TLB_FLUSH]: ([a, b, pages, cpu]) =>
		pages === 0
			? `CPU ${cpu} forgets everything`
			: `CPU ${cpu} forgets ${pages} at ${virtualText(pageAddress(a, b))}`,
	[EV_PTE_MARK]: ([table, index, bits]) =>
		`entry ${index} of table ${pfnText(table)}: ${(bits & 64) !== 0 ? "dirty" : "accessed"}`,
	[kernel.EV_STAGE]: ([context, begins], _at, names) =>
		`${names.context(context)} ${begins === 1 ? "begins" : "is done"}`,
	[kernel.EV_LOG]: (_words, at, names) => names.logLine(at),
	[kernel.EV_TICK]: ([number]) => `tick ${number}`,
	[kernel.EV_TASK_NEW]: ([pid, parent], at, names) =>
		`${task(pid, at, names)}${parent > 0 ? `, child of ${task(parent, at, names)}` : ""}`,
	[kernel.EV_TASK_EXIT]: ([pid, code, killed], at, names) =>
		`${task(pid, at, names)} ${killed === 1 ? "is killed by signal" : "ends with"} ${code}`,
	[kernel.EV_TASK_END]: ([pid], at, names) =>
		`${task(pid, at, names)} is forgotten`,
	[kernel.EV_SWITCH]: ([to, from, why], at, names) =>
		`${task(from, at, names)} to ${task(to, at, names)}${LEFT[why] ? `: ${LEFT[why]}` : ""}`,
	[kernel.EV_FAULT]: ([a, b, pid], at, names) =>
		`${task(pid, at, names)} at ${virtualText(pageAddress(a, b))}: ${faultText(b >>> 8)}`,
	[kernel.EV_MAP]: ([a, b, pages, pid], at, names) =>
		`${task(pid, at, names)} maps ${pages} pages at ${virtualText(pageAddress(a, b))}`,
	[kernel.EV_UNMAP]: ([a, b, pages, pid], at, names) =>
		`${task(pid, at, names)} unmaps ${pages} pages at ${virtualText(pageAddress(a, b))}`,
	[kernel.EV_PROTECT]: ([a, b, pages, pid], at, names) =>
		`${task(pid, at, names)} protects ${pages} pages at ${virtualText(pageAddress(a, b))}`,
};

const SENTENCES: Readonly<Record<number, Sentence>> = {
	...MEMORY,
	...OBJECTS,
	...RUNNING,
};

/** What event `index` of the columns says, without its name. */
export function sentence(
	columns: EventColumns,
	index: number,
	names: Names,
): string {
	const words = wordsOf(columns, index);
	const say = SENTENCES[columns.codes[index] as number];
	return say ? say(words, index, names) : words.join(" ");
}

/** The four words of an event. */
export const wordsOf = (
	{ a, b, c, d }: EventColumns,
	index: number,
): [number, number, number, number] => [
	a[index] as number,
	b[index] as number,
	c[index] as number,
	d[index] as number,
];
