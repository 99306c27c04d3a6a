import { expect } from "chai";
import { DirectMap } from "../../../../kernel/replay/objects/direct-map";
import { HIGH } from "./support";

const RAM = 2 ** 33;

describe("the direct map of a recorded kernel", () => {
	it("begins at address 0 without KASLR, as the first pointer shows", () => {
		const map = new DirectMap(RAM);
		expect(map.isKnown).to.equal(false);
		expect(map.physical(0x5000, HIGH + 1)).to.equal(2 ** 32 + 0x5000);
		expect(map.isKnown).to.equal(true);
		expect(map.physical(0xf0000000 | 0, HIGH)).to.equal(0xf0000000);
		expect(map.physical(0, HIGH + 2)).to.equal(-1);
		expect(map.low(2 ** 32 + 0x5000)).to.equal(0x5000);
		expect(map.high(2 ** 32 + 0x5000)).to.equal(HIGH + 1);
	});

	it("is found by votes with KASLR", () => {
		const map = new DirectMap(RAM);
		const base = 0x1c40000000; // 113 GiB
		const high = (at: number) => HIGH + Math.floor((base + at) / 2 ** 32);
		for (let pfn = 100; pfn < 108; pfn++) {
			const at = pfn * 4096 + 192;
			expect(map.physical((base + at) | 0, high(at))).to.equal(-1);
			map.vote((base + at) | 0, high(at), pfn);
		}
		expect(map.isKnown).to.equal(true);
		const at = 0x12345678;
		expect(map.physical((base + at) | 0, high(at))).to.equal(at);
		expect(map.low(at)).to.equal((base + at) | 0);
		expect(map.high(at)).to.equal(high(at));
	});

	it("stays unknown where pointers are hashed", () => {
		const map = new DirectMap(RAM);
		for (let n = 1; n < 100; n++) {
			expect(map.physical(n * 0x1234567, 0)).to.equal(-1);
			map.vote(n * 0x1234567, 0, n);
		}
		expect(map.isKnown).to.equal(false);
	});
});
