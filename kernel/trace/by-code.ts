// The events of a batch by their codes: all of the first code, oldest first, then all of the next.
//
//   codes     8 9 8 1 9 8          index   0 1 2 3 4 5
//   order     3 | 0 2 5 | 1 4
//             ^1  ^8      ^9       start of each code
//
// Events of one code resemble each other: packed side by side they need few bits. Whoever has the codes can find the order
// again, so it need not be kept.
//
// B1: `order` is a permutation of 0 .. count - 1; inside one code it rises.

const CODES = 256;

/** Events of a batch that a sorter can take. */
export const ORDER_MAX = 1 << 16;

/** Sorts one batch after the other. */
export class ByCode {
	readonly order: Uint16Array;
	private readonly starts = new Int32Array(CODES + 1);
	private readonly filled = new Int32Array(CODES);

	/** For batches of at most `capacity` events, which is at most ORDER_MAX. */
	constructor(capacity: number) {
		this.order = new Uint16Array(capacity);
	}

	/** Takes the first `count` codes; what was known of another batch is forgotten. */
	sort(codes: Uint8Array, count: number): void {
		const { order, starts, filled } = this;
		starts.fill(0);
		for (let index = 0; index < count; index++) {
			const next = (codes[index] as number) + 1;
			starts[next] = (starts[next] as number) + 1;
		}
		for (let code = 0; code < CODES; code++)
			starts[code + 1] =
				(starts[code + 1] as number) + (starts[code] as number);
		filled.set(starts.subarray(0, CODES));
		for (let index = 0; index < count; index++) {
			const code = codes[index] as number;
			const at = filled[code] as number;
			order[at] = index;
			filled[code] = at + 1;
		}
	}

	/** Visits the stretch of `order` of each code that occurs, by rising code. */
	eachCode(visit: (start: number, end: number, code: number) => void): void {
		for (let code = 0; code < CODES; code++) {
			const start = this.starts[code] as number;
			const end = this.starts[code + 1] as number;
			if (start < end) visit(start, end, code);
		}
	}
}
