// Caches: what each takes and how full it is, in the order that the reader chose; a click selects one.

import type { FoldedCache } from "../../../../kernel/trace/fold/objects";
import { bytesText } from "../../model/numbers";
import { button, el, refill } from "../dom";
import type { Actions, Scene, View } from "../scene";

type Column = readonly [
	name: string,
	of: (cache: FoldedCache) => number | string,
];

const COLUMNS: readonly Column[] = [
	["cache", ({ name }) => name],
	["object", ({ size }) => size],
	["in use", ({ active }) => active],
	["objects", ({ total }) => total],
	["full", ({ active, total }) => (total === 0 ? 0 : active / total)],
	["slabs", ({ slabs }) => slabs],
	["memory", ({ frames }) => frames * 4096],
	["unused", ({ frames, active, size }) => frames * 4096 - active * size],
];

export class CachesPanel implements View {
	readonly element = el("div", { class: "panel scroll" });
	private sorted = 6;
	private isRising = false;

	constructor(private readonly actions: Actions) {}

	draw({ fold, subject }: Scene): void {
		const [, of] = COLUMNS[this.sorted] as Column;
		const caches = fold.objects.all().sort((one, other) => {
			const [left, right] = [of(one), of(other)];
			const order = left < right ? -1 : left > right ? 1 : 0;
			return this.isRising ? order : -order;
		});
		const slot = subject?.kind === "cache" ? subject.slot : -1;
		refill(
			this.element,
			el(
				"table",
				{ class: "grid wide" },
				el("caption", { class: "unseen" }, "Caches"),
				el(
					"thead",
					{},
					el("tr", {}, ...COLUMNS.map(([name], at) => this.head(name, at))),
				),
				el(
					"tbody",
					{},
					...caches.map((cache) => this.row(cache, cache.slot === slot)),
				),
			),
		);
	}

	private head(name: string, at: number): HTMLElement {
		const press = (): void => {
			this.isRising = this.sorted === at ? !this.isRising : at === 0;
			this.sorted = at;
			this.actions.set({});
		};
		const order =
			this.sorted !== at ? "none" : this.isRising ? "ascending" : "descending";
		const arrow = order === "none" ? "" : this.isRising ? " ↑" : " ↓";
		return el(
			"th",
			{ scope: "col", "aria-sort": order, class: at === 0 ? null : "number" },
			button(`${name}${arrow}`, `Sort by ${name}`, press, { class: "link" }),
		);
	}

	private row(cache: FoldedCache, isSelected: boolean): HTMLElement {
		const { name, slot, size, active, total, slabs, frames } = cache;
		const full = total === 0 ? 0 : active / total;
		const filled = el("span");
		filled.style.width = `${full * 100}%`;
		const bar = el("span", { class: "bar", "aria-hidden": "true" }, filled);
		const number = (text: string): HTMLElement =>
			el("td", { class: "number" }, text);
		return el(
			"tr",
			{ class: isSelected ? "selected" : null },
			el(
				"th",
				{ scope: "row" },
				button(
					name,
					`Select cache ${name}`,
					() => this.actions.select({ kind: "cache", slot }),
					{ class: "link" },
				),
			),
			number(size.toLocaleString("en")),
			number(active.toLocaleString("en")),
			number(total.toLocaleString("en")),
			el(
				"td",
				{ class: "number" },
				bar,
				el("span", { class: "percent" }, `${Math.round(full * 100)} %`),
			),
			number(slabs.toLocaleString("en")),
			number(bytesText(frames * 4096)),
			number(bytesText(frames * 4096 - active * size)),
		);
	}
}
