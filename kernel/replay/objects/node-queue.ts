// Node queue: which nodes of maple trees the callbacks of a CPU free next, told by the changes that replaced them.
//
//   change     puts node B in the place of A      puts C in the place of B
//   queue      .. who took A                      .. who took A, who took B
//   callback                                                                frees a node: A. The next one: B
//
// Callbacks run in the order of their calls. Whoever took a node is the number of a request, or a mark where an event showed
// the taking. When a callback frees a node with a mark, all that stands before it has gone.
//
// NQ1: what stands before an entry that was met is never met again. [kernel/rcu/tree.c; lib/maple_tree.c ma_free_rcu]

import { asPhys } from "../../../hw/units";
import { PointerMap } from "../pointer-map";

const PRESENT = asPhys(8);
const NONE = -1;

/** What took a node that is not known. */
export const NOBODY = Number.MAX_SAFE_INTEGER;

/** The nodes that wait for callbacks. Requests are numbers from 0 on, marks are below. */
export class NodeQueue {
	private readonly queues: number[][] = []; // by CPU
	private readonly marked = new PointerMap(); // tag: number of the mark
	private marks = 0;

	/** A node was seen to be taken. Returns its mark. */
	mark(low: number, high: number): number {
		this.marked.set(low, high, PRESENT, this.marks);
		return ~this.marks++;
	}

	/** A change on a CPU replaced the node that `taker` took; nothing for NOBODY. */
	push(cpu: number, taker: number): void {
		if (taker === NOBODY) return;
		const queue = this.queues[cpu] ?? [];
		this.queues[cpu] = queue;
		queue.push(taker);
	}

	/** A callback of a CPU frees a node. */
	freed(cpu: number, low: number, high: number): void {
		if (this.marked.take(low, high) === 0) return;
		const at = this.queues[cpu]?.indexOf(~this.marked.tag) ?? NONE;
		if (at >= 0) this.queues[cpu]?.splice(0, at + 1);
	}

	/** Takes the first request of the queue of a CPU that fits; -1 for none. */
	next(cpu: number, isFit: (request: number) => boolean): number {
		const queue = this.queues[cpu];
		const at = queue?.findIndex((it) => it >= 0 && isFit(it)) ?? NONE;
		if (queue === undefined || at < 0) return NONE;
		const request = queue[at] as number;
		queue.splice(0, at + 1);
		return request;
	}
}
