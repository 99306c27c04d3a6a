// The machine's only source of chance: a seeded generator whose state is two words of memory.
//
//   word   0      1
//       +------+------+
//       |  a   |  b   |     xoroshiro64** (Blackman and Vigna, 2018): 64 bits of state, 32 bits a draw
//       +------+------+
//
// R1: the state is never all zero. R2: the same seed gives the same draws on every host.

const A = 0;
const B = 1;

/** Words that a generator's state takes. */
export const RNG_WORDS = 2;

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** Spreads a seed's bits (the finaliser of MurmurHash3), so that seeds 1 and 2 share nothing. */
function scramble(value: number): number {
	let x = value | 0;
	x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
	x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
	return x ^ (x >>> 16);
}

/** A generator over two words of memory. */
export class Rng {
	constructor(private readonly state: Int32Array) {}

	/** Starts the sequence that belongs to `seed`. */
	seed(seed: number): void {
		const high = Math.floor(seed / 2 ** 32);
		this.state[A] = scramble((seed ^ scramble(high)) + 0x9e3779b9);
		this.state[B] = scramble(high + 0x7f4a7c15) | 1;
	}

	/** The next 32 bits, as an unsigned number. */
	next(): number {
		const a = this.state[A] as number;
		const b = (this.state[B] as number) ^ a;
		const result = Math.imul(rotl(Math.imul(a, 0x9e3779bb), 5), 5);
		this.state[A] = rotl(a, 26) ^ b ^ (b << 9);
		this.state[B] = rotl(b, 13);
		return result >>> 0;
	}

	/** A whole number from 0 to `bound` - 1, without the bias of a remainder. */
	below(bound: number): number {
		return Math.floor((this.next() / 2 ** 32) * bound);
	}

	/** A fraction from 0 up to, not including, 1. */
	fraction(): number {
		return this.next() / 2 ** 32;
	}
}
