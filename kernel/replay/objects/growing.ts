// A list of numbers that grows at its end, without an object for each.

import { longer } from "./callers";

const FIRST = 64;

/** 32-bit numbers, in the order of `push`. */
export class GrowingNumbers {
	private numbers: Int32Array = new Int32Array(FIRST);
	private count = 0;

	get length(): number {
		return this.count;
	}

	at(index: number): number {
		return this.numbers[index] as number;
	}

	push(number: number): void {
		if (this.count === this.numbers.length)
			this.numbers = longer(this.numbers, 2 * this.count);
		this.numbers[this.count++] = number;
	}

	/** Makes the number at `index` another; what lies between is 0. */
	set(index: number, number: number): void {
		this.add(index, 0);
		this.numbers[index] = number;
	}

	/** Adds `by` to the number at `index`, which begins at 0 where none was pushed. */
	add(index: number, by: number): void {
		if (index >= this.numbers.length)
			this.numbers = longer(this.numbers, 2 * (index + 1));
		if (index >= this.count) this.count = index + 1;
		this.numbers[index] = (this.numbers[index] as number) + by;
	}
}
