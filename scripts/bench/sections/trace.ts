// Traces: what writing costs an event, how fast events are folded, and how long a large trace takes to open and to answer.

import { subjectEntry } from "../contestant";
import { race } from "../race";
import type { Aim, Findings, Series } from "../report";
import { aimsOf, best, joined, type Plan, seriesOf } from "./section";

const SECTION = "trace";
const WRITE = "run and write";
const FOLD = "fold";
const OPEN = "open";
const ASK = "any moment";
const EVENTS = 5_000_000;
const FOLD_NS = 200; // five million events each second
const OPEN_MS = 3000;
const ASK_MS = 200;

const aim = aimsOf(SECTION);

/** What single events are held against. */
export function eventAims(series: readonly Series[]): Aim[] {
	return [aim("an event folded", "ns", FOLD_NS, best(series, FOLD))];
}

/** What a large trace is held against. */
export function questionAims(series: readonly Series[]): Aim[] {
	return [
		aim("5 million events opened", "ms", OPEN_MS, best(series, OPEN)),
		aim("the state at any moment of them", "ms", ASK_MS, best(series, ASK)),
	];
}

/** Measures what traces cost. The first contestant writes the file that the others read. */
export async function traceSection(plan: Plan): Promise<Findings> {
	plan.progress("traces");
	const events = String(EVENTS * plan.scale);
	const entry = (name: string, what: string) =>
		subjectEntry(name, "trace-questions", what, events, plan.folder);
	const written = await race([entry(WRITE, "write")], 1);
	const folded = await race([entry(FOLD, "fold")], plan.rounds);
	const asked = await race(
		[entry(OPEN, "open"), entry(ASK, "ask")],
		plan.rounds,
	);
	const single = seriesOf(SECTION, "event", "ns", 1, [...written, ...folded]);
	const whole = seriesOf(SECTION, "5 million events", "ms", 1, asked);
	return joined([
		{ series: single, aims: eventAims(single) },
		{ series: whole, aims: questionAims(whole) },
	]);
}
