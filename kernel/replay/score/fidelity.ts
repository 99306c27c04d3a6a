// The table of results in FIDELITY.md, made from scores.
//
//   Score  --fidelityRow-->  FidelityRow (what is kept)  --fidelityTable-->  | recording | events | geometry | ... |
//
//   FIDELITY.md    ... text ... <!-- results --> the table <!-- /results --> ... text ...
//
// FD1: no rounding in favour of the simulator: a share that should be high is rounded down, one that should be low up.
// FD2: an aim that was missed is bold, one that cannot be judged is a dash.

import type { Causes } from "./causes";
import { AIM_NAMES, type Aim, type Score } from "./score";

const BEGIN = "<!-- results -->";
const END = "<!-- /results -->";
const HUNDREDTHS = 10_000; // of a percent, in 1

/** What of a score the table shows. */
export type FidelityRow = Pick<
	Score,
	"recording" | "events" | "aims" | "causes"
>;

export const fidelityRow = ({
	recording,
	events,
	aims,
	causes,
}: Score): FidelityRow => ({ recording, events, aims, causes });

/** The table in Markdown, recordings in the order of their names; a sentence when there are none. */
export function fidelityTable(rows: readonly FidelityRow[]): string {
	if (rows.length === 0) return "No recording has been replayed yet.";
	const heads = [
		"recording",
		"events",
		...AIM_NAMES,
		"slabs apart: unseen + start + model",
		"blocks apart",
	];
	const sides = heads.map((_, column) => (column === 0 ? "---" : "--:"));
	const sorted = [...rows].sort((one, other) =>
		one.recording < other.recording ? -1 : 1,
	);
	return [heads, sides, ...sorted.map(cells)]
		.map((row) => `| ${row.join(" | ")} |`)
		.join("\n");
}

function cells({ recording, events, aims, causes }: FidelityRow): string[] {
	return [
		recording,
		String(events).replace(/\B(?=(\d{3})+$)/g, ","),
		...AIM_NAMES.map((name) =>
			aimText(aims.find((aim) => aim.name === name) as Aim),
		),
		causesText(causes.slabs),
		causesText(causes.blocks),
	];
}

/** What was found, rounded against the simulator (FD1, FD2). */
export function aimText({ found, bound, reached }: Aim): string {
	if (found === null) return "-";
	const text = shareText(found, bound);
	return reached === false ? `**${text}**` : text;
}

/** A share in percent with two digits at most, rounded down where it should be high and up where it should be low. */
export function shareText(found: number, bound: Aim["bound"]): string {
	const exact = found * HUNDREDTHS;
	const nearest = Math.round(exact);
	const isWhole = Math.abs(exact - nearest) < 1e-6; // what doubles make of a whole number
	const whole = bound === "at least" ? Math.floor(exact) : Math.ceil(exact);
	return `${(isWhole ? nearest : whole) / 100} %`;
}

function causesText(causes: Causes | null): string {
	if (!causes) return "-";
	const { unseen, start, model } = causes;
	const sum = unseen + start + model;
	return sum === 0 ? "0" : `${sum}: ${unseen} + ${start} + ${model}`;
}

/** The document with the table of these rows between its marks. Throws an Error when it has no such marks. */
export function withResults(
	document: string,
	rows: readonly FidelityRow[],
): string {
	const [before, ...rest] = document.split(BEGIN);
	const [, after] = rest.join(BEGIN).split(END);
	if (after === undefined)
		throw new Error(`The document has no place for results: ${BEGIN} ${END}.`);
	return `${before}${BEGIN}\n${fidelityTable(rows)}\n${END}${after}`;
}
