// The difference between the markers, signed: + came, - went, from the earlier one to the later.
//
//   memory, caches, tasks   before, after, change         call sites   bytes, came, went         what moved
//
// It is what `flagstone trace FILE diff A B` tells (kernel/trace/ask/diff.ts).

import type { Difference, Move } from "../../../../kernel/trace/ask/diff";
import { bytesText, counted, signed } from "../../model/numbers";
import type { Selection } from "../../model/selection";
import { button, el, refill } from "../dom";
import { frameLink } from "../inspector-parts";
import { Rest } from "../rest";
import type { Actions, Scene, View } from "../scene";

const ROWS = 40; // of a table
const HOW =
	"Set marker A with the key a, and marker B with b. With A alone, the moment that is shown is compared with it.";

/** A number at both moments. */
interface Row {
	readonly group: string;
	readonly name: string;
	readonly unit: string;
	readonly values: { before: number; after: number; change: number };
	readonly selection?: Selection;
}

export class ChangesPanel implements View {
	readonly element = el("div", { class: "panel scroll" });
	private readonly answer = el("div");
	private readonly rest = new Rest();

	constructor(private readonly actions: Actions) {
		const clear = (): void => actions.set({ a: null, b: null });
		const buttons = el(
			"p",
			{ class: "modes" },
			button("set A here", "Set marker A here (a)", () => actions.mark("a")),
			button("set B here", "Set marker B here (b)", () => actions.mark("b")),
			button("clear", "Remove both markers", clear),
			button("show on the map", "Colour the map by change", () =>
				actions.set({ mode: "change" }),
			),
		);
		this.element.append(buttons, this.answer);
	}

	draw(scene: Scene): void {
		const isDone = this.rest.when(() => this.fill(scene));
		this.element.classList.toggle("waiting", !isDone);
	}

	private fill({ before, after, show, state }: Scene): void {
		this.element.classList.remove("waiting");
		if (before === null) {
			refill(this.answer, el("p", { class: "quiet" }, HOW));
			return;
		}
		const other = after ?? show.film.at(state.event);
		const [one, two] =
			before.events <= other.events ? [before, other] : [other, before];
		const difference = show.difference(one, two);
		refill(
			this.answer,
			el("p", {}, headline(difference)),
			el(
				"div",
				{ class: "split" },
				this.numbers(difference),
				el("div", {}, this.sites(difference), this.moves(difference)),
			),
		);
	}

	private numbers(difference: Difference): HTMLElement {
		const rows = rowsOf(difference).map((row) => {
			const { group, name, unit, values, selection } = row;
			const select = (): void => this.actions.select(selection ?? null);
			return el(
				"tr",
				{},
				el("td", { class: "quiet" }, group),
				el(
					"th",
					{ scope: "row" },
					selection === undefined
						? name
						: button(name, `Select ${name}`, select, { class: "link" }),
				),
				number(values.before.toLocaleString("en")),
				number(values.after.toLocaleString("en")),
				signedCell(values.change, `${signed(values.change)} ${unit}`),
			);
		});
		const heads = ["", "what", "before", "after", "change"];
		return grid("Numbers that changed", heads, 2, rows);
	}

	private sites({ sites }: Difference): HTMLElement | null {
		if (sites.length === 0) return null;
		const rows = sites.slice(0, ROWS).map((site) => {
			const { context: node, name, bytes, came, went } = site;
			const sign = bytes < 0 ? "-" : "+";
			const select = (): void => this.actions.select({ kind: "context", node });
			return el(
				"tr",
				{},
				signedCell(bytes, `${sign}${bytesText(Math.abs(bytes))}`),
				number(signed(came.count)),
				number(signed(-went.count)),
				el("td", {}, button(name, `Select ${name}`, select, { class: "link" })),
			);
		});
		const heads = ["bytes", "came", "went", "call site"];
		return grid("Call sites: objects and pages in use", heads, 0, rows);
	}

	private moves({ moves }: Difference): HTMLElement | null {
		if (moves.length === 0) return null;
		const rows = moves
			.slice(0, ROWS)
			.map((move: Move) =>
				el(
					"tr",
					{},
					el("td", {}, move.what),
					el("td", {}, frameLink(move.frame, this.actions)),
					el("td", {}, move.name),
					el("td", {}, `${move.before} → ${move.after}`),
				),
			);
		return grid(
			"Moved or resized",
			["what", "frame", "of", "from, to"],
			9,
			rows,
		);
	}
}

function headline({ a, b, frames, objects }: Difference): string {
	const text = (value: number): string => value.toLocaleString("en");
	return [
		`From event ${text(a)} to event ${text(b)}: + came, − went.`,
		`${counted(frames.came, "frame")} came into use, ${text(frames.went)} became free, ${text(frames.changed)} changed hands;`,
		`${counted(objects.came.count, "object")} came, ${text(objects.went.count)} went.`,
	].join(" ");
}

function rowsOf({ zones, uses, caches, tasks }: Difference): Row[] {
	const free = zones.map(({ zone, free: values }) => ({
		...{ group: "zone", name: `free ${zone}`, unit: "pages", values },
	}));
	const used = uses.map(({ use, ...values }) => ({
		...{ group: "use", name: use, unit: "pages", values },
	}));
	const inCaches = caches.map(({ name, slot, active: values, fate }) => ({
		...{ group: "cache", name, values, fate },
		unit: `objects${fate === "came" ? ", made" : fate === "went" ? ", destroyed" : ""}`,
		selection: { kind: "cache", slot } as const,
	}));
	const inTasks = tasks.map(({ pid, name, pages: values }) => ({
		...{ group: "task", name: `${name} (${pid})`, unit: "pages", values },
		selection: { kind: "task", pid } as const,
	}));
	return [
		...[...free, ...used].filter(({ values }) => values.change !== 0),
		...inCaches.filter(
			({ values, fate }) => values.change !== 0 || fate !== "stayed",
		),
		...inTasks,
	];
}

const number = (text: string): HTMLElement =>
	el("td", { class: "number" }, text);

const signedCell = (change: number, text: string): HTMLElement =>
	el(
		"td",
		{ class: `number ${change > 0 ? "came" : change < 0 ? "went" : ""}` },
		text,
	);

/** A table; from column `numbers` on three columns are numbers. */
function grid(
	caption: string,
	heads: readonly string[],
	numbers: number,
	rows: readonly HTMLElement[],
): HTMLElement {
	const isNumber = (at: number): boolean => at >= numbers && at < numbers + 3;
	const cells = heads.map((name, at) =>
		el("th", { scope: "col", class: isNumber(at) ? "number" : null }, name),
	);
	return el(
		"table",
		{ class: "grid wide" },
		el("caption", {}, caption),
		el("thead", {}, el("tr", {}, ...cells)),
		el("tbody", {}, ...rows),
	);
}
