// Free frames at any instant of a recording, from the flags of one snapshot and the events between.
//
//   event ------- instant -------------------- snapshot: flags say which frames were free
//                    <-- backwards: locked puts frames back, a drain and a direct free take them away again
//   snapshot --------------> instant: the same the other way round
//
// FF1: what is taken was free before, what is given was not; `contradictions` counts where the recording says otherwise.
// FF2: free blocks are the largest aligned ones within a zone that the free frames allow: two buddies of one order would
//      have merged.

import { type FrameFlags, KPF_BUDDY } from "../snapshot/kpageflags";
import type { FreeKinds } from "./frees";
import { PAGE_DRAIN, PAGE_LOCKED, type PageLog } from "./page-log";
import type { RecordedZone } from "./recorded-zones";

const TOP = 10;

/** Which frames were free at one instant. */
export class FreeFrames {
	contradictions = 0;
	/** 1 for a free frame. */
	readonly map: Uint8Array;

	constructor(flags: FrameFlags, frames: number) {
		this.map = new Uint8Array(frames);
		for (const { start, count } of flags.rangesWith(KPF_BUDDY))
			this.map.fill(1, start, start + count);
	}

	/** Goes from entry `from` of the log to entry `to`. */
	go(log: PageLog, frees: FreeKinds, from: number, to: number): void {
		for (let at = from - 1; at >= to; at--) this.step(log, frees, at, 1);
		for (let at = from; at < to; at++) this.step(log, frees, at, 0);
	}

	/** What the frames of an entry are once it is undone (`taken` 1) or done (`taken` 0). */
	private step(
		log: PageLog,
		frees: FreeKinds,
		at: number,
		taken: number,
	): void {
		const kind = log.kind(at);
		if (kind === PAGE_LOCKED) this.put(log, at, taken);
		else if (kind === PAGE_DRAIN || frees.direct(at))
			this.put(log, at, 1 - taken);
	}

	private put(log: PageLog, at: number, value: number): void {
		const first = log.pfn(at);
		const end = first + (1 << log.order(at));
		for (let pfn = first; pfn < end; pfn++) {
			if (this.map[pfn] === value) this.contradictions++;
			this.map[pfn] = value;
		}
	}

	/** Calls `visit` for the free blocks of a zone, lowest first (FF2). */
	eachBlock(
		{ start, end }: RecordedZone,
		visit: (pfn: number, order: number) => void,
	): void {
		for (let pfn = start; pfn < end; ) {
			if (this.map[pfn] === 0) {
				pfn++;
				continue;
			}
			let order = 0;
			while (order < TOP && this.isWhole(pfn, order + 1, end)) order++;
			visit(pfn, order);
			pfn += 1 << order;
		}
	}

	/** Whether the block is aligned, in the zone and free, given that its lower half is. */
	private isWhole(pfn: number, order: number, end: number): boolean {
		const frames = 1 << order;
		if ((pfn & (frames - 1)) !== 0 || pfn + frames > end) return false;
		for (let upper = pfn + frames / 2; upper < pfn + frames; upper++)
			if (this.map[upper] === 0) return false;
		return true;
	}

	/** Free frames of a zone. */
	count({ start, end }: RecordedZone): number {
		let count = 0;
		for (let pfn = start; pfn < end; pfn++) count += this.map[pfn] as number;
		return count;
	}
}
