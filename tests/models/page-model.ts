// The page allocator of one zone in its most literal form: a buddy model, and arrays for each CPU's page lists.
//
// It follows a request that cannot wait (GFP_NOWAIT): one try against LOW, one against MIN, then failure.

import type { BuddyModel } from "./buddy-model";

const LISTS = 14;
const FACTOR_MAX = 5;

interface Waiting {
	readonly pfn: number;
	readonly type: number;
}

const listOf = (order: number, type: number): number =>
	order === 9 ? 12 + (type === 1 ? 1 : 0) : 3 * order + type;
const orderOf = (list: number): number =>
	list >= 12 ? 9 : Math.floor(list / 3);
const hasList = (order: number): boolean => order <= 3 || order === 9;

/** One CPU's lists. */
class PcpModel {
	readonly lists: Waiting[][] = Array.from({ length: LISTS }, () => []);
	freeFactor = 0;

	get count(): number {
		return this.lists
			.map((list, index) => list.length * 2 ** orderOf(index))
			.reduce((sum, frames) => sum + frames, 0);
	}
}

/** One zone, several CPUs. */
export class PageModel {
	readonly cpus: PcpModel[];

	constructor(
		readonly buddy: BuddyModel,
		cpuCount: number,
		private readonly high: number,
		private readonly batch: number,
		private readonly mark: number,
	) {
		this.cpus = Array.from({ length: cpuCount }, () => new PcpModel());
	}

	/** The first frame, or 0. */
	alloc(cpu: number, order: number, type: number): number {
		for (let attempt = 0; attempt < 2; attempt++) {
			if (!this.isAboveMark(order)) continue;
			const pfn = this.remove(this.cpus[cpu]!, order, type);
			if (pfn !== 0) return pfn;
		}
		return 0;
	}

	free(cpu: number, pfn: number, order: number): void {
		const type = this.buddy.typeOf(pfn);
		if (!hasList(order)) {
			this.buddy.give(pfn, order, type);
			return;
		}
		const pcp = this.cpus[cpu]!;
		const list = listOf(order, type < 3 ? type : 1);
		pcp.lists[list]!.unshift({ pfn, type });
		const freeHigh = pcp.freeFactor > 0 && order >= 1 && order <= 3;
		const high = this.high === 0 || freeHigh ? 0 : this.high;
		if (pcp.count >= high)
			this.drain(pcp, this.drainCount(pcp, high, freeHigh), list);
	}

	drainAll(): void {
		for (const pcp of this.cpus) this.drain(pcp, pcp.count, 0);
	}

	private isAboveMark(order: number): boolean {
		if (this.buddy.freeFrames - (2 ** order - 1) <= this.mark) return false;
		if (order === 0) return true;
		return this.buddy.lists
			.slice(order)
			.some((types) => types.slice(0, 3).some((list) => list.length > 0));
	}

	private remove(pcp: PcpModel, order: number, type: number): number {
		if (!hasList(order)) return this.buddy.take(order, type);
		pcp.freeFactor >>= 1;
		const list = pcp.lists[listOf(order, type)]!;
		if (list.length === 0) this.refill(list, order, type);
		return list.shift()?.pfn ?? this.buddy.take(order, type);
	}

	private refill(list: Waiting[], order: number, type: number): void {
		const blocks = this.batch > 1 ? Math.max(this.batch >> order, 2) : 1;
		for (let i = 0; i < blocks; i++) {
			const pfn = this.buddy.take(order, type);
			if (pfn === 0) return;
			list.push({ pfn, type });
		}
	}

	private drainCount(pcp: PcpModel, high: number, freeHigh: boolean): number {
		if (freeHigh) return pcp.count;
		if (high < this.batch) return 1;
		const most = high - this.batch;
		const wanted = this.batch << pcp.freeFactor;
		if (wanted < most && pcp.freeFactor < FACTOR_MAX) pcp.freeFactor++;
		return Math.min(Math.max(wanted, this.batch), most);
	}

	private drain(pcp: PcpModel, count: number, start: number): void {
		let left = Math.min(count, pcp.count);
		for (let index = start; left > 0; index = (index + 1) % LISTS) {
			const list = pcp.lists[index]!;
			const order = orderOf(index);
			while (left > 0 && list.length > 0) {
				const { pfn, type } = list.pop()!;
				this.buddy.give(pfn, order, type);
				left -= 2 ** order;
			}
		}
	}
}
