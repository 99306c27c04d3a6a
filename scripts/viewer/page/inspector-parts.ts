// Parts of the inspector: what a block is made of.
//
//   free or any block   buddies, order by order, and why it does not merge
//   page table          its entries
//
// IP1: whatever is drawn is also written: buddies and entries are tables.

import { buddiesOf, type Level, whyNot } from "../model/buddies";
import { blockName, tableFacts } from "../model/facts";
import { pfnText } from "../model/numbers";
import { button, el, svg } from "./dom";
import type { Actions, Scene } from "./scene";

const WIDTH = 360; // of the drawing of buddies
const ROW = 15;

/** The buddies of a block: why it does not merge, and a drawing. */
export function buddyPart(scene: Scene, head: number): HTMLElement[] {
	const levels = levelsOf(scene, head);
	const why = el("p", { class: "why" }, whyNot(scene.fold, head, levels));
	return levels.length === 0 ? [why] : [why, buddyDrawing(levels)];
}

const levelsOf = ({ fold, show }: Scene, head: number): Level[] =>
	buddiesOf(fold, head, (pfn) =>
		blockName(fold, fold.frames.headOf(pfn), show.names),
	);

/** Each order a row, the largest on top: own half dark, the buddy beside it. */
function buddyDrawing(levels: readonly Level[]): HTMLElement {
	const height = levels.length * ROW;
	const picture = svg("svg", {
		viewBox: `0 0 ${WIDTH} ${height}`,
		class: "buddies",
		"aria-hidden": "true",
	});
	const top = levels.at(-1) as Level;
	const base = Math.min(top.own, top.buddy);
	const whole = 2 ** (top.order + 1);
	const x = (pfn: number): number => ((pfn - base) / whole) * WIDTH;
	levels.forEach((level, at) => {
		const y = height - (at + 1) * ROW;
		const width = Math.max(2, WIDTH / 2 ** (top.order + 1 - level.order));
		const half = (pfn: number, kind: string): SVGElement =>
			svg("rect", {
				x: x(pfn),
				y,
				width: Math.max(1.5, width - 1),
				height: ROW - 2,
				rx: 2,
				class: kind,
			});
		const kind =
			level.obstacle === null
				? "buddy free"
				: level.freeFrames > 0
					? "buddy part"
					: "buddy used";
		picture.append(half(level.own, "own"), half(level.buddy, kind));
		if (width > 44)
			picture.append(
				svg(
					"text",
					{ x: x(level.own) + 5, y: y + 9.5 },
					`order ${level.order}`,
				),
			);
	});
	return el("div", {}, picture);
}

/** The same as a table, with links. */
export function buddyTable(
	scene: Scene,
	head: number,
	actions: Actions,
): HTMLElement[] {
	const levels = levelsOf(scene, head);
	if (levels.length === 0) return [];
	const rows = levels.map(({ order, buddy, words, blocker }) =>
		el(
			"tr",
			{},
			el("td", { class: "number" }, `${order}`),
			el("td", {}, frameLink(buddy, actions)),
			el("td", {}, words),
			el("td", {}, blocker >= 0 ? frameLink(blocker, actions) : ""),
		),
	);
	const heads = ["order", "buddy", "is", "in the way"].map((name) =>
		el("th", { scope: "col" }, name),
	);
	return [
		el("h3", {}, "Buddies"),
		el(
			"table",
			{ class: "grid" },
			el("thead", {}, el("tr", {}, ...heads)),
			el("tbody", {}, ...rows),
		),
	];
}

/** A link that selects a frame. */
export const frameLink = (pfn: number, actions: Actions): HTMLElement =>
	button(
		pfnText(pfn),
		`Select frame ${pfnText(pfn)}`,
		() => actions.select({ kind: "frame", pfn }),
		{ class: "link number" },
	);

/** The entries of a page table. */
export function tablePart(
	{ fold, show }: Scene,
	pfn: number,
	actions: Actions,
): HTMLElement[] {
	const entries = tableFacts(fold, pfn);
	if (entries === null) return [];
	const rows = entries.map(({ index, pfn: to, flags }) =>
		el(
			"tr",
			{},
			el("td", { class: "number" }, `${index}`),
			el("td", {}, to >= 0 ? frameLink(to, actions) : "none"),
			el(
				"td",
				{},
				to >= 0 ? blockName(fold, fold.frames.headOf(to), show.names) : "",
			),
			el("td", { class: "quiet" }, flags),
		),
	);
	const heads = ["entry", "frame", "which is", "flags"].map((name) =>
		el("th", { scope: "col" }, name),
	);
	return [
		el("h3", {}, `Page table, ${entries.length} of 512 entries set`),
		el(
			"div",
			{ class: "scroll" },
			el(
				"table",
				{ class: "grid" },
				el("thead", {}, el("tr", {}, ...heads)),
				el("tbody", {}, ...rows),
			),
		),
	];
}
