import { expect } from "chai";
import fc from "fast-check";
import {
	asciiAt,
	asPfn,
	asPhys,
	asVirt,
	BANK_BYTES,
	DIRECT_MAP_BASE,
	DIRECT_MAP_HIGH,
	directMap,
	GIB,
	hex,
	KERNEL_HALF,
	KIB,
	MIB,
	NIL,
	NULL,
	orderFor,
	PAGE_SHIFT,
	PAGE_SIZE,
	PAGE_WORDS,
	pagesFor,
	pfnOf,
	physOf,
	pointerText,
	readLong,
	VMEMMAP_BASE,
	virtText,
	writeLong,
} from "../../hw/units";

const TIB = 1024 * GIB;
const ADDRESS_MAX = 8 * TIB - 1; // 2^43: the reach of a frame number

describe("units of the machine", () => {
	it("agree on the size of a page", () => {
		expect(PAGE_SIZE).to.equal(2 ** PAGE_SHIFT);
		expect(PAGE_WORDS * 4).to.equal(PAGE_SIZE);
		expect([KIB, MIB, GIB]).to.deep.equal([2 ** 10, 2 ** 20, 2 ** 30]);
		expect(BANK_BYTES).to.equal(4 * GIB);
	});

	it("U1: have 0 for none", () => {
		expect([NIL, NULL]).to.deep.equal([0, 0]);
	});

	it("put the kernel's maps where x86-64 Linux has them", () => {
		expect(virtText(DIRECT_MAP_BASE)).to.equal("ffff888000000000");
		expect(virtText(VMEMMAP_BASE)).to.equal("ffffea0000000000");
		expect(hex(DIRECT_MAP_HIGH >>> 0)).to.equal("0xffff8880");
	});
});

describe("frames and addresses", () => {
	it("are 4096 bytes apart", () => {
		expect(physOf(asPfn(3))).to.equal(12288);
		expect(pfnOf(asPhys(12287))).to.equal(2);
		expect(pfnOf(asPhys(12288))).to.equal(3);
	});

	it("work beyond 4 GiB and up to 8 TiB", () => {
		expect(physOf(asPfn(0x100000))).to.equal(4 * GIB);
		expect(pfnOf(asPhys(4 * GIB - 1))).to.equal(0xfffff);
		expect(pfnOf(asPhys(ADDRESS_MAX))).to.equal(2 ** 31 - 1);
		expect(physOf(asPfn(2 ** 31 - 1))).to.equal(8 * TIB - PAGE_SIZE);
	});

	it("turn into each other without loss", () => {
		const address = fc.integer({ min: 0, max: ADDRESS_MAX });
		fc.assert(
			fc.property(address, (value) => {
				const pfn = pfnOf(asPhys(value));
				expect(pfn).to.equal(Math.floor(value / PAGE_SIZE));
				const start = physOf(pfn);
				expect(value - start).to.be.within(0, PAGE_SIZE - 1);
				expect(pfnOf(start)).to.equal(pfn);
			}),
		);
	});

	it("appear in the direct map", () => {
		expect(directMap(asPhys(0x1000))).to.equal(DIRECT_MAP_BASE + 0x1000);
		expect(directMap(asPhys(5 * GIB))).to.equal(DIRECT_MAP_BASE + 5 * GIB);
	});
});

describe("sizes in pages", () => {
	it("count a begun page as a whole one", () => {
		const sizes = [0, 1, 4095, 4096, 4097, 8192];
		expect(sizes.map(pagesFor)).to.deep.equal([0, 1, 1, 1, 2, 2]);
	});

	it("have the smallest order that holds them", () => {
		const sizes = [1, 4096, 4097, 8192, 8193, 4 * MIB, 4 * MIB + 1];
		expect(sizes.map(orderFor)).to.deep.equal([0, 0, 1, 1, 2, 10, 11]);
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (bytes) => {
				const order = orderFor(bytes);
				expect(PAGE_SIZE * 2 ** order).to.be.at.least(bytes);
				if (order > 0) expect(PAGE_SIZE * 2 ** (order - 1)).to.be.below(bytes);
			}),
		);
	});

	it("have order 0 when they are nothing", () => {
		expect(orderFor(0)).to.equal(0);
	});
});

describe("addresses as text", () => {
	it("show a kernel pointer in the direct map, and NULL as zeros", () => {
		expect(pointerText(asPhys(0x1abcd0))).to.equal("ffff8880001abcd0");
		expect(pointerText(asPhys(5 * GIB))).to.equal("ffff888140000000");
		expect(pointerText(NULL)).to.equal("0000000000000000");
	});

	it("U2: show ffff in front of the kernel half only", () => {
		expect(virtText(asVirt(0))).to.equal("0000000000000000");
		expect(virtText(asVirt(0x400123))).to.equal("0000000000400123");
		const last = asVirt(KERNEL_HALF - 1);
		expect(virtText(last)).to.equal("00007fffffffffff");
		expect(virtText(asVirt(KERNEL_HALF))).to.equal("ffff800000000000");
		expect(virtText(asVirt(2 ** 48 - 1))).to.equal("ffffffffffffffff");
	});

	it("show plain hexadecimal as the kernel does", () => {
		expect(hex(0)).to.equal("0x0");
		expect(hex(2 ** 32)).to.equal("0x100000000");
	});

	it("write texts as ASCII", () => {
		const bytes = [..."a\n\u00e9\u041b"].map((letter) => asciiAt(letter, 0));
		expect(bytes).to.deep.equal([97, 10, 63, 63]);
	});

	it("keeps a number of up to 53 bits in two words", () => {
		const words = new Int32Array(4);
		for (const value of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
			writeLong(words, 1, value);
			expect(readLong(words, 1)).to.equal(value);
		}
		writeLong(words, 1, 3 * 2 ** 32 + 5);
		expect([...words]).to.deep.equal([0, 5, 3, 0]);
	});
});
