// Reading words through the MMU: every access a hit, or every access a miss that walks four levels.
//
//   frame   1      2      3      4 .. 7         16 .. 2063
//         +------+------+------+-------------+----------------+
//         | PGD  | PUD  | PMD  | 4 PTE tables| 2048 pages     |
//         +------+------+------+-------------+----------------+
//
// One word of each page is read in turn. 64 pages stay in the TLB: hits. Of 2048 pages 8 share a set of 4 ways, and a page
// is gone before it is read again: misses. The TLB's own counters prove it before anything is measured. The step is a page
// and a cache line, so that the host's cache is not what is measured.

import { Cpu } from "../../../hw/cpu";
import { TurnLocks } from "../../../hw/lock";
import { PhysicalMemory } from "../../../hw/memory";
import { ACCESS_READ, Mmu } from "../../../hw/mmu";
import {
	entryHigh,
	entryLow,
	PTE_PRESENT,
	PTE_WRITABLE,
	tableIndex,
} from "../../../hw/pte";
import { Tlb } from "../../../hw/tlb";
import {
	asPfn,
	asPhys,
	asVirt,
	MIB,
	PAGE_SIZE,
	PAGE_WORDS,
} from "../../../hw/units";
import { type Subject, serve, timed } from "./subject";

const RAM_BYTES = 64 * MIB;
const MACHINE_BYTES = 64 * 1024; // registers and TLB, behind the RAM
const ROOT = 1;
const LEAF_TABLES = 4;
const PAGES = 16;
const BASE = 0x5555_5540_0000; // where programs are; on a 2 MiB border
const TLB_OFFSET = RAM_BYTES + PAGE_SIZE;
const RESIDENT_PAGES = 64;
const ALL_PAGES = 2048;
const STEP = PAGE_SIZE + 64; // bytes
const READ = ACCESS_READ; // same-file constant: an imported one costs in a hot loop

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

/** Maps all pages from BASE on. */
function buildTables(memory: PhysicalMemory): void {
	enter(memory, ROOT, tableIndex(asVirt(BASE), 4), 2);
	enter(memory, 2, tableIndex(asVirt(BASE), 3), 3);
	for (let page = 0; page < ALL_PAGES; page++) {
		const va = asVirt(BASE + page * PAGE_SIZE);
		const leaf = LEAF_TABLES + Math.floor(page / 512);
		enter(memory, 3, tableIndex(va, 2), leaf);
		enter(memory, leaf, tableIndex(va, 1), PAGES + page);
	}
}

/** Reads `count` words, a step apart, over and over the first `pages` pages. */
function run(
	mmu: Mmu,
	words: Int32Array,
	pages: number,
	count: number,
): number {
	const end = BASE + pages * PAGE_SIZE;
	let sum = 0;
	let va = BASE;
	for (let i = 0; i < count; i++) {
		const pa = mmu.translate(asVirt(va), READ);
		sum = (sum + (words[pa >>> 2] as number)) | 0;
		va += STEP;
		if (va >= end) va = BASE;
	}
	return sum;
}

/** Throws unless the accesses of a lap, after another one, are all of the kind. */
function prove(kind: string, lap: () => void, tlb: Tlb): void {
	lap();
	const { hits, misses } = tlb;
	lap();
	const others = kind === "miss" ? tlb.hits - hits : tlb.misses - misses;
	if (others !== 0) throw new Error(`not every access was a ${kind}`);
}

/** Reads `accesses` words a round; `kind` is hit or miss, and the first lap proves it. */
export function tlbAccess(kind = "", accesses = ""): Subject {
	const buffer = new SharedArrayBuffer(RAM_BYTES + MACHINE_BYTES);
	const memory = new PhysicalMemory(buffer, RAM_BYTES);
	const cpu = new Cpu(buffer, RAM_BYTES, 0);
	const tlb = new Tlb(buffer, TLB_OFFSET);
	const mmu = new Mmu(memory, cpu, tlb, new TurnLocks());
	const words = memory.words;
	words.fill(1); // the host hands out its pages now
	cpu.powerOn();
	buildTables(memory);
	cpu.setRoot(asPfn(ROOT), 1);
	const pages = kind === "miss" ? ALL_PAGES : RESIDENT_PAGES;
	const lap = Math.ceil((pages * PAGE_SIZE) / STEP);
	prove(kind, () => void run(mmu, words, pages, lap), tlb);
	const count = Number(accesses);
	return { round: () => timed(() => void run(mmu, words, pages, count)) };
}

if (require.main === module) void serve(tlbAccess);
