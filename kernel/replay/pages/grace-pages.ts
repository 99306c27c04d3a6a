// Grace pages: blocks of slabs whose pages go only after a grace period (SLAB_TYPESAFE_BY_RCU).
//
//   slab emptied here     s0   s1          s2     wait on the CPU that gave them up, in their order
//   callback there                 x    x     x   rcu_free_slab, which shows by the page that it frees
//   freed here                     s0   s1    s2  the nth with the nth, whatever page it is
//
// When a grace period ends is a matter of RCU, and no decision of the memory manager: so it is taken from the recording like
// the frees of other callbacks. Which slab it is that goes, and when it was given up, is not. A slab that was given up there
// before it is here goes at once here, as its callback has run.
//
// GQ1: on each CPU as many blocks are freed as callbacks ran, if so many slabs were given up.
// [mm/slub.c free_slab, rcu_free_slab]

import type { Turn } from "../../../hw/cpu";
import type { Pfn } from "../../../hw/units";
import type { PageAllocator } from "../../../mm/page-allocator";

interface Block {
	readonly pfn: Pfn;
	readonly order: number;
}

/** The blocks that wait. */
export class GracePages {
	private readonly waiting: Block[][]; // by CPU
	private readonly ahead: number[]; // by CPU: callbacks that found no block

	constructor(
		private readonly allocator: PageAllocator,
		private readonly turn: Turn,
	) {
		this.waiting = turn.cpus.map(() => []);
		this.ahead = turn.cpus.map(() => 0);
		allocator.postpone = (pfn, order) => this.add(pfn, order);
	}

	/** A callback ran on a CPU, whose seat is taken. */
	callback(cpu: number): void {
		const block = this.waiting[cpu]?.shift();
		if (block !== undefined) this.allocator.freePages(block.pfn, block.order);
		else this.ahead[cpu] = (this.ahead[cpu] ?? 0) + 1;
	}

	private add(pfn: Pfn, order: number): void {
		const { id } = this.turn.cpu;
		const ahead = this.ahead[id] ?? 0;
		if (ahead === 0) this.waiting[id]?.push({ pfn, order });
		else {
			this.ahead[id] = ahead - 1;
			this.allocator.freePages(pfn, order);
		}
	}
}
