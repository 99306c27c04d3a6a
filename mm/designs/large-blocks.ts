// Requests too large for any cache of a design: blocks of whole pages, straight from the page allocator.
//
//   bytes   4097 .. 8192    .. 16384   .. 32768   ...   .. 4 MiB
//   order        1             2          3                10
//
//   head of the block: PG_SLAB, cache = address of the design's root, private = 0
//
// LB1: the address is that of the block, so it is aligned to the block's size; it is freed by this address only.
// LB2: the root counts the blocks and their frames.
// The rounding to a power of two is what the page allocator deals in: 4097 bytes cost 8192, and nobody gets the rest.

import { panic } from "../../hw/panic";
import {
	NIL,
	NULL,
	orderFor,
	type Pfn,
	type PhysAddr,
	physOf,
} from "../../hw/units";
import { KMALLOC_BYTES_MAX } from "../slab-geometry";
import type { RootRecord } from "./cache-book";
import type { DesignParts, ObjectUsage } from "./object-allocator";
import { LARGE, type ObjectFrames } from "./object-frames";

/** The large blocks of one design. */
export class LargeBlocks {
	constructor(
		private readonly parts: DesignParts,
		private readonly frames: ObjectFrames,
		private readonly root: RootRecord,
	) {}

	/** A block that holds `bytes`; 0 when there is no memory, or more than 4 MiB is asked for. */
	alloc(bytes: number, gfp: number): PhysAddr {
		if (!(bytes > 0 && bytes <= KMALLOC_BYTES_MAX)) return NULL;
		const order = orderFor(bytes);
		const pfn = this.frames.take(order, gfp, this.root.address, LARGE);
		if (pfn === NIL) return NULL;
		this.root.addLarge(this.parts.locks, 1, 1 << order);
		return physOf(pfn);
	}

	/** Frees a block; `head` is the first frame of the one that `address` lies in. */
	free(head: Pfn, address: PhysAddr): void {
		const { pages, locks } = this.parts;
		if (address !== physOf(head))
			panic(`kfree: LB1 no block begins at 0x${address.toString(16)}`);
		this.root.addLarge(locks, -1, -(1 << pages.order(head)));
		this.frames.give(head);
	}

	bytesOf(head: Pfn): number {
		return 4096 * 2 ** this.parts.pages.order(head);
	}

	usage(): ObjectUsage {
		const { largeBlocks, largeFrames } = this.root;
		return {
			name: "large",
			objectSize: 0,
			active: largeBlocks,
			total: largeBlocks,
			slabs: largeBlocks,
			pages: largeFrames,
			wasted: 0,
			free: 0,
			internal: false,
		};
	}

	/** What the root itself holds. */
	rootUsage(): ObjectUsage {
		return {
			name: "records",
			objectSize: 0,
			active: 0,
			total: 0,
			slabs: 0,
			pages: this.root.frames,
			wasted: this.root.frames * 4096,
			free: 0,
			internal: true,
		};
	}

	/** LB2, against the blocks that were found by their frames. */
	check(found: readonly Pfn[], say: (sentence: string) => void): void {
		const { pages } = this.parts;
		const { largeBlocks, largeFrames } = this.root;
		const frames = found.reduce((sum, pfn) => sum + 2 ** pages.order(pfn), 0);
		if (largeBlocks !== found.length || largeFrames !== frames)
			say(
				`LB2: ${largeBlocks} large blocks of ${largeFrames} frames are counted, ${found.length} of ${frames} were found`,
			);
	}
}
