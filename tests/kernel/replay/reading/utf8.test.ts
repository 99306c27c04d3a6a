import { expect } from "chai";
import fc from "fast-check";
import { utf8 } from "../../../../kernel/replay/reading/utf8";

const text = (bytes: readonly number[]) =>
	utf8(Uint8Array.from(bytes), 0, bytes.length);

describe("UTF-8", () => {
	it("reads every text back", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (wanted) => {
				const bytes = Buffer.from(wanted, "utf8");
				expect(utf8(bytes, 0, bytes.length)).to.equal(bytes.toString("utf8"));
			}),
		);
	});

	it("puts U+FFFD for what is none", () => {
		expect(text([0x61, 0xff, 0x62])).to.equal("a\uFFFDb");
		expect(text([0xc3])).to.equal("\uFFFD");
		expect(text([0xc0, 0x80])).to.equal("\uFFFD\uFFFD"); // a longer form than needed
		expect(text([0xed, 0xa0, 0x80])).to.have.length(3); // half of a pair
		expect(text([0xf4, 0x90, 0x80, 0x80])).to.have.length(4); // above U+10FFFF
	});

	it("takes any bytes without throwing", () => {
		fc.assert(
			fc.property(fc.uint8Array(), (bytes) => {
				utf8(bytes, 0, bytes.length);
			}),
		);
	});
});
