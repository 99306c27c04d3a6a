// Specification of the flags of frames.

import { expect } from "chai";
import fc from "fast-check";
import {
	KPF_ANON,
	KPF_BUDDY,
	KPF_COMPOUND_TAIL,
	KPF_NAMES,
	KPF_PGTABLE,
	KPF_RESERVED,
	KPF_SLAB,
	parseKpageflags,
	slabBlocks,
} from "../../../../kernel/replay/snapshot/kpageflags";
import { refusals } from "./damage";

const TEXT = `1 158 100000000
100 1 8080
101 3 10080
104 2 80
106 1 8080
107 1 10080
120 3808 400
1000 1 400005828
1fffffff 1 400
`;

describe("kernel/replay/snapshot/kpageflags", () => {
	const flags = parseKpageflags(TEXT);

	it("has runs of frames with their flags", () => {
		expect(flags.length).to.equal(9);
		expect([...flags.starts.slice(0, 3)]).to.deep.equal([1, 0x100, 0x101]);
		expect(flags.frameCount).to.equal(158 + 8 + 3808 + 2);
		expect(flags.has(0, KPF_RESERVED)).to.equal(true);
		expect(flags.has(0, 0)).to.equal(false);
		expect(flags.has(7, KPF_ANON)).to.equal(true);
		expect(flags.framesWith(KPF_BUDDY)).to.equal(3809);
		expect(flags.framesWith(KPF_SLAB)).to.equal(8);
	});

	it("finds the run of a frame", () => {
		expect(flags.runOf(0)).to.equal(-1);
		expect(flags.runOf(1)).to.equal(0);
		expect(flags.runOf(158)).to.equal(0);
		expect(flags.runOf(159)).to.equal(-1);
		expect(flags.runOf(0x103)).to.equal(2);
		expect(flags.runOf(0x1fffffff)).to.equal(8);
		expect(flags.runOf(2 ** 31)).to.equal(-1);
	});

	it("joins neighbours that share a flag", () => {
		expect(flags.rangesWith(KPF_SLAB)).to.deep.equal([
			{ start: 0x100, count: 8 },
		]);
	});

	it("names the flags as the kernel does", () => {
		expect(flags.names(7)).to.deep.equal(
			"UPTODATE LRU MMAP ANON SWAPBACKED MAPPEDTODISK".split(" "),
		);
		expect(KPF_NAMES[KPF_SLAB]).to.equal("SLAB");
		expect(KPF_NAMES[KPF_COMPOUND_TAIL]).to.equal("COMPOUND_TAIL");
		expect(KPF_NAMES[KPF_PGTABLE]).to.equal("PGTABLE");
		expect(KPF_NAMES[KPF_RESERVED]).to.equal("RESERVED");
		expect(parseKpageflags("1 1 8000000080000000").names(0)).to.deep.equal([
			"bit 31",
			"bit 63",
		]);
	});

	it("sees a slab in a head with its tails, and in each single frame", () => {
		const { blocks, torn } = slabBlocks(flags);
		expect([...blocks.pfns]).to.deep.equal([0x100, 0x104, 0x105, 0x106]);
		expect([...blocks.orders]).to.deep.equal([2, 0, 0, 1]);
		expect(torn).to.deep.equal([]);
	});

	it("tells slabs that were seen half", () => {
		const half = parseKpageflags(
			"10 1 8080\n11 2 10080\n20 4 10080\n30 1 8080",
		);
		const { blocks, torn } = slabBlocks(half);
		expect(blocks.length).to.equal(0);
		expect(torn).to.have.deep.members([
			{ start: 0x10, count: 3 },
			{ start: 0x20, count: 4 },
			{ start: 0x30, count: 1 },
		]);
	});

	it("refuses what breaks KF1 and KF2", () => {
		const refuse = (text: string, what: string) =>
			expect(() => parseKpageflags(text)).to.throw(what);
		refuse("1 2 0\n2 1 0", "kpageflags.rle, line 2: expected a frame behind");
		refuse("1 0 0", "line 1: expected at least one frame");
		refuse("ffffffff 1 0", "none beyond 8 TiB");
		refuse("1 1", "line 1: expected `FRAME COUNT FLAGS`");
		refuse("1 1 10000000000000000", "line 1: expected `FRAME COUNT FLAGS`");
		refuse("1 1 0\n\n3 1 0", "line 2: expected `FRAME COUNT FLAGS`");
		expect(parseKpageflags("").length).to.equal(0);
	});

	it("keeps 64 bits of any flags", () => {
		const flagsHex = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
		fc.assert(
			fc.property(flagsHex, (value) => {
				const one = parseKpageflags(`5 7 ${value.toString(16)}\n`);
				const read = (BigInt(one.high[0]!) << 32n) | BigInt(one.low[0]!);
				expect(read).to.equal(value);
			}),
		);
	});

	it("refuses damaged texts in one sentence", () => {
		const count = refusals(TEXT, "kpageflags.rle", (text) =>
			slabBlocks(parseKpageflags(text)),
		);
		expect(count).to.be.at.least(20);
	});
});
