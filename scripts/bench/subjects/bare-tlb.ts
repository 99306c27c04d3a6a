// The least that a translation can do in JavaScript: what no design of the MMU can be faster than here.
//
//   va --> TLB: one of the 4 tags of its set --hit--> frame
//           |
//          miss --> 4 tables, an entry of two words each --> the set's next way in turn
//
// The same memory, tables and accesses as those of the MMU (mapped-pages.ts). No address spaces, global or large pages,
// rights, accessed and dirty bits, faults, flushes, hit counter or clock: it breaks every rule but three, that the tables are
// words of the RAM, that what is not present is no page, and that a set has 4 ways.

import type { VirtAddr } from "../../../hw/units";
import { mappedMemory, ROOT, reading, type Translator } from "./mapped-pages";
import { type Subject, serve } from "./subject";

const SETS = 256;
const WAYS = 4;
const WAYS_SHIFT = 2;
const SET_SHIFT = 10; // from an address to the first entry of its page's set
const SET_MASK = (SETS - 1) << WAYS_SHIFT;
const TABLE_SHIFT = 10; // words of a table
const PRESENT = 1;

/** A TLB and a walker on bare words. */
class BareTlb implements Translator {
	/** Translations that needed a walk. */
	misses = 0;
	private readonly tags = new Float64Array(SETS * WAYS); // address of the page; nobody has the page at 0
	private readonly frames = new Int32Array(SETS * WAYS);
	private readonly nextWay = new Uint8Array(SETS);

	constructor(private readonly words: Int32Array) {}

	translate(va: VirtAddr): number {
		const within = va & 4095;
		const tag = va - within;
		const tags = this.tags;
		let entry = (va >>> SET_SHIFT) & SET_MASK;
		if (
			tags[entry] !== tag &&
			tags[++entry] !== tag &&
			tags[++entry] !== tag &&
			tags[++entry] !== tag
		)
			entry = this.fill(va, tag, entry & SET_MASK);
		return (this.frames[entry] as number) * 4096 + within;
	}

	private fill(va: number, tag: number, set: number): number {
		this.misses++;
		const turn = set >>> WAYS_SHIFT;
		const way = this.nextWay[turn] as number;
		this.nextWay[turn] = (way + 1) & (WAYS - 1);
		const entry = set + way;
		this.tags[entry] = tag;
		this.frames[entry] = this.walk(va);
		return entry;
	}

	private walk(va: number): number {
		const words = this.words;
		const upper = va / 2 ** 30; // indices of levels 4 and 3, then of 2 and 1
		const lower = va / 4096;
		let table = ROOT;
		for (let level = 4; level > 0; level--) {
			const indices = level > 2 ? upper : lower;
			const index = (indices >>> ((level & 1) === 0 ? 9 : 0)) & 511;
			const at = (table << TABLE_SHIFT) + (index << 1);
			const low = words[at] as number;
			if ((low & PRESENT) === 0) throw new Error("no page is there");
			table = (low >>> 12) | ((words[at + 1] as number) << 20);
		}
		return table;
	}
}

/** Reads `accesses` words a round; `kind` is hit or miss. */
export function bareTlb(kind = "", accesses = ""): Subject {
	const { words } = mappedMemory(0);
	const tlb = new BareTlb(words);
	return reading(tlb, tlb, words, kind, accesses);
}

if (require.main === module) void serve(bareTlb);
