// Tasks: who lives, who runs where, how much memory each has; and the page tables of the moment.

import { entryPfn, isMapped } from "../../../../hw/pte";
import { pagesByTask } from "../../../../kernel/trace/ask/diff";
import { TABLE } from "../../../../kernel/trace/fold/frames";
import { button, el, refill } from "../dom";
import { frameLink } from "../inspector-parts";
import type { Actions, Scene, View } from "../scene";

const NUMBERS = ["pid", "parent", "pages"]; // columns that are aligned to the right
const TABLES = 200; // that are shown

export class TasksPanel implements View {
	readonly element = el("div", { class: "panel split" });
	private readonly tasks = el("div", { class: "scroll" });
	private readonly tables = el("div", { class: "members" });

	constructor(private readonly actions: Actions) {
		this.element.append(this.tasks, this.tables);
	}

	draw(scene: Scene): void {
		const { fold, subject } = scene;
		const pages = pagesByTask(fold);
		const selected = subject?.kind === "task" ? subject.pid : -1;
		const rows = [...fold.tasks.tasks.values()].map((task) => {
			const { pid, name, parent, kernelThread, exitCode } = task;
			const cpu = fold.tasks.running.indexOf(pid);
			const state =
				exitCode >= 0
					? `ended with ${exitCode}`
					: cpu >= 0
						? `runs on CPU ${cpu}`
						: "waits";
			const select = (): void => this.actions.select({ kind: "task", pid });
			return el(
				"tr",
				{ class: pid === selected ? "selected" : null },
				el("td", { class: "number" }, `${pid}`),
				el(
					"th",
					{ scope: "row" },
					button(name, `Select task ${name} (${pid})`, select, {
						class: "link",
					}),
				),
				el("td", {}, kernelThread ? "kernel thread" : "process"),
				el("td", { class: "number" }, parent > 0 ? `${parent}` : ""),
				el("td", {}, state),
				el(
					"td",
					{ class: "number" },
					(pages.get(pid) ?? 0).toLocaleString("en"),
				),
			);
		});
		const heads = ["pid", "name", "kind", "parent", "state", "pages"];
		refill(
			this.tasks,
			el(
				"table",
				{ class: "grid wide" },
				el("caption", { class: "unseen" }, "Tasks"),
				el(
					"thead",
					{},
					el(
						"tr",
						{},
						...heads.map((name) =>
							el(
								"th",
								{
									scope: "col",
									class: NUMBERS.includes(name) ? "number" : null,
								},
								name,
							),
						),
					),
				),
				el("tbody", {}, ...rows),
			),
			rows.length === 0 && el("p", { class: "quiet" }, "There is no task yet."),
		);
		this.tellTables(scene);
	}

	/** The tables as trees: one that no other names is a root. */
	private tellTables({ fold }: Scene): void {
		const known = fold.tasks
			.tableFrames()
			.filter((pfn) => fold.frames.state[pfn] === TABLE);
		const below = new Map<number, number[]>();
		const named = new Set<number>();
		for (const pfn of known) {
			const words = fold.tasks.table(pfn) as Int32Array;
			const children: number[] = [];
			for (let at = 0; at < words.length; at += 2) {
				const low = words[at] as number;
				if (!isMapped(low)) continue;
				const to = entryPfn(low, words[at + 1] as number) as number;
				if (known.includes(to)) children.push(to);
			}
			for (const child of children) named.add(child);
			below.set(pfn, children);
		}
		const tree = (pfn: number): HTMLElement =>
			el("li", {}, frameLink(pfn, this.actions), branch(below.get(pfn) ?? []));
		const branch = (pfns: readonly number[]): HTMLElement | null =>
			pfns.length === 0 ? null : el("ul", {}, ...pfns.map(tree));
		const roots = known.filter((pfn) => !named.has(pfn)).slice(0, TABLES);
		refill(
			this.tables,
			el("h3", {}, `Page tables: ${known.length}`),
			el("ul", { class: "tree" }, ...roots.map(tree)),
		);
	}
}
