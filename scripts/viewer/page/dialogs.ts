// What opens above the page: the search, and the list of keys.
//
// DG1: Esc closes both and gives the focus back to where it was (the browser's own dialog does).

import { type Hit, search } from "../model/search";
import { el } from "./dom";
import { KEYS } from "./keys";
import type { Actions, Scene } from "./scene";

/** Finds what people type. */
export class SearchDialog {
	readonly element = el("dialog", { class: "search", "aria-label": "Find" });
	private readonly input = el("input", {
		type: "search",
		placeholder:
			"event 812, tick 3, 0x1000, ffff8880…, kmalloc-64, a task, a call site",
		"aria-label": "Find",
		spellcheck: "false",
	});
	private readonly hits = el("ol", { role: "listbox", "aria-label": "Found" });
	private found: Hit[] = [];
	private chosen = 0;
	private scene: Scene | null = null;

	constructor(private readonly actions: Actions) {
		this.element.append(this.input, this.hits);
		this.input.addEventListener("input", () => this.look());
		this.input.addEventListener("keydown", (event) => this.key(event));
		this.element.addEventListener("click", (event) => {
			if (event.target === this.element) this.element.close();
		});
	}

	open(scene: Scene): void {
		this.scene = scene;
		this.input.value = "";
		this.look();
		this.element.showModal();
		this.input.focus();
	}

	private look(): void {
		const { scene } = this;
		if (scene === null) return;
		const { show, state } = scene;
		this.found = search(this.input.value, {
			survey: show.survey,
			contexts: show.trace.reader.contexts,
			fold: show.film.at(state.event),
		});
		this.chosen = 0;
		this.tell();
	}

	private tell(): void {
		const rows = this.found.map((hit, at) => {
			const row = el(
				"li",
				{ role: "option", "aria-selected": String(at === this.chosen) },
				el("span", { class: "quiet" }, hit.kind),
				el("span", {}, hit.words),
			);
			row.addEventListener("click", () => this.take(hit));
			return row;
		});
		this.hits.replaceChildren(...rows);
	}

	private key(event: KeyboardEvent): void {
		const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (move !== undefined) {
			event.preventDefault();
			const count = this.found.length || 1;
			this.chosen = (this.chosen + move + count) % count;
			this.tell();
		} else if (event.key === "Enter") {
			event.preventDefault();
			const hit = this.found[this.chosen];
			if (hit !== undefined) this.take(hit);
		}
	}

	private take({ event, selection, filter }: Hit): void {
		this.element.close();
		if (event !== undefined) this.actions.goto(event);
		if (selection !== undefined) this.actions.select(selection);
		if (filter !== undefined) this.actions.set({ filter });
	}
}

/** Lists the keys. */
export function helpDialog(): HTMLDialogElement {
	const rows = KEYS.map(([keys, words]) =>
		el(
			"tr",
			{},
			el("td", {}, ...keys.split(" ").map((key) => el("kbd", {}, key))),
			el("td", {}, words),
		),
	);
	const dialog = el(
		"dialog",
		{ class: "help", "aria-label": "Keys" },
		el("h2", {}, "Keys"),
		el("table", {}, el("tbody", {}, ...rows)),
	);
	dialog.addEventListener("click", () => dialog.close());
	return dialog;
}
