// The drawer at the bottom: one of several panels, chosen by tabs or the keys 1 to 6.

import { PANELS, type Panel } from "../model/fragment";
import { button, el } from "./dom";
import { CachesPanel } from "./panels/caches";
import { ChangesPanel } from "./panels/changes";
import { ListsPanel } from "./panels/lists";
import { ProcPanel } from "./panels/proc";
import { SitesPanel } from "./panels/sites";
import { TasksPanel } from "./panels/tasks";
import type { Rerun } from "./rerun";
import type { Actions, Scene, View } from "./scene";

const WORDS: Readonly<Record<Panel, string>> = {
	lists: "Free lists",
	caches: "Caches",
	tasks: "Tasks",
	proc: "/proc",
	sites: "Call sites",
	changes: "A → B",
};

export class Drawer implements View {
	readonly element: HTMLElement;
	private readonly tabs = el("div", { class: "tabs", role: "tablist" });
	private readonly body = el("div", { class: "body", role: "tabpanel" });
	private readonly panels: Readonly<Record<Panel, View>>;
	private shown: Panel | null = null;

	constructor(actions: Actions, machine: Rerun | string) {
		this.panels = {
			lists: new ListsPanel(actions),
			caches: new CachesPanel(actions),
			tasks: new TasksPanel(actions),
			proc: new ProcPanel(actions, machine),
			sites: new SitesPanel(actions),
			changes: new ChangesPanel(actions),
		};
		PANELS.forEach((panel, at) => {
			const press = (): void => actions.set({ panel });
			const title = `${WORDS[panel]} (${at + 1})`;
			this.tabs.append(
				button(WORDS[panel], title, press, {
					role: "tab",
					"data-panel": panel,
				}),
			);
		});
		this.element = el(
			"section",
			{ class: "drawer", "aria-label": "The moment in tables" },
			this.tabs,
			this.body,
		);
	}

	draw(scene: Scene): void {
		const { panel } = scene.state;
		const view = this.panels[panel];
		if (this.shown !== panel) {
			this.shown = panel;
			this.body.replaceChildren(view.element);
			for (const tab of this.tabs.children)
				tab.setAttribute(
					"aria-selected",
					String(tab.getAttribute("data-panel") === panel),
				);
		}
		view.draw(scene);
	}
}
