// The frame map: every frame of the machine as a cell, in the colour that the reader chose.
//
//   colour by [use] order type cache task age change          SVG  PNG
//   +----------------------------------------------+
//   | cells; outlines of blocks, pageblocks, zones |      hover tells, click selects, wheel zooms, drag pans
//   +----------------------------------------------+
//   legend, a table: ink, words, frames
//
// MV1: the selection is framed strongly, what the current event is about thinly.

import { blockName } from "../model/facts";
import { colourOf, type Ink } from "../model/inks";
import { Layout } from "../model/layout";
import { mapSvg } from "../model/map-svg";
import { pfnText } from "../model/numbers";
import {
	MODES,
	type Mode,
	type Painter,
	paint,
	painterOf,
} from "../model/paint";
import { framesOf } from "../model/selection";
import { button, el, refill, Size, sharpen } from "./dom";
import { type Camera, FramePicture, MapLines } from "./map-drawing";
import type { Actions, Scene, View } from "./scene";

const SCALE_MOST = 64;
const CLICK = 4; // pixels that the pointer may move during a click
const MODE_WORDS: Readonly<Record<Mode, string>> = {
	use: "use",
	order: "order",
	type: "type",
	cache: "cache",
	task: "task",
	age: "age",
	heat: "heat",
	change: "A → B",
};

/** The map with its legend. */
export class MapView implements View {
	readonly element: HTMLElement;
	private readonly canvas = el("canvas", {
		tabindex: 0,
		role: "img",
		"aria-label":
			"Map of all frames; the legend below says how many have which colour",
	});
	private readonly tip = el("div", { class: "tip", role: "status" });
	private readonly legend = el("div", { class: "legend" });
	private readonly modes = el("div", {
		class: "modes",
		role: "radiogroup",
		"aria-label": "Colour by",
	});
	private readonly picture = new FramePicture();
	private readonly camera: Camera = { scale: 1, x: 0, y: 0 };
	private readonly size: Size;
	private frames = new Uint8Array(0);
	private counts: Int32Array = new Int32Array(0);
	private painter: Painter | null = null;
	private painterKey: unknown[] = [];
	private layout = new Layout(1, 1, 1);
	private scene: Scene | null = null;
	private press: { x: number; y: number; moved: boolean } | null = null;

	constructor(private readonly actions: Actions) {
		this.size = new Size(this.canvas, () => actions.set({}));
		const saves = el(
			"div",
			{ class: "saves" },
			button("SVG", "Save the map as SVG", () => actions.save("svg")),
			button("PNG", "Save the map as PNG", () => actions.save("png")),
			button("fit", "Show the whole map", () => this.fit()),
		);
		this.element = el(
			"section",
			{ class: "map", "aria-label": "Frame map" },
			el("header", {}, el("h2", {}, "Frames"), this.modes, saves),
			el("div", { class: "canvas-box" }, this.canvas, this.tip),
			this.legend,
		);
		for (const mode of MODES)
			this.modes.append(
				button(
					MODE_WORDS[mode],
					`Colour by ${MODE_WORDS[mode]}`,
					() => actions.set({ mode }),
					{ role: "radio", "data-mode": mode },
				),
			);
		this.listen();
	}

	draw(scene: Scene): void {
		this.scene = scene;
		const { show, state, isDark, furniture } = scene;
		const painter = this.painterFor(scene);
		const painted = this.paintedFold(scene);
		if (this.frames.length !== show.ground.length)
			this.frames = new Uint8Array(show.ground.length);
		this.counts = paint(painted, painter, show.ground, this.frames);
		const brush = sharpen(this.canvas, this.size);
		const { width, height } = this.size;
		this.layout = new Layout(this.frames.length, width, height);
		this.clamp();
		const { camera, layout } = this;
		brush.translate(camera.x, camera.y);
		brush.scale(camera.scale, camera.scale);
		this.picture.draw(brush, this.frames, painter.inks, layout, camera, isDark);
		const lines = new MapLines(brush, layout, camera, furniture, height);
		lines.blocks(painted, show.names, isDark);
		lines.pageblocks(this.frames.length);
		lines.zones(scene.fold.frames.zones);
		this.marks(lines, scene);
		this.tellModes(state.mode);
		this.tellLegend(painter.inks, isDark);
	}

	/** The map as the text of an SVG file. */
	svgText(): string {
		const { scene, painter } = this;
		if (scene === null || painter === null) return "";
		const { scenario } = scene.show.trace.header;
		const event = scene.state.event.toLocaleString("en");
		return mapSvg({
			title: `${scenario?.name ?? "trace"}, event ${event}: frames by ${MODE_WORDS[scene.state.mode]}`,
			frames: this.frames,
			inks: painter.inks,
			counts: this.counts,
			isDark: scene.isDark,
		});
	}

	/** The canvas with the map, as it is shown. */
	get image(): HTMLCanvasElement {
		return this.canvas;
	}

	/** Moves the selection by so many columns and rows. */
	walk(columns: number, rows: number): void {
		const { scene, layout } = this;
		if (scene?.subject?.kind !== "frame") return;
		const pfn = scene.subject.pfn + columns + rows * layout.columns;
		if (pfn >= 0 && pfn < layout.frames)
			this.actions.select({ kind: "frame", pfn });
	}

	fit(): void {
		Object.assign(this.camera, { scale: 1, x: 0, y: 0 });
		this.actions.set({});
	}

	/** The painter; made again only when what it depends on is another. */
	private painterFor({ show, state, before }: Scene): Painter {
		const key = [state.mode, before];
		if (
			this.painter === null ||
			key.some((it, at) => it !== this.painterKey[at])
		) {
			this.painterKey = key;
			this.painter = painterOf(state.mode, {
				survey: show.survey,
				columns: show.film.columns,
				before,
			});
		}
		return this.painter;
	}

	private paintedFold({ state, fold, after }: Scene) {
		return state.mode === "change" && after !== null ? after : fold;
	}

	private marks(
		lines: MapLines,
		{ show, state, subject, fold, furniture }: Scene,
	): void {
		const span =
			state.event < 0 ? null : framesOf(show.film.columns, state.event);
		if (span !== null && span.pfn < this.frames.length)
			lines.mark(span.pfn, span.frames, furniture.ink, 1);
		if (subject?.kind === "frame" && subject.pfn < this.frames.length) {
			const head = fold.frames.headOf(subject.pfn);
			const order = head < 0 ? 0 : (fold.frames.order[head] as number);
			if (order > 0) lines.mark(head, 2 ** order, furniture.accent, 1.5);
			lines.mark(subject.pfn, 1, furniture.accent, 2);
		}
		if (subject?.kind === "object")
			lines.mark(Math.floor(subject.address / 4096), 1, furniture.accent, 2);
	}

	private tellModes(mode: Mode): void {
		for (const child of this.modes.children)
			child.setAttribute(
				"aria-checked",
				String(child.getAttribute("data-mode") === mode),
			);
	}

	private tellLegend(inks: readonly Ink[], isDark: boolean): void {
		const rows = inks.flatMap((ink, at) => {
			const count = this.counts[at] as number;
			if (count === 0) return [];
			const swatch = el("span", { class: "swatch" });
			swatch.style.background = colourOf(ink, isDark);
			const number = count.toLocaleString("en");
			return [
				el(
					"tr",
					{},
					el("td", {}, swatch),
					el("th", { scope: "row" }, ink.words),
					el("td", { class: "number" }, number),
				),
			];
		});
		const caption = el("caption", { class: "unseen" }, "Frames by colour");
		refill(this.legend, el("table", {}, caption, el("tbody", {}, ...rows)));
	}

	private listen(): void {
		const { canvas } = this;
		canvas.addEventListener("pointerdown", (event) => {
			canvas.setPointerCapture(event.pointerId);
			this.press = { x: event.offsetX, y: event.offsetY, moved: false };
		});
		canvas.addEventListener("pointermove", (event) => this.move(event));
		canvas.addEventListener("pointerup", (event) => this.release(event));
		canvas.addEventListener("pointerleave", () => {
			this.tip.hidden = true;
		});
		canvas.addEventListener(
			"wheel",
			(event) => {
				event.preventDefault();
				this.zoom(0.9985 ** event.deltaY, event.offsetX, event.offsetY);
			},
			{ passive: false },
		);
		canvas.addEventListener("dblclick", () => this.fit());
	}

	private move(event: PointerEvent): void {
		const { press, camera } = this;
		if (press !== null) {
			const far =
				Math.abs(event.offsetX - press.x) + Math.abs(event.offsetY - press.y);
			if (far > CLICK) press.moved = true;
			if (press.moved) {
				camera.x += event.movementX;
				camera.y += event.movementY;
				this.actions.set({});
			}
		}
		this.hover(event.offsetX, event.offsetY);
	}

	private release(event: PointerEvent): void {
		const { press } = this;
		this.press = null;
		const pfn = this.frameAt(event.offsetX, event.offsetY);
		if (press !== null && !press.moved && pfn >= 0)
			this.actions.select({ kind: "frame", pfn });
	}

	private hover(x: number, y: number): void {
		const pfn = this.frameAt(x, y);
		const { scene, tip } = this;
		tip.hidden = pfn < 0 || scene === null;
		if (scene === null || pfn < 0) return;
		const { show, state } = scene;
		const fold = show.film.at(state.event);
		const head = fold.frames.headOf(pfn);
		const order = head < 0 ? null : fold.frames.order[head];
		const since = head < 0 ? null : (fold.frames.since[head] as number);
		tip.textContent = [
			`frame ${pfnText(pfn)}`,
			blockName(fold, head, show.names),
			order === null ? "" : `order ${order}`,
			since === null ? "" : `since event ${since.toLocaleString("en")}`,
		]
			.filter(Boolean)
			.join(" · ");
		const left = Math.min(x + 14, this.size.width - tip.offsetWidth - 4);
		tip.style.transform = `translate(${Math.max(0, left)}px, ${y + 18}px)`;
	}

	private frameAt(x: number, y: number): number {
		const { camera, layout } = this;
		return layout.frameAt(
			(x - camera.x) / camera.scale,
			(y - camera.y) / camera.scale,
		);
	}

	/** Makes everything `factor` times as large around a point. */
	private zoom(factor: number, x: number, y: number): void {
		const { camera } = this;
		const scale = Math.max(1, Math.min(SCALE_MOST, camera.scale * factor));
		const real = scale / camera.scale;
		camera.x = x - (x - camera.x) * real;
		camera.y = y - (y - camera.y) * real;
		camera.scale = scale;
		this.actions.set({});
	}

	/** Keeps the map on the canvas. */
	private clamp(): void {
		const { camera, layout, size } = this;
		const keep = (at: number, full: number, room: number): number =>
			full <= room
				? Math.floor((room - full) / 2)
				: Math.max(room - full, Math.min(0, at));
		camera.x = keep(camera.x, layout.width * camera.scale, size.width);
		camera.y = keep(camera.y, layout.height * camera.scale, size.height);
	}
}
