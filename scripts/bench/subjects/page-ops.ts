// The page allocator on a stream whose "bytes" are orders.

import { boot, GFP_KERNEL, type Kernel, type Pfn } from "../../../kernel";
import { SLOTS } from "../streams";
import { drive, type Heap, header, readStream } from "./drive";
import { type Subject, serve, timed } from "./subject";

const GFP = GFP_KERNEL; // same-file constant: an imported one costs in a hot loop
const ORDER_BITS = 4;
const ORDER_MASK = 15;

/** Blocks of pages as objects: the frame number, 0 for an allocation that failed, then the order in the lowest bits. */
class PageHeap implements Heap {
	failures = 0;

	constructor(private readonly kernel: Kernel) {}

	alloc(order: number): number {
		const pfn = this.kernel.allocPages(order, GFP);
		if (pfn === 0) this.failures++;
		return (pfn << ORDER_BITS) | order;
	}

	free(block: number): void {
		const pfn = (block >>> ORDER_BITS) as Pfn;
		if (pfn !== 0) this.kernel.freePages(pfn, block & ORDER_MASK);
	}

	touch(): void {} // what is measured is pages, not the memory in them
}

/** Runs the stream of a file on a machine of `memory`. */
export function pageOps(memory = "", streamFile = ""): Subject {
	const heap = new PageHeap(boot({ memory }));
	const stream = readStream(streamFile);
	const slots = new Int32Array(header(stream, SLOTS));
	drive(heap, stream, slots);
	const { failures } = heap;
	return {
		note: failures === 0 ? "" : `${failures} allocations failed`,
		round: () => timed(() => drive(heap, stream, slots)),
	};
}

if (require.main === module) void serve(pageOps);
