// The buddy system in its most literal form: arrays of frame numbers, and the kernel's rules one after the other.
//
// Slow on purpose. It knows no page records; it must come out with the very same frame as mm/buddy.ts, in the very same
// lists, after any sequence of commands.

const ORDERS = 11;
const TYPES = 5;
const PAGEBLOCK = 512;
const FALLBACKS: readonly (readonly number[])[] = [
	[2, 1],
	[2, 0],
	[0, 1],
];

const isOrdinary = (type: number): boolean => type < 3;

/** One zone's free blocks. */
export class BuddyModel {
	/** Blocks by order and type, head first. */
	readonly lists: number[][][] = Array.from({ length: ORDERS }, () =>
		Array.from({ length: TYPES }, () => []),
	);
	/** Types of pageblocks; what is not in here is movable. */
	readonly blockTypes = new Map<number, number>();

	constructor(
		readonly start: number,
		readonly frames: number,
		readonly grouping = true,
	) {}

	/** A copy that goes its own way. */
	clone(): BuddyModel {
		const copy = new BuddyModel(this.start, this.frames, this.grouping);
		this.lists.forEach((types, order) => {
			types.forEach((list, type) => {
				copy.lists[order]![type] = [...list];
			});
		});
		for (const [block, type] of this.blockTypes)
			copy.blockTypes.set(block, type);
		return copy;
	}

	get freeFrames(): number {
		return this.lists
			.map((types, order) => types.flat().length * 2 ** order)
			.reduce((sum, frames) => sum + frames, 0);
	}

	typeOf(pfn: number): number {
		return this.blockTypes.get(Math.floor(pfn / PAGEBLOCK)) ?? 1;
	}
	setType(pfn: number, type: number): void {
		this.blockTypes.set(Math.floor(pfn / PAGEBLOCK), type);
	}

	/** Frames of the zone that boot gives: aligned chunks of rising address, each to a tail. */
	adoptAll(): void {
		for (const { pfn, order } of chunks(this.start, this.start + this.frames))
			this.give(pfn, order, this.typeOf(pfn), true);
	}

	give(pfn: number, order: number, type: number, toTail = false): void {
		let block = pfn;
		let size = order;
		while (size < 10) {
			const buddy = block ^ (2 ** size);
			if (!this.isFree(buddy, size)) break;
			const other = this.typeOf(buddy);
			const mayMerge =
				size < 9 || type === other || (isOrdinary(type) && isOrdinary(other));
			if (!mayMerge) break;
			this.unlink(buddy, size);
			block = Math.min(block, buddy);
			size++;
		}
		const list = this.lists[size]![type]!;
		if (toTail || this.isMergeLikely(block, size)) list.push(block);
		else list.unshift(block);
	}

	/** The first frame, or 0. */
	take(order: number, type: number, wholeBlocksOnly = false): number {
		for (;;) {
			const pfn = this.takeSmallest(order, type);
			if (pfn !== 0) return pfn;
			if (!this.fallBack(order, type, wholeBlocksOnly)) return 0;
		}
	}

	takeSmallest(order: number, type: number): number {
		for (let size = order; size <= 10; size++) {
			const pfn = this.lists[size]![type]!.shift();
			if (pfn === undefined) continue;
			for (let half = size - 1; half >= order; half--)
				this.lists[half]![type]!.unshift(pfn + 2 ** half);
			return pfn;
		}
		return 0;
	}

	isFree(pfn: number, order: number): boolean {
		return this.lists[order]!.some((list) => list.includes(pfn));
	}

	private unlink(pfn: number, order: number): void {
		for (const list of this.lists[order]!) {
			const at = list.indexOf(pfn);
			if (at >= 0) list.splice(at, 1);
		}
	}

	private isMergeLikely(pfn: number, order: number): boolean {
		if (order >= 9) return false;
		const merged = Math.min(pfn, pfn ^ (2 ** order));
		return this.isFree(merged ^ (2 ** (order + 1)), order + 1);
	}

	private fallBack(order: number, type: number, whole: boolean): boolean {
		const least = whole && order < 9 ? 9 : order;
		for (let size = 10; size >= least; size--) {
			const other = this.otherType(size, type);
			if (other === undefined) continue;
			const isClaim = this.mayClaim(size, type);
			if (!isClaim && type === 1 && size > order) {
				for (let small = order; small <= 10; small++) {
					const fit = this.otherType(small, type);
					if (fit === undefined) continue;
					this.steal(small, fit, type);
					return true;
				}
			}
			this.steal(size, other, type);
			return true;
		}
		return false;
	}

	private otherType(order: number, type: number): number | undefined {
		return FALLBACKS[type]!.find(
			(other) => this.lists[order]![other]!.length > 0,
		);
	}

	private mayClaim(order: number, type: number): boolean {
		return order >= 4 || type !== 1 || !this.grouping;
	}

	private steal(size: number, other: number, type: number): void {
		const pfn = this.lists[size]![other]![0]!;
		const had = this.typeOf(pfn);
		if (had !== 3 && size >= 9)
			for (let at = 0; at < 2 ** size; at += PAGEBLOCK)
				this.setType(pfn + at, type);
		const first = pfn - (pfn % PAGEBLOCK);
		const isWhole = first + PAGEBLOCK <= this.start + this.frames;
		if (had !== 3 && size < 9 && this.mayClaim(size, type) && isWhole)
			this.stealPageblock(pfn, had, type);
		else this.moveOne(pfn, size, type);
	}

	private stealPageblock(pfn: number, had: number, type: number): void {
		const first = pfn - (pfn % PAGEBLOCK);
		const from = first < this.start ? pfn : first;
		const free = this.moveFree(from, first + PAGEBLOCK, type);
		const alike = type !== 1 && had === 1 ? PAGEBLOCK - free : 0;
		if (free + alike >= PAGEBLOCK / 2 || !this.grouping)
			this.setType(pfn, type);
	}

	/** Moves the free blocks of a stretch to the tails of another type's lists; returns the frames. */
	private moveFree(from: number, to: number, type: number): number {
		let moved = 0;
		for (let pfn = from; pfn < to; ) {
			const order = this.lists.findIndex((_, size) => this.isFree(pfn, size));
			if (order >= 0) {
				this.moveOne(pfn, order, type);
				moved += 2 ** order;
			}
			pfn += order >= 0 ? 2 ** order : 1;
		}
		return moved;
	}

	private moveOne(pfn: number, order: number, type: number): void {
		this.unlink(pfn, order);
		this.lists[order]![type]!.push(pfn);
	}
}

/** A range cut as boot cuts it: each chunk as large as its start is aligned, and as what is left allows. */
export function chunks(
	start: number,
	end: number,
): { pfn: number; order: number }[] {
	const found: { pfn: number; order: number }[] = [];
	for (let pfn = start; pfn < end; ) {
		let order = 0;
		while (order < 10 && pfn % 2 ** (order + 1) === 0) order++;
		while (pfn + 2 ** order > end) order--;
		found.push({ pfn, order });
		pfn += 2 ** order;
	}
	return found;
}
