// Complaints: the line in the log when pages could not be had.
//
//   word   0 .. 1               2         3
//       +---------------------+---------+--------+
//       | begin of the period | printed | missed |
//       +---------------------+---------+--------+
//
// A kernel short of memory fails often. Of each five seconds the first ten failures are told, the rest is counted.
// [mm/page_alloc.c warn_alloc; lib/ratelimit.c ___ratelimit; include/linux/ratelimit_types.h]

import { CYCLES_PER_SECOND } from "../hw/costs";
import type { Turn } from "../hw/cpu";
import { readLong, writeLong } from "../hw/units";
import { gfpText } from "../mm/gfp";
import type { KernelLog } from "./printk";

const BEGIN = 0;
const PRINTED = 2;
const MISSED = 3;

const PERIOD_CYCLES = 5 * CYCLES_PER_SECOND;
const BURST = 10;

/** Tells the log about page allocations that failed. */
export class Complaints {
	constructor(
		private readonly words: Int32Array,
		private readonly turn: Turn,
		private readonly log: KernelLog,
		/** Name of the task that runs on this CPU. */
		private readonly currentName: () => string,
	) {}

	/** A request for 2^order pages failed. */
	pages(order: number, gfp: number): void {
		if (!this.mayPrint()) return;
		const mode = `0x${(gfp >>> 0).toString(16)}(${gfpText(gfp)})`;
		this.log.warn(
			`${this.currentName()}: page allocation failure: order:${order}, mode:${mode}, nodemask=(null)`,
		);
	}

	private mayPrint(): boolean {
		const words = this.words;
		const now = this.turn.cpu.cycles;
		const begin = readLong(words, BEGIN);
		if (begin === 0 || now - begin > PERIOD_CYCLES) this.beginPeriod(now);
		if ((words[PRINTED] as number) >= BURST) {
			words[MISSED] = (words[MISSED] as number) + 1;
			return false;
		}
		words[PRINTED] = (words[PRINTED] as number) + 1;
		return true;
	}

	private beginPeriod(now: number): void {
		const words = this.words;
		const missed = words[MISSED] as number;
		writeLong(words, BEGIN, now);
		words[PRINTED] = 0;
		words[MISSED] = 0;
		if (missed > 0) this.log.warn(`warn_alloc: ${missed} callbacks suppressed`);
	}
}
