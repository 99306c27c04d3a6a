import { expect } from "chai";
import fc from "fast-check";
import { ByCode } from "../../../kernel/trace/by-code";

function stretches(byCode: ByCode): number[][] {
	const found: number[][] = [];
	byCode.eachCode((start, end) => {
		found.push([...byCode.order.subarray(start, end)]);
	});
	return found;
}

describe("events by code", () => {
	it("are sorted by code, oldest first", () => {
		const byCode = new ByCode(8);
		byCode.sort(Uint8Array.of(8, 9, 8, 1, 9, 8), 6);
		expect(stretches(byCode)).to.deep.equal([[3], [0, 2, 5], [1, 4]]);
		byCode.sort(Uint8Array.of(255, 0, 255), 3);
		expect(stretches(byCode)).to.deep.equal([[1], [0, 2]]);
		byCode.sort(new Uint8Array(0), 0);
		expect(stretches(byCode)).to.deep.equal([]);
	});

	it("are all there once (B1)", () => {
		const byCode = new ByCode(300);
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 300 }), (codes) => {
				byCode.sort(codes, codes.length);
				const wanted = [...codes.keys()].sort(
					(x, y) => codes[x]! - codes[y]! || x - y,
				);
				expect(stretches(byCode).flat()).to.deep.equal(wanted);
			}),
		);
	});
});
