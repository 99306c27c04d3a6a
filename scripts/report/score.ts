// The tables of `flagstone replay --compare`: how true this kernel was to a recorded one.
//
//   heading, geometry, slabs, slabinfo, same frames, lists, state, free blocks, frames, aims
//
// From what never changes to what depends on everything before; the verdict stands last, because that is where the cursor is.
// `there` is the recorded kernel, `here` is this one, `apart` a sum of differences without signs. Of long tables the worst rows
// are shown, and the last line says how many more there are. What of a difference is the `model`'s, of events that were
// `unseen`, or of the `start`, is the matter of kernel/replay/score/causes.ts.

import { shareText } from "../../kernel/replay/score/fidelity";
import type { Aim, Score } from "../../kernel/replay/score/score";
import type { Terminal } from "../terminal";
import {
	drawAllocations,
	drawFrames,
	drawFreeBlocks,
	drawLists,
	drawStates,
} from "./score-pages";
import { drawGeometry, drawSlabinfo, drawSlabs } from "./score-slabs";
import {
	BAD_COLOUR,
	GOOD_COLOUR,
	left,
	ROWS_SHOWN,
	right,
	section,
} from "./score-table";
import { counted, grouped } from "./text";

/** Lines of the whole score, sections apart by an empty line. `rowsShown` is the limit of each table. */
export function drawScore(
	score: Score,
	terminal: Terminal,
	rowsShown = ROWS_SHOWN,
): string[] {
	const { geometry, slabs, slabinfo, allocations, lists, states } = score;
	const sections = [
		drawScoreHeading(score, terminal),
		geometry ? drawGeometry(geometry, terminal, rowsShown) : [],
		slabs ? drawSlabs(slabs, terminal, rowsShown) : [],
		drawSlabinfo(slabinfo, terminal, rowsShown),
		allocations ? drawAllocations(allocations, terminal) : [],
		lists ? drawLists(lists, terminal) : [],
		drawStates(states, terminal),
		drawFreeBlocks(states, terminal, rowsShown),
		drawFrames(states, terminal),
		drawAims(score.aims, terminal),
	];
	return sections
		.filter((lines) => lines.length > 0)
		.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

/** Which recording, and what of it the replay could not see. */
export function drawScoreHeading(
	{ recording, events, tallies }: Score,
	{ paint }: Terminal,
): string[] {
	const caches = Object.values(tallies.caches);
	const unseen = [tallies.pages, ...caches].reduce(
		(sum, { unknownFrees, lostRequests }) => sum + unknownFrees + lostRequests,
		0,
	);
	const facts = [
		`${counted(events, "event")} replayed`,
		`at least ${grouped(unseen)} not recorded`,
		counted(tallies.untracedWindows, "untraced window"),
	];
	return [
		`${paint.bold(recording)}  against the recorded kernel`,
		paint.dim(facts.join(" · ")),
	];
}

/** Each aim, reached or not. */
export function drawAims(aims: readonly Aim[], terminal: Terminal): string[] {
	const judged = aims.filter(({ reached }) => reached !== null);
	const reached = judged.filter((aim) => aim.reached).length;
	const all = reached === judged.length ? "all" : `${reached} of`;
	const note =
		judged.length === 0
			? "none could be judged"
			: `${all} ${judged.length} reached`;
	const columns = [left(""), left("aim"), right("found"), left("wanted")];
	const rows = aims.map((aim) => [
		markOf(aim, terminal),
		aim.name,
		aim.found === null ? "-" : shareText(aim.found, aim.bound),
		`${aim.bound} ${shareText(aim.wanted, aim.bound)}`,
	]);
	return section("Aims", note, columns, rows, terminal);
}

function markOf({ reached }: Aim, { paint, colour }: Terminal): string {
	if (reached === null) return paint.dim(colour ? "-" : "not judged");
	if (reached) return colour ? paint.hex(GOOD_COLOUR)("✓") : "reached";
	return colour ? paint.hex(BAD_COLOUR).bold("✗") : "MISSED";
}
