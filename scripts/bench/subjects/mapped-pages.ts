// Pages under four levels of tables, and the driver that reads them: every access a hit, or every access a miss.
//
//   frame   1      2      3      4 .. 7         16 .. 2063
//         +------+------+------+-------------+----------------+
//         | PGD  | PUD  | PMD  | 4 PTE tables| 2048 pages     |
//         +------+------+------+-------------+----------------+
//
// One word of each page is read in turn. 64 pages stay in the TLB: hits. Of 2048 pages 8 share a set of 4 ways, and a page
// is gone before it is read again: misses. A count of misses proves it before anything is measured. The step is a page
// and a cache line, so that the host's cache is not what is measured.
//
// A process has one translator, so the compiler puts its methods right into the loop.

import { PhysicalMemory } from "../../../hw/memory";
import { ACCESS_READ, type Access } from "../../../hw/mmu";
import {
	entryHigh,
	entryLow,
	PTE_PRESENT,
	PTE_WRITABLE,
	tableIndex,
} from "../../../hw/pte";
import {
	asPfn,
	asPhys,
	asVirt,
	MIB,
	PAGE_SIZE,
	PAGE_WORDS,
	type VirtAddr,
} from "../../../hw/units";
import { type Subject, timed } from "./subject";

const RAM_BYTES = 64 * MIB;
const LEAF_TABLES = 4;
const PAGES = 16;
const BASE = 0x5555_5540_0000; // where programs are; on a 2 MiB border
const RESIDENT_PAGES = 64;
const ALL_PAGES = 2048;
const STEP = PAGE_SIZE + 64; // bytes
const READ = ACCESS_READ; // same-file constant: an imported one costs in a hot loop

/** Frame of the top-level table. */
export const ROOT = 1;

/** Whoever finds the physical address of a word that is read. */
export interface Translator {
	translate(va: VirtAddr, access: Access): number;
}

/** Whoever counts the translations that needed a walk. */
export interface MissCount {
	readonly misses: number;
}

function enter(
	memory: PhysicalMemory,
	table: number,
	at: number,
	to: number,
): void {
	const flags = PTE_PRESENT | PTE_WRITABLE;
	const words = memory.wordsAt(asPhys(table * PAGE_SIZE), PAGE_WORDS);
	words[2 * at] = entryLow(asPfn(to), flags);
	words[2 * at + 1] = entryHigh(asPfn(to), flags);
}

/** RAM with all pages mapped; `moreBytes` lie behind it in the same buffer. */
export function mappedMemory(moreBytes: number): PhysicalMemory {
	const buffer = new SharedArrayBuffer(RAM_BYTES + moreBytes);
	const memory = new PhysicalMemory(buffer, RAM_BYTES);
	memory.words.fill(1); // the host hands out its pages now
	for (let table = ROOT; table < PAGES; table++) memory.zeroFrame(asPfn(table));
	enter(memory, ROOT, tableIndex(asVirt(BASE), 4), 2);
	enter(memory, 2, tableIndex(asVirt(BASE), 3), 3);
	for (let page = 0; page < ALL_PAGES; page++) {
		const va = asVirt(BASE + page * PAGE_SIZE);
		const leaf = LEAF_TABLES + Math.floor(page / 512);
		enter(memory, 3, tableIndex(va, 2), leaf);
		enter(memory, leaf, tableIndex(va, 1), PAGES + page);
	}
	return memory;
}

/** Reads `count` words, a step apart, over and over the first `pages` pages; returns their sum. */
export function readPages(
	translator: Translator,
	words: Int32Array,
	pages: number,
	count: number,
): number {
	const end = BASE + pages * PAGE_SIZE;
	let sum = 0;
	let va = BASE;
	for (let i = 0; i < count; i++) {
		const pa = translator.translate(asVirt(va), READ);
		sum = (sum + (words[pa >>> 2] as number)) | 0;
		va += STEP;
		if (va >= end) va = BASE;
	}
	return sum;
}

/** Reads `accesses` words a round; `kind` is hit or miss, and a first lap proves it. */
export function reading(
	translator: Translator,
	count: MissCount,
	words: Int32Array,
	kind: string,
	accesses: string,
): Subject {
	const pages = kind === "miss" ? ALL_PAGES : RESIDENT_PAGES;
	const lap = Math.ceil((pages * PAGE_SIZE) / STEP);
	readPages(translator, words, pages, lap);
	const before = count.misses;
	readPages(translator, words, pages, lap);
	const misses = count.misses - before;
	if (misses !== (kind === "miss" ? lap : 0))
		throw new Error(`not every access was a ${kind}`);
	const reads = Number(accesses);
	return {
		round: () => timed(() => void readPages(translator, words, pages, reads)),
	};
}
