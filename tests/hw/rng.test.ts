import { expect } from "chai";
import fc from "fast-check";
import { RNG_WORDS, Rng } from "../../hw/rng";

const GOLDEN = [
	1782225427, 3884522602, 4168082098, 2738082641, 2820569553, 668225458,
	3938781660, 394409564,
];
const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

function seeded(seed: number): { rng: Rng; state: Int32Array } {
	const state = new Int32Array(RNG_WORDS);
	const rng = new Rng(state);
	rng.seed(seed);
	return { rng, state };
}

function draws(seed: number, count: number): number[] {
	const { rng } = seeded(seed);
	return Array.from({ length: count }, () => rng.next());
}

/** xoroshiro64**, written from its description with whole numbers of any size. */
function* model(a: bigint, b: bigint): Generator<number> {
	const word = (x: bigint): bigint => BigInt.asUintN(32, x);
	const rotl = (x: bigint, k: bigint): bigint =>
		word((x << k) | (x >> (32n - k)));
	for (;;) {
		yield Number(word(rotl(word(a * 0x9e3779bbn), 5n) * 5n));
		b ^= a;
		a = word(rotl(a, 26n) ^ b ^ (b << 9n));
		b = rotl(b, 13n);
	}
}

describe("the machine's generator", () => {
	it("R2: draws for seed 1 what it always drew", () => {
		expect(draws(1, 8)).to.deep.equal(GOLDEN);
	});

	it("is xoroshiro64**", () => {
		fc.assert(
			fc.property(seeds, (seed) => {
				const { rng, state } = seeded(seed);
				const [a, b] = Uint32Array.from(state);
				const expected = model(BigInt(a!), BigInt(b!));
				for (let i = 0; i < 20; i++)
					expect(rng.next()).to.equal(expected.next().value);
			}),
		);
	});

	it("R1: never has a state of zeros", () => {
		fc.assert(
			fc.property(seeds, (seed) => {
				const { rng, state } = seeded(seed);
				for (let i = 0; i < 20; i++) {
					expect(state.some((word) => word !== 0)).to.equal(true);
					rng.next();
				}
			}),
		);
	});

	it("gives neighbouring seeds, and seeds 2^32 apart, nothing in common", () => {
		const [one, two, far] = [1, 2, 1 + 2 ** 32].map((seed) => draws(seed, 50));
		const shared = (a: number[], b: number[]): number =>
			a.filter((draw, i) => draw === b[i]).length;
		expect(shared(one!, two!)).to.equal(0);
		expect(shared(one!, far!)).to.equal(0);
	});

	it("goes on from its state: whoever has the words has the sequence", () => {
		const { rng, state } = seeded(42);
		for (let i = 0; i < 10; i++) rng.next();
		const copy = new Rng(state.slice());
		expect(copy.next()).to.equal(rng.next());
	});

	it("begins anew when it is seeded again", () => {
		const { rng } = seeded(5);
		rng.next();
		rng.seed(5);
		expect(rng.next()).to.equal(draws(5, 1)[0]);
	});
});

describe("a bounded draw", () => {
	it("is a whole number from 0 to below the bound", () => {
		const bounds = fc.integer({ min: 1, max: 2 ** 32 });
		fc.assert(
			fc.property(seeds, bounds, (seed, bound) => {
				const { rng } = seeded(seed);
				for (let i = 0; i < 20; i++) {
					const draw = rng.below(bound);
					expect(Number.isInteger(draw)).to.equal(true);
					expect(draw).to.be.within(0, bound - 1);
				}
			}),
		);
	});

	it("is 0 when there is no choice", () => {
		const { rng } = seeded(3);
		for (let i = 0; i < 20; i++) expect(rng.below(1)).to.equal(0);
	});

	it("falls everywhere alike", () => {
		const { rng } = seeded(9);
		const counts = new Array<number>(10).fill(0);
		for (let i = 0; i < 100_000; i++) {
			const draw = rng.below(10);
			counts[draw] = counts[draw]! + 1;
		}
		for (const count of counts) expect(count).to.be.within(9500, 10_500);
	});

	it("can be a fraction, which never reaches 1", () => {
		const { rng } = seeded(11);
		let sum = 0;
		for (let i = 0; i < 10_000; i++) {
			const draw = rng.fraction();
			expect(draw >= 0 && draw < 1).to.equal(true);
			sum += draw;
		}
		expect(sum / 10_000).to.be.within(0.48, 0.52);
	});
});
