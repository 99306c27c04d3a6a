// The machine's own work: memory accesses through the TLB, and ticks in which nothing happens.

import { subjectEntry } from "../contestant";
import { race } from "../race";
import type { Aim, Findings, Series } from "../report";
import { aimsOf, best, type Plan, seriesOf } from "./section";

const ACCESSES = 1_000_000; // a round
const HIT_NS = 6;
const MISS_NS = 60;
const TICKS = 1_000_000; // a round
const TICKS_PER_SECOND = 1_000_000;
const HIT = "hit";
const MISS = "miss";
const ONE_CPU = "one CPU";

/** What accesses are held against. */
export function accessAims(series: readonly Series[]): Aim[] {
	const aim = aimsOf("access");
	return [
		aim("TLB hit", "ns", HIT_NS, best(series, HIT)),
		aim("TLB miss, 4-level walk", "ns", MISS_NS, best(series, MISS)),
	];
}

/** What ticks are held against. */
export function tickAims(series: readonly Series[]): Aim[] {
	const aim = aimsOf("ticks");
	const limit = 1e9 / TICKS_PER_SECOND;
	const text = "idle tick (a million a second)";
	return [aim(text, "ns", limit, best(series, ONE_CPU))];
}

/** Measures hits and misses of the TLB; a miss walks four levels. */
export async function accessSection(plan: Plan): Promise<Findings> {
	plan.progress("memory access");
	const count = Math.ceil(ACCESSES * plan.scale);
	const entries = [HIT, MISS].map((kind) =>
		subjectEntry(kind, "tlb-access", kind, String(count)),
	);
	const results = await race(entries, plan.rounds);
	const series = seriesOf("access", "read a word", "ns", count, results);
	return { series, aims: accessAims(series) };
}

/** Measures idle ticks on one CPU. */
export async function ticksSection(plan: Plan): Promise<Findings> {
	plan.progress("idle ticks");
	const count = Math.ceil(TICKS * plan.scale);
	const entry = subjectEntry(ONE_CPU, "idle-ticks", String(count));
	const results = await race([entry], plan.rounds);
	const series = seriesOf("ticks", "idle tick", "ns", count, results);
	return { series, aims: tickAims(series) };
}
