// The keys: what each does, for the page and for the list that `?` shows.
//
// KB1: while somebody types into a field only Esc is a key.

import { PANELS } from "../model/fragment";
import { MODES } from "../model/paint";
import type { Actions, Scene } from "./scene";

/** Keys and their words, in the order of the list. */
export const KEYS: readonly (readonly [keys: string, words: string])[] = [
	["← →", "an event back, an event on"],
	["⇧← ⇧→", "a tick back, a tick on"],
	["Home End", "to the start, to the end"],
	["p n", "previous and next event of the selection"],
	["w", "why: explain each event, or stop it"],
	["space", "play and stop"],
	["/", "find an address, frame, cache, task, call site or event"],
	["a b", "set marker A, marker B here"],
	["c", "colour the map by the next thing"],
	["h j k l", "the frame to the left, below, above, to the right"],
	["1 … 6", "free lists, caches, tasks, /proc, call sites, A → B"],
	["+ − 0", "zoom the timeline: in, out, everything"],
	["f", "type a filter for the events"],
	["s", "save the map as SVG"],
	["t", "light or dark"],
	["Esc", "clear the selection"],
	["?", "this list"],
];

/** What keys need besides the actions. */
export interface KeyTargets {
	readonly scene: () => Scene;
	readonly walk: (columns: number, rows: number) => void;
	readonly zoom: (factor: number) => void;
	readonly filter: () => void;
}

type Deed = (actions: Actions, targets: KeyTargets) => void;

const DEEDS: Readonly<Record<string, Deed>> = {
	ArrowLeft: (actions) => actions.step(-1),
	ArrowRight: (actions) => actions.step(1),
	"shift ArrowLeft": (actions) => actions.stepTick(-1),
	"shift ArrowRight": (actions) => actions.stepTick(1),
	Home: (actions) => actions.goto(-1),
	End: (actions) => actions.goto(Number.MAX_SAFE_INTEGER),
	p: (actions) => actions.stepHistory(-1),
	n: (actions) => actions.stepHistory(1),
	w: (actions) => actions.why(),
	" ": (actions) => actions.play(),
	"/": (actions) => actions.search(),
	"?": (actions) => actions.help(),
	a: (actions) => actions.mark("a"),
	b: (actions) => actions.mark("b"),
	t: (actions) => actions.theme(),
	s: (actions) => actions.save("svg"),
	Escape: (actions) => actions.select(null),
	h: (_, { walk }) => walk(-1, 0),
	l: (_, { walk }) => walk(1, 0),
	k: (_, { walk }) => walk(0, -1),
	j: (_, { walk }) => walk(0, 1),
	"+": (_, { zoom }) => zoom(0.5),
	"=": (_, { zoom }) => zoom(0.5),
	"-": (_, { zoom }) => zoom(2),
	"0": (actions) => actions.set({ window: null }),
	f: (_, { filter }) => filter(),
	c: (actions, { scene }) => {
		const at = MODES.indexOf(scene().state.mode);
		actions.set({ mode: MODES[(at + 1) % MODES.length] ?? "use" });
	},
};

/** Listens to the keyboard. */
export function listenToKeys(actions: Actions, targets: KeyTargets): void {
	document.addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		if (document.querySelector("dialog[open]") !== null) return;
		if (isField(event.target)) {
			if (event.key === "Escape") (event.target as HTMLElement).blur();
			return;
		}
		const deed = deedOf(event);
		if (deed === undefined) return;
		event.preventDefault();
		deed(actions, targets);
	});
}

function deedOf(event: KeyboardEvent): Deed | undefined {
	const panel = PANELS[Number(event.key) - 1];
	if (panel !== undefined) return (actions) => actions.set({ panel });
	const isArrow = event.key.startsWith("Arrow");
	return DEEDS[event.shiftKey && isArrow ? `shift ${event.key}` : event.key];
}

const isField = (target: EventTarget | null): boolean =>
	target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
