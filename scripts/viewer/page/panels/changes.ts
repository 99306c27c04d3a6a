// The difference between the markers, signed: + came, - went, from the earlier one to the later.

import { type Change, changesBetween } from "../../model/changes";
import { signed } from "../../model/numbers";
import { button, el, refill } from "../dom";
import type { Actions, Scene, View } from "../scene";

export class ChangesPanel implements View {
	readonly element = el("div", { class: "panel scroll" });

	constructor(private readonly actions: Actions) {}

	draw(scene: Scene): void {
		const { state, before, fold, show } = scene;
		const { a, b } = state;
		if (before === null) {
			refill(
				this.element,
				el(
					"p",
					{ class: "quiet" },
					"Set marker A with the key a, and marker B with b. With A alone, the moment that is shown is compared with it.",
				),
				...this.buttons(),
			);
			return;
		}
		const after = scene.after ?? fold;
		const events = [a, b].filter((event): event is number => event !== null);
		const from =
			events.length < 2
				? Math.min(events[0] as number, state.event)
				: Math.min(...events);
		const to =
			events.length < 2
				? Math.max(events[0] as number, state.event)
				: Math.max(...events);
		const [one, other] =
			before.events <= after.events ? [before, after] : [after, before];
		const changes = changesBetween(one, other, (pid) =>
			show.names.task(pid, state.event),
		);
		const words = `From event ${from.toLocaleString("en")} to event ${to.toLocaleString("en")}: + came, − went.`;
		const heads = ["", "what", "before", "after", "change"];
		refill(
			this.element,
			el("p", {}, words),
			...this.buttons(),
			el(
				"table",
				{ class: "grid wide" },
				el("caption", { class: "unseen" }, words),
				el(
					"thead",
					{},
					el(
						"tr",
						{},
						...heads.map((name, at) =>
							el("th", { scope: "col", class: at > 1 ? "number" : null }, name),
						),
					),
				),
				el("tbody", {}, ...changes.map((change) => this.row(change))),
			),
		);
	}

	private buttons(): HTMLElement[] {
		const clear = (): void => this.actions.set({ a: null, b: null });
		return [
			el(
				"p",
				{ class: "modes" },
				button("set A here", "Set marker A here (a)", () =>
					this.actions.mark("a"),
				),
				button("set B here", "Set marker B here (b)", () =>
					this.actions.mark("b"),
				),
				button("clear", "Remove both markers", clear),
				button("show on the map", "Colour the map by change", () =>
					this.actions.set({ mode: "change" }),
				),
			),
		];
	}

	private row({ group, name, unit, before, after, key }: Change): HTMLElement {
		const select = (): void =>
			this.actions.select(
				group === "cache"
					? { kind: "cache", slot: key }
					: { kind: "task", pid: key },
			);
		const change = after - before;
		const number = (text: string): HTMLElement =>
			el("td", { class: "number" }, text);
		return el(
			"tr",
			{},
			el("td", { class: "quiet" }, group),
			el(
				"th",
				{ scope: "row" },
				group === "memory"
					? name
					: button(name, `Select ${name}`, select, { class: "link" }),
			),
			number(before.toLocaleString("en")),
			number(after.toLocaleString("en")),
			el(
				"td",
				{ class: `number ${change > 0 ? "came" : "went"}` },
				`${signed(change)} ${unit}`,
			),
		);
	}
}
