// The bar on top: what is shown, where it is, and the buttons that do what keys do.

import { bytesText, counted } from "../model/numbers";
import { button, el } from "./dom";
import type { Actions, Scene, View } from "./scene";

const SPEEDS = [1, 10, 100, 1000, 10_000] as const;

/** The fastest of the speeds that is not above `events` a picture. */
export const speedFor = (events: number): number =>
	SPEEDS.findLast((speed) => speed <= events) ?? 1;

export class Toolbar implements View {
	readonly element = el("header", { class: "toolbar" });
	private readonly machine = el("p", { class: "machine" });
	private readonly place = el("p", { class: "place", "aria-live": "polite" });
	private readonly loss = el("p", { class: "loss", role: "status" });
	private readonly playing: HTMLButtonElement;

	constructor(actions: Actions, title: string, speed: number) {
		this.playing = button("▶", "Play (space)", () => actions.play(), {
			class: "play",
		});
		const speeds = el("select", {
			title: "Events that a picture goes on by while playing",
			"aria-label": "Speed",
		});
		for (const events of SPEEDS)
			speeds.append(
				el("option", { value: events }, `× ${events.toLocaleString("en")}`),
			);
		speeds.value = String(speed);
		speeds.addEventListener("change", () =>
			actions.setSpeed(Number(speeds.value)),
		);
		this.element.append(
			el("h1", {}, "Flagstone", el("span", {}, title)),
			this.machine,
			el(
				"div",
				{ class: "moves" },
				button("|‹", "To the start (Home)", () => actions.goto(-1)),
				button("«", "A tick back (shift + left)", () => actions.stepTick(-1)),
				button("‹", "An event back (left)", () => actions.step(-1)),
				this.playing,
				button("›", "An event on (right)", () => actions.step(1)),
				button("»", "A tick on (shift + right)", () => actions.stepTick(1)),
				button("›|", "To the end (End)", () =>
					actions.goto(Number.MAX_SAFE_INTEGER),
				),
				speeds,
			),
			this.place,
			el(
				"div",
				{ class: "moves" },
				button(
					"Find  /",
					"Find an address, frame, cache, task, call site or event (/)",
					() => actions.search(),
				),
				button("A", "Set marker A here (a)", () => actions.mark("a")),
				button("B", "Set marker B here (b)", () => actions.mark("b")),
				button("◐", "Light or dark (t)", () => actions.theme()),
				button("?", "All keys (?)", () => actions.help()),
			),
			this.loss,
		);
	}

	draw({ show, state, known, isPlaying }: Scene): void {
		const { machine } = show.trace.header;
		const tick = show.survey.tickAt(state.event);
		this.machine.textContent = `${bytesText(machine.memoryBytes)} · ${counted(machine.cpus, "CPU")}`;
		const { losses } = show;
		const stale =
			known === state.event
				? ""
				: ` The state at this event is not known: that after event ${known.toLocaleString("en")} is shown.`;
		this.loss.hidden = losses === "";
		this.loss.textContent = losses + stale;
		const event = state.event.toLocaleString("en");
		const last = (show.events - 1).toLocaleString("en");
		const when = tick === null ? "boot" : `tick ${tick.number}`;
		this.place.textContent = `event ${event} of ${last} · ${when}`;
		const sign = isPlaying ? "❚❚" : "▶";
		if (this.playing.textContent !== sign) this.playing.textContent = sign;
	}
}
