import { expect } from "chai";
import fc from "fast-check";
import {
	FoldedMemblock,
	rangeOf,
} from "../../../../kernel/trace/fold/memblock";
import {
	MEMBLOCK_FREED,
	MEMBLOCK_HANDED,
	MEMBLOCK_MEMORY,
	MEMBLOCK_REMOVED,
	MEMBLOCK_RESERVED,
} from "../../../../mm/events";

const tell = (
	memblock: FoldedMemblock,
	kind: number,
	base: number,
	bytes: number,
): void =>
	memblock.tell(
		base | 0,
		Math.floor(base / 2 ** 32) | (kind << 8),
		bytes | 0,
		Math.floor(bytes / 2 ** 32),
	);

const KINDS = [
	MEMBLOCK_MEMORY,
	MEMBLOCK_RESERVED,
	MEMBLOCK_REMOVED,
	MEMBLOCK_FREED,
];

describe("memblock as a fold sees it", () => {
	it("has ranges beyond 4 GiB, as long as they are", () => {
		const memblock = new FoldedMemblock();
		tell(memblock, MEMBLOCK_MEMORY, 5 * 2 ** 32 + 4096, 3 * 2 ** 32 + 1);
		expect(memblock.memory).to.deep.equal([
			[5 * 2 ** 32 + 4096, 8 * 2 ** 32 + 4097],
		]);
		expect(rangeOf(-1, 2 << 8, 5, 0)).to.deep.equal({
			base: 2 ** 32 - 1,
			end: 2 ** 32 + 4,
			kind: MEMBLOCK_RESERVED,
		});
	});

	it("MF1: is a set of bytes in as few ranges as there can be", () => {
		const step = fc.record({
			kind: fc.constantFrom(...KINDS),
			base: fc.nat(40),
			bytes: fc.integer({ min: 1, max: 12 }),
		});
		fc.assert(
			fc.property(fc.array(step), (steps) => {
				const memblock = new FoldedMemblock();
				const memory = new Set<number>();
				const reserved = new Set<number>();
				for (const { kind, base, bytes } of steps) {
					tell(memblock, kind, base, bytes);
					const isMemory = kind === KINDS[0] || kind === KINDS[2];
					const isAdded = kind === KINDS[0] || kind === KINDS[1];
					const set = isMemory ? memory : reserved;
					for (let at = base; at < base + bytes; at++)
						if (isAdded) set.add(at);
						else set.delete(at);
				}
				expect(memblock.memory).to.deep.equal(runs(memory));
				expect(memblock.reserved).to.deep.equal(runs(reserved));
				for (let at = 0; at < 55; at++) {
					expect(memblock.isMemory(at, at + 1)).to.equal(memory.has(at));
					expect(memblock.isReserved(at, at + 1)).to.equal(reserved.has(at));
				}
			}),
		);
	});

	it("is saved and restored, and empty where nothing was saved", () => {
		const memblock = new FoldedMemblock();
		tell(memblock, MEMBLOCK_MEMORY, 4096, 8192);
		tell(memblock, MEMBLOCK_RESERVED, 0, 100);
		tell(memblock, MEMBLOCK_HANDED, 4096, 8192);
		const again = new FoldedMemblock();
		again.restore(JSON.parse(JSON.stringify(memblock.plain())));
		expect(again).to.deep.equal(memblock);
		expect(again.isHandedOver).to.equal(true);
		again.restore(undefined);
		expect(again).to.deep.equal(new FoldedMemblock());
	});
});

/** Runs of numbers that follow each other. */
function runs(numbers: ReadonlySet<number>): number[][] {
	const found: number[][] = [];
	for (const at of [...numbers].sort((a, b) => a - b)) {
		const last = found.at(-1);
		if (last?.[1] === at) last[1] = at + 1;
		else found.push([at, at + 1]);
	}
	return found;
}
