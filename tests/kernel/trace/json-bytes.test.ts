import { expect } from "chai";
import fc from "fast-check";
import { jsonBytes, jsonOf } from "../../../kernel/trace/json-bytes";

describe("JSON bytes", () => {
	it("are ASCII and come back (J1)", () => {
		fc.assert(
			fc.property(
				fc.jsonValue(),
				fc.string({ unit: "binary" }),
				(value, text) => {
					const bytes = jsonBytes([value, text]);
					expect(Math.max(...bytes)).to.be.below(127);
					expect(jsonOf(bytes)).to.deep.equal(
						JSON.parse(JSON.stringify([value, text])),
					);
				},
			),
		);
	});

	it("may be any UTF-8 when read", () => {
		expect(jsonOf(Buffer.from('"naïve → 🙂"'))).to.equal("naïve → 🙂");
	});

	it("are undefined when they are no JSON", () => {
		expect(jsonOf(Buffer.from("{"))).to.equal(undefined);
		expect(jsonOf(new Uint8Array(0))).to.equal(undefined);
	});
});
