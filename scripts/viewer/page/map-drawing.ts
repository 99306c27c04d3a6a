// Drawing the map: a picture with a pixel a frame, put on the canvas as large as the zoom wants, and lines above it.
//
//   inks of the frames --> picture (a pixel for 1 x 1, 2 x 1, ... frames) --scaled--> canvas --> lines, labels, marks
//
// MD1: where there are more frames than pixels, a pixel is the mean of its frames' colours.
// MD2: lines are drawn only where what they enclose is large enough to be seen between them.

import type { Fold } from "../../../kernel/trace/fold/fold";
import { RESERVED } from "../../../kernel/trace/fold/frames";
import { blockName } from "../model/facts";
import { colourOf, type Ink } from "../model/inks";
import type { Layout } from "../model/layout";
import type { Names } from "../model/sentences";
import type { Furniture } from "./dom";

const BLOCK_LINES = 3.5; // pixels of a row from which blocks have outlines
const FINE = 8; // pixels of a row below which outlines are pale
const BLOCK_WIDTH = 6; // pixels of a block that has one
const PAGEBLOCK_LINES = 14; // pixels of a pageblock's height
const LABEL_WIDTH = 84;
const LABEL_HEIGHT = 13;

/** How the map lies on the canvas. */
export interface Camera {
	scale: number;
	x: number;
	y: number;
}

/** The picture of all frames. */
export class FramePicture {
	private readonly canvas = document.createElement("canvas");

	/** Draws frames with their inks, in the pixels of `layout`. */
	draw(
		brush: CanvasRenderingContext2D,
		frames: Uint8Array,
		inks: readonly Ink[],
		layout: Layout,
		camera: Camera,
		isDark: boolean,
	): void {
		const ratio = window.devicePixelRatio || 1;
		const across = halvings(layout.cellWidth * camera.scale * ratio);
		const down = halvings(layout.cellHeight * camera.scale * ratio);
		const columns = Math.ceil(layout.columns / across);
		const rows = Math.ceil(layout.rows / down);
		const { canvas } = this;
		if (canvas.width !== columns) canvas.width = columns;
		if (canvas.height !== rows) canvas.height = rows;
		const context = canvas.getContext("2d") as CanvasRenderingContext2D;
		const image = context.createImageData(columns, rows);
		const palette = paletteOf(inks, isDark);
		if (across === 1 && down === 1) one(image, frames, palette);
		else mean(image, frames, palette, layout.columns, across, down);
		context.putImageData(image, 0, 0);
		brush.imageSmoothingEnabled = false;
		brush.drawImage(
			canvas,
			0,
			0,
			columns * across * layout.cellWidth,
			rows * down * layout.cellHeight,
		);
	}
}

/** Frames that share a pixel: the largest power of two that fits into one. */
const halvings = (pixels: number): number =>
	pixels >= 1 ? 1 : 2 ** Math.floor(Math.log2(1 / pixels));

/** Colours as words: alpha, blue, green, red. */
function paletteOf(inks: readonly Ink[], isDark: boolean): Uint32Array {
	return Uint32Array.from(inks, (ink) => {
		const text = colourOf(ink, isDark).slice(1);
		const value = Number.parseInt(text.slice(0, 6), 16);
		const alpha = text.length > 6 ? Number.parseInt(text.slice(6), 16) : 255;
		const red = value >>> 16;
		const green = (value >>> 8) & 255;
		return ((alpha << 24) | ((value & 255) << 16) | (green << 8) | red) >>> 0;
	});
}

function one(image: ImageData, frames: Uint8Array, palette: Uint32Array): void {
	const pixels = new Uint32Array(image.data.buffer);
	for (let pfn = 0; pfn < frames.length; pfn++)
		pixels[pfn] = palette[frames[pfn] as number] as number;
}

function mean(
	image: ImageData,
	frames: Uint8Array,
	palette: Uint32Array,
	columns: number,
	across: number,
	down: number,
): void {
	const sums = new Float64Array(image.width * image.height * 4);
	const shift = Math.log2(across);
	for (let pfn = 0; pfn < frames.length; pfn++) {
		const row = Math.floor(pfn / columns / down);
		const at = (row * image.width + ((pfn % columns) >> shift)) * 4;
		const colour = palette[frames[pfn] as number] as number;
		for (let part = 0; part < 4; part++)
			sums[at + part] =
				(sums[at + part] as number) + ((colour >>> (part * 8)) & 255);
	}
	const share = across * down;
	for (let at = 0; at < sums.length; at++)
		image.data[at] = (sums[at] as number) / share;
}

/** Lines and words above the picture. */
export class MapLines {
	constructor(
		private readonly brush: CanvasRenderingContext2D,
		private readonly layout: Layout,
		private readonly camera: Camera,
		private readonly furniture: Furniture,
		private readonly height: number,
	) {}

	/** Blocks with their names, where cells are large enough. */
	blocks(fold: Fold, names: Names, isDark: boolean): void {
		const { layout, camera, brush } = this;
		if (layout.cellHeight * camera.scale < BLOCK_LINES) return;
		const first = this.rowAt(0) * layout.columns;
		const end = (this.rowAt(this.height) + 1) * layout.columns;
		const isFine = layout.cellHeight * camera.scale < FINE;
		brush.strokeStyle = `${isDark ? "#0e1012" : "#ffffff"}${isFine ? "66" : ""}`;
		brush.lineWidth = 1 / camera.scale;
		brush.beginPath();
		const labels: [number, number][] = [];
		fold.frames.eachBlock((head, count) => {
			if (head >= end || head + count <= first) return;
			if (fold.frames.state[head] === RESERVED) return;
			for (const rect of layout.rectsOf(head, count))
				if (rect.width * camera.scale >= BLOCK_WIDTH)
					brush.rect(rect.x, rect.y, rect.width, rect.height);
			labels.push([head, count]);
		});
		brush.stroke();
		for (const [head, count] of labels) this.label(fold, names, head, count);
	}

	pageblocks(frames: number): void {
		const { layout, camera, brush, furniture } = this;
		const width = Math.min(512, layout.columns) * layout.cellWidth;
		const rows = Math.max(1, 512 / layout.columns);
		const small = Math.min(width, rows * layout.cellHeight) * camera.scale;
		if (small < PAGEBLOCK_LINES) return;
		brush.strokeStyle = `${furniture.faint}88`;
		brush.lineWidth = 1 / camera.scale;
		brush.beginPath();
		for (let pfn = 0; pfn < frames; pfn += 512)
			for (const rect of layout.rectsOf(pfn, Math.min(512, frames - pfn)))
				brush.rect(rect.x, rect.y, rect.width, rect.height);
		brush.stroke();
	}

	zones(zones: readonly { name: string; start: number; end: number }[]): void {
		const { brush, furniture, camera, layout } = this;
		brush.font = `600 ${11 / camera.scale}px system-ui, sans-serif`;
		brush.textBaseline = "top";
		brush.textAlign = "right";
		let free = 0; // below the last name
		for (const { name, start } of zones) {
			const [rect] = layout.rectsOf(start, 1);
			if (rect === undefined) continue;
			const y = start < layout.columns ? 0 : rect.y;
			brush.fillStyle = furniture.ink;
			if (y > 0)
				brush.fillRect(
					0,
					y - 0.75 / camera.scale,
					layout.width,
					1.5 / camera.scale,
				);
			const right = layout.width - 4 / camera.scale;
			brush.lineWidth = 3 / camera.scale;
			brush.lineJoin = "round";
			brush.strokeStyle = furniture.paper;
			const line = Math.max(free, y + 3 / camera.scale);
			free = line + 13 / camera.scale;
			brush.strokeText(name, right, line);
			brush.fillText(name, right, line);
		}
	}

	private rowAt(y: number): number {
		const { camera, layout } = this;
		const row = (y - camera.y) / camera.scale / layout.cellHeight;
		return Math.max(0, Math.min(layout.rows - 1, Math.floor(row)));
	}

	private label(fold: Fold, names: Names, head: number, count: number): void {
		const { brush, camera, layout } = this;
		const [rect] = layout.rectsOf(head, count);
		if (rect === undefined) return;
		if (rect.width * camera.scale < LABEL_WIDTH) return;
		if (rect.height * camera.scale < LABEL_HEIGHT) return;
		const use = blockName(fold, head, names).replace("slab of ", "");
		const words = `${use} · order ${fold.frames.order[head]}`;
		brush.save();
		brush.beginPath();
		brush.rect(rect.x, rect.y, rect.width, rect.height);
		brush.clip();
		brush.font = `${10.5 / camera.scale}px system-ui, sans-serif`;
		brush.textAlign = "left";
		brush.textBaseline = "middle";
		brush.lineJoin = "round";
		const x = rect.x + 4 / camera.scale;
		const y = rect.y + Math.min(rect.height / 2, 10 / camera.scale);
		brush.lineWidth = 2.5 / camera.scale;
		brush.strokeStyle = this.furniture.paper;
		brush.fillStyle = this.furniture.ink;
		brush.strokeText(words, x, y);
		brush.fillText(words, x, y);
		brush.restore();
	}
}
