// The machine's own work: memory accesses through the TLB, and ticks in which nothing happens.
//
// The bare accesses are the floor: a TLB and a walker in JavaScript that do the least that they can (bare-tlb.ts).

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
const bare = (kind: string): string => `bare ${kind}`;
const ONE_CPU = "one CPU";

/** What accesses are held against. */
export function accessAims(series: readonly Series[]): Aim[] {
	const aim = aimsOf("access");
	const floored = (text: string, limit: number, kind: string): Aim => ({
		...aim(text, "ns", limit, best(series, kind)),
		floor: best(series, bare(kind)),
	});
	return [
		floored("TLB hit", HIT_NS, HIT),
		floored("TLB miss, 4-level walk", MISS_NS, MISS),
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
	const entries = [HIT, MISS].flatMap((kind) => [
		subjectEntry(kind, "tlb-access", kind, String(count)),
		subjectEntry(bare(kind), "bare-tlb", kind, String(count)),
	]);
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
