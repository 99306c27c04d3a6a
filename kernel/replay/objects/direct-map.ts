// The direct map of a recorded kernel: which physical address a printed pointer means.
//
//   ffff8880 00000000 + base      0                    RAM's end
//   pointer ------------------>   |--------------------|          base: 0 without KASLR, else a multiple of 1 GiB
//
// Pointers that were printed hashed mean no address. With KASLR the base is found by votes: the first object that a CPU
// hands out after it took a block for a slab lies in that block.
//
// DM1: the base never changes once it is known.

import { GIB } from "../../../hw/units";

const HIGH = 0xffff8880 | 0; // high word of the direct map without KASLR
const BANK = 2 ** 32;
const SLAB_BYTES_MAX = 8 * 4096;
const VOTES_ENOUGH = 8;

/** Pointers and addresses of one recording. */
export class DirectMap {
	private base = -1; // bytes; -1 while unknown
	private readonly votes = new Map<number, number>();
	private voteCount = 0;

	/** `ramEnd`: the address behind the last byte of RAM. */
	constructor(private readonly ramEnd: number) {}

	/** Whether pointers mean addresses. */
	get isKnown(): boolean {
		return this.base >= 0;
	}

	/** The physical address of a pointer; -1 for none. */
	physical(low: number, high: number): number {
		const offset = offsetOf(low, high);
		if (this.base < 0) {
			if (!this.isInRam(offset)) return -1;
			this.base = 0; // a base at random lies far above
		}
		const address = offset - this.base;
		return this.isInRam(address) ? address : -1;
	}

	/** Low word of the pointer to an address. */
	low(address: number): number {
		return (address + this.base) | 0;
	}
	/** High word of the pointer to an address. */
	high(address: number): number {
		return HIGH + Math.floor((address + this.base) / BANK);
	}

	/** The object at a pointer may be the first of a slab at `pfn`. */
	vote(low: number, high: number, pfn: number): void {
		if (this.base >= 0 || high >= 0) return;
		const beyond = offsetOf(low, high) - pfn * 4096;
		const base = Math.floor(beyond / GIB) * GIB;
		if (beyond < 0 || beyond - base >= SLAB_BYTES_MAX) return;
		const count = (this.votes.get(base) ?? 0) + 1;
		this.votes.set(base, count);
		this.voteCount++;
		if (count >= VOTES_ENOUGH && count * 2 > this.voteCount) this.base = base;
	}

	private isInRam(address: number): boolean {
		return address >= 0 && address < this.ramEnd;
	}
}

const offsetOf = (low: number, high: number): number =>
	(high - HIGH) * BANK + (low >>> 0);
