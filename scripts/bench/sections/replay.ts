// Replaying: events of a recording read and played, and what a long recording costs the host.

import { subjectEntry } from "../contestant";
import { race } from "../race";
import type { Aim, Findings, Series } from "../report";
import { aimsOf, best, joined, type Plan, seriesOf } from "./section";

const SECTION = "replay";
const READ = "read";
const PLAY = "read and play";
const TEXT_MB = 300;
const LONG = `${TEXT_MB} MB`;
const EVENT_NS = 1000 / 1.5; // a million and a half events each second
const RESIDENT_MB = 500;
const RESIDENT_ROUNDS = 3; // memory varies less than time

const aim = aimsOf(SECTION);

/** What reading and playing are held against. */
export function speedAims(series: readonly Series[]): Aim[] {
	const text = "an event read and played";
	return [aim(text, "ns", EVENT_NS, best(series, PLAY))];
}

/** What the host's memory is held against. */
export function textAims(series: readonly Series[]): Aim[] {
	const text = `host memory while ${LONG} of text are played`;
	return [aim(text, "MB", RESIDENT_MB, best(series, LONG))];
}

async function speed(plan: Plan): Promise<Findings> {
	plan.progress("replaying");
	const entries = [
		subjectEntry(READ, "replay-speed", "read"),
		subjectEntry(PLAY, "replay-speed", "play"),
	];
	const results = await race(entries, plan.rounds);
	const series = seriesOf(SECTION, "event", "ns", 1, results);
	return { series, aims: speedAims(series) };
}

async function resident(plan: Plan): Promise<Findings> {
	plan.progress("memory of the host");
	const megabytes = String(TEXT_MB * plan.scale);
	const entry = subjectEntry(LONG, "replay-resident", megabytes);
	const rounds = Math.min(RESIDENT_ROUNDS, plan.rounds);
	const results = await race([{ ...entry, fresh: true }], rounds);
	const series = seriesOf(SECTION, "peak of the process", "MB", 1e6, results);
	return { series, aims: textAims(series) };
}

/** Measures what replaying costs. */
export async function replaySection(plan: Plan): Promise<Findings> {
	return joined([await speed(plan), await resident(plan)]);
}
