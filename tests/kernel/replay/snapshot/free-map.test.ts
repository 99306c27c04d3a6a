// Specification of free maps: the blocks that free frames imply, against a buddy allocator that made them.

import { expect } from "chai";
import fc from "fast-check";
import { parseBuddyinfo } from "../../../../kernel/proc/buddyinfo";
import {
	compareFree,
	countBlocks,
	framesApart,
	freeMap,
} from "../../../../kernel/replay/snapshot/free-map";
import {
	blocksOf,
	parseKpageflags,
} from "../../../../kernel/replay/snapshot/kpageflags";

const FREE = "400";
const blocksIn = (text: string): string[] => {
	const { pfns, orders } = freeMap(parseKpageflags(text));
	return [...pfns].map((pfn, at) => `${pfn.toString(16)}/${orders[at]}`);
};

/** Frames 0 to 63 with those in `free` free. */
const textOf = (free: ReadonlySet<number>): string =>
	Array.from({ length: 64 }, (_, pfn) => pfn)
		.map((pfn) => `${pfn.toString(16)} 1 ${free.has(pfn) ? FREE : "0"}`)
		.join("\n");

/** Merges single frames as the buddy does, one free after the other. */
function merged(free: ReadonlySet<number>): string[] {
	const blocks = new Set<string>();
	for (const frame of free) {
		let [pfn, order] = [frame, 0];
		for (; order < 10; order++) {
			const buddy = `${(pfn ^ (2 ** order)).toString(16)}/${order}`;
			if (!blocks.delete(buddy)) break;
			pfn = Math.min(pfn, pfn ^ (2 ** order));
		}
		blocks.add(`${pfn.toString(16)}/${order}`);
	}
	return [...blocks].sort();
}

describe("kernel/replay/snapshot/free-map", () => {
	it("cuts runs of free frames into the largest aligned blocks", () => {
		expect(blocksIn("2 14 400")).to.deep.equal(["2/1", "4/2", "8/3"]);
		expect(blocksIn("120 3808 400")).to.deep.equal([
			..."120/5 140/6 180/7 200/9 400/10 800/10 c00/10".split(" "),
		]);
	});

	it("joins runs that differ in other flags, and keeps to the largest order", () => {
		expect(blocksIn("0 2 400\n2 2 400000400")).to.deep.equal(["0/2"]);
		expect(blocksIn("0 4096 400").length).to.equal(4);
		expect(blocksIn("0 4096 0")).to.deep.equal([]);
	});

	it("gives the blocks that a buddy has after any frees (FR1, FR2)", () => {
		const frames = fc.uniqueArray(fc.nat(63));
		fc.assert(
			fc.property(frames, (list) => {
				const free = new Set(list);
				expect(blocksIn(textOf(free)).sort()).to.deep.equal(merged(free));
			}),
		);
	});

	it("counts blocks by zone and order", () => {
		const blocks = blocksOf([8, 16, 4096, 2 ** 20], [3, 3, 10, 0]);
		const zones = countBlocks(blocks);
		expect(zones.map(({ zone }) => zone)).to.deep.equal([
			"DMA",
			"DMA32",
			"Normal",
		]);
		expect(zones[0]!.counts[3]).to.equal(2);
		expect(zones[1]!.counts[10]).to.equal(1);
		expect(zones[2]!.counts).to.have.length(11);
	});

	it("finds where buddyinfo tells otherwise", () => {
		const line = "Node 0, zone      DMA      0      0      0      2 \n";
		const blocks = blocksOf([8, 16], [3, 3]);
		expect(compareFree(blocks, parseBuddyinfo(line))).to.deep.equal([]);
		const fewer = compareFree(blocksOf([8], [2]), parseBuddyinfo(line));
		expect(fewer).to.deep.equal([
			{ zone: "DMA", order: 2, flags: 1, buddyinfo: 0 },
			{ zone: "DMA", order: 3, flags: 0, buddyinfo: 2 },
		]);
		expect(framesApart(fewer)).to.equal(12);
		expect(framesApart([])).to.equal(0);
	});

	it("adds up the nodes of a zone, and knows zones of one side", () => {
		const text =
			"Node 0, zone   Normal      1 \nNode 1, zone   Normal      1 \n";
		const blocks = blocksOf([2 ** 20, 2 ** 20 + 2], [0, 0]);
		expect(compareFree(blocks, parseBuddyinfo(text))).to.deep.equal([]);
		expect(compareFree(blocksOf([], []), parseBuddyinfo(text))).to.deep.equal([
			{ zone: "Normal", order: 0, flags: 0, buddyinfo: 2 },
		]);
	});
});
