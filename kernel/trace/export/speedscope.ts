// As a speedscope file: memory by call site as flame graphs, four in one file.
//
//   profiles   live bytes | total bytes | allocations | waste bytes       one sample a row of callSites(), outermost first
//   shared     frames: each name once
//
// SS1: each profile has as many weights as samples, all above 0, and ends at their sum.
// SS2: the numbers in samples are places in the list of frames.
// [jlfwong/speedscope, src/lib/file-format-spec.ts]

import type { Trace } from "../trace";
import { callSites, type SiteRow } from "./call-sites";
import type { Span } from "./span";

const SCHEMA = "https://www.speedscope.app/file-format-schema.json";

/** What the profiles show. */
const PROFILES: readonly {
	readonly name: string;
	readonly unit: "bytes" | "none";
	readonly weight: (row: SiteRow) => number;
}[] = [
	{ name: "live bytes", unit: "bytes", weight: (row) => row.liveBytes },
	{ name: "total bytes", unit: "bytes", weight: (row) => row.totalBytes },
	{ name: "allocations", unit: "none", weight: (row) => row.totalCount },
	{ name: "waste bytes", unit: "bytes", weight: (row) => row.wasteBytes },
];

/** Pieces of the JSON text. */
export function* exportSpeedscope(trace: Trace, span: Span): Generator<string> {
	const rows = callSites(trace, span);
	const frames = framesOf(rows);
	const { header } = trace;
	yield `{"$schema":${JSON.stringify(SCHEMA)},\n"name":${JSON.stringify(nameOf(trace, span))},\n`;
	yield `"exporter":${JSON.stringify(`flagstone ${header.flagstone}`)},\n"activeProfileIndex":0,\n`;
	yield `"shared":{"frames":[\n`;
	yield [...frames.keys()].map((name) => JSON.stringify({ name })).join(",\n");
	yield `\n]},\n"profiles":[\n`;
	for (const [at, profile] of PROFILES.entries()) {
		yield at === 0 ? "" : ",\n";
		yield JSON.stringify(profileOf(rows, frames, profile));
	}
	yield "\n]}\n";
}

/** Place of each name in the list of frames. */
function framesOf(rows: readonly SiteRow[]): Map<string, number> {
	const frames = new Map<string, number>();
	for (const { path } of rows)
		for (const name of path)
			if (!frames.has(name)) frames.set(name, frames.size);
	return frames;
}

function profileOf(
	rows: readonly SiteRow[],
	frames: ReadonlyMap<string, number>,
	{ name, unit, weight }: (typeof PROFILES)[number],
): object {
	const shown = rows.filter((row) => weight(row) > 0);
	const weights = shown.map(weight);
	return {
		...{ type: "sampled", name, unit, startValue: 0 },
		endValue: weights.reduce((sum, each) => sum + each, 0),
		samples: shown.map(({ path }) => path.map((frame) => frames.get(frame))),
		weights,
	};
}

function nameOf({ header }: Trace, { at }: Span): string {
	const what = header.scenario?.name ?? "flagstone";
	return `${what} at event ${at}`;
}
