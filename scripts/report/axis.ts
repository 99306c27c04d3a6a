// Axes: where the round numbers lie between the least and the most of what is drawn.
//
//   0 .. 17.3 MiB   -->   0  5  10  15  20   MiB       steps of 1, 2 or 5 times a power of ten
//   4K .. 4M        -->   4K  64K  1M  4M               sizes of blocks, by their powers of two
//
// AX1: the first tick is at or below the least, the last at or above the most.

/** A round position, with what is written there. */
export interface Tick {
	readonly value: number;
	readonly text: string;
}

/** An axis: what is drawn lies between `from` and `to`. */
export interface Axis {
	readonly from: number;
	readonly to: number;
	readonly ticks: readonly Tick[];
	/** To be read after the title; empty where each tick has its own. */
	readonly unit: string;
}

const STEPS = [1, 2, 5, 10];
const KIB = 1024;
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];
const TIME_UNITS: readonly (readonly [nanoseconds: number, unit: string])[] = [
	[1e9, "s"],
	[1e6, "ms"],
];
const COUNT_UNITS: readonly (readonly [size: number, unit: string])[] = [
	[1e6, "in millions"],
	[1e3, "in thousands"],
];
const PARTS = 6; // of an axis along the bottom, about
const COUNT_SHORT = 5; // so many of a unit are needed for it
const FROM_ZERO_SHARE = 0.6; // what stays above this part of its most does not need to begin at 0
const BLOCK_BYTES: readonly (readonly [bytes: number, text: string])[] = [
	[4 * KIB, "4 KiB"],
	[64 * KIB, "64 KiB"],
	[KIB * KIB, "1 MiB"],
	[4 * KIB * KIB, "4 MiB"],
];

/** The step of 1, 2 or 5 times a power of ten that cuts `range` into about `count` parts. */
export function roundStep(range: number, count: number): number {
	const rough = range / count;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = STEPS.find((it) => it * power >= rough) ?? 10;
	return step * power;
}

/** An axis of round numbers of a unit that is `size` of what is drawn. */
function linear(
	least: number,
	most: number,
	size: number,
	unit: string,
	count: number,
): Axis {
	const high = Math.max(most / size, Number.MIN_VALUE);
	const low = least > FROM_ZERO_SHARE * most ? least / size : 0;
	const range = high - low > 1e-9 * high ? high - low : high;
	const step = roundStep(range, count);
	const first = Math.floor(low / step + 1e-9);
	const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
	const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
	const ticks = Array.from({ length: last - first + 1 }, (_, index) => ({
		value: (first + index) * step * size,
		text: ((first + index) * step).toFixed(digits),
	}));
	const from = Math.min(first * step * size, low * size); // fractions of a step round to either side
	const to = Math.max(last * step * size, most);
	return { from, to, ticks, unit };
}

/** An axis for amounts of memory, from 0 on unless they all are far from it. */
export function bytesAxis(least: number, most: number): Axis {
	const power = most < KIB ? 0 : Math.floor(Math.log2(most) / 10);
	const unit = Math.min(power, BYTE_UNITS.length - 1);
	return linear(least, most, KIB ** unit, BYTE_UNITS[unit] as string, 4);
}

/** An axis for simulated time from 0 on. */
export function timeAxis(nanoseconds: number): Axis {
	const [size, unit] =
		TIME_UNITS.find(([size]) => nanoseconds >= size) ??
		(TIME_UNITS.at(-1) as (typeof TIME_UNITS)[number]);
	return upTo(nanoseconds, size, unit, PARTS);
}

/** An axis for things that are counted, from 0 on. */
export function countAxis(count: number): Axis {
	const [size, unit] = COUNT_UNITS.find(
		([size]) => count >= COUNT_SHORT * size,
	) ?? [1, ""];
	const parts = Math.max(1, Math.min(PARTS, Math.floor(count / size))); // none is less than one thing
	return upTo(count, size, unit, parts);
}

/** An axis from 0 to exactly the most. */
function upTo(most: number, size: number, unit: string, parts: number): Axis {
	const axis = linear(0, Math.max(most, 1), size, unit, parts);
	const ticks = axis.ticks.filter(({ value }) => value <= most);
	return { ...axis, to: Math.max(most, 1), ticks };
}

/** An axis for sizes of blocks: equal distances for equal factors; no block at all lies two steps below a page. */
export function blocksAxis(): Axis {
	const none = { value: KIB, text: "none" };
	const sizes = BLOCK_BYTES.map(([value, text]) => ({ value, text }));
	return {
		from: none.value,
		to: 4 * KIB * KIB,
		ticks: [none, ...sizes],
		unit: "",
	};
}
