// The questions that one can ask of a trace: for each its words, its options and what is said in answer.
//
//   frame PFN  object ADDR  cache NAME  task PID  whatis ADDR      about one thing
//   summary  events  log                                           about what happened
//   map  freelists  buddyinfo  slabinfo  pagetypeinfo  meminfo     about the state at a moment
//
// A question makes plain data (kernel/trace/ask) and draws them (scripts/report/trace), or hands the data out as JSON.

import { Option } from "commander";
import { parseAddress, parseFrame } from "../../kernel/trace/ask/address";
import { cacheAt } from "../../kernel/trace/ask/cache";
import { type EventFilter, eachEvent } from "../../kernel/trace/ask/events";
import { frameLife } from "../../kernel/trace/ask/frame";
import { freelistsAt } from "../../kernel/trace/ask/freelists";
import { logAt } from "../../kernel/trace/ask/log";
import { framesAt } from "../../kernel/trace/ask/map";
import { objectLives } from "../../kernel/trace/ask/object";
import {
	MEMINFO_PART,
	meminfoAt,
	meminfoText,
	PROC_REPORTS,
	procAt,
} from "../../kernel/trace/ask/proc";
import { summarize } from "../../kernel/trace/ask/summary";
import { taskAt } from "../../kernel/trace/ask/task";
import { whatis } from "../../kernel/trace/ask/whatis";
import { whenOf } from "../../kernel/trace/ask/when";
import { parseMoment } from "../../kernel/trace/moment";
import type { Trace } from "../../kernel/trace/trace";
import { drawMap } from "../report/map";
import { drawCache } from "../report/trace/cache";
import { drawEvent } from "../report/trace/events";
import { drawFrame } from "../report/trace/frame";
import { drawFreelists } from "../report/trace/freelists";
import { drawObject } from "../report/trace/object";
import { drawTraceSummary } from "../report/trace/summary";
import { drawTask } from "../report/trace/task";
import { drawWhatis } from "../report/trace/whatis";
import { headline } from "../report/trace/words";
import { kernelAt } from "../trace-rerun";
import { wholeNumber } from "../usage";
import { paintLog } from "./outcome";
import {
	type Answering,
	type Asked,
	give,
	type Question,
} from "./trace-question";
import { REASON_QUESTIONS } from "./trace-reasons";

const PID_MAX = 2 ** 22;
const COUNT_MAX = 1e9;
const FLUSH_LINES = 1000; // of a listing, written at once

const frame: Question = {
	name: "frame",
	subject: ["pfn", "number of a frame, such as 1234 or 0x4d2"],
	summary: "the life of a frame: who had it, from when to when, by whom",
	example: "frame 1234",
	hasMoment: true,
	answer: (asked) => {
		const { trace, subject, moment } = asked;
		const pfn = parseFrame(subject, trace.header.machine);
		const life = frameLife(trace, pfn, moment);
		give(asked, life, (terminal) => drawFrame(life, terminal));
	},
};

const ADDRESS_WORDS =
	"physical address, address of the direct map, or pfn:NUMBER";

const object: Question = {
	name: "object",
	subject: ["address", ADDRESS_WORDS],
	summary: "all objects that were at an address",
	example: "object 0xffff888000123040",
	hasMoment: true,
	answer: (asked) => {
		const { trace, subject, moment } = asked;
		const address = parseAddress(subject, trace.header.machine);
		const lives = objectLives(trace, address, moment);
		give(asked, lives, (terminal) => drawObject(lives, terminal));
	},
};

const cache: Question = {
	name: "cache",
	subject: ["name", "name of a slab cache"],
	summary: "a slab cache: what it did, its slabs, who has its objects",
	example: "cache kmalloc-64 --at tick:20",
	hasMoment: true,
	answer: (asked) => {
		const { trace, subject, moment } = asked;
		const at = whenOf(trace, moment);
		const found = cacheAt(trace, subject, moment);
		give(asked, { at, ...found }, (terminal) => drawCache(found, at, terminal));
	},
};

const task: Question = {
	name: "task",
	subject: ["pid", "number of a task"],
	summary: "a task: its life, its time, what it asked for and holds",
	example: "task 3",
	hasMoment: true,
	answer: (asked) => {
		const { trace, subject, moment } = asked;
		const pid = wholeNumber("task", subject, 1, PID_MAX);
		const at = whenOf(trace, moment);
		const found = taskAt(trace, pid, moment);
		give(asked, { at, ...found }, (terminal) => drawTask(found, at, terminal));
	},
};

const address: Question = {
	name: "whatis",
	subject: ["address", ADDRESS_WORDS],
	summary:
		"what is at an address: frame, block, slab, object, whose, since when",
	example: "whatis 0xffff888000123045 --at 5000",
	hasMoment: true,
	answer: (asked) => {
		const { trace, subject, moment } = asked;
		const place = parseAddress(subject, trace.header.machine);
		const at = whenOf(trace, moment);
		const found = whatis(trace, place, moment);
		give(asked, { at, ...found }, (terminal) =>
			drawWhatis(found, at, terminal),
		);
	},
};

const summary: Question = {
	name: "summary",
	summary: "the whole trace on one page",
	example: "summary",
	hasMoment: false,
	answer: (asked) => {
		const found = summarize(asked.trace);
		give(asked, found, (terminal) => drawTraceSummary(found, terminal));
	},
};

const events: Question = {
	name: "events",
	summary: "the events themselves, one a line",
	example: "events --from tick:20 --kind page_alloc,page_free --frame 1234",
	hasMoment: false,
	options: () => [
		new Option("--from <moment>", "first event, tick:N or stage:NAME"),
		new Option("--to <moment>", "last event, tick:N or stage:NAME"),
		new Option("--kind <names>", "kinds of events, with commas between"),
		new Option("--frame <pfn>", "events about this frame"),
		new Option("--cache <name>", "events about this cache"),
		new Option("--task <pid>", "events by or about this task").argParser(
			(text) => wholeNumber("--task", text, 1, PID_MAX),
		),
		new Option("--limit <count>", "no more than so many").argParser((text) =>
			wholeNumber("--limit", text, 1, COUNT_MAX),
		),
	],
	answer: listEvents,
};

/** Writes events as they are found: a listing can be longer than memory. */
function listEvents({ trace, options, terminal, host }: Asked): void {
	const { limit = Number.POSITIVE_INFINITY, json } = options;
	let lines: string[] = [];
	let count = 0;
	const flush = (): void => {
		host.out(lines.join(""));
		lines = [];
	};
	if (json) lines.push("[");
	eachEvent(trace, filterOf(trace, options), (event) => {
		if (json) lines.push(`${count > 0 ? "," : ""}\n${JSON.stringify(event)}`);
		else lines.push(`${drawEvent(event, terminal)}\n`);
		if (lines.length >= FLUSH_LINES) flush();
		count++;
		return count >= limit;
	});
	if (json) lines.push("\n]\n");
	flush();
	if (count === 0) host.note("No event fits.\n");
}

function filterOf(trace: Trace, options: Answering): EventFilter {
	const { from, to, kind, frame: pfn, cache: name, task: pid } = options;
	return {
		...(from !== undefined && { from: firstEvent(from, trace) }),
		...(to !== undefined && { to: parseMoment(to, trace) }),
		...(kind !== undefined && { kinds: kind.split(",") }),
		...(pfn !== undefined && { frame: parseFrame(pfn, trace.header.machine) }),
		...(name !== undefined && { cache: name }),
		...(pid !== undefined && { task: pid }),
	};
}

/** A number is the first event itself; what names a moment begins behind it. */
function firstEvent(text: string, trace: Trace): number {
	const moment = parseMoment(text, trace);
	return /^\d+$/.test(text) ? moment : moment + 1;
}

const log: Question = {
	name: "log",
	summary: "the kernel log up to a moment",
	example: "log --at stage:smp_init",
	hasMoment: true,
	answer: (asked) => {
		const lines = logAt(asked.trace, asked.moment);
		give(asked, lines, (terminal) =>
			lines.map(({ line }) => paintLog(line, terminal)),
		);
	},
};

const map: Question = {
	name: "map",
	summary: "the frame map at a moment",
	example: "map --at tick:20",
	hasMoment: true,
	answer: (asked) => {
		const { trace, moment } = asked;
		const { machine } = trace.header;
		const at = whenOf(trace, moment);
		const frames = framesAt(trace.foldAt(moment), machine);
		const zones = machine.zones.map(({ name, start }) => ({
			name,
			startFrame: start,
		}));
		const report = { frames, zones, machine: { frameCount: machine.frames } };
		give(asked, { at, frames }, (terminal) => [
			headline("Frames", at, terminal),
			...drawMap(report, terminal),
		]);
	},
};

const freelists: Question = {
	name: "freelists",
	summary: "every free list with its blocks in order",
	example: "freelists --at 5000 --all",
	hasMoment: true,
	options: () => [new Option("--all", "long lists too, to their end")],
	answer: (asked) => {
		const { trace, moment, options } = asked;
		const at = whenOf(trace, moment);
		const lists = freelistsAt(trace.foldAt(moment));
		give(asked, { at, lists }, (terminal) =>
			drawFreelists(lists, at, options.all === true, terminal),
		);
	},
};

/** A /proc text: to the byte, so that it can be compared with one of a machine. */
const proc = (name: string, what: string): Question => ({
	name,
	summary: `/proc/${name}: ${what}`,
	example: `${name} --at tick:20`,
	hasMoment: true,
	answer: (asked) => giveProc(asked, name),
});

/** What the events do not tell, the machine does, run again to the moment. */
function giveProc(asked: Asked, name: string): void {
	const { trace, moment, options, host } = asked;
	const text =
		procAt(trace.foldAt(moment), name) ?? kernelAt(trace, moment).proc(name);
	if (!options.json) host.out(text);
	else give(asked, { at: whenOf(trace, moment), name, text }, () => []);
}

/** Of a scenario the whole text; of others the lines that the events tell. */
const meminfo = (what: string): Question => ({
	...proc("meminfo", what),
	answer: (asked) => {
		const { trace, moment, options, host } = asked;
		if (trace.header.scenario?.source) {
			giveProc(asked, "meminfo");
			return;
		}
		const fold = trace.foldAt(moment);
		const fields = meminfoAt(fold);
		const text = meminfoText(fold);
		if (!options.json) host.out(text);
		else give(asked, { at: whenOf(trace, moment), fields, text }, () => []);
		host.note(`${MEMINFO_PART}\n`);
	},
});

/** All questions, as help lists them. */
export const QUESTIONS: readonly Question[] = [
	summary,
	frame,
	object,
	address,
	cache,
	task,
	events,
	log,
	map,
	freelists,
	...REASON_QUESTIONS,
	...PROC_REPORTS.map(([name, words]) =>
		name === "meminfo" ? meminfo(words) : proc(name, words),
	),
];

/** The question for the /proc text of a task, such as 3/status; null for other words. */
export const taskProc = (word: string): Question | null =>
	/^\d+\/(maps|status)$/.test(word) ? proc(word, "of a task") : null;
