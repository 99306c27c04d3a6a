// Painting the map: which ink each frame gets.
//
//   use     what the block is for             cache   the caches with the most pages, each its own
//   order   how large the block is            task    the tasks with the most pages
//   type    migratetype, also of free blocks  age     how long ago it became what it is
//   heat    temperature: how many of the last events were about it (heat.ts)
//   change  what is different between two moments
//
// PA1: every frame of a block has the ink of the block, but for temperature, as an event may be about a part of it, and for
//      changes: frames that are one block now may have been many.
// PA2: the ink of a cache or task is the same at every moment of a trace.

import type { EventColumns } from "../../../kernel/trace/columns";
import type { Fold } from "../../../kernel/trace/fold/fold";
import {
	FREE,
	RESERVED,
	SLAB,
	STACK,
	USER,
	WAITING,
} from "../../../kernel/trace/fold/frames";
import { MIGRATETYPE_NAMES } from "../../../mm/pageblock";
import { HEAT_STEPS, heatOf, heatStep, heatWindow, heatWords } from "./heat";
import {
	FREE_INK,
	GROUND,
	type Ink,
	ink,
	NAMED,
	namedInk,
	STATE_INKS,
	STEPS,
	STEPS_DARK,
	WAITING_INK,
	WARM,
} from "./inks";
import type { Survey } from "./survey";

/** Ways to colour the map, in the order in which they are offered. */
export const MODES = [
	"use",
	"order",
	"type",
	"cache",
	"task",
	"age",
	"heat",
	"change",
] as const;
export type Mode = (typeof MODES)[number];

/** The inks of a mode, and the place among them of a block's. */
export interface Painter {
	readonly inks: readonly Ink[];
	/** True when the frames of one block may differ. */
	readonly eachFrame?: boolean;
	/** True when a frame may look different later, though nothing about it changed. */
	readonly isTimed?: boolean;
	/** Called before the frames of a moment are asked for. */
	prepare?(fold: Fold): void;
	of(fold: Fold, head: number, pfn: number): number;
}

const OWN = GROUND.length; // place of the first ink of a mode
const ORDERS = 11;
const AGES = [1, 10, 100, 1000, 10_000, 100_000] as const;

/** Gives each frame the place of its ink, on the ground of ground.ts; returns how many frames each ink has. */
export function paint(
	fold: Fold,
	painter: Painter,
	ground: Uint8Array,
	into: Uint8Array,
): Int32Array {
	into.set(ground);
	painter.prepare?.(fold);
	fold.frames.eachBlock((head, count) => {
		if (fold.frames.state[head] === RESERVED) return;
		if (painter.eachFrame)
			for (let pfn = head; pfn < head + count; pfn++)
				into[pfn] = painter.of(fold, head, pfn);
		else into.fill(painter.of(fold, head, head), head, head + count);
	});
	const counts = new Int32Array(painter.inks.length);
	for (let pfn = 0; pfn < into.length; pfn++) {
		const at = into[pfn] as number;
		counts[at] = (counts[at] as number) + 1;
	}
	return counts;
}

/** What painters know besides the moment. */
export interface Palette {
	readonly survey: Survey;
	readonly columns: EventColumns;
	/** The other moment of a comparison. */
	readonly before: Fold | null;
}

/** The painter of a mode. */
export function painterOf(
	mode: Mode,
	{ survey, columns, before }: Palette,
): Painter {
	switch (mode) {
		case "use":
			return usePainter();
		case "order":
			return orderPainter();
		case "type":
			return typePainter();
		case "cache":
			return namedPainter(survey.cachePages, [SLAB], (slot) =>
				survey.cacheName(slot, survey.events),
			);
		case "task":
			return namedPainter(
				survey.taskPages,
				[USER, STACK],
				(pid) => `${survey.taskName(pid, survey.events)} (${pid})`,
			);
		case "age":
			return agePainter();
		case "heat":
			return heatPainter(columns, heatWindow(survey.events));
		case "change":
			return changePainter(before);
	}
}

function usePainter(): Painter {
	return {
		inks: [...GROUND, ...STATE_INKS.slice(1)],
		of: ({ frames }, head) => OWN - 1 + (frames.state[head] as number),
	};
}

function orderPainter(): Painter {
	const steps = Array.from({ length: ORDERS }, (_, order) => {
		const words = order === 0 ? "order 0, one frame" : `order ${order}`;
		return ink(words, STEPS[order] as string, STEPS_DARK[order]);
	});
	return {
		inks: [...GROUND, ...steps],
		of: ({ frames }, head) => OWN + (frames.order[head] as number),
	};
}

function typePainter(): Painter {
	const types = MIGRATETYPE_NAMES.map((name, at) => namedInk(name, at));
	const pale = MIGRATETYPE_NAMES.map((name, at) => {
		const { light, dark } = namedInk("", at);
		return ink(`${name}, free`, `${light}66`, `${dark}66`, true);
	});
	return {
		inks: [...GROUND, ...types, ...pale],
		of: ({ frames }, head) => {
			const isFree = isIdle(frames.state[head] as number);
			return OWN + (frames.type[head] as number) + (isFree ? types.length : 0);
		},
	};
}

/** One ink for each of the owners with the most pages, one for the other owners, and one for what has none. */
function namedPainter(
	pages: ReadonlyMap<number, number>,
	states: readonly number[],
	nameOf: (key: number) => string,
): Painter {
	const keys = [...pages]
		.sort(([, one], [, other]) => other - one)
		.slice(0, NAMED.length - 1)
		.map(([key]) => key);
	const named = keys.map((key, place) => namedInk(nameOf(key), place));
	const places = new Map(keys.map((key, place) => [key, OWN + 3 + place]));
	const others = namedInk("others", NAMED.length - 1);
	const rest = ink("something else", "#c9c5bd", "#43474c");
	return {
		inks: [...GROUND, FREE_INK, WAITING_INK, rest, ...named, others],
		of: ({ frames }, head) => {
			const state = frames.state[head] as number;
			if (state === FREE) return OWN;
			if (state === WAITING) return OWN + 1;
			if (!states.includes(state)) return OWN + 2;
			const owner = frames.owner[head] as number;
			return places.get(owner) ?? OWN + 3 + keys.length;
		},
	};
}

function agePainter(): Painter {
	const steps = [...AGES, null].map((events, at) => {
		const words =
			events === null
				? "older"
				: events === 1
					? "by this event"
					: `within ${events.toLocaleString("en")} events`;
		const step = STEPS.length - 1 - Math.round((at * 10) / AGES.length);
		return ink(words, STEPS[step] as string, STEPS_DARK[step]);
	});
	return {
		inks: [...GROUND, FREE_INK, WAITING_INK, ...steps],
		isTimed: true,
		of: ({ frames, events }, head) => {
			const age = events - (frames.since[head] as number);
			const state = frames.state[head] as number;
			if (isIdle(state) && age > 1) return OWN + state - FREE;
			const step = AGES.findIndex((most) => age <= most);
			return OWN + 2 + (step < 0 ? AGES.length : step);
		},
	};
}

function heatPainter(columns: EventColumns, window: number): Painter {
	const steps = HEAT_STEPS.map((_, step) => {
		const [light, dark] = WARM[step] as readonly [string, string];
		return ink(heatWords(step, window), light, dark);
	});
	const rest = `in use, none of the last ${window.toLocaleString("en")} events`;
	let heat: Int32Array = new Int32Array(0);
	return {
		inks: [
			...GROUND,
			FREE_INK,
			WAITING_INK,
			ink(rest, "#c9c5bd", "#43474c"),
			...steps,
		],
		eachFrame: true,
		isTimed: true,
		prepare: ({ events, frames }) => {
			heat = heatOf(columns, events, frames.frames, window);
		},
		of: ({ frames }, head, pfn) => {
			const step = heatStep(heat[pfn] as number);
			if (step >= 0) return OWN + 3 + step;
			const state = frames.state[head] as number;
			return isIdle(state) ? OWN + state - FREE : OWN + 2;
		},
	};
}

/** What is new since `before`, what went, and what became something else. */
function changePainter(before: Fold | null): Painter {
	const then = before === null ? null : spread(before);
	return {
		inks: [
			...GROUND,
			ink("as before, free", FREE_INK.light, FREE_INK.dark, true),
			ink("as before, in use", "#c9c5bd", "#43474c"),
			ink("+ came into use", "#2166ac", "#6fa8dc"),
			ink("− was freed", "#c4601d", "#e8995a"),
			ink("≠ other owner", "#882255", "#c96496"),
		],
		eachFrame: true,
		of: ({ frames }, head, pfn) => {
			const isFree = isIdle(frames.state[head] as number);
			const was = then === null ? null : (then[pfn] as number);
			if (was === null) return isFree ? OWN : OWN + 1;
			if (isFree) return was < 0 ? OWN : OWN + 3;
			if (was < 0) return OWN + 2;
			return was === frames.since[head] ? OWN + 1 : OWN + 4;
		},
	};
}

/** For each frame the event that made its block what it is; -1 for those that nobody uses. */
function spread({ frames }: Fold): Int32Array {
	const since = new Int32Array(frames.frames).fill(-1);
	frames.eachBlock((head, count) => {
		if (!isIdle(frames.state[head] as number))
			since.fill(frames.since[head] as number, head, head + count);
	});
	return since;
}

/** Nobody uses a block of this state. */
export const isIdle = (state: number): boolean =>
	state === FREE || state === WAITING;
