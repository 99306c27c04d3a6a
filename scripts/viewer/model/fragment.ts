// The state of the page as the fragment of its address, so that a link opens the same moment.
//
//   #event=812&select=frame:4096&colour=use&panel=proc&report=vmstat&measure=live&filter=slab&a=10&b=200&window=0-1697
//
// FR1: parseFragment(fragmentText(state)) is the same state; what is missing or wrong is left at its default.

import { OWNERS_SORT, type OwnersSort } from "../../../kernel/trace/ask/owners";
import { PROC_REPORTS } from "../../../kernel/trace/ask/proc";
import { MODES, type Mode } from "./paint";
import { parseSelection, type Selection, selectionText } from "./selection";

export const PANELS = [
	"lists",
	"caches",
	"tasks",
	"proc",
	"sites",
	"changes",
] as const;
export type Panel = (typeof PANELS)[number];

/** What a link keeps. */
export interface PageState {
	/** The last event that has happened; -1 is before everything. */
	readonly event: number;
	readonly selection: Selection | null;
	readonly mode: Mode;
	readonly panel: Panel;
	/** Report of /proc, such as buddyinfo or 3/maps. */
	readonly report: string;
	/** What call sites are measured by. */
	readonly measure: OwnersSort;
	readonly filter: string;
	/** Events at which the markers stand. */
	readonly a: number | null;
	readonly b: number | null;
	/** What the timeline shows, first and last event; null for everything. */
	readonly window: readonly [number, number] | null;
}

export const START: PageState = {
	event: -1,
	selection: null,
	mode: "use",
	panel: "lists",
	report: "buddyinfo",
	measure: "live",
	filter: "",
	a: null,
	b: null,
	window: null,
};

/** The fragment for a state, without the #. */
export function fragmentText(state: PageState): string {
	const words = new URLSearchParams();
	words.set("event", String(state.event));
	if (state.selection !== null)
		words.set("select", selectionText(state.selection));
	if (state.mode !== START.mode) words.set("colour", state.mode);
	if (state.panel !== START.panel) words.set("panel", state.panel);
	if (state.report !== START.report) words.set("report", state.report);
	if (state.measure !== START.measure) words.set("measure", state.measure);
	if (state.filter !== "") words.set("filter", state.filter);
	if (state.a !== null) words.set("a", String(state.a));
	if (state.b !== null) words.set("b", String(state.b));
	if (state.window !== null) words.set("window", state.window.join("-"));
	return words
		.toString()
		.replace(/%3A/g, ":")
		.replace(/%2C/g, ",")
		.replace(/%2F/g, "/");
}

/** The state that a fragment names, with or without the #, in a trace of so many events. */
export function parseFragment(text: string, events: number): PageState {
	const words = new URLSearchParams(text.replace(/^#/, ""));
	const number = (name: string): number | null => {
		const word = words.get(name) ?? "";
		if (!/^-?\d+$/.test(word)) return null;
		return Math.max(-1, Math.min(Number(word), events - 1));
	};
	return {
		event: number("event") ?? events - 1,
		selection: parseSelection(words.get("select") ?? ""),
		mode: oneOf(MODES, words.get("colour")) ?? START.mode,
		panel: oneOf(PANELS, words.get("panel")) ?? START.panel,
		report: reportOf(words.get("report")),
		measure: oneOf(OWNERS_SORT, words.get("measure")) ?? START.measure,
		filter: words.get("filter") ?? "",
		a: number("a"),
		b: number("b"),
		window: windowOf(words.get("window"), events),
	};
}

/** A report that there is, or one of a task. */
function reportOf(text: string | null): string {
	const isKnown = PROC_REPORTS.some(([name]) => name === text);
	const isOfTask = /^\d+\/(maps|status)$/.test(text ?? "");
	return text !== null && (isKnown || isOfTask) ? text : START.report;
}

function windowOf(
	text: string | null,
	events: number,
): readonly [number, number] | null {
	const found = /^(\d+)-(\d+)$/.exec(text ?? "");
	if (found === null) return null;
	const [from, to] = [Number(found[1]), Number(found[2])];
	return from < to && to < events ? [from, to] : null;
}

function oneOf<Word extends string>(
	words: readonly Word[],
	text: string | null,
): Word | null {
	return words.find((word) => word === text) ?? null;
}
