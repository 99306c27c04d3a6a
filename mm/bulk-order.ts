// Bulk order: in which order the objects of an array go back when they are freed at once.
//
//   array        b1 a1 c1 b2 a2 d1 a3        the letter is the slab
//   from the end                    a3       the first of a slab; then backwards for more of it,
//                   a1 <-- - - a2   '        until the third object of another slab was met
//   left         b1    c1 b2    d1           what was passed over keeps its place, but for the gaps: each that is filled
//                                            is filled with the last one that was passed over
//
// So objects of one slab go back together, and the slab's lists are touched once for all of them.
//
// BO1: every object that is not NULL is in one group, NULL in none.
// [mm/slub.c build_detached_freelist]

import { NULL, type PhysAddr } from "../hw/units";

const LOOK_AHEAD = 3; // objects of other slabs that end the search for more of the same

/**
 * Calls `visit` with the indices of the objects that go back together, in their order. `slabOf` tells objects of one slab;
 * the array of indices is filled anew for each group.
 */
export function inBulkOrder(
	objects: readonly PhysAddr[],
	slabOf: (object: PhysAddr) => number,
	visit: (group: readonly number[]) => void,
): void {
	const left = Int32Array.from(objects.keys()); // indices
	const group: number[] = [];
	let size = left.length;
	while (size > 0) {
		const index = left[--size] as number;
		const object = objects[index] as PhysAddr;
		if (object === NULL) continue;
		const slab = slabOf(object);
		group.length = 0;
		group.push(index);
		let same = size; // what lies from here on has gone
		let strangersLeft = LOOK_AHEAD;
		while (size > 0) {
			const other = left[--size] as number;
			const it = objects[other] as PhysAddr;
			if (it !== NULL && slabOf(it) === slab) {
				group.push(other);
				same--;
				left[size] = left[same] as number;
				left[same] = other;
			} else if (--strangersLeft === 0) break;
		}
		visit(group);
		size = same;
	}
}
