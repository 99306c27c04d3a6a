// The viewer page of a million events: its size, and how long a jump and a step take with all their drawing.

import { subjectEntry } from "../contestant";
import { race } from "../race";
import { type Aim, type Findings, median, type Series } from "../report";
import { aimsOf, joined, type Plan, seriesOf } from "./section";

const SECTION = "page";
const SIZE = "size";
const JUMP = "jump";
const STEP = "step";
const EVENTS = 1_000_000;
const SIZE_MB = 15;
const JUMP_MS = 50;
const STEP_MS = 20; // 50 pictures each second

const aim = aimsOf(SECTION);

/** What the page is held against: the median of all rounds, which are themselves medians. */
export function pageAims(series: readonly Series[]): Aim[] {
	const typical = (who: string): number | undefined => {
		const samples = series.find((one) => one.who === who)?.samples ?? [];
		return samples.length > 0 ? median(samples) : undefined;
	};
	return [
		aim("the page of a million events", "MB", SIZE_MB, typical(SIZE)),
		aim("a jump to a random event of it", "ms", JUMP_MS, typical(JUMP)),
		aim("a step to the next event", "ms", STEP_MS, typical(STEP)),
	];
}

/** Measures the page. The first contestant makes the page that the others open; where no browser is, they say so. */
export async function pageSection(plan: Plan): Promise<Findings> {
	plan.progress("the viewer page");
	const events = String(EVENTS * plan.scale);
	const entry = (name: string) =>
		subjectEntry(name, "page-moves", name, events, plan.folder);
	const size = await race([entry(SIZE)], 1);
	const moves = await race([entry(JUMP), entry(STEP)], plan.rounds);
	const stream = "million events";
	const series = [
		...seriesOf(SECTION, stream, "MB", 1, size),
		...seriesOf(SECTION, stream, "ms", 1, moves),
	];
	return joined([{ series, aims: pageAims(series) }]);
}
