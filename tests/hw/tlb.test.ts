import { expect } from "chai";
import fc from "fast-check";
import { Tlb } from "../../hw/tlb";
import { asPfn, asVirt } from "../../hw/units";

const LARGE = 2 ** 21;
const KERNEL = 0x888000000000;
const RIGHTS = 7;

function create(): Tlb {
	return new Tlb(new ArrayBuffer(Tlb.BYTES + 64), 64);
}

/** The frame that the TLB has for an address, or -1. */
function frame(tlb: Tlb, va: number, asid: number): number {
	const entry = tlb.lookup(asVirt(va), asid);
	return entry < 0 ? -1 : tlb.frameAt(entry, asVirt(va));
}

function fill(tlb: Tlb, va: number, asid: number, pfn: number): void {
	tlb.fill(asVirt(va), asid, asPfn(pfn), RIGHTS, false, false);
}

describe("a TLB", () => {
	it("knows nothing when its memory is zero", () => {
		const tlb = create();
		expect(tlb.used).to.equal(0);
		expect(frame(tlb, 0, 0)).to.equal(-1);
		expect(frame(tlb, KERNEL, 0)).to.equal(-1);
		expect([tlb.hits, tlb.misses, tlb.flushes, tlb.pageFlushes]).to.deep.equal([
			0, 0, 0, 0,
		]);
	});

	it("remembers pages of one address space apart from those of others", () => {
		const tlb = create();
		fill(tlb, 0x400000, 1, 77);
		fill(tlb, 0x400000, 2, 88);
		expect(frame(tlb, 0x400123, 1)).to.equal(77);
		expect(frame(tlb, 0x400fff, 2)).to.equal(88);
		expect(frame(tlb, 0x400000, 3)).to.equal(-1);
		expect(frame(tlb, 0x401000, 1)).to.equal(-1);
	});

	it("keeps all its state in the memory that it was given", () => {
		const buffer = new ArrayBuffer(Tlb.BYTES);
		fill(new Tlb(buffer, 0), 0x7f1234567000, 4095, 12345);
		expect(frame(new Tlb(buffer, 0), 0x7f1234567abc, 4095)).to.equal(12345);
	});

	it("gives global pages of the kernel to everybody", () => {
		const tlb = create();
		tlb.fill(asVirt(KERNEL), 1, asPfn(5), RIGHTS, false, true);
		expect(frame(tlb, KERNEL, 1)).to.equal(5);
		expect(frame(tlb, KERNEL, 2)).to.equal(5);
		tlb.flushSpace(1);
		tlb.flushAll();
		expect(frame(tlb, KERNEL, 2)).to.equal(5);
		tlb.flushGlobal();
		expect(frame(tlb, KERNEL, 2)).to.equal(-1);
	});

	it("has room of their own for pages of 2 MiB", () => {
		const tlb = create();
		tlb.fill(asVirt(3 * LARGE), 1, asPfn(512), RIGHTS, true, false);
		expect(frame(tlb, 3 * LARGE, 1)).to.equal(512);
		expect(frame(tlb, 4 * LARGE - 1, 1)).to.equal(1023);
		expect(frame(tlb, 4 * LARGE, 1)).to.equal(-1);
		tlb.flushPage(1, asVirt(3 * LARGE + 0x5000));
		expect(frame(tlb, 3 * LARGE, 1)).to.equal(-1);
	});

	it("replaces the ways of a set in turn, an empty way first", () => {
		const tlb = create();
		const page = (n: number) => n * 256 * 4096; // all in set 0
		for (let n = 0; n < 4; n++) fill(tlb, page(n), 1, 10 + n);
		tlb.flushPage(1, asVirt(page(2)));
		fill(tlb, page(4), 1, 14); // the empty way
		fill(tlb, page(5), 1, 15); // way 0
		fill(tlb, page(6), 1, 16); // way 1
		const known = [0, 1, 2, 3, 4, 5, 6].map((n) => frame(tlb, page(n), 1));
		expect(known).to.deep.equal([-1, -1, -1, 13, 14, 15, 16]);
	});

	it("has a page once, however often it is filled in", () => {
		const tlb = create();
		fill(tlb, 0x1000, 1, 7);
		fill(tlb, 0x1000, 1, 8);
		expect(frame(tlb, 0x1000, 1)).to.equal(8);
		expect(tlb.used).to.equal(1);
	});

	it("flushes one page, a few, or the whole space", () => {
		const tlb = create();
		const start = 0x10000;
		for (let n = 0; n < 100; n++) fill(tlb, start + n * 4096, 1, 200 + n);
		fill(tlb, start, 2, 99);
		tlb.flushPage(1, asVirt(start + 5));
		expect(tlb.used).to.equal(100);
		expect(
			tlb.flushRange(1, asVirt(start), asVirt(start + 33 * 4096)),
		).to.equal(33);
		expect(tlb.used).to.equal(68);
		expect(tlb.pageFlushes).to.equal(34);
		expect(
			tlb.flushRange(1, asVirt(start), asVirt(start + 34 * 4096)),
		).to.equal(-1);
		expect(tlb.used).to.equal(1);
		expect(tlb.flushes).to.equal(1);
		expect(frame(tlb, start, 2)).to.equal(99);
	});

	it("flushes global pages with a long range of the kernel's half", () => {
		const tlb = create();
		tlb.fill(asVirt(KERNEL), 0, asPfn(5), RIGHTS, true, true);
		tlb.flushRange(0, asVirt(KERNEL), asVirt(KERNEL + LARGE));
		expect(tlb.used).to.equal(0);
	});

	it("never takes an address that is not canonical for another space's", () => {
		const tlb = create();
		fill(tlb, 0, 1, 7);
		fill(tlb, 0x5000, 2, 8);
		for (const va of [2 ** 48, 2 ** 48 + 0x5000, 2 ** 49, 2 ** 52])
			expect(frame(tlb, va, 1), String(va)).to.equal(-1);
	});

	it("never gives a wrong frame, whatever comes", () => {
		const page = fc.integer({ min: 0, max: 40 }).map((n) => n * 128);
		const asid = fc.integer({ min: 0, max: 3 });
		const command = fc.oneof(
			{ weight: 6, arbitrary: fc.tuple(fc.constant("fill"), page, asid) },
			{ weight: 2, arbitrary: fc.tuple(fc.constant("page"), page, asid) },
			{ weight: 1, arbitrary: fc.tuple(fc.constant("space"), page, asid) },
		);
		fc.assert(
			fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
				const tlb = create();
				const model = new Map<string, number>();
				commands.forEach(([what, number, space], index) => {
					const va = number * 4096;
					if (what === "fill") {
						fill(tlb, va, space, index + 1);
						model.set(`${number} ${space}`, index + 1);
						expect(frame(tlb, va, space)).to.equal(index + 1);
					} else if (what === "page") {
						tlb.flushPage(space, asVirt(va));
						model.delete(`${number} ${space}`);
					} else {
						tlb.flushSpace(space);
						for (const key of [...model.keys()])
							if (key.endsWith(` ${space}`)) model.delete(key);
					}
				});
				for (let number = 0; number <= 40 * 128; number += 128)
					for (let space = 0; space <= 3; space++) {
						const found = frame(tlb, number * 4096, space);
						const right = model.get(`${number} ${space}`);
						if (found >= 0) expect(found).to.equal(right);
					}
				expect(tlb.used).to.be.at.most(model.size);
			}),
		);
	});
});
