// What views get and what they may do: a view draws a scene, and asks for changes through actions.
//
//   keys, clicks --> actions --> state --next frame--> scene --> every view draws
//
// SC1: a view changes nothing itself: what it shows follows from the scene alone.
// SC2: the fold of a scene is good until the drawing is over (FM2).

import type { Explanation } from "../../../kernel/trace/ask/why";
import type { Fold } from "../../../kernel/trace/fold/fold";
import type { PageState } from "../model/fragment";
import type { Selection } from "../model/selection";
import type { Show } from "../model/show";
import type { Furniture } from "./dom";

/** One moment, to be drawn. */
export interface Scene {
	readonly show: Show;
	readonly state: PageState;
	/** State of the machine after event `state.event`, or after event `known` when that is not known. */
	readonly fold: Fold;
	readonly known: number;
	/** What is inspected: the selection, or what the current event is about. */
	readonly subject: Selection | null;
	/** Events of the subject. */
	readonly history: Int32Array;
	/** Events that the list shows. */
	readonly listed: Int32Array;
	/** The earlier and the later marker; the later one is null while only one is set. */
	readonly before: Fold | null;
	readonly after: Fold | null;
	/** Why the current event happened, while the reader wants to know; a sentence when that is not known. */
	readonly why: Explanation | string | null;
	readonly isDark: boolean;
	readonly isPlaying: boolean;
	readonly furniture: Furniture;
}

/** What views may ask for. */
export interface Actions {
	goto(event: number): void;
	/** So many events on, or back. */
	step(events: number): void;
	stepTick(ticks: number): void;
	/** To the next event of the subject (1) or the one before (-1). */
	stepHistory(places: number): void;
	/** Explains events, or stops it. */
	why(): void;
	select(selection: Selection | null): void;
	set(changes: Partial<PageState>): void;
	mark(which: "a" | "b"): void;
	play(): void;
	setSpeed(eventsPerFrame: number): void;
	search(): void;
	help(): void;
	theme(): void;
	save(form: "svg" | "png"): void;
}

/** A part of the page. */
export interface View {
	readonly element: HTMLElement;
	draw(scene: Scene): void;
}
