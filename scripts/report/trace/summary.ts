// A whole trace in words: what ran on what, what happened how often, the stages of boot, how it ended.

import type {
	StageAnswer,
	TraceSummary,
} from "../../../kernel/trace/ask/summary";
import type { Terminal } from "../../terminal";
import { bytesText, counted, grouped, percent, secondsText } from "../text";
import { drawFacts, drawTable, left, right } from "./words";

const PAGE_BYTES = 4096;
const TASKS_SHOWN = 12;

/** Lines of the summary. */
export function drawTraceSummary(
	summary: TraceSummary,
	terminal: Terminal,
): string[] {
	const { paint } = terminal;
	return [
		`${paint.bold(titleOf(summary))}  ${paint.dim(`recorded by flagstone ${summary.flagstone}`)}`,
		...drawFacts(factsOf(summary), terminal),
		"",
		...drawKinds(summary, terminal),
		...drawStages(summary.stages, terminal),
	];
}

function titleOf({ scenario, replay }: TraceSummary): string {
	if (scenario !== null) return `Trace of ${scenario.name}`;
	return replay === null ? "Trace" : "Trace of a replay";
}

function factsOf(summary: TraceSummary): [string, string][] {
	const { machine, events, nanoseconds, ticks, seed } = summary;
	const zones = machine.zones.join(", ");
	const cpus = counted(machine.cpus, "CPU");
	return [
		[
			"machine",
			`${bytesText(machine.memoryBytes)} in ${counted(machine.frames, "frame")} (${zones}), ${cpus}, seed ${seed}`,
		],
		...optional("command line", summary.commandLine),
		[
			"time",
			`${secondsText(nanoseconds)} in ${counted(ticks, "tick")}, ${counted(events, "event")}`,
		],
		...optional("panic", summary.panic ?? ""),
		...troubles(summary),
		...optional("tasks", tasksText(summary)),
		...endFacts(summary),
	];
}

const optional = (name: string, value: string): [string, string][] =>
	value === "" ? [] : [[name, value]];

function troubles({ complete, lost }: TraceSummary): [string, string][] {
	const facts: [string, string][] = [];
	if (!complete)
		facts.push(["file", "not whole: it was cut short, or is damaged"]);
	if (lost > 0)
		facts.push(["lost", `${counted(lost, "event")} while it was recorded`]);
	return facts;
}

function tasksText({ tasks }: TraceSummary): string {
	const names = tasks
		.slice(0, TASKS_SHOWN)
		.map(({ pid, name }) => `${name}(${pid})`);
	const rest = tasks.length - names.length;
	return `${names.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function endFacts({ end }: TraceSummary): [string, string][] {
	if (end === null)
		return [["at the end", "unknown: events before it are missing"]];
	const uses = Object.entries(end.frames)
		.filter(([, frames]) => frames > 0)
		.map(([use, frames]) => `${use} ${bytesText(frames * PAGE_BYTES)}`);
	return [
		["at the end", uses.join(", ")],
		[
			"",
			`${counted(end.caches, "cache")} with ${counted(end.slabs, "slab")} and ${counted(end.objectsInUse, "object")} in use`,
		],
	];
}

function drawKinds(
	{ kinds, events, letters }: TraceSummary,
	terminal: Terminal,
): string[] {
	const columns = [left("event"), right("count"), right("share")];
	const rows = kinds.map(({ name, count }) => [
		name,
		grouped(count),
		percent(count, events - letters),
	]);
	return drawTable(columns, rows, terminal);
}

function drawStages(
	stages: readonly StageAnswer[],
	terminal: Terminal,
): string[] {
	if (stages.length === 0) return [];
	const columns = [left("stage"), left("events"), right("time")];
	const rows = stages.map(({ path, from, to, nanoseconds }) => [
		path.join(" > "),
		`${from ?? ""} .. ${to}`.trimStart(),
		secondsText(nanoseconds),
	]);
	return ["", ...drawTable(columns, rows, terminal)];
}
