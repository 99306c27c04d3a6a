// The map as a drawing for slides: one rectangle for each run of frames of one ink, and a legend.
//
// MS1: the drawing stands alone: no style sheet, no script, no font that must be there.

import { colourOf, type Ink } from "./inks";
import { Layout } from "./layout";

/** What is drawn. */
export interface MapPicture {
	readonly title: string;
	/** Place of each frame's ink. */
	readonly frames: Uint8Array;
	readonly inks: readonly Ink[];
	readonly counts: Int32Array;
	readonly isDark: boolean;
}

const WIDTH = 1200;
const HEIGHT = 620;
const MARGIN = 24;
const LINE = 20; // from one row of the legend to the next
const ENTRY = 230; // width of an entry of the legend

/** The drawing as the text of an SVG file. */
export function mapSvg(picture: MapPicture): string {
	const { title, isDark } = picture;
	const layout = new Layout(picture.frames.length, WIDTH, HEIGHT);
	const legend = legendOf(picture, layout.height + MARGIN * 3);
	const height = layout.height + MARGIN * 3 + legend.rows * LINE + MARGIN;
	const paper = isDark ? "#16181b" : "#ffffff";
	const ink = isDark ? "#e6e4df" : "#1f2328";
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH + 2 * MARGIN} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="${ink}">`,
		`<rect width="100%" height="100%" fill="${paper}"/>`,
		`<text x="${MARGIN}" y="${MARGIN + 2}" font-size="16">${escaped(title)}</text>`,
		`<g transform="translate(${MARGIN} ${MARGIN * 2})" shape-rendering="crispEdges">`,
		...runsOf(picture, layout),
		"</g>",
		...legend.lines,
		"</svg>\n",
	].join("\n");
}

function runsOf(
	{ frames, inks, isDark }: MapPicture,
	layout: Layout,
): string[] {
	const paths = new Map<number, string[]>();
	for (let pfn = 0; pfn < frames.length; ) {
		const at = frames[pfn] as number;
		let end = pfn + 1;
		while (end < frames.length && frames[end] === at) end++;
		const path = paths.get(at) ?? [];
		for (const { x, y, width, height } of layout.rectsOf(pfn, end - pfn))
			path.push(
				`M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}z`,
			);
		paths.set(at, path);
		pfn = end;
	}
	return [...paths].map(
		([at, path]) =>
			`<path fill="${colourOf(inks[at] as Ink, isDark)}" d="${path.join("")}"/>`,
	);
}

function legendOf(
	{ inks, counts, isDark }: MapPicture,
	top: number,
): { rows: number; lines: string[] } {
	const across = Math.floor(WIDTH / ENTRY);
	const shown = [...inks.keys()].filter((at) => (counts[at] as number) > 0);
	const lines = shown.map((at, place) => {
		const entry = inks[at] as Ink;
		const x = MARGIN + (place % across) * ENTRY;
		const y = top + Math.floor(place / across) * LINE;
		const count = (counts[at] as number).toLocaleString("en");
		return `<rect x="${x}" y="${y - 11}" width="13" height="13" fill="${colourOf(entry, isDark)}" stroke="#888" stroke-width="0.5"/><text x="${x + 20}" y="${y}">${escaped(entry.words)} (${count})</text>`;
	});
	return { rows: Math.ceil(shown.length / across), lines };
}

const short = (value: number): string => String(Math.round(value * 100) / 100);

const escaped = (text: string): string =>
	text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
