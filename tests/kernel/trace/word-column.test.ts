import { expect } from "chai";
import fc from "fast-check";
import { VarintInput, VarintOutput } from "../../../kernel/trace/varint";
import { WordColumn } from "../../../kernel/trace/word-column";

const COUNT = 200;
const order = Uint16Array.from({ length: COUNT }, (_, at) => at);

/** Packs, unpacks in another object, compares, and returns the bytes. */
function throughBytes(
	words: Int32Array,
	c: Int32Array,
	cpus: Uint8Array,
): number {
	const end = words.length;
	const out = new VarintOutput(new Uint8Array(COUNT * 5 + 6));
	const packer = new WordColumn(order);
	packer.setLikeness(c, cpus, 0, end);
	packer.write(out, words, 0, end, true);
	const reader = new WordColumn(order);
	const back = new Int32Array(end);
	reader.setLikeness(c, cpus, 0, end);
	const input = new VarintInput(out.buffer.subarray(0, out.length));
	reader.read(input, back, 0, end);
	expect(back).to.deep.equal(words);
	expect(input.atEnd).to.equal(true);
	return out.length;
}

const fill = (value: (at: number) => number): Int32Array =>
	Int32Array.from({ length: COUNT }, (_, at) => value(at));

describe("word columns", () => {
	const noCpus = new Uint8Array(COUNT);

	it("need next to nothing where all words are the same", () => {
		const same = fill(() => 123456);
		expect(throughBytes(same, same, noCpus)).to.equal(4);
	});

	it("need a byte where a word differs little from the one before it", () => {
		const steps = fill((at) => 1000000 + 8 * at);
		expect(
			throughBytes(
				steps,
				fill(() => 1),
				noCpus,
			),
		).to.be.below(COUNT + 8);
	});

	it("know objects by their cache and CPU", () => {
		const cache = fill((at) => (at * 7) % 5);
		const cpus = Uint8Array.from(cache, (_, at) => at % 2);
		const pointers = fill(
			(at) => (cache[at]! * 2 + cpus[at]!) * 0x1000000 + at * 4,
		);
		const bytes = throughBytes(pointers, cache, cpus);
		expect(bytes).to.be.below(COUNT + 70);
		expect(
			throughBytes(
				pointers,
				fill(() => 0),
				noCpus,
			),
		).to.be.above(3 * COUNT);
	});

	it("are read back, whatever they are (W1, W2)", () => {
		const any = fc.array(
			fc.tuple(fc.integer(), fc.integer(), fc.nat({ max: 255 })),
			{ minLength: 1, maxLength: COUNT },
		);
		fc.assert(
			fc.property(any, (rows) => {
				throughBytes(
					Int32Array.from(rows, ([word]) => word),
					Int32Array.from(rows, ([, c]) => c),
					Uint8Array.from(rows, ([, , cpu]) => cpu),
				);
			}),
		);
	});

	it("refuse a form that there is not", () => {
		const column = new WordColumn(order);
		const input = new VarintInput(Uint8Array.of(3, 0));
		expect(() => column.read(input, new Int32Array(1), 0, 1)).to.throw(
			"a column has the unknown form 3",
		);
	});
});
