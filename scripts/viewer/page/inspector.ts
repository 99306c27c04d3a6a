// The inspector: the current event in words, and everything that is known of what is selected.
//
//   event       name, sentence, where in the code, when
//   subject     record, history with jumps; then, as it is one: block and buddies, slab and objects, table and entries, bytes
//
// IN1: without a selection it follows the current event: what the event is about is the subject.

import { eventName } from "../../../kernel/trace/dictionary";
import { SLAB, STATE_NAMES, TABLE } from "../../../kernel/trace/fold/frames";
import { type Fact, frameFacts } from "../model/facts";
import { MISSING } from "../model/film";
import { addressText, bytesText, pfnText } from "../model/numbers";
import { placeIn, type Selection } from "../model/selection";
import { sentence } from "../model/sentences";
import { BytesView } from "./bytes-view";
import { button, el, refill } from "./dom";
import { buddyPart, buddyTable, tablePart } from "./inspector-parts";
import type { Rerun } from "./rerun";
import type { Actions, Scene, View } from "./scene";
import { SlabView } from "./slab-view";

const WIDE = 17; // letters of a value that needs a line of its own
const AROUND = 4; // events of the history before and after the play head

/** The right-hand side of the page. */
export class Inspector implements View {
	readonly element: HTMLElement;
	private readonly event = el("div", {
		class: "card event-card",
		"aria-live": "polite",
	});
	private readonly subject = el("div", { class: "card" });
	private readonly slab: SlabView;
	private readonly bytes: BytesView;

	constructor(
		private readonly actions: Actions,
		machine: Rerun | string,
	) {
		this.slab = new SlabView(actions, machine);
		this.bytes = new BytesView(typeof machine === "string" ? null : machine);
		this.element = el(
			"section",
			{ class: "inspector", "aria-label": "Inspector" },
			this.event,
			this.subject,
			this.bytes.element,
		);
	}

	draw(scene: Scene): void {
		refill(this.event, ...this.eventCard(scene));
		const { subject } = scene;
		if (subject === null) {
			refill(this.subject, el("p", { class: "quiet" }, NOTHING));
			this.bytes.show(scene, -1);
			return;
		}
		refill(
			this.subject,
			this.title(scene, subject),
			this.factTable(factsOf(scene, subject)),
			...this.parts(scene, subject, true),
			this.history(scene),
			...this.parts(scene, subject, false),
		);
		this.bytes.show(scene, frameOf(subject));
	}

	private eventCard({ show, state, why }: Scene): HTMLElement[] {
		const { event } = state;
		if (event < 0)
			return [
				el("h2", {}, "Before the first event"),
				el("p", {}, "Boot has reserved its memory; nothing is handed out yet."),
			];
		const { columns } = show.film;
		const code = columns.codes[event] as number;
		if (code === MISSING)
			return [
				el("h2", {}, `Event ${event.toLocaleString("en")}`),
				el("p", {}, "This event is missing from the damaged file."),
			];
		const site = show.names.context(columns.contexts[event] as number);
		return [
			el(
				"h2",
				{},
				el("span", { class: "event-name" }, eventName(code)),
				el("span", { class: "number" }, ` event ${event.toLocaleString("en")}`),
			),
			el("p", { class: "sentence" }, sentence(columns, event, show.names)),
			el(
				"p",
				{ class: "quiet" },
				`CPU ${columns.cpus[event]} · ${show.timeAt(event)}${site ? ` · ${site}` : ""}`,
			),
			...this.whyPart(why),
		];
	}

	/** The chain of reasons, each with a way to its event; or the button that asks for it. */
	private whyPart(why: Scene["why"]): HTMLElement[] {
		const ask = button(
			why === null ? "Why?" : "Enough",
			"Explain each event, or stop it (w)",
			() => this.actions.why(),
			{ class: "link" },
		);
		if (why === null) return [ask];
		if (typeof why === "string") return [el("p", {}, `${why}.`), ask];
		const steps = why.chain.map(({ event, sentence: words }) => {
			const go = (): void => this.actions.goto(event ?? 0);
			const link =
				event !== null && event !== why.event
					? button(
							`${event.toLocaleString("en")}`,
							`Go to event ${event}`,
							go,
							{
								class: "link number",
							},
						)
					: null;
			return el("li", {}, words, link === null ? null : " ", link);
		});
		return [
			el("p", {}, why.title),
			el("ol", { class: "reasons" }, ...steps),
			ask,
		];
	}

	private title({ state, show }: Scene, subject: Selection): HTMLElement {
		const isFollowing = state.selection === null;
		return el(
			"header",
			{},
			el("h2", {}, titleOf(subject, show.names, state.event)),
			isFollowing
				? el("span", { class: "quiet" }, "follows the event")
				: button("×", "Clear the selection (Esc)", () =>
						this.actions.select(null),
					),
		);
	}

	private factTable(facts: readonly Fact[]): HTMLElement {
		const rows = facts.map((fact) =>
			el(
				"tr",
				{ class: fact.value.length > WIDE ? "wide" : null },
				el("th", { scope: "row" }, fact.name),
				el("td", {}, this.value(fact)),
			),
		);
		return el("table", { class: "facts" }, el("tbody", {}, ...rows));
	}

	private value({ value, event, selection }: Fact): Node {
		if (event === undefined && selection === undefined)
			return document.createTextNode(value);
		return button(
			value,
			event === undefined ? `Select ${value}` : `Go to event ${value}`,
			() => {
				if (event !== undefined) this.actions.goto(event);
				else this.actions.select(selection ?? null);
			},
			{ class: "link" },
		);
	}

	/** What stands above the history, a picture, and what stands below it, a table. */
	private parts(
		scene: Scene,
		subject: Selection,
		isAbove: boolean,
	): HTMLElement[] {
		const pfn = frameOf(subject);
		if (pfn < 0) return [];
		const { frames } = scene.fold;
		const head = frames.headOf(pfn);
		const state = head < 0 ? 0 : (frames.state[head] as number);
		const { actions } = this;
		if (head < 0) return [];
		if (state === SLAB) {
			const slab = isAbove ? this.slab.show(scene, pfn, subject) : null;
			return slab === null ? [] : [slab];
		}
		if (state === TABLE) return isAbove ? [] : tablePart(scene, pfn, actions);
		return isAbove ? buddyPart(scene, head) : buddyTable(scene, head, actions);
	}

	private history(scene: Scene): HTMLElement {
		const { history, state, show } = scene;
		const place = placeIn(history, state.event);
		const first = Math.max(0, place - AROUND);
		const rows = [...history.subarray(first, place + 1 + AROUND)].map(
			(event) => {
				const code = show.film.columns.codes[event] as number;
				const words = sentence(show.film.columns, event, show.names);
				return el(
					"li",
					{
						class:
							event > state.event
								? "later"
								: event === state.event
									? "now"
									: null,
					},
					button(
						event.toLocaleString("en"),
						`Go to event ${event}`,
						() => this.actions.goto(event),
						{ class: "link number" },
					),
					el("span", { class: "name" }, eventName(code)),
					el("span", { class: "what" }, words),
				);
			},
		);
		const total = history.length.toLocaleString("en");
		return el(
			"div",
			{ class: "history" },
			el(
				"header",
				{},
				el(
					"h3",
					{},
					`History · ${(place + 1).toLocaleString("en")} of ${total}`,
				),
				button("‹", "Previous event of the selection (p)", () =>
					this.actions.stepHistory(-1),
				),
				button("›", "Next event of the selection (n)", () =>
					this.actions.stepHistory(1),
				),
			),
			el("ol", {}, ...rows),
		);
	}
}

const NOTHING =
	"Click a frame on the map, or press / to find an address, a cache, a task or a call site.";

/** The frame that a selection is or lies in; -1 for none. */
function frameOf(subject: Selection): number {
	if (subject.kind === "frame") return subject.pfn;
	return subject.kind === "object" ? Math.floor(subject.address / 4096) : -1;
}

function titleOf(
	subject: Selection,
	names: Scene["show"]["names"],
	event: number,
): string {
	switch (subject.kind) {
		case "frame":
			return `Frame ${pfnText(subject.pfn)}`;
		case "object":
			return `Object of ${names.cache(subject.slot, event)}`;
		case "cache":
			return `Cache ${names.cache(subject.slot, event)}`;
		case "task":
			return `Task ${names.task(subject.pid, event)} (${subject.pid})`;
		case "context":
			return "Call site";
	}
}

function factsOf({ fold, show, state }: Scene, subject: Selection): Fact[] {
	const { names } = show;
	switch (subject.kind) {
		case "frame":
			return frameFacts(fold, subject.pfn, names);
		case "object": {
			const object = fold.objects.at(subject.address, subject.slot);
			const where = { name: "address", value: addressText(subject.address) };
			const cache: Fact = {
				name: "cache",
				value: names.cache(subject.slot, state.event),
				selection: { kind: "cache", slot: subject.slot },
			};
			if (object === null)
				return [where, cache, { name: "state", value: "free" }];
			const since = object.since;
			return [
				where,
				cache,
				{ name: "state", value: "in use" },
				{
					name: "since event",
					value: since.toLocaleString("en"),
					event: since,
				},
				{
					name: "call site",
					value: names.context(object.context),
					selection: { kind: "context", node: object.context },
				},
				{
					name: "asked for",
					value:
						object.bytes > 0 ? bytesText(object.bytes) : "the whole object",
				},
				{
					name: "task",
					value:
						object.pid > 0
							? `${names.task(object.pid, since)} (${object.pid})`
							: "none",
				},
			];
		}
		case "cache":
			return cacheFacts(fold, subject.slot);
		case "task":
			return taskFacts(fold, subject.pid);
		case "context":
			return [{ name: "path", value: names.context(subject.node) }];
	}
}

function cacheFacts(fold: Scene["fold"], slot: number): Fact[] {
	const cache = fold.objects.cache(slot);
	if (cache === null) return [{ name: "state", value: "does not exist now" }];
	const {
		size,
		objectSize,
		order,
		objects,
		slabs,
		active,
		total,
		frames,
		since,
	} = cache;
	return [
		{ name: "object", value: `${objectSize} bytes in ${size}` },
		{ name: "slab", value: `${objects} objects, order ${order}` },
		{ name: "in use", value: `${active} of ${total} objects` },
		{ name: "slabs", value: `${slabs}, ${bytesText(frames * 4096)}` },
		{ name: "since event", value: since.toLocaleString("en"), event: since },
	];
}

function taskFacts(fold: Scene["fold"], pid: number): Fact[] {
	const task = fold.tasks.tasks.get(pid);
	if (task === undefined)
		return [{ name: "state", value: "does not exist now" }];
	const cpu = fold.tasks.running.indexOf(pid);
	const isOver = task.exitCode >= 0;
	const { since } = task;
	let pages = 0;
	fold.frames.eachBlock((head, count) => {
		const isOwn = fold.frames.owner[head] === pid;
		if (isOwn && STATE_NAMES[fold.frames.state[head] as number] === "user")
			pages += count;
	});
	return [
		{
			name: "state",
			value: isOver
				? `ended with ${task.exitCode}`
				: cpu >= 0
					? `runs on CPU ${cpu}`
					: "waits",
		},
		{ name: "kind", value: task.kernelThread ? "kernel thread" : "process" },
		{ name: "memory", value: `${pages} pages` },
		{ name: "since event", value: since.toLocaleString("en"), event: since },
	];
}
