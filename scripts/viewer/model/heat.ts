// Temperature: how many of the last events were about a frame.
//
//   events  ... | . . x . x . . . . x . | x ...        heat of the frame: 3
//               |<---- HEAT_EVENTS ---->|
//                                       ^ play head
//
// An event counts for every frame of the block that it is about, and for the frame that it lets an entry of a page table map.
// The window is as long for every moment of a trace, and longer for longer traces: it shows what is going on, and not boot.
// Steps are a factor of four wide, so that a frame that changes all the time does not hide one that changed a few times.
//
// HT1: the heat of a frame is the number of events of its history (selection.ts) in the window.

import type { EventColumns } from "../../../kernel/trace/columns";
import {
	firstFrame,
	firstMapped,
	frameCount,
	mappedCount,
} from "../../../kernel/trace/extent";

const WINDOW_LEAST = 100; // events
const WINDOW_MOST = 10_000;

/** Events, up to the play head, that count in a trace of so many: a tenth of them at most, in a power of ten. */
export function heatWindow(events: number): number {
	let window = WINDOW_LEAST;
	while (window < WINDOW_MOST && window * 100 <= events) window *= 10;
	return window;
}

/** Least heat of each step, from cold to hot. */
export const HEAT_STEPS = [1, 4, 16, 64, 256] as const;

/** Heat of each frame before event `end`. */
export function heatOf(
	columns: EventColumns,
	end: number,
	frames: number,
	window: number,
): Int32Array {
	const heat = new Int32Array(frames + 1); // first rises and falls at the ends of blocks, then sums
	const warm = (from: number, to: number): void => {
		const past = Math.min(frames, to);
		if (from < 0 || from >= past) return;
		heat[from] = (heat[from] as number) + 1;
		heat[past] = (heat[past] as number) - 1;
	};
	for (let event = Math.max(0, end - window); event < end; event++) {
		const first = firstFrame(columns, event);
		const past = first + frameCount(columns, event);
		warm(first, past);
		const mapped = firstMapped(columns, event);
		if (mapped < 0) continue;
		const end = mapped + mappedCount(columns, event);
		warm(mapped, Math.min(end, Math.max(first, mapped)));
		warm(Math.max(past, mapped), end);
	}
	for (let pfn = 1; pfn < frames; pfn++)
		heat[pfn] = (heat[pfn] as number) + (heat[pfn - 1] as number);
	return heat.subarray(0, frames);
}

/** Step of a heat; -1 for frames that no event was about. */
export function heatStep(heat: number): number {
	let step = HEAT_STEPS.length - 1;
	while (step >= 0 && heat < (HEAT_STEPS[step] as number)) step--;
	return step;
}

/** A step in words; the first one says what they count. */
export function heatWords(step: number, window: number): string {
	const least = HEAT_STEPS[step] as number;
	const next = HEAT_STEPS[step + 1];
	const range =
		next === undefined ? `${least} and more` : `${least}–${next - 1}`;
	const last = ` of the last ${window.toLocaleString("en")} events`;
	return step === 0 ? range + last : range;
}
