// The screen of the stepper: one moment of a trace in as many lines as the terminal has.
//
//   buddy   event 812 of 1,697   tick 3   0.012 s   CPU 0   worker(7)
//   page_alloc  pfn=1234 order=2 ...                    worker > alloc_pages
//   because     ... the chain of reasons
//   Memory      the map of the frames
//   Free        blocks by order, per zone; * where the event changed something
//   Selected    frame 1234: what it is, since when, by whom
//   → ← event   shift tick   n p of the frame   / find   ? keys   q leave
//
// SN1: no line is longer than the terminal is wide, and there are no more lines than it has rows.
// SN2: reasons go on in the next line; where there is no room for all of them, the last line says so.

import { stripVTControlCharacters } from "node:util";
import type { EventAnswer } from "../../kernel/trace/ask/events";
import { eachEvent } from "../../kernel/trace/ask/events";
import { framesAt } from "../../kernel/trace/ask/map";
import type { Explanation } from "../../kernel/trace/ask/why";
import type { Fold } from "../../kernel/trace/fold/fold";
import { STATE_NAMES } from "../../kernel/trace/fold/frames";
import type { Trace } from "../../kernel/trace/trace";
import { drawMap } from "../report/map";
import { counted, grouped, pad, timeText } from "../report/text";
import { wordsText } from "../report/trace/events";
import { wrap } from "../report/trace/why";
import type { Terminal } from "../terminal";
import { KEY_HELP, type Session } from "./session";

const LABEL = 9;
const WHY_LINES_MIN = 4;
const REST = 15; // lines of a screen beside reasons and map, for three zones
const ORDERS = 11;
const KEYS =
	"→ ← event   shift tick   n p its frame   / find   space play   ? keys   q leave";

/** How an event is explained. */
export type Why = (event: number) => Explanation;

/** Everything that a screen is drawn from. */
export interface Scenery {
	readonly trace: Trace;
	readonly title: string;
	readonly why: Why;
	readonly terminal: Terminal;
}

/** The lines of the moment that the session is at. */
export function drawScreen(
	scenery: Scenery,
	session: Session,
	rows: number,
): string[] {
	const { terminal, trace } = scenery;
	if (session.isHelping) return drawKeys(terminal);
	const event = answerOf(trace, session.moment);
	const before = freeBlocks(trace.foldAt(session.moment - 1));
	const fold = trace.foldAt(session.moment);
	const top = [
		drawWhere(scenery, session, event),
		"",
		...drawEvent(event, terminal),
		...clipped(
			drawReasons(scenery.why(session.moment), terminal),
			Math.max(WHY_LINES_MIN, Math.min(rows - REST, rows >>> 1)),
			terminal,
		),
	];
	const below = [
		"",
		...drawFree(
			trace,
			before,
			freeBlocks(trace.foldAt(session.moment)),
			terminal,
		),
		...drawSelected(trace, session.frame, session.moment, terminal),
		"",
		drawBottom(session, terminal),
	];
	const room = Math.max(0, rows - top.length - below.length - 1);
	const map = mapLines(trace, fold, terminal).slice(0, room);
	return [...top, "", ...map, ...below].map((line) =>
		cut(line, terminal.columns),
	);
}

/** One step as text. */
export function drawStep(
	{ trace, why, terminal }: Scenery,
	moment: number,
): string[] {
	const event = answerOf(trace, moment);
	const { paint } = terminal;
	const where =
		event === null
			? ""
			: `tick ${event.tick}  ${timeText(event.nanoseconds)}  CPU ${event.cpu}`;
	return [
		paint.dim(`event ${grouped(moment)}  ${where}`),
		...drawEvent(event, terminal),
		...drawReasons(why(moment), terminal),
		"",
	];
}

/** The event at a moment, with its words. */
export function answerOf(trace: Trace, moment: number): EventAnswer | null {
	let found: EventAnswer | null = null;
	eachEvent(trace, { from: moment, to: moment }, (event) => {
		found = event;
	});
	return found;
}

function drawWhere(
	{ trace, title, terminal }: Scenery,
	session: Session,
	event: EventAnswer | null,
): string {
	const { paint } = terminal;
	const last = grouped(trace.events - 1);
	const parts = [
		paint.bold(title),
		`event ${grouped(session.moment)} of ${last}`,
		...(event === null
			? []
			: [
					`tick ${event.tick}`,
					timeText(event.nanoseconds),
					`CPU ${event.cpu}`,
					event.task === null ? "" : `${event.task.name}(${event.task.pid})`,
				]),
		session.isPlaying ? "playing" : "",
	];
	return parts.filter((part) => part !== "").join("   ");
}

function drawEvent(
	event: EventAnswer | null,
	{ paint, columns }: Terminal,
): string[] {
	if (event === null) return [paint.dim("letters of the next event")];
	const words = wordsText(event.words);
	const by = event.path.length === 0 ? "" : ` by ${event.path.join(" > ")}`;
	return wrap(`${event.name}  ${words}${by}`, columns - LABEL).map(
		(line, at) =>
			at === 0
				? line.replace(event.name, paint.bold(event.name))
				: pad("", LABEL) + line,
	);
}

function drawReasons(
	{ title, chain }: Explanation,
	terminal: Terminal,
): string[] {
	const { paint, columns } = terminal;
	const lines = chain
		.flatMap(({ sentence }) => wrap(sentence, columns - LABEL))
		.map((line, at) => paint.dim(pad(at === 0 ? "because" : "", LABEL)) + line);
	return [
		...wrap(title, columns - LABEL).map((line) => pad("", LABEL) + line),
		...lines,
	];
}

/** At most `most` lines; of a longer text the last of them says so. */
function clipped(lines: string[], most: number, { paint }: Terminal): string[] {
	if (lines.length <= most) return lines;
	const more = pad("", LABEL) + paint.dim("... trace FILE why has the rest");
	return [...lines.slice(0, most - 1), more];
}

function mapLines(trace: Trace, fold: Fold, terminal: Terminal): string[] {
	const { machine } = trace.header;
	const zones = machine.zones.map((zone) => ({
		...zone,
		startFrame: zone.start,
	}));
	const report = {
		frames: framesAt(fold, machine),
		machine: { frameCount: machine.frames },
		zones,
	};
	return drawMap(report as unknown as Parameters<typeof drawMap>[0], terminal);
}

const freeBlocks = ({ frames }: Fold): number[][] =>
	frames.zones.map((_, zone) => frames.freeBlocks(zone));

/** Free blocks by order; bold where the event changed them. */
function drawFree(
	trace: Trace,
	before: number[][],
	after: number[][],
	{ paint }: Terminal,
): string[] {
	const orders = Array.from({ length: ORDERS }, (_, order) =>
		pad(String(order), 6, "right"),
	).join("");
	const rows = trace.header.machine.zones.map(({ name }, zone) => {
		const cells = (after[zone] as number[]).map((blocks, order) => {
			const text = pad(String(blocks), 6, "right");
			const was = (before[zone] as number[])[order] as number;
			if (was === blocks) return text;
			const sign = blocks > was ? "+" : "-";
			return paint.bold(pad(`${sign}${blocks}`, 6, "right"));
		});
		return pad(name, LABEL, "left") + cells.join("");
	});
	return [paint.dim(`${pad("Free", LABEL, "left")}${orders}`), ...rows];
}

function drawSelected(
	trace: Trace,
	frame: number,
	moment: number,
	{ paint }: Terminal,
): string[] {
	if (frame < 0) return [];
	const fold = trace.foldAt(moment);
	const head = fold.frames.headOf(frame);
	const label = paint.dim(pad("Frame", LABEL, "left"));
	if (head < 0) return [`${label}${frame}: reserved since boot`];
	const state = STATE_NAMES[fold.frames.state[head] as number];
	const order = fold.frames.order[head] as number;
	const cache = fold.objects.cache(fold.frames.owner[head] as number);
	const what = state === "slab" && cache ? `slab of ${cache.name}` : state;
	const path = trace.path(fold.frames.context[head] as number).join(" > ");
	const by = path === "" ? "" : `, by ${path}`;
	const part = head === frame ? "" : `, part of the block at ${head}`;
	return [
		`${label}${frame}: ${what}, ${counted(2 ** order, "page")}${part}, since event ${grouped(fold.frames.since[head] as number)}${by}`,
	];
}

function drawBottom(session: Session, { paint }: Terminal): string {
	if (session.typed !== null) return `/${session.typed}_`;
	return session.notice === "" ? paint.dim(KEYS) : session.notice;
}

function drawKeys({ paint }: Terminal): string[] {
	const lines = KEY_HELP.map(
		([keys, words]) => `  ${pad(keys, 18, "left")}${words}`,
	);
	return [paint.bold("Keys"), "", ...lines, "", paint.dim("any key goes on")];
}

/** A line cut to the width of the terminal; a painted one keeps its paint up to there. */
function cut(line: string, columns: number): string {
	const plain = stripVTControlCharacters(line);
	if (plain.length <= columns) return line;
	return plain === line ? line.slice(0, columns) : cutPainted(line, columns);
}

function cutPainted(line: string, columns: number): string {
	let shown = 0;
	let at = 0;
	while (at < line.length && shown < columns) {
		// biome-ignore lint/suspicious/noControlCharactersInRegex: paint begins with the control character ESC
		const paint = /^\x1b\[[0-9;]*m/.exec(line.slice(at))?.[0];
		if (paint === undefined) shown++;
		at += paint?.length ?? 1;
	}
	return line.slice(0, at);
}
