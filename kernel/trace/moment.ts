// Moments: how people name a place in a trace.
//
//   1234          after event 1234
//   tick:20       before the first event of tick 20, on whichever CPU it begins first
//   stage:NAME    when the boot stage of that name has ended
//   end           after the last event
//
// MO1: a moment that does not exist is an Error with one sentence that says what there is.

import { EV_STAGE, EV_TICK } from "../events";
import { hasCode } from "./block-summary";
import type { EventVisitor, Trace } from "./trace";

const STAGES: ReadonlySet<number> = new Set([EV_STAGE]);

/** Number of the last event that has happened at a moment. */
export function parseMoment(text: string, trace: Trace): number {
	const [kind, rest = ""] = splitOnce(text);
	if (text === "end") return trace.events - 1;
	if (text === "start") return -1;
	if (kind === "tick" && /^\d+$/.test(rest)) return tickMoment(rest, trace);
	if (kind === "stage") return stageMoment(rest, trace);
	if (!/^\d+$/.test(text))
		throw new Error(
			`"${text}" is no moment: give the number of an event, tick:N, stage:NAME, start or end`,
		);
	return trace.event(Number(text)).number;
}

/** Boot stages of a trace, in the order in which they ended, each with the number of the event that ended it. */
export function stagesOf(trace: Trace): { name: string; end: number }[] {
	const stages: { name: string; end: number }[] = [];
	const visit: EventVisitor = (columns, index, event) => {
		if (columns.codes[index] !== EV_STAGE || columns.b[index] === 1) return;
		const path = trace.path(columns.a[index] as number);
		stages.push({ name: path.at(-1) ?? "", end: event });
	};
	trace.each(0, trace.events, visit, (block) => !hasCode(block, STAGES));
	return stages;
}

function tickMoment(text: string, trace: Trace): number {
	const wanted = Number(text);
	let last = 0;
	let found = -1;
	const visit: EventVisitor = (columns, index, event) => {
		if (columns.codes[index] !== EV_TICK) return false;
		last = columns.a[index] as number;
		if (last < wanted) return false;
		found = event;
		return true;
	};
	trace.each(0, trace.events, visit, (block) => {
		if (block.tick >= wanted) return false;
		last = block.tick;
		return true;
	});
	if (found >= 0 && last === wanted) return found - 1;
	throw new Error(
		`there is no tick ${text}: the trace has ticks up to ${last}`,
	);
}

function stageMoment(name: string, trace: Trace): number {
	const stages = stagesOf(trace);
	const stage = stages.find((each) => each.name === name);
	if (stage !== undefined) return stage.end;
	const names = stages.map((each) => each.name).join(", ");
	throw new Error(
		names === ""
			? `there is no stage ${name}: the trace has none`
			: `there is no stage ${name}, there are ${names}`,
	);
}

function splitOnce(text: string): [string, string?] {
	const at = text.indexOf(":");
	return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
