// Inks: the colours of the page, each with its words.
//
//   fixed      what a frame is used for            the colours of the reports in the terminal (report/palette.ts)
//   stepped    orders, ages                        from dark to bright, readable without any sense of hue (cividis)
//   warm       temperature                         from pale to strong in one direction of lightness: hot stands out
//   named      caches, tasks, migratetypes         twelve that people who confuse red with green tell apart
//
// IN1: every ink has a colour for paper and one for a dark screen; both keep 3 to 1 against what lies under them, but for
//      those that mean that nothing is there.
//
// [Nuñez, Anderton, Renslow, cividis; Brewer, YlOrBr; Tol, Colour schemes; WCAG 2.1, 1.4.11]

/** A colour and what it means. */
export interface Ink {
	readonly words: string;
	readonly light: string;
	readonly dark: string;
	/** True when it means that nothing is there. */
	readonly quiet?: boolean;
}

export const ink = (
	words: string,
	light: string,
	dark = light,
	quiet = false,
): Ink => ({ words, light, dark, quiet });

/** What is no block: the first inks of every palette. */
export const GROUND: readonly Ink[] = [
	ink("no memory", "#f4f2ee", "#131517", true),
	ink("firmware", "#cfcbc4", "#3a3d41", true),
	ink("kernel, since boot", "#a09a90", "#5d6166"),
];

export const FREE_INK = ink("free", "#e4e9e4", "#252b2c", true);
export const WAITING_INK = ink("free, per CPU", "#a9cfe0", "#2f5468");

/** By number of the state (kernel/trace/fold/frames.ts). */
export const STATE_INKS: readonly Ink[] = [
	ink("reserved", "#a09a90", "#5d6166"),
	FREE_INK,
	WAITING_INK,
	ink("on its way", "#1f2328", "#f2efe9"),
	ink("kernel pages", "#bd7f12", "#d59a33"),
	ink("slab", "#6377d2", "#7d8fe6"),
	ink("kmalloc, large", "#ad2418", "#d8584c"),
	ink("page table", "#9d228e", "#cf5fc2"),
	ink("task memory", "#2f9a54", "#45b36b"),
	ink("kernel stack", "#7b1ade", "#a968f0"),
];

/** From old and small to young and large. */
export const STEPS: readonly string[] = [
	"#00224e",
	"#123570",
	"#3b496c",
	"#575d6d",
	"#707173",
	"#8a8678",
	"#a59c74",
	"#c3b369",
	"#d6c35d",
	"#e8d45a",
	"#f0de72",
];

export const STEPS_DARK: readonly string[] = [
	"#2f4f8f",
	"#3d5c9a",
	"#546a94",
	"#697790",
	"#7d838a",
	"#938f83",
	"#aca27b",
	"#c3b369",
	"#d6c35d",
	"#e8d45a",
	"#f0de72",
];

/** From cool to hot; on paper ever darker, on a dark screen ever brighter. */
export const WARM: readonly (readonly [string, string])[] = [
	["#d08a3a", "#7a4a1c"],
	["#c26a1e", "#a3601c"],
	["#a84a12", "#cf7f22"],
	["#7f2f10", "#efab45"],
	["#4f1a0d", "#ffe08a"],
];

/** For what has a name; the last is for all the others. */
export const NAMED: readonly (readonly [string, string])[] = [
	["#4477aa", "#6f9fd0"],
	["#cc6677", "#dc8391"],
	["#117733", "#3fa564"],
	["#a08410", "#ddcc77"],
	["#882255", "#c96496"],
	["#2a9d8f", "#44bba9"],
	["#332288", "#8f86dd"],
	["#c4702b", "#e39a5c"],
	["#468fb2", "#88ccee"],
	["#aa4499", "#cf78c0"],
	["#7b7b26", "#b0b04a"],
	["#8a8f96", "#7c8289"],
];

/** The ink of the `place`-th name; those behind the last share one. */
export function namedInk(words: string, place: number): Ink {
	const at = Math.min(place, NAMED.length - 1);
	const [light, dark] = NAMED[at] as readonly [string, string];
	return ink(words, light, dark);
}

/** The colour of an ink. */
export const colourOf = (of: Ink, isDark: boolean): string =>
	isDark ? of.dark : of.light;
