// Auditor of memblock: recounts both region lists and says which invariant of mm/memblock.ts is broken.
//
// It only reads, and trusts nothing but the regions themselves: order and overlap (MB1), merging (MB2), byte counts (MB3),
// the place of grown arrays (MB4), bounds (MB5). MB6 is about time and is kept by memblock itself.

import {
	MEMBLOCK_REGION_BYTES,
	type Memblock,
	type MemblockRange,
	PHYS_ADDR_END,
	type RegionArray,
} from "../memblock";

const PAGE = 4096;

/** One sentence for each broken invariant, with its number; empty when all hold. */
export function checkMemblock(memblock: Memblock): string[] {
	const { memory, reserved } = memblock.arrays;
	const taken = memblock.reservedRanges();
	return [
		...checkList("memory", memblock.memoryRanges(), memblock.memoryBytes),
		...checkList("reserved", taken, memblock.reservedBytes),
		...checkArray("memory", memory, taken),
		...checkArray("reserved", reserved, taken),
	];
}

function checkList(
	name: string,
	ranges: readonly MemblockRange[],
	bytes: number,
): string[] {
	const broken: string[] = [];
	let total = 0;
	ranges.forEach((range, index) => {
		const next = ranges[index + 1];
		const where = `memblock.${name}[${index}]`;
		total += range.end - range.base;
		if (range.end <= range.base) broken.push(`MB1 ${where} is empty`);
		if (range.end > PHYS_ADDR_END) broken.push(`MB5 ${where} ends beyond 2^48`);
		if (next === undefined) return;
		if (next.base < range.end)
			broken.push(`MB1 ${where} overlaps the next or follows it`);
		if (next.base === range.end && next.node === range.node)
			broken.push(`MB2 ${where} touches the next and is not merged with it`);
	});
	if (total !== bytes)
		broken.push(
			`MB3 memblock.${name} counts ${bytes} bytes and holds ${total}`,
		);
	return broken;
}

function checkArray(
	name: string,
	array: RegionArray,
	taken: readonly MemblockRange[],
): string[] {
	const broken: string[] = [];
	if (array.count > array.capacity)
		broken.push(
			`MB5 memblock.${name} holds ${array.count} regions in room for ${array.capacity}`,
		);
	if (!array.hasGrown) return broken;
	const end = array.base + array.capacity * MEMBLOCK_REGION_BYTES;
	const isTaken = taken.some((it) => it.base <= array.base && end <= it.end);
	if (array.base % PAGE !== 0 || !isTaken)
		broken.push(`MB4 memblock.${name} keeps its array in unreserved memory`);
	return broken;
}
