// Where each frame lies on the map.
//
//   columns = 2^k                 +--+--+--+--+--+--+--+--+
//   a block of 2^n frames is a    | 0| 1| 2| 3| 4| 5| 6| 7|        n <= k: a run in one row
//   run of a row, or whole rows   +--+--+--+--+--+--+--+--+        n > k: whole rows
//                                 | 8| 9|...
//
// LA1: frameAt() of the middle of rectOf(pfn) is pfn.
// LA2: a frame's cell is as nearly square as a power of two of columns allows.

const CELL_MOST = 22; // pixels: a small machine does not fill a large screen with large cells

export interface Rect {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

/** A map of frames as a grid; sizes in pixels before any zoom. */
export class Layout {
	readonly columns: number;
	readonly rows: number;
	readonly cellWidth: number;
	readonly cellHeight: number;

	constructor(
		readonly frames: number,
		width: number,
		height: number,
	) {
		this.columns = bestColumns(frames, width, height);
		this.rows = Math.ceil(frames / this.columns);
		this.cellWidth = Math.min(CELL_MOST, width / this.columns);
		this.cellHeight = Math.min(CELL_MOST, height / this.rows);
	}

	get width(): number {
		return this.columns * this.cellWidth;
	}

	get height(): number {
		return this.rows * this.cellHeight;
	}

	/** The frame at a place; -1 beside the map. */
	frameAt(x: number, y: number): number {
		const column = Math.floor(x / this.cellWidth);
		const row = Math.floor(y / this.cellHeight);
		if (column < 0 || column >= this.columns || row < 0) return -1;
		const pfn = row * this.columns + column;
		return pfn < this.frames ? pfn : -1;
	}

	/** Rectangles that together are `count` frames from `pfn` on: one for a run in a row, up to three for more. */
	rectsOf(pfn: number, count: number): Rect[] {
		const rects: Rect[] = [];
		const end = pfn + count;
		for (let at = pfn; at < end; ) {
			const column = at % this.columns;
			const whole = column === 0 && end - at >= this.columns;
			const rows = whole ? Math.floor((end - at) / this.columns) : 1;
			const run = whole
				? this.columns
				: Math.min(this.columns - column, end - at);
			rects.push({
				x: column * this.cellWidth,
				y: Math.floor(at / this.columns) * this.cellHeight,
				width: run * this.cellWidth,
				height: rows * this.cellHeight,
			});
			at += run * rows;
		}
		return rects;
	}
}

/** The power of two that makes cells most nearly square. */
function bestColumns(frames: number, width: number, height: number): number {
	let best = 1;
	let least = Number.POSITIVE_INFINITY;
	for (let columns = 1; columns <= 2 ** 16; columns *= 2) {
		const rows = Math.ceil(frames / columns);
		const ratio = (width / columns / height) * rows;
		const distance = Math.abs(Math.log(ratio));
		if (distance < least) {
			least = distance;
			best = columns;
		}
	}
	return best;
}
