// Lines of a kernel trace: a prefix that depends on the recorder, then the event, which does not.
//
//   like lines before: expected.take -------------------------> sink
//   prefix.read ---> name ---> kmem event:  fields.read ---> sink
//      |              |------> mark:        its text    ---> sink
//      |              '------> another subsystem's: counted by name
//      '-- no prefix: a remark (header, loss, call chain), or a damaged line

import type { DashedPrefix } from "./dashed-prefix";
import { CACHE_FREE, type KmemEvent, MARK } from "./event";
import { type EventNames, OTHER } from "./event-names";
import { Expected } from "./expected";
import type { Fields } from "./fields";
import type { PerfPrefix } from "./perf-prefix";
import { takeRemark } from "./remarks";
import type { Tally } from "./tally";
import { utf8 } from "./utf8";
import type { Window } from "./window";

const KIND_MARK = MARK;
const KIND_OTHER = OTHER;
const HASH = 35;
const TOLD_BY_PRINT = /^(?:tracing_mark_write: |ip=\S+ buf=)/;
const LAST_SLAB_KIND = CACHE_FREE; // kinds up to this have a pointer
const NO_EVENT = "is no event"; // a comment or an empty line, which are remarks

/** What becomes of an event. It is valid during the call. */
export type EventSink = (event: KmemEvent) => void;

/** Makes events of the lines of one kernel trace. */
export class KernelLines {
	/** Stamps are whole numbers of a clock that counts. */
	isCounterClock = false;
	private readonly expected: Expected;

	constructor(
		private readonly window: Window,
		private readonly prefix: DashedPrefix | PerfPrefix,
		private readonly event: KmemEvent,
		private readonly fields: Fields,
		private readonly eventNames: EventNames,
		private readonly tally: Tally,
		private readonly sink: EventSink,
	) {
		this.expected = new Expected(window, event);
	}

	/** Takes the line at `start`, if it goes as expected and ends before `limit`: where the next one begins, or -1. */
	take(start: number, limit: number): number {
		const { expected, event } = this;
		const next = expected.take(start, limit);
		if (next < 0) return next;
		if (event.kind <= LAST_SLAB_KIND && (event.low | event.high) !== 0)
			this.tally.pointer(event.high);
		this.emit(event.kind, expected.isCount);
		return next;
	}

	line(start: number, end: number): void {
		const { prefix, tally } = this;
		const bytes = this.window.bytes;
		const wrong =
			start < end && bytes[start] !== HASH ? prefix.read(start, end) : NO_EVENT;
		if (wrong !== null) {
			if (!takeRemark(tally, bytes, start, end)) tally.complain(wrong);
			return;
		}
		const { nameStart, nameEnd, textStart } = prefix;
		const kind = this.eventNames.kind(this.window, nameStart, nameEnd);
		if (kind === KIND_OTHER) this.other();
		else if (kind === KIND_MARK) this.mark(textStart, end);
		else this.kmem(kind, start, textStart, end);
	}

	private kmem(kind: number, start: number, at: number, end: number): void {
		const { event, tally, fields, prefix } = this;
		event.clear(kind);
		const wrong = fields.read(at, end);
		if (wrong !== null) {
			tally.complain(wrong);
			return;
		}
		if (kind <= LAST_SLAB_KIND && (event.low | event.high) !== 0)
			tally.pointer(event.high);
		if (fields.hasBlank) tally.blanked++;
		if (fields.isPlain) this.expected.keep(start, end, prefix.stamp, fields);
		this.emit(kind, prefix.isCount);
	}

	private mark(at: number, end: number): void {
		const { event } = this;
		event.clear(KIND_MARK);
		event.text = utf8(this.window.bytes, at, end)
			.replace(TOLD_BY_PRINT, "")
			.trimEnd();
		this.emit(KIND_MARK, this.prefix.isCount);
	}

	private other(): void {
		const { nameStart, nameEnd } = this.prefix;
		this.tally.others++;
		this.eventNames.countOther(this.window, nameStart, nameEnd);
	}

	private emit(kind: number, isCount: boolean): void {
		const { event, tally } = this;
		this.isCounterClock = isCount;
		tally.event(kind, event.cpu, event.time);
		this.sink(event);
	}
}
