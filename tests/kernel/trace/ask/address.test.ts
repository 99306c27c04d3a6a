import { expect } from "chai";
import {
	parseAddress,
	parseFrame,
	pointer,
	zoneName,
} from "../../../../kernel/trace/ask/address";

const machine = {
	memoryBytes: 2 ** 24,
	frames: 4096 * 2,
	cpus: 1,
	ranges: [],
	zones: [
		{ index: 0, name: "DMA", start: 1, end: 4096 },
		{ index: 1, name: "DMA32", start: 4096, end: 8192 },
	],
};

describe("addresses in questions", () => {
	it("are physical, of the direct map, or the first byte of a frame", () => {
		for (const text of [
			"0x4d2010",
			"5054480",
			"0xffff8880004d2010",
			"ffff8880004d2010",
			"FFFF8880004D2010",
		])
			expect(parseAddress(text, machine), text).to.equal(0x4d2010);
		expect(parseAddress("pfn:1234", machine)).to.equal(1234 * 4096);
		expect(parseAddress("pfn:0x4d2", machine)).to.equal(1234 * 4096);
	});

	it("AD1: must lie in the machine", () => {
		expect(parseAddress("0x1ffffff", machine)).to.equal(2 ** 25 - 1);
		expect(() => parseAddress("0x2000000", machine)).to.throw(
			"0x2000000 lies outside of the machine, whose memory ends at 0x2000000 (0xffff888002000000 in the direct map)",
		);
		expect(() => parseAddress("0xffff800000000000", machine)).to.throw(
			"outside of the machine",
		);
	});

	it("AD1: that are none are told what one looks like", () => {
		for (const text of ["", "here", "-1", "0x", "pfn", "1.5"])
			expect(() => parseAddress(text, machine), text).to.throw(
				`"${text}" is no address: give a physical one such as 0x4d2000`,
			);
	});
});

describe("frames in questions", () => {
	it("are numbers, with pfn: in front if one likes", () => {
		for (const text of ["1234", "0x4d2", "pfn:1234"])
			expect(parseFrame(text, machine)).to.equal(1234);
	});

	it("AD1: must be the machine's", () => {
		expect(() => parseFrame("8192", machine)).to.throw(
			"there is no frame 8192: the machine has frames 0 to 8191",
		);
		expect(() => parseFrame("x", machine)).to.throw('"x" is no frame');
	});

	it("have a zone, the lowest one below all", () => {
		const names = [0, 1, 4095, 4096, 8191].map((pfn) => zoneName(pfn, machine));
		expect(names).to.deep.equal(["DMA", "DMA", "DMA", "DMA32", "DMA32"]);
	});
});

describe("pointers", () => {
	it("are where the kernel sees an address", () => {
		expect(pointer(0)).to.equal("0xffff888000000000");
		expect(pointer(2 ** 33 + 8)).to.equal("0xffff888200000008");
	});
});
