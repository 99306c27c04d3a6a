// A task in words: its life, its time, its deeds and what it holds.

import type { TaskAnswer } from "../../../kernel/trace/ask/task";
import type { When } from "../../../kernel/trace/ask/when";
import type { Terminal } from "../../terminal";
import { bytesText, counted, grouped, secondsText } from "../text";
import {
	drawFacts,
	drawTable,
	headline,
	left,
	right,
	taskText,
	whenText,
	whoText,
} from "./words";

const CACHES_SHOWN = 10;
const PAGE_BYTES = 4096;

/** Lines about a task. */
export function drawTask(
	task: TaskAnswer,
	at: When,
	terminal: Terminal,
): string[] {
	return [
		headline(`Task ${task.pid} ${task.name}`, at, terminal),
		...drawFacts(
			[...lifeFacts(task), ...deedFacts(task), memoryFact(task)],
			terminal,
		),
		...drawHoldings(task, terminal),
	];
}

function lifeFacts(task: TaskAnswer): [string, string][] {
	const { began, exited, ended, parent } = task;
	const kind = task.kernelThread ? "kernel thread" : "program";
	const origin = parent === null ? "the kernel" : taskText(parent);
	const facts: [string, string][] = [
		["is", `a ${kind}, begun by ${origin}`],
		["began", `${whenText(began)} by ${whoText(began)}`],
	];
	if (exited !== null)
		facts.push([
			"exited",
			`${whenText(exited)} with code ${exited.code}${exited.killed ? ", killed" : ""}`,
		]);
	if (ended !== null) facts.push(["was gone", whenText(ended)]);
	return facts;
}

function deedFacts(task: TaskAnswer): [string, string][] {
	const { deeds, runningOn, nanosecondsByCpu } = task;
	const times = nanosecondsByCpu.flatMap((nanoseconds, cpu) =>
		nanoseconds === 0 ? [] : [`${secondsText(nanoseconds)} on CPU ${cpu}`],
	);
	const now = runningOn === null ? "" : `; has CPU ${runningOn}`;
	return [
		["ran", `${[counted(task.turns, "turn"), ...times].join(", ")}${now}`],
		[
			"objects",
			`${grouped(deeds.objectsAllocated)} allocated, ${grouped(deeds.objectsFreed)} freed`,
		],
		[
			"pages",
			`${grouped(deeds.pagesAllocated)} allocated, ${grouped(deeds.pagesFreed)} freed; ${counted(deeds.faults, "fault")}, ${counted(deeds.maps, "map")}, ${counted(deeds.unmaps, "unmap")}`,
		],
	];
}

const memoryFact = ({ holds }: TaskAnswer): [string, string] => [
	"holds",
	`${counted(holds.userFrames, "frame")} of its own, ${bytesText(holds.userFrames * PAGE_BYTES)}`,
];

function drawHoldings({ holds }: TaskAnswer, terminal: Terminal): string[] {
	const { objects } = holds;
	if (objects.length === 0) return [];
	const columns = [left("cache"), right("objects"), right("bytes")];
	const rows = objects
		.slice(0, CACHES_SHOWN)
		.map((sum) => [sum.cache, grouped(sum.objects), grouped(sum.bytes)]);
	return ["", ...drawTable(columns, rows, terminal)];
}
