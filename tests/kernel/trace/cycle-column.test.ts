import { expect } from "chai";
import fc from "fast-check";
import { CycleColumn } from "../../../kernel/trace/cycle-column";
import { VarintInput, VarintOutput } from "../../../kernel/trace/varint";

const COUNT = 100;
const order = Uint16Array.from({ length: COUNT }, (_, at) => at);

/** Packs, unpacks, compares, and returns how many bytes there were. */
function throughBytes(stamps: readonly number[], cpus?: Uint8Array): number {
	const count = stamps.length;
	const on = cpus ?? new Uint8Array(count);
	const swapped = order.slice(0, count).reverse();
	const out = new VarintOutput(new Uint8Array(COUNT * 8 + 1));
	new CycleColumn(swapped).write(out, Float64Array.from(stamps), on, count);
	const input = new VarintInput(out.buffer.subarray(0, out.length));
	const back = new Float64Array(count);
	new CycleColumn(swapped).read(input, back, on, count);
	expect([...back]).to.deep.equal(stamps);
	expect(input.atEnd).to.equal(true);
	return out.length;
}

describe("stamps", () => {
	it("are steps of each CPU's clock", () => {
		const cpus = Uint8Array.of(0, 1, 0, 1, 0);
		expect(throughBytes([900, 90000, 960, 90001, 961], cpus)).to.equal(9);
	});

	it("are read back to 2^53 cycles", () => {
		const most = 2 ** 53;
		throughBytes([0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 52, most - 1, most, most]);
		throughBytes([most]);
		throughBytes([]);
	});

	it("are plain where they are no clock's (T1)", () => {
		expect(throughBytes([5, 4])).to.equal(17); // falls
		expect(throughBytes([0.5])).to.equal(9);
		throughBytes([-1]);
		throughBytes([2 ** 60, 2 ** 60]);
		throughBytes([Number.POSITIVE_INFINITY, Number.NaN]);
		const any = fc.array(
			fc.double({ noNaN: true }).filter((x) => !Object.is(x, -0)),
			{ maxLength: COUNT },
		);
		fc.assert(fc.property(any, (stamps) => void throughBytes(stamps)));
	});

	it("refuse a form that there is not", () => {
		const input = new VarintInput(Uint8Array.of(2));
		const read = () =>
			new CycleColumn(order).read(
				input,
				new Float64Array(1),
				new Uint8Array(1),
				1,
			);
		expect(read).to.throw("stamps have the unknown form 2");
	});
});
