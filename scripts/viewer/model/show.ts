// The show: a trace that was opened for looking at it, with everything that views ask for.
//
//   bytes --> trace --> film (any state) + survey (the whole at once) + names + ground of the map
//
// SW1: after load() has ended nothing of it changes but the fold that the film hands out.

import { type Difference, differenceOf } from "../../../kernel/trace/ask/diff";
import { type OwnerRow, OwnersBook } from "../../../kernel/trace/ask/owners";
import { type Explanation, why } from "../../../kernel/trace/ask/why";
import type { Inflate } from "../../../kernel/trace/file";
import type { Fold } from "../../../kernel/trace/fold/fold";
import { groundOf } from "../../../kernel/trace/ground";
import { EventReader } from "../../../kernel/trace/reader";
import { type EventVisitor, Trace } from "../../../kernel/trace/trace";
import { secondsText } from "../../report/text";
import { Film, MISSING } from "./film";
import { FrameIndex } from "./frame-index";
import { historyOf, type Selection } from "./selection";
import type { Names } from "./sentences";
import { Survey } from "./survey";

/** The trace with the film's states and events, so that questions to it are answered as fast as the page moves. */
class FilmedTrace extends Trace {
	constructor(private readonly film: Film) {
		super(film.trace.reader);
	}

	override foldAt(moment: number): Fold {
		const known = this.film.knownAt(Math.min(moment, this.events - 1));
		if (known < Math.min(moment, this.events - 1))
			throw new Error(
				`the state at event ${moment} is not known: events before it are missing`,
			);
		return this.film.at(moment);
	}

	override each(from: number, to: number, visit: EventVisitor): void {
		const { columns } = this.film;
		const end = Math.min(to, columns.count);
		for (let event = Math.max(0, from); event < end; event++)
			if (columns.codes[event] === MISSING) continue;
			else if (visit(columns, event, event) === true) return;
	}
}

/** The trace in some bytes. Throws an Error with one sentence when they are none. */
export function traceOf(
	bytes: Uint8Array,
	inflate: Inflate,
	salvage: boolean,
): Trace {
	const source = {
		size: bytes.length,
		read: (offset: number, length: number) =>
			bytes.subarray(offset, offset + length),
	};
	return new Trace(EventReader.open(source, inflate, { salvage }));
}

/** An opened trace. */
export class Show {
	readonly film: Film;
	readonly survey: Survey;
	readonly names: Names;
	/** The map without blocks (paint.ts). */
	readonly ground: Uint8Array;
	/** The same trace, for questions: its folds are those of the film. */
	private readonly asked: Trace;
	private index: FrameIndex | null = null;
	private book: OwnersBook;

	constructor(readonly trace: Trace) {
		const { machine } = trace.header;
		const { zones, cpus } = machine;
		this.film = new Film(trace);
		this.asked = new FilmedTrace(this.film);
		this.book = new OwnersBook(this.asked, "callsite");
		this.survey = new Survey(
			trace.events,
			zones,
			cpus,
			(context) => trace.reader.contexts.name(context) ?? `${context}`,
		);
		this.ground = groundOf(machine);
		this.names = namesOf(trace, this.survey);
	}

	/** Opens the bytes of a trace. Throws an Error with one sentence when they are none. */
	static open(bytes: Uint8Array, inflate: Inflate, salvage = false): Show {
		return new Show(traceOf(bytes, inflate, salvage));
	}

	/** Reads everything; yields how far it is, from 0 to 1. */
	*load(): Generator<number, void> {
		yield* this.film.load(this.survey);
		const { frames } = this.trace.header.machine;
		this.index = new FrameIndex(this.film.columns, frames);
	}

	/** Numbers of all events that concern a selection, rising. */
	historyOf(selection: Selection): Int32Array {
		return selection.kind === "frame" && this.index !== null
			? this.index.of(selection.pfn)
			: historyOf(selection, this.film.columns);
	}

	get events(): number {
		return this.trace.events;
	}

	/** Why an event happened, or one sentence why that is not known; the fold of the film is another one afterwards. */
	why(event: number): Explanation | string {
		try {
			return why(this.asked, event);
		} catch (error) {
			if (this.losses === "") throw error;
			return (error as Error).message;
		}
	}

	/** What the file has lost, in one sentence; empty when it has lost nothing. */
	get losses(): string {
		const { damage, holes, isComplete, end } = this.trace.reader;
		if (isComplete) return "";
		const text = (value: number): string => value.toLocaleString("en");
		if (holes.length > 0) {
			const lost = holes.map(({ first, count }) =>
				count === 1
					? `event ${text(first)}`
					: `events ${text(first)} to ${text(first + count - 1)}`,
			);
			return `The file is damaged: ${lost.join(", ")} are missing.`;
		}
		return end === null
			? `The file was cut short after event ${text(this.events - 1)}.`
			: `The file is damaged: ${damage?.why}.`;
	}

	/** Who owns what after an event, by call site. Later moments cost the events up to them, earlier ones all again. */
	owners(event: number): OwnerRow[] {
		if (event < this.book.moment)
			this.book = new OwnersBook(this.asked, "callsite");
		return this.book.at(event);
	}

	/** What is different in the later one of two states. */
	difference(before: Fold, after: Fold): Difference {
		return differenceOf(this.asked, before, after);
	}

	/** Simulated time at an event, as `trace` writes it. */
	timeAt(event: number): string {
		const cycles = this.film.columns.cycles[Math.max(0, event)] ?? 0;
		const { cyclesPerSecond } = this.trace.header;
		return secondsText(Math.round((cycles * 1e9) / cyclesPerSecond));
	}
}

function namesOf(trace: Trace, survey: Survey): Names {
	const { zones } = trace.header.machine;
	const lines = new Map<number, string>();
	return {
		cache: (slot, at) => survey.cacheName(slot, at),
		task: (pid, at) => survey.taskName(pid, at),
		zone: (index) =>
			zones.find((zone) => zone.index === index)?.name ?? `zone ${index}`,
		context: (node) => trace.path(node).join(" › "),
		logLine: (at) => {
			if (lines.size === 0)
				for (const { event, text } of survey.log) lines.set(event, text);
			return lines.get(at) ?? "";
		},
	};
}
