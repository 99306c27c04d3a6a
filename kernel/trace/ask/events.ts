// Events one by one, with everything that is known of each: who, when, what.
//
//   from .. to   kind   frame   cache   task     --> those that all of these are true of
//
// EQ1: letters are no events of their own here: they are the `text` of the event that they stand before.
// EQ2: a task's events are those on a CPU that it has, and those that name it.

import {
	EV_CACHE_END,
	EV_CACHE_NEW,
	EV_PAGE_USE,
	EV_SLAB_ALLOC,
	EV_SLAB_DISCARD,
	EV_SLAB_FREE,
	EV_SLAB_MOVE,
	EV_SLAB_NEW,
} from "../../../mm/events";
import {
	EV_FAULT,
	EV_MAP,
	EV_PROTECT,
	EV_SWITCH,
	EV_TASK_END,
	EV_TASK_EXIT,
	EV_TASK_NEW,
	EV_UNMAP,
} from "../../events";
import { didYouMean } from "../../scenario/validate";
import type { EventColumns } from "../columns";
import { eventName } from "../dictionary";
import { concernsFrame } from "../extent";
import type { Trace } from "../trace";
import { type Happening, Scene } from "./scene";
import { type Words, wordsOf } from "./words";

/** An event with its words. */
export interface EventAnswer extends Happening {
	readonly words: Words;
	/** Letters that came with it; empty for most. */
	readonly text: string;
}

/** Which events are wanted; what is absent does not matter. */
export interface EventFilter {
	/** Event of the first one, and of the last one. */
	readonly from?: number;
	readonly to?: number;
	/** Names of events. */
	readonly kinds?: readonly string[];
	readonly frame?: number;
	/** Name of a cache. */
	readonly cache?: string;
	/** Pid. */
	readonly task?: number;
}

/** Visits the wanted events in order; an answer of true ends the visit. Throws an Error for a kind that there is not. */
export function eachEvent(
	trace: Trace,
	filter: EventFilter,
	visit: (event: EventAnswer) => unknown,
): void {
	const { from = 0, to = trace.events - 1 } = filter;
	const scene = Scene.at(trace, from - 1);
	const isWanted = makeTest(trace, filter, scene);
	const { dictionary } = trace.header;
	trace.each(from, to + 1, (columns, index, event) => {
		if (!scene.see(columns, index) || !isWanted(columns, index)) return false;
		return visit({
			...scene.happening(columns, index, event),
			words: wordsOf(columns, index, scene, dictionary),
			text: scene.text,
		});
	});
}

type Test = (columns: EventColumns, index: number) => boolean;

function makeTest(trace: Trace, filter: EventFilter, scene: Scene): Test {
	const { kinds, frame, cache, task } = filter;
	const tests: Test[] = [];
	if (kinds !== undefined) {
		const wanted = codesOf(kinds, trace);
		tests.push(({ codes }, index) => wanted.has(codes[index] as number));
	}
	if (frame !== undefined)
		tests.push((columns, index) => concernsFrame(columns, index, frame));
	if (cache !== undefined)
		tests.push((columns, index) => {
			const slot = slotOf(columns, index);
			return slot >= 0 && scene.cache(slot)?.name === cache;
		});
	if (task !== undefined)
		tests.push((columns, index) => {
			const cpu = columns.cpus[index] as number;
			return scene.running[cpu] === task || namesTask(columns, index, task);
		});
	return (columns, index) => tests.every((test) => test(columns, index));
}

function codesOf(kinds: readonly string[], trace: Trace): Set<number> {
	const known = new Map<string, number>();
	for (const { code, name } of trace.header.dictionary)
		known.set(eventName(code), code).set(name, code);
	const names = [...known.keys()].filter((name) => name !== "text");
	return new Set(
		kinds.map((kind) => {
			const code = known.get(kind);
			if (code !== undefined && kind !== "text") return code;
			const guess = didYouMean(kind, names);
			throw new Error(
				`there is no kind of event "${kind}"${guess || `, there are ${names.join(", ")}`}`,
			);
		}),
	);
}

/** Codes whose word c, or a, is the slot of a cache. */
const SLOT_IN_C = new Set([
	EV_SLAB_ALLOC,
	EV_SLAB_FREE,
	EV_SLAB_NEW,
	EV_SLAB_DISCARD,
	EV_SLAB_MOVE,
]);
const SLOT_IN_A = new Set([EV_CACHE_NEW, EV_CACHE_END]);

function slotOf({ codes, a, c }: EventColumns, index: number): number {
	const code = codes[index] as number;
	if (SLOT_IN_C.has(code)) return c[index] as number;
	return SLOT_IN_A.has(code) ? (a[index] as number) : -1;
}

const PID_IN_A = new Set([EV_TASK_NEW, EV_TASK_EXIT, EV_TASK_END, EV_SWITCH]);
const PID_IN_C = new Set([EV_FAULT, EV_PAGE_USE]);
const PID_IN_D = new Set([EV_MAP, EV_UNMAP, EV_PROTECT]);

/** EQ2 */
function namesTask(
	{ codes, a, b, c, d }: EventColumns,
	index: number,
	pid: number,
): boolean {
	const code = codes[index] as number;
	if (code === EV_SWITCH && b[index] === pid) return true;
	if (PID_IN_A.has(code)) return a[index] === pid;
	if (PID_IN_C.has(code)) return c[index] === pid;
	return PID_IN_D.has(code) && d[index] === pid;
}
