// What the running system did: stages, log lines, ticks, tasks and switches, faults, address spaces.
//
//   switch   somebody leaves: waits, is preempted or yields, ends        somebody comes: first of the ready ones
//   fault    the page is not there, or forbidden                         what the kernel did about it follows
//   map      behind the pages and entries that it cost: they are counted
//
// WR1: what belongs to a call has its context: the events of one context in front of a map are its cost.

import { EV_TEXT, pageAddress } from "../../../../hw/events";
import {
	FAULT_FETCH,
	FAULT_PROTECTION,
	FAULT_RESERVED,
	FAULT_USER,
	FAULT_WRITE,
} from "../../../../hw/mmu";
import { textOf } from "../../../../hw/recorder";
import { EV_PAGE_ALLOC, EV_PTE_SET, EV_TABLE_NEW } from "../../../../mm/events";
import {
	EV_FAULT,
	EV_LOG,
	EV_MAP,
	EV_PROTECT,
	EV_STAGE,
	EV_SWITCH,
	EV_TASK_END,
	EV_TASK_EXIT,
	EV_TASK_NEW,
	EV_TICK,
	EV_UNMAP,
	LEFT_ENDED,
	LEFT_NOBODY,
	LEFT_WAITING,
} from "../../../events";
import type { TraceEvent } from "../../columns";
import { counted, hex, listed, siteText, taskText } from "../phrases";
import type { Chain } from "./chain";
import type { Explain, Scene } from "./scene";

const TEXTS = new Set([EV_TEXT]);
const SPACE = new Set([EV_MAP, EV_UNMAP, EV_PROTECT]);
const COST_MAX = 4096; // events in front of a map that are looked at
const PROTECTIONS = ["read", "write", "execute"];

/** The text in front of an event. */
function textBefore(scene: Scene, event: TraceEvent): string {
	const run = scene.runBefore(event, TEXTS);
	return run.map(({ a, b, c, d }) => textOf(a, b, c, d)).join("");
}

function explainStage(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, b, cpu } = event;
	const name = siteText(scene.trace, a);
	const what = b === 1 ? "began" : "ended";
	chain.say(number, `Boot stage ${name} ${what} on CPU ${cpu}.`, { cpu });
	if (b === 1) return `${name} began`;
	const start = scene.last(
		number,
		1 << 20,
		(each) => each.code === EV_STAGE && each.a === a && each.b === 1,
	);
	if (start !== null)
		chain.say(
			start.number,
			`It had begun at event ${start.number}, ${event.cycles - start.cycles} cycles before.`,
			{ begin: start.number, cycles: event.cycles - start.cycles },
		);
	return `${name} ended`;
}

function explainLog(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, context } = event;
	const text = textBefore(scene, event);
	chain.say(
		number,
		`${siteText(scene.trace, context)} wrote a line of level ${a} to the log: "${text}".`,
		{ level: a, letters: event.b },
	);
	return `log: ${text}`;
}

function explainTick(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, cpu } = event;
	const { tasks } = scene.before(number);
	chain.say(
		number,
		`The timer of CPU ${cpu} began tick ${a}, ${scene.trace.header.cyclesPerTick} cycles long; ${taskText(scene.before(number), tasks.running[cpu] as number)} runs.`,
		{ tick: a, cpu },
	);
	return `tick ${a}`;
}

function explainTaskNew(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, b, c } = event;
	const name = textBefore(scene, event);
	const fold = scene.before(number);
	const kind = c === 1 ? "a kernel thread" : "a process";
	const by = b === 0 ? "boot" : taskText(fold, b);
	chain.say(
		number,
		`${by} made ${name} with pid ${a}, ${kind}${c === 1 ? " without an address space of its own" : ""}.`,
		{ pid: a, parent: b },
	);
	return `${name} (pid ${a}) was born`;
}

function explainTaskExit(
	scene: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { number, a, b, c } = event;
	const fold = scene.before(number);
	const who = taskText(fold, a);
	chain.say(
		number,
		`${who} ${c === 1 ? "was killed" : "ended"} with exit code ${b}: it gives back everything but its record, which waits until the code is read.`,
		{ pid: a, code: b, killed: c },
	);
	return `${who} ${c === 1 ? "was killed" : "ended"}`;
}

function explainTaskEnd(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a } = event;
	const fold = scene.before(number);
	const who = taskText(fold, a);
	chain.say(
		number,
		`The exit code of ${who} was read, or nobody is left to read it: its record is freed.`,
		{ pid: a },
	);
	return `${who} is gone`;
}

function explainSwitch(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a: to, b: from, c: left, cpu } = event;
	const fold = scene.before(number);
	const came = taskText(fold, to);
	const went = taskText(fold, from);
	chain.say(number, `${leftText(cpu, went, left)}.`, { cpu, from, left });
	chain.say(
		null,
		to === 0
			? `CPU ${cpu} is idle until somebody is ready.`
			: `${came} was the next of CPU ${cpu}'s ready tasks, and runs from here on.`,
		{ cpu, to },
	);
	return to === 0 ? `${went} left CPU ${cpu}` : `${came} got CPU ${cpu}`;
}

function leftText(cpu: number, went: string, left: number): string {
	if (left === LEFT_NOBODY) return `CPU ${cpu} was idle`;
	if (left === LEFT_WAITING) return `${went} waits or sleeps`;
	if (left === LEFT_ENDED) return `${went} has ended`;
	return `${went} could have gone on, but gave way: its slice was used up or it yielded`;
}

function explainFault(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, a, b, c: pid, cpu } = event;
	const code = b >>> 8;
	const address = pageAddress(a, b);
	const who = taskText(scene.before(number), pid);
	const access =
		(code & FAULT_FETCH) !== 0
			? "fetch an instruction from"
			: (code & FAULT_WRITE) !== 0
				? "write to"
				: "read from";
	chain.say(
		number,
		`On CPU ${cpu}, ${who} wanted to ${access} page ${hex(address)}, ${(code & FAULT_USER) !== 0 ? "as a program" : "in the kernel"}.`,
		{ cpu, pid, page: address, code },
	);
	chain.say(null, faultCause(code), { code });
	return `${who} faulted at ${hex(address)}`;
}

function faultCause(code: number): string {
	if ((code & FAULT_RESERVED) !== 0)
		return "An entry on the way has a bit set that must be zero: the page tables are damaged.";
	if ((code & FAULT_PROTECTION) === 0)
		return "No entry of the page tables leads there: nothing is mapped, or the mapping has not been filled yet.";
	return "The page is there, but its entries do not allow this access.";
}

/** What the call that an event belongs to did before it. */
function costOf(scene: Scene, event: TraceEvent): Record<string, number> {
	const cost = { pages: 0, tables: 0, entries: 0 };
	scene.last(event.number, COST_MAX, ({ cpu, context, code }) => {
		if (cpu !== event.cpu) return false;
		if (context !== event.context || SPACE.has(code)) return true;
		if (code === EV_PAGE_ALLOC) cost.pages++;
		if (code === EV_TABLE_NEW) cost.tables++;
		if (code === EV_PTE_SET) cost.entries++;
		return false;
	});
	return cost;
}

function explainSpace(verb: string): Explain {
	return (scene, event, chain) => {
		const { number, a, b, c: pages, d: pid, cpu } = event;
		const address = pageAddress(a, b);
		const fold = scene.before(number);
		const bits = (b >>> 8) & 7;
		const rights = PROTECTIONS.filter((_, bit) => (bits & (1 << bit)) !== 0);
		const allowed =
			event.code === EV_UNMAP
				? ""
				: `, which may be used to ${rights.length === 0 ? "do nothing" : listed(rights)}`;
		const what = `${counted(pages, "page")} at ${hex(address)}`;
		chain.say(
			number,
			`On CPU ${cpu}, ${taskText(fold, pid)} ${verb} ${what}${allowed}.`,
			{ cpu, pid, pages, page: address, protection: bits },
		);
		const cost = costOf(scene, event);
		chain.say(
			null,
			`Up to here the call allocated ${counted(cost.pages as number, "block")} of pages, ${cost.tables} of them page tables, and wrote ${counted(cost.entries as number, "entry", "entries")}.`,
			cost,
		);
		return `${taskText(fold, pid)} ${verb} ${what}`;
	};
}

/** Explains the running system. */
export const RUNNING: readonly (readonly [number, Explain])[] = [
	[EV_STAGE, explainStage],
	[EV_LOG, explainLog],
	[EV_TICK, explainTick],
	[EV_TASK_NEW, explainTaskNew],
	[EV_TASK_EXIT, explainTaskExit],
	[EV_TASK_END, explainTaskEnd],
	[EV_SWITCH, explainSwitch],
	[EV_FAULT, explainFault],
	[EV_MAP, explainSpace("mapped")],
	[EV_UNMAP, explainSpace("unmapped")],
	[EV_PROTECT, explainSpace("changed the rights of")],
];
