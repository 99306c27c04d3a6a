// A session of the stepper: where in the trace it is, what is selected, and what each key does.
//
//   key --> Session --> moment, selected frame, question line, help         the screen draws what the session says
//
// SE1: the moment is always the number of an event of the trace.
// SE2: N events back and N forth is the same moment; the state there is the trace's, so it is the same state.

import { EV_TEXT } from "../../hw/events";
import { EV_TICK } from "../../kernel/events";
import type { Trace } from "../../kernel/trace/trace";

/** Answers to "where is that?": the frame that a text names, or the event. */
export type Finder = (
	text: string,
	moment: number,
) => { readonly frame?: number; readonly event?: number } | string;

/** Whether an event concerns a frame. */
export type Concern = (event: number, frame: number) => boolean;

const PAGE = 50; // events that page up and page down pass over
const SEARCH_MAX = 5_000_000; // events looked at for the next one of the selection

/** Every key with its words, for the help. */
export const KEY_HELP: readonly (readonly [keys: string, words: string])[] = [
	["→ ←", "one event forth, back"],
	["shift → ←", "one tick forth, back"],
	["page down, up", `${PAGE} events forth, back`],
	["home, end", "first event, last event"],
	["n p", "next, previous event of the selected frame"],
	["space", "play, pause"],
	["/", "find an address, pfn:N, a cache, pid:N, or the number of an event"],
	["s", "select the frame of the event; again to let it go"],
	["?", "this help"],
	["q", "leave"],
];

/** Where somebody is in a trace. */
export class Session {
	moment: number;
	/** Frame whose life is being followed; -1 for none. */
	frame = -1;
	/** What is being typed after "/"; null while nothing is. */
	typed: string | null = null;
	/** A word to the person: what was not found, say. */
	notice = "";
	isHelping = false;
	isPlaying = false;
	isOver = false;

	constructor(
		private readonly trace: Trace,
		private readonly find: Finder,
		private readonly frameOf: (event: number) => number,
		private readonly concerns: Concern,
		moment = 0,
	) {
		this.moment = this.clamp(moment);
	}

	/** Does what the key asks for. */
	press(key: string): void {
		this.notice = "";
		if (key === "ctrl-c") this.isOver = true;
		else if (this.typed !== null) this.type(key);
		else if (this.isHelping) this.isHelping = false;
		else this.command(key);
	}

	/** One event forth, if there is one; ends playing at the last. */
	play(): void {
		const before = this.moment;
		this.step(1);
		if (this.moment === before) this.isPlaying = false;
	}

	/** Back to a moment that can be shown, with the reason why another cannot. */
	turnBack(moment: number, reason: string): void {
		this.moment = moment;
		this.notice = reason;
		this.isPlaying = false;
	}

	private command(key: string): void {
		const deeds: Readonly<Record<string, () => void>> = {
			right: () => this.step(1),
			left: () => this.step(-1),
			"shift-right": () => this.tick(1),
			"shift-left": () => this.tick(-1),
			"page-down": () => this.step(PAGE),
			"page-up": () => this.step(-PAGE),
			home: () => this.go(0),
			end: () => this.go(this.trace.events - 1),
			n: () => this.follow(1),
			p: () => this.follow(-1),
			" ": () => {
				this.isPlaying = !this.isPlaying;
			},
			"/": () => {
				this.typed = "";
			},
			s: () => this.select(),
			"?": () => {
				this.isHelping = true;
			},
			q: () => {
				this.isOver = true;
			},
		};
		deeds[key]?.();
	}

	private go(moment: number): void {
		this.moment = this.clamp(moment);
	}

	/** Letters are no events to stop at: they belong to the next one. */
	private step(events: number): void {
		const way = Math.sign(events);
		let at = this.clamp(this.moment + events);
		while (this.isText(at) && this.clamp(at + way) !== at) at += way;
		if (!this.isText(at)) this.moment = at;
	}

	private isText(event: number): boolean {
		return this.trace.event(event).code === EV_TEXT;
	}

	private tick(way: number): void {
		const found = this.search(way, (event) => this.isTick(event));
		if (found >= 0) this.moment = found;
		else
			this.notice =
				way > 0 ? "there is no later tick" : "there is no earlier tick";
	}

	private isTick(event: number): boolean {
		const { code, cpu } = this.trace.event(event);
		return code === EV_TICK && cpu === 0;
	}

	/** To the next or previous event of the selected frame. */
	private follow(way: number): void {
		if (this.frame < 0) {
			this.notice =
				"nothing is selected: s selects the frame of this event, / finds one";
			return;
		}
		const { frame } = this;
		const found = this.search(way, (event) => this.concerns(event, frame));
		if (found >= 0) this.moment = found;
		else
			this.notice = `frame ${frame} has no ${way > 0 ? "later" : "earlier"} event`;
	}

	private search(way: number, test: (event: number) => boolean): number {
		let at = this.moment + way;
		for (let seen = 0; seen < SEARCH_MAX; seen++, at += way) {
			if (at < 0 || at >= this.trace.events) return -1;
			if (test(at)) return at;
		}
		return -1;
	}

	private select(): void {
		const frame = this.frameOf(this.moment);
		if (frame < 0) this.notice = "this event concerns no frame";
		else this.frame = this.frame === frame ? -1 : frame;
	}

	private type(key: string): void {
		const typed = this.typed ?? "";
		if (key === "escape") this.typed = null;
		else if (key === "backspace") this.typed = typed.slice(0, -1);
		else if (key === "enter") this.answer(typed);
		else if (key.length === 1) this.typed = typed + key;
	}

	private answer(text: string): void {
		this.typed = null;
		if (text.trim() === "") return;
		const found = this.find(text.trim(), this.moment);
		if (typeof found === "string") this.notice = found;
		else {
			if (found.frame !== undefined) this.frame = found.frame;
			if (found.event !== undefined) this.go(found.event);
		}
	}

	private clamp(moment: number): number {
		return Math.max(0, Math.min(this.trace.events - 1, moment));
	}
}
