// The slab around the selection: its objects as slots, who has each, and the free list as arrows.
//
//   fold     which objects are in use, by whom             drawn at once
//   worker   the order of the free list, off the bytes     drawn when the play head rests: events do not tell it
//
// SV1: what the picture shows is written too: owners and lists beside it, each slot in a table that opens on demand.

import type { FreeChain } from "../../../mm/slab-cache";
import { type SlabFacts, slabFacts } from "../model/facts";
import { colourOf } from "../model/inks";
import { addressText } from "../model/numbers";
import type { Selection } from "../model/selection";
import {
	chainText,
	gridOf,
	nextOf,
	OWNED_BY,
	type OwnedBy,
	placesOf,
	type SlotGrid,
	type SlotOwner,
	slotOwners,
} from "../model/slab-grid";
import { button, el, kept, refill, svg } from "./dom";
import type { Rerun } from "./rerun";
import { Resting } from "./rest";
import type { Actions, Scene } from "./scene";

const WIDTH = 360; // of the drawing
const LETTERED = 15; // pixels of a slot that has room for a letter
const HEADED = 4; // pixels of an arrow's head
const BEND = 0.16; // of an arrow's length
const PALER = 0.85; // from one arrow of a list to the next
const PALEST = 0.14;

/** A slab that can be drawn. */
export class SlabView {
	readonly element = kept(el("div", { class: "slab" }));
	private readonly resting = new Resting();
	private by: OwnedBy = "call site";
	private wanted = "";
	private chains: readonly FreeChain[] = [];
	private note = "";
	private isOpen = false; // the table of all slots
	private latest: readonly [SlabFacts, readonly SlotOwner[]] | null = null; // that were drawn

	constructor(
		private readonly actions: Actions,
		private readonly machine: Rerun | string,
	) {}

	/** Shows the slab that holds the frame; null when none does. */
	show(scene: Scene, pfn: number, subject: Selection): HTMLElement | null {
		const slab = slabFacts(scene.fold, pfn);
		if (slab === null) {
			this.resting.cancel();
			this.wanted = "";
			return null;
		}
		this.ask(scene, slab, subject);
		this.fill(scene, slab, subject);
		return this.element;
	}

	/** Asks for the free list of this moment, once. */
	private ask(scene: Scene, slab: SlabFacts, subject: Selection): void {
		const { event } = scene.state;
		const key = `${slab.slab} ${event}`;
		if (key === this.wanted) return;
		this.wanted = key;
		this.chains = [];
		this.resting.cancel();
		const { machine } = this;
		if (typeof machine === "string") {
			this.note = `The order of the free list is not in the events, and ${machine}.`;
			return;
		}
		this.note = "The free list is read off the machine, which is run again …";
		const words = { slab: slab.slab, slot: slab.cache.slot };
		this.resting.afterwards(async () => {
			try {
				const chains = await machine.ask("chains", event, words);
				if (key !== this.wanted) return;
				this.chains = chains;
				this.note = "";
			} catch (error) {
				if (key !== this.wanted) return;
				this.note = `The free list is not known: ${(error as Error).message}.`;
			}
			this.fill(scene, slab, subject);
		});
	}

	private fill(scene: Scene, slab: SlabFacts, subject: Selection): void {
		const owners = slotOwners(slab, this.by, scene.show.names);
		const { inuse, objects, cache, place } = slab;
		const choice = OWNED_BY.map((by) =>
			button(
				by,
				`Colour objects by ${by}`,
				() => {
					this.by = by;
					this.actions.set({});
				},
				{ role: "radio", "aria-checked": String(by === this.by) },
			),
		);
		refill(
			this.element,
			el(
				"header",
				{},
				el("h3", {}, `Slab of ${cache.name}`),
				el("div", { class: "modes", role: "radiogroup" }, ...choice),
			),
			el(
				"p",
				{ class: "quiet" },
				`${inuse} of ${objects.length} objects in use · ${place}`,
			),
			this.picture(scene, slab, owners, subject),
			this.legend(owners, scene.isDark),
			...this.lists(),
			this.table(slab, owners),
		);
	}

	private picture(
		{ isDark }: Scene,
		slab: SlabFacts,
		owners: readonly SlotOwner[],
		subject: Selection,
	): Element {
		const grid = gridOf(slab.objects.length, WIDTH);
		const drawing = new Drawing(grid, this.chains, slab.objects.length);
		const height = grid.rows * grid.height + 2;
		const selected =
			subject.kind === "object"
				? (subject.address - slab.slab * 4096) / slab.cache.size
				: -1;
		const picture = svg(
			"svg",
			{
				viewBox: `-1 -1 ${WIDTH + 2} ${height}`,
				class: "slots",
				"data-slab": slab.slab,
				"aria-hidden": "true",
			},
			...drawing.slots(slab, owners, isDark, selected),
			...drawing.arrows(),
		);
		picture.addEventListener("click", (event) => {
			const slot = (event.target as Element).getAttribute("data-slot");
			if (slot !== null) this.select(slab, Number(slot));
		});
		return picture;
	}

	private select({ slab, cache }: SlabFacts, slot: number): void {
		const address = slab * 4096 + slot * cache.size;
		this.actions.select({ kind: "object", address, slot: cache.slot });
	}

	private legend(owners: readonly SlotOwner[], isDark: boolean): HTMLElement {
		const rows = owners.map(({ letter, words, ink, selection, slots }) => {
			const swatch = el("span", { class: "letter" }, letter);
			swatch.style.background = colourOf(ink, isDark);
			const select = (): void => this.actions.select(selection);
			const name =
				selection === null
					? words
					: button(words, `Select ${words}`, select, { class: "link" });
			return el(
				"tr",
				{},
				el("td", {}, swatch),
				el("th", { scope: "row" }, name),
				el("td", { class: "number" }, slots.length.toLocaleString("en")),
			);
		});
		const caption = el("caption", { class: "unseen" }, "Who has the objects");
		return el(
			"table",
			{ class: "grid owners" },
			caption,
			el("tbody", {}, ...rows),
		);
	}

	private lists(): HTMLElement[] {
		const { note, chains } = this;
		if (note !== "") return [el("p", { class: "quiet" }, note)];
		return chains.map((chain) => el("p", { class: "chain" }, chainText(chain)));
	}

	/** Every slot in words; filled when it is opened. */
	private table(slab: SlabFacts, owners: readonly SlotOwner[]): HTMLElement {
		const made = el(
			"details",
			{ open: this.isOpen, "data-slab": slab.slab },
			el("summary", {}, "All slots as a table"),
		);
		const fill = (): void =>
			made.append(
				el("table", { class: "grid" }, el("tbody", {}, ...this.rows())),
			);
		this.latest = [slab, owners];
		if (this.isOpen) fill();
		made.addEventListener("toggle", () => {
			if (made.open && made.querySelector("table") === null) fill();
			this.isOpen = made.open;
		});
		return made;
	}

	private rows(): HTMLElement[] {
		if (this.latest === null) return [];
		const [slab, owners] = this.latest;
		const places = placesOf(slab.objects.length, this.chains);
		const whose = new Map(
			owners.flatMap(({ slots, words }) => slots.map((slot) => [slot, words])),
		);
		return slab.objects.map((object, slot) => {
			const address = addressText(slab.slab * 4096 + slot * slab.cache.size);
			const place = places[slot] as number;
			const free = place > 0 ? `free, ${place} on its list` : "free";
			const select = (): void => this.select(slab, slot);
			return el(
				"tr",
				{},
				el("td", { class: "number" }, `${slot}`),
				el(
					"td",
					{},
					button(address, `Select object ${slot}`, select, {
						class: "link number",
					}),
				),
				el("td", {}, object === null ? free : (whose.get(slot) ?? "")),
			);
		});
	}
}

/** Slots and arrows. */
class Drawing {
	private readonly places: readonly number[];

	constructor(
		private readonly grid: SlotGrid,
		private readonly chains: readonly FreeChain[],
		count: number,
	) {
		this.places = placesOf(count, chains);
	}

	slots(
		slab: SlabFacts,
		owners: readonly SlotOwner[],
		isDark: boolean,
		selected: number,
	): SVGElement[] {
		const whose = new Map(
			owners.flatMap((owner) => owner.slots.map((slot) => [slot, owner])),
		);
		return slab.objects.flatMap((_, slot) => {
			const owner = whose.get(slot);
			const place = this.places[slot] as number;
			const kind = owner ? "used" : place === 1 ? "free head" : "free";
			const [x, y] = this.corner(slot);
			const box = svg("rect", {
				...{ x: x + 1, y: y + 1, rx: 2, "data-slot": slot },
				width: this.grid.cell - 2,
				height: this.grid.height - 2,
				class: `${kind}${slot === selected ? " selected" : ""}`,
			});
			if (owner) box.style.fill = colourOf(owner.ink, isDark);
			const words = owner
				? owner.words
				: place > 0
					? `free, ${place} on its list`
					: "free";
			box.append(svg("title", {}, `object ${slot}: ${words}`));
			const text = owner?.letter ?? (place > 0 ? String(place) : "");
			return [box, ...this.word(slot, text, owner ? "letter" : "place")];
		});
	}

	/** A bent arrow from each free object to the next one of its list: strong at the head, paler along the list. */
	arrows(): SVGElement[] {
		return nextOf(this.chains).map(([from, to]) => {
			const d = this.arrow(from, to);
			const place = this.places[from] as number;
			const opacity = Math.max(PALEST, PALER ** (place - 1));
			return svg("path", { d, class: "next", opacity: opacity.toFixed(2) });
		});
	}

	private arrow(from: number, to: number): string {
		const [x, y] = this.middle(from);
		const [toX, toY] = this.middle(to);
		const [dx, dy] = [toX - x, toY - y];
		const bendX = x + dx / 2 - dy * BEND;
		const bendY = y + dy / 2 + dx * BEND;
		const angle = Math.atan2(toY - bendY, toX - bendX);
		const wing = (turn: number): string =>
			`${short(toX - HEADED * Math.cos(angle + turn))} ${short(toY - HEADED * Math.sin(angle + turn))}`;
		return `M${short(x)} ${short(y)}Q${short(bendX)} ${short(bendY)} ${short(toX)} ${short(toY)}M${wing(0.5)}L${short(toX)} ${short(toY)}L${wing(-0.5)}`;
	}

	private word(slot: number, text: string, kind: string): SVGElement[] {
		if (text === "" || this.grid.cell < LETTERED) return [];
		const [x, y] = this.middle(slot);
		const at =
			kind === "place"
				? { x: x - this.grid.cell / 2 + 4, y: y - 1 }
				: { x, y: y + 3.5 };
		return [svg("text", { ...at, class: kind }, text)];
	}

	private corner(slot: number): [number, number] {
		const { columns, cell, height } = this.grid;
		return [(slot % columns) * cell, Math.floor(slot / columns) * height];
	}

	private middle(slot: number): [number, number] {
		const [x, y] = this.corner(slot);
		return [x + this.grid.cell / 2, y + this.grid.height / 2];
	}
}

const short = (value: number): string => String(Math.round(value * 10) / 10);
