// Slow requests: who asked again after reclaim had run, and was then content with less.
//
//   task T: LOW marks fail --> kswapd runs --> T goes on: MIN marks        no event tells of the first, failed test
//
// Signs: T was displaced by a run of kswapd that began with every zone below LOW, and its last request was not slow already;
// or T made batched frees itself, directly before its request, after that. A single free between means that it gave memory
// back of its own accord, not that it reclaimed.
//
// SR1: a sign counts for one request. It only says that the MIN marks are asked; whether there is room they say themselves.
// This is a guess about conditions that was found on one recording.

import type { PageAllocator } from "../../../mm/page-allocator";
import { WMARK_LOW, WMARK_MIN, ZONE_NORMAL } from "../../../mm/zone";
import type { ZoneAllocator } from "../../../mm/zonelist";
import { type PageLog, THREAD_KSWAPD } from "./page-log";

const NO_SIGN = 0;
const SIGN = 1;
const KERNEL_ONLY = 0; // gfp without zone bits: any zone

/** Follows tasks under pressure. */
export class SlowRequests {
	private readonly signs = new Map<number, number>(); // by thread
	private readonly wasSlow = new Set<number>();
	private readonly displaced = new Set<number>();
	private lastTask = -1;
	private wasKswapd = false;

	constructor(private readonly allocator: PageAllocator) {}

	/** Whether the request of an entry, which is about to be made, has to go the slow way. */
	request(log: PageLog, at: number): boolean {
		const pid = log.pid(at);
		const sign = this.signs.get(pid) === SIGN;
		this.signs.delete(pid);
		this.displaced.delete(pid);
		const gfp = Math.max(log.extra(at), 0);
		const order = log.order(at);
		const list = this.allocator.zonesFor(gfp);
		const first = list[0];
		if (first === undefined) return false;
		const hinted =
			sign &&
			list.length > 1 &&
			!this.isAbove(first, order, WMARK_LOW) &&
			this.isAbove(first, order, WMARK_MIN);
		const isSlow =
			hinted || !list.some((each) => this.isAbove(each, order, WMARK_LOW));
		if (isSlow) this.wasSlow.add(pid);
		else this.wasSlow.delete(pid);
		return hinted;
	}

	/** A free is about to be made. */
	free(log: PageLog, at: number, isBatched: boolean): void {
		if (log.interrupt(at) > 0) return;
		const pid = log.pid(at);
		if (!isBatched) {
			if (this.signs.has(pid)) this.signs.set(pid, NO_SIGN);
		} else if (!this.signs.has(pid)) {
			const isRoom = !this.displaced.has(pid) && this.isRoomAnywhere();
			this.signs.set(pid, isRoom ? NO_SIGN : SIGN);
		}
	}

	/** An entry begins: who is on the CPU? */
	seen(log: PageLog, at: number): void {
		const isKswapd = (log.thread(at) & THREAD_KSWAPD) !== 0;
		const pid = log.pid(at);
		if (isKswapd && !this.wasKswapd && this.lastTask >= 0)
			this.displace(this.lastTask);
		this.wasKswapd = isKswapd;
		if (!isKswapd && log.interrupt(at) <= 0) this.lastTask = pid;
	}

	private displace(pid: number): void {
		if (this.isRoomAnywhere()) return;
		this.displaced.add(pid);
		if (!this.wasSlow.has(pid)) this.signs.set(pid, SIGN);
	}

	private isRoomAnywhere(): boolean {
		return this.allocator
			.zonesFor(KERNEL_ONLY)
			.some((each) => this.isAbove(each, 0, WMARK_LOW));
	}

	private isAbove(owner: ZoneAllocator, order: number, mark: number): boolean {
		const frames = owner.zone.watermark(mark);
		return this.allocator.watermarkOk(owner, order, frames, ZONE_NORMAL, 0);
	}
}
