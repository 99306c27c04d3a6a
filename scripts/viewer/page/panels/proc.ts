// The /proc texts of the moment, in the kernel's own form.

import { PROC_TEXTS, type ProcName, procText } from "../../model/proc-text";
import { button, el } from "../dom";
import type { Actions, Scene, View } from "../scene";

export class ProcPanel implements View {
	readonly element = el("div", { class: "panel" });
	private readonly text = el("pre", { class: "proc", tabindex: 0 });
	private readonly choice = el("div", { class: "modes" });
	private name: ProcName = "buddyinfo";

	constructor(actions: Actions) {
		for (const name of PROC_TEXTS)
			this.choice.append(
				button(
					`/proc/${name}`,
					`Show /proc/${name}`,
					() => {
						this.name = name;
						actions.set({});
					},
					{ role: "radio", "data-name": name },
				),
			);
		this.element.append(this.choice, this.text);
	}

	draw({ fold }: Scene): void {
		this.text.textContent = procText(this.name, fold);
		for (const child of this.choice.children)
			child.setAttribute(
				"aria-checked",
				String(child.getAttribute("data-name") === this.name),
			);
	}
}
