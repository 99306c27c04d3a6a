// The reports of /proc at the moment, in the kernel's own form, as `flagstone trace FILE REPORT --at EVENT` prints them.
//
//   buddyinfo, slabinfo, pagetypeinfo      from the events, at once
//   vmstat, zoneinfo, PID/maps ...         off the machine, which a worker runs again up to the moment when the head rests
//
// PP1: what a trace cannot tell is said in one sentence: one of a replay has no scenario to be run again.

import {
	MEMINFO_PART,
	meminfoText,
	PROC_REPORTS,
	procAt,
} from "../../../../kernel/trace/ask/proc";
import { button, el } from "../dom";
import type { Rerun } from "../rerun";
import { Resting } from "../rest";
import type { Actions, Scene, View } from "../scene";

const OF_TASKS = ["status", "maps"];

export class ProcPanel implements View {
	readonly element = el("div", { class: "panel" });
	private readonly text = el("pre", { class: "proc", tabindex: 0 });
	private readonly note = el("p", { class: "quiet" });
	private readonly choice = el("div", { class: "modes" });
	private readonly tasks = el("select", { "aria-label": "Task" });
	private readonly resting = new Resting();
	private name = "buddyinfo";
	private shown = ""; // name and event of the text

	constructor(
		private readonly actions: Actions,
		private readonly machine: Rerun | string,
	) {
		for (const [name, words] of PROC_REPORTS)
			this.choice.append(this.button(name, words, () => name));
		for (const name of OF_TASKS)
			this.choice.append(
				this.button(name, "of the task", () => `${this.tasks.value}/${name}`),
			);
		this.tasks.addEventListener("change", () => {
			const kind = this.name.split("/")[1];
			if (kind !== undefined) this.choose(`${this.tasks.value}/${kind}`);
		});
		this.choice.append(this.tasks);
		this.element.append(this.choice, this.note, this.text);
	}

	draw(scene: Scene): void {
		const { fold, state } = scene;
		this.name = state.report;
		this.tellTasks(scene);
		const folded = procAt(fold, this.name);
		for (const child of this.choice.querySelectorAll("button")) {
			const [, kind = this.name] = this.name.split("/");
			const isChosen = nameOf(child) === kind;
			child.setAttribute("aria-checked", String(isChosen));
		}
		const key = `${this.name} ${state.event}`;
		if (key === this.shown) return;
		this.shown = key;
		this.resting.cancel();
		if (folded !== null) this.tell(folded);
		else if (typeof this.machine !== "string")
			this.tellMachine(this.machine, key, state.event);
		else if (this.name === "meminfo")
			this.tell(meminfoText(fold), MEMINFO_PART);
		else this.tell("", `/proc/${this.name}: ${this.machine}.`);
	}

	private tellMachine(machine: Rerun, key: string, event: number): void {
		const { name } = this;
		this.note.hidden = false;
		this.note.textContent = `/proc/${name} is read off the machine, which is run again up to this event …`;
		this.element.classList.add("waiting");
		this.resting.afterwards(async () => {
			try {
				const text = await machine.ask("proc", event, { name });
				if (key === this.shown) this.tell(text);
			} catch (error) {
				if (key === this.shown) this.tell("", (error as Error).message);
			}
		});
	}

	private tell(text: string, note = ""): void {
		this.element.classList.remove("waiting");
		this.text.textContent = text;
		this.note.textContent = note;
		this.note.hidden = note === "";
	}

	/** The tasks of the moment, to choose from. */
	private tellTasks({ fold }: Scene): void {
		const tasks = [...fold.tasks.tasks.values()];
		const words = tasks.map(({ pid, name }) => `${name} (${pid})`);
		const options = [...this.tasks.options];
		for (const child of this.choice.children)
			if (child === this.tasks || OF_TASKS.includes(nameOf(child)))
				(child as HTMLElement).hidden = tasks.length === 0;
		if (options.map(({ text }) => text).join() === words.join()) return;
		const { value } = this.tasks;
		this.tasks.replaceChildren(
			...tasks.map(({ pid }, at) =>
				el("option", { value: pid }, words[at] ?? ""),
			),
		);
		const [chosen = ""] = this.name.split("/");
		for (const wanted of [value, chosen])
			if (tasks.some(({ pid }) => String(pid) === wanted))
				this.tasks.value = wanted;
	}

	private button(
		name: string,
		words: string,
		report: () => string,
	): HTMLElement {
		const isTask = OF_TASKS.includes(name);
		const title = `/proc/${isTask ? "PID/" : ""}${name}: ${words}`;
		return button(name, title, () => this.choose(report()), {
			role: "radio",
			"data-name": name,
		});
	}

	private choose(report: string): void {
		this.actions.set({ report });
	}
}

const nameOf = (element: Element): string =>
	element.getAttribute("data-name") ?? "";
