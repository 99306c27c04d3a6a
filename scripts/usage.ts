// What people type: numbers checked, mistakes answered with one sentence that says what would be right.

import { parseSize } from "../hw/memory-map";

const DISTANCE_MAX = 3; // letters wrong, swapped, missing or too many
const WHOLE_NUMBER = /^\d+$/;

/** A mistake of whoever typed the command; the message is the whole sentence. Exit code 2. */
export class UsageError extends Error {
	override readonly name = "UsageError";
}

/** A whole number from `least` to `most`, or a UsageError that names the option. */
export function wholeNumber(
	option: string,
	text: string,
	least: number,
	most: number,
): number {
	const value = Number(text);
	if (WHOLE_NUMBER.test(text) && value >= least && value <= most) return value;
	throw new UsageError(
		`${option} ${quoted(text)}: expected a whole number from ${least} to ${most}.`,
	);
}

/** Bytes in a text such as 512M, or a UsageError that names the option. */
export function memorySize(option: string, text: string): number {
	try {
		return parseSize(text);
	} catch {
		throw new UsageError(
			`${option} ${quoted(text)}: expected a size such as 64M, 512M or 4G.`,
		);
	}
}

/** `name` when it is one of `names`, or a UsageError with the likeliest of them. */
export function oneOf(
	what: string,
	name: string,
	names: readonly string[],
): string {
	if (names.includes(name)) return name;
	const near = nearest(name, names);
	const hint =
		near === undefined
			? `expected one of ${names.join(", ")}.`
			: `did you mean ${near}?`;
	throw new UsageError(`There is no ${what} ${quoted(name)}; ${hint}`);
}

/** The one of `names` that `word` was likely meant to be. */
export function nearest(
	word: string,
	names: readonly string[],
): string | undefined {
	const most = Math.min(DISTANCE_MAX, Math.ceil(word.length / 2));
	const ranked = names
		.map((name) => ({ name, far: distance(word, name) }))
		.filter(({ far }) => far <= most)
		.sort((one, other) => one.far - other.far);
	return ranked[0]?.name;
}

/** Letters that have to be changed, added, removed or swapped with a neighbour to turn `from` into `to`. */
export function distance(from: string, to: string): number {
	let before: number[] = [];
	let above = Array.from({ length: to.length + 1 }, (_, column) => column);
	for (let row = 1; row <= from.length; row++) {
		const own = [row];
		for (let column = 1; column <= to.length; column++) {
			const same = from[row - 1] === to[column - 1];
			const swapped =
				from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
			const changed = at(above, column - 1) + (same ? 0 : 1);
			const moved = Math.min(at(above, column), at(own, column - 1)) + 1;
			own[column] = Math.min(
				changed,
				moved,
				swapped ? at(before, column - 2) + 1 : changed,
			);
		}
		before = above;
		above = own;
	}
	return at(above, to.length);
}

function at(row: readonly number[], column: number): number {
	return row[column] ?? Number.POSITIVE_INFINITY;
}

function quoted(text: string): string {
	return JSON.stringify(text);
}
