// Distributions: amounts that a scenario fixes, or that are drawn from a seeded source of chance.
//
//   64  4K                         always the same
//   uniform: [a, b]                ________________
//   normal: {mean, deviation}          __/‾‾\__
//   exponential: {mean}            \_____________           memoryless: waiting times
//   pareto: {min, shape}           |\____________ _ _ _     heavy tail: sizes of files and objects
//   weighted: {64: 5, 4K: 1}       |  .    :                a list
//
// All amounts are whole numbers. Every draw takes a fixed number of 32-bit words from the source, whatever comes out, so
// that adding a limit to one step does not change what later steps draw.

import { parseSize } from "../../hw/memory-map";
import type { Rng } from "../../hw/rng";

/** A size as it is written: bytes, or a text such as `64K`. */
export type SizeText = number | string;

/** An amount as it is written. */
export type AmountText =
	| SizeText
	| { readonly uniform: readonly [SizeText, SizeText] }
	| {
			readonly normal: {
				readonly mean: SizeText;
				readonly deviation: SizeText;
				readonly min?: SizeText;
				readonly max?: SizeText;
			};
	  }
	| {
			readonly exponential: {
				readonly mean: SizeText;
				readonly min?: SizeText;
				readonly max?: SizeText;
			};
	  }
	| {
			readonly pareto: {
				readonly min: SizeText;
				readonly shape: number;
				readonly max?: SizeText;
			};
	  }
	| { readonly weighted: Readonly<Record<string, number>> };

/** An amount that can be drawn. */
export type Amount = (rng: Rng) => number;

/** Bytes of a size. */
export const sizeOf = (size: SizeText): number =>
	typeof size === "number" ? size : parseSize(size);

/** True for amounts that do not vary. */
export const isFixed = (text: AmountText): text is SizeText =>
	typeof text !== "object";

/** The amount that is written; throws one sentence when its limits cannot be met. */
export function compileAmount(text: AmountText): Amount {
	if (isFixed(text)) {
		const fixed = sizeOf(text);
		return () => fixed;
	}
	if ("uniform" in text) return uniform(...text.uniform);
	if ("weighted" in text) return weighted(text.weighted);
	if ("normal" in text) {
		const { mean, deviation, min, max } = text.normal;
		const draw = normal(sizeOf(mean), sizeOf(deviation));
		return limited(draw, min, max);
	}
	if ("exponential" in text) {
		const { mean, min, max } = text.exponential;
		return limited(exponential(sizeOf(mean)), min, max);
	}
	const { min, shape, max } = text.pareto;
	return limited(pareto(sizeOf(min), shape), min, max);
}

function uniform(low: SizeText, high: SizeText): Amount {
	const least = sizeOf(low);
	const span = sizeOf(high) - least + 1;
	if (span < 1)
		throw new Error(
			`uniform: the first amount, ${low}, is above the second, ${high}`,
		);
	return (rng) => least + Math.floor(rng.fraction() * span);
}

function weighted(weights: Readonly<Record<string, number>>): Amount {
	const entries = Object.entries(weights).map(
		([size, weight]) => [sizeOf(size), weight] as const,
	);
	const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
	return (rng) => {
		let left = rng.fraction() * total;
		for (const [size, weight] of entries) {
			left -= weight;
			if (left < 0) return size;
		}
		return entries.at(-1)?.[0] ?? 0;
	};
}

/** Box and Muller's method: two draws make one value. */
const normal =
	(mean: number, deviation: number) =>
	(rng: Rng): number => {
		const radius = Math.sqrt(-2 * Math.log(1 - rng.fraction()));
		const angle = 2 * Math.PI * rng.fraction();
		return mean + deviation * radius * Math.cos(angle);
	};

const exponential =
	(mean: number) =>
	(rng: Rng): number =>
		-mean * Math.log(1 - rng.fraction());

const pareto =
	(min: number, shape: number) =>
	(rng: Rng): number =>
		min / (1 - rng.fraction()) ** (1 / shape);

/** Rounded and cut off at the limits. */
function limited(
	draw: (rng: Rng) => number,
	min: SizeText = 0,
	max: SizeText = Number.MAX_SAFE_INTEGER,
): Amount {
	const least = sizeOf(min);
	const most = sizeOf(max);
	if (least > most) throw new Error(`min, ${min}, is above max, ${max}`);
	return (rng) => Math.max(least, Math.min(most, Math.round(draw(rng))));
}
