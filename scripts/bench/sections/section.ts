// What the sections of the benchmark have in common.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Result } from "../race";
import { type Aim, type Findings, minimum, type Series } from "../report";
import type { Stream } from "../streams";

/** How thorough a run is, and where it may put files. */
export interface Plan {
	/** A folder for op files and compiled runners; it goes when the run ends. */
	readonly folder: string;
	/** Rounds that count. */
	readonly rounds: number;
	/** Length of the op streams: 1 is the full million of ops. */
	readonly scale: number;
	/** Told what is measured now. */
	readonly progress: (text: string) => void;
}

/** One section: measures, and says what it found. */
export type Section = (plan: Plan) => Promise<Findings>;

/** Writes a stream for contestants to read; the file's path. */
export function writeOps(plan: Plan, name: string, stream: Stream): string {
	const path = join(plan.folder, `${name}.ops`);
	writeFileSync(path, stream.words);
	return path;
}

/** Results of a race as series, every sample divided by `divisor`. */
export function seriesOf(
	section: string,
	stream: string,
	unit: string,
	divisor: number,
	results: readonly Result[],
): Series[] {
	return results.map(({ name, note, samples }) => ({
		section,
		stream,
		who: name,
		unit,
		samples: samples.map((sample) => sample / divisor),
		note,
	}));
}

/** Aims of one section, each made of a text, a unit, a limit and the figure. */
export type AimMaker = (
	text: string,
	unit: string,
	limit: number,
	value: number | undefined,
) => Aim;

export const aimsOf =
	(section: string): AimMaker =>
	(text, unit, limit, value) => ({ section, text, unit, limit, value });

/** The best round of contestant `who`; undefined when it took no part. */
export function best(
	series: readonly Series[],
	who: string,
): number | undefined {
	const found = series.find((one) => one.who === who);
	return found && found.samples.length > 0 ? minimum(found.samples) : undefined;
}

/** `combine` of two figures, where both are there. */
export function both(
	a: number | undefined,
	b: number | undefined,
	combine: (a: number, b: number) => number,
): number | undefined {
	return a === undefined || b === undefined ? undefined : combine(a, b);
}

/** Findings one after the other. */
export function joined(parts: readonly Findings[]): Findings {
	return {
		series: parts.flatMap((part) => part.series),
		aims: parts.flatMap((part) => part.aims),
	};
}

export const ratio = (a: number, b: number): number => a / b;
