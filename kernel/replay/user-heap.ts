// The user heap: malloc, realloc and free of a recorded program, asked of kmalloc.
//
//   MALLOC  A bytes      kmalloc --> object here --> PointerMap: A stands for it, with the bytes that were asked for
//   REALLOC A -> B bytes krealloc of what stands for A; from now on B stands for it
//   FREE    A            kfree of what stands for A
//
// A heap of a program is no kernel's memory, but its requests are requests: sizes, lives and order are what an allocator
// has to cope with. They are served by the design that serves tasks, up to the largest block that kmalloc gives.
//
// UH1: what is not served here, too large or without memory, is remembered: its free is no free of the unknown.
// UH2: bytes are those that were asked for, of blocks that are served and in use.
// UH3: a pointer that is given out again was freed unseen.

import { asPhys, NULL } from "../../hw/units";
import type { ObjectAllocator } from "../../mm/designs/object-allocator";
import { GFP_KERNEL } from "../../mm/gfp";
import { KMALLOC_BYTES_MAX } from "../../mm/slab-geometry";
import type { KernelMemory } from "../life";
import { PointerMap } from "./pointer-map";
import { FREE, type KmemEvent, MALLOC, REALLOC } from "./reading/event";

const LEFT_OUT = asPhys(8); // stands for a block that is not served here

/** Tells how many bytes of a block may be used: at least those that were asked for. */
export type BlockSizes = Pick<ObjectAllocator, "ksize">;

/** Where the blocks come from. */
export type HeapMemory = Pick<KernelMemory, "kmalloc" | "kfree" | "krealloc">;

/** What became of the requests of a program. */
export class HeapCounts {
	/** Blocks handed out, for malloc and for realloc of NULL or of the unknown. */
	allocated = 0;
	freed = 0;
	/** Blocks that got another size, wherever they lie now. */
	resized = 0;
	/** free(NULL). */
	nulls = 0;
	/** Frees and resizings of what nobody was seen to take. */
	unknownFrees = 0;
	/** Blocks whose free was not seen: their pointers were given out again. */
	freedUnseen = 0;
	/** Requests above what kmalloc serves: left out. */
	tooLarge = 0;
	/** Requests that found no memory here. */
	failed = 0;
	/** Requests that failed in the recording: left out. */
	failedThere = 0;
	/** Blocks in use. */
	inUse = 0;
	/** Bytes asked for by those, now and at most. */
	bytes = 0;
	bytesMost = 0;
	/** Bytes that those blocks have, sizes rounded up. */
	bytesHeld = 0;
}

/** Plays the requests of a program. */
export class UserHeap {
	readonly counts = new HeapCounts();
	private readonly blocks = new PointerMap(); // the tag is how many bytes were asked for

	constructor(
		private readonly memory: HeapMemory,
		private readonly sizes: BlockSizes,
	) {}

	/** Takes an event; kinds of the kernel are passed over. */
	event(event: KmemEvent): void {
		const { kind } = event;
		if (kind === MALLOC) this.allocate(event);
		else if (kind === FREE) this.free(event.low, event.high);
		else if (kind === REALLOC) this.resize(event);
	}

	private allocate({ low, high, bytesRequested: bytes }: KmemEvent): void {
		const { counts } = this;
		if ((low | high) === 0) {
			counts.failedThere++;
			return;
		}
		this.freeUnseen(low, high);
		if (this.isTooLarge(low, high, bytes)) return;
		const block = this.memory.kmalloc(bytes, GFP_KERNEL);
		if (block === NULL) {
			this.fail(low, high);
			return;
		}
		counts.allocated++;
		this.blocks.set(low, high, block, bytes);
		this.add(1, bytes, this.sizes.ksize(block));
	}

	private free(low: number, high: number): void {
		const { counts, blocks } = this;
		if ((low | high) === 0) {
			counts.nulls++;
			return;
		}
		const block = blocks.take(low, high);
		if (block === NULL) counts.unknownFrees++;
		if (block === NULL || block === LEFT_OUT) return;
		this.add(-1, -blocks.tag, -this.sizes.ksize(block));
		this.memory.kfree(block);
		counts.freed++;
	}

	private resize(event: KmemEvent): void {
		const { oldLow, oldHigh, low, high, bytesRequested: bytes } = event;
		const { counts, blocks, memory } = this;
		const isNull = (oldLow | oldHigh) === 0;
		if (isNull || (low | high) === 0) {
			this.allocate(event); // which counts it where it failed there
			return;
		}
		const before = blocks.get(oldLow, oldHigh);
		if (before === NULL) counts.unknownFrees++;
		if (before === NULL || before === LEFT_OUT) {
			blocks.take(oldLow, oldHigh);
			this.allocate(event);
			return;
		}
		const had = blocks.tag;
		const held = this.sizes.ksize(before);
		blocks.take(oldLow, oldHigh);
		this.freeUnseen(low, high);
		const isLeftOut = this.isTooLarge(low, high, bytes);
		const block = isLeftOut ? NULL : memory.krealloc(before, bytes, GFP_KERNEL);
		if (block === NULL) {
			if (!isLeftOut) this.fail(low, high);
			memory.kfree(before); // the program has a block elsewhere now
			this.add(-1, -had, -held);
			return;
		}
		counts.resized++;
		blocks.set(low, high, block, bytes);
		this.add(0, bytes - had, this.sizes.ksize(block) - held);
	}

	/** A pointer is given out: whatever stands for it is in use no more (UH3). */
	private freeUnseen(low: number, high: number): void {
		const { blocks, counts } = this;
		const block = blocks.take(low, high);
		if (block === NULL || block === LEFT_OUT) return;
		counts.freedUnseen++;
		this.add(-1, -blocks.tag, -this.sizes.ksize(block));
		this.memory.kfree(block);
	}

	/** Leaves a request out that nothing here could serve (UH1). */
	private isTooLarge(low: number, high: number, bytes: number): boolean {
		if (bytes <= KMALLOC_BYTES_MAX) return false;
		this.counts.tooLarge++;
		this.blocks.set(low, high, LEFT_OUT, 0);
		return true;
	}

	private fail(low: number, high: number): void {
		this.counts.failed++;
		this.blocks.set(low, high, LEFT_OUT, 0);
	}

	private add(blocks: number, bytes: number, held: number): void {
		const { counts } = this;
		counts.bytesHeld += held;
		counts.inUse += blocks;
		counts.bytes += bytes;
		counts.bytesMost = Math.max(counts.bytesMost, counts.bytes);
	}
}
