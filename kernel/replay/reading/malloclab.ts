// Lines of a .rep file, the traces of malloc laboratories.
//
//   20000      suggested heap, or a weight     a 0 512    allocate 512 bytes as number 0
//   5          numbers that are used           r 0 640    resize it
//   12         operations                      f 0        free it; f -1 frees NULL
//   1          a weight, or suggested heap
//   a 0 512
// Two orders of the header are in use; the second and third number mean the same in both. Number n becomes the pointer n + 1,
// so that 0/0 stays NULL. There is no clock: the time is the operation's place in the file.

import { Digits } from "./digits";
import { FREE, type KmemEvent, MALLOC, REALLOC } from "./event";
import type { EventSink } from "./kernel-lines";
import type { Tally } from "./tally";
import type { Window } from "./window";

const KIND_MALLOC = MALLOC;
const KIND_FREE = FREE;
const KIND_REALLOC = REALLOC;
const BLANK = 32;
const TAB = 9;
const LETTER_A = 97;
const LETTER_F = 102;
const LETTER_R = 114;
const IDS_MAX = 0x7ffffffe;
const IDS_LINE = 1;
const OPERATIONS_LINE = 2;

const NO_OPERATION = "is none of `a ID BYTES`, `r ID BYTES` and `f ID`";
const NO_SUCH_ID = "names an ID that the header does not allow";

/** Makes events of the lines of one .rep file. */
export class MalloclabLines {
	private readonly digits: Digits;
	private readonly ids: number;
	private operations = 0;

	/** `header` holds the four numbers at the beginning of the file. */
	constructor(
		private readonly window: Window,
		private readonly event: KmemEvent,
		private readonly tally: Tally,
		private readonly sink: EventSink,
		header: readonly number[],
	) {
		this.digits = new Digits(window);
		this.ids = Math.min(header[IDS_LINE] ?? 0, IDS_MAX);
		tally.operationsPromised = header[OPERATIONS_LINE] ?? 0;
	}

	line(start: number, end: number): void {
		const from = this.skipBlanks(start, end);
		if (from === end) this.tally.blank++;
		else {
			const wrong = this.operation(from, end);
			if (wrong !== null) this.tally.complain(wrong);
		}
	}

	private operation(start: number, end: number): string | null {
		const { event, digits } = this;
		const kind = kindOf(this.window.bytes[start] as number);
		let at = this.skipBlanks(start + 1, end);
		if (kind < 0 || at === start + 1) return NO_OPERATION;
		at = digits.signed(at, end);
		if (at < 0) return NO_OPERATION;
		const id = digits.value;
		const isNull = id === -1 && kind === KIND_FREE;
		if (!isNull && (id < 0 || id >= this.ids)) return NO_SUCH_ID;
		event.clear(kind);
		if (kind !== KIND_FREE) {
			at = digits.decimal(this.skipBlanks(at, end), end);
			if (at < 0) return NO_OPERATION;
			event.bytesRequested = digits.value;
		}
		if (this.skipBlanks(at, end) !== end) return NO_OPERATION;
		event.low = id + 1;
		this.emit(kind);
		return null;
	}

	private skipBlanks(at: number, end: number): number {
		const bytes = this.window.bytes;
		let to = at;
		while (to < end && (bytes[to] === BLANK || bytes[to] === TAB)) to++;
		return to;
	}

	private emit(kind: number): void {
		const { event, tally } = this;
		const isRealloc = kind === KIND_REALLOC;
		event.oldLow = isRealloc ? event.low : 0;
		event.oldHigh = 0;
		event.time = this.operations++;
		tally.event(kind, -1, event.time);
		this.sink(event);
	}
}

function kindOf(letter: number): number {
	if (letter === LETTER_A) return KIND_MALLOC;
	if (letter === LETTER_F) return KIND_FREE;
	return letter === LETTER_R ? KIND_REALLOC : -1;
}
