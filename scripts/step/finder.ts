// Finding: what somebody typed after "/", as a frame or an event of the trace.
//
//   812                event 812                      pid:7, worker      where the task began
//   pfn:1234, 0x...    the frame with that address    kmalloc-64         the newest slab of the cache
//
// FI1: what is not found is answered with a sentence.

import { didYouMean } from "../../kernel/scenario/validate";
import type { Fold } from "../../kernel/trace/fold/fold";
import type { Trace } from "../../kernel/trace/trace";
import type { Finder } from "./session";

const PAGE_BYTES = 4096;

/** Finds in a trace; `address` reads a text as a physical address, or throws. */
export const finder =
	(trace: Trace, address: (text: string) => number): Finder =>
	(text, moment) => {
		if (/^\d+$/.test(text)) return eventOf(trace, Number(text));
		if (/^(pfn:|0x|ffff)/i.test(text)) return frameOf(text, address);
		const fold = trace.foldAt(moment);
		return taskOf(fold, text) ?? cacheOf(fold, text);
	};

function eventOf(trace: Trace, event: number): ReturnType<Finder> {
	return event < trace.events
		? { event }
		: `there is no event ${event}, the last is ${trace.events - 1}`;
}

function frameOf(
	text: string,
	address: (text: string) => number,
): ReturnType<Finder> {
	try {
		return { frame: Math.floor(address(text) / PAGE_BYTES) };
	} catch (error) {
		return (error as Error).message;
	}
}

function taskOf({ tasks }: Fold, text: string): ReturnType<Finder> | null {
	const pid = /^pid:(\d+)$/.exec(text)?.[1];
	for (const task of tasks.tasks.values())
		if (String(task.pid) === pid || task.name === text)
			return { event: task.since };
	return pid === undefined ? null : `there is no task ${pid} at this moment`;
}

function cacheOf({ objects, frames }: Fold, text: string): ReturnType<Finder> {
	const caches = objects.all();
	const cache = caches.find(({ name }) => name === text);
	if (cache === undefined) {
		const names = caches.map(({ name }) => name);
		return `nothing is called ${text} at this moment${didYouMean(text, names)}`;
	}
	let newest = -1;
	objects.eachSlab((slab) => {
		const isIts = frames.owner[slab] === cache.slot;
		const since = frames.since[slab] as number;
		if (isIts && (newest < 0 || since > (frames.since[newest] as number)))
			newest = slab;
	});
	return newest < 0 ? `${text} has no slab at this moment` : { frame: newest };
}
