// Pairs: the same number as a recorded kernel had it and as it is here, and what many pairs say together.
//
//   recorded   10   4   0   7
//   ours       10   5   2   6        recorded 21, ours 23, apart 0 + 1 + 2 + 1 = 4, error 4 / 21
//
// That too many in one place makes up for too few in another would be a lie: what is judged is the sum of the differences,
// each without its sign, against all that was recorded.
//
// PA1: a share is null where there is nothing to have a share of, so a score holds no number that JSON cannot carry.
// PA2: apart >= |ours - recorded| of the sums; it is 0 only if every pair is equal.
// PA3: where nothing was recorded and there is something here, everything is wrong: the error is 1.

/** A number there and here. */
export interface Pair {
	readonly recorded: number;
	readonly ours: number;
}

/** A part of a whole, 0 to 1; null for a part of nothing (PA1). */
export type Share = number | null;

/** Many pairs together. */
export interface PairSum extends Pair {
	/** Pairs of which at least one number is not 0. */
	readonly count: number;
	/** Those of them that are equal. */
	readonly equal: number;
	/** Sum of the differences without their signs. */
	readonly apart: number;
	/** `apart` as a share of what was recorded; null when neither side has anything. */
	readonly error: Share;
}

/** `part` of `whole`. */
export const share = (part: number, whole: number): Share =>
	whole === 0 ? null : part / whole;

/** The difference without its sign. */
export const apart = ({ recorded, ours }: Pair): number =>
	Math.abs(ours - recorded);

/** The difference as a share of what was recorded (PA3); null when neither side has anything. */
export const errorOf = (pair: Pair): Share => sumPairs([pair]).error;

/** Whether a pair differs by at most `tolerance` of the recorded number, or by at most `leeway`. */
export const isWithin = (pair: Pair, tolerance: number, leeway = 0): boolean =>
	apart(pair) <= Math.max(leeway, tolerance * pair.recorded);

/** Neither side has any. */
export const isEmpty = ({ recorded, ours }: Pair): boolean =>
	recorded === 0 && ours === 0;

/** All pairs together. */
export function sumPairs(pairs: readonly Pair[]): PairSum {
	let [recorded, ours, count, equal, difference, size] = [0, 0, 0, 0, 0, 0];
	for (const pair of pairs) {
		if (isEmpty(pair)) continue;
		count++;
		if (apart(pair) === 0) equal++;
		recorded += pair.recorded;
		ours += pair.ours;
		difference += apart(pair);
		size += Math.abs(pair.recorded); // changes may be negative
	}
	const error = count > 0 && size === 0 ? 1 : share(difference, size);
	return { recorded, ours, count, equal, apart: difference, error };
}

/** Rows that differ, the largest difference first; where two are as large, by name. */
export function worstFirst<Row>(
	rows: readonly Row[],
	differenceOf: (row: Row) => number,
	nameOf: (row: Row) => string,
): Row[] {
	return rows
		.filter((row) => differenceOf(row) > 0)
		.sort(
			(one, other) =>
				differenceOf(other) - differenceOf(one) ||
				(nameOf(one) < nameOf(other) ? -1 : 1),
		);
}
