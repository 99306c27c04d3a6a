// Chunks of any size become lines.
//
//   chunk   chunk   chunk           window
//   ---+ +-------+ +----            +--------------------------------+-----------------------+
//      | |       | |       copied   | line\nline\nline\nhalf a line  |        free           |
//   ---+ +-------+ +----  ------->  +--------------------------------+-----------------------+
//                                                      ^ start        ^ filled
// Whole lines are handed out where they lie; the rest moves to the front when the window is full.
//
// L1: lines do not depend on how the bytes were cut into chunks.
// L2: a line longer than LINE_MAX is handed to nobody; it is only told that there was one.
// L3: neither the line feed nor a carriage return before it belongs to the line.

import { Window } from "./window";

/** Longest line in bytes. A recorded event has some 200. */
export const LINE_MAX = 1 << 14;
const WINDOW = 1 << 17; // bytes
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** What wants the lines. Positions are those of the window, and valid only during the call. */
export interface LineSink {
	/** Takes the line at `start` if it knows where that ends, before `limit`: where the next one begins, or -1. */
	take(start: number, limit: number): number;
	/** A line. */
	line(start: number, end: number): void;
	/** A line of more than LINE_MAX bytes went by. */
	overlong(): void;
	/** The file ends in a line that no line feed closes. */
	unclosed(start: number, end: number): void;
}

/** Cuts one file into lines. */
export class Lines {
	readonly window = new Window(WINDOW);
	private filled = 0;
	private start = 0; // of the line that is not complete
	private isSkipping = false; // inside a line that is too long

	constructor(private readonly sink: LineSink) {}

	/** Takes the next bytes of the file. */
	push(chunk: Uint8Array): void {
		for (let from = 0; from < chunk.length; ) {
			const length = Math.min(chunk.length - from, WINDOW - this.filled);
			this.window.bytes.set(chunk.subarray(from, from + length), this.filled);
			from += length;
			this.drain(this.filled + length);
		}
	}

	/** The file is at its end. */
	finish(): void {
		const { start, filled } = this;
		this.window.bytes[filled] = LINE_FEED; // W1
		this.start = filled;
		if (this.isSkipping) this.sink.overlong();
		else if (filled > start) this.sink.unclosed(start, filled);
		this.isSkipping = false;
	}

	/** Hands out the whole lines before `end`; what was before `filled` holds no line feed behind `start`. */
	private drain(end: number): void {
		const { window, sink } = this;
		let unseen = this.filled;
		for (;;) {
			const next = this.isSkipping ? -1 : sink.take(this.start, end);
			if (next >= 0) {
				this.start = next;
				unseen = next;
				continue;
			}
			const feed = window.find(LINE_FEED, unseen, end);
			if (feed === end) break;
			this.close(feed);
			unseen = feed + 1;
		}
		this.filled = end;
		this.keepRest();
	}

	private close(feed: number): void {
		const start = this.start;
		this.start = feed + 1;
		if (this.isSkipping || feed - start > LINE_MAX) {
			this.isSkipping = false;
			this.sink.overlong();
			return;
		}
		const hasReturn =
			feed > start && this.window.bytes[feed - 1] === CARRIAGE_RETURN;
		this.sink.line(start, hasReturn ? feed - 1 : feed);
	}

	/** Makes room: the beginning of a line moves to the front, unless it is too long already. */
	private keepRest(): void {
		if (this.isSkipping || this.filled - this.start > LINE_MAX) {
			this.isSkipping = true;
			this.start = 0;
			this.filled = 0;
		} else if (this.filled === WINDOW || this.start === this.filled) {
			this.window.bytes.copyWithin(0, this.start, this.filled);
			this.filled -= this.start;
			this.start = 0;
		}
	}
}
