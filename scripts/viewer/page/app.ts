// The page: keeps what is shown, and draws it when it changed.
//
//   actions --> state --+--> fragment of the address
//                       `--> next animation frame: scene --> toolbar, timeline, events, map, inspector, drawer
//
// AP1: however many changes come between two animation frames, the page is drawn once.
// AP2: everything on the page follows from the state and the trace; the address has the state.

import { firstFrame } from "../../../kernel/trace/extent";
import type { Fold } from "../../../kernel/trace/fold/fold";
import { filterEvents } from "../model/filter";
import { fragmentText, type PageState, parseFragment } from "../model/fragment";
import { placeIn, type Selection, selectionText } from "../model/selection";
import type { Show } from "../model/show";
import { helpDialog, SearchDialog } from "./dialogs";
import { el, type Furniture, furniture } from "./dom";
import { Drawer } from "./drawer";
import { EventList } from "./event-list";
import { Inspector } from "./inspector";
import { listenToKeys } from "./keys";
import { MapView } from "./map-view";
import type { Rerun } from "./rerun";
import { saveBlob, saveText } from "./save";
import type { Actions, Scene, View } from "./scene";
import { Timeline } from "./timeline";
import { speedFor, Toolbar } from "./toolbar";

const PLAY_SECONDS = 20; // that a whole trace takes at the speed it begins with
const FRAMES_PER_SECOND = 60;
const FRAGMENT_REST = 200; // milliseconds after the last change

/** The whole page. */
export class App implements Actions {
	private state: PageState;
	private readonly views: View[];
	private readonly map: MapView;
	private readonly timeline: Timeline;
	private readonly events: EventList;
	private readonly searchDialog: SearchDialog;
	private readonly helpDialog = helpDialog();
	private isPlaying = false;
	private isExplaining = false;
	private speed: number;
	private pending = 0;
	private timer = 0;
	private history: { key: string; events: Int32Array } | null = null;
	private listed: { key: string; events: Int32Array } | null = null;
	private colours: { isDark: boolean; of: Furniture } | null = null;
	private readonly folds = new Map<number, Fold>(); // at the markers

	/** `machine` runs the scenario again, or says why it cannot be. */
	constructor(
		private readonly show: Show,
		private readonly title: string,
		machine: Rerun | string,
	) {
		this.state = parseFragment(location.hash, show.events);
		this.speed = speedFor(show.events / PLAY_SECONDS / FRAMES_PER_SECOND);
		this.map = new MapView(this);
		this.timeline = new Timeline(this);
		this.events = new EventList(this);
		this.searchDialog = new SearchDialog(this);
		const toolbar = new Toolbar(this, title, this.speed);
		const inspector = new Inspector(this, machine);
		const drawer = new Drawer(this, machine);
		this.views = [
			toolbar,
			this.timeline,
			this.events,
			this.map,
			inspector,
			drawer,
		];
		document.body.replaceChildren(
			toolbar.element,
			this.timeline.element,
			el("main", {}, this.events.element, this.map.element, inspector.element),
			drawer.element,
			this.searchDialog.element,
			this.helpDialog,
		);
		this.listen();
		this.draw();
	}

	private listen(): void {
		window.addEventListener("hashchange", () => {
			this.state = parseFragment(location.hash, this.show.events);
			this.set({});
		});
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
			this.set({}),
		);
		listenToKeys(this, {
			scene: () => this.scene(),
			walk: (columns, rows) => this.map.walk(columns, rows),
			zoom: (factor) => this.timeline.zoom(factor),
			filter: () => this.events.filter.focus(),
		});
	}

	// --- actions

	set(changes: Partial<PageState>): void {
		this.state = { ...this.state, ...changes };
		clearTimeout(this.timer);
		this.timer = window.setTimeout(() => this.writeFragment(), FRAGMENT_REST);
		if (this.pending === 0)
			this.pending = requestAnimationFrame(() => this.draw());
	}

	goto(event: number): void {
		const last = this.show.events - 1;
		this.set({ event: Math.max(-1, Math.min(last, event)) });
		this.follow();
	}

	/** Along the list: its filter leaves events out, and always the texts, which are read with what they stand before. */
	step(events: number): void {
		const listed = this.listedNow();
		const place = placeIn(listed, this.state.event);
		const isOn = place >= 0 && listed[place] === this.state.event;
		const at = place + events + (events < 0 && !isOn ? 1 : 0);
		this.goto(at < 0 ? -1 : (listed[at] ?? this.show.events - 1));
	}

	stepTick(ticks: number): void {
		const marks = this.show.survey.ticks;
		const now = this.show.survey.tickAt(this.state.event);
		const place = now === null ? -1 : marks.indexOf(now);
		const isInside = now !== null && now.event < this.state.event;
		const at = ticks < 0 && isInside ? place : place + ticks;
		if (at < 0) this.goto(-1);
		else this.goto(marks[at]?.event ?? this.show.events - 1);
	}

	stepHistory(places: number): void {
		const history = this.historyNow();
		const place = placeIn(history, this.state.event);
		const isOn = history[place] === this.state.event;
		const at = places < 0 && !isOn ? place : place + places;
		const event = history[at];
		if (event !== undefined) this.goto(event);
	}

	select(selection: Selection | null): void {
		this.set({ selection });
	}

	why(): void {
		this.isExplaining = !this.isExplaining;
		this.set({});
	}

	mark(which: "a" | "b"): void {
		const { event } = this.state;
		this.set({ [which]: this.state[which] === event ? null : event });
	}

	play(): void {
		this.isPlaying = !this.isPlaying;
		if (this.isPlaying && this.state.event >= this.show.events - 1)
			this.goto(-1);
		this.set({});
	}

	setSpeed(eventsPerFrame: number): void {
		this.speed = eventsPerFrame;
	}

	search(): void {
		this.searchDialog.open(this.scene());
	}

	help(): void {
		this.helpDialog.showModal();
	}

	theme(): void {
		document.documentElement.dataset.theme = isDark() ? "light" : "dark";
		this.set({});
	}

	save(form: "svg" | "png"): void {
		const name = `${this.title}-${this.state.event}`;
		if (form === "svg") saveText(`${name}.svg`, this.map.svgText());
		else this.map.image.toBlob((blob) => blob && saveBlob(`${name}.png`, blob));
	}

	// --- what tests ask

	/** The moment in plain numbers, drawn or not. */
	report(): Record<string, unknown> {
		const fold = this.show.film.at(this.state.event);
		const { frames, objects, tasks } = fold;
		return {
			...this.state,
			events: this.show.events,
			free: frames.zones.map((_, zone) => frames.freeFrames(zone)),
			objects: objects.all().reduce((sum, cache) => sum + cache.active, 0),
			tick: tasks.tick,
			digest: digestOf(fold.save()),
		};
	}

	// --- private

	private scene(): Scene {
		const { show, state } = this;
		const subject = state.selection ?? this.following();
		const isAsked = this.isExplaining && !this.isPlaying && state.event >= 0;
		const why = isAsked ? show.why(state.event) : null;
		const [before, after] = this.marked(); // before the fold of this moment: the film has one fold
		return {
			show,
			state,
			fold: show.film.at(state.event),
			known: show.film.knownAt(state.event),
			subject,
			history: this.historyNow(),
			listed: this.listedNow(),
			before,
			after,
			why,
			isDark: isDark(),
			isPlaying: this.isPlaying,
			furniture: this.furnitureNow(),
		};
	}

	/** The colours of the style sheet, read once for each theme. */
	private furnitureNow(): Furniture {
		const theme = isDark();
		if (this.colours?.isDark !== theme)
			this.colours = { isDark: theme, of: furniture() };
		return this.colours.of;
	}

	private draw(): void {
		this.pending = 0;
		if (this.isPlaying) this.advance();
		const scene = this.scene();
		for (const view of this.views) view.draw(scene);
	}

	private advance(): void {
		const last = this.show.events - 1;
		const event = Math.min(last, this.state.event + this.speed);
		if (event === last) this.isPlaying = false;
		this.set({ event });
		this.follow();
	}

	/** Keeps the play head inside the part of the timeline that is shown. */
	private follow(): void {
		const { window, event } = this.state;
		if (window === null) return;
		const [from, to] = window;
		if (event >= from && event <= to) return;
		const length = to - from;
		const last = this.show.events - 1;
		const start = Math.max(
			0,
			Math.min(last - length, event - Math.round(length / 4)),
		);
		this.set({ window: [start, start + length] });
	}

	/** What the current event is about. */
	private following(): Selection | null {
		if (this.state.event < 0) return null;
		const pfn = firstFrame(this.show.film.columns, this.state.event);
		return pfn < 0 ? null : { kind: "frame", pfn };
	}

	private historyNow(): Int32Array {
		const subject = this.state.selection ?? this.following();
		if (subject === null) return new Int32Array(0);
		const key = selectionText(subject);
		if (this.history?.key !== key)
			this.history = {
				key,
				events: this.show.historyOf(subject),
			};
		return this.history.events;
	}

	private listedNow(): Int32Array {
		const { filter, selection } = this.state;
		const isAbout = filter.includes("@") && selection !== null;
		const key = isAbout ? `${filter} ${selectionText(selection)}` : filter;
		if (this.listed?.key !== key) {
			const { columns } = this.show.film;
			this.listed = { key, events: filterEvents(filter, columns, selection) };
		}
		return this.listed.events;
	}

	/** The folds at the markers, the earlier first. */
	private marked(): [Fold | null, Fold | null] {
		const events = [this.state.a, this.state.b]
			.filter((event): event is number => event !== null)
			.sort((one, other) => one - other);
		for (const event of this.folds.keys())
			if (!events.includes(event)) this.folds.delete(event);
		const folds = events.map((event) => {
			const fold = this.folds.get(event) ?? this.show.film.copyAt(event);
			this.folds.set(event, fold);
			return fold;
		});
		return [folds[0] ?? null, folds[1] ?? null];
	}

	private writeFragment(): void {
		const text = `#${fragmentText(this.state)}`;
		if (text !== location.hash) history.replaceState(null, "", text);
	}
}

/** What the page looks like now: the reader's choice, or else the system's. */
function isDark(): boolean {
	const { theme } = document.documentElement.dataset;
	if (theme !== undefined) return theme === "dark";
	return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** A number that tells two states apart (FNV-1a). */
function digestOf(bytes: Uint8Array): string {
	let value = 0x811c9dc5;
	for (let at = 0; at < bytes.length; at++)
		value = Math.imul(value ^ (bytes[at] as number), 0x01000193);
	return (value >>> 0).toString(16).padStart(8, "0");
}
