// Answers of a replay: what this kernel's page allocator did, beside what the recorded one did.
//
//   allocations   same page or another one, by order and migratetype, and over time
//   refills       blocks that left the free lists       ours from the flight recorder, theirs from the events
//   drains        pages that went back
//   fallbacks     with all fields
//   snapshots     free blocks by zone and order at the instants at which buddyinfo was read
//
// The n-th of ours is compared with the n-th of theirs. AN1: counting changes nothing; a replay without answers is the same.

import type { Recorder } from "../../../hw/recorder";
import { EV_BUDDY_TAKE, EV_FALLBACK, EV_PCP_DRAIN } from "../../../mm/events";
import { MAX_ORDER } from "../../../mm/zone";
import type { Kernel } from "../../kernel";
import type { Snapshot } from "../snapshot/snapshot";

const TYPES = 4; // unmovable, movable, reclaimable, others
const DRAIN_EVERY = 64; // entries between two looks into the rings

/** Two numbers to be compared: how many were there, and how many were the same here. */
export interface Agreement {
	readonly count: number;
	readonly same: number;
}

/** Ours and theirs of one kind. */
export interface Tallies {
	readonly recorded: number;
	readonly ours: number;
	/** Pairs that are equal, the n-th with the n-th. */
	readonly equal: number;
}

/** Free blocks at a snapshot. */
export interface SnapshotAnswer {
	readonly snapshot: string;
	/** Blocks that buddyinfo counts. */
	readonly recorded: number;
	/** Sum over zones and orders of how far ours are off. */
	readonly apart: number;
	/** By zone: free frames here less those there. */
	readonly frames: readonly number[];
	/** By zone and CPU: frames on lists here less those there. */
	readonly listed: readonly number[];
}

/** Numbers in a row, two a pair. */
class Row {
	length = 0;
	private words = new Int32Array(1024);

	push(one: number, two: number): void {
		if (this.length * 2 === this.words.length) {
			const words = new Int32Array(this.words.length * 2);
			words.set(this.words);
			this.words = words;
		}
		this.words[this.length * 2] = one;
		this.words[this.length * 2 + 1] = two;
		this.length++;
	}

	equals(other: Row): number {
		const least = Math.min(this.length, other.length);
		let equal = 0;
		for (let n = 0; n < least; n++)
			if (
				this.words[n * 2] === other.words[n * 2] &&
				this.words[n * 2 + 1] === other.words[n * 2 + 1]
			)
				equal++;
		return equal;
	}
}

class Pair {
	readonly recorded = new Row();
	readonly ours = new Row();

	get tallies(): Tallies {
		const { recorded, ours } = this;
		return {
			recorded: recorded.length,
			ours: ours.length,
			equal: recorded.equals(ours),
		};
	}
}

/** Counts while a replay goes on. */
export class PageAnswers {
	readonly snapshots: SnapshotAnswer[] = [];
	/** Requests that succeeded there and failed here. */
	failed = 0;
	private readonly counts = new Int32Array(MAX_ORDER * TYPES);
	private readonly sames = new Int32Array(MAX_ORDER * TYPES);
	private readonly parts: { name: string; count: number; same: number }[] = [];
	private readonly takePair = new Pair();
	private readonly drainPair = new Pair();
	private readonly fallbackPair = new Pair();
	private readonly fallbackTypes = new Pair();
	private readonly recorder: Recorder | null;
	private waiting = 0;

	/** Refills, drains and fallbacks of ours are counted only when the kernel has a recorder. */
	constructor(private readonly kernel: Kernel) {
		this.recorder = kernel.mm.recorder;
		this.recorder?.listen((_cycles, code, _cpu, _context, a, b, c, d) =>
			this.ours(code, a, b, c, d),
		);
	}

	/** Begins a stretch of time. */
	beginPart(name: string): void {
		this.parts.push({ name, count: 0, same: 0 });
	}

	/** An allocation: recorded page, page here. */
	alloc(order: number, type: number, recorded: number, ours: number): void {
		const at = order * TYPES + Math.min(type, TYPES - 1);
		const isSame = recorded === ours ? 1 : 0;
		this.counts[at] = (this.counts[at] as number) + 1;
		this.sames[at] = (this.sames[at] as number) + isSame;
		if (ours === 0) this.failed++;
		const part = this.parts.at(-1);
		if (!part) return;
		part.count++;
		part.same += isSame;
	}

	/** Recorded decisions. */
	take(pfn: number, order: number): void {
		this.takePair.recorded.push(pfn, order);
	}
	drain(pfn: number, order: number): void {
		this.drainPair.recorded.push(pfn, order);
	}
	/** `orders`: wanted and got, `types`: wanted and had, both as in mm/events.ts. */
	fallback(pfn: number, orders: number, types: number, whole: number): void {
		this.fallbackPair.recorded.push(pfn, orders);
		this.fallbackTypes.recorded.push(types, whole);
	}

	/** An entry was played. */
	step(): void {
		if (++this.waiting >= DRAIN_EVERY) this.collect();
	}

	/** Reads what this kernel recorded; to be called before another CPU has its turn. */
	collect(): void {
		this.waiting = 0;
		this.recorder?.flush();
	}

	private ours(code: number, a: number, b: number, c: number, d: number): void {
		if (code === EV_BUDDY_TAKE) this.takePair.ours.push(a, b & 0xff);
		else if (code === EV_PCP_DRAIN) this.drainPair.ours.push(a, b & 0xff);
		else if (code === EV_FALLBACK) {
			this.fallbackPair.ours.push(a, b);
			this.fallbackTypes.ours.push(c, d);
		}
	}

	/** Compares the free blocks with those of a snapshot. */
	compare(snapshot: Snapshot): void {
		const { buddyinfo, zoneinfo } = snapshot;
		let recorded = 0;
		let apart = 0;
		const frames: number[] = [];
		const listed: number[] = [];
		for (const { zone, pcp } of this.kernel.mm.allocator.zones) {
			const row = buddyinfo?.find(
				(each) => each.node === 0 && each.zone === zone.name,
			);
			const counts = row?.counts ?? [];
			let there = 0;
			for (let order = 0; order < MAX_ORDER; order++) {
				const blocks = counts[order] ?? 0;
				recorded += blocks;
				there += blocks * 2 ** order;
				apart += Math.abs(zone.freeBlocks(order) - blocks);
			}
			frames.push(zone.free - there);
			const info = zoneinfo?.find((each) => each.zone === zone.name);
			for (const { cpu, count } of info?.pagesets ?? [])
				listed.push(pcp.state(cpu).count - count);
		}
		this.snapshots.push({
			...{ snapshot: snapshot.name, recorded },
			...{ apart, frames, listed },
		});
	}

	/** All allocations. */
	get allocations(): Agreement {
		const sum = (row: Int32Array) => row.reduce((all, one) => all + one, 0);
		return { count: sum(this.counts), same: sum(this.sames) };
	}
	/** Allocations of one order and migratetype. */
	allocationsOf(order: number, type: number): Agreement {
		const at = order * TYPES + type;
		return {
			count: this.counts[at] as number,
			same: this.sames[at] as number,
		};
	}
	/** Allocations over time. */
	get overTime(): readonly (Agreement & { readonly name: string })[] {
		return this.parts;
	}
	get takes(): Tallies {
		return this.takePair.tallies;
	}
	get drains(): Tallies {
		return this.drainPair.tallies;
	}
	get fallbacks(): Tallies {
		const places = this.fallbackPair.tallies;
		const types = this.fallbackTypes.tallies;
		return { ...places, equal: Math.min(places.equal, types.equal) };
	}
}
