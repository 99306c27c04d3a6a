// Live allocations as intervals with contents, in a Map: what any allocator must get right.

import { expect } from "chai";
import type { PhysicalMemory } from "../../hw/memory";
import type { PhysAddr } from "../../hw/units";

interface Interval {
	readonly bytes: number;
	/** Byte that the interval was filled with. */
	readonly mark: number;
}

/** Live intervals over one memory. */
export class IntervalModel {
	readonly live = new Map<PhysAddr, Interval>();
	private marks = 0;

	constructor(private readonly memory: PhysicalMemory) {}

	/** A new interval: it must not overlap any other. Its bytes are filled with a mark of its own. */
	add(start: PhysAddr, bytes: number): void {
		for (const [other, { bytes: length }] of this.live)
			if (start < other + length && other < start + bytes)
				throw new Error(
					`${bytes} bytes at ${start} overlap ${length} bytes at ${other}`,
				);
		const mark = (this.marks++ % 255) + 1;
		this.memory.fill(start, bytes, mark);
		this.live.set(start, { bytes, mark });
	}

	/** The interval's bytes must be as they were written; then it is gone. */
	remove(start: PhysAddr): void {
		this.check(start);
		this.live.delete(start);
	}

	/** The first `bytes` of what was at `from` must now be at `to`. */
	moved(from: PhysAddr, to: PhysAddr, bytes: number): void {
		const { bytes: had, mark } = this.live.get(from)!;
		this.expectMarked(to, Math.min(had, bytes), mark);
		this.live.delete(from);
		this.add(to, bytes);
	}

	/** Live addresses in order of their age. */
	get addresses(): PhysAddr[] {
		return [...this.live.keys()];
	}

	check(start: PhysAddr): void {
		const { bytes, mark } = this.live.get(start)!;
		this.expectMarked(start, bytes, mark);
	}

	/** Every byte is looked at, after every command: in a plain loop, which costs a tenth of callbacks. */
	private expectMarked(start: PhysAddr, bytes: number, mark: number): void {
		const now = this.memory.bytesAt(start, bytes);
		for (let index = 0; index < bytes; index++)
			if (now[index] !== mark)
				expect.fail(
					`byte ${index} of ${bytes} at ${start} is ${now[index]}, not ${mark}`,
				);
	}
}
