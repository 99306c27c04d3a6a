// Moments and doers of a trace in words.
//
//   event 812  tick 20  0.083120 s                    numbers of events stand as they are: they are typed again in a question
//   worker(3) on CPU 0: worker > kmalloc              who, where, in which calls

import type { Happening, TaskName } from "../../../kernel/trace/ask/scene";
import type { When } from "../../../kernel/trace/ask/when";
import type { Terminal } from "../../terminal";
import { type Column, secondsText, table } from "../text";

/** A task by name and number; nobody is the machine itself. */
export const taskText = (task: TaskName | null): string =>
	task === null ? "no task" : `${task.name}(${task.pid})`;

/** Calls from the outermost to the innermost. */
export const pathText = (path: readonly string[]): string =>
	path.length === 0 ? "no call site" : path.join(" > ");

/** When something happened. */
export const whenText = ({ event, tick, nanoseconds }: When): string =>
	event < 0
		? "before the first event"
		: `event ${event}, tick ${tick}, ${secondsText(nanoseconds)}`;

/** By whom something happened. */
export function whoText({ task, cpu, path }: Happening): string {
	const who = task === null ? "the kernel" : taskText(task);
	const calls = path.length === 0 ? "" : `: ${pathText(path)}`;
	return `${who} on CPU ${cpu}${calls}`;
}

/** First line of an answer about a moment. */
export const headline = (what: string, at: When, { paint }: Terminal): string =>
	`${paint.bold(what)}  ${paint.dim(`after ${whenText(at)}`)}`;

/** Lines of a table, indented by two, its head dimmed. */
export function drawTable(
	columns: readonly Column[],
	rows: readonly (readonly string[])[],
	{ paint }: Terminal,
): string[] {
	const [head = "", ...lines] = table(columns, rows);
	return [`  ${paint.dim(head)}`, ...lines.map((line) => `  ${line}`)];
}

/** Names and what is to be said of each, under one another. */
export function drawFacts(
	facts: readonly (readonly [name: string, value: string])[],
	{ paint }: Terminal,
): string[] {
	const columns: Column[] = [
		{ head: "", side: "left" },
		{ head: "", side: "left" },
	];
	const rows = facts.map(([name, value]) => [paint.dim(name), value]);
	return table(columns, rows)
		.slice(1)
		.map((line) => `  ${line}`);
}

export const left = (head: string): Column => ({ head, side: "left" });
export const right = (head: string): Column => ({ head, side: "right" });
