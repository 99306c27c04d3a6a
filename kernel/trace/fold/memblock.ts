// Memory as memblock sees it: what exists and what is taken, before the buddy has it.
//
//   memory     [#####################################]      told, removed
//   reserved   [###]      [######]           [#######]      taken, freed
//   free            [----]        [---------]               handed over, once
//
// MF1: ranges of a list are sorted, none is empty, and those that touch are one.

import {
	MEMBLOCK_FREED,
	MEMBLOCK_HANDED,
	MEMBLOCK_MEMORY,
	MEMBLOCK_REMOVED,
	MEMBLOCK_RESERVED,
} from "../../../mm/events";

/** First byte and the one behind the last. */
export type FoldedRange = readonly [base: number, end: number];

const LOW = 2 ** 32;

/** First byte of the range that a memblock event is about, the one behind its last, and what happened to it. */
export function rangeOf(
	a: number,
	b: number,
	c: number,
	d: number,
): { readonly base: number; readonly end: number; readonly kind: number } {
	const base = (b & 255) * LOW + (a >>> 0);
	return { base, end: base + d * LOW + (c >>> 0), kind: b >>> 8 };
}

/** The two lists of memblock. */
export class FoldedMemblock {
	memory: readonly FoldedRange[] = [];
	reserved: readonly FoldedRange[] = [];
	/** The free ranges went to the buddy. */
	isHandedOver = false;

	/** Takes the words of an event. */
	tell(a: number, b: number, c: number, d: number): void {
		const { base, end, kind } = rangeOf(a, b, c, d);
		if (kind === MEMBLOCK_MEMORY) this.memory = cover(this.memory, base, end);
		else if (kind === MEMBLOCK_RESERVED)
			this.reserved = cover(this.reserved, base, end);
		else if (kind === MEMBLOCK_REMOVED)
			this.memory = uncover(this.memory, base, end);
		else if (kind === MEMBLOCK_FREED)
			this.reserved = uncover(this.reserved, base, end);
		else if (kind === MEMBLOCK_HANDED) this.isHandedOver = true;
	}

	/** True when some of [base, end) is taken. */
	isReserved(base: number, end: number): boolean {
		return this.reserved.some(([from, to]) => from < end && base < to);
	}

	/** True when some of [base, end) is memory. */
	isMemory(base: number, end: number): boolean {
		return this.memory.some(([from, to]) => from < end && base < to);
	}

	// --- key frames

	plain(): unknown {
		const { memory, reserved, isHandedOver } = this;
		return { memory, reserved, isHandedOver };
	}

	/** Becomes what `plain` gave; a trace of before there were such events has nothing to give. */
	restore(plain: unknown): void {
		const saved = (plain ?? {}) as Partial<FoldedMemblock>;
		this.memory = saved.memory ?? [];
		this.reserved = saved.reserved ?? [];
		this.isHandedOver = saved.isHandedOver ?? false;
	}
}

function cover(
	ranges: readonly FoldedRange[],
	base: number,
	end: number,
): FoldedRange[] {
	const apart = ranges.filter(([from, to]) => to < base || from > end);
	const joined = ranges.filter(([from, to]) => to >= base && from <= end);
	const first = Math.min(base, ...joined.map(([from]) => from));
	const last = Math.max(end, ...joined.map(([, to]) => to));
	const whole: FoldedRange = [first, last];
	return [...apart, whole].sort(([one], [other]) => one - other);
}

function uncover(
	ranges: readonly FoldedRange[],
	base: number,
	end: number,
): FoldedRange[] {
	return ranges.flatMap(([from, to]): FoldedRange[] => {
		const before: FoldedRange = [from, Math.min(to, base)];
		const behind: FoldedRange = [Math.max(from, end), to];
		return [before, behind].filter(([start, stop]) => start < stop);
	});
}
