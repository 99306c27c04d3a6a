// A series: measures of a run over time, few enough to be looked at, however long the run is.
//
//   step   0 1 2 3 4 5 6 7 8          every step, as long as there is room
//          x x x x x x x x x
//          x   x   x   x   x   .   .  full: every second one goes, and from now on only every second step is measured
//
// A step is whatever the run goes on by: a tick of the timer, or an event of a recording. Who knows beforehand that there will
// be many lets the series begin with a wider interval.
//
// SE1: samples are at multiples of `every`, in order, without gaps; the last one may lie between two of them.
// SE2: two series thinned to the same interval have their samples at the same steps, as far as both ran.

import type { Measures } from "./measures";

const SAMPLES_MAX = 128;

/** Measures of one moment. */
export interface Sample {
	/** Steps since the run began. */
	readonly step: number;
	readonly measures: Measures;
}

/** Measures of one run. */
export class Series {
	private kept: Sample[] = [];
	private interval: number;
	private readonly most: number;

	/** Holds at most `most` samples, and measures every so many steps as long as there is room. */
	constructor({ most = SAMPLES_MAX, every = 1 } = {}) {
		this.most = most;
		this.interval = every;
	}

	/** Steps between two samples. */
	get every(): number {
		return this.interval;
	}
	get samples(): readonly Sample[] {
		return this.kept;
	}

	/** Takes in a moment, if its step is one of those that are kept; only then `look` is called. */
	look(step: number, look: () => Measures): void {
		if (step % this.interval !== 0) return;
		this.kept.push({ step, measures: look() });
		if (this.kept.length > this.most) this.thin(this.interval * 2);
	}

	/** Takes in the last moment of the run, whatever its step is. */
	end(step: number, measures: Measures): void {
		if (this.kept.at(-1)?.step === step) this.kept.pop();
		this.kept.push({ step, measures });
	}

	/** Keeps only the samples at multiples of `every` and the last one; `every` is a multiple of the interval so far. */
	thin(every: number): void {
		const last = this.kept.length - 1;
		this.kept = this.kept.filter(
			({ step }, index) => step % every === 0 || index === last,
		);
		this.interval = every;
	}
}

/** Thins series to the interval of the coarsest, so that they can be laid over each other (SE2). Returns that interval. */
export function alignSeries(all: readonly Series[]): number {
	const every = Math.max(1, ...all.map((series) => series.every));
	for (const series of all) series.thin(every);
	return every;
}
