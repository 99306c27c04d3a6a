// The frame map: every frame of the machine as a cell, in the colour that the reader chose.
//
//   colour by [use] order type cache task age change          SVG  PNG
//   +----------------------------------------------+
//   | cells; outlines of blocks, pageblocks, zones |      hover tells, click selects, wheel zooms, drag pans
//   +----------------------------------------------+
//   legend, a table: ink, words, frames
//
// MV1: the selection is framed strongly, what the current event is about thinly.
// MV2: the map is drawn only when it looks different; the frames around things are elements above it.

import { firstFrame, frameCount } from "../../../kernel/trace/extent";
import { blockName } from "../model/facts";
import { colourOf, type Ink } from "../model/inks";
import { Layout, type Rect } from "../model/layout";
import { mapSvg } from "../model/map-svg";
import { pfnText } from "../model/numbers";
import {
	MODES,
	type Mode,
	type Painter,
	paint,
	painterOf,
} from "../model/paint";
import { button, el, refill, Size, sharpen } from "./dom";
import { type Camera, FramePicture, MapLines } from "./map-drawing";
import type { Actions, Scene, View } from "./scene";

const SCALE_MOST = 64;
const MARK_LEAST = 5; // pixels
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
	private drawn: readonly unknown[] = []; // what the canvas shows
	private drawnEvent = -1;
	private readonly marks = el("div", { class: "marks", "aria-hidden": "true" });
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
			el("div", { class: "canvas-box" }, this.canvas, this.marks, this.tip),
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
		const { show, state, isDark } = scene;
		const { width, height } = this.size;
		this.layout = new Layout(show.ground.length, width, height);
		this.clamp();
		const painter = this.painterFor(scene);
		const { scale, x, y } = this.camera;
		const ratio = window.devicePixelRatio;
		const looks = [
			painter,
			scene.after,
			width,
			height,
			ratio,
			scale,
			x,
			y,
			isDark,
		];
		const { known } = scene;
		const isSame =
			looks.every((it, at) => it === this.drawn[at]) &&
			(known === this.drawnEvent ||
				(painter.isTimed !== true &&
					!show.film.areFramesMoved(known, this.drawnEvent)));
		if (!isSame) this.paint(scene, painter);
		this.drawn = looks;
		this.drawnEvent = known;
		refill(this.marks, ...this.marksOf(scene));
		this.tellModes(state.mode);
	}

	private paint(scene: Scene, painter: Painter): void {
		const { show, isDark, furniture } = scene;
		const { camera, layout } = this;
		const painted = this.paintedFold(scene);
		if (this.frames.length !== show.ground.length)
			this.frames = new Uint8Array(show.ground.length);
		this.counts = paint(painted, painter, show.ground, this.frames);
		const brush = sharpen(this.canvas, this.size);
		brush.translate(camera.x, camera.y);
		brush.scale(camera.scale, camera.scale);
		this.picture.draw(brush, this.frames, painter.inks, layout, camera, isDark);
		const { height } = this.size;
		const lines = new MapLines(brush, layout, camera, furniture, height);
		lines.blocks(painted, show.names, isDark);
		lines.pageblocks(this.frames.length);
		lines.zones(scene.fold.frames.zones);
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

	/** Frames around the current event's frames and the selection (MV1). */
	private marksOf({ show, state, subject, fold }: Scene): HTMLElement[] {
		const frames = show.ground.length;
		const marks: HTMLElement[] = [];
		const mark = (pfn: number, count: number, kind: string): void => {
			for (const rect of this.layout.rectsOf(pfn, count))
				marks.push(this.markAround(rect, kind));
		};
		const { columns } = show.film;
		const now = state.event < 0 ? -1 : firstFrame(columns, state.event);
		const count = now < 0 ? 0 : frameCount(columns, state.event);
		if (now >= 0 && now < frames)
			mark(now, Math.min(count, frames - now), "now");
		if (subject?.kind === "frame" && subject.pfn < frames) {
			const head = fold.frames.headOf(subject.pfn);
			const order = head < 0 ? 0 : (fold.frames.order[head] as number);
			if (order > 0) mark(head, 2 ** order, "block");
			mark(subject.pfn, 1, "chosen");
		}
		if (subject?.kind === "object")
			mark(Math.floor(subject.address / 4096), 1, "chosen");
		return marks;
	}

	private markAround({ x, y, width, height }: Rect, kind: string): HTMLElement {
		const { scale, x: left, y: top } = this.camera;
		const wide = Math.max(MARK_LEAST, width * scale);
		const high = Math.max(MARK_LEAST, height * scale);
		const atX = left + (x + width / 2) * scale - wide / 2;
		const atY = top + (y + height / 2) * scale - high / 2;
		const element = el("div", { class: kind });
		element.style.cssText = `transform:translate(${Math.round(atX)}px,${Math.round(atY)}px);width:${Math.round(wide)}px;height:${Math.round(high)}px`;
		return element;
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
