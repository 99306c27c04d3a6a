// The timeline: the whole trace from left to right, its counters below each other, and the play head.
//
//   +----------------+----------------------------------------------+
//   | event          |   0        500       1,000 |      1,500       |   ruler: events, ticks
//   | boot and tasks |   ==mm_init== ---init-------------            |   stages, lives of tasks; faults as dots
//   | free DMA32     |   ~~~~~~~~~~\____/~~~~     |                  |   one track for each counter
//   |          7,012 |                            ^ play head        |
//   +----------------+----------------------------------------------+
//
//   drag: move the play head   wheel: zoom   shift + wheel or drag: pan   double click: everything
//
// TL1: what does not move with the play head is drawn only when the window, the size or the theme is another; the play head
//      and the markers are elements above it.

import { colourOf, type Ink, NAMED, namedInk, STATE_INKS } from "../model/inks";
import {
	type Stage,
	type TaskLife,
	type Track,
	valuesOf,
} from "../model/survey";
import { el, type Furniture, refill, Size, sharpen } from "./dom";
import type { Actions, Scene, View } from "./scene";

const RULER = 22;
const BAND = 26;
const LANES = 4;
const TRACK = 25;
const FREE_LINE = 8; // ink of free memory, which as an area is too pale for a line
/** Places of the inks of uses that tracks share. */
const LOOKS: Readonly<Record<string, number>> = {
	slab: 5,
	table: 7,
	user: 8,
	pages: 4,
};

const inkOf = ({ look }: Track): Ink =>
	look === "free"
		? namedInk("free", FREE_LINE)
		: (STATE_INKS[LOOKS[look] ?? 4] as Ink);

/** The timeline and the values at the play head. */
export class Timeline implements View {
	readonly element: HTMLElement;
	private readonly canvas = el("canvas", {
		tabindex: 0,
		role: "slider",
		"aria-label": "Timeline: the event that is shown",
	});
	private readonly heads = el("div", { class: "heads", "aria-hidden": "true" });
	private readonly values: HTMLElement[] = [];
	private readonly labels = el("table", { class: "track-names" });
	private readonly size: Size;
	private drawn = ""; // what the canvas shows
	private scene: Scene | null = null;
	private dragging: "head" | "pan" | null = null;

	constructor(private readonly actions: Actions) {
		this.size = new Size(this.canvas, () => actions.set({}));
		this.element = el(
			"section",
			{ class: "timeline", "aria-label": "Timeline" },
			this.labels,
			el("div", { class: "tracks" }, this.canvas, this.heads),
		);
		this.canvas.addEventListener("pointerdown", (event) => this.press(event));
		this.canvas.addEventListener("pointermove", (event) => this.move(event));
		this.canvas.addEventListener("pointerup", () => {
			this.dragging = null;
		});
		this.canvas.addEventListener("wheel", (event) => this.wheel(event), {
			passive: false,
		});
		this.canvas.addEventListener("dblclick", () =>
			this.actions.set({ window: null }),
		);
	}

	draw(scene: Scene): void {
		this.scene = scene;
		const tracks = tracksOf(scene);
		if (this.values.length === 0) this.label(tracks);
		this.tell(scene, tracks);
		const { width, height } = this.size;
		const window = windowOf(scene).join();
		const key = `${window} ${width}x${height} ${scene.isDark}`;
		if (key !== this.drawn) {
			this.drawn = key;
			const brush = sharpen(this.canvas, this.size);
			new Picture(brush, scene, width).draw(tracks);
		}
		refill(this.heads, ...headsOf(scene, width));
	}

	private label(tracks: readonly Track[]): void {
		const row = (name: string, height: number): HTMLElement => {
			const value = el("td");
			const line = el("tr", {}, el("th", { scope: "row" }, name), value);
			line.style.height = `${height}px`;
			this.labels.append(line);
			return value;
		};
		this.values.push(row("event", RULER), row("stages and tasks", BAND));
		for (const { name } of tracks) this.values.push(row(name, TRACK));
		const height = RULER + BAND + tracks.length * TRACK + 4;
		this.element.style.height = `${height}px`;
	}

	/** Values of the counters at the play head. */
	private tell(scene: Scene, tracks: readonly Track[]): void {
		const { survey } = scene.show;
		const { event } = scene.state;
		const stage = survey.stagesAt(event).at(-1)?.name;
		const tick = survey.tickAt(event);
		const where = stage ?? (tick === null ? "" : `tick ${tick.number}`);
		const texts = [event.toLocaleString("en"), where];
		for (const track of tracks) texts.push(valueAt(track, scene));
		texts.forEach((text, at) => {
			const cell = this.values[at];
			if (cell && cell.textContent !== text) cell.textContent = text;
		});
		this.canvas.setAttribute("aria-valuemin", "-1");
		this.canvas.setAttribute("aria-valuemax", String(scene.show.events - 1));
		this.canvas.setAttribute("aria-valuenow", String(event));
	}

	private press(event: PointerEvent): void {
		this.canvas.setPointerCapture(event.pointerId);
		this.dragging = event.shiftKey ? "pan" : "head";
		this.move(event);
	}

	private move(event: PointerEvent): void {
		if (this.scene === null || this.dragging === null) return;
		if (this.dragging === "pan") this.pan(-event.movementX);
		else this.actions.goto(Math.round(this.eventAt(event.offsetX)));
	}

	private wheel(event: WheelEvent): void {
		event.preventDefault();
		if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
			this.pan(event.deltaX || event.deltaY);
		else this.zoom(1.0015 ** event.deltaY, this.eventAt(event.offsetX));
	}

	/** Makes the window `factor` times as long, around `centre`. */
	zoom(factor: number, centre?: number): void {
		const { scene } = this;
		if (scene === null) return;
		const [from, to] = windowOf(scene);
		const middle = centre ?? scene.state.event;
		const last = scene.show.events - 1;
		const length = Math.max(16, Math.min(last, (to - from) * factor));
		const share = Math.max(0, Math.min(1, (middle - from) / (to - from || 1)));
		this.show(middle - share * length, length, last);
	}

	private pan(pixels: number): void {
		const { scene } = this;
		if (scene === null) return;
		const [from, to] = windowOf(scene);
		const shift = (pixels / this.size.width) * (to - from);
		this.show(from + shift, to - from, scene.show.events - 1);
	}

	private show(from: number, length: number, last: number): void {
		const start = Math.max(0, Math.min(last - length, from));
		const [first, end] = [Math.floor(start), Math.ceil(start + length)];
		const isAll = first <= 0 && end >= last;
		this.actions.set({
			window: isAll || end <= first ? null : [first, Math.min(last, end)],
		});
	}

	private eventAt(x: number): number {
		const [from, to] = windowOf(this.scene as Scene);
		return from + (x / this.size.width) * (to - from);
	}
}

/** Tracks that ever have a value. */
const tracksOf = ({ show }: Scene): Track[] =>
	show.survey.tracks.filter(({ most }) => most > 0);

/** First and last event that the timeline shows. */
export function windowOf({ state, show }: Scene): readonly [number, number] {
	return state.window ?? [0, Math.max(1, show.events - 1)];
}

/** The counter at the play head: exact where the state tells it, else that of the sample. */
function valueAt(track: Track, { show, state, fold }: Scene): string {
	if (state.event < 0) return "";
	const at = Math.floor(state.event / show.survey.every);
	const sample = track.values[Math.min(at, track.values.length - 1)] ?? 0;
	const exact = valuesOf(fold)[show.survey.tracks.indexOf(track)];
	const value = exact ?? sample;
	if (Number.isNaN(value)) return "?";
	return `${value.toLocaleString("en")}${track.unit === "%" ? " %" : ""}`;
}

/** The play head, the markers and what lies between them. */
function headsOf(scene: Scene, width: number): HTMLElement[] {
	const { event, a, b } = scene.state;
	const [from, to] = windowOf(scene);
	const at = (moment: number): number =>
		Math.round(((moment - from) / (to - from)) * width);
	const placed = (kind: string, x: number, text = ""): HTMLElement => {
		const element = el("div", { class: kind }, text);
		element.style.transform = `translateX(${x}px)`;
		return element;
	};
	const flags = [
		["A", a],
		["B", b],
	] as const;
	const between = placed("between", 0);
	if (a !== null && b !== null) {
		between.style.transform = `translateX(${at(Math.min(a, b))}px)`;
		between.style.width = `${at(Math.max(a, b)) - at(Math.min(a, b))}px`;
	}
	return [
		between,
		...flags.flatMap(([name, moment]) =>
			moment === null ? [] : [placed("flag", at(moment), name)],
		),
		placed("head", at(Math.max(0, event))),
	];
}

/** What stays still: ruler, band and tracks. */
class Picture {
	private readonly from: number;
	private readonly to: number;
	private readonly furniture: Furniture;

	constructor(
		private readonly brush: CanvasRenderingContext2D,
		private readonly scene: Scene,
		private readonly width: number,
	) {
		[this.from, this.to] = windowOf(scene);
		this.furniture = scene.furniture;
	}

	draw(tracks: readonly Track[]): void {
		this.holes(RULER + BAND + tracks.length * TRACK);
		this.ruler();
		this.ticks(RULER + BAND + tracks.length * TRACK);
		this.stages();
		this.lives();
		this.faults();
		tracks.forEach((track, at) => {
			this.track(track, RULER + BAND + at * TRACK);
		});
	}

	private x(event: number): number {
		return ((event - this.from) / (this.to - this.from)) * this.width;
	}

	private ruler(): void {
		const { brush, furniture } = this;
		const step = niceStep((this.to - this.from) / (this.width / 110));
		brush.font = "11px system-ui, sans-serif";
		brush.textBaseline = "middle";
		brush.textAlign = "left";
		const first = Math.ceil(this.from / step) * step;
		for (let event = first; event <= this.to; event += step) {
			const x = Math.round(this.x(event));
			brush.fillStyle = furniture.line;
			brush.fillRect(x, RULER - 5, 1, 5);
			brush.fillStyle = furniture.faint;
			if (this.width - x > 46)
				brush.fillText(event.toLocaleString("en"), x + 4, RULER / 2);
		}
		brush.fillStyle = furniture.line;
		brush.fillRect(0, RULER - 1, this.width, 1);
	}

	/** What a damaged file has lost. */
	private holes(height: number): void {
		const { brush, furniture } = this;
		brush.fillStyle = `${furniture.faint}33`;
		for (const { first, count } of this.scene.show.trace.reader.holes) {
			const x = this.x(first);
			const width = Math.max(2, this.x(first + count) - x);
			brush.fillRect(x, RULER, width, height - RULER);
		}
	}

	/** A faint line for each tick, as far as they do not run into each other. */
	private ticks(height: number): void {
		const { brush, furniture } = this;
		let last = Number.NEGATIVE_INFINITY;
		brush.fillStyle = furniture.line;
		for (const { event } of this.scene.show.survey.ticks) {
			const x = this.x(event);
			if (x < 0 || x > this.width || x - last < 5) continue;
			last = x;
			brush.fillRect(Math.round(x), RULER, 1, height - RULER);
		}
	}

	private stages(): void {
		const { brush, furniture, scene } = this;
		brush.font = "11px system-ui, sans-serif";
		brush.textBaseline = "middle";
		for (const stage of scene.show.survey.stages) {
			const [x, end] = [this.x(stage.from), this.x(stage.to)];
			if (end < 0 || x > this.width) continue;
			brush.fillStyle = `${furniture.faint}33`;
			brush.fillRect(x, RULER + 3, Math.max(1, end - x - 1), 18);
			this.words(stage, x, end);
		}
	}

	private words(stage: Stage, x: number, end: number): void {
		const { brush, furniture } = this;
		const start = Math.max(0, x);
		if (end - start < 40) return;
		brush.save();
		brush.beginPath();
		brush.rect(start, RULER, end - start - 2, BAND);
		brush.clip();
		brush.fillStyle = furniture.ink;
		brush.fillText(stage.name, start + 5, RULER + 12.5);
		brush.restore();
	}

	/** Lives of tasks, in as few lanes as they need. */
	private lives(): void {
		const ends: number[] = [];
		this.scene.show.survey.lives.forEach((life, place) => {
			let lane = ends.findIndex((end) => end < life.from);
			if (lane < 0) lane = ends.length;
			ends[lane] = life.to;
			if (lane < LANES) this.life(life, lane, place);
		});
	}

	private life(life: TaskLife, lane: number, place: number): void {
		const x = this.x(life.from);
		const end = this.x(life.to);
		const { brush, scene } = this;
		const pair = NAMED[place % (NAMED.length - 1)] as readonly [string, string];
		brush.fillStyle = pair[scene.isDark ? 1 : 0];
		brush.fillRect(x, RULER + 4 + lane * 5, Math.max(1.5, end - x), 3);
	}

	private faults(): void {
		const { brush, scene } = this;
		brush.fillStyle = colourOf(STATE_INKS[6] as Ink, scene.isDark);
		let last = Number.NEGATIVE_INFINITY;
		for (const event of scene.show.survey.faults) {
			const x = this.x(event);
			if (x < 0 || x > this.width || x - last < 2) continue;
			last = x;
			brush.fillRect(x - 1, RULER + BAND - 4, 2, 3);
		}
	}

	private track(track: Track, top: number): void {
		const { brush, furniture, scene } = this;
		const { every, samples } = scene.show.survey;
		const most = track.unit === "%" ? 100 : track.most;
		const room = TRACK - 6;
		const y = (value: number): number =>
			top + TRACK - 2 - (value / most) * room;
		brush.fillStyle = furniture.line;
		brush.fillRect(0, top + TRACK - 1, this.width, 1);
		brush.beginPath();
		const first = Math.max(0, Math.floor(this.from / every) - 1);
		const last = Math.min(samples - 1, Math.ceil(this.to / every) + 1);
		const start = this.x(first * every);
		brush.moveTo(start, y(track.values[first] ?? 0));
		for (let at = first; at <= last; at++) {
			brush.lineTo(this.x(at * every), y(track.values[at] as number));
			brush.lineTo(this.x((at + 1) * every), y(track.values[at] as number));
		}
		const end = this.x((last + 1) * every);
		const colour = colourOf(inkOf(track), scene.isDark);
		brush.strokeStyle = colour;
		brush.lineWidth = 1.25;
		brush.stroke();
		brush.lineTo(end, y(0));
		brush.lineTo(start, y(0));
		brush.fillStyle = `${colour}33`;
		brush.fill();
	}
}

/** The next larger of 1, 2, 5 times a power of ten. */
function niceStep(least: number): number {
	const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
	for (const factor of [1, 2, 5, 10])
		if (power * factor >= least) return power * factor;
	return power * 10;
}
