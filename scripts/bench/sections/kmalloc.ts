// kmalloc and kfree on five op streams, against native, WebAssembly and JavaScript allocators.
//
// The two loops without an allocator, in C and in JavaScript, show how much of a figure is the driver: they are in the
// table to be read beside the others, and are not subtracted from anything. The bare freelist does the least that an
// allocator in JavaScript can do (bare-freelist.ts). Bare SLUB is the floor: it makes the same decisions as the kernel and
// does nothing else (bare-slub.ts), and the aims show what it reaches.
// What the recorder costs is told for each event that it wrote: an op is one event or, where slabs change places, several.
// Its floor is what an event costs the bare freelist.

import { type Entry, type Missing, subjectEntry } from "../contestant";
import { compileNative, findLibrary } from "../native";
import { race } from "../race";
import type { Aim, Findings, Series } from "../report";
import { allStreams, type Stream } from "../streams";
import { compileWasm } from "../wasm";
import {
	aimsOf,
	best,
	both,
	type Plan,
	ratio,
	seriesOf,
	writeOps,
} from "./section";

const SECTION = "kmalloc";
const OFF = "flagstone";
const ON = "with recorder";
const EVENTS = "recorded";
const BARE = "bare freelist";
const BARE_SLUB = "bare SLUB";
const BARE_ON = "bare, recorded";
const NATIVES = ["C malloc", "jemalloc", "mimalloc"];
const RATIO_MIXED = 0.6; // of the fastest native allocator
const RECORDER_NS = 12; // an event

const RECORDING = "recorder on minus off, an event";

const aim = aimsOf(SECTION);
const minus = (more: number, less: number): number => more - less;

type Contender = (opFile: string) => Entry | Missing;

function preloaded(
	program: string,
	name: string,
	library: string | undefined,
): Contender {
	if (library === undefined) return () => ({ name, missing: "not present" });
	const env = { LD_PRELOAD: library };
	return (opFile) => ({ name, command: program, args: [opFile, name], env });
}

function natives(folder: string): Contender[] {
	const program = compileNative(folder, "alloc-bench");
	const loop = compileNative(folder, "loop-alone", "-DLOOP_ALONE");
	if (program === undefined || loop === undefined)
		return NATIVES.map((name) => () => ({
			name,
			missing: "no C compiler here",
		}));
	const jemalloc = findLibrary("libjemalloc.so.2", "libjemalloc.so");
	const mimalloc = findLibrary("libmimalloc.so.2", "libmimalloc.so");
	return [
		(opFile) => ({
			name: "C malloc",
			command: program,
			args: [opFile, "malloc"],
		}),
		preloaded(program, "jemalloc", jemalloc),
		preloaded(program, "mimalloc", mimalloc),
		(opFile) => ({ name: "C loop", command: loop, args: [opFile, "malloc"] }),
	];
}

function webAssembly(folder: string): Contender {
	const name = "TLSF wasm";
	const program = compileWasm(folder);
	if (program === undefined) return () => ({ name, missing: "not present" });
	return (opFile) => subjectEntry(name, "tlsf", program, opFile);
}

function contenders(folder: string): Contender[] {
	return [
		(opFile) => subjectEntry(OFF, "kmalloc", opFile),
		(opFile) => subjectEntry(ON, "kmalloc", opFile, "recorder"),
		...natives(folder),
		webAssembly(folder),
		(opFile) => subjectEntry("thi.ng/malloc", "thing-malloc", opFile),
		(opFile) => subjectEntry(BARE_SLUB, "bare-slub", opFile),
		(opFile) => subjectEntry(BARE, "bare-freelist", opFile),
		(opFile) => subjectEntry(BARE_ON, "bare-freelist", opFile, "recorder"),
		(opFile) => subjectEntry("JS loop", "loop-alone", opFile),
	];
}

function fastestNative(series: readonly Series[]): string | undefined {
	const present = NATIVES.filter((name) => best(series, name) !== undefined);
	const speed = (name: string): number => best(series, name) ?? Infinity;
	return present.sort((a, b) => speed(a) - speed(b))[0];
}

/** What the series of one stream are held against. */
export function kmallocAims(stream: Stream, series: readonly Series[]): Aim[] {
	const { name, mixed } = stream;
	const rival = fastestNative(series);
	const rivalNs = rival === undefined ? undefined : best(series, rival);
	const off = best(series, OFF);
	const share = both(off, rivalNs, ratio);
	const floor = both(best(series, BARE_SLUB), rivalNs, ratio);
	const more = both(best(series, ON), off, minus);
	const each = both(more, best(series, EVENTS), ratio);
	const least = both(best(series, BARE_ON), best(series, BARE), minus);
	const text = `${name}, of the fastest native (${rival ?? "none"})`;
	return [
		mixed
			? { ...aim(text, "ratio", RATIO_MIXED, share), floor }
			: { ...aim(text, "ratio", 1, share), floor, strict: true },
		{ ...aim(`${name}, ${RECORDING}`, "ns", RECORDER_NS, each), floor: least },
	];
}

/** How many events the recorder writes for an op of the stream. */
async function recordedEvents(
	stream: Stream,
	opFile: string,
): Promise<Series[]> {
	const entry = subjectEntry(EVENTS, "kmalloc", opFile, "events");
	const results = await race([entry], 1);
	const { name, opCount } = stream;
	return seriesOf(SECTION, name, "events/op", opCount, results);
}

/** Races all allocators on all streams. */
export async function kmallocSection(plan: Plan): Promise<Findings> {
	const all = contenders(plan.folder);
	const findings = { series: [] as Series[], aims: [] as Aim[] };
	for (const stream of allStreams(plan.scale)) {
		plan.progress(`kmalloc ${stream.name}`);
		const opFile = writeOps(plan, stream.name, stream);
		const entries = all.map((contender) => contender(opFile));
		const results = await race(entries, plan.rounds);
		const series = seriesOf(
			SECTION,
			stream.name,
			"ns/op",
			stream.opCount,
			results,
		);
		series.push(...(await recordedEvents(stream, opFile)));
		findings.series.push(...series);
		findings.aims.push(...kmallocAims(stream, series));
	}
	return findings;
}
