// The list of events, in lock-step with the play head: the current event stays in the middle, what comes is below it.
//
//     810  slab_alloc   kmalloc-64 at 0xffff...
//     811  tick         tick 4
//   > 812  page_alloc   frame 0x1000, order 0, Movable              the play head
//     813  pte_set      entry 4 of table 0x0ff2 maps frame 0x1000   not yet happened: paler
//
// EL1: only the rows that can be seen exist; the list of a million events is as fast as one of ten.
// EL2: a row that is still seen stays: a step makes one new row.

import { eventName } from "../../../kernel/trace/dictionary";
import { SUBJECTS } from "../model/filter";
import { placeIn } from "../model/selection";
import { sentence } from "../model/sentences";
import { arrange, button, el, Size } from "./dom";
import type { Actions, Scene, View } from "./scene";

const ROW = 21; // pixels

/** The list with its filter. */
export class EventList implements View {
	readonly element: HTMLElement;
	readonly filter = el("input", {
		type: "search",
		placeholder: "filter: slab, fault, @ for the selection",
		"aria-label": "Filter the events by name; @ keeps those of the selection",
		spellcheck: "false",
	});
	private readonly rows = el("div", {
		class: "rows",
		role: "listbox",
		tabindex: 0,
		"aria-label": "Events",
	});
	private readonly count = el("span", { class: "count" });
	private readonly size: Size;
	private scene: Scene | null = null;
	private made = new Map<number, HTMLElement>(); // rows that are there, by event
	private madeFor: Int32Array | null = null; // the list that they are rows of
	private offset = 0; // rows that the reader has scrolled away from the play head

	constructor(private readonly actions: Actions) {
		this.size = new Size(this.rows, () => actions.set({}));
		const subjects = el("div", { class: "chips" });
		for (const name of [...Object.keys(SUBJECTS), "@"])
			subjects.append(
				button(
					name === "@" ? "@ selection" : name,
					name === "@" ? "Events of the selection" : `Events about ${name}`,
					() => this.toggle(name),
				),
			);
		this.element = el(
			"section",
			{ class: "events", "aria-label": "Events" },
			el("header", {}, el("h2", {}, "Events"), this.count),
			this.filter,
			subjects,
			this.rows,
		);
		this.filter.addEventListener("input", () =>
			actions.set({ filter: this.filter.value }),
		);
		this.rows.addEventListener(
			"wheel",
			(event) => {
				event.preventDefault();
				this.offset += Math.trunc(event.deltaY / 12) || Math.sign(event.deltaY);
				if (this.scene !== null) this.fill(this.scene);
			},
			{ passive: false },
		);
		this.rows.addEventListener("click", (event) => {
			const row = (event.target as Element).closest("[data-event]");
			if (row !== null) actions.goto(Number(row.getAttribute("data-event")));
		});
	}

	draw(scene: Scene): void {
		if (this.scene?.state.event !== scene.state.event) this.offset = 0;
		this.scene = scene;
		const { filter } = scene.state;
		if (this.filter.value !== filter && document.activeElement !== this.filter)
			this.filter.value = filter;
		this.count.textContent = scene.listed.length.toLocaleString("en");
		this.fill(scene);
	}

	private toggle(name: string): void {
		const words = this.filter.value.split(/[ ,]+/).filter(Boolean);
		const rest = words.filter((word) => word !== name);
		const next = rest.length === words.length ? [...words, name] : rest;
		this.filter.value = next.join(", ");
		this.actions.set({ filter: this.filter.value });
	}

	private fill(scene: Scene): void {
		const { listed, state } = scene;
		if (this.madeFor !== listed) this.made.clear();
		this.madeFor = listed;
		const shown = Math.max(1, Math.floor(this.size.height / ROW));
		const place = placeIn(listed, state.event);
		const middle = place - Math.floor(shown / 2) + this.offset;
		const first = Math.max(0, Math.min(listed.length - shown, middle));
		this.offset += first - middle;
		const rows: HTMLElement[] = [];
		const made = new Map<number, HTMLElement>();
		for (let at = first; at < Math.min(first + shown, listed.length); at++) {
			const event = listed[at] as number;
			const row = this.made.get(event) ?? this.row(scene, event, at);
			mark(row, event, state.event);
			made.set(event, row);
			rows.push(row);
		}
		this.made = made;
		arrange(this.rows, rows);
	}

	private row(scene: Scene, event: number, place: number): HTMLElement {
		const { show, listed } = scene;
		const { columns } = show.film;
		const code = columns.codes[event] as number;
		return el(
			"div",
			{
				role: "option",
				"data-event": event,
				"data-subject": subjectOf(code),
				"aria-setsize": listed.length,
				"aria-posinset": place + 1,
			},
			el("span", { class: "number" }, event.toLocaleString("en")),
			el("span", { class: "name" }, eventName(code)),
			el("span", { class: "what" }, sentence(columns, event, show.names)),
		);
	}
}

/** Shows how a row's event stands to the current one. */
function mark(row: HTMLElement, event: number, current: number): void {
	const kind = event > current ? "row later" : "row";
	if (row.className !== kind) row.className = kind;
	const selected = String(event === current);
	if (row.getAttribute("aria-selected") !== selected)
		row.setAttribute("aria-selected", selected);
}

/** The subject that an event's colour tells. */
function subjectOf(code: number): string {
	const name = eventName(code);
	const found = Object.entries(SUBJECTS).find(([, own]) => own.test(name));
	return found?.[0] ?? "kernel";
}
