// How each use of a frame looks: a colour, a letter where there is no colour, and its words in the legend.
//
// Colours of middle lightness, so that each keeps a contrast of 3 to 1 against black and against white, and far enough
// apart that people who confuse red with green or blue with yellow tell them apart as well.
// The order below is the order of the legend.
//
// [Okabe and Ito, Color Universal Design; WCAG 2.1, 1.4.11 non-text contrast]

import type { FrameUse } from "./report";

/** The look of one use. */
export interface Look {
	readonly use: FrameUse;
	readonly letter: string;
	readonly colour: `#${string}`;
	readonly words: string;
}

export const LOOKS: readonly Look[] = [
	{ use: "kernel", letter: "K", colour: "#ad2418", words: "kernel image" },
	{ use: "metadata", letter: "M", colour: "#7b1ade", words: "boot memory" },
	{ use: "slab", letter: "S", colour: "#7687dc", words: "slab caches" },
	{ use: "table", letter: "T", colour: "#9d228e", words: "page tables" },
	{ use: "user", letter: "U", colour: "#37a85e", words: "tasks" },
	{ use: "pages", letter: "P", colour: "#c88718", words: "kernel pages" },
	{ use: "firmware", letter: "F", colour: "#808080", words: "firmware" },
	{ use: "pcp", letter: ":", colour: "#4f93b8", words: "free, per CPU" },
	{ use: "free", letter: ".", colour: "#808080", words: "free" },
	{ use: "hole", letter: " ", colour: "#808080", words: "no memory" },
];

/** Index of each use in LOOKS. */
export const LOOK_INDEX: Readonly<Record<FrameUse, number>> =
	Object.fromEntries(LOOKS.map(({ use }, index) => [use, index])) as Record<
		FrameUse,
		number
	>;

/** The frame is not in anybody's use. */
export function isIdle(use: FrameUse): boolean {
	return use === "free" || use === "pcp" || use === "hole";
}

/** Colour of a use, for whatever else on the screen speaks of it. */
export function colourOf(use: FrameUse): string {
	return (LOOKS[LOOK_INDEX[use]] as Look).colour;
}
