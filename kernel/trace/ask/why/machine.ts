// What the machine did: texts, TLB misses and flushes, bits that the walker set.
//
//   tlb_miss   the page was never asked for   first use: walk, remember
//              it was, and then flushed       by whom, when
//              it was, and not flushed        another page took its place, or it may now be written for the first time
//
// WM1: the past of a page is looked for in the SEARCH events before; what lies further back counts as never.

import {
	EV_PTE_MARK,
	EV_TEXT,
	EV_TLB_FLUSH,
	EV_TLB_MISS,
	pageAddress,
} from "../../../../hw/events";
import { textOf } from "../../../../hw/recorder";
import type { TraceEvent } from "../../columns";
import { counted, hex, listed, siteText, taskText } from "../phrases";
import type { Chain } from "./chain";
import { entryBits } from "./pages";
import type { Explain, Scene } from "./scene";

const SEARCH = 1 << 16;
const TEXTS = new Set([EV_TEXT]);
const ACCESSES = ["read", "write", "instruction fetch"];
const ALL_PAGES = 0; // what tlb_flush says when the whole address space goes

function explainText(scene: Scene, event: TraceEvent, chain: Chain): string {
	const run = [
		...scene.runBefore(event, TEXTS),
		event,
		...scene.runAfter(event, TEXTS),
	];
	const text = run.map(({ a, b, c, d }) => textOf(a, b, c, d)).join("");
	const owner = scene.next(run.at(-1) as TraceEvent);
	chain.say(
		owner?.number ?? null,
		`Letters of "${text}", which belongs to ${owner === null ? "an event that is not recorded" : `event ${owner.number}`}.`,
		{ letters: text.length },
	);
	return `part of the text "${text}"`;
}

function explainMiss(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, cpu, a, b, c } = event;
	const address = pageAddress(a, b);
	const asid = b >>> 8;
	const fold = scene.before(number);
	const task = taskText(fold, fold.tasks.running[cpu] as number);
	const access = ACCESSES[c] ?? "access";
	chain.say(
		number,
		`CPU ${cpu}, running ${task}, met an address in the page ${hex(address)} of address space ${asid} (${access}) that its TLB could not translate, so it walked the page tables.`,
		{ cpu, page: address, asid, access: c },
	);
	sayPast(scene, event, chain);
	sayMarks(scene, event, chain);
	return `CPU ${cpu} missed page ${hex(address)} in its TLB`;
}

/** Why the TLB did not know the page (WM1). */
function sayPast(scene: Scene, event: TraceEvent, chain: Chain): void {
	const { number, cpu, a, b } = event;
	const past = scene.last(number, SEARCH, (other) => {
		if (other.code === EV_TLB_MISS)
			return other.cpu === cpu && other.a === a && other.b === b;
		return other.code === EV_TLB_FLUSH && isForgotten(event, other);
	});
	if (past === null)
		chain.say(null, "It had not asked for this page before: a first use.", {});
	else if (past.code === EV_TLB_FLUSH)
		chain.say(
			past.number,
			past.c === ALL_PAGES
				? `What it knew of this address space was flushed at event ${past.number}.`
				: `This page was flushed from its TLB at event ${past.number}.`,
			{ flush: past.number },
		);
	else
		chain.say(
			past.number,
			`It had walked for this page at event ${past.number}; since then another page of the same set took its place, or the page was only remembered for other accesses than this one.`,
			{ miss: past.number },
		);
}

/** Whether a flush made a CPU forget the page of a miss. */
function isForgotten(miss: TraceEvent, { a, b, c, d }: TraceEvent): boolean {
	if (d !== miss.cpu) return false;
	const isSpace = b >>> 8 === miss.b >>> 8;
	return c === ALL_PAGES ? isSpace : a === miss.a && b === miss.b;
}

function sayMarks(scene: Scene, event: TraceEvent, chain: Chain): void {
	const next = scene.next(event);
	if (next?.code !== EV_PTE_MARK) return;
	chain.say(
		next.number,
		`On its way the walker set ${listed(entryBits(next.c, 0))} in an entry.`,
		{ bits: next.c },
	);
}

function explainFlush(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, cpu, a, b, c, d, context } = event;
	const address = pageAddress(a, b);
	const asid = b >>> 8;
	const what =
		c === ALL_PAGES
			? `everything of address space ${asid}`
			: `${counted(c, "page")} from ${hex(address)} on of address space ${asid}`;
	const who = siteText(scene.trace, context);
	chain.say(
		number,
		cpu === d
			? `CPU ${cpu} made its TLB forget ${what} (${who}): what the page tables said there has changed or may no longer be used.`
			: `CPU ${cpu} made CPU ${d}'s TLB forget ${what} (${who}): another CPU may still have remembered what has changed.`,
		{ cpu, target: d, pages: c, asid, page: address },
	);
	return `CPU ${d}'s TLB forgot ${what}`;
}

function explainMark(scene: Scene, event: TraceEvent, chain: Chain): string {
	const { number, cpu, a, b, c } = event;
	const bits = listed(entryBits(c, 0));
	chain.say(
		number,
		`Walking the page tables, CPU ${cpu} set ${bits} in entry ${b} of the table in frame ${a}: that is how the kernel learns what is used and what was written.`,
		{ cpu, table: a, index: b, bits: c },
	);
	const miss = scene.last(number, 8, ({ code }) => code === EV_TLB_MISS);
	if (miss !== null && miss.cpu === cpu)
		chain.say(miss.number, `The walk began at event ${miss.number}.`, {});
	return `entry ${b} of the table in frame ${a} is marked ${bits}`;
}

/** Explains the machine. */
export const MACHINE: readonly (readonly [number, Explain])[] = [
	[EV_TEXT, explainText],
	[EV_TLB_MISS, explainMiss],
	[EV_TLB_FLUSH, explainFlush],
	[EV_PTE_MARK, explainMark],
];
