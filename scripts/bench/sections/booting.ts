// Booting: the whole command, machines of two sizes, and what a large machine costs the host.

import { join } from "node:path";
import { packageRoot } from "../../package-root";
import { type Entry, subjectEntry } from "../contestant";
import { race } from "../race";
import type { Aim, Findings, Series } from "../report";
import {
	aimsOf,
	best,
	both,
	joined,
	type Plan,
	ratio,
	seriesOf,
} from "./section";

const SECTION = "boot";
const COMMAND = "flagstone boot";
const SCENARIO = "boot-only"; // the smallest that is shipped
const SMALL = "64M";
const LARGE = "16G";
const HOLLOW = "8G"; // touched little
const PROCESS_MS = 250;
const SIZE_RATIO = 2;
const RESIDENT_MB = 250;
const RESIDENT_ROUNDS = 3; // memory varies less than time

const aim = aimsOf(SECTION);
const fresh = (entry: Entry): Entry => ({ ...entry, fresh: true });

/** What the whole command is held against. */
export function commandAims(series: readonly Series[]): Aim[] {
	const text = `whole process of ${COMMAND} ${SCENARIO}`;
	return [aim(text, "ms", PROCESS_MS, best(series, COMMAND))];
}

/** What machines of two sizes are held against. */
export function sizeAims(series: readonly Series[]): Aim[] {
	const share = both(best(series, LARGE), best(series, SMALL), ratio);
	return [
		aim(`machine of ${LARGE} of one of ${SMALL}`, "ratio", SIZE_RATIO, share),
	];
}

/** What the host's memory is held against. */
export function residentAims(series: readonly Series[]): Aim[] {
	const text = `host memory of a machine of ${HOLLOW}`;
	return [aim(text, "MB", RESIDENT_MB, best(series, HOLLOW))];
}

async function command(plan: Plan): Promise<Findings> {
	plan.progress("booting by command");
	const launcher = join(packageRoot(), "scripts", "flagstone");
	const entry = {
		name: COMMAND,
		command: process.execPath,
		args: [launcher, "boot", SCENARIO],
		wholeProcess: true,
	};
	const results = await race([entry], plan.rounds);
	const series = seriesOf(SECTION, "whole process", "ms", 1, results);
	return { series, aims: commandAims(series) };
}

async function sizes(plan: Plan): Promise<Findings> {
	plan.progress("booting machines");
	const entries = [SMALL, LARGE].map((memory) =>
		fresh(subjectEntry(memory, "boot-time", memory)),
	);
	const results = await race(entries, plan.rounds);
	const series = seriesOf(SECTION, "machine", "ms", 1e6, results);
	return { series, aims: sizeAims(series) };
}

async function resident(plan: Plan): Promise<Findings> {
	plan.progress("memory of the host");
	const entry = fresh(subjectEntry(HOLLOW, "resident", HOLLOW));
	const rounds = Math.min(RESIDENT_ROUNDS, plan.rounds);
	const results = await race([entry], rounds);
	const series = seriesOf(SECTION, "peak of the process", "MB", 1e6, results);
	return { series, aims: residentAims(series) };
}

/** Measures what starting costs. */
export async function bootSection(plan: Plan): Promise<Findings> {
	return joined([await command(plan), await sizes(plan), await resident(plan)]);
}
