import { expect } from "chai";
import fc from "fast-check";
import {
	entryBytes,
	entryFlags,
	entryHex,
	entryHigh,
	entryLow,
	entryPfn,
	entryText,
	hasReservedBits,
	isCanonical,
	isMapped,
	PTE_ACCESSED,
	PTE_DIRTY,
	PTE_GLOBAL,
	PTE_LARGE,
	PTE_NONE,
	PTE_NX,
	PTE_PRESENT,
	PTE_RETIRED,
	PTE_USER,
	PTE_WRITABLE,
	parseVirt,
	tableIndex,
} from "../../hw/pte";
import { asPfn, asVirt } from "../../hw/units";

const indices = (va: number): number[] =>
	[4, 3, 2, 1].map((level) => tableIndex(asVirt(va), level));

describe("indices of an address", () => {
	it("are nine bits for each level, from bit 39 down", () => {
		expect(indices(0x7f1234567000)).to.deep.equal([254, 72, 418, 359]);
		expect(indices(0x888000000000)).to.deep.equal([273, 0, 0, 0]);
		expect(indices(0xffff81000000)).to.deep.equal([511, 510, 8, 0]);
		expect(indices(0x400000)).to.deep.equal([0, 0, 2, 0]);
	});

	it("put together again give the page", () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (va) => {
				const sum = indices(va).reduce(
					(total, index, i) => total + index * entryBytes(4 - i),
					va % 4096,
				);
				expect(sum).to.equal(va);
			}),
		);
	});

	it("cover 4 KiB, 2 MiB, 1 GiB and 512 GiB", () => {
		expect([1, 2, 3, 4].map(entryBytes)).to.deep.equal([
			4096,
			2 ** 21,
			2 ** 30,
			2 ** 39,
		]);
	});
});

describe("an address as text", () => {
	it("loses the ffff of the kernel's half", () => {
		expect(parseVirt("0xffff888000000000")).to.equal(0x888000000000);
		expect(parseVirt("7f1234567000")).to.equal(0x7f1234567000);
		expect(parseVirt("ffffffffffffffff")).to.equal(2 ** 48 - 1);
	});

	it("that is not canonical stays so", () => {
		for (const text of [
			"0x800000000000",
			"0xffff700000000000",
			"1000000000000",
		])
			expect(isCanonical(parseVirt(text)), text).to.equal(false);
		expect(isCanonical(0)).to.equal(true);
		expect(isCanonical(2 ** 48 - 1)).to.equal(true);
		expect(isCanonical(2 ** 48)).to.equal(false);
		expect(isCanonical(-1)).to.equal(false);
	});

	it("that is none is -1", () => {
		for (const text of ["", "0x", "main", "0x12345678123456789"])
			expect(parseVirt(text), text).to.equal(-1);
	});
});

describe("an entry", () => {
	it("has its bits where the hardware has them", () => {
		const flags = PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_ACCESSED;
		const low = entryLow(asPfn(0x12345), flags | PTE_DIRTY | PTE_NX);
		const high = entryHigh(asPfn(0x12345), flags | PTE_DIRTY | PTE_NX);
		expect(entryHex(low, high)).to.equal("8000000012345067");
		expect(
			entryHex(entryLow(asPfn(0x6fabcde), 1), entryHigh(asPfn(0x6fabcde), 1)),
		).to.equal("0000006fabcde001");
	});

	it("gives back what was put in", () => {
		const flag = fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128, 256, PTE_NX);
		fc.assert(
			fc.property(
				fc.integer({ min: 0, max: 2 ** 31 - 1 }),
				fc.array(flag),
				(pfn, chosen) => {
					const flags = chosen.reduce((all, one) => all | one, 0);
					const low = entryLow(asPfn(pfn), flags);
					const high = entryHigh(asPfn(pfn), flags);
					expect(entryPfn(low, high)).to.equal(pfn);
					expect(entryFlags(low, high)).to.equal(flags);
				},
			),
		);
	});

	it("must keep some bits zero", () => {
		const low = entryLow(asPfn(512), PTE_PRESENT);
		expect(hasReservedBits(low, 0, 1)).to.equal(false);
		expect(hasReservedBits(low, 1 << 11, 1)).to.equal(true);
		expect(hasReservedBits(low, 1 << 19, 4)).to.equal(true);
		expect(hasReservedBits(low, 0x7ff00000, 1)).to.equal(false); // software and keys
		expect(hasReservedBits(low | PTE_LARGE, 0, 1)).to.equal(false); // PAT
		expect(hasReservedBits(low | PTE_LARGE, 0, 2)).to.equal(false);
		expect(hasReservedBits(low | PTE_LARGE | (1 << 13), 0, 2)).to.equal(true);
		expect(hasReservedBits(low | PTE_LARGE | (1 << 12), 0, 2)).to.equal(false); // PAT
		expect(hasReservedBits(low | PTE_LARGE, 0, 3)).to.equal(true);
		expect(hasReservedBits(low | PTE_LARGE, 0, 4)).to.equal(true);
	});

	it("can map a frame without permitting anything", () => {
		expect(isMapped(PTE_PRESENT)).to.equal(true);
		expect(isMapped(PTE_NONE)).to.equal(true);
		expect(isMapped(PTE_RETIRED)).to.equal(false);
	});

	it("can be read by people", () => {
		const text = (pfn: number, flags: number) =>
			entryText(entryLow(asPfn(pfn), flags), entryHigh(asPfn(pfn), flags));
		const leaf = PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_ACCESSED;
		expect(text(0x1f4, leaf | PTE_DIRTY | PTE_NX)).to.equal(
			"pfn 0x1f4 P RW US A D NX",
		);
		expect(text(0x200, PTE_PRESENT | PTE_LARGE | PTE_GLOBAL)).to.equal(
			"pfn 0x200 P PS G",
		);
		expect(text(5, PTE_USER)).to.equal("pfn 0x5 not present");
		expect(text(5, PTE_NONE)).to.equal("pfn 0x5 no access");
		expect(text(5, PTE_RETIRED)).to.equal("pfn 0x5 retired");
		expect(text(0, 0)).to.equal("empty");
	});
});
