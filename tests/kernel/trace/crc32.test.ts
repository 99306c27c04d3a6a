import { expect } from "chai";
import fc from "fast-check";
import { crc32 } from "../../../kernel/trace/crc32";

const sum = (text: string): number => crc32(Buffer.from(text));

describe("CRC-32", () => {
	it("has the sums that everybody's has", () => {
		expect(sum("")).to.equal(0);
		expect(sum("123456789")).to.equal(0xcbf43926);
		expect(sum("The quick brown fox jumps over the lazy dog")).to.equal(
			0x414fa339,
		);
	});

	it("is another when a byte is another (K1)", () => {
		fc.assert(
			fc.property(
				fc.uint8Array({ minLength: 1 }),
				fc.nat(),
				fc.integer({ min: 1, max: 255 }),
				(bytes, where, change) => {
					const other = bytes.slice();
					other[where % bytes.length]! ^= change;
					expect(crc32(other)).to.not.equal(crc32(bytes));
				},
			),
		);
	});

	it("goes on where it stopped (K2)", () => {
		fc.assert(
			fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
				const both = Uint8Array.of(...a, ...b);
				expect(crc32(b, crc32(a))).to.equal(crc32(both));
			}),
		);
	});
});
