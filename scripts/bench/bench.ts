// The benchmark: `make bench`, or `flagstone bench`.
//
//   main.ts -> bench.ts -> sections/*.ts -> race.ts -> contestant.ts = = = > native/alloc-bench.c
//                 |             |                            (processes)     subjects/*.ts
//              report.ts    streams.ts
//
// Every contestant is a process of its own, rounds are interleaved, all rounds are kept, and ratios are formed from the
// best rounds of one and the same run. Figures of different runs are not comparable: hosts are noisy.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import {
	type Aim,
	aimTable,
	reportJson,
	type Series,
	seriesTable,
} from "./report";
import { bootSection } from "./sections/booting";
import { kmallocSection } from "./sections/kmalloc";
import { accessSection, ticksSection } from "./sections/machine";
import { pageSection } from "./sections/page";
import { pagesSection } from "./sections/pages";
import { replaySection } from "./sections/replay";
import type { Plan, Section } from "./sections/section";
import { traceSection } from "./sections/trace";

const SECTIONS: ReadonlyMap<string, Section> = new Map([
	["kmalloc", kmallocSection],
	["pages", pagesSection],
	["boot", bootSection],
	["access", accessSection],
	["ticks", ticksSection],
	["replay", replaySection],
	["trace", traceSection],
	["page", pageSection],
]);

/** What a run is asked to do. */
export interface BenchOptions {
	/** Sections to run; all when empty. */
	readonly only: readonly string[];
	/** A tenth of the work and three rounds: shows that it runs, not how fast. */
	readonly quick: boolean;
	/** File for the report as JSON. */
	readonly json: string;
}

/** Options from the words of a command line; throws a sentence when they are wrong. */
export function benchOptions(words: readonly string[]): BenchOptions {
	const { values } = parseArgs({
		args: [...words],
		options: {
			only: { type: "string", multiple: true, default: [] },
			quick: { type: "boolean", default: false },
			json: { type: "string", default: "bench.json" },
		},
	});
	const { only, quick, json } = values;
	if (!existsSync(dirname(json)))
		throw new Error(`--json ${json}: there is no folder ${dirname(json)}`);
	const wrong = only.find((name) => !SECTIONS.has(name));
	if (wrong === undefined) return { only, quick, json };
	const names = [...SECTIONS.keys()].join(", ");
	throw new Error(`--only ${wrong}: no such section, there are ${names}`);
}

function progress(text: string): void {
	if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function hostFacts(options: BenchOptions): object {
	return {
		date: new Date().toISOString(),
		node: process.version,
		platform: `${platform()} ${arch()}`,
		cpu: cpus()[0]?.model ?? "unknown",
		cores: cpus().length,
		load: loadavg().map((load) => Math.round(load * 100) / 100),
		quick: options.quick,
	};
}

async function measure(
	options: BenchOptions,
	plan: Plan,
	print: (text: string) => void,
): Promise<{ series: Series[]; aims: Aim[] }> {
	const series: Series[] = [];
	const aims: Aim[] = [];
	for (const [name, section] of SECTIONS) {
		if (options.only.length > 0 && !options.only.includes(name)) continue;
		const findings = await section(plan);
		progress("");
		print(`${seriesTable(name, findings.series)}\n`);
		series.push(...findings.series);
		aims.push(...findings.aims);
	}
	print(aimTable(aims));
	return { series, aims };
}

/** Runs the benchmark, prints its tables and writes its JSON file. */
export async function bench(
	options: BenchOptions,
	print: (text: string) => void = console.log,
): Promise<void> {
	if (options.quick) print("quick: shows that it runs, not how fast\n");
	const folder = mkdtempSync(join(tmpdir(), "flagstone-bench-"));
	const plan = {
		folder,
		progress,
		rounds: options.quick ? 3 : 15,
		scale: options.quick ? 0.1 : 1,
	};
	try {
		const findings = await measure(options, plan, print);
		writeFileSync(options.json, reportJson(hostFacts(options), findings));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
