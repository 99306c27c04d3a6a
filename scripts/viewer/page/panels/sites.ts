// Call sites as an icicle: the root on top, each row a call deeper, as wide as what it accounts for.
//
//   measure: live, total, count, waste, temporary           a click selects the call site
//
// SI1: beside the picture stands a table of the same numbers, largest first, as `flagstone trace FILE owners` has it.

import {
	OWNERS_SORT,
	type OwnerRow,
	type OwnersSort,
} from "../../../../kernel/trace/ask/owners";
import { type CallSite, siteTree } from "../../model/call-sites";
import { NAMED } from "../../model/inks";
import { bytesText } from "../../model/numbers";
import { button, el, refill } from "../dom";
import { Rest } from "../rest";
import type { Actions, Scene, View } from "../scene";

const ROW = 23;
const NARROW = 0.0015; // share of the width below which nothing is drawn
const ROWS = 40; // of the table

export class SitesPanel implements View {
	readonly element = el("div", { class: "panel" });
	private readonly choice = el("div", { class: "modes" });
	private readonly picture = el("div", { class: "icicle" });
	private readonly table = el("div", { class: "members" });
	private readonly rest = new Rest();
	private measure: OwnersSort = "live";

	constructor(private readonly actions: Actions) {
		for (const name of OWNERS_SORT)
			this.choice.append(
				button(name, `Measure: ${name}`, () => actions.set({ measure: name }), {
					role: "radio",
					"data-name": name,
				}),
			);
		this.element.append(
			this.choice,
			el("div", { class: "split" }, this.picture, this.table),
		);
	}

	draw(scene: Scene): void {
		this.measure = scene.state.measure;
		for (const child of this.choice.children)
			child.setAttribute(
				"aria-checked",
				String(child.getAttribute("data-name") === this.measure),
			);
		const isDone = this.rest.when(() => this.fill(scene));
		this.element.classList.toggle("waiting", !isDone);
	}

	private fill({ show, state, isDark, subject }: Scene): void {
		const rows = show.owners(state.event);
		const root = siteTree(rows, this.measure, show.trace.reader.contexts);
		const selected = subject?.kind === "context" ? subject.node : -1;
		const boxes: HTMLElement[] = [];
		const depth = this.place(
			root,
			0,
			0,
			1,
			root.value || 1,
			boxes,
			isDark,
			selected,
		);
		this.picture.style.height = `${depth * ROW}px`;
		refill(this.picture, ...boxes);
		this.tell(rows);
		this.element.classList.remove("waiting");
	}

	/** Places a node and all below it; returns how deep they go. */
	private place(
		site: CallSite,
		depth: number,
		left: number,
		width: number,
		whole: number,
		boxes: HTMLElement[],
		isDark: boolean,
		selected: number,
	): number {
		const { node, name, value } = site;
		const pair = NAMED[hash(name) % (NAMED.length - 1)] as readonly [
			string,
			string,
		];
		const words = `${name}: ${this.text(value)}, ${((value / whole) * 100).toFixed(1)} %`;
		const select = (): void =>
			this.actions.select(node === 0 ? null : { kind: "context", node });
		const box = button(name, words, select, {
			class: node === selected ? "selected" : null,
			"data-node": node,
		});
		box.style.cssText = `left:${left * 100}%;width:${width * 100}%;top:${depth * ROW}px;background:${depth === 0 ? "" : `${pair[isDark ? 1 : 0]}${isDark ? "59" : "40"}`}`;
		boxes.push(box);
		let deepest = depth + 1;
		let at = left;
		for (const child of site.children) {
			const share = (child.value / (site.value || 1)) * width;
			if (share >= NARROW)
				deepest = Math.max(
					deepest,
					this.place(
						child,
						depth + 1,
						at,
						share,
						whole,
						boxes,
						isDark,
						selected,
					),
				);
			at += share;
		}
		return deepest;
	}

	private tell(owners: readonly OwnerRow[]): void {
		const found = owners
			.filter((row) => row[this.measure] > 0)
			.sort((one, other) => other[this.measure] - one[this.measure]);
		const rows = found.slice(0, ROWS).map((row) => {
			const { name, key: node } = row;
			const select = (): void =>
				this.actions.select(node === 0 ? null : { kind: "context", node });
			return el(
				"tr",
				{},
				el("td", { class: "number" }, this.text(row[this.measure])),
				el("td", {}, button(name, `Select ${name}`, select, { class: "link" })),
			);
		});
		refill(
			this.table,
			el(
				"table",
				{ class: "grid" },
				el("caption", { class: "unseen" }, "Call sites"),
				el("tbody", {}, ...rows),
			),
		);
	}

	private text(value: number): string {
		const isCount = this.measure === "count" || this.measure === "temporary";
		return isCount ? value.toLocaleString("en") : bytesText(value);
	}
}

function hash(text: string): number {
	let value = 7;
	for (let at = 0; at < text.length; at++)
		value = (value * 31 + text.charCodeAt(at)) >>> 0;
	return value;
}
