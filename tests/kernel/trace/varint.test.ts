import { expect } from "chai";
import fc from "fast-check";
import {
	VarintInput,
	VarintOutput,
	WHOLE_BYTES,
	ZIGZAG_BYTES,
} from "../../../kernel/trace/varint";

function put(deed: (out: VarintOutput) => void): Uint8Array {
	const out = new VarintOutput(new Uint8Array(64));
	deed(out);
	return out.buffer.subarray(0, out.length);
}

describe("varints", () => {
	it("need a byte for small numbers and few for large ones", () => {
		expect([...put((out) => out.whole(300))]).to.deep.equal([0xac, 2]);
		expect([...put((out) => out.zigzag(-1))]).to.deep.equal([1]);
		expect([...put((out) => out.zigzag(64))]).to.deep.equal([0x80, 1]);
		expect(put((out) => out.zigzag(-(2 ** 31)))).to.have.length(ZIGZAG_BYTES);
		expect(put((out) => out.whole(2 ** 53))).to.have.length(WHOLE_BYTES);
	});

	it("come back, every int32 (V1)", () => {
		const edges = [0, 1, -1, 63, 64, -64, -65, 2 ** 31 - 1, -(2 ** 31)];
		const any = fc.oneof(fc.integer(), fc.constantFrom(...edges));
		fc.assert(
			fc.property(any, (value) => {
				const input = new VarintInput(put((out) => out.zigzag(value)));
				expect(input.zigzag()).to.equal(value);
				expect(input.atEnd).to.equal(true);
			}),
		);
	});

	it("come back, every whole number to 2^53 (V1)", () => {
		const powers = Array.from({ length: 54 }, (_, power) => 2 ** power);
		const edges = powers.flatMap((power) => [power - 1, power]);
		for (const value of [...edges, 2 ** 53 - 2, 6 * 10 ** 15 + 1]) {
			const input = new VarintInput(put((out) => out.whole(value)));
			expect(input.whole(), `${value}`).to.equal(value);
			expect(input.atEnd).to.equal(true);
		}
	});

	it("end where the bytes end (V2)", () => {
		const input = new VarintInput(Uint8Array.of(0xff, 0xff));
		expect(input.zigzag()).to.be.a("number");
		expect(input.atEnd).to.equal(false);
		const target = new Uint8Array(4);
		new VarintInput(Uint8Array.of(7)).bytes(target, 4);
		expect([...target]).to.deep.equal([7, 0, 0, 0]);
	});
});
